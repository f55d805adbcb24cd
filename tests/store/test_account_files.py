"""Account files: read against a provider's settings, refused with every mistake named, written safely."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from tuiphone.core.errors import ConfigError
from tuiphone.core.ports import IceServer
from tuiphone.core.provider import setting
from tuiphone.core.secret import Secret
from tuiphone.store.accounts import AccountConfig, BrokenAccount, account_files, load_account, load_accounts
from tuiphone.store.editing import remove_account, set_enabled, values_from_text, write_account
from tuiphone.store.mistakes import Mistakes
from tuiphone.store.paths import Paths, find


@dataclass(frozen=True)
class Settings:
    user_id: str = setting("who to log in as", example='"alice"')
    token: Secret | None = setting("access token", default=None)
    pin: Secret | None = setting("voicemail pin", default=None)
    numbers: tuple[str, ...] = setting("numbers to call from", default=())
    port: int = setting("port", default=6899)
    gain: float | None = setting("gain", default=None)
    video: bool = setting("video", default=False)
    ice_servers: tuple[IceServer, ...] = setting("ICE", default=())

    def problems(self) -> list[tuple[str, str]]:
        return [("port", "port must be above 0.")] if self.port <= 0 else []


@dataclass(frozen=True)
class Strict:
    token: Secret = setting("access token")


def settings_of(provider: str) -> type:
    try:
        return {"acme": Settings, "strict": Strict}[provider]
    except KeyError:
        raise ConfigError(f"There is no provider {provider}; did you mean acme?") from None


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = find(tmp_path / "p")
    paths.make()
    return paths


def put(paths: Paths, name: str, text: str, mode: int = 0o600) -> Path:
    file = paths.accounts_dir / f"{name}.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def sentences(account: AccountConfig | BrokenAccount) -> list[str]:
    assert isinstance(account, BrokenAccount)
    assert all(problem.file is not None for problem in account.problems)
    return [problem.sentence for problem in account.problems]


async def test_a_full_account_is_read(paths: Paths) -> None:
    file = put(
        paths,
        "work",
        """
        provider = "acme"
        country = "vn"
        redirect_to = " 100 "
        enabled = false
        user_id = "alice"
        token = "s3cret\\n"
        pin_command = ["printf", "1234"]
        numbers = ["8499", "8488"]
        gain = 2
        ice_servers = ["stun:127.0.0.1:3478", {urls = ["turn:127.0.0.1"], username = "u", credential = "c"}]
        """,
    )
    account = load_account(file, settings_of)
    assert isinstance(account, AccountConfig)
    assert (account.name, account.provider, account.enabled, account.country) == ("work", "acme", False, "VN")
    assert account.redirect_to == "100"
    settings = account.settings
    assert settings.numbers == ("8499", "8488")
    assert settings.gain == 2.0
    assert settings.ice_servers == (
        IceServer(("stun:127.0.0.1:3478",)),
        IceServer(("turn:127.0.0.1",), "u", "c"),
    )
    assert await settings.token.read() == "s3cret"
    assert await settings.pin.read() == "1234"
    assert "s3cret" not in repr(account)


def test_every_mistake_of_an_account_is_named_with_file_and_key(paths: Paths) -> None:
    file = put(
        paths,
        "work",
        """
        provider = "acme"
        enabled = "yes"
        country = "Vietnam"
        redirect_to = " "
        usr_id = "alice"
        token = "a"
        token_command = "b"
        pin = 1234
        numbers = "8499"
        port = "6899"
        gain = nan
        video = 1
        ice_servers = [{urls = "http://x"}]
        """,
    )
    account = load_account(file, settings_of)
    assert isinstance(account, BrokenAccount)
    assert account.provider == "acme"
    assert sentences(account) == [
        "accounts/work.toml: enabled must be true or false, not a text.",
        "accounts/work.toml: country must be two letters like \"VN\", not 'Vietnam'.",
        "accounts/work.toml: redirect_to must be a number or a name that calls can go to, at most 128 characters.",
        "accounts/work.toml: usr_id is no setting here; did you mean user_id?",
        'accounts/work.toml: user_id is missing; add it: who to log in as, for example user_id = "alice".',
        "accounts/work.toml: token is given by token and token_command; keep one of them.",
        "accounts/work.toml: pin must be a secret text, not a whole number; put it in quotes.",
        'accounts/work.toml: numbers must be a list of texts, not a text; write numbers = ["8499"].',
        "accounts/work.toml: port must be a whole number, not a text; write it without quotes.",
        "accounts/work.toml: gain must be a finite number.",
        "accounts/work.toml: video must be true or false, not a whole number.",
        "accounts/work.toml: ice_servers: http://x is no ICE server; it begins with stun:, stuns:, turn:, turns:.",
    ]
    for problem in account.problems:
        assert problem.key is not None
        assert problem.key in problem.sentence


def test_what_the_provider_finds_is_named_with_the_file(paths: Paths) -> None:
    file = put(paths, "work", 'provider = "acme"\nuser_id = "a"\nport = -1\n')
    assert sentences(load_account(file, settings_of)) == ["accounts/work.toml: port must be above 0."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("user_id = 'a'", "provider is missing; add a line"),
        ("provder = 'acme'", "provider is missing; rename provder to it."),
        ("provider = 5", "provider must be a text, not a whole number."),
        ("provider = 'acmee'", "provider: There is no provider acmee; did you mean acme?"),
        ("provider = 'strict'", "token is missing; add it (or token_command, or token_keyring): access token."),
        ("provider = 'strict'\ntoken = ' '", "token is empty"),
        ("provider = 'strict'\ntoken_command = []", "token_command is empty"),
        ("provider = 'strict'\ntoken_command = 5", "token_command must be a command"),
        ("provider = 'strict'\ntoken_keyring = 'yes'", "token_keyring must be true or false"),
        ("provider = 'strict'\ntoken = \"a\\u0000b\"", "control characters"),
        ("provider = 'strict'\ntoken = 'a' x", "line 2 is not TOML"),
        ("provider = 'acme'\nuser_id = 'a'\nauto_answer = 'yes'", "auto_answer must be true or false"),
        ("provider = 'acme'\nuser_id = 'a'\nauto_answer_after = true", "auto_answer_after must be a number of seconds"),
        ("provider = 'acme'\nuser_id = 'a'\nauto_answer_after = -1", "auto_answer_after must be a number of seconds"),
        ("provider = 'acme'\nuser_id = 'a'\nauto_answer_after = nan", "auto_answer_after must be a number of seconds"),
    ],
)
def test_one_mistake_is_one_sentence(paths: Paths, text: str, expected: str) -> None:
    said = sentences(load_account(put(paths, "x", text), settings_of))
    assert len(said) == 1
    assert said[0].startswith("accounts/x.toml: ")
    assert expected in said[0]


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("", None),
        ("auto_answer = false\nauto_answer_after = 5", None),
        ("auto_answer_after = 5", None),
        ("auto_answer = true", 2.0),
        ("auto_answer = true\nauto_answer_after = 0", 0.0),
        ("auto_answer = true\nauto_answer_after = 3.5", 3.5),
    ],
)
def test_an_account_answers_by_itself_only_where_its_file_says_so(
    paths: Paths, lines: str, seconds: float | None
) -> None:
    account = load_account(put(paths, "x", f"provider = 'acme'\nuser_id = 'a'\n{lines}"), settings_of)
    assert isinstance(account, AccountConfig)
    assert account.auto_answer == seconds


def test_answering_by_itself_is_read_from_what_was_typed() -> None:
    typed = {"auto_answer": "yes", "auto_answer_after": "1.5"}
    assert values_from_text(Settings, typed) == {"auto_answer": True, "auto_answer_after": 1.5}
    with pytest.raises(Mistakes, match="auto_answer_after must be a number, not 'soon'"):
        values_from_text(Settings, {"auto_answer_after": "soon"})


def test_one_broken_account_does_not_hide_the_others(paths: Paths) -> None:
    put(paths, "good", 'provider = "acme"\nuser_id = "a"\n')
    put(paths, "bad", "provider = ")
    put(paths, ".swap", "provider = ")
    put(paths, "two words", 'provider = "acme"\nuser_id = "a"\n')
    (paths.accounts_dir / "gone.toml").symlink_to("nowhere")
    (paths.accounts_dir / "notes.txt").write_text("x")
    found = {account.name: type(account) for account in load_accounts(paths, settings_of)}
    assert found == {"bad": BrokenAccount, "gone": BrokenAccount, "good": AccountConfig, "two words": BrokenAccount}


def test_accounts_are_in_the_order_of_their_names(paths: Paths) -> None:
    for name in ("work-2", "work", "a"):
        (paths.accounts_dir / f"{name}.toml").write_text("", encoding="utf-8")
    assert [file.stem for file in account_files(paths)] == ["a", "work", "work-2"]


def test_no_folder_means_no_accounts(tmp_path: Path) -> None:
    assert load_accounts(find(tmp_path), settings_of) == ()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_plain_secret_that_others_can_read_is_refused(paths: Paths, mode: int) -> None:
    file = put(paths, "x", "provider = 'strict'\ntoken = 'abc'\n", mode)
    assert sentences(load_account(file, settings_of)) == [
        f"accounts/x.toml: token is a secret, and others can read this file: chmod 600 {file}"
    ]
    file.chmod(0o600)
    assert isinstance(load_account(file, settings_of), AccountConfig)


def test_the_password_of_a_turn_server_is_a_secret_too(paths: Paths) -> None:
    text = (
        "provider = 'acme'\nuser_id = 'a'\nice_servers = [{urls = 'turn:127.0.0.1', username = 'u', credential = 'c'}]"
    )
    assert "chmod 600" in sentences(load_account(put(paths, "x", text, 0o644), settings_of))[0]


def test_a_file_without_plain_secrets_may_be_readable(paths: Paths) -> None:
    file = put(paths, "x", "provider = 'strict'\ntoken_command = 'pass show x'\n", 0o644)
    assert isinstance(load_account(file, settings_of), AccountConfig)


def test_a_written_account_is_private_from_the_start_and_reads_back(paths: Paths) -> None:
    before = os.umask(0)
    try:
        write_account(paths, "home", {"provider": "acme", "user_id": 'Ольга "o"', "token": "t"}, settings_of)
    finally:
        os.umask(before)
    file = paths.accounts_dir / "home.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    account = load_account(file, settings_of)
    assert isinstance(account, AccountConfig)
    assert account.settings.user_id == 'Ольга "o"'
    assert os.listdir(paths.accounts_dir) == ["home.toml"]


def test_wrong_values_are_not_written(paths: Paths) -> None:
    with pytest.raises(Mistakes) as caught:
        write_account(paths, "home", {"provider": "acme", "prt": 1, "port": "x"}, settings_of)
    assert [problem.key for problem in caught.value.problems] == ["prt", "user_id", "port"]
    assert len(str(caught.value).splitlines()) == 3
    assert os.listdir(paths.accounts_dir) == []


def test_an_existing_account_is_overwritten_only_when_asked(paths: Paths) -> None:
    write_account(paths, "home", {"provider": "acme", "user_id": "a"}, settings_of)
    with pytest.raises(ConfigError, match="home already"):
        write_account(paths, "home", {"provider": "acme", "user_id": "b"}, settings_of)
    write_account(paths, "home", {"provider": "acme", "user_id": "b"}, settings_of, overwrite=True)
    account = load_account(paths.accounts_dir / "home.toml", settings_of)
    assert isinstance(account, AccountConfig)
    assert account.settings.user_id == "b"


@pytest.mark.parametrize("name", ["../x", "/etc/x", ".hidden", "", "a" * 65, "a/b", "a\0", "a\n", "é", "a b", ".."])
def test_a_hostile_account_name_reaches_no_file(paths: Paths, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be the name"):
        write_account(paths, name, {"provider": "acme", "user_id": "a"}, settings_of)
    with pytest.raises(ConfigError, match="cannot be the name"):
        remove_account(paths, name)
    with pytest.raises(ConfigError, match="cannot be the name"):
        set_enabled(paths, name, True)
    assert os.listdir(paths.accounts_dir) == []


def test_removing_an_unknown_account_suggests_the_near_one(paths: Paths) -> None:
    with pytest.raises(ConfigError, match="tuiphone account add work"):
        remove_account(paths, "work")
    write_account(paths, "work", {"provider": "acme", "user_id": "a"}, settings_of)
    with pytest.raises(ConfigError, match="wrok is no account; did you mean work"):
        remove_account(paths, "wrok")
    remove_account(paths, "work")
    assert os.listdir(paths.accounts_dir) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('# mine\nprovider = "acme"  # the vendor\nuser_id = "a"\n', "# the vendor"),
        ('# mine\nenabled = true # for now\nprovider = "acme"\nuser_id = "a"\n', "# for now"),
        ('# mine\nuser_id = """\nenabled = true"""\nprovider = "acme"\n', "enabled = true"),
    ],
)
def test_switching_an_account_off_keeps_its_comments(paths: Paths, text: str, kept: str) -> None:
    file = put(paths, "x", text)
    set_enabled(paths, "x", False)
    after = file.read_text()
    assert "# mine" in after
    assert kept in after
    assert "enabled = false\n" in after or "enabled = false #" in after
    set_enabled(paths, "x", True)
    assert "enabled = true" in file.read_text()


def test_switching_writes_through_a_link(paths: Paths, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text('provider = "acme"\nuser_id = "a"\n')
    (paths.accounts_dir / "x.toml").symlink_to(real)
    set_enabled(paths, "x", False)
    assert "enabled = false" in real.read_text()
    assert (paths.accounts_dir / "x.toml").is_symlink()


def test_typed_values_become_what_their_settings_want() -> None:
    typed = {
        "user_id": " alice ",
        "numbers": "8499, 8488",
        "port": "1",
        "gain": "0.5",
        "video": "Yes",
        "enabled": "off",
        "country": "VN",
        "token_command": '["pass", "show", "x"]',
        "pin_keyring": "true",
        "ice_servers": '[{"urls": "stun:127.0.0.1:1"}]',
    }
    assert values_from_text(Settings, typed) == {
        "user_id": "alice",
        "numbers": ["8499", "8488"],
        "port": 1,
        "gain": 0.5,
        "video": True,
        "enabled": False,
        "country": "VN",
        "token_command": ["pass", "show", "x"],
        "pin_keyring": True,
        "ice_servers": [{"urls": "stun:127.0.0.1:1"}],
    }


def test_all_mistakes_in_typed_values_are_reported_at_once() -> None:
    with pytest.raises(Mistakes) as caught:
        values_from_text(Settings, {"usr_id": "a", "port": "many", "video": "maybe", "numbers": "[1", "gain": ""})
    assert [problem.sentence for problem in caught.value.problems] == [
        "usr_id is no setting here; did you mean user_id?",
        "port must be a whole number, not 'many'.",
        "video must be true or false, not 'maybe'.",
        "numbers begins like JSON but is not; write it as JSON, or with commas between the parts.",
        "gain must be a number, not ''.",
    ]


@pytest.mark.parametrize("key", ["user_id", "numbers", "port", "video", "token_command", "country"])
def test_a_pasted_megabyte_is_refused_in_a_short_sentence(paths: Paths, key: str) -> None:
    def add(paste: str) -> None:
        values = {"user_id": "a", **values_from_text(Settings, {key: paste})}
        write_account(paths, "x", {"provider": "acme", **values}, settings_of)

    with pytest.raises(ConfigError) as caught:
        add("7" * 1_000_000)
    assert key in str(caught.value)
    assert len(str(caught.value)) < 300
    assert os.listdir(paths.accounts_dir) == []


def test_an_account_read_again_differs_when_its_file_or_who_may_read_it_changed(paths: Paths) -> None:
    file = put(paths, "work", 'provider = "acme"\nuser_id = "alice"\ntoken = "t-1"\n')
    first = load_account(file, settings_of)
    assert load_account(file, settings_of) == first
    put(paths, "work", 'provider = "acme"\nuser_id = "alice"\ntoken = "t-2"\n')
    assert load_account(file, settings_of) != first
    file.chmod(0o644)
    broken = load_account(file, settings_of)
    assert isinstance(broken, BrokenAccount)
    file.chmod(0o600)
    assert isinstance(load_account(file, settings_of), AccountConfig)
