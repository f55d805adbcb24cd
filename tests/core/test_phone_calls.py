"""Dialing, answering, hanging up: which account, which media, what becomes of other calls, and a server that fails."""

import asyncio
from typing import Any

import pytest

from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING, FakeProvider, until
from tuiphone.core import phone
from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import Action, Capability
from tuiphone.core.commands import HOLD_SECONDS
from tuiphone.core.errands import COMMAND_SECONDS
from tuiphone.core.errors import (
    AccessDenied,
    BadAddress,
    ConnectionLost,
    MediaError,
    NoDevice,
    NotPossible,
    PhoneError,
    RequestFailed,
    RequestTimeout,
)
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallInterrupted,
    CallRang,
    CallStarted,
    CommandFinished,
    CommandStarted,
    ConnectionChanged,
    Link,
    ProviderFaulted,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account, Address, AddressKind
from tuiphone.core.ports import MediaLink

USERS, PHONES = Capability.DIAL_USER, Capability.DIAL_PHONE
BOTH = EVERYTHING
FAILURES = [ConnectionLost("The line is down."), RequestFailed(5, "It has no such call."), RequestTimeout("Silence.")]


# -- dialing --------------------------------------------------------------------------------------------------------


async def test_dialing_makes_a_call_with_media_of_its_own(rig: Rig) -> None:
    provider = await rig.add(numbers=("0800",))
    id = await rig.phone.dial("bob", video=True, caller="0800")
    await settle()
    call = rig.call(id)
    assert (call.state, call.direction, call.peer.text) == (CallState.DIALING, CallDirection.OUTGOING, "bob")
    assert (call.video, call.caller, call.camera) == (True, "0800", True)
    assert provider.asked("dial") == [(Address(AddressKind.USER, "bob"), True, "0800")]
    assert provider.media[id.ref] is rig.factory.last
    assert rig.factory.last.video
    assert not rig.factory.last.is_started


async def test_media_starts_on_the_answer_and_not_when_it_rings(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob")
    provider.emit(CallRang(id.ref, early_media=True))
    await settle()
    assert not rig.factory.last.is_started
    provider.emit(CallAnswered(id.ref))
    await settle()
    assert rig.factory.last.log.count(("start",)) == 1
    provider.emit(CallAnswered(id.ref))
    await settle()
    assert rig.factory.last.log.count(("start",)) == 1


async def test_an_account_without_media_dials_without(rig: Rig) -> None:
    provider = await rig.add(capabilities=EVERYTHING & ~Capability.MEDIA)
    id = await rig.phone.dial("bob")
    assert provider.media[id.ref] is None
    assert not rig.factory.made


async def test_a_refused_dial_gives_its_media_back(rig: Rig) -> None:
    provider = await rig.add()
    provider.fails["dial"] = ConnectionLost("The line is down.")
    with pytest.raises(ConnectionLost):
        await rig.phone.dial("bob")
    await settle()
    assert rig.factory.last.is_closed
    assert rig.phone.state.calls == ()


async def test_a_server_that_says_nothing_to_a_dial_is_a_timeout(rig: Rig) -> None:
    provider = await rig.add()
    provider.stalls.add("dial")
    with pytest.raises(RequestTimeout, match="did not answer within 15 seconds"):
        await rig.phone.dial("bob")
    assert asyncio.get_running_loop().time() == pytest.approx(COMMAND_SECONDS, abs=1)


async def dial_refused(rig: Rig, *arguments: Any, **options: Any) -> str:
    with pytest.raises(PhoneError) as refusal:
        await rig.phone.dial(*arguments, **options)
    return f"{type(refusal.value).__name__}: {refusal.value}"


async def test_a_dial_is_refused_with_what_to_do_about_it(rig: Rig) -> None:
    assert await dial_refused(rig, "bob") == (
        "NotPossible: There is no account to call with; add one with: tuiphone account add"
    )
    await rig.add(capabilities=USERS)
    await rig.add("work", numbers=("0800", "0801"))
    rig.phone.add_broken_account(Account("bad", "?", Capability(0)), "bad.toml: no such key: tokn")
    await settle()
    refused = {
        "unknown": await dial_refused(rig, "bob", account="nobody"),
        "broken": await dial_refused(rig, "bob", account="bad"),
        "number": await dial_refused(rig, "+84901234567", account="home"),
        "empty": await dial_refused(rig, " "),
        "caller": await dial_refused(rig, "bob", account="work", caller="999"),
        "no caller": await dial_refused(rig, "bob", account="home", caller="999"),
        "video": await dial_refused(rig, "bob", account="home", video=True),
    }
    assert refused == {
        "unknown": "NotPossible: There is no account nobody; there are: bad, home, work.",
        "broken": "NotPossible: bad cannot be used: bad.toml: no such key: tokn",
        "number": "BadAddress: This account cannot call telephones, and +84901234567 is one; choose another account.",
        "empty": "BadAddress: Nothing to call: type a number or a name first.",
        "caller": "BadAddress: work cannot call from 999; it has 0800, 0801.",
        "no caller": "BadAddress: home cannot call from 999; it has no numbers.",
        "video": "NotPossible: home has no video calls.",
    }
    assert rig.phone.state.calls == ()
    assert not rig.factory.made


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (ConnectionChanged(Link.OFF), "home is switched off; switch it on first."),
        (ConnectionChanged(Link.FAILED, "The token has expired."), "home is not connected: The token has expired."),
        (ConnectionChanged(Link.WAITING, "The server is down."), "try again in a moment. (The server is down.)"),
        (ConnectionChanged(Link.CONNECTING), "home is connecting; try again in a moment."),
    ],
    ids=lambda value: value.link.name if isinstance(value, ConnectionChanged) else "",
)
async def test_a_dial_on_an_account_that_is_not_connected_says_why(
    rig: Rig, event: ConnectionChanged, said: str
) -> None:
    provider = await rig.add()
    provider.emit(event)
    await settle()
    with pytest.raises(ConnectionLost) as refusal:
        await rig.phone.dial("bob")
    assert said in str(refusal.value)
    assert not provider.asked("dial")


