"""The sound devices of the engine's machine."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, answered


class ListDevices(Message, frozen=True):
    """Ask for the sound devices; the reply is Devices."""


class SoundDevice(msgspec.Struct, frozen=True):
    """A microphone or a speaker."""

    name: str
    is_default: bool = False
    in_use: bool = False


class Devices(Message, frozen=True):
    """The sound devices of the engine's machine."""

    microphones: tuple[SoundDevice, ...]
    speakers: tuple[SoundDevice, ...]


Command: TypeAlias = ListDevices
Result: TypeAlias = Devices


class SoundVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def devices(self) -> Devices:
        """The sound devices of the engine's machine."""
        return answered(await self.request(ListDevices()), Devices)
