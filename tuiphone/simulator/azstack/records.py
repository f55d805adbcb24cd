"""Entries of finished paid calls (9), and the recordings they link to."""

import secrets
import time
from collections import OrderedDict
from typing import Any

from aiohttp import web

from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.azstack.device import Device, devices
from tuiphone.simulator.azstack.fields import CallNumber
from tuiphone.simulator.azstack.paid import PaidCall
from tuiphone.simulator.azstack.people import User
from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.ranges import reply_with

CALLOUT, CALLIN = 1, 2
ANSWERED, REJECTED, NOT_ANSWERED = 0, 1, 2
MOST_RECORDINGS = 40


class Records:
    """Writes the entries, and serves the recordings under `/recordings/`."""

    def __init__(self, exchange: Exchange) -> None:
        self.base_url = ""
        self._exchange = exchange
        self._recordings: OrderedDict[str, bytes] = OrderedDict()

    def add(self, paid: PaidCall) -> None:
        """Enter a call that ended, and push it to each user who took part (601)."""
        now = time.time()
        answered_at = paid.call.answered_at if paid.call else None
        about = {
            "from": paid.from_number,
            "to": paid.to_number,
            "tags": paid.tags,
            "duration": round(now - answered_at) if answered_at else 0,
            "recordTime": round(now * 1000),
            "urlRecord": self._kept(paid) if answered_at else "",
            "status": _status(paid, answered=answered_at is not None),
        }
        self._enter(paid.caller, paid.caller_id, CALLOUT, about)
        self._enter(paid.callee, paid.callee_id, CALLIN, about)

    def listed(self, device: Device) -> dict[str, Any]:
        """The body of a 509: newest first."""
        entries: list[dict[str, Any]] = []
        for entry in device.owner.logs:
            listed = {key: value for key, value in entry.items() if key not in ("azUserId", "urlRecord")}
            entries.append({**listed, "url": entry["urlRecord"], "userId": entry["azUserId"]})
        return {"r": 1, "data": entries}

    async def serve(self, request: web.Request) -> web.Response:
        """A recording, or the part of it that is asked for."""
        sound = self._recordings.get(request.match_info["name"])
        if sound is None:
            raise web.HTTPNotFound(text="There is no such recording.\n")
        return reply_with(request, sound, "audio/wav")

    def _enter(self, user: User | None, call_id: CallNumber | None, kind: int, about: dict[str, Any]) -> None:
        if user is None:
            return
        entry = {"callId": call_id, **about, "azUserId": user.id, "callType": kind}
        user.logs.appendleft(entry)
        for device in devices(self._exchange, user):
            device.push(az.LOG_PUSH, {"data": entry})

    def _kept(self, paid: PaidCall) -> str:
        tape = paid.call.tape if paid.call else None
        if tape is None or not tape.seconds:
            return ""
        name = f"{secrets.token_hex(16)}.wav"
        self._recordings[name] = tape.wav()
        if len(self._recordings) > MOST_RECORDINGS:
            self._recordings.popitem(last=False)
        return f"{self.base_url}recordings/{name}"


def _status(paid: PaidCall, *, answered: bool) -> int:
    if answered:
        return ANSWERED
    return REJECTED if paid.code in (az.REJECTED, az.PAID_BUSY) else NOT_ANSWERED
