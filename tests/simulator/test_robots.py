"""Robots over real WebRTC."""

import asyncio
import gc
import time

import numpy as np
import pytest
from aiortc import RTCPeerConnection

from tests.simulator.conftest import LogIn, Serve
from tests.simulator.control import control
from tests.simulator.talk import Talk
from tuiphone.simulator import robots
from tuiphone.simulator.oncaller import OnCaller


async def test_tone_rings_and_then_sends_440_hz(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("tone")
    await talk.ear.tone(440)
    assert alice.codes(talk.ref) == [100, 180, 200]


async def repeats_a_second_later(talk: Talk, pitch_hz: int) -> None:
    """The echo's delay is one second, and what aiortc waits; a standstill of the machine may spoil one measurement."""
    delays: list[float] = []
    for _ in range(6):
        await talk.ear.silence()
        said = time.monotonic()
        talk.mouth.pitch_hz = pitch_hz
        await talk.ear.until(lambda: talk.ear.loudness(0.02) > 1_000)
        delays.append(time.monotonic() - said)
        await talk.ear.tone(pitch_hz)
        talk.mouth.pitch_hz = 0
        if 1.0 <= delays[-1] <= 1.7:
            return
    raise AssertionError(delays)


async def test_echo_repeats_the_pitch_it_hears_one_second_later(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("echo")
    await repeats_a_second_later(talk, 700)


async def test_echo_keeps_its_delay_after_a_hold(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("echo")
    await talk.ear.silence()
    assert await talk.offer_again("sendonly") == "recvonly"
    await asyncio.sleep(0.5)
    assert await talk.offer_again("sendrecv") == "sendrecv"
    await repeats_a_second_later(talk, 500)


async def test_a_held_robot_falls_silent_and_comes_back_on_the_same_connection(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("tone")
    await talk.ear.tone(440)
    assert await talk.offer_again("sendonly") == "recvonly"
    await talk.ear.nothing()
    assert await talk.offer_again("sendrecv") == "sendrecv"
    await talk.ear.tone(440)
    fingerprints = {line for sdp in talk.descriptions for line in sdp["sdp"].splitlines() if "ice-ufrag" in line}
    assert len(fingerprints) == 1


async def test_voice_greets_and_answers_when_one_has_spoken(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("voice")
    await talk.ear.sound()
    await talk.ear.until(lambda: len(talk.ear.heard) > 50 and talk.ear.loudness(0.9) < 50)
    talk.mouth.pitch_hz = 300
    await asyncio.sleep(0.5)
    assert talk.ear.loudness(0.3) < 50, "it interrupts"
    talk.mouth.pitch_hz = 0
    talk.ear.forget()
    await talk.ear.sound()


async def test_busy_rings_and_refuses(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("busy")
    await alice.push(32, code=486)
    assert alice.codes(talk.ref) == [100, 180, 486]
    assert alice.got(32, code=486)[0]["reason"] == "Busy Here"


async def test_silent_rings_until_the_ring_time_is_over(serve: Serve, log_in: LogIn) -> None:
    server = await serve(ring_seconds=1.0)
    alice = await log_in(server, "alice")
    talk = await alice.dial("silent")
    await alice.push(32, code=408)
    assert alice.codes(talk.ref) == [100, 180, 408]


async def test_callme_declines_and_calls_back_with_a_voice(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    dialled = time.monotonic()
    talk = await alice.dial("callme")
    await alice.push(32, code=603)
    assert alice.codes(talk.ref) == [100, 180, 603]
    back = await alice.rung(fromNumber="voice", toNumber="alice", fromInternal=True)
    assert time.monotonic() - dialled >= 2
    assert await alice.result(31, callId=back.ref, code=200) == 0
    back.answer()
    await back.ear.sound()


async def test_no_call_back_when_the_caller_is_gone(
    server: OnCaller, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robots, "_CALL_BACK_AFTER_S", 0.5)
    alice = await log_in(server, "alice")
    bob = await log_in(server, "bob")
    await alice.dial("callme")
    await alice.push(32, code=603)
    await alice.close()
    await asyncio.sleep(0.8)
    await bob.settled()
    assert [call.ended for call in server.exchange.calls.values()] == [True, True]


@pytest.mark.parametrize("robot", ["echo", "voice", "tone", "callme"])
async def test_a_robot_calls_in_and_is_heard(server: OnCaller, log_in: LogIn, robot: str) -> None:
    bob = await log_in(server, "bob")
    reply = await control(server, "robot", robot=robot, to="bob")
    talk = await bob.rung(pitch_hz=300, fromNumber="voice" if robot == "callme" else robot)
    assert reply.json() == {"r": 0, "callId": talk.ref}
    assert await bob.result(31, callId=talk.ref, code=200) == 0
    talk.answer()
    await talk.ear.sound()
    assert await bob.result(28, callId=talk.ref) == 0


@pytest.mark.parametrize("robot", ["busy", "silent", "nobody"])
async def test_robots_that_never_call_are_refused_with_a_sentence(server: OnCaller, robot: str) -> None:
    reply = await control(server, "robot", robot=robot, to="bob")
    assert reply.status_code == 400
    assert robot in reply.json()["message"]


async def test_a_robot_that_calls_hangs_up_nothing_and_ends_when_rejected(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    await control(server, "robot", robot="tone", to="bob")
    talk = await bob.rung()
    assert await bob.result(31, callId=talk.ref, code=486) == 0
    assert server.exchange.calls[talk.ref].ended


async def test_two_devices_ring_for_a_robot_and_the_answering_one_hears_it(server: OnCaller, log_in: LogIn) -> None:
    first, second = await log_in(server, "bob"), await log_in(server, "bob")
    await control(server, "robot", robot="tone", to="bob")
    losing, winning = await first.rung(), await second.rung()
    async with asyncio.timeout(15):
        await losing.applied.wait()
        await winning.applied.wait()
    assert await second.result(31, callId=winning.ref, code=200) == 0
    winning.answer()
    await winning.ear.tone(440)
    assert losing.ear.heard == []


async def test_a_robot_answers_descriptions_while_it_rings_with_candidates_apart(
    server: OnCaller, log_in: LogIn
) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("tone")
    answer = await alice.push(29, type="sdp")
    assert alice.codes(talk.ref) == [100, 180]
    assert "a=candidate" not in answer["data"]["sdp"]
    assert "end-of-candidates" not in answer["data"]["sdp"]
    candidate = await alice.push(29, type="candidate")
    assert " 127.0.0.1 " in candidate["data"]["candidate"]
    assert candidate["data"]["candidate"].startswith("candidate:")
    assert (candidate["data"]["sdpMid"], candidate["data"]["sdpMLineIndex"]) == ("0", 0)
    answered = await alice.push(32, code=200)
    assert answered["deviceId"] == answer["deviceId"] == candidate["deviceId"]


@pytest.mark.parametrize(
    "candidate",
    [
        "candidate:1 1 udp 2122194687 192.0.2.10 34913 typ host generation 0",
        "candidate:1 1 udp 1677729535 115.78.95.208 47279 typ srflx raddr 172.20.1.2 rport 57527",
        "candidate:1 1 udp 2113937151 6ba9f1a2-7d3a-4f4e-8b6a-000000000000.local 51820 typ host",
        "candidate:1 1 tcp 1518280447 127.0.0.1 9 typ host tcptype active",
        "candidate:1 1 udp x 127.0.0.1 9 typ host",
        "candidate:1 1 udp 1 127.0.0.1 99999999 typ host",
        "candidate:1 1 udp 1 127.0.0.1 9 typ host raddr 127.0.0.1 rport x",
        "candidate:",
        "",
    ],
)
async def test_candidates_of_other_places_are_swallowed(server: OnCaller, log_in: LogIn, candidate: str) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("tone")
    for mid, index in (("0", 0), (None, 0), ("nope", 7), (3, "x")):
        data = {"candidate": candidate, "sdpMid": mid, "sdpMLineIndex": index}
        assert await alice.result(27, callId=talk.ref, type="candidate", data=data) == 0
    await talk.ear.tone(440)


@pytest.mark.parametrize(
    "data",
    [
        {"type": "offer", "sdp": "nonsense"},
        {"type": "offer", "sdp": "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 96\r\n"},
        {"type": "answer", "sdp": "v=0\r\n"},
    ],
)
async def test_a_description_that_makes_no_sense_ends_that_call_and_no_other(
    server: OnCaller, log_in: LogIn, data: dict[str, str]
) -> None:
    alice = await log_in(server, "alice")
    good = await alice.dial("tone")
    ref = (await alice.request(26, fromNumber="alice", toNumber="tone", video=False, custom=""))["callId"]
    assert await alice.result(27, callId=ref, type="sdp", data=data) == 0
    await alice.push(32, callId=ref, code=488)
    await good.ear.tone(440)


async def test_video_offered_to_echo_comes_back_as_a_moving_picture(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("echo", video=True)
    await talk.ear.until(lambda: len(talk.ear.pictures) >= 16)
    (_, picture), (_, other) = talk.ear.pictures[0], talk.ear.pictures[15]
    assert (picture.width, picture.height) == (640, 480)
    assert picture.time is not None
    assert other.time is not None
    assert 10 <= 15 / (other.time - picture.time) <= 20
    assert np.abs(picture.to_ndarray(format="gray").astype(int) - other.to_ndarray(format="gray")).max() > 80
    await talk.ear.silence()


async def test_tone_takes_a_video_offer_and_sends_no_picture(server: OnCaller, log_in: LogIn) -> None:
    alice = await log_in(server, "alice")
    talk = await alice.dial("tone", video=True)
    await talk.ear.tone(440)
    answer = talk.descriptions[0]["sdp"]
    assert "a=recvonly" in answer[answer.index("m=video") :]
    assert talk.ear.pictures == []


async def test_a_robot_calls_with_video(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    await control(server, "robot", robot="voice", to="bob", video=True)
    talk = await bob.rung(video=True)
    assert await bob.result(31, callId=talk.ref, code=200) == 0
    talk.answer()
    await talk.ear.until(lambda: len(talk.ear.pictures) >= 5)
    await talk.ear.sound()


async def test_robots_talk_with_many_at_once(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    talks = [await alice.dial("tone"), await bob.dial("tone"), await alice.dial("tone")]
    for talk in talks:
        await talk.ear.tone(440)
    assert await alice.result(28, callId=talks[0].ref) == 0
    talks[2].ear.forget()
    await talks[2].ear.tone(440)


async def test_an_app_that_has_the_name_of_a_robot_may_answer_before_it(server: OnCaller, log_in: LogIn) -> None:
    alice, impostor = await log_in(server, "alice"), await log_in(server, "tone")
    outgoing = await alice.dial("tone")
    incoming = await impostor.rung(pitch_hz=700)
    assert await impostor.result(31, callId=incoming.ref, code=200) == 0
    incoming.answer()
    await outgoing.ear.tone(700)
    assert not server.robots._robots["tone"]._lines


async def test_closing_the_server_lets_go_of_every_connection_and_task(serve: Serve, log_in: LogIn) -> None:
    server = await serve()
    alice = await log_in(server, "alice")
    talk = await alice.dial("echo", pitch_hz=300)
    await talk.ear.sound()
    await alice.dial("silent")
    await server.close()
    ours = [talk.connection for talk in alice.calls.values()]
    theirs = [one for one in gc.get_objects() if type(one) is RTCPeerConnection and one not in ours]
    assert {connection.connectionState for connection in theirs} == {"closed"}
    await alice.close()
    left = {task.get_coro().__qualname__ for task in asyncio.all_tasks() if task is not asyncio.current_task()}
    assert not {name for name in left if "fixture" not in name}, left
