"""`card`: what the phone knows of a number, as the popup shows it when it calls."""

import argparse
import asyncio
import time
from collections.abc import Iterator

import msgspec

from tuiphone.commands.attach import BAD_NUMBER, Failed, attached, plain, say
from tuiphone.control.cards import Card
from tuiphone.control.client import RemotePhone
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, CallRecord, address_from_text


def card(options: argparse.Namespace) -> int:
    """Show who somebody is and what there was with them."""
    return asyncio.run(_card(options))


async def _card(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        peer = address_from_text(options.number, _capabilities(phone, options.account))
        found = await phone.card(peer, options.account)
        page = await _page(phone, peer, found, options.account)
        if options.json:
            latest = [{**msgspec.to_builtins(one), "talk_s": round(one.talk_s, 1)} for one in found.latest]
            known = msgspec.to_builtins(found) | {"peer": msgspec.to_builtins(peer), "latest": latest, "crm": page}
            say({"withheld": False, "contacts": [], "calls": 0, "last_at": None, "text": None} | known)
        else:
            for line in _lines(found):
                print(line)
            if page is not None:
                print(page)
    return 0


def _capabilities(phone: RemotePhone, account: str | None) -> Capability:
    if account is None:
        return Capability.DIAL_USER | Capability.DIAL_PHONE
    if (known := phone.state.account(account)) is None:
        names = ", ".join(known.account.name for known in phone.state.accounts)
        raise Failed(f"There is no account {account}; there are: {names or 'none yet'}.", BAD_NUMBER)
    return known.account.capabilities | Capability.DIAL_USER


async def _page(phone: RemotePhone, peer: Address, found: Card, account: str | None) -> str | None:
    if account is None:
        names = (
            *(one.control_account or one.account for one in found.latest),
            *(known.account.name for known in phone.state.accounts),
        )
        account = next(iter(names), "")
    return (await phone.crm_page(peer, account)).url


def _lines(card: Card) -> Iterator[str]:
    if card.withheld:
        yield "That is a word for no number; nobody is known by it."
        return
    for contact in card.contacts:
        book = f"roster of {plain(contact.account)}" if contact.account else "address book"
        yield f"{plain(contact.name)}  ({'favourite, ' if contact.favourite else ''}{book})"
        for line in (contact.note or "").splitlines():
            yield f"  {plain(line)}"
        for one in contact.addresses:
            yield f"  {plain(one.label or one.address.kind.value):<10} {plain(one.address.text)}"
    if not card.contacts:
        yield "In no address book."
    if card.last_at is None:
        yield "No calls with them."
    else:
        yield f"{card.calls} call{'' if card.calls == 1 else 's'}, the last one {_when(card.last_at)}"
    for record in card.latest:
        yield _call_line(record)
    if card.text is not None:
        arrow = "<-" if card.text.incoming else "->"
        yield f"{_when(card.text.at)}  {arrow}  text: {plain(' '.join(card.text.text.split()))}"


def _call_line(record: CallRecord) -> str:
    talk = int(record.talk_s)
    line = f"{plain(record.account):<12} {record.result.value:<18} {talk // 60:02}:{talk % 60:02}"
    note = f"  {plain(' '.join(record.note.split()))}" if record.note else ""
    return f"{_when(record.started_at)}  {'<-' if record.incoming else '->'}  {line}{note}"


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
