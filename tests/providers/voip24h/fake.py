"""A back end without a server: lists what a test puts into it, and writes down what it was asked."""

import asyncio
import time
from typing import Any

from tuiphone.providers.voip24h.entry import Entry, Listing, newest_first


def entry(at: float, call_id: str = "", **more: Any) -> Entry:
    """A call of ours that went out and was answered for twelve seconds."""
    given: dict[str, Any] = {
        "call_id": call_id or f"{int(at)}.1",
        "extension": "101",
        "peer": "0900000001",
        "incoming": False,
        "started_at": at,
        "status": "ANSWERED",
        "talk_s": 12.0,
    }
    return Entry(**(given | more))


def missed(at: float, extension: str = "102", **more: Any) -> Entry:
    """A call that came in to somebody of the group and that nobody took."""
    given = {"incoming": True, "status": "NO ANSWER", "talk_s": None, "extension": extension}
    return entry(at, more.pop("call_id", ""), **(given | more))


class FakeBackend:
    """Knows whole days only, as the partner API does; all times are in `rows`."""

    def __init__(self, *rows: Entry) -> None:
        self.rows = list(rows)
        self.asked: list[tuple[str, Any]] = []
        self.fails: dict[str, Exception] = {}
        self.dialled_as: str | None = None
        self.may_dial = asyncio.Event()
        self.may_dial.set()
        self.most = 10**6
        self.extension = "101"

    def _note(self, what: str, *how: Any) -> None:
        self.asked.append((what, how))
        if what in self.fails:
            raise self.fails[what]

    def _listing(self, rows: list[Entry]) -> Listing:
        found = newest_first(rows)
        return Listing(found[: self.most], is_whole=len(found) <= self.most)

    def _own(self) -> list[Entry]:
        return [row for row in self.rows if row.extension == self.extension]

    async def calls(self, start: float, end: float) -> Listing:
        self._note("calls", start, end)
        return self._listing([row for row in self._own() if start <= row.started_at < end])

    async def group_calls(self, start: float, end: float) -> Listing:
        self._note("group_calls", start, end)
        return self._listing([row for row in self.rows if start <= row.started_at < end])

    async def all_calls(self) -> Listing:
        self._note("all_calls")
        return self._listing(self._own())

    async def call(self, call_id: str) -> Entry | None:
        self._note("call", call_id)
        return next((row for row in self.rows if row.call_id == call_id), None)

    async def recording(self, call_id: str) -> str | None:
        self._note("recording", call_id)
        return f"https://pbx.example/{call_id}.gsm"

    async def dial(self, phone: str) -> str | None:
        self._note("dial", phone)
        await self.may_dial.wait()
        return self.dialled_as

    def count(self, what: str) -> int:
        """How often it was asked for that."""
        return sum(kind == what for kind, _ in self.asked)


NOW = float(int(time.time()))
