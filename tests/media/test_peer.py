"""Two peers call each other over loopback: real ICE, DTLS, SRTP and Opus, with a tone for a microphone."""

import asyncio
import itertools
import random
import time
from typing import Any

import aioice
import pytest
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.jitterbuffer import JitterBuffer
from aiortc.mediastreams import AudioStreamTrack
from aiortc.rtcrtpreceiver import RTCRtpReceiver

from tests.media.peers import FakeMixer, Side, connect, cut, exchange, hear, is_silent, pitch, stripped, until
from tuiphone.core.errors import MediaError, NegotiationFailed
from tuiphone.core.ports import Candidate, Description, MediaChange, MediaLink
from tuiphone.media import alarms, sdp, seams
from tuiphone.media.peer import Peer, PeerFactory
from tuiphone.media.playout import Playout
from tuiphone.media.seams import PacketSeam


@pytest.fixture
async def alice() -> Any:
    side = Side(440)
    yield side
    await side.peer.close()


@pytest.fixture
async def bob() -> Any:
    side = Side(880)
    yield side
    await side.peer.close()


async def hush(side: Side) -> None:
    """This side's speaker is silent."""
    await until(lambda: is_silent(side.line.last(0.3)))


# -- calls -------------------------------------------------------------------------------------------------------------


