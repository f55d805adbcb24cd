"""Group calls: several people in one call at a vendor that brings them together."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, answered
from tuiphone.control.calls import Started
from tuiphone.core.call import CallId


class StartGroup(Message, frozen=True, kw_only=True):
    """Call these people together; the reply is Started."""

    people: tuple[str, ...]
    account: str | None = None
    """The first account that can, when absent."""
    video: bool = False
    record: bool = False
    """Record from the answer on."""
    camera: str | None = None
    """What our picture is of, as in Dial."""


class Invite(Message, frozen=True):
    """Ask more people into a group call."""

    call: CallId
    people: tuple[str, ...]


class TakeOut(Message, frozen=True):
    """Take people out of a group call of ours."""

    call: CallId
    people: tuple[str, ...]
    """By their addresses."""


Command: TypeAlias = StartGroup | Invite | TakeOut


class GroupVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def start_group(
        self,
        people: tuple[str, ...],
        *,
        account: str | None = None,
        video: bool = False,
        record: bool = False,
        camera: str | None = None,
    ) -> CallId:
        """Call these people together; returns as soon as the call exists."""
        command = StartGroup(people=people, account=account, video=video, record=record, camera=camera)
        return answered(await self.request(command), Started).call

    async def invite(self, call: CallId, people: tuple[str, ...]) -> None:
        """Ask more people into a group call."""
        await self.request(Invite(call, people))

    async def take_out(self, call: CallId, people: tuple[str, ...]) -> None:
        """Take people out of a group call of ours."""
        await self.request(TakeOut(call, people))
