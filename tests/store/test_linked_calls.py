"""Calls whose sound comes over a linked account: one row at any moment, and what the vendor's record adds to it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core.call import CallDirection, CallId, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallMerged,
    CallNoted,
    CallRecorded,
    CallStarted,
    PhoneEvent,
    TalkBegan,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account, Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.reduce import reduce
from tuiphone.core.state import PhoneState, with_account
from tuiphone.core.twins import Kin, at_vendor
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.journal import Journal
from tuiphone.store.recorded import Recorded

IN, OUT = CallDirection.INCOMING, CallDirection.OUTGOING
AN = Address(AddressKind.PHONE, "0901234567", "An")
RINGS = Address(AddressKind.USER, "101")
"""Who calls by what the INVITE says that begins what we dialled."""
INTO = CallId("sip", "s1")
URL = "https://vendor.example/r.gsm"


class Line:
    """Takes events of both accounts to the journal, and looks at the file after each."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.history = History(database)
        self.history.country_of = lambda account: "VN"
        self.history.kin_of = lambda account: Kin("sip", "101", is_blind=True) if account == "desk" else Kin()
        self.journal = Journal(self.history)
        self.state = PhoneState()
        for name in ("desk", "sip"):
            self.state = with_account(self.state, Account(name, "acme", Capability(0)))
        self.now = 1000.0
        self.rows = 1

    async def happen(self, *told: tuple[str, PhoneEvent]) -> None:
        for account, event in told:
            before, self.now = self.state, self.now + 1
            self.state = reduce(before, account, event, self.now)
            await self.journal(Change(account, event, before, self.state, self.now))
            await self.database.flush()
            with closing(sqlite3.connect(self.database.file)) as connection:
                assert connection.execute("SELECT count(*) FROM calls").fetchone() == (self.rows,), event

    async def record(self) -> CallRecord:
        (found,) = (await self.history.page()).records
        return found


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    database = await Database.open(tmp_path / "h.sqlite")
    line = Line(database)
    yield line
    await line.journal.close()
    await database.close()


DIALLED: tuple[tuple[str, PhoneEvent], ...] = (
    ("desk", CallStarted("d1", AN, OUT, awaits="sip")),
    ("desk", CallMerged("d1", INTO)),
    ("sip", CallStarted("s1", RINGS, IN)),
    ("sip", CallAnswered("s1")),
)
THERE_FIRST = (
    ("desk", CallStarted("d1", AN, IN)),
    ("desk", CallMerged("d1", INTO)),
    ("sip", CallStarted("s1", AN, IN)),
)
HERE_FIRST = (("sip", CallStarted("s1", AN, IN)), ("desk", CallMerged("d1", INTO)))
BOTH = (("sip", CallStarted("s1", AN, IN)), ("sip", CallAnswered("s1")), ("desk", CallMerged("d1", INTO)))


async def test_what_a_pbx_dialled_for_us_is_one_outgoing_call_of_the_account_that_has_its_sound(line: Line) -> None:
    await line.happen(
        *DIALLED,
        ("sip", CallRecorded("s1", "/r/a.ogg")),
        ("sip", TalkBegan("s1")),
        ("sip", CallEnded("s1", EndReason.HUNG_UP)),
    )
    found = await line.record()
    assert (found.account, found.ref, found.control_account, found.control_ref) == ("sip", "s1", "desk", "d1")
    assert (found.peer, found.incoming, found.begun_with, found.recording) == (AN, False, "desk", "/r/a.ogg")
    assert (found.started_at, found.answered_at, found.ended_at) == (1001.0, 1006.0, 1007.0)


