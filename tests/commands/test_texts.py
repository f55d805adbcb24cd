"""`tuiphone message`: what became of a message is told in words and by the exit code, once it is known."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tuiphone import cli
from tuiphone.commands import texts
from tuiphone.commands.attach import NOT_ANSWERED, Failed
from tuiphone.control.protocol import StateChanged
from tuiphone.core.capability import Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Account, Address, AddressKind, TextMessage, TextStatus
from tuiphone.core.state import AccountState, PhoneState

STATE = PhoneState((AccountState(Account("home", "pz", Capability.TEXT), Link.ONLINE),))
TAKEN = TextMessage(7, "home", Address(AddressKind.PHONE, "0901"), "x", False, 1.0, TextStatus.SENDING)
SENT = replace(TAKEN, status=TextStatus.SENT)
REFUSED = replace(TAKEN, status=TextStatus.FAILED, detail="The telephone could not send it (result 2).")


class Phone(FakePhone):
    """A phone whose server takes a message at once; its list of messages changes with each of `later`."""

    def __init__(self, first: TextMessage, *later: TextMessage) -> None:
        super().__init__(STATE)
        self.now, self.later = first, [*later]

    async def send_text(self, *_: Any, **__: Any) -> TextMessage:
        return self.now

    async def whole_text(self, id: int) -> TextMessage:
        return self.now

    async def news(self) -> AsyncIterator[Any]:
        yield StateChanged(self.state, 0)
        for number, text in enumerate(self.later, 1):
            self.now = text
            self.state = replace(STATE, lists=(("texts", number),))
            yield StateChanged(self.state, 0)


@pytest.mark.parametrize(
    ("first", "later", "argv", "said"),
    [
        (SENT, (), (), "The message is sent."),
        (TAKEN, (TAKEN, SENT), (), "The message is sent."),
        (TAKEN, (replace(SENT, status=TextStatus.DELIVERED),), (), "The message is delivered."),
        (TAKEN, (TAKEN, REFUSED), (), REFUSED),
        (TAKEN, (TAKEN,), (), "look later: tuiphone messages 0901"),
        (TAKEN, (REFUSED,), ("--no-wait",), "look later: tuiphone messages 0901"),
    ],
)
def test_what_became_of_a_message_is_told(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    first: TextMessage,
    later: tuple[TextMessage, ...],
    argv: tuple[str, ...],
    said: Any,
) -> None:
    phone = Phone(first, *later)

    @asynccontextmanager
    async def attached(options: Any, *, start: bool = False) -> AsyncIterator[FakePhone]:
        yield phone

    monkeypatch.setattr(texts, "attached", attached)
    for form in ((), ("--json",)):
        phone.now, phone.state = first, STATE
        options = cli.make_parser().parse_args(["message", "0901", "x", "--account", "home", *argv, *form])
        if said is REFUSED:
            with pytest.raises(Failed, match=r"was not sent: The telephone could not send it") as failed:
                texts.message(options)
            assert failed.value.exit_code == NOT_ANSWERED
        else:
            assert texts.message(options) == 0
        out = capsys.readouterr().out
        if form:
            assert json.loads(out)["status"] == phone.now.status.value
        else:
            assert out == "" if said is REFUSED else said in out
