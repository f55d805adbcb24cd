"""AZStack calls by way of the whole provider: what a server hears on the wire, and what the phone is told."""

import asyncio

import pytest

from tests.fakes import soon, until
from tests.providers.azstack.desk_rig import BOB, BOB_ID, CANDIDATE, NUMBERS, PHONE
from tests.providers.azstack.server import PATIENCE, Connection, ScriptedServer, azstack, connected, told
from tests.providers.rig import Account, SlowMedia, complete, sections
from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import CallAnswered, CallEnded, CallRang, CallStarted, ConnectionChanged
from tuiphone.core.model import Address, AddressKind

USER = {"userId": BOB_ID, "username": "bob", "fullname": "Bob B.", "status": 1, "lastVisitDate": 0}


async def dialled(client: Connection, alice: Account) -> tuple[str, int]:
    """A telephone that rings."""
    ref = await alice.provider.dial(PHONE, media=SlowMedia())
    start = await client.hear(500)
    await client.say(610, callId=start["callId"], status=100)
    await client.say(504, callId=start["callId"])
    await client.hear(501)
    await client.say(503, callId=start["callId"], code=183)
    await told(alice, CallRang)
    return ref, start["callId"]


async def answered(client: Connection, alice: Account) -> tuple[str, int]:
    """A telephone that was picked up."""
    ref, call_id = await dialled(client, alice)
    await client.say(503, callId=call_id, code=200, sdp_candidate=sections())
    await told(alice, CallAnswered)
    return ref, call_id


async def test_a_telephone_is_called() -> None:
    async with connected(tags="support") as (_, client, alice):
        media = SlowMedia()
        ref = await alice.provider.dial(PHONE, caller=NUMBERS[1], media=media)
        start = await client.hear(500)
        assert start == {"callId": int(ref), "to": PHONE.text, "from": NUMBERS[1], "tags": "support"}
        await client.say(610, callId=int(ref), status=100)
        await client.say(504, callId=int(ref))
        assert (await client.hear(501))["sdp_candidate"] == complete(sections())
        await client.say(503, callId=int(ref), code=183)
        await client.say(503, callId=int(ref), code=200, sdp_candidate=sections())
        assert (await told(alice, CallAnswered)).ref == ref
        await until(lambda: "apply" in media.verbs())
        await soon(alice.provider.hangup(ref))
        assert await client.hear(502) == {"callId": int(ref), "to": PHONE.text}
        assert await told(alice, CallEnded) == CallEnded(ref, EndReason.HUNG_UP)


