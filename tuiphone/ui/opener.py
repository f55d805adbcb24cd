"""Opens a file or a link in whatever program the person's desktop has for it; it stays when the app goes."""

import asyncio
import os
import shutil
import sys
from collections.abc import Mapping
from subprocess import DEVNULL, Popen
from threading import Thread

from tuiphone.core.errors import PhoneError

PATIENCE_S = 3.0
"""Without a desktop the opener stays for as long as the program; what goes wrong is told sooner."""


_NAME = "open" if sys.platform == "darwin" else "xdg-open"


class NoProgram(PhoneError):
    """The desktop has nothing that opens it."""


async def open_file(path: str, environment: Mapping[str, str]) -> None:
    """Returns when the program has been started, as far as that can be known. Raises: NoProgram."""
    if not await _open(path, environment):
        raise NoProgram(
            f"{_NAME} found no program for {os.path.basename(path)}; install one that plays videos, like mpv."
        )


async def open_link(url: str, environment: Mapping[str, str]) -> None:
    """The same for a link, which begins with http:// or https://. Raises: NoProgram."""
    if not await _open(url, environment):
        raise NoProgram(f"{_NAME} found no browser for the link; say which with: xdg-settings set default-web-browser")


def is_there(environment: Mapping[str, str]) -> bool:
    """The desktop's opener is installed."""
    return shutil.which(_NAME, path=environment.get("PATH")) is not None


async def _open(what: str, environment: Mapping[str, str]) -> bool:
    opener = shutil.which(_NAME, path=environment.get("PATH"))
    if opener is None:
        raise NoProgram(f"There is no {_NAME} here; install xdg-utils, or open {what} yourself.")
    ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
    Thread(target=_run, args=(opener, what, dict(environment), ended), name="opener", daemon=True).start()
    try:
        return await asyncio.wait_for(asyncio.shield(ended), PATIENCE_S) == 0
    except TimeoutError:
        return True


def _run(opener: str, what: str, environment: dict[str, str], ended: "asyncio.Future[int | None]") -> None:
    # Not by asyncio, which ends what it started when it ends itself.
    try:
        # In a session of its own: ctrl+c in the terminal is not for it.
        process = Popen(
            [opener, what], env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True
        )
        status = process.wait()
    except OSError:
        status = None
    loop = ended.get_loop()
    if not loop.is_closed():
        loop.call_soon_threadsafe(_settle, ended, status)


def _settle(ended: "asyncio.Future[int | None]", status: int | None) -> None:
    if not ended.done():
        ended.set_result(status)
