"""One of the far sides of a group call: a connection that only receives, with a playout and a view of its own."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate, Description, IceServer
from tuiphone.media import sdp
from tuiphone.media.alarms import CONNECT_S
from tuiphone.media.ice import Reach
from tuiphone.media.link import Link, Parts, Wish
from tuiphone.media.playout import Playout
from tuiphone.media.video import FarVideo
from tuiphone.media.views import View


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a branch tells what."""

    lost: Callable[[], None]
    """It broke; once."""
    closed: Callable[["Branch"], None]
    off: Callable[[], str | None]
    """Why its picture is not to be looked at, in words."""


class Branch:
    """See the Branch of core's ports for what each method promises."""

    def __init__(self, name: str, told: Told, *, reach: Reach, servers: tuple[IceServer, ...]) -> None:
        self.playout = Playout()
        self.video = FarVideo()
        self.view = View(off=self._off)
        self.view.name = name
        self.video.seen = self.view.put
        self._told = told
        # What it sends is never asked for: it listens.
        parts = Parts(self.playout, _nothing, _nothing, self.video, reach, servers)
        self._link = Link(parts, self._link_changed)
        self._wish = Wish(held=False, picture=False, listens=True)
        self._timer: asyncio.TimerHandle | None = None
        self._is_lost = False
        self._closing: asyncio.Task[None] | None = None

    async def answer(self, offer: Description) -> Description:
        self._check_open()
        session = sdp.parse(offer.sdp)
        answer = await self._link.answer(session, self._wish)
        for candidate in offer.candidates:
            await self._link.add_candidate(candidate)
        self._check_open()
        self._timer = self._timer or asyncio.get_running_loop().call_later(CONNECT_S, self._too_late)
        return answer

    async def add_candidate(self, candidate: Candidate) -> None:
        if self._closing is None:
            await self._link.add_candidate(candidate)

    def _check_open(self) -> None:
        if self._closing is not None:
            raise NegotiationFailed("They have left.")

    @property
    def link(self) -> Link:
        """Its connection."""
        return self._link

    def _link_changed(self, link: Link) -> None:
        if link.state in ("failed", "closed"):
            self._lose()

    def _too_late(self) -> None:
        if self._link.state != "connected":
            self._lose()

    def _lose(self) -> None:
        if not self._is_lost and self._closing is None:
            self._is_lost = True
            self._told.lost()

    def _off(self) -> str | None:
        if (why := self._told.off()) is not None:
            return why
        far = self._link.far
        return "no camera" if far is not None and far.first("video") is None else None

    async def close(self) -> None:
        if self._closing is None:
            self._told.closed(self)
            if self._timer is not None:
                self._timer.cancel()
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        await self._link.close()
        self.playout.close()


def _nothing(*_: object) -> NoReturn:
    raise AssertionError("a branch sends nothing")
