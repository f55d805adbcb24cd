"""Runs one hook: a command as a child process, never by a shell, or a POST; what goes wrong becomes a sentence."""

import asyncio
import contextlib
import json
import logging
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from tuiphone.core.errors import PhoneError, ProviderError
from tuiphone.core.redact import redact
from tuiphone.store.hooks import Hook

log = logging.getLogger(__name__)

RUN_SECONDS = 10.0
HTTP_SECONDS = 5.0
MAX_OUTPUT = 64 * 1024
"""Bytes of a reply; of what a command prints the last so many are kept."""
MAX_TAIL = 2000
"""Characters of its output in the log."""
MAX_SAID = 120
"""Characters of its output in the sentence for the person."""


class HookFailed(PhoneError):
    """A hook did not do what it was there for."""


async def run(hook: Hook, told: Mapping[str, Any], environment: Mapping[str, str]) -> None:
    """Run the hook to its end. Raises: HookFailed."""
    body = json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")
    if hook.url is not None:
        await _post(hook.url, body)
    else:
        await _command(hook.command, body + b"\n", environment)


async def _post(url: str, body: bytes) -> None:
    from tuiphone.providers.links import HttpLink, place

    try:
        async with asyncio.timeout(RUN_SECONDS):
            answer = await HttpLink(timeout=HTTP_SECONDS, max_bytes=MAX_OUTPUT).post(url, body=body)
    except ProviderError as error:
        raise HookFailed(str(error)) from error
    except TimeoutError as error:
        raise HookFailed(f"{place(url)} was not done after {RUN_SECONDS:.0f} seconds.") from error
    if not 200 <= answer.status < 300:
        also = "; redirects are not followed" if 300 <= answer.status < 400 else ""
        raise HookFailed(f"{place(url)} answered HTTP {answer.status}{also}. Check the address.")


async def _command(command: tuple[str, ...], body: bytes, environment: Mapping[str, str]) -> None:
    # Arguments are not repeated anywhere: a token may be among them.
    name = command[0]
    async with _output() as (output, tail):
        try:
            process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=output, stderr=output, start_new_session=True, env=dict(environment)
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise HookFailed(f"{name!r} cannot be run ({why}); correct [hooks] in config.toml.") from error
        finally:
            os.close(output)
        try:
            async with asyncio.timeout(RUN_SECONDS):
                await _feed(process, body)
                status = await process.wait()
        except TimeoutError as error:
            raise HookFailed(
                f"{name} was not done after {RUN_SECONDS:.0f} seconds and was ended; let it begin what takes longer "
                "in the background."
            ) from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                assert process.stdin is not None
                if process.stdin.transport.get_write_buffer_size():
                    # Or wait() would wait for whoever else holds the pipe to read it.
                    process.stdin.transport.abort()
                await process.wait()
        if status == 0:
            return
        said = redact(tail().decode("utf-8", "replace")).strip()
        log.warning("%s ended with %d and said: %s", name, status, said[-MAX_TAIL:] or "nothing")
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        last = " ".join(said.splitlines()[-1:])[-MAX_SAID:]
        raise HookFailed(f"{name} {how}{f': {last}' if last else '; run it by hand to see why'}.")


async def _feed(process: Process, body: bytes) -> None:
    assert process.stdin is not None
    # Whoever does not read what it is told is none the worse for it.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(body)
        await process.stdin.drain()
    process.stdin.close()


class _Tail(asyncio.Protocol):
    """Keeps the end of what comes."""

    def __init__(self) -> None:
        self.kept = bytearray()

    def data_received(self, data: bytes) -> None:
        self.kept += data
        del self.kept[:-MAX_OUTPUT]


@contextlib.asynccontextmanager
async def _output() -> AsyncIterator[tuple[int, Callable[[], bytes]]]:
    """A pipe to write to, and what gives the end of what was written so far; a pipe of our own, because asyncio's would
    have us wait until everybody who inherited it is gone."""
    reading, writing = os.pipe()
    file = os.fdopen(reading, "rb", buffering=0)
    try:
        transport, protocol = await asyncio.get_running_loop().connect_read_pipe(_Tail, file)
    except BaseException:
        file.close()
        os.close(writing)
        raise

    def tail() -> bytes:
        # The loop may not have come to it yet; what is in the pipe is no more than this.
        with contextlib.suppress(OSError, ValueError):
            protocol.data_received(file.read(MAX_OUTPUT) or b"")
        return bytes(protocol.kept)

    try:
        yield writing, tail
    finally:
        transport.close()
