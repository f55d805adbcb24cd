"""AZStack's logs of paid calls as records of the history (PROTOCOL.md section 9)."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import urlsplit

from tuiphone.core.errors import ConnectionLost
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.providers.azstack import codes, errors, requests
from tuiphone.providers.azstack.messages import LogEntry, Message, RecordsListed
from tuiphone.providers.azstack.session import Session

FRESH_SECONDS = 60.0
"""The server knows no pages and always sends everything: the pages of one look at the history come from one list."""
DIAL_SECONDS = 600.0
"""The longest a call may have rung, for the id that its caller made from the clock to be believed."""
MAX_BROKEN = 2
"""Links that break while the list comes; then it may be the list that breaks them."""
SPARE_SECONDS = 3600.0
"""How long it is not asked for then."""


class CallLogs:
    """Asks for the logs, and gives them out page by page."""

    def __init__(self, numbers: Iterable[str]) -> None:
        self._numbers = frozenset(number.removeprefix("+") for number in numbers)
        self._listed: tuple[CallRecord, ...] = ()
        self._listed_at = float("-inf")
        self._broken = 0
        self._broken_at = 0.0

    def forget(self) -> None:
        """There is another connection, or a new call: the list is to be asked for again."""
        self._listed_at = float("-inf")

    def record(self, entry: LogEntry) -> CallRecord:
        """What a log says, as a record."""
        return record(entry, self._numbers)

    async def page(self, session: Session, *, before: float | None, limit: int) -> tuple[CallRecord, ...]:
        """Calls that began before this time, newest first.

        Raises: ConnectionLost, RequestTimeout, RequestFailed, BadFrame
        """
        if before is None or time.monotonic() - self._listed_at > FRESH_SECONDS:
            entries = await self._ask(session)
            # Thousands of them take longer than a call that goes on can do without us.
            self._listed = await asyncio.to_thread(self._sorted, entries)
            self._listed_at = time.monotonic()
        found = (each for each in self._listed if before is None or each.started_at < before)
        return tuple(each for each, _ in zip(found, range(limit), strict=False))

    def _sorted(self, entries: tuple[LogEntry, ...]) -> tuple[CallRecord, ...]:
        return tuple(sorted(map(self.record, entries), key=lambda each: each.started_at, reverse=True))

    async def _ask(self, session: Session) -> tuple[LogEntry, ...]:
        if self._broken >= MAX_BROKEN and time.monotonic() - self._broken_at < SPARE_SECONDS:
            sentence = (
                "The connection broke each time AZStack's list of past calls was to come, perhaps because it is too "
                "long; it is asked for again in an hour."
            )
            raise errors.error("ERR_UNEXPECTED_RECEIVED_DATA", sentence)
        try:
            entries = await session.ask(requests.call_logs(), _listed)
        except ConnectionLost:
            self._broken += 1
            self._broken_at = time.monotonic()
            raise
        self._broken = 0
        return entries


def _listed(message: Message) -> tuple[LogEntry, ...] | None:
    if not isinstance(message, RecordsListed):
        return None
    if not message.ok:
        sentence = "AZStack did not give its list of past calls. Try again later."
        raise errors.error("ERR_UNEXPECTED_RECEIVED_DATA", sentence)
    return message.entries


def record(entry: LogEntry, numbers: frozenset[str]) -> CallRecord:
    """What a log says, as a record; `numbers` are ours, without a +, for calls whose direction it does not say.

    Its time is that of the end, by the vendor's only example, and its duration that of the talk. Where it has none, the
    call id is the time it began (`wire` lets no other entry pass).
    """
    _, incoming = codes.LOG_TYPES.get(entry.call_type or 0, ("", entry.called.removeprefix("+") in numbers))
    result, detail = _result(entry, incoming=incoming)
    ended_at = entry.recorded_at
    if ended_at is None:
        ended_at = float(entry.call_id) + entry.duration_s
    talked_from = max(0.0, ended_at - entry.duration_s)
    peer = entry.caller if incoming else entry.called
    return CallRecord(
        id=0,
        account="",
        ref=str(entry.call_id),
        peer=Address(AddressKind.PHONE, peer or "anonymous"),
        incoming=incoming,
        video=False,
        started_at=talked_from if incoming else _dialled_at(entry, talked_from),
        answered_at=talked_from if result is RecordResult.ANSWERED else None,
        ended_at=ended_at,
        result=result,
        detail=detail,
        recording_url=link(entry.url),
    )


def link(url: str) -> str | None:
    """The address of a recording, if it is one that can be fetched."""
    with suppress(ValueError):
        parts = urlsplit(url)
        named = parts.hostname and parts.username is None and parts.password is None
        if parts.scheme in ("http", "https") and named and url.isprintable() and " " not in url:
            return url
    return None


def _result(entry: LogEntry, *, incoming: bool) -> tuple[RecordResult, str | None]:
    tagged = f"Tags: {entry.tags}" if entry.tags.strip() else None
    known = None if entry.status is None else codes.LOG_STATUSES.get(entry.status)
    if known is None:
        said = f"AZStack gives it a result without a name ({entry.status})."
        return (RecordResult.ANSWERED if entry.duration_s > 0 else RecordResult.FAILED), said
    result = known[1]
    return (RecordResult.MISSED if incoming and result is RecordResult.NOT_ANSWERED else result), tagged


def _dialled_at(entry: LogEntry, talked_from: float) -> float:
    """When a call of ours began: its id is its caller's clock (section 6)."""
    made = entry.call_id
    return float(made) if isinstance(made, int) and 0 <= talked_from - made <= DIAL_SECONDS else talked_from
