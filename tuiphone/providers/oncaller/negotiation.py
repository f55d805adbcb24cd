"""Who offers, and when a session description or a candidate may act (PROTOCOL.md section 7).

The media engine makes and takes descriptions; this decides when, and of which of the far side's devices.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from tuiphone.core.errors import MediaError, NegotiationFailed, NotPossible, RequestTimeout
from tuiphone.core.ports import CallMedia, Candidate, Description, IceServer
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers import sdp

log = logging.getLogger(__name__)

MAX_DEVICES = 16
MAX_CANDIDATES = 100
GLARE_PAUSES_S = {True: (0.6, 1.2), False: (0.1, 0.5)}
"""How long the side that called, and the other one, wait before offering again; apart, so that they do not meet."""


class Watcher(Protocol):
    """The call a negotiation is for."""

    def send_description(self, description: Description) -> None:
        """Pass this on to the far side."""
        ...

    def negotiation_failed(self, error: MediaError, *, settled: bool) -> None:
        """The descriptions do not fit; `settled`: the call had sound before and keeps it."""
        ...

    def far_side_described(self, *, holds: bool, video: bool) -> None:
        """What the far side's latest description in the answered call says."""
        ...


@dataclass(slots=True)
class _Inbox:
    """What came of one device and has not been let act yet."""

    description: Description | None = None
    candidates: list[Candidate] = field(default_factory=list[Candidate])


