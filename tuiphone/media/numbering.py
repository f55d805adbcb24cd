"""One RTP stream's sequence numbers and timestamps, unwrapped, and which of them came; and which stream it is."""

_FAR = 3000
"""Sequence numbers beyond which a jump is a new beginning (RFC 3550 appendix A.1)."""
_SEEN = 1024
_OLD_S = 2.0
"""For which packets of the source before are left out after a change."""


class Numbering:
    """Begins with the first packet placed."""

    def __init__(self) -> None:
        self._first = self._highest = -1
        self._timestamp = 0
        self._came = 0
        self._seen = [-1] * _SEEN

    def place(self, sequence: int, timestamp: int) -> tuple[int, int] | None:
        """The numbers as they would be if they did not wrap around; None if they are not of this stream."""
        if self._highest < 0:
            self._first = self._highest = sequence + 65536
            self._timestamp = timestamp
            return self._highest, timestamp
        step = (sequence - self._highest + 32768) % 65536 - 32768
        if abs(step) > _FAR:
            return None
        passed = (timestamp - self._timestamp + (1 << 31)) % (1 << 32) - (1 << 31)
        placed = self._highest + step, self._timestamp + passed
        if step > 0:
            self._highest, self._timestamp = placed
        return placed

    def other(self, sequence: int) -> int | None:
        """The number of a packet that holds no sound, its own clock aside; None if it is not of this stream."""
        if self._highest < 0:
            return None
        step = (sequence - self._highest + 32768) % 65536 - 32768
        if abs(step) > _FAR:
            return None
        placed = self._highest + step
        self._highest = max(self._highest, placed)
        self.take(placed)
        return placed

    def take(self, sequence: int) -> bool:
        """Take note of a placed packet; False if it is a double."""
        if self._seen[sequence % _SEEN] == sequence:
            return False
        self._seen[sequence % _SEEN] = sequence
        self._came += 1
        return True

    @property
    def missing(self) -> int:
        """Packets that should have come and did not."""
        return max(0, self._highest - self._first + 1 - self._came)


class Sources:
    """Follows the far side from one SSRC to another, but not back and forth between the two."""

    def __init__(self) -> None:
        self._current: int | None = None
        self._old: tuple[int, float] | None = None

    def is_current(self, source: int) -> bool:
        """Whether this is the one that is being listened to."""
        return source == self._current

    def follow(self, source: int, now: float) -> bool:
        """Listen to another one from now on; False if it is the one that was just left."""
        if self._old is not None and self._old[0] == source and now < self._old[1]:
            return False
        if self._current is not None:
            self._old = self._current, now + _OLD_S
        self._current = source
        return True
