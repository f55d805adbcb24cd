"""`contacts`: the address book and the rosters from a shell."""

import argparse
import asyncio
from pathlib import Path

import msgspec

from tuiphone.commands.attach import BAD_NUMBER, NOT_CONNECTED, Failed, attached, plain, say
from tuiphone.control.client import RemotePhone
from tuiphone.control.contacts import MAX_CONTACTS_PAGE, ContactLine
from tuiphone.core.contact_text import contact_address_from_text, text_of_contact_address
from tuiphone.core.events import Link
from tuiphone.core.filters import folded
from tuiphone.core.model import Availability, Contact

ROSTER_SECONDS = 15.0
"""How long a command waits for the account that keeps the roster."""


def list_all(options: argparse.Namespace) -> int:
    """List contacts, favourites first."""
    return asyncio.run(_list(options))


async def _list(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        offset = 0
        while offset < options.limit:
            limit = min(MAX_CONTACTS_PAGE, options.limit - offset)
            page = await phone.contacts(options.text, grouped=options.all, offset=offset, limit=limit)
            for line in page.lines:
                _show(line, as_json=options.json)
            offset += len(page.lines)
            if len(page.lines) < limit:
                break
    return 0


def _show(line: ContactLine, *, as_json: bool) -> None:
    contact, presence = line.contact, line.presence
    if as_json:
        built = msgspec.to_builtins(contact)
        say({**built, "presence": msgspec.to_builtins(presence) if presence is not None else None})
        return
    star = "*" if contact.favourite else " "
    how = ""
    if presence is not None and (presence.availability is not Availability.UNKNOWN or presence.note):
        how = "  " + ": ".join(filter(None, (presence.availability.value, presence.note)))
    numbers = ", ".join(text_of_contact_address(one) for one in contact.addresses)
    book = f"  ({contact.account})" if contact.account else ""
    print(f"{contact.id:>6} {star} {plain(contact.name):<28} {plain(numbers)}{plain(how)}{plain(book)}")


def add(options: argparse.Namespace) -> int:
    """Put somebody into the address book, or on an account's roster."""
    return asyncio.run(_add(options))


async def _add(options: argparse.Namespace) -> int:
    addresses = tuple(contact_address_from_text(number) for number in options.numbers)
    async with attached(options, start=True) as phone:
        known = [state.account.name for state in phone.state.accounts]
        for account in filter(None, (options.roster, *(one.account for one in addresses))):
            if account not in known:
                names = ", ".join(known) or "none yet"
                raise Failed(f"There is no account {account}; there are: {names}.", BAD_NUMBER)
        if options.roster is not None:
            await _until_online(phone, options.roster)
            for one in addresses:
                await phone.add_to_roster(options.roster, one.address)
            return 0
        contact = Contact(0, options.name, addresses, options.favourite, options.note)
        print(await phone.keep_contact(contact))
    return 0


async def _until_online(phone: RemotePhone, account: str) -> None:
    deadline = asyncio.get_running_loop().time() + ROSTER_SECONDS
    while (known := phone.state.account(account)) is not None and known.link is not Link.ONLINE:
        if asyncio.get_running_loop().time() > deadline or known.link in (Link.OFF, Link.FAILED, Link.BROKEN):
            raise Failed(f"{account} is {known.link.value}; its roster is at its server.", NOT_CONNECTED)
        await asyncio.sleep(0.05)


def remove(options: argparse.Namespace) -> int:
    """Remove the contact of this number in the list, or of this name."""
    return asyncio.run(_remove(options))


async def _remove(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        contact = await _find(phone, options.who)
        if contact.account is not None:
            await _until_online(phone, contact.account)
        await phone.remove_contact(contact.id)
    return 0


async def _find(phone: RemotePhone, who: str) -> Contact:
    """Raises: Failed when nobody is called so, or several are."""
    found: list[Contact] = []
    offset = 0
    text = "" if who.isdecimal() else who
    while True:
        page = await phone.contacts(text, grouped=True, offset=offset, limit=MAX_CONTACTS_PAGE)
        people = [line.contact for line in page.lines]
        found += [one for one in people if str(one.id) == who or folded(one.name) == folded(who)]
        offset += len(people)
        if len(people) < MAX_CONTACTS_PAGE:
            break
    exact = [contact for contact in found if str(contact.id) == who]
    match exact or found:
        case [contact]:
            return contact
        case []:
            raise Failed(f"There is no contact {who}; see: tuiphone contacts list", BAD_NUMBER)
        case several:
            ids = ", ".join(str(contact.id) for contact in several)
            raise Failed(f"{len(several)} contacts have that name; say which by its id: {ids}.", BAD_NUMBER)


def import_file(options: argparse.Namespace) -> int:
    """Read a file of vCards or CSV into the address book."""
    return asyncio.run(_import(options))


async def _import(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        done = await phone.import_contacts(str(Path(options.file).expanduser().absolute()))
        if options.json:
            say(msgspec.to_builtins(done))
            return 0
        print(f"{done.new} new, {done.merged} added to people who were there, {done.unchanged} there already")
        if done.broken or done.without_number:
            print(f"{done.broken} could not be read, {done.without_number} without a number were left out")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write contacts into a file of vCards or CSV."""
    return asyncio.run(_export(options))


async def _export(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        path = str(Path(options.file).expanduser().absolute())
        count = await phone.export_contacts(path, form=options.format, text=options.text, replace=options.replace)
        print(f"{count} written")
    return 0


def merge(options: argparse.Namespace) -> int:
    """Make one contact of those who have a number in common."""
    return asyncio.run(_merge(options))


async def _merge(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        done = await phone.merge_contacts()
        print(f"{done.before} contacts became {done.after}" if done.before else "no two have a number in common")
    return 0
