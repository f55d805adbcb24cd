"""One connection to Prostiezvonki: numbers requests, pairs responses, notices refusal, nonsense and silence
(sections 3.1, 4 and 10)."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from itertools import count

from tuiphone.core.errors import BadFrame, ConnectionLost
from tuiphone.providers.prostiezvonki import codes, wire
from tuiphone.providers.prostiezvonki.link import DocumentSocket
from tuiphone.providers.prostiezvonki.messages import Message, Response, Strange
from tuiphone.providers.prostiezvonki.requests import Request
from tuiphone.providers.together import together

log = logging.getLogger(__name__)

SETTLED_SECONDS = 0.3
"""A link that says nothing for so long was not refused (section 3.1)."""
SILENCE_SECONDS = 60.0
"""After so much silence the server is asked for a sign of life."""
MAX_BAD_FRAMES = 20
"""In a row."""
MAX_WAITING = 200
"""Requests without a response; servers may leave responses out, so the oldest are given up."""
MAX_STRANGE = 20
"""Types of events nobody knows, and frames that cannot be read, that are told of in the log."""
MAX_AT_ONCE = 5
"""Events of one frame after which others have their turn: calls would hear it as a gap."""
PROTOCOL_ERROR = 1002


class Session:
    """A connection, from the open socket until it is lost. Sending never waits; a writer does."""

    def __init__(self, socket: DocumentSocket) -> None:
        self._socket = socket
        self._numbers = count(1)
        self._unsent: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: dict[int, asyncio.Future[Response | None]] = {}
        self._strange: set[str] = set()
        self._bad = 0
        self._dropped = 0
        self._heard_at = 0.0
        self._stirred = asyncio.Event()
        self._is_lost = False

    def ask(self, request: Request) -> "asyncio.Future[Response | None]":
        """Send a request. The result is its response, which may never come; None when the link goes first, or takes
        nothing in any more."""
        replied: asyncio.Future[Response | None] = asyncio.get_running_loop().create_future()
        if self._is_lost or self._unsent.qsize() >= MAX_WAITING:
            replied.set_result(None)
            return replied
        number = next(self._numbers)
        self._waiting[number] = replied
        while len(self._waiting) > MAX_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._unsent.put_nowait(request.document(number))
        return replied

    def stirred(self) -> None:
        """The link may be dead without a word: ask for a sign of life now."""
        self._stirred.set()

    async def run(self, online: Callable[[], None], handle: Callable[[Message], None]) -> None:
        """Read until the link is lost; `online` is called once it was not refused, before anything is handled.

        Raises: AccessDenied, TryLater, ConnectionLost
        """
        self._heard_at = asyncio.get_running_loop().time()
        try:
            await together(
                "prostiezvonki", reading=self._read(online, handle), writing=self._write(), watching=self._watch()
            )
        except ConnectionLost as lost:
            raise codes.refusal(self._socket.closed_with) or lost from lost
        finally:
            self._is_lost = True
            waiting, self._waiting = list(self._waiting.values()), {}
            for replied in waiting:
                if not replied.done():
                    replied.set_result(None)

    async def _read(self, online: Callable[[], None], handle: Callable[[Message], None]) -> None:
        first: list[Message] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_SECONDS):
                first = await self._receive()
        online()
        await self._take(first, handle)
        while True:
            await self._take(await self._receive(), handle)

    async def _receive(self) -> list[Message]:
        """What the next frame says; nothing for a bad one, of which only so many in a row are borne."""
        try:
            document = await self._socket.receive()
            found = list(wire.decode(document)) if document else []
        except BadFrame as error:
            self._bad += 1
            self._dropped += 1
            if self._dropped <= MAX_STRANGE:
                log.warning("dropped a frame: %s", error)
            if self._bad >= MAX_BAD_FRAMES:
                await self._socket.close(PROTOCOL_ERROR)
                raise ConnectionLost(
                    f"{self._socket.where} sent {self._bad} frames in a row that are not Prostiezvonki's. Check the "
                    "address, ws:// or wss:// above all."
                ) from error
            found = []
        else:
            self._bad = 0
        self._heard_at = asyncio.get_running_loop().time()
        return found

    async def _take(self, messages: list[Message], handle: Callable[[Message], None]) -> None:
        for place, message in enumerate(messages, 1):
            match message:
                case Response(request_id=number):
                    replied = self._waiting.pop(number, None)
                    if replied is not None and not replied.done():
                        replied.set_result(message)
                case Strange(type):
                    self._wonder(type)
                case _:
                    handle(message)
            if place % MAX_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _wonder(self, type: str) -> None:
        """An event means nothing here; once for each type, or a server could fill the log."""
        if type not in self._strange and len(self._strange) < MAX_STRANGE:
            self._strange.add(type)
            log.info("%s told of an event of type %r, which means nothing here", self._socket.where, type)

    async def _write(self) -> None:
        while True:
            await self._socket.send(await self._unsent.get())

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._heard_at + SILENCE_SECONDS):
                    await self._stirred.wait()
            if self._stirred.is_set() or loop.time() >= self._heard_at + SILENCE_SECONDS:
                self._stirred.clear()
                await self._socket.ping()
                self._heard_at = max(self._heard_at, loop.time())
