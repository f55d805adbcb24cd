"""The simulator as a process: its ready line, account files, arguments and endings."""

import asyncio
import json
import os
import signal
import socket
import stat
import sys
import tomllib
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.fakes import until
from tests.simulator.phone import Phone

START_S = 20.0
Run = Callable[..., Awaitable[Process]]


@pytest.fixture
async def run() -> AsyncIterator[Run]:
    """Starts simulators, and ends those that are left."""
    processes: list[Process] = []

    async def start(*arguments: str, port: int | None = 0) -> Process:
        ports = () if port is None else ("--set", f"oncaller.port={port}")
        # One vendor will do for what all have in common; a later --only counts.
        command = (sys.executable, "-P", "-m", "tuiphone.simulator", "--only", "oncaller", *ports, *arguments)
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE)
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ready(process: Process) -> dict[str, dict[str, str]]:
    """The ready line."""
    assert process.stdout
    async with asyncio.timeout(START_S):
        return json.loads(await process.stdout.readline())


async def ended(process: Process) -> tuple[int, str, str]:
    """Exit code, the rest of the output, and the complaints."""
    async with asyncio.timeout(START_S):
        output, complaints = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), complaints.decode()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


async def test_one_line_tells_where_it_listens_and_it_is_true(run: Run) -> None:
    process = await run()
    line = await ready(process)
    assert list(line) == ["oncaller"]
    async with Phone(line["oncaller"]["url"], "alice") as alice:
        await alice.open()
        assert (await alice.log_in())["r"] == 0
        talk = await alice.dial("tone")
        await talk.ear.tone(440)
    process.terminate()
    assert await ended(process) == (0, "", "")


async def test_the_port_is_that_of_the_protocol_plus_the_offset(run: Run) -> None:
    offset = free_port() - 6899
    process = await run("--port-offset", str(offset), "--only", "oncaller", port=None)
    assert (await ready(process))["oncaller"]["url"] == f"ws://127.0.0.1:{6899 + offset}/"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_it_at_once_in_the_middle_of_calls(run: Run, number: int) -> None:
    process = await run()
    url = (await ready(process))["oncaller"]["url"]
    async with Phone(url, "alice") as alice:
        await alice.open()
        await alice.log_in()
        talk = await alice.dial("echo", pitch_hz=300)
        await talk.ear.sound()
        await alice.dial("silent")
        process.send_signal(number)
        await alice.lost()
        assert await ended(process) == (0, "", "")


async def test_it_ends_with_its_standard_input_when_asked_to(run: Run) -> None:
    process = await run("--until-stdin-closes")
    await ready(process)
    assert process.stdin
    process.stdin.write(b"still here\n")
    await process.stdin.drain()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.3)
    process.stdin.close()
    assert await ended(process) == (0, "", "")


async def test_without_being_asked_it_outlives_its_standard_input(run: Run) -> None:
    process = await run()
    await ready(process)
    assert process.stdin
    process.stdin.close()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(process.wait(), 0.5)


async def test_account_files_for_alice_and_bob_reach_it_and_are_private(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "accounts"
    process = await run("--accounts", str(folder))
    url = (await ready(process))["oncaller"]["url"]
    assert {file.name for file in folder.iterdir()} == {"alice.toml", "bob.toml"}
    for user in ("alice", "bob"):
        file = folder / f"{user}.toml"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        account = tomllib.loads(file.read_text())
        assert account == {
            "provider": "oncaller",
            "addresses": [url],
            "key_sid": "SK-oncaller-sim",
            "key_secret": "oncaller-sim-secret",
            "user_id": user,
            "numbers": ["84990000000"],
            "ice_servers": [],
        }


async def test_each_vendor_says_where_it_is_and_has_account_files_of_its_own(run: Run, tmp_path: Path) -> None:
    process = await run("--only", "oncaller,azstack", "--set", "azstack.port=0", "--accounts", str(tmp_path))
    line = await ready(process)
    assert list(line) == ["oncaller", "azstack"]
    told = line["azstack"]
    assert told["url"].startswith("http://127.0.0.1:")
    names = {"alice.toml", "bob.toml", "alice-azstack.toml", "bob-azstack.toml"}
    assert {file.name for file in tmp_path.iterdir()} == names
    assert tomllib.loads((tmp_path / "bob.toml").read_text())["provider"] == "oncaller"
    account = tomllib.loads((tmp_path / "bob-azstack.toml").read_text())
    assert account == {
        "provider": "azstack",
        "url": told["url"].rstrip("/"),
        "app_id": told["app_id"],
        "public_key": told["public_key"],
        "user_id": "bob",
        "fullname": "Bob",
        "numbers": ["84000387213"],
    }
    assert json.dumps(told["numbers"]) == '{"alice": "84000387212", "bob": "84000387213"}'


async def test_account_files_follow_the_switches(run: Run, tmp_path: Path) -> None:
    switches = {"key_sid": "SK-other", "key_secret": 'a "secret" \\ with marks', "hotline": "84991111110"}
    arguments = [part for key, value in switches.items() for part in ("--set", f"oncaller.{key}={value}")]
    process = await run("--accounts", str(tmp_path), *arguments)
    await ready(process)
    account = tomllib.loads((tmp_path / "bob.toml").read_text())
    assert (account["key_sid"], account["key_secret"]) == (switches["key_sid"], switches["key_secret"])
    assert account["numbers"] == [switches["hotline"]]


async def test_switches_change_what_it_does(run: Run) -> None:
    process = await run("--set", "oncaller.ping_after_ms=100", "--set", "oncaller.ring_seconds=0.5")
    url = (await ready(process))["oncaller"]["url"]
    async with Phone(url, "alice") as alice:
        await alice.open()
        assert (await alice.log_in())["ping_after_ms"] == 100
        await alice.dial("silent")
        await alice.push(32, code=408)
        await until(lambda: alice.pings >= 3)


async def test_a_taken_port_is_said_in_a_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, output, complaint = await ended(await run(port=taken.getsockname()[1]))
    assert (code, output) == (1, "")
    assert "--port-offset" in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--only", "oncaller,nobody"], "nobody"),
        (["--only", "azstack", "--set", "azstack.ping_interval=90"], "ping_interval"),
        (["--set", "oncaller.colour=red"], "oncaller.colour=red"),
        (["--set", "nobody.port=1"], "nobody.port"),
        (["--set", "oncaller.ping_after_ms"], "oncaller.ping_after_ms"),
        (["--set", "oncaller.ping_after_ms=often"], "ping_after_ms"),
        (["--set", "oncaller.port=70000"], "70000"),
        (["--port-offset", "-7000"], "-101"),
        (["--port-offset", "many"], "many"),
        (["--host", "0.0.0.0"], "0.0.0.0"),
        (["--host", "192.0.2.1"], "192.0.2.1"),
        (["--nonsense"], "--nonsense"),
    ],
)
async def test_wrong_arguments_are_named_and_nothing_starts(run: Run, arguments: list[str], named: str) -> None:
    code, output, complaint = await ended(await run(*arguments, port=None))
    assert (code, output) == (2, "")
    assert named in complaint
    assert "Traceback" not in complaint


async def test_it_can_be_started_through_the_command_line(run: Run) -> None:
    switches = ("--only", "oncaller", "--set", "oncaller.port=0", "--until-stdin-closes")
    command = (sys.executable, "-P", "-m", "tuiphone", "simulator", *switches)
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=dict(os.environ))
    try:
        assert (await ready(process))["oncaller"]["url"].startswith("ws://127.0.0.1:")
        assert process.stdin
        process.stdin.close()
        assert await ended(process) == (0, "", "")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
