"""Everything that can happen, in the past tense.

`ProviderEvent` is what a provider may report; `PhoneEvent` adds what the phone itself finds out. `ref` is the
provider's identifier of the call. Events carry no time: the phone stamps them when they are queued.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, TypeAlias

from tuiphone.core.call import AnswerWish, CallDirection, CallId, Cause, EndReason, Participant
from tuiphone.core.capability import Action
from tuiphone.core.model import (
    Account,
    Address,
    CallRecord,
    Contact,
    DeskCall,
    Device,
    Download,
    LineState,
    Playback,
    Presence,
    TextStatus,
)
from tuiphone.core.ports import CallMedia

Facts: TypeAlias = tuple[tuple[str, str], ...]


class Link(Enum):
    """How an account stands with its server."""

    OFF = "switched off"
    CONNECTING = "connecting"
    ONLINE = "registered"
    WAITING = "reconnecting"
    FAILED = "failed"
    BROKEN = "broken settings"


@dataclass(frozen=True, slots=True)
class ConnectionChanged:
    """The account's link to its server changed."""

    link: Link
    detail: str | None = None
    """Why, as a sentence."""
    retry_at: float | None = None
    """When the next try is due, seconds since the epoch; with WAITING only."""


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """Which other devices of this user are logged in."""

    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class CallStarted:
    """A call exists: we asked for it, or it is coming in."""

    ref: str
    peer: Address
    direction: CallDirection
    video: bool = False
    caller: str | None = None
    facts: Facts = ()
    participants: tuple[Participant, ...] = ()
    """Of a group call, those who are known of already, we among them; empty for a call with one peer."""
    media: CallMedia | None = field(default=None, compare=False, repr=False)
    """Of outgoing calls, what `dial` was given; the phone makes one for incoming calls."""
    picked_up_for: Address | None = None
    """Of calls that we make: they take what rings at this telephone, whose caller is the peer as far as it is known."""
    answer_wish: AnswerWish | None = None
    """Of incoming calls: the caller wants them picked up unasked, and the account's settings allow that."""
    quietly: bool = False
    """It rings without the ringer and without a popup; the phone's own decision, never a provider's."""
    awaits: str | None = None
    """The linked account that is to ring here for it; the phone's own finding, never a provider's."""


@dataclass(frozen=True, slots=True)
class CallRang:
    """The far end rings; with `early_media` it can already be heard."""

    ref: str
    early_media: bool = False


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The call was picked up, here or there."""

    ref: str


@dataclass(frozen=True, slots=True)
class CallHeld:
    """We put the call on hold, or took it back."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class CallHeldByPeer:
    """The far side put us on hold, or took us back."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class CallMutedByPeer:
    """The far side says it muted its microphone, or opened it again."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class CallDescribed:
    """More is known of the call: facts replace those of the same label, `video` and `peer` replace theirs."""

    ref: str
    facts: Facts = ()
    video: bool | None = None
    peer: Address | None = None


@dataclass(frozen=True, slots=True)
class ParticipantsChanged:
    """Somebody came into a group call, left it, was asked to come, muted or unmuted: all of them, as they are now."""

    ref: str
    participants: tuple[Participant, ...]


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The call is over."""

    ref: str
    reason: EndReason
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class CallInterrupted:
    """The link or the media of the call is lost and being restored (`on`), or is there again."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class TransferRequested:
    """The far side wants us to call somebody else; `follow` or `stay` is the answer."""

    ref: str
    to: Address
    by: Cause


@dataclass(frozen=True, slots=True)
class DigitsHeard:
    """The far side pressed keys in the call (DTMF), in the sound or however its server tells of it."""

    ref: str
    digits: str


@dataclass(frozen=True, slots=True)
class InfoReceived:
    """The far side sent a side message in the call."""

    ref: str
    text: str
    """JSON text as it came, cut to a sane length."""


