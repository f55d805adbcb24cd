"""`recordings`: list, play, download, export, remove and restore them."""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec

from tuiphone.commands.attach import LOST, USAGE, Failed, attached, plain, say
from tuiphone.control.client import RemotePhone
from tuiphone.control.protocol import MAX_PAGE, StateChanged
from tuiphone.control.recordings import RecordingLine
from tuiphone.core.model import Download

BEGIN_SECONDS = 1.0
NONE = 1
"""Exit code when there is no such recording, or it did not come."""


def list_all(options: argparse.Namespace) -> int:
    """List recordings, newest first."""

    async def do(phone: RemotePhone) -> int:
        left = options.limit
        async for line in _lines(phone, options.text):
            if not left:
                break
            left -= 1
            _show(line, as_json=options.json)
        return 0

    return _with_phone(options, do)


def play(options: argparse.Namespace) -> int:
    """Play a recording to its end."""

    async def do(phone: RemotePhone) -> int:
        path = _path(await _which(phone, options.which))
        await phone.play_file(path, options.begin)
        if options.speed != 1.0:
            await phone.speed_playing(options.speed)
        try:
            await _until_played(phone, path)
        except asyncio.CancelledError:
            await asyncio.shield(phone.stop_playing())
            raise
        return 0

    return _with_phone(options, do)


async def _until_played(phone: RemotePhone, path: str) -> None:
    was_heard = False
    news = phone.news()
    while True:
        try:
            # A recording of an instant may be over before anybody is told that it began.
            item = await asyncio.wait_for(anext(news), None if was_heard else BEGIN_SECONDS)
        except TimeoutError:
            return
        except StopAsyncIteration:
            raise Failed("The phone's engine has ended.", LOST) from None
        if isinstance(item, StateChanged):
            playback = item.state.playback
            is_heard = playback is not None and playback.path == path
            if was_heard and not is_heard:
                return
            was_heard = is_heard


def download(options: argparse.Namespace) -> int:
    """Fetch a recording from its vendor and wait until it is here."""

    async def do(phone: RemotePhone) -> int:
        line = await _which(phone, options.which)
        if line.path is not None or line.record is None:
            print(_path(line))
            return 0
        record = line.record
        await phone.fetch_recording(record)
        async for news in phone.news():
            if not isinstance(news, StateChanged):
                continue
            known = next((one for one in news.state.downloads if one.id == record), None)
            if known is not None and known.problem:
                raise Failed(known.problem, NONE)
            if known is not None:
                _progress(known)
            elif (found := await _with_record(phone, record)) is not None and found.path is not None:
                _progress(None)
                print(found.path)
                return 0
        raise Failed("The phone's engine has ended; the download goes on with the next one.", LOST)

    return _with_phone(options, do)


def export(options: argparse.Namespace) -> int:
    """Copy a recording, as WAV where the name ends so."""

    async def do(phone: RemotePhone) -> int:
        path = _path(await _which(phone, options.which))
        target = os.path.abspath(os.path.expanduser(options.to)) + ("/" if options.to.endswith("/") else "")
        saved = await phone.save_recording(path, target, replace=options.replace)
        if not saved.done:
            raise Failed(f"There is a file {saved.path} already; --replace overwrites it.", USAGE)
        print(saved.path)
        return 0

    return _with_phone(options, do)


def remove(options: argparse.Namespace) -> int:
    """Put a recording into the trash."""

    async def do(phone: RemotePhone) -> int:
        await phone.remove_recording(_path(await _which(phone, options.which)))
        return 0

    return _with_phone(options, do)


def restore(options: argparse.Namespace) -> int:
    """Bring back what was removed last."""

    async def do(phone: RemotePhone) -> int:
        if (path := await phone.restore_recording()) is None:
            raise Failed("Nothing was removed within the last week.", NONE)
        print(path)
        return 0

    return _with_phone(options, do)


def _with_phone(options: argparse.Namespace, do: Callable[[RemotePhone], Awaitable[int]]) -> int:
    async def run() -> int:
        async with attached(options, start=True) as phone:
            return await do(phone)

    return asyncio.run(run())


async def _lines(phone: RemotePhone, text: str = "") -> AsyncIterator[RecordingLine]:
    offset = 0
    while True:
        page = await phone.recordings(text, offset=offset, limit=MAX_PAGE)
        for line in page.recordings:
            yield line
        offset += len(page.recordings)
        if not page.recordings or offset >= page.total:
            return


async def _which(phone: RemotePhone, which: str) -> RecordingLine:
    """The recording of this file, of this name, or of the call with this number. Raises: Failed."""
    path = os.path.abspath(os.path.expanduser(which))
    async for line in _lines(phone):
        names = (line.path, Path(line.path).name, Path(line.path).stem) if line.path else ()
        if which in names or path == line.path or which == f"{line.record}":
            return line
    raise Failed(f"There is no recording {which}; tuiphone recordings list shows what there is.", NONE)


async def _with_record(phone: RemotePhone, record: int) -> RecordingLine | None:
    async for line in _lines(phone):
        if line.record == record:
            return line
    return None


def _path(line: RecordingLine) -> str:
    if line.path is None:
        raise Failed(f"It is at the vendor still; fetch it with: tuiphone recordings download {line.record}", NONE)
    return line.path


def _show(line: RecordingLine, *, as_json: bool) -> None:
    if as_json:
        say(msgspec.to_builtins(line))
        return
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(line.started_at))
    talk = f"{int(line.duration_s) // 60:02}:{int(line.duration_s) % 60:02}" if line.duration_s else "     "
    where = Path(line.path).name if line.path else f"at the server; call {line.record}"
    picture = "  (video)" if line.video else ""
    print(f"{when}  {talk}  {plain(line.peer.label):<28}  {plain(where)}{picture}")


def _progress(known: Download | None) -> None:
    if not sys.stderr.isatty():
        return
    if known is None:
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    else:
        total = f" of {known.total / 1e6:.1f}" if known.total else ""
        print(f"\r\033[K{known.done / 1e6:.1f}{total} MB", end="", file=sys.stderr, flush=True)
