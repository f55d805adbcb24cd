"""Descriptions as many endpoints write them: each is answered and connects, or is refused in a sentence."""

import asyncio
import contextlib
import random
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.media import flavours
from tests.media.flavours import CORPUS, REFUSED, Keys
from tests.media.peers import Side, hear, until
from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate, Description, MediaLink
from tuiphone.media import sdp
from tuiphone.media.layout import Layout


@pytest.fixture
async def side() -> AsyncIterator[Side]:
    side = Side(440)
    yield side
    await side.peer.close()


@pytest.fixture
async def shown() -> AsyncIterator[Side]:
    """One whose call has a picture."""
    side = Side(440, video=True)
    yield side
    await side.peer.close()


def heads(text: str) -> list[tuple[str, bool]]:
    """Each m-line's kind, and whether it is refused."""
    return [(kind, port == "0") for kind, port in re.findall(r"(?m)^m=(\w+) (\d+)", text)]


def check_answer(text: str, offer: str) -> None:
    """What RFC 3264 section 6 asks of every answer, and RFC 8842 of its role."""
    far, ours = sdp.parse(offer), sdp.parse(text)
    assert [section.kind for section in ours.sections] == [section.kind for section in far.sections]
    for asked, told in zip(far.sections, ours.sections, strict=True):
        assert told.protocol == asked.protocol
        if told.is_refused:
            continue
        assert not asked.is_refused
        assert told.mid == (asked.mid if all(section.mid for section in far.sections) else None)
        assert told.rtcp_mux <= asked.rtcp_mux
        assert {codec.payload_type for codec in told.codecs} <= {codec.payload_type for codec in asked.codecs}
        assert {event.payload_type for event in told.events} == {event.payload_type for event in asked.events}
        assert told.security.setup in ("active", "passive")
        assert told.trouble is None
    assert set(ours.bundle) <= set(far.bundle)


@pytest.mark.parametrize("name", CORPUS)
async def test_an_offer_is_answered_as_the_rules_have_it(side: Side, name: str) -> None:
    offer = Keys().put_into(CORPUS[name])
    answer = await side.peer.answer(Description("offer", offer))
    check_answer(answer.sdp, offer)
    assert not sdp.parse(answer.sdp).sections[[kind for kind, _ in heads(offer)].index("audio")].is_refused
    # And once more, as a session timer does.
    again = await side.peer.answer(Description("offer", offer))
    check_answer(again.sdp, offer)
    assert again.candidates == ()


@pytest.mark.parametrize("name", CORPUS)
async def test_an_answer_is_taken(shown: Side, name: str) -> None:
    """To an offer with a picture: some accept it, some refuse it, some have never heard of it."""
    await shown.peer.offer()
    text = Keys(setup="active").put_into(CORPUS[name])
    if heads(text)[0][0] == "video":
        return await _is_refused(shown, text)
    await shown.peer.apply(Description("answer", text))
    offer = await shown.peer.offer()
    assert [kind for kind, _ in heads(offer.sdp)] == ["audio", "video"], "a line once there stays there"
    return None


async def _is_refused(side: Side, text: str) -> None:
    with pytest.raises(NegotiationFailed, match="does not fit"):
        await side.peer.apply(Description("answer", text))


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_not_for_us_is_refused_in_a_sentence(side: Side, name: str) -> None:
    text, reason = REFUSED[name]
    with pytest.raises(NegotiationFailed, match=reason) as refusal:
        await side.peer.answer(Description("offer", Keys().put_into(text)))
    assert str(refusal.value).endswith(".")
    assert heads((await side.peer.offer()).sdp) == [("audio", False)], "nothing is left of it"
    with pytest.raises(NegotiationFailed, match=r"\.$"):
        await side.peer.apply(Description("answer", Keys(setup="active").put_into(text)))


async def test_after_a_refused_offer_a_better_one_is_taken(side: Side) -> None:
    with pytest.raises(NegotiationFailed):
        await side.peer.answer(Description("offer", flavours.PLAIN_RTP))
    offer = Keys().put_into(flavours.ASTERISK)
    check_answer((await side.peer.answer(Description("offer", offer))).sdp, offer)


