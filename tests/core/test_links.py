"""Links another program hands over: what is put into the number field, and what is refused."""

import pytest

from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress
from tuiphone.core.links import number_from_link
from tuiphone.core.model import AddressKind, address_from_text


@pytest.mark.parametrize(
    ("link", "typed"),
    [
        ("tel:+84901234567", "+84901234567"),
        ("TEL:+84-90-123-45-67", "+84-90-123-45-67"),
        ("tel://+84901234567", "+84901234567"),
        ("tel:+84%20901%20234%20567", "+84 901 234 567"),
        ("tel:%2B84901234567", "+84901234567"),
        ("tel:+84901234567;ext=5;phone-context=evil.example", "+84901234567"),
        ("tel:863-1234;phone-context=+1-914-555", "863-1234"),
        ("tel:112", "tel:112"),
        ("callto:+84901234567", "+84901234567"),
        ("callto://bob?call", "bob"),
        ("sip:bob@example.com", "sip:bob@example.com"),
        ("sip:bob:secret@example.com:5061;transport=tls?subject=x&Replaces=y", "sip:bob@example.com:5061"),
        ("sips:+84901234567@example.com", "sip:+84901234567@example.com"),
        ("sip:Nguy%E1%BB%85n@example.com", "sip:Nguyễn@example.com"),
        ("sip:bob@[2001:db8::1]", "sip:bob@[2001:db8::1]"),
        ("+84901234567", "+84901234567"),
        ("bob", "bob"),
        ("tel:+84%2520901", "+84%20901"),
    ],
)
def test_a_link_becomes_what_would_be_typed(link: str, typed: str) -> None:
    assert number_from_link(link) == typed


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("tel:*%2306%23", "service code"),
        ("tel:*#06#", "service code"),
        ("tel:+8490123%0a4567", "line breaks or control"),
        ("tel:+84\x1b[2J", "line breaks or control"),
        ("tel:1234567$(id)", "no number has"),
        ("tel:1234567%60id%60", "no number has"),
        ("tel:1234567%3Bid", "no number has"),
        ("callto:bob%26id", "no number has"),
        ("sip:bob|id@example.com", "no number has"),
        ("tel:+84%00", "line breaks or control"),
        ("tel:%E2%80%AE123", "line breaks or control"),
        ("tel:+84%ff", "not UTF-8"),
        ("tel:+84%2", "wrongly encoded"),
        ("tel:", "no number in that link"),
        ("tel:;ext=1", "no number in that link"),
        ("tel:bob", "no telephone number"),
        ("tel:--option1", "is no number"),
        ("callto:--option", "is no number"),
        ("--option", "is no number"),
        ("tel:" + "1" * 129, "129 characters"),
        ("tel:" + "1" * 1_000_000, "1,000,004 characters"),
        ("sip:bob", "sip:user@host"),
        ("sip:@example.com", "sip:user@host"),
        ("sip:bob@", "sip:user@host"),
        ("sip:bob@exa mple.com", "sip:user@host"),
        ("sip:*69@example.com", "no user a link may call"),
        ("sip:a%40b@example.com", "no user a link may call"),
        ("sip:bob%0d%0aVia@example.com", "line breaks or control"),
        ("http://example.com/", "no link to a number"),
        ("javascript:alert(1)", "no link to a number"),
        ("", "no number"),
    ],
)
def test_a_hostile_or_broken_link_is_refused_in_a_sentence(link: str, said: str) -> None:
    with pytest.raises(BadAddress, match=said) as refused:
        number_from_link(link)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


def test_a_short_number_of_a_link_stays_a_telephone_number() -> None:
    both = Capability.DIAL_USER | Capability.DIAL_PHONE
    assert address_from_text(number_from_link("tel:112"), both).kind is AddressKind.PHONE