@pytest.mark.parametrize(
    ("typed", "first", "second", "chosen"),
    [
        ("bob", BOTH, BOTH, "a"),
        ("+84901234567", USERS, PHONES, "b"),
        ("bob", PHONES, USERS, "b"),
        ("0901234567", USERS, PHONES, "a"),
    ],
)
async def test_the_first_account_that_can_calls(
    rig: Rig, typed: str, first: Capability, second: Capability, chosen: str
) -> None:
    await rig.add("a", first)
    await rig.add("b", second)
    assert (await rig.phone.dial(typed)).account == chosen


async def test_a_connected_account_calls_before_one_that_is_not(rig: Rig) -> None:
    first = await rig.add("a")
    await rig.add("b")
    first.lose(AccessDenied("No."))
    await settle()
    assert (await rig.phone.dial("bob")).account == "b"


async def test_the_first_refusal_is_the_one_that_is_told(rig: Rig) -> None:
    await rig.add("a", USERS)
    await rig.add("b", PHONES)
    with pytest.raises(BadAddress, match="has a space in it"):
        await rig.phone.dial("bob builder")


# -- one call makes way for another ---------------------------------------------------------------------------------


async def test_dialing_holds_the_call_that_is_up(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider)
    await rig.talk(provider, "carol")
    assert rig.call(first).state is CallState.HELD
    assert rig.factory.made[0].is_held
    assert [entry[0] for entry in provider.log] == ["dial", "hold", "dial"]


async def test_answering_holds_the_call_that_is_up(rig: Rig) -> None:
    home, work = await rig.add(), await rig.add("work")
    first = await rig.talk(home)
    second = await rig.ring(work, "work")
    await rig.phone.answer(second)
    await settle()
    assert (rig.call(first).state, rig.call(second).state) == (CallState.HELD, CallState.ACTIVE)
    assert rig.factory.made[0].is_held
    assert not rig.factory.made[1].is_held


async def test_resuming_holds_the_other_call(rig: Rig) -> None:
    provider = await rig.add()
    first = await rig.talk(provider)
    second = await rig.talk(provider, "carol")
    await rig.phone.hold(first, on=False)
    await settle()
    assert (rig.call(first).state, rig.call(second).state) == (CallState.ACTIVE, CallState.HELD)


@pytest.mark.parametrize("error", [*FAILURES, None], ids=lambda error: type(error).__name__ if error else "silence")
async def test_a_server_that_cannot_hold_does_not_keep_another_call_from_being_answered(
    rig: Rig, error: Exception | None
) -> None:
    home, work = await rig.add(), await rig.add("work")
    first = await rig.talk(home)
    if error is None:
        home.stalls.add("hold")
    else:
        home.fails["hold"] = error
    second = await rig.ring(work, "work")
    began = asyncio.get_running_loop().time()
    await rig.phone.answer(second)
    assert asyncio.get_running_loop().time() - began <= HOLD_SECONDS + 0.1
    await settle()
    assert rig.call(second).state is CallState.ACTIVE
    assert rig.call(first).state is CallState.HELD
    assert rig.factory.made[0].is_held, "two calls must not hear the microphone at once"
    assert rig.call(first).pending is None


