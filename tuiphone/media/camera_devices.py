"""Which cameras this machine has."""

import sys
from functools import cache
from pathlib import Path

DEVICES = Path("/dev")
NAMES = Path("/sys/class/video4linux")


def camera_devices() -> tuple[tuple[str, str], ...]:
    """Name of each camera, and where it is opened; without opening any, which would wake it up."""
    return _of_avfoundation() if sys.platform == "darwin" else _of_v4l2()


def _of_v4l2() -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    files = [file for file in DEVICES.glob("video*") if file.name.removeprefix("video").isdigit()]
    for file in sorted(files, key=lambda file: int(file.name.removeprefix("video"))):
        # A camera's second node gives data about its pictures, not pictures.
        if _read(NAMES / file.name / "index", "0") == "0":
            found.append((_read(NAMES / file.name / "name", file.name), str(file)))
    return tuple(found)


def _read(file: Path, otherwise: str) -> str:
    try:
        text = file.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return otherwise
    return "".join(letter for letter in text if letter.isprintable())[:80] or otherwise


@cache  # asking takes long there
def _of_avfoundation() -> tuple[tuple[str, str], ...]:
    import av

    found = av.enumerate_input_devices("avfoundation")
    return tuple((device.description, device.name) for device in found if "video" in device.media_types)
