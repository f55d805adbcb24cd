"""The PBX's list of past calls: page by page, what is new in it, whom the group missed, whose recording is where."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.fakes import FakeMemory
from tests.providers.voip24h.fake import NOW, FakeBackend, entry, missed
from tests.providers.voip24h.server import HANOI
from tuiphone.core.errors import BadFrame, ConnectionLost, RequestFailed, RequestTimeout
from tuiphone.core.events import DeskCallChanged, DeskCallGone, ProviderEvent, RecordLogged
from tuiphone.core.model import Address, AddressKind, CallRecord, DeskState, RecordResult
from tuiphone.providers import unseen
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.unseen import Unseen
from tuiphone.providers.voip24h import days, group, history, watch
from tuiphone.providers.voip24h.backend import Backend
from tuiphone.providers.voip24h.clocked import Clocked
from tuiphone.providers.voip24h.days import Days
from tuiphone.providers.voip24h.dialling import Dialling
from tuiphone.providers.voip24h.entry import Entry, Listing, record_of
from tuiphone.providers.voip24h.group import Group
from tuiphone.providers.voip24h.history import History
from tuiphone.providers.voip24h.recordings import link_of
from tuiphone.providers.voip24h.watch import Watch

JULY = datetime(2018, 7, 20, 12, tzinfo=HANOI).timestamp()
DAY = 86_400.0


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment that the rows were written for, however long ago this file was read."""
    begun = time.monotonic()
    monkeypatch.setattr(time, "time", lambda: NOW + time.monotonic() - begun)


# -- pages ---------------------------------------------------------------------------------------------------------


async def all_pages(backend: Backend, *, limit: int, before: float) -> list[str]:
    """Ask as the history does, until nothing comes."""
    pages, found = History(HANOI), list[str]()
    at = before
    for _ in range(100):
        page = await pages.page(backend, before=at + 0.5, limit=limit)
        new = [record.ref for record in page if record.ref not in found]
        if not new:
            return found
        found += new
        at = page[-1].started_at
    raise AssertionError("it never ends")


@pytest.mark.parametrize("limit", [2, 7, 100])
async def test_every_call_comes_once_and_the_newest_first(limit: int) -> None:
    rows = [entry(JULY - number * 2.3 * DAY) for number in range(40)]
    backend = FakeBackend(*rows, *rows[5:9])
    assert await all_pages(backend, limit=limit, before=JULY + DAY) == [row.call_id for row in rows]


async def test_pages_of_a_month_come_from_one_question() -> None:
    backend = FakeBackend(*(entry(JULY - number * 3600) for number in range(100)))
    pages = History(HANOI)
    first = await pages.page(backend, before=JULY + 1, limit=20)
    second = await pages.page(backend, before=first[-1].started_at, limit=20)
    assert len({record.ref for record in first + second}) == 40
    assert backend.count("calls") == 1


async def test_a_page_without_an_edge_asks_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history.time, "time", lambda: JULY)
    backend = FakeBackend(entry(JULY - 60))
    pages = History(HANOI)
    assert len(await pages.page(backend, before=None, limit=10)) == 1
    backend.rows.append(entry(JULY - 5))
    assert len(await pages.page(backend, before=None, limit=10)) == 2


async def test_who_is_called_seldom_is_not_asked_month_by_month() -> None:
    rows = [entry(JULY - number * 30 * DAY) for number in range(60)]
    backend = FakeBackend(*rows, entry(JULY - 20 * 365 * DAY))
    assert len(await History(HANOI).page(backend, before=JULY + DAY, limit=100)) == 61
    assert (backend.count("calls"), backend.count("all_calls")) == (3, 1)
    backend.asked.clear()
    assert await History(HANOI).page(backend, before=JULY - 50 * 365 * DAY, limit=100) == ()


