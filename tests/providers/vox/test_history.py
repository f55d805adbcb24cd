"""The calls that Vox remembers, page by page, and those that another device of ours took."""

import asyncio
import time
from typing import Any

import pytest

from tests.providers.vox.server import Connection, ScriptedServer, connected, told, vox
from tuiphone.core.errors import ConnectionLost, RequestFailed
from tuiphone.core.events import ConnectionChanged, ProviderFaulted, RecordLogged
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult

NOW = 1_700_000_000
BOB = Address(AddressKind.USER, "bob")


def call(n: int, **more: Any) -> dict[str, Any]:
    """The n-th newest call of the server, as it writes them: answered after three seconds, a minute long."""
    began = (NOW - 3600 * n) * 1000
    return {
        "sMobNu": "alice",
        "sCallID": f"call-{n}",
        "ssrcMobNu": "alice",
        "sDstMobNu": "bob",
        "eCallType": 1,
        "eDirection": 1,
        "eStatus": 2,
        "ullStartTime": began,
        "ullAnswerTime": began + 3000,
        "ullEndTime": began + 63_000,
    } | more


def received(n: int, **more: Any) -> dict[str, Any]:
    """The same of a call that came in."""
    return call(n, ssrcMobNu="bob", sDstMobNu="alice", eDirection=2, **more)


async def page(client: Connection, alice: Any, *entries: dict[str, Any], **question: Any) -> tuple[CallRecord, ...]:
    """What one page with these entries becomes."""
    asking = asyncio.ensure_future(alice.provider.history(**question))
    await serve(client, entries)
    return await asking


async def serve(client: Connection, entries: Any, total: int | None = None) -> tuple[int, int]:
    """Answer the next question for a page; returns its size and offset."""
    said = {"stCallHistoryList": entries, "sTotalNumberOfEntries": len(entries) if total is None else total}
    asked = await client.take("getCallHistoryListReq", sPageSize=len(entries), **said)
    return asked.sPageSize, asked.sOffset


async def test_a_call_of_ours_is_a_record():
    async with connected() as (_, client, alice):
        assert await page(client, alice, call(0)) == (
            CallRecord(
                id=0,
                account="",
                ref="call-0",
                peer=BOB,
                incoming=False,
                video=False,
                started_at=NOW,
                answered_at=NOW + 3,
                ended_at=NOW + 63,
                result=RecordResult.ANSWERED,
                detail="Audio call at Vox: Answered",
            ),
        )


@pytest.mark.parametrize(
    ("entry", "result", "video", "kind", "detail"),
    [
        (received(0), RecordResult.ANSWERED, False, AddressKind.USER, "Audio call at Vox: Answered"),
        (received(0, eCallType=2), RecordResult.ANSWERED, True, AddressKind.USER, "Video call at Vox: Answered"),
        (received(0, eStatus=1), RecordResult.MISSED, False, AddressKind.USER, "Audio call at Vox: Missed"),
        (call(0, eStatus=1), RecordResult.NOT_ANSWERED, False, AddressKind.USER, "Audio call at Vox: Missed"),
        (call(0, eCallType=4), RecordResult.ANSWERED, False, AddressKind.PHONE, "PSTN call at Vox: Answered"),
        (call(0, eCallType=3), RecordResult.ANSWERED, False, AddressKind.USER, "Live-Location call at Vox: Answered"),
        (call(0, eStatus=0), RecordResult.ANSWERED, False, AddressKind.USER, "Audio call at Vox: Unknown"),
        (
            call(0, eStatus=0, eCallType=0, ullAnswerTime=0),
            RecordResult.FAILED,
            False,
            AddressKind.USER,
            "Unknown call at Vox: Unknown",
        ),
        (
            call(0, eStatus=77, ullAnswerTime=0),
            RecordResult.FAILED,
            False,
            AddressKind.USER,
            "Audio call at Vox: Unknown",
        ),
    ],
)
async def test_types_and_statuses_in_the_vendors_words(
    entry: dict[str, Any], result: RecordResult, video: bool, kind: AddressKind, detail: str
):
    async with connected() as (_, client, alice):
        (record,) = await page(client, alice, entry)
        assert (record.result, record.video, record.peer.kind, record.detail) == (result, video, kind, detail)
        assert record.peer.text == "bob"
        assert record.incoming == (entry["eDirection"] == 2)
        assert (record.answered_at is None) == (result is not RecordResult.ANSWERED)


async def test_a_server_of_the_older_schema_knows_no_time_of_the_answer():
    entry = call(0)
    del entry["ullAnswerTime"]
    async with connected() as (_, client, alice):
        (record,) = await page(client, alice, entry)
        assert (record.answered_at, record.ended_at) == (NOW, NOW + 63)


async def test_times_are_by_our_clock():
    ahead = 7_200_000
    async with ScriptedServer() as server, vox(server.url) as alice:
        alice.start()
        client = await server.accept(uServerTime=round(time.time() * 1000) + ahead)
        await told(alice, ConnectionChanged)
        (record,) = await page(client, alice, call(0))
        assert abs(record.started_at - (NOW - 7200)) < 60


