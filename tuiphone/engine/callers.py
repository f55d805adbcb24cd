"""The rules for calls that come in, as the settings have them: whom they mean, in whatever form a number is written."""

from tuiphone.core.model import Address
from tuiphone.core.policy import Rules
from tuiphone.engine.service import Parts
from tuiphone.store import numbers


class Callers:
    """Knows the settings, the accounts' countries and the address book."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @property
    def rules(self) -> Rules:
        """The rules as the settings are now."""
        wanted = self._parts.preferences.calls
        return Rules(
            self.is_among,
            self._parts.directory.is_favourite,
            refuse=wanted.dnd == "reject",
            allowed=wanted.dnd_allow,
            favourites_ring=wanted.dnd_favourites,
            answered=wanted.auto_answer_from,
            answer_after=wanted.auto_answer_after,
            answer_muted=wanted.auto_answer_muted,
            answer_in_call=wanted.auto_answer_in_call,
        )

    def is_among(self, address: Address, account: str, listed: tuple[str, ...]) -> bool:
        """Whether one of these texts is this address; names are no proof of anything and do not count."""
        if not listed:
            return False
        known = self._parts.phone.state.account(account)
        country = known.account.country if known is not None else None
        wanted = numbers.key_of(address, country, None)
        return any(numbers.key_of(Address(address.kind, text), country, None) == wanted for text in listed)

    def load(self) -> None:
        """Read the numbering plans, which takes too long to do while something rings."""
        wanted = self._parts.preferences.calls
        if wanted.dnd_allow or wanted.auto_answer_from:
            numbers.load()
