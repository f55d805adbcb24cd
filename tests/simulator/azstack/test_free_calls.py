"""Free calls between users' devices, and with robots."""

import pytest

from tests.simulator.azstack.conftest import LogIn, Serve
from tests.simulator.azstack.media import Media
from tests.simulator.azstack.phone import Phone
from tests.simulator.control import control
from tuiphone.simulator.azstack import AZStack

CANDIDATE = {"sdpMid": "audio", "sdpMLineIndex": 0, "sdp": "candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host"}


async def robot(simulator: AZStack, name: str) -> int:
    user = simulator.people.named(name)
    assert user
    return user.id


async def test_a_call_goes_to_all_devices_and_what_one_does_is_mirrored_to_the_others(
    simulator: AZStack, log_in: LogIn
):
    alice, spare = await log_in(simulator, "alice"), await log_in(simulator, "alice")
    bob, other = await log_in(simulator, "bob"), await log_in(simulator, "bob")
    call = await alice.free(bob.id, sdp="offer", kind=2)
    started = {"callId": call, "mediaType": 2, "from": alice.id, "to": bob.id, "sdp": {"type": "offer", "sdp": "offer"}}
    for phone in (bob, other):
        assert await phone.expect(186) == started
    await alice.send(187, callId=call, type=2, to=bob.id, data=CANDIDATE)
    for phone in (bob, other):
        assert await phone.expect(187) == {
            "callId": call,
            "type": 2,
            "from": alice.id,
            "to": bob.id,
            "data": CANDIDATE,
        }
    await bob.send(188, callId=call, to=alice.id, status=180)
    await bob.send(188, callId=call, to=alice.id, status=200)
    await bob.send(187, callId=call, type=1, to=alice.id, data={"type": "answer", "sdp": "answer"})
    await bob.send(187, callId=call, type=2, to=alice.id, data=CANDIDATE)
    for phone in (alice, spare):
        assert await phone.expect(188) == {"callId": call, "from": bob.id, "to": alice.id, "status": 180}
        await phone.expect(188, status=200)
        assert (await phone.expect(187, type=1))["data"] == {"type": "answer", "sdp": "answer"}
        assert (await phone.expect(187, type=2))["data"] == CANDIDATE
    assert [service for service, _ in alice.history if service in (187, 188)] == [188, 188, 187, 187]
    for status in (180, 200):
        await other.expect(199, callId=call, status=status)
    await alice.send(188, callId=call, to=bob.id, status=700)
    for phone in (bob, other):
        await phone.expect(188, callId=call, status=700)
    await spare.expect(199, callId=call, status=700)
    for phone in (alice, bob):
        await phone.settled()
        assert phone.got(199) == []


@pytest.mark.parametrize("status", [400, 600, 603, 700])
async def test_a_device_that_refuses_refuses_for_all(simulator: AZStack, log_in: LogIn, status: int):
    alice, bob, other = [await log_in(simulator, user) for user in ("alice", "bob", "bob")]
    call = await alice.free(bob.id)
    await bob.expect(186)
    await bob.send(188, callId=call, to=alice.id, status=status)
    await alice.expect(188, callId=call, status=status)
    await other.expect(199, callId=call, status=status)
    await other.send(188, callId=call, to=alice.id, status=200)
    await other.settled()
    await alice.settled()
    assert alice.codes(188, call) == [status]


async def test_a_caller_cancels_on_every_device(simulator: AZStack, log_in: LogIn):
    alice, bob, other = [await log_in(simulator, user) for user in ("alice", "bob", "bob")]
    call = await alice.free(bob.id)
    await bob.expect(186)
    await alice.send(188, callId=call, to=bob.id, status=700)
    for phone in (bob, other):
        assert await phone.expect(188) == {"callId": call, "from": alice.id, "to": bob.id, "status": 700}


@pytest.mark.parametrize("to", [387213, 5])
async def test_who_has_no_device_or_is_unknown_does_not_answer(simulator: AZStack, log_in: LogIn, to: int):
    alice = await log_in(simulator, "alice")
    call = await alice.free(to)
    assert await alice.expect(188) == {"callId": call, "from": to, "to": alice.id, "status": 400}


