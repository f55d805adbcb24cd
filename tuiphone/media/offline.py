"""What is done with a whole file, calls or no calls: measuring it, writing it anew as WAV, or with the index it lacks.

All of it runs in a process of its own at the lowest priority: hours of sound must not make a call stutter, and a file
that somebody made to crash a decoder takes that process along, not the phone.
"""

import json
import os
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuiphone.core import programs
from tuiphone.core.errors import MediaError

SECONDS = 600.0
"""How long one file may take; two hours of Opus take about twenty on an old machine."""
MEMORY = 2 << 30
MAX_ANSWER = 64 * 1024
SHORTEST_S = 0.02
"""Less sound than that is none."""
SUFFIXES = {
    "wav": ".wav",
    "w64": ".w64",
    "ogg": ".ogg",
    "mp3": ".mp3",
    "matroska,webm": ".webm",
    "gsm": ".gsm",
    "flac": ".flac",
    "aac": ".aac",
    "mov,mp4,m4a,3gp,3g2,mj2": ".m4a",
    "amr": ".amr",
    "au": ".au",
    "aiff": ".aiff",
    "caf": ".caf",
}
"""FFmpeg's name of a format -> how its files are called."""


class TooSlow(MediaError):
    """The machine had no time for it; that says nothing about the file."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A file that was decoded to its end."""

    suffix: str
    """By what is in it, whatever it is called."""
    duration_s: float
    left: bytes
    """Loudness from the beginning to the end, a byte each; see waveform.py."""
    right: bytes | None
    """Of the other side; None for a file with one channel."""


async def measure(path: Path) -> Measured:
    """Decode a file to its end. Raises: MediaError when there is no sound in it that can be played."""
    answer = await _apart("measure", str(path))
    try:
        right = answer["right"]
        return Measured(
            suffix=str(answer["suffix"]),
            duration_s=float(answer["duration_s"]),
            left=b64decode(answer["left"]),
            right=None if right is None else b64decode(right),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise MediaError(f"{path.name} cannot be measured; it may be damaged.") from error


async def write_wav(path: Path, target: Path) -> None:
    """Write what is in `path` as 16-bit WAV into `target`, a new file. Raises: MediaError."""
    await _apart("wav", str(path), str(target))


async def write_whole(path: Path, target: Path) -> None:
    """Write a WebM that was cut off into `target`, a new file, as if it had not been: it says how long it is, and
    players can go to any place in it. Raises: MediaError.
    """
    await _apart("whole", str(path), str(target))


async def _apart(*arguments: str) -> dict[str, Any]:
    name = Path(arguments[1]).name
    # -P: nothing lying about in the working directory may be imported in place of a library.
    command = (sys.executable, "-P", "-m", "tuiphone.media.offline", *arguments)
    try:
        _, said = await programs.run(
            command, seconds=SECONDS, most=MAX_ANSWER, environment={**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        )
    except TimeoutError:
        raise TooSlow(f"{name} takes too long to read; try again when the machine has less to do.") from None
    try:
        answer = json.loads(said)
    except ValueError:
        raise MediaError(f"{name} cannot be read to its end; it may be damaged.") from None
    if "problem" in answer:
        raise MediaError(answer["problem"])
    return answer


# -- in the other process -----------------------------------------------------------------------------------------


def main(arguments: list[str]) -> None:
    """Do one of the three and say the outcome as JSON."""
    import resource

    os.nice(19)
    resource.setrlimit(resource.RLIMIT_CPU, (round(SECONDS), round(SECONDS)))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        match arguments:
            case ["measure", path]:
                answer = _measure(Path(path))
            case ["wav", path, target]:
                answer = _write_wav(Path(path), Path(target))
            case ["whole", path, target]:
                answer = _write_whole(Path(path), Path(target))
            case _:
                raise MediaError("Nothing to do.")
    except MediaError as error:
        answer = {"problem": str(error)}
    except OSError as error:
        answer = {"problem": f"{Path(arguments[-1]).name} cannot be written or read: {error.strerror or error}."}
    sys.stdout.write(json.dumps(answer))


def _measure(path: Path) -> dict[str, Any]:
    from tuiphone.media.soundfile import frames_of, open_sound
    from tuiphone.media.waveform import Envelope, sides

    file, container, stream = open_sound(path)
    with file, container:
        # Planes may come one or two, but a file does not change that in its middle.
        rate, channels = stream.rate or 8000, min(stream.channels, 2)
        curves = [Envelope(rate) for _ in range(max(1, channels))]
        samples = 0
        for sound, number in _seconds(frames_of(container, stream), rate):
            for curve, side in zip(curves, sides(sound, number), strict=False):
                curve.add(side)
            samples += sound.size // number
        suffix = SUFFIXES.get(container.format.name, path.suffix.lower())
    if samples / rate < SHORTEST_S:
        raise MediaError(f"There is no sound in {path.name}.")
    left, *more = (b64encode(curve.points()).decode() for curve in curves)
    return {"suffix": suffix, "duration_s": samples / rate, "left": left, "right": more[0] if more else None}


def _seconds(frames: Iterable[Any], rate: int) -> Iterator[tuple[Any, int]]:
    """The sound of about a second of frames at a time, and how many channels it has: frames alone are too small."""
    import numpy as np

    held: list[Any] = []
    shape = (0, 0)
    count = 0
    for frame in frames:
        sound, number = frame.to_ndarray(), frame.layout.nb_channels
        if held and ((sound.shape[0], number) != shape or count >= rate):
            yield np.concatenate(held, axis=1), shape[1]
            held, count = [], 0
        shape = (sound.shape[0], number)
        held.append(sound)
        count += frame.samples
    if held:
        yield np.concatenate(held, axis=1), shape[1]


def _write_wav(path: Path, target: Path) -> dict[str, Any]:
    import wave

    import av

    from tuiphone.media.soundfile import frames_of, open_sound

    file, container, stream = open_sound(path)
    with file, container, open(target, "xb") as raw, wave.open(raw, "wb") as out:
        channels = min(2, max(1, stream.channels))
        rate = stream.rate or 8000
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        resampler = av.AudioResampler(format="s16", layout="stereo" if channels == 2 else "mono", rate=rate)
        for frame in frames_of(container, stream):
            for part in resampler.resample(frame):
                out.writeframes(part.to_ndarray().tobytes())
        if not out.getnframes():
            raise MediaError(f"There is no sound in {path.name}.")
    return {}


def _write_whole(path: Path, target: Path) -> dict[str, Any]:
    import av
    from av.error import FFmpegError

    from tuiphone.media.soundfile import open_sound

    file, container, _ = open_sound(path)
    with file, container, open(target, "xb", opener=_private) as raw, av.open(raw, "w", format="webm") as out:
        copies = {
            stream.index: out.add_stream_from_template(stream)
            for stream in (*container.streams.audio, *container.streams.video)
        }
        packets = container.demux(*(container.streams[index] for index in copies))
        while True:
            try:
                packet = next(packets)
            except (StopIteration, FFmpegError):
                # The end, or the place where it was cut off.
                break
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                out.mux(packet)
    return {}


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


if __name__ == "__main__":
    main(sys.argv[1:])
