"""Digits as telephone-events: what goes out between the packets of the sound, and what comes of the far side's."""

import asyncio
import itertools
import struct
from typing import Any

import pytest

from tests.media import descriptions as they
from tests.media.network import FRAME, Run, packets, stream
from tests.media.peers import Side, connect, exchange, pitch, until
from tuiphone.core.ports import Description
from tuiphone.media import sdp
from tuiphone.media.playout import Playout
from tuiphone.media.sdp import Codec
from tuiphone.media.telephone_event import DIGITS, Dialling, Listening, chosen, takes


def event(code: int, duration: int, *, ends: bool = False) -> bytes:
    """A payload as RFC 4733 section 2.3 draws it."""
    return struct.pack("!BBH", code, 10 | ends << 7, duration)


def format(rate: int, number: int = 101, parameters: str = "") -> Codec:
    return Codec(number, "telephone-event", rate, parameters=parameters)


# -- out ---------------------------------------------------------------------------------------------------------------


async def test_a_digit_is_told_as_it_lasts_and_its_end_three_times() -> None:
    dialling = Dialling()
    sent = dialling.press("5")
    frames = [dialling.next(8000) for _ in range(7)]
    assert sent.done(), "the pause behind it holds up nobody"
    frames += [dialling.next(8000) for _ in range(3)]
    payloads = [frame.payload for frame in frames if frame is not None]
    assert payloads == [
        *(event(5, 160 * n) for n in range(1, 5)),
        *[event(5, 800, ends=True)] * 3,
        *[None] * 3,
    ]
    assert [frame.begins for frame in frames if frame is not None] == [True] + [False] * 9
    assert dialling.next(8000) is None
    assert await sent


async def test_digits_wait_for_those_before_them_and_each_has_its_code() -> None:
    dialling = Dialling()
    first, second = dialling.press("0*"), dialling.press("#D")
    codes: list[int] = []
    while not second.done() and (frame := dialling.next(48000)) is not None:
        if frame.begins and frame.payload is not None:
            codes.append(frame.payload[0])
            assert struct.unpack_from("!H", frame.payload, 2) == (960,)
        assert first.done() or len(codes) <= 2
    assert codes == [0, 10, 11, 15]
    assert await first
    assert await second


async def test_what_cannot_go_out_is_said_so() -> None:
    dialling = Dialling()
    sent = dialling.press("12")
    dialling.next(8000)
    assert not await dialling.press("1" * 64), "too many at once"
    dialling.close()
    assert not await sent
    assert not await dialling.press("1")
    assert dialling.next(8000) is None


async def test_digits_nobody_waits_for_any_more_do_not_follow_later() -> None:
    dialling = Dialling()
    first, second = dialling.press("12"), dialling.press("34")
    dialling.next(8000)
    second.cancel()
    dialling.take_back(second)
    first.cancel()
    dialling.take_back(first)
    codes = {frame.payload[0] for frame in iter(lambda: dialling.next(8000), None) if frame.payload is not None}
    assert codes == {1}, "the digit under way comes to its end, and no other begins"


@pytest.mark.parametrize(
    ("events", "rate", "number"),
    [
        ((format(8000, 126), format(48000, 110)), 48000, 110),
        ((format(48000, 110), format(8000, 126)), 8000, 126),
        ((format(8000, 101),), 48000, 101),
        ((format(48000, 110), format(16000, 113)), 8000, 110),
    ],
)
def test_the_format_of_the_sounds_clock_is_used_if_there_is_one(
    events: tuple[Codec, ...], rate: int, number: int
) -> None:
    found = chosen(events, rate)
    assert found is not None
    assert found.payload_type == number
    assert chosen((), rate) is None


@pytest.mark.parametrize(
    ("parameters", "digits", "all_of_them"),
    [("", DIGITS, True), ("0-15", DIGITS, True), ("0-11", "19#", True), ("0-11", "A", False), ("0-9, 11,36", "#", True),
     ("0-9,11", "*", False), ("nonsense", "5", True), ("-", "5", True), ("0-16", "x", False)],
)  # fmt: skip
def test_only_events_that_the_far_side_takes_are_sent(parameters: str, digits: str, all_of_them: bool) -> None:
    assert takes(format(8000, parameters=parameters), digits) is all_of_them


