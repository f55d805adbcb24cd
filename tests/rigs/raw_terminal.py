"""A terminal for tests that shows nothing and keeps every byte a program sends it."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping


class RawTerminal:
    """A program on a pseudo-terminal. Close it, or use it as a context manager."""

    def __init__(self, command: list[str], *, env: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            command, stdin=theirs, stdout=theirs, stderr=theirs, env=dict(env), start_new_session=True
        )
        os.close(theirs)
        self._heard = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "RawTerminal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self) -> None:
        try:
            while piece := os.read(self._ours, 65536):
                self._heard += piece
        except OSError:
            pass  # the program has let go of its side

    @property
    def heard(self) -> bytes:
        """Everything up to now."""
        return bytes(self._heard)

    def press(self, keys: bytes) -> None:
        """Press keys, as a terminal sends them."""
        os.write(self._ours, keys)

    def wait_for(self, wanted: bytes, seconds: float = 20.0) -> bytes:
        """Everything that was sent, as soon as this is in it. Raises: AssertionError."""
        deadline = time.monotonic() + seconds
        while wanted not in self.heard:
            if time.monotonic() > deadline:
                raise AssertionError(f"{wanted!r} was not sent; the last was {self.heard[-2000:]!r}")
            time.sleep(0.03)
        return self.heard

    def wait_ended(self, seconds: float = 20.0) -> bytes:
        """Everything that was sent, once the program is over."""
        self._process.wait(seconds)
        self._reader.join(seconds)
        return self.heard

    def close(self) -> None:
        """Close the window: the program gets a hang-up signal."""
        if self._ours >= 0:
            if self._process.poll() is None:
                self._process.terminate()
            self._process.wait(20)
            self._reader.join(5)
            os.close(self._ours)
            self._ours = -1
