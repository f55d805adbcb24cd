"""One subscription to somebody's events, kept alive for as long as it is wanted (RFC 6665)."""

# pyright: strict

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from tuiphone.core.errors import AccessDenied, BadFrame, ConnectionLost, PhoneError
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.fields import Word, whole
from tuiphone.providers.sip.message import BadMessage, Request, Response
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.uri import Uri

log = logging.getLogger(__name__)

EXPIRES = 3600
"""Seconds that are asked for; the notifier may grant fewer."""
MAX_EXPIRES = 86_400
MIN_REFRESH = 5.0
"""A notifier that grants less than it takes to ask again is not asked more often than this."""
REFRESH_AT = 0.8
HEARING_SECONDS = 32.0
"""How long after its 2xx the first NOTIFY may take (Timer N, section 4.1.2.4)."""
MAX_FORKS = 8
MAX_GONE = 64
PAUSES = (2.0, 8.0, 30.0, 120.0, 600.0)
"""Between tries that fail or soon end."""
LONG_ENOUGH = 60.0
"""A subscription that lasted so long was a good one."""
INVARIANT = "invariant"
"""What was told last will never change (section 4.1.3)."""
GIVE_UP_PAUSE = 60.0
"""Where a notifier gives up and does not say for how long (section 4.1.3)."""
_FOR_GOOD = frozenset({400, 403, 404, 405, 410, 416, 420, 484, 485, 488, 489, 501, 505, 603, 604, 606})
"""Final responses that another try soon would not change."""


class Standing(Enum):
    """How far it has come with one notifier.

            SUBSCRIBE                2xx or NOTIFY               NOTIFY active
    (none) -----------> ASKING ---------------------> PENDING -----------------> ACTIVE
                          |                              |                         |
                          | 3xx-6xx, no answer           | NOTIFY terminated, 481 to a refresh, expired
                          v                              v                         |
                        (none), for good or until the next try  <------------------+
    """

    PENDING = "pending"
    ACTIVE = "active"


