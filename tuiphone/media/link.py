"""One aiortc connection with our parts in it: addresses, m-lines, playout and voice. A call has one at a time."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)

from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate, Description, IceServer
from tuiphone.media import seams
from tuiphone.media.ice import Reach, parse_candidate
from tuiphone.media.layout import Layout
from tuiphone.media.playout import Playout
from tuiphone.media.sdp import MAX_CANDIDATES, Codec, Session
from tuiphone.media.telephone_event import Listening, chosen
from tuiphone.media.video import FarVideo
from tuiphone.media.voice import Samples, Voice

log = logging.getLogger(__name__)

CLOSE_S = 3.0
"""For aiortc to close: with a track that failed it would wait for ever."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What outlives a connection: the call's sound and picture."""

    playout: Playout
    microphone: Callable[[int], Samples]
    picture: Callable[[], MediaStreamTrack]
    far_video: FarVideo
    reach: Reach
    servers: tuple[IceServer, ...]
    pressed: Callable[[str], None] | None = None
    """Gets the far side's digits, one at a time."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What our side wants of its sound and picture now."""

    held: bool
    picture: bool
    """There is a line for one, black perhaps."""
    listens: bool = False
    """It sends nothing at all."""

    def direction(self, kind: str) -> str:
        """For the next description."""
        if self.listens:
            return "recvonly"
        if kind == "video" and not self.picture:
            return "inactive" if self.held else "recvonly"
        return "sendonly" if self.held else "sendrecv"


