"""The sound devices: which there are, and which are in use."""

from tuiphone.control import sound
from tuiphone.engine.service import Handlers, Service
from tuiphone.media.devices import Device, list_devices


class SoundService(Service):
    """Answers what is asked of the sound devices."""

    @property
    def handlers(self) -> Handlers:
        return {sound.ListDevices: self.devices}

    async def devices(self, _: sound.ListDevices) -> sound.Devices:
        """The sound devices."""
        found = await list_devices()
        used = self.parts.phone.state.sound
        return sound.Devices(
            microphones=tuple(_device(device, used.microphone) for device in found.microphones),
            speakers=tuple(_device(device, used.speaker) for device in found.speakers),
        )


def _device(device: Device, used: str | None) -> sound.SoundDevice:
    return sound.SoundDevice(device.name, device.is_default, device.name == used)
