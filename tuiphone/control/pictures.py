"""Pictures of a call: who may be seen, and in which memory the newest picture of each is; never the pictures."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.call import CallId


class Watch(Message, frozen=True, kw_only=True):
    """Look at the pictures of a call from now on; to be said again every second, else they are no longer made. The
    reply is Pictures."""

    call: CallId
    viewer: str
    """Names whoever looks; any text, the same each time."""
    rate: float
    """Pictures a second, at most."""
    width: Number
    """The most pixels there is room for."""
    height: Number
    mirrored: bool = False
    """Our own picture turned round, as a mirror shows us."""


class Unwatch(Message, frozen=True):
    """Look no longer."""

    viewer: str


class Side(msgspec.Struct, frozen=True):
    """One side of the call that may be seen."""

    name: str
    memory: str
    """The file of its pictures, as core.frames has it."""
    mine: bool = False
    """It is what the others see of us."""
    missing: str | None = None
    """Why there is no picture, or none that is true any more, in words."""


class Pictures(Message, frozen=True):
    """Who may be seen: the far sides, then we."""

    sides: tuple[Side, ...]


Command: TypeAlias = Watch | Unwatch
Result: TypeAlias = Pictures


class PictureVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def watch(
        self, call: CallId, *, viewer: str, rate: float, width: int, height: int, mirrored: bool = False
    ) -> Pictures:
        """Look at the pictures of a call; to be said again every second."""
        command = Watch(call=call, viewer=viewer, rate=rate, width=width, height=height, mirrored=mirrored)
        return answered(await self.request(command), Pictures)

    async def unwatch(self, viewer: str) -> None:
        """Look no longer."""
        await self.request(Unwatch(viewer))
