"""The phone with an account that commands a PBX and one that has its sound: the calls of both are one."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING, FakeProvider, soon, until
from tuiphone.core import joint, phone
from tuiphone.core.call import Call, CallDirection, CallId, CallState, EndReason
from tuiphone.core.capability import ANSWER_THERE, Action, Capability, allowed
from tuiphone.core.errors import NotPossible, PhoneError, RequestFailed
from tuiphone.core.events import (
    CallAnswered,
    CallAutoAnswered,
    CallEnded,
    CallInterrupted,
    CallMerged,
    CallRang,
    CallSilenced,
    CallStarted,
    CallUnlinked,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    LineChanged,
    Link,
    ProviderEvent,
)
from tuiphone.core.linking import NOT_RUNG
from tuiphone.core.model import Account, Address, AddressKind, DeskCall, DeskState, LineState
from tuiphone.core.ports import CallMedia

NUMBER = "0901234567"
COMMANDS = (
    Capability.DIAL_PHONE
    | Capability.RECEIVE
    | Capability.TRANSFER
    | Capability.FORWARD
    | Capability.LINES
    | Capability.REDIRECT
)


class Pbx(FakeProvider):
    """A vendor that commands a PBX: it dials as told, and rings us with another account."""

    linked: str | None = "sip"
    picks_up = True

    @property
    def identity(self) -> str | None:
        return "101"

    @property
    def linked_account(self) -> str | None:
        return self.linked

    @property
    def answers_dial(self) -> bool:
        return self.picks_up

    async def pickup(self, line: Address, *, media: CallMedia | None = None) -> str:
        """The call that rings there is sent here."""
        return self.rings().ref

    def rings(self, number: str = NUMBER, **more: Any) -> CallStarted:
        """The PBX tells of a call to our extension."""
        event = CallStarted(self._next_ref(), Address(AddressKind.PHONE, number), CallDirection.INCOMING, **more)
        self.emit(event)
        return event


class Linked(Rig):
    """A phone with the accounts `pbx` and `sip`."""

    pbx: Pbx
    sip: FakeProvider

    async def begin(self, *, wait_s: float = 30.0) -> "Linked":
        self.phone.ring_within_s = wait_s
        self.sip = await self.add("sip", EVERYTHING & ~Capability.FORWARD)
        self.pbx = await self.command("pbx")
        return self

    async def command(self, name: str, capabilities: Capability = COMMANDS) -> Pbx:
        """Another account that commands the PBX."""
        made: list[Pbx] = []

        def make(emit: Callable[[ProviderEvent], None]) -> Pbx:
            made.append(Pbx(emit, capabilities=capabilities))
            return made[0]

        self.phone.add_account(Account(name, "pbx", capabilities), make)
        await settle()
        return made[0]

    async def dial(self, number: str = NUMBER, **more: Any) -> "asyncio.Task[CallId]":
        """A dial that waits for the PBX to ring us."""
        dialling = asyncio.create_task(self.phone.dial(number, account="pbx", **more))
        await until(lambda: any(call.awaits for call in self.phone.state.live_calls))
        await settle()
        return dialling

    def wait_at_the_desk(self, ref: str, number: str = NUMBER) -> None:
        """A call to the extension group waits at the PBX."""
        self.pbx.emit(DeskCallChanged(DeskCall(ref, Address(AddressKind.PHONE, number), DeskState.WAITING, 100.0)))

    def invite(self, caller: str = NUMBER) -> CallId:
        """The PBX rings us at the account with the sound."""
        return CallId("sip", self.sip.incoming(caller))

    @property
    def only(self) -> Call:
        """The one call there is."""
        (call,) = self.phone.state.calls
        return call


@pytest.fixture
async def linked(rig: Rig) -> Linked:
    made = Linked()
    made.__dict__.update(rig.__dict__)
    return await made.begin()


# -- what we dial ---------------------------------------------------------------------------------------------------


async def test_a_dial_is_the_call_that_rings_here_for_it_and_is_picked_up_at_once(linked: Linked) -> None:
    dialling = await linked.dial()
    waiting = linked.only
    assert (waiting.state, waiting.id.account, waiting.awaits) == (CallState.DIALING, "pbx", "sip")
    id = linked.invite("101")
    assert await soon(dialling) == id
    await until(lambda: linked.only.state is CallState.ACTIVE)
    assert linked.only.id == id
    assert linked.only.control == waiting.id
    assert linked.only.peer.text == NUMBER, "whom we dialled, whatever the PBX shows"
    assert linked.only.direction is CallDirection.OUTGOING
    assert linked.only.started_at == waiting.started_at
    assert linked.only.awaits is None
    assert [verb for verb, *_ in linked.sip.log] == ["ringing", "answer"]
    assert linked.factory.last.is_started
    assert linked.phone.state.call(waiting.id) == linked.only, "who has the old name finds the call"


async def test_nothing_rings_and_nothing_is_said_to_have_been_answered_by_itself(linked: Linked) -> None:
    linked.phone.ring_quietly_if(lambda account, event, state, at: True)
    dialling = await linked.dial()
    linked.invite()
    await soon(dialling)
    await until(lambda: linked.only.state is CallState.ACTIVE)
    assert all(change.after.incoming is None for change in linked.changes)
    assert all(len(change.after.calls) <= 1 for change in linked.changes), "one call at any moment"
    assert not linked.events(CallAutoAnswered)
    assert not linked.events(CallSilenced)
    started = [event.direction for event in linked.events(CallStarted)]
    assert started == [CallDirection.OUTGOING] * 2


async def test_the_second_call_of_the_pbx_rings(linked: Linked) -> None:
    dialling = await linked.dial()
    linked.invite()
    await soon(dialling)
    second = linked.invite()
    await settle()
    assert linked.call(second).state is CallState.INCOMING
    assert linked.call(second).control is None
    assert len(linked.sip.asked("answer")) == 1


async def test_a_foreign_call_rings_and_the_dial_waits_on(linked: Linked) -> None:
    dialling = await linked.dial()
    foreign = linked.invite("0907777777")
    await settle()
    assert linked.call(foreign).state is CallState.INCOMING
    ours = linked.invite()
    assert await soon(dialling) == ours
    await settle()
    assert linked.call(ours).state is CallState.INCOMING, "it is not the first any more, so a person picks it up"
    await linked.phone.answer(ours)
    await settle()
    assert (linked.call(ours).state, linked.call(ours).direction) == (CallState.ACTIVE, CallDirection.OUTGOING)


async def test_beside_another_call_a_dial_rings_and_its_peer_is_whom_we_dialled(linked: Linked) -> None:
    talking = await linked.phone.dial("bob", account="sip")
    linked.sip.emit(CallAnswered(talking.ref))
    await settle()
    linked.phone.ring_quietly_if(lambda account, event, state, at: True)
    dialling = await linked.dial()
    ours = linked.invite("101")
    assert await soon(dialling) == ours
    call = linked.call(ours)
    assert (call.state, call.direction, call.silenced) == (CallState.INCOMING, CallDirection.OUTGOING, False)
    assert call.peer.text == NUMBER
    can = allowed(call, linked.phone.state.capabilities_of(call))
    assert {Action.ANSWER, Action.REJECT} <= can
    assert not {Action.FORWARD, Action.BUSY} & can, "nobody is there to be sent elsewhere"
    linked.sip.emit(CallEnded(ours.ref, EndReason.MISSED))
    await settle()
    assert linked.call(ours).reason is EndReason.CANCELLED, "nobody called us"


async def test_a_person_who_wants_to_pick_up_is_rung(linked: Linked) -> None:
    linked.pbx.picks_up = False
    dialling = await linked.dial()
    ours = linked.invite()
    assert await soon(dialling) == ours
    assert linked.call(ours).state is CallState.INCOMING
    assert not linked.sip.asked("answer")


async def test_a_dial_that_the_pbx_does_not_ring_us_for_is_over_in_a_sentence(rig: Rig) -> None:
    linked = Linked()
    linked.__dict__.update(rig.__dict__)
    await linked.begin(wait_s=0.05)
    id = await soon(linked.phone.dial(NUMBER, account="pbx"))
    call = linked.call(id)
    assert (id.account, call.state, call.reason, call.detail) == ("pbx", CallState.ENDED, EndReason.FAILED, NOT_RUNG)


async def test_a_dial_that_nobody_waits_for_any_more_is_over_in_time_as_well(rig: Rig) -> None:
    linked = Linked()
    linked.__dict__.update(rig.__dict__)
    await linked.begin(wait_s=0.05)
    linked.pbx.stalls.add("dial")
    dialling = await linked.dial()
    # The time to ring us is over before the PBX has said that it took the dial, and counts from there.
    await until(lambda: linked.only.id not in linked.phone._deadlines)
    await settle()
    assert linked.only.is_live
    dialling.cancel()
    await until(lambda: linked.only.detail == NOT_RUNG)


@pytest.mark.parametrize("rings", [True, False])
async def test_a_dial_of_which_nobody_knows_whether_the_pbx_took_it_is_the_call_that_rings_in_time(
    linked: Linked, rings: bool
) -> None:
    linked.phone.ring_within_s = 5.0
    dialling = await linked.dial()
    linked.pbx.emit(CallEnded(linked.only.id.ref, EndReason.LOST, "Nobody knows."))
    await settle()
    assert (linked.only.state, linked.only.detail) == (CallState.DIALING, "Nobody knows.")
    if not rings:
        await soon(dialling)
        assert (linked.only.reason, linked.only.detail) == (EndReason.LOST, "Nobody knows.")
        return
    id = linked.invite("101")
    assert await soon(dialling) == id
    call = linked.only
    assert (call.id, call.state, call.direction) == (id, CallState.INCOMING, CallDirection.OUTGOING)
    assert (call.peer.text, call.detail) == (NUMBER, None)
    assert not linked.sip.asked("answer"), "the person is to decide"


async def test_a_dial_that_rings_at_the_desk_phone_goes_on_there(linked: Linked) -> None:
    dialling = await linked.dial()
    ref = linked.only.id.ref
    linked.pbx.emit(CallRang(ref))
    linked.phone.emit(CallUnlinked(ref), account="pbx")  # the time is over
    id = await soon(dialling)
    assert (id, linked.only.state, linked.only.awaits) == (linked.only.id, CallState.RINGING, None)
    with pytest.raises(NotPossible, match="Hang up at your desk phone"):
        await linked.phone.hangup(id)


async def test_a_dial_of_which_nothing_is_known_can_be_taken_off_the_screen(linked: Linked) -> None:
    linked.pbx.linked = None
    id = await linked.phone.dial(NUMBER, account="pbx")
    await settle()
    assert (linked.only.state, linked.only.awaits) == (CallState.DIALING, None)
    await linked.phone.hangup(id)
    await settle()
    assert linked.only.state is CallState.ENDED
    assert ("hangup", id.ref) in [entry[:2] for entry in linked.pbx.log]


async def test_a_call_at_the_desk_phone_that_may_be_over_can_be_taken_off_the_screen(linked: Linked) -> None:
    linked.pbx.linked = None
    event = linked.pbx.rings()
    linked.pbx.emit(CallAnswered(event.ref))
    await settle()
    talk = linked.only
    with pytest.raises(NotPossible, match="Hang up at your desk phone"):
        await linked.phone.hangup(talk.id)
    # The PBX was started anew, and tells of the end to nobody.
    linked.pbx.emit(CallInterrupted(event.ref, on=True))
    linked.pbx.emit(CallInterrupted(event.ref, on=False))
    linked.pbx.linked = "sip"
    await linked.dial("0912345678")
    picked_up = linked.invite("0912345678")
    await settle()
    assert ("answer", picked_up.ref) in [entry[:2] for entry in linked.sip.log]
    await linked.phone.hangup(talk.id)
    await settle()
    over = next(call for call in linked.phone.state.calls if call.id == talk.id)
    assert (over.reason, over.is_live) == (EndReason.OVER, False)
    assert "hang up at your desk phone" in (over.detail or "")


async def test_a_dial_that_was_answered_elsewhere_waits_no_more(linked: Linked) -> None:
    dialling = await linked.dial()
    linked.pbx.emit(CallAnswered(linked.only.id.ref))
    assert (await soon(dialling)).account == "pbx"
    assert (linked.only.state, linked.only.awaits) == (CallState.ACTIVE, None)
    ringing = linked.invite()
    await settle()
    assert linked.call(ringing).state is CallState.INCOMING


async def test_a_dial_that_waits_can_be_taken_back_and_its_call_is_refused_unseen(linked: Linked) -> None:
    dialling = await linked.dial()
    await linked.phone.hangup(linked.only.id)
    refused = linked.invite()
    assert (await soon(dialling)).account == "pbx"
    await until(lambda: linked.sip.asked("reject"))
    assert linked.sip.asked("reject") == [(refused.ref,)]
    assert (linked.only.state, linked.only.reason) == (CallState.ENDED, EndReason.CANCELLED)


async def test_a_refusal_of_the_pbx_ends_the_dial(linked: Linked) -> None:
    dialling = await linked.dial()
    linked.pbx.emit(CallEnded(linked.only.id.ref, EndReason.BAD_NUMBER))
    await soon(dialling)
    assert linked.only.reason is EndReason.BAD_NUMBER
    linked.invite()
    await settle()
    assert not linked.sip.asked("answer")


@pytest.mark.parametrize("why", ["unknown", "offline", "itself", "no extension", "linked in its turn"])
async def test_without_its_sound_account_a_dial_is_one_at_the_desk_phone(linked: Linked, why: str) -> None:
    match why:
        case "unknown":
            linked.pbx.linked = "nobody"
        case "offline":
            linked.sip.emit(ConnectionChanged(Link.WAITING))
        case "no extension":
            await linked.add("vox", EVERYTHING & ~Capability.EXTENSION)
            linked.pbx.linked = "vox"
        case "linked in its turn":
            other = await linked.command("other", EVERYTHING)
            other.linked, linked.pbx.linked = "sip", "other"
        case _:
            linked.pbx.linked = "pbx"
    await settle()
    id = await soon(linked.phone.dial(NUMBER, account="pbx"))
    assert (id, linked.only.id, linked.only.awaits) == (linked.only.id, CallId("pbx", "1"), None)


async def test_what_cannot_be_picked_up_ends_and_says_why(linked: Linked) -> None:
    linked.sip.fails["answer"] = RequestFailed(503, "The server is busy.")
    dialling = await linked.dial()
    linked.invite()
    await soon(dialling)
    await until(lambda: not linked.only.is_live)
    assert (linked.only.reason, linked.only.detail) == (EndReason.FAILED, "The server is busy.")
    assert linked.sip.asked("reject")


async def test_a_wish_to_record_goes_with_the_call(linked: Linked) -> None:
    dialling = await linked.dial(record=lambda call: f"/{call.id.account}.ogg")
    linked.invite()
    await soon(dialling)
    await until(lambda: linked.only.recording)
    assert linked.only.recording == "/sip.ogg"


async def test_a_call_that_rings_before_the_pbx_has_even_replied_is_it(linked: Linked) -> None:
    linked.pbx.stalls.add("dial")
    dialling = asyncio.create_task(linked.phone.dial(NUMBER, account="pbx"))
    await until(lambda: linked.phone.state.calls)
    id = linked.invite()
    await until(lambda: linked.only.state is CallState.ACTIVE)
    assert linked.only.id == id
    dialling.cancel()
    await asyncio.gather(dialling, return_exceptions=True)


# -- a call to us ---------------------------------------------------------------------------------------------------


async def test_a_call_told_of_by_both_is_one_whoever_is_first(linked: Linked) -> None:
    for is_first in (True, False):
        linked.changes.clear()
        if is_first:
            linked.pbx.rings(facts=(("Line", "main"),))
            await settle()
            assert linked.phone.state.incoming is not None
            assert linked.phone.state.incoming.awaits == "sip"
        id = linked.invite()
        await settle()
        if not is_first:
            linked.pbx.rings(facts=(("Line", "main"),))
        await settle()
        (call,) = linked.phone.state.live_calls
        assert (call.id, call.state, call.awaits) == (id, CallState.INCOMING, None)
        assert ("Line", "main") in call.facts
        assert all(len(change.after.live_calls) <= 1 for change in linked.changes)
        await linked.phone.answer(call.control or id)
        await settle()
        assert linked.call(id).state is CallState.ACTIVE
        await linked.phone.hangup(id)
        await settle()


async def test_what_the_pbx_sends_here_because_one_picks_it_up_is_picked_up(linked: Linked) -> None:
    linked.pbx.emit(LineChanged(Address(AddressKind.PHONE, "102"), LineState.RINGING, incoming=True))
    await settle()
    picking_up = asyncio.create_task(linked.phone.pickup("102"))
    await until(lambda: any(call.awaits and call.silenced for call in linked.phone.state.live_calls))
    id = linked.invite()
    assert await soon(picking_up) == id
    await until(lambda: linked.only.state is CallState.ACTIVE)
    assert linked.sip.asked("answer") == [(id.ref, False)]
    assert not any(
        call.id.account == "sip" and not call.silenced for change in linked.changes for call in change.after.calls
    )


async def test_what_rings_for_a_dial_whose_account_was_switched_off_is_refused(linked: Linked) -> None:
    dialling = await linked.dial()
    await linked.phone.switch_account("pbx", on=False)
    await soon(dialling)
    id = linked.invite()
    await until(lambda: linked.sip.asked("reject"))
    assert linked.sip.asked("reject")[0][0] == id.ref
    assert all(change.after.incoming is None for change in linked.changes)


async def test_a_waiting_call_that_is_taken_is_picked_up_once_it_rings_here(linked: Linked) -> None:
    linked.wait_at_the_desk("7")
    await settle()
    await linked.phone.take("7")
    linked.pbx.rings()
    await until(lambda: any(call.awaits and call.silenced for call in linked.phone.state.live_calls))
    id = linked.invite()
    await until(lambda: linked.only.state is CallState.ACTIVE)
    assert linked.sip.asked("answer") == [(id.ref, False)]
    other = linked.invite("0911111111")
    linked.pbx.rings("0911111111")
    await until(lambda: (call := linked.phone.state.call(other)) is not None and call.control is not None)
    await settle()
    assert linked.sip.asked("answer") == [(id.ref, False)], "another caller rings"


async def test_a_waiting_call_that_rings_here_before_the_pbx_has_told_of_it_waits_no_more(linked: Linked) -> None:
    linked.wait_at_the_desk("7")
    await settle()
    linked.invite()
    await settle()
    linked.pbx.emit(CallStarted("7", Address(AddressKind.PHONE, NUMBER), CallDirection.INCOMING))
    linked.pbx.emit(DeskCallGone("7"))
    await settle()
    assert linked.only.control == CallId("pbx", "7")
    assert [known.desk for known in linked.phone.state.accounts] == [(), ()]


async def test_a_taken_call_that_rings_before_the_pbx_has_told_of_it_is_picked_up(linked: Linked) -> None:
    linked.wait_at_the_desk("7")
    await settle()
    taking = asyncio.create_task(linked.phone.take("7"))
    linked.invite()
    await until(lambda: linked.phone.state.incoming is not None)
    linked.pbx.rings()
    await soon(taking)
    await until(lambda: linked.only.state is CallState.ACTIVE)


async def test_of_callers_who_do_not_say_who_they_are_only_the_one_taken_is_picked_up(linked: Linked) -> None:
    linked.wait_at_the_desk("7", "anonymous")
    await settle()
    await linked.phone.take("7")
    linked.pbx.rings("anonymous")
    other = linked.invite("anonymous")
    await until(lambda: (call := linked.phone.state.call(other)) is not None and call.control is not None)
    await settle()
    assert not linked.sip.asked("answer")
    linked.pbx.emit(CallStarted("7", Address(AddressKind.PHONE, "anonymous"), CallDirection.INCOMING))
    taken = linked.invite("anonymous")
    await until(lambda: linked.sip.asked("answer"))
    assert linked.sip.asked("answer") == [(taken.ref, False)]


async def test_a_call_that_could_not_be_taken_rings_when_it_comes(linked: Linked) -> None:
    linked.wait_at_the_desk("7")
    await settle()
    linked.pbx.fails["redirect"] = RequestFailed(7, "Somebody was quicker.")
    with pytest.raises(RequestFailed):
        await linked.phone.take("7")
    linked.pbx.rings()
    linked.invite()
    await until(lambda: any(call.control for call in linked.phone.state.calls))
    await settle()
    assert not linked.sip.asked("answer")
    assert not linked.only.silenced


async def test_before_it_rings_here_a_call_of_the_pbx_is_answered_there(linked: Linked) -> None:
    linked.pbx.rings()
    await settle()
    with pytest.raises(NotPossible, match=ANSWER_THERE):
        await linked.phone.answer(linked.only.id)


async def test_what_the_desk_phone_answered_was_not_missed(linked: Linked) -> None:
    told = linked.pbx.rings()
    id = linked.invite()
    linked.pbx.emit(CallAnswered(told.ref))
    linked.sip.emit(CallEnded(id.ref, EndReason.MISSED))
    await settle()
    assert linked.only.reason is EndReason.ELSEWHERE


async def test_two_accounts_of_one_pbx_tell_of_one_call(linked: Linked) -> None:
    other = await linked.command("pbx2")
    linked.pbx.rings()
    id = linked.invite()
    other.rings()
    await settle()
    assert linked.only.id == id
    assert linked.only.control == CallId("pbx", "1")
    assert len(linked.events(CallMerged)) == 1


async def test_what_one_dials_on_the_sip_account_itself_is_told_of_once(linked: Linked) -> None:
    id = await linked.phone.dial(NUMBER, account="sip")
    linked.pbx.emit(CallStarted("out", Address(AddressKind.PHONE, NUMBER), CallDirection.OUTGOING))
    await settle()
    assert (linked.only.id, linked.only.control) == (id, CallId("pbx", "out"))


# -- the one call ---------------------------------------------------------------------------------------------------


async def joined(linked: Linked) -> Call:
    dialling = await linked.dial()
    linked.invite()
    await soon(dialling)
    await until(lambda: linked.only.state is CallState.ACTIVE)
    return linked.only


async def test_talk_counts_from_the_far_sides_answer(linked: Linked) -> None:
    call = await joined(linked)
    assert call.control is not None
    linked.pbx.emit(CallRang(call.control.ref))
    await settle()
    assert dict(linked.only.facts)[joint.FAR_SIDE] == "rings"
    linked.pbx.emit(CallAnswered(call.control.ref))
    await settle()
    assert dict(linked.only.facts)[joint.FAR_SIDE] == "answered"
    assert linked.only.reached
    assert (linked.only.answered_at or 0.0) > (call.answered_at or 0.0)
    linked.pbx.emit(CallEnded(call.control.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    assert linked.only.is_live, "the account with the sound alone ends it"


async def test_the_pbx_transfers_and_forwards_what_it_commands(linked: Linked) -> None:
    call = await joined(linked)
    assert call.control is not None
    await linked.phone.transfer(call.id, "102")
    assert linked.pbx.asked("transfer") == [(call.control.ref, Address(AddressKind.PHONE, "102"))]
    assert not linked.sip.asked("transfer")
    linked.sip.emit(CallEnded(call.id.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    assert linked.only.reason is EndReason.TRANSFERRED
    told = linked.pbx.rings()
    id = linked.invite()
    await settle()
    assert Action.FORWARD in allowed(linked.call(id), linked.phone.state.capabilities_of(linked.call(id)))
    await linked.phone.forward(id, "102")
    assert linked.pbx.asked("forward") == [(told.ref, Address(AddressKind.PHONE, "102"))]
    linked.sip.emit(CallEnded(id.ref, EndReason.MISSED))  # taken away from us
    await settle()
    assert linked.call(id).reason is EndReason.TRANSFERRED


@pytest.mark.parametrize("refused", [False, True])
async def test_a_leg_that_is_over_before_the_pbx_has_replied_was_sent_on_unless_it_refuses(
    linked: Linked, refused: bool
) -> None:
    under_way: asyncio.Future[None] | None = None
    linked.pbx.rings()
    id = linked.invite()
    await settle()
    if refused:
        linked.pbx.fails["forward"] = RequestFailed("busy", "No.")
        with pytest.raises(RequestFailed):
            await linked.phone.forward(id, "102")
    else:
        linked.pbx.stalls.add("forward")
        under_way = asyncio.ensure_future(linked.phone.forward(id, "102"))
        await settle()
    linked.sip.emit(CallEnded(id.ref, EndReason.MISSED, "The caller gave up."))
    await settle()
    told = (EndReason.MISSED, "The caller gave up.") if refused else (EndReason.TRANSFERRED, "Sent on to 102.")
    assert (linked.call(id).reason, linked.call(id).detail) == told
    if under_way is not None:
        with pytest.raises(PhoneError):
            await under_way


async def test_with_the_pbx_out_of_reach_the_sound_account_transfers(linked: Linked) -> None:
    call = await joined(linked)
    linked.pbx.emit(ConnectionChanged(Link.WAITING))
    await settle()
    await linked.phone.transfer(call.id, "102")
    assert linked.sip.asked("transfer")


async def test_a_call_outlives_the_account_that_commanded_it(linked: Linked) -> None:
    call = await joined(linked)
    await linked.phone.remove_account("pbx")
    assert linked.only.is_live
    assert Action.TRANSFER in allowed(linked.only, linked.phone.state.capabilities_of(linked.only))
    again = await linked.command("pbx")
    assert call.control is not None
    again.emit(CallStarted(call.control.ref, call.peer, CallDirection.OUTGOING))
    await settle()
    assert linked.only.id == call.id, "an account that comes back tells of its calls anew"
    await linked.phone.hangup(call.id)
    await settle()
    again.emit(CallEnded(call.control.ref, EndReason.HUNG_UP))
    await settle()
    assert linked.only.reason is EndReason.HUNG_UP


async def test_a_command_that_is_under_way_when_the_call_gets_its_sound_is_through_with_it(linked: Linked) -> None:
    told = linked.pbx.rings()
    await settle()
    linked.pbx.stalls.add("forward")
    forwarding = asyncio.create_task(linked.phone.forward(linked.only.id, "102"))
    await until(lambda: linked.only.pending is Action.FORWARD)
    id = linked.invite()
    await until(lambda: linked.only.id == id)
    forwarding.cancel()
    await until(lambda: linked.only.pending is None)
    assert linked.only.control == CallId("pbx", told.ref)


async def test_what_the_pbx_tells_of_before_we_have_begun_it_has_its_sound_all_the_same(linked: Linked) -> None:
    linked.pbx.emit(CallStarted("out", Address(AddressKind.PHONE, NUMBER), CallDirection.OUTGOING))
    await settle()
    id = await linked.phone.dial(NUMBER, account="sip")
    linked.sip.emit(CallAnswered(id.ref))
    await settle()
    assert (linked.only.id, linked.only.control, linked.only.awaits) == (id, CallId("pbx", "out"), None)
    assert linked.factory.last.is_started


async def test_nothing_is_kept_for_the_name_a_call_had_before(linked: Linked) -> None:
    linked.pbx.rings()
    await settle()
    id = linked.invite()
    await until(lambda: linked.only.id == id)
    assert set(linked.phone._announced) == {id}
    linked.sip.emit(CallEnded(id.ref, EndReason.MISSED))
    await until(lambda: not linked.only.is_live)
    assert not linked.phone._announced


async def test_a_pbx_that_was_started_anew_may_use_a_name_again(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone, "FORGET_SECONDS", 0.0)
    told = linked.pbx.rings()
    id = linked.invite()
    await settle()
    linked.sip.emit(CallEnded(id.ref, EndReason.MISSED))
    linked.pbx.emit(CallEnded(told.ref, EndReason.MISSED))
    await until(lambda: not linked.phone.state.calls)
    linked.pbx.emit(told)
    await settle()
    assert (linked.only.id, linked.only.state) == (CallId("pbx", told.ref), CallState.INCOMING)
