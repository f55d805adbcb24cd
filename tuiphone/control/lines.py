"""Watched telephones of others, mailboxes, and being handed on to somebody else."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, answered
from tuiphone.control.calls import Started
from tuiphone.core.call import CallId


class Pickup(Message, frozen=True):
    """Take the call that rings at a watched line; the reply is Started."""

    line: str
    """Its address or its name."""
    account: str | None = None
    """Whoever watches such a line, when absent."""


class CallMailbox(Message, frozen=True):
    """Call where an account's voicemail is heard; the reply is Started."""

    account: str | None = None
    """The one with most new messages, when absent."""


class Follow(Message, frozen=True):
    """Call who the far side of this call named; the reply is Started, of the call that goes on."""

    call: CallId


class Stay(Message, frozen=True):
    """Do not call who the far side of this call named."""

    call: CallId


Command: TypeAlias = Pickup | CallMailbox | Follow | Stay


class LineVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def pickup(self, line: str, *, account: str | None = None) -> CallId:
        """Take the call that rings at a watched line."""
        return answered(await self.request(Pickup(line, account)), Started).call

    async def call_mailbox(self, account: str | None = None) -> CallId:
        """Call where an account's voicemail is heard."""
        return answered(await self.request(CallMailbox(account)), Started).call

    async def follow(self, call: CallId) -> CallId:
        """Call who the far side named; returns the call that goes on."""
        return answered(await self.request(Follow(call)), Started).call

    async def stay(self, call: CallId) -> None:
        """Do not call who the far side named."""
        await self.request(Stay(call))
