"""`dial`, `answer` and what can be done with a call from a shell."""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from tuiphone.commands.attach import (
    BAD_NUMBER,
    LOST,
    NOT_ANSWERED,
    USAGE,
    Failed,
    attached,
    call_id,
    say,
    until_registered,
    which_call,
)
from tuiphone.commands.watch import Watch, result
from tuiphone.control.client import RemotePhone
from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import ANSWER_THERE
from tuiphone.core.errors import PhoneError


def dial(options: argparse.Namespace) -> int:
    """Call somebody and stay until the call is over."""
    return _to_the_end(options, _dial(options))


async def _dial(options: argparse.Namespace) -> int:
    def ask(phone: RemotePhone) -> Awaitable[CallId]:
        return phone.dial(
            options.number,
            account=options.account,
            video=options.video,
            caller=options.caller,
            record=options.record,
            camera=getattr(options, "camera", None),
        )

    return await _call(options, ask)


def group(options: argparse.Namespace) -> int:
    """Call several people together and stay until the call is over."""

    def ask(phone: RemotePhone) -> Awaitable[CallId]:
        return phone.start_group(
            tuple(options.people),
            account=options.account,
            video=options.video,
            record=options.record,
            camera=getattr(options, "camera", None),
        )

    return call_and_stay(options, ask)


def call_and_stay(options: argparse.Namespace, ask: Callable[[RemotePhone], Awaitable[CallId]]) -> int:
    """Begin a call in any way, and stay until it is over."""
    return _to_the_end(options, _call(options, ask))


async def _call(options: argparse.Namespace, ask: Callable[[RemotePhone], Awaitable[CallId]]) -> int:
    async with attached(options, start=True) as phone:
        await until_registered(phone, options.account)
        return await Watch(phone, await _begin(phone, ask), options, ring_s=options.ring).run()


async def _begin(phone: RemotePhone, ask: Callable[[RemotePhone], Awaitable[CallId]]) -> CallId:
    others = {call.id for call in phone.state.calls}
    dialling = asyncio.ensure_future(ask(phone))
    try:
        return await asyncio.shield(dialling)
    except asyncio.CancelledError:
        # Interrupted before it is known which call it is: nobody would be there to end it.
        new = [call for call in phone.state.live_calls if call.id not in others]
        waiting = [call.id for call in new if call.awaits is not None and call.direction is CallDirection.OUTGOING]
        for id in waiting:
            await phone.hangup(id)  # a PBX is still to ring us for it
        if (id := await dialling) not in waiting:
            await phone.hangup(id)
        raise


def answer(options: argparse.Namespace) -> int:
    """Pick up the call that rings."""
    return _to_the_end(options, _answer(options))


async def _answer(options: argparse.Namespace) -> int:
    async with attached(options) as phone:
        if options.call is not None:
            call = which_call(phone, options.call)
        else:
            call = await _next_incoming(phone, options.wait)
        await phone.answer(call.id, video=options.video, record=options.record, camera=getattr(options, "camera", None))
        if options.stay or options.seconds is not None:
            return await Watch(phone, call.id, options, ring_s=None).run()
    return 0


def _to_the_end(options: argparse.Namespace, work: Coroutine[Any, Any, int]) -> int:
    try:
        return asyncio.run(work)
    except PhoneError as error:
        if options.json:
            say(result(str(error), {}))
        raise


async def _next_incoming(phone: RemotePhone, wait_s: float) -> Call:
    try:
        async with asyncio.timeout(wait_s or None):
            while (call := phone.state.incoming) is None or phone.state.is_elsewhere(call):
                is_coming = call is not None and call.awaits is not None
                if not wait_s and not is_coming:
                    raise Failed("Nothing is ringing." if call is None else ANSWER_THERE, NOT_ANSWERED)
                await anext(phone.news())
            return call
    except TimeoutError:
        raise Failed(f"Nothing rang within {wait_s:g} seconds.", NOT_ANSWERED) from None
    except StopAsyncIteration:
        raise Failed("The phone's engine has ended.", LOST) from None


# -- one verb on one call ----------------------------------------------------------------------------------------


def _on_call(
    options: argparse.Namespace, do: Callable[[RemotePhone, CallId], Awaitable[None]], *, incoming: bool = False
) -> int:
    async def run() -> int:
        async with attached(options) as phone:
            await do(phone, which_call(phone, options.call, incoming=incoming).id)
        return 0

    return asyncio.run(run())


