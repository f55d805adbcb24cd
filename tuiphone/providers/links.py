"""Links to vendors' servers: WebSockets that carry JSON objects or bytes, and small HTTP requests.

What the frames mean is the vendor package's business; the libraries' exceptions end here, each as a sentence.
"""

import asyncio
import contextlib
import errno
import ipaddress
import logging
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)
from websockets.typing import Subprotocol

from tuiphone.core import pace
from tuiphone.core.errors import BadFrame, ConnectionLost, TryLater
from tuiphone.core.trace import MAX_BODY, Trace, Way

if TYPE_CHECKING:
    import httpx

CONNECT_SECONDS = 10.0
SEND_SECONDS = 10.0
"""How long a frame may wait for a peer that reads nothing."""
PONG_SECONDS = 10.0
"""How long a peer may take to answer a ping."""
CLOSE_SECONDS = 1.0
MAX_FRAME_BYTES = 256 * 1024
MAX_READ_BYTES = 64 * 1024
"""More than that is not read as JSON for the trace's sake: calls would hear it as a gap."""


def is_loopback(host: str) -> bool:
    """The host is this machine, judged by its name or number alone."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def place(url: str) -> str:
    """`host:port` of a URL, for sentences and the log; never its query, which may hold a token."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("wss", "https") else 80)
    return f"{parts.hostname}:{port}"


class _Straight(connect):
    """Goes where it was sent and nowhere else: a redirect could carry a token to another server."""

    def process_redirect(self, exc: Exception) -> Exception:
        return exc


