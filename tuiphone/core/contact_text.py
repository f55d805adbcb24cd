"""Numbers of a contact as one types them, a line each: `mobile: +84 90 123 45 67 @work`."""

import re

from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress
from tuiphone.core.model import AddressKind, ContactAddress, address_from_text

MAX_LABEL = 40
_ANYBODY = Capability.DIAL_USER | Capability.DIAL_PHONE
_SCHEMES = ("tel", "sip", "sips")
_WITH_ACCOUNT = re.compile(r"(.*\S)\s+@(\S+)", re.DOTALL)


def contact_address_from_text(line: str) -> ContactAddress:
    """Read a line: a label with a colon, then a number or a user, then @ and the account to call from.

    Label and account may be left out. Raises: BadAddress
    """
    text = line.strip()
    label = account = None
    head, colon, rest = text.partition(":")
    if colon and head.strip().lower() not in _SCHEMES:
        label, text = head.strip(), rest.strip()
        if not text:
            raise BadAddress(f"There is no number after {label}:")
        if len(label) > MAX_LABEL:
            raise BadAddress(f"The label before the colon is {len(label)} characters long; at most {MAX_LABEL} fit.")
    if (found := _WITH_ACCOUNT.fullmatch(text)) is not None:
        text, account = found[1], found[2]
    if not text:
        raise BadAddress("There is no number on this line.")
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips"):
        # Kept with its server, which a call of some other account would leave out.
        text = rest.split(";")[0].split("?")[0]
    address = address_from_text(text, _ANYBODY)
    if address.kind is AddressKind.USER and not any(character.isalnum() for character in address.text):
        raise BadAddress(f"{address.text} is neither a number nor the name of a user.")
    return ContactAddress(address, label or None, account)


def text_of_contact_address(one: ContactAddress, shown: str | None = None) -> str:
    """The line that reads as this address; `shown` is the number as the person's country writes it."""
    label = f"{one.label}: " if one.label else ""
    account = f" @{one.account}" if one.account else ""
    return f"{label}{shown or one.address.text}{account}"
