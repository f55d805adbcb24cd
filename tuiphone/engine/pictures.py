"""Pictures of calls for whoever looks at them: begun with the first look, gone with the last, or with the call."""

import asyncio
import hashlib
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from tuiphone.control import pictures
from tuiphone.core.call import Call, CallId
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallEnded
from tuiphone.core.frames import MAX_HEIGHT, MAX_WIDTH, FrameWriter, place_for, sweep
from tuiphone.core.ledger import Change
from tuiphone.core.ports import View
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.media.exposure import Exposure

log = logging.getLogger(__name__)

LEASE_S = 5.0
"""How long pictures are made for a viewer that does not say again that it looks; it may have been killed."""
LOOK_S = 1.0
MAX_VIEWERS = 8
MAX_RATE = 30.0
SMALLEST = 8
OWN_SHARE = 4
"""Our own picture is shown in a corner: as wide and as high as so many of it make a whole."""


@dataclass(slots=True)
class _Viewer:
    call: CallId
    size: tuple[int, int]
    until: float
    exposures: dict[View, Exposure] = field(default_factory=dict)


class PictureService(Service):
    """Answers what is asked of pictures."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._viewers: dict[str, _Viewer] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._looking: asyncio.Task[None] | None = None
        self._folder = place_for(parts.paths.run_dir)
        # Of this profile, whose lock we hold: what has this name and is there when we start is nobody's.
        profile = hashlib.sha256(os.fsencode(parts.paths.socket)).hexdigest()[:16]
        self._prefix = f"tuiphone-{profile}-"

    @property
    def handlers(self) -> Handlers:
        return {pictures.Watch: self.watch, pictures.Unwatch: self.unwatch}

    async def start(self) -> None:
        if left := await asyncio.to_thread(sweep, self._folder, self._prefix):
            log.info("%d pictures of an engine that was killed were removed", left)
        self.parts.phone.listen(self._follow)

    async def watch(self, command: pictures.Watch) -> pictures.Pictures:
        """Begin or go on. Raises: NotPossible, MediaError when there is no memory."""
        views = self.parts.phone.views(command.call)
        if not views:
            raise NotPossible("That call has no picture.")
        if not command.viewer or len(command.viewer) > 64 or not command.rate > 0:
            raise NotPossible("A viewer needs a name and a number of pictures a second.")
        size = _within(command.width, MAX_WIDTH), _within(command.height, MAX_HEIGHT)
        viewer = self._viewers.get(command.viewer)
        if viewer is None or (viewer.call, viewer.size) != (command.call, size):
            self._drop(command.viewer)
            if len(self._viewers) >= MAX_VIEWERS:
                raise NotPossible(f"{MAX_VIEWERS} screens look at pictures already; close one of them.")
            viewer = self._viewers[command.viewer] = _Viewer(command.call, size, 0.0)
        viewer.until = asyncio.get_running_loop().time() + LEASE_S
        try:
            self._expose(viewer, views, min(MAX_RATE, command.rate), mirrored=command.mirrored)
        except BaseException:
            self._drop(command.viewer)
            raise
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_after(), name="pictures")
        return pictures.Pictures(tuple(self._side(viewer, view) for view in views))

    def _expose(self, viewer: _Viewer, views: tuple[View, ...], rate: float, *, mirrored: bool) -> None:
        for gone in viewer.exposures.keys() - set(views):
            viewer.exposures.pop(gone).close()
        for view in views:
            if (exposure := viewer.exposures.get(view)) is not None:
                exposure.rate = rate
                continue
            width, height = (max(SMALLEST, side // OWN_SHARE) if view.mine else side for side in viewer.size)
            writer = FrameWriter(self._folder, self._prefix, width=width, height=height)
            self._pool = self._pool or ThreadPoolExecutor(1, "pictures")
            turned = mirrored and view.mine
            viewer.exposures[view] = Exposure(view, writer, rate=rate, pool=self._pool, mirrored=turned)

    def _side(self, viewer: _Viewer, view: View) -> pictures.Side:
        call = self.parts.phone.state.call(viewer.call)
        name = "" if view.mine or call is None else _name_of(call, view.name)
        return pictures.Side(name, str(viewer.exposures[view].writer.path), view.mine, view.missing)

    async def unwatch(self, command: pictures.Unwatch) -> None:
        """Stop at once."""
        self._drop(command.viewer)

    def _drop(self, name: str) -> None:
        if (viewer := self._viewers.pop(name, None)) is not None:
            for exposure in viewer.exposures.values():
                exposure.close()

    async def _look_after(self) -> None:
        while self._viewers:
            await asyncio.sleep(LOOK_S)
            now = asyncio.get_running_loop().time()
            for name in [name for name, viewer in self._viewers.items() if viewer.until < now]:
                self._drop(name)

    async def _follow(self, change: Change) -> None:
        if isinstance(change.event, CallEnded):
            over = CallId(change.account, change.event.ref)
            for name in [name for name, viewer in self._viewers.items() if viewer.call == over]:
                self._drop(name)

    async def close(self) -> None:
        for name in list(self._viewers):
            self._drop(name)
        if self._looking is not None:
            self._looking.cancel()
        if self._pool is not None:
            await asyncio.to_thread(self._pool.shutdown)


def _name_of(call: Call, side: str | None) -> str:
    """Who is seen: of a group call the one with this address."""
    if side is None:
        return "" if call.is_group else call.peer.label
    return next((one.address.label for one in call.participants if one.address.text == side), side)


def _within(size: int, most: int) -> int:
    return max(SMALLEST, min(size, most))