class Link:
    """Offers, answers and candidates of one connection; `state_changed` is called with aiortc's connection state."""

    def __init__(
        self, parts: Parts, state_changed: Callable[["Link"], None], *, instead_of: "Link | None" = None
    ) -> None:
        self._parts = parts
        self._reach = parts.reach
        self._changed = state_changed
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=self._reach.servers(parts.servers)))
        self.connection.on("connectionstatechange", self._on_state)
        self._controls = None if instead_of is None else seams.controls(instead_of.connection)
        if instead_of is not None:
            self.connection.on("iceconnectionstatechange", self._on_way_found)
        self._layout = Layout() if instead_of is None else instead_of._layout.successor()
        self._early: list[Candidate] = []
        self._takes_candidates = False
        self._taken = 0
        self._sent_candidates: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._drained: set[int] = set()
        self._closed = False
        self._listening = None if parts.pressed is None else Listening(parts.pressed, time.monotonic)
        self.voice: Voice | None = None

    def _on_state(self) -> None:
        self._changed(self)

    def _on_way_found(self) -> None:
        if self.connection.iceConnectionState == "completed":
            self._spawn(seams.knock(self.connection))

    @property
    def state(self) -> str:
        """aiortc's connection state."""
        return self.connection.connectionState

    @property
    def far(self) -> Session | None:
        """What the far side last said."""
        return self._layout.far

    @property
    def is_receiving(self) -> bool:
        """Whether the far side's sound should come."""
        return any(
            t.kind == "audio" and t.currentDirection in ("sendrecv", "recvonly")
            for t in self.connection.getTransceivers()
        )

    @property
    def is_showing(self) -> bool:
        """Whether a picture of ours was agreed on."""
        return any(
            t.kind == "video" and t.sender.track is not None and t.currentDirection in ("sendrecv", "sendonly")
            for t in self.connection.getTransceivers()
        )

    @property
    def has_offered(self) -> bool:
        """An offer over this connection waits for its answer."""
        return self.connection.signalingState == "have-local-offer"

    def is_restarted_by(self, offer: Session) -> bool:
        """Whether an offer brings other ICE credentials (RFC 8445 section 9), or another certificate (RFC 8842 section
        4), which aiortc would silently ignore."""
        new = offer.first("audio")
        if self.far is None or new is None:
            return False
        old = self._layout.audio.security
        if not set(old.fingerprints) & set(new.security.fingerprints):
            return True
        return (old.ufrag, old.password) != (new.security.ufrag, new.security.password)

    # -- descriptions -----------------------------------------------------------------------------------------------

    async def offer(self, wish: Wish) -> Description:
        """Our offer. Raises: NegotiationFailed."""
        with _mapped("Our side could not make an offer"):
            for kind in (*self._layout.awaited, "audio", *(["video"] if wish.picture else [])):
                self._add(kind, wish)
            if wish.picture:
                self._layout.reopen("video")
                self._show_picture()
            self._direct(wish)
            self._join()
            text = await self._set_local()
            sdp, candidates = self._layout.offer_out(text)
        return Description("offer", sdp, self._new(candidates), candidates)

    def _show_picture(self) -> None:
        """Also where the far side alone has sent one until now."""
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video" and transceiver.sender.track is None:
                transceiver.sender.replaceTrack(self._parts.picture())

    def _add(self, kind: str, wish: Wish) -> None:
        if any(transceiver.kind == kind for transceiver in self.connection.getTransceivers()):
            return
        if kind == "audio":
            self.voice = Voice(self._parts.microphone)
            transceiver = self.connection.addTransceiver(self.voice, wish.direction(kind))
            seams.send_packets(transceiver.sender, self.voice)
            self._prefer(transceiver)
        else:
            track = self._parts.picture() if wish.picture else kind
            self.connection.addTransceiver(track, wish.direction(kind))

    async def answer(self, offer: Session, wish: Wish) -> Description:
        """Our answer to the far side's offer. Raises: NegotiationFailed."""
        with self._layout.kept_unless_agreed(), _mapped("The far side's offer does not fit"):
            shown = self._layout.offer_in(offer)
            if self.connection.signalingState == "have-local-offer":
                seams.take_back_offer(self.connection)
            await self.connection.setRemoteDescription(RTCSessionDescription(shown, "offer"))
            if self._controls is not None:
                # Once, before its checks: they may have the sides change roles.
                seams.set_role(self.connection, controls=self._controls)
                self._controls = None
            self._join()
            for transceiver in self.connection.getTransceivers():
                if transceiver.sender.track is not None or wish.listens:
                    continue
                if transceiver.kind == "audio":
                    self.voice = Voice(self._parts.microphone)
                    seams.send_packets(transceiver.sender, self.voice)
                    transceiver.sender.replaceTrack(self.voice)
            if wish.picture:
                self._show_picture()
            self._direct(wish)
            text = await self._set_local()
            sdp, candidates = self._layout.answer_out(text)
            self._follow_codecs()
        await self._add_known(offer)
        return Description("answer", sdp, self._new(candidates), candidates)

    async def apply(self, answer: Session) -> None:
        """The far side's answer to our offer. Raises: NegotiationFailed."""
        if self.connection.signalingState != "have-local-offer":
            if self.far is not None:
                log.info("an answer to no offer of ours was ignored")
                return
            raise NegotiationFailed("The far side answered, but nothing was offered.")
        with self._layout.kept_unless_agreed(), _mapped("The far side's answer does not fit"):
            shown = self._layout.answer_in(answer)
            await self.connection.setRemoteDescription(RTCSessionDescription(shown, "answer"))
            self._join()
            self._follow_codecs()
        await self._add_known(answer)

    async def _set_local(self) -> str:
        seams.limit_gathering(self.connection)
        try:
            with self._reach.gathering():
                await self.connection.setLocalDescription()
        finally:
            if self._closed:
                await seams.close_sockets(self.connection)
        return self.connection.localDescription.sdp

    def _direct(self, wish: Wish) -> None:
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video" and transceiver.sender.track is None:
                transceiver.direction = "recvonly"
            else:
                transceiver.direction = wish.direction(transceiver.kind)

    def _new(self, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
        """Those not told yet: of a line added later, unless it shares the way of the others."""
        new = tuple(candidate for candidate in candidates if candidate.text not in self._sent_candidates)
        self._sent_candidates.update(candidate.text for candidate in new)
        return new

    def _prefer(self, transceiver: RTCRtpTransceiver) -> None:
        codecs = RTCRtpReceiver.getCapabilities("audio")
        assert codecs is not None
        transceiver.setCodecPreferences(
            [c for name in ("opus", "G722", "PCMU", "PCMA") for c in codecs.codecs if c.name.lower() == name.lower()]
        )

    # -- our parts --------------------------------------------------------------------------------------------------

    def _join(self) -> None:
        """Put playout and video sink into transceivers that have none yet."""
        for transceiver in self.connection.getTransceivers():
            if id(transceiver) in self._drained:
                continue
            if transceiver.kind == "audio":
                seams.replace_jitter_buffer(transceiver.receiver, self._parts.playout, self._listening)
                self._drained.add(id(transceiver))
            elif transceiver.receiver.track is not None:
                self._spawn(self._parts.far_video.drain(transceiver.receiver.track))
                self._drained.add(id(transceiver))

    def _follow_codecs(self) -> None:
        """After an exchange: what may come, and what is sent, from now on."""
        audio = self._audio
        seams.know_codecs(audio, self._layout.understood())
        if self.voice is None:
            return
        first = seams.first_codec(audio)
        far = self._layout.audio
        named = (codec for codec in far.codecs if codec.name.lower() == first.name.lower())
        codec = next(named, Codec(first.payloadType or 0, first.name, first.clockRate))
        self.voice.use(codec, chosen(far.events, codec.rate))

    @property
    def _audio(self) -> RTCRtpTransceiver:
        return next(t for t in self.connection.getTransceivers() if t.kind == "audio")

    @property
    def codec(self) -> str | None:
        """Name of the codec we send, once something was sent."""
        return self.voice.sending if self.voice is not None else None

    async def dial(self, digits: str) -> bool:
        """Send these as telephone-events; False when they cannot go that way."""
        if self.voice is None or self._closed or self._audio.currentDirection not in ("sendrecv", "sendonly"):
            return False
        return await self.voice.dial(digits)

    # -- candidates -------------------------------------------------------------------------------------------------

    async def _add_known(self, far: Session) -> None:
        self._takes_candidates = True
        early, self._early = self._early, []
        for candidate in (*far.candidates, *early):
            await self.add_candidate(candidate)

    async def add_candidate(self, candidate: Candidate) -> None:
        """Give the far side's candidate to aiortc, or keep it until there is a description."""
        if not self._takes_candidates:
            if len(self._early) < MAX_CANDIDATES:
                self._early.append(candidate)
            return
        parsed = parse_candidate(candidate, self._reach)
        place = self._layout.locate(candidate)
        if parsed is None or place is None or self._taken >= MAX_CANDIDATES or self._closed:
            return
        self._taken += 1
        parsed.sdpMid, parsed.sdpMLineIndex = place
        if parsed.ip.endswith(".local"):
            self._spawn(self._look_up(parsed))  # by multicast, which may take seconds
        else:
            await self._look_up(parsed)

    async def _look_up(self, candidate: Any) -> None:
        try:
            await self.connection.addIceCandidate(candidate)
        except seams.WRONG as error:
            log.debug("a candidate was left out: %s", error)

    # -- the end ----------------------------------------------------------------------------------------------------

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give everything back; never raises."""
        self._closed = True
        self.connection.remove_listener("connectionstatechange", self._on_state)
        try:
            await asyncio.wait_for(self.connection.close(), CLOSE_S)
        except (TimeoutError, *seams.WRONG) as error:
            log.warning("a connection did not close properly: %s", error or "it took too long")
        await seams.close_sockets(self.connection)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.voice is not None:
            self.voice.stop()


@contextmanager
def _mapped(what: str) -> Any:
    """aiortc's exceptions become ours."""
    try:
        yield
    except NegotiationFailed:
        raise
    except seams.WRONG as error:
        log.info("%s: %s: %s", what, type(error).__name__, error)
        raise NegotiationFailed(f"{what} ({error or type(error).__name__}).") from error