@pytest.mark.parametrize("failure", [BadFrame("too large"), RequestFailed(-1, "no")])
async def test_where_everything_is_too_much_it_is_asked_for_once_and_months_are(failure: Exception) -> None:
    rows = [entry(JULY), entry(JULY - 200 * DAY), entry(JULY - 30 * 365 * DAY)]
    backend = FakeBackend(*rows)
    backend.fails["all_calls"] = failure
    assert await all_pages(backend, limit=10, before=JULY + DAY) == [row.call_id for row in rows]
    assert backend.count("all_calls") == 1
    assert backend.count("calls") < 80, "years without a call are asked for at once"


async def test_where_years_are_too_much_at_once_months_are_asked_for() -> None:
    rows = [entry(JULY), entry(JULY - 9 * 365 * DAY)]
    backend = FakeBackend(*rows)
    backend.fails["all_calls"] = RequestFailed(-1, "no")
    known = backend.calls

    async def calls(start: float, end: float) -> Listing:
        if end - start > 32 * DAY:
            raise RequestFailed(-1, "A month at most.")
        return await known(start, end)

    backend.calls = calls  # type: ignore[method-assign]
    assert await all_pages(backend, limit=10, before=JULY + DAY) == [row.call_id for row in rows]


@pytest.mark.parametrize("kept_s", [history.FRESH_SECONDS, 0.0], ids=["at once", "later"])
@pytest.mark.parametrize("years", [[0, 0.1, 0.5, 3, 4, 20], []], ids=["seldom", "never"])
async def test_a_slow_pbx_gives_what_it_can_in_time_and_the_next_page_goes_on_there(
    monkeypatch: pytest.MonkeyPatch, years: list[float], kept_s: float
) -> None:
    monkeypatch.setattr(history.time, "time", lambda: JULY)
    monkeypatch.setattr(history, "BUDGET_SECONDS", 0.0)
    monkeypatch.setattr(history, "FRESH_SECONDS", kept_s)
    rows = [entry(JULY - each * 365 * DAY - 60) for each in years]
    backend = FakeBackend(*rows)
    backend.fails["all_calls"] = RequestFailed(-1, "no")
    pages, found, before, pauses = History(HANOI), list[str](), None, 0
    while True:
        count = len(backend.asked)
        try:
            page = await pages.page(backend, before=before, limit=100)
        except RequestTimeout:
            # Nothing in time is not nothing at all.
            pauses += 1
            assert pauses < 80
            continue
        finally:
            assert len(backend.asked) <= count + 2
        new = [record.ref for record in page if record.ref not in found]
        if not new:
            break
        found += new
        before = page[-1].started_at + 0.5
    assert found == [row.call_id for row in rows]
    assert pauses


async def test_that_nothing_is_older_than_some_time_says_nothing_of_what_is_newer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history.time, "time", lambda: JULY)
    rows = [entry(JULY - 60), entry(JULY - 70 * DAY)]
    backend, pages = FakeBackend(*rows), History(HANOI)
    backend.fails["all_calls"] = RequestFailed(-1, "no")
    with monkeypatch.context() as patch:
        patch.setattr(history, "BUDGET_SECONDS", 0.0)
        found: list[str] = []
        while len(found) < 2:
            before = None if not found else JULY - 60
            with suppress(RequestTimeout):
                found += [record.ref for record in await pages.page(backend, before=before, limit=100)]
        with pytest.raises(RequestTimeout):
            await pages.page(backend, before=JULY - 80 * DAY, limit=100)
    page = await pages.page(backend, before=None, limit=100)
    assert [record.ref for record in page] == [row.call_id for row in rows]


async def test_an_answer_that_does_not_come_in_time_does_not_take_along_what_was_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(history, "BUDGET_SECONDS", 0.05)
    backend = FakeBackend(entry(JULY), entry(JULY - 40 * DAY))
    known, never = backend.calls, asyncio.Event()

    async def calls(start: float, end: float) -> Listing:
        if backend.asked:
            await never.wait()
        return await known(start, end)

    backend.calls = calls  # type: ignore[method-assign]
    page = await asyncio.wait_for(History(HANOI).page(backend, before=JULY + DAY, limit=10), 15)
    assert [record.ref for record in page] == [entry(JULY).call_id]


