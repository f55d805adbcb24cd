"""Trace: every frame between an account and its servers, without secrets; recorded always, so it has to be cheap."""

import json
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias, cast

from tuiphone.core.redact import redact_start, redacted
from tuiphone.core.ring import Ring

MAX_FRAMES = 2000
MAX_SIZE = 2 * 1024 * 1024
"""Characters of all frames of one account."""
MAX_BODY = 8 * 1024
"""Characters kept of one frame; a session description with its candidates fits."""
MAX_LABEL = 200
FLOOD = 300
"""Frames a second beyond which they are only counted."""
MAX_PAIRS = 256

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Way(Enum):
    """Which way a frame went."""

    SENT = "sent"
    RECEIVED = "received"
    NOTE = "note"
    """Not a frame: connected, closed, refused."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a frame is, in a few words."""

    text: str
    call: str | None = None
    """The wire's identifier of the call it belongs to."""
    pair: str | None = None
    """The same for a request and its reply, so that each knows the call if the other does."""
    is_routine: bool = False
    """Pings and the like: a run of them takes one line."""


Labeller: TypeAlias = Callable[..., Label]
"""`(frame, *, sent: bool) -> Label`; it sees the frame before anything is blacked out, and its text is redacted."""


@dataclass(slots=True)
class Frame:
    """A frame as it is kept: secrets blacked out, long ones cut."""

    id: int
    """Grows with each frame of the account."""
    at: float
    """Seconds since the epoch; of the last one, when it stands for many."""
    way: Way
    where: str
    """`host:port` of the server."""
    label: str
    body: str = ""
    """JSON or text."""
    size: int = 0
    """Characters of the whole frame."""
    call: str | None = None
    count: int = 1
    """How many frames this line stands for."""
    version: int = 0
    """Grows whenever a frame comes or changes; who follows asks for those above the last one."""

    def without_body(self) -> "Frame":
        """For the ladder, which is asked for by the thousand: `dataclasses.replace` would take five times as long."""
        return Frame(
            self.id, self.at, self.way, self.where, self.label, "", self.size, self.call, self.count, self.version
        )


def plain_label(frame: Any, *, sent: bool) -> Label:
    """What can be said of a frame nobody knows better: its first simple values, or its first line."""
    if isinstance(frame, str):
        return Label(frame.strip().split("\n", 1)[0].strip() or "(empty)")
    if not isinstance(frame, Mapping):
        return Label(type(frame).__name__)
    said: list[str] = []
    for key, value in cast("Mapping[str, Any]", redacted(frame, limit=400)).items():
        if isinstance(value, str | int | float):
            said.append(f"{key} {str(value)[:40]}")
        if len(said) == 4:
            break
    return Label(", ".join(said) or "(empty)")


