"""Asking the history: pages, search, people called before."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.store.db import Database
from tuiphone.store.history import Dealings, History

DAY = 86400.0


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    database = await Database.open(tmp_path / "h.sqlite")
    yield History(database)
    await database.close()


def record(
    at: float,
    text: str = "+84901234567",
    name: str | None = None,
    *,
    account: str = "work",
    result: RecordResult = RecordResult.ANSWERED,
    seen: bool = True,
) -> CallRecord:
    peer = Address(AddressKind.PHONE if text[:1] == "+" else AddressKind.USER, text, name)
    return CallRecord(0, account, f"r{at}", peer, True, False, at, at + 5, at + 65, result, seen=seen)


async def test_records_come_back_as_they_were_added_newest_first(history: History) -> None:
    given = [record(at, name="Ольга") for at in (3.0, 1.0, 2.0)]
    assert await history.add_many(given) == 3
    page = await history.page()
    assert page.total == 3
    assert [found.started_at for found in page.records] == [3.0, 2.0, 1.0]
    found = page.records[0]
    assert found.peer == given[0].peer
    assert found.talk_s == 60.0
    assert await history.get(found.id) == found
    assert await history.get(999) is None


async def test_adding_the_same_records_again_adds_nothing(history: History) -> None:
    given = [record(1.0), record(2.0)]
    await history.add_many(given)
    assert await history.add_many([*given, record(3.0)]) == 1


async def test_pages_meet_without_gap_or_overlap_even_at_equal_times(history: History) -> None:
    await history.add_many(record(float(n // 3), account=f"a{n}") for n in range(20))
    seen: list[int] = []
    before: int | None = None
    while (page := await history.page(before=before, limit=7)).records:
        assert page.total == 20
        seen += [found.id for found in page.records]
        before = page.records[-1].id
    assert len(seen) == len(set(seen)) == 20


async def test_a_page_has_sane_limits(history: History) -> None:
    await history.add_many(record(float(n)) for n in range(1100))
    assert len((await history.page(limit=10**9)).records) == 1000
    assert len((await history.page(limit=-5)).records) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"olga", "an", "bob"}),
        ("ольга", {"olga"}),
        ("nguyen", {"an"}),
        ("AN NGUYỄN", {"an"}),
        ("dao", {"an"}),
        ("1234", {"an"}),
        ("(90) 123-4567", {"an"}),
        ("bob_", {"bob"}),
        ("%", set()),
        ("b*", set()),
        ("nobody", set()),
        ("x" * 1_000_000, set()),
        ("\ud800", set()),
    ],
)
async def test_search_finds_names_and_numbers_however_they_are_typed(
    history: History, text: str, found: set[str]
) -> None:
    await history.add_many(
        [
            record(1.0, "+100", "Ольга", account="olga"),
            record(2.0, "+84901234567", "Đào Nguyễn An", account="an"),
            record(3.0, "bob_1", account="bob"),
        ]
    )
    page = await history.page(text=text)
    assert {record.account for record in page.records} == found
    assert page.total == len(found)


async def test_filters_go_together(history: History) -> None:
    missed = RecordResult.MISSED
    await history.add_many(
        [
            record(1.0, "ann", account="home", result=missed, seen=False),
            record(2.0, "ann", account="work", result=missed),
            record(3.0, "ann", account="work"),
            record(4.0, "bob", account="work", result=missed),
        ]
    )
    page = await history.page(text="ann", account="work", missed=True)
    assert [found.started_at for found in page.records] == [2.0]
    assert await history.count_missed() == 1


async def test_earlier_calls_with_somebody_are_counted(history: History) -> None:
    await history.add_many([record(1.0, "ann"), record(2.0, "ann", "Ann"), record(3.0, "annabel")])
    assert await history.earlier(Address(AddressKind.USER, "ann")) == Dealings(2, 2.0)
    assert await history.earlier(Address(AddressKind.PHONE, "ann")) == Dealings()


async def test_suggestions_weigh_how_recent_and_how_often(history: History) -> None:
    now = 100 * DAY
    await history.add_many(
        [
            *(record(now - 90 * DAY - n, "often-long-ago") for n in range(20)),
            *(record(now - 1 * DAY - n, "often-lately", "Lately") for n in range(5)),
            record(now - 60, "just-once", account="home"),
            record(now - 30, "often-lately"),
        ]
    )
    best = await history.peers(now=now)
    assert [peer.address.text for peer in best] == ["often-lately", "just-once", "often-long-ago"]
    assert (best[0].calls, best[0].last_at, best[0].address.name) == (6, now - 30, "Lately")
    assert best[1].account == "home"
    assert [peer.address.text for peer in await history.peers("LAT", now=now)] == ["often-lately"]
    assert len(await history.peers(now=now, limit=1)) == 1
