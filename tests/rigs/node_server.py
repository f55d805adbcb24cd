"""Peers that are vendors' own libraries: programs of tests/rigs/node, which `make test` installs."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

HOME = Path(__file__).parent / "node"
SECONDS = 20.0


class NodeProgram:
    """A running program that says and takes lines of JSON."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[dict[str, Any]] = []

    async def hear(self, key: str) -> Any:
        """The value of the next line with this key; lines with others are kept in `said` and passed over."""
        assert self._process.stdout is not None
        async with asyncio.timeout(SECONDS):
            while line := await self._process.stdout.readline():
                self.said.append(json.loads(line))
                if key in self.said[-1]:
                    return self.said[-1][key]
        raise AssertionError(f"the program ended without saying {key}; before: {self.said}")

    def tell(self, **command: Any) -> None:
        """Give it one command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    def freeze(self) -> None:
        """Its connections stay, but nothing answers on them any more."""
        self._process.send_signal(signal.SIGSTOP)

    def kill(self) -> None:
        """End it without a goodbye."""
        self._process.kill()


@asynccontextmanager
async def node(script: str, *arguments: str) -> AsyncIterator[NodeProgram]:
    """A program of tests/rigs/node, ended at the end."""
    assert (HOME / "node_modules").is_dir(), "node's packages are not there; `make test` installs them"
    process = await asyncio.create_subprocess_exec(
        "node",
        script,
        *arguments,
        cwd=HOME,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield NodeProgram(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        assert process.stdin is not None
        process.stdin.close()
        with suppress(OSError):
            await process.stdin.wait_closed()
        await process.communicate()


@asynccontextmanager
async def socket_io(package: str, **options: Any) -> AsyncIterator[tuple[NodeProgram, str]]:
    """A socket.io server of this npm package with these options, and its address."""
    async with node("socket_io.js", package, json.dumps(options)) as program:
        yield program, f"http://127.0.0.1:{await program.hear('port')}"