@dataclass(frozen=True, slots=True)
class TextReceived:
    """Somebody sent a message outside calls."""

    sender: Address
    text: str
    topic: str | None = None
    ref: str | None = None
    """What the vendor's wire calls it, where it has a name: the same words under the same one came twice."""


@dataclass(frozen=True, slots=True)
class TextStatusChanged:
    """What became of a message that was sent; `ref` is what `send_text` returned."""

    ref: str
    status: TextStatus
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class ContactsChanged:
    """The account's roster at its vendor, whole."""

    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """Somebody came, went or changed their status message."""

    who: Address
    presence: Presence


@dataclass(frozen=True, slots=True)
class LineChanged:
    """A telephone that is watched rings, is busy or is free again; the first of a line makes it known."""

    line: Address
    state: LineState
    peer: Address | None = None
    """Who they talk to, or who calls them, where that is told."""
    incoming: bool = False
    """The call came in to them."""


@dataclass(frozen=True, slots=True)
class DeskCallChanged:
    """A call to the extension group that is not ours waits, rings or was missed; replaces one of its ref."""

    call: DeskCall


@dataclass(frozen=True, slots=True)
class DeskCallGone:
    """Somebody took that call, its caller gave up without having been missed, or it is done with."""

    ref: str


@dataclass(frozen=True, slots=True)
class VoicemailChanged:
    """So many messages are in the account's mailbox."""

    new: int
    old: int = 0
    mailbox: Address | None = None
    """Whom to call to hear them; None where there is no such number."""


@dataclass(frozen=True, slots=True)
class PresencePublished:
    """Others at the account's server are told this of us."""

    presence: Presence


@dataclass(frozen=True, slots=True)
class RecordLogged:
    """The vendor tells of a past call, perhaps with a recording; `id`, `account` and `seen` mean nothing here."""

    record: CallRecord


@dataclass(frozen=True, slots=True)
class ProviderFaulted:
    """Something went wrong that ends neither the link nor a call; `detail` is the sentence to show."""

    detail: str
    ref: str | None = None


ProviderEvent: TypeAlias = (
    ConnectionChanged
    | DevicesChanged
    | CallStarted
    | CallRang
    | CallAnswered
    | CallHeld
    | CallHeldByPeer
    | CallMutedByPeer
    | CallDescribed
    | ParticipantsChanged
    | CallEnded
    | CallInterrupted
    | TransferRequested
    | DigitsHeard
    | InfoReceived
    | TextReceived
    | TextStatusChanged
    | ContactsChanged
    | PresenceChanged
    | LineChanged
    | DeskCallChanged
    | DeskCallGone
    | VoicemailChanged
    | PresencePublished
    | RecordLogged
    | ProviderFaulted
)


@dataclass(frozen=True, slots=True)
class AccountAdded:
    """There is a new account, or a new one of an old name; its link is told by ConnectionChanged."""

    account: Account


@dataclass(frozen=True, slots=True)
class AccountRemoved:
    """The account is no more."""


@dataclass(frozen=True, slots=True)
class CallMerged:
    """The call of this account is none of its own any more: it is one with `into`, of the account that has its sound.

    Where our account was told first, `into` is not known yet when this comes; its own CallStarted follows at once.
    Where `into` was there first, `ref` may never have been told of. Either way there is one call at any moment.
    """

    ref: str
    into: CallId


@dataclass(frozen=True, slots=True)
class CallUnlinked:
    """The linked account did not ring for this call in time: it goes on where it rings, at the desk phone."""

    ref: str


@dataclass(frozen=True, slots=True)
class TalkBegan:
    """The far side picked up a call that its PBX had begun with us: `answered_at` is this moment from now on."""

    ref: str


