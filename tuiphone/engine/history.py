"""Past calls: pages, whether they were seen, notes, vendors' records, export; and whom a typed text may mean."""

import asyncio
import logging
import time
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

from tuiphone.control import history, protocol
from tuiphone.core.call import CallId
from tuiphone.core.commands import checked_note
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import CallEnded, ConnectionChanged, Link, ListChanged, RecordLogged
from tuiphone.core.ledger import Change
from tuiphone.core.model import CallRecord
from tuiphone.engine.afterwards import Afterwards
from tuiphone.engine.export import export_history
from tuiphone.engine.past import PastCalls
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.engine.suggestions import suggest

log = logging.getLogger(__name__)

LOAD_AFTER_SECONDS = 1.0
"""Reading what filters need waits until the phone is up; whoever filters earlier has it read at once."""
NEWS_SECONDS = 24 * 3600.0
"""A missed call that a vendor tells of so late is no news."""
MAX_LOGGED = 1000
"""Pushed records of one account that wait for the disk; what a server sends on top of them is dropped."""


class HistoryService(Service):
    """Answers what is asked of the history, and takes vendors' records in."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._past = PastCalls(parts)
        self._afterwards = Afterwards(parts, self._past, self._take)
        self._tasks: set[asyncio.Task[None]] = set()
        self._logged: dict[str, list[CallRecord]] = {}
        """Pushed records of each account that wait to be written."""
        self._keeping: set[str] = set()

    @property
    def handlers(self) -> Handlers:
        return {
            history.ReadHistory: self.read,
            history.SeeMissed: self.see_missed,
            history.NoteRecord: self.note,
            history.RemoveRecord: self.remove,
            history.FetchOlder: self.fetch_older,
            history.ExportHistory: self.export,
            history.Suggest: self.suggest,
        }

    async def start(self) -> None:
        """Listen to the phone; have the filters ready soon."""
        phone, store = self.parts.phone, self.parts.history
        store.changed = lambda: phone.emit(ListChanged("history"))
        store.country_of = self._country_of
        store.kin_of = phone.kin_of
        store.contacts = self._contacts
        phone.listen(self._heard)
        self._spawn(self._load_soon())

    async def close(self) -> None:
        """Fetch no more."""
        await self._afterwards.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def read(self, query: history.ReadHistory) -> history.HistoryPage:
        """A page of history."""
        page = await self.parts.history.page(
            query.text,
            account=query.account,
            missed=query.missed,
            start=max(0, query.start),
            before=query.before,
            around=query.around,
            limit=max(1, min(query.limit, protocol.MAX_PAGE)),
            accounts=self._accounts(),
        )
        # In a thread: reading a page of numbers for the first time takes as long as several packets of sound.
        records = await asyncio.to_thread(lambda: tuple(map(self._named, page.records)))
        return history.HistoryPage(records, page.total, page.start, page.problems, self._past.has_older)

    async def see_missed(self, _: history.SeeMissed) -> None:
        """Missed calls have been looked at."""
        await self.parts.history.mark_seen()

    async def note(self, command: history.NoteRecord) -> None:
        """Keep a note with a record."""
        if not await self.parts.history.set_note(command.record, checked_note(command.note or "")):
            raise NotPossible("That call is not in the history any more; the note could not be kept.")

    async def remove(self, command: history.RemoveRecord) -> None:
        """Delete a record."""
        if not await self.parts.history.remove(command.record):
            raise NotPossible("That call is not in the history any more.")

    async def fetch_older(self, _: history.FetchOlder) -> history.Fetched:
        """Older records of all servers that can be asked."""
        added, problems = await self._past.fetch_older()
        return history.Fetched(added, self._past.has_older, problems)

    async def export(self, command: history.ExportHistory) -> history.Exported:
        """Write what a filter shows into a file."""
        path, written, done = await export_history(
            self.parts.history,
            command.text,
            command.path,
            replace=command.replace,
            accounts=self._accounts(),
            called=self._named,
        )
        return history.Exported(str(path), written, done)

    async def suggest(self, query: history.Suggest) -> history.Suggestions:
        """Whom the typed text may mean."""
        limit = max(1, min(query.limit, 50))
        return history.Suggestions(await suggest(self.parts, query.text, limit, time.time()))

    async def _heard(self, change: Change) -> None:
        match change.event:
            case ConnectionChanged(link=Link.ONLINE):
                self._spawn(self._past.fetch_new(change.account))
            case ListChanged("contacts"):
                self.parts.history.contacts_changed()
            case CallEnded(ref):
                id = CallId(change.account, ref)
                call = change.after.call(id)
                if call is not None and call != change.before.call(id):
                    self._afterwards.over(call)
            case RecordLogged(record):
                self._afterwards.came(change.account, record)
                waiting = self._logged.setdefault(change.account, [])
                if len(waiting) < MAX_LOGGED:
                    waiting.append(record)
                if change.account not in self._keeping:
                    self._keeping.add(change.account)
                    self._spawn(self._keep(change.account))
            case _:
                pass

    async def _keep(self, account: str) -> None:
        try:
            # Those that come meanwhile are written together: a server may send faster than a disk writes.
            while records := self._logged.pop(account, None):
                await self._take(account, records)
        finally:
            self._keeping.discard(account)

    async def _take(self, account: str, records: list[CallRecord]) -> None:
        await self._past.keep(account, records, time.time() - NEWS_SECONDS)

    async def _contacts(self) -> list[tuple[str, str]]:
        return [(known.key, known.name) for known in await self.parts.contacts.addresses()]

    async def _load_soon(self) -> None:
        await asyncio.sleep(LOAD_AFTER_SECONDS)
        await self.parts.history.load()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(_logged(work), name="history")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _named(self, record: CallRecord) -> CallRecord:
        """The record with the name the contacts know."""
        name = self.parts.directory.name_of(record.peer, record.account)
        return record if name is None else replace(record, peer=replace(record.peer, name=name))

    def _country_of(self, account: str) -> str | None:
        known = self.parts.phone.state.account(account)
        return known.account.country if known is not None else None

    def _accounts(self) -> tuple[str, ...]:
        return tuple(known.account.name for known in self.parts.phone.state.accounts)


async def _logged(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except PhoneError as error:
        log.warning("%s", error)
    except Exception:
        log.exception("past calls could not be taken in")
