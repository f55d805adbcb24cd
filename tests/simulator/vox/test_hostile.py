"""Frames that are none, too large or malicious (section 12)."""

import contextlib
import random
import secrets

import pytest
from websockets.exceptions import ConnectionClosed

from tests.simulator.vox.conftest import LogIn
from tests.simulator.vox.phone import SDP
from tests.simulator.vox.tables import rows
from tests.simulator.vox.wire import CONFERENCE_FIELDS, Message, framed, message, packet
from tuiphone.simulator import link
from tuiphone.simulator.vox import Vox


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("text", 1003),
        (b"\0\0\0\x17\0\0\0\0xx", 1002),
        (b"\0\0\0\x17\0\x10\0\x01\r\n", 1009),
        (b"\0\0\0\x17\xff\xff\xff\xff\r\n", 1009),
        (bytes(4 * 1024 * 1024 + 1), 1009),
    ],
    ids=["text", "mark", "long", "longest", "large"],
)
async def test_a_frame_that_cannot_be_closes_the_socket(vox: Vox, log_in: LogIn, frame: str | bytes, code: int) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    await alice.socket.send(frame)
    await alice.lost()
    assert alice.close_code == code
    await bob.settled()


async def test_unknown_types_are_ignored(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    for family, kind in ((0, 9999), (1, 7), (2, 1), (3, 1), (5, 27), (4, 11), (65535, 65535)):
        await alice.socket.send(framed(family, kind, b"\xff\xff"))
    await alice.settled()


async def test_twenty_payloads_that_are_none_are_forgiven(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    for number in range(20):
        await alice.socket.send(framed(0, 23, b"\xff" if number % 2 else message([(1, 1), (100, [])])))
    await alice.settled()
    await alice.socket.send(framed(0, 23, b""))
    await alice.lost()
    assert alice.close_code == 1002


async def test_replies_to_nothing_are_dropped(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    for kind in rows():
        if kind % 2 == 0:
            await alice.socket.send(packet(kind, [(1, 12345)]))
    for kind in CONFERENCE_FIELDS:
        if kind % 2 == 0:
            await alice.socket.send(packet(kind, [(1, 12345)], family=4))
    before = len(alice.arrivals)
    await alice.settled()
    assert alice.arrivals[before:] == [(0, 316)]


async def test_a_packet_may_span_frames_and_a_frame_hold_several(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    headers: Message = [(1, "alice"), (2, "x"), (3, 1)]
    whole = packet(315, [(1, headers), (2, 1)]) * 3
    before = len(alice.arrivals)
    for at in range(0, len(whole), 7):
        await alice.socket.send(whole[at : at + 7])
    # Their replies name a transaction that nobody waits for: the phone notes them as wrong.
    await alice.settled()
    assert alice.arrivals[before:] == [(0, 316)] * 4
    alice._wrong.clear()


async def test_nobody_speaks_for_another(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    headers: Message = [(1, "carol"), (2, "x"), (3, 77)]
    await alice.socket.send(packet(195, [(1, headers), (2, "bob"), (3, 1), (4, "ref"), (5, SDP)]))
    assert (await bob.expect(195)).part(1).text(1) == "alice"
    await alice.settled()
    alice._wrong.clear()


async def test_texts_of_any_kind_go_through(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    ref = await alice.call("bob", "\x00\x1b[2J é ☎ \U0001f600")
    assert (await bob.expect(195)).text(5) == "\x00\x1b[2J é ☎ \U0001f600"
    assert await alice.ret(199, [(2, "bob"), (4, ref), (7, b"\xff\xfe" + b"x" * 5000)]) == 1
    assert len((await bob.expect(199)).text(7)) == 500


async def test_who_does_not_read_is_dropped_and_harms_nobody(
    vox: Vox, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MOST_WAITING_CHARACTERS", 500_000)
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    bob.socket.transport.pause_reading()
    noise = secrets.token_hex(100_000)  # what compresses well would all fit into the buffers on the way
    for number in range(200):
        await alice.call("bob", noise, ref=f"ref-{number}")
        if not vox.links_of("bob"):
            break
    else:
        raise AssertionError("bob was kept for ever")
    assert await alice.ret(23) == 1
    bob.socket.transport.resume_reading()


async def test_any_fields_get_a_reply_and_break_nothing(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    dice = random.Random(11)
    values = ["", "bob", "alice", "echo", "ref", "0901234561", "x" * 300, b"\xff", 0, 1, 7, 2**32 - 1, 2**63]
    kinds = [(0, kind) for kind in rows() if kind % 2 and kind not in (7, 291)]
    kinds += [(4, kind) for kind in CONFERENCE_FIELDS if kind % 2]
    for _ in range(400):
        family, kind = dice.choice(kinds)
        # A text where a message or a list of numbers belongs would be no payload of that type at all.
        plain = {"str", "u32", "u64", "bool"}
        numbers = [2, 4, 6, 9] if family else [one.number for one in rows()[kind][1] if one.kind in plain]
        fields: Message = [(dice.choice([*numbers, 50]), dice.choice(values)) for _ in range(dice.randint(0, 8))]
        await alice.ask(kind, fields, family=family)
    await bob.settled()


async def test_any_bytes_break_nothing(vox: Vox, log_in: LogIn, connect: LogIn) -> None:
    bob = await log_in(vox, "bob")
    dice = random.Random(13)
    for round_ in range(12):
        alice = await connect(vox, "alice")
        await alice.log_in()
        with contextlib.suppress(ConnectionClosed):
            for _ in range(25):
                good = packet(dice.choice(list(rows())), [(1, [(1, "a"), (3, 5)]), (2, "bob"), (4, "r")])
                frame = bytearray(good)
                for _ in range(dice.randint(1, 4)):
                    frame[dice.randrange(0 if round_ % 2 else 10, len(frame))] = dice.randrange(256)
                await alice.socket.send(bytes(frame))
        await alice.socket.close()
        await alice.lost()
        alice._wrong.clear()
    await bob.settled()
