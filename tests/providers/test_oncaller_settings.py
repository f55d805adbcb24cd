"""The settings of an OnCaller account: what is refused, and in which words."""

from typing import Any

import pytest

from tuiphone.core.secret import Secret
from tuiphone.providers.oncaller.settings import Settings

GOOD: dict[str, Any] = {"addresses": ("wss://v1.example.net:6899/",), "token": Secret("t")}
PAIR: dict[str, Any] = {"key_sid": "SK1", "key_secret": Secret("s"), "user_id": "alice"}


@pytest.mark.parametrize(
    "given",
    [
        GOOD,
        GOOD | {"addresses": ("ws://127.0.0.1:6899/", "ws://localhost:1", "ws://[::1]:6899/")},
        {"api_base_url": "https://api.example.net/", "token": Secret("t")},
        {"api_base_url": "http://127.0.0.1:8080", "token": Secret("t")},
        {"addresses": GOOD["addresses"], **PAIR},
        GOOD | {"numbers": ("84990000000", "+84990000000"), "video_resolution": "480x640", "ice_servers": ()},
    ],
)
def test_good_settings_have_no_problems(given: dict[str, Any]) -> None:
    assert list(Settings(**given).problems()) == []


@pytest.mark.parametrize(
    ("given", "key", "says"),
    [
        ({"token": Secret("t")}, "addresses", "api_base_url to ask for it"),
        (GOOD | {"addresses": ("ws://v1.example.net:6899/",)}, "addresses", "in clear text; use wss://"),
        (GOOD | {"addresses": ("https://v1.example.net/",)}, "addresses", "of the form wss://"),
        (GOOD | {"addresses": ("v1.example.net",)}, "addresses", "of the form wss://"),
        (GOOD | {"addresses": ("wss://",)}, "addresses", "of the form wss://"),
        (GOOD | {"addresses": ("wss://[",)}, "addresses", "is no address"),
        (GOOD | {"addresses": ("wss://v1.example.net:port/",)}, "addresses", "is no address"),
        (GOOD | {"addresses": ("wss://me:secret@v1.example.net/",)}, "addresses", "leave them out"),
        ({"api_base_url": "http://api.example.net/", "token": Secret("t")}, "api_base_url", "in clear text"),
        ({"addresses": GOOD["addresses"]}, "token", "Give an access token"),
        (GOOD | PAIR, "key_sid", "keep either"),
        ({"addresses": GOOD["addresses"], "key_sid": "SK1"}, "key_secret", "signs nothing"),
        ({"addresses": GOOD["addresses"], "key_secret": Secret("s"), "user_id": "a"}, "key_sid", "of no use"),
        ({"addresses": GOOD["addresses"], **PAIR, "user_id": None}, "user_id", "name a user"),
        (GOOD | {"numbers": ("849x",)}, "numbers", "not a telephone number"),
        (GOOD | {"numbers": ("8" * 17,)}, "numbers", "not a telephone number"),
        (GOOD | {"video_resolution": "640x480"}, "video_resolution", "480x640 or 1280x720"),
    ],
)
def test_a_mistake_is_named_by_its_key_in_one_sentence(given: dict[str, Any], key: str, says: str) -> None:
    problems = dict(Settings(**given).problems())
    assert list(problems) == [key]
    assert says in problems[key]
    assert problems[key].endswith(".")


def test_every_mistake_is_reported_at_once() -> None:
    settings = Settings(addresses=("ftp://x",), numbers=("1",), video_resolution="1x1")
    assert {key for key, _ in settings.problems()} == {"addresses", "numbers", "token", "video_resolution"}


def test_secrets_do_not_show_in_the_settings() -> None:
    shown = repr(Settings(addresses=(), token=Secret("hush-token"), key_secret=Secret("hush-secret")))
    assert "hush" not in shown
