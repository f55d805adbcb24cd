"""The operator's desk and sending a ringing call on, as a person at a shell has them."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.core.build import call
from tests.ui.fake_phone import FakePhone
from tuiphone import cli
from tuiphone.commands import calls, desk
from tuiphone.commands.attach import BAD_NUMBER, USAGE, Failed
from tuiphone.core.call import CallId, CallState
from tuiphone.core.capability import Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Account, Address, AddressKind, DeskCall, DeskState
from tuiphone.core.state import AccountState, PhoneState

CAROL = Address(AddressKind.PHONE, "102", "Carol\x1b[2J")
AN = Address(AddressKind.PHONE, "0901234567")


def desk_of(redirect_to: str | None = None) -> AccountState:
    now = time.time()
    lost = [DeskCall(f"m{number}", AN, DeskState.MISSED, 1000.0 * number, CAROL) for number in (1, 2)]
    calls = (*lost, DeskCall("w1", CAROL, DeskState.WAITING, now - 5))
    about = Account("home", "pz", Capability.REDIRECT, redirect_to=redirect_to)
    return AccountState(about, Link.ONLINE, desk=calls)


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> FakePhone:
    """The phone that commands find."""
    found = FakePhone(PhoneState((desk_of(),)))

    @asynccontextmanager
    async def attached(options: Any, *, start: bool = False) -> AsyncIterator[FakePhone]:
        yield found

    monkeypatch.setattr(desk, "attached", attached)
    monkeypatch.setattr(calls, "attached", attached)
    return found


def run(*argv: str) -> int:
    options = cli.make_parser().parse_args(argv)
    return getattr(desk, options.run.partition(":")[2])(options)


def test_the_desk_is_listed_in_words_and_as_json(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("desk") == 0
    waits, lost = capsys.readouterr().out.splitlines()
    assert waits.startswith("waiting   Carol\N{REPLACEMENT CHARACTER}[2J (102)")
    assert waits.endswith("w1  home")
    assert "at Carol\N{REPLACEMENT CHARACTER}[2J, 2 times" in lost
    assert run("desk", "--json", "--account", "home") == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["account"], first["ref"], first["state"], first["peer"]["text"]) == ("home", "w1", "waiting", "102")
    assert (second["times"], second["calls"]) == (2, ["home/m2", "home/m1"])
    with pytest.raises(Failed, match="no account nope; there are: home"):
        run("desk", "--account", "nope")


def test_what_can_be_done_with_a_call_of_the_desk(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    for argv in (["take", "w1"], ["redirect", "w1", "105"], ["redirect", "w1"], ["done", "m1", "--json"]):
        assert run("desk", *argv, "--account", "home") == 0
    assert phone.told("take_desk_call") == [("w1", "home")]
    assert phone.told("redirect_desk_call") == [("w1", "105", "home"), ("w1", None, "home")]
    assert phone.told("desk_call_done") == [("m1", "home")]
    assert json.loads(capsys.readouterr().out) == {"done": 1}


def test_a_ringing_call_is_sent_where_it_is_said_or_where_the_account_says(phone: FakePhone) -> None:
    rings = call(CallState.INCOMING, id=CallId("home", "1"))
    phone.state = PhoneState((desk_of(),), (rings,))
    assert run("forward", "105") == 0
    with pytest.raises(Failed, match="set redirect_to in the account home") as refused:
        run("forward")
    assert refused.value.exit_code == USAGE
    phone.state = PhoneState((desk_of("100"),), (rings,))
    assert run("forward", "--call", "home/1") == 0
    assert phone.told("forward") == [("1", "105"), ("1", "100")]
    with pytest.raises(Failed, match="no call home/9") as unknown:
        run("forward", "--call", "home/9")
    assert unknown.value.exit_code == BAD_NUMBER
