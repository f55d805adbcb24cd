"""`tuiphone install-handler`: the desktop entry by which clicked numbers come here."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tuiphone.core.links import SCHEMES

NAME = "tuiphone.desktop"
TOOL_SECONDS = 20.0
_RESERVED = frozenset(" \t\n\"'\\><~|&;$*?#()`")


def install(options: argparse.Namespace) -> int:
    """Write the desktop entry and have the desktop send us links; --remove takes both back."""
    if sys.platform == "darwin":
        print(
            "tuiphone: macOS sends links only to applications in a bundle, which tuiphone is not; open them with: "
            "tuiphone open LINK",
            file=sys.stderr,
        )
        return 1
    return _remove() if options.remove else _install(options.profile)


def _install(profile: str | None) -> int:
    file = _applications() / NAME
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(entry(own_command(), profile), encoding="utf-8")
    print(f"Written: {file}")
    _refresh(file.parent)
    if shutil.which("xdg-mime") is None:
        print("There is no xdg-mime here; choose tuiphone for tel: links in your desktop's or browser's settings.")
        return 0
    for scheme in SCHEMES:
        if not _ran("xdg-mime", "default", NAME, f"x-scheme-handler/{scheme}"):
            print(f"xdg-mime did not take {scheme}: links over; choose tuiphone in your desktop's settings.")
            return 1
    print(f"{', '.join(f'{scheme}:' for scheme in SCHEMES)} links open tuiphone now. Take it back with --remove.")
    return 0


def _remove() -> int:
    file = _applications() / NAME
    was_there = file.exists()
    file.unlink(missing_ok=True)
    for listed in (_config() / "mimeapps.list", file.parent / "mimeapps.list"):
        _forget(listed)
    if was_there:
        _refresh(file.parent)
    print(f"Removed: {file}" if was_there else f"There was nothing to remove: {file}")
    return 0


def entry(command: Sequence[str], profile: str | None = None) -> str:
    """The desktop entry that opens links with this command."""
    whole = [*command, *(["--profile", str(Path(profile).resolve())] if profile else []), "open", "--pause"]
    types = "".join(f"x-scheme-handler/{scheme};" for scheme in SCHEMES)
    return f"""\
[Desktop Entry]
Type=Application
Version=1.0
Name=tuiphone
GenericName=Telephone
Comment=A softphone that lives in your terminal
Exec={" ".join(map(quoted, whole))} %u
Terminal=true
Icon=call-start
Categories=Network;Telephony;ConsoleOnly;
MimeType={types}
"""


def quoted(argument: str) -> str:
    """An argument as an Exec line wants it (Desktop Entry Specification, "The Exec key")."""
    # Percent signs are field codes; a backslash is read twice, as part of a string and then as part of a quotation.
    if not argument or _RESERVED & set(argument):
        inner = "".join(f"\\{character}" if character in '"`$\\' else character for character in argument)
        argument = f'"{inner}"'
    return argument.replace("%", "%%").replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def own_command() -> list[str]:
    """How to run this very program from anywhere: by its absolute path, as pip, pipx or a checkout put it there."""
    script = Path(os.path.abspath(sys.argv[0]))
    if script.name == "tuiphone" and os.access(script, os.X_OK) and script.is_file():
        return [str(script)]
    return [sys.executable, "-P", "-m", "tuiphone"]


def _refresh(folder: Path) -> None:
    if shutil.which("update-desktop-database") is not None:
        _ran("update-desktop-database", str(folder))


def _ran(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, timeout=TOOL_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _forget(file: Path) -> None:
    """Take us out of the desktop's list of what opens what; xdg-mime can only put in."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeError):
        return
    kept: list[str] = []
    for line in lines:
        key, equals, value = line.partition("=")
        names = [name for name in value.strip().split(";") if name]
        if equals and key.strip().startswith("x-scheme-handler/") and NAME in names:
            others = "".join(f"{name};" for name in names if name != NAME)
            line = f"{key}={others}\n" if others else ""
        kept.append(line)
    if kept != lines:
        file.write_text("".join(kept), encoding="utf-8")


def _applications() -> Path:
    return _home("XDG_DATA_HOME", ".local/share") / "applications"


def _config() -> Path:
    return _home("XDG_CONFIG_HOME", ".config")


def _home(variable: str, usual: str) -> Path:
    # What is not absolute counts as unset (XDG Base Directory Specification).
    given = os.environ.get(variable, "")
    return Path(given) if os.path.isabs(given) else Path.home() / usual