def reject(options: argparse.Namespace) -> int:
    """Refuse the call that rings."""
    return _on_call(options, lambda phone, id: phone.reject(id, options.busy), incoming=True)


def hangup(options: argparse.Namespace) -> int:
    """Hang up or cancel, saying why or not."""
    return _on_call(options, lambda phone, id: phone.hangup(id, options.reason))


def hold(options: argparse.Namespace) -> int:
    """Hold or resume; without --call what is resumed is the call on hold, whichever is in focus."""

    async def do(phone: RemotePhone, id: CallId) -> None:
        held = [call.id for call in phone.state.calls if call.state is CallState.HELD]
        if not options.on and options.call is None and id not in held:
            if not held:
                raise Failed("No call is on hold.", NOT_ANSWERED)
            id = held[0]
        await phone.hold(id, options.on)

    return _on_call(options, do)


def mute(options: argparse.Namespace) -> int:
    """Close or open the microphone."""
    return _on_call(options, lambda phone, id: phone.mute(id, options.on))


def record(options: argparse.Namespace) -> int:
    """Begin or finish recording."""
    return _on_call(options, lambda phone, id: phone.record(id, options.on))


def camera(options: argparse.Namespace) -> int:
    """Send our picture or stop, or send that of another camera."""
    if options.next or options.use is not None:
        return _on_call(options, lambda phone, id: phone.switch_camera(id, options.use))
    return _on_call(options, lambda phone, id: phone.camera(id, options.on))


def dtmf(options: argparse.Namespace) -> int:
    """Send digits."""
    return _on_call(options, lambda phone, id: phone.dtmf(id, options.digits))


def transfer(options: argparse.Namespace) -> int:
    """Blind transfer, or its two halves: asking first, and connecting the two."""
    if options.complete == bool(options.to):
        raise Failed("Say whom to, or --complete when they were asked: tuiphone transfer TO", USAGE)

    async def do(phone: RemotePhone, id: CallId) -> None:
        if options.attended:
            print(await phone.consult(id, options.to))
        elif options.complete:
            await phone.connect(id, _asked_about(phone, id))
        else:
            await phone.transfer(id, options.to)

    return _on_call(options, do)


def _asked_about(phone: RemotePhone, id: CallId) -> CallId:
    """The call that belongs to this one for an attended transfer, or the only other one there is."""
    if (pair := phone.state.partner(id)) is None:
        raise Failed(
            f"Which call to connect {id} with? Ask somebody first: tuiphone transfer --attended TO", BAD_NUMBER
        )
    return pair.id


def invite(options: argparse.Namespace) -> int:
    """Ask more people into a group call, or take some out."""
    people = tuple(options.people)

    def do(phone: RemotePhone, id: CallId) -> Awaitable[None]:
        return phone.take_out(id, people) if options.remove else phone.invite(id, people)

    return _on_call(options, do)


def swap(options: argparse.Namespace) -> int:
    """Hold one call, take the next back."""

    async def run() -> int:
        async with attached(options) as phone:
            print(await phone.swap())
        return 0

    return asyncio.run(run())


def conference(options: argparse.Namespace) -> int:
    """Join calls, or split them again."""

    async def run() -> int:
        async with attached(options) as phone:
            calls = tuple(which_call(phone, text).id for text in options.calls)
            if options.split:
                joined = phone.state.conference
                if not joined:
                    raise Failed("There is no conference.", NOT_ANSWERED)
                await phone.split(calls[0] if calls else joined[0].id)
            else:
                await phone.join(calls)
        return 0

    return asyncio.run(run())


def note(options: argparse.Namespace) -> int:
    """Keep a note with a call, also one that has just ended."""

    async def run() -> int:
        async with attached(options) as phone:
            if options.call is not None:
                # Not looked up: the engine finds it in the history when it is no longer shown.
                await phone.note(call_id(options.call), options.text)
            else:
                await phone.note((phone.state.focused or _last(phone)).id, options.text)
        return 0

    return asyncio.run(run())


def _last(phone: RemotePhone) -> Call:
    if not phone.state.calls:
        raise Failed("There is no call; name one with --call, as `tuiphone history --json` does.", NOT_ANSWERED)
    return phone.state.calls[-1]


def info(options: argparse.Namespace) -> int:
    """Send a side message; what is no JSON is sent as a text."""
    try:
        payload = json.loads(options.payload)
    except (ValueError, RecursionError):
        payload = options.payload
    return _on_call(options, lambda phone, id: phone.info(id, payload))
