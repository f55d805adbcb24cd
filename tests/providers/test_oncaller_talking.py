"""What is done in an answered OnCaller call, against a server that does as the test says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.rig import BOB, PHONE, Account, Connection, SdpMedia, connected, invite, say_sdp, sections, talk
from tuiphone.core.call import EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible, RequestFailed, RequestTimeout
from tuiphone.core.events import (
    CallDescribed,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    InfoReceived,
    ProviderFaulted,
)
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.oncaller import client as client_module
from tuiphone.providers.oncaller import negotiation

CAROL = Address(AddressKind.USER, "carol")


async def answered(client: Connection, alice: Account, *, phone: bool = False) -> tuple[str, SdpMedia]:
    """An incoming call that was picked up here."""
    ref, media = await invite(client, alice, phone=phone), SdpMedia()
    await alice.provider.ringing(ref, media)
    await client.reply(31)
    await say_sdp(client, "offer")
    answering = asyncio.create_task(alice.provider.answer(ref))
    await client.reply(31)
    await soon(answering)
    assert [(await client.hear(27))["type"] for _ in range(2)] == ["sdp", "candidate"]
    return ref, media


# -- hold -----------------------------------------------------------------------------------------------------------


async def test_hold_and_resume_are_offers_and_count_when_they_are_answered() -> None:
    async with connected() as (_, client, alice):
        ref, media = await talk(client, alice)
        for on, direction in ((True, "sendonly"), (False, "sendrecv")):
            media.hold(on)
            holding = asyncio.create_task(alice.provider.hold(ref, on))
            assert (await client.hear(27))["data"] == {"type": "offer", "sdp": sections(direction)}
            assert not alice.all(CallHeld) or alice.all(CallHeld)[-1].on is not on
            await say_sdp(client, "answer", sections("recvonly" if on else "sendrecv"))
            await soon(holding)
            assert alice.all(CallHeld)[-1] == CallHeld(ref, on)
        assert alice.all(CallHeldByPeer) == []
        await client.beat()
        assert client.heard(27) == [], "candidates do not change and go out once"


async def test_a_far_side_that_does_not_answer_to_hold_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiation, "REQUEST_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        ref, media = await talk(client, alice)
        with pytest.raises(RequestTimeout, match="The other side did not answer"):
            await alice.provider.hold(ref, True)
        await say_sdp(client, "answer", sections("recvonly"))
        await until(lambda: media.verbs().count("apply") == 2)
        assert alice.all(CallHeld) == []
        await say_sdp(client, "offer")
        await until(lambda: "answer" in media.verbs())


async def test_hold_in_a_call_that_ends_meanwhile_is_not_possible() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        holding = asyncio.create_task(alice.provider.hold(ref, True))
        await client.hear(27)
        await client.say(30, callId="call-1")
        with pytest.raises(NotPossible):
            await soon(holding)


@pytest.mark.parametrize("outgoing", [True, False])
async def test_the_far_side_holds_and_resumes(outgoing: bool) -> None:
    async with connected() as (_, client, alice):
        ref, media = await (talk(client, alice) if outgoing else answered(client, alice))
        for direction, held in (("sendonly", True), ("inactive", None), ("sendrecv", False)):
            count = alice.count(CallHeldByPeer)
            await say_sdp(client, "offer", sections(direction))
            assert (await client.hear(27))["data"]["type"] == "answer"
            await client.beat()
            assert alice.all(CallHeldByPeer)[count:] == ([] if held is None else [CallHeldByPeer(ref, held)])
        assert alice.count(CallEnded) == 0
        assert media.verbs().count("answer") == (3 if outgoing else 4)


async def test_both_holding_at_once_is_sorted_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiation, "GLARE_PAUSES_S", {True: (0.01, 0.02), False: (0.01, 0.02)})
    async with connected() as (_, client, alice):
        ref, media = await talk(client, alice)
        media.hold(True)
        holding = asyncio.create_task(alice.provider.hold(ref, True))
        assert (await client.hear(27))["data"]["type"] == "offer"
        await say_sdp(client, "offer", sections("sendonly"))
        assert (await client.hear(27))["data"]["type"] == "answer"
        assert (await client.hear(27))["data"]["type"] == "offer", "ours is void and comes again"
        await say_sdp(client, "answer", sections("inactive"))
        await soon(holding)
        assert alice.all(CallHeld) == [CallHeld(ref, True)]
        assert alice.all(CallHeldByPeer) == [CallHeldByPeer(ref, True)]


async def test_a_far_side_that_never_stops_offering_does_not_hang_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(negotiation, "GLARE_PAUSES_S", {True: (0.01, 0.02), False: (0.01, 0.02)})
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        holding = asyncio.create_task(alice.provider.hold(ref, True))
        for _ in range(3):
            assert (await client.hear(27))["data"]["type"] == "offer"
            await say_sdp(client, "offer")
            assert (await client.hear(27))["data"]["type"] == "answer"
        with pytest.raises(NegotiationFailed, match="Both sides keep changing"):
            await soon(holding)


async def test_a_change_that_does_not_fit_leaves_the_call_as_it_was() -> None:
    async with connected() as (_, client, alice):
        ref, media = await talk(client, alice)
        media.fails["answer"] = NegotiationFailed("No codec in common.")
        await say_sdp(client, "offer")
        faulted = await alice.told(ProviderFaulted)
        assert (faulted.ref, "No codec in common." in faulted.detail) == (ref, True)
        assert alice.count(CallEnded) == 0
        assert client.heard(28) == []


# -- video ----------------------------------------------------------------------------------------------------------


async def test_the_far_side_adds_its_picture() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        await say_sdp(client, "offer", sections(video="sendrecv"))
        assert (await client.hear(27))["data"]["type"] == "answer"
        await until(lambda: any(event.video for event in alice.all(CallDescribed)))
        described = alice.all(CallDescribed)[-1]
        assert described.ref == ref
        assert dict(described.facts)["Local video enabled"] == "no"


async def test_our_camera_goes_on_and_off_without_a_word_where_video_was_agreed_on() -> None:
    async with connected() as (_, client, alice):
        ref, media = await talk(client, alice, video=True)
        for on in (False, True):
            await soon(alice.provider.camera(ref, on))
            assert alice.events[-1] == CallDescribed(ref, (("Local video enabled", "yes" if on else "no"),))
        await client.beat()
        assert client.heard(27) == []
        assert media.verbs().count("offer") == 1


# -- requests in the call -------------------------------------------------------------------------------------------


async def test_digits_are_sent_as_they_are() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, PHONE)
        pressing = asyncio.create_task(alice.provider.dtmf(ref, "12#"))
        request = await client.reply(34)
        await soon(pressing)
        assert (request["callId"], request["digits"]) == ("call-1", "12#")


async def test_side_messages_go_both_ways_as_json() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        payload = {"infoA": "1", "infoB": 2, "test": True}
        sending = asyncio.create_task(alice.provider.send_info(ref, payload))
        assert (await client.reply(36))["info"] == payload
        await soon(sending)
        await client.say(37, callId="call-1", info=payload)
        await client.say(37, callId="call-1", info="x" * 10_000)
        assert await alice.told(InfoReceived) == InfoReceived(ref, '{"infoA":"1","infoB":2,"test":true}')
        assert len((await alice.told(InfoReceived, 2)).text) == 4096


@pytest.mark.parametrize("payload", [{1, 2}, "x" * 40_000, object()])
async def test_a_side_message_that_cannot_be_sent_says_why(payload: Any) -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        if isinstance(payload, set):
            payload = {"nested": (lambda: None)}
        with pytest.raises(NotPossible, match=r"^That (cannot be sent as JSON|has 40,002 bytes)"):
            await alice.provider.send_info(ref, payload)


@pytest.mark.parametrize(
    ("service", "command"),
    [
        (34, lambda alice, ref: alice.dtmf(ref, "1")),
        (36, lambda alice, ref: alice.send_info(ref, {})),
        (101, lambda alice, ref: alice.transfer(ref, CAROL)),
    ],
)
async def test_a_request_the_server_refuses_says_why(
    service: int, command: Callable[[Any, str], Awaitable[None]]
) -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, PHONE)
        for r, says in ((1, "no such call, or it is over"), (99, "refused this")):
            doing = asyncio.ensure_future(command(alice.provider, ref))
            await client.reply(service, r)
            with pytest.raises(RequestFailed, match=says) as failed:
                await soon(doing)
            assert failed.value.code == r
        assert alice.count(CallEnded) == 0


# -- transfer -------------------------------------------------------------------------------------------------------


async def test_a_transfer_ends_the_call_here_as_transferred() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, PHONE)
        transferring = asyncio.create_task(alice.provider.transfer(ref, CAROL))
        request = await client.reply(101)
        assert request["to"] == {"number": "carol", "type": "internal", "alias": "carol"}
        await soon(transferring)
        await client.say(30, callId="call-1")
        await client.beat()
        assert alice.all(CallEnded) == [CallEnded(ref, EndReason.TRANSFERRED, "Transferred to carol.")]
        assert client.heard(28) == []


async def test_a_transfer_that_the_end_of_the_call_overtakes_is_still_one() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await answered(client, alice, phone=True)
        transferring = asyncio.create_task(alice.provider.transfer(ref, CAROL))
        request = await client.hear(101)
        await client.say(30, callId="call-1")
        await client.say(101, r=0, requestId=request["requestId"])
        await soon(transferring)
        assert [event.reason for event in alice.all(CallEnded)] == [EndReason.TRANSFERRED]


async def test_after_a_refused_transfer_a_hang_up_is_one() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, PHONE)
        transferring = asyncio.create_task(alice.provider.transfer(ref, CAROL))
        await client.reply(101, 3)
        with pytest.raises(RequestFailed, match="not connected"):
            await soon(transferring)
        await client.say(30, callId="call-1")
        assert (await alice.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_only_telephone_calls_are_transferred_and_only_to_users() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, BOB)
        with pytest.raises(NotPossible, match="only calls with a telephone"):
            await alice.provider.transfer(ref, CAROL)
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice, PHONE)
        with pytest.raises(NotPossible, match="only to users"):
            await alice.provider.transfer(ref, PHONE)


# -- does the call still exist --------------------------------------------------------------------------------------


async def test_a_call_the_server_has_forgotten_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "CHECK_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        assert (await client.reply(205, exist=True, callId="call-1"))["callId"] == "call-1"
        await client.reply(205)
        await client.reply(205, exist=False)
        assert (await client.hear(28))["callId"] == "call-1"
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ref, EndReason.LOST)
        asked = len(client.heard(205))
        await asyncio.sleep(0.15)
        assert len(client.heard(205)) == asked, "who is gone is not asked about"
