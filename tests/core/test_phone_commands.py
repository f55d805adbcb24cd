"""What one can do in a call, and when one cannot."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING
from tuiphone.core.call import CallId, CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.commands import DIGIT_SECONDS, MAX_DTMF, PAUSE_SECONDS
from tuiphone.core.errors import (
    BadAddress,
    ConnectionLost,
    MediaError,
    NoDevice,
    NotPossible,
    PhoneError,
    RequestFailed,
)
from tuiphone.core.events import CallAnswered, CallEnded, CallHeld, CallMuted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.phone import Phone
from tuiphone.core.ports import MediaChange, MediaLink

Verb = Callable[[Phone, CallId], Awaitable[Any] | None]
VERBS: dict[str, Verb] = {
    "answer": lambda phone, id: phone.answer(id),
    "reject": lambda phone, id: phone.reject(id),
    "busy": lambda phone, id: phone.reject(id, busy=True),
    "hangup": lambda phone, id: phone.hangup(id),
    "hold": lambda phone, id: phone.hold(id, on=True),
    "resume": lambda phone, id: phone.hold(id, on=False),
    "mute": lambda phone, id: phone.mute(id, on=True),
    "camera": lambda phone, id: phone.camera(id, on=True),
    "dtmf": lambda phone, id: phone.dtmf(id, "1"),
    "transfer": lambda phone, id: phone.transfer(id, "carol"),
    "info": lambda phone, id: phone.send_info(id, {}),
    "silence": lambda phone, id: phone.silence(id),
    "record": lambda phone, id: phone.record(id, "/a.ogg"),
}
IN_A_CALL = {"hold", "mute", "dtmf", "transfer", "info", "record", "hangup"}


async def tried(rig: Rig, verb: str, id: CallId) -> str | None:
    """The refusal, if it was refused."""
    try:
        waiting = VERBS[verb](rig.phone, id)
        if waiting is not None:
            await waiting
    except NotPossible as refusal:
        return str(refusal)
    return None


@pytest.mark.parametrize("verb", VERBS)
async def test_nothing_can_be_done_with_a_call_that_is_over(rig: Rig, verb: str) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    asked, heard = len(provider.log), len(rig.changes)
    assert await tried(rig, verb, id) == "That call is over."
    assert await tried(rig, verb, CallId("home", "never was")) == "That call is over."
    await settle()
    assert (len(provider.log), len(rig.changes)) == (asked, heard)


@pytest.mark.parametrize(
    ("stage", "possible"),
    [
        ("dialing", {"hangup", "mute"}),
        ("ringing here", {"answer", "reject", "busy", "hangup", "silence"}),
        ("talking", IN_A_CALL | {"resume"}),
        ("held", IN_A_CALL | {"resume"}),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
async def test_each_stage_of_a_call_has_its_verbs(rig: Rig, stage: str, possible: set[str], verb: str) -> None:
    provider = await rig.add()
    match stage:
        case "dialing":
            id = await rig.phone.dial("bob")
            await settle()
        case "ringing here":
            id = await rig.ring(provider)
        case _:
            id = await rig.talk(provider)
            if stage == "held":
                await rig.phone.hold(id, on=True)
                await settle()
    asked = len(provider.log)
    refusal = await tried(rig, verb, id)
    assert (refusal is None) == (verb in possible), refusal
    if refusal is not None:
        assert refusal.startswith(("A call that is ", "This is an audio call;"))
        assert len(provider.log) == asked


@pytest.mark.parametrize("verb", ["hold", "mute", "dtmf", "transfer", "info", "record", "hangup"])
async def test_an_account_that_cannot_is_not_asked(rig: Rig, verb: str) -> None:
    provider = await rig.add(capabilities=Capability.DIAL_USER)
    id = await rig.talk(provider)
    refusal = await tried(rig, verb, id)
    assert refusal is not None
    assert refusal.startswith(("A call that is ", "Hang up at your desk phone."))
    assert len(provider.log) == 1


async def test_a_caller_is_told_that_we_are_busy_and_not_that_we_refuse(rig: Rig) -> None:
    able = await rig.add()
    id = await rig.ring(able)
    await rig.phone.reject(id, busy=True)
    await settle()
    assert (able.asked("busy"), able.asked("reject")) == ([(id.ref,)], [])
    assert rig.call(id).reason is EndReason.REJECTED


async def test_an_account_with_one_way_to_refuse_says_which(rig: Rig) -> None:
    id = await rig.ring(await rig.add(capabilities=EVERYTHING & ~Capability.BUSY))
    with pytest.raises(NotPossible, match="one way to refuse a call: reject it"):
        await rig.phone.reject(id, busy=True)
    assert rig.call(id).state is CallState.INCOMING


# -- hold -----------------------------------------------------------------------------------------------------------


async def test_hold_silences_this_side_and_tells_the_other(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    await rig.phone.hold(id, on=True)
    await settle()
    assert rig.call(id).state is CallState.HELD
    assert rig.factory.last.is_held
    await rig.phone.hold(id, on=False)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    assert not rig.factory.last.is_held
    assert provider.asked("hold") == [(id.ref, True), (id.ref, False)]


async def test_holding_a_held_call_asks_nobody(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    await rig.phone.hold(id, on=False)
    assert not provider.asked("hold")


async def test_hold_is_local_where_the_vendor_has_none(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING & ~Capability.HOLD)
    id = await rig.talk(provider)
    await rig.phone.hold(id, on=True)
    await settle()
    assert rig.call(id).state is CallState.HELD
    assert rig.factory.last.is_held
    assert not provider.asked("hold")


@pytest.mark.parametrize("on", [True, False])
async def test_a_hold_the_server_refuses_is_taken_back(rig: Rig, on: bool) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    if not on:
        await rig.phone.hold(id, on=True)
        await settle()
    provider.fails["hold"] = RequestFailed(7, "Not now.")
    with pytest.raises(RequestFailed):
        await rig.phone.hold(id, on)
    await settle()
    assert rig.call(id).state is (CallState.ACTIVE if on else CallState.HELD)
    assert rig.factory.last.is_held is not on


@pytest.mark.parametrize("on", [True, False])
async def test_hold_works_here_while_the_server_is_out_of_reach(rig: Rig, on: bool) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    if not on:
        await rig.phone.hold(id, on=True)
        await settle()
    provider.fails["hold"] = ConnectionLost("The line is down.")
    await rig.phone.hold(id, on)
    await settle()
    assert rig.call(id).state is (CallState.HELD if on else CallState.ACTIVE)
    assert rig.factory.last.is_held is on


async def test_hold_without_sound_here_needs_the_server(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING & ~Capability.MEDIA)
    id = await rig.talk(provider)
    provider.fails["hold"] = ConnectionLost("The line is down.")
    with pytest.raises(ConnectionLost):
        await rig.phone.hold(id, on=True)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    assert not rig.events(CallHeld)


# -- mute, camera, digits -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("signal", [True, False])
async def test_mute_closes_the_microphone_and_tells_those_who_can_be_told(rig: Rig, signal: bool) -> None:
    provider = await rig.add(capabilities=EVERYTHING if signal else EVERYTHING & ~Capability.MUTE_SIGNAL)
    id = await rig.talk(provider)
    await rig.phone.mute(id, on=True)
    await settle()
    assert rig.call(id).muted
    assert rig.factory.last.is_muted
    assert provider.asked("mute") == ([(id.ref, True, True)] if signal else [])
    await rig.phone.mute(id, on=False)
    await settle()
    assert not rig.call(id).muted
    assert not rig.factory.last.is_muted


async def test_the_microphone_is_closed_although_the_server_cannot_be_told(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.fails["mute"] = ConnectionLost("The line is down.")
    with pytest.raises(ConnectionLost):
        await rig.phone.mute(id, on=True)
    await settle()
    assert rig.factory.last.is_muted
    assert rig.events(CallMuted) == [CallMuted(id.ref, on=True)]


async def test_the_camera_goes_on_and_off_in_a_video_call(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider, video=True)
    await rig.phone.answer(id)
    await settle()
    for on in (True, False):
        await rig.phone.camera(id, on)
        await settle()
        assert rig.call(id).camera is on
        assert rig.factory.last.has_camera is on
    assert provider.asked("camera") == [(id.ref, True), (id.ref, False)]


async def test_the_camera_is_switched_to_the_next_one_or_to_one_of_a_name(rig: Rig) -> None:
    id = await rig.watch(await rig.add())
    media = rig.factory.last
    assert rig.call(id).cameras == ("front", "back")
    await rig.phone.switch_camera(id)
    await settle()
    assert rig.call(id).cameras == ("back", "front")
    await rig.phone.switch_camera(id, "/home/me/away.png")
    await settle()
    assert rig.call(id).cameras == ("/home/me/away.png", "back", "front")
    media.fails["switch_camera"] = NoDevice("There is no camera 'x'.")
    with pytest.raises(NoDevice):
        await rig.phone.switch_camera(id, "x")


async def test_a_camera_that_is_off_or_the_only_one_is_not_switched(rig: Rig) -> None:
    id = await rig.watch(await rig.add())
    media = rig.factory.last
    media.cameras = ("front",)
    media.tell(MediaLink.CONNECTED)
    await settle()
    with pytest.raises(NotPossible, match="no other camera"):
        await rig.phone.switch_camera(id)
    await rig.phone.camera(id, on=False)
    await settle()
    for name in (None, "back"):
        with pytest.raises(NotPossible, match="is off"):
            await rig.phone.switch_camera(id, name)
    assert not [entry for entry in media.log if entry[0] == "switch_camera"]


async def test_a_camera_that_fails_is_told_of_for_as_long_as_it_does(rig: Rig) -> None:
    id = await rig.watch(await rig.add())
    gone = "The camera front is not there; plug it in."
    for problem in (gone, None):
        rig.factory.last.changed(MediaChange(MediaLink.CONNECTED, cameras=("front", "back"), camera_problem=problem))
        await settle()
        assert rig.call(id).camera_problem == problem
    assert rig.call(id).is_live


async def test_digits_are_sent_and_heard(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    await rig.phone.dtmf(id, "12*#abcD")
    assert "".join(digit for _, digit in provider.asked("dtmf")) == "12*#ABCD"
    assert [what for verb, *what in rig.factory.last.log if verb == "press"] == [[digit] for digit in "12*#ABCD"]


async def test_digits_go_out_at_a_pace_and_a_comma_is_a_pause(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    clock = asyncio.get_running_loop().time
    began = clock()
    together = asyncio.gather(rig.phone.dtmf(id, "1,2"), rig.phone.dtmf(id, "3"))
    await settle()
    assert provider.asked("dtmf") == [(id.ref, "1")]
    await together
    assert [digit for _, digit in provider.asked("dtmf")] == ["1", "2", "3"], "what is typed meanwhile comes after"
    assert clock() - began == pytest.approx(3 * DIGIT_SECONDS + PAUSE_SECONDS, abs=0.05)


async def test_digits_that_take_too_long_are_refused_and_an_ended_call_gets_no_more(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    with pytest.raises(BadAddress, match="longer than 25 seconds"):
        await rig.phone.dtmf(id, "1" + 20 * ",")
    sending = asyncio.ensure_future(rig.phone.dtmf(id, "1,2"))
    await settle()
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    with pytest.raises(NotPossible, match="over"):
        await sending
    assert len(provider.asked("dtmf")) == 1


@pytest.mark.parametrize("digits", ["", "x", "1 2", "12\n", "٣", "+1", "E", "1" * (MAX_DTMF + 1), "9" * 1_000_000])
async def test_what_is_no_digit_is_not_sent(rig: Rig, digits: str) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    with pytest.raises(BadAddress, match=r"Digits are 0-9, \*, # and A-D"):
        await rig.phone.dtmf(id, digits)
    assert not provider.asked("dtmf")
    assert not [entry for entry in rig.factory.last.log if entry[0] == "press"]


# -- transfer, side messages, texts ---------------------------------------------------------------------------------


async def test_a_transfer_hands_the_call_over(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    await rig.phone.transfer(id, "0901 234 567")
    await settle()
    assert provider.asked("transfer") == [(id.ref, Address(AddressKind.PHONE, "0901234567"))]
    assert rig.call(id).reason is EndReason.TRANSFERRED


@pytest.mark.parametrize("error", [RequestFailed(9, "Nobody is there."), ConnectionLost("down")])
async def test_a_transfer_that_fails_leaves_the_call_up(rig: Rig, error: PhoneError) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.fails["transfer"] = error
    with pytest.raises(type(error)):
        await rig.phone.transfer(id, "carol")
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    assert rig.call(id).pending is None


async def test_a_transfer_to_nobody_is_refused_before_the_server_hears_of_it(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    with pytest.raises(BadAddress):
        await rig.phone.transfer(id, "")
    assert not provider.asked("transfer")


async def test_a_side_message_goes_out_as_it_is(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    await rig.phone.send_info(id, {"door": ["open", 1, None]})
    assert provider.asked("send_info") == [(id.ref, {"door": ["open", 1, None]})]


async def test_a_text_goes_out_where_there_are_texts(rig: Rig) -> None:
    provider = await rig.add()
    await rig.phone.send_text("home", "bob", "hello")
    await rig.phone.send_text("home", Address(AddressKind.USER, "84900000001"), "hello")
    bob, digits = (Address(AddressKind.USER, text) for text in ("bob", "84900000001"))
    assert provider.asked("send_text") == [(bob, "hello"), (digits, "hello")]
    await rig.add("mute", EVERYTHING & ~Capability.TEXT)
    with pytest.raises(NotPossible, match="mute has no text messages"):
        await rig.phone.send_text("mute", "bob", "hello")
    with pytest.raises(NotPossible, match="There is no account nobody"):
        await rig.phone.send_text("nobody", "bob", "hello")


async def test_a_text_to_a_telephone_is_refused_where_only_users_get_any(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING | Capability.TEXT_USERS_ONLY)
    with pytest.raises(NotPossible, match="home cannot send messages to \\+84900000001"):
        await rig.phone.send_text("home", Address(AddressKind.PHONE, "+84900000001"), "hello")
    await rig.phone.send_text("home", "84900000001", "hello")
    assert provider.asked("send_text") == [(Address(AddressKind.USER, "84900000001"), "hello")]


async def test_a_text_needs_a_connected_account(rig: Rig) -> None:
    provider = await rig.add()
    await rig.phone.switch_account("home", on=False)
    await settle()
    with pytest.raises(ConnectionLost, match="home is switched off"):
        await rig.phone.send_text("home", "bob", "hello")
    assert provider.asked("send_text") == []


async def test_a_silenced_call_rings_on(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    rig.phone.silence(id)
    await settle()
    assert rig.call(id).silenced
    assert rig.call(id).state is CallState.INCOMING


# -- recording ------------------------------------------------------------------------------------------------------


async def test_a_recording_begins_and_stops(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.phone.record(id, "/a.ogg")
    await settle()
    assert rig.call(id).recording == rig.factory.last.recording == "/a.ogg"
    await rig.phone.stop_recording(id)
    await settle()
    assert rig.call(id).recording is None
    assert rig.factory.last.recording is None


async def test_a_call_that_is_being_recorded_goes_on_in_the_same_file(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.phone.record(id, "/a.ogg")
    await settle()
    rig.phone.record(id, "/b.ogg")
    await settle()
    assert rig.factory.last.recording == "/a.ogg"


async def test_a_recording_that_ends_by_itself_is_told_of_and_can_begin_anew(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.phone.record(id, "/a.ogg")
    await settle()
    rig.factory.last.changed(MediaChange(MediaLink.CONNECTED, recording_problem="The disk is full."))
    await settle()
    assert rig.call(id).recording is None
    assert rig.call(id).detail == "The disk is full."
    rig.factory.last.recording = None
    rig.phone.record(id, "/b.ogg")
    await settle()
    assert rig.call(id).recording == "/b.ogg"


async def test_keys_that_the_far_side_pressed_are_shown_with_the_call(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    for digits in ("1", "2#"):
        rig.factory.last.tell(MediaLink.CONNECTED, digits=digits)
    rig.factory.last.tell(MediaLink.CONNECTED)
    await settle()
    assert dict(rig.call(id).facts)["Keys pressed there"] == "12#"


async def test_a_call_whose_file_cannot_be_written_is_not_shown_as_recorded(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.factory.last.fails["record"] = MediaError("The disk is full.")
    with pytest.raises(MediaError):
        rig.phone.record(id, "/a.ogg")
    await settle()
    assert rig.call(id).recording is None


async def test_what_cannot_be_done_is_refused_in_words_that_say_why(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING | Capability.TRANSFER_PHONE_ONLY | Capability.DTMF_PHONE_ONLY)
    ringing = await rig.phone.dial("bob")
    with pytest.raises(NotPossible, match="A call that is dialing cannot be put on hold on home"):
        await rig.phone.hold(ringing, on=True)
    provider.emit(CallAnswered(ringing.ref))
    await settle()
    with pytest.raises(NotPossible, match="This is an audio call; call again with video"):
        await rig.phone.camera(ringing, on=True)
    with pytest.raises(NotPossible, match="home can transfer calls with a telephone only, and bob is none"):
        await rig.phone.transfer(ringing, "carol")
    with pytest.raises(NotPossible, match="home sends digits to telephones only, and bob is none"):
        await rig.phone.dtmf(ringing, "1")


async def test_a_call_can_be_ended_as_soon_as_dial_has_returned(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob")
    await rig.phone.hangup(id)
    assert provider.asked("hangup") == [(id.ref,)]


async def test_the_far_side_is_told_why_a_call_ends(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING | Capability.FAREWELL)
    id = await rig.talk(provider)
    await rig.phone.hangup(id, "  the next meeting begins ")
    assert provider.asked("farewell") == [(id.ref, "the next meeting begins")]
    assert not provider.asked("hangup")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[2J", "x" * 101])
async def test_a_reason_is_one_line_of_text_and_else_the_call_goes_on(rig: Rig, reason: str) -> None:
    provider = await rig.add(capabilities=EVERYTHING | Capability.FAREWELL)
    id = await rig.talk(provider)
    with pytest.raises(NotPossible, match=r"one line|at most 100"):
        await rig.phone.hangup(id, reason)
    assert rig.phone.state.live_calls
    assert not provider.asked("farewell")


async def test_an_account_that_cannot_say_why_does_not_hang_up_without_a_word(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING & ~Capability.FAREWELL)
    id = await rig.talk(provider)
    with pytest.raises(NotPossible, match="home cannot tell the far side why a call ends; hang up without a reason"):
        await rig.phone.hangup(id, "bye")
    assert rig.phone.state.live_calls
