"""The engine's log file: rotated, private, with secrets blacked out; C libraries' prints go there as well."""

import logging
import os
import re
import sys
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from tuiphone.core.errors import StoreError
from tuiphone.core.redact import redact_start
from tuiphone.store.paths import Paths

MAX_BYTES = 1024 * 1024
FILES = 3
MAX_ENTRY = 16 * 1024
"""Characters of one entry; a frame from the network could be longer than the whole file."""
CHATTY = ("aioice", "aiortc", "aiohttp", "asyncio", "av", "httpcore", "httpx", "websockets")
"""Libraries whose INFO is of no use to anybody, and at times has tokens in it."""
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE_START = "\n    "


class _Format(logging.Formatter):
    """One entry, its traceback too, that cannot pretend to be another and shows no secret."""

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        length = len(text)
        # Redacted first: an escaped character in the middle would hide a secret.
        text = redact_start(text, MAX_ENTRY) + (f"… ({length:,} characters)" if length > MAX_ENTRY else "")
        text = _UNSAFE.sub(lambda found: f"\\x{ord(found[0]):02x}", text.replace("\r\n", "\n"))
        return text.replace("\n", _LINE_START)


class LogFile(RotatingFileHandler):
    """A rotated file that only its owner may read."""

    def __init__(self, file: Path) -> None:
        self._has_streams = False
        super().__init__(file, maxBytes=MAX_BYTES, backupCount=FILES - 1, encoding="utf-8", errors="backslashreplace")
        self.setFormatter(_Format("%(asctime)s %(levelname)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(handle, 0o600)
        return open(handle, "a", encoding=self.encoding, errors=self.errors)

    def doRollover(self) -> None:
        """Begin a new file, and let the process's own streams follow."""
        super().doRollover()
        if self._has_streams:
            self.take_streams()

    def take_streams(self) -> None:
        """Let everything this process prints, C libraries included, go to the file."""
        self._has_streams = True
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        if self.stream is None:
            self.stream = self._open()
        for number in (1, 2):
            os.dup2(self.stream.fileno(), number)


def start_log(paths: Paths, level: int = logging.INFO) -> LogFile:
    """Send the log of this process to the profile's file, and only there.

    Raises: StoreError when the file cannot be written.
    """
    try:
        handler = LogFile(paths.log_file)
    except OSError as error:
        what = error.strerror or error
        raise StoreError(f"The log {paths.log_file} cannot be written ({what}); correct its permissions.") from error
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    logging.captureWarnings(True)
    return handler


def capture_streams(log_file: Path) -> None:
    """Let everything this process prints go to the log that `start_log` began, C libraries' prints as well.

    Raises: StoreError when no such log was begun.
    """
    for handler in logging.getLogger().handlers:
        if isinstance(handler, LogFile) and handler.baseFilename == os.path.abspath(log_file):
            handler.take_streams()
            return
    raise StoreError(f"The log {log_file} was not begun; call start_log first.")
