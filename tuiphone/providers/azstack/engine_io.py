"""Channel: where python-socketio's WebSocket would be, translating between Engine.IO 3 on the wire and the 4 it speaks.

Frames are a digit for Engine.IO's packet type, and after a 4 one for Socket.IO's. In generation 3 the server connects
the client unasked and the client pings; in 4 the client asks (`40`) and the server pings. The library knows 4 only.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tuiphone.core.errors import BadFrame, ConnectionLost
from tuiphone.core.trace import Trace
from tuiphone.providers.links import FrameSocket

OLD, NEW = 3, 4
"""The generations, by the number of their Engine.IO protocol."""
UNASKED_SECONDS = 1.0
"""How long a server may take to connect us unasked before we ask."""
FLUSH_SECONDS = 1.0
MAX_PING_SECONDS = 60.0
"""A server that asks for rarer pings gets them this often: a dead link should be noticed within two minutes."""
MIN_PING_SECONDS = 0.1
MAX_FRAME_BYTES = 4 * 1024 * 1024
"""A list of calls comes in one packet however long it is (section 9): this is room for 20,000."""
MAX_CONTROL = 64
"""Characters of a frame that is no message."""


class Hello(msgspec.Struct, frozen=True, rename="camel"):
    """A server's first frame: who we are to it, and its times in milliseconds."""

    sid: str
    ping_interval: float
    ping_timeout: float


@dataclass(frozen=True, slots=True)
class Frame:
    """What the library takes for aiohttp's message; no text: the connection is over."""

    data: str | None
    type: str = "frame"


class _Refused(ConnectionLost):
    """The server would not talk to us in this way; it may in another."""


