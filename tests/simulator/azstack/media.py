"""A real peer connection of a test client: it says a tone, and hears and sees what comes."""

import asyncio
from typing import Any

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamTrack
from aiortc.sdp import candidate_from_sdp

from tests.simulator.talk import Ear, Mouth


class Media:
    """Candidates are inside what it sends; those that come by themselves wait for the description."""

    def __init__(self, *, pitch_hz: int = 0, video: bool = False) -> None:
        self.mouth = Mouth()
        self.mouth.pitch_hz = pitch_hz
        self.ear = Ear()
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._early: list[dict[str, Any]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.addTrack(self.mouth)
        if video:
            self.connection.addTrack(VideoStreamTrack())
        self.connection.on("track", self._listen)

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, sdp: str) -> str:
        await self._take(sdp, "offer")
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        await self._take(sdp, "answer")

    async def add(self, data: dict[str, Any]) -> None:
        """One candidate as 187 has it."""
        if self.connection.remoteDescription is None:
            self._early.append(data)
            return
        assert data["sdp"].startswith("candidate:")
        candidate = candidate_from_sdp(data["sdp"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = data["sdpMid"], data["sdpMLineIndex"]
        await self.connection.addIceCandidate(candidate)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.wait_for(self.connection.close(), 5)

    async def _take(self, sdp: str, kind: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        for data in self._early:
            await self.add(data)

    def _listen(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self.ear.listen(track)))
