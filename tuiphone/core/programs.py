"""Other programs, run to their end without input and with an end to what they print and to how long they take."""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence


class _Output(asyncio.SubprocessProtocol):
    """What a program prints, until it is too much."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.said = bytearray()
        loop = asyncio.get_running_loop()
        self.enough: asyncio.Future[None] = loop.create_future()
        """It has ended and nobody holds its output open, or it printed too much."""
        self.gone: asyncio.Future[None] = loop.create_future()

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        assert fd == 1, "only its output is a pipe"
        self.said += data[: self.most + 1 - len(self.said)]
        if len(self.said) > self.most:
            _settle(self.enough)

    def connection_lost(self, exc: Exception | None) -> None:
        _settle(self.enough)
        _settle(self.gone)


async def run(
    command: Sequence[str], *, seconds: float, most: int, environment: Mapping[str, str] | None = None
) -> tuple[int | None, bytes]:
    """Its exit status, and what it printed: a byte more than `most` when that was too much, for which it was ended.

    Whatever it leaves behind in the background is ended as well when it is not done in time. Its stderr goes nowhere.

    Raises: OSError or ValueError when it cannot be run, TimeoutError.
    """
    # Not asyncio's Process: its wait() never returns while somebody holds the pipe open or nobody reads it.
    transport, output = await asyncio.get_running_loop().subprocess_exec(
        lambda: _Output(most),
        *command,
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
        start_new_session=True,
        env=None if environment is None else dict(environment),
    )
    try:
        async with asyncio.timeout(seconds):
            await output.enough
        return transport.get_returncode(), bytes(output.said)
    finally:
        if not output.gone.done():
            # The whole group: what a shell left in the background would outlive it.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(transport.get_pid(), signal.SIGKILL)
        transport.close()
        await output.gone


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
