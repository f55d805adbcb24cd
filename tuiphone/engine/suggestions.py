"""Whom a typed text may mean: people called before, best first, then contacts; no number twice."""

from dataclasses import replace

from tuiphone.control.history import Suggestion
from tuiphone.core.errors import BadAddress
from tuiphone.core.events import Link
from tuiphone.core.model import Address, Contact, ContactAddress, address_from_text
from tuiphone.core.state import PhoneState
from tuiphone.engine.service import Parts
from tuiphone.store.numbers import keys_of

ASKED_CONTACTS = 50
REMEMBERED_PEERS = 500
"""How many of the people called before are looked through for the contacts that match."""


async def suggest(parts: Parts, text: str, limit: int, now: float) -> tuple[Suggestion, ...]:
    """The best `limit` of them."""
    called = await parts.history.peers(text, now=now, limit=limit)
    contacts: tuple[Contact, ...] = ()
    if text.strip():
        contacts = (await parts.contacts.page(text, limit=ASKED_CONTACTS)).contacts
    ranked = called
    if contacts:
        # Who was called under another name, or under none, is found by the contact's.
        ranked = await parts.history.peers("", now=now, limit=REMEMBERED_PEERS)
        ranked += tuple(peer for peer in called if peer not in ranked)

    countries = parts.contacts.countries

    def keys(address: Address, account: str | None) -> tuple[str, ...]:
        return keys_of(address, countries.of(account), account)

    of_contacts = {
        keys(one.address, account)[0]: (contact, one)
        for contact in contacts
        for one in contact.addresses
        for account in (one.account or contact.account,)
    }
    matching = {keys(peer.address, peer.account)[0] for peer in called}
    found: dict[str, Suggestion] = {}
    weights: dict[str, float] = {}
    for peer in ranked:
        own = keys(peer.address, peer.account)
        known = next((key for key in own if key in of_contacts), None)
        if known is None and own[0] not in matching:
            continue
        key = known or own[0]
        # The same number in two forms counts for one person.
        weights[key] = weights.get(key, 0.0) + peer.weight
        if (before := found.get(key)) is not None:
            found[key] = Suggestion(before.peer, before.account, before.calls + peer.calls, before.last_at)
            continue
        name = of_contacts[key][0].name if known else parts.directory.name_of(peer.address, peer.account)
        address = replace(peer.address, name=name or peer.address.name)
        found[key] = Suggestion(address, peer.account, peer.calls, peer.last_at)
    for key, (contact, one) in of_contacts.items():
        if key not in found:
            account = account_for(parts.phone.state, contact, one)
            found[key] = Suggestion(replace(one.address, name=contact.name), account, 0, 0.0)
    return tuple(found[key] for key in sorted(found, key=lambda key: -weights.get(key, 0.0))[:limit])


def account_for(state: PhoneState, contact: Contact, one: ContactAddress) -> str:
    """Which account calls somebody: the one they are to be called from, else the first that can; "" when none can."""
    wanted = one.account or contact.account
    for known in sorted(
        state.accounts, key=lambda known: (known.account.name != wanted, known.link is not Link.ONLINE)
    ):
        try:
            address_from_text(one.address.text, known.account.capabilities)
        except BadAddress:
            continue
        return known.account.name
    return ""
