"""The whole phone as one immutable value."""

from dataclasses import dataclass, replace

from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Account, DeskCall, Device, Download, Line, Playback, Presence, Voicemail

_NOTHING = Capability(0)
_HANDING_ON = Capability.TRANSFER | Capability.FORWARD
_HERE = Capability.MEDIA | Capability.ANSWER


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account and how it stands with its server."""

    account: Account
    link: Link = Link.OFF
    detail: str | None = None
    """Why, as a sentence."""
    retry_at: float | None = None
    since: float = 0.0
    """When `link` last changed, seconds since the epoch."""
    devices: tuple[Device, ...] = ()
    """Other devices logged in as the same user."""
    trouble: str | None = None
    """What went wrong last, as a sentence; stays when all is well again."""
    trouble_at: float | None = None
    """When that was."""
    lost_at: float | None = None
    """When the link was lost that is being made again; None where it stands, or never stood."""
    lines: tuple[Line, ...] = ()
    """Other telephones that it watches, in the order in which they became known."""
    desk: tuple[DeskCall, ...] = ()
    """Calls to its extension group that are not ours: those that wait or ring, and the missed ones."""
    voicemail: Voicemail | None = None
    """What waits in its mailbox; None where nobody told."""
    presence: Presence | None = None
    """What others are told of us; None where they are told nothing."""


@dataclass(frozen=True, slots=True)
class Sound:
    """The sound card in use; names are None where there is none."""

    microphone: str | None = None
    speaker: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class PhoneState:
    """Everything a screen needs to draw the phone."""

    accounts: tuple[AccountState, ...] = ()
    calls: tuple[Call, ...] = ()
    """In order of birth; ended ones stay for a few seconds."""
    sound: Sound = Sound()
    missed: int = 0
    """Missed calls nobody has seen."""
    unread: int = 0
    """Messages nobody has seen."""
    lists: tuple[tuple[str, int], ...] = ()
    """List -> how often it changed; a page that shows one asks again when its number is another."""
    playback: Playback | None = None
    """The recording that is being played."""
    downloads: tuple[Download, ...] = ()
    do_not_disturb: float | None = None
    """Until when nothing rings, seconds since the epoch."""

    def call(self, id: CallId) -> Call | None:
        """The call of this name, or the one that it was merged into, if it is still known."""
        own = next((call for call in self.calls if call.id == id), None)
        return own or next((call for call in self.calls if call.control == id), None)

    def capabilities_of(self, call: Call) -> Capability:
        """What can be done with this call: what its account can, and its control account's handing on."""
        names = [id.account for id in (call.id, call.control) if id is not None]
        known = [self.account(name) for name in names]
        own, *control = [Capability(0) if one is None else one.account.capabilities for one in known]
        return capabilities_of(call, own, *control)

    def changes_of(self, which: str) -> int:
        """How often this list changed."""
        return dict(self.lists).get(which, 0)

    def handed_on_by(self, call: Call, capability: Capability) -> CallId:
        """The name under which this call is transferred or forwarded: at its PBX, where that can do so now."""
        own = self.account(call.id.account)
        control = None if call.control is None else self.account(call.control.account)
        if call.control is None or control is None or capability not in control.account.capabilities:
            return call.id
        is_needed = own is None or capability not in own.account.capabilities
        return call.control if is_needed or control.link is Link.ONLINE else call.id

    def was(self, call: Call) -> Call | None:
        """What this call of a later state is in this one, under the name it has here."""
        return self.call(call.id) or (None if call.control is None else self.call(call.control))

    def is_elsewhere(self, call: Call) -> bool:
        """The call is on another telephone: its account has neither its sound nor a way to pick it up."""
        known = self.account(call.id.account)
        return known is not None and not known.account.capabilities & _HERE

    def account(self, name: str) -> AccountState | None:
        """The account of this name."""
        return next((state for state in self.accounts if state.account.name == name), None)

    @property
    def live_calls(self) -> tuple[Call, ...]:
        """Calls that are not over."""
        return tuple(call for call in self.calls if call.is_live)

    @property
    def conference(self) -> tuple[Call, ...]:
        """The calls that are in our conference, talking or on hold."""
        return tuple(call for call in self.calls if call.conference)

    def partner(self, id: CallId) -> Call | None:
        """The call this one can be connected with: the one about which, or whom, was asked; else the only other one
        of the account that was answered."""
        call = self.call(id)
        if call is None or not call.is_live:
            return None
        others = [other for other in self.live_calls if other.id.account == id.account and other.id != id]
        pairs = [other for other in others if other.id.ref == call.consults or other.consults == id.ref]
        found = [other for other in pairs or others if other.is_answered]
        return found[0] if len(found) == 1 and call.is_answered else None

    @property
    def focused(self) -> Call | None:
        """The call that keys act on when nobody chose one: talking, then calling, then held, then coming in."""
        order = {CallState.ACTIVE: 0, CallState.DIALING: 1, CallState.RINGING: 1, CallState.HELD: 2}
        return min(self.live_calls, key=lambda call: order.get(call.state, 3), default=None)

    @property
    def incoming(self) -> Call | None:
        """The oldest call that rings, one that can be picked up here before others."""
        ringing = [call for call in self.calls if call.state is CallState.INCOMING]
        return min(ringing, key=self.is_elsewhere, default=None)


def capabilities_of(call: Call, own: Capability, control: Capability = _NOTHING) -> Capability:
    """What can be done with a call of an account that can do `own`, and whose control account can do this."""
    can = own | control & _HANDING_ON
    # What has not rung here yet need not be picked up; of what nothing is heard may be taken off the screen.
    has_not_begun = call.awaits is not None or call.state is CallState.DIALING
    is_unheard_of = has_not_begun and call.direction is CallDirection.OUTGOING
    return can | Capability.HANGUP if is_unheard_of or (call.may_be_over and call.is_answered) else can


def with_account(
    state: PhoneState, account: Account, *, link: Link = Link.OFF, detail: str | None = None
) -> PhoneState:
    """The state with this account in it, replacing one of the same name."""
    fresh = AccountState(account, link, detail)
    others = [known for known in state.accounts if known.account.name != account.name]
    return replace(state, accounts=tuple(sorted([*others, fresh], key=lambda known: known.account.name)))


def without_account(state: PhoneState, name: str) -> PhoneState:
    """The state without this account."""
    return replace(state, accounts=tuple(known for known in state.accounts if known.account.name != name))