@pytest.mark.parametrize("told", [THERE_FIRST, HERE_FIRST, BOTH], ids=["there first", "here first", "answered"])
async def test_a_call_that_comes_in_by_both_is_one_row_whoever_tells_first(
    line: Line, told: tuple[tuple[str, PhoneEvent], ...]
) -> None:
    await line.happen(*told, ("sip", CallEnded("s1", EndReason.REMOTE_HUNG_UP)))
    found = await line.record()
    assert (found.account, found.ref, found.control_account, found.started_at) == ("sip", "s1", "desk", 1001.0)
    assert (found.incoming, found.placed_by) == (True, None)
    assert found.result is (RecordResult.ANSWERED if told is BOTH else RecordResult.MISSED)


async def test_what_was_dialled_here_is_not_placed_by_the_account_that_only_tells_of_it(line: Line) -> None:
    await line.happen(
        ("sip", CallStarted("s1", AN, OUT)), ("desk", CallMerged("d1", INTO)), ("sip", CallEnded("s1", EndReason.BUSY))
    )
    found = await line.record()
    assert (found.control_account, found.control_ref, found.placed_by) == ("desk", "d1", None)


@pytest.mark.parametrize("step", range(1, len(DIALLED) + 1))
async def test_an_engine_that_dies_at_any_moment_leaves_one_call(line: Line, step: int) -> None:
    await line.happen(*DIALLED[:step])
    assert await line.history.repair() == 1
    found = await line.record()
    assert (found.incoming, found.peer, found.lost_at_crash) == (False, AN, True)


async def test_references_that_begin_again_leave_the_calls_of_yesterday_alone(line: Line) -> None:
    old = CallRecord(0, "desk", "d1", AN, False, False, 10.0, None, 20.0, RecordResult.BUSY)
    await line.history.add_many([old])
    line.rows = 2
    await line.happen(*THERE_FIRST, ("sip", CallEnded("s1", EndReason.REMOTE_HUNG_UP)))
    first, second = (await line.history.page()).records
    assert (first.control_ref, second.control_ref, second.result) == ("d1", None, RecordResult.BUSY)


def theirs(ref: str = "1532857052.1", at: float = 1003.0, talk: float = 60.0, **more: Any) -> CallRecord:
    values: dict[str, Any] = {
        "peer": Address(AddressKind.PHONE, "+84901234567"),
        "incoming": False,
        "answered_at": at + 8 if talk else None,
        "ended_at": at + 8 + talk,
        "result": RecordResult.ANSWERED if talk else RecordResult.BUSY,
        "recording_url": URL,
    } | more
    return CallRecord(0, "desk", ref, video=False, started_at=at, **values)


async def ended(line: Line, at: float = 1080.0) -> None:
    await line.happen(*DIALLED)
    line.now = at - 1
    await line.happen(("sip", CallEnded("s1", EndReason.HUNG_UP)))


@pytest.mark.parametrize("ref", ["d1", "1532857052.1"])
async def test_the_vendors_record_brings_its_recording_and_how_long_one_really_talked(line: Line, ref: str) -> None:
    await ended(line)
    for _ in range(2):
        assert await line.history.add_many([theirs(ref)]) == 0
    found = await line.record()
    assert (found.account, found.recording_url, found.vendor_ref) == ("sip", URL, ref)
    # From when we picked up it would be 76 seconds.
    assert (found.started_at, found.talk_s, found.ended_at) == (1001.0, 60.0, 1080.0)
    assert (at_vendor(found).account, at_vendor(found).ref) == ("desk", ref)


async def test_nobody_answered_where_the_vendor_says_so_although_we_picked_up(line: Line) -> None:
    await ended(line)
    await line.history.add_many([theirs(talk=0)])
    found = await line.record()
    assert (found.result, found.answered_at, found.detail) == (RecordResult.BUSY, None, None)
    # A note that is typed when the vendor has told is no reason to forget what it told.
    await line.happen(("sip", CallNoted("s1", "Again tomorrow")))
    assert await line.record() == replace(found, note="Again tomorrow")


