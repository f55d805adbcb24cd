"""`tuiphone open`: hands a link to the phone that runs, or opens one; it calls nobody unless it is told to."""

import argparse
import asyncio
import os
import shlex
import shutil
import subprocess
import sys

from tuiphone.commands import phone as phone_commands
from tuiphone.commands.attach import Failed, attached, plain, until_registered
from tuiphone.control.client import NoEngine, RemotePhone
from tuiphone.core.errors import BadAddress
from tuiphone.core.links import number_from_link
from tuiphone.store.paths import Paths, find

RUNS = {
    "gnome-terminal": ("--",),
    "kgx": ("--",),
    "ptyxis": ("--",),
    "xfce4-terminal": ("-x",),
    "kitty": (),
    "foot": (),
    "wezterm": ("start", "--"),
}
"""What a terminal wants before the command it runs; the others take xterm's -e."""
TERMINALS = ("x-terminal-emulator", "xdg-terminal-exec")


def open_link(options: argparse.Namespace) -> int:
    """Show the number of the link on the Dial page, or call it with --dial."""
    try:
        return _open(options)
    except BadAddress as error:
        print(f"tuiphone: {error}", file=sys.stderr)
        code = 2
    except Failed as error:
        print(f"tuiphone: {error}", file=sys.stderr)
        code = error.exit_code
    if options.pause and sys.stdin.isatty():
        # The desktop closes the terminal it opened for us, and the sentence with it.
        input("Press enter to close this window. ")
    return code


def _open(options: argparse.Namespace) -> int:
    if options.link is None:
        return phone_commands.app(options)
    number = number_from_link(options.link)
    paths = find(options.profile)
    if options.dial:
        return _dial(options, number, is_running=asyncio.run(_is_running(paths)))
    if screens := asyncio.run(_show(paths, number)):
        where = "on its screen" if screens == 1 else f"on its {screens} screens"
        print(f"{plain(number)} is in the phone that runs, {where}; enter calls it.")
        return 0
    if sys.stdin.isatty() and sys.stderr.isatty():
        return phone_commands.app(options, number=number)
    return _in_a_terminal(options, number)


async def _show(paths: Paths, number: str) -> int:
    """Have the screens of a running engine show the number; 0 when there is none."""
    phone = RemotePhone(paths.socket, screen=False, program="open")
    try:
        await phone.attach()
    except NoEngine:
        return 0
    try:
        return await phone.open_link(number)
    finally:
        await phone.close()


async def _is_running(paths: Paths) -> bool:
    phone = RemotePhone(paths.socket, screen=False, program="open")
    try:
        await phone.attach()
    except NoEngine:
        return False
    await phone.close()
    return True


def _dial(options: argparse.Namespace, number: str, *, is_running: bool) -> int:
    if not is_running:
        from tuiphone.commands import calls

        whole = {"number": number, "caller": None, "seconds": None, "ring": 90.0, "video": False, "record": False}
        return calls.dial(argparse.Namespace(**(vars(options) | whole | {"json": False})))

    async def run() -> None:
        async with attached(options) as phone:
            await until_registered(phone, options.account)
            await phone.dial(number, account=options.account)

    asyncio.run(run())
    print(f"Calling {plain(number)} on the phone that runs.")
    return 0


def _in_a_terminal(options: argparse.Namespace, number: str) -> int:
    """Open a window for the app; nobody would see it here."""
    if (terminal := find_terminal(dict(os.environ))) is None:
        print(
            f"tuiphone: there is no terminal to show {plain(number)} in, and no phone runs; start tuiphone in one, or "
            "set TERMINAL to your terminal's command.",
            file=sys.stderr,
        )
        return 2
    profile = ["--profile", options.profile] if options.profile else []
    command = [*terminal, sys.executable, "-P", "-m", "tuiphone", *profile, "open", "--pause", number]
    nowhere = subprocess.DEVNULL
    subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True)
    return 0


def find_terminal(environment: dict[str, str]) -> list[str] | None:
    """The command that runs another one in a terminal window, if there is one; the other goes behind it."""
    path = environment.get("PATH")
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        return None
    try:
        wanted = shlex.split(environment.get("TERMINAL", ""))
    except ValueError:
        wanted = []
    for command in (wanted, *([name] for name in TERMINALS)):
        if command and (found := shutil.which(command[0], path=path)) is not None:
            # x-terminal-emulator is a link to any of them, and Debian has each take -e.
            name = os.path.basename(command[0])
            runs = () if name == "xdg-terminal-exec" else RUNS.get(name, ("-e",))
            return [found, *command[1:], *runs]
    return None
