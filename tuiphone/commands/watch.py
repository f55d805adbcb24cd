"""Follows one call from a shell to its end: a line per event, a result, an exit code."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable
from typing import Any

from tuiphone.commands.attach import (
    BAD_NUMBER,
    BUSY,
    LOST,
    NOT_ANSWERED,
    call_id,
    ending_signals,
    event_line,
    plain,
    say,
)
from tuiphone.commands.output import say_no_more
from tuiphone.control.client import RemotePhone
from tuiphone.control.protocol import Goodbye, Happened
from tuiphone.core.call import Call, CallId, CallState, EndReason
from tuiphone.core.capability import HANG_UP_THERE, Capability

EXIT_CODES = {
    EndReason.BUSY: BUSY,
    EndReason.REJECTED: BUSY,
    EndReason.BAD_NUMBER: BAD_NUMBER,
    EndReason.NO_CREDIT: BAD_NUMBER,
    EndReason.LOST: LOST,
}
"""Of calls nobody answered; the others are not answered, or ended well once they were."""
FIGURES: dict[str, Any] = {"talk_s": 0.0, "rx_packets": 0, "lost": 0, "jitter_ms": 0.0, "rtt_ms": None, "mos": None}
"""Of a call that never was."""
MAX_SHOWN = 500
"""Characters of what the far side sent, on a terminal."""


class Watch:
    """Follows one call to its end and tells of it."""

    def __init__(self, phone: RemotePhone, id: CallId, options: argparse.Namespace, *, ring_s: float | None) -> None:
        self._phone = phone
        self._id = id
        self._json: bool = options.json
        self._talk_s: float | None = options.seconds
        self._ring_s = ring_s
        self._answered_at: float | None = None
        """By the loop's clock."""
        self._recording: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._main: asyncio.Task[Any] | None = None
        self._is_left = False
        """The call goes on at another telephone, where nobody here can end it."""
        self._timer: asyncio.TimerHandle | None = None

    async def run(self) -> int:
        """Until the call is over; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, *ending_signals()):
            loop.add_signal_handler(number, self._hang_up)
        known = self._phone.state.call(self._id)
        if known is not None and known.is_answered:
            self._pick_up()
        elif self._ring_s is not None:
            self._timer = loop.call_later(self._ring_s, self._hang_up)
        self._main = asyncio.current_task()
        try:
            async for item in self._phone.news():
                match item:
                    case Happened(account=account, call=call) if call == self._id or (
                        call is None and account == self._id.account
                    ):
                        if (code := self._follow(item)) is not None:
                            return code
                    case Goodbye():
                        break
                    case _:
                        pass
        except asyncio.CancelledError:
            if not self._is_left:
                raise
            return self._result(EndReason.ELSEWHERE.value, self._last_known())
        if not self._json:
            self._tell(f"lost: {plain(self._phone.farewell or 'the engine has ended')}")
        return self._result(EndReason.LOST.value, self._last_known())

    def _last_known(self) -> dict[str, Any]:
        """The engine took the figures along; the last meters have them."""
        if self._answered_at is None:
            return {}
        talk = {"talk_s": round(asyncio.get_running_loop().time() - self._answered_at, 1)}
        if (stats := self._phone.meters.get(self._id)) is None:
            return talk
        figures = {"rx_packets": stats.received, "lost": stats.lost, "jitter_ms": round(stats.jitter_ms, 1)}
        return {**talk, **figures, "rtt_ms": _rounded(stats.rtt_ms, 1), "mos": _rounded(stats.mos, 2)}

    def _follow(self, happened: Happened) -> int | None:
        if self._json:
            self._tell(event_line(happened))
        elif (said := _in_words(happened)) is not None:
            self._tell(said)
        match happened.event:
            case "answered" | "reached":
                self._pick_up()
            case "merged":
                self._id = call_id(happened.data["into"])
            case "recording" if happened.data.get("path"):
                self._recording = happened.data["path"]
            case "ended":
                return self._result(happened.data["reason"], happened.data)
            case _:
                pass
        return None

    def _pick_up(self) -> None:
        if self._answered_at is None:
            self._answered_at = asyncio.get_running_loop().time()
        if self._timer is not None:
            self._timer.cancel()
        if self._talk_s is not None:
            self._timer = asyncio.get_running_loop().call_later(self._talk_s, self._hang_up)

    def _hang_up(self) -> None:
        call = self._phone.state.call(self._id)
        if call is not None and call.state is not CallState.INCOMING and self._is_left_to_the_desk_phone(call):
            self._leave()
            return
        task = asyncio.create_task(self._phone.hangup(self._id))
        self._tasks.add(task)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _is_left_to_the_desk_phone(self, call: Call) -> bool:
        state = self._phone.state
        # What was dialled there goes on there, also when it can be taken off a screen.
        is_begun = state.is_elsewhere(call) and call.awaits is None
        return is_begun or Capability.HANGUP not in state.capabilities_of(call)

    def _leave(self) -> None:
        if self._is_left or self._main is None:
            return
        self._is_left = True
        if not self._json:
            self._tell(HANG_UP_THERE)
        self._main.cancel()

    def _tell(self, said: str | dict[str, Any]) -> None:
        try:
            if isinstance(said, str):
                print(said, flush=True)
            else:
                say(said)
        except OSError as error:
            # The reader has gone (`| head -1`), or its terminal or disk: nobody is there to end the call.
            say_no_more()
            self._hang_up()
            if not isinstance(error, BrokenPipeError):
                with contextlib.suppress(OSError):
                    print(f"tuiphone: {error.strerror}; hanging up.", file=sys.stderr)

    def _result(self, reason: str, data: dict[str, Any]) -> int:
        # A PBX that had only us in the call knows at its end that nobody else picked up.
        answered = self._answered_at is not None and data.get("answered", True)
        line = result(reason, data, answered=answered, recording=self._recording)
        if self._json:
            self._tell(line)
        elif answered:
            mos = f", MOS {line['mos']}" if line["mos"] else ""
            self._tell(f"{line['talk_s']:.0f} s, {line['rx_packets']} packets, {line['lost']} lost{mos}")
            if self._recording:
                self._tell(f"recorded: {self._recording}")
        if answered:
            return LOST if reason in (EndReason.LOST.value, EndReason.FAILED.value) else 0
        return EXIT_CODES.get(EndReason(reason), NOT_ANSWERED)


def result(
    reason: str, data: dict[str, Any], *, answered: bool = False, recording: str | None = None
) -> dict[str, Any]:
    """The last line a script gets; `data` is what the call's end came with."""
    figures = {key: data.get(key, value) for key, value in FIGURES.items()}
    return {"type": "result", "answered": answered, "reason": reason, **figures, "recording": recording}


