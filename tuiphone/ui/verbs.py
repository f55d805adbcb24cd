"""What can be done with a call by a key: which actions of core a key stands for, and what it is called just now."""

from collections.abc import Callable
from dataclasses import dataclass

from tuiphone.core.call import Call, CallState
from tuiphone.core.capability import Action


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


def _verb(name: str, letter: str, needs: set[Action], label: str | Callable[[Call], str], tooltip: str) -> Verb:
    return Verb(name, letter, frozenset(needs), label if callable(label) else (lambda _: label), tooltip)


TALKING = (
    _verb("mute", "m", {Action.MUTE}, lambda call: "unmute" if call.muted else "mute", "Close or open the microphone"),
    _verb(
        "hold",
        "h",
        {Action.HOLD, Action.RESUME},
        lambda call: "resume" if call.state is CallState.HELD else "hold",
        "Put the call on hold, or take it back",
    ),
    _verb("keypad", "k", {Action.DTMF}, "keypad", "Show the keypad"),
    _verb("transfer", "t", {Action.TRANSFER}, "transfer", "Hand the call to somebody else"),
    _verb(
        "camera",
        "v",
        {Action.CAMERA},
        lambda call: "camera off" if call.camera else "camera",
        "Send your picture or not",
    ),
    _verb(
        "record",
        "r",
        {Action.RECORD},
        lambda call: "stop rec" if call.recording else "record",
        "Record the call or stop",
    ),
    _verb("info", "i", {Action.INFO}, "info", "Send a side message"),
    _verb("hangup", "x", {Action.HANGUP}, "hang up", "End the call"),
)
"""Keys of a call that is made, talking or on hold, in the order they are shown."""

RINGING = (
    _verb("answer", "a", {Action.ANSWER}, "answer", "Pick up"),
    _verb("answer_video", "v", {Action.ANSWER_VIDEO}, "with video", "Pick up and send your picture"),
    _verb("reject", "r", {Action.REJECT}, "reject", "Refuse the call; the caller hears that you are busy"),
    _verb("forward", "f", {Action.FORWARD}, "forward", "Send the call on to somebody else"),
    _verb("silence", "i", {Action.SILENCE}, "silence", "Stop the ringer and leave it ringing"),
)
"""Keys of a call that rings here."""

BY_NAME = {verb.name: verb for verb in (*TALKING, *RINGING)}
