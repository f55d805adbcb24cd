"""`state`, `history`, `devices`: what the phone knows, for eyes and for scripts."""

import argparse
import asyncio
import json
import os
import sys
import time
from typing import Any

import msgspec

from tuiphone.commands.attach import attached, event_line, plain, say
from tuiphone.control.client import RemotePhone
from tuiphone.control.protocol import MAX_PAGE, Goodbye, Happened
from tuiphone.core.call import Call, CallDirection, Participant
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import CallRecord
from tuiphone.core.state import AccountState


def state(options: argparse.Namespace) -> int:
    """Show accounts and calls; with --follow stay and print what happens."""
    return asyncio.run(_state(options))


async def _state(options: argparse.Namespace) -> int:
    async with attached(options) as phone:
        if options.json:
            say({"type": "state", **_as_json(phone)})
        else:
            _show(phone)
        if options.follow:
            sys.stdout.flush()  # whoever reads it is not kept waiting until something happens
            async for item in phone.news():
                match item:
                    case Happened():
                        _follow(item, as_json=options.json)
                    case Goodbye(reason) if options.json:
                        say({"type": "goodbye", "reason": reason})
                    case _:
                        pass
    return 0


def _as_json(phone: RemotePhone) -> dict[str, Any]:
    built = msgspec.to_builtins(phone.state)
    for known in built["accounts"]:
        names = phone.state.account(known["account"]["name"])
        assert names is not None
        known["account"]["capabilities"] = [str(flag.name).lower() for flag in names.account.capabilities]
    for call in built["calls"]:
        call["id"] = f"{call['id']['account']}/{call['id']['ref']}"
        call["facts"] = dict(call["facts"])
        if (control := call["control"]) is not None:
            call["control"] = f"{control['account']}/{control['ref']}"
    focused = phone.state.focused
    return {**built, "focused": str(focused.id) if focused else None, "screens": phone.screens}


def _follow(item: Happened, *, as_json: bool) -> None:
    if as_json:
        say(event_line(item))
    else:
        clock = time.strftime("%H:%M:%S", time.localtime(item.at))
        data = json.dumps(item.data, ensure_ascii=False)
        print(f"{clock}  {item.account:<12} {item.event:<12} {plain(data)}", flush=True)


def _show(phone: RemotePhone) -> None:
    for known in phone.state.accounts:
        print(_account_line(known))
    if not phone.state.accounts:
        print("No accounts. Add one: tuiphone account add NAME --provider P --set KEY=VALUE")
    for call in phone.state.calls:
        print(_call_line(call))
    if phone.state.sound.problem:
        print(phone.state.sound.problem)


def _account_line(known: AccountState) -> str:
    sentences = [plain(line) for line in (known.detail or "").splitlines()]
    # A broken account has a line for each of its mistakes.
    detail = f": {sentences[0]}" if len(sentences) == 1 else "".join(f"\n  {each}" for each in sentences)
    return f"{known.account.name}  {known.account.provider}  {known.link.value}{detail}"


def _call_line(call: Call) -> str:
    talk = int(call.talk_s(time.time()))
    known = (("in conference", call.conference), ("muted", call.muted), ("recording", bool(call.recording)))
    flags = "".join(f" {word}" for word, on in known if on)
    if call.control is not None:
        flags += f" {'dialled by' if call.direction is CallDirection.OUTGOING else 'with'} {plain(str(call.control))}"
    if call.awaits is not None:
        flags += f" waits to ring at {call.awaits}"
    line = f"{call.id}  {call.state.value}  {plain(call.peer.label)}  {talk // 60:02}:{talk % 60:02}{flags}"
    return "\n".join((line, *(f"  {_participant_line(one)}" for one in call.participants if not one.is_us)))


def _participant_line(one: Participant) -> str:
    return f"{plain(one.address.label)}  {one.state.value}{' muted' if one.muted else ''}"


def history(options: argparse.Namespace) -> int:
    """List past calls."""
    return asyncio.run(_history(options))


async def _history(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        if options.export is not None:
            return await _export(phone, options)
        left, before = options.limit, None
        while left:
            page = await phone.history(
                options.text,
                account=options.account,
                missed=options.missed,
                before=before,
                limit=min(left, MAX_PAGE),
            )
            if before is None:
                _warn(page.problems)
            for record in page.records:
                _show_record(record, as_json=options.json)
            if len(page.records) < min(left, MAX_PAGE):
                break
            left -= len(page.records)
            before = page.records[-1].id
    return 0


async def _export(phone: RemotePhone, options: argparse.Namespace) -> int:
    words = [
        options.text,
        "missed" if options.missed else "",
        f'account:"{options.account}"' if options.account else "",
    ]
    line = " ".join(filter(None, words))
    _warn((await phone.history(line, limit=1)).problems)
    done = await phone.export_history(os.path.abspath(options.export), line, replace=options.replace)
    if not done.done:
        raise NotPossible(f"{done.path} is there already; --replace overwrites it.")
    print(f"{done.calls} calls in {plain(done.path)}")
    return 0


def _warn(problems: tuple[str, ...]) -> None:
    for problem in problems:
        print(plain(problem), file=sys.stderr)


def _show_record(record: CallRecord, *, as_json: bool) -> None:
    if as_json:
        say({**msgspec.to_builtins(record), "talk_s": round(record.talk_s, 1)})
        return
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.started_at))
    arrow = "<-" if record.incoming else "->"
    talk = int(record.talk_s)
    print(f"{when}  {arrow}  {plain(record.peer.label):<28} {record.result.value:<18} {talk // 60:02}:{talk % 60:02}")


def devices(options: argparse.Namespace) -> int:
    """List microphones, speakers and cameras."""
    return asyncio.run(_devices(options))


async def _devices(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        found = await phone.devices()
        if options.json:
            say(msgspec.to_builtins(found))
            return 0
        for title, kind in (("Microphones", found.microphones), ("Speakers", found.speakers)):
            print(f"{title}:")
            for device in kind:
                marks = [word for word, on in (("default", device.is_default), ("in use", device.in_use)) if on]
                print(f"  {plain(device.name)}" + (f"  ({', '.join(marks)})" if marks else ""))
            if not kind:
                print("  none: calls are silent")
        print("Cameras:")
        for camera in found.cameras:
            print(f"  {plain(camera)}")
    return 0
