"""Whose address something is, and how they are: what the engine keeps in memory of the contacts."""

from collections.abc import Iterable, Iterator

from tuiphone.core.model import Address, Availability, Contact, Presence
from tuiphone.store import numbers
from tuiphone.store.contacts import Known
from tuiphone.store.numbers import Countries

MAX_WATCHED = 20_000
"""People of one account whose presence is kept; a server that tells of more is not listened to."""
_ORDER = {Availability.ONLINE: 0, Availability.OFFLINE: 1, Availability.UNKNOWN: 2}


class PeopleDirectory:
    """core's Directory over the address book and the rosters."""

    def __init__(self) -> None:
        self.countries = Countries()
        self._known: dict[str, list[Known]] = {}

    def load(self, known: Iterable[Known]) -> None:
        """Take in all addresses there are, those of the address book first."""
        by_key: dict[str, list[Known]] = {}
        for one in known:
            by_key.setdefault(one.key, []).append(one)
        self._known = by_key

    def name_of(self, address: Address, account: str | None = None) -> str | None:
        """Whose address this is: by the address book, then by the account's own roster, then by any."""
        return next((one.name for one in self._found(address, account)), None)

    def is_favourite(self, address: Address, account: str | None = None) -> bool:
        """Whether it belongs to a favourite contact."""
        return any(one.favourite for one in self._found(address, account))

    def _found(self, address: Address, account: str | None) -> Iterator[Known]:
        if not self._known:
            # Without contacts the numbering plans are not even read.
            return
        for key in numbers.keys_of(address, self.countries.of(account), account):
            found = self._known.get(key, ())
            yield from sorted(found, key=lambda one: one.book is not None and one.book != account)


class Presences:
    """Who is there, as the vendors told since the accounts connected."""

    def __init__(self) -> None:
        self.countries = Countries()
        self._told: dict[str, dict[str, Presence]] = {}

    def take(self, account: str, who: Address, presence: Presence) -> bool:
        """Remember how somebody is; says whether that is new."""
        told = self._told.setdefault(account, {})
        key = self._key(who, account)
        if told.get(key) == presence or (key not in told and len(told) >= MAX_WATCHED):
            return False
        told[key] = presence
        return True

    def forget(self, account: str) -> bool:
        """The account hears nothing any more; says whether anything was known."""
        return bool(self._told.pop(account, None))

    def of(self, contact: Contact) -> Presence | None:
        """How a contact is: there, if any of the accounts that know them says so; None when none tells."""
        found: list[Presence] = []
        for one in contact.addresses:
            account = one.account or contact.account
            for asked in (account,) if account is not None else tuple(self._told):
                if (presence := self._told.get(asked, {}).get(self._key(one.address, asked))) is not None:
                    found.append(presence)
        return min(found, key=lambda presence: (_ORDER[presence.availability], presence.note is None), default=None)

    def _key(self, address: Address, account: str) -> str:
        return numbers.key_of(address, self.countries.of(account), account)