@pytest.mark.parametrize("behind", [0, 900, -900])
async def test_a_part_of_a_month_is_not_taken_for_all_of_it(behind: int) -> None:
    rows = [entry(JULY - number * 300.0 - behind) for number in range(50)]
    backend = FakeBackend(*rows)
    backend.most = 7
    clocked = Clocked(backend, TheirClock("it", FakeMemory({"clock_behind": str(behind)})))
    assert await all_pages(clocked, limit=100, before=JULY + 1) == [row.call_id for row in rows]


async def test_more_calls_in_a_second_than_come_at_once_do_not_hide_what_is_older() -> None:
    rows = [entry(JULY, f"1000000000.{number}") for number in range(9)]
    backend = FakeBackend(*rows, entry(JULY - DAY))
    backend.most = 5
    assert await all_pages(backend, limit=100, before=JULY + 1) == [
        *(row.call_id for row in rows[:5]),
        entry(JULY - DAY).call_id,
    ]


# -- what is new ---------------------------------------------------------------------------------------------------


class Scene:
    """A watch and what it told."""

    def __init__(self, *rows: Entry, memory: FakeMemory | None = None) -> None:
        self.backend = FakeBackend(*rows)
        self.events: list[ProviderEvent] = []
        self.memory = memory or FakeMemory()
        self.clock = TheirClock("the PBX", self.memory)
        self.warnings: list[str] = []
        self.dialling = Dialling("101", self.events.append)
        self.watch = self.again()

    def again(self) -> Watch:
        """Another link."""
        emit: Callable[[ProviderEvent], None] = lambda event: self.events.append(event)  # noqa: E731
        self.group = Group(HANOI, self.backend, emit, self.memory, self.warnings.append)
        self.watch = Watch(
            HANOI, Clocked(self.backend, self.clock), self.dialling, emit, Unseen(self.warnings.append), self.clock
        )
        return self.watch

    def logged(self) -> list[str]:
        return [event.record.ref for event in self.events if isinstance(event, RecordLogged)]

    def desk(self) -> list[tuple[str, str]]:
        told: list[tuple[str, str]] = []
        for event in self.events:
            if isinstance(event, DeskCallChanged):
                told.append(("missed", event.call.ref))
            elif isinstance(event, DeskCallGone):
                told.append(("gone", event.ref))
        return told


async def test_new_rows_are_logged_once_and_those_from_before_not_at_all() -> None:
    scene = Scene(entry(NOW - 300, "1000000000.1"))
    await scene.watch.begin()
    await scene.watch.look()
    assert scene.logged() == []
    scene.backend.rows += [entry(NOW - 60, "1000000000.2"), entry(NOW - 30, "1000000000.3")]
    await scene.watch.look()
    await scene.watch.look()
    assert scene.logged() == ["1000000000.2", "1000000000.3"]


async def test_a_row_that_is_told_better_is_logged_again() -> None:
    scene = Scene()
    await scene.watch.begin()
    scene.backend.rows = [entry(NOW, "1000000000.1", status="", talk_s=None)]
    await scene.watch.look()
    scene.backend.rows = [entry(NOW, "1000000000.1")]
    await scene.watch.look()
    results = [event.record.result for event in scene.events if isinstance(event, RecordLogged)]
    assert results == [RecordResult.FAILED, RecordResult.ANSWERED]


@pytest.mark.parametrize(
    ("hour", "looks"),
    [
        # Before noon a call of yesterday can be news, and lasts the longer the rarer.
        (0.02, [(0.0, "far"), (0.02, "far")]),
        (1.0, [(0.0, "far"), (0.02, "near"), (0.18, "near"), (0.25, "far")]),
        (11.0, [(0.0, "far"), (1.5, "near")]),
        (11.9, [(0.0, "far"), (0.2, "near")]),
        # From noon on only after a pause.
        (15.0, [(0.0, "near"), (0.1, "near"), (13.0, "far"), (13.02, "near"), (14.0, "far"), (14.1, "near")]),
    ],
)
def test_yesterday_is_looked_at_only_while_a_call_of_it_can_be_news(
    hour: float, looks: list[tuple[float, str]]
) -> None:
    midnight = datetime(2018, 7, 20, tzinfo=HANOI).timestamp()
    seen = Days(HANOI)
    for later, expected in looks:
        now = midnight + (hour + later) * 3600.0
        since = seen.since(now)
        today = days.start_of(days.day_of(now, HANOI), HANOI)
        assert since == (today if expected == "near" else today - DAY), later
        seen.looked(now, since)


