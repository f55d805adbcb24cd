"""The painter: a process of its own that makes sixels, so that the app has only to hand them on."""

import asyncio
import contextlib
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import asdict, dataclass

MOST_BYTES = 16 * 1024 * 1024
PAINT_SECONDS = 10.0
END_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where one side's picture goes."""

    memory: str
    left: int
    """Column and row of the terminal, counted from one."""
    top: int
    width: int
    """In pixels of the terminal."""
    height: int
    mirrored: bool = False


class PainterGone(Exception):
    """It ended, or does not answer."""


class Painter:
    """One painter, for as long as pictures are shown."""

    def __init__(self) -> None:
        self._process: Process | None = None

    async def open(self) -> None:
        """Have it at work. Raises: PainterGone."""
        # Never out of the working directory, and in a session of its own: ctrl+c in the terminal is not for it.
        command = [sys.executable, "-P", "-m", "tuiphone.media.painter"]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise PainterGone from error
        await self.paint((), grain=False)

    async def paint(self, canvases: Sequence[Canvas], *, grain: bool) -> str:
        """What draws the newest pictures there are; empty when there are none. Raises: PainterGone."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        order = {"grain": grain, "panes": [asdict(canvas) for canvas in canvases]}
        try:
            process.stdin.write(json.dumps(order).encode() + b"\n")
            async with asyncio.timeout(PAINT_SECONDS):
                size = int(await process.stdout.readline())
                if not 0 <= size <= MOST_BYTES:
                    raise PainterGone
                return (await process.stdout.readexactly(size)).decode("ascii")
        except (ValueError, OSError, EOFError, TimeoutError) as error:
            raise PainterGone from error

    async def close(self) -> None:
        """End it, and wait until it is gone."""
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        # Not wait, which never returns while there is something of a picture that nobody read.
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.communicate()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.communicate()