class FrameSocket:
    """A WebSocket of whole frames; what ends it is a sentence."""

    def __init__(
        self, connection: ClientConnection, where: str, secrets: frozenset[str], trace: Trace, max_bytes: int
    ) -> None:
        self._connection = connection
        self._max_bytes = max_bytes
        self._secrets = secrets
        self._trace = trace
        self._is_over = False
        self.where = where

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        timeout: float = CONNECT_SECONDS,
        secrets: frozenset[str] = frozenset(),
        trace: Trace | None = None,
        max_bytes: int = MAX_FRAME_BYTES,
        subprotocol: str | None = None,
        headers: Mapping[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        tls_name: str | None = None,
    ) -> Self:
        """Connect, verifying the certificate of a wss:// server and following no redirect; every frame goes into
        `trace` (the provider's), with the values of the keys `secrets` blacked out besides those of the usual names.
        A frame of more than `max_bytes` ends the connection.

        `subprotocol` has to be spoken by the server. `headers` are sent with the opening. `tls` takes the place of the
        system's authorities; `tls_name` is whom the certificate has to be for, where that is not the URL's host.

        Raises: ConnectionLost, TryLater when the server is too busy and says for how long
        """
        where = place(url)
        trace = Trace() if trace is None else trace
        # The library's own DEBUG log would print whole frames, access tokens included; ours blacks them out.
        quiet = logging.getLogger(f"{__name__}.websockets")
        quiet.setLevel(logging.INFO)
        more: dict[str, Any] = {} if tls_name is None else {"server_hostname": tls_name}
        try:
            connection = await _Straight(
                url,
                ssl=(tls or await asyncio.to_thread(_trusted)) if urlsplit(url).scheme == "wss" else None,
                **more,
                # A name with several numbers: the next is tried beside one that does not answer (RFC 8305).
                happy_eyeballs_delay=0.25,
                subprotocols=None if subprotocol is None else [Subprotocol(subprotocol)],
                additional_headers=headers,
                compression=None,
                proxy=None,
                open_timeout=timeout,
                close_timeout=CLOSE_SECONDS,
                ping_interval=None,
                max_size=max_bytes,
                user_agent_header="tuiphone",
                logger=quiet,
            )
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, ConnectionClosed, ValueError) as error:
            lost = unreachable(where, error, timeout)
            trace.note(where, f"not connected: {lost}")
            raise lost from error
        if connection.subprotocol != subprotocol:
            connection.transport.abort()
            lost = ConnectionLost(
                f"{where} speaks WebSocket but not {subprotocol} over it. Check the address, its path above all."
            )
            trace.note(where, f"not connected: {lost}")
            raise lost
        trace.note(where, f"connected by {urlsplit(url).scheme}")
        return cls(connection, where, secrets, trace, max_bytes)

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        remote = self._connection.remote_address
        return bool(remote) and is_loopback(str(remote[0]))

    @property
    def date(self) -> str | None:
        """What the server's clock said at the opening, as its Date header has it."""
        response = self._connection.response
        return None if response is None else response.headers.get("Date")

    @property
    def here(self) -> str | None:
        """Our number on this connection."""
        local = self._connection.local_address
        return str(local[0]) if local else None

    @property
    def closed_with(self) -> int | None:
        """The code by which the server closed the connection; None where it did not, or gave none."""
        said = self._connection.protocol.close_rcvd
        return None if said is None else said.code

    @property
    def there(self) -> tuple[str, int] | None:
        """The server's number and port."""
        remote = self._connection.remote_address
        return (str(remote[0]), int(remote[1])) if remote else None

    async def send_frame(self, frame: str | bytes) -> None:
        """Send one frame, text or bytes; it is out of our hands afterwards.

        Raises: ConnectionLost
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._connection.send(frame)
        except TimeoutError as error:
            self.note("the server takes nothing in any more")
            raise ConnectionLost(f"{self.where} takes nothing in any more; the network may be gone.") from error
        except ConnectionClosed as error:
            raise self._closed(error) from error

    async def ping(self) -> None:
        """Ask for a sign of life and wait for it.

        Raises: ConnectionLost
        """
        try:
            async with asyncio.timeout(PONG_SECONDS):
                await (await self._connection.ping())
        except TimeoutError as error:
            self.note("no answer to a ping")
            raise ConnectionLost(f"{self.where} gives no sign of life; the network may be gone.") from error
        except ConnectionClosed as error:
            raise self._closed(error) from error

    async def receive_frame(self) -> str | bytes:
        """The next frame; read only when the phone is not behind with those before.

        Raises: ConnectionLost
        """
        await pace.room()
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            raise self._closed(error) from error

    async def close(self, code: int = 1000) -> None:
        """Say goodbye and let go; takes a second or so at most."""
        self.note("closed by us" if code == 1000 else f"closed by us, code {code}")
        try:
            # The library's own time-out begins only when its goodbye is out; a peer that reads nothing never lets it.
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self._connection.close(code)
        except TimeoutError:
            pass
        finally:
            self._connection.transport.abort()
        await self._connection.wait_closed()

    def abort(self, why: str) -> None:
        """Let go without a goodbye, at once; `why` is for the trace."""
        self.note(why)
        self._connection.transport.abort()

    def _closed(self, error: ConnectionClosed) -> ConnectionLost:
        code = error.rcvd.code if error.rcvd is not None else error.sent.code if error.sent is not None else 1006
        self.note(f"closed by the server, code {code}" if error.rcvd is not None else f"broke off, code {code}")
        if error.sent is not None and error.sent.code == 1009 and not error.rcvd_then_sent:
            return ConnectionLost(f"{self.where} sent more than {self._max_bytes // 1024} KB at once.")
        if error.rcvd is None:
            return ConnectionLost(f"The connection to {self.where} broke off.")
        reason = error.rcvd.reason or f"code {error.rcvd.code}"
        return ConnectionLost(f"{self.where} closed the connection ({reason[:120]}).")

    def note(self, how: str) -> None:
        """How it ended, for the trace; once, as whoever reads and whoever writes both hear of it."""
        if not self._is_over:
            self._is_over = True
            self._trace.note(self.where, how)


class JsonSocket(FrameSocket):
    """A WebSocket whose every frame is one JSON object as text."""

    async def send(self, frame: Mapping[str, Any]) -> None:
        """Send one object.

        Raises: ConnectionLost
        """
        text = msgspec.json.encode(frame).decode()
        self._trace.sent(self.where, frame, size=len(text), secrets=self._secrets)
        await self.send_frame(text)

    async def receive(self) -> dict[str, Any]:
        """The next object.

        Raises: BadFrame for a frame that is none, after which the link is still good; ConnectionLost
        """
        raw = await self.receive_frame()
        if not isinstance(raw, str):
            self._trace.received(self.where, f"(binary, {len(raw):,} bytes)", size=len(raw))
            raise BadFrame(f"{self.where} sent a binary frame of {len(raw)} bytes.")
        try:
            frame = msgspec.json.decode(raw)
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            self._trace.received(self.where, raw, size=len(raw))
            raise BadFrame(f"{self.where} sent {len(raw)} characters that are not JSON.") from error
        if not isinstance(frame, dict):
            self._trace.received(self.where, raw, size=len(raw))
            raise BadFrame(f"{self.where} sent JSON that is not an object.")
        self._trace.received(self.where, frame, size=len(raw), secrets=self._secrets)
        return cast("dict[str, Any]", frame)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status and body of an HTTP reply."""

    status: int
    body: bytes
    date: str | None = None
    """The header that says what the server's clock says."""

    def json(self) -> Any:
        """The body as JSON; None when it is not."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, RecursionError, ValueError):
            return None


class HttpLink:
    """Small HTTP requests: no redirects, because they could carry a token elsewhere, and no proxy."""

    def __init__(
        self,
        *,
        timeout: float = CONNECT_SECONDS,
        connect: float | None = None,
        max_bytes: int = MAX_FRAME_BYTES,
        trace: Trace | None = None,
        name: Callable[[Way, str, Any], str] | None = None,
        secrets: frozenset[str] = frozenset(),
    ) -> None:
        """`trace` is the provider's; requests and replies go into it, with the values of the keys `secrets` blacked
        out besides those of the usual names. `name` says what each of them is, from its first line and what it carries.

        `timeout` is for each step, `connect` for the first one where that is another.
        """
        self._trace = Trace() if trace is None else trace
        self._timeout = timeout
        self._connect = timeout if connect is None else connect
        self._max_bytes = max_bytes
        self._name = name
        self._secrets = secrets
        self._client: httpx.AsyncClient | None = None

    @contextlib.asynccontextmanager
    async def together(self) -> AsyncIterator["HttpLink"]:
        """The same for one request after another, over one connection, which is closed with the block."""
        link = copy(self)
        link._client = await asyncio.to_thread(_http_client, self._timeout, self._connect)
        async with link._client:
            yield link

    async def get(self, url: str, *, params: Mapping[str, str], headers: Mapping[str, str] | None = None) -> HttpAnswer:
        """GET with these query parameters, whose values are never logged, and headers, which are not traced.

        Raises: ConnectionLost, BadFrame when the reply is too large
        """
        return await self._send("GET", url, params=dict(params), headers=headers)

    async def post(
        self, url: str, *, body: bytes, kind: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """POST this body of this content type; neither it nor the address's path is logged.

        Raises: ConnectionLost, BadFrame when the reply is too large
        """
        return await self._send("POST", url, content=body, headers={"Content-Type": kind, **(headers or {})})

    async def post_form(
        self, url: str, *, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> HttpAnswer:
        """POST what a web form would; secrets in it are blacked out.

        Raises: ConnectionLost, BadFrame when the reply is too large
        """
        return await self._send("POST", url, data=dict(form), headers=headers)

    async def delete(self, url: str, *, params: Mapping[str, str], accept: str = "application/json") -> HttpAnswer:
        """DELETE with these query parameters, whose values are never logged.

        Raises: ConnectionLost, BadFrame when the reply is too large
        """
        return await self._send("DELETE", url, params=dict(params), headers={"Accept": accept})

    async def _send(self, method: str, url: str, **request: Any) -> HttpAnswer:
        # Loading the library and its certificates takes a fifth of a second, which calls would hear as a gap.
        client = self._client or await asyncio.to_thread(_http_client, self._timeout, self._connect)
        import httpx

        where, path = place(url), urlsplit(url).path or "/"
        asked = request.get("params") or request.get("data") or _readable(request.get("content", b""))
        self._note(Way.SENT, where, f"{method} {path}", asked, len(request.get("content", b"")))
        try:
            async with (
                asyncio.timeout(self._timeout * 2),
                client if self._client is None else contextlib.nullcontext(),
                client.stream(method, url, **request) as reply,
            ):
                body = bytearray()
                unpacked = _unpacker(reply.headers.get("Content-Encoding", ""))
                if unpacked is None:
                    self._trace.note(where, f"HTTP {reply.status_code}, packed otherwise than was asked for")
                    raise BadFrame(f"{where} sent its reply packed in a way that was not asked for.")
                # Not as the library unpacks: a packet of a few kilobytes may hold gigabytes.
                async for chunk in reply.aiter_raw():
                    body += unpacked(chunk, self._max_bytes - len(body) + 1)
                    if len(body) > self._max_bytes:
                        self._trace.note(where, f"HTTP {reply.status_code}, too large")
                        raise BadFrame(f"{where} sent more than {self._max_bytes // 1024} KB at once.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, zlib.error) as error:
            is_connect = type(error).__name__ == "ConnectTimeout"
            lost = unreachable(where, _root(error), self._connect if is_connect else self._timeout)
            self._trace.note(where, f"no answer to {method} {path}: {lost}")
            raise lost from error
        came = bytes(body)
        self._note(Way.RECEIVED, where, f"HTTP {reply.status_code} to {method} {path}", _readable(came), len(came))
        return HttpAnswer(reply.status_code, came, reply.headers.get("Date"))

    def _note(self, way: Way, where: str, line: str, carried: Any, size: int) -> None:
        label = line if self._name is None else self._name(way, line, carried)
        self._trace.exchange(way, where, label, carried, size=size, secrets=self._secrets)


async def head_date(url: str, *, timeout: float) -> str | None:
    """The Date header of a web server's answer to HEAD, whatever else it answers; None when it says none."""
    client = await asyncio.to_thread(_http_client, timeout, timeout)
    import httpx

    try:
        async with asyncio.timeout(timeout), client, client.stream("HEAD", url) as reply:
            return reply.headers.get("Date")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError):
        return None


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes] | None:
    """What makes of a piece of a reply what was packed into it, and no more than so many bytes of that; None where it
    is packed in another way than we asked for."""
    match encoding.strip().lower():
        case "" | "identity":
            return lambda piece, _: piece
        case "gzip" | "x-gzip" | "deflate":
            # Either header is known for what it is.
            return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress
        case _:
            return None


