"""The sound devices: which there are, which are used, and whether they can be heard."""

import asyncio
from dataclasses import asdict

from tuiphone.control import sound
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.engine.settings import set_preference
from tuiphone.media.devices import Device, choose, list_devices
from tuiphone.media.tones import probe_tone

HEAR_SECONDS = 1.5
"""How long the microphone stays open after its level was asked for the last time."""
PROBE_SECONDS = 1.2


class SoundService(Service):
    """Answers what is asked of the sound devices."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._hearing: asyncio.TimerHandle | None = None
        self._choosing = asyncio.Lock()

    @property
    def handlers(self) -> Handlers:
        return {
            sound.ListDevices: self.devices,
            sound.UseDevice: self.use,
            sound.ProbeDevice: self.probe,
            sound.HearMicrophone: self.hear,
        }

    async def devices(self, _: sound.ListDevices) -> sound.Devices:
        """The sound devices that are there right now."""
        found = await list_devices()
        used = self.parts.phone.state.sound
        return sound.Devices(
            microphones=tuple(_device(device, used.microphone) for device in found.microphones),
            speakers=tuple(_device(device, used.speaker) for device in found.speakers),
            cameras=tuple(camera.name for camera in self.parts.cameras.listed()),
            chosen=asdict(self.parts.preferences.sound),
        )

    async def use(self, command: sound.UseDevice) -> None:
        """Use a device and keep that. Raises: NoDevice for one that is not there, MediaError, ConfigError."""
        name = command.name
        if name not in ("default", "none"):
            found = await list_devices()
            is_microphone = command.kind == "microphone"
            there = found.microphones if is_microphone else found.speakers
            name = choose(there, name, "microphone" if is_microphone else "speaker").name
        await set_preference(self.parts, "sound", command.kind, None if name == "default" else name)
        # One after the other: two screens may ask at once, and each choice opens and closes devices.
        async with self._choosing:
            wishes = self.parts.preferences.sound
            ringer = None if wishes.ringer == "default" else wishes.ringer
            await self.parts.sound.choose(microphone=wishes.microphone, speaker=wishes.speaker, ringer=ringer)
            # The ringer may have come to a device of its own, or gone from it.
            self.parts.mixer.review()

    async def probe(self, command: sound.ProbeDevice) -> None:
        """Play a tone there."""
        self.parts.mixer.play(probe_tone(), device=command.kind, seconds=PROBE_SECONDS)

    async def hear(self, _: sound.HearMicrophone) -> sound.Loudness:
        """How loud the microphone is; it closes again when nobody asks any more."""
        if self._hearing is not None:
            self._hearing.cancel()
        self.parts.mixer.listen(True)
        self._hearing = asyncio.get_running_loop().call_later(HEAR_SECONDS, self.parts.mixer.listen, False)
        return sound.Loudness(self.parts.mixer.microphone_level)

    async def close(self) -> None:
        if self._hearing is not None:
            self._hearing.cancel()
            self.parts.mixer.listen(False)


def _device(device: Device, used: str | None) -> sound.SoundDevice:
    return sound.SoundDevice(device.name, device.is_default, device.name == used)
