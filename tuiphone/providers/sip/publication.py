"""How we are, told to the server that tells others, and told again before it forgets (RFC 3903)."""

# pyright: strict

import asyncio
import logging
from collections.abc import Callable

from tuiphone.core.errors import ConnectionLost, PhoneError, RequestFailed
from tuiphone.core.model import Presence
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.fields import whole
from tuiphone.providers.sip.message import BadMessage, Response
from tuiphone.providers.sip.presence import EVENT, PIDF, write_presence
from tuiphone.providers.sip.uri import Uri

log = logging.getLogger(__name__)

EXPIRES = 3600
MAX_EXPIRES = 86_400
MIN_REFRESH = 5.0
REFRESH_AT = 0.8
TRIES = 4
"""Of one publication, each with what the last answer asked for."""
RETRY_SECONDS = 60.0
"""After a refresh that failed."""
MAX_TAG = 200
_NO_PRESENCE = frozenset({404, 405, 489, 501})


class Publication:
    """What is published, under the entity-tag the server gave it.

    Each answer brings a new tag, by which the next request says what it replaces (section 4.1); a server that does not
    know the tag any more (412) is told everything anew.
    """

    def __init__(self, aor: Uri, device: str, agent: Agent, told: Callable[[Presence], None]) -> None:
        """`device` names ours among the person's; `told` hears what others are told from now on."""
        self._aor = aor
        self._device = device
        self._agent = agent
        self._told = told
        self._presence: Presence | None = None
        self._tag: str | None = None
        self._expires = EXPIRES
        self._task: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    def online(self) -> None:
        """There is a connection: say again what was said."""
        self.offline()
        if self._presence is not None:
            self._keep(0.0)

    def offline(self) -> None:
        """The connection is gone."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def leave(self) -> None:
        """Take back what was said, as far as the server listens; another connection hears it again."""
        self.offline()
        if self._tag is not None:
            try:
                await self._ask(None, 0)
            except PhoneError as error:
                log.info("taking presence back: %s", error)
            self._tag = None

    async def publish(self, presence: Presence) -> None:
        """Say how we are; an empty presence takes back what was said.

        Raises: RequestFailed, RequestTimeout, ConnectionLost, AccessDenied
        """
        async with self._lock:
            self.offline()
            if presence == Presence():
                self._presence = None
                if self._tag is not None:
                    await self._send(None, 0)
                    self._tag = None
                self._told(presence)
                return
            before, self._presence = self._presence, presence
            try:
                seconds = await self._send(presence, self._expires)
            except ConnectionLost:
                raise
            except BaseException:
                self._presence = before
                raise
            self._told(presence)
            self._keep(seconds)

    def _keep(self, seconds: float) -> None:
        self._task = asyncio.create_task(self._refresh(seconds), name="sip-publication")

    async def _refresh(self, pause: float) -> None:
        is_new = not pause
        while True:
            await asyncio.sleep(pause)
            presence = self._presence
            if presence is None:
                return
            try:
                async with self._lock:
                    pause = await self._send(presence if is_new else None, self._expires)
                    if is_new:
                        self._told(presence)
                is_new = False
            except ConnectionLost:
                return  # `online` goes on
            except PhoneError as error:
                log.info("publishing presence: %s", error)
                pause, is_new = RETRY_SECONDS, True

    async def _send(self, presence: Presence | None, expires: int) -> float:
        """Send it, or only the wish that it lasts; seconds until it has to be refreshed."""
        for _ in range(TRIES):
            if self._tag is None and presence is None:
                if not expires:
                    return 0.0
                presence = self._presence
            response = await self._ask(presence, expires)
            if response.is_success:
                self._tag = (response.headers.get("SIP-ETag") or "").strip()[:MAX_TAG] or None
                return max(MIN_REFRESH, REFRESH_AT * _granted(response, expires))
            if response.status == 412:
                self._tag = None
            elif response.status == 423 and (least := _least(response)) > self._expires:
                self._expires = expires = least
            else:
                raise RequestFailed(response.status, _sentence(response))
        raise RequestFailed("published", "The server did not take how you are, and gave no reason that helps.")

    async def _ask(self, presence: Presence | None, expires: int) -> Response:
        headers = [("Event", EVENT), ("Expires", str(expires))]
        if self._tag is not None:
            headers.append(("SIP-If-Match", self._tag))
        body = b"" if presence is None else write_presence(str(self._aor), self._device, presence)
        return await self._agent.ask(
            self._agent.request(
                "PUBLISH", self._aor, headers=headers, body=body, content_type=None if presence is None else PIDF
            )
        )


def _granted(response: Response, asked: int) -> int:
    try:
        seconds = response.expires
    except BadMessage:
        seconds = None
    return asked if seconds is None else min(seconds, asked)


def _least(response: Response) -> int:
    try:
        return min(whole(response.headers.get("Min-Expires") or "", "Min-Expires"), MAX_EXPIRES)
    except BadMessage:
        return 0


def _sentence(response: Response) -> str:
    said = f"{response.status} {response.reason}".strip()
    if response.status in _NO_PRESENCE:
        return f"The server does not tell others how you are ({said})."
    return f"The server did not take how you are: {said}."
