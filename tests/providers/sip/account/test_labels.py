"""What SIP messages are called in the wire trace, and what of them is never kept."""

import pytest

from tuiphone.core.trace import Trace
from tuiphone.providers.sip.labels import label, readable

HEAD = "Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nCall-ID: call-1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n"


def message(first: str, cseq: str, *more: str, body: str = "") -> str:
    return "\r\n".join((first, f"{HEAD}CSeq: {cseq}", *more, "", body))


@pytest.mark.parametrize(
    ("frame", "text", "call"),
    [
        (
            message("INVITE sip:bob@pbx.example;user=phone SIP/2.0", "2 INVITE", "Content-Type: application/sdp"),
            "INVITE 2 bob@pbx.example, media",
            "call-1",
        ),
        (message("SIP/2.0 180 Ringing", "2 INVITE"), "180 Ringing (INVITE 2)", "call-1"),
        (
            message("SIP/2.0 200 OK", "2 INVITE", "c: application/sdp;x=y"),
            "200 OK (INVITE 2), media",
            "call-1",
        ),
        (
            message("BYE sip:bob@x SIP/2.0", "3 BYE", 'Reason: Q.850;cause=16;text="Normal call clearing"'),
            "BYE 3 bob@x, Normal call clearing",
            "call-1",
        ),
        (message("REGISTER sip:pbx.example SIP/2.0", "7 REGISTER"), "REGISTER 7 pbx.example", None),
        (message("SIP/2.0 401 Unauthorized", "7 REGISTER"), "401 Unauthorized (REGISTER 7)", None),
        (
            message("SUBSCRIBE sip:bob@x SIP/2.0", "1 SUBSCRIBE", "Event: presence"),
            "SUBSCRIBE 1 bob@x, presence",
            None,
        ),
        (
            message(
                "NOTIFY sip:a@b SIP/2.0",
                "4 NOTIFY",
                "o: dialog",
                "Subscription-State: active;expires=60",
                "Content-Type: application/dialog-info+xml",
            ),
            "NOTIFY 4 a@b, dialog active, line",
            None,
        ),
        (
            message("NOTIFY sip:a@b SIP/2.0", "4 NOTIFY", "Event: refer;id=2", "Content-Type: message/sipfrag"),
            "NOTIFY 4 a@b, refer, progress",
            "call-1",
        ),
        (message("MESSAGE sip:bob@x SIP/2.0", "1 MESSAGE", "", "hello"), "MESSAGE 1 bob@x", None),
        (message("SIP/2.0 200", "9 BYE"), "200 (BYE 9)", "call-1"),
        ("SIP/2.0 200 OK\r\n\r\n", "200 OK", None),
        ("nonsense\r\nmore", "nonsense", None),
    ],
)
def test_a_message_is_called_by_its_method_or_status(frame: str, text: str, call: str | None) -> None:
    found = label(frame, sent=False)
    assert (found.text, found.call) == (text, call)


@pytest.mark.parametrize("frame", ["\r\n\r\n", "\r\n", message("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS")])
def test_signs_of_life_are_routine(frame: str) -> None:
    assert label(frame, sent=True).is_routine


def test_what_moves_an_account_is_not() -> None:
    assert not label(message("REGISTER sip:a SIP/2.0", "1 REGISTER"), sent=True).is_routine


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "\0" * 5000,
        "SIP/2.0 200 " + "x" * 100_000,
        "INVITE " + "sip:" * 20_000 + " SIP/2.0\r\nCSeq: " + "9" * 50_000,
        "SIP/2.0 999 No\r\n",
        "\r\n" * 20_000 + "x",
        message("INVITE sip:a SIP/2.0", "", "Event:", "Content-Type:", 'Reason: text="'),
        b"bytes",
        {"not": "text"},
    ],
    ids=range(9),
)
def test_whatever_a_server_sends_has_a_short_label(frame: object) -> None:
    assert len(label(frame, sent=False).text) < 500


def test_credentials_and_media_keys_are_blacked_out() -> None:
    trace = Trace(label)
    frame = message(
        "REGISTER sip:pbx.example SIP/2.0",
        "2 REGISTER",
        'Authorization: Digest username="a", realm="r", nonce="n0nce", response="0123456789abcdef0123456789abcdef"',
        'Proxy-Authorization: Digest username="a", response="fedcba9876543210fedcba9876543210"',
        "Contact: <sip:a:pa55w0rd@h.invalid>",
        body="a=ice-pwd:abcdefghijklmnopqrstuv\r\na=crypto:1 AES inline:c2VjcmV0c2VjcmV0\r\n",
    )
    trace.sent("pbx:443", readable(frame), size=len(frame))
    (kept,) = trace.frames()
    for secret in ("0123456789abcdef", "fedcba98", "pa55w0rd", "abcdefghijkl", "c2VjcmV0"):
        assert secret not in kept.body
    assert "REGISTER sip:pbx.example" in kept.body


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/dtmf-relay", "Signal=7\r\nDuration=160\r\n"),
        ("application/dtmf-relay", "Signal= 7\nDuration= 160"),
        ("Application/DTMF", "7"),
        ("application/dtmf", "7\r\n"),
    ],
)
def test_pressed_digits_are_not_kept(kind: str, body: str) -> None:
    kept = readable(message("INFO sip:a@b SIP/2.0", "5 INFO", f"Content-Type: {kind}", body=body))
    said = kept.rpartition("\r\n\r\n")[2]
    assert "7" not in said
    assert "•" in said
    assert ("160" in said) == ("160" in body)
