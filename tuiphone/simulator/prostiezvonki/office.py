"""Who is logged in, and who of them is told of an event: the extension itself, whoever watches it, and the late
(2, 6, 11)."""

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import IntEnum

from tuiphone.simulator.link import Link
from tuiphone.simulator.prostiezvonki import envelope
from tuiphone.simulator.prostiezvonki.login import Login
from tuiphone.simulator.prostiezvonki.switches import Switches

LIVE, LATE = "0", "1"


class Type(IntEnum):
    """Of an event (6)."""

    OFFER = 1
    INCOMING = 2
    FINISHED = 4
    OUTGOING = 8
    OUTGOING_ANSWERED = 16
    INCOMING_ANSWERED = 32
    ORDER = 64
    SMS = 128
    SMS_STATUS = 256


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A client that is logged in."""

    login: Login
    link: Link
    plain: bool
    """Its frames are plain XML, for TLS is around them."""

    def send(self, xml: str) -> None:
        """Queue one frame."""
        self.link.send_raw(envelope.packed(xml, plain=self.plain))


@dataclass(frozen=True, slots=True)
class _Made:
    """An event, and whose it is."""

    number: int
    attributes: Mapping[str, str]
    owners: Collection[str]
    but: str | None


class Office:
    """The sessions, one of each extension."""

    def __init__(self, switches: Switches) -> None:
        self.sessions: dict[str, Session] = {}
        self._switches = switches
        self._groups: dict[str, str] = {}
        self._kept: deque[_Made] = deque(maxlen=int(switches.values["late_events"]))
        self._made = 0
        self._seen: dict[str, int] = {}

    def join(self, session: Session) -> Session | None:
        """Let somebody in, and tell them what they missed; returns the earlier session of the same extension."""
        extension = session.login.extension
        earlier = self.sessions.get(extension)
        if earlier:
            self.leave(earlier)
        self.sessions[extension] = session
        self._groups[extension] = session.login.group
        seen = self._seen.get(extension, 0)
        for kept in self._kept:
            if kept.number > seen and self._concerns(session, kept):
                session.send(envelope.event({**kept.attributes, "missed": LATE}))
        return earlier

    def leave(self, session: Session) -> None:
        """Somebody is gone; what ends from now on is kept for them."""
        extension = session.login.extension
        if self.sessions.get(extension) is session:
            del self.sessions[extension]
            self._seen[extension] = self._made

    def tell(self, attributes: Mapping[str, str], owners: Collection[str], *, but: str | None = None) -> None:
        """An event of the extensions in `owners`, or of everybody where that is empty; `but` does not watch them."""
        finished = attributes["type"] == str(Type.FINISHED.value)
        self._made += finished
        made = _Made(self._made, attributes, owners, but)
        if finished:
            self._kept.append(made)
        xml = envelope.event(attributes)
        for session in self.sessions.values():
            if self._concerns(session, made):
                session.send(xml)

    def tell_one(self, extension: str, attributes: Mapping[str, str]) -> None:
        """An event that is nobody else's business."""
        if session := self.sessions.get(extension):
            session.send(envelope.event(attributes))

    def _concerns(self, session: Session, made: _Made) -> bool:
        if not made.owners or session.login.extension in made.owners:
            return True
        if session.login.extension == made.but or not session.login.mask & int(made.attributes["type"]):
            return False
        # What a group is for is not documented: here it narrows what is watched to the extensions that say the same.
        return not session.login.group or any(self._group_of(owner) == session.login.group for owner in made.owners)

    def _group_of(self, extension: str) -> str:
        return self._groups.get(extension, self._switches.groups.get(extension, ""))
