"""The operator's desk: calls of the extension group that wait, ring at somebody or were missed."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, answered
from tuiphone.control.calls import Started
from tuiphone.core.call import CallId


class TakeDeskCall(Message, frozen=True):
    """Have a call that waits or rings at somebody ring here."""

    ref: str
    """Its ref, its number or its name; so in the others."""
    account: str | None = None


class RedirectDeskCall(Message, frozen=True):
    """Send a call that waits or rings at somebody on."""

    ref: str
    to: str | None = None
    """Where to; where the account's settings say, when absent."""
    account: str | None = None


class CallDeskBack(Message, frozen=True):
    """Call who was missed; the reply is Started."""

    ref: str
    account: str | None = None


class DeskCallDone(Message, frozen=True):
    """The missed calls of this number need nobody any more; on the disk when the reply comes, which is DeskDone."""

    ref: str
    account: str | None = None


class WatchDesk(Message, frozen=True):
    """Somebody looks at the desk: keep it fresh for the next minutes, where that has to be asked for."""


class DeskDone(Message, frozen=True):
    """So many missed calls are done with."""

    calls: int


Command: TypeAlias = TakeDeskCall | RedirectDeskCall | CallDeskBack | DeskCallDone | WatchDesk
Result: TypeAlias = DeskDone


class DeskVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def take_desk_call(self, ref: str, *, account: str | None = None) -> None:
        """Have a call of the extension group ring here."""
        await self.request(TakeDeskCall(ref, account))

    async def redirect_desk_call(self, ref: str, to: str | None = None, *, account: str | None = None) -> None:
        """Send a call of the extension group on."""
        await self.request(RedirectDeskCall(ref, to, account))

    async def call_desk_back(self, ref: str, *, account: str | None = None) -> CallId:
        """Call who was missed."""
        return answered(await self.request(CallDeskBack(ref, account)), Started).call

    async def desk_call_done(self, ref: str, *, account: str | None = None) -> int:
        """Be done with the missed calls of a number; returns how many there were."""
        return answered(await self.request(DeskCallDone(ref, account)), DeskDone).calls

    async def watch_desk(self) -> None:
        """Somebody looks at the desk; said again every minute while they do."""
        await self.request(WatchDesk())
