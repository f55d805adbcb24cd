"""Header lines and a body: whom they name, and what is left of what somebody said."""

import pytest

from tuiphone.core.anonymous import Anonymiser
from tuiphone.core.headed import people, unsaid

MESSAGE = "\r\n".join(
    [
        "MESSAGE sip:bob@pbx.example SIP/2.0", "Via: SIP/2.0/WS x.invalid;branch=z9hG4bKa", "Call-ID: 1@x",
        'From: "Ross, Carol" <sip:carol@pbx.example>;tag=1', "t: Bob Ray <sip:bob:secret@pbx.example>",
        "P-Asserted-Identity: <tel:+15550001234;ext=1>", "s: a birthday", "Content-Type: text/plain;charset=UTF-8",
        "Content-Length: 14", "", "see you: at 8\n",
    ]
)  # fmt: skip


def test_names_and_users_of_those_who_talk_are_found() -> None:
    assert list(people(MESSAGE)) == ["Ross, Carol", "carol", "Bob Ray", "bob", "+15550001234"]


@pytest.mark.parametrize("text", ['{"from": "sip:carol@x"}', "From: <sip:carol@x>", "", "v=0\r\ns=secret\r\n"])
def test_other_kinds_of_text_are_left_alone(text: str) -> None:
    assert list(people(text)) == []
    assert unsaid(text) == text


def test_what_was_said_is_only_counted() -> None:
    clean = unsaid(MESSAGE)
    assert clean.endswith("Content-Length: 14\r\n\r\n(14 characters)")
    assert "\r\ns: (10 characters)\r\n" in clean


@pytest.mark.parametrize(
    ("kind", "body", "left"),
    [
        ("application/sdp", "v=0\r\ns=-\r\n", "v=0\r\ns=-\r\n"),
        ("application/pidf+xml", "<p><dm:note lang='x'>at home</dm:note></p>", "<dm:note lang='x'>(7 characters)</dm:"),
        ("application/pidf+xml", "<p><note>cut off", "<p><note>(7 characters)"),
        ("application/dialog-info+xml", '<identity display="Eve R">', '<identity display="(7 characters)">'),
    ],
)
def test_documents_keep_their_shape(kind: str, body: str, left: str) -> None:
    assert left in unsaid(f"NOTIFY sip:a@b SIP/2.0\r\nc: {kind}\r\n\r\n{body}")


def test_a_report_names_nobody_of_a_frame_that_was_never_a_call() -> None:
    names = Anonymiser(b"salt")
    names.know_of_frame(MESSAGE)
    clean = names.body(MESSAGE).casefold()
    for word in ("carol", "ross", "bob", "5550001234", "birthday", "see you"):
        assert word not in clean


def test_watched_lines_of_an_account_are_names() -> None:
    names = Anonymiser(b"salt")
    names.know_of({"provider": "sip", "lines": ["dave", "sip:erin@pbx.example"]})
    assert "dave" not in names.text("lines = ['dave', 'sip:erin@pbx.example']")
    assert "erin" not in names.text("lines = ['dave', 'sip:erin@pbx.example']")
