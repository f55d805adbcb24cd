"""Ends what a test run has started when the run itself is ended the hard way, and leaves nothing behind."""

import subprocess


class Guard:
    """A shell that reads from us until we are gone, however we end, and then ends these processes.

    As for `kill`, a number below zero is a whole group.
    """

    def __init__(self, *pids: int) -> None:
        names = " ".join(map(str, pids))
        # A session of its own: ctrl+c in a terminal is for the tests, and this outlives them by a moment.
        self._shell = subprocess.Popen(
            ["sh", "-c", f"cat; kill -9 {names} 2>&-"], stdin=subprocess.PIPE, start_new_session=True
        )

    def release(self) -> None:
        """They are ended already."""
        self._shell.kill()
        self._shell.communicate()
