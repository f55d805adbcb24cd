"""The media of one call of the test phone: what it says, what it hears, and when descriptions are applied."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from fractions import Fraction
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, VideoFrame

RATE_HZ = 48_000
PATIENCE_S = 20.0
Send = Callable[[str, dict[str, Any]], Awaitable[None]]


class Mouth(MediaStreamTrack):
    """A tone that the test switches on, off and to another pitch."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.pitch_hz = 0
        self.sent_samples = 0
        self._start = 0.0

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        self._start = self._start or time.monotonic()
        await asyncio.sleep(max(0.0, self._start + self.sent_samples / RATE_HZ - time.monotonic()))
        moments = (np.arange(960) + self.sent_samples) / RATE_HZ
        samples = (9_000 * np.sin(2 * np.pi * self.pitch_hz * moments)).astype(np.int16)
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, self.sent_samples, Fraction(1, RATE_HZ)
        self.sent_samples += 960
        return frame


class Ear:
    """What came in, with the moment each piece came."""

    def __init__(self) -> None:
        self.heard: list[tuple[float, np.ndarray]] = []
        self.pictures: list[tuple[float, VideoFrame]] = []
        self._news = asyncio.Event()

    async def listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                self.pictures.append((time.monotonic(), frame))
            elif isinstance(frame, AudioFrame):
                samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels)).mean(axis=1)
                self.heard.append((time.monotonic(), samples))
            self._news.set()

    async def until(self, true: Callable[[], bool], within: float = PATIENCE_S) -> None:
        """Wait until something is true of what was heard or seen."""
        async with asyncio.timeout(within):
            while not true():
                self._news.clear()
                await self._news.wait()

    def forget(self) -> None:
        """Start with nothing heard."""
        self.heard.clear()
        self.pictures.clear()

    def last(self, seconds: float) -> np.ndarray:
        """The samples of the last seconds of sound."""
        pieces = [samples for _, samples in self.heard[-int(seconds * 50) :]]
        return np.concatenate(pieces) if pieces else np.zeros(0)

    def loudness(self, seconds: float = 0.2) -> float:
        samples = self.last(seconds)
        return float(np.sqrt(np.mean(samples**2))) if samples.size else 0.0

    def pitch_hz(self, seconds: float = 0.4) -> float:
        samples = self.last(seconds)
        return float(np.abs(np.fft.rfft(samples)).argmax() * RATE_HZ / samples.size)

    async def nothing(self, seconds: float = 0.3) -> None:
        """Wait until nothing at all comes for so long: what was under way when it was stopped may still come."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                self.forget()
                await asyncio.sleep(seconds)
                if not self.heard:
                    return

    async def sound(self, within: float = PATIENCE_S) -> None:
        """Wait until it is loud."""
        await self.until(lambda: len(self.heard) >= 10 and self.loudness() > 1_000, within)

    async def silence(self, within: float = PATIENCE_S) -> None:
        """Wait until it is silent."""
        await self.until(lambda: len(self.heard) >= 10 and self.loudness() < 100, within)

    async def tone(self, pitch_hz: float, within: float = PATIENCE_S) -> None:
        """Wait until a tone of that pitch is heard."""
        await self.until(
            lambda: len(self.heard) >= 20 and self.loudness() > 1_000 and abs(self.pitch_hz() - pitch_hz) < 10, within
        )


class Talk:
    """Applies descriptions and candidates when PROTOCOL.md 7.3 says so."""

    def __init__(self, ref: str, send: Send, *, calling: bool, external: bool, video: bool) -> None:
        self.ref = ref
        self.mouth = Mouth()
        self.ear = Ear()
        self.descriptions: list[dict[str, Any]] = []
        """All that the other side sent."""
        self.applied = asyncio.Event()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.is_answered = False
        self._send = send
        self._calling, self._external = calling, external
        self._device: str | None = None
        self._waiting: list[tuple[str, dict[str, Any], str | None]] = []
        self._queue: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()
        self._early: list[dict[str, Any]] = []
        self._told = False
        self._tasks = [asyncio.create_task(self._negotiate())]
        self.connection.addTrack(self.mouth)
        if video:
            self.show()
        self.connection.on("track", self._listen)

    def show(self) -> None:
        """Send a picture from the next offer or answer on."""
        self.connection.addTrack(VideoStreamTrack())

    async def offer(self, direction: str = "sendrecv") -> None:
        """Send an offer, the first or a later one."""
        self.applied.clear()
        self.connection.getTransceivers()[0].direction = direction
        await self.connection.setLocalDescription(await self.connection.createOffer())
        await self._tell()

    async def offer_again(self, direction: str = "sendrecv") -> str:
        """Send a later offer; the direction that the other side answers."""
        await self.offer(direction)
        async with asyncio.timeout(PATIENCE_S):
            await self.applied.wait()
        sdp = self.descriptions[-1]["sdp"]
        return next(line[2:] for line in sdp.splitlines() if line in ("a=sendrecv", "a=recvonly", "a=inactive"))

    def answer(self) -> None:
        """The user answers; from now on everything is applied."""
        self.answered(None)

    def answered(self, device: str | None) -> None:
        """The call is answered, by that device."""
        self.is_answered = True
        self._device = device
        waiting, self._waiting = self._waiting, []
        for kind, data, sender in waiting:
            self.signalled(kind, data, sender, again=True)

    def signalled(self, kind: str, data: dict[str, Any], device: str | None, *, again: bool = False) -> None:
        """A description or a candidate came."""
        if kind == "sdp" and not again:
            self.descriptions.append(data)
        at_once = kind == "sdp" and self._calling == self._external
        if not self.is_answered and not at_once:
            self._waiting.append((kind, data, device))
        elif not self._calling or not self.is_answered or device == self._device:
            self._queue.put_nowait((kind, data))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait_for(self.connection.close(), 15)

    def _listen(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self.ear.listen(track)))

    async def _negotiate(self) -> None:
        while True:
            kind, data = await self._queue.get()
            if kind == "sdp":
                await self.connection.setRemoteDescription(RTCSessionDescription(data["sdp"], data["type"]))
                if data["type"] == "offer":
                    await self.connection.setLocalDescription(await self.connection.createAnswer())
                    await self._tell()
                self.applied.set()
                early, self._early = self._early, []
                for candidate in early:
                    await self._add(candidate)
            elif self.connection.remoteDescription is None:
                self._early.append(data)
            else:
                await self._add(data)

    async def _add(self, data: dict[str, Any]) -> None:
        candidate = candidate_from_sdp(data["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = data["sdpMid"], data["sdpMLineIndex"]
        await self.connection.addIceCandidate(candidate)

    async def _tell(self) -> None:
        description = self.connection.localDescription
        lines = description.sdp.splitlines()
        bare = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
        await self._send("sdp", {"type": description.type, "sdp": "\r\n".join(bare) + "\r\n"})
        if not self._told:
            self._told = True
            first = next(line[2:] for line in lines if line.startswith("a=candidate:"))
            await self._send("candidate", {"candidate": first, "sdpMid": "0", "sdpMLineIndex": 0})
