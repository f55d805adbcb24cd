"""URIs, addresses, Via, CSeq and lists: what is written is what was meant."""

import pytest

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import CSeq, NameAddr, Via, Word, split_commas, whole
from tuiphone.providers.sip.uri import Uri


@pytest.mark.parametrize(
    "text",
    [
        "sip:alice@atlanta.com",
        "sip:alice:secretword@atlanta.com;transport=tcp",
        "sips:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sips:1212@gateway.com",
        "sip:alice@192.0.2.4",
        "sip:atlanta.com;method=REGISTER?to=alice%40atlanta.com",
        "sip:alice;day=tuesday@atlanta.com",
        "sip:bob@[2001:db8::9:1]:5070;transport=ws",
        "sip:%E1%BB%8D@example.vn",
        "sip:%FF%25@example.com",
        "tel:+1-201-555-0123",
        "tel:7042;phone-context=example.com",
        "urn:service:sos",
    ],
)
def test_a_uri_is_written_as_it_was_read(text: str) -> None:
    assert str(Uri.parse(text)) == text


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
        ("sip:biloxi.com;transport=tcp;method=REGISTER", "sip:biloxi.com;method=REGISTER;transport=tcp"),
        ("sip:alice@atlanta.com?subject=x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=x"),
        ("tel:+1-201-555-0123", "TEL:+1(201)5550123"),
    ],
)
def test_equal_uris_of_section_19_1_4(one: str, other: str) -> None:
    assert Uri.parse(one).matches(Uri.parse(other))
    assert Uri.parse(one).key() == Uri.parse(other).key()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
        ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
        ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
        ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
        ("sip:bob@biloxi.com", "sips:bob@biloxi.com"),
        ("sip:bob@biloxi.com", "sip:bob@biloxi.com;method=INVITE"),
        ("tel:+1-201-555-0123", "tel:+1-201-555-0124"),
        ("tel:7042;phone-context=a.com", "tel:7042;phone-context=b.com"),
        ("tel:7042", "sip:7042@example.com"),
    ],
)
def test_unequal_uris_of_section_19_1_4(one: str, other: str) -> None:
    assert not Uri.parse(one).matches(Uri.parse(other))


