"""Asks the report's own process for a bug report: gives it what only the running engine knows."""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from secrets import token_hex
from typing import Any

import msgspec

from tuiphone.control.describe import quality
from tuiphone.core import redact
from tuiphone.core.errors import NotPossible, PhoneError, StoreError
from tuiphone.core.trace import Frame
from tuiphone.engine.accounts import settings_of
from tuiphone.engine.service import Parts
from tuiphone.media.devices import list_devices
from tuiphone.store.accounts import load_accounts
from tuiphone.store.fields import fields_of
from tuiphone.store.report import Order

REPORT_SECONDS = 60.0
MAX_TRACED = 20
"""Accounts whose traces go into a report."""


class Reporter:
    """One report at a time: each reads and cleans megabytes."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._at_work = asyncio.Lock()
        self._salt = token_hex(16)

    async def report(self, *, anonymous: bool, terminal: Mapping[str, str], file: str | None) -> dict[str, Any]:
        """What is in it, and with `file` where it was written. Raises: StoreError, NotPossible."""
        if self._at_work.locked():
            raise NotPossible("A report is being put together already; wait a moment.")
        async with self._at_work:
            order = Order(
                profile=str(self._parts.paths.profile) if self._parts.paths.profile else None,
                anonymous=anonymous,
                file=file,
                secrets=redact.known(),
                kinds=await asyncio.to_thread(self._kinds),
                people=tuple(self._people()),
                salt=self._salt,
                terminal={key[:60]: value[:300] for key, value in list(terminal.items())[:30]},
                texts=await self._texts(),
            )
            # What is kept goes on changing; what was kept by now goes to a thread, because it may be megabytes.
            frames = {name: list(trace) for name, trace in list(self._parts.phone.traces.items())[-MAX_TRACED:]}
            return await _in_a_process(await asyncio.to_thread(_line, order, frames))

    def _kinds(self) -> dict[str, dict[str, str]]:
        kinds: dict[str, dict[str, str]] = {}
        for account in load_accounts(self._parts.paths, settings_of):
            try:
                fields = fields_of(settings_of(account.provider or ""))
            except PhoneError:
                continue
            kinds[account.name] = {name: field.kind.name for name, field in fields.items()}
        return kinds

    def _people(self) -> Iterator[str]:
        state = self._parts.phone.state
        for known in state.accounts:
            yield from (known.account.identity or "", *known.account.numbers)
        for call in state.calls:
            yield from (call.peer.name or "", call.peer.text, call.caller or "")
            for one in call.participants:
                yield from (one.address.name or "", one.address.text)
        for download in state.downloads:
            yield download.name

    async def _texts(self) -> dict[str, tuple[str, str]]:
        state = self._parts.phone.state
        # Side messages and notes are what people say, not what went wrong.
        calls = tuple(replace(call, notices=(), note=None) for call in state.calls)
        lines = [
            f"{call}: {json.dumps(quality(stats))}\n    {stats}" for call, stats in self._parts.phone.meters()
        ] or ["There was no call."]
        try:
            found = await list_devices()
            sound = "\n".join(_device_lines(found))
        except (PhoneError, OSError) as error:
            sound = str(error)
        # A recording may be of anybody, long ago, and is named after them.
        known = replace(state, calls=calls, playback=None)
        shown = msgspec.json.format(msgspec.json.encode(known), indent=1).decode()
        return {
            "state.json": ("accounts, links and calls as they are", shown),
            "calls.txt": ("how the calls that are up sound", "\n".join(lines)),
            "devices.txt": ("microphones and speakers", sound),
        }


def _device_lines(found: Any) -> Iterator[str]:
    for name in ("microphones", "speakers"):
        yield f"{name}:"
        for device in getattr(found, name, ()):
            yield f"  {device}"


def frame_row(frame: Frame) -> dict[str, Any]:
    """A frame of a trace as reports and files have it."""
    return asdict(frame) | {"way": frame.way.value}


def _line(order: Order, frames: Mapping[str, list[Frame]]) -> bytes:
    traces = {account: [frame_row(frame) for frame in kept] for account, kept in frames.items()}
    return msgspec.json.encode(replace(order, traces=traces))


async def _in_a_process(order: bytes) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",
        "-m",
        "tuiphone.store.report",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(REPORT_SECONDS):
            said, _ = await process.communicate(order)
        outcome: dict[str, Any] = json.loads(said)
    except (TimeoutError, ValueError, OSError) as error:
        raise StoreError("The report could not be put together; the folder of the log has its files.") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if "problem" in outcome:
        raise StoreError(outcome["problem"])
    return outcome
