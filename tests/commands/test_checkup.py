"""`tuiphone doctor --account`: a line a finding, of any vendor, and never a secret."""

import argparse
import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tuiphone.commands.attach import Failed
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