def test_after_a_pause_everything_since_is_looked_at() -> None:
    seen = Days(HANOI)
    seen.looked(JULY, seen.since(JULY))
    assert seen.since(JULY + 3600.0) == JULY - DAY / 2
    assert seen.since(JULY + 2.5 * DAY) == JULY - DAY / 2
    assert seen.since(JULY + 30 * DAY) == JULY + 22.5 * DAY


async def test_a_call_dialled_before_midnight_is_looked_for_on_its_day(monkeypatch: pytest.MonkeyPatch) -> None:
    midnight = datetime(2018, 7, 20, tzinfo=HANOI).timestamp()
    scene = Scene()
    monkeypatch.setattr(watch.time, "time", lambda: midnight + 3600.0)
    await scene.watch.begin()
    monkeypatch.setattr(Dialling, "times", (midnight - 30.0,))
    await scene.watch.look()
    assert scene.backend.asked[-1][1][0] == midnight - DAY


# -- the group -----------------------------------------------------------------------------------------------------


async def test_calls_nobody_took_are_told_once_with_whom_they_were_for() -> None:
    scene = Scene(missed(NOW - 60), missed(NOW - 50, "101", peer="0900000002"), entry(NOW - 40, peer="0900000003"))
    await scene.group.look()
    await scene.group.look()
    first, second = (event.call for event in scene.events if isinstance(event, DeskCallChanged))
    assert (first.peer.text, first.state, first.since) == ("0900000001", DeskState.MISSED, NOW - 60)
    assert first.at == Address(AddressKind.PHONE, "102")
    assert second.at == Address(AddressKind.PHONE, "101")
    assert len(scene.events) == 2


async def test_a_number_that_somebody_talked_with_is_done_with() -> None:
    earlier = entry(NOW - 900, extension="103", peer="0900000002")
    scene = Scene(missed(NOW - 600), missed(NOW - 500, peer="0900000002"), earlier)
    await scene.group.look()
    scene.backend.rows.append(entry(NOW - 100, extension="103", peer="+84900000001"))
    await scene.group.look()
    await scene.group.look()
    first, second = (f"{int(NOW) - 600}.1", f"{int(NOW) - 500}.1")
    assert scene.desk() == [("missed", first), ("missed", second), ("gone", first)]


async def test_a_call_that_rang_at_several_is_one_and_none_when_one_of_them_took_it() -> None:
    rang = [missed(NOW - 60 + n, f"10{n}", call_id=f"{int(NOW)}.{n}") for n in range(3)]
    taken = [
        missed(NOW - 30, "102", peer="0900000002"),
        entry(NOW - 31, extension="103", peer="0900000002", incoming=True),
    ]
    withheld = [missed(NOW - 20, peer="", call_id="1000000000.1"), missed(NOW - 10, peer="", call_id="1000000000.2")]
    scene = Scene(*rang, *taken, *withheld)
    await scene.group.look()
    assert scene.desk() == [("missed", f"{int(NOW)}.0"), ("missed", "1000000000.1"), ("missed", "1000000000.2")]


async def test_a_talk_with_somebody_withheld_is_not_one_with_somebody_else_withheld() -> None:
    scene = Scene(missed(NOW - 600, peer=""))
    await scene.group.look()
    scene.backend.rows.append(entry(NOW - 100, extension="103", peer="", incoming=True))
    await scene.group.look()
    assert scene.desk() == [("missed", f"{int(NOW) - 600}.1")]


