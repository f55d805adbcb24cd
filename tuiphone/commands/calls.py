"""`dial`, `answer` and what can be done with a call from a shell."""

import argparse
import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from typing import Any

from tuiphone.commands.attach import (
    BAD_NUMBER,
    BUSY,
    LOST,
    NOT_ANSWERED,
    Failed,
    attached,
    say,
    until_registered,
    which_call,
)
from tuiphone.control.client import RemotePhone
from tuiphone.control.protocol import Goodbye, Happened
from tuiphone.core.call import Call, CallId, EndReason

EXIT_CODES = {
    EndReason.BUSY: BUSY,
    EndReason.REJECTED: BUSY,
    EndReason.BAD_NUMBER: BAD_NUMBER,
    EndReason.NO_CREDIT: BAD_NUMBER,
    EndReason.LOST: LOST,
}
"""Of calls nobody answered; the others are not answered, or ended well once they were."""


def dial(options: argparse.Namespace) -> int:
    """Call somebody and stay until the call is over."""
    return asyncio.run(_dial(options))


async def _dial(options: argparse.Namespace) -> int:
    async with attached(options, start=True) as phone:
        await until_registered(phone, options.account)
        id = await phone.dial(
            options.number,
            account=options.account,
            video=options.video,
            caller=options.caller,
            record=options.record,
        )
        return await _Watch(phone, id, options, ring_s=options.ring).run()


def answer(options: argparse.Namespace) -> int:
    """Pick up the call that rings."""
    return asyncio.run(_answer(options))


async def _answer(options: argparse.Namespace) -> int:
    async with attached(options) as phone:
        call = await _next_incoming(phone, options.wait)
        await phone.answer(call.id, video=options.video)
        if options.record:
            await phone.record(call.id, on=True)
        if options.stay or options.seconds is not None:
            return await _Watch(phone, call.id, options, ring_s=None).run()
    return 0


async def _next_incoming(phone: RemotePhone, wait_s: float) -> Call:
    try:
        async with asyncio.timeout(wait_s or None):
            while (call := phone.state.incoming) is None:
                if not wait_s:
                    raise Failed("Nothing is ringing.", NOT_ANSWERED)
                await anext(phone.news())
            return call
    except TimeoutError:
        raise Failed(f"Nothing rang within {wait_s:g} seconds.", NOT_ANSWERED) from None
    except StopAsyncIteration:
        raise Failed("The phone's engine has ended.", LOST) from None


