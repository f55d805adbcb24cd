"""Past calls: pages, notes, vendors' records, export; and whom a typed text may mean."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.model import Address, CallRecord

FETCH_SECONDS = 60.0
EXPORT_SECONDS = 600.0
"""Longer than a million calls take to be written."""


class ReadHistory(Message, frozen=True, kw_only=True):
    """Ask for a page of history, newest first; the reply is HistoryPage."""

    text: str = ""
    """A filter line, see core/filters.py."""
    account: str | None = None
    missed: bool = False
    start: Number = 0
    """How many of the records that match are left out, newest first."""
    before: Number | None = None
    """Only records older than the one with this id."""
    around: Number | None = None
    """The page with the record of this id in it, or with those beside it."""
    limit: Number = 100


class NoteRecord(Message, frozen=True):
    """Write what the person says about a past call; None takes it back."""

    record: Number
    note: str | None


class RemoveRecord(Message, frozen=True):
    """Delete a past call from this phone's history; its recording stays."""

    record: Number


class FetchOlder(Message, frozen=True):
    """Fetch older records from the accounts whose servers keep them; the reply is Fetched."""


class ExportHistory(Message, frozen=True, kw_only=True):
    """Write the records that match a filter line into a file, as CSV or, with a name that ends so, as JSON."""

    text: str = ""
    path: str
    replace: bool = False
    """Overwrite what has this name."""


class SeeMissed(Message, frozen=True):
    """Missed calls have been looked at."""


class Suggest(Message, frozen=True):
    """Ask whom the typed text may mean; the reply is Suggestions, best first."""

    text: str
    limit: Number = 8


class HistoryPage(Message, frozen=True):
    """Records, newest first, and how many match in all."""

    records: tuple[CallRecord, ...]
    total: int
    start: int = 0
    """How many of them are newer than this page."""
    problems: tuple[str, ...] = ()
    """What of the filter was not understood, a sentence each; the rest filters."""
    has_older: bool = False
    """A server may know of calls before the oldest one here."""


class Fetched(Message, frozen=True):
    """How many records are new, and whether a server may have still older ones."""

    added: int
    has_older: bool
    problems: tuple[str, ...] = ()
    """Which servers did not answer, a sentence each."""


class Exported(Message, frozen=True):
    """Where the file is now; `done` is False when something has that name and stays."""

    path: str
    calls: int
    done: bool = True


class Suggestion(msgspec.Struct, frozen=True):
    """Somebody called, or calling, before."""

    peer: Address
    account: str
    calls: int
    last_at: float


class Suggestions(Message, frozen=True):
    """Whom the text may mean, best first."""

    found: tuple[Suggestion, ...]


Command: TypeAlias = ReadHistory | SeeMissed | NoteRecord | RemoveRecord | FetchOlder | ExportHistory | Suggest
Result: TypeAlias = HistoryPage | Fetched | Exported | Suggestions


class HistoryVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def history(
        self,
        text: str = "",
        *,
        account: str | None = None,
        missed: bool = False,
        start: int = 0,
        before: int | None = None,
        around: int | None = None,
        limit: int = 100,
    ) -> HistoryPage:
        """A page of history, newest first; `text` is a filter line."""
        command = ReadHistory(
            text=text, account=account, missed=missed, start=start, before=before, around=around, limit=limit
        )
        return answered(await self.request(command), HistoryPage)

    async def note_record(self, record: int, note: str | None) -> None:
        """Write what the person says about a past call."""
        await self.request(NoteRecord(record, note))

    async def remove_record(self, record: int) -> None:
        """Delete a past call from this phone's history."""
        await self.request(RemoveRecord(record))

    async def fetch_older(self) -> Fetched:
        """Fetch older records from the accounts whose servers keep them."""
        return answered(await self.request(FetchOlder(), FETCH_SECONDS), Fetched)

    async def export_history(self, path: str, text: str = "", *, replace: bool = False) -> Exported:
        """Write the records that match into a file; its end says whether as CSV or as JSON."""
        command = ExportHistory(text=text, path=path, replace=replace)
        return answered(await self.request(command, EXPORT_SECONDS), Exported)

    async def see_missed(self) -> None:
        """Missed calls have been looked at."""
        await self.request(SeeMissed())

    async def suggest(self, text: str, limit: int = 8) -> Suggestions:
        """Whom the typed text may mean, best first; with no text, the latest."""
        return answered(await self.request(Suggest(text, limit)), Suggestions)
