"""What a customer card looks like: a few lines in the popup, all of it on the In-call page; pure."""

from textual.content import Content

from tuiphone.control.cards import Card
from tuiphone.core.model import Address, AddressKind, CallRecord, Contact
from tuiphone.ui import words
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import cut, fit, labelled, safe, safe_lines, wrapped

SHORT_CALLS = 2
"""Calls on the short card."""
MAX_NOTE_LINES = 6
"""Of a contact's note."""
_WHEN, _RESULT = 16, 17
"""Columns of a call."""


def summary(card: Card, now: float) -> str:
    """How often there were calls, and when the last one was."""
    if card.withheld:
        return ""
    if card.last_at is None:
        return "The first call with them."
    return f"{words.counted(card.calls, 'earlier call')}, the last one {words.when(card.last_at, now)}."


def short(card: Card, now: float, width: int) -> Content:
    """The card for a popup, a line each: the contact's note, how often, the last calls, the last message."""
    if card.withheld:
        return Content("")
    lines: list[Content] = []
    note = next((one.note for one in card.contacts if one.note), None)
    if note is not None:
        lines.append(Content.assemble(("¶ ", "$accent"), cut(_line(note), width - 2)))
    often = (cut(summary(card, now), width - 2), "$text-muted")
    lines.append(Content.assemble(_star(card), often))
    for record in card.latest[:SHORT_CALLS]:
        lines.append(_call(record, now, width, beside=True))
    if card.text is not None:
        lines.append(_text(card, now, width))
    return Content("\n").join(lines)


def who(card: Card, peer: Address, country: str | None, width: int) -> Content:
    """Who they are: which book has them, its note, and their other numbers."""
    if card.withheld:
        return Content.styled("They do not say who they are.", "$text-muted")
    if not card.contacts:
        return Content.styled(cut("In no address book.", width), "$text-muted")
    name = words.who(Address(peer.kind, peer.text, card.contacts[0].name), 80)
    lines = [Content.assemble(_star(card), (cut(name, width - 2), "bold"))]
    lines += wrapped(Content.styled(_books(card.contacts), "$text-muted"), width)
    for note in dict.fromkeys(one.note for one in card.contacts if one.note):
        kept = wrapped(Content(safe_lines(note)), width - 2)
        lines += [Content.assemble(("  " if at else "¶ ", "$accent"), line) for at, line in enumerate(kept)]
        del lines[len(lines) - len(kept) + MAX_NOTE_LINES :]
        if len(kept) > MAX_NOTE_LINES:
            lines.append(Content.styled("  …", "$text-muted"))
    if numbers := _numbers(card.contacts, country):
        lines += [Content(""), labelled(numbers, width)]
    return Content("\n").join(lines)


def _star(card: Card) -> tuple[str, str]:
    return ("★ " if any(one.favourite for one in card.contacts) else "", "$warning")


def _books(contacts: tuple[Contact, ...]) -> str:
    books = [f"the roster of {safe(one.account, 40)}" if one.account else "the address book" for one in contacts]
    favourite = "A favourite, in" if any(one.favourite for one in contacts) else "In"
    return f"{favourite} {' and '.join(dict.fromkeys(books))}."


def _numbers(contacts: tuple[Contact, ...], country: str | None) -> list[tuple[str, Content]]:
    found: dict[str, tuple[str, Content]] = {}
    for one in (one for contact in contacts for one in contact.addresses):
        is_number = one.address.kind is AddressKind.PHONE
        text = safe(pretty(one.address.text, country) if is_number else one.address.text, 60)
        at = f" at {safe(one.account, 30)}" if one.account else ""
        found.setdefault(text, (safe(one.label or ("number" if is_number else "user"), 20), Content(f"{text}{at}")))
    return list(found.values())


def calls(card: Card, now: float, width: int, *, note: str | None = None) -> Content:
    """What there was with them: the note on the call that is up, the last ones with theirs, and the last message."""
    lines = [Content.assemble(("¶ ", "$accent"), cut(_line(note), width - 2))] if note else []
    if card.withheld:
        return Content("\n").join(lines)
    lines.append(Content.styled(cut(summary(card, now), width), "$text-muted"))
    for record in card.latest:
        lines.append(_call(record, now, width, beside=False))
        if record.note:
            lines.append(Content.assemble(("  ¶ ", "$accent"), cut(_line(record.note), width - 4)))
    if card.text is not None:
        lines += [Content(""), _text(card, now, width)]
    return Content("\n").join(lines)


def _call(record: CallRecord, now: float, width: int, *, beside: bool) -> Content:
    """A call in a line; `beside`: with its note in the place of the account."""
    colour = words.record_colour(record)
    talk = words.length(record.talk_s) if record.answered_at is not None else ""
    begun = Content.assemble(
        (f"{words.record_symbol(record)} ", colour),
        fit(words.when(record.started_at, now), _WHEN),
        (fit(f"{words.result(record)} {talk}", _RESULT), colour),
    )
    room = width - begun.cell_length
    if beside and record.note:
        return Content.assemble(begun, ("¶ ", "$accent"), cut(_line(record.note), room - 2))
    return Content.assemble(begun, (cut(safe(record.account, 40), room), "$text-muted"))


def _text(card: Card, now: float, width: int) -> Content:
    assert card.text is not None
    head = f"{words.when(card.text.at, now)}: "
    symbol = "‹ " if card.text.incoming else "› "
    said = cut(_line(card.text.text), width - len(head) - 2)
    return Content.assemble((symbol, "$accent"), (head, "$text-muted"), said)


def _line(text: str) -> str:
    """All of a text in one line."""
    return safe(" ".join(text.split()))
