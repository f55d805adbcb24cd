"""The desk's missed calls: on the disk before anything else may happen, gone for good when they are done with."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import EVERYTHING, FakeProvider, soon, until
from tuiphone.control.desk import DeskCallDone, DeskDone, WatchDesk
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.desk import MAX_DESK
from tuiphone.core.errors import StoreError
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallStarted,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    Link,
)
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState
from tuiphone.engine.desk import DeskService
from tuiphone.store import desk as book

OPERATOR = EVERYTHING | Capability.REDIRECT
CAROL = Address(AddressKind.PHONE, "102", "Carol \udcff")


def missed(ref: str, number: str = "0901234567", since: float = 100.0) -> DeskCallChanged:
    return DeskCallChanged(DeskCall(ref, Address(AddressKind.PHONE, number), DeskState.MISSED, since, CAROL, "main"))


class Rig:
    """A desk in an engine, whose account `pbx` can be lost and come back."""

    def __init__(self, its: EngineDesk, provider: FakeProvider) -> None:
        self.its = its
        self.provider = provider
        self.service = its.service(DeskService)

    @property
    def refs(self) -> list[str]:
        return [call.ref for call in self.its.phone.state.accounts[0].desk]

    async def tell(self, *events: DeskCallChanged | DeskCallGone) -> None:
        for event in events:
            self.provider.emit(event)
        await self.its.phone.settled()

    def on_disk(self) -> list[tuple[str, bool]]:
        with closing(sqlite3.connect(self.its.parts.database.file)) as connection:
            rows = connection.execute("SELECT ref, done_at IS NOT NULL FROM desk_calls ORDER BY since").fetchall()
        return [(ref, bool(done)) for ref, done in rows]


@asynccontextmanager
async def rig(folder: Path) -> AsyncIterator[Rig]:
    async with desk(folder, DeskService) as its:
        its.phone.listen(its.service(DeskService).keep)
        yield Rig(its, await its.add("pbx", OPERATOR))


async def test_missed_calls_are_there_after_a_restart_and_done_ones_never_again(tmp_path: Path) -> None:
    async with rig(tmp_path) as before:
        await before.tell(missed("1"), missed("2", "0912345678", 150.0), missed("3", since=160.0))
        await until(lambda: len(before.on_disk()) == 3)
        reply = await before.service.be_done(DeskCallDone("0901234567"))
        assert reply == DeskDone(2)
        assert before.on_disk() == [("1", True), ("2", False), ("3", True)], "on the disk before it is reported"
    async with rig(tmp_path) as after:
        await until(lambda: after.refs == ["2"])
        kept = after.its.phone.state.accounts[0].desk[0]
        assert (kept.at, kept.line, kept.since) == (Address(AddressKind.PHONE, "102", "Carol ?"), "main", 150.0)
        await after.tell(missed("1"), missed("2", "0912345678", 150.0))
        assert after.refs == ["2"], "the vendor tells of all of them again"
        await after.tell(missed("1", "0933333333", since=1_000_000.0))
        assert after.refs == ["2", "1"], "its references began again"
        await until(lambda: ("1", False) in after.on_disk())


async def test_accounts_are_told_that_somebody_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with rig(tmp_path) as desk_rig:
        looks: list[bool] = []
        monkeypatch.setattr(desk_rig.provider, "attended", lambda: looks.append(True))
        await desk_rig.service.handlers[WatchDesk](WatchDesk())
        assert looks == [True]


async def test_a_missed_call_that_rings_once_more_is_missed_until_somebody_takes_it(tmp_path: Path) -> None:
    async with rig(tmp_path) as desk_rig:
        await desk_rig.tell(missed("7"))
        await until(lambda: desk_rig.on_disk() == [("7", False)])
        again = replace(missed("7", since=103.0).call, state=DeskState.RINGING)
        await desk_rig.tell(DeskCallChanged(again), missed("7", since=103.0))
        assert desk_rig.refs == ["7"], "the hunt went on to the next one, who missed it as well"
        await desk_rig.tell(DeskCallChanged(again))
        desk_rig.provider.emit(ConnectionChanged(Link.WAITING))
        await until(lambda: [call.state for call in desk_rig.its.phone.state.accounts[0].desk] == [DeskState.MISSED])
        assert desk_rig.on_disk() == [("7", False)]
        await desk_rig.tell(DeskCallChanged(again), DeskCallGone("7"))
        await until(lambda: desk_rig.on_disk() == [("7", True)])


async def test_a_call_told_of_late_is_done_with_when_the_history_has_a_talk_since(tmp_path: Path) -> None:
    async with rig(tmp_path) as desk_rig:
        phone, provider = desk_rig.its.phone, desk_rig.provider
        provider.emit(CallStarted("c", Address(AddressKind.PHONE, "+84901234567"), CallDirection.OUTGOING))
        provider.emit(CallAnswered("c"))
        provider.emit(CallEnded("c", EndReason.HUNG_UP))
        await phone.settled()
        await until(lambda: not phone.state.live_calls)
        await desk_rig.tell(missed("late"), missed("other", "0912345678"))
        await until(lambda: desk_rig.refs == ["other"])
        await until(lambda: ("late", True) in desk_rig.on_disk())


async def test_settings_that_are_read_again_lose_nothing_and_a_removed_account_leaves_nothing(tmp_path: Path) -> None:
    async with rig(tmp_path) as desk_rig:
        await desk_rig.tell(missed("1"), missed("2", "0912345678", 150.0))
        await desk_rig.its.phone.remove_account("pbx")
        desk_rig.provider = await desk_rig.its.add("pbx", OPERATOR)
        await until(lambda: desk_rig.refs == ["1", "2"])
        assert desk_rig.on_disk() == [("1", False), ("2", False)]
        await desk_rig.its.phone.remove_account("pbx")
        await book.forget(desk_rig.its.parts.database, "pbx")
        assert desk_rig.on_disk() == []
        desk_rig.provider = await desk_rig.its.add("pbx", OPERATOR)
        await desk_rig.tell(missed("1"))
        await until(lambda: desk_rig.on_disk() == [("1", False)])


async def test_a_flood_is_written_in_few_steps_and_kept_within_bounds(tmp_path: Path) -> None:
    async with rig(tmp_path) as desk_rig:
        writes: list[int] = []
        keep = desk_rig.service._book.keep

        async def counted(changes: object, at: float) -> None:
            writes.append(1)
            await keep(changes, at)  # type: ignore[arg-type]

        desk_rig.service._book.keep = counted  # type: ignore[method-assign]
        await desk_rig.tell(*(missed(f"m{number}", f"09{number:08}", 100.0 + number) for number in range(1000)))
        assert len(desk_rig.refs) == MAX_DESK
        await desk_rig.service._written()
        assert sum(not done for _, done in desk_rig.on_disk()) == MAX_DESK
        assert len(writes) < 500


async def test_nothing_is_reported_done_and_no_account_is_let_go_before_the_disk_has_it(tmp_path: Path) -> None:
    async with rig(tmp_path) as desk_rig:
        await desk_rig.tell(missed("1"))
        await until(lambda: desk_rig.on_disk() == [("1", False)])
        free, keep = asyncio.Event(), desk_rig.service._book.keep

        async def slow(changes: Any, at: float) -> None:
            await free.wait()
            await keep(changes, at)

        desk_rig.service._book.keep = slow  # type: ignore[method-assign]
        deeds: dict[str, Callable[[], Awaitable[Any]]] = {
            "2": lambda: desk_rig.service.be_done(DeskCallDone("1")),
            "3": lambda: desk_rig.its.phone.remove_account("pbx"),
        }
        for ref, work in deeds.items():
            await desk_rig.tell(missed(ref, "0933333333"))
            under_way = asyncio.ensure_future(work())
            for _ in range(50):
                await asyncio.sleep(0)
            assert not under_way.done()
            free.set()
            await soon(under_way)
            free.clear()
        assert sorted(desk_rig.on_disk()) == [("1", True), ("2", False), ("3", False)]


async def test_what_a_full_disk_refused_is_written_at_the_end(tmp_path: Path) -> None:
    async with rig(tmp_path) as desk_rig:
        book_of_it = desk_rig.service._book
        keep = book_of_it.keep

        async def full(changes: object, at: float) -> None:
            raise StoreError("The disk is full.")

        book_of_it.keep = full  # type: ignore[method-assign]
        await desk_rig.tell(missed("1"))
        await desk_rig.service._written()
        assert desk_rig.on_disk() == []
        book_of_it.keep = keep  # type: ignore[method-assign]
        await desk_rig.service.close()
        assert desk_rig.on_disk() == [("1", False)]
