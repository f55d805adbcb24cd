"""The settings of an AZStack account: what is refused, and in which words."""

import dataclasses
import math
from typing import Any

import pytest

from tests.providers.azstack.server import public_key, settings
from tuiphone.core.secret import Secret

URL = "https://www.azhub.xyz:9199"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"url": "http://127.0.0.1:9199"},
        {"url": "ws://localhost:9199/"},
        {"url": "wss://az.example.net:9199"},
        {"user_credentials": None, "numbers": (), "namespace": "n", "tags": "support", "ice_servers": ()},
        {"numbers": ("84000387212", "+84000387212"), "ring_seconds": 45, "log_level": "none"},
        {"public_key": public_key(1024), "user_credentials": None},
    ],
)
def test_good_settings_have_no_problems(given: dict[str, Any]) -> None:
    assert list(settings(**({"url": URL} | given)).problems()) == []


@pytest.mark.parametrize(
    ("given", "key", "says"),
    [
        ({"url": "http://www.azhub.xyz:9199"}, "url", "in clear text; use https://"),
        ({"url": "ws://www.azhub.xyz:9199"}, "url", "in clear text; use wss://"),
        ({"url": "ftp://www.azhub.xyz"}, "url", "of the form https://"),
        ({"url": "www.azhub.xyz"}, "url", "of the form"),
        ({"url": ""}, "url", "of the form https://"),
        ({"url": "https://["}, "url", "is no address"),
        ({"url": "https://me:secret@azhub.xyz"}, "url", "leave them out"),
        ({"url": "https://azhub.xyz:9199/socket.io/"}, "url", "after the port"),
        ({"url": "https://azhub.xyz:9199?x=1"}, "url", "after the port"),
        ({"app_id": ""}, "app_id", "nobody in without it"),
        ({"user_id": "  "}, "user_id", "nobody in without it"),
        ({"fullname": ""}, "fullname", "nobody in without it"),
        ({"fullname": "x" * 201}, "fullname", "201 characters"),
        ({"app_id": "0123\x1b[2J"}, "app_id", "nobody can see"),
        ({"tags": "a\nb"}, "tags", "nobody can see"),
        ({"public_key": ""}, "public_key", "nobody in without it"),
        ({"public_key": "not a key!"}, "public_key", "not base64"),
        ({"public_key": "aGVsbG8="}, "public_key", "not of a public key"),
        ({"user_credentials": Secret("x" * 200)}, "user_credentials", "the public key takes 245"),
        ({"user_id": "ễ" * 70, "user_credentials": None}, "user_id", "two to four times"),
        ({"public_key": public_key(1024)}, "user_credentials", "the public key takes 117"),
        ({"numbers": ("849x",)}, "numbers", "not a telephone number"),
        ({"numbers": ("٨٤٠٠٠",)}, "numbers", "not a telephone number"),
        ({"request_timeout": 0.5}, "request_timeout", "1 to 600 seconds, not 0.5"),
        ({"request_timeout": 60_000.0}, "request_timeout", "1 to 600 seconds, not 60000"),
        ({"ping_interval": math.nan}, "ping_interval", "1 to 3600 seconds"),
        ({"ring_seconds": math.inf}, "ring_seconds", "5 to 600 seconds"),
        ({"presence_interval": 0.0}, "presence_interval", "5 to 3600 seconds"),
        ({"log_level": "NONE"}, "log_level", "none, error, info, debug, not 'NONE'"),
    ],
)
def test_a_mistake_is_named_by_its_key_in_one_sentence(given: dict[str, Any], key: str, says: str) -> None:
    given = {"url": URL, "user_credentials": Secret("x" * 50)} | given
    problems = dict(settings(**given).problems())
    assert list(problems) == [key]
    assert says in problems[key]
    assert problems[key].endswith(".")


def test_every_mistake_is_reported_at_once() -> None:
    wrong = settings("ftp://x", app_id="", public_key="?", numbers=("1",), ring_seconds=1.0, log_level="loud")
    assert {key for key, _ in wrong.problems()} == {
        "url", "app_id", "public_key", "numbers", "ring_seconds", "log_level",
    }  # fmt: skip


def test_the_vendors_names_are_found_in_the_help() -> None:
    helps = " ".join(field.metadata["help"] for field in dataclasses.fields(settings(URL)))
    for name in ("appId", "publicKey", "azStackUserId", "userCredentials", "fullname", "namespace", "requestTimeout"):
        assert f"({name}" in helps
    assert "(logLevel)" in helps
    assert "(intervalPingTime" in helps
