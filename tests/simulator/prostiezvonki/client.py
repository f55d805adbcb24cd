"""A client of Prostiezvonki, written from its protocol file alone: a WebSocket, base64 and ElementTree."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tuiphone.simulator.prostiezvonki import Prostiezvonki

PATIENCE_S = 15.0
MOST_FRAME = 2**20


def query(extension: str, password: str | None = None, *, mask: int = 0, group: str = "", **other: str) -> str:
    """The query string of a log-in."""
    secret = f"pw{extension}" if password is None else password
    fields = {
        "CID": base64.b64encode(secret.encode()).decode(),
        "CT": "jsapi",
        "GID": extension,
        "PhoneNumber": extension,
        "BroadcastEventsMask": str(mask),
        "BroadcastGroup": group,
        "PzProtocolVersion": "2",
        **other,
    }
    return "&".join(f"{name}={value}" for name, value in fields.items())


class Client:
    """Keeps every event and response, and lets a test wait for one."""

    def __init__(self, *, plain: bool = False) -> None:
        self.events: list[dict[str, str]] = []
        self.responses: list[dict[str, str]] = []
        self.close_code: int | None = None
        self.pings: list[bytes] = []
        self._plain = plain
        self._last_id = 0
        self._news = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self.socket: ClientConnection

    async def open(self, server: Prostiezvonki, query: str, *, trust: ssl.SSLContext | None = None) -> None:
        """Connect; the query is all there is to a log-in."""
        self.socket = await connect(
            f"{server.url}/?{query}", proxy=None, max_size=MOST_FRAME, close_timeout=0.5, ssl=trust
        )
        self._reader = asyncio.create_task(self._read())

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()
        if self._reader:
            await self._reader

    async def ask(self, method: str, **data: str) -> dict[str, str]:
        """Send a request; its response."""
        self._last_id += 1
        number = str(self._last_id)
        inside = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in data.items())
        return await self.ask_xml(
            f"<Request><ProtocolVersion>1</ProtocolVersion><Method>{method}</Method>"
            f"<RequestID>{number}</RequestID><Data>{inside}</Data></Request>",
            number,
        )

    async def ask_xml(self, xml: str | bytes, number: str = "0") -> dict[str, str]:
        """Send any XML; the response with that number."""
        raw = xml.encode() if isinstance(xml, str) else xml
        return await self.ask_frame(raw.decode() if self._plain else base64.b64encode(raw).decode(), number)

    async def ask_frame(self, frame: str, number: str = "0") -> dict[str, str]:
        """Send any frame; the next response, which has to have that number."""
        seen = len(self.responses)
        await self.socket.send(frame)
        await self._until(lambda: len(self.responses) > seen)
        assert self.responses[seen]["RequestID"] == number
        return self.responses[seen]

    async def event(self, kind: int, **wanted: str) -> dict[str, str]:
        """The first event of this type with these attributes, now or later."""
        found: list[dict[str, str]] = []

        def has_come() -> bool:
            found[:] = [one for one in self.events if _fits(one, {"type": str(kind), **wanted})]
            return bool(found)

        await self._until(has_come)
        return found[0]

    def kinds(self, call_id: str) -> list[int]:
        """The types of the events of a call so far."""
        return [int(one["type"]) for one in self.events if one["callID"] == call_id]

    async def closed(self) -> int | None:
        """Wait for the end of the socket; its code."""
        assert self._reader
        async with asyncio.timeout(PATIENCE_S):
            await self._reader
        return self.close_code

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self._news.clear()
                await self._news.wait()

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in self.socket:
                assert isinstance(frame, str)
                self._take(ElementTree.fromstring(frame if self._plain else base64.b64decode(frame, validate=True)))
                self._news.set()
        self.close_code = self.socket.close_code

    def _take(self, element: ElementTree.Element) -> None:
        if element.tag == "Event":
            self.events.append(dict(element.attrib))
        else:
            assert [child.tag for child in element] == ["Code", "RequestID", "Details", "Data"]
            self.responses.append({child.tag: child.text or "" for child in element})


def _fits(event: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    return all(event.get({"sender": "from"}.get(name, name)) == value for name, value in wanted.items())
