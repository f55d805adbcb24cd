"""One queue, one consumer, listeners in order; an incoming call is on record before it rings."""

import asyncio

import pytest

from tests.core.build import BOB
from tests.core.conftest import NOW, Rig, settle
from tuiphone.core import pace
from tuiphone.core.call import CallDirection, CallId, CallState, EndReason
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallRang,
    CallStarted,
    ConnectionChanged,
    Link,
    MissedCounted,
    PhoneEvent,
    ProviderFaulted,
    SoundChanged,
)
from tuiphone.core.ledger import MAX_QUEUED, Change
from tuiphone.core.phone import FORGET_SECONDS, NOBODY, Phone


async def test_listeners_hear_every_event_in_the_order_they_were_added(rig: Rig) -> None:
    heard: list[tuple[str, PhoneEvent]] = []

    async def slow(change: Change) -> None:
        await asyncio.sleep(0.01)
        heard.append(("slow", change.event))

    async def quick(change: Change) -> None:
        heard.append(("quick", change.event))

    rig.phone.listen(slow)
    rig.phone.listen(quick)
    events: list[PhoneEvent] = [MissedCounted(1), SoundChanged("mic", "speaker"), MissedCounted(2)]
    for event in events:
        rig.phone.emit(event)
    await asyncio.sleep(1)
    assert heard == [(name, event) for event in events for name in ("slow", "quick")]


async def test_emitting_never_calls_back(rig: Rig) -> None:
    rig.phone.emit(MissedCounted(1))
    assert rig.phone.state.missed == 0
    await settle()
    assert rig.phone.state.missed == 1


