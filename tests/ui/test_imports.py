"""The app opens fast because it imports nothing slow, and cannot touch what is the engine's."""

import subprocess
import sys

SLOW = (
    "aiortc av numpy sounddevice httpx websockets aiohttp phonenumbers sqlite3 cryptography keyring "
    "tuiphone.engine tuiphone.store tuiphone.media tuiphone.providers tuiphone.simulator tuiphone.control.server"
)


def test_importing_the_app_imports_nothing_slow_and_nothing_of_the_engine() -> None:
    program = f"import sys, tuiphone.ui.app; print(*(name for name in {SLOW.split()!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == []
