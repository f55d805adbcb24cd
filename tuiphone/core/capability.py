"""What an account can do, and what can be done with a call right now."""

from __future__ import annotations

from enum import Enum, Flag, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuiphone.core.call import Call
    from tuiphone.core.model import Address

ANSWER_THERE = "Answer on your desk phone."
"""Said of a call that rings at an account which cannot pick up."""
HANG_UP_THERE = "Hang up at your desk phone."
"""Said of a call of an account which cannot hang up."""


class Capability(Flag):
    """What a provider's code and its vendor's service offer; declared by the Provider class."""

    DIAL_USER = auto()
    DIAL_PHONE = auto()
    RECEIVE = auto()
    ANSWER = auto()
    REJECT = auto()
    HANGUP = auto()
    MEDIA = auto()
    """Sound is here: devices, meters, mute, recording."""
    VIDEO = auto()
    GROUP = auto()
    """Calls with several people, which the vendor brings together."""
    MUTE_SIGNAL = auto()
    """The far side is told that we muted."""
    HOLD = auto()
    """The far side is told of hold; without it hold is local."""
    DTMF = auto()
    DTMF_PHONE_ONLY = auto()
    """A limit on DTMF: the other side has to be a telephone."""
    INFO = auto()
    TRANSFER = auto()
    TRANSFER_PHONE_ONLY = auto()
    """A limit on TRANSFER: one side of the call has to be a telephone."""
    TRANSFER_ATTENDED = auto()
    FORWARD = auto()
    """A call that rings here can be sent on to somebody else, unanswered."""
    TEXT = auto()
    """Text messages outside calls."""
    TEXT_USERS_ONLY = auto()
    """A limit on TEXT: telephones get none."""
    CONTACTS = auto()
    PRESENCE = auto()
    HISTORY = auto()
    RECORDINGS = auto()
    PROVISION = auto()
    """Users are made and deleted at the vendor."""
    DIAL_URI = auto()
    """Users of other hosts can be called: `bob@other.example`."""
    LINES = auto()
    """The account watches other telephones and can pick up what rings there."""
    VOICEMAIL = auto()
    """The server keeps a mailbox and tells how many messages wait in it."""
    PUBLISH = auto()
    """Others are told how we are."""
    ADD_VIDEO = auto()
    """A call that began with sound alone may get a picture."""
    FAREWELL = auto()
    """The far side is told in words why we end a call."""
    FAREWELL_USERS_ONLY = auto()
    """A limit on FAREWELL: telephones are told nothing."""
    REDIRECT = auto()
    """Calls that wait for the extension group can be sent on, to us or to others."""
    BUSY = auto()
    """A call that rings here can be told that we are busy, which its server takes otherwise than being rejected."""
    EXTENSION = auto()
    """The account is an extension of a PBX: it can have the sound of calls that another account commands there."""


class Action(Enum):
    """What a person can do with a call."""

    ANSWER = "answer"
    ANSWER_VIDEO = "answer with video"
    REJECT = "reject"
    BUSY = "say busy"
    FORWARD = "forward"
    SILENCE = "silence"
    HANGUP = "hang up"
    FAREWELL = "hang up with a reason"
    HOLD = "hold"
    RESUME = "resume"
    MUTE = "mute"
    DTMF = "dtmf"
    TRANSFER = "transfer"
    TRANSFER_ATTENDED = "transfer after asking"
    CONFERENCE = "conference"
    INVITE = "invite"
    REMOVE = "take somebody out"
    CAMERA = "camera"
    SWITCH_CAMERA = "switch the camera"
    RECORD = "record"
    INFO = "info"
    NOTE = "note"
    FOLLOW = "call who was named"
    STAY = "do not call who was named"


