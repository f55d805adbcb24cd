"""What people type, paste and click, read as somebody to call."""

import pytest

from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress
from tuiphone.core.model import MAX_ADDRESS, Address, AddressKind, address_from_text

BOTH = Capability.DIAL_USER | Capability.DIAL_PHONE
HOSTS = BOTH | Capability.DIAL_URI
PHONES, USERS, NOBODY = Capability.DIAL_PHONE, Capability.DIAL_USER, Capability.RECEIVE
PHONE, USER = AddressKind.PHONE, AddressKind.USER


@pytest.mark.parametrize(
    ("typed", "account", "kind", "text"),
    [
        ("+84 901 234 567", BOTH, PHONE, "+84901234567"),
        ("0901234567", BOTH, PHONE, "0901234567"),
        ("(090) 123-45.67", BOTH, PHONE, "0901234567"),
        ("090/1234567", BOTH, PHONE, "0901234567"),
        ("  0901234567\n", BOTH, PHONE, "0901234567"),
        ("1234567", BOTH, PHONE, "1234567"),
        ("123456", BOTH, USER, "123456"),
        ("123456", PHONES, PHONE, "123456"),
        ("1234567", USERS, USER, "1234567"),
        ("+12", BOTH, PHONE, "+12"),
        ("112", PHONES, PHONE, "112"),
        ("tel:112", BOTH, PHONE, "112"),
        ("tel:+1-201-555-0123", BOTH, PHONE, "+12015550123"),
        ("TEL:+84901234567;ext=12", BOTH, PHONE, "+84901234567"),
        ("tel:7042;phone-context=example.com", PHONES, PHONE, "7042"),
        ("bob", BOTH, USER, "bob"),
        ("sip:bob@example.com", BOTH, USER, "bob"),
        ("SIP:bob:secret@example.com:5060;transport=tcp", USERS, USER, "bob"),
        ("sip:+84901234567@example.com;user=phone", BOTH, PHONE, "+84901234567"),
        ("sips:0901234567@[2001:db8::1]", PHONES, PHONE, "0901234567"),
        ("sip:7042@example.com", BOTH, USER, "7042"),
        ("sip:7042@example.com", PHONES, PHONE, "7042"),
        ("sip:bob@Other.example", HOSTS, USER, "bob@other.example"),
        ("sips:bob:secret@other.example:5061;transport=tls?subject=x", HOSTS, USER, "bob@other.example:5061"),
        ("sip:+84901234567@[2001:DB8::1];user=phone", HOSTS, USER, "+84901234567@[2001:db8::1]"),
        ("sip:bob", HOSTS, USER, "bob"),
        ("+84901234567", HOSTS, PHONE, "+84901234567"),
        ("bob@example.com", USERS, USER, "bob@example.com"),
        ("agent.12", BOTH, USER, "agent.12"),
        ("10-1", BOTH, USER, "10-1"),
        ("12 34", BOTH, USER, "1234"),
        ("Nguyễn", BOTH, USER, "Nguyễn"),
        ("[red]", BOTH, USER, "[red]"),
        ("9", BOTH, USER, "9"),
        # as numbers are copied from pages and address books
        ("+49\u00a030\u00a0123456", BOTH, PHONE, "+4930123456"),
        ("\u202d+1 201 555 0123\u202c", BOTH, PHONE, "+12015550123"),
        ("+33\u202f1\u202f23\u202f45\u202f67", BOTH, PHONE, "+331234567"),
        ("030\u2011123\u20134567", BOTH, PHONE, "0301234567"),
        ("\ufeff0901234567", BOTH, PHONE, "0901234567"),
    ],
)
def test_what_was_typed_is_read_as_an_address(typed: str, account: Capability, kind: AddressKind, text: str) -> None:
    assert address_from_text(typed, account) == Address(kind, text)


@pytest.mark.parametrize(
    ("typed", "account", "said"),
    [
        ("", BOTH, "Nothing to call"),
        (" \t\n", BOTH, "Nothing to call"),
        ("\u200b\u202d", BOTH, "Nothing to call"),
        ("1-800-FLOWERS", PHONES, "is not a telephone number"),
        ("+84 90x", BOTH, "is not a telephone number"),
        ("+", BOTH, "is not a telephone number"),
        ("+1", BOTH, "is not a telephone number"),
        ("++12345678", BOTH, "is not a telephone number"),
        ("+1234567890123456", BOTH, "is not a telephone number"),
        ("1234567890123456", PHONES, "is not a telephone number"),
        ("٠٩٠١٢٣٤٥٦٧", PHONES, "is not a telephone number"),
        ("tel:", BOTH, "no number in that link"),
        ("tel:;ext=1", BOTH, "no number in that link"),
        ("tel:bob", BOTH, "is not a telephone number"),
        ("sip:bob@example.com", PHONES, "bob is not a telephone number"),
        ("sip:+84901234567@example.com", USERS, "cannot call telephones"),
        ("+84901234567", USERS, "cannot call telephones"),
        ("tel:112", USERS, "cannot call telephones"),
        ("1234567", NOBODY, "cannot call telephones"),
        ("bob", PHONES, "is not a telephone number"),
        ("bob builder", BOTH, "has a space in it"),
        ("bob\x1b[2J", BOTH, "no number or name can have"),
        ("123\n4567890", BOTH, "no number or name can have"),
        ("bob\x00", BOTH, "no number or name can have"),
        ("bo\u2028b", BOTH, "no number or name can have"),
        ("bob\ud800", BOTH, "no number or name can have"),
        ("a" * (MAX_ADDRESS + 1), BOTH, "129 characters long"),
        ("9" * 1_000_000, BOTH, "1,000,000 characters long"),
        (" " * 1_000_000 + "9" * 200, BOTH, "200 characters long"),
        ("+\u200b" * 500_000, BOTH, "1,000,000 characters long"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_nobody_can_be_called_by_is_refused_with_a_sentence(typed: str, account: Capability, said: str) -> None:
    with pytest.raises(BadAddress) as refusal:
        address_from_text(typed, account)
    sentence = str(refusal.value)
    assert said in sentence
    assert sentence.endswith(".") or "first." in sentence
    assert sentence.isprintable(), "a refusal is shown on a terminal"
    assert len(sentence) < 300


def test_a_name_is_shown_where_there_is_one() -> None:
    assert Address(USER, "bob").label == "bob"
    assert Address(USER, "bob", "Bob B.").label == "Bob B."
