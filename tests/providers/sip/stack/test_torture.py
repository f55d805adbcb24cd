"""RFC 4475: each message is taken or refused as it says."""

import pytest

from tests.providers.sip.stack.rig import Line
from tests.providers.sip.stack.torture import MESSAGES, octets
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.message import BadMessage, Request, Response, encode, parse

REFUSED: dict[str, int | None] = {
    **dict.fromkeys(("badinv01", "clerr", "ncl", "scalar02", "quotbal", "ltgtruri", "lwsruri", "escruri"), 400),
    **dict.fromkeys(("regbadct", "mismatch01", "mismatch02", "insuf", "multi01", "mcl01"), 400),
    "badvers": 505,
    # Responses are answered by nobody.
    "scalarlg": None,
    "bigcode": None,
}
BINARY = ("mpart01",)


def request(name: str) -> Request:
    """A message of the RFC that is a request."""
    message = parse(octets(name))
    assert isinstance(message, Request)
    return message


def test_all_of_the_rfc_are_here() -> None:
    assert len(MESSAGES) == 49


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in REFUSED])
def test_is_taken_and_written_again_without_loss(name: str) -> None:
    message = parse(octets(name))
    if name in BINARY:
        assert message.body.endswith(b"\xff\xfe\x00\x80\r\n--7a9cbec02ceef655--\r\n")
        return
    again = parse(encode(message))
    first, second = vars(message), vars(again)
    unlike = [key for key in first if key != "headers" and first[key] != second[key]]
    assert unlike == []
    assert [pair for pair in message.headers if pair[0].lower() != "content-length"] == [
        pair for pair in again.headers if pair[0] != "Content-Length"
    ]


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(name: str) -> None:
    with pytest.raises(BadMessage) as caught:
        parse(octets(name))
    assert caught.value.status == REFUSED[name]
    answer = caught.value.response
    assert (answer and answer.status) == REFUSED[name]
    if answer is not None:
        # Whoever sent it finds its transaction by these.
        head = octets(name).decode().partition("\r\n\r\n")[0].lower()
        for field in ("Call-ID", "CSeq", "From", "To"):
            assert (answer.headers.get(field) is not None) == (f"\n{field}:".lower() in head), field


@pytest.mark.parametrize("name", [name for name in MESSAGES if name not in BINARY])
def test_comes_as_text_or_as_bytes(name: str) -> None:
    for frame in (octets(name), octets(name).decode()):
        if name in REFUSED:
            with pytest.raises(BadMessage):
                parse(frame)
        else:
            assert parse(frame).body == parse(octets(name)).body


def test_folding_spaces_and_compact_names() -> None:
    invite = request("wsinv")
    assert invite.uri.param("unknownparam") == ""
    assert invite.to.tag == "1918181833n"
    assert (invite.from_.display, invite.from_.tag) == ('J Rosenberg \\"', "98asjd8")
    assert invite.max_forwards == 68
    assert (invite.cseq.number, invite.cseq.method) == (9, "INVITE")
    assert [(via.transport, via.host, via.branch) for via in invite.vias] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert invite.headers.get("Subject") == ""
    assert invite.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert invite.headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    contact = invite.contacts[0]
    assert contact.display == 'Quoted string ""'
    assert contact.params == (("newparam", "newvalue"), ("secondparam", None), ("q", "0.33"))
    assert len(invite.body) == 150


def test_odd_characters_stay_what_they_are() -> None:
    odd = request("intmeth")
    assert odd.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert odd.uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert odd.uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert odd.to.display == "BEL:\a NUL:\0 DEL:\x7f"
    assert odd.from_.display == "token1~` token2'+_ token3*%!.-"
    assert odd.from_.param("fromparam''~+*_!.-%") == "работающий"
    assert odd.from_.tag == "_token~1'+`*%!-."
    assert odd.call_id == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert odd.headers.get("extensionHeader-!.%*+_`'~") == "大停電"


def test_escapes_are_undone_once_and_only_in_uris() -> None:
    invite = request("esc01")
    assert invite.uri.user == "sips:user@example.com"
    assert (invite.to.uri.user, invite.from_.uri.user) == ("user", "I%20have%20spaces")
    contact = invite.contacts[0].uri
    assert (contact.user, contact.param("lr")) == ("caller", "")
    assert contact.param("name") == "value%2541"
    assert "name=value%2541" in str(contact)
    odd = request("esc02")
    assert odd.method == "RE%47IST%45R"
    assert odd.to.display == "%Z%45"
    assert [contact.uri.user for contact in odd.contacts] == ["alias1", "alias3"]


