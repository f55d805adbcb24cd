"""What robots send, hear and do with connections, seen by a phone with media."""

import asyncio
import itertools
from typing import Any

import pytest

from tests.fakes import until
from tests.simulator.sip.conftest import Join, Serve
from tests.simulator.sip.media import Media
from tests.simulator.sip.phone import Phone
from tuiphone.simulator.sip import Sip
from tuiphone.simulator.sip.keys import Keys, keys_of, with_keys


async def test_the_echo_robot_repeats_what_it_hears(alice: Phone) -> None:
    async with Media(300) as media:
        talk = await alice.call("echo", body=await media.offer())
        assert talk.answer
        await media.accept(talk.answer.body)
        await media.ear.tone(300)
        await talk.hang_up()


async def test_a_new_connection_in_the_middle_of_a_call_takes_the_place_of_the_old(alice: Phone) -> None:
    async with Media() as first, Media() as second:
        talk = await alice.call("tone", body=await first.offer())
        assert talk.answer
        await first.accept(talk.answer.body)
        await first.ear.tone(440)
        answer = await talk.ask("INVITE", body=await second.offer())
        await second.accept(answer.body)
        await second.ear.tone(440)
        await talk.hang_up()


async def test_a_held_call_is_silent_until_it_is_taken_up(alice: Phone) -> None:
    async with Media() as media:
        talk = await alice.call("tone", body=await media.offer())
        assert talk.answer
        await media.accept(talk.answer.body)
        await media.ear.tone(440)
        answer = await talk.ask("INVITE", body=(await media.offer()).replace("a=sendrecv", "a=inactive"))
        assert "a=inactive" in answer.body
        await media.ear.nothing()
        await talk.ask("INVITE", body=await media.offer())
        await media.ear.tone(440)


async def test_a_robot_calls_without_a_description_and_answers_ours(server: Sip, alice: Phone) -> None:
    call = server.floor.new_call("tone")
    server.floor.tasks.start(_done(call.dial("sip:alice@phones.example", with_offer=False)))
    async with Media() as media:
        invite = await alice.rung()
        assert invite.body == ""
        await alice.respond(invite, 200, body=await media.offer())
        await media.accept((await alice.get("ACK")).body)
        await media.ear.tone(440)


async def _done(work: object) -> None:
    await work  # type: ignore[misc]


async def test_keys_in_the_sound_are_heard_and_sent(serve: Serve, join: Join, monkeypatch: pytest.MonkeyPatch) -> None:
    """The phone of this test has the same filter between its keys and aiortc as the robot, put in by hand."""
    server = await serve()
    alice = await join(server, "alice")
    async with Media(300) as media:
        offer, heard = with_keys(await media.offer())
        assert len(heard) == 2
        talk = await alice.call("tone", body=offer)
        assert talk.answer
        spoken = keys_of(talk.answer.body)
        assert set(spoken.values()) == {8_000, 48_000}
        await media.accept(talk.answer.body)
        sender = media.connection.getTransceivers()[0].sender
        pressed: list[str] = []
        keys = Keys(sender.transport, sender._ssrc, pressed.append)
        keys.payloads = heard
        numbers: list[int] = []

        async def came(data: bytes, arrival_time_ms: int, take: Any = sender.transport._handle_rtp_data) -> None:
            numbers.append(int.from_bytes(data[2:4], "big"))
            await take(data, arrival_time_ms)

        monkeypatch.setattr(sender.transport, "_handle_rtp_data", came)
        await media.ear.sound()
        await keys.press("2#", next(iter(spoken)))
        call = server.floor.whole(talk.call_id)
        assert call
        await until(lambda: call.medium.digits == "2#")
        media.ear.forget()
        assert await call.press("A", in_sound=True)
        await until(lambda: pressed == ["A"])
        await media.ear.sound()  # and the sound goes on
        assert len(set(numbers)) > 20
        assert all((after - before) % 2**16 == 1 for before, after in itertools.pairwise(numbers))


@pytest.mark.parametrize("name", ["add-video", "hold-me", "late-again"])
async def test_a_robot_changes_the_call_by_itself(alice: Phone, name: str) -> None:
    async with Media() as media:
        talk = await alice.call(name, body=await media.offer())
        assert talk.answer
        await media.accept(talk.answer.body)
        if name == "late-again":
            invite = await alice.get("INVITE")
            assert invite.body == ""
            await alice.respond(invite, 200, body=await media.offer())
            await media.accept((await alice.get("ACK")).body)
            return
        invite = await alice.get("INVITE")
        assert ("a=sendonly" in invite.body) == (name == "hold-me")
        assert ("m=video" in invite.body) == (name == "add-video")
        await alice.respond(invite, 200, body=await media.answer(invite.body))
        await alice.get("ACK")
        if name == "add-video":
            await media.ear.until(lambda: bool(media.ear.pictures))
            return
        invite = await alice.get("INVITE")
        assert "a=sendonly" not in invite.body
        await alice.respond(invite, 200, body=await media.answer(invite.body))
        await alice.get("ACK")


async def test_early_media_is_heard_before_the_answer(serve: Serve, join: Join) -> None:
    alice = await join(await serve(pace=1_000.0), "alice")
    async with Media() as media:
        request = await alice.invite("early", body=await media.offer())
        early = await alice.get("", status=183)
        await media.accept(early.body)
        await media.ear.tone(600)
        await alice.cancel(request)
        assert (await alice.final(request)).status == 487


async def test_the_picture_is_shown_to_who_wants_to_see(alice: Phone) -> None:
    async with Media(video=True) as media:
        talk = await alice.call("echo", body=await media.offer())
        assert talk.answer
        await media.accept(talk.answer.body)
        async with asyncio.timeout(20):
            await media.ear.until(lambda: bool(media.ear.pictures))
