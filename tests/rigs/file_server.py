"""A web server for files on this machine that misbehaves as asked: breaks off, lies, never ends, sends elsewhere."""

import asyncio
import contextlib
import re
import ssl
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request, and the way to answer it."""

    path: str
    headers: dict[str, str]
    writer: asyncio.StreamWriter

    @property
    def first(self) -> int:
        """The byte asked for first."""
        found = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("range", ""))
        return int(found[1]) if found else 0

    def head(self, status: str, **headers: object) -> None:
        """Begin the answer."""
        lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        self.writer.write(("\r\n".join([*lines, "Connection: close"]) + "\r\n\r\n").encode())

    async def send(self, content: bytes) -> None:
        """More of it."""
        self.writer.write(content)
        await self.writer.drain()


@dataclass
class FileServer:
    """Answers each path as `answers` says; runs in a thread of its own, so that any process may ask it."""

    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[Exchange] = field(default_factory=list)
    """Every request, in order."""
    tls: ssl.SSLContext | None = None

    def __enter__(self) -> "FileServer":
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        """The address of a path."""
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def ranges(self, path: str) -> list[str | None]:
        """What of it was asked for, each time."""
        return [exchange.headers.get("range") for exchange in self.asked if exchange.path.startswith(path)]

    def _run(self) -> None:
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        talks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            raw = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = raw.split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines if ": " in line)
            exchange = Exchange(first.split(" ")[1], headers, writer)
            self.asked.append(exchange)
            await self.answers.get(exchange.path.split("?")[0], missing)(exchange)
            await writer.drain()
        writer.close()


async def missing(exchange: Exchange) -> None:
    """There is no such thing."""
    exchange.head("404 Not Found", Content_Length=0)


def file(content: bytes, *, etag: str | None = '"v1"', most: int | None = None, times: int = 10**6) -> Answer:
    """A file with ranges; with `most` it breaks off after so many bytes, the first `times` times."""
    left = [times]

    async def answer(exchange: Exchange) -> None:
        first = exchange.first
        if first and exchange.headers.get("if-range") != etag:
            first = 0
        tag = {"ETag": etag} if etag else {}
        part = content[first:]
        if first >= len(content) > 0:
            exchange.head("416 Range Not Satisfiable", Content_Range=f"bytes */{len(content)}", Content_Length=0)
            return
        if first:
            span = f"bytes {first}-{len(content) - 1}/{len(content)}"
            exchange.head("206 Partial Content", Content_Length=len(part), Content_Range=span, **tag)
        else:
            exchange.head("200 OK", Content_Length=len(part), **tag)
        if most is not None and left[0] > 0:
            left[0] -= 1
            part = part[:most]
        await exchange.send(part)

    return answer


def stuck(content: bytes, *, after: int) -> Answer:
    """A file with ranges of which nothing more comes after so many bytes, unless one asks for the rest."""
    rest = file(content)

    async def answer(exchange: Exchange) -> None:
        if exchange.first:
            await rest(exchange)
            return
        exchange.head("200 OK", Content_Length=len(content), ETag='"v1"')
        await exchange.send(content[:after])
        await asyncio.sleep(3600)

    return answer


def slow(content: bytes, *, piece: int, pause_s: float) -> Answer:
    """A file with ranges that comes in pieces."""

    async def answer(exchange: Exchange) -> None:
        first = exchange.first
        span = f"bytes {first}-{len(content) - 1}/{len(content)}"
        more = {"Content_Range": span} if first else {}
        exchange.head(
            "206 Partial Content" if first else "200 OK", Content_Length=len(content) - first, ETag='"v1"', **more
        )
        for begin in range(first, len(content), piece):
            await exchange.send(content[begin : begin + piece])
            await asyncio.sleep(pause_s)

    return answer


def elsewhere(url: str, status: str = "302 Found") -> Answer:
    """A redirect."""

    async def answer(exchange: Exchange) -> None:
        exchange.head(status, Location=url, Content_Length=0)

    return answer


def status(line: str) -> Answer:
    """Nothing but a status."""

    async def answer(exchange: Exchange) -> None:
        exchange.head(line, Content_Length=0)

    return answer


async def endless(exchange: Exchange) -> None:
    """Data without an end."""
    exchange.head("200 OK")
    while True:
        await exchange.send(bytes(64 * 1024))
