"""SIP's addresses as the phone's, and back: who is a user of our own domain, who is a telephone, who is elsewhere."""

# pyright: strict

import re
from dataclasses import replace
from urllib.parse import urlsplit

from tuiphone.core.errors import BadAddress
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import BadMessage
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri

MAX_NAME = 100
_NUMBER = re.compile(r"\+?[0-9]{2,15}")
_SEPARATORS = re.compile(r"[().\-]")
"""Visual separators, RFC 3966 section 3."""
_LONG = 7
"""So many digits are a telephone number, as in what a person types."""


def address_of(who: NameAddr, settings: Settings) -> Address:
    """The far side of a From, To, Contact or Refer-To, as the person reads and calls it."""
    uri = who.uri
    name = _clean(who.display)
    user = uri.user or ""
    number = _SEPARATORS.sub("", user)
    is_ours = uri.scheme != "tel" and is_own_host(uri.host, settings)
    is_phone = uri.scheme == "tel" or (uri.param("user") or "").lower() == "phone" or number.startswith("+")
    if _NUMBER.fullmatch(number) and (is_phone or (is_ours and len(number) >= _LONG)):
        return Address(AddressKind.PHONE, number, name)
    port = "" if uri.port is None else f":{uri.port}"
    text = user if user and (is_ours or uri.scheme == "tel") else f"{user}@{uri.host}{port}"
    return Address(AddressKind.USER, _clean(text) or "?", name)


def uri_of(to: Address, settings: Settings) -> Uri:
    """The request URI of somebody one calls.

    Raises: BadAddress, with a sentence
    """
    if to.kind is AddressKind.PHONE:
        return Uri("sip", to.text, host=settings.domain, params=(("user", "phone"),))
    user, at, host = to.text.rpartition("@")
    if not at:
        return Uri("sip", to.text, host=settings.domain)
    try:
        return replace(Uri.parse(f"sip:{host}"), user=user or None)
    except BadMessage as error:
        raise BadAddress(f"{to.text} is no SIP address; write it as name@domain.") from error


def coded(code: str, to: Address, settings: Settings) -> Uri:
    """The request URI of a feature code that is dialled before somebody's extension.

    Raises: BadAddress, with a sentence
    """
    uri = uri_of(to, settings)
    # No telephone number (RFC 3966 section 5.1.4): the PBX alone knows what it means.
    return replace(uri, user=f"{code}{uri.user or ''}").without("user")


def is_own_host(host: str, settings: Settings) -> bool:
    """The host is our domain, or one of the servers: a PBX often puts its own number into From."""
    hosts = {settings.domain.lower().rstrip(".")}
    for address in settings.addresses:
        if named := urlsplit(address).hostname:
            hosts.add(f"[{named}]" if ":" in named else named)
    return host.lower().rstrip(".") in hosts


def own_aor(settings: Settings) -> Uri:
    """Our address of record."""
    return Uri("sip", settings.user, host=settings.domain)


def _clean(text: str | None) -> str | None:
    if text is None:
        return None
    kept = "".join(character for character in text if character.isprintable()).strip()
    return kept[:MAX_NAME] or None
