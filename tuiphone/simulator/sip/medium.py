"""What a robot's call carries: its connection, our descriptions of it, and what was heard."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.sip.peer import MakePeer, SipPeer, has_picture

logger = logging.getLogger(__name__)

MOST_DIGITS = 1_000
_LOST_S = 60.0


class Medium:
    """One connection after the other, for a far side may want a new one; `given_up` when one broke and none came."""

    def __init__(self, make_peer: MakePeer, closing: Tasks, given_up: Callable[[], None]) -> None:
        self.peer: SipPeer | None = None
        self.digits = ""
        """Keys that the other side pressed."""
        self.munge: Callable[[str], str] = lambda sdp: sdp
        """Makes our descriptions odd."""
        self.local: str | None = None
        """Our last description."""
        self.make_peer = make_peer
        self._closing = closing
        self._given_up = given_up
        self._frames = 0
        self._describing = asyncio.Lock()
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def frames(self) -> int:
        """How many pieces of sound came in."""
        return self._frames + (self.peer.frames["audio"] if self.peer else 0)

    async def describe(self, offer: str, *, video: bool = False) -> str:
        """Our answer to an offer, or our offer when there is none."""
        async with self._describing:
            if offer:
                self._leave_unless(offer)
                sdp = await self._made_peer(has_picture(offer)).take_offer(offer)
            elif self.peer:
                sdp = await self.peer.offer_again()
            else:
                sdp = await self._made_peer(video).first_offer()
        self.local = self.munge(sdp)
        return self.local

    async def accept(self, answer: str) -> bool:
        """Take the answer to our offer; false when it is none."""
        return self.peer is not None and await succeeds(self.peer.take_answer(answer))

    def pressed(self, digits: str) -> None:
        """The other side pressed keys, by INFO or in its sound."""
        self.digits = (self.digits + digits)[:MOST_DIGITS]

    async def close(self) -> None:
        """Let go of it."""
        for timer in self._timers:
            timer.cancel()
        # A connection that is closed while it looks for its addresses leaves sockets behind.
        async with self._describing:
            self._frames = self.frames
            peer, self.peer = self.peer, None
        if peer:
            await peer.close()

    def _leave_unless(self, sdp: str) -> None:
        """Let go of a connection that this description does not go on with."""
        if self.peer and not self.peer.is_same(sdp):
            self._frames = self.frames
            self._closing.start(self.peer.close())
            self.peer = None

    def _made_peer(self, video: bool) -> SipPeer:
        if self.peer is None:
            self.peer = self.make_peer(video)
            self.peer.pressed = self.pressed
            self.peer.lost = partial(self._lost, self.peer)
        return self.peer

    def _lost(self, peer: SipPeer) -> None:
        def give_up() -> None:
            if self.peer is peer:
                self._given_up()

        self._timers.append(asyncio.get_running_loop().call_later(_LOST_S, give_up))


async def succeeds(work: Coroutine[Any, Any, object]) -> bool:
    """Whether work on a description came to its end: those of strangers may be wrong in any way."""
    task = asyncio.create_task(work)
    await asyncio.wait([task])
    if not task.cancelled() and (error := task.exception()):
        logger.info("a description cannot be used: %s: %s", type(error).__name__, error)
        return False
    return not task.cancelled()
