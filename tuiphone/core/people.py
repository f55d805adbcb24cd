"""What is done with an account's roster at its vendor, and who is told of presence."""

from collections.abc import Iterable

from tuiphone.core import desk
from tuiphone.core.capability import Capability
from tuiphone.core.commands import Commands
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallDescribed, DeskCallChanged, ParticipantsChanged, PresencePublished
from tuiphone.core.introductions import named
from tuiphone.core.model import Address, Contact, Presence
from tuiphone.core.ports import Directory
from tuiphone.core.provider import Provider


class People(Commands):
    """Commands of the accounts that keep contacts; all raise NotPossible, ConnectionLost and what providers raise."""

    def know_by(self, directory: Directory) -> None:
        """From now on call people by the names in this directory, before anything rings or is written down."""
        self._ledger.directory = directory

    def introduce_again(self) -> None:
        """The directory has changed: calls that are up, and missed ones of the group, get the names people have now."""
        if (directory := self._ledger.directory) is not None:
            for known in self.state.accounts:
                for missed in desk.missed(known.desk):
                    # Not those that wait or ring: they may be over by the time this is taken.
                    if named(missed.peer, known.account.name, directory) is not missed.peer:
                        self._emit(known.account.name, DeskCallChanged(missed))
            for call in self.state.live_calls:
                if call.is_group:
                    self._emit(call.id.account, ParticipantsChanged(call.id.ref, call.participants))
                elif (peer := named(call.peer, call.id.account, directory)) is not call.peer:
                    self._emit(call.id.account, CallDescribed(call.id.ref, peer=peer))

    async def contacts(self, account: str) -> tuple[Contact, ...]:
        """The roster at the vendor, whole."""
        return tuple(await self._within(self._keeping(account, Capability.CONTACTS).contacts()))

    async def add_contact(self, account: str, address: Address) -> None:
        """Put somebody on the roster at the vendor."""
        await self._within(self._keeping(account, Capability.CONTACTS).add_contact(address))

    async def remove_contact(self, account: str, address: Address) -> None:
        """Take somebody off the roster at the vendor."""
        await self._within(self._keeping(account, Capability.CONTACTS).remove_contact(address))

    async def watch(self, account: str, addresses: Iterable[Address]) -> None:
        """Ask how these people are, and be told of it from now on."""
        await self._within(self._keeping(account, Capability.PRESENCE).presence(tuple(addresses)))

    async def publish(self, account: str, presence: Presence) -> None:
        """Let others at the vendor know how we are; Unsupported where they cannot be told."""
        await self._within(self._roster.online(account).publish(presence))
        self._emit(account, PresencePublished(presence))

    def _keeping(self, account: str, needed: Capability) -> Provider:
        if needed not in self._roster.provider(account).capabilities:
            what = "keeps no contacts" if needed is Capability.CONTACTS else "does not tell who is there"
            raise NotPossible(f"{account} {what} at its server.")
        return self._roster.online(account)
