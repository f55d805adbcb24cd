"""Vox's server at its worst: what it sends is dropped, or the link is closed with the reason."""

import asyncio
import random
from typing import Any

import pytest

from tests.fakes import until
from tests.providers.vox.server import PATIENCE, connected, told
from tests.providers.vox.test_wire import EVERY_NAME, full, packet
from tuiphone.core.errors import BadFrame, ConnectionLost, RequestTimeout
from tuiphone.core.events import ContactsChanged
from tuiphone.providers.vox import session, wire

BAD = packet(b"\xff\xff")
REQUESTS = [name for name in EVERY_NAME if name.endswith("Req")]


async def ended(alice: Any) -> str:
    """With what words the link ended."""
    with pytest.raises(BadFrame) as caught:
        async with asyncio.timeout(PATIENCE):
            await alice.running
    return str(caught.value)


async def test_twenty_packets_that_cannot_be_read_are_forgiven_and_no_more():
    async with connected() as (_, client, alice):
        await client.say_bytes(BAD * 20)
        await client.beat()
        await client.say_bytes(BAD)
        assert "too many of its packets cannot be read" in await ended(alice)
        await client.is_over.wait()
        assert client.close_code == 1002


async def test_packets_of_unknown_types_are_forgiven_without_end():
    async with connected() as (_, client, _alice):
        for _ in range(5):
            await client.say_bytes(packet(b"whatever", 9999) * 50)
            await client.beat()


async def test_text_is_no_packet():
    async with connected() as (_, client, alice):
        await client.say_bytes("hello")
        assert "sent text" in await ended(alice)
        await client.is_over.wait()
        assert client.close_code == 1003


async def test_a_stream_that_is_none_is_closed():
    async with connected() as (_, client, alice):
        await client.say_bytes(b"GET / HTTP/1.1\r\n\r\n")
        assert "no packet of IML" in await ended(alice)
        await client.is_over.wait()
        assert client.close_code == 1002


async def test_a_packet_that_would_be_too_large_is_not_waited_for():
    async with connected() as (_, client, alice):
        await client.say_bytes(packet(b"", length=wire.MAX_PAYLOAD + 1))
        assert "1,048,576 are allowed" in await ended(alice)
        await client.is_over.wait()
        assert client.close_code == 1009


async def test_a_frame_that_is_too_large_ends_the_link():
    async with connected() as (_, client, alice):
        await client.say_bytes(bytes(3 * wire.MAX_PAYLOAD))
        with pytest.raises(ConnectionLost, match="2048 KB"):
            await alice.running


async def test_a_packet_may_come_in_many_frames():
    async with connected() as (_, client, alice):
        data = wire.encode(wire.named("userJoinedReq", sJoinedUserMobNu="bob"))
        for byte in data:
            await client.say_bytes(bytes([byte]))
        await client.hear("userJoinedRes")
        await client.take("getContactsReq")
        await told(alice, ContactsChanged)


async def test_replies_that_nobody_waits_for_are_dropped():
    async with connected() as (_, client, alice):
        for name in EVERY_NAME:
            if name.endswith("Res"):
                await client.say_message(full(name))
        await client.beat()
        assert not alice.running.done()


async def test_a_reply_of_another_type_is_no_reply():
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.contacts())
        asked = await client.hear("getContactsReq")
        await client.say_message(wire.named("getProfileRes", ullTransId=asked.stHdrs.ullTransId, ret=1))
        await client.beat()
        assert not asking.done()
        await client.reply(asked)
        assert await asking == ()


async def test_every_request_gets_its_reply_whatever_is_in_it():
    async with connected() as (_, client, alice):
        for name in REQUESTS:
            for message in (full(name), wire.named(name)):
                await client.say_message(message)
                reply = await client.hear(wire.reply_kind(wire.KINDS[name]).name)
                assert reply.ullTransId == message.stHdrs.ullTransId  # type: ignore[attr-defined]
        assert not alice.running.done()


async def test_whatever_is_in_a_packet_the_link_goes_on():
    chance = random.Random(20261127)
    samples = [full(name) for name in EVERY_NAME]
    async with connected() as (_, client, alice):
        sent = 0
        while sent < 300:
            data = bytearray(wire.encode(chance.choice(samples)))
            for _ in range(3):
                data[chance.randrange(10, len(data))] = chance.randrange(256)
            (said,) = wire.Stream().feed(bytes(data))
            if isinstance(said, wire.Packet):  # the others are counted, see above
                await client.say_bytes(bytes(data))
                sent += 1
        await client.beat()
        assert not alice.running.done()


async def test_a_server_that_asks_more_than_it_takes_in_is_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "MAX_UNSENT", 10)
    async with connected() as (_, client, alice):
        link = alice.provider._session
        for _ in range(20):
            link.post("getContactsReq")
        with pytest.raises(ConnectionLost, match="takes nothing in any more"):
            await alice.running
        await client.is_over.wait()


async def test_a_question_that_nobody_answers_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(session, "REQUEST_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        with pytest.raises(RequestTimeout, match="did not answer within"):
            await alice.provider.contacts()
        # The answer that comes too late is nobody's.
        await client.reply(await client.hear("getContactsReq"))
        await client.beat()


async def test_who_waits_for_an_answer_hears_that_the_link_is_lost():
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.contacts())
        await client.hear("getContactsReq")
        client.drop()
        with pytest.raises(ConnectionLost, match="lost meanwhile"):
            await asking
        await until(alice.running.done)
        with pytest.raises(ConnectionLost):
            await alice.provider.contacts()


async def test_whoever_waits_gets_on_before_the_next_packet_is_looked_at():
    order: list[str] = []
    async with connected() as (_, client, alice):
        link = alice.provider._session

        async def ask() -> None:
            await link.ask("getProfileReq", sMobNum="bob")
            order.append("reply")

        asking = asyncio.ensure_future(ask())
        asked = await client.hear("getProfileReq")
        alice.provider._people.take = lambda kind, message: order.append("next")
        reply = wire.encode(wire.named("getProfileRes", ullTransId=asked.stHdrs.ullTransId, ret=1))
        await client.say_bytes(reply + wire.encode(full("userJoinedReq")))
        await asking
        await until(lambda: len(order) == 2)
        assert order == ["reply", "next"]
