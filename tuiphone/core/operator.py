"""What an operator does with calls of the extension group: take them, send them on, be done with them."""

import asyncio
from dataclasses import dataclass

from tuiphone.core.alike import number_key
from tuiphone.core.call import CallDirection, CallId
from tuiphone.core.capability import Capability
from tuiphone.core.desk import DeskRow, desk_rows, is_told_as, redirect_place
from tuiphone.core.errors import BadAddress, NotPossible, PhoneError
from tuiphone.core.events import CallMerged, CallStarted, DeskCallGone, ProviderFaulted
from tuiphone.core.ledger import Change, Ledger
from tuiphone.core.linked import Linked
from tuiphone.core.model import Address, AddressKind, DeskCall, DeskState, address_from_text
from tuiphone.core.roster import Roster
from tuiphone.core.switchboard import Switchboard


@dataclass(eq=False, frozen=True, slots=True)
class _Taken:
    """A call of the extension group that the PBX is asked to send here, where the account with its sound rings."""

    account: str
    call: DeskCall

    def is_told_by(self, change: Change) -> bool:
        """The account tells that it has come."""
        match change.event:
            case CallStarted(ref) | CallMerged(ref):
                told = change.after.call(CallId(self.account, ref))
                if change.account != self.account or told is None or told.direction is not CallDirection.INCOMING:
                    return False
                # An account may have to call it by another name than the desk did.
                return is_told_as(self.call, ref, told.peer)
            case _:
                return False


class Operator(Linked):
    """Commands of the accounts that are told of their extension group."""

    def __init__(self, ledger: Ledger, roster: Roster, switchboard: Switchboard) -> None:
        super().__init__(ledger, roster, switchboard)
        self._taken: list[_Taken] = []

    async def take(self, ref: str, *, account: str | None = None) -> None:
        """Have a call of the extension group ring at our own extension; an account that has its sound picks it up.

        Raises: NotPossible when there is no such call or nobody can send it here, and what the provider raises.
        """
        row = self._waiting(ref, account)
        own = self._roster.provider(row.account).identity
        if not own:
            raise NotPossible(f"{row.account} has no extension of its own; send the call on to a number.")
        if self._linker.linked(row.account, self.state) is None:
            return await self._send_on(row, own)
        # Beforehand: the PBX may tell of the call before it says that it sends it.
        taken = _Taken(row.account, row.call)
        self._taken.append(taken)
        try:
            await self._send_on(row, own)
        except BaseException:
            self._forget(taken)
            raise
        asyncio.get_running_loop().call_later(self.ring_within_s, self._forget, taken)

    def _forget(self, taken: _Taken) -> None:
        if taken in self._taken:
            self._taken.remove(taken)

    def _follow_taken(self, change: Change) -> None:
        """What a person took and now comes is picked up."""
        for taken in self._taken:
            if taken.is_told_by(change):
                self._taken.remove(taken)
                assert isinstance(change.event, CallStarted | CallMerged)
                return self._spawn(self._pick_up_taken(CallId(change.account, change.event.ref)))

    async def _pick_up_taken(self, id: CallId) -> None:
        if (call := self.state.call(id)) is None or not call.is_live:
            return
        try:
            await self._pick_up_what_rings(call.id)
        except PhoneError as error:
            # It rings on, and the person sees it.
            self._emit(call.id.account, ProviderFaulted(str(error), call.id.ref))

    async def redirect(self, ref: str, to: str | None = None, *, account: str | None = None) -> None:
        """Send a call of the extension group on; without `to` to where the account's `redirect_to` says.

        Raises: as `take`, and BadAddress.
        """
        row = self._waiting(ref, account)
        to = to or redirect_place(self.state, row.account)
        if to is None:
            raise BadAddress(f"Where to? Name a number, or set redirect_to in the account {row.account}.")
        await self._send_on(row, to)

    async def call_back(self, ref: str, *, account: str | None = None) -> CallId:
        """Call who was missed, from the account that missed them where it can call.

        Raises: as `be_done_with` and `dial`.
        """
        row = self._row(ref, account, DeskState.MISSED)
        provider = self._roster.provider(row.account)
        dials = (Capability.DIAL_PHONE | Capability.DIAL_USER) & provider.capabilities
        return await self.dial(row.call.peer.text, account=row.account if dials else None)

    async def be_done_with(self, ref: str, *, account: str | None = None) -> DeskRow:
        """The missed calls of this one's number need nobody any more; returns what they were.

        Raises: NotPossible when there is no such missed call.
        """
        row = self._row(ref, account, DeskState.MISSED)
        for name, call in row.all:
            self._emit(name, DeskCallGone(call.ref))
        await self._ledger.settled()
        return row

    async def _send_on(self, row: DeskRow, to: str) -> None:
        provider = self._roster.online(row.account)
        if Capability.REDIRECT not in provider.capabilities:
            raise NotPossible(f"{row.account} cannot send on calls of its extension group.")
        address = address_from_text(to, provider.capabilities)
        await self._within(provider.redirect(row.call.ref, address))

    def _waiting(self, ref: str, account: str | None) -> DeskRow:
        return self._row(ref, account, DeskState.WAITING, DeskState.RINGING)

    def _row(self, text: str, account: str | None, *states: DeskState) -> DeskRow:
        if account is not None:
            self._roster.keeper(account)
        wanted = text.strip().casefold()
        rows = [row for row in desk_rows(self.state) if account in (None, *(name for name, _ in row.all))]
        key = number_key(Address(AddressKind.PHONE, wanted))
        for told, meant in ((_refs, wanted), (_numbers, wanted), (_names, wanted), (_keys, key)):
            if found := [row for row in rows if meant in told(row)]:
                if fitting := [row for row in found if row.call.state in states]:
                    return fitting[0]
                who, state = found[0].call.peer.label, found[0].call.state
                if state is DeskState.MISSED:
                    raise NotPossible(f"{who} was missed and waits no more; call back.")
                raise NotPossible(f"{who} is {state.value}; only missed calls can be done with.")
        raise NotPossible(f"There is no call of {text} at the desk; it may be over. What there is: tuiphone desk")


def _refs(row: DeskRow) -> set[str]:
    return {call.ref.casefold() for _, call in row.all}


def _numbers(row: DeskRow) -> set[str]:
    return {call.peer.text.casefold() for _, call in row.all}


def _keys(row: DeskRow) -> set[str | None]:
    """The same numbers, however they are written."""
    return {number_key(call.peer) for _, call in row.all} - {None}


def _names(row: DeskRow) -> set[str]:
    return {call.peer.name.casefold() for _, call in row.all if call.peer.name}
