"""Fetches a file that a vendor's link names. The link and its server are hostile until proved otherwise.

Only http and https; certificates are verified; a redirect never leads from https to http, nor to any other scheme, nor
into the person's own network; the size is limited. What has come so far is kept in a `.part` beside a small state
file, and goes on from there: with Range and If-Range, so that two versions of a file are never put together.
"""

import asyncio
import errno
import logging
import os
import re
import ssl
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from tuiphone.store.partial import Part, forget, private
from tuiphone.store.reach import CONNECT_SECONDS, Broken, DownloadFailed, Limits, checked, number_of

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

SILENCE_SECONDS = 30.0
"""How long a server may say nothing."""
DRIP_SECONDS, DRIP_BYTES = 60.0, 4096
"""A server that sends less than this in that time has stopped."""
MOST_REDIRECTS = 5
PAUSES = (0.5, 2.0, 5.0, 10.0)
"""Seconds before each further try that follows one which brought nothing."""
MOST_TRIES = 50
_BATCH = 256 * 1024

Progress = Callable[[int, int | None], None]


async def fetch(url: str, part: Path, limits: Limits, progress: Progress) -> None:
    """Bring the file into `part`, going on from what is there; several tries. Raises: DownloadFailed."""
    pauses = iter(PAUSES)
    for _ in range(MOST_TRIES):
        before = part.stat().st_size if part.exists() else 0
        try:
            return await _try(url, Part.found(part), limits, progress)
        except Broken as error:
            log.info("the download of %s stopped: %s", part.stem, error)
            if (part.stat().st_size if part.exists() else 0) > before:
                pauses = iter(PAUSES)
            if (pause := next(pauses, None)) is None:
                raise
            await asyncio.sleep(pause)
        except OSError as error:
            raise DownloadFailed(_disk(error)) from error
    raise DownloadFailed("The server breaks off again and again; try later.")


def _disk(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return f"The recording cannot be kept: {'the disk is full' if full else error.strerror or error}."


async def _try(url: str, part: Part, limits: Limits, progress: Progress) -> None:
    # Loading the library and the system's certificates takes a fifth of a second, which calls would hear as a gap.
    client = await asyncio.to_thread(_client)
    import httpx

    have = part.size if part.validator else 0
    headers = {"Accept-Encoding": "identity", "User-Agent": "tuiphone"}
    if have and part.validator:
        headers |= {"Range": f"bytes={have}-", "If-Range": part.validator}
    try:
        async with client:
            reply = await _follow(client, url, headers, limits)
            try:
                await _take(reply, part, have, limits, progress)
            finally:
                await reply.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ssl.SSLError, TimeoutError) as error:
        raise _unreachable(urlsplit(url).hostname or "the server", error) from error


async def _follow(client: "httpx.AsyncClient", url: str, headers: dict[str, str], limits: Limits) -> "httpx.Response":
    """The reply to read the file from."""
    came_by = ""
    for _ in range(MOST_REDIRECTS + 1):
        host = checked(url, came_by)
        came_by = urlsplit(url).scheme
        number = await number_of(host, urlsplit(url).port or (443 if came_by == "https" else 80), limits)
        import httpx

        address = httpx.URL(url)
        # The checked number and no other: asked again, a name could mean something else.
        request = client.build_request(
            "GET",
            address.copy_with(host=str(number)),
            headers={**headers, "Host": address.netloc.decode("ascii")},
            extensions={"sni_hostname": address.raw_host.decode("ascii")},
        )
        client.cookies.clear()
        reply = await client.send(request, stream=True)
        if not reply.has_redirect_location:
            return reply
        target = reply.headers["location"]
        await reply.aclose()
        try:
            url = urljoin(url, target)
        except ValueError:
            raise DownloadFailed("The link to the recording is no web address.") from None
    raise DownloadFailed("The server sends from one address to another and never to the recording.")


async def _take(reply: "httpx.Response", part: Part, have: int, limits: Limits, progress: Progress) -> None:
    """Write the body behind what is there."""
    if reply.status_code == 416 and have:
        if _range_of(reply)[1] == have:
            return
        forget(part.file)
        raise Broken("The server does not go on where it broke off.")
    if reply.status_code not in (200, 206):
        raise _refusal(reply.status_code)
    if reply.headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise DownloadFailed("The server sends the recording packed, which was not asked for.")
    if reply.status_code == 206:
        begin, total = _range_of(reply)
        if not have or begin != have or (part.total is not None and total != part.total):
            forget(part.file)
            raise Broken("The server does not go on where it broke off.")
        done = have
    else:
        total = _number(reply.headers.get("content-length"))
        _limit(total or 0, limits)
        await asyncio.to_thread(part.begin, _validator(reply), total)
        done = 0
    _limit(total or 0, limits)
    progress(done, total)
    with open(part.file, "ab", opener=private) as file:  # noqa: ASYNC230  a local file that is just there
        done = await _pour(reply, file, done, total, limits, progress)
        await asyncio.to_thread(os.fsync, file.fileno())
    if total is not None and done != total:
        raise Broken("The server broke off before the end of the recording; try again.")


