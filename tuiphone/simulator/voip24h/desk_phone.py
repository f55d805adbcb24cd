"""A telephone on a desk, which has no SIP device here: timers stand in for whoever takes it up and puts it down."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from tuiphone.simulator.leg import RING_S, LegCall, Refused


class DeskPhone:
    """Those of all extensions that the switch names; each takes up every call."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def is_registered(self, extension: str) -> bool:
        return extension in [one.strip() for one in str(self._settings["desk_phones"]).split(",")]

    async def ring(self, extension: str, caller: str, *, seconds: float = RING_S) -> LegCall:
        if not self.is_registered(extension):
            raise Refused("unregistered")
        takes = float(self._settings["desk_answer_seconds"])
        await asyncio.sleep(min(takes, seconds))
        if takes > seconds:
            raise Refused("silent")
        return _DeskCall(float(self._settings["desk_talk_seconds"]))


class _DeskCall:
    def __init__(self, talk_s: float) -> None:
        self._talk_s = talk_s
        self._over = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def ringback(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended()

    def echo(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._talk_s, self._over.set)

    def recording(self) -> bytes:
        return b""

    async def ended(self) -> None:
        await self._over.wait()

    async def hang_up(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._over.set()
