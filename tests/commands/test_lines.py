"""Lines, voicemail, own presence and questions of the far side, as a person at a shell has them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.core.build import BOB, ID, call
from tests.ui.fake_phone import FakePhone
from tuiphone import cli
from tuiphone.commands import lines
from tuiphone.commands.attach import BAD_NUMBER, NOT_ANSWERED, Failed
from tuiphone.core.call import CallId, CallState, Referral
from tuiphone.core.capability import Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Account, Address, AddressKind, Availability, Line, LineState, Presence, Voicemail
from tuiphone.core.state import AccountState, PhoneState

CAROL = Address(AddressKind.USER, "102", "Carol\x1b[2J")
PBX = AccountState(
    Account("pbx", "sip", Capability.LINES | Capability.PUBLISH),
    Link.ONLINE,
    lines=(
        Line(CAROL, LineState.RINGING, BOB, incoming=True),
        Line(Address(AddressKind.USER, "103"), LineState.BUSY, BOB),
        Line(Address(AddressKind.USER, "104"), LineState.RINGING, BOB),
        Line(Address(AddressKind.USER, "105")),
    ),
    voicemail=Voicemail(2, 5, Address(AddressKind.USER, "*97")),
    presence=Presence(Availability.ONLINE, "here"),
)
OTHER = AccountState(Account("other", "vox", Capability(0)), Link.ONLINE)


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> FakePhone:
    """The phone that commands find."""
    found = FakePhone(PhoneState((OTHER, PBX)))
    found.dialled = CallId("pbx", "9")

    @asynccontextmanager
    async def attached(options: Any, *, start: bool = False) -> AsyncIterator[FakePhone]:
        yield found

    monkeypatch.setattr(lines, "attached", attached)
    return found


def run(*argv: str) -> int:
    """The command with these arguments."""
    options = cli.make_parser().parse_args(argv)
    function = getattr(lines, options.run.partition(":")[2])
    return function(options)


def test_lines_are_listed_in_words_and_as_json(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("lines") == 0
    rows = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    assert [[cell.strip() for cell in row if cell.strip()] for row in rows] == [
        ["pbx", "Carol\N{REPLACEMENT CHARACTER}[2J", "ringing, bob calls"],
        ["pbx", "103", "busy with bob"],
        ["pbx", "104", "calling bob"],
        ["pbx", "105", "unknown"],
    ]
    assert run("lines", "--json", "--account", "pbx") == 0
    first = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (first["account"], first["address"]["text"], first["state"], first["incoming"]) == (
        "pbx",
        "102",
        "ringing",
        True,
    )
    with pytest.raises(Failed, match="no account nope; there are: other, pbx"):
        run("lines", "--account", "nope")


def test_what_rings_at_a_line_is_picked_up(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("pickup", "102", "--account", "pbx") == 0
    assert phone.told("pickup") == [("102", "pbx")]
    assert capsys.readouterr().out == "pbx/9\n"


def test_voicemail_is_counted(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("voicemail") == 0
    assert capsys.readouterr().out.split() == ["pbx", "2", "new,", "5", "old,", "heard", "at", "*97"]
    assert run("voicemail", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "account": "pbx",
        "new": 2,
        "old": 5,
        "mailbox": {"kind": "user", "text": "*97", "name": None},
    }


def test_how_we_are_is_shown_and_told(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("presence") == 0
    assert capsys.readouterr().out.split() == ["pbx", "online:", "here"]
    assert run("presence", "offline", "at lunch") == 0
    assert run("presence", "none", "--account", "pbx") == 0
    assert phone.told("publish_status") == [
        ("pbx", "at lunch", Availability.OFFLINE),
        ("pbx", "", Availability.UNKNOWN),
    ]


def test_without_an_account_that_tells_it_the_presence_command_says_so(phone: FakePhone) -> None:
    phone.state = PhoneState((OTHER,))
    with pytest.raises(Failed, match="No account here tells") as refused:
        run("presence", "online")
    assert refused.value.exit_code == BAD_NUMBER
    phone.state = PhoneState((PBX, replace(PBX, account=replace(PBX.account, name="more"))))
    with pytest.raises(Failed, match="there are: pbx, more"):
        run("presence", "online")


def test_the_question_of_a_far_side_is_answered(phone: FakePhone, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Failed, match="Nobody asks") as refused:
        run("follow")
    assert refused.value.exit_code == NOT_ANSWERED
    asked = call(CallState.ACTIVE, referral=Referral(CAROL, "transfer"))
    phone.state = PhoneState((PBX,), (call(id=CallId("home", "0")), asked))
    assert run("follow") == 0
    assert capsys.readouterr().out == f"{ID}\n"
    assert run("stay", "--call", str(ID)) == 0
    assert (phone.told("follow"), phone.told("stay")) == ([("1",)], [("1",)])
