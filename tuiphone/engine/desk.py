"""The operator's desk: what is asked of calls of the extension group; missed ones are kept beyond the engine's end."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tuiphone.control import desk
from tuiphone.control.calls import Started
from tuiphone.core.desk import missed
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import AccountAdded, AccountRemoved, ConnectionChanged, DeskCallChanged, DeskCallGone
from tuiphone.core.ledger import Change
from tuiphone.core.model import DeskCall
from tuiphone.core.twins import SAME_REF_SECONDS
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.store.desk import MAX_DONE, DeskBook

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Waiting:
    """What is to be written."""

    changes: dict[tuple[str, str], DeskCall | None] = field(default_factory=dict)
    new: dict[tuple[str, str], DeskCall] = field(default_factory=dict)
    """Missed calls just told of; they may be of yesterday, and somebody may have called back since."""


class DeskService(Service):
    """Answers what concerns the desk, and keeps its missed calls.

    Many calls are written at once: while a write is under way, changes gather for the next one.
    """

    def __init__(self, parts: Parts, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(parts)
        self._clock = clock
        self._book = DeskBook(parts.database)
        self._done: dict[str, dict[str, float]] = {}
        """Account -> refs of calls that are done with, and when they came in."""
        self._missed: dict[tuple[str, str], DeskCall] = {}
        """Those that are not done with, as they are on the disk or will be soon; one may ring again meanwhile."""
        self._waiting = _Waiting()
        self._trouble: PhoneError | None = None
        """Why the last write failed."""
        self._writing: asyncio.Task[None] | None = None

    @property
    def handlers(self) -> Handlers:
        return {
            desk.TakeDeskCall: self.take,
            desk.RedirectDeskCall: self.redirect,
            desk.CallDeskBack: self.call_back,
            desk.DeskCallDone: self.be_done,
            desk.WatchDesk: self.watch,
        }

    async def start(self) -> None:
        """Calls that are done with stay so."""
        self.parts.phone.forget_missed_if(self._is_done)

    async def close(self) -> None:
        """Write what is left, once more what could not be written before."""
        await self._written()
        if self._waiting.changes:
            await self._write()

    # -- what is asked ------------------------------------------------------------------------------------------

    async def take(self, command: desk.TakeDeskCall) -> None:
        """Have it ring here."""
        await self.parts.phone.take(command.ref, account=command.account)

    async def redirect(self, command: desk.RedirectDeskCall) -> None:
        """Send it on."""
        await self.parts.phone.redirect(command.ref, command.to, account=command.account)

    async def call_back(self, command: desk.CallDeskBack) -> Started:
        """Call who was missed."""
        return Started(await self.parts.phone.call_back(command.ref, account=command.account))

    async def be_done(self, command: desk.DeskCallDone) -> desk.DeskDone:
        """Forget the missed calls of a number. Raises: NotPossible, StoreError."""
        row = await self.parts.phone.be_done_with(command.ref, account=command.account)
        await self._written()
        if self._trouble is not None:
            raise self._trouble
        return desk.DeskDone(len(row.all))

    async def watch(self, _: desk.WatchDesk) -> None:
        """Have those accounts look that know of the desk only what they ask for."""
        self.parts.phone.attended()

    # -- what happens -------------------------------------------------------------------------------------------

    async def keep(self, change: Change) -> None:
        """A listener of the phone: note what has to be written. Raises: StoreError."""
        match change.event:
            case AccountAdded():
                await self._written()
                await self._show_again(change.account)
            case AccountRemoved():
                await self._written()
                self._done.pop(change.account, None)
                self._missed = {key: call for key, call in self._missed.items() if key[0] != change.account}
            case _ if change.before is not change.after:
                self._compare(change)
            case _:
                pass

    async def _show_again(self, account: str) -> None:
        calls, self._done[account] = await self._book.load(account)
        for call in calls:
            self._missed[account, call.ref] = call
            self.parts.phone.emit(DeskCallChanged(call), account=account)

    def _compare(self, change: Change) -> None:
        for before, after in zip(change.before.accounts, change.after.accounts, strict=False):
            if before.desk is after.desk or before.desk == after.desk or before.account.name != after.account.name:
                continue
            account = after.account.name
            for call in missed(after.desk):
                if self._missed.get((account, call.ref)) != call:
                    self._missed[account, call.ref] = call
                    self._waiting.changes[account, call.ref] = call
                    self._waiting.new[account, call.ref] = call
            there = {call.ref for call in after.desk}
            for ref in [call.ref for call in before.desk if call.ref not in there]:
                key = account, ref
                if (call := self._missed.get(key)) is None:
                    continue
                if isinstance(change.event, ConnectionChanged):
                    # It rang once more when the link was lost: of that nothing is known, but it was missed before.
                    self.parts.phone.emit(DeskCallChanged(call), account=account)
                else:
                    self._waiting.changes[key] = None
                    self._waiting.new.pop(key, None)
                    self._be_done(account, call)
        if self._waiting.changes and self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="desk")

    def _be_done(self, account: str, call: DeskCall) -> None:
        self._missed.pop((account, call.ref), None)
        done = self._done.setdefault(account, {})
        done[call.ref] = call.since
        while len(done) > MAX_DONE:
            del done[next(iter(done))]

    def _is_done(self, account: str, call: DeskCall) -> bool:
        since = self._done.get(account, {}).get(call.ref)
        # Vendors begin again with their references some day.
        return since is not None and abs(call.since - since) <= SAME_REF_SECONDS

    async def _write(self) -> None:
        try:
            while self._waiting.changes:
                waiting, self._waiting = self._waiting, _Waiting()
                await self._keep(waiting.changes)
                for account, ref in await self._reached(waiting.new):
                    self.parts.phone.emit(DeskCallGone(ref), account=account)
            self._trouble = None
        except PhoneError as error:
            log.error("%s", error)
            self._trouble = error
        finally:
            self._writing = None

    async def _keep(self, changes: dict[tuple[str, str], DeskCall | None]) -> None:
        try:
            await self._book.keep(changes, self._clock())
        except PhoneError:
            # They go with the next change; what came meanwhile is newer.
            self._waiting.changes = changes | self._waiting.changes
            raise

    async def _reached(self, new: dict[tuple[str, str], DeskCall]) -> list[tuple[str, str]]:
        reached = await self._book.reached(frozenset(new.values()))
        return [key for key, call in new.items() if call in reached]

    async def _written(self) -> None:
        while (writing := self._writing) is not None:
            await asyncio.shield(writing)