async def test_a_listener_that_fails_is_logged_and_the_others_still_hear(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[PhoneEvent] = []

    async def broken(change: Change) -> None:
        raise ZeroDivisionError

    async def whole(change: Change) -> None:
        heard.append(change.event)

    rig.phone.listen(broken)
    rig.phone.listen(whole)
    rig.phone.emit(MissedCounted(1))
    rig.phone.emit(MissedCounted(2))
    await settle()
    assert heard == [MissedCounted(1), MissedCounted(2)]
    assert "ZeroDivisionError" in caplog.text


async def test_a_change_has_the_state_on_both_sides_of_the_event(rig: Rig) -> None:
    provider = await rig.add()
    await rig.ring(provider)
    change = next(change for change in rig.changes if isinstance(change.event, CallStarted))
    assert change.account == "home"
    assert change.before.calls == ()
    assert change.after.calls[0].state is CallState.INCOMING
    assert change.at == pytest.approx(NOW, abs=1)


async def test_events_of_the_phone_itself_belong_to_no_account(rig: Rig) -> None:
    rig.phone.emit(MissedCounted(1))
    await settle()
    assert rig.changes[-1].account == NOBODY


async def test_a_call_is_on_record_before_the_far_side_hears_it_ring(rig: Rig) -> None:
    on_record = asyncio.Event()

    async def journal(change: Change) -> None:
        if isinstance(change.event, CallStarted):
            await on_record.wait()

    rig.phone.listen(journal)
    provider = await rig.add()
    await rig.ring(provider)
    await asyncio.sleep(10)
    assert not provider.asked("ringing")
    on_record.set()
    await settle()
    assert provider.asked("ringing") == [("1",)]


async def test_a_call_rings_although_the_journal_failed(rig: Rig) -> None:
    async def journal(change: Change) -> None:
        raise OSError("disk full")

    rig.phone.listen(journal)
    provider = await rig.add()
    await rig.ring(provider)
    assert provider.asked("ringing") == [("1",)]


async def test_a_call_that_is_over_when_it_is_on_record_does_not_ring(rig: Rig) -> None:
    async def journal(change: Change) -> None:
        await asyncio.sleep(1)

    provider = await rig.add()
    rig.phone.listen(journal)
    ref = provider.incoming()
    provider.emit(CallEnded(ref, EndReason.REMOTE_HUNG_UP))
    await asyncio.sleep(5)
    assert not provider.asked("ringing")
    assert not rig.factory.made


async def test_the_same_call_announced_twice_rings_once(rig: Rig) -> None:
    provider = await rig.add()
    for _ in range(2):
        provider.emit(CallStarted("7", BOB, CallDirection.INCOMING))
    await settle()
    assert provider.asked("ringing") == [("7",)]
    assert len(rig.factory.made) == 1


async def test_an_incoming_call_gets_media_that_stays_silent_until_the_answer(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.ring(provider, video=True)
    media = rig.factory.last
    assert provider.media[id.ref] is media
    assert media.video
    assert not media.is_started
    provider.emit(CallAnswered(id.ref))
    await settle()
    assert media.is_started


async def test_sound_does_not_wait_for_the_journal(rig: Rig) -> None:
    heard: list[bool] = []

    async def journal(change: Change) -> None:
        if isinstance(change.event, CallAnswered):
            heard.append(rig.factory.last.is_started)

    rig.phone.listen(journal)
    await rig.talk(await rig.add())
    assert heard == [True]


async def test_trouble_while_it_rings_is_told_and_it_rings_on(rig: Rig) -> None:
    provider = await rig.add()
    provider.stalls.add("ringing")
    id = await rig.ring(provider)
    await asyncio.sleep(60)
    fault = rig.events(ProviderFaulted)[0]
    assert fault.ref == id.ref
    assert "did not answer" in fault.detail
    assert rig.call(id).state is CallState.INCOMING


async def test_an_ended_call_stays_on_the_screen_for_three_seconds(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await asyncio.sleep(FORGET_SECONDS - 0.1)
    assert rig.call(id).state is CallState.ENDED
    await asyncio.sleep(0.2)
    assert rig.phone.state.call(id) is None


async def test_the_end_gives_the_media_back_after_the_listeners_had_its_figures(rig: Rig) -> None:
    figures: list[object] = []

    async def control(change: Change) -> None:
        if isinstance(change.event, CallEnded):
            figures.append(rig.phone.stats(CallId(change.account, change.event.ref)))
            assert not rig.factory.last.is_closed

    rig.phone.listen(control)
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    assert figures == [rig.factory.last.figures]
    assert rig.factory.last.is_closed
    assert rig.phone.stats(id) is None


async def test_meters_are_there_for_live_calls_with_sound(rig: Rig) -> None:
    provider = await rig.add()
    talking = await rig.talk(provider)
    ringing = await rig.ring(provider)
    assert [id for id, _ in rig.phone.meters()] == [talking, ringing]
    provider.emit(CallEnded(talking.ref, EndReason.REMOTE_HUNG_UP))
    await settle()
    assert [id for id, _ in rig.phone.meters()] == [ringing]


async def test_closing_tells_the_servers_and_ends_everything(rig: Rig) -> None:
    home, work = await rig.add(), await rig.add("work")
    talking = await rig.talk(home)
    dialing = await rig.phone.dial("carol", account="work")
    ringing = await rig.ring(work, "work")
    await rig.phone.close()
    assert home.asked("hangup") == [(talking.ref,)]
    assert work.asked("hangup") == [(dialing.ref,)]
    ends = {(change.account, change.event.ref) for change in rig.changes if isinstance(change.event, CallEnded)}
    assert ends == {("home", talking.ref), ("work", dialing.ref), ("work", ringing.ref)}
    assert all(media.is_closed for media in rig.factory.made)
    assert rig.call(ringing).reason is EndReason.MISSED, "it rang and nobody came"
    assert not work.asked("reject"), "other devices may go on ringing"


async def test_closing_waits_for_recordings_to_be_finished(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    provider = await rig.add()
    await rig.talk(provider)
    media, finished = rig.factory.last, asyncio.Event()

    async def close() -> None:
        await asyncio.sleep(1)
        finished.set()

    monkeypatch.setattr(media, "close", close)
    await rig.phone.close()
    assert finished.is_set()


async def test_closing_does_not_wait_long_for_a_silent_server(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.stalls.add("hangup")
    began = asyncio.get_running_loop().time()
    await rig.phone.close()
    assert asyncio.get_running_loop().time() - began < 5
    assert rig.call(id).state is CallState.ENDED
    assert rig.factory.last.is_closed


async def test_a_phone_without_sound_card_or_media_still_calls() -> None:
    rig = Rig()
    rig.phone = Phone(None, clock=lambda: NOW)
    rig.phone.start()
    provider = await rig.add()
    id = await rig.talk(provider)
    assert rig.call(id).state is CallState.ACTIVE
    assert provider.media[id.ref] is None
    await rig.phone.mute(id, on=True)
    await settle()
    assert rig.call(id).muted
    await rig.phone.close()


async def test_an_event_after_the_end_is_not_heard_as_a_change(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    for event in (CallEnded(id.ref, EndReason.BUSY), CallRang(id.ref), CallEnded(id.ref, EndReason.LOST)):
        provider.emit(event)
    await settle()
    assert rig.call(id).reason is EndReason.BUSY
    assert [change.before is change.after for change in rig.changes[-3:]] == [False, True, True]


async def test_a_lost_link_leaves_the_calls_up(rig: Rig) -> None:
    provider = await rig.add()
    id = await rig.talk(provider)
    provider.lose()
    await settle()
    state = rig.phone.state.account("home")
    assert state is not None
    assert state.link is Link.WAITING
    assert rig.call(id).state is CallState.ACTIVE
    await asyncio.sleep(2)
    assert rig.events(ConnectionChanged)[-1].link is Link.ONLINE


async def test_who_reads_from_a_network_waits_while_the_phone_is_behind(rig: Rig) -> None:
    goes_on = asyncio.Event()

    async def slow(change: Change) -> None:
        await goes_on.wait()

    rig.phone.listen(slow)
    pace.keep(rig.phone.room)
    rig.phone.emit(MissedCounted(1))
    await settle()
    for _ in range(MAX_QUEUED):
        await pace.room()
        rig.phone.emit(MissedCounted(1))
    reading = asyncio.create_task(pace.room())
    await settle()
    was_read = reading.done()
    goes_on.set()
    await settle()
    assert (was_read, reading.done()) == (False, True)
