"""Checks of settings that the accounts of all vendors have."""

# pyright: strict

from collections.abc import Iterable
from urllib.parse import urlsplit

from tuiphone.providers.links import is_loopback


def address_problem(address: str, scheme: str) -> str | None:
    """Why an address cannot be used, as a sentence; `scheme` is `ws` or `http`, the `s` after it is wanted."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"{address!r} is no address."
    if parts.scheme not in (scheme, f"{scheme}s") or not host:
        return f"{address!r} is no address of the form {scheme}s://host:port/."
    if parts.username is not None or parts.password is not None:
        return f"{host} does not take a name and password in its address; leave them out."
    if parts.scheme == scheme and not is_loopback(host):
        return f"{address!r} would send your credentials in clear text; use {scheme}s://."
    return None


def number_problems(numbers: Iterable[str]) -> Iterable[tuple[str, str]]:
    """What is wrong with the telephone numbers of an account."""
    for number in numbers:
        digits = number.removeprefix("+")
        if not (digits.isascii() and digits.isdecimal()) or not 2 <= len(number) <= 16:
            yield "numbers", f"{number!r} is not a telephone number: 2 to 15 digits, with or without a + in front."
