"""What can be wrong with the settings of a SIP account."""

from pathlib import Path
from typing import Any

import pytest

from tuiphone.providers.sip.settings import Settings


def settings(**more: Any) -> Settings:
    return Settings(**({"user": "100", "domain": "pbx.example"} | more))


def problems(**more: Any) -> list[str]:
    return [key for key, _ in settings(**more).problems()]


def test_user_and_domain_are_enough() -> None:
    assert problems() == []
    assert settings().aor == "100@pbx.example"
    assert settings().addresses == ()


def test_the_first_server_comes_before_the_others_and_none_twice() -> None:
    first, second = "wss://a.example/ws", "wss://b.example/ws"
    assert settings(server=first, servers=(second, first)).addresses == (first, second)
    assert settings(servers=(second,)).addresses == (second,)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("user", "sip:100"),
        ("user", "100@pbx.example"),
        ("user", ""),
        ("user", "a b"),
        ("user", "x" * 300),
        ("domain", "pbx.example:5061"),
        ("domain", "wss://pbx.example"),
        ("domain", ""),
        ("server", "ws://pbx.example/ws"),
        ("server", "https://pbx.example/ws"),
        ("server", "wss://me:secret@pbx.example/"),
        ("server", "wss://pbx.example/ws#top"),
        ("server", "wss://pbx.example/w s"),
        ("path", "ws"),
        ("path", "/w s"),
        ("expires", 5),
        ("keep_alive", 1),
        ("session_expires", 60),
        ("dtmf", "inband"),
        ("auto_answer_intercom", "true"),
        ("pickup_code", ""),
        ("pickup_code", "*8 "),
        ("pickup_code", "*8@pbx.example"),
        ("pickup_code", "*" * 30),
        ("display_name", "a\nb"),
        ("ca_file", "/nowhere/at/all.pem"),
        ("certificate", "/nowhere/at/all.pem"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_by_its_key(key: str, value: Any) -> None:
    assert set(problems(**{key: value})) == {key}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("servers", ("wss://ok.example/", "ftp://pbx.example")),
        ("numbers", ("+84", "not a number")),
        ("headers", ("no colon",)),
        ("headers", ("Host: other.example",)),
        ("headers", ("Sec-WebSocket-Protocol: xmpp",)),
        ("headers", ("X-A: b\r\nX-C: d",)),
        ("routes", ("pbx.example",)),
        ("routes", ("sip:a;lr, sip:b",)),
    ],
)
def test_one_bad_item_of_a_list_is_named_by_its_key(key: str, value: tuple[str, ...]) -> None:
    assert problems(**{key: value}) == [key]


def test_a_key_without_its_certificate_is_of_no_use(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text("")
    assert problems(certificate_key=str(key)) == ["certificate"]


def test_what_people_have_is_taken() -> None:
    assert not problems(
        server="wss://pbx.example:8089/ws?token=1",
        servers=("ws://127.0.0.1:8060/sip", "wss://[2001:db8::1]/"),
        domain="[2001:db8::1]",
        headers=("X-Tenant: acme", "Origin: https://pbx.example"),
        routes=("sip:edge.pbx.example;lr", "<sip:b.example:5061;transport=ws;lr>"),
        numbers=("+84240000001",),
        user="Ольга",
        dtmf="info",
    )