async def test_of_more_missed_calls_than_are_remembered_none_is_told_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "MAX_TOLD", 3)
    scene = Scene(*(missed(NOW - 100 * number, peer=f"090000001{number}") for number in range(1, 6)))
    await scene.group.look()
    scene.backend.rows.append(missed(NOW - 350, peer="0900000099"))
    scene.backend.rows.append(missed(NOW - 50, peer="0900000098"))
    for _ in range(3):
        await scene.group.look()
    told = [event.call.since for event in scene.events if isinstance(event, DeskCallChanged)]
    assert told == [NOW - 300, NOW - 200, NOW - 100, NOW - 50]


async def test_what_was_told_is_remembered_from_run_to_run() -> None:
    scene = Scene(missed(NOW - 600))
    await scene.group.look()
    after = Scene(*scene.backend.rows, memory=FakeMemory(scene.memory.kept))
    await after.group.look()
    assert after.events == []
    after.backend.rows.append(entry(NOW - 10, extension="103"))
    await after.group.look()
    assert after.desk() == [("gone", f"{int(NOW) - 600}.1")]
    for junk in ("[", "[1]", '{"a": 1}', '{"a": ["b", "c"]}'):
        assert Scene(missed(NOW), memory=FakeMemory({"missed": junk})).group._told == {}


async def test_after_a_pause_the_days_between_are_looked_at_but_not_years(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group.time, "time", lambda: JULY)
    for away, back in ((2, 2), (400, days.AWAY_DAYS)):
        scene = Scene(memory=FakeMemory({"looked_at": str(int(JULY - away * DAY))}))
        await scene.group.look()
        ((_, (start, _)),) = scene.backend.asked
        assert start == JULY - (back + 0.5) * DAY
        assert json.loads(scene.memory.kept["looked_at"]) == JULY // 3600 * 3600


@pytest.mark.parametrize("failure", [RequestFailed(-1, "Missing field: user."), BadFrame("Too large.")])
async def test_a_pbx_that_does_not_list_the_group_is_asked_once(failure: Exception) -> None:
    scene = Scene()
    scene.backend.fails["group_calls"] = failure
    await scene.group.look()
    await scene.group.look()
    assert scene.backend.count("group_calls") == 1
    assert scene.warnings == [f"Missed calls of the other extensions are not shown. {failure}"]
    scene.backend.fails["group_calls"] = ConnectionLost("gone")
    scene.again()
    with pytest.raises(ConnectionLost):
        await scene.group.look()


async def test_a_pbx_that_did_not_list_the_group_may_do_so_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "REST_SECONDS", 0.0)
    scene = Scene(missed(NOW - 60))
    scene.backend.fails["group_calls"] = RequestFailed(-1, "Out of order.")
    await scene.group.look()
    scene.backend.fails.clear()
    await scene.group.look()
    assert [kind for kind, _ in scene.desk()] == ["missed"]


async def test_days_that_are_too_much_at_once_do_not_hide_those_of_today() -> None:
    scene = Scene(missed(NOW - 60), memory=FakeMemory({"looked_at": str(int(NOW - 5 * DAY))}))

    async def group_calls(start: float, end: float) -> Listing:
        if start < NOW - 3 * DAY:
            raise BadFrame("Too large.")
        return Listing(tuple(scene.backend.rows))

    scene.backend.group_calls = group_calls  # type: ignore[method-assign]
    await scene.group.look()
    assert [kind for kind, _ in scene.desk()] == ["missed"]
    assert scene.warnings == []


async def test_the_calls_of_a_large_company_are_gone_through_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    sort = group._callers

    def noting(entries: Iterable[Entry]) -> list[Entry]:
        threads.append(threading.current_thread().name)
        return sort(entries)

    monkeypatch.setattr(group, "_callers", noting)
    scene = Scene(
        *(missed(NOW - number, peer=f"09{number:08}", call_id=f"1000000000.{number}") for number in range(500))
    )
    await scene.group.look()
    assert not scene.group.is_due(attended=False), "a long list costs much"
    assert scene.group.is_due(attended=True)
    assert len(scene.desk()) == group.MAX_TOLD
    assert "MainThread" not in threads
    assert len(threads) == 1