# -- in ----------------------------------------------------------------------------------------------------------------


class Ear:
    """What is heard of packets at a time of the test's own."""

    def __init__(self) -> None:
        self.digits = ""
        self.now = 0.0
        self.listening = Listening(self._heard, lambda: self.now)

    def _heard(self, digit: str) -> None:
        self.digits += digit

    def hear(self, code: int, timestamp: int, *durations: int, marker: bool = True, source: int = 7) -> None:
        for index, duration in enumerate(durations):
            payload = event(code, abs(duration), ends=duration < 0)
            self.listening.take(source, timestamp, marker and index == 0, payload)


def test_the_packets_of_one_event_are_one_digit() -> None:
    ear = Ear()
    ear.hear(1, 1000, 160, 320, 480, -800, -800, -800)
    ear.hear(1, 3000, 160, -320, -320, -320)
    ear.hear(11, 5000, -320)
    assert ear.digits == "11#"


def test_a_digit_is_heard_although_most_of_its_packets_are_lost() -> None:
    ear = Ear()
    ear.hear(2, 1000, 320, marker=False)
    ear.hear(2, 4000, -800, marker=False)
    assert ear.digits == "22"


def test_a_late_double_of_the_digit_before_is_not_another() -> None:
    ear = Ear()
    ear.hear(1, 1000, 160, -320)
    ear.hear(2, 2000, 160)
    ear.hear(1, 1000, -320, -320, marker=False)
    ear.hear(2, 2000, -320)
    assert ear.digits == "12"


def test_a_key_held_for_longer_than_a_duration_is_one_digit() -> None:
    ear = Ear()
    ear.hear(9, 1000, 160, 65000, 65535)
    ear.hear(9, (1000 + 65535) % (1 << 32), 160, 320, -480, marker=False)
    assert ear.digits == "9"


def test_timestamps_that_wrongly_move_on_within_an_event_are_still_one_digit() -> None:
    ear = Ear()
    for step in range(1, 6):
        ear.hear(4, 1000 + 160 * (step - 1), 160 * step, marker=step == 1)
    assert ear.digits == "4"


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x01\x0a\x00", bytes([16, 10, 0, 160]), bytes([255] * 40)])
def test_what_is_no_digit_is_none(payload: bytes) -> None:
    ear = Ear()
    ear.listening.take(7, 1000, True, payload)
    assert ear.digits == ""


def test_a_flood_of_digits_is_cut_down_to_what_fingers_can_do() -> None:
    ear = Ear()
    for n in range(5000):
        ear.now = n / 1000
        ear.hear(3, n * 1000, -160)
    assert 100 <= len(ear.digits) <= 32 + 20 * 5


def test_packets_of_digits_are_neither_lost_sound_nor_concealed_as_if_they_were() -> None:
    """Ten of them in the middle of a second of sound, and the same numbers missing altogether."""
    arrivals = stream(packets("opus", seconds=2), delay=lambda n: None if 50 <= n < 60 else 0.02)
    silent = Run(arrivals, 2.0).playout.counters
    assert silent.lost == 10
    playout = Playout(clock=lambda: now)
    now = 0.0
    told = 0
    for arrival in arrivals:
        now = arrival.at
        while told < 10 and arrival.sequence > 1059:
            playout.push_other(1, 1050 + told)
            told += 1
        playout.push("opus", 1, arrival.sequence, arrival.timestamp, arrival.payload)
        playout.read(FRAME)
    assert playout.counters.lost == 0
    assert playout.counters.concealed < silent.concealed


def test_packets_of_digits_of_a_stream_nobody_listens_to_count_for_nothing() -> None:
    playout = Playout()
    playout.push_other(1, 5)
    assert playout.last_arrival is None


# -- descriptions ------------------------------------------------------------------------------------------------------