async def test_a_telephone_calls() -> None:
    async with connected() as (_, client, alice):
        caller = {"from": "84912345678"}
        await client.say(505, callId=7, callType=2, to=NUMBERS[0], sdp_candidate=sections(), **caller)
        started = await told(alice, CallStarted)
        assert (started.peer.text, started.caller) == ("84912345678", NUMBERS[0])
        await alice.provider.ringing("7", SlowMedia())
        assert (await client.hear(506))["code"] == 183
        await soon(alice.provider.answer("7"))
        picked_up = await client.hear(506)
        assert (picked_up["code"], picked_up["sdp_candidate"]) == (200, complete(sections(setup="active")))
        await client.say(506, callId=7, code=700)
        assert (await told(alice, CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_a_user_is_called_with_video() -> None:
    async with connected() as (_, client, alice):
        media = SlowMedia(video=True)
        ref = await alice.provider.dial(BOB, video=True, media=media)
        assert (await client.users(USER))["usernameList"] == ["bob"]
        offer = await client.hear(186)
        assert (offer["to"], offer["mediaType"]) == (BOB_ID, 2)
        await client.say(188, callId=int(ref), status=180, **{"from": BOB_ID})
        await client.say(188, callId=int(ref), status=200, **{"from": BOB_ID})
        answer = {"type": "answer", "sdp": sections(video="sendrecv")}
        await client.say(187, callId=int(ref), type=1, data=answer)
        await client.say(187, callId=int(ref), type=2, data=CANDIDATE)
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply", "add_candidate"])
        await soon(alice.provider.hangup(ref))
        assert await client.hear(188) == {"callId": int(ref), "to": BOB_ID, "status": 700}


async def test_a_user_nobody_knows_is_told_of_in_words() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(Address(AddressKind.USER, "nobody"), media=SlowMedia())
        await client.users()
        assert "no user nobody" in (await told(alice, CallEnded)).detail


async def test_a_user_is_called_by_number_where_no_name_is_like_it() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(Address(AddressKind.USER, f"{BOB_ID}"), media=SlowMedia())
        await client.users()
        assert (await client.users(USER, service=164))["userIdList"] == [BOB_ID]
        assert (await client.hear(186))["to"] == BOB_ID


async def test_a_user_calls() -> None:
    async with connected() as (_, client, alice):
        offer = {"type": "offer", "sdp": sections()}
        await client.say(186, callId=9, mediaType=1, to=1, sdp=offer, **{"from": BOB_ID})
        await client.users(USER, service=164)
        assert (await told(alice, CallStarted)).peer == Address(AddressKind.USER, "bob", "Bob B.")
        await alice.provider.ringing("9", SlowMedia())
        assert (await client.hear(188))["status"] == 180
        await soon(alice.provider.answer("9"))
        await until(lambda: client.log[-2:] == [188, 187])
        await client.say(188, callId=9, status=700, **{"from": BOB_ID})
        assert (await told(alice, CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_calls_over_a_link_that_breaks_and_comes_back() -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        client = await server.accept()
        await told(alice, ConnectionChanged)
        talking, _ = await answered(client, alice)
        ringing = await alice.provider.dial(PHONE, media=SlowMedia())
        await client.hear(500)
        client.drop()
        lost = await told(alice, CallEnded)
        assert (lost.ref, lost.reason) == (ringing, EndReason.LOST)
        assert alice.running is not None
        with pytest.raises(ConnectionLost):
            await soon(alice.running)
        await soon(alice.provider.hangup(talking))
        assert alice.all(CallEnded)[1:] == [CallEnded(talking, EndReason.HUNG_UP)]
        alice.start()
        client = await server.accept()
        assert sorted([(await client.hear(502))["callId"], (await client.hear(502))["callId"]]) == sorted(
            [int(ringing), int(talking)]
        )


async def test_an_account_that_is_switched_off_leaves_no_call_that_rings_and_no_task() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(BOB, media=SlowMedia())
        await client.hear(165)
        ref, _ = await dialled(client, alice)
        await alice.stop()
        assert alice.count(CallEnded) == 2
        assert {ended.reason for ended in alice.all(CallEnded)} == {EndReason.LOST}
        await soon(alice.provider.hangup(ref))
        await until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith("azstack")])


@pytest.mark.parametrize("body", ["{", "", "[1]", "null", 7, None, {"callId": 7}, "[" * 30_000], ids=range(8))
async def test_packets_that_cannot_be_read_in_the_middle_of_a_call_do_it_no_harm(body: object) -> None:
    async with connected() as (_, client, alice):
        ref, call_id = await answered(client, alice)
        for service in (503, 506, 508, 187, 188, 199, 601, 9999, 505, 186):
            await client.say_body(service, body)
        await client.say(503, callId=call_id, code=700)
        assert await told(alice, CallEnded) == CallEnded(ref, EndReason.REMOTE_HUNG_UP)


async def test_a_first_answer_that_cannot_be_read_ends_the_call_in_words() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(PHONE, media=SlowMedia())
        await client.hear(500)
        await client.say_body(610, "{")
        assert "cannot be read" in (await told(alice, CallEnded)).detail
        await client.hear(502)


async def test_a_packet_of_a_megabyte_harms_no_call_and_one_of_five_ends_what_rings_and_not_what_was_answered() -> None:
    async with connected() as (_, client, alice):
        talking, _ = await answered(client, alice)
        await alice.provider.dial(PHONE, media=SlowMedia())
        start = await client.hear(500)
        await client.say(503, callId=7, code=183, sdp_candidate="x" * 1_000_000)
        await client.say(503, callId=start["callId"], code=183)
        await told(alice, CallRang, 2)
        assert alice.count(CallEnded) == 0
        await client.say(503, callId=7, code=183, sdp_candidate="x" * 5_000_000)
        lost = await told(alice, CallEnded)
        assert (lost.reason, lost.ref == talking) == (EndReason.LOST, False)
        assert alice.count(CallEnded) == 1


async def test_a_server_that_falls_silent_after_the_start_is_waited_for_as_long_as_the_settings_say() -> None:
    async with connected(request_timeout=1.0) as (_, client, alice):
        await alice.provider.dial(PHONE, media=SlowMedia())
        assert (await told(alice, CallEnded)).detail == "AZStack did not answer in time. Try again."
        await client.hear(502)
        assert PATIENCE > 1


async def test_hang_ups_right_before_the_account_is_switched_off_still_get_out() -> None:
    async with connected() as (_, client, alice):
        calls = [await answered(client, alice) for _ in range(4)]
        await soon(asyncio.gather(*(alice.provider.hangup(ref) for ref, _ in calls)))
        await alice.stop()
        assert {(await client.hear(502))["callId"] for _ in calls} == {call_id for _, call_id in calls}
