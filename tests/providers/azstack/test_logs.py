"""AZStack's logs of paid calls: as records, page by page, and in one row with our own."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.core.build import call
from tests.providers.azstack.server import PATIENCE, ScriptedServer, azstack, connected, told
from tuiphone.core.call import CallDirection, CallId, CallState, EndReason
from tuiphone.core.errors import BadFrame, ConnectionLost, RequestFailed
from tuiphone.core.events import ConnectionChanged, RecordLogged
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.providers.azstack import logs, wire
from tuiphone.providers.azstack.logs import link, record
from tuiphone.store.db import Database
from tuiphone.store.history import History

START = 1_700_000_000
URL = "https://127.0.0.1:9199/recordings/1.mp3?sig=x"


def log(**more: Any) -> dict[str, Any]:
    """A callout that was answered after 5 seconds and lasted 12."""
    return {
        "callId": START,
        "from": "84000387212",
        "to": "84900000200",
        "tags": "",
        "duration": 12,
        "recordTime": (START + 17) * 1000,
        "callType": 1,
        "status": 0,
    } | more


def read(**more: Any) -> CallRecord:
    (pushed,) = wire.decode(601, {"data": log(**more)})
    return record(pushed.record, frozenset({"84000387212"}))  # type: ignore[union-attr]


def test_a_callout_is_a_record() -> None:
    found = read(urlRecord=URL)
    assert (found.ref, found.incoming, found.peer) == (str(START), False, Address(AddressKind.PHONE, "84900000200"))
    assert (found.started_at, found.answered_at, found.ended_at) == (START, START + 5.0, START + 17.0)
    assert (found.result, found.detail, found.recording_url) == (RecordResult.ANSWERED, None, URL)


def test_a_callin_is_a_record() -> None:
    found = read(callType=2, callId=700_000_001, **{"from": "84912345678", "to": "84000387212"})
    assert (found.ref, found.incoming, found.peer.text) == ("700000001", True, "84912345678")
    assert (found.started_at, found.answered_at, found.ended_at) == (START + 5.0, START + 5.0, START + 17.0)


@pytest.mark.parametrize(
    ("more", "result"),
    [
        ({"status": 1}, RecordResult.REJECTED),
        ({"status": 2}, RecordResult.NOT_ANSWERED),
        ({"status": 2, "callType": 2}, RecordResult.MISSED),
        ({"status": 1, "callType": 2}, RecordResult.REJECTED),
        ({"status": 9}, RecordResult.ANSWERED),
        ({"status": None, "duration": 0}, RecordResult.FAILED),
        ({"status": "0", "duration": 0}, RecordResult.FAILED),
    ],
)
def test_each_status_is_a_result(more: dict[str, Any], result: RecordResult) -> None:
    found = read(**more)
    assert found.result is result
    assert (found.answered_at is not None) is (result is RecordResult.ANSWERED)


def test_a_status_without_a_name_is_told() -> None:
    assert read(status=9).detail == "AZStack gives it a result without a name (9)."
    assert read(tags="support").detail == "Tags: support"


def test_the_direction_follows_from_our_numbers_where_the_log_does_not_say_it() -> None:
    ours = {"from": "84912345678", "to": "+84000387212"}
    assert read(callType=7, **ours).incoming
    assert read(callType=None, **ours).peer.text == "84912345678"
    assert not read(callType=7).incoming


@pytest.mark.parametrize("time", [{"recordTime": None}, {"recordTime": 0}, {"recordTime": "soon"}])
def test_a_call_whose_log_has_no_time_began_when_its_id_says(time: dict[str, Any]) -> None:
    found = read(**time)
    assert (found.started_at, found.answered_at, found.ended_at) == (START, START, START + 12.0)


def test_a_log_that_knows_no_time_at_all_is_none() -> None:
    with pytest.raises(BadFrame, match="no time"):
        read(recordTime=None, callId=7)


@pytest.mark.parametrize("call_id", ["1700000000", START + 9, START - 4000, -5, 7])
def test_an_id_that_is_no_clock_does_not_say_when_a_call_began(call_id: Any) -> None:
    assert read(callId=call_id).started_at == START + 5.0


def test_somebody_without_a_number_is_anonymous() -> None:
    assert read(callType=2, **{"from": None}).peer.text == "anonymous"


def test_a_talk_longer_than_time_itself_does_not_begin_before_it() -> None:
    found = read(recordTime=1000, duration=500, callId=1)
    assert (found.started_at, found.answered_at) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        (URL, True),
        ("http://127.0.0.1/1.wav", True),
        ("", False),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https:///nowhere", False),
        ("https://me:secret@r.example/1", False),
        ("https://[", False),
        ("https://r.example/\x1b[2J", False),
        ("https://r.example/a b", False),
        ("//r.example/1", False),
        ("https://r.example/" + "x" * 3000, False),
        (7, False),
        (None, False),
    ],
)
def test_a_recording_is_a_link_that_can_be_fetched(url: Any, kept: bool) -> None:
    assert read(urlRecord=url).recording_url == (url if kept else None)
    if isinstance(url, str) and len(url) < 2000:
        assert link(url) == (url if kept else None)


HOSTILE: list[dict[str, Any]] = [
    {"from": ["x"], "to": {"y": 1}, "tags": 5, "duration": "long", "urlRecord": {"a": 1}},
    {"duration": -1e308, "callType": 1e9, "status": [0]},
    {"duration": 1e300},
    {"callId": "x" * 200, "to": "\x1b[31m[b]bob[/b]", "tags": "\u202e" * 1000},
    {"recordTime": 0},
    {"more": {"deep": [[[[[]]]]]}},
]


@pytest.mark.parametrize("more", HOSTILE)
async def test_hostile_fields_do_no_harm(more: dict[str, Any]) -> None:
    async with connected() as (_, client, alice):
        await client.say(601, data=log(**more))
        await client.say(601, data=log(callId=2))
        assert (await told(alice, RecordLogged, 2)).record.ref == "2"
        assert alice.running is not None
        assert not alice.running.done()


# -- the list -------------------------------------------------------------------------------------------------------


async def history(client: Any, alice: Any, *listed: Any, r: Any = 1, **asked: Any) -> tuple[CallRecord, ...]:
    task = asyncio.create_task(alice.provider.history(**asked))
    assert await client.hear(509) == {}
    await client.say(509, r=r, data=list(listed))
    async with asyncio.timeout(PATIENCE):
        return await task


async def test_pages_are_cut_from_the_one_list_there_is_newest_first() -> None:
    entries = [log(callId=START + n, recordTime=(START + n + 17) * 1000, url=URL) for n in (30, 10, 0, 20)]
    async with connected() as (_, client, alice):
        first = await history(client, alice, *entries, limit=3)
        assert [each.started_at - START for each in first] == [30, 20, 10]
        assert first[0].recording_url == URL
        second = await alice.provider.history(before=first[-1].started_at, limit=3)
        assert [each.started_at - START for each in second] == [0]
        assert await alice.provider.history(before=START, limit=3) == ()
        assert client.log.count(509) == 1
        # What was pushed is in the next look at it, and a look from the start asks anew.
        await client.say(601, data=log(callId=START + 40))
        await told(alice, RecordLogged)
        assert len(await history(client, alice, *entries, entries[0], before=START + 100)) == 5
        assert len(await history(client, alice)) == 0


@pytest.mark.parametrize("r", [0, 2, "1", True, None])
async def test_a_list_that_is_refused_is_told(r: Any) -> None:
    async with connected() as (_, client, alice):
        with pytest.raises(RequestFailed, match="did not give its list of past calls"):
            await history(client, alice, r=r)


async def test_a_list_that_cannot_be_read_is_told() -> None:
    async with connected() as (_, client, alice):
        task = asyncio.create_task(alice.provider.history())
        await client.hear(509)
        await client.say_body(509, "[1, 2")
        async with asyncio.timeout(PATIENCE):
            with pytest.raises(BadFrame):
                await task


async def test_a_list_that_breaks_the_link_is_spared_for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        for count in (1, 2, 3):
            alice.start()
            client = await server.accept()
            await told(alice, ConnectionChanged, count)
            task = asyncio.create_task(alice.provider.history())
            if count < 3:
                await client.hear(509)
                await client.say(509, r=1, data=[log(tags="x" * 10_000)] * 450)
                async with asyncio.timeout(PATIENCE):
                    with pytest.raises(ConnectionLost):
                        await task
                assert alice.running is not None
                await asyncio.wait({alice.running})
            else:
                with pytest.raises(RequestFailed, match="perhaps because it is too long"):
                    await task
                assert client.log.count(509) == 0
                monkeypatch.setattr(logs, "SPARE_SECONDS", 0.0)
                asked = asyncio.create_task(alice.provider.history())
                await client.hear(509)
                await client.say(509, r=1, data=[log()])
                async with asyncio.timeout(PATIENCE):
                    assert len(await asked) == 1


# -- beside our own -------------------------------------------------------------------------------------------------


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[History]:
    database = await Database.open(tmp_path / "h.sqlite")
    kept = History(database)
    kept.country_of = lambda account: "VN"
    yield kept
    await database.close()


def ended(ref: str, number: str, incoming: bool, *, answered: bool = True) -> Any:
    return call(
        CallState.ENDED,
        id=CallId("work", ref),
        peer=Address(AddressKind.PHONE, number, "An"),
        direction=CallDirection.INCOMING if incoming else CallDirection.OUTGOING,
        started_at=float(START),
        answered_at=START + 5.0 if answered else None,
        ended_at=START + 17.0,
        reason=EndReason.HUNG_UP if answered else EndReason.NO_ANSWER,
    )


@pytest.mark.parametrize(
    ("more", "incoming", "number"),
    [
        ({}, False, "+84 900 000 200"),
        ({"callType": 2, "callId": 700_000_001, "from": "84912345678", "to": "84000387212"}, True, "84912345678"),
        # The server may mean the beginning by its time, and count from the first ring on.
        ({"recordTime": START * 1000, "duration": 17}, False, "84900000200"),
    ],
)
async def test_our_call_and_its_log_are_one_row_with_a_recording(
    ours: History, more: dict[str, Any], incoming: bool, number: str
) -> None:
    ref = str(more.get("callId", START))
    await ours.save(ended(ref, number, incoming))
    pushed, listed = (replace(read(**{key: URL}, **more), account="work") for key in ("urlRecord", "tags"))
    assert await ours.add_many([pushed]) == 0
    assert await ours.add_many([listed, pushed]) == 0
    (found,) = (await ours.page()).records
    assert (found.ref, found.peer.name, found.recording_url) == (ref, "An", URL)
    assert (found.started_at, found.result) == (START, RecordResult.ANSWERED)
    assert (await ours.page("recorded")).total == 1


async def test_a_call_nobody_answered_is_one_row_as_well(ours: History) -> None:
    await ours.save(ended(str(START), "84900000200", incoming=False, answered=False))
    unanswered = replace(read(status=2, duration=0, recordTime=(START + 60) * 1000), account="work")
    assert await ours.add_many([unanswered]) == 0
    assert (await ours.page()).total == 1


async def test_calls_of_other_devices_are_rows_of_their_own(ours: History) -> None:
    await ours.save(ended(str(START), "84900000200", incoming=False))
    theirs = [replace(read(callId=START + n, to="84900000486", status=1), account="work") for n in (1, 2)]
    assert await ours.add_many(theirs) == 2
    assert await ours.add_many(theirs) == 0
    assert (await ours.page()).total == 3


async def test_a_recording_on_the_accounts_own_server_may_be_fetched() -> None:
    async with azstack("http://127.0.0.1:9199") as alice:
        assert alice.provider.hosts == {"127.0.0.1"}