async def _pour(
    reply: "httpx.Response", file: Any, done: int, total: int | None, limits: Limits, progress: Progress
) -> int:
    loop = asyncio.get_running_loop()
    waiting: list[bytes] = []
    held = 0
    look_at, looked = loop.time() + DRIP_SECONDS, done

    async def write() -> None:
        nonlocal held
        # Taken out first: when we are stopped meanwhile, the thread writes on, and nothing may be written twice.
        piece = b"".join(waiting)
        waiting.clear()
        held = 0
        # A disk that stands still must not stop the calls.
        await asyncio.to_thread(file.write, piece)

    try:
        # Without a size: asked for pieces of one, httpx holds back what is shorter, and loses it when the line breaks.
        async for piece in reply.aiter_raw():
            done += len(piece)
            held += len(piece)
            waiting.append(piece)
            _limit(done, limits)
            progress(done, total)
            if held >= _BATCH:
                await write()
            if loop.time() > look_at:
                if done - looked < DRIP_BYTES:
                    raise Broken("The server hardly sends anything; try later.")
                look_at, looked = loop.time() + DRIP_SECONDS, done
    finally:
        # Also what came before it broke off: the next try goes on from there.
        if waiting:
            file.write(b"".join(waiting))
        file.flush()
    return done


def _limit(size: int, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise DownloadFailed(f"The recording is larger than {limits.max_bytes // 1_000_000} MB; {limits.remedy}")


def _refusal(status: int) -> DownloadFailed:
    match status:
        case 401 | 403:
            return DownloadFailed(f"The server refuses the recording (HTTP {status}); the link may have expired.")
        case 404 | 410:
            return DownloadFailed("The server has this recording no longer.")
        case 429 | 500 | 502 | 503 | 504:
            return Broken(f"The server cannot give the recording now (HTTP {status}); try later.")
        case _:
            return DownloadFailed(f"The server does not give the recording (HTTP {status}).")


def _range_of(reply: "httpx.Response") -> tuple[int | None, int | None]:
    """Where the body begins, and how long the whole is."""
    found = re.fullmatch(
        r"bytes (?:([0-9]{1,18})-[0-9]{1,18}|\*)/([0-9]{1,18}|\*)", reply.headers.get("content-range", "")
    )
    return (_number(found[1]), _number(found[2])) if found else (None, None)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else None


def _validator(reply: "httpx.Response") -> str | None:
    if re.fullmatch(r'"[\x21\x23-\x7e]{1,500}"', tag := reply.headers.get("etag", "")):
        return tag
    date = reply.headers.get("last-modified", "")
    return date if re.fullmatch(r"[A-Za-z0-9,: +-]{20,40}", date) and not tag else None


def _unreachable(host: str, error: BaseException) -> DownloadFailed:
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, ssl.SSLCertVerificationError):
            return DownloadFailed(f"{host} shows a certificate that cannot be trusted ({inner.verify_message}).")
        if isinstance(inner, OSError) and inner.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return DownloadFailed(_disk(inner))
        inner = inner.__cause__ or inner.__context__
    match type(error).__name__:
        case "ConnectTimeout" | "ReadTimeout" | "TimeoutError" | "WriteTimeout" | "PoolTimeout":
            return Broken(f"{host} does not answer; try later.")
        case "ConnectError":
            return Broken(f"Cannot reach {host}. Check the network.")
        case "RemoteProtocolError" if "location" in str(error):
            # httpx looks at a redirect although it is not to follow it.
            return DownloadFailed("The link to the recording is no web address.")
        case "RemoteProtocolError" | "ReadError":
            return Broken("The server broke off before the end of the recording; try again.")
        case _:
            return DownloadFailed(f"The recording cannot be fetched from {host} ({type(error).__name__}).")


@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


def _client() -> "httpx.AsyncClient":
    import httpx

    # These two log the whole address with its query, which may hold a token.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        timeout=httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS),
        verify=_trusted(),
        trust_env=False,
        follow_redirects=False,
    )
