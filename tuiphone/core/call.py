"""One conversation with one peer, and the states it goes through."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal, TypeAlias

from tuiphone.core.capability import Action
from tuiphone.core.model import Address


class CallState(Enum):
    """Where a call stands.

        outgoing   DIALING ──> RINGING ──> ACTIVE <──> HELD
                      └───────────────────────^ |        |
        incoming   INCOMING ──────────────────^ |        |
                                                v        v
        any of them ─────────────────────────> ENDED, with an EndReason

    RINGING with `early_media` is a far end already heard before it answers. ENDED never changes again. DIALING and
    RINGING lead to INCOMING as well, where a PBX that we told to dial rings us first.
    """

    DIALING = "dialing"
    RINGING = "ringing"
    INCOMING = "incoming"
    ACTIVE = "active"
    HELD = "held"
    ENDED = "ended"


NEXT: dict[CallState, frozenset[CallState]] = {
    CallState.DIALING: frozenset({CallState.RINGING, CallState.INCOMING, CallState.ACTIVE, CallState.ENDED}),
    CallState.RINGING: frozenset({CallState.RINGING, CallState.INCOMING, CallState.ACTIVE, CallState.ENDED}),
    CallState.INCOMING: frozenset({CallState.ACTIVE, CallState.ENDED}),
    CallState.ACTIVE: frozenset({CallState.HELD, CallState.ENDED}),
    CallState.HELD: frozenset({CallState.ACTIVE, CallState.ENDED}),
    CallState.ENDED: frozenset(),
}
"""The arrows of the drawing; RINGING may repeat when early media begins."""


class CallDirection(Enum):
    """Who called."""

    OUTGOING = "outgoing"
    INCOMING = "incoming"


class EndReason(Enum):
    """Why a call is over."""

    HUNG_UP = "hung up"
    REMOTE_HUNG_UP = "the other side hung up"
    OVER = "over at the PBX"
    """The PBX told that it is over, and not who hung up."""
    CANCELLED = "cancelled"
    BUSY = "busy"
    REJECTED = "rejected"
    NO_ANSWER = "no answer"
    UNREACHABLE = "not reachable"
    MISSED = "missed"
    ELSEWHERE = "answered on another device"
    TRANSFERRED = "transferred"
    BAD_NUMBER = "no such number"
    NO_CREDIT = "not enough credit"
    LOST = "connection lost"
    FAILED = "failed"


NOT_REACHED = frozenset(
    {
        EndReason.BUSY,
        EndReason.REJECTED,
        EndReason.NO_ANSWER,
        EndReason.UNREACHABLE,
        EndReason.BAD_NUMBER,
        EndReason.NO_CREDIT,
    }
)
"""Of calls that we make: the far side never picked up, although a PBX may have begun the call with us."""


SOUND_LOST = "The sound of the other side broke off and did not come back."
"""Why a call is over that nobody ended."""

ACCOUNT_OFF = "The account was switched off."
"""Why a call is over that was hung up with its account."""


@dataclass(frozen=True, slots=True, order=True)
class CallId:
    """Names a call for as long as the engine knows it."""

    account: str
    ref: str
    """The provider's own identifier; opaque outside it."""

    def __str__(self) -> str:
        return f"{self.account}/{self.ref}"


class Attendance(Enum):
    """Where somebody stands with a group call."""

    INVITED = "invited"
    JOINED = "joined"
    LEFT = "left"
    ABSENT = "did not come"


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody of a group call."""

    address: Address
    state: Attendance
    muted: bool = False
    """Nobody hears them just now."""
    is_us: bool = False


Cause: TypeAlias = Literal["redirect", "transfer"]
"""Why we are to call somebody else: the one we call is there instead, or who we talk to hands us on."""


@dataclass(frozen=True, slots=True)
class Referral:
    """The far side wants us to call somebody else; a person decides."""

    to: Address
    by: Cause


@dataclass(frozen=True, slots=True)
class AnswerWish:
    """The caller wants the phone to pick up by itself, as an intercom does, and the account's settings let it."""

    after_s: float
    muted: bool = False
    """With the microphone closed."""


