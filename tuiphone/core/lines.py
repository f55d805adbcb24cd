"""Telephones of others that are watched, mailboxes, and being handed on to somebody else."""

from collections.abc import Awaitable

from tuiphone.core.call import Call, CallId
from tuiphone.core.capability import Action, Capability
from tuiphone.core.commands import Commands
from tuiphone.core.errors import ConnectionLost, NotPossible
from tuiphone.core.events import TransferDecided
from tuiphone.core.model import Line, LineState
from tuiphone.core.ports import CallMedia
from tuiphone.core.provider import Provider
from tuiphone.core.state import AccountState


class Lines(Commands):
    """Commands of the accounts that watch telephones and mailboxes, or are asked to call somebody else."""

    async def pickup(self, line: str, *, account: str | None = None) -> CallId:
        """Take the call that rings at a watched line, by its address or its name.

        Raises: NotPossible when it is not watched or nothing rings there, and what the provider raises.
        """
        name, watched = self._watched(line, account)
        label = watched.address.label
        match watched.state:
            case LineState.RINGING if not watched.incoming:
                raise NotPossible(f"{label} is calling somebody; there is nothing to pick up.")
            case LineState.RINGING:
                provider = self._roster.online(name)
            case LineState.UNKNOWN:
                self._roster.online(name)
                raise NotPossible(f"{name} is not told what {label} does; its server may not allow it.")
            case _:
                raise NotPossible(f"Nothing rings at {label}; it is {watched.state.value}.")
        if Capability.LINES not in provider.capabilities:
            raise NotPossible(f"{name} cannot pick up calls of others.")

        def ask(provider: Provider, media: CallMedia | None) -> Awaitable[str]:
            return provider.pickup(watched.address, media=media)

        return await self._begin(name, ask, video=False, record=None, camera=None)

    async def call_mailbox(self, account: str | None = None) -> CallId:
        """Call where the messages of this account are heard, of the first with new ones where none is named.

        Raises: NotPossible where no number of a mailbox is known, and what `dial` raises.
        """
        known = self._with_mailbox(account)
        if known.voicemail is None or known.voicemail.mailbox is None:
            raise NotPossible(
                f"{known.account.name} does not know the number of its mailbox; give it as mailbox in the account."
            )
        return await self.dial(known.voicemail.mailbox.text, account=known.account.name)

    async def follow(self, id: CallId) -> CallId:
        """Call who the far side named; returns the call that goes on, a new one after a transfer."""
        call, _ = self._command(id, Action.FOLLOW)
        try:
            goes_on = await self._follow(call)
        except ConnectionLost:
            # The question stays: it can be answered when there is a link again.
            raise
        except BaseException:
            self._emit(id.account, TransferDecided(id.ref))
            raise
        self._emit(id.account, TransferDecided(id.ref))
        return goes_on

    async def _follow(self, call: Call) -> CallId:
        id = call.id
        assert call.referral is not None
        if call.referral.by == "redirect":
            await self._within(self._roster.provider(id.account).follow(id.ref))
            return id

        def ask(provider: Provider, media: CallMedia | None) -> Awaitable[str]:
            return _made(provider.follow(id.ref, media=media), id.ref)

        return await self._begin(id.account, ask, video=call.video, record=None, camera=None)

    async def stay(self, id: CallId) -> None:
        """Do not call who the far side named; a call that was only redirected is over by that."""
        _, provider = self._command(id, Action.STAY)
        self._emit(id.account, TransferDecided(id.ref))
        await self._within(provider.stay(id.ref))

    def _watched(self, text: str, account: str | None) -> tuple[str, Line]:
        if account is not None:
            self._roster.keeper(account)
        wanted = text.strip().casefold()
        accounts = [known for known in self.state.accounts if account in (None, known.account.name)]
        watched = [(known.account.name, line) for known in accounts for line in known.lines]
        if not watched:
            raise NotPossible("No line is watched; name some in an account of a PBX: lines = [...]")
        found = [one for one in watched if wanted == one[1].address.text.casefold()]
        found = found or [one for one in watched if wanted == one[1].address.label.casefold()]
        if not found:
            there = ", ".join(line.address.text for _, line in watched)
            raise NotPossible(f"{text} is not watched; there are: {there}.")
        return next((one for one in found if one[1].state is LineState.RINGING and one[1].incoming), found[0])

    def _with_mailbox(self, account: str | None) -> AccountState:
        if account is not None:
            self._roster.keeper(account)
            named = self.state.account(account)
            if named is None or named.voicemail is None:
                raise NotPossible(f"{account} has not been told of a mailbox.")
            return named
        known = [one for one in self.state.accounts if one.voicemail is not None]
        if not known:
            raise NotPossible("No account here has been told of a mailbox.")
        return max(known, key=lambda one: one.voicemail.new if one.voicemail is not None else 0)


async def _made(asking: Awaitable[str | None], ref: str) -> str:
    made = await asking
    return ref if made is None else made
