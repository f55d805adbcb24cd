"""CallMedia over aiortc: one call's sound and picture. The connection is in `link`, the sound card in `mixer`."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

import numpy as np

from tuiphone.core.errors import MediaError, NegotiationFailed
from tuiphone.core.ports import CallMedia, Candidate, Description, IceServer, MediaChange, MediaLink, MediaStats
from tuiphone.media import opus, sdp, seams, stats
from tuiphone.media.alarms import Cut, Search, Silence
from tuiphone.media.branch import Branch, Told
from tuiphone.media.cameras import PATTERNS, Cameras
from tuiphone.media.chorus import Chorus
from tuiphone.media.ice import Reach
from tuiphone.media.link import Link, Parts, Wish
from tuiphone.media.playout import Playout, Samples
from tuiphone.media.recorder import Views
from tuiphone.media.video import FarVideo, OwnPicture, PictureTrack
from tuiphone.media.views import Tapped, View

log = logging.getLogger(__name__)

CLOSE_S = 5.0
_LOOK_S = 0.5


class Seat(Protocol):
    """The call's place at the sound card: what a peer uses of a mixer's line."""

    muted: bool
    held: bool
    joined: bool
    recording_failed: Callable[[str], None] | None

    @property
    def started(self) -> bool: ...
    @started.setter
    def started(self, on: bool) -> None: ...
    @property
    def microphone_level(self) -> float: ...
    @property
    def far_level(self) -> float: ...
    def microphone(self, samples: int) -> Samples: ...
    def record(self, path: str, about: dict[str, object], views: Views | None = None) -> None: ...
    async def stop_recording(self) -> None: ...
    def press(self, digits: str) -> None: ...
    def close(self) -> None: ...


class Seats(Protocol):
    """What a peer uses of the mixer."""

    def open_line(self, far: Chorus) -> Seat:
        """A seat for one call, whose far side, or sides, are read from here."""
        ...


class Peer:
    """Sound and picture of one call; see CallMedia for what each method promises."""

    def __init__(
        self,
        mixer: Seats,
        cameras: Cameras,
        *,
        interfaces: tuple[str, ...],
        video: bool,
        changed: Callable[[MediaChange], None],
    ) -> None:
        self._mixer = mixer
        self._interfaces = interfaces
        self._changed = changed
        self._has_video = self._camera = video
        self._muted = self._held = self._joined = self._started = False
        self._reach = Reach(interfaces=interfaces)
        self._servers: tuple[IceServer, ...] = ()
        self._seat: Seat | None = None
        self._picture = OwnPicture(cameras)
        self._far_video = FarVideo()
        self._far_view, self._own_view = View(off=self._far_is_off), View(mine=True, off=self._own_is_off)
        self._far_video.seen = self._far_view.put
        self._playout = Playout()
        self._playout.first_heard = self._sit_down
        self._chorus = Chorus(self._playout)
        self._branches: list[Branch] = []
        self._has_branched = False
        self._link: Link | None = None
        self._fresh: Link | None = None
        """The connection that takes over when its offer is answered."""
        self._early: list[Candidate] = []
        self._old: list[Link] = []
        self._negotiating = asyncio.Lock()
        self._said = MediaChange(MediaLink.NEW)
        self._silence = Silence()
        self._cut: Cut | None = None
        self._search = Search()
        self._report = stats.Report()
        self._watch: asyncio.Task[None] | None = None
        self._farewells: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None

    # -- negotiation ------------------------------------------------------------------------------------------------

    def use_ice(self, servers: tuple[IceServer, ...], *, loopback: bool) -> None:
        self._servers = servers
        self._reach = Reach(loopback=loopback, interfaces=self._interfaces)

    def tell_of_cuts(self, told: Callable[[bool], None]) -> None:
        self._cut = Cut(told)

    async def offer(self, *, fresh: bool = False) -> Description:
        async with self._negotiating:
            link = await self._open_link()
            # A fresh connection that was offered before and got no answer is none.
            self._drop_fresh()
            is_gone = self._said.link in (MediaLink.DISCONNECTED, MediaLink.FAILED, MediaLink.CLOSED)
            if link.far is not None and (fresh or is_gone):
                # Where the way is gone, an offer over it would change nothing.
                link = self._fresh = self._new_link(link)
            elif fresh and link.has_offered:
                link = self._replace_link(self._new_link(link))
                self._bid_farewell(self._old.pop())
            description = await link.offer(self._wish())
            self._check_open()
            return description

    async def answer(self, offer: Description) -> Description:
        async with self._negotiating:
            self._check_open()
            session = sdp.parse(offer.sdp)
            link = await self._open_link()
            self._drop_fresh()
            if link.is_restarted_by(session):
                return await self._answer_restart(session, offer.candidates)
            answer = await link.answer(session, self._wish())
            for candidate in offer.candidates:
                await link.add_candidate(candidate)
            self._negotiated()
            return answer

    async def _answer_restart(self, session: sdp.Session, candidates: tuple[Candidate, ...]) -> Description:
        """The far side begins its ICE anew; aiortc cannot, so another connection takes over."""
        fresh = self._new_link(self._link)
        try:
            answer = await fresh.answer(session, self._wish())
        except BaseException:
            self._bid_farewell(fresh)
            raise
        self._replace_link(fresh)
        for candidate in candidates:
            await fresh.add_candidate(candidate)
        self._negotiated()
        return answer

    async def apply(self, answer: Description) -> None:
        async with self._negotiating:
            link = self._fresh or await self._open_link()
            try:
                await link.apply(sdp.parse(answer.sdp))
            except BaseException:
                self._drop_fresh()
                raise
            if link is self._fresh:
                self._fresh = None
                self._replace_link(link)
            for candidate in answer.candidates:
                await link.add_candidate(candidate)
            self._negotiated()
            self._link_changed(link)

    def _drop_fresh(self) -> None:
        """Nothing comes of the connection that we offered; the one there is goes on."""
        if self._fresh is not None:
            self._bid_farewell(self._fresh)
            self._fresh = None
            self._tell()

    async def add_candidate(self, candidate: Candidate) -> None:
        if self._closing is not None:
            return
        if (link := self._fresh or self._link) is not None:
            await link.add_candidate(candidate)
        elif len(self._early) < sdp.MAX_CANDIDATES:
            # A connection would already need to know what `use_ice` has yet to say.
            self._early.append(candidate)

    def branch(self, name: str, lost: Callable[[], None]) -> Branch:
        self._check_open()
        told = Told(lost, self._unbranched, self._nobody_is_seen)
        made = Branch(name, told, reach=self._reach, servers=self._servers)
        made.playout.first_heard = self._sit_down
        self._has_branched = True
        self._branches.append(made)
        self._chorus.add(made.playout)
        return made

    def _unbranched(self, branch: Branch) -> None:
        self._branches.remove(branch)
        self._chorus.remove(branch.playout)

    def _check_open(self) -> None:
        if self._closing is not None:
            raise NegotiationFailed("The call is over.")

    async def _open_link(self) -> Link:
        self._check_open()
        if self._link is None:
            self._link = self._new_link()
            self._watch = asyncio.create_task(self._keep_watch())
            for candidate in self._early:
                await self._link.add_candidate(candidate)
        return self._link

    def _new_link(self, instead_of: Link | None = None) -> Link:
        parts = Parts(
            *(self._playout, self._microphone, self._new_track, self._far_video, self._reach, self._servers),
            pressed=self._far_pressed,
        )
        return Link(parts, self._link_changed, instead_of=instead_of)

    def _replace_link(self, fresh: Link) -> Link:
        assert self._link is not None
        self._old.append(self._link)
        self._link = fresh
        self._search = Search()
        return fresh

    def _wish(self) -> Wish:
        # Also while the camera is off: a far side that cannot be asked again sees it go on later all the same.
        return Wish(held=self._held, picture=self._has_video)

    def _negotiated(self) -> None:
        self._check_open()
        self._show()

    # -- what the person does ---------------------------------------------------------------------------------------

    def start(self) -> None:
        if self._closing is None:
            self._started = True
            self._sit_down()
            self._show()

    def mute(self, on: bool) -> None:
        self._muted = on
        self._set_seat()

    def hold(self, on: bool) -> None:
        self._held = on
        self._set_seat()
        self._show()

    def join(self, on: bool) -> None:
        self._joined = on
        self._set_seat()

    def camera(self, on: bool) -> None:
        self._camera = on
        self._has_video |= on
        self._show()

    def with_video(self) -> None:
        self._has_video = True
        self._tell()

    def switch_camera(self, name: str | None = None) -> None:
        if self._closing is None:
            self._picture.switch(name)
            self._tell()

    def press(self, digits: str) -> None:
        if (seat := self._sit_down()) is not None:
            seat.press(digits)

    async def dtmf(self, digits: str) -> bool:
        return self._link is not None and self._closing is None and await self._link.dial(digits)

    def _far_pressed(self, digit: str) -> None:
        if self._closing is None:
            self._changed(replace(self._said, digits=digit))

    def record(self, path: str, about: dict[str, object]) -> None:
        if (seat := self._sit_down()) is None:
            raise MediaError("The call is over; there is nothing to record.")
        is_seen = self._has_video or any(view.newest is not None for view in self.views())
        seat.record(path, about, self.views if is_seen else None)

    async def stop_recording(self) -> None:
        if self._seat is not None:
            await self._seat.stop_recording()

    def _sit_down(self) -> Seat | None:
        """Take the seat at the sound card when there is something to hear or to say, not while a call only rings."""
        if self._seat is None and self._closing is None:
            self._seat = self._mixer.open_line(self._chorus)
            self._seat.recording_failed = self._recording_failed
        self._set_seat()
        return self._seat

    def _recording_failed(self, sentence: str) -> None:
        self._changed(replace(self._said, recording_problem=sentence))

    def _set_seat(self) -> None:
        if (seat := self._seat) is not None:
            seat.muted, seat.held, seat.joined = self._muted, self._held, self._joined
            if self._started and not seat.started:
                seat.started = True

    def _microphone(self, samples: int) -> Samples:
        return np.zeros(samples, np.int16) if self._seat is None else self._seat.microphone(samples)

    def _new_track(self) -> Tapped:
        return Tapped(PictureTrack(self._picture), self._own_view)

    def _show(self) -> None:
        """Have the camera open while it is to be seen, not while the call only rings; tell what it says of itself."""
        wanted = self._camera and self._started and not self._held and self._closing is None
        self._picture.show(wanted and self._link is not None and self._link.is_showing)
        self._tell()

    # -- what the connection does -----------------------------------------------------------------------------------

    def _link_changed(self, link: Link) -> None:
        if link is not self._link:
            return
        if link.state == "connected":
            old, self._old = self._old, []
            for gone in old:
                self._bid_farewell(gone)
        self._tell()

    def _bid_farewell(self, link: Link) -> None:
        task = asyncio.create_task(link.close())
        self._farewells.add(task)
        task.add_done_callback(self._farewells.discard)

    def _tell(self) -> None:
        """Report what has changed, if it has."""
        link = self._link
        if link is None or self._closing is not None:
            return
        audio = link.far.first("audio") if link.far is not None else None
        held = self._said.held_by_peer if audio is None else audio.direction in ("sendonly", "inactive")
        state = {
            "connected": MediaLink.DISCONNECTED if self._silence.rings else MediaLink.CONNECTED,
            # While another is being offered, this one's end is not that of the call.
            "failed": MediaLink.FAILED if self._fresh is None else MediaLink.DISCONNECTED,
            "closed": MediaLink.CLOSED if self._fresh is None else MediaLink.DISCONNECTED,
        }.get(link.state, self._said.link)
        self._say(MediaChange(state, held, cameras=self._cameras(), camera_problem=self._picture.problem))

    def _cameras(self) -> tuple[str, ...]:
        return self._picture.names if self._has_video else ()

    def _say(self, change: MediaChange) -> None:
        if change != self._said:
            self._said = change
            self._changed(change)

    async def _keep_watch(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(_LOOK_S)
            turn += 1
            link = self._link
            if link is None:
                continue
            now = time.monotonic()
            flowing = link.state == "connected" and link.is_receiving and not self._said.held_by_peer
            last = self._playout.last_arrival
            if self._silence.look(now, expected=self._started and flowing, last_packet=last):
                self._tell()
            if self._cut is not None:
                is_connected = link.state == "connected"
                ask = partial(self._is_there, link)
                self._cut.look(now, silent=self._silence.rings, connected=is_connected, ask=ask)
            searching = link.far is not None and link.state in ("new", "connecting")
            if self._search.look(now, searching=self._started and searching):
                self._say(replace(self._said, link=MediaLink.FAILED))
            elif self._picture.problem != self._said.camera_problem:
                self._tell()
            if turn % 2 == 0 and link.state == "connected":
                self._report = await stats.far_report(link.connection)
                if link.voice is not None:
                    link.voice.expect_loss(self._report.loss_percent)

    async def _is_there(self, link: Link) -> bool:
        # Of a way that another one took the place of meanwhile, silence says nothing.
        return await seams.is_answered(link.connection) or link is not self._link

    def stats(self) -> MediaStats:
        heard = max(self._branches, key=lambda branch: self._chorus.level(branch.playout), default=None)
        playout, video = (self._playout, self._far_video) if heard is None else (heard.playout, heard.video)
        seat, counters = self._seat, playout.counters
        codec = playout.codec or (self._link.codec if self._link is not None else None)
        mos = None
        # What no longer comes has no quality.
        is_gone = self._said.link in (MediaLink.DISCONNECTED, MediaLink.FAILED, MediaLink.CLOSED)
        if codec is not None and counters.received and not is_gone:
            delay_ms = stats.one_way_ms(self._report.rtt_ms, playout.pace.wait_ms)
            mos = stats.opinion(codec, loss_percent=playout.loss_percent, delay_ms=delay_ms)
        return MediaStats(
            microphone_level=seat.microphone_level if seat is not None else 0.0,
            far_level=seat.far_level if seat is not None else 0.0,
            codec="Opus" if codec == "opus" else codec,
            received=counters.received,
            lost=counters.lost,
            loss_percent=playout.loss_percent,
            jitter_ms=playout.jitter_ms,
            rtt_ms=self._report.rtt_ms,
            delay_ms=playout.pace.wait_ms,
            concealed_ms=playout.concealed_ms,
            mos=mos,
            video=video.describe(),
            video_frames=video.frames,
        )

    def views(self) -> tuple[View, ...]:
        return (
            *[branch.view for branch in self._branches],
            *([] if self._branches else [self._far_view]),
            self._own_view,
        )

    def _nobody_is_seen(self) -> str | None:
        return "on hold" if self._held else None

    def _far_is_off(self) -> str | None:
        if self._held or self._said.held_by_peer:
            return "on hold"
        if self._has_branched:
            return "nobody else is here"
        far = self._link.far if self._link is not None else None
        if far is None:
            return None
        picture = far.first("video")
        return "camera off" if picture is None or picture.direction in ("recvonly", "inactive") else None

    def _own_is_off(self) -> str | None:
        if not self._camera:
            return "camera off"
        return "on hold" if self._held else self._picture.problem

    # -- the end ----------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._seat is not None:
            self._seat.close()
        if self._watch is not None:
            self._watch.cancel()
        if self._cut is not None:
            self._cut.close()
        self._picture.show(False)
        await asyncio.gather(*(branch.close() for branch in list(self._branches)))
        for link in (self._link, self._fresh, *self._old):
            if link is not None:
                self._bid_farewell(link)
        if self._farewells:
            await asyncio.wait(self._farewells, timeout=CLOSE_S)
        self._playout.close()


class PeerFactory:
    """Makes the media of calls, all at one mixer; the interfaces are an allow-list (`eth0`, `wg*`), empty for all.

    Without cameras our picture is a test pattern.
    """

    def __init__(self, mixer: Seats, *, interfaces: tuple[str, ...] = (), cameras: Cameras | None = None) -> None:
        opus.library()
        self._mixer = mixer
        self._cameras = cameras or Cameras(PATTERNS)
        seams.allow_bitrate(*self._cameras.size)
        self._interfaces = interfaces

    def create(self, *, video: bool, changed: Callable[[MediaChange], None]) -> CallMedia:
        """Media for one new call."""
        return Peer(self._mixer, self._cameras, interfaces=self._interfaces, video=video, changed=changed)
