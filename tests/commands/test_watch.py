"""A call that is followed from a shell to its end, under whatever name it goes on."""

import argparse
import asyncio
from typing import Any

import pytest

from tests.core.build import BOB
from tests.fakes import soon, until
from tests.ui.fake_phone import FakePhone
from tuiphone.commands.attach import BUSY
from tuiphone.commands.calls import _begin
from tuiphone.commands.watch import Watch
from tuiphone.control.protocol import Happened
from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import HANG_UP_THERE, Capability
from tuiphone.core.model import Account
from tuiphone.core.state import PhoneState, with_account

CONTROL, INTO = CallId("pbx", "d1"), CallId("sip", "s1")
DIALLED = Call(CONTROL, BOB, CallDirection.OUTGOING, CallState.DIALING, 100.0)
ACCOUNTS = with_account(PhoneState(), Account("pbx", "pbx", Capability.DIAL_PHONE))


def happened(id: CallId, event: str, **data: Any) -> Happened:
    return Happened(event=event, at=1.0, account=id.account, call=id, data=data)


def watch(phone: FakePhone, *, seconds: float | None = None) -> Watch:
    return Watch(phone, CONTROL, argparse.Namespace(json=False, seconds=seconds), ring_s=None)  # type: ignore[arg-type]


async def test_a_call_that_gets_its_sound_from_another_account_is_followed_there(
    capsys: pytest.CaptureFixture[str],
) -> None:
    phone = FakePhone(ACCOUNTS)
    for told in (
        happened(CONTROL, "merged", into=str(INTO)),
        happened(CONTROL, "ended", reason="failed"),
        happened(INTO, "answered"),
        happened(INTO, "reached"),
        happened(INTO, "ended", reason="hung up", answered=True, talk_s=3.0, rx_packets=5, lost=0, mos=None),
    ):
        phone._news.put_nowait(told)  # type: ignore[arg-type]
    assert await soon(watch(phone).run()) == 0
    said = ["the sound is at sip", "answered", "the other side picked up", "ended: hung up", "3 s, 5 packets, 0 lost"]
    assert capsys.readouterr().out.splitlines() == said


async def test_who_was_in_a_call_with_the_pbx_alone_hears_how_it_went_by_the_exit_code() -> None:
    phone = FakePhone(ACCOUNTS)
    phone._news.put_nowait(happened(CONTROL, "answered"))  # type: ignore[arg-type]
    phone._news.put_nowait(happened(CONTROL, "ended", reason="busy", answered=False))  # type: ignore[arg-type]
    assert await soon(watch(phone).run()) == BUSY


async def test_a_call_at_a_desk_phone_is_left_to_it(capsys: pytest.CaptureFixture[str]) -> None:
    phone = FakePhone(with_calls(DIALLED))
    phone._news.put_nowait(happened(CONTROL, "answered"))  # type: ignore[arg-type]
    assert await soon(watch(phone, seconds=0.0).run()) == 0
    assert HANG_UP_THERE in capsys.readouterr().out
    assert not phone.told("hangup")


async def test_an_interrupted_dial_that_waits_for_its_pbx_is_taken_back() -> None:
    phone = FakePhone(ACCOUNTS)
    phone.dialled = CONTROL
    phone.waits_for.add("dial")
    dialling = asyncio.create_task(_begin(phone, lambda phone: phone.dial("5", account="pbx")))  # type: ignore[arg-type]
    await until(lambda: phone.told("dial"))
    phone.state = with_calls(Call(CONTROL, BOB, CallDirection.OUTGOING, CallState.DIALING, 100.0, awaits="sip"))
    dialling.cancel()
    await until(lambda: phone.told("hangup"))
    phone.state = ACCOUNTS
    phone.slow.set()
    await asyncio.wait([dialling])
    assert dialling.cancelled()


def with_calls(*calls: Call) -> PhoneState:
    return PhoneState(ACCOUNTS.accounts, calls)
