"""What is done with several calls at once: swapping, a conference, a transfer after asking; and who hears us then."""

import asyncio
from collections.abc import Iterable

from tuiphone.core.call import Call, CallId, CallState, EndReason
from tuiphone.core.capability import Action
from tuiphone.core.commands import Commands
from tuiphone.core.errors import NotPossible, PhoneError
from tuiphone.core.events import CallAnswered, CallConsulted, CallHeld, CallJoined, CallMuted, ProviderFaulted
from tuiphone.core.ledger import Change
from tuiphone.core.state import PhoneState

TALKING = (CallState.ACTIVE, CallState.HELD)


class Several(Commands):
    """Commands on more than one call, and the rule behind them: only one call, or one conference, hears us."""

    # -- swapping -----------------------------------------------------------------------------------------------

    async def swap(self) -> CallId:
        """Put the call one talks to on hold, then take back the next one on hold, which is returned.

        A conference counts as one call. Raises: NotPossible when there is nothing to take back.
        """
        groups = parties(self.state)
        held = [at for at, group in enumerate(groups) if all(call.state is CallState.HELD for call in group)]
        if not held:
            raise NotPossible("There is no call on hold to swap with.")
        talking = next((at for at, group in enumerate(groups) if any(_hears_us(call) for call in group)), -1)
        after = next((at for at in held if at > talking), held[0])
        id = groups[after][0].id
        await self.hold(id, on=False)
        return id

    # -- conference ---------------------------------------------------------------------------------------------

    async def join(self, ids: Iterable[CallId] = ()) -> None:
        """Let these calls hear each other, together with those that do already; all answered ones when none is named.

        Raises: NotPossible when that would be fewer than two, and what a provider raises when a call stays on hold.
        """
        wanted = list(dict.fromkeys(ids)) or [call.id for call in self._joinable()]
        wanted = [*(call.id for call in self.state.conference if call.id not in wanted), *wanted]
        if len(wanted) < 2:
            raise NotPossible("A conference needs two answered calls whose sound is here.")
        calls = [self._command(id, Action.CONFERENCE)[0] for id in wanted]
        await self._hold_others(*wanted)
        is_muted = any(call.muted for call in calls)
        for call in calls:
            # Joined before they are taken back: from then on it is right that several hear us.
            self._emit(call.id.account, CallJoined(call.id.ref, on=True))
            if is_muted and not call.muted:
                if (media := self._switchboard.get(call.id)) is not None:
                    media.mute(True)
                self._emit(call.id.account, CallMuted(call.id.ref, on=True))
                self._spawn(self._quietly(self._tell_of_mute(call.id, on=True)))
        held = [call.id for call in calls if call.state is CallState.HELD]
        results = await asyncio.gather(*(self._set_hold(id, on=False) for id in held), return_exceptions=True)
        await self._ledger.settled()
        for id, result in zip(held, results, strict=True):
            if isinstance(result, BaseException):
                self._emit(id.account, CallJoined(id.ref, on=False))
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def split(self, id: CallId) -> None:
        """End the conference: go on talking to this call; the others are put on hold, each by itself.

        Raises: NotPossible when the call is in no conference.
        """
        if not self._call(id).conference:
            raise NotPossible("That call is in no conference.")
        members = [call.id for call in self.state.conference]
        held = asyncio.gather(*(self._hold_aside(other.id) for other in self._others_talking([id])))
        for other in members:
            self._emit(other.account, CallJoined(other.ref, on=False))
        await held
        call = self.state.call(id)
        if call is not None and call.state is CallState.HELD:
            await self.hold(id, on=False)

    def _joinable(self) -> list[Call]:
        return [call for call in self.state.live_calls if Action.CONFERENCE in self._can(call)]

    # -- transfer after asking ----------------------------------------------------------------------------------

    async def consult(self, id: CallId, text: str) -> CallId:
        """Hold this call and call somebody about it on the same account; `connect` hands it over, if they agree.

        Raises: NotPossible where the provider cannot, and whatever `dial` raises; the call is taken back then.
        """
        call, _ = self._command(id, Action.TRANSFER_ATTENDED)
        try:
            asked = await self.dial(text, account=id.account)
        except PhoneError:
            if call.state is CallState.ACTIVE:
                self._spawn(self._go_back_to(id))
            raise
        self._emit(id.account, CallConsulted(asked.ref, id.ref))
        await self._ledger.settled()
        over = self.state.call(asked)
        if over is None or not over.is_live:
            self._spawn(self._go_back_to(id))
        return asked

    async def connect(self, id: CallId, other: CallId) -> None:
        """Attended transfer: connect the far sides of two answered calls of one account, and leave both.

        Raises: NotPossible where that makes no sense, and what the provider raises.
        """
        if id == other or id.account != other.account:
            raise NotPossible("Only two calls of the same account can be connected with each other.")
        pair = [self._command(one, Action.TRANSFER_ATTENDED)[0] for one in (id, other)]
        # The one we talk to comes last: it is the one that was asked.
        first, asked = sorted(pair, key=lambda call: (call.consults is not None, call.state is CallState.ACTIVE))
        provider = self._roster.provider(id.account)
        with self._pending(first, Action.TRANSFER_ATTENDED), self._pending(asked, Action.TRANSFER_ATTENDED):
            await self._within(provider.join(first.id.ref, asked.id.ref))

    # -- what follows from events -------------------------------------------------------------------------------

    def _return_from(self, change: Change, id: CallId) -> None:
        """A consultation we ended, or that came to nothing, leads back to the call it was about."""
        before, after = change.before.call(id), change.after.call(id)
        if before is None or after is None or not before.is_live or before.consults is None:
            return
        # When they hang up on us, the person may still be speaking: nobody else must hear that.
        if after.reason is EndReason.HUNG_UP or (not before.is_answered and after.reason is not EndReason.TRANSFERRED):
            self._spawn(self._go_back_to(CallId(id.account, before.consults)))

    async def _go_back_to(self, id: CallId) -> None:
        await self._ledger.settled()
        call = self.state.call(id)
        if call is None or call.state is not CallState.HELD or any(map(_hears_us, self.state.live_calls)):
            return
        try:
            await self.hold(id, on=False)
        except PhoneError as error:
            self._emit(id.account, ProviderFaulted(f"The call is still on hold: {error}", id.ref))

    def _seat_conference(self, change: Change) -> None:
        """Who hears whom, as the state says: a far side that put us on hold may be playing music to us."""
        if change.before.calls == change.after.calls:
            return
        for call in change.after.calls:
            before = change.before.call(call.id)
            is_in = call.conference and not call.held_by_peer
            was_in = before is not None and before.conference and not before.held_by_peer
            if is_in != was_in and (media := self._switchboard.get(call.id)) is not None:
                media.join(is_in)

    def _give_way(self, change: Change) -> None:
        """A call that begins to hear us closes the microphone to the others at once; then they are put on hold."""
        match change.event:
            case CallAnswered(ref) | CallHeld(ref, on=False):
                for other in self._rivals(change.after, CallId(change.account, ref)):
                    if (media := self._switchboard.get(other.id)) is not None:
                        media.hold(True)
            case _:
                pass

    def _hold_the_rest(self, id: CallId) -> None:
        for other in self._rivals(self.state, id):
            self._spawn(self._hold_aside(other.id))

    def _rivals(self, state: PhoneState, id: CallId) -> list[Call]:
        """Calls that hear us although this one does now; calls whose sound is elsewhere are no rivals."""
        call = state.call(id)
        if call is None or not _hears_us(call) or self._switchboard.get(id) is None:
            return []
        return [
            other
            for other in state.live_calls
            if _hears_us(other)
            and other.id != id
            and not (other.conference and call.conference)
            and self._switchboard.get(other.id) is not None
        ]


def parties(state: PhoneState) -> list[tuple[Call, ...]]:
    """The answered calls in order of birth, a conference as one."""
    groups: list[tuple[Call, ...]] = []
    for call in state.live_calls:
        if call.state not in TALKING:
            continue
        if not call.conference:
            groups.append((call,))
        elif call == state.conference[0]:
            groups.append(state.conference)
    return groups


def _hears_us(call: Call) -> bool:
    return call.state is CallState.ACTIVE
