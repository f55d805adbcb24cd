"""Contacts as vCards: 3.0 (RFC 2426) and 4.0 (RFC 6350) in and out, and what there still is of 2.1.

vobject takes a card's lines apart and puts them together; here they are cut out of the file first, because it would
read photos into memory and give up on a whole file for one bad card.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote

from tuiphone.core.model import Address, AddressKind, Contact, ContactAddress
from tuiphone.store.numbers import digits_of

Version: TypeAlias = Literal["3.0", "4.0"]
MAX_CARD_LINES = 400

_WANTED = frozenset(
    [
        "VERSION",
        "FN",
        "N",
        "NICKNAME",
        "ORG",
        "TEL",
        "IMPP",
        "X-SIP",
        "NOTE",
        "CATEGORIES",
        "X-ABLABEL",
        "X-TUIPHONE-FAVOURITE",
    ]
)
_PROPERTY = re.compile(r"(?:[\w-]+\.)?([\w-]+)([;:].*)", re.DOTALL)
_EXTENSION = re.compile(r"\s*(?:;ext=|ext\.?|x|#|,|;|p|w)\s*(\d{1,8})$", re.IGNORECASE)
_APPLE_LABEL = re.compile(r"_\$!<(.*)>!\$_")
_LABELS = {"cell": "mobile", "home": "home", "work": "work", "fax": "fax", "pager": "pager", "car": "car"}
_TYPES = {label: type for type, label in _LABELS.items()}
_ACCOUNT = "X-TUIPHONE-ACCOUNT"


# -- reading ------------------------------------------------------------------------------------------------------


def read_cards(lines: Iterable[str]) -> Iterator[Contact | None]:
    """The people in a file of vCards; None for a card that cannot be read."""
    for card in _cards(lines):
        yield _contact(card) if card is not None else None


def _cards(lines: Iterable[str]) -> Iterator[list[str] | None]:
    """The lines of each card that say who it is; None for one that does not end."""
    card: list[str] | None = None
    keeps = is_quoted = False
    for line in lines:
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            if card is not None:
                yield None
            card, keeps, is_quoted = [], False, False
        elif card is None or not word:
            continue
        elif word == "END:VCARD":
            yield card
            card = None
        elif line[0] in " \t" or is_quoted:
            # The next stretch of a folded line; of a 2.1 line in quoted-printable, any line after one that ends in =.
            if keeps:
                card.append(line)
            is_quoted = is_quoted and word.endswith("=")
        else:
            known = _PROPERTY.match(line)
            keeps = known is not None and known[1].upper() in _WANTED and len(card) < MAX_CARD_LINES
            is_quoted = known is not None and "QUOTED-PRINTABLE" in known[2].upper() and word.endswith("=")
            if keeps:
                card.append(line)
    if card is not None:
        yield None


def _contact(card: list[str]) -> Contact | None:
    from vobject.base import VObjectError, readOne

    text = "\n".join(["BEGIN:VCARD", *card, "END:VCARD", ""])
    try:
        read = readOne(text, transform=False, ignoreUnreadable=True, allowQP=True)
    except (VObjectError, ValueError, LookupError, AttributeError, TypeError, StopIteration):
        # What it raises on garbage besides its own errors depends on the garbage.
        return None
    lines: dict[str, list[Any]] = getattr(read, "contents", {})
    groups = {line.group: _text(line) for line in lines.get("x-ablabel", []) if line.group}
    addresses = [
        found
        for line in sorted((*lines.get("tel", []), *lines.get("impp", []), *lines.get("x-sip", [])), key=_preference)
        if (found := _telephone(line, groups) if line.name == "TEL" else _user(line, groups)) is not None
    ]
    categories = " ".join(_text(line) for line in lines.get("categories", [])).casefold()
    is_favourite = "starred" in categories or bool(lines.get("x-tuiphone-favourite"))
    note = "\n".join(filter(None, (_text(line) for line in lines.get("note", []))))
    return Contact(0, _name(lines), tuple(addresses), is_favourite, note.replace("\r\n", "\n") or None)


def _name(lines: dict[str, list[Any]]) -> str:
    for key in ("fn", "n", "nickname", "org"):
        for line in lines.get(key, []):
            if key == "n":
                family, given, middle, prefix, suffix = (*_fields(line), "", "", "", "", "")[:5]
                name = " ".join(filter(None, (prefix, given, middle, family, suffix)))
            elif key == "org":
                name = ", ".join(filter(None, _fields(line)))
            else:
                name = _text(line)
            if name.strip():
                return name.strip()
    return ""


def _fields(line: Any) -> list[str]:
    from vobject.vcard import splitFields

    value = line.value
    fields = value if isinstance(value, list) else splitFields(str(value))
    return [" ".join(field) if isinstance(field, list) else str(field) for field in fields]


def _text(line: Any) -> str:
    value = line.value
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _telephone(line: Any, groups: dict[str, str]) -> ContactAddress | None:
    value = _text(line).strip()
    if value[:4].lower() == "tel:":
        value = unquote(value[4:])
    label = _label(line, groups)
    if (number := digits_of(value)) is None and (found := _EXTENSION.search(value)) is not None:
        number = digits_of(value[: found.start()])
        label = f"{label or ''} ext. {found[1]}".strip()
    if number is None and (number := digits_of(value.split(";")[0])) is None:
        return None
    return ContactAddress(Address(AddressKind.PHONE, number), label, _account(line))


def _user(line: Any, groups: dict[str, str]) -> ContactAddress | None:
    scheme, _, rest = _text(line).strip().partition(":")
    match scheme.lower():
        case "sip" | "sips":
            user = rest.split(";")[0].split("?")[0]
        case "tuiphone":
            user = unquote(rest)
        case _:
            return None
    return ContactAddress(Address(AddressKind.USER, user), _label(line, groups), _account(line)) if user else None


def _label(line: Any, groups: dict[str, str]) -> str | None:
    if line.group in groups:
        apple = _APPLE_LABEL.fullmatch(groups[line.group])
        return apple[1].lower() if apple else groups[line.group]
    types = [part.strip().lower() for value in line.params.get("TYPE", []) for part in value.split(",")]
    types += [single.lower() for single in line.singletonparams]
    return next((label for type, label in _LABELS.items() if type in types), None)


def _preference(line: Any) -> int:
    text = next(iter(line.params.get("PREF", [])), "")
    return int(text) if text.isdecimal() and len(text) < 4 else 101


def _account(line: Any) -> str | None:
    return next((unquote(value) for value in line.params.get(_ACCOUNT, []) if value), None)


# -- writing ------------------------------------------------------------------------------------------------------


def write_cards(contacts: Iterable[Contact], version: Version) -> Iterator[str]:
    """A card for each."""
    for contact in contacts:
        yield _card(contact, version)


def _card(contact: Contact, version: Version) -> str:
    import vobject
    from vobject.vcard import Name

    card = vobject.vCard()
    card.add("version").value = version
    card.add("fn").value = contact.name
    # The family name is anybody's guess; a name in one piece is what most programs put here then.
    card.add("n").value = Name(given=contact.name)
    for at, one in enumerate(contact.addresses, start=1):
        line = card.add("tel" if one.address.kind is AddressKind.PHONE else "impp")
        text = one.address.text
        if one.address.kind is AddressKind.USER:
            line.value = f"tuiphone:{quote(text, safe='@')}"
        elif version == "4.0":
            line.value, line.params["VALUE"] = f"tel:{text}", ["uri"]
        else:
            line.value = text
        if one.account is not None:
            line.params[_ACCOUNT] = [quote(one.account)]
        if len(contact.addresses) > 1:
            # Numbers and users are different properties, whose order would be lost.
            line.params["PREF"] = [str(min(at, 100))]
        if one.label in _TYPES:
            line.params["TYPE"] = [_TYPES[one.label]]
        elif one.label:
            line.group = f"item{at}"
            label = card.add("x-ablabel")
            label.group, label.value = line.group, one.label
    if contact.note:
        card.add("note").value = contact.note
    if contact.favourite:
        card.add("x-tuiphone-favourite").value = "1"
    return card.serialize(lineLength=75)
