"""What the accounts' servers know of past calls, fetched page by page: the new ones by itself, older ones on demand."""

import asyncio
import logging
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tuiphone.core.capability import Capability
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import Link
from tuiphone.core.model import CallRecord, RecordResult
from tuiphone.engine.service import Parts

log = logging.getLogger(__name__)

PAGE = 100
FIRST_PAGES = 3
"""How much is fetched of an account nothing was fetched of before; the rest comes when somebody scrolls there."""
MAX_PAGES = 20
"""How far back one fetch goes to meet what is here already."""
MOST_RECORDS = 1000
"""Of one page; a server that sends more is not listened to."""
TOLERANCE_S = 0.5
"""Servers count in whole seconds, and two calls may have begun in the same one."""


@dataclass(slots=True)
class _Reach:
    """How far back an account's records have been fetched."""

    oldest: float | None = None
    is_done: bool = False
    """The server has nothing older."""


class PastCalls:
    """Fetches records of the accounts whose servers keep them."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._reaches: dict[str, _Reach] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    @property
    def has_older(self) -> bool:
        """A server that can be asked may know of older calls."""
        return any(not self._reach(account).is_done for account in self._askable())

    async def fetch_new(self, account: str) -> None:
        """Fetch what is new, back to what is here already; the account came online."""
        if account not in self._askable():
            return
        since = await self._parts.history.newest_at(account)
        reach = self._reach(account)
        async with self._lock(account):
            try:
                before: float | None = None
                for _ in range(FIRST_PAGES if since is None else MAX_PAGES):
                    added, oldest = await self._page(account, before, since)
                    if oldest is None:
                        reach.is_done = reach.is_done or before is None
                    if oldest is None or not added:
                        break
                    before = oldest
                    reach.oldest = min(oldest, reach.oldest or oldest)
            except PhoneError as error:
                log.warning("%s: past calls: %s", account, error)

    async def fetch_older(self) -> tuple[int, tuple[str, ...]]:
        """Fetch records older than those here, of every account; returns how many are new, and what went wrong."""
        results = await asyncio.gather(*(self._older(account) for account in self._askable()))
        return sum(added for added, _ in results), tuple(problem for _, problem in results if problem)

    async def keep(self, account: str, records: Iterable[CallRecord], since: float | None) -> int:
        """Take the vendor's records in; missed ones since then nobody has seen. Returns how many are new."""
        sound = [kept for record in records if (kept := _sound(record, account, since)) is not None]
        return await self._parts.history.add_many(sound) if sound else 0

    async def _older(self, account: str) -> tuple[int, str | None]:
        reach, added = self._reach(account), 0
        async with self._lock(account):
            try:
                for _ in range(MAX_PAGES):
                    if reach.is_done or added:
                        break
                    before = reach.oldest
                    added, oldest = await self._page(account, before, None)
                    reach.is_done = oldest is None
                    reach.oldest = oldest if oldest is not None else before
            except PhoneError as error:
                log.warning("%s: older calls: %s", account, error)
                return added, f"{account}: {error}"
        return added, None

    async def _page(self, account: str, before: float | None, since: float | None) -> tuple[int, float | None]:
        """How many records of the next page are new, and when the oldest began; None when there is nothing older."""
        edge = None if before is None else before + TOLERANCE_S
        records = (await self._parts.phone.past_calls(account, before=edge, limit=PAGE))[:MOST_RECORDS]
        times = [record.started_at for record in records if _is_time(record.started_at)]
        added = await self.keep(account, records, since)
        oldest = min(times, default=None)
        # A server that repeats itself would be asked for ever.
        is_stuck = oldest is not None and before is not None and oldest >= before
        return added, None if is_stuck else oldest

    def _askable(self) -> list[str]:
        return [
            known.account.name
            for known in self._parts.phone.state.accounts
            if known.link is Link.ONLINE and Capability.HISTORY in known.account.capabilities
        ]

    def _reach(self, account: str) -> _Reach:
        return self._reaches.setdefault(account, _Reach())

    def _lock(self, account: str) -> asyncio.Lock:
        return self._locks.setdefault(account, asyncio.Lock())


def _sound(record: CallRecord, account: str, since: float | None) -> CallRecord | None:
    """What we believe of a record from the network; None when its time is none."""
    if not _is_time(record.started_at):
        return None
    answered = record.answered_at if _is_time(record.answered_at) else None
    ended = record.ended_at if _is_time(record.ended_at) else answered
    is_news = record.result is RecordResult.MISSED and since is not None and record.started_at > since
    return replace(
        record,
        id=0,
        account=account,
        answered_at=answered,
        ended_at=max(record.started_at, ended or record.started_at),
        # Files, notes and crashes are ours; a server that tells of them would have us open what it likes.
        recording=None,
        note=None,
        lost_at_crash=False,
        seen=not is_news,
    )


def _is_time(at: float | None) -> bool:
    return at is not None and math.isfinite(at) and 0 < at < time.time() + 86400.0