def test_nulls_in_uris_stay_escaped_and_cut_nothing() -> None:
    register = request("escnull")
    assert register.to.uri.user == "null-%00-null"
    assert [str(contact.uri) for contact in register.contacts] == [
        "sip:%00@host5.example.com",
        "sip:%00%00@host5.example.com",
    ]
    assert register.contacts[0].uri.key() != register.contacts[1].uri.key()


def test_long_values_are_whole() -> None:
    invite = request("longreq")
    assert invite.to.display == f"I have a user name of {'extreme' * 10} proportion"
    assert invite.to.uri.param("longparam" + "name" * 25) == "shortvalue"
    assert invite.from_.tag == "12" + "982" * 50 + "424"
    assert len(invite.vias) == 34
    assert invite.vias[-1].branch == "very" + "long" * 50 + "branchvalue"


def test_what_follows_a_message_is_none_of_it() -> None:
    assert request("dblreq").body == b""
    assert request("dblreq").method == "REGISTER"


def test_semicolons_before_the_at_belong_to_the_user() -> None:
    uri = request("semiuri").uri
    assert (uri.user, uri.host, uri.params) == ("user;par=u@example.net", "example.com", ())
    assert str(uri) == "sip:user;par=u%40example.net@example.com"


def test_transports_nobody_knows_are_borne() -> None:
    assert [via.transport for via in request("transports").vias] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_reasons_in_any_script_or_none() -> None:
    said, unsaid = parse(octets("unreason")), parse(octets("noreason"))
    assert isinstance(said, Response)
    assert isinstance(unsaid, Response)
    assert said.reason == "= 2**3 * 5**2 но сто девяносто девять - простое"
    assert (unsaid.status, unsaid.reason) == (100, "")


def test_spaces_that_harm_nothing_are_borne() -> None:
    assert request("lwsstart").uri.user == "user"
    assert request("trws").uri.user == "remote-target"
    assert request("badaspec").to.uri.user == "t.watson"
    assert request("lwsdisp").from_.display == "caller"
    assert (request("baddn").from_.display, request("baddn").to.display) == ("Bell, Alexander", "Watson, Thomas")
    assert request("baddate").headers.get("Date") == "Fri, 01 Jan 2010 16:00:00 EST"


def test_parameters_are_the_fields_without_brackets_and_the_uris_within() -> None:
    without, within = request("cparam01").contacts[0], request("cparam02").contacts[0]
    assert (without.param("unknownparam"), without.uri.param("unknownparam")) == ("", None)
    assert (within.param("unknownparam"), within.uri.param("unknownparam")) == (None, "")
    assert request("regescrt").contacts[0].uri.header("Route") == "<sip:sip.example.com>"


def test_schemes_nobody_knows_are_borne_in_fields() -> None:
    register = request("unksm2")
    assert [str(each.uri) for each in (register.to, register.from_, *register.contacts)] == [
        "isbn:2983792873",
        "http://www.example.com",
        "name:John_Smith",
    ]


async def test_phones_older_than_the_rfc_are_spoken_with() -> None:
    dialog = Dialog.from_request(request("inv2543"), "mine")
    assert dialog.remote_tag == ""
    assert str(dialog.target) == "sip:+13035551111@ift.client.example.net;user=phone"
    line = Line()
    invite = request("inv2543")
    line.agent.on("INVITE", lambda incoming: incoming.respond(486))
    line.hear(invite)
    # The same again, and its ACK, are known without a branch.
    line.hear(invite)
    assert line.methods() == [486, 486]
    ack = encode(invite).replace("INVITE sip", "ACK sip", 1).replace("56 INVITE", "56 ACK")
    line.hear(ack)
    line.pass_time(40)
    assert line.methods() == [486, 486]


@pytest.mark.parametrize(
    ("name", "status", "field"),
    [
        ("intmeth", 501, "Allow"),
        ("esc02", 501, "Allow"),
        ("unkscm", 416, None),
        ("novelsc", 416, None),
        ("bext01", 420, "Unsupported"),
        # A Max-Forwards of nothing is for proxies to refuse, and a branch of nothing is no branch.
        ("zeromf", 200, None),
        ("badbranch", 200, None),
        ("regaut01", 405, "Allow"),
    ],
)
async def test_is_answered(name: str, status: int, field: str | None) -> None:
    line = Line()
    line.agent.on("OPTIONS", lambda incoming: incoming.respond(200))
    line.agent.received(octets(name))
    assert line.response.status == status
    assert field is None or line.response.headers.get(field)
    if name == "bext01":
        assert line.response.headers.get("Unsupported") == "nothingsupportsthis, nothingsupportsthiseither"


async def test_responses_that_are_not_ours_are_dropped() -> None:
    line = Line()
    for name in ("bcast", "unreason", "noreason", "scalarlg", "bigcode"):
        line.agent.received(octets(name))
    assert line.frames == []
    assert len(line.notes) == 5
