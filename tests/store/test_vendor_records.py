"""Vendors' records beside ours: one row for one call, told however often and in whatever form."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.build import call
from tuiphone.core.call import CallDirection, CallId, CallState, EndReason
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.store.db import Database
from tuiphone.store.history import Dealings, History

URL = "https://vendor.example/recordings/1?sig=x"


@pytest.fixture
async def history(tmp_path: Path) -> AsyncIterator[History]:
    database = await Database.open(tmp_path / "h.sqlite")
    history = History(database)
    history.country_of = lambda account: "VN"
    yield history
    await database.close()


def theirs(ref: str = "v1", at: float = 1000.0, number: str = "0901234567", **more: Any) -> CallRecord:
    values: dict[str, Any] = {
        "incoming": True,
        "video": False,
        "answered_at": at + 5,
        "ended_at": at + 65,
        "result": RecordResult.ANSWERED,
    } | more
    return CallRecord(0, "work", ref, Address(AddressKind.PHONE, number), started_at=at, **values)


async def had(history: History, at: float = 1000.0, ref: str = "ours") -> None:
    await history.save(
        call(
            CallState.ENDED,
            id=CallId("work", ref),
            peer=Address(AddressKind.PHONE, "+84901234567", "An"),
            direction=CallDirection.INCOMING,
            started_at=at,
            answered_at=at + 4,
            ended_at=at + 64,
            reason=EndReason.HUNG_UP,
        )
    )


async def test_the_vendors_record_of_our_call_adds_its_recording_and_no_row(history: History) -> None:
    await had(history)
    for _ in range(2):
        assert await history.add_many([theirs(at=1012.0, recording_url=URL)]) == 0
    (found,) = (await history.page()).records
    assert (found.peer.name, found.ref, found.started_at, found.recording_url) == ("An", "ours", 1000.0, URL)
    # A later page without the link does not rub it out.
    await history.add_many([theirs(at=1012.0)])
    assert (await history.page("recorded")).total == 1


async def test_two_calls_of_the_vendor_are_never_one_row(history: History) -> None:
    await had(history)
    assert await history.add_many([theirs("v1", 1010.0), theirs("v2", 1050.0)]) == 1
    assert await history.add_many([theirs("v2", 1050.0), theirs("v1", 1010.0)]) == 0
    assert (await history.page()).total == 2


async def test_the_nearest_of_our_calls_is_meant(history: History) -> None:
    await had(history, 1000.0, "first")
    await had(history, 1070.0, "second")
    await history.add_many([theirs(at=1065.0, recording_url=URL)])
    assert [found.ref for found in (await history.page("recorded")).records] == ["second"]


async def test_records_without_a_reference_are_told_apart_by_their_time(history: History) -> None:
    given = [theirs("", 1000.0), theirs("", 1030.0)]
    assert await history.add_many(given) == 2
    assert await history.add_many(given) == 0


async def test_a_call_that_is_not_over_yet_is_paired_too(history: History) -> None:
    peer = Address(AddressKind.PHONE, "+84901234567")
    live = call(
        CallState.ACTIVE, id=CallId("work", "c"), peer=peer, direction=CallDirection.INCOMING, started_at=1000.0
    )
    await history.save(live)
    assert await history.add_many([theirs(recording_url=URL)]) == 0
    assert (await history.page()).total == 0


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "https://x/\n", "https://" + "x" * 5000, ""]
)
async def test_what_is_no_link_is_not_kept(history: History, url: str) -> None:
    await history.add_many([theirs(recording_url=url)])
    assert (await history.page()).records[0].recording_url is None


async def test_earlier_calls_are_counted_by_whatever_form_of_the_number(history: History) -> None:
    await had(history)
    await history.add_many(
        [theirs("v2", 9000.0), theirs("v3", 9900.0, "+84 90 123 45 67"), theirs("v4", 9950.0, "123")]
    )
    asked = Address(AddressKind.PHONE, "0084901234567")
    assert await history.earlier(asked, "work") == Dealings(3, 9900.0)
    assert await history.earlier(Address(AddressKind.PHONE, "+84901234568"), "work") == Dealings()
    assert await history.earlier(Address(AddressKind.PHONE, "123"), "work") == Dealings(1, 9950.0)
    assert await history.earlier(Address(AddressKind.PHONE, "123"), "home") == Dealings()