class Channel:
    """What the library takes for its aiohttp session, and then for the WebSocket that was opened with it."""

    def __init__(
        self, where: str, *, timeout: float, trace: Trace, bad: Callable[[str, str], None], over: Callable[[], None]
    ) -> None:
        """`bad` is told of each frame that is none, as a sentence and as it came; `over` once, when `lost` is set."""
        self.where = where
        self.lost: ConnectionLost | None = None
        self._timeout = timeout
        self._trace = trace
        self._bad = bad
        self._over = over
        self._socket: FrameSocket | None = None
        self._hello: str | None = None
        self._generation: int | None = None
        self._is_known = asyncio.Event()
        self._is_alive = asyncio.Event()
        self._has_written = asyncio.Event()
        self._has_left = asyncio.Event()
        self._interval = self._patience = 0.0
        self._pinger: asyncio.Task[None] | None = None

    # -- what the library calls ---------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Nothing can be opened or read any more."""
        return self.lost is not None

    async def ws_connect(self, url: str, **_: Any) -> "Channel":
        """Open the WebSocket and take the server's first frame, asking as the vendor's client does; a server that
        refuses to speak generation 3 is asked once more.

        Raises: ConnectionLost
        """
        try:
            await self._open(url.replace("EIO=4", "EIO=3"))
        except _Refused:
            await self._open(url)
            self._settle(NEW)
        return self

    async def receive(self) -> Frame:
        """The next frame the library has to know of; nothing it could choke on."""
        if self._hello is not None:
            hello, self._hello = self._hello, None
            return Frame(hello)
        while self.lost is None:
            # Frames that lie ready are no reason to let everybody else wait.
            await asyncio.sleep(0)
            try:
                frame = await self._opened.receive_frame()
            except ConnectionLost as lost:
                self._end(lost, "broke off")
                break
            except asyncio.CancelledError:
                # Nobody but the library's clock does this.
                self.fail(f"{self.where} says nothing any more; the network may be gone.", "silent for too long")
                raise
            try:
                if (text := self._for_library(frame)) is not None:
                    return Frame(text)
            except BadFrame as bad:
                self._bad(str(bad), frame if isinstance(frame, str) else f"(binary, {len(frame):,} bytes)")
            except ConnectionLost as lost:
                self._end(lost, "closed by the server")
        return Frame(None)

    async def send_str(self, text: str) -> None:
        """Write one frame of the library's, unless a server of generation 3 has no use for it.

        Raises: ConnectionResetError
        """
        match text[:2]:
            case "3" if self._generation == OLD:
                return
            case "40":
                # Whoever connects us unasked would count this as a second connection.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(UNASKED_SECONDS):
                        await self._is_known.wait()
                if self._generation == OLD:
                    return
            case "1":
                self._has_left.set()
                return
        await self._write(text)
        if text.startswith("42"):
            self._has_written.set()

    async def send_bytes(self, data: bytes) -> None:
        """Never called: our packets are text."""
        raise ConnectionResetError("binary")

    async def close(self) -> None:
        """Let what is under way out first, then say goodbye."""
        try:
            async with asyncio.timeout(FLUSH_SECONDS):
                await self._has_left.wait()
        except TimeoutError:
            self.fail(f"{self.where} takes nothing in any more.", "closed by us")
        await self.let_go()

    # -- what PacketSocket calls --------------------------------------------------------------------------------

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        return self._opened.is_loopback

    def expect_write(self) -> None:
        """`written` is to wait for the next event that goes out."""
        self._has_written.clear()

    async def written(self) -> None:
        """The event is on its way.

        Raises: ConnectionLost
        """
        await self._has_written.wait()
        if self.lost is not None:
            raise ConnectionLost(str(self.lost))

    def fail(self, why: str, note: str) -> None:
        """Give the link up at once; the reader and the writer find it gone."""
        self._end(ConnectionLost(why), note)
        if self._socket is not None:
            self._socket.abort(note)

    async def let_go(self) -> None:
        """Close the WebSocket, if there is one, and end our pings; takes a second or two at most."""
        self._end(ConnectionLost(f"The connection to {self.where} is closed."), "closed by us")
        try:
            if self._socket is not None:
                await self._socket.close()
        finally:
            if self._pinger is not None:
                self._pinger.cancel()
                await asyncio.wait({self._pinger})

    # -- inside -------------------------------------------------------------------------------------------------

    @property
    def _opened(self) -> FrameSocket:
        if self._socket is None:
            raise ConnectionLost(f"There is no connection to {self.where}.")
        return self._socket

    async def _open(self, url: str) -> None:
        try:
            self._socket = socket = await FrameSocket.open(
                url, timeout=self._timeout, trace=self._trace, max_bytes=MAX_FRAME_BYTES
            )
            frame = await socket.receive_frame()
        except ConnectionLost as lost:
            # A server of the new generation says no with HTTP 400, or (Node's) by hanging up without a word.
            match lost.__cause__:
                case InvalidStatus(response=response) if response.status_code == 400:
                    raise _Refused(str(lost)) from lost
                case ConnectionClosed():
                    raise _Refused(str(lost)) from lost
                case _:
                    raise
        try:
            if not isinstance(frame, str) or frame[:1] != "0":
                raise ValueError("no open packet")
            hello = msgspec.json.decode(frame[1:], type=Hello)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            self._trace.received(self.where, frame if isinstance(frame, str) else "(binary)", size=len(frame))
            raise ConnectionLost(
                f"{self.where} did not answer as a socket.io server does. Check the address."
            ) from error
        interval, patience = (
            min(max(ms / 1000, MIN_PING_SECONDS), 3600) for ms in (hello.ping_interval, hello.ping_timeout)
        )
        self._interval, self._patience = min(interval, MAX_PING_SECONDS), min(patience, MAX_PING_SECONDS)
        self._hello = (
            "0"
            + msgspec.json.encode(
                {"sid": hello.sid, "upgrades": [], "pingInterval": interval * 1000, "pingTimeout": patience * 1000}
            ).decode()
        )

    def _for_library(self, frame: str | bytes) -> str | None:
        """What the library is given in place of this frame; it would end the link over things that are no packets.

        Raises: BadFrame, ConnectionLost
        """
        self._is_alive.set()
        if not isinstance(frame, str):
            raise BadFrame(f"{self.where} sent a binary frame of {len(frame)} bytes.")
        if frame[:1] != "4" and len(frame) > MAX_CONTROL:
            raise BadFrame(f"{self.where} sent {len(frame)} characters that are no packet.")
        match frame[:1], frame[1:2]:
            case "2", _:
                self._settle(NEW)
                return frame
            case "3", _:
                # Its answer to our ping; to the library a ping of the server's, which keeps its own clocks going.
                return "2" if self._generation == OLD else None
            case ("1", "") | ("4", "1") if len(frame) < 3:
                raise ConnectionLost(f"{self.where} closed the connection.")
            case "4", "0" if frame[2:3] in ("", "{"):
                # Only generation 4 names the namespace's session.
                self._settle(NEW if len(frame) > 2 else OLD)
                return frame
            case "4", "2" | "3":
                return frame
            case "4", "4":
                if not self._is_known.is_set():
                    raise ConnectionLost(f"{self.where} refused the connection.")
                return None
            case "6", "":
                return None
            case _:
                raise BadFrame(f"{self.where} sent {len(frame)} characters that are no packet.")

    def _settle(self, generation: int) -> None:
        """We know whom we talk to: the old generation needs pings, the new one takes offence at them."""
        if self._generation == NEW or generation == self._generation:
            return
        self._generation = generation
        self._is_known.set()
        if generation == OLD:
            self._pinger = asyncio.create_task(self._keep_up())
        elif self._pinger is not None:
            self._pinger.cancel()

    async def _keep_up(self) -> None:
        with contextlib.suppress(ConnectionResetError):
            while True:
                await asyncio.sleep(self._interval)
                self._is_alive.clear()
                await self._write("2")
                try:
                    async with asyncio.timeout(self._patience):
                        await self._is_alive.wait()
                except TimeoutError:
                    self.fail(f"{self.where} does not answer any more; the network may be gone.", "no answer to a ping")
                    return

    async def _write(self, text: str) -> None:
        try:
            await self._opened.send_frame(text)
        except ConnectionLost as lost:
            self.fail(str(lost), "broke off")
            # What the library takes for the end of a connection; its other errors it would leave lying in a task.
            raise ConnectionResetError(str(lost)) from lost

    def _end(self, lost: ConnectionLost, note: str) -> None:
        if self.lost is None:
            self.lost = lost
            if self._socket is not None:
                self._socket.note(note)
            self._is_known.set()
            self._has_written.set()
            self._has_left.set()
            if self._pinger is not None and self._pinger is not asyncio.current_task():
                self._pinger.cancel()
            self._over()