@pytest.mark.parametrize(
    ("name", "change", "direction"),
    [
        ("asterisk", ("a=sendrecv", "a=sendonly"), "recvonly"),
        ("asterisk", ("a=sendrecv", "a=inactive"), "inactive"),
        ("freeswitch", ("c=IN IP4 192.0.2.62", "c=IN IP4 0.0.0.0"), "recvonly"),
        ("baresip", ("c=IN IP4 192.0.2.64", "c=IN IP4 0.0.0.0"), "recvonly"),
        ("ipv6", ("c=IN IP6 2001:db8::60", "c=IN IP6 ::"), "recvonly"),
        ("janus", ("c=IN IP4 ADDRESS", "c=IN IP4 0.0.0.0"), "sendrecv"),
    ],
)
async def test_hold_and_resume_as_each_writes_it(
    side: Side, name: str, change: tuple[str, str], direction: str
) -> None:
    offer = Keys().put_into(CORPUS[name])
    await side.peer.answer(Description("offer", offer))
    held = Keys().put_into(CORPUS[name].replace(*change))
    assert held != offer
    answer = await side.peer.answer(Description("offer", held))
    assert sdp.parse(answer.sdp).sections[0].direction == direction
    assert side.changes[-1].held_by_peer is (direction != "sendrecv") if side.changes else direction == "sendrecv"
    answer = await side.peer.answer(Description("offer", offer))
    assert sdp.parse(answer.sdp).sections[0].direction == "sendrecv"
    assert not side.changes or not side.changes[-1].held_by_peer


async def test_a_picture_that_comes_and_goes(side: Side) -> None:
    """Added by a re-INVITE, then ended with port 0, then added once more."""
    sound, picture = (Keys().put_into(text) for text in (flavours.CHROME, flavours.SAFARI_VIDEO))
    ended = picture.replace("m=video 40404", "m=video 0").replace("BUNDLE 0 1", "BUNDLE 0")
    await side.peer.answer(Description("offer", sound))
    for offer, refused in ((picture, False), (ended, True), (picture, False)):
        answer = await side.peer.answer(Description("offer", offer))
        check_answer(answer.sdp, offer)
        assert heads(answer.sdp) == [("audio", False), ("video", refused)]
        if not refused:
            assert sdp.parse(answer.sdp).sections[1].direction == "recvonly"


# -- hostile, or only broken -------------------------------------------------------------------------------------------


def damaged(text: str, chance: random.Random) -> str:
    """The description with a few things wrong."""
    lines = text.splitlines()
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(1, len(lines))
        match chance.randrange(7):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[chance.randrange(len(lines))])
            case 2:
                lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
            case 3:
                lines[at] = re.sub(r"\d+", str(chance.choice([0, 127, 65536, 1 << 33, 10**400])), lines[at], count=1)
            case 4:
                other = chance.randrange(1, len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            case 5:
                place = chance.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:place] + chance.choice("\0\u2028\x85é%s{}:/ ") + lines[at][place:]
            case _:
                lines[at] *= chance.choice([2, 50])
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("name", CORPUS)
def test_a_damaged_description_is_read_or_refused(name: str) -> None:
    chance = random.Random(name)
    text = Keys().put_into(CORPUS[name])
    for _ in range(60):
        try:
            Layout().offer_in(sdp.parse(damaged(text, chance)))
        except NegotiationFailed:
            continue


async def test_a_damaged_offer_in_a_call_is_answered_or_refused_and_the_call_goes_on(side: Side) -> None:
    chance = random.Random(4)
    good = Keys().put_into(flavours.SAFARI_VIDEO)
    await side.peer.answer(Description("offer", good))
    answered = 0
    for _ in range(40):
        with contextlib.suppress(NegotiationFailed):
            await side.peer.answer(Description("offer", damaged(good, chance)))
            answered += 1
    assert 0 < answered < 40
    await side.peer.answer(Description("offer", good))


# -- calls -------------------------------------------------------------------------------------------------------------


def keys_of(description: Description, setup: str) -> Keys:
    """Those of a real far end."""
    security = sdp.parse(description.sdp).sections[0].security
    words = description.candidates[0].text.split()
    digest = next(digest for name, digest in security.fingerprints if name == "sha-256")
    return Keys(security.ufrag, security.password, digest, words[4], words[5], setup)


CALLED = ["chrome", "asterisk", "asterisk, old", "freeswitch", "rtpengine", "baresip", "janus"]


@pytest.mark.parametrize("name", CALLED)
async def test_a_call_that_is_offered_so_has_sound_both_ways(side: Side, name: str) -> None:
    far = Side(880)
    try:
        keys = keys_of(await far.peer.offer(), "actpass")
        if "ice-lite" in CORPUS[name]:
            keys = replace(keys, setup="passive")
        answer = await side.peer.answer(Description("offer", keys.put_into(CORPUS[name])))
        # The far end is one of ours, and has offered but the sound.
        sound = Description("answer", re.split(r"(?m)^m=video", answer.sdp)[0], answer.candidates)
        await far.peer.apply(sound)
        side.peer.start()
        far.peer.start()
        await until(lambda: side.link is far.link is MediaLink.CONNECTED)
        await hear(side, 880)
        await hear(far, 440)
    finally:
        await far.peer.close()