@dataclass(slots=True)
class _Usage:
    """What one notifier tells, in a dialog of its own."""

    dialog: Dialog
    born: float
    expires_at: float
    refresh_at: float
    standing: Standing = Standing.PENDING
    is_heard: bool = False
    """A NOTIFY came."""
    hear_by: float | None = None
    """When it is to be asked why none came."""

    @property
    def due_at(self) -> float:
        """When it is asked next."""
        return self.refresh_at if self.hear_by is None else min(self.refresh_at, self.hear_by)

    def granted(self, seconds: int, now: float) -> None:
        """It lasts for so long from now on."""
        self.expires_at = now + seconds
        self.refresh_at = now + max(MIN_REFRESH, REFRESH_AT * seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is subscribed to, and who is told."""

    uri: Uri
    event: str
    accept: str
    told: Callable[[str, str, bytes], None]
    """Which notifier, content type and body of a NOTIFY that has one; what it raises as BadFrame is logged."""
    lost: Callable[[str | None], None]
    """Nobody tells any more, or this notifier does not."""
    refused: Callable[[int, str], None] = field(default=lambda status, sentence: None)
    """It will not be tried again with this connection: the status (0 where there is none) and why."""
    may_fork: bool = False
    """Several notifiers tell, each of its own part (RFC 4235 section 3.10); else the first one is listened to."""


class Subscription:
    """Asks, listens, refreshes, and asks again after what ends it; between connections its dialogs stay."""

    def __init__(self, wanted: Wanted, agent: Agent, gate: asyncio.Semaphore) -> None:
        """`gate` bounds how many of them ask at the same time."""
        self.wanted = wanted
        self._agent = agent
        self._gate = gate
        self._usages: dict[str, _Usage] = {}
        self._asked: Request | None = None
        """The SUBSCRIBE that makes dialogs: a NOTIFY with its Call-ID and our tag is of one of them."""
        self._gone: set[str] = set()
        """Tags of notifiers that ended it, perhaps before their 2xx came."""
        self._ending: tuple[str, float | None] = ("", None)
        """How the last notifier said goodbye: the reason and its Retry-After."""
        self._tries = 0
        self._expires = EXPIRES
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    # -- life -------------------------------------------------------------------------------------------------------

    def online(self) -> None:
        """There is a connection: begin, or go on over the new way."""
        self.offline()
        self._tries = 0
        self._task = asyncio.create_task(self._run(), name="sip-subscription")
        self._task.add_done_callback(_ended)

    def offline(self) -> None:
        """The connection is gone; what stands is refreshed by the next one."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def close(self) -> None:
        """No longer wanted: tell the notifiers, and hear nothing more."""
        self.offline()
        usages = list(self._usages.values())
        self._usages.clear()
        self._expect(None)
        for usage in usages:
            try:
                await self._agent.ask(usage.dialog.request("SUBSCRIBE", headers=self._headers(0)))
            except PhoneError as error:
                log.debug("unsubscribing: %s", error)
            self._forget(usage)

    def refresh(self) -> None:
        """Have everything told again, soon."""
        for usage in self._usages.values():
            usage.refresh_at = min(usage.refresh_at, _now() + 1.0)
        self._wake.set()

    # -- what is asked ----------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while True:
                began = _now()
                pause = await self._stay()
                if self._ending[0] != INVARIANT:
                    self.wanted.lost(None)
                if pause is None:
                    return
                # Whoever asks for another try at once does not get one after the other without end.
                self._tries = 0 if _now() - began >= LONG_ENOUGH else self._tries + 1
                await asyncio.sleep(pause)
        except ConnectionLost as error:
            # `online` begins again.
            log.debug("subscription: %s", error)

    async def _stay(self) -> float | None:
        """One subscription from its beginning to its end; seconds until the next try, or None."""
        self._ending = ("", None)
        for usage in self._usages.values():
            usage.refresh_at = _now()
        if not self._usages:
            refusal = await self._begin()
            if refusal is not None:
                return self._after(refusal)
        while self._usages:
            now = _now()
            due = [usage for usage in self._usages.values() if usage.due_at <= now]
            for usage in due:
                await self._renew(usage)
            if due:
                continue
            await self._woken(min(usage.due_at for usage in self._usages.values()) - now)
        return self._after_goodbye(*self._ending)

    async def _woken(self, seconds: float) -> None:
        """Something was told, or so much time has passed."""
        self._wake.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _begin(self) -> Response | None:
        """Ask anew; the response that refuses it, or None when it stands."""
        request = self._agent.request("SUBSCRIBE", self.wanted.uri, headers=self._headers(self._expires))
        self._expect(request)
        self._gone.clear()
        async with self._gate:
            response = await self._ask(request)
        if response is None or not response.is_success:
            self._expect(None)
            return response or Response(408, "Request Timeout")
        seconds, tag = _granted(response, self._expires), response.to.tag or ""
        is_new = tag not in self._usages and tag not in self._gone
        if is_new and seconds and (self.wanted.may_fork or not self._usages):
            try:
                self._add(Dialog.from_response(request, response), seconds)
            except BadMessage as error:
                log.info("subscription: %s", error)
        if not self._usages and not self._gone:
            await self._woken(HEARING_SECONDS)
        now = _now()
        for usage in self._usages.values():
            usage.dialog.bump(response.cseq.number)
            usage.granted(seconds or self._expires, now)
            if not usage.is_heard:
                usage.hear_by = now + HEARING_SECONDS
        return None

    async def _renew(self, usage: _Usage) -> None:
        """Ask a notifier to go on (section 4.1.2.2); only a 481 ends it at once, else it lasts until it expires."""
        now = _now()
        if now >= usage.expires_at:
            return self._drop(usage)
        was_heard = usage.is_heard
        usage.hear_by = None  # asked once more because nothing came, it is left alone
        response = await self._ask(usage.dialog.request("SUBSCRIBE", headers=self._headers(self._expires)))
        if usage not in self._usages.values():
            return
        if response is not None and response.is_success:
            usage.dialog.bump(response.cseq.number)
            usage.dialog.refresh(response)
            seconds = _granted(response, self._expires)
            return usage.granted(seconds, _now()) if seconds else self._drop(usage)
        status = 408 if response is None else response.status
        if response is not None and status == 423 and self._grow(response):
            usage.refresh_at = now
        elif status in (408, 481) or status in _FOR_GOOD or not was_heard:
            self._drop(usage)
        else:
            usage.refresh_at = min(usage.expires_at, now + max(MIN_REFRESH, _retry_after(response) or GIVE_UP_PAUSE))

    async def _ask(self, request: Request) -> Response | None:
        try:
            return await self._agent.ask(request)
        except ConnectionLost:
            raise
        except AccessDenied as error:
            log.info("subscription to %s: %s", self.wanted.event, error)
            return Response(403, "Forbidden")
        except PhoneError as error:
            log.info("subscription to %s: %s", self.wanted.event, error)
            return None

    def _headers(self, expires: int) -> Iterable[tuple[str, str]]:
        return (("Event", self.wanted.event), ("Expires", str(expires)), ("Accept", self.wanted.accept))

    def _after(self, refusal: Response) -> float | None:
        status = refusal.status
        if status == 423 and self._grow(refusal):
            return 0.0
        if status in _FOR_GOOD:
            self.wanted.refused(status, refusal.reason)
            return None
        return max(self._pause(), _retry_after(refusal) or 0.0)

    def _after_goodbye(self, reason: str, retry_after: float | None) -> float | None:
        """When to ask again, by what the notifier said (section 4.1.3)."""
        match reason:
            case "rejected" | "noresource":
                self.wanted.refused(0, "the other side refused it" if reason == "rejected" else "there is no such user")
                return None
            case reason if reason == INVARIANT:
                return None
            case "probation" | "giveup":
                return max(self._pause(), retry_after if retry_after is not None else GIVE_UP_PAUSE)
            case "deactivated" | "timeout" if not self._tries:
                return retry_after or 0.0
            case _:
                return max(self._pause(), retry_after or 0.0)

    def _pause(self) -> float:
        return PAUSES[min(self._tries, len(PAUSES) - 1)]

    def _grow(self, response: Response) -> bool:
        """Ask for longer, as a 423 wants it."""
        try:
            least = whole(response.headers.get("Min-Expires") or "", "Min-Expires")
        except BadMessage:
            return False
        if not self._expires < least <= MAX_EXPIRES:
            return False
        self._expires = least
        return True

    # -- what is told -----------------------------------------------------------------------------------------------

    def take(self, incoming: Incoming) -> None:
        """A NOTIFY of one of its dialogs, or one that makes a dialog: before the 2xx, or of another fork."""
        if incoming.request.method != "NOTIFY":
            incoming.respond(405, headers=(("Allow", "NOTIFY"),))
        elif (refusal := self._heard(incoming)) is not None:
            incoming.respond(refusal)

    def _heard(self, incoming: Incoming) -> int | None:
        """Take a NOTIFY; the status that refuses it, or None."""
        request = incoming.request
        try:
            event, state = request.word("Event"), request.word("Subscription-State") or Word("active")
            expires = state.param("expires")
            seconds = None if not expires else min(whole(expires, "expires"), MAX_EXPIRES)
        except BadMessage:
            return 400
        if event is None or event.value.lower() != self.wanted.event:
            return 489
        tag = request.from_.tag or ""
        usage = self._usages.get(tag) or self._joined(request)
        if usage is None:
            return 481
        incoming.respond(200)
        usage.dialog.refresh(request)
        usage.is_heard, usage.hear_by = True, None
        standing = state.value.lower()
        usage.standing = Standing.PENDING if standing == "pending" else Standing.ACTIVE
        if seconds is not None:
            usage.granted(seconds, _now())
        if request.body and request.content_type is not None:
            self._tell(tag, request.content_type, request.body)
        if standing == "terminated":
            self._ending = ((state.param("reason") or "").lower(), _seconds(state.param("retry-after")))
            if len(self._gone) < MAX_GONE:
                self._gone.add(tag)
            self._drop(usage, keeps=self._ending[0] == INVARIANT)
        self._wake.set()
        return None

    def _tell(self, tag: str, kind: str, body: bytes) -> None:
        if kind != self.wanted.accept:
            log.info("a notification of %s is of the kind %s", self.wanted.event, kind)
            return
        try:
            self.wanted.told(tag, kind, body)
        except BadFrame as error:
            log.info("%s: %s", self.wanted.event, error)

    def _joined(self, request: Request) -> _Usage | None:
        """A notifier that is heard for the first time; None for one too many."""
        asked = self._asked
        if asked is None or (asked.call_id, asked.from_.tag) != (request.call_id, request.to.tag):
            return None
        for usage in list(self._usages.values()):
            if not usage.is_heard and not self.wanted.may_fork:
                # The 2xx was of a fork that says nothing.
                self._forget(self._usages.pop(usage.dialog.remote_tag))
        if len(self._usages) >= (MAX_FORKS if self.wanted.may_fork else 1):
            return None
        try:
            dialog = Dialog.from_request(request, request.to.tag or "")
        except BadMessage as error:
            log.info("a notification makes no dialog: %s", error)
            return None
        dialog.bump(asked.cseq.number)
        return self._add(dialog, self._expires)

    def _add(self, dialog: Dialog, seconds: int) -> _Usage:
        dialog.confirm()
        now = _now()
        usage = self._usages[dialog.remote_tag] = _Usage(dialog, now, now, now)
        usage.granted(seconds, now)
        self._agent.in_dialog(dialog, self.take, counts=False)
        self._wake.set()
        return usage

    def _expect(self, request: Request | None) -> None:
        if self._asked is not None:
            self._agent.expect_no_more(self._asked)
        self._asked = request
        if request is not None:
            self._agent.expect(request, self.take)

    def _drop(self, usage: _Usage, *, keeps: bool = False) -> None:
        """It is over; with `keeps` what it told last stays true."""
        tag = usage.dialog.remote_tag
        if self._usages.get(tag) is usage:
            del self._usages[tag]
            if not keeps:
                self.wanted.lost(tag)
        self._forget(usage)
        self._wake.set()

    def _forget(self, usage: _Usage) -> None:
        usage.dialog.end()
        self._agent.forget(usage.dialog)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("a subscription failed", exc_info=error)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _granted(response: Response, asked: int) -> int:
    try:
        seconds = response.expires
    except BadMessage:
        seconds = None
    # A notifier may shorten it, never lengthen (section 4.2.1.1).
    return asked if seconds is None else min(seconds, asked)


def _retry_after(response: Response | None) -> float | None:
    return None if response is None else _seconds((response.headers.get("Retry-After") or "").partition(";")[0])


def _seconds(text: str | None) -> float | None:
    try:
        return float(min(whole((text or "").partition("(")[0], "Retry-After"), MAX_EXPIRES))
    except BadMessage:
        return None
