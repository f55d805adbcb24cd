"""Programs run to their end, whatever they leave behind and however much they print."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import soon, until
from tuiphone.core import programs


@pytest.fixture
def left(tmp_path: Path) -> Iterator[Path]:
    """Where a script writes the number of a process that it leaves behind, in a session of its own."""
    file = tmp_path / "left"
    yield file
    os.kill(int(file.read_text()), signal.SIGKILL)


def leaving(file: Path, then: str) -> tuple[str, ...]:
    code = "import os, sys, time; os.setsid(); open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(300)"
    return (
        "sh",
        "-c",
        f'"$0" -c "{code}" "$1" & while [ ! -s "$1" ]; do sleep 0.05; done; {then}',
        sys.executable,
        str(file),
    )


async def test_its_status_and_what_it_printed_come_back() -> None:
    run = programs.run(
        ("sh", "-c", 'echo "$NAME"; echo no >&2; exit 3'), seconds=20, most=100, environment={"NAME": "x"}
    )
    assert await soon(run) == (3, b"x\n")


async def test_it_is_told_nothing() -> None:
    assert await soon(programs.run(("cat",), seconds=20, most=100)) == (0, b"")


async def test_too_much_output_ends_it_at_once() -> None:
    status, said = await soon(programs.run(("sh", "-c", "while :; do echo yes; done"), seconds=300, most=1000))
    assert (status, len(said)) == (None, 1001)


@pytest.mark.parametrize("then", ["exit 0", "echo a line; exec sleep 300"])
async def test_who_was_left_behind_with_its_output_keeps_nobody_waiting(left: Path, then: str) -> None:
    with pytest.raises(TimeoutError):
        await soon(programs.run(leaving(left, then), seconds=3, most=100))


async def test_a_cancelled_run_ends_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    running = asyncio.ensure_future(
        programs.run(("sh", "-c", f"echo $$ > {file}; exec sleep 300"), seconds=300, most=100)
    )
    await until(lambda: file.exists() and file.read_text())
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await soon(running)
    with pytest.raises(ProcessLookupError):
        os.kill(int(file.read_text()), 0)


async def test_what_is_not_there_cannot_be_run() -> None:
    with pytest.raises(FileNotFoundError):
        await programs.run(("/nowhere/at-all",), seconds=1, most=1)
