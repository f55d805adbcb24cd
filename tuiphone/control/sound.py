"""The sound devices of the engine's machine."""

from typing import Literal, TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, answered

Kind: TypeAlias = Literal["microphone", "speaker", "ringer"]


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
    chosen: dict[str, str] = {}
    """What the settings say: the name of a device, `default` or `none`; the ringer's default is the speaker."""
    cameras: tuple[str, ...] = ()
    """What our picture can be of, the one that calls begin with first."""


class UseDevice(Message, frozen=True):
    """Use this device from now on, in the middle of a call too, and keep that in the settings."""

    kind: Kind
    name: str
    """Of the device, or a part of it; `default` for the system's choice, `none` for silence."""


class ProbeDevice(Message, frozen=True):
    """Let a tone be heard where this kind is heard now; for the microphone use HearMicrophone."""

    kind: Literal["speaker", "ringer"]


class HearMicrophone(Message, frozen=True):
    """Ask how loud the microphone is, opening it for a moment if need be; the reply is Loudness."""


class Loudness(Message, frozen=True):
    """Peak of the last 100 ms, 0 to 1."""

    level: float


Command: TypeAlias = ListDevices | UseDevice | ProbeDevice | HearMicrophone
Result: TypeAlias = Devices | Loudness


class SoundVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def devices(self) -> Devices:
        """The sound devices of the engine's machine."""
        return answered(await self.request(ListDevices()), Devices)

    async def use_device(self, kind: Kind, name: str) -> None:
        """Use this device from now on, and keep that in the settings."""
        await self.request(UseDevice(kind, name))

    async def probe_device(self, kind: Literal["speaker", "ringer"]) -> None:
        """Let a tone be heard there."""
        await self.request(ProbeDevice(kind))

    async def microphone_level(self) -> float:
        """How loud the microphone is, 0 to 1; to be asked again and again."""
        return answered(await self.request(HearMicrophone()), Loudness).level
