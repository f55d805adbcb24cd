"""The robots and telephones that all vendors have, with the sounds of those; scripted users are in `scripted`."""

from collections.abc import Callable
from functools import partial

from tuiphone.simulator.exchange import BUSY, DECLINED, EARLY_MEDIA
from tuiphone.simulator.robots import TONE_HZ
from tuiphone.simulator.sip.calls import SDP, RobotCall
from tuiphone.simulator.sip.floor import Ring
from tuiphone.simulator.sip.peer import MakePeer, SipPeer
from tuiphone.simulator.speech import Voice
from tuiphone.simulator.tracks import Echo, Pattern, Sound, Tone

MAILBOX = "voicemail"
ANSWER_AFTER_S = 0.6
TELEPHONE_HZ = 600
_CALL_BACK_AFTER_S = 2.0
_EARLY_S = 1.0
_REFUSALS = {"404", "408", "480", "486", "503", "603"}
_SOUNDS: dict[str, Callable[[], Sound]] = {
    "echo": Echo,
    "voice": Voice,
    "tone": partial(Tone, TONE_HZ),
    MAILBOX: Voice,
    "silent": Sound,
}
CALLERS = ("echo", "voice", "tone", "callme", "late")
"""Who may be told to call somebody; the last two are the voice, and the voice without a description."""


def make_peer(name: str) -> MakePeer:
    """The media of a robot: who is no robot of old sends a tone, as telephones do."""
    sound = _SOUNDS.get(name, Voice if name in CALLERS else partial(Tone, TELEPHONE_HZ))
    shows = name in ("echo", "voice")
    return lambda video: SipPeer(sound(), Pattern() if video and shows else None)


async def talk(call: RobotCall) -> None:
    """Ring, and answer a moment later."""
    await ring_a_moment(call)
    await call.describe()
    await call.answer(*call.timer())


async def tell_messages(call: RobotCall) -> None:
    """Answer as a mailbox, whose messages are heard by that."""
    await talk(call)
    assert call.dialog
    call.floor.listened(call.floor.user_of(call.dialog.remote))


async def ring_a_moment(call: RobotCall) -> None:
    """Ring for as long as somebody needs to take up a telephone."""
    await call.ring()
    await call.wait(ANSWER_AFTER_S)


async def stay_silent(call: RobotCall) -> None:
    """Ring and do nothing else."""
    await call.ring()


def refuse(status: int, *headers: tuple[str, str]) -> Ring:
    """Ring for a moment and refuse."""

    async def ring(call: RobotCall) -> None:
        await ring_a_moment(call)
        call.refuse(status, *headers)

    return ring


def call_back(*, with_offer: bool = True) -> Ring:
    """Refuse, and call whoever called a moment later."""

    async def ring(call: RobotCall) -> None:
        await ring_a_moment(call)
        assert call.dialog
        to = call.floor.address_of(call.dialog.remote)
        call.refuse(DECLINED)
        call.floor.tasks.start(_later(call, to, with_offer=with_offer))

    return ring


async def _later(call: RobotCall, to: str, *, with_offer: bool) -> None:
    await call.wait(_CALL_BACK_AFTER_S)
    await call.floor.new_call("voice").dial(to, with_offer=with_offer)


async def telephone(call: RobotCall) -> None:
    """Behave by the last three digits of the number."""
    ending = call.name[-3:]
    await call.wait(0.2)
    if ending == "183":
        call.respond(EARLY_MEDIA, SDP, body=await call.describe())
        await call.wait(_EARLY_S)
        await call.answer(*call.timer())
        return
    await call.ring()
    if ending == "000":
        return
    await call.wait(0.4)
    if ending in _REFUSALS:
        call.refuse(int(ending))
    else:
        await call.describe()
        await call.answer(*call.timer())


PLAIN: dict[str, Ring] = {
    "echo": talk,
    "voice": talk,
    "tone": talk,
    MAILBOX: tell_messages,
    "busy": refuse(BUSY),
    "silent": stay_silent,
    "callme": call_back(),
    "late": call_back(with_offer=False),
}
"""What each does when called."""
