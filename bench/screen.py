"""A program on a pseudo terminal, timed: when which text came, what it costs."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_ESCAPES = re.compile(rb"\x1b(\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[@-Z\\-_]|[()][0-9A-B])")
_ASKED, _ANSWER = b"\x1b[c", b"\x1b[?62;4c"
_TICKS = os.sysconf("SC_CLK_TCK")


class Screen:
    """Starts the program at once; `started` is the moment before.

    A terminal with a `cell` of so many pixels has sixels, if it is asked: it answers as such a one.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        columns: int = 120,
        rows: int = 40,
        cell: tuple[int, int] = (0, 0),
    ) -> None:
        self.started = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if not self.pid:
            os.execvpe(command[0], list(command), {"TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, columns * cell[0], rows * cell[1]))
        self._answers = cell != (0, 0)
        self._seen = bytearray()

    def wait_for(self, text: str, seconds: float = 20.0) -> float:
        """The moment this text was drawn, after all that was drawn before. Raises: TimeoutError."""
        wanted = text.encode()
        deadline = time.monotonic() + seconds
        while wanted not in _ESCAPES.sub(b"", self._seen):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{text!r} was not drawn; last: {_ESCAPES.sub(b'', self._seen)[-400:]!r}")
            self._read(0.2)
        seen = time.perf_counter()
        self._seen = bytearray()
        return seen

    def type(self, keys: str) -> float:
        """Press keys; returns the moment."""
        moment = time.perf_counter()
        os.write(self._fd, keys.encode())
        return moment

    def run(self, seconds: float) -> int:
        """Let it draw for so long; returns how many bytes that were."""
        return len(self.drawn(seconds))

    def drawn(self, seconds: float) -> bytes:
        """What it draws in the next so many seconds."""
        end = time.monotonic() + seconds
        self._seen = bytearray()
        while (left := end - time.monotonic()) > 0:
            self._read(left)
        drawn, self._seen = bytes(self._seen), bytearray()
        return drawn

    def close(self) -> None:
        """Hang up on it."""
        os.kill(self.pid, signal.SIGHUP)
        os.close(self._fd)
        os.waitpid(self.pid, 0)

    def _read(self, seconds: float) -> None:
        readable, _, _ = select.select([self._fd], [], [], seconds)
        if readable:
            try:
                piece = os.read(self._fd, 65536)
                self._seen += piece
                if self._answers and _ASKED in piece:
                    os.write(self._fd, _ANSWER * piece.count(_ASKED))
            except OSError as error:
                raise TimeoutError(f"the program ended: {_ESCAPES.sub(b'', self._seen)[-600:]!r}") from error


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far, Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory_mb(pid: int) -> float:
    """Resident memory of a process, Linux only."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0
