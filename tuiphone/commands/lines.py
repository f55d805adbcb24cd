"""`lines`, `pickup`, `voicemail`, `presence`, `follow`, `stay`: telephones of others, the mailbox, how we are, and
being handed on to somebody else."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from tuiphone.commands.attach import (
    BAD_NUMBER,
    NOT_ANSWERED,
    Failed,
    attached,
    plain,
    say,
    until_registered,
    which_call,
)
from tuiphone.commands.calls import call_and_stay
from tuiphone.control.client import RemotePhone
from tuiphone.core.call import CallId
from tuiphone.core.capability import Capability
from tuiphone.core.model import Availability, Line, LineState, Presence
from tuiphone.core.state import AccountState

HOW = {"online": Availability.ONLINE, "offline": Availability.OFFLINE, "none": Availability.UNKNOWN}


def lines(options: argparse.Namespace) -> int:
    """List the telephones that are watched, and what they do."""

    async def run() -> int:
        async with attached(options) as phone:
            for known in _accounts(phone, options.account):
                for line in known.lines:
                    if options.json:
                        say({"account": known.account.name, **msgspec.to_builtins(line)})
                    else:
                        print(f"{known.account.name:<12}  {plain(line.address.label):<24}  {_words(line)}")
        return 0

    return asyncio.run(run())


def _words(line: Line) -> str:
    peer = plain(line.peer.label) if line.peer is not None else "somebody"
    match line.state:
        case LineState.RINGING:
            return f"ringing, {peer} calls" if line.incoming else f"calling {peer}"
        case LineState.BUSY:
            return f"busy with {peer}"
        case _:
            return line.state.value


def pickup(options: argparse.Namespace) -> int:
    """Take the call that rings at a watched telephone; prints the call, or stays with it."""
    return _call(options, lambda phone: phone.pickup(options.line, account=options.account))


def voicemail(options: argparse.Namespace) -> int:
    """Say what waits in the mailboxes, or call one."""
    if options.call:
        options.stay = True
        return _call(options, lambda phone: phone.call_mailbox(options.account))

    async def run() -> int:
        async with attached(options) as phone:
            for known in _accounts(phone, options.account):
                if (box := known.voicemail) is None:
                    continue
                if options.json:
                    say({"account": known.account.name, **msgspec.to_builtins(box)})
                else:
                    where = f", heard at {plain(box.mailbox.text)}" if box.mailbox is not None else ""
                    print(f"{known.account.name:<12}  {box.new} new, {box.old} old{where}")
        return 0

    return asyncio.run(run())


def _call(options: argparse.Namespace, ask: Callable[[RemotePhone], Awaitable[CallId]]) -> int:
    if options.stay or options.seconds is not None:
        return call_and_stay(options, ask)

    async def run() -> int:
        async with attached(options) as phone:
            print(await ask(phone))
        return 0

    return asyncio.run(run())


def presence(options: argparse.Namespace) -> int:
    """Say what others are told of us, or tell them something else."""

    async def run() -> int:
        async with attached(options, start=options.how is not None) as phone:
            if options.how is None:
                _show_presence(phone, options)
                return 0
            await until_registered(phone, options.account)
            name = _publisher(phone, options.account)
            await phone.publish_status(name, options.note, availability=HOW[options.how])
            if options.json:
                say({"account": name, "availability": HOW[options.how].value, "note": options.note or None})
        return 0

    return asyncio.run(run())


def _show_presence(phone: RemotePhone, options: argparse.Namespace) -> None:
    for known in _accounts(phone, options.account):
        if Capability.PUBLISH in known.account.capabilities:
            told = known.presence or Presence()
            if options.json:
                say({"account": known.account.name, **msgspec.to_builtins(told)})
            else:
                word = "nothing is told" if told == Presence() else told.availability.value
                note = f": {plain(told.note)}" if told.note else ""
                print(f"{known.account.name:<12}  {word}{note}")


def _publisher(phone: RemotePhone, account: str | None) -> str:
    can = [known.account.name for known in phone.state.accounts if Capability.PUBLISH in known.account.capabilities]
    if account is not None:
        return account
    if not can:
        raise Failed("No account here tells others how you are.", BAD_NUMBER)
    if len(can) > 1:
        raise Failed(f"Which account? Name one with --account; there are: {', '.join(can)}.", BAD_NUMBER)
    return can[0]


def follow(options: argparse.Namespace) -> int:
    """Call who the far side named, after a redirect or a transfer; prints the call that goes on."""

    async def do(phone: RemotePhone, id: CallId) -> None:
        print(await phone.follow(id))

    return _answer_question(options, do)


def stay(options: argparse.Namespace) -> int:
    """Do not call who the far side named."""
    return _answer_question(options, lambda phone, id: phone.stay(id))


def _answer_question(options: argparse.Namespace, do: Callable[[RemotePhone, CallId], Awaitable[Any]]) -> int:
    async def run() -> int:
        async with attached(options) as phone:
            if options.call is not None:
                id = which_call(phone, options.call).id
            else:
                asked = [call.id for call in phone.state.live_calls if call.referral is not None]
                if not asked:
                    raise Failed("Nobody asks you to call somebody else.", NOT_ANSWERED)
                id = asked[0]
            await do(phone, id)
        return 0

    return asyncio.run(run())


def _accounts(phone: RemotePhone, account: str | None) -> list[AccountState]:
    names = [known.account.name for known in phone.state.accounts]
    if account is not None and account not in names:
        raise Failed(f"There is no account {account}; there are: {', '.join(names) or 'none yet'}.", BAD_NUMBER)
    return [known for known in phone.state.accounts if account in (None, known.account.name)]