async def test_a_list_longer_than_what_is_remembered_is_not_news_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(watch, "MAX_SEEN", 10)
    monkeypatch.setattr(watch, "MAX_LOOKED_AT", 5)
    scene = Scene(*(entry(NOW - number) for number in range(30)))
    await scene.watch.begin()
    await scene.watch.look()
    scene.backend.rows.append(entry(NOW + 0.1, "1000000000.1"))
    await scene.watch.look()
    await scene.watch.look()
    assert scene.logged() == ["1000000000.1"]


@pytest.mark.parametrize(("told", "corrected", "behind"), [(-600.0, 0.0, 600.0), (0.0, 0.0, 0.0)])
async def test_times_are_told_by_our_clock_unless_our_own_dial_shows_that_the_pbx_has_another_than_its_interface(
    told: float, corrected: float, behind: float
) -> None:
    scene = Scene(memory=FakeMemory({"clock_behind": "600"}))
    await scene.watch.begin()
    scene.dialling.begin(scene.backend, Address(AddressKind.PHONE, "0900000001"), "0900000001")
    at = NOW + 5
    scene.backend.rows.append(entry(at + told, "1000000000.9"))
    await scene.watch.look()
    (record,) = [event.record for event in scene.events if isinstance(event, RecordLogged)]
    assert record.started_at == at + corrected
    assert scene.clock.behind == behind
    assert scene.dialling.waiting == ()


async def test_rows_without_end_are_not_told_of_without_end_and_a_dial_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unseen, "AT_ONCE", 2)
    scene = Scene()
    await scene.watch.begin()
    scene.backend.rows = [entry(NOW - number, f"1000000000.{number}", peer="0900000007") for number in range(1, 6)]
    await scene.watch.look()
    assert len(scene.logged()) == 2
    scene.dialling.begin(scene.backend, Address(AddressKind.PHONE, "0900000001"), "0900000001")
    scene.backend.rows.append(entry(NOW + 5, "1000000000.9"))
    await scene.watch.look()
    assert scene.logged()[2:] == ["1000000000.9"]
    scene.watch._unseen.say()
    assert "3 calls" in scene.warnings[0]
    scene.dialling.give_up()


# -- recordings ----------------------------------------------------------------------------------------------------


def ours(**more: Any) -> CallRecord:
    """A row of the history that was dialled here."""
    return replace(record_of(entry(NOW)), **({"ref": "dial-abc", "account": "pbx"} | more))


@pytest.mark.parametrize(
    ("record", "asked"),
    [
        (ours(ref="1532857052.1"), "1532857052.1"),
        (ours(vendor_ref="1532857052.2"), "1532857052.2"),
        (ours(ref="1532857052.9", control_account="pbx", control_ref="1532857052.3"), "1532857052.3"),
        (ours(ref="dial-known"), "1532857052.4"),
        (ours(), f"{int(NOW)}.1"),
        (ours(ref="sip@x", control_account="pbx", control_ref="dial-abc"), f"{int(NOW)}.1"),
        (ours(started_at=NOW + 200), f"{int(NOW)}.1"),
    ],
    ids=[
        "its own id",
        "the vendor's",
        "of a linked account",
        "listed before",
        "by time",
        "linked, by time",
        "minutes apart",
    ],
)
async def test_the_recording_is_asked_for_by_the_pbxs_own_id(record: CallRecord, asked: str) -> None:
    incoming = entry(NOW, "9999999999.1", incoming=True)
    backend = FakeBackend(incoming, entry(NOW - 250), entry(NOW), entry(NOW + 1, peer="0900000002"))
    link = await link_of(backend, record, {"dial-known": "1532857052.4"}.get)
    assert link == f"https://pbx.example/{asked}.gsm"


async def test_a_call_the_pbx_does_not_list_has_no_recording() -> None:
    backend = FakeBackend(entry(NOW - 1000))
    assert await link_of(backend, ours(), lambda ref: None) is None
    assert backend.count("recording") == 0