@pytest.mark.parametrize(
    "text",
    [
        *("", "alice", "sip:", "sip:a b@example.com", "sip:bob@exa mple.com", "sip:bob@example.com:99999"),
        *("sip:bob@[1::", "sip:a@b@example.com", "tel:", "tel:+", "tel:call me", "sip:bob@<example.com>"),
        *("x" * 9000 + ":y", ":x"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        Uri.parse(text)


def test_a_uri_made_here_is_escaped_and_cannot_add_to_a_message() -> None:
    evil = Uri("sip", "a@b>\r\nX: y", host="example.com", params=(("p", "1;2>"),))
    assert str(evil) == "sip:a%40b%3E%0D%0AX%3A%20y@example.com;p=1%3B2%3E"
    assert Uri.parse(str(evil)).user == "a@b%3E%0D%0AX:%20y"
    assert str(Uri("sip", "100%", host="example.com")) == "sip:100%25@example.com"


def test_fields_inside_a_uri_are_what_refer_needs() -> None:
    uri = Uri.parse("sip:bob@example.com?Replaces=12345%40192.0.2.1%3Bto-tag%3Da%3Bfrom-tag%3Db&X=%2541")
    assert uri.header("replaces") == "12345@192.0.2.1;to-tag=a;from-tag=b"
    assert uri.header("x") == "%41"
    assert str(uri).endswith("X=%2541")


def test_parameters_are_put_in_and_taken_out() -> None:
    uri = Uri.parse("sip:bob@example.com;lr;ttl=1")
    assert str(uri.with_params(ttl="2", gr=None)) == "sip:bob@example.com;lr;ttl=2;gr"
    assert str(uri.without("lr", "ttl")) == "sip:bob@example.com"
    assert str(Uri.parse("sip:b:pw@h;lr?x=y").bare()) == "sip:b@h"


@pytest.mark.parametrize(
    ("text", "display", "uri", "params"),
    [
        ('"A. G. Bell" <sip:agb@bell.com>;tag=a48s', "A. G. Bell", "sip:agb@bell.com", (("tag", "a48s"),)),
        ("sip:+12125551212@server.com;tag=887s", None, "sip:+12125551212@server.com", (("tag", "887s"),)),
        ("Anonymous <sip:c8oqz84zk7z@privacy.org>;tag=h", "Anonymous", "sip:c8oqz84zk7z@privacy.org", (("tag", "h"),)),
        ("Nguyễn Văn Anh <sip:anh@example.vn>", "Nguyễn Văn Anh", "sip:anh@example.vn", ()),
        ('"a, <b>; \\"c\\" \\\\" <sip:x@y>', 'a, <b>; "c" \\', "sip:x@y", ()),
        ('<sip:x@y>;+sip.instance="<urn:uuid:1>"', None, "sip:x@y", (("+sip.instance", "<urn:uuid:1>"),)),
        ("<tel:+84901234567>;q=0.5;;", None, "tel:+84901234567", (("q", "0.5"),)),
        ('""<sip:x@y>', None, "sip:x@y", ()),
        ("Bell, A: (Sales; 2) <sip:b@b>", "Bell, A: (Sales; 2)", "sip:b@b", ()),
        (' "x"\t< sip:x@y > ; tag = a ', "x", "sip:x@y", (("tag", "a"),)),
    ],
)
def test_an_address_as_people_write_it(
    text: str, display: str | None, uri: str, params: tuple[tuple[str, str], ...]
) -> None:
    found = NameAddr.parse(text)
    assert (found.display, str(found.uri), found.params) == (display, uri, params)
    assert NameAddr.parse(str(found)) == found


@pytest.mark.parametrize(
    "text",
    [
        *('"Bob <sip:bob@b>', "Bob sip:bob@b", "<sip:bob@b", 'Bob "B" <sip:b@b>', '"Bob" sip:bob@b', "sip:b@b?x=y"),
        *("*", "", "<sip:bob@b> junk", "<sip:bob@b>;tag=<x>", '<sip:bob@b>;tag="x', "<>", "<sip:bob@b>" + ";a" * 100),
    ],
)
def test_what_is_no_address_field_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        NameAddr.parse(text)


def test_values_that_need_quotes_get_them() -> None:
    address = NameAddr(
        'Bob "the \\"', Uri.parse("sip:b@b"), (("+x", "y"), ("tag", "a"), ("note", 'say "hi"'), ("lr", None))
    )
    assert str(address) == '"Bob \\"the \\\\\\"" <sip:b@b>;+x="y";tag=a;note="say \\"hi\\"";lr'
    assert NameAddr.parse(str(address)) == address


def test_tags_are_changed_and_nothing_else() -> None:
    address = NameAddr.parse("<sip:b@b>;x=1;tag=a")
    assert str(address.with_tag("b")) == "<sip:b@b>;x=1;tag=b"
    assert str(address.with_tag(None)) == "<sip:b@b>;x=1"
    assert str(address.with_params(("x", "2"), ("y", None))) == "<sip:b@b>;tag=a;x=2;y"


def test_commas_in_quotes_and_brackets_separate_nothing() -> None:
    value = '"Bell, A" <sip:a@b;x="1,2">, <sip:c@d?e=f,g> , sip:h@i,'
    assert split_commas(value) == ['"Bell, A" <sip:a@b;x="1,2">', "<sip:c@d?e=f,g>", "sip:h@i"]
    assert split_commas('Digest realm="a,b", qop="auth,auth-int"') == ['Digest realm="a,b"', 'qop="auth,auth-int"']
    assert split_commas("<sip:a@b>,<sip:c@d>") == ["<sip:a@b>", "<sip:c@d>"]
    assert [str(each.uri) for each in NameAddr.parse_list("<sip:a@b>,sip:c@d")] == ["sip:a@b", "sip:c@d"]
    assert split_commas(" , ,a,,b ") == ["a", "b"]
    assert split_commas("") == []
    for broken in ('"a, b', "<a, b"):
        with pytest.raises(BadMessage):
            split_commas(broken)


@pytest.mark.parametrize(
    ("text", "sent_by", "branch"),
    [
        ("SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks", "df7jal23ls0d.invalid", "z9hG4bK56sdasks"),
        ("SIP / 2.0 / UDP first.example.com: 4000;ttl=16 ;branch=z9hG4bKa7c6a8dlze.1", "first.example.com:4000", None),
        ("SIP/2.0/UDP [2001:DB8::1]:5061;received=[2001:db8::9];branch=z9hG4bK7", "[2001:db8::1]:5061", "z9hG4bK7"),
        ("sip/2.0/ws Host_1;rport;branch=z9hG4bK7", "host_1", "z9hG4bK7"),
    ],
)
def test_hops(text: str, sent_by: str, branch: str | None) -> None:
    via = Via.parse(text)
    assert via.sent_by == sent_by
    assert via.branch == (branch or "z9hG4bKa7c6a8dlze.1")
    assert Via.parse(str(via)) == via


@pytest.mark.parametrize(
    "text", ["", "SIP/2.0/WS", "SIP/3.0/WS h", "SIP/2.0/WS h:99999", "SIP/2.0/WS h i", "WS h;branch=x"]
)
def test_what_is_no_hop_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        Via.parse(text)


@pytest.mark.parametrize("text", ["", "1", "INVITE", "-1 INVITE", "2147483648 INVITE", "1 IN VITE", "9" * 5000 + " X"])
def test_numbers_of_requests_have_a_limit(text: str) -> None:
    with pytest.raises(BadMessage):
        CSeq.parse(text)
    assert str(CSeq.parse("2147483647\t INVITE")) == "2147483647 INVITE"


def test_numbers_are_plain_and_not_too_large() -> None:
    assert whole(" 0070 ", "Max-Forwards", 255) == 70
    assert whole("4294967295", "Expires") == 4_294_967_295
    for text in ("", "-1", "+1", "1.0", "7 0", "７", "256", "4294967296", "9" * 5000):
        with pytest.raises(BadMessage, match="The Max-Forwards is no number, or too large"):
            whole(text, "Max-Forwards", 255)


def test_words_with_parameters() -> None:
    word = Word.parse('active ; expires=60;reason="no; resource"')
    assert (word.value, word.param("expires"), word.param("reason"), word.param("x")) == (
        "active",
        "60",
        "no; resource",
        None,
    )
    assert str(word) == 'active;expires=60;reason="no; resource"'