@dataclass(frozen=True, slots=True)
class Call:
    """One conversation with one peer; replaced, never mutated. Times are seconds since the epoch."""

    id: CallId
    peer: Address
    direction: CallDirection
    state: CallState
    started_at: float
    video: bool = False
    caller: str | None = None
    """Our side as the far end sees it: the number or alias called from, or the number that was called."""
    answered_at: float | None = None
    ended_at: float | None = None
    reason: EndReason | None = None
    detail: str | None = None
    """The end's reason in the vendor's terms, or what is wrong with a live call, as a sentence."""
    early_media: bool = False
    muted: bool = False
    held_by_peer: bool = False
    muted_by_peer: bool = False
    silenced: bool = False
    """Rings on without the ringer."""
    auto_answered: bool = False
    """The phone picked it up by itself, as the settings say."""
    picked_up_for: Address | None = None
    """The telephone of somebody else that it rang at; the peer called there, although we began the call."""
    answer_wish: AnswerWish | None = None
    """The phone may pick it up by itself, for its caller wants that."""
    answered_as_asked: bool = False
    """That is why it picked it up."""
    camera: bool = False
    """Our picture is being sent."""
    cameras: tuple[str, ...] = ()
    """Those that our picture can be of, the one in use first."""
    camera_problem: str | None = None
    """Why the far side sees a placeholder instead of our picture, as a sentence."""
    media: str | None = None
    """`connected`, `disconnected` ... once the peers' media has something to say."""
    recording: str | None = None
    """Path of the file being written."""
    pending: Action | None = None
    """A command that is under way at the provider."""
    facts: tuple[tuple[str, str], ...] = ()
    """What else the vendor says of the call, as label and value, for the call screen."""
    conference: bool = False
    """Its far side also hears the other calls of the conference, and they it; we have one conference at a time."""
    consults: str | None = None
    """Ref of the call, on the same account, that this one was begun to ask about before it is handed on."""
    note: str | None = None
    """What the person wrote about it."""
    notices: tuple[str, ...] = ()
    """Side messages of the call, oldest first, the last few of them."""
    participants: tuple[Participant, ...] = ()
    """Of a group call, whose peer is the room: everybody who is or was in it or asked to be, we too."""
    referral: Referral | None = None
    """A question that waits for an answer: whether to call somebody else, as the far side wants."""
    reconnecting_since: float | None = None
    """The link it hangs on broke at that time, and is being restored."""
    may_be_over: bool = False
    """That link was broken while it went on: of an end meanwhile nobody may ever tell."""
    control: CallId | None = None
    """The call of an account without sound that this one is one with: it tells of the far side, and transfers."""
    awaits: str | None = None
    """The account that is about to ring here for this call and then takes it over, sound and all."""
    reached: bool = False
    """The PBX began the call with us, and its far side has picked up since: talk counts from there."""

    @property
    def is_live(self) -> bool:
        """Neither over nor forgotten."""
        return self.state is not CallState.ENDED

    @property
    def came_in(self) -> bool:
        """The far side called, us or a telephone whose call we picked up."""
        return self.direction is CallDirection.INCOMING or self.picked_up_for is not None

    @property
    def is_group(self) -> bool:
        """Several people are, or may come, at the far side, and the vendor knows it."""
        return bool(self.participants)

    @property
    def company(self) -> tuple[Participant, ...]:
        """The others who are in the group call now."""
        return tuple(one for one in self.participants if one.state is Attendance.JOINED and not one.is_us)

    @property
    def is_answered(self) -> bool:
        """Somebody picked up at some time."""
        return self.answered_at is not None

    def talk_s(self, now: float) -> float:
        """Seconds of conversation up to `now` or the end, whichever came first."""
        if self.answered_at is None:
            return 0.0
        return max(0.0, (self.ended_at or now) - self.answered_at)

    def moved(self, state: CallState, **changes: object) -> "Call":
        """This call in another state; unchanged where the drawing has no such arrow."""
        if state not in NEXT[self.state]:
            return self
        return replace(self, state=state, **changes)  # type: ignore[arg-type]
