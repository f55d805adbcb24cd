"""One profile has one engine: a lock that dies with its process."""

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import TextIO

from tuiphone.core.errors import PhoneError
from tuiphone.store.paths import Paths

CLAIM_SECONDS = 15.0
"""How long another engine of the profile may take to come up, or to end. Below what `tuiphone.launch` waits."""


def claim(paths: Paths) -> TextIO | None:
    """The lock of the profile's one engine, kept until the process ends; None when another engine is up.

    One that has the lock but does not listen is beginning or ending: which of them shows within seconds.
    Raises: PhoneError when it does not.
    """
    lock = open(paths.lock, "a+")  # noqa: SIM115 - held for life
    deadline = time.monotonic() + CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if _listens(paths.socket):
                lock.close()
                return None
            if time.monotonic() > deadline:
                lock.close()
                raise PhoneError("An engine of this profile neither comes up nor ends; end it: tuiphone stop") from None
            time.sleep(0.05)
    # So that `tuiphone stop` can end an engine that does not answer.
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.settimeout(1.0)
        try:
            caller.connect(str(path))
        except OSError:
            return False
    return True
