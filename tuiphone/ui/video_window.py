"""The video window: a process of its own, started where the app's environment has a display, and ended with the app."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from tuiphone.control.pictures import Side

READY_SECONDS = 15.0
END_SECONDS = 2.0
MAX_LINE = 64 * 1024
NO_OPENCV = 3
"""Exit code of a viewer without its library."""


def has_display(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Whether a window could be opened, and would be seen by whoever sits at this terminal."""
    if platform == "darwin":
        return "SSH_CONNECTION" not in environment
    if "SSH_CONNECTION" in environment and environment.get("DISPLAY", "").startswith(("localhost:", "127.")):
        # Forwarded by SSH: every picture would go over the line as it is, 25 MB a second.
        return False
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


class VideoWindow:
    """One window, for as long as a person leaves it open; `told` gets what the viewer says of it."""

    def __init__(self, told: Callable[[dict[str, Any]], None], *, log: str | None) -> None:
        self._told = told
        self._log = log
        self._process: Process | None = None
        self._listening: asyncio.Task[None] | None = None
        self._last = b""

    async def open(self) -> str | None:
        """Have it on the screen; a sentence where that cannot be."""
        # Never out of the working directory, and in a session of its own: ctrl+c in the terminal is not for it.
        command = [sys.executable, "-P", "-m", "tuiphone.media.viewer", *(["--log", self._log] if self._log else [])]
        try:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, limit=MAX_LINE
            )
        except OSError as error:
            return f"The video window could not be started ({error.strerror or error})."
        said: dict[str, Any] = {}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                said = await self._read()
        if said.get("ready"):
            self._listening = asyncio.create_task(self._listen(), name="video-window")
            return None
        await self.close()
        if self._process.returncode == NO_OPENCV:
            return "There is no video window without OpenCV: pip install 'tuiphone[video]'"
        return f"No video window can be opened on the display {os.environ.get('DISPLAY', '')}."

    def show(self, title: str, folder: str, sides: Sequence[Side]) -> None:
        """Have it show these; title and names safe already."""
        if self._process is None or self._process.stdin is None or self._process.returncode is not None:
            return
        told = {"title": title, "folder": folder, "sides": [msgspec.to_builtins(side) for side in sides]}
        line = json.dumps(told).encode() + b"\n"
        if line != self._last:
            self._last = line
            self._process.stdin.write(line)

    async def _listen(self) -> None:
        while said := await self._read():
            self._told(said)
            if said.get("closed"):
                return
        self._told({"ended": True})

    async def _read(self) -> dict[str, Any]:
        """What it says next; nothing when it is gone."""
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            return json.loads(await self._process.stdout.readline())
        except (ValueError, OSError):
            return {}

    async def close(self) -> None:
        """End it, and wait until it is gone."""
        if self._listening is not None:
            self._listening.cancel()
        process = self._process
        if process is None:
            return
        if process.stdin is not None:
            process.stdin.close()
        try:
            async with asyncio.timeout(END_SECONDS):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