async def test_nobody_answering_ends_by_itself_on_both_sides(serve: Serve, log_in: LogIn):
    simulator = await serve(ring_seconds=0.3)
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    call = await alice.free(bob.id)
    await alice.expect(188, callId=call, status=400)
    await bob.expect(188, callId=call, status=700)


@pytest.mark.parametrize("lost", ["caller", "callee"])
async def test_a_lost_connection_counts_as_a_stop(simulator: AZStack, log_in: LogIn, lost: str):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    call = await alice.free(bob.id)
    await bob.expect(186)
    await bob.send(188, callId=call, to=alice.id, status=200)
    await alice.expect(188, status=200)
    gone, left = (alice, bob) if lost == "caller" else (bob, alice)
    gone.break_link()
    await left.expect(188, callId=call, status=700)


async def test_equal_numbers_of_two_callers_are_two_calls_even_across(simulator: AZStack, log_in: LogIn):
    alice, bob, carol = [await log_in(simulator, user) for user in ("alice", "bob", "carol")]
    offer = {"type": "offer", "sdp": "v=0"}
    await alice.send(186, callId=9, mediaType=1, to=bob.id, sdp=offer)
    await bob.send(186, callId=9, mediaType=1, to=alice.id, sdp=offer)
    await carol.send(186, callId=9, mediaType=1, to=bob.id, sdp=offer)
    await bob.expect(186, **{"from": alice.id})
    await bob.expect(186, **{"from": carol.id})
    await alice.expect(186, **{"from": bob.id})
    await bob.send(188, callId=9, to=carol.id, status=603)
    await carol.expect(188, status=603)
    await bob.send(188, callId=9, to=alice.id, status=600)
    assert (await alice.expect(188))["status"] == 600
    await bob.settled()
    assert bob.got(188) == []


async def test_who_takes_no_part_changes_nothing(simulator: AZStack, log_in: LogIn):
    alice, bob, carol, spare = [await log_in(simulator, user) for user in ("alice", "bob", "carol", "alice")]
    call = await alice.free(bob.id)
    await bob.expect(186)
    for stranger in (carol, spare):
        for to in (alice.id, bob.id):
            for status in (180, 200, 600, 603, 700):
                await stranger.send(188, callId=call, to=to, status=status)
            await stranger.send(187, callId=call, to=to, type=1, data={"type": "answer", "sdp": "x"})
            await stranger.send(187, callId=call, to=to, type=2, data=CANDIDATE)
        await stranger.settled()
    await alice.settled()
    await bob.settled()
    assert alice.got(188) == alice.got(187) == alice.got(199) == bob.got(188) == bob.got(187) == []