def _readable(body: bytes) -> Any:
    """JSON as what it says, anything else as text, and what is too long to be read in passing."""
    if len(body) > MAX_READ_BYTES:
        return body[: 2 * MAX_BODY].decode(errors="replace")
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return body[: 2 * MAX_BODY].decode(errors="replace")


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the system's certificates takes some 20 ms, which calls would hear as a gap: once, in a thread.
    return ssl.create_default_context()


def _http_client(timeout: float, connect: float) -> "httpx.AsyncClient":
    import httpx

    # These two log the whole address with its query.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeout, connect=connect),
        verify=_trusted(),
        headers={"Accept-Encoding": "gzip"},
        trust_env=False,
        follow_redirects=False,
    )


def unreachable(where: str, error: BaseException, timeout: float) -> ConnectionLost:
    """What a library says went wrong with a connection, as a sentence that says what to do."""
    host = where.rsplit(":", 1)[0]
    match error:
        case InvalidStatus():
            return _refused_upgrade(where, error.response.status_code, error.response.headers.get("Retry-After", ""))
        case ConnectionResetError():
            return ConnectionLost(
                f"{where} hung up before it answered. Check the address; it may want a certificate of ours."
            )
        case InvalidHandshake(__cause__=EOFError()):
            return ConnectionLost(
                f"{where} did not answer as a WebSocket server does: it hung up. Check the address; it may want a "
                "certificate of ours."
            )
        case InvalidHandshake() | ConnectionClosed():
            return ConnectionLost(f"{where} did not answer as a WebSocket server does. Check the address.")
        case InvalidURI():
            return ConnectionLost(f"{where} is no address of a WebSocket server. Check the address.")
        case ssl.SSLCertVerificationError():
            return ConnectionLost(
                f"{where} shows a certificate that cannot be trusted ({error.verify_message}). Nothing was sent to it; "
                "check the address."
            )
        case ssl.SSLError():
            return ConnectionLost(f"{where} does not speak TLS as it should. Check address and port.")
        case socket.gaierror():
            return ConnectionLost(f"Cannot find {host}: no such host. Check the address and the network.")
        case ConnectionRefusedError():
            return ConnectionLost(f"Cannot reach {where}: connection refused. Is the server running?")
        case OSError(errno=errno.ENETUNREACH | errno.EHOSTUNREACH | errno.EADDRNOTAVAIL):
            return ConnectionLost(f"Cannot reach {where}: there is no way to it. Is the network up?")
        case _ if _is_timeout(error):
            return ConnectionLost(
                f"Cannot reach {where}: no answer within {timeout:.0f} seconds. Check the address and the network."
            )
        case OSError() if f"[Errno {errno.ECONNREFUSED}]" in str(error):
            # asyncio folds the refusals of a host with several numbers into one error without a number of its own.
            return ConnectionLost(f"Cannot reach {where}: connection refused. Is the server running?")
        case _:
            return ConnectionLost(f"Cannot reach {where}: {str(error) or type(error).__name__}.")