@pytest.mark.parametrize("name", ["asterisk, old", "freeswitch"])
async def test_a_call_that_is_answered_so_has_sound_both_ways(shown: Side, name: str) -> None:
    far = Side(880)
    try:
        offer = await shown.peer.offer()
        # The far end is one of ours, and takes no more than the flavour has.
        narrow = offer.sdp.replace("SAVPF 96 9 0 8", "SAVPF 0 8") if "opus" not in CORPUS[name] else offer.sdp
        answer = await far.peer.answer(Description("offer", narrow, offer.candidates))
        text = keys_of(answer, "active").put_into(CORPUS[name])
        # By numbers of their own, which RFC 3264 section 5.1 lets each side have; the far end took ours.
        for number in ("102", "111"):
            text = text.replace(f"SAVPF {number}", "SAVPF 96").replace(f":{number} opus", ":96 opus")
        await shown.peer.apply(Description("answer", text))
        shown.peer.start()
        far.peer.start()
        await hear(shown, 880)
        await hear(far, 440)
    finally:
        await far.peer.close()


async def test_an_answer_by_other_numbers_is_understood_by_either(side: Side) -> None:
    """Each side sends by the numbers that the other one told (RFC 3264 section 5.1), and some by their own."""
    far = Side(880)
    try:
        offer = await side.peer.offer()
        answer = await far.peer.answer(offer)
        text = keys_of(answer, "active").put_into(CORPUS["freeswitch"])
        await side.peer.apply(Description("answer", text))
        side.peer.start()
        far.peer.start()
        await hear(side, 880)
        link = side.peer._link
        assert link is not None
        known = link._audio.receiver._RTCRtpReceiver__codecs  # type: ignore[attr-defined]
        named = {number: f"{codec.name}/{codec.clockRate}" for number, codec in known.items()}
        events = {101: "telephone-event/8000", 104: "telephone-event/48000"}
        events |= {126: "telephone-event/8000", 110: "telephone-event/48000"}
        sounds = {96: "opus/48000", 102: "opus/48000", 9: "G722/8000", 0: "PCMU/8000", 8: "PCMA/8000"}
        assert named == sounds | events
        assert link.voice is not None
        assert link.voice._codec is not None
        assert link.voice._codec.payload_type == 102
    finally:
        await far.peer.close()


async def test_names_of_the_local_network_are_looked_up_without_holding_up_the_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    class Network:
        async def resolve(self, name: str, timeout: float = 0.0) -> None:
            asked.append(name)
            await asyncio.get_running_loop().create_future()

    async def network(connection: Any) -> Network:
        return Network()

    monkeypatch.setattr("aioice.ice.get_or_create_mdns_protocol", network)
    side = Side(440, loopback=False)
    try:
        offer = Keys().put_into(flavours.CHROME_MDNS)
        offer = re.sub(r"(?m)^a=candidate:(?!.*\.local ).*\r\n", "", offer)
        answer = await asyncio.wait_for(side.peer.answer(Description("offer", offer)), 15)
        check_answer(answer.sdp, offer)
        await until(lambda: asked == ["7f3b9d20-1c1e-4f61-9e0a-3d5a8f4b2c10.local"])
    finally:
        await side.peer.close()


async def test_candidates_of_no_use_are_swallowed(side: Side) -> None:
    await side.peer.answer(Description("offer", Keys().put_into(flavours.ASTERISK)))
    for text in (
        "candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active",
        "candidate:1 2 udp 2130706430 192.0.2.1 4001 typ host",
        "candidate:1 1 udp 2130706430 nonsense.local 4001 typ host",
        "candidate:1 1 udp 2130706430 host.example.com 4001 typ host",
        "candidate:1 1 udp 2130706430 ff02::1 4001 typ host",
        "candidate:1 1 udp 99999999999999999999 192.0.2.1 4001 typ host",
        "candidate:1 1 udp 1 192.0.2.1 99999 typ host",
        "candidate:" + "x" * 100_000,
        "end-of-candidates",
        "",
    ):
        await side.peer.add_candidate(Candidate(text, "audio-0", 0))
