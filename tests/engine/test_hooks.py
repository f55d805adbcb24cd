"""Hooks with real child processes and a real HTTP server: what they get, and that their trouble stays theirs."""

import asyncio
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engine.conftest import AddAccount, rings
from tests.fakes import until
from tuiphone.core.call import CallDirection, CallId, EndReason
from tuiphone.core.events import CallAnswered, CallEnded, CallMerged, CallRecorded, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.phone import Phone
from tuiphone.engine import running
from tuiphone.engine.hooks import Hooks
from tuiphone.engine.service import NoDirectory
from tuiphone.store.hooks import Hook

HOSTILE = "$(touch owned); `touch owned`\n\x1b[2J'\"\\ || touch owned"


class Rig:
    """Hooks on a phone, and what was said of them."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.wanted: Mapping[str, tuple[Hook, ...]] = {}
        self.said: list[str] = []
        self.hooks = Hooks(
            lambda: self.wanted,
            directory=NoDirectory,
            say=self.said.append,
            environment={"PATH": os.environ["PATH"], "TUIPHONE_PROFILE": "/p"},
        )
        phone.listen(self.hooks)


@pytest.fixture
async def rig(phone: Phone) -> AsyncIterator[Rig]:
    rig = Rig(phone)
    yield rig
    await rig.hooks.close()


def script(folder: Path, text: str, name: str = "hook") -> Hook:
    """A command that runs this shell script."""
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)
    return Hook((str(file),))


def told(file: Path) -> list[dict[str, Any]]:
    """What a hook that copies its input to this file was told."""
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


async def test_a_call_from_ringing_to_its_end_is_told_as_json_in_that_order(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount
) -> None:
    slow = script(tmp_path, f"sleep 0.2; cat >> {tmp_path}/log", "slow")
    quick = script(tmp_path, f"cat >> {tmp_path}/log", "quick")
    rig.wanted = {"ringing": (slow,), "answered": (quick,), "ended": (quick,), "missed": (quick,)}
    provider = await add_account()
    id = await rings(phone, provider, "+84901234567", name=HOSTILE)
    provider.emit(CallAnswered(id.ref))
    phone.emit(CallRecorded(id.ref, "/r/a.ogg"), account="home")
    provider.emit(CallEnded(id.ref, EndReason.REMOTE_HUNG_UP))
    await until(lambda: len(told(tmp_path / "log")) == 3)
    ringing, answered, ended = told(tmp_path / "log")
    assert [call["event"] for call in (ringing, answered, ended)] == ["ringing", "answered", "ended"]
    assert ringing["id"] == str(id)
    assert ringing["number"] == "+84901234567"
    assert ringing["name"] == HOSTILE
    assert ringing["direction"] == "incoming"
    assert ringing["started_epoch"] == pytest.approx(time.time(), abs=30)
    assert ringing["started_at"].startswith(time.strftime("%Y-%m-%dT"))
    assert ringing["ended_at"] is ringing["answered_epoch"] is None
    assert answered["state"] == "active"
    assert ended["recording"] == "/r/a.ogg"
    assert ended["reason"] == "the other side hung up"
    assert ended["duration_s"] >= 0
    assert rig.said == []


async def test_a_missed_call_runs_both_the_hooks_of_the_end_and_of_missed_calls(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount
) -> None:
    copy = script(tmp_path, f"cat >> {tmp_path}/log")
    rig.wanted = {"ended": (copy,), "missed": (copy,)}
    provider = await add_account()
    id = await rings(phone, provider)
    provider.emit(CallEnded(id.ref, EndReason.NO_ANSWER))
    await until(lambda: len(told(tmp_path / "log")) == 2)
    assert [call["event"] for call in told(tmp_path / "log")] == ["ended", "missed"]


async def test_a_callers_name_is_nowhere_but_on_standard_input(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount
) -> None:
    rig.wanted = {"ringing": (script(tmp_path, f'cd {tmp_path}; echo "$0 $*" > args; env > env; cat > in; mv in log'),)}
    await rings(phone, await add_account(), "x;touch owned", name=HOSTILE)
    await until(lambda: (tmp_path / "log").exists())
    given = (tmp_path / "args").read_text() + (tmp_path / "env").read_text()
    assert "owned" not in given
    assert "TUIPHONE_NUMBER" not in given
    for part in (
        "TUIPHONE_EVENT=ringing",
        "TUIPHONE_ACCOUNT=home",
        "TUIPHONE_DIRECTION=incoming",
        "TUIPHONE_PROFILE=/p",
    ):
        assert part in given.splitlines()
    assert not (tmp_path / "owned").exists()


async def test_a_hook_that_hangs_is_ended_with_all_it_began(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "RUN_SECONDS", 2.0)
    hook = script(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(running.HookFailed, match="was not done"):
        await running.run(hook, {}, {"PATH": os.environ["PATH"]})
    child = (tmp_path / "child").read_text().strip()
    await until(lambda: not _is_alive(child))


def _is_alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_a_hook_that_leaves_something_running_in_the_background_is_done_at_once(tmp_path: Path) -> None:
    hook = script(tmp_path, f"sleep 600 & echo $! > {tmp_path}/child")
    await running.run(hook, {}, {"PATH": os.environ["PATH"]})  # and does not raise that it was not done in time
    os.kill(int((tmp_path / "child").read_text()), 9)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo first; echo no bulb >&2; exit 3", "ended with status 3: no bulb."),
        ("kill -9 $$", "was ended by signal 9"),
        ("exec false", "ended with status 1; run it by hand"),
        ("yes | head -c 3000000; echo; echo at last; exit 1", "ended with status 1: at last."),
        ("echo password=hunter2; exit 1", "password=•••"),
    ],
)
async def test_a_hook_that_fails_is_told_with_the_last_it_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(running.HookFailed) as failure:
        await running.run(script(tmp_path, text), {}, {"PATH": os.environ["PATH"]})
    assert said in str(failure.value)
    assert "hunter2" not in str(failure.value)


async def test_a_hook_that_reads_nothing_and_gets_much_is_none_the_worse(tmp_path: Path) -> None:
    await running.run(script(tmp_path, "exit 0"), {"note": "x" * 1_000_000}, {"PATH": os.environ["PATH"]})


async def test_arguments_are_never_repeated(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    failing = Hook((*script(tmp_path, "exit 1").command, "--token", "hunter2"))
    for hook in (failing, Hook(("/nowhere/hook", "hunter2"))):
        with caplog.at_level(logging.DEBUG), pytest.raises(running.HookFailed) as failure:
            await running.run(hook, {}, {})
        assert "hunter2" not in str(failure.value) + caplog.text
    assert "No such file" in str(failure.value)


async def test_a_hook_that_goes_on_failing_is_told_of_once_until_it_works_again(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount
) -> None:
    rig.wanted = {"ringing": (script(tmp_path, f"echo >> {tmp_path}/runs; test -e {tmp_path}/well"),)}
    provider = await add_account()

    async def ring(times: int, runs: int) -> None:
        for _ in range(times):
            await rings(phone, provider)
        await until(
            lambda: len((tmp_path / "runs").read_text().splitlines()) == runs if (tmp_path / "runs").exists() else 0
        )
        await until(lambda: not rig.hooks._tasks)

    await ring(5, 5)
    assert len(rig.said) == 1
    assert rig.said[0].startswith("The hook for ringing calls failed: ")
    (tmp_path / "well").touch()
    await ring(1, 6)
    (tmp_path / "well").unlink()
    await ring(2, 8)
    assert len(rig.said) == 2


async def test_a_flood_of_calls_waits_within_bounds_and_holds_nothing_up(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "RUN_SECONDS", 0.3)
    rig.wanted = {"ringing": (script(tmp_path, "sleep 600"),), "ended": (script(tmp_path, "sleep 600", "ended"),)}
    provider = await add_account()
    monkeypatch.setattr("tuiphone.engine.hooks.MAX_WAITING", 20)
    for _ in range(20):
        id = await rings(phone, provider)
        provider.emit(CallEnded(id.ref, EndReason.BUSY))
        await until(lambda id=id: (call := phone.state.call(id)) is None or not call.is_live)  # type: ignore[misc]
    assert len(rig.hooks._tasks) <= 20
    assert len([said for said in rig.said if "left out" in said]) == 1
    monkeypatch.setattr("tuiphone.engine.hooks.GOODBYE_SECONDS", 0.1)
    await rig.hooks.close()
    assert not rig.hooks._tasks


async def test_hooks_that_are_under_way_when_the_engine_ends_may_finish(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount
) -> None:
    rig.wanted = {"ringing": (script(tmp_path, f"sleep 0.3; cat >> {tmp_path}/log"),)}
    await rings(phone, await add_account())
    await rig.hooks.close()
    assert len(told(tmp_path / "log")) == 1


# -- addresses --------------------------------------------------------------------------------------------------


class Server:
    """Answers every request with `reply`, after `wait` seconds; None says nothing at all."""

    def __init__(self) -> None:
        self.reply: bytes | None = b"HTTP/1.1 204 No Content\r\n\r\n"
        self.requests: list[tuple[str, bytes]] = []
        self._over = asyncio.Event()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/secret-path?token=hunter2"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        self.requests.append((head, await reader.readexactly(length)))
        if self.reply is None:
            await self._over.wait()
        with_errors = self.reply or b""
        try:
            writer.write(with_errors)
            await writer.drain()
        except ConnectionError:
            pass
        writer.close()

    async def close(self) -> None:
        self._over.set()
        self._server.close()
        await self._server.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.close()


async def test_an_address_gets_the_call_as_json(server: Server) -> None:
    await running.run(Hook(url=server.url), {"event": "missed", "name": HOSTILE}, {})
    head, body = server.requests[0]
    assert head.startswith("POST /secret-path?token=hunter2 ")
    assert "content-type: application/json" in head.lower()
    assert json.loads(body) == {"event": "missed", "name": HOSTILE}


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", "answered HTTP 500."),
        (
            b"HTTP/1.1 302 No\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            "redirects are not followed",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, "more than 64 KB"),
        (b"garbage\r\n\r\n", "Cannot reach"),
        (None, "no answer within"),
    ],
    ids=["error", "redirect", "huge", "garbage", "silent"],
)
async def test_a_server_that_does_not_do_well_is_told_of_without_its_address(
    server: Server, reply: bytes | None, said: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running, "HTTP_SECONDS", 0.5)
    server.reply = reply
    with caplog.at_level(logging.DEBUG), pytest.raises(running.HookFailed) as failure:
        await running.run(Hook(url=server.url), {}, {})
    assert said in str(failure.value)
    assert len(server.requests) == 1
    assert "hunter2" not in str(failure.value) + caplog.text
    assert "secret-path" not in str(failure.value) + caplog.text


async def test_the_hooks_of_a_call_that_gets_another_name_wait_for_each_other_all_the_same(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.core.phone.FORGET_SECONDS", 0.01)
    go = tmp_path / "go"
    slow = script(tmp_path, f"until test -e {go}; do sleep 0.05; done; cat >> {tmp_path}/log", "slow")
    rig.wanted = {"ringing": (slow,), "ended": (script(tmp_path, f"cat >> {tmp_path}/log", "quick"),)}
    provider, sip = await add_account(), await add_account("sip")
    id = await rings(phone, provider)
    phone.emit(CallMerged(id.ref, CallId("sip", "s")), account=id.account)
    sip.emit(CallStarted("s", Address(AddressKind.USER, "bob"), CallDirection.INCOMING))
    sip.emit(CallEnded("s", EndReason.MISSED))
    await until(lambda: not phone.state.calls)
    go.touch()
    await until(lambda: len(told(tmp_path / "log")) == 2)
    assert [call["event"] for call in told(tmp_path / "log")] == ["ringing", "ended"]
    assert rig.hooks._last == {}


async def test_a_call_that_is_forgotten_leaves_nothing_behind(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.core.phone.FORGET_SECONDS", 0.01)
    rig.wanted = {"ringing": (script(tmp_path, "exit 0"),)}
    provider = await add_account()
    id: CallId = await rings(phone, provider)
    provider.emit(CallEnded(id.ref, EndReason.BUSY))
    await until(lambda: phone.state.call(id) is None)
    await until(lambda: not rig.hooks._tasks)
    assert rig.hooks._last == rig.hooks._recordings == {}


async def test_a_call_picked_up_for_somebody_else_came_in(
    tmp_path: Path, rig: Rig, phone: Phone, add_account: AddAccount
) -> None:
    rig.wanted = {"answered": (script(tmp_path, f"cat >> {tmp_path}/log"),)}
    provider = await add_account()
    line = Address(AddressKind.USER, "101")
    caller = Address(AddressKind.PHONE, "0901234567")
    provider.emit(CallStarted("p1", caller, CallDirection.OUTGOING, picked_up_for=line))
    provider.emit(CallAnswered("p1"))
    await until(lambda: told(tmp_path / "log"))
    (answered,) = told(tmp_path / "log")
    assert (answered["direction"], answered["call"], answered["control"]) == ("incoming", "home/p1", None)
