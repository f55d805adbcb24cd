"""The settings of a Voip24h account: what is refused, and in which words."""

from typing import Any

import pytest

from tests.fakes import FakeMemory
from tests.providers.voip24h.server import dial_settings, settings, v3_settings
from tuiphone.core.secret import Secret
from tuiphone.providers.voip24h.client import Voip24h
from tuiphone.providers.voip24h.settings import Settings
from tuiphone.store.fields import fields_of

URL = "https://api.partner.example"


@pytest.mark.parametrize(
    "given",
    [
        settings(URL),
        settings("http://127.0.0.1:8124/"),
        settings(f"{URL}/prefix", timezone="UTC", sip_account="desk", auto_answer_dial=False),
        v3_settings(),
        dial_settings(),
        dial_settings("http://localhost:1"),
        v3_settings("", sip_account=""),
        dial_settings(" ", sip_account=" ", api_key=Secret("")),
    ],
)
def test_good_settings_have_no_problems(given: Settings) -> None:
    assert list(given.problems()) == []


@pytest.mark.parametrize(
    ("given", "key", "says"),
    [
        (settings(), "base_url", "give its scheme and host"),
        (settings("http://api.partner.example"), "base_url", "in clear text; use https://"),
        (settings(f"{URL}?x=1"), "base_url", "leave that out"),
        (settings(f"{URL}/api/v1/partner/voip24h"), "base_url", "it is added"),
        (settings("https://me:pw@h"), "base_url", "leave them out"),
        (settings("https://["), "base_url", "is no address"),
        (settings(URL, partner_secret=None), "partner_secret", "nobody in without it"),
        (v3_settings(api_key=None), "api_key", "nobody in without it"),
        (v3_settings(api_secret=None), "api_secret", "nobody in without it"),
        (dial_settings(dial_voip=None), "dial_voip", "nobody in without it"),
        (dial_settings(dial_secret=None), "dial_secret", "nobody in without it"),
        (settings(URL, backend="graph"), "backend", "partner, v3 or dial, not 'graph'"),
        (settings(URL, extension="a1"), "extension", "like 101"),
        (settings(URL, extension=""), "extension", "like 101"),
        (settings(URL, timezone="Asia/Hanoi"), "timezone", "is no time zone"),
        (settings(URL, timezone="../../etc/passwd"), "timezone", "is no time zone"),
        (settings(URL, timezone="Asia"), "timezone", "is no time zone"),
        (settings(URL, timezone=""), "timezone", "is no time zone"),
        (settings(URL, sip_account="a\nb"), "sip_account", "one can see"),
        (settings(" "), "base_url", "give its scheme and host"),
        (settings(URL, partner_secret=Secret("")), "partner_secret", "nobody in without it"),
    ],
)
def test_what_is_wrong_is_said_of_the_right_field(given: Settings, key: str, says: str) -> None:
    ((found, sentence),) = given.problems()
    assert found == key
    assert says in sentence
    assert sentence.endswith(".")


def test_all_secrets_are_secret_and_a_form_can_show_every_field() -> None:
    fields = fields_of(Settings)
    assert set(fields) == {
        "base_url", "partner_secret", "extension", "timezone", "backend", "api_key", "api_secret", "dial_voip",
        "dial_secret", "sip_account", "auto_answer_dial",
    }  # fmt: skip
    assert all(field.help for field in fields.values())
    shown = repr(dial_settings(api_key=Secret("ab" * 20)))
    assert "0f0f" not in shown
    assert "abab" not in shown


def test_the_account_tells_the_phone_who_it_is_and_what_it_is_linked_with() -> None:
    made: Any = Voip24h(settings(URL, sip_account="desk", auto_answer_dial=False), print, FakeMemory())
    assert (made.identity, made.linked_account, made.answers_dial) == ("101", "desk", False)
    assert Voip24h(settings(URL, sip_account=" "), print, FakeMemory()).linked_account is None
    assert v3_settings(" ").base == v3_settings().base
    assert made.hosts == {"api.partner.example"}
