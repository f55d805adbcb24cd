"""Past calls, and whom a typed text may mean."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.model import Address, CallRecord


class ReadHistory(Message, frozen=True, kw_only=True):
    """Ask for a page of history, newest first; the reply is HistoryPage."""

    text: str = ""
    account: str | None = None
    missed: bool = False
    before: Number | None = None
    """Only records older than the one with this id."""
    limit: Number = 100


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


class Suggestion(msgspec.Struct, frozen=True):
    """Somebody called, or calling, before."""

    peer: Address
    account: str
    calls: int
    last_at: float


class Suggestions(Message, frozen=True):
    """Whom the text may mean, best first."""

    found: tuple[Suggestion, ...]


Command: TypeAlias = ReadHistory | SeeMissed | Suggest
Result: TypeAlias = HistoryPage | Suggestions


class HistoryVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def history(
        self,
        text: str = "",
        *,
        account: str | None = None,
        missed: bool = False,
        before: int | None = None,
        limit: int = 100,
    ) -> HistoryPage:
        """A page of history, newest first."""
        command = ReadHistory(text=text, account=account, missed=missed, before=before, limit=limit)
        return answered(await self.request(command), HistoryPage)

    async def see_missed(self) -> None:
        """Missed calls have been looked at."""
        await self.request(SeeMissed())

    async def suggest(self, text: str, limit: int = 8) -> Suggestions:
        """Whom the typed text may mean, best first; with no text, the latest."""
        return answered(await self.request(Suggest(text, limit)), Suggestions)
