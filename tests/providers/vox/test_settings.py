"""What may be in the settings of a Vox account."""

from typing import Any

import pytest

from tests.providers.vox.server import settings
from tuiphone.core.secret import Secret
from tuiphone.providers.vox.settings import Settings, id_problem
from tuiphone.store.fields import Kind, fields_of

URL = "wss://iml.example:8989"


def problems(**more: Any) -> list[str]:
    """The keys that something is wrong with."""
    return [key for key, _ in settings(URL, **more).problems()]


def test_few_settings_are_enough_and_lead_to_the_vendor():
    made = Settings(project_id="pid_1", username="alice", password=Secret("pw"))
    assert not list(made.problems())
    assert made.iml_url == "wss://proxy.vox-cpaas.com:8989"
    assert made.rest_url == "https://proxy.vox-cpaas.com/api/user"


def test_a_form_asks_for_what_is_needed_and_hides_what_is_secret():
    fields = fields_of(Settings)
    assert [name for name, field in fields.items() if field.required] == ["project_id", "username", "password"]
    secret = {name for name, field in fields.items() if field.kind is Kind.SECRET}
    assert secret == {"password", "auth_token", "push_token", "turn_password"}
    assert all(field.help.endswith(".") for field in fields.values())


@pytest.mark.parametrize("name", ["alice", "x" * 64, "+84905550001", "a.b@c", "名前"])
def test_names_that_vox_may_have(name: str):
    assert id_problem(name) is None
    assert not problems(username=name)


@pytest.mark.parametrize("name", ["", " ", "two words", "tab\there", "no\u00a0break", "x" * 65, "esc\x1b", "line\n"])
def test_names_that_nobody_has(name: str):
    assert problems(username=name) == ["username"]


@pytest.mark.parametrize("url", ["ws://127.0.0.1:8989/", "ws://localhost:8989", "ws://[::1]:8989", "wss://vox.example"])
def test_in_clear_text_only_on_this_machine(url: str):
    assert not problems(iml_url=url)


@pytest.mark.parametrize("url", ["ws://vox.example", "https://vox.example", "vox.example", "wss://a:b@vox.example", ""])
def test_addresses_that_lead_nowhere_good(url: str):
    assert problems(iml_url=url) == ["iml_url"]


@pytest.mark.parametrize("url", ["http://vox.example/api/user", "ws://vox.example", "https://a:b@vox.example", "x"])
def test_addresses_that_users_are_not_made_at(url: str):
    assert problems(rest_url=url) == ["rest_url"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("project_id", " "),
        ("project_id", "x" * 201),
        ("name", "esc\x1b"),
        ("from_user", "not a number"),
        ("device_id", "1000000001"),
        ("device_id", "-1"),
        ("device_id", "abc"),
        ("device_id", "٣"),
        ("stun", "no host:1"),
        ("stun", "http://stun.example"),
        ("turn_user", "u"),
    ],
)
def test_other_mistakes_are_said_by_key(key: str, value: str):
    assert key in problems(**{key: value}) or (key, problems(**{key: value})) == ("turn_user", ["turn"])


def test_a_turn_server_needs_user_and_password():
    assert problems(turn="turn.example:3478") == ["turn"]
    assert not problems(turn="turn.example:3478", turn_user="u", turn_password=Secret("p"))


@pytest.mark.parametrize("device", ["0", "1", "123456", "1000000000"])
def test_devices_that_vox_takes(device: str):
    assert not problems(device_id=device)


@pytest.mark.parametrize("written", ["stun.example:3478", "stun:stun.example:3478", "stun.example"])
async def test_servers_may_be_written_with_their_scheme(written: str):
    (server,) = await settings(URL, stun=written).own_ice_servers()
    assert server.urls == (f"stun:{written.removeprefix('stun:')}",)


async def test_password_of_the_turn_server_is_read_and_does_not_show():
    made = settings(URL, turn="turn.example", turn_user="u", turn_password=Secret("the relay's"))
    (server,) = await made.own_ice_servers()
    assert (server.urls, server.username, server.credential) == (("turn:turn.example",), "u", "the relay's")
    assert "the relay's" not in repr((made, server))