class _Watch:
    """Follows one call to its end and tells of it."""

    def __init__(self, phone: RemotePhone, id: CallId, options: argparse.Namespace, *, ring_s: float | None) -> None:
        self._phone = phone
        self._id = id
        self._json: bool = options.json
        self._talk_s: float | None = options.seconds
        self._ring_s = ring_s
        self._answered = False
        self._recording: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> int:
        """Until the call is over; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._hang_up)
        known = self._phone.state.call(self._id)
        if known is not None and known.is_answered:
            self._pick_up()
        elif self._ring_s is not None:
            self._timer = loop.call_later(self._ring_s, self._hang_up)
        async for item in self._phone.news():
            match item:
                case Happened(account=account, call=call) if call == self._id or (
                    call is None and account == self._id.account
                ):
                    if (code := self._follow(item)) is not None:
                        return code
                case Goodbye(reason):
                    return self._result(EndReason.LOST.value, {"detail": reason})
                case _:
                    pass
        return self._result(EndReason.LOST.value, {"detail": self._phone.farewell or "The phone's engine has ended."})

    def _follow(self, happened: Happened) -> int | None:
        if self._json:
            call = {"call": str(happened.call)} if happened.call else {}
            say(
                {
                    "type": happened.event,
                    "at": round(happened.at, 3),
                    "account": happened.account,
                    **call,
                    **happened.data,
                }
            )
        else:
            _tell(happened)
        match happened.event:
            case "answered":
                self._pick_up()
            case "recording" if happened.data.get("path"):
                self._recording = happened.data["path"]
            case "ended":
                return self._result(happened.data["reason"], happened.data)
            case _:
                pass
        return None

    def _pick_up(self) -> None:
        self._answered = True
        if self._timer is not None:
            self._timer.cancel()
        if self._talk_s is not None:
            self._timer = asyncio.get_running_loop().call_later(self._talk_s, self._hang_up)

    def _hang_up(self) -> None:
        task = asyncio.create_task(self._phone.hangup(self._id))
        self._tasks.add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _result(self, reason: str, data: dict[str, Any]) -> int:
        figures = {"talk_s": 0.0, "rx_packets": 0, "lost": 0, "jitter_ms": 0.0, "rtt_ms": None, "mos": None}
        result: dict[str, Any] = {"type": "result", "answered": self._answered, "reason": reason}
        result |= {key: data.get(key, value) for key, value in figures.items()}
        result["recording"] = self._recording
        if self._json:
            say(result)
        elif self._answered:
            mos = f", MOS {result['mos']}" if result["mos"] else ""
            print(f"{result['talk_s']:.0f} s, {result['rx_packets']} packets, {result['lost']} lost{mos}")
            if self._recording:
                print(f"recorded: {self._recording}")
        if self._answered:
            return LOST if reason in (EndReason.LOST.value, EndReason.FAILED.value) else 0
        return EXIT_CODES.get(EndReason(reason), NOT_ANSWERED)


def _tell(happened: Happened) -> None:
    data = happened.data
    words = {
        "started": lambda: f"calling {_who(data)}",
        "incoming": lambda: f"{_who(data)} is calling",
        "ringing": lambda: "early media" if data.get("early_media") else "ringing",
        "answered": lambda: "answered",
        "held": lambda: "on hold",
        "resumed": lambda: "resumed",
        "held_by_peer": lambda: "the other side put us on hold",
        "resumed_by_peer": lambda: "the other side took us back",
        "info": lambda: f"side message: {_plain(data.get('payload'))}",
        "fault": lambda: _plain(data.get("detail")),
        "ended": lambda: "ended: " + data["reason"] + (f" ({_plain(data['detail'])})" if data.get("detail") else ""),
    }
    if (said := words.get(happened.event)) is not None:
        print(said(), flush=True)


def _who(data: dict[str, Any]) -> str:
    peer = data.get("peer") or {}
    return _plain(peer.get("name") or peer.get("text"))


def _plain(text: object) -> str:
    """Text from the network without anything a terminal would obey."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in str(text))[
        :500
    ]


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
    return _on_call(options, lambda phone, id: phone.reject(id), incoming=True)


def hangup(options: argparse.Namespace) -> int:
    """Hang up or cancel."""
    return _on_call(options, lambda phone, id: phone.hangup(id))


def hold(options: argparse.Namespace) -> int:
    """Hold or resume."""
    return _on_call(options, lambda phone, id: phone.hold(id, options.on))


def mute(options: argparse.Namespace) -> int:
    """Close or open the microphone."""
    return _on_call(options, lambda phone, id: phone.mute(id, options.on))


def record(options: argparse.Namespace) -> int:
    """Begin or finish recording."""
    return _on_call(options, lambda phone, id: phone.record(id, options.on))


def camera(options: argparse.Namespace) -> int:
    """Send our picture or stop."""
    return _on_call(options, lambda phone, id: phone.camera(id, options.on))


def dtmf(options: argparse.Namespace) -> int:
    """Send digits."""
    return _on_call(options, lambda phone, id: phone.dtmf(id, options.digits))


def transfer(options: argparse.Namespace) -> int:
    """Blind transfer."""
    return _on_call(options, lambda phone, id: phone.transfer(id, options.to))


def info(options: argparse.Namespace) -> int:
    """Send a side message; what is no JSON is sent as a text."""
    try:
        payload = json.loads(options.payload)
    except ValueError:
        payload = options.payload
    return _on_call(options, lambda phone, id: phone.info(id, payload))


def message(options: argparse.Namespace) -> int:
    """Send a text message."""

    async def run() -> int:
        async with attached(options, start=True) as phone:
            await until_registered(phone, options.account)
            account = options.account or phone.state.accounts[0].account.name
            await phone.text(account, options.to, options.text)
        return 0

    return asyncio.run(run())