async def test_a_call_that_another_program_placed_is_ours_although_it_rang_here(line: Line) -> None:
    await line.happen(("sip", CallStarted("s1", RINGS, IN)), ("sip", CallAnswered("s1")))
    line.now = 1070.0
    await line.happen(("sip", CallEnded("s1", EndReason.HUNG_UP)))
    assert await line.history.add_many([theirs(talk=60)]) == 0
    found = await line.record()
    assert (found.incoming, found.peer.text, found.placed_by) == (False, "+84901234567", "desk")
    assert (await line.history.page("out 0901234567 account:desk")).total == 1
    assert (await line.history.page("account:sip")).total == 1


async def test_another_account_of_the_same_extension_that_tells_of_it_too_makes_no_second_row(line: Line) -> None:
    line.history.kin_of = lambda account: Kin("sip", "101", is_blind=True)
    await ended(line)
    await line.history.add_many([theirs()])
    found = await line.record()
    for _ in range(2):
        assert await line.history.add_many([replace(theirs("x9", talk=30), account="other")]) == 0
    assert await line.record() == found


async def test_its_recording_is_kept_where_the_first_has_none(line: Line) -> None:
    line.history.kin_of = lambda account: Kin("sip", "101", is_blind=True)
    await ended(line)
    await line.history.add_many([theirs(recording_url=None)])
    other = replace(theirs("x9", recording_url=f"{URL}?other"), account="other")
    await line.history.add_many([other])
    found = await line.record()
    assert (found.control_account, found.recording_url) == ("desk", f"{URL}?other")
    await line.history.add_many([theirs(), other])
    assert (await line.record()).recording_url == URL


async def test_a_call_may_have_a_recording_at_the_other_account_of_its_extension(line: Line) -> None:
    await ended(line)
    recorded = Recorded(line.database)
    assert await recorded.records(("other",)) == await recorded.records((), ("desk",)) == ()
    assert await recorded.records(("other",), ("desk",)) == (await line.record(),)


async def test_a_record_of_no_call_of_ours_is_a_row_of_the_account_that_told(line: Line) -> None:
    await ended(line)
    others = [theirs("a", 9000.0), theirs("b", incoming=True), theirs("c", peer=Address(AddressKind.PHONE, "0907"))]
    assert await line.history.add_many(others) == 3
    assert [one.account for one in (await line.history.page("account:desk recorded")).records] == ["desk"] * 3


@pytest.mark.parametrize("country", ["VN", None])
@pytest.mark.parametrize("reason", [EndReason.ELSEWHERE, EndReason.CANCELLED, None])
async def test_a_talk_at_the_desk_phone_that_goes_on_after_the_call_left_the_screen_is_one_row_when_it_is_listed(
    line: Line, reason: EndReason | None, country: str | None
) -> None:
    line.history.country_of = lambda account: country
    await line.happen(("desk", CallStarted("d1", AN, OUT)))
    line.now = 1120.0
    if reason is None:
        await line.history.repair()
    else:
        await line.happen(("desk", CallEnded("d1", reason, "It goes on.")))
    for at in (1015.0, 1015.0, 1015.0 - 600.0):
        # Told once more, and by another clock than before.
        assert await line.history.add_many([theirs(at=at, talk=1800)]) == 0
        found = await line.record()
        assert (found.ref, found.result, found.talk_s, found.started_at) == (
            "d1",
            RecordResult.ANSWERED,
            1800.0,
            1001.0,
        )
        assert (found.vendor_ref, found.recording_url, found.ended_at) == ("1532857052.1", URL, 1001.0 + 1808.0)


async def test_a_call_that_was_only_commanded_here_takes_its_answer_and_its_end_from_the_vendor(line: Line) -> None:
    await line.happen(("desk", CallStarted("d1", AN, OUT)), ("desk", CallEnded("d1", EndReason.NO_ANSWER)))
    assert await line.history.add_many([theirs(talk=60)]) == 0
    found = await line.record()
    assert (found.ref, found.result, found.talk_s, found.detail) == ("d1", RecordResult.ANSWERED, 60.0, None)
