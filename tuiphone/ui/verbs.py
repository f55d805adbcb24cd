"""What can be done with a call by a key: which actions of core a key stands for, and what it is called just now."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tuiphone.core.call import Call, CallState
from tuiphone.core.capability import Action
from tuiphone.core.desk import forward_place
from tuiphone.core.several import parties
from tuiphone.core.state import PhoneState

Fits: TypeAlias = Callable[[PhoneState, Call], bool]
"""Whether there is anything the key could do, beside what the account and the call allow."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One call key."""

    name: str
    letter: str
    """Alone on the In-call screen and in the popup, with alt everywhere else."""
    needs: frozenset[Action]
    """Any of these has to be allowed."""
    label: Callable[[Call], str]
    tooltip: str
    fits: Fits

    @property
    def keys(self) -> str:
        """The letter as a binding has it; terminals tell of capitals in two ways."""
        return f"{self.letter},shift+{self.letter.lower()}" if self.letter.isupper() else self.letter

    @property
    def alt_keys(self) -> str:
        """The letter with alt."""
        return ",".join(f"alt+{key}" for key in self.keys.split(","))


def _verb(
    name: str,
    letter: str,
    needs: set[Action],
    label: str | Callable[[Call], str],
    tooltip: str,
    fits: Fits = lambda state, call: True,
) -> Verb:
    return Verb(name, letter, frozenset(needs), label if callable(label) else (lambda _: label), tooltip, fits)


def _hold_label(call: Call) -> str:
    if call.state is CallState.HELD:
        return "resume"
    return "hold one" if call.conference else "hold"


def _has_others(state: PhoneState, call: Call) -> bool:
    return call.conference or sum(len(calls) for calls in parties(state)) > 1


TALKING = (
    _verb("mute", "m", {Action.MUTE}, lambda call: "unmute" if call.muted else "mute", "Close or open the microphone"),
    _verb(
        "hold",
        "h",
        {Action.HOLD, Action.RESUME},
        _hold_label,
        "Put the call on hold, or take it back",
    ),
    _verb(
        "swap",
        "w",
        {Action.HOLD, Action.RESUME},
        "swap",
        "Put the call on hold and take back the next one that is",
        lambda state, call: len(parties(state)) > 1,
    ),
    _verb("hangup", "x", {Action.HANGUP}, "hang up", "End the call"),
    _verb(
        "conference",
        "c",
        {Action.CONFERENCE},
        lambda call: "split" if call.conference else "join",
        "Let the calls hear each other, or no longer",
        _has_others,
    ),
    _verb("invite", "a", {Action.INVITE}, "invite", "Ask more people into the group call"),
    _verb("take_out", "A", {Action.REMOVE}, "take out", "Take somebody out of the group call"),
    _verb("transfer", "t", {Action.TRANSFER}, "transfer", "Hand the call to somebody else"),
    _verb(
        "attended",
        "T",
        {Action.TRANSFER_ATTENDED},
        lambda call: "connect them" if call.consults else "ask, transfer",
        "Ask somebody first, then hand the call to them",
    ),
    _verb("keypad", "k", {Action.DTMF}, "keypad", "Show the keypad"),
    _verb(
        "camera",
        "v",
        {Action.CAMERA},
        lambda call: "camera off" if call.camera else "camera" if call.video else "add video",
        "Send your picture or not",
    ),
    _verb(
        "switch_camera",
        "V",
        {Action.SWITCH_CAMERA},
        "other camera",
        "Show the next one of your cameras",
    ),
    _verb(
        "record",
        "r",
        {Action.RECORD},
        lambda call: "stop rec" if call.recording else "record",
        "Record the call or stop",
    ),
    _verb(
        "note",
        "n",
        {Action.NOTE},
        lambda call: "change note" if call.note else "note",
        "Write a line about the call",
    ),
    _verb("info", "i", {Action.INFO}, "info", "Send a side message"),
    _verb("farewell", "X", {Action.FAREWELL}, "hang up, why", "End the call and tell the far side why"),
)
"""Keys of a call that is made, talking or on hold, in the order they are shown."""

RINGING = (
    _verb("answer", "a", {Action.ANSWER}, "answer", "Pick up"),
    _verb("answer_video", "v", {Action.ANSWER_VIDEO}, "with video", "Pick up and send your picture"),
    _verb("reject", "r", {Action.REJECT}, "reject", "Refuse the call; the caller hears that you are busy"),
    _verb("busy", "b", {Action.BUSY}, "busy", "Refuse it here and now: it goes to voicemail, or to who is next"),
    _verb("forward", "f", {Action.FORWARD}, "forward", "Send the call on to somebody else"),
    _verb(
        "send_on",
        "e",
        {Action.FORWARD},
        "send on",
        "Send the call on to the account's redirect_to",
        lambda state, call: forward_place(state, call) is not None,
    ),
    _verb("silence", "i", {Action.SILENCE}, "silence", "Stop the ringer and leave it ringing"),
)
"""Keys of a call that rings here."""

BY_NAME = {verb.name: verb for verb in (*TALKING, *RINGING)}
