"""Errands: what an account is asked for beside its calls: messages, past calls, recordings."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from tuiphone.core.capability import Capability, can_text
from tuiphone.core.errors import NotPossible, RequestTimeout
from tuiphone.core.model import Address, AddressKind, CallRecord, address_from_text
from tuiphone.core.roster import Roster
from tuiphone.core.twins import NO_KIN, Kin, at_vendor

COMMAND_SECONDS = 15.0
"""How long a command may take before the person is told."""
T = TypeVar("T")


class Errands:
    """What the phone does for a person without a call."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def addressee(self, account: str, to: str | Address) -> Address:
        """Whom a message of this account goes to. Raises: BadAddress, and NotPossible when it cannot send them one."""
        capabilities = self._roster.provider(account).capabilities
        if Capability.TEXT not in capabilities:
            raise NotPossible(f"{account} has no text messages.")
        if isinstance(to, str):
            # Where telephones get no messages, digits are the name of a user.
            limited = Capability.TEXT_USERS_ONLY in capabilities
            to = address_from_text(to, capabilities & ~Capability.DIAL_PHONE if limited else capabilities)
        if not can_text(capabilities, to):
            what = "a telephone number" if to.kind is AddressKind.PHONE else "no telephone number"
            raise NotPossible(f"{account} cannot send messages to {to.text}, which is {what}; choose another account.")
        return to

    async def send_text(self, account: str, to: str | Address, text: str) -> str | None:
        """Send a message outside calls; returns the provider's ref for it, if it has one.

        Raises: as `addressee`, ConnectionLost and what the provider raises.
        """
        to = self.addressee(account, to)
        return await self._within(self._roster.online(account).send_text(to, text))

    def texts_wait(self, account: str) -> bool:
        """Whether texts of this account are not sent when its server has taken them."""
        keeper = self._roster.find(account)
        return keeper is not None and keeper.provider.texts_wait

    async def past_calls(self, account: str, *, before: float | None, limit: int) -> tuple[CallRecord, ...]:
        """What the account's server knows of calls that began before this time, newest first.

        Raises: NotPossible, ConnectionLost and what the provider raises.
        """
        return await self._within(self._roster.online(account).history(before=before, limit=limit))

    async def recording_link(self, record: CallRecord) -> str | None:
        """Where the vendor keeps the recording of a past call; None when it has none.

        Of a call whose sound came over another account, the one that commanded it is asked.
        Raises: NotPossible, ConnectionLost and what the provider raises.
        """
        asked = at_vendor(record)
        return await self._within(self._roster.online(asked.account).recording_link(asked))

    def hosts_of(self, account: str) -> frozenset[str]:
        """The servers that the account's settings name; none for an account that cannot be used."""
        keeper = self._roster.find(account)
        return frozenset() if keeper is None else keeper.provider.hosts

    def recording_limit_of(self, account: str) -> int | None:
        """Bytes of the largest recording the account's vendor can have, where that is known."""
        keeper = self._roster.find(account)
        return None if keeper is None else keeper.provider.max_recording_bytes

    def kin_of(self, account: str) -> Kin:
        """Which calls beside its own the account's server may tell of."""
        if (keeper := self._roster.find(account)) is None:
            return NO_KIN
        provider = keeper.provider
        return Kin(self._roster.linked(account), provider.identity, Capability.MEDIA not in provider.capabilities)

    async def _within(self, command: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(COMMAND_SECONDS):
                return await command
        except TimeoutError as error:
            raise RequestTimeout(
                f"The server did not answer within {COMMAND_SECONDS:.0f} seconds; try again."
            ) from error
