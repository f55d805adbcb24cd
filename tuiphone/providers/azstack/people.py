"""Users of the application: names to ids and back, and who of the contacts is there (PROTOCOL.md section 10).

AZStack tells of presence only when it is asked, so that it is asked again and again.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

from tuiphone.core.errors import ConnectionLost, ProviderError
from tuiphone.core.events import PresenceChanged, ProviderEvent
from tuiphone.core.model import Address, AddressKind, Availability, Presence
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers.azstack import errors, requests
from tuiphone.providers.azstack.messages import Message, UserInfo, UsersFound
from tuiphone.providers.azstack.requests import Request
from tuiphone.providers.azstack.session import Session

CHUNK = 200
"""Users asked about in one packet."""
AT_ONCE = 1000
"""People that `watch` waits for; the others come soon after."""
MAX_WATCHED = 20_000
MAX_KNOWN = 1000
MAX_JOINED = 5000
"""Users of one answer, however many packets it comes in."""
MAX_PACKETS = 200
CHUNK_SECONDS = 1.0
"""Rounds of many packets have longer pauses between them: this for each packet."""
PURPOSES = 100_000
UNKNOWN = Presence()


class People:
    """Finds users while there is a connection, and keeps asking about those that are watched."""

    def __init__(self, emit: Callable[[ProviderEvent], None], *, interval: float, log: logging.Logger) -> None:
        self._emit = emit
        self._interval = interval
        self._log = log
        self._session: Session | None = None
        self._known: dict[int, UserInfo] = {}
        self._watched: dict[Address, Presence] = {}
        """Everybody to ask about, with what was told of them last."""
        self._polling: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        """More people are watched than could be asked about at once."""

    def open(self, session: Session) -> None:
        """There is a connection: whoever was watched before is asked about anew."""
        self._session = session
        # Another server, or one that was started anew, may have numbered its users otherwise.
        self._known.clear()
        self._watched = dict.fromkeys(self._watched, UNKNOWN)
        self._polling = asyncio.create_task(self._poll(at_once=bool(self._watched)), name="azstack-presence")

    async def close(self) -> None:
        """The connection is gone."""
        self._session = None
        if (polling := self._polling) is not None:
            self._polling = None
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    # -- finding ----------------------------------------------------------------------------------------------------

    async def find(self, name: str) -> UserInfo | None:
        """The user of this name, or else of this number; None when there is none.

        Raises: ConnectionLost, RequestTimeout, RequestFailed, BadFrame
        """
        if (found := _named(name, await self._by_names([name]))) is not None:
            return found
        if (number := _number(name)) is None:
            return None
        return next((user for user in await self._by_ids([number]) if user.user_id == number), None)

    async def by_id(self, user_id: int) -> UserInfo | None:
        """The user of this number, asked for once a connection.

        Raises: ConnectionLost, RequestTimeout, RequestFailed, BadFrame
        """
        if user_id not in self._known:
            await self._by_ids([user_id])
        return self._known.get(user_id)

    async def _by_names(self, names: Iterable[str], timeout: float | None = None) -> tuple[UserInfo, ...]:
        purpose = random.randrange(1, PURPOSES)
        return await self._ask(purpose, requests.users_by_name(purpose, names), timeout)

    async def _by_ids(self, ids: Iterable[int], timeout: float | None = None) -> tuple[UserInfo, ...]:
        purpose = random.randrange(1, PURPOSES)
        return await self._ask(purpose, requests.users_by_id(purpose, ids), timeout)

    async def _ask(self, purpose: int, request: Request, timeout: float | None) -> tuple[UserInfo, ...]:
        if self._session is None:
            raise errors.error("ERR_SOCKET_NOT_CONNECTED")
        joined: list[UserInfo] = []
        packets = 0

        def take(message: Message) -> tuple[UserInfo, ...] | None:
            nonlocal packets
            if not isinstance(message, UsersFound) or message.purpose != purpose:
                return None
            joined.extend(message.users)
            packets += 1
            if not message.ok:
                raise errors.error("ERR_UNEXPECTED_RECEIVED_DATA", "AZStack did not tell about users. Try again later.")
            if len(joined) > MAX_JOINED or packets > MAX_PACKETS:
                sentence = "AZStack answered with far more users than were asked for; none were taken."
                raise errors.error("ERR_UNEXPECTED_RECEIVED_DATA", sentence)
            return tuple(joined) if message.done else None

        users = await self._session.ask(request, take, timeout=timeout)
        for user in users:
            self._known.pop(user.user_id, None)
            self._known[user.user_id] = user
        while len(self._known) > MAX_KNOWN:
            del self._known[next(iter(self._known))]
        return users

    # -- presence ---------------------------------------------------------------------------------------------------

    async def watch(self, addresses: Iterable[Address]) -> None:
        """Ask how these people are, and again from time to time; changes are told. Telephones are nobody's presence.

        Raises: ConnectionLost, RequestTimeout, RequestFailed, BadFrame
        """
        users = (Address(each.kind, each.text) for each in addresses if each.kind is AddressKind.USER)
        fresh = [each for each in dict.fromkeys(users) if each not in self._watched]
        fresh = fresh[: MAX_WATCHED - len(self._watched)]
        self._watched |= dict.fromkeys(fresh, UNKNOWN)
        try:
            for chunk in _chunks(fresh[:AT_ONCE]):
                await self._look_at(chunk)
        finally:
            if len(fresh) > AT_ONCE:
                self._news.set()

    async def _poll(self, *, at_once: bool) -> None:
        pause = 0.0 if at_once else self._interval
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._news.wait()
            self._news.clear()
            packets = 0
            for chunk in _chunks(list(self._watched)):
                packets += 1
                try:
                    await self._look_at(chunk)
                except ConnectionLost:
                    return
                except ProviderError as error:
                    self._log.info("presence: %s", error)
            pause = max(self._interval, packets * CHUNK_SECONDS if packets > 1 else 0.0)

    async def _look_at(self, chunk: list[Address]) -> None:
        # Less patient than usual: somebody may want to dial meanwhile, and has to wait for this.
        found = await self._by_names([each.text for each in chunk], REQUEST_SECONDS)
        by_name = {user.username.casefold(): user for user in found}
        unknown = (each for each in chunk if each.text.casefold() not in by_name)
        numbers = {each: number for each in unknown if (number := _number(each.text))}
        by_id: dict[int, UserInfo] = {}
        if numbers:
            by_id = {user.user_id: user for user in await self._by_ids(numbers.values(), REQUEST_SECONDS)}
        for each in chunk:
            self._tell(each, by_name.get(each.text.casefold()) or by_id.get(numbers.get(each, 0)))

    def _tell(self, who: Address, user: UserInfo | None) -> None:
        presence = UNKNOWN if user is None else _presence(user)
        if who in self._watched and self._watched[who] != presence:
            self._watched[who] = presence
            self._emit(PresenceChanged(who, presence))


def _presence(user: UserInfo) -> Presence:
    match user.online:
        case True:
            return Presence(Availability.ONLINE)
        case False if user.last_seen is not None:
            with suppress(ValueError, OverflowError, OSError):
                seen = time.strftime("%Y-%m-%d %H:%M", time.localtime(user.last_seen))
                return Presence(Availability.OFFLINE, f"last here {seen}")
            return Presence(Availability.OFFLINE)
        case False:
            return Presence(Availability.OFFLINE)
        case None:
            return UNKNOWN


def _named(name: str, users: Iterable[UserInfo]) -> UserInfo | None:
    by_name = {user.username: user for user in users}
    folded = {user.username.casefold(): user for user in by_name.values()}
    return by_name.get(name) or folded.get(name.casefold())


def _number(name: str) -> int | None:
    """The id of a user, where a name may be one."""
    return int(name) if name.isascii() and name.isdecimal() and len(name) <= 18 and int(name) > 0 else None


def _chunks(addresses: list[Address]) -> Iterator[list[Address]]:
    for start in range(0, len(addresses), CHUNK):
        yield addresses[start : start + CHUNK]