def _in_words(happened: Happened) -> str | None:
    data = happened.data
    words: dict[str, Callable[[], str]] = {
        "started": lambda: f"calling {_who(data)}",
        "incoming": lambda: (
            "the PBX rings you first; answer, and it calls them" if data.get("dialled") else f"{_who(data)} is calling"
        ),
        "ringing": lambda: "early media" if data.get("early_media") else "ringing",
        "answered": lambda: "answered",
        "reached": lambda: "the other side picked up",
        "merged": lambda: f"the sound is at {_cut(data.get('into')).partition('/')[0]}",
        "unlinked": lambda: "it goes on at your desk phone",
        "participants": lambda: _participants(data),
        "held": lambda: "on hold",
        "resumed": lambda: "resumed",
        "held_by_peer": lambda: "the other side put us on hold",
        "resumed_by_peer": lambda: "the other side took us back",
        "interrupted": lambda: "the link broke; it is being restored",
        "restored": lambda: "the link is there again",
        "referred": lambda: _referred(data),
        "info": lambda: f"side message: {_cut(data.get('payload'))}",
        "fault": lambda: _cut(data.get("detail")),
        "ended": lambda: "ended: " + data["reason"] + (f" ({_cut(data['detail'])})" if data.get("detail") else ""),
    }
    said = words.get(happened.event)
    return None if said is None else said()


def _who(data: dict[str, Any]) -> str:
    peer = data.get("peer") or {}
    return _cut(peer.get("name") or peer.get("text"))


def _referred(data: dict[str, Any]) -> str:
    to = data.get("to") or {}
    name = f"{_cut(to.get('name'))} " if to.get("name") else ""
    what = "hands us on to" if data.get("by") == "transfer" else "the call is to be made to"
    return f"{what} {name}{_cut(to.get('text'))}; answer with: tuiphone follow, or: tuiphone stay"


def _participants(data: dict[str, Any]) -> str:
    others = [one for one in data.get("participants") or () if not one.get("us")]
    words = (f"{_cut(one.get('name') or one.get('text'))} {_cut(one.get('state'))}" for one in others)
    return "in the group call: " + ", ".join(words)


def _rounded(figure: float | None, digits: int) -> float | None:
    return None if figure is None else round(figure, digits)


def _cut(text: object) -> str:
    return plain(text)[:MAX_SHOWN]
