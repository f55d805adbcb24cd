"""What each part drags in when it is imported, looked at in a process of its own.

The contracts in pyproject.toml say the same of the source text; this also sees what libraries import.
"""

import pkgutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import tuiphone

SLOW = {"aiohttp", "aioice", "aiortc", "av", "cv2", "httpx", "numpy", "phonenumbers", "sounddevice", "websockets"}
"""Each costs a good part of the half second until the first frame."""
SCREEN = {"textual", "rich"}


@cache
def imported(statement: str, *arguments: str) -> frozenset[str]:
    """Names of the modules that are there after this statement and were not before."""
    program = f"import sys\nbefore = set(sys.modules)\n{statement}\nprint(*set(sys.modules) - before, file=sys.stderr)"
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return frozenset(ended.stderr.split())


def packages(names: frozenset[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def modules_of(package: str) -> list[str]:
    folder = Path(tuiphone.__path__[0]).joinpath(*package.split(".")[1:])
    found = [module.name for module in pkgutil.walk_packages([str(folder)], f"{package}.")]
    assert found
    return [package, *(name for name in found if not name.endswith(".__main__"))]


def parts(names: frozenset[str]) -> set[str]:
    """The parts of tuiphone among them, like `tuiphone.core`."""
    return {".".join(name.split(".")[:2]) for name in names if name.startswith("tuiphone.")}


def test_core_is_plain_python() -> None:
    there = imported(f"import {', '.join(modules_of('tuiphone.core'))}")
    assert packages(there) - sys.stdlib_module_names == {"tuiphone"}
    assert parts(there) == {"tuiphone.core"}
    assert "sqlite3" not in packages(there)


def test_the_app_drags_in_neither_media_nor_network_nor_the_engines_side() -> None:
    there = imported(f"import {', '.join(modules_of('tuiphone.ui'))}")
    assert "textual" in packages(there)
    assert not packages(there) & (SLOW | {"sqlite3", "keyring", "jwt"})
    assert parts(there) == {"tuiphone.ui", "tuiphone.core", "tuiphone.control"}
    assert not {"tuiphone.control.server", "tuiphone.control.describe"} & there


def test_the_other_side_of_the_socket_needs_msgspec_and_nothing_else() -> None:
    there = imported("import tuiphone.control.client")
    assert packages(there) - sys.stdlib_module_names <= {"tuiphone", "msgspec", "typing_extensions"}
    assert not {"tuiphone.control.server", "tuiphone.control.describe"} & there


@pytest.mark.parametrize("asked", ["--help", "--version", "dial --help"])
def test_help_comes_without_any_library(asked: str) -> None:
    there = imported(
        "from tuiphone.cli import main\ntry: main(sys.argv[1:])\nexcept SystemExit as end: assert not end.code",
        *asked.split(),
    )
    assert packages(there) - sys.stdlib_module_names == {"tuiphone"}
    assert "asyncio" not in packages(there)
    assert parts(there) <= {"tuiphone.cli"}


def test_commands_for_scripts_drag_in_neither_screen_nor_media() -> None:
    there = imported("import tuiphone.commands.calls, tuiphone.commands.look, tuiphone.commands.phone")
    assert not packages(there) & (SLOW | SCREEN | {"sqlite3", "keyring"})
    assert not {"tuiphone.engine", "tuiphone.ui", "tuiphone.media", "tuiphone.providers"} & parts(there)


def test_the_engine_has_no_screen_and_does_without_the_simulator() -> None:
    there = imported("import tuiphone.engine")
    assert not packages(there) & SCREEN
    assert not {"tuiphone.ui", "tuiphone.simulator", "tuiphone.cli", "tuiphone.commands"} & parts(there)


def test_the_simulator_is_a_reading_of_its_own() -> None:
    there = imported(f"import {', '.join(modules_of('tuiphone.simulator'))}")
    assert parts(there) <= {"tuiphone.simulator", "tuiphone.core"}


def test_importing_says_nothing_and_starts_nothing() -> None:
    everything = ", ".join(modules_of("tuiphone"))
    program = f"import threading, {everything}; assert threading.active_count() == 1, threading.enumerate()"
    ended = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, timeout=60, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
