"""The customer card of whoever calls, and the page of a customer database they have."""

import asyncio

from tuiphone.control import cards
from tuiphone.core import crm
from tuiphone.core.model import Address, Contact, TextMessage
from tuiphone.core.withheld import is_withheld
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.engine.texts import LINE, whose
from tuiphone.store import numbers
from tuiphone.store.texts import Texts

LATEST = 8
"""Calls on a card."""
MAX_CONTACTS = 4
"""On a card; who has more people with one number has them by mistake."""


class CardService(Service):
    """Answers what is asked of a caller; looks only, and each time anew."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._texts = Texts(parts.database)

    @property
    def handlers(self) -> Handlers:
        return {cards.ReadCard: self.card, cards.ReadCrmPage: self.crm_page}

    async def card(self, query: cards.ReadCard) -> cards.Card:
        """What is known of somebody."""
        if is_withheld(query.peer):
            return cards.Card(withheld=True)
        country = self.parts.contacts.countries.of(query.account)
        past = await self.parts.history.earlier(query.peer, query.account, country=country, latest=LATEST)
        return cards.Card(
            contacts=await self._contacts(query.peer, query.account),
            calls=past.calls,
            last_at=past.last_at,
            latest=past.latest,
            text=await self._text(query.peer, query.account),
        )

    async def _contacts(self, peer: Address, account: str | None) -> tuple[Contact, ...]:
        countries = self.parts.contacts.countries

        def keys() -> frozenset[str]:
            asked = self._accounts(account)
            return frozenset(key for one in asked for key in numbers.keys_of(peer, countries.of(one), one))

        # In a thread, as below: reading numbers for the first time takes as long as several packets of sound.
        return await self.parts.contacts.with_keys(await asyncio.to_thread(keys), account, most=MAX_CONTACTS)

    async def _text(self, peer: Address, account: str | None) -> TextMessage | None:
        state = self.parts.phone.state

        def persons() -> set[str]:
            return {whose(state, one).key_of(peer) for one in self._accounts(account) if one is not None}

        threads = await self._texts.threads_of(await asyncio.to_thread(persons))
        if not threads:
            return None
        last = threads[0].last
        return TextMessage(
            last.id, last.account, last.peer, last.text[:LINE], last.incoming, last.at, last.status, seen=last.seen
        )

    def _accounts(self, account: str | None) -> tuple[str | None, ...]:
        """Where an address may be somebody's: None is at no account in particular."""
        if account is not None:
            return (account,)
        return (None, *(known.account.name for known in self.parts.phone.state.accounts))

    async def crm_page(self, query: cards.ReadCrmPage) -> cards.CrmPage:
        """The page the settings have for a caller."""
        wanted = self.parts.preferences.crm
        if wanted is None or is_withheld(query.peer):
            return cards.CrmPage()
        country = self.parts.contacts.countries.of(query.account)
        number = await asyncio.to_thread(_as_written, query.peer, country)
        url = crm.link_of(wanted.url, number=number, account=query.account, incoming=query.incoming)
        return cards.CrmPage(url, number if url is not None else "")


def _as_written(peer: Address, country: str | None) -> str:
    """The number in the one form in which databases keep it, as far as that can be told; extensions stay."""
    digits = numbers.digits_of(peer.text)
    if digits is None or len(digits) < numbers.MIN_DIGITS:
        return digits or peer.text.strip()
    return numbers.e164(digits, country) or digits
