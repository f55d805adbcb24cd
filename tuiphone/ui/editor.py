"""Hands the terminal to the person's editor and takes it back; calls, and the app behind it, go on meanwhile."""

import asyncio
import os
import shlex
import shutil
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from tuiphone.core.errors import PhoneError

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

USUAL = ("editor", "nano", "vim", "vi", "emacs")
"""Tried in this order where nothing is set."""


class NoEditor(PhoneError):
    """There is no editor that could be run."""


def command(environment: Mapping[str, str] = os.environ) -> list[str]:
    """The editor's command. Raises: NoEditor, with what to set."""
    for variable in ("VISUAL", "EDITOR"):
        if not (wanted := environment.get(variable, "").strip()):
            continue
        try:
            parts = shlex.split(wanted)
        except ValueError as error:
            raise NoEditor(f"${variable} is {wanted!r}, which is no command ({error}); correct it.") from error
        if parts and shutil.which(parts[0], path=environment.get("PATH")) is not None:
            return parts
        raise NoEditor(f"${variable} is {wanted!r}, and there is no such program; correct it or install that editor.")
    for name in USUAL:
        if (found := shutil.which(name, path=environment.get("PATH"))) is not None:
            return [found]
    raise NoEditor("There is no editor here; install one, or set EDITOR to yours, and start tuiphone again.")


async def edit(app: "TuiPhone", path: str) -> None:
    """Open the file in the editor, on our terminal, and return when it has been closed. Raises: NoEditor."""
    arguments = [*command(), path]
    # What ctrl+c and ctrl+\ in the editor send reaches us as well; a handler, because one ignored would be inherited.
    before = {number: signal.signal(number, _let_pass) for number in (signal.SIGINT, signal.SIGQUIT)}
    try:
        # Nothing is drawn in a batch: the screen is the editor's, while news from the engine are still read.
        with app.batch_update(), app.suspend():
            try:
                process = await asyncio.create_subprocess_exec(*arguments)
            except OSError as error:
                problem = f"{arguments[0]} cannot be run ({error.strerror or error}); set EDITOR to another editor."
            else:
                problem = await _wait(process)
    except SuspendNotSupported as error:
        raise NoEditor(f"This terminal cannot be lent to an editor; edit {path} by hand, then press R.") from error
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if problem is not None:
        raise NoEditor(problem)


async def _wait(process: asyncio.subprocess.Process) -> str | None:
    # Leaving in the middle would give the terminal back to two at once.
    waiting = asyncio.ensure_future(process.wait())
    while not waiting.done():
        try:
            await asyncio.shield(waiting)
        except asyncio.CancelledError:
            process.terminate()
    # Editors end with all sorts of numbers; what counts is what the file says then.
    return "The editor was ended before it was done; R reads the file again." if waiting.result() < 0 else None


def _let_pass(*_: object) -> None:
    """It was meant for the editor."""
