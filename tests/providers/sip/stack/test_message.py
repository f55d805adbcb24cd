"""Messages as they come over a WebSocket, and what is answered to those that cannot be read."""

import pytest

from tests.providers.sip.stack.rig import asked
from tuiphone.providers.sip.message import BadMessage, Headers, Request, Response, encode, parse, reply
from tuiphone.providers.sip.reading import MAX_HEADER, MAX_HEADERS, MAX_MESSAGE

REGISTER = (
    "REGISTER sip:example.com SIP/2.0\r\n"
    "Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n"
    "Max-Forwards: 70\r\n"
    "To: <sip:alice@example.com>\r\n"
    "From: <sip:alice@example.com>;tag=1\r\n"
    "Call-ID: 1\r\n"
    "CSeq: 1 REGISTER\r\n"
    "Contact: *\r\n"
    "\r\n"
)
TEXT = REGISTER.replace("REGISTER", "MESSAGE").replace("Contact: *\r\n", "Content-Type: Text/Plain; charset=UTF-8\r\n")


def changed(old: str, new: str) -> str:
    """The REGISTER with a change that is really one."""
    assert old in REGISTER
    return REGISTER.replace(old, new)


def refused(frame: str | bytes) -> BadMessage:
    """The error about a frame."""
    with pytest.raises(BadMessage) as caught:
        parse(frame)
    return caught.value


def test_a_star_is_no_contact_and_no_error() -> None:
    message = parse(REGISTER)
    assert message.contacts == ()
    assert message.headers.get("m") == "*"


def test_lines_may_end_with_a_line_feed_alone() -> None:
    for frame in (TEXT.replace("\r\n", "\n") + "Hi\n\nyou", TEXT.replace("\r\n", "\n").encode() + b"Hi\n\nyou"):
        assert parse(frame).text == "Hi\n\nyou"
    assert parse(TEXT.replace("\r\n", "\n", 3) + "Hi").text == "Hi"
    assert parse(TEXT.replace("\r\n", "\n") + "a\r\n\r\nb").text == "a\r\n\r\nb"


def test_empty_lines_before_a_message_are_skipped() -> None:
    assert parse("\r\n\r\n" + REGISTER).call_id == "1"
    assert parse(b"\r\n\n" + REGISTER.encode()).call_id == "1"


def test_without_a_length_the_frame_is_the_body() -> None:
    assert parse(TEXT + "Xin chào").text == "Xin chào"


def test_a_length_counts_bytes_and_one_that_counts_letters_cuts_nothing() -> None:
    with_length = TEXT.replace("CSeq", "Content-Length: {}\r\nCSeq")
    assert parse(with_length.format(9) + "Xin chào and more").text == "Xin chào"
    assert parse(with_length.format(8) + "Xin chào").text == "Xin chào"
    assert parse(with_length.format(5) + "Hello and more").text == "Hello"
    assert refused(with_length.format(10) + "Xin chào").status == 400


def test_fields_are_found_by_any_name() -> None:
    message = parse(TEXT.replace("Call-ID", "i").replace("Via", "VIA").replace("From", "f").replace("To:", "t  :"))
    assert message.call_id == "1"
    assert message.content_type == "text/plain"
    assert "Via" in message.headers
    assert dict(message.headers)["Call-ID"] == "1"


def test_headers_are_changed_by_making_others() -> None:
    headers = Headers([("Via", "1"), ("Subject", "a"), ("s", "b"), ("X-C", "c")])
    assert headers.all("subject") == ["a", "b"]
    assert headers.with_("Subject", "d").items() == (("Via", "1"), ("Subject", "d"), ("X-C", "c"))
    assert headers.with_("X-E", "e").items()[-1] == ("X-E", "e")
    assert len(headers.without("s")) == 2
    assert headers.plus(("Z", "1"), first=True).items()[0] == ("Z", "1")
    assert headers.get("Z") is None
    assert Headers([("Supported", "a, b"), ("k", "c")]).values("Supported") == ["a", "b", "c"]


def test_several_challenges_stay_apart() -> None:
    response = parse(
        encode(
            reply(
                asked("OPTIONS"),
                401,
                headers=[
                    ("WWW-Authenticate", 'Digest realm="a", nonce="1", qop="auth,auth-int", algorithm=SHA-256'),
                    ("WWW-Authenticate", 'Digest realm="a", nonce="2", qop="auth,auth-int"'),
                ],
            )
        )
    )
    assert len(response.headers.all("www-authenticate")) == 2
    assert 'qop="auth,auth-int"' in response.headers.all("www-authenticate")[1]


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [
        ("REGISTER sip:example.com SIP/2.0", "REGISTER sip:example.com", 400),
        ("REGISTER sip:example.com SIP/2.0", "hello there", 400),
        ("SIP/2.0\r\n", "SIP/3.0\r\n", 505),
        ("REGISTER sip:example.com", "REGISTER sip:exa mple.com", 400),
        ("REGISTER sip:example.com", "REGISTER example.com", 400),
        ("REGISTER sip:example.com", f"REGISTER sip:{'a' * MAX_HEADER}@example.com", 414),
        ("Call-ID: 1\r\n", "", 400),
        ("Call-ID: 1\r\n", "Call-ID: 1 2\r\n", 400),
        ("Call-ID: 1\r\n", "Call-ID:\r\n", 400),
        ("CSeq: 1 REGISTER", "CSeq: 1 INVITE", 400),
        ("Max-Forwards: 70", "Max-Forwards: -1", 400),
        ("Max-Forwards: 70", "Max-Forwards: 256", 400),
        ("Max-Forwards: 70", "Max-Forwards: 70\r\nMax-Forwards: 69", 400),
        ("Max-Forwards: 70", "Expires: 99999999999", 400),
        ("Max-Forwards: 70", f"X: {'y' * MAX_HEADER}", 413),
        ("Max-Forwards: 70\r\n", "X: y\r\n" * MAX_HEADERS, 413),
        ("Contact: *\r\n\r\n", f"Contact: *\r\n\r\n{'x' * MAX_MESSAGE}", 513),
        ("Contact: *", "Contact: <sip:a@b", 400),
    ],
)
def test_what_is_broken_gets_the_right_answer(old: str, new: str, status: int) -> None:
    error = refused(changed(old, new))
    assert error.status == status
    assert error.response is not None
    assert error.response.status == status
    assert error.response.headers.get("Via") == "SIP/2.0/WSS a.invalid;branch=z9hG4bK1"
    # It can be sent, and read at the other end, unless the broken field itself had to be given back.
    assert encode(error.response).startswith(f"SIP/2.0 {status} ")


