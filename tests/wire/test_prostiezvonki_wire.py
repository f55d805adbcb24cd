"""Prostiezvonki's frames, literally, in and out."""

import base64
import dataclasses
import json
import random
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core.errors import BadFrame
from tuiphone.core.trace import Label
from tuiphone.providers.prostiezvonki import requests, wire
from tuiphone.providers.prostiezvonki.labels import label
from tuiphone.providers.prostiezvonki.numbers import is_same

FRAMES = json.loads(Path(__file__).with_name("prostiezvonki.json").read_text("utf-8"))
RING = '<Event type="2" callID="1" from="7343" to="101"/>'


def plain(message: Any) -> list[Any]:
    """Its name and what of it is not as always."""
    usual = {field.name: field.default for field in dataclasses.fields(message)}
    said = {key: value for key, value in dataclasses.asdict(message).items() if value != usual[key]}
    return [type(message).__name__, json.loads(json.dumps(said))]


def packed(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize("case", FRAMES, ids=[case["name"] for case in FRAMES])
def test_each_frame_says_what_it_says(case: dict[str, Any]) -> None:
    document = wire.unwrap(case["frame"], is_tls=case["tls"])
    assert [plain(message) for message in wire.decode(document)] == case["says"]


@pytest.mark.parametrize(
    ("frame", "is_tls"),
    [
        (RING, True),
        (f"  {RING}\n\0rest", True),
        (packed(RING.encode()), False),
        (f" {packed(RING.encode())}\r\n", False),
        (packed(RING.encode() + b"\0\0rubbish <"), False),
        (packed(f"\n {RING} ".encode()).rstrip("="), False),
    ],
)
def test_a_frame_is_unwrapped_up_to_its_first_nul(frame: str, is_tls: bool) -> None:
    assert wire.unwrap(frame, is_tls=is_tls) == RING


def test_text_is_utf_8_and_else_windows_1251() -> None:
    text = '<Event type="2" callID="1" from="Ольга" to="101"/>'
    for encoding in ("utf-8", "cp1251"):
        assert wire.unwrap(packed(text.encode(encoding)), is_tls=False) == text
    declared = f'<?xml version="1.0" encoding="windows-1251"?>{text}'
    (told,) = wire.decode(wire.unwrap(packed(declared.encode("cp1251")), is_tls=False))
    assert plain(told)[1]["caller"] == "Ольга"


def test_what_is_sent_is_wrapped_as_it_is_read() -> None:
    assert wire.wrap("<a>ы</a>", is_tls=True) == "<a>ы</a>"
    assert wire.unwrap(wire.wrap("<a>ы</a>", is_tls=False), is_tls=False) == "<a>ы</a>"


BOMB = '<!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
NOT_XML = [
    "",
    "hello",
    "<Event",
    "<a></b>",
    RING + RING,
    BOMB,
    "<!DOCTYPE a><a/>",
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "<a>&unknown;</a>",
    "<a/>" * 3000,
    f"<a>{RING * 300}</a>",
    "<a>" * 100_000,
    "<a>" * 2100 + "</a>" * 2100,
    '<Event type="\x00"/>',
    "<a>\ud800</a>",
]


@pytest.mark.parametrize("document", NOT_XML, ids=range(len(NOT_XML)))
def test_what_is_not_xml_or_is_dangerous_is_a_bad_frame(document: str) -> None:
    with pytest.raises(BadFrame, match=r"^A frame .*\.$"):
        list(wire.decode(document))


def test_of_attributes_without_a_meaning_a_few_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, tidy = [], wire._tidy
    monkeypatch.setattr(wire, "_tidy", lambda *given: (seen.append(1), tidy(*given))[1])
    more = " ".join(f'a{number}="x"' for number in range(3000))
    (told,) = wire.decode(f'<Event type="2" callID="1" from="1" to="2" {more}/>')
    assert len(plain(told)[1]["more"]) == wire.MAX_MORE
    assert len(seen) < 100


def test_random_frames_are_bad_or_say_nothing_but_never_crash() -> None:
    dice = random.Random(7)
    for turn in range(200):
        raw = dice.randbytes(dice.randrange(80))
        if turn % 2:
            damaged = bytearray(RING.encode())
            for _ in range(3):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            raw = bytes(damaged)
        for frame, is_tls in ((raw.decode("latin-1"), True), (packed(raw), False), (raw.decode("latin-1"), False)):
            try:
                list(wire.decode(wire.unwrap(frame, is_tls=is_tls)))
            except BadFrame:
                continue


def test_requests_are_the_documented_ones_with_what_would_break_them_escaped() -> None:
    head = "<Request><ProtocolVersion>1</ProtocolVersion><Method>"
    assert requests.call(own="101", to="+7 (343) 011-22-33").document(1) == (
        f"{head}Call</Method><RequestID>1</RequestID><Data><From>101</From><To>+73430112233</To></Data></Request>"
    )
    assert requests.transfer('1<8&4">', "102").document(2) == (
        f'{head}Transfer</Method><RequestID>2</RequestID><Data><CallID>1&lt;8&amp;4"&gt;</CallID><To>102</To></Data></Request>'
    )
    assert requests.sms(own="101", to="9004445566", text="Привет").document(3) == (
        f"{head}Generate</Method><RequestID>3</RequestID><Data><Event>128</Event><From>101</From><To>9004445566</To>"
        "<Smstext>0J/RgNC40LLQtdGC</Smstext></Data></Request>"
    )


def test_the_log_in_is_a_query_with_the_password_in_raw_base64() -> None:
    more = {"client_type": "jsapi", "extension": "101", "broadcast_mask": 0, "version": 2}
    assert requests.login_query(password="password", broadcast_group="", **more) == (
        "CID=cGFzc3dvcmQ=&CT=jsapi&GID=101&PhoneNumber=101&BroadcastEventsMask=0&BroadcastGroup=&PzProtocolVersion=2"
    )
    # Letters whose base64 has +, / and = in it; the group's own & must not end it.
    query = requests.login_query(password="ûï¾ÿÿ~x", broadcast_group="a&b c", **more)
    assert query.startswith(f"CID={packed('ûï¾ÿÿ~x'.encode())}&CT=")
    assert {"+", "/", "="} <= set(packed("ûï¾ÿÿ~x".encode()) + packed(b"\xfb\xff"))
    assert "&BroadcastGroup=a%26b%20c&" in query
    assert requests.login_query(password="", broadcast_group="", **more).startswith("CID=&CT=")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("101", "101", True),
        ("101", "102", False),
        ("101", "1101", False),
        ("+73430112233", "83430112233", True),
        ("3430112233", "93430112233", True),
        ("5551234", "95551234", True),
        ("", "", False),
        ("73430112233", "73430112234", False),
    ],
)
def test_numbers_are_the_same_but_for_how_they_are_written(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is is_same(other, one) is same


@pytest.mark.parametrize(
    ("frame", "sent", "said"),
    [
        (RING, False, Label("rings: 7343 to 101", "1")),
        (f"<a>{RING}<Event type='4' callID='1'/></a>", False, Label("rings: 7343 to 101 and 1 more", "1")),
        (
            '<Event type="256" callID="5" from="101" to="9" result="1" missed="1"/>',
            False,
            Label("SMS status: 101 to 9, 1, late", "5"),
        ),
        ('<Event type="77"/>', False, Label("event 77: ?")),
        (requests.call(own="101", to="7343").document(1), True, Label("call to 7343", None, "1")),
        (requests.transfer("18", "102").document(2), True, Label("transfer to 102", "18", "2")),
        (requests.sms(own="101", to="9", text="x").document(3), True, Label("SMS to 9", None, "3")),
        ("<Response><Code>0</Code><RequestID>1</RequestID></Response>", False, Label("response 1: ok", None, "1")),
        (
            "<Response><Code>5</Code><RequestID>2</RequestID><Details>no</Details></Response>",
            False,
            Label("response 2: refused, 5 no", None, "2"),
        ),
        ("rubbish", False, Label("rubbish")),
        ("", False, Label("(empty)")),
    ],
)  # fmt: skip
def test_each_frame_has_a_few_words_for_the_trace(frame: str, sent: bool, said: Label) -> None:
    assert label(frame, sent=sent) == said
