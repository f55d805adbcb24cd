"""Users made and deleted by a person at a terminal, whoever the vendor is."""

import argparse
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from tuiphone.commands import account, provision
from tuiphone.commands.attach import BAD_NUMBER, NOT_CONNECTED, USAGE, Failed
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConfigError, ConnectionLost, PhoneError
from tuiphone.core.provider import Provider, setting
from tuiphone.core.secret import Secret
from tuiphone.store.toml import read_toml

PASSWORD = "dave's own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Settings of a vendor that nobody has heard of."""

    user: str = setting("Whose account it is.")
    secret: Secret = setting("Their password.")
    key: str = setting("The vendor's key.", default="")
    device: str = setting("Of this machine.", default="")


class Vendor(Provider):
    """Makes everybody that it is asked for."""

    name = "vendor"
    title = "Vendor"
    capabilities = Capability.PROVISION
    Settings = Keys
    asked: ClassVar[list[tuple[str, ...]]] = []
    refusal: ClassVar[PhoneError | None] = None

    @property
    def identity(self) -> str:
        return self.settings.user

    async def run(self) -> None:
        raise AssertionError("nobody logs in")

    async def create_user(self, name: str, password: str | None = None) -> Mapping[str, object]:
        self._ask("create", name, password or "(its own)")
        return {} if password is None else {"user": name, "secret": password, "device": None}

    async def delete_user(self, name: str) -> None:
        self._ask("delete", name)

    def _ask(self, *what: str) -> None:
        self.asked.append(what)
        if self.refusal is not None:
            raise self.refusal


class Console(io.StringIO):
    """What somebody types at a terminal, or a pipe."""

    def __init__(self, *lines: str, is_terminal: bool = True) -> None:
        super().__init__("".join(f"{line}\n" for line in lines))
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


class Desk:
    """A profile with an account of the vendor."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.profile = folder
        self._monkeypatch = monkeypatch
        self.accounts = folder / "config" / "accounts"
        self.accounts.mkdir(parents=True)
        file = self.accounts / "work.toml"
        file.write_text(
            'provider = "vendor"\nuser = "alice"\nsecret_command = "echo hers"\nkey = "k"\ndevice = "1"\n'
            "enabled = false\n"
        )
        file.chmod(0o600)

    def types(self, *lines: str, is_terminal: bool = True) -> None:
        """What is typed from now on, passwords too."""
        console = Console(*lines, is_terminal=is_terminal)
        self._monkeypatch.setattr("sys.stdin", console)
        self._monkeypatch.setattr("getpass.getpass", lambda _: console.readline().rstrip("\n"))
        self._monkeypatch.setattr("builtins.input", lambda _: console.readline().rstrip("\n"))

    def create(self, user: str | None, save: str | None = None) -> int:
        return provision.create(self._options(user=user, save=save))

    def delete(self, user: str, *, yes: bool = False) -> int:
        return provision.delete(self._options(user=user, yes=yes))

    def _options(self, **more: Any) -> argparse.Namespace:
        return argparse.Namespace(profile=str(self.profile), name="work", **more)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(Vendor, "asked", [])
    monkeypatch.setattr(Vendor, "refusal", None)
    for module in (provision, account):
        monkeypatch.setattr(module, "find_provider", lambda name: Vendor)
    return Desk(tmp_path, monkeypatch)


def test_a_password_is_typed_twice_and_an_account_file_is_offered(desk: Desk, capsys: pytest.CaptureFixture[str]):
    desk.types(PASSWORD, PASSWORD, "dave")
    assert desk.create("dave") == 0
    assert Vendor.asked == [("create", "dave", PASSWORD)]
    # The same keys; nothing of whoever's account that was.
    expected = {"provider": "vendor", "user": "dave", "secret": PASSWORD, "key": "k"}
    assert read_toml(desk.accounts / "dave.toml").table == expected
    assert PASSWORD not in capsys.readouterr().out


def test_who_wants_no_account_file_gets_none(desk: Desk):
    desk.types(PASSWORD, PASSWORD, "")
    assert desk.create("dave") == 0
    assert [file.name for file in desk.accounts.iterdir()] == ["work.toml"]


def test_two_passwords_make_nobody(desk: Desk):
    desk.types(PASSWORD, "another")
    with pytest.raises(Failed, match="two passwords") as caught:
        desk.create("dave")
    assert (caught.value.exit_code, Vendor.asked) == (USAGE, [])


def test_a_script_gives_the_password_on_its_standard_input(desk: Desk):
    desk.types(PASSWORD, is_terminal=False)
    assert desk.create("dave", save="other") == 0
    assert Vendor.asked == [("create", "dave", PASSWORD)]
    assert (desk.accounts / "other.toml").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("user", [None, "alice"])
def test_the_accounts_own_user_needs_no_password_and_no_other_file(desk: Desk, user: str | None):
    desk.types()
    assert desk.create(user) == 0
    assert Vendor.asked == [("create", "alice", "(its own)")]


def test_an_account_that_is_there_is_not_written_over_and_nobody_is_made(desk: Desk):
    desk.types(PASSWORD, is_terminal=False)
    with pytest.raises(Failed, match="There is an account work already") as caught:
        desk.create("dave", save="work")
    assert (caught.value.exit_code, Vendor.asked) == (BAD_NUMBER, [])


@pytest.mark.parametrize(
    ("refusal", "code"), [(ConnectionLost("Gone."), NOT_CONNECTED), (ConfigError("auth is missing."), BAD_NUMBER)]
)
def test_a_refusal_has_an_exit_code_of_its_own(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, refusal: PhoneError, code: int
):
    monkeypatch.setattr(Vendor, "refusal", refusal)
    desk.types(PASSWORD, is_terminal=False)
    for work in (lambda: desk.create("dave"), lambda: desk.delete("dave", yes=True)):
        with pytest.raises(Failed) as caught:
            work()
        assert (caught.value.exit_code, str(caught.value)) == (code, str(refusal))


def test_a_vendor_that_makes_nobody_is_not_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Vendor, "capabilities", Capability.HISTORY)
    desk.types()
    with pytest.raises(Failed, match="Vendor lets nobody make or delete users from here"):
        desk.create("dave")


@pytest.mark.parametrize(("typed", "is_gone"), [("y", True), ("YES", True), ("n", False), ("", False)])
def test_whoever_deletes_is_asked_first(desk: Desk, typed: str, is_gone: bool):
    desk.types(typed)
    assert desk.delete("dave") == 0
    assert Vendor.asked == ([("delete", "dave")] if is_gone else [])


def test_nobody_is_deleted_when_nobody_can_be_asked(desk: Desk):
    desk.types(is_terminal=False)
    assert desk.delete("dave") == USAGE
    assert not Vendor.asked
    assert desk.delete("dave", yes=True) == 0
    assert Vendor.asked == [("delete", "dave")]
