"""Conferences (section 8): family 4, and the media that it relays."""

import asyncio
import json
from typing import Any

import pytest
from aiortc import RTCRtpSender

from tests.simulator.vox.conftest import LogIn, Serve
from tests.simulator.vox.phone import PATIENCE_S, SDP, Media, Phone
from tests.simulator.vox.wire import Body, Message
from tuiphone.simulator.vox import Vox

AUDIO, VIDEO = 1, 2
PUBLIC, PRIVATE, SHARABLE = 1, 2, 3
CREATED, ADDED, REMOVED, PUBLISHER, LEFT, ENDED, ADMIN_MUTED, SELF_MUTED = 1, 3, 4, 5, 6, 9, 11, 12


def people(number: int, names: tuple[str, ...]) -> Message:
    """A list of participants in that field."""
    return [(number, [(1, [(1, 1), (2, name)])]) for name in names]


async def create(
    creator: Phone, *names: str, kind: int = AUDIO, privacy: int = SHARABLE, title: str = "lunch"
) -> tuple[str, int]:
    """Type 1; the conference's id and pin."""
    config: Message = [(1, privacy), (2, False), (3, True)]
    fields: Message = [(2, title), (3, 1_700_000_000_000), (7, config), *people(8, names), (9, kind)]
    assert await creator.ret(1, fields, family=4) == 1
    created = await creator.expect(3, family=4)
    assert created.num(6) == 1
    assert [one.text(1) for one in created.parts(3)] == [creator.user, *names]
    return created.text(2), created.num(4)


async def join(
    phone: Phone, room: str, pin: int = 1234, *, pitch_hz: int = 0, video: bool = False, mime: str = ""
) -> Media:
    """Publish, with real media; `mime` is the only codec for pictures."""
    media = phone.talk(pitch_hz=pitch_hz, video=video)
    if mime:
        codecs = [one for one in RTCRtpSender.getCapabilities("video").codecs if one.mimeType == mime]
        media.connection.getTransceivers()[1].setCodecPreferences(codecs)
    fields: Message = [(2, room), (3, VIDEO if video else AUDIO), (4, await media.offer()), (5, pin)]
    assert await phone.ret(27, fields, family=4) == 1
    answer = await phone.expect(29, family=4)
    assert (answer.text(2), answer.num(5)) == (room, 1)
    await media.accept(answer.text(3))
    return media


async def subscribe(phone: Phone, room: str, name: str) -> Media:
    """View somebody, with real media."""
    media = phone.talk(sends=False)
    assert await phone.ret(33, [(2, room), (3, name)], family=4) == 1
    offer = await phone.expect(35, family=4, f3=name)
    assert (offer.part(1).text(1), offer.text(2), offer.num(6)) == (name, room, 1)
    answer = await media.answer(offer.text(4))
    assert await phone.ret(43, [(2, room), (3, name), (4, answer)], family=4) == 1
    viewing = await phone.expect(45, family=4, f3=name)
    assert (viewing.text(2), viewing.num(5)) == (room, 1)
    return media


async def members(phone: Phone, room: str) -> tuple[list[str], list[tuple[int, str]]]:
    """Types 47 and 49."""
    publishers = await phone.ask(47, [(2, room)], family=4)
    participants = await phone.ask(49, [(2, room)], family=4)
    assert publishers.num(4) == participants.num(4) == 1
    return publishers.texts(2), [(one.num(1), one.text(2)) for one in participants.parts(2)]


def about(alert: Body) -> tuple[Any, ...]:
    """Kind, conference, and whom an alert is about."""
    return alert.num(2), alert.text(3), alert.part(5).text(1)


# -- the whole of it ----------------------------------------------------------------------------------------------


async def test_three_hear_each_other_until_it_is_destroyed(vox: Vox, log_in: LogIn) -> None:
    alice, bob, carol = [await log_in(vox, name) for name in ("alice", "bob", "carol")]
    room, pin = await create(alice, "bob", "carol", title="lunch")
    for phone in (bob, carol):
        rung = await phone.expect(13, family=4)
        assert about(rung) == (CREATED, room, "alice")
        assert (rung.part(1).text(1), rung.num(4), rung.part(5).text(2), rung.part(5).num(3)) == (
            *("alice", pin, "lunch"),
            AUDIO,
        )
    pitches = {"alice": 400, "bob": 700, "carol": 1000}
    for phone in (alice, bob, carol):
        await join(phone, room, pin, pitch_hz=pitches[phone.user])
    assert await members(carol, room) == (list(pitches), [(1, name) for name in pitches])
    heard: list[tuple[Media, int]] = []
    for phone in (alice, bob, carol):
        for name in pitches:
            if name != phone.user:
                assert about(await phone.alert(PUBLISHER, name)) == (PUBLISHER, room, name)
                heard.append((await subscribe(phone, room, name), pitches[name]))
    for media, pitch_hz in heard:
        await media.ear.tone(pitch_hz)
    assert await alice.ret(5, [(2, room), (3, "that is all")], family=4) == 1
    for phone in (bob, carol):
        ended = await phone.alert(ENDED)
        assert (about(ended)[:2], ended.part(5).text(4)) == ((ENDED, room), "that is all")
    assert await bob.ret(49, [(2, room)], family=4) == 5
    await alice.settled()
    assert [one.num(2) for one in alice.got(13, family=4)].count(ENDED) == 0


