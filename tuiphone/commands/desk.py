"""`desk` and `forward`: calls of the extension group, and a ringing call sent on."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

import msgspec

from tuiphone.commands.attach import BAD_NUMBER, USAGE, Failed, attached, plain, say, which_call
from tuiphone.commands.calls import call_and_stay
from tuiphone.control.client import RemotePhone
from tuiphone.core.desk import DeskRow, desk_rows, forward_place
from tuiphone.core.model import DeskState


def desk(options: argparse.Namespace) -> int:
    """List who waits, who rings where, and who was missed."""

    async def run() -> int:
        async with attached(options) as phone:
            names = [known.account.name for known in phone.state.accounts]
            if options.account is not None and options.account not in names:
                there = ", ".join(names) or "none yet"
                raise Failed(f"There is no account {options.account}; there are: {there}.", BAD_NUMBER)
            for row in desk_rows(phone.state):
                if options.account not in (None, *(name for name, _ in row.all)):
                    continue
                if options.json:
                    say(_as_json(row))
                else:
                    print(_as_text(row, time.time()))
        return 0

    return asyncio.run(run())


def _as_json(row: DeskRow) -> dict[str, object]:
    built = msgspec.to_builtins(row.call)
    calls = [f"{name}/{call.ref}" for name, call in row.all]
    return {"account": row.account, **built, "times": row.times, "calls": calls}


def _as_text(row: DeskRow, now: float) -> str:
    call = row.call
    name = f"{plain(call.peer.name)} ({plain(call.peer.text)})" if call.peer.name else plain(call.peer.text)
    return f"{call.state.value:<8}  {name or 'anonymous':<32}  {_words(row, now):<34}  {plain(call.ref)}  {row.account}"


def _words(row: DeskRow, now: float) -> str:
    where = "" if row.call.at is None else f" at {plain(row.call.at.label)}"
    if row.call.state is DeskState.MISSED:
        times = f", {row.times} times" if row.times > 1 else ""
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(row.call.since)) + where + times
    return f"for {max(0, round(now - row.call.since))} s{where}"


def take(options: argparse.Namespace) -> int:
    """Have a call that waits or rings at somebody ring here."""
    return _do(options, lambda phone: phone.take_desk_call(options.ref, account=options.account))


def redirect(options: argparse.Namespace) -> int:
    """Send a call that waits or rings at somebody on."""
    return _do(options, lambda phone: phone.redirect_desk_call(options.ref, options.to, account=options.account))


def call_back(options: argparse.Namespace) -> int:
    """Call who was missed, and stay until the call is over."""
    return call_and_stay(options, lambda phone: phone.call_desk_back(options.ref, account=options.account))


def done(options: argparse.Namespace) -> int:
    """Be done with the missed calls of a number."""

    async def ask(phone: RemotePhone) -> None:
        calls = await phone.desk_call_done(options.ref, account=options.account)
        if options.json:
            say({"done": calls})

    return _do(options, ask)


def _do(options: argparse.Namespace, ask: Callable[[RemotePhone], Awaitable[None]]) -> int:
    async def run() -> int:
        async with attached(options) as phone:
            await ask(phone)
        return 0

    return asyncio.run(run())


def forward(options: argparse.Namespace) -> int:
    """Send a call that rings here on."""

    async def ask(phone: RemotePhone) -> None:
        call = which_call(phone, options.call, incoming=True)
        to = options.to or forward_place(phone.state, call)
        if to is None:
            raise Failed(f"Where to? Name a number, or set redirect_to in the account {call.id.account}.", USAGE)
        await phone.forward(call.id, to)

    return _do(options, ask)
