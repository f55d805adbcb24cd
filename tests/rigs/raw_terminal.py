"""A terminal for tests that shows nothing, keeps every byte a program sends it, and answers what it is told to."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping


class RawTerminal:
    """A program on a pseudo-terminal. Close it, or use it as a context manager."""

    def __init__(
        self,
        command: list[str],
        *,
        env: Mapping[str, str],
        columns: int = 80,
        rows: int = 24,
        cell: tuple[int, int] = (0, 0),
        answers: Mapping[bytes, bytes] | None = None,
    ) -> None:
        """`answers` has what it sends for what it is asked; `cell` the pixels of one, unless nobody is told."""
        self._ours, theirs = pty.openpty()
        self._process: subprocess.Popen[bytes] | None = None
        self._cell, self._answers, self._answered_to = cell, answers or {}, 0
        self._questions = re.compile(b"|".join(map(re.escape, self._answers)) or b"(?!)")
        self.resize(columns, rows)
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
                self._answer()
        except OSError:
            pass  # the program has let go of its side

    def _answer(self) -> None:
        for asked in self._questions.finditer(self._heard, self._answered_to):
            self._answered_to = asked.end()
            os.write(self._ours, self._answers[asked[0]])

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        width, height = columns * self._cell[0], rows * self._cell[1]
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, width, height))
        if self._process is not None:
            self._process.send_signal(signal.SIGWINCH)

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
        assert self._process is not None
        self._process.wait(seconds)
        self._reader.join(seconds)
        return self.heard

    def close(self) -> None:
        """Close the window: the program gets a hang-up signal."""
        if self._ours >= 0 and self._process is not None:
            if self._process.poll() is None:
                self._process.terminate()
            self._process.wait(20)
            self._reader.join(5)
            os.close(self._ours)
            self._ours = -1
