"""`tuiphone card`: what of a card is printed, and that nothing in it is obeyed by a terminal."""

from tuiphone.commands.card import _lines
from tuiphone.control.cards import Card
from tuiphone.core.model import (
    Address,
    AddressKind,
    CallRecord,
    Contact,
    ContactAddress,
    RecordResult,
    TextMessage,
    TextStatus,
)

ANN = Address(AddressKind.PHONE, "+84901234567")
BAD = "x\x1b[2J\u202ey"


def test_everything_on_a_card_is_printed_a_line_each_and_obeyed_by_nothing() -> None:
    contact = Contact(1, BAD, (ContactAddress(ANN, BAD), ContactAddress(ANN)), True, f"first\n{BAD}", account=BAD)
    call = CallRecord(1, BAD, "r", ANN, True, False, 1e9, 1e9 + 5, 1e9 + 88, RecordResult.ANSWERED, note=BAD)
    text = TextMessage(1, BAD, ANN, f"two\nlines {BAD}", False, 1e9, TextStatus.SENT)
    lines = list(_lines(Card(contacts=(contact,), calls=7, last_at=1e9, latest=(call,), text=text)))
    assert all(line.isprintable() for line in lines)
    assert len(lines) == 8
    said = "\n".join(lines)
    for part in (
        "(favourite, roster of x",
        "  first",
        "+84901234567",
        "7 calls, the last one 2001-09-0",
        "01:23",
        "two lines",
    ):
        assert part in said


def test_a_stranger_and_a_caller_without_a_number_are_said_to_be_so() -> None:
    assert list(_lines(Card())) == ["In no address book.", "No calls with them."]
    assert list(_lines(Card(withheld=True))) == ["That is a word for no number; nobody is known by it."]
