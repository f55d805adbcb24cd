"""`tuiphone doctor`: what the phone needs, a line each with a verdict, and what to do about what is missing."""

import argparse
import asyncio
import importlib.util
import os
import platform
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator

from tuiphone import __version__
from tuiphone.commands.account import settings_of
from tuiphone.commands.attach import BAD_NUMBER, Failed
from tuiphone.commands.carriers import mistake_in
from tuiphone.control.client import NoEngine, RemotePhone
from tuiphone.control.sound import Devices
from tuiphone.core.checkup import Verdict
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import Link
from tuiphone.store.accounts import BrokenAccount, account_file, load_account, load_accounts
from tuiphone.store.config import load_preferences
from tuiphone.store.paths import Paths, find

GOOD, WARN, BAD = "ok  ", "warn", "bad "
_WORDS = {Verdict.GOOD: GOOD, Verdict.WARN: WARN, Verdict.BAD: BAD}
LITTLE_ROOM = 50 * 1024 * 1024
"""Bytes; an hour of recording takes the half."""


def doctor(options: argparse.Namespace) -> int:
    """Check everything, or one account and the way to its server; 0 when calls can be made."""
    if options.account is not None:
        return asyncio.run(_account(find(options.profile), options.account))
    worst = 0
    for verdict, what in _findings(find(options.profile)):
        print(f"{verdict} {what}")
        worst = max(worst, verdict == BAD)
    return int(worst)


async def _account(paths: Paths, name: str) -> int:
    from tuiphone.commands.checkup import look

    file = account_file(paths, name)
    if not file.exists():
        names = ", ".join(account.name for account in load_accounts(paths, settings_of)) or "none yet"
        raise Failed(f"There is no account {name}; there are: {names}.", BAD_NUMBER)
    account = load_account(file, settings_of)
    if isinstance(account, BrokenAccount):
        for problem in account.problems:
            print(f"{BAD} {problem}")
        return 1
    worst = 0
    async for finding in look(paths, account):
        print(f"{_WORDS[finding.verdict]} {finding.what}: {finding.said}", flush=True)
        worst = max(worst, finding.verdict is Verdict.BAD)
    return int(worst)


def _findings(paths: Paths) -> Iterator[tuple[str, str]]:
    yield GOOD, f"tuiphone {__version__}, Python {platform.python_version()}, {platform.platform(terse=True)}"
    yield from _terminal()
    yield from _folders(paths)
    yield from _settings(paths)
    yield from _codec()
    yield _video()
    yield from asyncio.run(_engine(paths))


def _terminal() -> Iterator[tuple[str, str]]:
    columns, rows = shutil.get_terminal_size()
    size = GOOD if columns >= 80 and rows >= 24 else WARN
    yield size, f"terminal {os.environ.get('TERM', 'unknown')}, {columns}x{rows} (80x24 and more is comfortable)"
    encoding = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "")
    if encoding != "utf8":
        yield WARN, f"the terminal's encoding is {encoding or 'unknown'}; set LANG to a UTF-8 locale to see all names"


def _folders(paths: Paths) -> Iterator[tuple[str, str]]:
    try:
        paths.make()
    except PhoneError as error:
        yield BAD, str(error)
        return
    for what, folder in (("settings", paths.config_dir), ("data", paths.data_dir), ("log", paths.state_dir)):
        yield GOOD, f"{what} in {folder}"
    if shutil.disk_usage(paths.data_dir).free < LITTLE_ROOM:
        yield WARN, f"the disk of {paths.data_dir} is nearly full; history and recordings need room"
    mode = stat.S_IMODE(paths.socket.parent.stat().st_mode)
    yield (GOOD if not mode & 0o077 else BAD), f"control socket {paths.socket} (folder mode {mode:04o})"


def _settings(paths: Paths) -> Iterator[tuple[str, str]]:
    _, problems = load_preferences(paths.config_file)
    for problem in problems:
        yield BAD, str(problem)
    accounts = load_accounts(paths, settings_of)
    for account in accounts:
        if isinstance(account, BrokenAccount):
            for problem in account.problems:
                yield BAD, str(problem)
        elif (wrong := mistake_in(paths, account, settings_of)) is not None:
            yield BAD, f"account {account.name}: {wrong}"
        else:
            yield GOOD, f"account {account.name}: the settings are in order"
    if not accounts:
        yield WARN, "no accounts; add one: tuiphone account add NAME --provider P --set KEY=VALUE"


def _codec() -> Iterator[tuple[str, str]]:
    from tuiphone.media import opus

    try:
        opus.library()
        yield GOOD, "the Opus codec is there"
    except PhoneError as error:
        yield BAD, str(error)


def _video() -> tuple[str, str]:
    from tuiphone.ui.video_window import has_display

    if not has_display(os.environ):
        return GOOD, "video: shown inside the terminal; a window needs a display, and there is none here"
    if importlib.util.find_spec("cv2") is None:
        return WARN, "video: shown inside the terminal; for a window: pip install 'tuiphone[video]'"
    # In a process of its own: what a library lacks may end the whole process.
    tried = subprocess.run([sys.executable, "-P", "-c", "import cv2"], capture_output=True, check=False)
    if tried.returncode:
        missing = (tried.stderr.decode(errors="replace").strip().splitlines() or ["it ended at once"])[-1]
        return WARN, f"video: shown inside the terminal; OpenCV cannot be used ({missing})"
    return GOOD, f"video: shown in a window of the display {os.environ.get('DISPLAY', '')}".rstrip()


async def _engine(paths: Paths) -> list[tuple[str, str]]:
    phone = RemotePhone(paths.socket, screen=False, program="doctor")
    try:
        welcome = await phone.attach()
    except NoEngine:
        from tuiphone.media.devices import list_devices

        try:
            found = await list_devices()
        except PhoneError as error:
            sound = (WARN, str(error))
        else:
            sound = _sound(len(found.microphones), len(found.speakers))
        return [(GOOD, "no engine is running; opening the phone or dialling starts one"), sound]
    except PhoneError as error:
        return [(BAD, str(error))]
    try:
        devices: Devices = await phone.devices()
        findings = [(GOOD, f"engine {welcome.release} is running as process {welcome.pid}, log in {welcome.log_file}")]
        findings.append(_sound(len(devices.microphones), len(devices.speakers)))
        for known in phone.state.accounts:
            verdict = GOOD if known.link in (Link.ONLINE, Link.OFF) else BAD
            detail = f": {known.detail}" if known.detail else ""
            findings.append((verdict, f"account {known.account.name} is {known.link.value}{detail}"))
        return findings
    finally:
        await phone.close()


def _sound(microphones: int, speakers: int) -> tuple[str, str]:
    if microphones and speakers:
        return GOOD, f"sound: {microphones} microphones, {speakers} speakers"
    if os.environ.get("TUIPHONE_SOUND", "").lower() == "none":
        return WARN, "sound: switched off by TUIPHONE_SOUND=none; calls work but are silent."
    missing = " and no ".join(name for name, n in (("microphone", microphones), ("speaker", speakers)) if not n)
    return WARN, f"sound: no {missing}; calls work but are silent. Start PulseAudio or PipeWire, or plug a headset in."