class Trace:
    """The newest frames of one account; a Provider has one as `trace`, and gives it to its links."""

    def __init__(self, label: Labeller = plain_label, *, clock: Callable[[], float] = time.time) -> None:
        self._label = label
        self._clock = clock
        self._ring: Ring[Frame] = Ring(entries=MAX_FRAMES, size=MAX_SIZE)
        self._pairs: dict[str, Frame] = {}
        self._last_id = 0
        self._version = 0
        self._mended: deque[tuple[int, Frame]] = deque(maxlen=MAX_PAIRS)
        """Frames whose call became known later."""
        self._second = 0
        self._in_second = 0
        self._run: Frame | None = None
        """The line that stands for a run of routine frames, or for a flood."""

    def __len__(self) -> int:
        return len(self._ring)

    @property
    def dropped(self) -> int:
        """How many frames were forgotten to make room."""
        return self._ring.dropped

    @property
    def version(self) -> int:
        """Another number whenever something changed."""
        return self._version

    def adopt(self, before: "Trace") -> None:
        """Go on where the trace of the same account left off: its settings were changed."""
        self._ring, self._last_id, self._version = before._ring, before._last_id, before._version

    # -- what links tell ----------------------------------------------------------------------------------------

    def sent(
        self, where: str, frame: Mapping[str, Any] | str, *, size: int = 0, secrets: frozenset[str] = frozenset()
    ) -> None:
        """A frame goes to the server; `secrets` are keys to black out besides the usual ones."""
        self._frame(Way.SENT, where, frame, size, secrets)

    def received(
        self, where: str, frame: Mapping[str, Any] | str, *, size: int = 0, secrets: frozenset[str] = frozenset()
    ) -> None:
        """A frame came from the server."""
        self._frame(Way.RECEIVED, where, frame, size, secrets)

    def note(self, where: str, text: str, body: str = "") -> None:
        """Something about the link itself."""
        self._run = None
        text = redact_start(text, MAX_LABEL)
        self._keep(Frame(0, self._clock(), Way.NOTE, where, text, redact_start(body, MAX_BODY)))

    def exchange(
        self,
        way: Way,
        where: str,
        label: str,
        body: Any = "",
        *,
        size: int = 0,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        """A request or a reply that is labelled already, of HTTP for example; `body` is text, or what JSON said.
        `secrets` are keys to black out besides the usual ones."""
        at = self._clock()
        if not self._is_flood(at, where):
            self._run = None
            self._keep(Frame(0, at, way, where, redact_start(label, MAX_LABEL), _body(body, secrets), size))

    # -- what readers ask ---------------------------------------------------------------------------------------

    def frames(self, *, after: int = 0, call: str | None = None) -> list[Frame]:
        """Frames that came or changed after this version, oldest first; those of one call."""
        found: list[Frame] = []
        for frame in self._ring.newest_first():
            if frame.version <= after:
                break
            found.append(frame)
        found += [frame for version, frame in reversed(self._mended) if version > after >= frame.version]
        return [frame for frame in reversed(found) if call is None or frame.call == call]

    def frame(self, id: int) -> Frame | None:
        """The frame of this id, if it is still kept."""
        return next((frame for frame in self._ring.newest_first() if frame.id == id), None)

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._ring)

    # -- keeping ------------------------------------------------------------------------------------------------

    def _frame(self, way: Way, where: str, frame: Mapping[str, Any] | str, size: int, secrets: frozenset[str]) -> None:
        at = self._clock()
        if self._is_flood(at, where):
            return
        label = self._labelled(frame, sent=way is Way.SENT)
        if label.is_routine and self._run is not None and self._run.way is not Way.NOTE:
            return self._again(self._run, at)
        kept = Frame(0, at, way, where, redact_start(label.text, MAX_LABEL), _body(frame, secrets), size, label.call)
        self._keep(kept)
        self._run = kept if label.is_routine else None
        if label.pair is not None:
            self._pair(label.pair, kept)

    def _labelled(self, frame: Mapping[str, Any] | str, *, sent: bool) -> Label:
        try:
            return self._label(frame, sent=sent)
        except (AttributeError, LookupError, TypeError, ValueError):
            # What the network sends must break no link for the sake of a name.
            return plain_label(frame, sent=sent)

    def _pair(self, pair: str, frame: Frame) -> None:
        other = self._pairs.pop(pair, None)
        if other is None:
            self._pairs[pair] = frame
            while len(self._pairs) > MAX_PAIRS:
                del self._pairs[next(iter(self._pairs))]
            return
        frame.call = frame.call or other.call
        if other.call is None and frame.call is not None:
            other.call = frame.call
            self._version += 1
            self._mended.append((self._version, other))

    def _is_flood(self, at: float, where: str) -> bool:
        second = int(at)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        if self._in_second <= FLOOD:
            return False
        if self._in_second == FLOOD + 1 or self._run is None:
            self._run = Frame(0, at, Way.NOTE, where, "Too many frames at once; more of them were not kept.")
            self._keep(self._run)
        else:
            self._again(self._run, at)
        return True

    def _again(self, frame: Frame, at: float) -> None:
        frame.count += 1
        frame.at = at
        self._version += 1
        frame.version = self._version

    def _keep(self, frame: Frame) -> None:
        self._last_id += 1
        self._version += 1
        frame.id, frame.version = self._last_id, self._version
        self._ring.add(frame, len(frame.body) + len(frame.label) + 200)


def _body(frame: Any, secrets: frozenset[str]) -> str:
    if isinstance(frame, str):
        return redact_start(frame, MAX_BODY)
    try:
        text = _encode(redacted(frame, secrets, limit=MAX_BODY))
    except (TypeError, ValueError):
        text = repr(frame)
    return redact_start(text, 2 * MAX_BODY)
