"""`tuiphone doctor --account`: a line a finding, of any vendor, and never a secret."""

import argparse
import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tuiphone.commands.attach import BAD_NUMBER, Failed
from tuiphone.commands.doctor import doctor
from tuiphone.simulator.oncaller import OnCaller
from tuiphone.simulator.sip import Sip
from tuiphone.store import editing
from tuiphone.store.paths import find

Serve = Callable[[Any], Any]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Runs a simulated vendor in a loop of its own, as the command has one too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running: list[Any] = []

    def start(vendor: Any) -> Any:
        asyncio.run_coroutine_threadsafe(vendor.start(), loop).result(15)
        running.append(vendor)
        return vendor

    yield start
    for vendor in running:
        asyncio.run_coroutine_threadsafe(vendor.close(), loop).result(15)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(15)
    loop.close()


def examine(profile: Path, account: dict[str, Any]) -> int:
    from tuiphone.commands.account import settings_of

    paths = find(str(profile))
    paths.make()
    editing.write_account(paths, "work", account, settings_of, overwrite=True)
    return doctor(argparse.Namespace(profile=str(profile), account="work"))


def test_a_sip_account_that_is_well(serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = serve(Sip("127.0.0.1", {"port": 0})).account("alice")
    assert examine(tmp_path, account) == 0
    said = capsys.readouterr().out
    for words in ("ok   TCP: ", "ok   WebSocket: ", "ok   registration: ", "ok   clock: ", "ok   sound: "):
        assert words in said


def test_a_wrong_password_is_bad_and_not_shown(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account = serve(Sip("127.0.0.1", {"port": 0})).account("alice")
    assert examine(tmp_path, account | {"password": "not-the-password"}) == 1
    said = capsys.readouterr().out
    assert "bad  registration: " in said
    assert "not-the-password" not in said


def test_an_account_of_another_vendor_is_looked_at_as_well(
    serve: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    account = serve(OnCaller("127.0.0.1", {"port": 0})).account("alice")
    assert examine(tmp_path, account) == 0
    said = capsys.readouterr().out
    for words in ("ok   TCP: ", "ok   login: OnCaller let us in."):
        assert words in said
    assert account["key_secret"] not in said


def test_a_server_that_is_away_says_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = {
        "provider": "sip",
        "user": "a",
        "domain": "b.example",
        "server": "ws://127.0.0.1:1/",
        "ice_servers": [],
    }
    assert examine(tmp_path, account) == 1
    assert "bad  TCP: Cannot reach 127.0.0.1:1: connection refused. Is the server running?" in capsys.readouterr().out


def test_an_account_that_is_none_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="There is no account nobody; there are: none yet"):
        doctor(argparse.Namespace(profile=str(tmp_path), account="nobody"))


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nosuch", "there is no account nosuch, which sip_account names."),
        ("work", "sip_account names this account itself"),
        ("vox", "vox, which sip_account names, is no SIP account."),
        ("other", "other, which sip_account names, has the sound of its calls at another account itself."),
        ("desk", None),
    ],
)
def test_a_sip_account_that_can_have_no_sound_is_named_wherever_settings_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], named: str, said: str | None
) -> None:
    from tuiphone.commands.account import check, settings_of

    paths = find(str(tmp_path))
    paths.make()
    sip = {"provider": "sip", "user": "a", "domain": "b.example", "server": "ws://127.0.0.1:1/"}
    vox = {
        "provider": "oncaller",
        "addresses": ["ws://127.0.0.1:1/"],
        "key_sid": "k",
        "key_secret": "s",
        "user_id": "a",
    }
    pz = {"provider": "prostiezvonki", "host": "ws://127.0.0.1:1", "extension": "101"}
    others = {"desk": sip, "vox": vox, "other": pz | {"sip_account": "desk"}}
    for name, account in others.items():
        editing.write_account(paths, name, account, settings_of, overwrite=True)
    assert examine(tmp_path, pz | {"sip_account": named}) == 1  # nobody is at its port
    looked = capsys.readouterr().out
    options = argparse.Namespace(profile=str(tmp_path), name="work", offline=True)
    assert check(options) == (0 if said is None else BAD_NUMBER)
    checked = capsys.readouterr().out
    if said is None:
        assert "ok   sound: It is carried by the account desk; look at that one as well." in looked
        assert "work: the settings are in order" in checked
    else:
        assert f"bad  sound: On your desk phone only: {said}" in looked
        assert f"work: {said}" in checked
