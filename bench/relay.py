"""A WebSocket in between that notes when which frame passed, to time the wire without touching either side."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


@dataclass(frozen=True, slots=True)
class Passed:
    """A frame and when it passed, on the clock of `time.perf_counter`."""

    at: float
    upwards: bool
    """From the phone to the server."""
    service: int
    body: dict[str, Any]


class Relay:
    """Runs in a thread of its own between a phone and the simulator."""

    def __init__(self, target: str) -> None:
        self.passed: list[Passed] = []
        self._target = target
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._run(),), daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def wait_for(self, fits: Callable[[Passed], bool], after: float, seconds: float = 10.0) -> float:
        """When the first fitting frame after that moment passed. Raises: TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for frame in tuple(self.passed):
                if frame.at >= after and fits(frame):
                    return frame.at
            time.sleep(0.002)
        raise TimeoutError("no such frame passed")

    def close(self) -> None:
        """Stop."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        async with serve(self._serve, "127.0.0.1", 0) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            self._ready.set()
            await self._stop.wait()

    async def _serve(self, phone: ServerConnection) -> None:
        async with connect(self._target, proxy=None) as vendor:
            up = asyncio.create_task(self._pass_on(phone, vendor, upwards=True))
            down = asyncio.create_task(self._pass_on(vendor, phone, upwards=False))
            await asyncio.wait((up, down), return_when=asyncio.FIRST_COMPLETED)
            up.cancel()
            down.cancel()

    async def _pass_on(self, source: Any, target: Any, *, upwards: bool) -> None:
        try:
            async for text in source:
                at = time.perf_counter()
                await target.send(text)
                frame = json.loads(text)
                self.passed.append(Passed(at, upwards, frame["service"], frame["body"]))
        except ConnectionClosed:
            return
