"""Group calls: several people in one call, brought together by the vendor."""

from collections.abc import Awaitable, Iterable

from tuiphone.core.call import Attendance, CallId
from tuiphone.core.capability import Action, Capability
from tuiphone.core.commands import Commands
from tuiphone.core.errors import BadAddress, NotPossible
from tuiphone.core.model import address_from_text, people_in
from tuiphone.core.ports import CallMedia
from tuiphone.core.provider import Provider
from tuiphone.core.switchboard import PathOf

MAX_PEOPLE = 50


class Groups(Commands):
    """Commands of the accounts that have group calls."""

    async def dial(
        self,
        text: str,
        *,
        account: str | None = None,
        video: bool = False,
        caller: str | None = None,
        record: PathOf | None = None,
        camera: str | None = None,
    ) -> CallId:
        """As Commands.dial; several people with commas between them are called together where the account can."""
        people = people_in(text)
        if len(people) > 1 and self._has_groups(account):
            return await self.start_group(people, account=account, video=video, record=record, camera=camera)
        return await super().dial(text, account=account, video=video, caller=caller, record=record, camera=camera)

    async def start_group(
        self,
        people: Iterable[str],
        *,
        account: str | None = None,
        video: bool = False,
        record: PathOf | None = None,
        camera: str | None = None,
    ) -> CallId:
        """Call these people together; they may be added to with `invite`.

        Raises: as `dial`.
        """
        texts = checked_people(people)
        name, addresses = self._roster.route_group(texts, account)
        self._roster.online(name)

        def ask(provider: Provider, media: CallMedia | None) -> Awaitable[str]:
            return provider.start_group(addresses, video=video, media=media)

        return await self._begin(name, ask, video=video, record=record, camera=camera)

    async def invite(self, id: CallId, people: Iterable[str]) -> None:
        """Ask more people into a group call. Raises: BadAddress, NotPossible and what the provider raises."""
        call, provider = self._command(id, Action.INVITE)
        addresses = tuple(address_from_text(text, provider.capabilities) for text in checked_people(people))
        here = {one.address.text: one for one in call.participants if one.state is Attendance.JOINED}
        if found := [here[address.text] for address in addresses if address.text in here]:
            who = "You are" if found[0].is_us else f"{found[0].address.label} is"
            raise NotPossible(f"{who} in this call already.")
        with self._pending(call, Action.INVITE):
            await self._within(provider.invite(id.ref, addresses))

    async def remove(self, id: CallId, people: Iterable[str]) -> None:
        """Take people out of a group call of ours, named by address. Raises: as `invite`."""
        call, provider = self._command(id, Action.REMOVE)
        there = {one.address.text: one.address for one in call.participants if not one.is_us}
        wanted = checked_people(people)
        if strangers := [text for text in wanted if text not in there]:
            raise BadAddress(f"{strangers[0]} is not in this call; there are: {', '.join(there)}.")
        with self._pending(call, Action.REMOVE):
            await self._within(provider.remove(id.ref, tuple(there[text] for text in wanted)))

    def _has_groups(self, account: str | None) -> bool:
        if account is None:
            accounts = [known.account for known in self.state.accounts]
            return any(Capability.GROUP in known.capabilities for known in accounts)
        keeper = self._roster.find(account)
        return keeper is not None and Capability.GROUP in keeper.provider.capabilities


def checked_people(people: Iterable[str]) -> tuple[str, ...]:
    """These people, each once. Raises: BadAddress for nobody, and for too many."""
    texts = tuple(dict.fromkeys(filter(None, (text.strip() for text in people))))
    if not texts:
        raise BadAddress("Nobody to call: name the people, with commas between them.")
    if len(texts) > MAX_PEOPLE:
        raise BadAddress(f"Those are {len(texts)} people; at most {MAX_PEOPLE} can be called together.")
    return texts
