"""What status codes, Reason headers and causes of the telephone network come to, in words."""

import pytest

from tuiphone.core.call import EndReason
from tuiphone.providers.sip import descriptions, endings, reasons
from tuiphone.providers.sip.message import Headers, Request
from tuiphone.providers.sip.reasons import Reason
from tuiphone.providers.sip.uri import Uri


def said(*values: str) -> tuple[Reason, ...]:
    return reasons.parse(Headers([("Reason", value) for value in values]))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("SIP;cause=200", (Reason("SIP", 200),)),
        (' SIP ; cause = 200 ;text="Call, completed"', (Reason("SIP", 200, "Call, completed"),)),
        ('SIP;cause=200, Q.850;cause=16;text="a\\"b"', (Reason("SIP", 200), Reason("Q.850", 16, 'a"b'))),
        ("SIP;cause=x;text=plain", (Reason("SIP", None, "plain"),)),
        ("SIP;cause=99999", (Reason("SIP"),)),
        ('Q.850;cause=1;text="\x1b[1mx"', (Reason("Q.850", 1, "[1mx"),)),
        ('SIP;text="open', ()),
        ("", ()),
    ],
)
def test_reasons_are_read(value: str, read: tuple[Reason, ...]) -> None:
    assert said(value) == read


def test_a_flood_of_reasons_is_cut() -> None:
    assert len(said(*["SIP;cause=1"] * 50)) == reasons.MAX_REASONS
    assert len(said(f'SIP;text="{"x" * 5000}"')[0].text or "") == reasons.MAX_TEXT


def test_every_refusal_has_a_reason_and_a_sentence() -> None:
    for status in range(300, 700):
        meant = endings.refused(status, "Phrase")
        assert meant.sentence.endswith(f"({status} Phrase)")
        assert meant.reason not in (EndReason.HUNG_UP, EndReason.REMOTE_HUNG_UP, EndReason.TRANSFERRED)


@pytest.mark.parametrize(
    ("status", "value", "reason"),
    [
        (480, "Q.850;cause=19", EndReason.NO_ANSWER),
        (503, "Q.850;cause=34", EndReason.FAILED),
        (603, "Q.850;cause=17", EndReason.BUSY),
        (486, "Q.850;cause=19", EndReason.BUSY),
        (480, "Q.850;cause=127", EndReason.UNREACHABLE),
        (699, "Q.850;cause=1", EndReason.BAD_NUMBER),
    ],
)
def test_a_cause_of_the_network_counts_where_the_status_says_little(status: int, value: str, reason: EndReason) -> None:
    assert endings.refused(status, "", said(value)).reason is reason


@pytest.mark.parametrize(
    ("value", "reason", "sentence"),
    [
        ("", EndReason.REMOTE_HUNG_UP, ""),
        ('Q.850;cause=16;text="Normal call clearing"', EndReason.REMOTE_HUNG_UP, ""),
        ('SIP;cause=200;text="See you"', EndReason.REMOTE_HUNG_UP, "They said: See you"),
        ('SIP;cause=408;text="Session expired"', EndReason.LOST, None),
        ("Q.850;cause=38", EndReason.REMOTE_HUNG_UP, None),
        ("Q.850;cause=99", EndReason.REMOTE_HUNG_UP, "The telephone network ended the call. (99)"),
    ],
)
def test_how_a_hang_up_is_told(value: str, reason: EndReason, sentence: str | None) -> None:
    meant = endings.hung_up(said(value))
    assert meant.reason is reason
    if sentence is None:
        assert len(meant.sentence) > 20
    else:
        assert meant.sentence == sentence


# -- descriptions ----------------------------------------------------------------------------------------------------


def _request(kind: str | None, body: str) -> Request:
    headers = [] if kind is None else [("Content-Type", kind)]
    return Request("INVITE", Uri.parse("sip:a@b.example"), headers=Headers(headers), body=body.encode())


@pytest.mark.parametrize(
    ("kind", "body", "found"),
    [
        ("application/sdp", "v=0\r\n", "v=0\r\n"),
        ("Application/SDP ;charset=utf-8", "v=0\r\n", "v=0\r\n"),
        ("application/sdp", "", None),
        (None, "v=0\r\n", None),
        ("text/plain", "v=0\r\n", None),
        ("multipart/mixed;boundary=x", "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--", "v=0\r\n"),
        ("multipart/mixed", "--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--x--", None),
        ("multipart/mixed;boundary=x", "--x\r\nContent-Type: text/plain\r\n\r\nv=0\r\n--x--", None),
        ("multipart/mixed;boundary=x", "--x--", None),
    ],
)
def test_where_a_description_is_found(kind: str | None, body: str, found: str | None) -> None:
    assert descriptions.found_in(_request(kind, body)) == found
    assert descriptions.is_foreign(_request(kind, body)) is (bool(body) and found is None)


@pytest.mark.parametrize(
    ("description", "held"),
    [
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", True),
        ("c=IN IP4 0.0.0.0\r\nm=audio 4000 RTP/AVP 0\r\n", True),
        ("m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\n", False),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n", False),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=inactive\r\n", True),
        ("m=audio 4000 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\na=recvonly\r\n", False),
    ],
)
def test_what_holds(description: str, held: bool) -> None:
    assert descriptions.holds(description) is held
