"""Forms of accounts: what they ask for, what a filled one makes of a file, where its secrets go."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core.ports import IceServer
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.store import forms, secrets
from tuiphone.store.forms import draft, form_fields, save, shown_values
from tuiphone.store.mistakes import Mistakes
from tuiphone.store.paths import Paths, find
from tuiphone.store.toml import read_toml


@dataclass(frozen=True, kw_only=True)
class Settings:
    device: str = setting("Its name.", default="tuiphone")
    token: Secret | None = setting("Access token.", default=None, ask=True)
    user: str = setting("Who to log in as.")
    numbers: tuple[str, ...] = setting("Numbers.", default=())
    ice: tuple[IceServer, ...] = setting("ICE.", default=())
    port: int = setting("Port.", default=1)
    video: bool = setting("Video.", default=True)


def settings_of(_: str) -> type:
    return Settings


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = find(tmp_path / "p")
    paths.make()
    return paths


def put(paths: Paths, text: str, mode: int = 0o600) -> Path:
    file = paths.accounts_dir / "work.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


async def keep(paths: Paths, values: dict[str, Any], *, is_new: bool = True, kept: tuple[str, ...] = ()) -> str:
    made = draft(paths, "work", "acme", values, settings_of, keep=kept, is_new=is_new)
    await save(paths, made, is_new=is_new)
    return (paths.accounts_dir / "work.toml").read_text()


def test_a_form_asks_first_for_what_is_needed_and_offers_other_places_for_a_secret() -> None:
    asked = [(field.name, field.asked) for field in form_fields(Settings, keyring=True)]
    assert asked[:3] == [("user", True), ("token", True), ("country", True)]
    assert {name for name, is_asked in asked if not is_asked} >= {"token_command", "token_keyring", "device", "port"}
    assert "token_keyring" not in [field.name for field in form_fields(Settings, keyring=False)]


async def test_a_filled_form_is_written_for_its_owner_alone(paths: Paths) -> None:
    values = {"user": "an", "token": " s3cret\n", "numbers": ("1", "2"), "country": "vn", "port": "7", "video": True}
    text = await keep(paths, values | {"ice": ('{"urls": "turn:h:1", "username": "a", "credential": "b"}', "stun:h:1")})
    file = paths.accounts_dir / "work.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_toml(file).table == {
        "provider": "acme",
        "user": "an",
        "token": "s3cret",
        "numbers": ["1", "2"],
        "country": "VN",
        "port": 7,
        "ice": [{"urls": "turn:h:1", "username": "a", "credential": "b"}, "stun:h:1"],
    }
    assert text.startswith('provider = "acme"')


def test_every_mistake_of_a_filled_form_names_its_field(paths: Paths) -> None:
    values: dict[str, Any] = {"port": "many", "country": "VX", "ice": ("{",)}
    with pytest.raises(Mistakes) as wrong:
        draft(paths, "work", "acme", values, settings_of, is_new=True)
    assert {problem.key for problem in wrong.value.problems} == {"port", "country", "ice"}
    with pytest.raises(Mistakes) as missing:
        draft(paths, "work", "acme", {}, settings_of, is_new=True)
    assert [problem.key for problem in missing.value.problems] == ["user"]
    for name in ("../work", ".x", "", "a/b"):
        with pytest.raises(Mistakes) as bad:
            draft(paths, name, "acme", {"user": "an"}, settings_of, is_new=True)
        assert [problem.key for problem in bad.value.problems] == ["name"]


async def test_a_new_account_never_overwrites_one_that_is_there(paths: Paths) -> None:
    put(paths, 'provider = "acme"\nuser = "an"\n')
    with pytest.raises(Mistakes, match="There is an account work already"):
        await keep(paths, {"user": "bob"})


async def test_a_changed_account_keeps_its_comments_its_secret_and_what_no_form_shows(paths: Paths) -> None:
    put(
        paths,
        '# mine\nprovider = "acme"\nenabled = false # for now\nuser = "an"\ntoken = "s3cret"\n'
        'device = "desk"\nnumbers = ["1"]\nice = []\n',
        0o644,
    )
    text = await keep(paths, {"user": "bob", "numbers": ("1",)}, is_new=False, kept=("token",))
    assert text == (
        '# mine\nprovider = "acme"\nenabled = false # for now\nuser = "bob"\ntoken = "s3cret"\n'
        'numbers = ["1"]\nice = []\n'
    )
    assert (paths.accounts_dir / "work.toml").stat().st_mode & 0o777 == 0o600


async def test_a_secret_that_is_not_kept_goes_and_another_takes_its_place(paths: Paths) -> None:
    put(paths, 'provider = "acme"\nuser = "an"\ntoken = "old"\n')
    assert "token" not in await keep(paths, {"user": "an"}, is_new=False)
    put(paths, 'provider = "acme"\nuser = "an"\ntoken = "old"\n')
    assert 'token = "new"' in await keep(paths, {"user": "an", "token": "new"}, is_new=False, kept=("token",))
    text = await keep(paths, {"user": "an", "token_command": "pass x"}, is_new=False, kept=("token",))
    assert "new" not in text
    assert 'token_command = "pass x"' in text


async def test_a_secret_for_the_keyring_is_tried_from_the_form_and_never_written(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_away: list[tuple[str, str, str]] = []

    async def keep_in_keyring(account: str, name: str, value: str) -> None:
        put_away.append((account, name, value))

    monkeypatch.setattr(secrets, "keep_in_keyring", keep_in_keyring)
    made = draft(
        paths, "work", "acme", {"user": "an", "token": "s3cret", "token_keyring": True}, settings_of, is_new=True
    )
    assert await made.account.settings.token.read() == "s3cret"
    assert "s3cret" not in repr(made)
    await save(paths, made, is_new=True)
    assert put_away == [("work", "token", "s3cret")]
    text = (paths.accounts_dir / "work.toml").read_text()
    assert "s3cret" not in text
    assert "token_keyring = true" in text


def test_what_a_form_shows_of_a_file_has_no_secret_in_it() -> None:
    table = {
        "provider": "acme",
        "user": "an",
        "token": "s3cret",
        "token_command": ["pass", "x y"],
        "port": 7,
        "video": False,
        "numbers": ["1"],
        "ice": [{"urls": "stun:h:1"}],
        "auto_answer_after": 2.5,
        "unknown": "x",
    }
    values, kept = shown_values(table, Settings)
    assert values == {
        "user": "an",
        "token_command": '["pass", "x y"]',
        "port": "7",
        "video": False,
        "numbers": ("1",),
        "ice": ('{"urls": "stun:h:1"}',),
        "auto_answer_after": "2.5",
    }
    assert kept == ("token",)
    assert forms.shown_values({"token_keyring": True}, Settings) == ({"token_keyring": True}, ("token",))
