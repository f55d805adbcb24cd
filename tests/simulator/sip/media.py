"""The media of one call of a test phone, over aiortc, with all candidates inside the descriptions."""

import asyncio
from typing import Self

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack

from tests.simulator.talk import Ear, Mouth


class Media:
    """Says a tone and hears the far side."""

    def __init__(self, pitch_hz: int = 0, *, video: bool = False) -> None:
        self.mouth, self.ear = Mouth(), Ear()
        self.mouth.pitch_hz = pitch_hz
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.addTrack(self.mouth)
        if video:
            self.connection.addTrack(VideoStreamTrack())
        self.connection.on("track", lambda track: self._tasks.append(asyncio.create_task(self.ear.listen(track))))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.connection.close()

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answer(self, sdp: str) -> str:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        await self.connection.setLocalDescription(await self.connection.createAnswer())
        return self.connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
