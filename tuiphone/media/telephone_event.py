"""DTMF as telephone-events between the packets of our sound, and out of those of the far side (RFC 4733)."""

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tuiphone.media.sdp import Codec

DIGITS = "0123456789*#ABCD"
"""Each at the place of its event code (section 3.2)."""
EVENTS = "0-15"
"""As a=fmtp has them."""

TONE_FRAMES = 5
"""Of 20 ms each. Exchanges want 40 ms at least; browsers send 100."""
END_FRAMES = 2
"""The last packet of an event goes out three times in all (section 2.5.1.4)."""
GAP_FRAMES = 3
"""Of silence, beside those for the repeated ends: 100 ms of pause in all between two digits."""
MAX_WAITING = 64
_VOLUME = 10
"""dBm0 below full, as most phones send it."""
_END = 0x80
_PER_S = 20.0
_AT_ONCE = 32
_REMEMBERED = 8


def chosen(events: tuple[Codec, ...], rate: int) -> Codec | None:
    """The far side's format to send by beside sound of this clock rate: the same clock, or what there is."""
    return min(events, key=lambda event: (event.rate != rate, event.rate != 8000), default=None)


def takes(format: Codec, digits: str) -> bool:
    """Whether the far side's a=fmtp (section 2.4.1) names the events of all these digits; without one, 0-15 hold."""
    spans = [part.strip().partition("-") for part in (format.parameters or EVENTS).split(",")]
    named = [(int(low), int(high or low)) for low, _, high in spans if low.isdecimal() and (high or "0").isdecimal()]
    return all(
        digit in DIGITS and any(low <= DIGITS.index(digit) <= high for low, high in named or [(0, 15)])
        for digit in digits
    )


@dataclass(slots=True, eq=False)
class _Digits:
    waiting: deque[int]
    sent: asyncio.Future[bool]


@dataclass(frozen=True, slots=True)
class Frame:
    """20 ms of dialling, in the place of our sound."""

    payload: bytes | None
    """None is the silence behind a digit."""
    begins: bool = False


@dataclass(slots=True)
class Dialling:
    """Our digits on their way out, one after the other."""

    _queue: deque[_Digits] = field(default_factory=deque)
    _at: int = 0
    """How many frames of the first digit are out."""
    _closed: bool = False

    def press(self, digits: str) -> "asyncio.Future[bool]":
        """Send these after those under way; the result is False when they could not all be sent."""
        sent: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if self._closed or sum(len(one.waiting) for one in self._queue) + len(digits) > MAX_WAITING:
            sent.set_result(False)
        elif not digits:
            sent.set_result(True)
        else:
            self._queue.append(_Digits(deque(DIGITS.index(digit) for digit in digits), sent))
        return sent

    def take_back(self, sent: "asyncio.Future[bool]") -> None:
        """Whoever waited for this does so no longer; what of it is not out stays unsent."""
        for one in list(self._queue):
            if one.sent is sent and not (one is self._queue[0] and self._at):
                self._queue.remove(one)

    def next(self, rate: int) -> Frame | None:
        """The next frame by a clock of this rate; None while there is nothing to send."""
        if not self._queue:
            return None
        digits = self._queue[0]
        at, self._at = self._at, self._at + 1
        if at >= TONE_FRAMES + END_FRAMES:
            frame = Frame(None)
        else:
            is_end = at + 1 >= TONE_FRAMES
            duration = min(at + 1, TONE_FRAMES) * rate // 50
            frame = Frame(struct.pack("!BBH", digits.waiting[0], _VOLUME | is_end * _END, duration), at == 0)
        is_last = len(digits.waiting) == 1 or digits.sent.done()
        if self._at == TONE_FRAMES + END_FRAMES and is_last:
            _settle(digits.sent, True)
        elif self._at == TONE_FRAMES + END_FRAMES + GAP_FRAMES:
            self._at = 0
            digits.waiting.popleft()
            if is_last:
                self._queue.popleft()
        return frame

    def close(self) -> None:
        """Nothing is sent any more."""
        self._closed = True
        for digits in self._queue:
            _settle(digits.sent, False)
        self._queue.clear()


def _settle(sent: "asyncio.Future[bool]", result: bool) -> None:
    if not sent.done():
        sent.set_result(result)


class Listening:
    """The far side's digits, each told once, however many packets it comes in."""

    def __init__(self, heard: Callable[[str], None], clock: Callable[[], float]) -> None:
        self._heard = heard
        self._clock = clock
        self._known: deque[tuple[int, int]] = deque(maxlen=_REMEMBERED)
        """(SSRC, timestamp) of events that were told: one event's packets all have the same (section 2.5.1.2)."""
        self._last: tuple[int, int, int, int, bool] | None = None
        """SSRC, event, timestamp, duration, and whether it ended."""
        self._allowed, self._since = float(_AT_ONCE), clock()

    def take(self, source: int, timestamp: int, marker: bool, payload: bytes) -> None:
        """A packet of the far side's."""
        if len(payload) < 4:
            return
        event, flags, duration = struct.unpack_from("!BBH", payload)
        is_new = (source, timestamp) not in self._known
        is_next_part = is_new and not marker and self._goes_on(source, event, timestamp)
        if is_new:
            self._known.append((source, timestamp))
        if is_new or self._last is None or (source, timestamp) == (self._last[0], self._last[2]):
            self._last = source, event, timestamp, duration, bool(flags & _END)
        if is_new and not is_next_part and event < len(DIGITS) and self._may_tell():
            self._heard(DIGITS[event])

    def _goes_on(self, source: int, event: int, timestamp: int) -> bool:
        """A key held longer than a duration can tell goes on in another event right behind (section 2.5.1.3)."""
        if self._last is None or self._last[4] or self._last[:2] != (source, event):
            return False
        return 0 < (timestamp - self._last[2]) % (1 << 32) <= self._last[3]

    def _may_tell(self) -> bool:
        """Fingers are not faster; a far side that is does not flood us."""
        now = self._clock()
        self._allowed = min(_AT_ONCE, self._allowed + (now - self._since) * _PER_S)
        self._since = now
        if self._allowed < 1:
            return False
        self._allowed -= 1
        return True
