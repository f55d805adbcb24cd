"""HTTP as all of Voip24h's interfaces speak it: small JSON replies, short patience, and nothing sent twice that dials.

What a reply means is the back end's business; what is no reply of such an interface ends here, as a sentence
(PROTOCOL.md sections 3 and 10).
"""

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

import msgspec

from tuiphone.core.errors import ConnectionLost
from tuiphone.core.redact import redact_start
from tuiphone.core.trace import Trace
from tuiphone.providers.fields import is_object
from tuiphone.providers.links import HttpAnswer, HttpLink, place
from tuiphone.providers.theirclock import TheirClock
from tuiphone.providers.voip24h import labels

T = TypeVar("T")
log = logging.getLogger(__name__)

CONNECT_SECONDS, READ_SECONDS = 5.0, 15.0
MAX_BYTES = 4 * 1024 * 1024
SMALL_BYTES, FEW = 32 * 1024, 200
"""More than that, in bytes or in calls, is read in a thread: calls would hear it as a gap."""
SECRETS = frozenset({"partnerSecret", "apiKey", "apiSecret", "voip", "secret", "token"})
MAX_WORDS = 200
MEASURE_SECONDS = 20.0
"""Replies so long after each other say something new of a clock; one that was kept on the way says the same again."""
PLAIN = {"Accept": "application/json", "Accept-Encoding": "gzip"}
"""A day's list is a tenth of its size when it is packed."""

# A fraction as it was written: ids of calls look like numbers to some servers, and zeros at their end count.
_decode = msgspec.json.Decoder(float_hook=str).decode


@dataclass(frozen=True, slots=True)
class Reply:
    """A JSON object, and the HTTP status it came with."""

    status: int
    body: dict[str, Any]
    """Empty where the reply is the one that is known."""
    mark: bytes = b""
    """What tells a large reply from every other."""


class Api:
    """The way to one interface."""

    def __init__(self, base: str, trace: Trace, clock: TheirClock | None = None) -> None:
        """`clock` learns from the dates of replies."""
        self.base = base
        self._clock = clock
        self._measured_at = -math.inf
        self.where = place(base)
        self._http = HttpLink(
            timeout=READ_SECONDS,
            connect=CONNECT_SECONDS,
            max_bytes=MAX_BYTES,
            trace=trace,
            name=labels.name,
            secrets=SECRETS,
        )

    @asynccontextmanager
    async def together(self) -> AsyncIterator["Api"]:
        """The same for the pages of one answer, over one connection."""
        async with self._http.together() as http:
            api = copy(self)
            api._http = http
            yield api

    async def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        again: bool = True,
        headers: Mapping[str, str] | None = None,
        known: bytes = b"",
    ) -> Reply:
        """POST this as JSON; a network error has it sent once more where `again` says so. What has the mark `known` is
        not read again.

        Raises: ConnectionLost, BadFrame when the reply is too large
        """
        encoded = msgspec.json.encode(body)
        kind = "application/json; charset=utf-8"
        headers = {**PLAIN, **(headers or {})}
        return await self._ask(
            lambda: self._http.post(f"{self.base}{path}", body=encoded, kind=kind, headers=headers),
            again=again,
            known=known,
        )

    async def post_form(
        self, path: str, form: Mapping[str, str], *, again: bool = True, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """POST this as a web form does. Raises: as `post`."""
        headers = {**PLAIN, **(headers or {})}
        return await self._ask(
            lambda: self._http.post_form(f"{self.base}{path}", form=form, headers=headers), again=again
        )

    async def get(
        self, path: str, params: Mapping[str, str], *, again: bool = True, headers: Mapping[str, str] | None = None
    ) -> Reply:
        """GET with these parameters. Raises: as `post`."""
        headers = {**PLAIN, **(headers or {})}
        return await self._ask(
            lambda: self._http.get(f"{self.base}{path}", params=params, headers=headers), again=again
        )

    def stranger(self, status: int) -> ConnectionLost:
        """What a reply comes to that is none of this interface's."""
        if status in (301, 302, 303, 307, 308):
            return ConnectionLost(
                f"{self.where} sends us elsewhere (HTTP {status}), where your secret is not sent. Check base_url."
            )
        if status == 429 or status >= 500:
            return ConnectionLost(f"{self.where} has a problem of its own (HTTP {status}). It is tried again.")
        return ConnectionLost(
            f"There is not a Voip24h API at this address: {self.where} (HTTP {status}). Check base_url."
        )

    async def _ask(self, send: Callable[[], Awaitable[HttpAnswer]], *, again: bool, known: bytes = b"") -> Reply:
        try:
            answer = await send()
        except ConnectionLost as error:
            if not again:
                raise
            log.info("asked once more: %s", error)
            answer = await send()
        self._measure(answer.date)
        large = len(answer.body) > SMALL_BYTES
        mark = hashlib.sha256(answer.body).digest() if large else b""
        if mark and mark == known:
            return Reply(answer.status, {}, mark)
        body = await asyncio.to_thread(_json, answer.body) if large else _json(answer.body)
        if not is_object(body) or answer.status in (301, 302, 303, 307, 308):
            raise self.stranger(answer.status)
        return Reply(answer.status, body, mark)

    def _measure(self, date: str | None) -> None:
        now = time.monotonic()
        if self._clock is None or date is None or now - self._measured_at < MEASURE_SECONDS:
            return
        try:
            behind = time.time() - parsedate_to_datetime(date).timestamp()
        except (ValueError, OverflowError):
            return
        self._measured_at = now
        self._clock.learn(behind)


def words(said: Any) -> str:
    """What a server says of a refusal, as the end of a sentence; it may repeat what it was sent."""
    if not isinstance(said, str):
        return ""
    shown = "".join(each for each in redact_start(said, MAX_WORDS) if each.isprintable()).strip()
    return f" It says: {shown.rstrip('.')}." if shown else ""


async def off_loop(work: Callable[[], T], data: Any) -> T:
    """Do this with data here, or in a thread where they are a list of many."""
    many = isinstance(data, list | tuple) and len(cast("list[Any]", data)) > FEW
    return await asyncio.to_thread(work) if many else work()


def _json(body: bytes) -> Any:
    try:
        return _decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        return None
