"""Numbers compared by country, in whatever form they are written."""

import pytest

from tuiphone.core.model import Address, AddressKind
from tuiphone.store.numbers import Countries, digits_of, e164, key_of, keys_of, national


@pytest.mark.parametrize(
    ("number", "country", "wanted"),
    [
        ("0901 234 567", "VN", "+84901234567"),
        ("0084 901 234 567", "VN", "+84901234567"),
        ("0084 901 234 567", "US", "+84901234567"),
        ("0084 901 234 567", None, "+84901234567"),
        ("84901234567", "VN", "+84901234567"),
        ("tel:+84-90-123-4567;ext=1", None, "+84901234567"),
        ("8 (903) 123-45-67", "RU", "+79031234567"),
        ("٠٩٠١٢٣٤٥٦٧", "VN", "+84901234567"),
        ("0901234567", None, None),
        ("100", "VN", None),
        ("+8490123456789012345", "VN", None),
        ("olga", "VN", None),
        ("", "VN", None),
    ],
)
def test_one_form_for_every_way_to_write_a_number(number: str, country: str | None, wanted: str | None) -> None:
    assert e164(number, country) == wanted


def test_an_unknown_country_is_no_error() -> None:
    assert e164("0901234567", "XX") is None
    assert e164("+84901234567", "XX") == "+84901234567"


def test_the_digits_as_the_country_dials_them() -> None:
    assert national("+84901234567") == "0901234567"
    assert national("+12015550123") == "2015550123"
    assert national("#12") == "#12"


@pytest.mark.parametrize("text", ["²³⁴⁵⁶⁷⁸", "1" * 10_000, "+", "()", "\ud800", "12a"])
def test_what_is_no_number_has_no_digits(text: str) -> None:
    assert digits_of(text) is None


def test_users_and_extensions_are_apart_by_account_and_numbers_are_not() -> None:
    olga = Address(AddressKind.USER, "Olga")
    assert key_of(olga, "VN", "work") == "@work/olga"
    assert keys_of(olga, "VN", "work") == ("@work/olga", "@/olga")
    assert keys_of(olga, "VN", None) == ("@/olga",)
    assert key_of(Address(AddressKind.PHONE, "100"), "VN", "work") == key_of(
        Address(AddressKind.USER, "100"), "VN", "work"
    )
    # Some servers tell the caller's number as the name of a user.
    assert key_of(Address(AddressKind.USER, "84901234567"), "VN", "work") == "+84901234567"


def test_each_account_has_its_country_and_others_have_the_first() -> None:
    countries = Countries("VN", {"us": "US"})
    assert [countries.of(account) for account in ("us", "work", None)] == ["US", "VN", "VN"]
