"""How many records are taken of calls that nobody here saw: a broken or hostile server must not fill the disk."""

import asyncio
import time
from collections.abc import Callable

AT_ONCE = 1000
"""What an extension may have missed over a long weekend."""
PER_MINUTE = 10.0
"""More calls no extension has for long; a day of it is some 15,000 rows, a few megabytes."""
FIRST_SECONDS, NEXT_SECONDS = 60.0, 3600.0
"""How long those that are left out are counted before they are told of: the first time, and from then on."""


class Unseen:
    """The allowance of one account; it outlives links, or a server could have it anew by hanging up."""

    def __init__(self, tell: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`tell` is given a sentence with the number of those that were left out."""
        self._tell = tell
        self._clock = clock
        self._left = float(AT_ONCE)
        self._at = clock()
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._told_before = False

    def take(self) -> bool:
        """Whether one more is to be kept; one that is not is counted."""
        now = self._clock()
        self._left = min(float(AT_ONCE), self._left + max(0.0, now - self._at) / 60.0 * PER_MINUTE)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            return True
        self._dropped += 1
        if self._timer is None:
            seconds = NEXT_SECONDS if self._told_before else FIRST_SECONDS
            self._timer = asyncio.get_running_loop().call_later(seconds, self.say)
        return False

    def say(self) -> None:
        """Tell now of those that were left out, if there are any."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._dropped:
            count, self._dropped, self._told_before = self._dropped, 0, True
            them = "one call" if count == 1 else f"{count:,} calls"
            self._tell(
                f"The PBX told of {them} that this phone did not see and that are more than an extension has; they are "
                "not in the history. If that goes on, ask whoever runs the PBX."
            )
