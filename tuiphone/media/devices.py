"""Which microphones and speakers there are, asked in a process of its own, and which of them a name means.

PortAudio sees only the devices that were there when it was initialised, and looking again stops every stream; so
looking is done elsewhere: `python -m tuiphone.media.devices` prints the list as JSON.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, Literal

from tuiphone.core import programs
from tuiphone.core.errors import MediaError, NoDevice

NO_LIBRARY = (
    "PortAudio is missing: calls are silent. Install it with `apt install libportaudio2` and start tuiphone again."
)
NO_START = "The sound system does not start: calls are silent. Look into the log, and at ~/.asoundrc if there is one."
TIMEOUT_S = 10.0
_MOST = 1 << 20
Kind = Literal["microphone", "speaker"]


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone or a speaker."""

    name: str
    is_default: bool
    channels: int
    rate: int
    """What it runs at by itself, Hz."""
    index: int
    """PortAudio's number for it, good until it looks again."""


@dataclass(frozen=True, slots=True)
class Devices:
    """All there are."""

    microphones: tuple[Device, ...]
    speakers: tuple[Device, ...]


async def list_devices() -> Devices:
    """The sound devices that are there now. Raises: MediaError when they cannot be listed."""
    command = (sys.executable, "-m", "tuiphone.media.devices")
    try:
        # Its stderr goes nowhere: ALSA complains there about every device it cannot open.
        _, text = await programs.run(command, seconds=TIMEOUT_S, most=_MOST)
    except TimeoutError:
        raise MediaError("The sound system does not answer; devices cannot be listed.") from None
    try:
        answer = json.loads(text)
        if "problem" in answer:
            raise MediaError(answer["problem"])
        return Devices(
            tuple(Device(**device) for device in answer["microphones"]),
            tuple(Device(**device) for device in answer["speakers"]),
        )
    except (ValueError, KeyError, TypeError):
        raise MediaError("The sound system broke down while devices were listed; see whether ALSA works.") from None


def choose(devices: Sequence[Device], wanted: str | None, kind: Kind) -> Device:
    """The device of this name, the only one whose name contains it, or the default one.

    Raises: NoDevice, with what was probably meant.
    """
    if wanted is None or wanted == "default":
        found = [device for device in devices if device.is_default] or list(devices[:1])
        if not found:
            raise NoDevice(f"There is no {kind}; connect one, or start PulseAudio or PipeWire.")
        return found[0]
    for device in devices:
        if device.name == wanted:
            return device
    parts = [device for device in devices if wanted.casefold() in device.name.casefold()]
    if len(parts) == 1:
        return parts[0]
    if parts:
        names = ", ".join(repr(device.name) for device in parts)
        raise NoDevice(f"{wanted!r} may mean more than one {kind}: {names}.")
    near = get_close_matches(wanted, [device.name for device in devices], 1)
    hint = f"Did you mean {near[0]!r}?" if near else "See `tuiphone devices`."
    raise NoDevice(f"There is no {kind} {wanted!r}. {hint}")


def is_there(devices: Sequence[Device], wanted: str) -> bool:
    """Whether `choose` would find this one."""
    try:
        choose(devices, wanted, "speaker")
    except NoDevice:
        return False
    return True


def usable(listed: Sequence[Any], default: int, *, capture: bool) -> list[Device]:
    """What can be spoken into, or heard, of PortAudio's list."""
    key = "max_input_channels" if capture else "max_output_channels"
    return [
        Device(str(one["name"]), one["index"] == default, int(one[key]), int(one["default_samplerate"]), one["index"])
        for one in listed
        if one[key] > 0
    ]


def _look() -> dict[str, Any]:
    """The list of this process; for the helper process only."""
    try:
        import sounddevice
    except OSError:
        return {"problem": NO_LIBRARY}
    except Exception:  # noqa: BLE001  its own error class is in the module that does not load
        return {"problem": NO_START}
    listed, (microphone, speaker) = sounddevice.query_devices(), sounddevice.default.device
    return {
        "microphones": [asdict(device) for device in usable(listed, microphone, capture=True)],
        "speakers": [asdict(device) for device in usable(listed, speaker, capture=False)],
    }


if __name__ == "__main__":
    json.dump(_look(), sys.stdout)
