"""Recordings of calls: what was said where a SIP leg had its sound, the robots' voice where timers stood in."""

import asyncio
import secrets
import time
from collections import OrderedDict

import numpy as np
from aiohttp import web

from tuiphone.simulator.prostiezvonki.call import Call
from tuiphone.simulator.prostiezvonki.switches import Switches
from tuiphone.simulator.ranges import reply_with
from tuiphone.simulator.speech import GREETING, REPLIES, phrase
from tuiphone.simulator.tape import Tape
from tuiphone.simulator.tracks import RATE_HZ

MOST_RECORDINGS = 40
_LONGEST_S = 60.0


class Records:
    """Keeps the latest, and serves them under `/records/`."""

    def __init__(self, switches: Switches) -> None:
        self.base_url = ""
        self._switches = switches
        self._kept: OrderedDict[str, bytes | float] = OrderedDict()

    def keep(self, call: Call) -> str:
        """Keep what was said in a call that is over; returns where it is."""
        name = f"{call.id}-{secrets.token_hex(8)}.wav"
        self._kept[name] = call.leg.recording() if call.leg else time.time() - (call.answered_at or time.time())
        if len(self._kept) > MOST_RECORDINGS:
            self._kept.popitem(last=False)
        return f"{self._switches.text('record_base_url') or self.base_url}{name}"

    async def serve(self, request: web.Request) -> web.Response:
        """One of them, or a part of it."""
        sound = self._kept.get(request.match_info["name"])
        if sound is None:
            raise web.HTTPNotFound(text="There is no such recording.\n")
        content = sound if isinstance(sound, bytes) else await asyncio.to_thread(_spoken, sound)
        return reply_with(request, content, "audio/wav")


def _spoken(seconds: float) -> bytes:
    words = np.concatenate([phrase(name) for name in (GREETING, *REPLIES)])
    tape = Tape()
    tape.said(np.resize(words, int(min(seconds, _LONGEST_S) * RATE_HZ)))
    return tape.wav()