async def test_sound_passes_both_ways_at_the_right_pitch(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(alice, 880)
    await hear(bob, 440)


async def test_opus_is_negotiated_and_sent_as_mono_speech(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    payloads: list[bytes] = []
    push = bob.peer._playout.push

    def watch(codec: str, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        assert codec == "opus"
        payloads.append(payload)
        push(codec, source, sequence, timestamp, payload)

    bob.peer._playout.push = watch  # type: ignore[method-assign]
    await until(lambda: len(payloads) > 25)
    assert not any(payload[0] & 4 for payload in payloads), "stereo"
    assert sum(map(len, payloads)) / len(payloads) < 130, "more than speech needs"
    assert bob.peer.stats().codec == "Opus"


async def test_mute_silences_the_far_side_only(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    alice.peer.mute(True)
    await hush(bob)
    await hear(alice, 880)
    alice.peer.mute(False)
    await hear(bob, 440)


async def test_local_hold_silences_both_sides_and_comes_back(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    alice.peer.hold(True)
    await hush(bob)
    await hush(alice)
    alice.peer.hold(False)
    await hear(bob, 440)
    await hear(alice, 880)


async def test_hold_by_a_new_offer_is_told_to_the_far_side(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(alice, 880)
    alice.peer.hold(True)
    offer = await alice.peer.offer()
    assert "a=sendonly" in offer.sdp
    assert offer.candidates == ()
    answer = await bob.peer.answer(offer)
    assert "a=recvonly" in answer.sdp
    await alice.peer.apply(answer)
    assert bob.changes[-1] == MediaChange(MediaLink.CONNECTED, held_by_peer=True)
    await hush(bob)
    alice.peer.hold(False)
    await exchange(alice, bob)
    assert bob.changes[-1] == MediaChange(MediaLink.CONNECTED, held_by_peer=False)
    await hear(bob, 440)
    await hear(alice, 880)


async def test_the_callee_may_offer_anew(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    bob.peer.hold(True)
    await exchange(bob, alice)
    assert alice.changes[-1].held_by_peer
    bob.peer.hold(False)
    await exchange(bob, alice)
    await hear(bob, 440)
    await hear(alice, 880)


async def test_sound_goes_on_while_an_offer_waits_for_its_answer(alice: Side, bob: Side) -> None:
    def numbered(description: Description) -> Description:
        sdp = description.sdp.replace("SAVPF 96 ", "SAVPF 111 ").replace(":96 ", ":111 ")
        return Description(description.kind, sdp, description.candidates)

    await alice.peer.apply(await bob.peer.answer(numbered(await alice.peer.offer())))
    alice.peer.start()
    bob.peer.start()
    await hear(alice, 880)
    await hear(bob, 440)
    offer = await bob.peer.offer()
    bob.line.heard.clear()
    await hear(bob, 440)
    await bob.peer.apply(await alice.peer.answer(offer))
    bob.line.heard.clear()
    await hear(bob, 440)


async def test_both_sides_holding_at_once_is_sorted_out(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    alice.peer.hold(True)
    bob.peer.hold(True)
    offers = await alice.peer.offer(), await bob.peer.offer()
    answers = await alice.peer.answer(offers[1]), await bob.peer.answer(offers[0])
    await alice.peer.apply(answers[1])
    await bob.peer.apply(answers[0])
    assert alice.changes[-1].held_by_peer
    assert bob.changes[-1].held_by_peer
    alice.peer.hold(False)
    bob.peer.hold(False)
    await exchange(alice, bob)
    await hear(bob, 440)


async def test_sound_is_heard_before_the_call_is_answered_and_none_is_sent(alice: Side, bob: Side) -> None:
    await exchange(alice, bob)
    bob.peer.start()
    await hear(alice, 880)
    assert not alice.line.started
    assert is_silent(bob.line.last(0.2))


async def test_a_call_that_only_rings_leaves_the_sound_card_alone(alice: Side, bob: Side) -> None:
    offer = await alice.peer.offer()
    await bob.peer.answer(stripped(offer))
    assert bob.mixer.lines == []
    await bob.peer.close()
    assert bob.mixer.lines == []


# -- candidates --------------------------------------------------------------------------------------------------------


async def test_within_loopback_nothing_but_loopback_is_offered(alice: Side, bob: Side) -> None:
    offer = await alice.peer.offer()
    assert "candidate" not in offer.sdp
    assert [candidate.text.split()[4] for candidate in offer.candidates] == ["127.0.0.1"]
    assert (offer.candidates[0].mid, offer.candidates[0].line) == ("0", 0)


async def test_candidates_may_come_before_the_description_and_among_useless_ones(alice: Side, bob: Side) -> None:
    offer = await alice.peer.offer()
    useless = (
        "candidate:1 1 udp 1677729535 115.78.95.208 47279 typ srflx raddr 0.0.0.0 rport 0",
        "candidate:1 1 tcp 1 127.0.0.1 9 typ host tcptype active",
        "candidate:1 1 udp 1 0f0e0d0c.local 4000 typ host",
        "garbage",
        "",
    )
    for candidate in (*(Candidate(text, "0", 0) for text in useless), *offer.candidates):
        await bob.peer.add_candidate(candidate)
    answer = await bob.peer.answer(stripped(offer))
    for candidate in answer.candidates:
        await alice.peer.add_candidate(candidate)
    await alice.peer.apply(stripped(answer))
    alice.peer.start()
    bob.peer.start()
    await hear(alice, 880)
    await hear(bob, 440)


async def test_candidates_may_come_before_it_is_known_how_far_packets_may_go(alice: Side) -> None:
    bob = Side(880, loopback=False)
    offer = await alice.peer.offer()
    for candidate in offer.candidates:
        await bob.peer.add_candidate(candidate)
    bob.peer.use_ice((), loopback=True)
    answer = await bob.peer.answer(stripped(offer))
    assert [candidate.text.split()[4] for candidate in answer.candidates] == ["127.0.0.1"]
    await alice.peer.apply(stripped(answer))
    bob.peer.start()
    await hear(alice, 880)
    await bob.peer.close()


@pytest.mark.parametrize("turns", range(0, 12, 2))
async def test_candidates_may_come_in_the_middle_of_a_negotiation(alice: Side, bob: Side, turns: int) -> None:
    offer = await alice.peer.offer()
    negotiation = asyncio.create_task(bob.peer.answer(stripped(offer)))
    for _ in range(turns):
        await asyncio.sleep(0)
    for candidate in offer.candidates:
        await bob.peer.add_candidate(candidate)
    await alice.peer.apply(stripped(await negotiation))
    await until(lambda: alice.link is bob.link is MediaLink.CONNECTED)


async def test_candidates_may_come_late_and_name_only_their_line(alice: Side, bob: Side) -> None:
    offer = await alice.peer.offer()
    answer = await bob.peer.answer(stripped(offer))
    await alice.peer.apply(stripped(answer))
    alice.peer.start()
    bob.peer.start()
    await asyncio.sleep(0.2)
    for candidate in offer.candidates:
        await bob.peer.add_candidate(Candidate(candidate.text, None, candidate.line))
    await hear(alice, 880)


async def test_candidates_inside_the_description_do_as_well(alice: Side, bob: Side) -> None:
    offer = await alice.peer.offer()
    inside = offer.sdp + "".join(f"a={candidate.text}\r\n" for candidate in offer.candidates)
    answer = await bob.peer.answer(Description("offer", inside))
    await alice.peer.apply(stripped(answer))
    alice.peer.start()
    bob.peer.start()
    await hear(alice, 880)


# -- a new way ---------------------------------------------------------------------------------------------------------


def keys_of(description: Description) -> tuple[str, str]:
    security = sdp.parse(description.sdp).sections[0].security
    return security.ufrag, security.password


async def test_a_fresh_offer_gets_a_fresh_connection_and_sound_goes_on(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    first = bob.peer._link
    offer = await alice.peer.offer(fresh=True)
    assert offer.candidates
    assert offer.candidates == offer.gathered
    for side in (alice, bob):  # the old one plays on until the answer
        side.line.heard.clear()
    await hear(alice, 880)
    await hear(bob, 440)
    answer = await bob.peer.answer(offer)
    assert bob.peer._link is not first
    assert answer.candidates, "new addresses need to be told"
    await alice.peer.apply(answer)
    await until(lambda: alice.peer._link is not None and alice.peer._link.state == "connected")
    await until(lambda: first is not None and first.state == "closed")
    alice.line.heard.clear()
    bob.line.heard.clear()
    await hear(alice, 880)
    await hear(bob, 440)
    assert {change.link for change in (*alice.changes, *bob.changes)} == {MediaLink.CONNECTED}
    assert len(alice.mixer.lines) == len(bob.mixer.lines) == 1
    later = await alice.peer.offer()
    assert keys_of(later) == keys_of(offer), "it is the connection from now on"
    assert later.candidates == ()
    assert later.gathered == offer.gathered


async def test_a_browser_is_shown_the_new_way_of_a_fresh_connection(
    alice: Side, bob: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    send = aioice.Connection.sendto

    async def noted(way: aioice.Connection, data: bytes, component: int) -> None:
        sent.append(data)
        await send(way, data, component)

    monkeypatch.setattr(aioice.Connection, "sendto", noted)
    await connect(alice, bob)
    assert b"\x50" not in sent
    await alice.peer.apply(await bob.peer.answer(await alice.peer.offer(fresh=True)))
    # Until something came from there a browser, which is called, sends its DTLS the old way.
    await until(lambda: sent.count(b"\x50") == 2)


async def test_a_fresh_offer_that_is_refused_changes_nothing(alice: Side, bob: Side) -> None:
    first = await alice.peer.offer()
    await alice.peer.apply(await bob.peer.answer(first))
    link = alice.peer._link
    alice.peer.start()
    bob.peer.start()
    refused = await alice.peer.offer(fresh=True)
    assert keys_of(refused) != keys_of(first)
    again = await alice.peer.offer()
    assert keys_of(again) == keys_of(first)
    await alice.peer.apply(await bob.peer.answer(again))
    assert alice.peer._link is link
    await hear(alice, 880)
    await hear(bob, 440)


async def test_candidates_for_a_fresh_connection_may_come_before_its_answer(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    offer = await alice.peer.offer(fresh=True)
    answer = await bob.peer.answer(stripped(offer))
    for candidate in answer.candidates:
        await alice.peer.add_candidate(candidate)
    await alice.peer.apply(stripped(answer))
    await until(lambda: alice.peer._old == [] and bob.peer._old == [])


async def test_a_fresh_offer_whose_answer_is_no_use_changes_nothing(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    link = alice.peer._link
    await alice.peer.offer(fresh=True)
    with pytest.raises(NegotiationFailed):
        await alice.peer.apply(Description("answer", "v=0\r\nm=audio 0 RTP/AVP 0\r\n"))
    assert alice.peer._link is link
    alice.line.heard.clear()
    await hear(alice, 880)


async def test_an_offer_of_the_far_side_takes_the_place_of_a_fresh_one(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await alice.peer.offer(fresh=True)
    bob.peer.hold(True)
    await exchange(bob, alice)
    assert alice.changes[-1].held_by_peer
    bob.peer.hold(False)
    await exchange(bob, alice)
    await hear(alice, 880)


async def test_before_any_answer_a_fresh_offer_is_another_one(alice: Side, bob: Side) -> None:
    first = await alice.peer.offer()
    second = await alice.peer.offer(fresh=True)
    assert keys_of(first) != keys_of(second)
    assert second.candidates
    await alice.peer.apply(await bob.peer.answer(second))
    bob.peer.start()
    await hear(alice, 880)


async def test_both_sides_may_start_afresh_one_after_the_other(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    versions: list[int] = []
    for one, other in ((alice, bob), (bob, alice), (alice, bob)):
        offer = await one.peer.offer(fresh=True)
        answer = await other.peer.answer(offer)
        await one.peer.apply(answer)
        versions.append(int(((offer if one is alice else answer).sdp.split("o=- ")[1].split(" "))[1]))
        link = one.peer._link
        assert link is not None
        await until(lambda: link.state == "connected")  # noqa: B023
    assert versions == sorted(set(versions)), "each description of a call has a higher version"
    for side in (alice, bob):
        side.line.heard.clear()
    await hear(alice, 880)
    await hear(bob, 440)
    for side in (alice, bob):
        await until(lambda: side.peer._old == [])  # noqa: B023


async def test_another_certificate_of_the_far_side_gets_a_fresh_connection(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    link = bob.peer._link
    assert link is not None
    offer = await alice.peer.offer()
    digest = sdp.parse(offer.sdp).sections[0].security.fingerprints[0][1]
    assert not link.is_restarted_by(sdp.parse(offer.sdp))
    other = digest[:-2] + ("00" if digest[-2:] != "00" else "01")
    text = "\r\n".join(line for line in offer.sdp.splitlines() if "sha-384" not in line and "sha-512" not in line)
    assert link.is_restarted_by(sdp.parse(text.replace(digest, other) + "\r\n"))


async def test_a_far_side_that_vanishes_is_noticed_and_found_again(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(alice, 880)
    assert bob.peer._link is not None
    (transport,) = {t.sender.transport for t in bob.peer._link.connection.getTransceivers()}
    real, transport._send_rtp = transport._send_rtp, _nowhere
    begun = time.monotonic()
    await until(lambda: alice.link is MediaLink.DISCONNECTED)
    assert time.monotonic() - begun > 2.5
    transport._send_rtp = real
    await until(lambda: alice.link is MediaLink.CONNECTED)


async def _nowhere(data: bytes) -> None:
    """Packets that get lost."""


async def test_a_new_offer_over_a_lost_way_starts_afresh(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    assert bob.peer._link is not None
    (transport,) = {t.sender.transport for t in bob.peer._link.connection.getTransceivers()}
    transport._send_rtp = _nowhere
    await until(lambda: alice.link is MediaLink.DISCONNECTED)
    await exchange(alice, bob)
    await until(lambda: alice.link is MediaLink.CONNECTED)
    alice.line.heard.clear()
    await hear(alice, 880)


async def test_a_way_is_cut_where_nobody_answers_and_not_where_nobody_speaks(
    alice: Side, bob: Side, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "SILENCE_S", 0.5)
    monkeypatch.setattr(alarms, "ASK_S", 0.0)
    answers: list[bool] = []
    ask = seams.is_answered

    async def watched(connection: Any) -> bool:
        answers.append(await ask(connection))
        return answers[-1]

    monkeypatch.setattr(seams, "is_answered", watched)
    told: list[bool] = []
    alice.peer.tell_of_cuts(told.append)
    await connect(alice, bob)
    assert bob.peer._link is not None
    (transport,) = {t.sender.transport for t in bob.peer._link.connection.getTransceivers()}
    transport._send_rtp = _nowhere
    await until(lambda: len(answers) > 1)
    assert alice.link is MediaLink.DISCONNECTED
    assert all(answers)
    assert told == []
    cut(bob)
    await until(lambda: told)
    assert told == [True]
    await exchange(alice, bob)
    await until(lambda: told == [True, False])


async def test_a_far_side_that_is_held_or_holds_is_not_missed(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    alice.peer.hold(True)
    await exchange(alice, bob)
    assert alice.peer._link is not None
    (transport,) = {t.sender.transport for t in alice.peer._link.connection.getTransceivers()}
    transport._send_rtp = _nowhere
    await asyncio.sleep(4)
    assert alice.link is bob.link is MediaLink.CONNECTED


# -- a bad network -----------------------------------------------------------------------------------------------------


async def test_loss_on_the_way_costs_no_delay_and_is_counted(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    chance = random.Random(1)
    push = bob.peer._playout.push

    def lossy(codec: str, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        if chance.random() > 0.1:
            push(codec, source, sequence, timestamp, payload)

    bob.peer._playout.push = lossy  # type: ignore[method-assign]
    await until(lambda: bob.peer.stats().lost >= 15)
    stats = bob.peer.stats()
    assert stats.loss_percent > 2
    assert stats.concealed_ms + bob.peer._playout.counters.recovered / 48 > 200
    assert stats.mos is not None
    assert stats.mos < 4.3
    await until(lambda: bob.peer.stats().delay_ms < 90 and abs(pitch(bob.line.last(1)) - 440) < 8)


async def test_statistics_come_from_packets_and_reports(alice: Side, bob: Side) -> None:
    assert alice.peer.stats().mos is None
    await connect(alice, bob)
    stats = alice.peer.stats

    def is_good() -> bool:
        """A standstill of the machine is in the figures for a while."""
        now = stats()
        return now.rtt_ms is not None and 0 <= now.rtt_ms < 50 and 0 < now.delay_ms < 80 and (now.mos or 0) > 4.2

    await until(is_good)
    await until(lambda: stats().received > 40)
    assert stats().lost == 0
    assert stats().video is None


# -- other peers -------------------------------------------------------------------------------------------------------


async def plain_peer(*tracks: MediaStreamTrack) -> RTCPeerConnection:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    for track in tracks:
        connection.addTrack(track)
    return connection


async def call_plain(side: Side, other: RTCPeerConnection, change: Any = lambda text: text) -> None:
    """This side calls a peer that is bare aiortc; `change` has the offer on its way."""
    offer = await side.peer.offer()
    inside = offer.sdp + "".join(f"a={candidate.text}\r\n" for candidate in offer.candidates if candidate.line == 0)
    await other.setRemoteDescription(RTCSessionDescription(change(inside), "offer"))
    with side.peer._reach.gathering():
        await other.setLocalDescription()
    await side.peer.apply(Description("answer", other.localDescription.sdp))
    side.peer.start()


@pytest.mark.parametrize(("formats", "codec"), [("0 8", "PCMU"), ("8", "PCMA"), ("9 0 8", "G722")])
async def test_a_peer_that_does_not_know_opus_is_understood(alice: Side, bob: Side, formats: str, codec: str) -> None:
    offer = await alice.peer.offer()
    narrow = offer.sdp.replace("SAVPF 96 9 0 8 110 126", f"SAVPF {formats}")
    answer = await bob.peer.answer(Description("offer", narrow, offer.candidates))
    assert "opus" not in answer.sdp
    await alice.peer.apply(answer)
    stamps: list[int] = []
    push = alice.peer._playout.push

    def watch(codec: str, source: int, sequence: int, timestamp: int, payload: bytes) -> None:
        stamps.append(timestamp)
        push(codec, source, sequence, timestamp, payload)

    alice.peer._playout.push = watch  # type: ignore[method-assign]
    alice.peer.start()
    bob.peer.start()
    await hear(alice, 880)
    await hear(bob, 440)
    assert alice.peer.stats().codec == bob.peer.stats().codec == codec
    await until(lambda: len(stamps) > 20)
    assert min((after - before) % (1 << 32) for before, after in itertools.pairwise(stamps)) == 160


async def test_another_codec_in_the_middle_of_the_call(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    offer = await alice.peer.offer()
    await alice.peer.apply(
        await bob.peer.answer(Description("offer", offer.sdp.replace("SAVPF 96 9 0 8 110 126", "SAVPF 8")))
    )
    await until(lambda: alice.peer.stats().codec == bob.peer.stats().codec == "PCMA")
    for side in (alice, bob):
        side.line.heard.clear()
    await hear(alice, 880)
    await hear(bob, 440)
    offer = await bob.peer.offer()
    assert "SAVPF 96 9 0 8 110 126" in offer.sdp
    await bob.peer.apply(await alice.peer.answer(offer))
    await until(lambda: alice.peer.stats().codec == bob.peer.stats().codec == "Opus")
    await hear(alice, 880)
    await hear(bob, 440)


async def test_a_codec_nobody_spoke_of_before(alice: Side, bob: Side) -> None:
    offer = await alice.peer.offer()
    narrow = Description("offer", offer.sdp.replace("SAVPF 96 9 0 8 110 126", "SAVPF 96"), offer.candidates)
    await alice.peer.apply(await bob.peer.answer(narrow))
    alice.peer.start()
    bob.peer.start()
    await hear(bob, 440)
    offer = await alice.peer.offer()
    changed = offer.sdp.replace("SAVPF 96 9 0 8 110 126", "SAVPF 0")
    assert changed != offer.sdp
    await alice.peer.apply(await bob.peer.answer(Description("offer", changed)))
    await until(lambda: alice.peer.stats().codec == bob.peer.stats().codec == "PCMU")
    for side in (alice, bob):
        side.line.heard.clear()
    await hear(alice, 880)
    await hear(bob, 440)


async def test_a_stock_peer_hears_and_is_heard(alice: Side) -> None:
    other = await plain_peer(AudioStreamTrack())
    await call_plain(alice, other)
    (receiver,) = other.getReceivers()
    frame = await asyncio.wait_for(receiver.track.recv(), 20)
    assert frame.sample_rate == 48000
    await until(lambda: alice.peer.stats().received > 20)
    assert is_silent(alice.line.last(0.2))
    await other.close()
    await until(lambda: alice.link is MediaLink.CLOSED)
    assert alice.peer.stats().mos is None, "what no longer comes has no quality"


async def test_a_refused_picture_leaves_the_sound() -> None:
    alice = Side(440, video=True)
    other = await plain_peer(AudioStreamTrack())
    offer = await alice.peer.offer()
    assert "m=video 9" in offer.sdp
    first, _, _ = offer.sdp.partition("m=video")
    inside = first.replace("BUNDLE 0 1", "BUNDLE 0") + "".join(
        f"a={candidate.text}\r\n" for candidate in offer.candidates if candidate.line == 0
    )
    await other.setRemoteDescription(RTCSessionDescription(inside, "offer"))
    with alice.peer._reach.gathering():
        await other.setLocalDescription()
    await alice.peer.apply(Description("answer", other.localDescription.sdp + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n"))
    alice.peer.start()
    await until(lambda: alice.link is MediaLink.CONNECTED)
    await until(lambda: alice.peer.stats().received > 20)
    await alice.peer.close()
    await other.close()


# -- picture -----------------------------------------------------------------------------------------------------------


async def test_a_video_call_shows_and_counts_the_far_picture() -> None:
    alice, bob = Side(440, video=True), Side(880, video=True)
    await connect(alice, bob)
    await until(lambda: (alice.peer.stats().video_frames > 20) and (bob.peer.stats().video_frames > 20), 20)
    assert (alice.peer.stats().video or "").startswith("640x480, 1")
    await hear(alice, 880)
    alice.peer.camera(False)
    await exchange(alice, bob)
    await asyncio.sleep(0.5)
    frames = bob.peer.stats().video_frames
    await asyncio.sleep(1)
    assert bob.peer.stats().video_frames - frames <= 1
    alice.peer.camera(True)
    await exchange(alice, bob)
    await until(lambda: bob.peer.stats().video_frames > frames + 10)
    await asyncio.gather(alice.peer.close(), bob.peer.close())


async def test_a_picture_added_during_the_call_is_received_and_ours_is_not_sent(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    alice.peer.camera(True)
    offer = await alice.peer.offer()
    assert "m=video 9" in offer.sdp
    answer = await bob.peer.answer(offer)
    assert "a=recvonly" in answer.sdp
    await alice.peer.apply(answer)
    await until(lambda: bob.peer.stats().video_frames > 10, 15)
    assert alice.peer.stats().video_frames == 0
    await hear(alice, 880)
    assert {change.link for change in alice.changes} == {MediaLink.CONNECTED}


@pytest.mark.parametrize("asker", [0, 1], ids=["the caller", "the callee"])
async def test_a_sound_call_gets_a_picture_of_both_sides(alice: Side, bob: Side, asker: int) -> None:
    await connect(alice, bob)
    one, other = (alice, bob)[asker], (bob, alice)[asker]
    one.peer.with_video()
    one.peer.camera(True)
    offer = await one.peer.offer()
    assert "m=video 9" in offer.sdp
    assert len(offer.candidates) == 1, "of the picture's line, for a far side that does not bundle"
    assert len(offer.gathered) == 2
    answer = await other.peer.answer(offer)
    assert "a=recvonly" in answer.sdp
    await one.peer.apply(answer)
    await until(lambda: other.peer.stats().video_frames > 3)
    # The other one was asked on the screen, and shows its picture too.
    other.peer.with_video()
    other.peer.camera(True)
    await exchange(other, one)
    await until(lambda: one.peer.stats().video_frames > 3)
    for side in (alice, bob):
        side.line.heard.clear()
    await hear(alice, 880)
    await hear(bob, 440)
    assert {change.link for change in (*alice.changes, *bob.changes)} == {MediaLink.CONNECTED}


async def test_a_picture_may_be_accepted_with_a_picture(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    alice.peer.with_video()
    assert alice.changes[-1].cameras
    offer = await alice.peer.offer()
    bob.peer.with_video()
    bob.peer.camera(True)
    answer = await bob.peer.answer(offer)
    assert sdp.parse(answer.sdp).sections[1].direction == "sendrecv"
    await alice.peer.apply(answer)
    await until(lambda: alice.peer.stats().video_frames > 3)
    assert not alice.peer._picture.is_shown, "a camera is never switched on by that alone"


async def test_a_fresh_connection_has_the_picture_too(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    alice.peer.with_video()
    alice.peer.camera(True)
    await exchange(alice, bob)
    await until(lambda: bob.peer.stats().video_frames > 3)
    offer = await alice.peer.offer(fresh=True)
    await alice.peer.apply(await bob.peer.answer(offer))
    await until(lambda: alice.peer._old == [] and bob.peer._old == [])
    frames = bob.peer.stats().video_frames
    await until(lambda: bob.peer.stats().video_frames > frames + 3)


async def test_a_sound_call_has_no_video_line(alice: Side) -> None:
    assert "m=video" not in (await alice.peer.offer()).sdp


# -- ends and errors ---------------------------------------------------------------------------------------------------


async def test_closing_ends_the_far_side_and_may_be_repeated(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await asyncio.gather(alice.peer.close(), alice.peer.close())
    await alice.peer.close()
    assert alice.line.closed
    await until(lambda: bob.link is MediaLink.CLOSED)
    assert alice.link is MediaLink.CONNECTED, "after our own close nothing is reported"


@pytest.mark.parametrize("turns", range(0, 14, 2))
async def test_closing_in_the_middle_of_a_negotiation(alice: Side, bob: Side, turns: int) -> None:
    offer = await alice.peer.offer()
    negotiation = asyncio.create_task(bob.peer.answer(offer))
    for _ in range(turns):
        await asyncio.sleep(0)
    await asyncio.wait_for(bob.peer.close(), 20)
    (ended,) = await asyncio.wait_for(asyncio.gather(negotiation, return_exceptions=True), 20)
    assert isinstance(ended, (Description, NegotiationFailed))
    connection = bob.peer._link.connection if bob.peer._link is not None else None
    for transceiver in connection.getTransceivers() if connection is not None else ():
        assert transceiver.receiver.transport.transport._connection._protocols == [], "a socket was left open"


async def test_after_the_end_everything_may_still_be_called(alice: Side) -> None:
    await alice.peer.close()
    alice.peer.start()
    alice.peer.mute(True)
    alice.peer.hold(True)
    alice.peer.camera(True)
    alice.peer.press("1")
    await alice.peer.stop_recording()
    await alice.peer.add_candidate(Candidate("candidate:1 1 udp 1 127.0.0.1 4000 typ host", "0", 0))
    alice.peer.stats()
    for call in (alice.peer.offer(), alice.peer.answer(Description("offer", "v=0")), alice.peer.apply(_ANSWER)):
        with pytest.raises(NegotiationFailed, match="over"):
            await call
    with pytest.raises(MediaError):
        alice.peer.record("/nowhere", {})
    assert alice.mixer.lines == []


_ANSWER = Description("answer", "v=0\r\n")


async def test_an_answer_to_nothing_is_refused_and_a_second_one_ignored(alice: Side, bob: Side) -> None:
    with pytest.raises(NegotiationFailed):
        await alice.peer.apply(_ANSWER)
    offer = await alice.peer.offer()
    answer = await bob.peer.answer(offer)
    await alice.peer.apply(answer)
    await alice.peer.apply(answer)
    alice.peer.start()
    bob.peer.start()
    await hear(alice, 880)


async def test_a_hostile_offer_is_refused_and_the_call_goes_on(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    for text in ("", "v=0\r\n", "v=0\r\nm=audio 9 RTP/AVP 0\r\n", "x" * 70000):
        with pytest.raises(NegotiationFailed):
            await bob.peer.answer(Description("offer", text))
    bob.line.heard.clear()
    await hear(bob, 440)
    await exchange(alice, bob)


async def test_recording_and_keys_go_to_the_seat(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    alice.peer.record("/tmp/call.wav", {"peer": "bob"})
    assert alice.line.recorded == "/tmp/call.wav"
    await alice.peer.stop_recording()
    assert alice.line.recorded is None
    alice.peer.press("12#")
    assert alice.line.pressed == "12#"


async def test_a_call_that_finds_no_way_is_given_up(alice: Side, bob: Side, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.media.alarms.CONNECT_S", 0.5)
    offer = await alice.peer.offer()
    answer = await bob.peer.answer(stripped(offer))
    await alice.peer.apply(stripped(answer))
    alice.peer.start()
    await until(lambda: alice.link is MediaLink.FAILED)


async def test_a_picture_that_fails_does_not_hang_the_end() -> None:
    alice, bob = Side(440, video=True), Side(880, video=True)
    await connect(alice, bob)
    await until(lambda: bob.peer.stats().video_frames)
    link = alice.peer._link
    assert link is not None
    track = next(t.sender.track for t in link.connection.getTransceivers() if t.kind == "video")
    transports = [t.receiver.transport.transport for t in link.connection.getTransceivers()]

    def fail() -> None:
        raise asyncio.CancelledError

    track.stop = fail  # type: ignore[method-assign]
    begun = time.monotonic()
    await asyncio.wait_for(alice.peer.close(), 20)
    assert time.monotonic() - begun > 1, "aiortc now closes all the same: the time limit can go"
    assert all(transport._connection._protocols == [] for transport in transports), "a socket was left open"
    await bob.peer.close()


async def test_a_track_that_fails_does_not_hang_the_end(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(bob, 440)
    link = alice.peer._link
    assert link is not None
    assert link.voice is not None

    def fail() -> None:
        raise asyncio.CancelledError

    stop, link.voice.stop = link.voice.stop, fail  # type: ignore[method-assign]
    await asyncio.wait_for(alice.peer.close(), 20)
    assert link.state == "closed"
    stop()


async def test_a_microphone_that_fails_does_not_hang_the_end() -> None:
    class Broken(FakeMixer):
        def open_line(self, far: Any) -> Any:
            line = super().open_line(far)
            line.microphone = lambda samples: 1 / 0  # type: ignore[method-assign]
            return line

    alice, bob = Side(440), Side(880)
    alice.mixer = Broken(440)
    alice.peer._mixer = alice.mixer
    await connect(alice, bob)
    await asyncio.wait_for(asyncio.gather(alice.peer.close(), bob.peer.close()), 20)


async def test_the_loop_is_never_blocked_for_long(alice: Side, bob: Side) -> None:
    await connect(alice, bob)
    await hear(alice, 880)
    pauses: list[float] = []
    for _ in range(300):
        begun = time.thread_time()  # what others take of a busy machine is not what we take of the loop
        await asyncio.sleep(0.005)
        pauses.append(time.thread_time() - begun)
    pauses.sort()
    assert pauses[len(pauses) // 2] < 0.005


# -- the seams to aiortc -----------------------------------------------------------------------------------------------


def test_aiortc_keeps_its_jitter_buffer_where_we_replace_it() -> None:
    """Also that it hands packets to `add` and goes on without a frame when it gets none."""
    assert "_RTCRtpReceiver__jitter_buffer" in RTCRtpReceiver.__init__.__code__.co_names
    assert "_RTCRtpReceiver__jitter_buffer" in RTCRtpReceiver._handle_rtp_packet.__code__.co_names
    stock = JitterBuffer.add.__code__
    assert stock.co_varnames[: stock.co_argcount] == ("self", "packet")
    assert PacketSeam(Playout(), {}).add(type("Packet", (), {"payload_type": 3})()) == (False, None)


def test_aiortc_has_the_parts_that_an_offer_is_taken_back_with() -> None:
    for name in ("_RTCPeerConnection__pendingLocalDescription", "_RTCPeerConnection__signalingState"):
        assert name in RTCPeerConnection.__init__.__code__.co_names
    assert hasattr(RTCPeerConnection, "_RTCPeerConnection__setSignalingState")


def test_the_factory_makes_call_media(alice: Side) -> None:
    media = PeerFactory(FakeMixer(1), interfaces=("eth*",)).create(video=False, changed=lambda _: None)
    assert isinstance(media, Peer)
    assert media._reach.interfaces == ("eth*",)


def test_our_own_descriptions_are_ones_we_would_take() -> None:
    """`sdp` reads what `layout` writes; see also every call above."""
    assert sdp.parse("v=0\r\n").sections == ()
