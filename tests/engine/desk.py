"""A phone with a real database and stand-ins for whatever makes a sound, as the services of the engine see it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar, cast

from tests.fakes import EVERYTHING, FakeFactory, FakeProvider, until
from tuiphone.core.capability import Capability
from tuiphone.core.events import Link, MissedCounted
from tuiphone.core.ledger import Change
from tuiphone.core.model import Account
from tuiphone.core.phone import Phone
from tuiphone.engine.service import Parts, Service
from tuiphone.store import paths
from tuiphone.store.config import Preferences
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.journal import Journal

S = TypeVar("S", bound=Service)


class EngineDesk:
    """The parts of an engine, and what happened on its phone."""

    def __init__(self, parts: Parts, phone: Phone) -> None:
        self.parts = parts
        self.phone = phone
        self.changes: list[Change] = []
        self.services: tuple[Service, ...] = ()
        phone.listen(self._hear)

    async def _hear(self, change: Change) -> None:
        self.changes.append(change)

    def service(self, kind: type[S]) -> S:
        """The service of this kind."""
        return next(service for service in self.services if isinstance(service, kind))

    def events(self, kind: type) -> list[Any]:
        """Events of this kind, in order."""
        return [change.event for change in self.changes if isinstance(change.event, kind)]

    async def add(
        self,
        name: str = "work",
        capabilities: Capability = EVERYTHING,
        *,
        country: str | None = "VN",
        prepare: Any = None,
    ) -> FakeProvider:
        """An account that is registered; `prepare` sees its provider before it connects."""
        made: list[FakeProvider] = []

        def make(emit: Any) -> FakeProvider:
            made.append(FakeProvider(emit, capabilities=capabilities))
            if prepare is not None:
                prepare(made[0])
            return made[0]

        self.phone.add_account(Account(name, "fake", capabilities, country=country), make)
        await until(lambda: (known := self.phone.state.account(name)) is not None and known.link is Link.ONLINE)
        return made[0]


@asynccontextmanager
async def desk(folder: Path, *services: type[Service]) -> AsyncIterator[EngineDesk]:
    """An engine of these services, on a profile in this folder."""
    where = paths.find(folder)
    where.make()
    database = await Database.open(where.database)
    phone = Phone(FakeFactory())
    silent = cast(Any, None)
    history = History(database, lambda count: phone.emit(MissedCounted(count)))
    parts = Parts(where, Preferences(), database, phone, silent, silent, silent, history)
    journal = Journal(parts.history)
    phone.listen(journal)
    running = [service(parts) for service in services]
    its = EngineDesk(parts, phone)
    its.services = tuple(running)
    phone.start()
    for service in running:
        await service.start()
    try:
        yield its
    finally:
        await asyncio.wait_for(phone.close(), 10)
        for service in running:
            await service.close()
        await journal.close()
        await database.close()
