"""The media of a conference: what a participant publishes reaches the others as it is, neither decoded nor encoded.

A publication takes encoded frames out of aiortc's receiver before its decoder; a subscription hands them to aiortc's
sender as packets, which it packs and sends without an encoder. Both places are private to aiortc 1.14 to 1.16.
"""

import asyncio
import queue
import time
from fractions import Fraction
from typing import Any

from aiortc import RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import Packet

from tuiphone.simulator.peer import Connection, Tasks, split

_MOST_WAITING = 100
_BETWEEN_KEYFRAMES_S = 0.5
_DECODER_QUEUE = "_RTCRtpReceiver__decoder_queue"


class Negotiating(Connection):
    """A connection whose far side may put its candidates into its description."""

    async def take(self, sdp: str, kind: str) -> None:
        """Apply a description of the far side."""
        bare, candidates = split(sdp)
        await self._take(bare, kind)
        for candidate in candidates:
            await self.add(candidate)


class Publication(Negotiating):
    """What one participant sends."""

    def __init__(self) -> None:
        super().__init__()
        self.taps: dict[str, Tap] = {}
        self._connection.on("track", self._tap)

    async def answer(self, sdp: str) -> str:
        """Take the participant's offer; the SDP of the answer.

        Raises:
            ValueError: the offer is none, or nothing is sent by it.
        """
        await self.take(sdp, "offer")
        if not self.taps:
            raise ValueError("an offer that sends nothing")
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    def mute(self, *, on: bool) -> None:
        """Keep the sound from the others, or no longer."""
        if tap := self.taps.get("audio"):
            tap.is_muted = on

    async def close(self) -> None:
        for tap in self.taps.values():
            tap.close()
        await super().close()

    def _tap(self, track: MediaStreamTrack) -> None:
        for transceiver in self._connection.getTransceivers():
            if transceiver.receiver.track is track and track.kind not in self.taps:
                self.taps[track.kind] = Tap(transceiver)


class Tap(queue.Queue[Any]):
    """Stands where a receiver's decoder gets its frames from, and passes them to who subscribed."""

    def __init__(self, transceiver: RTCRtpTransceiver) -> None:
        super().__init__()
        self.kind = transceiver.kind
        self.is_muted = False
        self.frames = 0
        self._transceiver = transceiver
        self._receiver: RTCRtpReceiver = transceiver.receiver
        self._outlets: list[Outlet] = []
        self._tasks = Tasks()
        self._asked_at = float("-inf")
        self._codec: Any = None
        if not hasattr(self._receiver, _DECODER_QUEUE):
            raise RuntimeError("this version of aiortc has its decoder elsewhere")
        setattr(self._receiver, _DECODER_QUEUE, self)

    @property
    def codec(self) -> Any:
        """In what the participant sends: as seen, or as agreed before the first frame."""
        return self._codec or self._transceiver._codecs[0]

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """Pass a codec and an encoded frame on; None, for the end, goes to the decoder."""
        if item is None:
            super().put(item, block, timeout)
            return
        self._codec, frame = item
        self.frames += 1
        if self.is_muted:
            return
        for outlet in self._outlets:
            outlet.pass_on(self._codec, frame)

    def outlet(self) -> "Outlet":
        """A track that sends what comes from now on."""
        outlet = Outlet(self)
        self._outlets.append(outlet)
        return outlet

    def remove(self, outlet: "Outlet") -> None:
        """Nobody needs this track any more."""
        if outlet in self._outlets:
            self._outlets.remove(outlet)

    def ask_for_keyframe(self) -> None:
        """Ask the participant for a whole picture, not too often."""
        now = time.monotonic()
        sources = self._receiver.getSynchronizationSources()
        if self.kind == "video" and sources and now - self._asked_at > _BETWEEN_KEYFRAMES_S:
            self._asked_at = now
            self._tasks.start(self._receiver._send_rtcp_pli(sources[0].source))

    def close(self) -> None:
        """End every track."""
        for outlet in list(self._outlets):
            outlet.stop()


class Outlet(MediaStreamTrack):
    """The track of one subscriber: frames of a tap as packets."""

    def __init__(self, tap: Tap) -> None:
        super().__init__()
        self.kind = tap.kind
        self.tap = tap
        self.mime = tap.codec.mimeType
        self._packets: asyncio.Queue[Packet | None] = asyncio.Queue(_MOST_WAITING)
        self._is_connected = False

    def pass_on(self, codec: Any, frame: Any) -> None:
        """Queue a frame of the codec that the subscriber agreed to; of too many the oldest goes."""
        # What came before the connection was there would go out in a burst, and everything after it late.
        if codec.mimeType != self.mime or not self._is_connected:
            return
        packet = Packet(frame.data)
        packet.pts, packet.time_base = frame.timestamp, Fraction(1, codec.clockRate)
        self._queue(packet)

    async def recv(self) -> Any:
        self._is_connected = True
        packet = await self._packets.get()
        if packet is None or self.readyState != "live":
            raise MediaStreamError
        return packet

    def stop(self) -> None:
        self.tap.remove(self)
        self._queue(None)
        super().stop()

    def _queue(self, packet: Packet | None) -> None:
        if self._packets.full():
            self._packets.get_nowait()
        self._packets.put_nowait(packet)


class Subscription(Negotiating):
    """What one participant gets of another."""

    def __init__(self, tracks: list[MediaStreamTrack]) -> None:
        super().__init__()
        self.is_answered = False
        """Whether an answer came; a second one cannot be applied."""
        for track in tracks:
            transceiver = self._connection.addTransceiver(track, direction="sendonly")
            if isinstance(track, Outlet):
                _keep_to(transceiver, track)

    async def offer(self) -> str:
        """The SDP of the offer."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        """Take the participant's answer."""
        await self.take(sdp, "answer")


def _keep_to(transceiver: RTCRtpTransceiver, outlet: Outlet) -> None:
    """Offer the participant's own codec alone, and pass requests for a whole picture on to the participant."""
    capabilities = RTCRtpSender.getCapabilities(outlet.kind).codecs
    same = [codec for codec in capabilities if codec.mimeType.lower() == outlet.mime.lower()]
    transceiver.setCodecPreferences(same)
    transceiver.sender._send_keyframe = outlet.tap.ask_for_keyframe
