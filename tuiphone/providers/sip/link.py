"""One WebSocket that carries SIP (RFC 7118): opens it, sends and reads, and notices when nobody is at its other end."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Callable
from typing import NoReturn, Self

from tuiphone.core.errors import ConnectionLost, ProviderError
from tuiphone.core.trace import Trace
from tuiphone.providers.links import FrameSocket
from tuiphone.providers.sip import labels
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.opening import Opening
from tuiphone.providers.sip.vigil import DOUBT_SECONDS, Vigil
from tuiphone.providers.together import together

OPEN_SECONDS = 5.0
"""For connection, TLS and WebSocket; a new try is soon better than an old one, whose pauses grow."""
TICK_SECONDS = 0.5
PROBE_AFTER_SECONDS = 1.5
"""A sign of life that takes so long is a reason to see whether there is a way to the server at all."""
PROBE_SECONDS = 1.0
MAX_UNSENT = 1000
"""Messages that wait to be sent; a server that lets so many pile up is no server."""
PING = "\r\n\r\n"
"""RFC 5626 section 3.5.1; answered by half of it."""
_NO_WAY = frozenset({errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.ETIMEDOUT})


class NoSignOfLife(ConnectionLost):
    """The other end has gone without a word."""


class SipLink:
    """An open WebSocket. Sending never waits; a writer does."""

    def __init__(self, opened: FrameSocket, trace: Trace, *, silence_s: float) -> None:
        self.where = opened.where
        self.is_loopback = opened.is_loopback
        self.date = opened.date
        """What the server's clock said at the opening."""
        self.there = opened.there
        """Number and port of the server."""
        self._socket = opened
        self._trace = trace
        self._unsent: asyncio.Queue[str] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()
        self._vigil = Vigil(silence_s, self._loop.time())
        self._flow_timer: float | None = None
        self._pinged_at = self._loop.time()
        self._asking: asyncio.Task[None] | None = None
        self._gone: NoSignOfLife | None = None
        """Why we let go of it."""

    @classmethod
    async def open(cls, server: Server, opening: Opening, trace: Trace, *, silence_s: float) -> Self:
        """Connect; the server has to speak the sub-protocol `sip`.

        Raises: ConnectionLost, TryLater
        """
        opened = await FrameSocket.open(
            server.url,
            timeout=OPEN_SECONDS,
            trace=trace,
            subprotocol="sip",
            headers=opening.headers,
            tls=opening.tls,
            tls_name=server.tls_name,
        )
        return cls(opened, trace, silence_s=silence_s)

    def send(self, text: str) -> None:
        """Send one message, or a sign of life, as soon as may be; what is lost with the link is lost."""
        if self._unsent.qsize() < MAX_UNSENT:
            self._unsent.put_nowait(text)
        else:
            self._let_go("{} takes nothing in any more; the network may be gone.", "the server takes nothing in")

    def keep_flow(self, seconds: float) -> None:
        """The server wants a sign of life this often (Flow-Timer, RFC 5626 section 4.4.1)."""
        self._flow_timer = max(1.0, 0.8 * seconds)
        self._pinged_at = self._loop.time()

    def doubt(self) -> None:
        """The machine woke, or has other addresses: see at once whether the link is still good."""
        if not self._has_its_address():
            self._let_go("This machine's address changed, and the connection to {} with it.", "our address is gone")
        else:
            self._vigil.doubt(self._loop.time(), DOUBT_SECONDS)

    async def run(self, take: Callable[[str | bytes], None]) -> None:
        """Read until the link is lost.

        Raises: ConnectionLost
        """
        try:
            await together("sip", reader=self._read(take), watch=self._watch(), writer=self._write())
        except ConnectionLost as error:
            # Whoever reads hears only that it broke off.
            raise self._gone or error from None

    async def close(self) -> None:
        """Say goodbye and let go."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
        await self._socket.close()

    async def _read(self, take: Callable[[str | bytes], None]) -> NoReturn:
        while True:
            frame = await self._socket.receive_frame()
            self._vigil.heard(self._loop.time())
            text = frame if isinstance(frame, str) else frame.decode(errors="replace")
            self._trace.received(self.where, labels.readable(text), size=len(frame))
            take(frame)

    async def _write(self) -> NoReturn:
        while True:
            text = await self._unsent.get()
            self._trace.sent(self.where, labels.readable(text), size=len(text))
            await self._socket.send_frame(text)

    async def _watch(self) -> NoReturn:
        was_unreachable = False
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = self._loop.time()
            if self._vigil.is_gone(now):
                self._let_go("{} gives no sign of life; the network may be gone.", "no sign of life")
            if self._flow_timer is not None and now - self._pinged_at >= self._flow_timer:
                self._pinged_at = now
                self._vigil.asked(now)
                self.send(PING)
            if self._vigil.wants_to_ask(now):
                self._ask(now)
            since = self._vigil.unanswered_since
            if since is None:
                was_unreachable = False
            elif now - since >= PROBE_AFTER_SECONDS:
                # TCP waits longer and longer before it tries again; the network may be back long before that.
                if not await is_reachable(self.there):
                    was_unreachable = True
                elif was_unreachable:
                    self._vigil.doubt(self._loop.time(), PROBE_SECONDS)

    def _let_go(self, sentence: str, note: str) -> None:
        self._gone = self._gone or NoSignOfLife(sentence.format(self.where))
        self._socket.abort(note)

    def _ask(self, now: float) -> None:
        self._vigil.asked(now)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ping(), name="sip-ping")

    async def _ping(self) -> None:
        with contextlib.suppress(ProviderError):  # the watch knows what to make of silence
            await self._socket.ping()
            self._vigil.heard(self._loop.time())

    def _has_its_address(self) -> bool:
        here = self._socket.here
        if here is None:
            return False
        family = socket.AF_INET6 if ":" in here else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as tried:
            tried.bind((here, 0))
            return True
        return False


async def is_reachable(there: tuple[str, int] | None) -> bool:
    """Whether anything answers at this number and port, a refusal included: then there is a way to it."""
    if there is None:
        return False
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            _, writer = await asyncio.open_connection(*there)
    except ConnectionRefusedError:
        return True
    except (OSError, TimeoutError):
        return False
    writer.transport.abort()
    return True


def is_no_way(error: BaseException | None) -> bool:
    """The server was out of reach, as far as anybody can tell; not that it refused us, or broke off."""
    while error is not None:
        if isinstance(error, NoSignOfLife | TimeoutError | socket.gaierror):
            return True
        if isinstance(error, OSError) and error.errno in _NO_WAY:
            return True
        error = error.__cause__
    return False