def test_formats_of_events_are_read_and_are_no_codecs() -> None:
    section = sdp.parse(they.CHROME_AUDIO).sections[0]
    assert [(event.payload_type, event.rate) for event in section.events] == [(110, 48000), (126, 8000)]
    assert "telephone-event" not in [codec.name for codec in section.codecs]
    assert sdp.parse(they.FIREFOX_AUDIO).sections[0].events == (format(8000, 101, "0-15"),)


@pytest.mark.parametrize("line", ["101 telephone-event/90000", "101 telephone-event", "72 telephone-event/8000"])
def test_formats_of_events_that_make_no_sense_are_left_out(line: str) -> None:
    text = they.FIREFOX_AUDIO.replace("a=rtpmap:101 telephone-event/8000", f"a=rtpmap:{line}").replace(
        "8 101", "8 101 72"
    )
    assert sdp.parse(text).sections[0].events == ()


def test_an_event_format_alone_is_no_sound() -> None:
    text = they.FIREFOX_AUDIO.replace("SAVPF 109 9 0 8 101", "SAVPF 101")
    assert "codec" in (sdp.parse(text).sections[0].trouble or "")


@pytest.mark.parametrize(
    ("offer", "numbers"),
    [(they.CHROME_AUDIO, {110: 48000, 126: 8000}), (they.FIREFOX_AUDIO, {101: 8000}),
     (they.FREESWITCH_OFFER, {101: 8000}), (they.FIREFOX_AUDIO.replace(" 101\r", "\r"), {})],
    ids=["chrome", "firefox", "freeswitch", "none offered"],
)  # fmt: skip
async def test_an_answer_takes_the_events_of_the_offer_by_its_numbers(offer: str, numbers: dict[int, int]) -> None:
    side = Side(440)
    answer = await side.peer.answer(Description("offer", offer))
    events = sdp.parse(answer.sdp).sections[0].events
    assert {event.payload_type: event.rate for event in events} == numbers
    assert all(event.parameters == "0-15" for event in events)
    again = sdp.parse((await side.peer.offer()).sdp).sections[0].events
    assert numbers.items() <= {event.payload_type: event.rate for event in again}.items()
    assert sorted(event.rate for event in again) == [8000, 48000]
    await side.peer.close()


async def test_an_offer_takes_numbers_that_mean_nothing_else() -> None:
    side = Side(440, video=True)
    offer = sdp.parse((await side.peer.offer()).sdp)
    numbers = [int(number) for section in offer.sections for number in section.formats]
    assert len(numbers) == len(set(numbers))
    assert [event.rate for event in offer.sections[0].events] == [48000, 8000]
    await side.peer.close()


@pytest.mark.parametrize("text", [they.CHROME_AUDIO, they.CHROME_VIDEO], ids=["sound", "picture"])
async def test_numbers_that_the_far_side_uses_otherwise_are_left_to_it(text: str) -> None:
    side = Side(440)
    theirs = text.replace("telephone-event/48000", "speex/16000").replace("telephone-event/8000", "speex/8000")
    await side.peer.answer(Description("offer", theirs))
    ours = sdp.parse((await side.peer.offer()).sdp).sections[0]
    taken = {number for section in sdp.parse(theirs).sections for number in section.formats}
    assert [event.rate for event in ours.events] == [48000, 8000]
    assert not {str(event.payload_type) for event in ours.events} & taken
    await side.peer.close()


# -- calls -------------------------------------------------------------------------------------------------------------


class Wire:
    """The packets that reach a side, as its sender wrote them."""

    def __init__(self, side: Side) -> None:
        self.packets: list[Any] = []
        link = side.peer._link
        assert link is not None
        seam = link._audio.receiver._RTCRtpReceiver__jitter_buffer
        add = seam.add

        def watch(packet: Any) -> Any:
            self.packets.append(packet)
            return add(packet)

        seam.add = watch

    def events(self, number: int) -> list[Any]:
        return [packet for packet in self.packets if packet.payload_type == number]


def digits(side: Side) -> str:
    return "".join(change.digits for change in side.changes)


