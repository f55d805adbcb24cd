"""What AZStack's server says, as values. wire.py makes them; section numbers are those of PROTOCOL.md."""

# pyright: strict

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tuiphone.core.ports import Candidate, Description, IceServer

CallNumber: TypeAlias = int | str
"""A call's id, of the type it came in: it has to be echoed as that."""


@dataclass(frozen=True, slots=True)
class ChatServer:
    """Which chat server to name when logging in; it is never dialled (section 4.1)."""

    ip: str
    port: int | str
    """As it came, to be sent back; that it is a number is nowhere said."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The log-in went well (section 4.2)."""

    user_id: int
    username: str
    fullname: str
    ice_servers: tuple[IceServer, ...]


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """The log-in did not."""

    code: int | None
    """The server's `resultCode`, where it gives one."""
    detail: str
    """What was wrong with the reply, as half a sentence."""


@dataclass(frozen=True, slots=True)
class CalloutGarbled:
    """A first answer to a callout (610 or 504) that cannot be read, so that nobody knows which call it is about."""

    service: int


@dataclass(frozen=True, slots=True)
class CalloutBegun:
    """The first answer to a callout: 100, or why not (section 6.2)."""

    call_id: CallNumber
    status: int
    charging_error: int | None


@dataclass(frozen=True, slots=True)
class CalloutReady:
    """The server waits for our offer (section 6.3)."""

    call_id: CallNumber


@dataclass(frozen=True, slots=True)
class CalloutProgressed:
    """How a callout fares (section 6.4)."""

    call_id: CallNumber
    code: int
    sdp: str | None = field(default=None, repr=False)
    """The answer, with code 200 only; None where there is none that can be used."""


@dataclass(frozen=True, slots=True)
class CallinStarted:
    """A telephone calls us (section 7.1)."""

    call_id: CallNumber
    call_type: Any
    """Any JSON value; echoed in every status we send. None where there was none."""
    caller: str
    """As it came, to be echoed; empty when it is withheld."""
    called: str
    sdp: str = field(repr=False)
    """The offer with its candidates."""


@dataclass(frozen=True, slots=True)
class CallinChanged:
    """What the caller did (section 7.3)."""

    call_id: CallNumber
    code: int


@dataclass(frozen=True, slots=True)
class CallinChangedByMe:
    """What another device of ours did with a callin."""

    call_id: CallNumber
    code: int


@dataclass(frozen=True, slots=True)
class FreeCallStarted:
    """Another user calls us (section 8.1)."""

    call_id: CallNumber
    video: bool
    caller: int
    called: int | None
    offer: Description = field(repr=False)


@dataclass(frozen=True, slots=True)
class FreeCallAnswered:
    """The other user's answer; the status 200 came before it (section 8.3)."""

    call_id: CallNumber
    answer: Description = field(repr=False)


@dataclass(frozen=True, slots=True)
class FreeCallCandidate:
    """One ICE candidate of the other user; it may come before anything else about the call."""

    call_id: CallNumber
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class FreeCallChanged:
    """What the other user did."""

    call_id: CallNumber
    status: int
    sender: int | None


@dataclass(frozen=True, slots=True)
class FreeCallChangedByMe:
    """What another device of ours did with a free call."""

    call_id: CallNumber
    status: int


CallMessage: TypeAlias = (
    CalloutGarbled
    | CalloutBegun
    | CalloutReady
    | CalloutProgressed
    | CallinStarted
    | CallinChanged
    | CallinChangedByMe
    | FreeCallStarted
    | FreeCallAnswered
    | FreeCallCandidate
    | FreeCallChanged
    | FreeCallChangedByMe
)
"""What is about a call."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One paid call as the server recorded it (section 9)."""

    call_id: CallNumber
    caller: str
    called: str
    tags: str
    duration_s: float
    recorded_at: float | None
    """Seconds since the epoch; on the wire it is milliseconds. None where the call id has to stand in, a clock then."""
    url: str
    """Of the recording, from the network; empty without one."""
    call_type: int | None
    """1 callout, 2 callin; anything else is unknown."""
    status: int | None


@dataclass(frozen=True, slots=True)
class RecordPushed:
    """A paid call has ended."""

    record: LogEntry


@dataclass(frozen=True, slots=True)
class RecordsListed:
    """All paid calls the server has kept, in any order; none when it refused."""

    ok: bool
    entries: tuple[LogEntry, ...]


@dataclass(frozen=True, slots=True)
class UserInfo:
    """A user of the same application (section 10)."""

    user_id: int
    username: str
    fullname: str
    online: bool | None
    """None when the server does not say."""
    last_seen: float | None
    """When they were last here, seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class UsersFound:
    """One packet of the answer to a question for users."""

    service: int
    purpose: int
    ok: bool
    done: bool
    """False: more packets of the same answer follow."""
    users: tuple[UserInfo, ...]


Message: TypeAlias = ChatServer | LoggedIn | LoginRefused | RecordPushed | RecordsListed | UsersFound | CallMessage