def allowed(call: Call, capabilities: Capability) -> frozenset[Action]:
    """The actions that make sense for this call on an account with these capabilities."""
    from tuiphone.core.call import CallDirection, CallState
    from tuiphone.core.model import AddressKind

    actions: set[Action] = set()
    has = capabilities.__contains__
    if call.state is CallState.ENDED:
        return frozenset({Action.NOTE})
    if call.state is CallState.INCOMING:
        actions.add(Action.SILENCE)
        if has(Capability.ANSWER):
            actions.add(Action.ANSWER)
            if call.video and has(Capability.VIDEO):
                actions.add(Action.ANSWER_VIDEO)
        if has(Capability.REJECT):
            actions.add(Action.REJECT)
        # What the PBX rings us for because we dialled it has nobody who could be sent elsewhere.
        if call.direction is CallDirection.INCOMING and not call.is_group:
            actions |= {action for action in (Action.BUSY, Action.FORWARD) if has(Capability[action.name])}
        return frozenset(actions)
    actions.add(Action.NOTE)
    if has(Capability.HANGUP):
        actions.add(Action.HANGUP)
    if _can_say_why(call, capabilities):
        actions.add(Action.FAREWELL)
    if has(Capability.MEDIA):
        actions.add(Action.MUTE)
    if call.referral is not None:
        actions |= {Action.FOLLOW, Action.STAY}
    if call.is_group:
        return frozenset(actions | _of_group(call, capabilities))
    if call.state in (CallState.ACTIVE, CallState.HELD):
        is_phone = call.peer.kind is AddressKind.PHONE
        if has(Capability.HOLD) or has(Capability.MEDIA):
            actions.add(Action.RESUME if call.state is CallState.HELD else Action.HOLD)
        if has(Capability.MEDIA):
            actions |= {Action.RECORD, Action.CONFERENCE}
        if has(Capability.DTMF) and (is_phone or not has(Capability.DTMF_PHONE_ONLY)):
            actions.add(Action.DTMF)
        if has(Capability.INFO):
            actions.add(Action.INFO)
        actions |= _of_camera(call, capabilities)
        limited = has(Capability.TRANSFER_PHONE_ONLY) and not is_phone
        if has(Capability.TRANSFER) and not limited:
            actions.add(Action.TRANSFER)
        if has(Capability.TRANSFER_ATTENDED) and not limited:
            actions.add(Action.TRANSFER_ATTENDED)
    return frozenset(actions)


def _can_say_why(call: Call, capabilities: Capability) -> bool:
    from tuiphone.core.model import AddressKind

    is_left_out = Capability.FAREWELL_USERS_ONLY in capabilities and call.peer.kind is AddressKind.PHONE
    return Capability.FAREWELL in capabilities and not call.is_group and not is_left_out


def _of_camera(call: Call, capabilities: Capability) -> frozenset[Action]:
    if Capability.VIDEO not in capabilities or not (call.video or Capability.ADD_VIDEO in capabilities):
        return frozenset()
    can_switch = call.camera and len(call.cameras) > 1
    return frozenset({Action.CAMERA, Action.SWITCH_CAMERA} if can_switch else {Action.CAMERA})


def _of_group(call: Call, capabilities: Capability) -> frozenset[Action]:
    """A room cannot be transferred or joined with other calls; it is put on hold on this side alone."""
    from tuiphone.core.call import CallDirection, CallState

    if call.state not in (CallState.ACTIVE, CallState.HELD):
        return frozenset()
    actions = set(_of_camera(call, capabilities))
    if Capability.MEDIA in capabilities:
        actions |= {Action.RECORD, Action.RESUME if call.state is CallState.HELD else Action.HOLD}
    if Capability.GROUP in capabilities:
        actions.add(Action.INVITE)
        if call.direction is CallDirection.OUTGOING and call.company:
            actions.add(Action.REMOVE)
    return frozenset(actions)


def can_text(capabilities: Capability, to: Address) -> bool:
    """Whether an account with these capabilities can send this address a message."""
    from tuiphone.core.model import AddressKind

    if Capability.TEXT not in capabilities:
        return False
    if to.kind is AddressKind.PHONE:
        return Capability.DIAL_PHONE in capabilities and Capability.TEXT_USERS_ONLY not in capabilities
    return Capability.DIAL_USER in capabilities