async def test_a_device_that_places_calls_without_end_is_told_busy(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    calls = [await alice.free(bob.id) for _ in range(22)]
    await alice.settled()
    assert [body["callId"] for body in alice.got(188, status=600)] == calls[20:]
    await alice.send(188, callId=calls[0], to=bob.id, status=700)
    await alice.free(bob.id)
    await alice.settled()
    assert len(alice.got(188)) == 2


async def test_a_number_in_use_between_the_same_two_is_busy(simulator: AZStack, log_in: LogIn):
    alice, spare, bob = [await log_in(simulator, user) for user in ("alice", "alice", "bob")]
    call = await alice.free(bob.id)
    await bob.expect(186)
    await spare.send(186, callId=call, mediaType=1, to=bob.id, sdp={"type": "offer", "sdp": "other"})
    await spare.expect(188, callId=call, status=600)
    await bob.settled()
    assert len(bob.got(186)) == 1
    await alice.send(188, callId=call, to=bob.id, status=700)
    await alice.send(186, callId=call, mediaType=2, to=bob.id, sdp={"type": "offer", "sdp": "again"})
    await bob.expect(186, mediaType=2)


async def test_two_clients_hear_each_other(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    mine, theirs = alice.media(pitch_hz=400), bob.media(pitch_hz=700)
    call = await alice.free(bob.id, sdp=await mine.offer())
    offer = (await bob.expect(186))["sdp"]["sdp"]
    await bob.send(188, callId=call, to=alice.id, status=200)
    answer = {"type": "answer", "sdp": await theirs.answer(offer)}
    await bob.send(187, callId=call, type=1, to=alice.id, data=answer)
    await mine.accept((await alice.expect(187, type=1))["data"]["sdp"])
    await mine.ear.tone(700)
    await theirs.ear.tone(400)


async def connected(phone: Phone, media: Media, call: int) -> None:
    """Apply the answer and the candidates of the other side."""
    await phone.expect(188, callId=call, status=200)
    await media.accept((await phone.expect(187, callId=call, type=1))["data"]["sdp"])
    await media.add((await phone.expect(187, callId=call, type=2))["data"])


async def test_a_robot_answers_as_the_sdk_does_and_shows_a_moving_picture(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    media = alice.media(pitch_hz=500, video=True)
    voice = await robot(simulator, "voice")
    call = await alice.free(voice, sdp=await media.offer(), kind=2)
    await connected(alice, media, call)
    await media.ear.sound()
    await media.ear.until(lambda: len(media.ear.pictures) > 3)
    first, last = (picture.to_ndarray() for _, picture in (media.ear.pictures[0], media.ear.pictures[-1]))
    assert (first != last).any()
    services = [service for service, body in alice.history if body.get("callId") == call]
    assert services[:3] == [188, 188, 187]
    assert alice.codes(188, call) == [180, 200]


async def test_the_echo_repeats_what_it_hears_of_a_client_that_trickles(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    media = alice.media(pitch_hz=500)
    lines = (await media.offer()).splitlines()
    candidate = next(line[2:] for line in lines if line.startswith("a=candidate:"))
    bare = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    echo = await robot(simulator, "echo")
    call = await alice.free(echo, sdp="\r\n".join(bare) + "\r\n")
    await alice.send(187, callId=call, type=2, to=echo, data={"sdpMid": "0", "sdpMLineIndex": 0, "sdp": candidate})
    await connected(alice, media, call)
    await media.ear.tone(500)


@pytest.mark.parametrize(("name", "status"), [("busy", 600), ("callme", 603)])
async def test_robots_refuse(simulator: AZStack, log_in: LogIn, name: str, status: int):
    alice = await log_in(simulator, "alice")
    call = await alice.free(await robot(simulator, name))
    await alice.expect(188, callId=call, status=status)


@pytest.mark.parametrize("kind", [1, 2])
async def test_a_robot_calls_a_user(simulator: AZStack, log_in: LogIn, kind: int):
    alice, spare = await log_in(simulator, "alice"), await log_in(simulator, "alice")
    await control(simulator, "robot", robot="voice", to="alice", video=kind == 2)
    started = await alice.expect(186, mediaType=kind)
    voice = await robot(simulator, "voice")
    assert (started["from"], started["to"]) == (voice, alice.id)
    assert await spare.expect(186) == started
    call = started["callId"]
    await alice.send(188, callId=call, to=voice, status=200)
    await spare.expect(199, callId=call, status=200)
    media = alice.media()
    answer = {"type": "answer", "sdp": await media.answer(started["sdp"]["sdp"])}
    await media.add((await alice.expect(187, type=2))["data"])
    await alice.send(187, callId=call, type=1, to=voice, data=answer)
    await media.ear.sound()
    await alice.send(188, callId=call, to=voice, status=700)
    await spare.expect(199, callId=call, status=700)


async def test_callme_rings_back(simulator: AZStack, log_in: LogIn, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tuiphone.simulator.robots._CALL_BACK_AFTER_S", 0.1)
    alice = await log_in(simulator, "alice")
    call = await alice.free(await robot(simulator, "callme"))
    await alice.expect(188, callId=call, status=603)
    assert (await alice.expect(186))["from"] == await robot(simulator, "voice")