def test_what_is_not_needed_may_be_broken() -> None:
    for line in ("No colon here", "Sp ace: x", ": x", "Dâte: x", "Record-Route: <x", "Date: <<<"):
        message = parse(changed("Max-Forwards: 70", line))
        assert isinstance(message, Request)
        assert message.max_forwards is None
    bye = REGISTER.replace("REGISTER", "BYE").replace("Contact: *", "Contact: <x\r\nExpires: soon\r\nRecord-Route: <")
    assert parse(bye).cseq.method == "BYE"
    with pytest.raises(BadMessage):
        _ = parse(bye).contacts
    for method, broken in (("INVITE", "Contact: <x"), ("INVITE", "Record-Route: <"), ("PUBLISH", "Expires: soon")):
        assert refused(REGISTER.replace("REGISTER", method).replace("Contact: *", broken)).status == 400


def test_nobody_answers_an_ack_or_what_says_no_way_back() -> None:
    assert refused(changed("REGISTER", "ACK").replace("Call-ID: 1\r\n", "")).response is None
    assert refused(changed("Via: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\r\n", "")).response is None
    assert refused("").response is None
    assert refused("hello").response is None


def test_a_broken_response_is_dropped() -> None:
    good = encode(reply(asked(), 200, to_tag="x"))
    for old, new in (("200 OK", "99 OK"), ("200 OK", "700 OK"), ("SIP/2.0 200", "SIP/1.0 200"), ("Call-ID", "X")):
        error = refused(good.replace(old, new))
        assert (error.status, error.response) == (None, None)


def test_bytes_that_are_no_utf8_are_replaced_in_fields_and_kept_in_bodies() -> None:
    message = parse(TEXT.encode().replace(b"Max-Forwards: 70", b"Subject: \xff\xfe") + b"\xff\x00")
    assert message.headers.get("Subject") == "\ufffd\ufffd"
    assert message.body == b"\xff\x00"


def test_nothing_that_is_sent_can_add_a_field() -> None:
    request = asked("MESSAGE", headers=(("Subject", "a\r\nEvil: b\nWorse: c\rd"),))
    again = parse(encode(request))
    assert again.headers.get("Subject") == "a Evil: b Worse: c d"
    assert "Evil" not in again.headers
    response = Response(200, "OK\r\nEvil: x", headers=reply(request, 200).headers)
    assert parse(encode(response)).headers.get("Evil") is None


def test_the_length_that_is_sent_is_right() -> None:
    request = asked("MESSAGE", headers=(("Content-Length", "1"),), body="chào".encode())
    assert "Content-Length: 5\r\n" in encode(request)
    assert encode(request).count("Content-Length") == 1


def test_a_response_repeats_what_it_has_to() -> None:
    request = asked(headers=(("Record-Route", "<sip:p1;lr>"), ("Timestamp", "54"), ("Via", "SIP/2.0/UDP b")))
    ok = reply(request, 200, to_tag="mine")
    assert ok.headers.all("Via") == ["SIP/2.0/WS server.example.com;branch=z9hG4bKfar1", "SIP/2.0/UDP b"]
    assert (ok.to.tag, ok.from_, ok.call_id, ok.cseq) == ("mine", request.from_, request.call_id, request.cseq)
    assert ok.headers.get("Record-Route") == "<sip:p1;lr>"
    assert ok.headers.get("Timestamp") is None
    trying = reply(request, 100, to_tag="mine")
    assert (trying.to.tag, trying.headers.get("Timestamp")) == (None, "54")
    assert "Record-Route" not in reply(request, 486, to_tag="mine").headers
    assert reply(asked(to_tag="old"), 200, to_tag="mine").to.tag == "old"
    assert reply(request, 299).reason == "Unknown"


def test_requests_and_responses_say_what_they_are() -> None:
    request = asked("REFER", headers=(("Refer-To", '"B, C" <sip:c@d?Replaces=x>'), ("k", "a, B"), ("Require", "c")))
    assert isinstance(request, Request)
    referred = request.address("Refer-To")
    assert referred is not None
    assert referred.uri.header("Replaces") == "x"
    assert (request.supported, request.required) == ({"a", "b"}, {"c"})
    assert (request.expires, request.content_type, request.word("Event")) == (None, None, None)