async def test_a_call_that_cannot_be_held_is_left_alone(rig: Rig) -> None:
    remote = await rig.add("remote", USERS | Capability.HANGUP)
    first = await rig.talk(remote, account="remote")
    await rig.add("work")
    await rig.phone.dial("carol", account="work")
    assert rig.call(first).state is CallState.ACTIVE


# -- answering ------------------------------------------------------------------------------------------------------


async def test_answering_opens_the_microphone(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    await rig.phone.answer(id)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    assert rig.factory.last.is_started
    assert not rig.factory.last.has_camera
    assert provider.asked("answer") == [(id.ref, False)]


@pytest.mark.parametrize(
    ("offered", "wanted", "camera"), [(True, True, True), (True, False, False), (False, True, False)]
)
async def test_the_camera_is_on_when_both_sides_want_it(rig: Rig, offered: bool, wanted: bool, camera: bool) -> None:
    provider = await rig.add()
    id = await rig.ring(provider, video=offered)
    await rig.phone.answer(id, video=wanted)
    await settle()
    assert rig.call(id).camera is camera
    assert rig.factory.last.has_camera is camera


async def test_a_call_begins_with_the_camera_that_was_asked_for(rig: Rig) -> None:
    provider = await rig.add()
    await rig.phone.dial("bob", video=True, camera="back")
    assert rig.factory.last.log[0] == ("switch_camera", "back")
    id = await rig.ring(provider, video=True)
    rig.factory.last.fails["switch_camera"] = NoDevice("There is no camera 'x'.")
    with pytest.raises(NoDevice):
        await rig.phone.answer(id, video=True, camera="x")
    await settle()
    assert rig.call(id).state is CallState.INCOMING, "it rings on"
    await rig.phone.answer(id, video=True)
    await settle()
    assert rig.call(id).camera


async def test_a_key_that_repeats_answers_once(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    await asyncio.gather(*(rig.phone.answer(id) for _ in range(3)))
    assert len(provider.asked("answer")) == 1


async def test_an_answer_that_failed_can_be_tried_again(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    provider.fails["answer"] = ConnectionLost("The line is down.")
    with pytest.raises(ConnectionLost):
        await rig.phone.answer(id)
    del provider.fails["answer"]
    await rig.phone.answer(id)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE


async def test_a_call_answered_elsewhere_is_over_here(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    provider.emit(CallEnded(id.ref, EndReason.ELSEWHERE))
    await settle()
    with pytest.raises(NotPossible, match="That call is over"):
        await rig.phone.answer(id)
    assert rig.call(id).reason is EndReason.ELSEWHERE


# -- the end --------------------------------------------------------------------------------------------------------


async def test_hanging_up_what_rings_here_rejects_it(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    await rig.phone.hangup(id)
    await settle()
    assert provider.asked("reject") == [(id.ref,)]
    assert rig.call(id).reason is EndReason.REJECTED


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("stage", "reason"),
    [("dialing", EndReason.CANCELLED), ("talking", EndReason.HUNG_UP), ("ringing", EndReason.REJECTED)],
)
async def test_a_call_ends_here_although_the_server_cannot_be_told(
    rig: Rig, stage: str, reason: EndReason, error: Exception
) -> None:
    provider = await rig.add()
    provider.fails |= {"hangup": error, "reject": error}
    match stage:
        case "dialing":
            id = await rig.phone.dial("bob")
            await settle()
        case "talking":
            id = await rig.talk(provider)
        case _:
            id = await rig.ring(provider)
    await rig.phone.hangup(id)
    await settle()
    call = rig.call(id)
    assert (call.state, call.reason) == (CallState.ENDED, reason)
    assert call.detail == f"Ended here; the server could not be told: {error}"
    assert rig.factory.last.is_closed


async def test_a_silent_server_cannot_keep_a_call_up(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.stalls.add("hangup")
    await rig.phone.hangup(id)
    await settle()
    assert rig.call(id).state is CallState.ENDED
    assert rig.factory.last.is_closed


async def test_media_that_fails_ends_the_call_and_the_server_is_told(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.factory.last.tell(MediaLink.FAILED)
    await settle()
    assert rig.call(id).reason is EndReason.LOST
    assert provider.asked("hangup") == [(id.ref,)]


async def test_media_that_fails_with_the_server_gone_ends_the_call_all_the_same(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.fails["hangup"] = ConnectionLost("The line is down.")
    rig.factory.last.tell(MediaLink.FAILED)
    await settle()
    assert rig.call(id).reason is EndReason.LOST


async def test_media_that_failed_while_it_rang_ends_the_call_at_the_answer(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob")
    await settle()
    rig.factory.last.tell(MediaLink.FAILED)
    await settle()
    assert rig.call(id).state is CallState.DIALING
    provider.emit(CallAnswered(id.ref))
    await settle()
    assert rig.call(id).reason is EndReason.LOST


async def test_a_far_side_that_closed_its_sound_and_never_says_that_it_hung_up_has_left(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "LEFT_SECONDS", 0.02)
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.factory.last.tell(MediaLink.CLOSED)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    await until(lambda: not rig.call(id).is_live)
    await settle()
    assert rig.call(id).reason is EndReason.LOST
    assert provider.asked("hangup") == [(id.ref,)]


async def test_sound_that_was_closed_and_opened_anew_ends_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "LEFT_SECONDS", 0.02)
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.factory.last.tell(MediaLink.CLOSED)
    await settle()
    rig.factory.last.tell(MediaLink.CONNECTED)
    await settle()
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(3 * phone.LEFT_SECONDS, over.set)
    await over.wait()
    await settle()
    assert rig.call(id).state is CallState.ACTIVE


async def test_media_that_breaks_off_for_a_while_is_shown_and_the_call_goes_on(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    seen: list[str | None] = []
    for link in (MediaLink.CONNECTED, MediaLink.DISCONNECTED, MediaLink.CONNECTED):
        rig.factory.last.tell(link)
        await settle()
        seen.append(rig.call(id).media)
    assert seen == ["connected", "disconnected", "connected"]
    assert rig.call(id).state is CallState.ACTIVE


async def test_a_far_side_that_wants_no_sound_holds_us(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    rig.factory.last.tell(MediaLink.CONNECTED, held_by_peer=True)
    await settle()
    assert rig.call(id).held_by_peer
    rig.factory.last.tell(MediaLink.CONNECTED)
    await settle()
    assert not rig.call(id).held_by_peer


async def test_media_of_a_call_that_is_over_is_not_listened_to(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    heard = len(rig.changes)
    rig.factory.last.tell(MediaLink.FAILED)
    await settle()
    assert len(rig.changes) == heard


# -- recording from the answer on -----------------------------------------------------------------------------------


def path_of(call: Call) -> str:
    return f"/recordings/{call.peer.text}.ogg"


async def test_a_wished_recording_begins_at_the_answer(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob", record=path_of)
    await settle()
    assert rig.factory.last.recording is None
    provider.emit(CallAnswered(id.ref))
    await settle()
    assert rig.call(id).recording == rig.factory.last.recording == "/recordings/bob.ogg"
    about = next(entry[2] for entry in rig.factory.last.log if entry[0] == "record")
    assert about["account"] == "home"
    assert about["peer"] == {"kind": "user", "text": "bob", "name": None}


@pytest.mark.parametrize("wished", [False, True])
async def test_a_provider_is_told_when_it_dials_that_the_call_is_to_be_recorded(rig: Rig, wished: bool) -> None:
    provider = await rig.add()
    await rig.phone.dial("bob", record=path_of if wished else None)
    assert ("recorded" in provider.asked("dial")[0]) is wished


@pytest.mark.parametrize("wanted", [False, True])
async def test_an_account_may_want_the_calls_it_makes_recorded_and_no_others(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    provider = await rig.add()
    monkeypatch.setattr(FakeProvider, "records_calls", wanted)
    ours = await rig.phone.dial("bob")
    theirs = CallId("home", provider.incoming("carol"))
    await settle()
    assert rig.phone.is_to_be_recorded(rig.call(ours)) is wanted
    assert not rig.phone.is_to_be_recorded(rig.call(theirs))


@pytest.mark.parametrize(
    ("custom", "video", "format"), [(None, False, "ogg"), (None, True, "webm"), ("webm", False, "webm")]
)
async def test_a_call_with_a_picture_is_recorded_as_webm_and_so_is_one_of_a_vendor_that_does_it_always(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, custom: str | None, video: bool, format: str
) -> None:
    monkeypatch.setattr(FakeProvider, "recording_format", custom)
    await rig.add()
    id = await rig.phone.dial("bob", video=video)
    await settle()
    assert rig.phone.recording_format(rig.call(id)) == format


async def test_a_wished_recording_begins_although_the_answer_came_before_the_dial_was_through(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rig.add()
    dial = FakeProvider.dial

    async def quick(self: FakeProvider, to: Address, **options: Any) -> str:
        ref = await dial(self, to, **options)
        self.emit(CallAnswered(ref))
        await asyncio.sleep(1)
        return ref

    monkeypatch.setattr(FakeProvider, "dial", quick)
    id = await rig.phone.dial("bob", record=path_of)
    await settle()
    assert rig.call(id).recording == "/recordings/bob.ogg"


async def test_a_recording_that_cannot_begin_is_told_and_the_call_goes_on(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob", record=path_of)
    rig.factory.last.fails["record"] = MediaError("The disk is full.")
    provider.emit(CallAnswered(id.ref))
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    assert rig.call(id).recording is None
    assert rig.events(ProviderFaulted)[0].detail == "The call is not being recorded: The disk is full."


async def test_a_call_nobody_answered_leaves_no_recording(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.phone.dial("bob", record=path_of)
    provider.emit(CallEnded(id.ref, EndReason.BUSY))
    await settle()
    assert not [entry for entry in rig.factory.last.log if entry[0] == "record"]


# -- what is under way ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fails", [False, True])
async def test_a_command_is_pending_until_it_is_through_well_or_badly(rig: Rig, fails: bool) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.stalls.add("hold")
    under_way = asyncio.ensure_future(rig.phone.hold(id, on=True))
    await settle()
    assert rig.call(id).pending is Action.HOLD
    if fails:
        with pytest.raises(RequestTimeout):
            await under_way
    else:
        under_way.cancel()
    await settle()
    assert rig.call(id).pending is None
    assert len(rig.events(CommandStarted)) == len(rig.events(CommandFinished)) == 1


async def test_a_call_of_an_account_that_is_gone_is_over(rig: Rig) -> None:
    with pytest.raises(NotPossible, match="That call is over"):
        await rig.phone.hangup(CallId("gone", "1"))


async def test_an_answer_waits_until_the_call_is_on_record_and_its_provider_has_the_media(rig: Rig) -> None:
    provider = await rig.add()
    on_record = asyncio.Event()

    async def write_slowly(change: Change) -> None:
        if isinstance(change.event, CallStarted):
            await on_record.wait()

    rig.phone.listen(write_slowly)
    id = await rig.ring(provider)
    answering = asyncio.ensure_future(rig.phone.answer(id))
    await asyncio.sleep(1)
    on_record.set()
    await answering
    verbs = [entry[0] for entry in provider.log]
    assert verbs.index("ringing") < verbs.index("answer")


async def test_an_answer_to_a_call_that_ends_before_it_is_on_record_is_refused(rig: Rig) -> None:
    provider = await rig.add()
    on_record = asyncio.Event()

    async def write_slowly(change: Change) -> None:
        if isinstance(change.event, CallStarted):
            await on_record.wait()

    rig.phone.listen(write_slowly)
    id = await rig.ring(provider)
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    answering = asyncio.ensure_future(rig.phone.answer(id))
    await asyncio.sleep(1)
    on_record.set()
    with pytest.raises(NotPossible, match="over"):
        await answering
    assert not provider.asked("answer")


async def test_an_answered_call_is_recorded_from_the_answer_on(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    await rig.phone.answer(id, record=lambda call: f"/{call.peer.text}.ogg")
    await settle()
    assert rig.call(id).recording == "/bob.ogg"


async def test_an_answer_that_fails_leaves_no_wish_to_record(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider)
    provider.fails["answer"] = RequestFailed(5, "Not now.")
    with pytest.raises(RequestFailed):
        await rig.phone.answer(id, record=lambda call: "/a.ogg")
    del provider.fails["answer"]
    await rig.phone.answer(id)
    await settle()
    assert rig.call(id).recording is None


async def test_media_that_fails_while_the_provider_restores_the_call_does_not_end_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "RESTORED_SECONDS", 0.02)
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(CallInterrupted(id.ref, on=True))
    await settle()
    rig.factory.last.tell(MediaLink.FAILED)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
    provider.emit(CallInterrupted(id.ref, on=False))
    await until(lambda: not rig.call(id).is_live)
    assert rig.call(id).reason is EndReason.LOST, "what was restored and does not connect is over all the same"


async def test_a_restored_call_whose_media_connects_goes_on(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(CallInterrupted(id.ref, on=True))
    await settle()
    rig.factory.last.tell(MediaLink.FAILED)
    provider.emit(CallInterrupted(id.ref, on=False))
    rig.factory.last.tell(MediaLink.CONNECTED)
    await settle()
    rig.phone._came_back(id)
    await settle()
    assert rig.call(id).state is CallState.ACTIVE
