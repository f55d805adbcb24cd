"""Whom a typed text may mean: people called before, best first, then contacts; no number twice."""

import asyncio
from dataclasses import replace

from tuiphone.control.history import Suggestion
from tuiphone.core.errors import BadAddress
from tuiphone.core.events import Link
from tuiphone.core.model import Address, Contact, ContactAddress, address_from_text
from tuiphone.core.state import PhoneState
from tuiphone.core.withheld import is_withheld
from tuiphone.engine.service import Parts
from tuiphone.store.history import Peer
from tuiphone.store.numbers import keys_of

ASKED_CONTACTS = 50
REMEMBERED = 300
"""How many of the people called before are looked through for the contacts that match."""

WITHHELD = 10
"""How many of them may be nobody that can be called: one of each way to say so."""


async def suggest(parts: Parts, text: str, limit: int, now: float) -> tuple[Suggestion, ...]:
    """The best `limit` of them."""
    called = await parts.history.peers(text, now=now, limit=limit + WITHHELD)
    called = tuple(peer for peer in called if not is_withheld(peer.address))[:limit]
    contacts = (await parts.contacts.page(text, limit=ASKED_CONTACTS)).contacts if text.strip() else ()
    if not contacts:
        names = [parts.directory.name_of(peer.address, peer.account) for peer in called]
        return tuple(_suggestion(peer, name) for peer, name in zip(called, names, strict=True))
    # Who was called under another name, or under none, is found by the contact's.
    every = {(peer.address.kind, peer.address.text): peer for peer in called}
    every |= {(p.address.kind, p.address.text): p for p in await parts.history.peers("", now=now, limit=REMEMBERED)}
    # In a thread: reading some hundred numbers takes as long as a packet of sound.
    return await asyncio.to_thread(_merged, parts, called, tuple(every.values()), contacts, limit)


def _merged(
    parts: Parts, matching: tuple[Peer, ...], every: tuple[Peer, ...], contacts: tuple[Contact, ...], limit: int
) -> tuple[Suggestion, ...]:
    countries = parts.contacts.countries

    def keys(address: Address, account: str | None) -> tuple[str, ...]:
        return keys_of(address, countries.of(account), account)

    owners = {
        keys(one.address, one.account or contact.account)[0]: (contact, one)
        for contact in contacts
        for one in contact.addresses
    }
    wanted = {keys(peer.address, peer.account)[0] for peer in matching}
    found: dict[str, Suggestion] = {}
    weights: dict[str, float] = {}
    for peer in sorted(every, key=lambda peer: -peer.weight):
        own = keys(peer.address, peer.account)
        key = next((key for key in own if key in owners), own[0])
        if key not in owners and key not in wanted:
            continue
        # The same number in two forms counts for one person.
        weights[key] = weights.get(key, 0.0) + peer.weight
        if (before := found.get(key)) is not None:
            found[key] = Suggestion(before.peer, before.account, before.calls + peer.calls, before.last_at)
        else:
            name = owners[key][0].name if key in owners else parts.directory.name_of(peer.address, peer.account)
            found[key] = _suggestion(peer, name)
    for key, (contact, one) in owners.items():
        if key not in found:
            account = account_for(parts.phone.state, contact, one)
            found[key] = Suggestion(replace(one.address, name=contact.name), account, 0, 0.0)
    return tuple(found[key] for key in sorted(found, key=lambda key: -weights.get(key, 0.0))[:limit])


def _suggestion(peer: Peer, name: str | None) -> Suggestion:
    return Suggestion(replace(peer.address, name=name or peer.address.name), peer.account, peer.calls, peer.last_at)


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
