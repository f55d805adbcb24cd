"""A WebRTC connection on this machine: descriptions and candidates in and out, all that is received drained."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame

from tuiphone.simulator.loopback import is_reachable
from tuiphone.simulator.tape import Tape
from tuiphone.simulator.tracks import Sound, ToMono

logger = logging.getLogger(__name__)

_CLOSE_S = 5.0
_MOST_CANDIDATES = 50


class Tasks:
    """Coroutines in the background: kept alive, cancelled together, and what they raise is logged."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, failed: Callable[[], None] | None = None) -> None:
        """Run `work`; `failed` is called when it raises."""

        def done(task: asyncio.Task[None]) -> None:
            self._running.discard(task)
            if not task.cancelled() and (error := task.exception()):
                logger.warning("%s: %s: %s", task.get_name(), type(error).__name__, error)
                if failed:
                    failed()

        task = asyncio.create_task(work, name=work.__qualname__)
        self._running.add(task)
        task.add_done_callback(done)

    def cancel(self) -> None:
        """Cancel all; who does so from one of them goes on to its next await."""
        for task in self._running:
            task.cancel()

    async def finish(self) -> None:
        """Wait until all are done."""
        while self._running:
            await asyncio.wait(self._running)


class Connection:
    """One connection that keeps to this machine; candidates of the far side may come before its description."""

    def __init__(self) -> None:
        self._early: list[dict[str, Any]] = []
        self._candidates = 0
        # A loopback address needs no server to be found, and without the list aiortc would ask a public one.
        self._connection = RTCPeerConnection(RTCConfiguration([], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))

    async def add(self, data: dict[str, Any]) -> None:
        """Take a candidate of the far side, now or once there is a description; unusable ones are swallowed."""
        line = data.get("candidate")
        if not isinstance(line, str) or not is_reachable(line) or self._candidates >= _MOST_CANDIDATES:
            return
        self._candidates += 1
        if self._connection.remoteDescription is None:
            self._early.append(data)
            return
        try:
            candidate = candidate_from_sdp(line.removeprefix("a=").removeprefix("candidate:"))
        except (AssertionError, LookupError, ValueError):
            return
        mid, index = data.get("sdpMid"), data.get("sdpMLineIndex")
        candidate.sdpMid = mid if isinstance(mid, str) else None
        candidate.sdpMLineIndex = index if isinstance(index, int) else None if candidate.sdpMid else 0
        await self._connection.addIceCandidate(candidate)

    async def close(self) -> None:
        """Let go of everything."""
        try:
            await asyncio.wait_for(self._connection.close(), _CLOSE_S)
        except TimeoutError:
            logger.warning("a connection did not close within %g s", _CLOSE_S)

    async def _take(self, sdp: str, kind: str) -> None:
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        early, self._early = self._early, []
        self._candidates -= len(early)
        for data in early:
            await self.add(data)


class Peer(Connection):
    """One connection that sends `sound`, and `picture` to who wants to see it, and lets `sound` hear the far side."""

    def __init__(self, sound: Sound, picture: MediaStreamTrack | None = None) -> None:
        super().__init__()
        self.frames: Counter[str] = Counter()
        self.tape: Tape | None = None
        sound.overheard = self._said
        self._sound = sound
        self._picture = picture
        self._drains = Tasks()
        self._connection.on("track", lambda track: self._drains.start(self._drain(track)))
        self._connection.addTrack(sound)

    async def offer(self) -> str:
        """The SDP of an offer, candidates inside."""
        if self._picture:
            self._connection.addTrack(self._picture)
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def answer(self, sdp: str) -> str:
        """Take an offer, the first or a later one; the SDP of the answer, candidates inside."""
        await self._take(sdp, "offer")
        sees = any(one.kind == "video" and one.sender.track is None for one in self._connection.getTransceivers())
        if self._picture and sees and self._picture not in self._sent_tracks():
            self._connection.addTrack(self._picture)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    async def accept(self, sdp: str) -> None:
        """Take the answer to our offer."""
        await self._take(sdp, "answer")

    async def close(self) -> None:
        self._drains.cancel()
        await self._drains.finish()
        await super().close()

    def _sent_tracks(self) -> list[MediaStreamTrack]:
        return [sender.track for sender in self._connection.getSenders()]

    async def _drain(self, track: MediaStreamTrack) -> None:
        # What nobody reads piles up in aiortc without end, so pictures are read too, and counted.
        to_mono = ToMono()
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            self.frames[track.kind] += 1
            if isinstance(frame, AudioFrame):
                samples = to_mono(frame)
                self._sound.hear(samples)
                if self.tape:
                    self.tape.heard(samples)

    def _said(self, samples: np.ndarray) -> None:
        if self.tape:
            self.tape.said(samples)


def split(sdp: str) -> tuple[str, list[dict[str, Any]]]:
    """The description without candidates nor the mark that no more follow, and the candidates by themselves."""
    bare: list[str] = []
    mids: list[str] = []
    candidates: list[tuple[int, str]] = []
    for line in sdp.splitlines():
        if line.startswith("a=candidate:"):
            candidates.append((len(mids) - 1, line.removeprefix("a=")))
        elif not line.startswith("a=end-of-candidates"):
            bare.append(line)
            if line.startswith("m="):
                mids.append(str(len(mids)))
            elif line.startswith("a=mid:") and mids:
                mids[-1] = line.removeprefix("a=mid:")
    return "\r\n".join(bare) + "\r\n", [
        {"candidate": line, "sdpMid": mids[index], "sdpMLineIndex": index} for index, line in candidates if index >= 0
    ]
