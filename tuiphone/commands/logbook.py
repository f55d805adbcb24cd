"""`log`, `trace`, `bundle`: what happened, what went over a wire, and an archive of both for whoever helps."""

import argparse
import asyncio
import os
import shutil
import sys
import time
from dataclasses import replace
from pathlib import Path

import msgspec

from tuiphone.commands.account import settings_of
from tuiphone.commands.attach import NO_ENGINE, Failed, attached, call_id, plain, say
from tuiphone.control.client import RemotePhone
from tuiphone.control.logbook import MAX_ENTRIES, ReportPart
from tuiphone.core.entry import Entry, Level
from tuiphone.core.errors import PhoneError, StoreError
from tuiphone.core.trace import Frame, Way
from tuiphone.store.accounts import load_accounts
from tuiphone.store.fields import fields_of
from tuiphone.store.paths import find
from tuiphone.store.report import Order, carry_out, default_name

FOLLOW_SECONDS = 0.3
BODIES = 200
"""Frames with their bodies of one request."""
_ARROWS = {Way.SENT: "-->", Way.RECEIVED: "<--", Way.NOTE: "   "}


# -- log ----------------------------------------------------------------------------------------------------------


def log(options: argparse.Namespace) -> int:
    """Print what happened, oldest first, as a terminal scrolls; with --follow stay."""
    return asyncio.run(_log(options))