@pytest.mark.parametrize("mime", ["video/VP8", "video/H264"])
async def test_pictures_are_relayed_as_they_are(vox: Vox, log_in: LogIn, mime: str) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob", kind=VIDEO)
    await join(alice, room, pitch_hz=400, video=True, mime=mime)
    await join(bob, room, pitch_hz=700, video=True)
    media = await subscribe(bob, room, "alice")
    await media.ear.until(lambda: len(media.ear.pictures) > 3)
    picture = media.ear.pictures[-1][1]
    assert (picture.width, picture.height) == (640, 480)
    await media.ear.tone(400)
    later = await subscribe(bob, room, "alice")
    await later.ear.until(lambda: len(later.ear.pictures) > 3)


async def test_who_comes_later_gets_a_whole_picture_from_the_publisher(
    vox: Vox, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob", kind=VIDEO)
    published = await join(alice, room, video=True)
    await join(bob, room)
    first = await subscribe(bob, room, "alice")
    await first.ear.until(lambda: len(first.ear.pictures) > 3)
    asked = asyncio.Event()
    [sender] = [one for one in published.connection.getSenders() if one.kind == "video"]
    monkeypatch.setattr(sender, "_send_keyframe", asked.set)
    await subscribe(bob, room, "alice")
    async with asyncio.timeout(PATIENCE_S):
        await asked.wait()


async def test_robots_take_part(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    room, _ = await create(alice, "tone", "voice", kind=VIDEO)
    await join(alice, room)
    await alice.alert(PUBLISHER, "tone")
    media = await subscribe(alice, room, "tone")
    await media.ear.tone(440)
    voice = await subscribe(alice, room, "voice")
    await voice.ear.until(lambda: len(voice.ear.pictures) > 2)


# -- coming and going ---------------------------------------------------------------------------------------------


async def test_who_logs_in_later_is_rung_too_and_once(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    room, _ = await create(alice, "bob")
    bob = await log_in(vox, "bob")
    assert about(await bob.alert(CREATED)) == (CREATED, room, "alice")
    await bob.break_link()
    again = await log_in(vox, "bob")
    await again.settled()
    assert again.got(13, family=4) == []


async def test_on_other_devices_it_stops_ringing_when_one_joins(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    first, second = await log_in(vox, "bob", device="1"), await log_in(vox, "bob", device="2")
    room, _ = await create(alice, "bob")
    await second.alert(CREATED)
    await join(first, room)
    assert (await second.alert(ENDED)).part(5).text(4) == "answered elsewhere"
    assert await second.ret(27, [(2, room), (4, SDP), (5, 1234)], family=4) == 16
    assert await second.ret(39, [(2, room)], family=4) == 5, "nor can it leave for the other"


async def test_the_pin_is_checked(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(conference_pin=0)
    alice = await log_in(vox, "alice")
    room, pin = await create(alice, "bob")
    assert 1000 <= pin <= 9999
    assert await alice.ret(27, [(2, room), (4, SDP), (5, pin + 1)], family=4) == 9
    await join(alice, room, pin)


async def test_only_the_invited_may_do_anything_unless_it_is_public(vox: Vox, log_in: LogIn) -> None:
    alice, carol = await log_in(vox, "alice"), await log_in(vox, "carol")
    room, _ = await create(alice, "bob", privacy=PRIVATE)
    for kind in (5, 7, 9, 27, 31, 33, 37, 39, 43, 47, 49):
        assert await carol.ret(kind, [(2, room)], family=4) == 7, kind
    public, _ = await create(alice, "bob", privacy=PUBLIC)
    await join(carol, public)


@pytest.mark.parametrize("kind", [5, 7, 9, 27, 31, 33, 37, 39, 43, 47, 49])
async def test_an_unknown_conference_is_ret_5(vox: Vox, log_in: LogIn, kind: int) -> None:
    alice = await log_in(vox, "alice")
    assert await alice.ret(kind, [(2, "no")], family=4) == 5


async def test_a_description_that_is_none_is_told_and_takes_nobody_in(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob")
    await join(alice, room)
    assert await bob.ret(27, [(2, room), (4, ""), (5, 1234)], family=4) == 21
    assert await bob.ret(27, [(2, room), (4, "nonsense"), (5, 1234)], family=4) == 1
    refused = await bob.expect(29, family=4)
    assert (refused.num(5), refused.text(4)) == (5, "bad SDP")
    assert await members(alice, room) == (["alice"], [(1, "alice")])
    assert list(vox.conferences.room(room).members) == ["alice"]
    assert LEFT not in [one.num(2) for one in alice.got(13, family=4)], "nobody heard that it came"
    await join(bob, room)
    assert await bob.ret(33, [(2, room), (3, "alice")], family=4) == 1
    await bob.expect(35, family=4)
    assert await bob.ret(43, [(2, room), (3, "alice"), (4, "nonsense")], family=4) == 1
    viewing = await bob.expect(45, family=4)
    assert (viewing.num(5), viewing.text(4)) == (5, "bad SDP")
    assert await bob.ret(43, [(2, room), (3, "alice"), (4, "nonsense")], family=4) == 5


async def test_who_leaves_is_told_of_and_the_last_one_ends_it(vox: Vox, log_in: LogIn) -> None:
    alice, bob, carol = [await log_in(vox, name) for name in ("alice", "bob", "carol")]
    room, _ = await create(alice, "bob", "carol")
    await join(alice, room)
    await join(bob, room)
    assert await bob.ret(39, [(2, room)], family=4) == 1
    assert about(await alice.alert(LEFT)) == (LEFT, room, "bob")
    assert await alice.ret(33, [(2, room), (3, "bob")], family=4) == 5
    await join(bob, room)
    await alice.alert(PUBLISHER)
    await bob.ret(39, [(2, room)], family=4)
    await alice.ret(39, [(2, room)], family=4)
    assert (await carol.alert(ENDED)).part(5).text(4) == "everybody has left"


async def test_who_logs_out_or_stays_away_leaves(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(grace_seconds=0.1)
    alice, bob, carol = [await log_in(vox, name) for name in ("alice", "bob", "carol")]
    room, _ = await create(alice, "bob", "carol")
    for phone in (alice, bob, carol):
        await join(phone, room)
    await bob.ret(291)
    await alice.alert(LEFT, "bob")
    await carol.break_link()
    await alice.alert(LEFT, "carol")


async def test_when_nobody_joins_it_ends_after_the_ring_time(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(ring_seconds=0.2)
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob")
    assert about(await bob.alert(ENDED)) == (ENDED, room, "alice")


async def test_participants_are_added_and_removed(vox: Vox, log_in: LogIn) -> None:
    alice, bob, carol = [await log_in(vox, name) for name in ("alice", "bob", "carol")]
    room, _ = await create(alice, "bob")
    await join(alice, room)
    await join(bob, room)
    assert await bob.ret(7, [(2, room), *people(3, ("carol", "nobody", "bob"))], family=4) == 1
    assert about(await alice.alert(ADDED)) == (ADDED, room, "carol")
    assert about(await carol.alert(CREATED)) == (CREATED, room, "alice")
    await join(carol, room)
    await alice.alert(PUBLISHER, "carol")
    assert await bob.ret(9, [(2, room), (3, "carol")], family=4) == 7, "only who made it removes"
    assert await alice.ret(9, [(2, room), (3, "carol"), (3, "nobody")], family=4) == 1
    assert about(await carol.alert(REMOVED)) == (REMOVED, room, "carol")
    assert about(await bob.alert(REMOVED)) == (REMOVED, room, "carol")
    assert await carol.ret(27, [(2, room), (4, SDP), (5, 1234)], family=4) == 7


async def test_to_a_private_one_only_its_creator_adds(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob", privacy=PRIVATE)
    assert await bob.ret(7, [(2, room), *people(3, ("carol",))], family=4) == 7
    assert await alice.ret(7, [(2, room), *people(3, ("carol",))], family=4) == 1
    assert await bob.ret(5, [(2, room)], family=4) == 7, "nor does another destroy it"


async def test_there_is_room_for_eight(vox: Vox, log_in: LogIn) -> None:
    names = tuple(f"user{number}" for number in range(1, 9))
    for name in names:
        assert vox.people.create(name, "pw")
    alice = await log_in(vox, "alice")
    config: Message = [(1, SHARABLE)]
    assert await alice.ret(1, [(7, config), *people(8, names)], family=4) == 10
    room, _ = await create(alice, *names[:6])
    assert await alice.ret(7, [(2, room), *people(3, names[6:])], family=4) == 10
    assert await alice.ret(7, [(2, room), *people(3, names[6:7])], family=4) == 1


async def test_eight_join_and_a_ninth_does_not(vox: Vox, log_in: LogIn, connect: LogIn) -> None:
    alice = await log_in(vox, "alice")
    room, _ = await create(alice, privacy=PUBLIC)
    await join(alice, room)
    for number in range(1, 9):
        vox.people.create(f"user{number}", "pw")
        phone = await connect(vox, f"user{number}")
        assert (await phone.log_in(password="pw")).num(2) == 1
        if number < 8:
            await join(phone, room)
    assert len((await members(alice, room))[0]) == 8
    assert await phone.ret(27, [(2, room), (4, SDP), (5, 1234)], family=4) == 10


async def test_phones_and_people_nobody_knows_are_left_out(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    listed: Message = [*people(8, ("bob", "nobody", "alice", "bob", "busy")), (8, [(1, [(1, 2), (3, "0901234567")])])]
    assert await alice.ret(1, [(7, [(1, 3)]), *listed], family=4) == 1
    created = await alice.expect(3, family=4)
    assert [one.text(1) for one in created.parts(3)] == ["alice", "bob"]


# -- in it --------------------------------------------------------------------------------------------------------


async def test_a_mute_of_oneself_is_told_and_nothing_is_relayed(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob")
    await join(alice, room, pitch_hz=400)
    await join(bob, room)
    media = await subscribe(bob, room, "alice")
    await media.ear.tone(400)
    for on in (True, False):
        assert await alice.ret(37, [(2, room), (3, "alice"), (4, on), (5, 2)], family=4) == 1
        told = await bob.alert(SELF_MUTED)
        assert (about(told), told.part(5).num(5)) == ((SELF_MUTED, room, "alice"), int(on))
    media.ear.forget()
    await media.ear.tone(400)
    await alice.settled()
    assert SELF_MUTED not in [one.num(2) for one in alice.got(13, family=4)]


async def test_only_the_creator_mutes_others(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob")
    await join(alice, room)
    await join(bob, room, pitch_hz=700)
    media = await subscribe(alice, room, "bob")
    await media.ear.tone(700)
    assert await bob.ret(37, [(2, room), (3, "alice"), (4, True), (5, 1)], family=4) == 7
    assert await bob.ret(37, [(2, room), (3, "alice"), (4, True), (5, 2)], family=4) == 7
    assert await alice.ret(37, [(2, room), (3, "nobody"), (4, True), (5, 1)], family=4) == 5
    assert await alice.ret(37, [(2, room), (3, "bob"), (4, True), (5, 1)], family=4) == 1
    for phone in (alice, bob):
        told = await phone.alert(ADMIN_MUTED)
        assert (about(told), told.part(5).num(5)) == ((ADMIN_MUTED, room, "bob"), 1)
    tap = vox.conferences.room(room).members["bob"].publication.taps["audio"]
    async with asyncio.timeout(PATIENCE_S):
        while True:
            before, heard = tap.frames, len(media.ear.heard)
            while tap.frames < before + 20:
                await alice.settled()
            if len(media.ear.heard) == heard:
                break  # its frames still come, and are not passed on


async def test_one_subscribes_to_members_and_not_to_oneself(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob")
    assert await alice.ret(33, [(2, room), (3, "bob")], family=4) == 5, "not before joining"
    await join(alice, room)
    assert await alice.ret(33, [(2, room), (3, "bob")], family=4) == 5, "not before the other joined"
    assert await alice.ret(33, [(2, room), (3, "alice")], family=4) == 4
    assert await alice.ret(43, [(2, room), (3, "bob"), (4, SDP)], family=4) == 5
    assert await bob.ret(33, [(2, room), (3, "alice")], family=4) == 5


async def test_candidates_of_both_kinds_of_streams_are_taken(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    room, _ = await create(alice, "bob")
    await join(alice, room)
    await join(bob, room, pitch_hz=700)
    await subscribe(alice, room, "bob")
    ice = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}
    texts = [json.dumps({"ice": ice}), '{"ice":null}', "no json"]
    for name, code in (("alice", 1), ("bob", 1), ("carol", 5)):
        assert await alice.ret(31, [(2, room), *[(4, text) for text in texts], (5, name)], family=4) == code
    assert await alice.ret(31, [(2, room), *[(4, texts[0])] * 51, (5, "bob")], family=4) == 21
