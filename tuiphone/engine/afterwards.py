"""What a server tells of a call only when it is over: asked for, and taken in once our own end of it is written."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from tuiphone.core.call import Call
from tuiphone.core.capability import Capability
from tuiphone.core.model import CallRecord
from tuiphone.engine.past import PastCalls
from tuiphone.engine.service import Parts

log = logging.getLogger(__name__)

PAUSES = (3.0, 12.0, 45.0, 120.0)
"""Seconds before each time the server is asked; exchanges write their records up to a minute after the end."""
MAX_WAITING = 20
"""Calls of one account that are looked for, and records that wait for the end of their call."""


class Afterwards:
    """Of the accounts that command calls they do not carry; whoever hears a call needs nobody to tell of it."""

    def __init__(self, parts: Parts, past: PastCalls, keep: Callable[[str, list[CallRecord]], Awaitable[None]]) -> None:
        """`keep` takes records of an account into the history."""
        self._parts = parts
        self._past = past
        self._keep = keep
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._sought: dict[str, list[Call]] = {}
        """Account -> calls that its server has not told of."""
        self._early: dict[str, list[CallRecord]] = {}
        """Account -> records that came while a call was up that they may be of."""

    def came(self, account: str, record: CallRecord) -> None:
        """The server told of a call by itself, perhaps before we heard of its end."""
        if any(account in self._tellers(call) for call in self._parts.phone.state.live_calls):
            early = self._early.setdefault(account, [])
            early.append(record)
            del early[:-MAX_WAITING]

    def over(self, call: Call) -> None:
        """A call has ended: what came early is taken in again, and what the server does not tell is asked for."""
        for account in self._tellers(call):
            known = self._parts.phone.state.account(account)
            asks = known is not None and Capability.HISTORY in known.account.capabilities
            if asks:
                sought = self._sought.setdefault(account, [])
                sought.append(call)
                del sought[:-MAX_WAITING]
            if asks or account in self._early:
                if (before := self._tasks.pop(account, None)) is not None:
                    before.cancel()
                self._tasks[account] = asyncio.create_task(self._follow(account), name=f"afterwards-{account}")

    async def close(self) -> None:
        """Ask no more."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def _tellers(self, call: Call) -> list[str]:
        """The accounts whose servers may tell of this call what is not heard here."""
        if call.control is not None:
            return [call.control.account]
        found: list[str] = []
        for known in self._parts.phone.state.accounts:
            kin = self._parts.phone.kin_of(known.account.name)
            if kin.is_blind and call.id.account in (known.account.name, kin.linked):
                found.append(known.account.name)
        return found

    async def _follow(self, account: str) -> None:
        try:
            if early := self._early.get(account):
                await self._keep(account, list(early))
                self._early.pop(account, None)
            for pause in PAUSES:
                if not await self._still_sought(account):
                    break
                await asyncio.sleep(pause)
                await self._past.fetch_new(account)
            self._sought.pop(account, None)
        except Exception:
            log.exception("%s: what became of a call could not be asked for", account)

    async def _still_sought(self, account: str) -> bool:
        history = self._parts.history
        calls = [call for call in self._sought.get(account, ()) if not await history.is_told_of(call)]
        self._sought[account] = calls
        return bool(calls)
