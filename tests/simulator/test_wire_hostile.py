"""Frames that are none, too large or malicious: they harm nobody but their sender."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.simulator.conftest import LogIn
from tests.simulator.control import control
from tests.simulator.phone import token_for
from tuiphone.simulator import link
from tuiphone.simulator.oncaller import MAX_FRAME, OnCaller

GARBAGE: list[str | bytes] = [
    "",
    "no json",
    "null",
    "[]",
    '"text"',
    "{}",
    '{"service": 26}',
    '{"service": 0, "body": {}}',
    '{"service": "26", "body": {}}',
    '{"service": true, "body": {}}',
    '{"service": 26.0, "body": {}}',
    '{"service": 26, "body": "{}"}',
    '{"service": 26, "body": null}',
    '{"service": 9999, "body": {"requestId": 5}}',
    '{"service": -1, "body": {"requestId": 5}}',
    '{"service": 54, "body": {"toUser": "bob", "message": NaN}}',
    '{"service": 54, "body": {"toUser": "bob", "message": 1e999}}',
    '{"service": 54, "body": {"toUser": "bob", "message": ' + "9" * 5000 + "}}",
    "[" * 100_000,
    '{"a":' * 20_000,
    "\x00\x01",
    b"\x00\xff\xfe",
]
WRONG: list[Any] = [None, 7, [], {}, "x" * 9_000]
REQUESTS = (26, 27, 28, 31, 34, 36, 54, 100, 101, 205)


@asynccontextmanager
async def raw(server: OnCaller, user: str) -> AsyncIterator[ClientConnection]:
    """A socket that is logged in, and leaves everything else to the test."""
    async with connect(f"ws://127.0.0.1:{server.port}/", proxy=None, close_timeout=0.2) as socket:
        body = {"accesstoken": token_for(user), "deviceId": "web-raw", "requestId": 1}
        await socket.send(json.dumps({"service": 2, "body": body}))
        assert json.loads(await socket.recv())["body"]["r"] == 0
        yield socket


@pytest.mark.parametrize("text", GARBAGE, ids=range(len(GARBAGE)))
async def test_a_frame_that_is_none_is_ignored(server: OnCaller, log_in: LogIn, text: str | bytes) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    await alice.send_text(text)
    await alice.settled()
    await bob.settled()
    assert bob.history == []


@pytest.mark.parametrize("service", REQUESTS)
async def test_fields_of_wrong_shapes_get_a_refusal(server: OnCaller, log_in: LogIn, service: int) -> None:
    alice = await log_in(server, "alice")
    names = ("callId", "toNumber", "fromNumber", "type", "data", "code", "to", "toUser", "info", "digits")
    for value in WRONG:
        reply = await alice.request(service, **dict.fromkeys(names, value))
        # Any text is a number somebody may have, and whether a call is there can be asked of any text.
        assert reply["r"] != 0 or service == 205 or (service == 26 and isinstance(value, str))
    await alice.settled()


async def test_a_text_no_encoder_takes_reaches_the_others_and_breaks_nothing(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    assert await alice.result(54, toUser="bob", message="\ud800") == 0
    assert (await bob.push(55))["message"] == "\ud800"
    await bob.settled()


async def test_a_message_nested_to_the_limit_stops_no_one(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    async with raw(server, "alice") as alice:
        for depth in range(900, 1000):
            nest = "[" * depth + "]" * depth
            await alice.send(f'{{"service": 54, "body": {{"toUser": "bob", "message": {nest}, "requestId": 2}}}}')
        await alice.send('{"service": 205, "body": {"callId": "", "requestId": 3}}')
        while json.loads(await alice.recv())["service"] != 205:
            pass
    await bob.settled()


async def test_a_frame_over_the_limit_closes_only_the_socket_it_came_on(server: OnCaller, log_in: LogIn) -> None:
    alice, bob = await log_in(server, "alice"), await log_in(server, "bob")
    await alice.send_text(json.dumps({"service": 54, "body": {"message": "x" * MAX_FRAME}}))
    await alice.lost()
    await bob.settled()


async def test_a_client_that_stopped_reading_is_dropped(
    server: OnCaller, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "MOST_WAITING", 20)
    alice = await log_in(server, "alice")
    async with raw(server, "bob") as bob:
        bob.transport.pause_reading()
        noise = secrets.token_hex(100_000)  # what compresses well would all fit into the buffers on the way
        for _ in range(200):
            if await alice.result(54, toUser="bob", message=noise):
                break
        else:
            raise AssertionError("bob was kept for ever")


async def test_any_frame_and_any_text_can_be_pushed_to_a_user(server: OnCaller) -> None:
    async with raw(server, "alice") as alice:
        frame = {"service": 33, "body": {"callId": 5}}
        assert (await control(server, "push", userId="alice", frame=frame)).json() == {"r": 0, "devices": 1}
        assert json.loads(await alice.recv()) == frame
        assert (await control(server, "push", userId="alice", frame="{{{")).json()["r"] == 0
        assert await alice.recv() == "{{{"


async def test_a_dropped_user_loses_the_link_abnormally(server: OnCaller, log_in: LogIn) -> None:
    bob = await log_in(server, "bob")
    async with raw(server, "alice") as alice:
        assert (await control(server, "drop", userId="alice")).json() == {"r": 0, "devices": 1}
        await alice.wait_closed()
        assert alice.close_code == 1006
    await bob.settled()


@pytest.mark.parametrize("what", ["inbound", "hangup", "robot", "drop", "push", "topic", "nonsense"])
@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"no json", b"[" * 50_000, b"\xff"], ids=range(6))
async def test_a_bad_control_call_gets_a_sentence(server: OnCaller, what: str, content: bytes) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.post(f"http://127.0.0.1:{server.port}/sim/{what}", content=content)
    assert reply.status_code == 400
    assert reply.json()["r"] != 0
    assert reply.json()["message"]