class Negotiation:
    """Of one call.

    We called an app: its devices' answers wait until one of them is the one that picked up.
    We called a telephone: the gateway's answer acts at once, for there may be early media.
    An app calls: its offer is answered while it rings here, its candidates wait until we pick up.
    A telephone calls: its offer waits as well.
    In an answered call everything acts at once.
    """

    def __init__(self, watcher: Watcher, *, outgoing: bool) -> None:
        self.far_is_phone = False
        self._watcher = watcher
        self._outgoing = outgoing
        self._media: CallMedia | None = None
        self._inboxes: dict[str | None, _Inbox] = {}
        self._device: str | None = None
        self._answered = False
        self._closed = False
        self._settled = False
        self._offered = False
        """An offer of ours is without an answer."""
        self._settlement: asyncio.Future[bool] | None = None
        self._local = ""
        self._order = asyncio.Lock()
        self._offering = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    # -- what happens to the call -----------------------------------------------------------------------------------

    def use(self, media: CallMedia, servers: tuple[IceServer, ...], *, loopback: bool) -> None:
        """The media is there: we offer if we called, else what waits may act."""
        media.use_ice(servers, loopback=loopback)
        self._media = media
        if self._outgoing:
            self._in_order(self._offer)
        self._deliver()

    def answered(self, device: str | None = None) -> None:
        """The call was picked up: by us, or by this device of the far side."""
        if not self._outgoing or self.far_is_phone:
            device = None
        elif device not in self._inboxes and None in self._inboxes:
            # Servers that name the device in one of the two kinds of frame only (section 7.2) mean the one there is.
            device = None
        elif device is None and len(self._inboxes) == 1:
            (device,) = self._inboxes
        self._answered, self._device = True, device
        self._inboxes = {device: self._inboxes.get(device, _Inbox())}
        self._deliver()

    def describe(self, device: str | None, description: Description) -> None:
        """A description of the far side came."""
        if (inbox := self._inbox(device)) is not None:
            inbox.description = description
            self._deliver()

    def candidate(self, device: str | None, candidate: Candidate) -> None:
        """A candidate of the far side came."""
        inbox = self._inbox(device)
        if inbox is not None and len(inbox.candidates) < MAX_CANDIDATES:
            inbox.candidates.append(candidate)
            self._deliver()

    async def renegotiate(self) -> None:
        """Offer anew and wait until the far side has answered.

        Raises: RequestTimeout, NegotiationFailed, NotPossible when the call has no sound or ends meanwhile
        """
        async with self._offering:
            for _ in range(3):
                async with self._order:
                    settlement = self._settlement = asyncio.get_running_loop().create_future()
                    await self._offer()
                try:
                    async with asyncio.timeout(REQUEST_SECONDS):
                        if await settlement:
                            return
                except TimeoutError as error:
                    raise RequestTimeout("The other side did not answer to that; try again.") from error
                if not self._closed:
                    await asyncio.sleep(random.uniform(*GLARE_PAUSES_S[self._outgoing]))
        raise NegotiationFailed("Both sides keep changing the call at the same time; try again.")

    async def send_video(self) -> None:
        """Offer anew if what was agreed on does not let us send a picture. Raises: as `renegotiate`"""
        async with self._order:
            needed = self._settled and not sdp.sends_video(self._local)
        if needed:
            await self.renegotiate()

    def close(self) -> None:
        """The call is over: nothing acts any more."""
        self._closed = True
        self._settle(False)

    # -- what may act now -------------------------------------------------------------------------------------------

    def _inbox(self, device: str | None) -> _Inbox | None:
        if not self._outgoing or self.far_is_phone:
            key = None
        elif not self._answered:
            key = device
        elif device is None or self._device is None or device == self._device:
            key = self._device
        else:
            return None
        if key not in self._inboxes and len(self._inboxes) >= MAX_DEVICES:
            return None
        return self._inboxes.setdefault(key, _Inbox())

    def _deliver(self) -> None:
        media = self._media
        if media is None or self._closed:
            return
        gateway_answers = self._outgoing and self.far_is_phone
        app_offers = not self._outgoing and not self.far_is_phone
        for inbox in self._inboxes.values():
            if inbox.description is not None and (self._answered or gateway_answers or app_offers):
                description, inbox.description = inbox.description, None
                self._in_order(partial(self._take, description))
            if self._answered or gateway_answers:
                for candidate in inbox.candidates:
                    self._in_order(partial(media.add_candidate, candidate))
                inbox.candidates.clear()

    # -- one step after the other -----------------------------------------------------------------------------------

    def _in_order(self, step: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.create_task(self._step(step), name="oncaller-negotiation")
        self._tasks.add(task)
        task.add_done_callback(self._stepped)

    async def _step(self, step: Callable[[], Awaitable[None]]) -> None:
        async with self._order:
            if not self._closed:
                await step()

    def _stepped(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None or self._closed:
            return
        if not isinstance(error, MediaError):
            log.error("negotiation failed", exc_info=error)
            error = NegotiationFailed("The sound of the call could not be set up; the log has the details.")
        self._watcher.negotiation_failed(error, settled=self._settled)

    async def _offer(self) -> None:
        if self._media is None or self._closed:
            raise NotPossible("The call has no sound here, or is over.")
        offer = await self._media.offer()
        self._offered = True
        self._send(offer)

    async def _take(self, description: Description) -> None:
        assert self._media is not None
        if description.kind == "offer":
            await self._take_offer(self._media, description)
        elif self._offered:
            await self._media.apply(description)
            self._offered = False
            self._note(description)
            self._settle(True)
        else:
            log.info("the far side answered what was not offered")

    async def _take_offer(self, media: CallMedia, offer: Description) -> None:
        if self._offered and not self._settled:
            log.info("the far side offered where it has to answer")
            return
        answer = await media.answer(offer)
        self._send(answer)
        self._note(offer)
        if self._offered:
            # Both offered at once and media took ours back: whoever waits for its answer has to make another.
            self._offered = False
            self._settle(False)

    def _send(self, description: Description) -> None:
        self._local = description.sdp
        if not self._closed:
            self._watcher.send_description(description)

    def _note(self, description: Description) -> None:
        self._settled = True
        if self._answered and not self._closed:
            said = description.sdp
            self._watcher.far_side_described(holds=sdp.holds(said), video=sdp.direction(said, "video") is not None)

    def _settle(self, well: bool) -> None:
        if self._settlement is not None and not self._settlement.done():
            self._settlement.set_result(well)