@pytest.mark.parametrize("narrow", [False, True], ids=["opus", "pcmu"])
async def test_digits_reach_the_far_side_once_each_and_the_sound_goes_on(narrow: bool) -> None:
    alice, bob = Side(440), Side(880)
    try:
        offer = await alice.peer.offer()
        if narrow:
            offer = Description("offer", offer.sdp.replace("SAVPF 96 9 0 8", "SAVPF 0"), offer.candidates)
        await alice.peer.apply(await bob.peer.answer(offer))
        wire = Wire(bob)
        alice.peer.start()
        bob.peer.start()
        await until(lambda: len(wire.packets) > 10)
        step, number = (160, 126) if narrow else (960, 110)
        assert await alice.peer.dtmf("17")
        assert await asyncio.gather(alice.peer.dtmf("#"), alice.peer.dtmf("D")) == [True, True]
        await until(lambda: digits(bob) == "17#D")
        assert digits(alice) == ""
        last = len(wire.packets)
        await until(lambda: len(wire.packets) > last + 5)
        events = wire.events(number)
        assert len({packet.ssrc for packet in wire.packets}) == 1
        numbers = [packet.sequence_number for packet in wire.packets]
        assert {(after - before) % 65536 for before, after in itertools.pairwise(numbers)} == {1}
        assert len(events) == 28
        for first in range(0, 28, 7):
            one = events[first : first + 7]
            at = wire.packets.index(one[0])
            assert wire.packets[at : at + 7] == one, "sound between the packets of a digit"
            assert [packet.marker for packet in one] == [1] + [0] * 6
            assert {packet.timestamp for packet in one} == {one[0].timestamp}
            assert [struct.unpack("!BBH", packet.payload)[2] for packet in one] == [
                step * n for n in (1, 2, 3, 4, 5, 5, 5)
            ]
            before, after = wire.packets[at - 1], wire.packets[at + 7]
            passed = (one[0].timestamp - before.timestamp) % (1 << 32)
            assert passed % step == 0
            assert passed >= step
            assert (after.timestamp - one[0].timestamp) % (1 << 32) >= 7 * step
            assert after.marker == 1, "sound begins anew"
        await until(lambda: abs(pitch(bob.line.last(0.3)) - 440) < 8)
        assert bob.peer.stats().lost == 0
    finally:
        await asyncio.gather(alice.peer.close(), bob.peer.close())


async def test_without_events_at_the_far_side_or_a_way_to_it_nothing_is_sent() -> None:
    alice, bob = Side(440), Side(880)
    assert not await alice.peer.dtmf("1")
    offer = await alice.peer.offer()
    bare = Description("offer", offer.sdp.replace(" 110 126", ""), offer.candidates)
    await alice.peer.apply(await bob.peer.answer(bare))
    assert not await alice.peer.dtmf("1")
    assert not await bob.peer.dtmf("1")
    # Held, the far side hears nothing of us.
    alice.peer.hold(True)
    await exchange(alice, bob)
    assert not await bob.peer.dtmf("1")
    await asyncio.gather(alice.peer.close(), bob.peer.close())
    assert not await alice.peer.dtmf("1")


async def test_digits_pressed_before_the_way_is_found_go_out_when_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.media.voice.DIAL_S", 30.0)
    alice, bob = Side(440), Side(880)
    offer = await alice.peer.offer()
    answer = await bob.peer.answer(Description("offer", offer.sdp))
    await alice.peer.apply(answer)
    pressed = asyncio.create_task(alice.peer.dtmf("42"))
    for candidate in offer.candidates:
        await bob.peer.add_candidate(candidate)
    await until(lambda: digits(bob) == "42")
    assert await pressed
    await asyncio.gather(alice.peer.close(), bob.peer.close())


async def test_the_end_of_the_call_ends_the_wait_for_digits() -> None:
    alice, bob = Side(440), Side(880)
    await connect(alice, bob)
    pressed = asyncio.create_task(alice.peer.dtmf("1" * 40))
    await until(lambda: digits(bob))
    await alice.peer.close()
    assert not await asyncio.wait_for(pressed, 15)
    await bob.peer.close()
