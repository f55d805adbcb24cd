"""The settings of a Prostiezvonki account: what they come to, what is refused, and in which words."""

import dataclasses
from typing import Any

import pytest

from tests.fakes import FakeMemory
from tests.providers.prostiezvonki.server import settings
from tuiphone.core.secret import Secret
from tuiphone.providers.prostiezvonki.client import Prostiezvonki


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("ws://localhost:10150", "ws://localhost:10150/"),
        ("wss://pbx.example:443", "wss://pbx.example:443/"),
        ("wss://pbx.example", "wss://pbx.example:10150/"),
        ("pbx.example", "ws://pbx.example:10150/"),
        ("pbx.example:10151", "ws://pbx.example:10151/"),
        (" 192.168.0.5 ", "ws://192.168.0.5:10150/"),
        ("[::1]", "ws://[::1]:10150/"),
        ("WSS://pbx.example", "WSS://pbx.example:10150/"),
    ],
)
def test_a_host_gets_a_port_first_and_a_scheme_second(host: str, url: str) -> None:
    assert settings(host).url == url
    assert list(settings(host).problems()) == []


@pytest.mark.parametrize(
    ("given", "key", "says"),
    [
        ({"host": ""}, "host", "Give the host"),
        ({"host": "ws://"}, "host", "Give the host"),
        ({"host": "ws://pbx.example:10150/"}, "host", "not even a slash"),
        ({"host": "pbx.example/path"}, "host", "after the port"),
        ({"host": "pbx.example?x=1"}, "host", "after the port"),
        ({"host": "http://pbx.example"}, "host", "of the form ws://"),
        ({"host": "ws://101:secret@pbx.example"}, "host", "name and password"),
        ({"host": "pbx example"}, "host", "blanks"),
        ({"host": "pbx.example\x1b[2J"}, "host", "nobody can see"),
        ({"host": "pbx.example:99999"}, "host", "1 to 65535"),
        ({"host": "pbx.example:0"}, "host", "of the form"),
        ({"host": "::1"}, "host", "IPv6"),
        ({"host": "[::1"}, "host", "IPv6"),
        ({"extension": ""}, "extension", "no extension"),
        ({"extension": "101 "}, "extension", "no extension"),
        ({"extension": "bob"}, "extension", "no extension"),
        ({"password": Secret("x" * 33)}, "password", "It has 33 characters"),
        ({"auto_transfer_to": "sales"}, "auto_transfer_to", "neither a number"),
        ({"broadcast_mask": -1}, "broadcast_mask", "0 to 511"),
        ({"broadcast_mask": 512}, "broadcast_mask", "0 to 511"),
        ({"protocol_version": 0}, "protocol_version", "1 to 99"),
        ({"client_type": " "}, "client_type", "usually jsapi"),
        ({"broadcast_group": "a\nb"}, "broadcast_group", "one can see"),
    ],
)
def test_a_mistake_is_named_by_its_key_in_one_sentence(given: dict[str, Any], key: str, says: str) -> None:
    problems = dict(settings(**given).problems())
    assert list(problems) == [key]
    assert says in problems[key]
    assert problems[key].endswith(".")
    assert problems[key].isprintable()


@pytest.mark.parametrize("nothing", ["", " "])
def test_an_optional_text_that_is_empty_is_none(nothing: str) -> None:
    given = settings(auto_transfer_to=nothing, sip_account=nothing, broadcast_group="")
    assert list(given.problems()) == []
    made: Any = Prostiezvonki(given, print, FakeMemory())
    assert (made.linked_account, given.sends_to) == (None, None)
    assert settings(auto_transfer_to=" 102 ").sends_to == "102"


def test_the_longest_password_counts_in_characters_not_bytes() -> None:
    for good in ("x" * 32, "ы" * 32, ""):
        assert list(settings(password=Secret(good)).problems()) == []


def test_every_field_has_a_sentence_for_the_form_and_the_defaults_of_the_document() -> None:
    fields = {field.name: field for field in dataclasses.fields(settings())}
    assert all(field.metadata["help"].endswith(".") for field in fields.values())
    defaults = {name: field.default for name, field in fields.items() if name not in ("host", "extension")}
    assert defaults == {
        "password": None,
        "sip_account": None,
        "auto_transfer_to": None,
        "broadcast_mask": 0,
        "broadcast_group": "",
        "client_type": "jsapi",
        "protocol_version": 2,
        "verify_tls": True,
    }
