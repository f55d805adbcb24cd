"""A contact's numbers as they are typed."""

import pytest

from tuiphone.core.contact_text import contact_address_from_text, text_of_contact_address
from tuiphone.core.errors import BadAddress
from tuiphone.core.model import Address, AddressKind, ContactAddress

PHONE, USER = AddressKind.PHONE, AddressKind.USER


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("+84 90 123 45 67", ContactAddress(Address(PHONE, "+84901234567"))),
        (" mobile : 0901 234 567 @work ", ContactAddress(Address(PHONE, "0901234567"), "mobile", "work")),
        ("tel:+84-90-1234567;ext=5", ContactAddress(Address(PHONE, "+84901234567"))),
        ("work: tel:+84901234567", ContactAddress(Address(PHONE, "+84901234567"), "work")),
        ("sip:an@pbx.example", ContactAddress(Address(USER, "an@pbx.example"))),
        ("an@pbx.example", ContactAddress(Address(USER, "an@pbx.example"))),
        ("desk: 100", ContactAddress(Address(USER, "100"), "desk")),
        (": 100", ContactAddress(Address(USER, "100"))),
    ],
)
def test_label_number_and_account_are_read(line: str, wanted: ContactAddress) -> None:
    assert contact_address_from_text(line) == wanted


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "no number on this line"),
        ("mobile:", "no number after mobile:"),
        ("two words", "has a space in it"),
        ("x" * 50 + ": 1", "50 characters long; at most 40"),
        ("???", "neither a number nor the name"),
        ("+12abc", "is not a telephone number"),
        ("9" * 500, "500 characters long"),
        ("a\x1bb", "characters no number or name can have"),
    ],
)
def test_what_is_wrong_is_told_in_a_sentence(line: str, sentence: str) -> None:
    with pytest.raises(BadAddress, match=sentence):
        contact_address_from_text(line)


@pytest.mark.parametrize(
    "one",
    [
        ContactAddress(Address(PHONE, "+84901234567"), "mobile", "work"),
        ContactAddress(Address(USER, "an@pbx.example")),
        ContactAddress(Address(USER, "100"), None, "work"),
    ],
)
def test_a_line_made_of_an_address_reads_as_the_same(one: ContactAddress) -> None:
    assert contact_address_from_text(text_of_contact_address(one)) == one
    assert text_of_contact_address(one, "shown").count("shown") == 1
