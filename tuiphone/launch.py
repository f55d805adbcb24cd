"""Starts an engine as a process of its own and waits until it is ready; never imports it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tuiphone.core.errors import PhoneError

READY_SECONDS = 20.0
READY = b"ready\n"
RUNNING = b"running\n"
"""Said instead of ready: another engine of this profile was faster."""


class CannotStart(PhoneError):
    """The engine did not come up; the text is what it said."""


class Launch:
    """An engine that is coming up. Made before anything slow is imported, so that both come up at once."""

    def __init__(
        self, profile: Path | None, *, owned: bool, keep_open: Sequence[int] = (), more: Sequence[str] = ()
    ) -> None:
        self._ready, says = os.pipe()
        # What it prints before it has a log; later it prints into the log itself.
        self._printed, prints = os.pipe()
        # -P: nothing lying about in the working directory may be imported in place of a library.
        command = [sys.executable, "-P", "-m", "tuiphone.engine", "--ready-fd", str(says), *more]
        command += ["--owned"] if owned else []
        command += ["--profile", str(profile)] if profile is not None else []
        try:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=prints,
                pass_fds=[says, *keep_open],
                start_new_session=True,
            )
        except OSError as error:
            os.close(self._ready)
            os.close(self._printed)
            raise CannotStart(f"The engine could not be started: {error.strerror or error}.") from error
        finally:
            os.close(says)
            os.close(prints)

    async def wait(self) -> None:
        """Until the engine listens. Raises: CannotStart with the engine's own sentence, or its last words."""
        said = await asyncio.to_thread(self._read)
        if said not in (READY, RUNNING):
            raise CannotStart(said.decode(errors="replace").strip())

    def _read(self) -> bytes:
        import select

        said = b""
        try:
            while not said.endswith(b"\n"):
                readable, _, _ = select.select([self._ready], [], [], READY_SECONDS)
                if not readable:
                    return b"The engine did not get ready in time; its log may say why."
                if not (piece := os.read(self._ready, 4096)):
                    break
                said += piece
            return said if said.strip() else self._last_words()
        finally:
            os.close(self._ready)
            os.close(self._printed)

    def _last_words(self) -> bytes:
        """Of an engine that died without a sentence; one that cannot even be imported has no log to look into."""
        os.set_blocking(self._printed, False)
        try:
            lines = os.read(self._printed, 65536).split(b"\n")
        except BlockingIOError:
            lines = []
        if not (spoken := [line.strip() for line in lines if line.strip()]):
            return b"The engine ended at once; its log says why."
        return b"The engine ended at once: " + spoken[-1][:300]
