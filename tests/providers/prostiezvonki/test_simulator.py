"""The provider and the simulator, which were written from one document and not from each other."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.fakes import until
from tests.providers.prostiezvonki.server import PARTY, settings
from tests.providers.rig import Account, account
from tuiphone.core.call import EndReason
from tuiphone.core.errors import AccessDenied, RequestFailed, TryLater
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallRang,
    CallStarted,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    LineChanged,
    RecordLogged,
    TextStatusChanged,
)
from tuiphone.core.model import Address, AddressKind, DeskState, LineState, RecordResult, TextStatus
from tuiphone.core.secret import Secret
from tuiphone.providers.prostiezvonki.asking import accepted
from tuiphone.providers.prostiezvonki.client import Prostiezvonki
from tuiphone.providers.prostiezvonki.requests import Request

SWITCHES = {
    "port": 0,
    "answer_after_s": 0.02,
    "talk_s": 0.05,
    "ring_s": 0.05,
    "offer_s": 60,
    "close_with": "137:4007",
    "numbers_busy": "5550000",
}


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    given = [word for key, value in SWITCHES.items() for word in ("--set", f"prostiezvonki.{key}={value}")]
    process = subprocess.Popen(
        [sys.executable, "-m", "tuiphone.simulator", "--only", "prostiezvonki", "--until-stdin-closes", *given],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())["prostiezvonki"]["url"]
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


@asynccontextmanager
async def logged_in(host: str, extension: str, **more: Any) -> AsyncIterator[Account]:
    given = settings(host, **({"extension": extension, "password": Secret(f"pw{extension}")} | more))
    async with account(given, kind=Prostiezvonki) as desk:
        desk.start()
        await desk.told(ConnectionChanged)
        yield desk


async def inject(desk: Account, **data: Any) -> None:
    """Have the PBX tell of something, as the vendor's diagnostic console does."""
    pairs = tuple((key, str(value)) for key, value in data.items())
    reply = await desk.provider._session.ask(Request("Generate", pairs))
    assert reply.code == 0, reply.details


@pytest.mark.parametrize(("number", "result"), [(PARTY, RecordResult.ANSWERED), ("5550000", RecordResult.NOT_ANSWERED)])
async def test_a_call_is_made_and_told_of_to_its_end(host: str, number: str, result: RecordResult) -> None:
    async with logged_in(host, "101") as desk:
        ref = await desk.provider.dial(Address(AddressKind.PHONE, number))
        record = (await desk.told(RecordLogged)).record
        assert (record.ref, record.result, record.incoming) == (ref, result, False)
        assert [event.ref for event in desk.all(CallRang)] == [ref]
        assert desk.count(CallAnswered) == (result is RecordResult.ANSWERED)
        assert desk.count(CallEnded) == desk.count(CallStarted) == 1


async def test_a_call_waits_and_is_redirected(host: str) -> None:
    async with logged_in(host, "101", broadcast_mask=127) as desk:
        await inject(desk, Event=1, From=PARTY, CallID=70001, Line=2)
        waiting = (await desk.told(DeskCallChanged)).call
        assert (waiting.ref, waiting.peer.text, waiting.state) == ("70001", PARTY, DeskState.WAITING)
        await desk.provider.redirect(waiting.ref, Address(AddressKind.PHONE, "102"))
        await until(lambda: LineState.RINGING in {line.state for line in desk.all(LineChanged)})
        await desk.told(DeskCallGone)
        await until(lambda: desk.all(LineChanged)[-1].state is LineState.IDLE)
        assert {line.line.text for line in desk.all(LineChanged)} == {"102"}
        assert desk.all(CallStarted) == []


async def test_a_call_that_rings_at_somebody_else_is_picked_up(host: str) -> None:
    async with logged_in(host, "101", broadcast_mask=127) as desk:
        await inject(desk, Event=2, From=PARTY, To=102, CallID=70002)
        await desk.told(DeskCallChanged)
        ref = await desk.provider.pickup(Address(AddressKind.PHONE, "102"))
        assert (await desk.told(CallAnswered)).ref == ref
        record = (await desk.told(RecordLogged)).record
        assert (record.ref, record.peer.text, record.incoming) == (ref, PARTY, True)
        assert record.result is RecordResult.ANSWERED
        assert desk.count(CallEnded) == desk.count(CallStarted) == desk.count(RecordLogged) == 1
        assert {one.call.state for one in desk.all(DeskCallChanged)} == {DeskState.RINGING}, "nobody missed it"


async def test_a_call_to_another_extension_is_one_call_here_and_none_of_the_group(host: str) -> None:
    async with logged_in(host, "101", broadcast_mask=127) as desk, logged_in(host, "102") as other:
        ref = await desk.provider.dial(Address(AddressKind.PHONE, "102"))
        assert (await desk.told(RecordLogged)).record.ref == ref
        assert (await other.told(RecordLogged)).record.incoming
        assert desk.count(CallStarted) == other.count(CallStarted) == 1
        assert desk.all(DeskCallChanged) == []


async def test_an_incoming_call_is_answered_at_the_desk_phone(host: str) -> None:
    async with logged_in(host, "101") as desk:
        await inject(desk, Event=2, From=PARTY, To=101, CallID=70010)
        started = await desk.told(CallStarted)
        await inject(desk, Event=32, From=PARTY, To=101, CallID=70010)
        assert (await desk.told(CallAnswered)).ref == started.ref
        more = {"Start": 1378913389, "End": 1378913592, "Duration": 123, "Direction": 0}
        await inject(desk, Event=4, From=PARTY, To=101, CallID=70010, Record="http://127.0.0.1/r.mp3?a=1&b=2", **more)
        record = (await desk.told(RecordLogged)).record
        assert (record.talk_s, record.recording_url) == (123.0, "http://127.0.0.1/r.mp3?a=1&b=2")
        assert desk.all(CallEnded)[0].reason is EndReason.OVER
        with pytest.raises(RequestFailed, match=r"\(5"):
            await accepted(desk.provider._session.ask(Request("Transfer", (("CallID", "1"), ("To", "2")))))


async def test_texts_are_sent_or_not(host: str) -> None:
    async with logged_in(host, "101") as desk:
        sent = await desk.provider.send_text(Address(AddressKind.PHONE, "9004445566"), "Привет")
        failed = await desk.provider.send_text(Address(AddressKind.PHONE, "9004445500"), "Привет")
        await until(
            lambda: {event.status for event in desk.all(TextStatusChanged)} >= {TextStatus.SENT, TextStatus.FAILED}
        )
        last = {event.ref: event.status for event in desk.all(TextStatusChanged)}
        assert last == {sent: TextStatus.SENT, failed: TextStatus.FAILED}


async def test_refusals_and_being_thrown_out(host: str) -> None:
    for extension, password, error, code in (
        ("101", "wrong", AccessDenied, "4008"),
        ("137", "pw137", TryLater, "4007"),
    ):
        given = settings(host, extension=extension, password=Secret(password))
        async with account(given, kind=Prostiezvonki) as desk:
            with pytest.raises(error, match=code):
                await desk.provider.run()
    async with logged_in(host, "101") as first, logged_in(host, "101") as second:
        assert first.running is not None
        await until(first.running.done)
        with pytest.raises(AccessDenied, match="4009"):
            first.running.result()
        assert second.running is not None
        assert not second.running.done()
