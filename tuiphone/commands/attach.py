"""What the commands share: being attached to an engine, which call is meant, and what an error's exit code is."""

import argparse
import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tuiphone.control.client import EngineGone, NoEngine, RemotePhone
from tuiphone.control.protocol import Happened
from tuiphone.core.call import Call, CallId
from tuiphone.core.errors import AccessDenied, BadAddress, ConnectionLost, NotPossible, PhoneError
from tuiphone.core.events import Link
from tuiphone.launch import CannotStart, Launch
from tuiphone.store.paths import Paths, find

NOT_ANSWERED, USAGE, BUSY, BAD_NUMBER, NOT_CONNECTED, LOST, NO_ENGINE = 1, 2, 3, 4, 5, 6, 7
STARTS = 4
ONLINE_SECONDS = 15.0
"""How long a command waits for its account to be registered."""


class Failed(PhoneError):
    """Ends a command with a sentence and an exit code."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code


@asynccontextmanager
async def attached(options: argparse.Namespace, *, start: bool = False) -> AsyncIterator[RemotePhone]:
    """A line to the engine of the profile; with `start` one is started if need be, and ended again.

    Raises: Failed with the exit code of the PhoneError that ended the command.
    """
    paths = find(options.profile)
    # `timeout`, init systems and a closed terminal end us so: leave as on ctrl+c, engine and calls put away. Not by way
    # of SIGINT, which scripts' shells have commands in the background ignore.
    loop, here, told = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    assert here is not None
    for number in ending_signals():
        loop.add_signal_handler(number, lambda: (told.set(), here.cancel()))
    phone = RemotePhone(paths.socket, screen=False, program=options.run)
    started = False
    try:
        if start:
            started = await _attached_or_started(phone, paths)
        else:
            await phone.attach()
        yield phone
    except PhoneError as error:
        raise Failed(str(error), exit_code_of(error)) from error
    except asyncio.CancelledError:
        if told.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        if started and phone.is_attached:
            await asyncio.shield(phone.quit())
        await phone.close()


async def _attached_or_started(phone: RemotePhone, paths: Paths) -> bool:
    """Attach to the engine, to one of our own if there is none; whether one was started. Raises: PhoneError"""
    launch: Launch | None = None
    try:
        for starts_left in reversed(range(STARTS)):
            try:
                await phone.attach()
            except EngineGone:
                # It may have been about to end, with its socket.
                if not starts_left or paths.socket.exists():
                    raise
            except NoEngine:
                # Of commands that begin at once one starts the engine, and may be through before another one attaches.
                if not starts_left:
                    raise
            else:
                break
            paths.make()
            launch = Launch(paths.profile, owned=True)
            await launch.wait()
    except BaseException:
        # There is no line over which to say that nobody needs it.
        if launch is not None:
            launch.process.terminate()
        raise
    return launch is not None


def ending_signals() -> tuple[signal.Signals, ...]:
    """What ends a command besides ctrl+c; not the hang-up of a terminal when `nohup` took care of that."""
    hangs_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return (signal.SIGTERM, signal.SIGHUP) if hangs_up else (signal.SIGTERM,)


def exit_code_of(error: PhoneError) -> int:
    """What a script is told of an error that ended a command."""
    match error:
        case Failed(exit_code=code):
            return code
        case NoEngine() | EngineGone() | CannotStart():
            return NO_ENGINE
        case BadAddress() | NotPossible():
            return BAD_NUMBER
        case ConnectionLost() | AccessDenied():
            return NOT_CONNECTED
        case _:
            return NOT_ANSWERED


async def until_registered(phone: RemotePhone, account: str | None) -> None:
    """Wait until the account, or any, is registered. Raises: Failed when that will not be."""
    names = [known.account.name for known in phone.state.accounts]
    if account is not None and account not in names:
        raise Failed(f"There is no account {account}; there are: {', '.join(names) or 'none yet'}.", BAD_NUMBER)
    if not names:
        raise Failed("There is no account to call with; add one with: tuiphone account add", BAD_NUMBER)
    hopeless = (Link.OFF, Link.FAILED, Link.BROKEN)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + ONLINE_SECONDS
    while True:
        asked = [known for known in phone.state.accounts if account in (None, known.account.name)]
        if any(known.link is Link.ONLINE for known in asked):
            return
        if all(known.link in hopeless and known.since for known in asked):
            why = "; ".join(f"{known.account.name}: {known.detail or known.link.value}" for known in asked)
            raise Failed(why, NOT_CONNECTED)
        if loop.time() > deadline:
            why = "; ".join(
                f"{known.account.name} is {known.link.value} ({known.detail or 'no answer'})" for known in asked
            )
            raise Failed(f"Not registered within {ONLINE_SECONDS:.0f} seconds: {why}", NOT_CONNECTED)
        await asyncio.sleep(0.05)


def call_id(text: str) -> CallId:
    """`ACCOUNT/REF` as `state` prints it."""
    account, _, ref = text.partition("/")
    return CallId(account, ref)


def which_call(phone: RemotePhone, text: str | None, *, incoming: bool = False) -> Call:
    """The call that is meant: the one named, else the one that rings or the one in focus. Raises: Failed."""
    if text is not None:
        if (call := phone.state.call(call_id(text))) is None:
            raise Failed(f"There is no call {text}; see: tuiphone state", BAD_NUMBER)
        return call
    call = phone.state.incoming if incoming else phone.state.focused
    if call is None:
        raise Failed("Nothing is ringing." if incoming else "There is no call.", NOT_ANSWERED)
    return call


def say(line: dict[str, Any]) -> None:
    """One JSON line for a script, at once."""
    print(json.dumps(line, ensure_ascii=False), flush=True)


def event_line(happened: Happened) -> dict[str, Any]:
    """An event as scripts get it."""
    call = {"call": str(happened.call)} if happened.call else {}
    return {"type": happened.event, "at": round(happened.at, 3), "account": happened.account, **call, **happened.data}


def plain(text: object) -> str:
    """Text from the network without anything a terminal would obey."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(text))