def _refused_upgrade(where: str, status: int, retry_after: str) -> ConnectionLost:
    """What a server comes to that answers HTTP instead of opening a WebSocket."""
    said = f"{where} answered HTTP {status} where a WebSocket was expected"
    match status:
        case 301 | 302 | 303 | 307 | 308:
            return ConnectionLost(f"{said}: it sends us elsewhere, where nothing goes unasked. Check the address.")
        case 401 | 403:
            return ConnectionLost(f"{said}: it does not let us in. Check the address, and what it wants to be told.")
        case 404 | 410:
            return ConnectionLost(f"{said}: there is none at this path. Check the address, its path above all.")
        case 429 | 503 if retry_after.isascii() and retry_after.isdecimal():
            seconds = int(retry_after[:6])
            return TryLater(f"{said}: it is too busy and wants to be left alone for {seconds} seconds.", seconds)
        case 429 | 502 | 503 | 504:
            return ConnectionLost(f"{said}: it takes nobody in at present. It is tried again.")
        case _:
            return ConnectionLost(f"{said}. Check the address.")


def _is_timeout(error: BaseException) -> bool:
    # httpx has timeouts of its own that are no TimeoutError, and it is not imported for the sake of their names.
    return isinstance(error, TimeoutError) or type(error).__name__.endswith("Timeout")


def _root(error: BaseException) -> BaseException:
    """The operating system's error inside the library's, where there is one."""
    found = error
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, OSError):
            found = inner
        # A host with several numbers fails once for each of them; the first reason is as good as the others.
        inner = inner.exceptions[0] if isinstance(inner, BaseExceptionGroup) else inner.__cause__ or inner.__context__
    return found