async def _log(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        newest = await _print_log(phone, options, 0, options.limit)
        while options.follow and phone.is_attached:
            await asyncio.sleep(FOLLOW_SECONDS)
            newest = await _print_log(phone, options, newest, MAX_ENTRIES)
    return 0


async def _print_log(phone: RemotePhone, options: argparse.Namespace, after: int, limit: int) -> int:
    found: list[Entry] = []
    before: int | None = None
    while len(found) < limit:
        page = await phone.read_log(
            options.text,
            account=options.account,
            level=Level(options.level),
            before=before,
            limit=min(limit - len(found), MAX_ENTRIES),
        )
        fresh = [entry for entry in page.entries if entry.id > after]
        found += fresh
        if len(fresh) < MAX_ENTRIES or len(page.entries) > len(fresh):
            break
        before = fresh[-1].id
    for entry in reversed(found):
        _show_entry(entry, as_json=options.json, verbose=options.verbose)
    return found[0].id if found else after


def _show_entry(entry: Entry, *, as_json: bool, verbose: bool) -> None:
    if as_json:
        built = msgspec.to_builtins(entry)
        say({key: value for key, value in built.items() if key != "people"})
        return
    clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
    times = f" ({entry.count} times)" if entry.count > 1 else ""
    print(f"{clock}  {entry.level.value:7}  {entry.account or '-':<12} {plain(entry.text)}{times}", flush=True)
    if verbose:
        for line in (entry.detail or "").splitlines():
            print(f"    {plain(line)}", flush=True)


# -- trace --------------------------------------------------------------------------------------------------------


def trace(options: argparse.Namespace) -> int:
    """Print what went over an account's wire; with --follow stay."""
    return asyncio.run(_trace(options))


async def _trace(options: argparse.Namespace) -> int:
    async with attached(options) as phone:
        if options.save is not None:
            call = call_id(options.call).ref if options.call is not None else None
            file = str(Path(options.save).expanduser().absolute())
            saved = await phone.save_trace(options.account, file, call=call)
            print(f"{plain(saved.file)} ({saved.size:,} bytes), with the secrets black")
            return 0
        last, page = 0, await phone.read_trace(options.account, bodies=True, limit=BODIES)
        while True:
            for frame in page.frames:
                # One that was shown and changed since is a run of pings that goes on.
                if frame.id > last:
                    _show_frame(frame, as_json=options.json, verbose=options.verbose)
                    last = frame.id
            if not (options.follow and phone.is_attached):
                return 0
            await asyncio.sleep(FOLLOW_SECONDS)
            page = await phone.read_trace(options.account, after=page.version, bodies=True, limit=BODIES)


def _show_frame(frame: Frame, *, as_json: bool, verbose: bool) -> None:
    if as_json:
        built = msgspec.to_builtins(frame)
        del built["version"]
        say(built)
        return
    clock = time.strftime("%H:%M:%S", time.localtime(frame.at)) + f".{int(frame.at * 1000) % 1000:03}"
    times = f" ({frame.count} times)" if frame.count > 1 else ""
    print(f"{clock} {_ARROWS[frame.way]} {plain(frame.label)}{times}", flush=True)
    if verbose and frame.body:
        print(f"    {plain(frame.body)}", flush=True)


# -- bundle -------------------------------------------------------------------------------------------------------


def bundle(options: argparse.Namespace) -> int:
    """Write a bug report without secrets; says what is in it first."""
    return asyncio.run(_bundle(options))


async def _bundle(options: argparse.Namespace) -> int:
    file = Path(options.file or ".").expanduser().absolute()
    if file.is_dir():
        file = file / default_name(time.time())
    if file.exists():
        raise Failed(f"{file} is there already; give another name.", 1)
    can_ask = sys.stdin.isatty() and sys.stdout.isatty() and not options.yes
    if options.anonymous is None:
        options.anonymous = not can_ask or _is_yes("Put stand-ins in the place of names and telephone numbers?")
    try:
        async with attached(options, start=True) as phone:
            found = await phone.read_report(anonymous=options.anonymous, terminal=_terminal())
            if not _go_on(found.parts, options.anonymous, can_ask):
                return 1
            saved = await phone.save_report(str(file), anonymous=options.anonymous, terminal=_terminal())
            size = saved.size
    except Failed as error:
        if error.exit_code != NO_ENGINE:
            raise
        # The engine may be what is broken: the files say something all the same.
        print(f"Without the engine ({plain(error)})", file=sys.stderr)
        order = Order(
            profile=str(find(options.profile).profile or "") or None,
            anonymous=options.anonymous,
            kinds=_kinds(options),
            terminal=_terminal(),
        )
        parts = carry_out(order)["parts"]
        if not _go_on(tuple(ReportPart(**part) for part in parts), options.anonymous, can_ask):
            return 1
        try:
            size = carry_out(replace(order, file=str(file)))["size"]
        except StoreError as problem:
            raise Failed(str(problem), 1) from problem
    print(f"Written: {file} ({size:,} bytes)")
    return 0


def _go_on(parts: tuple[ReportPart, ...], anonymous: bool, can_ask: bool) -> bool:
    print(
        "Secrets are blacked out. " + ("Names and numbers have stand-ins." if anonymous else "Names and numbers stay.")
    )
    for part in parts:
        print(f"  {plain(part.name):<34} {part.size:>9,}  {part.about}")
    return not can_ask or _is_yes("Write it?")


def _is_yes(question: str) -> bool:
    try:
        return input(f"{question} [Y/n] ").strip().lower() in ("", "y", "yes")
    except EOFError:
        return False


def _terminal() -> dict[str, str]:
    columns, rows = shutil.get_terminal_size()
    known = {key: os.environ.get(key, "") for key in ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL")}
    known["inside"] = "tmux" if os.environ.get("TMUX") else "ssh" if os.environ.get("SSH_CONNECTION") else ""
    return {"program": "command line", "size": f"{columns}x{rows}"} | {
        key: value for key, value in known.items() if value
    }


def _kinds(options: argparse.Namespace) -> dict[str, dict[str, str]]:
    kinds: dict[str, dict[str, str]] = {}
    for account in load_accounts(find(options.profile), settings_of):
        try:
            fields = fields_of(settings_of(account.provider or ""))
        except PhoneError:
            continue
        kinds[account.name] = {name: field.kind.name for name, field in fields.items()}
    return kinds
