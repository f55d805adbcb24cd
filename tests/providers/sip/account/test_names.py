"""Who is called and who calls: SIP's addresses and the phone's."""

import pytest

from tuiphone.core.errors import BadAddress
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.names import address_of, own_aor, uri_of
from tuiphone.providers.sip.settings import Settings

SETTINGS = Settings(user="100", domain="pbx.example", server="wss://edge.pbx.example/ws")
USER, PHONE = AddressKind.USER, AddressKind.PHONE


@pytest.mark.parametrize(
    ("written", "kind", "text", "name"),
    [
        ("<sip:bob@pbx.example>;tag=1", USER, "bob", None),
        ('"Bob \\"B\\" Ông" <sip:bob@PBX.example:5060;transport=ws>', USER, "bob", 'Bob "B" Ông'),
        ("<sip:bob@edge.pbx.example>", USER, "bob", None),
        ("<sip:bob@other.example>", USER, "bob@other.example", None),
        ("<sip:bob@other.example:5070>", USER, "bob@other.example:5070", None),
        ("<sip:101@pbx.example>", USER, "101", None),
        ("<sip:0901234567@pbx.example>", PHONE, "0901234567", None),
        ("<sip:0901234567@other.example>", USER, "0901234567@other.example", None),
        ("<sip:+84-90-000-00-01@gateway.example>", PHONE, "+84900000001", None),
        ("<sip:101@gateway.example;user=phone>", PHONE, "101", None),
        ("<tel:+84(90)0000001>", PHONE, "+84900000001", None),
        ("<sip:*97@pbx.example>", USER, "*97", None),
        ("<sip:bob%20b@pbx.example>", USER, "bob%20b", None),
        ("<sip:conference.example>", USER, "@conference.example", None),
        ('"\x1b[31mred\u202e" <sip:bob@pbx.example>', USER, "bob", "[31mred"),
    ],
)
def test_an_address_of_the_wire_is_read_as_a_person_would_call_it(
    written: str, kind: AddressKind, text: str, name: str | None
) -> None:
    assert address_of(NameAddr.parse(written), SETTINGS) == Address(kind, text, name)


@pytest.mark.parametrize(
    ("address", "uri"),
    [
        (Address(USER, "bob"), "sip:bob@pbx.example"),
        (Address(USER, "bob@other.example"), "sip:bob@other.example"),
        (Address(USER, "bob@other.example:5070"), "sip:bob@other.example:5070"),
        (Address(USER, "*97#"), "sip:*97%23@pbx.example"),
        (Address(USER, "Ольга"), "sip:%D0%9E%D0%BB%D1%8C%D0%B3%D0%B0@pbx.example"),
        (Address(USER, "@conference.example"), "sip:conference.example"),
        (Address(USER, "bob>;x=<"), "sip:bob%3E;x=%3C@pbx.example"),
        (Address(PHONE, "+84900000001"), "sip:+84900000001@pbx.example;user=phone"),
    ],
)
def test_who_is_called_becomes_a_uri(address: Address, uri: str) -> None:
    assert str(uri_of(address, SETTINGS)) == uri


@pytest.mark.parametrize("text", ["bob@", "bob@a b", "bob@other.example:99999", "bob@>"])
def test_a_host_that_is_none_is_no_address(text: str) -> None:
    with pytest.raises(BadAddress, match="name@domain"):
        uri_of(Address(USER, text), SETTINGS)


def test_who_called_can_be_called_back() -> None:
    for written in ("<sip:bob@pbx.example>", "<sip:bob@other.example:5070>", "<sip:conference.example>"):
        sender = NameAddr.parse(written)
        assert uri_of(address_of(sender, SETTINGS), SETTINGS).matches(sender.uri)


def test_we_are_our_user_at_our_domain() -> None:
    assert str(own_aor(SETTINGS)) == "sip:100@pbx.example"