@dataclass(frozen=True, slots=True)
class CallMuted:
    """We muted our microphone, or opened it again."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class CallSilenced:
    """The ringer was told to leave this call alone."""

    ref: str


@dataclass(frozen=True, slots=True)
class CallAutoAnswered:
    """The phone picks this call up by itself, as the settings say, the microphone closed or not; or it could not."""

    ref: str
    muted: bool
    on: bool = True
    asked: bool = False
    """Because the caller wanted it."""


@dataclass(frozen=True, slots=True)
class CameraSwitched:
    """Our picture is sent, or no longer."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class CameraChanged:
    """Our picture is of another camera, other cameras came or went, or the one in use fails or works again."""

    ref: str
    cameras: tuple[str, ...]
    """Those there are, the one in use first."""
    problem: str | None = None
    """Why the far side sees a placeholder, as a sentence."""


@dataclass(frozen=True, slots=True)
class CallMediaChanged:
    """The peers' media connected, broke off or came back."""

    ref: str
    link: str


@dataclass(frozen=True, slots=True)
class CallRecorded:
    """A recording began (`path`) or stopped (None)."""

    ref: str
    path: str | None


@dataclass(frozen=True, slots=True)
class CallJoined:
    """The call came into our conference, or left it."""

    ref: str
    on: bool


@dataclass(frozen=True, slots=True)
class CallConsulted:
    """This call was begun to ask somebody before the call `about`, of the same account, is handed to them."""

    ref: str
    about: str


@dataclass(frozen=True, slots=True)
class TransferDecided:
    """The person has said whether to call who was named."""

    ref: str


@dataclass(frozen=True, slots=True)
class CallNoted:
    """The person wrote something about the call; None took it back."""

    ref: str
    note: str | None


@dataclass(frozen=True, slots=True)
class CommandStarted:
    """A command on this call is under way at the provider."""

    ref: str
    action: Action


@dataclass(frozen=True, slots=True)
class CommandFinished:
    """The command is through, well or badly."""

    ref: str


@dataclass(frozen=True, slots=True)
class CallForgotten:
    """An ended call has been shown for long enough."""

    ref: str


@dataclass(frozen=True, slots=True)
class SoundChanged:
    """The sound card came, went or changed; names are None where there is none."""

    microphone: str | None
    speaker: str | None
    problem: str | None = None
    """A sentence when a call would be silent."""


@dataclass(frozen=True, slots=True)
class MissedCounted:
    """So many missed calls nobody has seen."""

    count: int


@dataclass(frozen=True, slots=True)
class TextNotSent:
    """A message could not be sent; it is kept, and `detail` is the sentence that says why."""

    to: Address
    detail: str


@dataclass(frozen=True, slots=True)
class UnreadCounted:
    """So many messages nobody has seen."""

    count: int


@dataclass(frozen=True, slots=True)
class ListChanged:
    """Something in this list is new, changed or gone; whoever shows it asks again."""

    which: Literal["contacts", "history", "recordings", "texts", "log"]


@dataclass(frozen=True, slots=True)
class PlaybackChanged:
    """A recording began to play, moved on by more than time, or stopped (None)."""

    playback: Playback | None


@dataclass(frozen=True, slots=True)
class DownloadsChanged:
    """The recordings that are on their way here, or broke off."""

    downloads: tuple[Download, ...]


@dataclass(frozen=True, slots=True)
class DisturbChanged:
    """Do not disturb until then (seconds since the epoch); None lets calls ring."""

    until: float | None


PhoneEvent: TypeAlias = (
    ProviderEvent
    | AccountAdded
    | AccountRemoved
    | CallMerged
    | CallUnlinked
    | TalkBegan
    | CallMuted
    | CallSilenced
    | CallAutoAnswered
    | CameraSwitched
    | CameraChanged
    | CallMediaChanged
    | CallRecorded
    | CallJoined
    | CallConsulted
    | TransferDecided
    | CallNoted
    | CommandStarted
    | CommandFinished
    | CallForgotten
    | SoundChanged
    | MissedCounted
    | TextNotSent
    | UnreadCounted
    | ListChanged
    | PlaybackChanged
    | DownloadsChanged
    | DisturbChanged
)