async def test_pages_follow_each_other_and_no_call_is_there_twice():
    calls = [call(n) for n in range(5)]
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.history(limit=2))
        assert await serve(client, calls[0:2], 5) == (2, 0)
        first = await asking
        asking = asyncio.ensure_future(alice.provider.history(before=first[-1].started_at + 0.5, limit=2))
        # Two are asked for again, whatever number the server's first entry has; then what is new.
        assert await serve(client, calls[0:2], 5) == (2, 0)
        assert await serve(client, calls[2:4], 5) == (2, 2)
        second = await asking
        asking = asyncio.ensure_future(alice.provider.history(before=second[-1].started_at, limit=3))
        assert await serve(client, calls[2:5], 5) == (3, 2)
        third = await asking
        assert [[record.ref for record in records] for records in (first, second, third)] == [
            ["call-0", "call-1"],
            ["call-1", "call-2", "call-3"],
            ["call-4"],
        ]


async def test_who_asks_for_something_old_gets_there_page_by_page():
    calls = [call(n) for n in range(7)]
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.history(before=NOW - 3600 * 4 + 1, limit=3))
        assert await serve(client, calls[0:3], 7) == (3, 0)
        assert await serve(client, calls[3:6], 7) == (3, 3)
        assert [record.ref for record in await asking] == ["call-4", "call-5"]


async def test_the_end_of_the_history_is_an_empty_page():
    async with connected() as (_, client, alice):
        assert await page(client, alice) == ()
        asking = asyncio.ensure_future(alice.provider.history(before=NOW - 3600 * 9, limit=3))
        await serve(client, [call(0), call(1)], 2)
        assert await asking == ()


async def test_a_server_that_repeats_one_page_for_ever_is_left():
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.history(before=NOW - 3600 * 9, limit=3))
        asked = 0
        while not asking.done():
            if client.heard("getCallHistoryListReq"):
                await serve(client, [call(0)], 10**6)
                asked += 1
            await asyncio.sleep(0)
        assert await asking == ()
        assert asked == 50


async def test_a_server_that_counts_from_one_is_understood():
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.history(limit=2))
        refused = await client.take("getCallHistoryListReq", ret=21)
        assert (refused.sOffset, await serve(client, [call(0), call(1)], 3)) == (0, (2, 1))
        assert len(await asking) == 2


@pytest.mark.parametrize(("limit", "size"), [(0, 1), (1, 1), (100, 100), (5000, 100)])
async def test_a_page_has_as_many_calls_as_vox_allows(limit: int, size: int):
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.history(limit=limit))
        assert (await serve(client, []))[0] == size
        await asking


async def test_that_the_history_is_off_is_said_once():
    async with connected() as (_, client, alice):
        for _ in range(3):
            asking = asyncio.ensure_future(alice.provider.history())
            await client.take("getCallHistoryListReq", ret=30)
            assert await asking == ()
        assert [event.detail for event in alice.all(ProviderFaulted)] == [
            "The call history is off for this project. Switch it on in Vox's portal to see it. (100032)"
        ]


async def test_calls_without_an_id_are_told_apart_by_their_time():
    async with connected() as (_, client, alice):
        calls = [call(n, sCallID="") for n in (0, 1, 1)]
        assert [record.started_at for record in await page(client, alice, *calls)] == [NOW, NOW - 3600]


async def test_a_failure_of_the_server_is_told():
    async with connected() as (_, client, alice):
        asking = asyncio.ensure_future(alice.provider.history())
        await client.take("getCallHistoryListReq", ret=5)
        with pytest.raises(RequestFailed, match=r"\(500\)"):
            await asking


async def test_without_a_link_there_is_no_history():
    async with vox("ws://127.0.0.1:9/") as alice:
        with pytest.raises(ConnectionLost):
            await alice.provider.history()


async def test_numbers_that_no_clock_has_end_nothing():
    huge = 2**64 - 1
    async with connected() as (_, client, alice):
        entry = call(0, ullStartTime=huge, ullAnswerTime=huge, ullEndTime=huge, sCallID="x" * 5000, sDstMobNu="")
        (record,) = await page(client, alice, entry)
        assert record.started_at > 1e15
        assert len(record.ref) == 200
        assert record.peer.text == "anonymous"


@pytest.mark.parametrize(
    ("status", "result", "detail"),
    [
        (2, RecordResult.ELSEWHERE, "Answered on another device of yours."),
        (1, RecordResult.REJECTED, "Refused on another device of yours."),
    ],
)
async def test_what_another_device_did_with_a_call_goes_into_the_history(
    status: int, result: RecordResult, detail: str
):
    entry = {key: value for key, value in received(0, eStatus=status).items() if key != "sMobNu"}
    async with connected() as (_, client, alice):
        reply = await client.ask("callInfoSyncReq", **entry)
        assert (reply.sMobNu, reply.ret) == ("alice", 1)
        record = (await told(alice, RecordLogged)).record
        assert (record.ref, record.peer, record.incoming) == ("call-0", BOB, True)
        assert (record.result, record.detail, record.answered_at) == (result, detail, None)


async def test_a_call_that_another_device_of_ours_made_is_an_ordinary_record():
    entry = {key: value for key, value in call(0).items() if key != "sMobNu"}
    async with connected() as (_, client, alice):
        await client.ask("callInfoSyncReq", **entry)
        record = (await told(alice, RecordLogged)).record
        assert (record.result, record.incoming, record.answered_at) == (RecordResult.ANSWERED, False, NOW + 3)
