"""One group call: joining and leaving it, and what becomes of it (PROTOCOL.md section 8). Who is in it: company.py."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from google.protobuf.message import Message

from tuiphone.core.call import EndReason
from tuiphone.core.errors import (
    ConnectionLost,
    NegotiationFailed,
    NotPossible,
    PhoneError,
    ProviderError,
    RequestFailed,
    RequestTimeout,
)
from tuiphone.core.events import CallAnswered, CallRang, ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Description
from tuiphone.providers import fields
from tuiphone.providers.negotiation import MAX_CANDIDATES
from tuiphone.providers.ongoing import Ongoing
from tuiphone.providers.vox import codes, vox_pb2
from tuiphone.providers.vox.attendees import Attendees
from tuiphone.providers.vox.company import Company
from tuiphone.providers.vox.conference import Alert, Conference
from tuiphone.providers.vox.packets import candidates_in

log = logging.getLogger(__name__)

RING_SECONDS = 60.0
"""How long a group call rings, here and at the others."""
JOIN_SECONDS = 15.0
"""Within which the server has to answer who wants to join."""
ELSEWHERE_SECONDS = 2.0


class GroupCall(Ongoing):
    """We are in it, or are asked to be, on this device.

    called    (created) ── join ──> nobody there: CallRang ── somebody came ──> CallAnswered
    incoming  (rings)   ── answer: join ──────────────────────────────────────> CallAnswered
    """

    vendor = "vox"

    def __init__(
        self,
        conference: Conference,
        emit: Callable[[ProviderEvent], None],
        *,
        ref: str,
        video: bool,
        attendees: Attendees,
        is_ours: bool,
        over: Callable[["GroupCall"], None],
    ) -> None:
        super().__init__(ref, emit)
        self.conference = conference
        self.video = video
        self.is_ours = is_ours
        """We created it; it ends when we leave."""
        self.was_left = False
        """The person declined or left it."""
        self.is_in = False
        """We are in it."""
        self.attendees = attendees
        self._company = Company(self, conference, attendees, emit)
        self._is_over = over
        self._media: CallMedia | None = None
        self._is_joining = self._is_muted = False
        self._looking: asyncio.Task[None] | None = None

    # -- joining ----------------------------------------------------------------------------------------------------

    def begin(self, media: CallMedia) -> None:
        """It is ours: join it, and wait for the others."""
        self._media = media
        self._is_joining = True
        self.spawn(self._join())

    def came_in(self) -> None:
        """It rings here, not for ever."""
        self.in_time(RING_SECONDS, lambda: self.end(EndReason.NO_ANSWER))

    def ring(self, media: CallMedia | None) -> None:
        """With this it can be answered; meanwhile find out who is in it."""
        self._media = media
        if not self._is_joining:
            self._looking = self.spawn(self._company.look())

    async def answer(self, *, video: bool) -> None:
        """Join; our picture is the business of the media. Raises: NotPossible, ProviderError, NegotiationFailed"""
        if self._media is None:
            raise NotPossible("This phone has no sound to answer with. Check microphone and speaker.")
        if self._is_joining:
            return
        self._is_joining = True
        self.no_hurry()
        if self._looking is not None:
            self._looking.cancel()
        # A task of the call: it ends with it, and whoever asked may give up without half a join being left.
        joining = self.spawn(self._join())
        await asyncio.wait({joining})
        if not joining.cancelled():
            joining.result()

    async def _join(self) -> None:
        assert self._media is not None
        session = self.conference.office.session()
        self.negotiation.use(self._media, await session.ice(), loopback=session.is_loopback)
        offer = await self.negotiation.offer()
        self.in_time(JOIN_SECONDS, self._not_let_in)
        await self.conference.join(offer.sdp, video=self.video)

    def _not_let_in(self) -> None:
        self.failed(RequestFailed(500, "Vox did not let us into the group call. Try again."))

    async def _joined(self, sdp: str) -> None:
        await self.negotiation.apply(Description("answer", sdp))
        self.is_in = True
        self.no_hurry()
        if not self.is_ours:
            self._answered()
        elif not self.attendees.is_anybody_here:
            self._emit(CallRang(self.ref))
            self.in_time(RING_SECONDS, self._nobody_came)
        self._company.enter()
        if self._is_muted:
            await self.mute(audio=True, video=False)
        # Who published before we came is not told of by every server.
        with suppress(ProviderError):
            await self._company.refresh()

    def met(self) -> None:
        """Somebody else is in it too: that answers a call of ours."""
        if not self.answered:
            self.no_hurry()
            self._answered()

    def _answered(self) -> None:
        if not self.answered:
            self.answered = True
            self._emit(CallAnswered(self.ref))

    def _nobody_came(self) -> None:
        self._leave()
        self.end(EndReason.NO_ANSWER, "Nobody came into the group call.")

    # -- what the company needs of it -------------------------------------------------------------------------------

    @property
    def media(self) -> CallMedia:
        """What it is heard with. Raises: NegotiationFailed when the call is over."""
        if self._media is None or self.is_over:
            raise NegotiationFailed("The call is over.")
        return self._media

    async def ask(self, request: str, /, **more: Any) -> Message:
        """A request about this conference. Raises: ProviderError."""
        return await self.conference.ask(request, **more)

    # -- what the server says ---------------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """A packet about this conference."""
        match message:
            case vox_pb2.conferenceAlertReq():
                self._alerted(message)
            case vox_pb2.joinConferencePublisherAckReq() if self._is_joining and not self.is_in:
                self._let_in(message)
            case vox_pb2.subscribeToParticipantAckReq():
                self._company.offered(message.sImlId, message.sSdp[: fields.MAX_SDP], message.eStatusCode)
            case vox_pb2.subscribeToParticipantViewingAckReq():
                self._company.viewed(message.sImlId, message.eStatusCode)
            case vox_pb2.iceConferenceReq():
                self._take_candidates(message)
            case vox_pb2.destroyConferenceReq():
                self._over(message.sMessage)
            case _:
                pass

    def _let_in(self, message: vox_pb2.joinConferencePublisherAckReq) -> None:
        if codes.is_success(message.eStatusCode):
            self.spawn(self._joined(message.sSdp[: fields.MAX_SDP]))
        else:
            self.failed(codes.failure(message.eStatusCode))

    def _take_candidates(self, message: vox_pb2.iceConferenceReq) -> None:
        if not self._company.take_candidates(message) and message.sImlId in ("", self.attendees.us):
            for candidate in candidates_in(message.sJsonIceCandidates[:MAX_CANDIDATES]):
                self.negotiation.candidate(candidate)

    def _alerted(self, message: vox_pb2.conferenceAlertReq) -> None:
        alert = message.stConferenceAlert
        name, is_us = alert.sImlId, alert.sImlId == self.attendees.us
        match message.eAlertType:
            case Alert.REMOVED if is_us:
                self.end(EndReason.REMOTE_HUNG_UP, "You were taken out of the group call.")
            case Alert.ENDED:
                self._over(alert.sMessage)
            case Alert.ADMIN_MUTED | Alert.SELF_MUTED as kind:
                on = alert.bIsMuted if alert.HasField("bIsMuted") else True
                if self._company.muted(name, on) and is_us and kind == Alert.ADMIN_MUTED:
                    said = "Whoever began the call muted you" if on else "You are muted no longer"
                    heard = "nobody hears you" if on else "the others hear you again"
                    self._emit(ProviderFaulted(f"{said}; {heard}.", self.ref))
            case kind if not is_us:
                self._company.alerted(kind, name)
            case _:
                pass

    def _over(self, words: str) -> None:
        if self._is_joining or self.is_ours:
            return self.end(EndReason.REMOTE_HUNG_UP, _said(words))
        # Those of our other devices that one of them answered are told the same as all are at the end.
        self.no_hurry()
        self.spawn(self._find_out_end(words))

    async def _find_out_end(self, words: str) -> None:
        there: Iterable[str] = ()
        with suppress(ProviderError, TimeoutError):
            async with asyncio.timeout(ELSEWHERE_SECONDS):
                there = await self._company.ask()
        if self.attendees.us in there:
            self.end(EndReason.ELSEWHERE)
        else:
            self.end(EndReason.REMOTE_HUNG_UP, _said(words))

    # -- what the person does ---------------------------------------------------------------------------------------

    async def invite(self, people: tuple[Address, ...]) -> None:
        """Ask more people to come. Raises: NotPossible, ProviderError"""
        await self._company.invite(people)

    async def remove(self, people: tuple[Address, ...]) -> None:
        """Take people out. Raises: ProviderError"""
        await self._company.remove(people)

    async def mute(self, *, audio: bool, video: bool) -> None:
        """Tell the others that we closed our microphone; of pictures there is no message. Raises: ProviderError"""
        self._is_muted = on = audio
        if not self.is_in:
            return  # told when we are
        us = self.attendees.us
        self._company.muted(us, on)
        await self.conference.mute(us, on)

    async def camera(self, on: bool) -> None:
        """The picture is published in any case, black while the camera is off. Raises: NotPossible"""
        if not self.video:
            raise NotPossible("This is a group call without video, and Vox cannot add it to one.")

    async def dtmf(self, digit: str) -> None:
        """There is no telephone in it. Raises: NotPossible"""
        raise NotPossible("Vox sends digits to telephones only, and this is a group call.")

    async def reject(self) -> None:
        """Not to join is to decline (section 8)."""
        self.was_left = True
        self.end(EndReason.REJECTED)

    async def hangup(self) -> None:
        """Leave; a call of ours ends for everybody."""
        self.was_left = True
        self._leave()
        self.end(EndReason.HUNG_UP if self.answered or not self.is_ours else EndReason.CANCELLED)
        await self.conference.office.flush()

    def _leave(self) -> None:
        if self.is_ours:
            self.conference.destroy()
        elif self._is_joining:
            self.conference.leave()

    # -- the link to the server -------------------------------------------------------------------------------------

    def link_lost(self, *, for_good: bool = False) -> None:
        """In what was answered people go on hearing each other, and what rings here may be answered when there is a
        link again; the rest is over."""
        if not self.answered and (self._is_joining or for_good):
            self._leave()
            self.end(EndReason.LOST, "The connection to Vox was lost.")

    def link_is_back(self) -> None:
        """There is a connection again: see whether we are still in it, or it still rings."""
        self.spawn(self._look_again() if self._is_joining else self._ring_on())

    async def _ring_on(self) -> None:
        with suppress(ConnectionLost, RequestTimeout):
            try:
                await self._company.ask()
            except RequestFailed:
                if not self._is_joining:
                    self.end(EndReason.MISSED, "The group call ended while the connection to Vox was lost.")

    async def _look_again(self) -> None:
        with suppress(ConnectionLost):
            try:
                there = await self._company.ask()
                is_over = self.attendees.us not in there
            except RequestFailed:
                is_over = True
            if is_over:
                self.end(EndReason.LOST, "The group call went on without you while the connection to Vox was lost.")
            else:
                await self._company.refresh()

    # -- the end ----------------------------------------------------------------------------------------------------

    def failed(self, error: Exception) -> None:
        detail = str(error) if isinstance(error, PhoneError) else "Something unexpected went wrong."
        if not isinstance(error, PhoneError):
            log.error("a group call failed", exc_info=error)
        if isinstance(error, NegotiationFailed) and self.is_in:
            return log.info("group call %s: %s", self.conference.id, error)
        if isinstance(error, ProviderError) and self.is_in:
            return self._emit(ProviderFaulted(detail, self.ref))
        self._leave()
        self.end(EndReason.LOST if isinstance(error, ConnectionLost) else EndReason.FAILED, detail)

    def forget(self) -> None:
        self._is_over(self)


def _said(words: str) -> str | None:
    return words.strip()[: fields.MAX_ID] or None
