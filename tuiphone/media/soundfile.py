"""A sound file of any origin decoded to 48 kHz mono: recordings of ours, downloads, or junk. A Source for the mixer."""

import asyncio
import logging
import os
import stat
import threading
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import av
import numpy as np
from av.error import FFmpegError

from tuiphone.core.errors import MediaError
from tuiphone.media.resample import Samples
from tuiphone.media.stream import RATE
from tuiphone.media.tempo import Tempo

log = logging.getLogger(__name__)

FORMATS = "wav,w64,ogg,mp3,matroska,webm,gsm,flac,aac,mov,mp4,m4a,amr,au,aiff,caf"
"""FFmpeg's names of what may be opened: never a playlist, which would have it open other files and addresses."""
_AHEAD = RATE
"""Samples decoded in advance."""
_PIECE = 4800
_MOST_ERRORS = 50
_GSM_FRAME, _GSM_LOOK = 33, 32
"""Bytes of a frame of 20 ms, and how many of them are looked at."""
_PREROLL_S = 0.5
"""Codecs tell sound by what came before it: after a jump GSM 06.10 is next to silent without, whose long-term predictor
knows nothing yet, and Opus wants 80 ms (RFC 7845 section 4.6)."""
_OPEN_S = 10.0
_LONGEST_S = 1e7
SLOWEST, FASTEST = 0.5, 2.0
"""Speeds beyond which speech is no longer understood."""


class SoundFile:
    """Decodes one file in a thread, at most a second ahead; a Source for the mixer."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.duration_s: float | None = None
        """None when the file does not say."""
        self.position_s = 0.0
        """Of what was read last."""
        self.speed = 1.0
        """Seconds of the file in a second; the pitch stays."""
        self._pieces: deque[tuple[float, float, Samples]] = deque()
        """Where in the file each begins, its speed, and its sound."""
        self._ahead = 0
        self._sought: float | None = None
        self._closed = False
        self._done = False
        self._turn = threading.Condition(threading.RLock())
        self.over = asyncio.Event()
        """All was read."""

    async def open(self) -> None:
        """Look into the file and begin to decode. Raises: MediaError."""
        try:
            # Not wait_for, which loses a cancellation that comes together with the result.
            async with asyncio.timeout(_OPEN_S):
                opened = await asyncio.to_thread(self._open)
        except TimeoutError:
            raise MediaError(f"{self.path.name} cannot be read in time; it may be damaged.") from None
        threading.Thread(target=self._work, args=opened, name="player", daemon=True).start()

    def _open(self) -> tuple[BinaryIO, Any, Any]:
        file, container, stream = open_sound(self.path)
        self.duration_s = length_of(container)
        return file, container, stream

    def read(self, samples: int) -> Samples:
        """The next so many samples; silence when decoding lags behind or is over."""
        out = np.zeros(samples, np.int16)
        done = 0
        with self._turn:
            while done < samples and self._pieces:
                at, speed, piece = self._pieces.popleft()
                part, rest = piece[: samples - done], piece[samples - done :]
                out[done : done + len(part)] = part
                done += len(part)
                self.position_s = at + len(part) * speed / RATE
                if len(rest):
                    self._pieces.appendleft((self.position_s, speed, rest))
            self._ahead -= done
            if self._done and not self._pieces:
                self.over.set()
            self._turn.notify()
        return out

    def seek(self, position_s: float) -> None:
        """Go on from there."""
        with self._turn:
            self._sought = self.position_s = max(0.0, min(position_s, self.duration_s or _LONGEST_S))
            self._pieces.clear()
            self._ahead = 0
            self._done = False
            self.over.clear()
            self._turn.notify()

    def set_speed(self, speed: float) -> None:
        """Go on so many times as fast, within what can be understood."""
        with self._turn:
            self.speed = max(SLOWEST, min(speed, FASTEST))
            # What was decoded in advance has the old speed.
            self.seek(self.position_s)

    def close(self) -> None:
        """Decode no more."""
        with self._turn:
            self._closed = True
            self._turn.notify()

    def _work(self, file: BinaryIO, container: Any, stream: Any) -> None:
        begin = 0.0
        try:
            while not self._closed:
                self._decode(container, stream, begin)
                with self._turn:
                    self._done = self._sought is None
                    self._turn.wait_for(lambda: self._closed or self._sought is not None)
                    begin, self._sought = self._sought or 0.0, None
                    self._done = False
                if not self._closed:
                    try:
                        container.seek(round(_landed(begin) * av.time_base))
                    except FFmpegError:
                        # A stream without an index, as browsers record them: from the beginning, and thrown away.
                        container.close()
                        file.close()
                        file, container, stream = open_sound(self.path)
        except (FFmpegError, OSError, ValueError, MediaError) as error:
            log.info("playing %s ended early: %s", self.path, error)
        finally:
            container.close()
            file.close()
        self._done = True

    def _decode(self, container: Any, stream: Any, begin: float) -> None:
        speed, at = self.speed, begin
        tempo = Tempo(speed)
        for sound in _from(container, stream, begin):
            out = tempo.process(sound)
            if not self._put(at, speed, out):
                return
            at += len(out) * speed / RATE
        self._put(at, speed, tempo.rest())

    def _put(self, at: float, speed: float, sound: Samples) -> bool:
        """Queue this; False when decoding must end here."""
        for begin in range(0, len(sound), _PIECE):
            piece = sound[begin : begin + _PIECE]
            with self._turn:
                self._turn.wait_for(lambda: self._closed or self._sought is not None or self._ahead < _AHEAD)
                if self._closed or self._sought is not None:
                    return False
                self._pieces.append((at + begin * speed / RATE, speed, piece))
                self._ahead += len(piece)
        return not self._closed and self._sought is None


def open_sound(path: Path) -> tuple[BinaryIO, Any, Any]:
    """The file, the container in it and its first stream of sound, for whoever closes them. Raises: MediaError."""
    name = path.name
    try:
        file = _regular(path)
    except OSError as error:
        raise MediaError(f"{name} cannot be opened: {error.strerror or error}.") from error
    try:
        # As an open file and with a list of formats, so that nothing in it can name another file or address.
        options = {"format_whitelist": FORMATS, "protocol_whitelist": "none"}
        # FFmpeg wants more than half a second of it to know it for what it is, unless its name says so.
        known = "gsm" if _is_raw_gsm(file) else None
        container = av.open(file, "r", format=known, options=options, metadata_errors="replace")
    except (FFmpegError, OSError, ValueError) as error:
        file.close()
        log.info("cannot read %s: %s", path, error)
        raise MediaError(f"{name} is no sound file that can be played.") from error
    if not container.streams.audio:
        container.close()
        file.close()
        raise MediaError(f"There is no sound in {name}.")
    return file, container, container.streams.audio[0]


def _is_raw_gsm(file: BinaryIO) -> bool:
    """Frames of GSM 06.10 and nothing else, as PBXs keep calls: 33 bytes each, which begin with 0xD."""
    size = os.fstat(file.fileno()).st_size
    if not size or size % _GSM_FRAME:
        return False
    head = file.read(_GSM_LOOK * _GSM_FRAME)
    file.seek(0)
    return all(head[at] >> 4 == 0xD for at in range(0, len(head), _GSM_FRAME))


def length_of(container: Any) -> float | None:
    """Seconds, where the file says something that can be true."""
    if container.duration is not None and 0 < container.duration / av.time_base < _LONGEST_S:
        return container.duration / av.time_base
    return None


def frames_of(container: Any, stream: Any) -> Iterator[Any]:
    """Its decoded frames; what is damaged is left out, until it is too much."""
    errors = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except FFmpegError:
            errors += 1
            if errors > _MOST_ERRORS:
                return
            continue
        yield from frames


def _landed(begin: float) -> float:
    """Where decoding starts for sound from there on."""
    return max(0.0, begin - _PREROLL_S)


def _from(container: Any, stream: Any, begin: float) -> Iterator[Samples]:
    """Its sound from there on, at the mixer's rate."""
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=RATE)
    clock: float | None = None
    for frame in frames_of(container, stream):
        if clock is None:
            # A seek lands before the wished place; what lies between is decoded and thrown away.
            clock = float(frame.time) if frame.time is not None else _landed(begin)
        for part in resampler.resample(frame):
            sound = _mono(part.to_ndarray())
            skip = min(len(sound), max(0, round((begin - clock) * RATE)))
            clock += len(sound) / RATE
            yield sound[skip:]


def _regular(path: Path) -> BinaryIO:
    # Non-blocking, because opening a pipe would wait for somebody to write into it.
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError("it is no regular file")
    return file


def _mono(stereo: np.ndarray[Any, np.dtype[Any]]) -> Samples:
    # Both sides of a call in one: the halves of a recording seldom speak at once, so halving them would be too soft.
    pairs = stereo.reshape(-1, 2).astype(np.int32)
    return np.clip((pairs[:, 0] + pairs[:, 1]) * 0.7, -32768, 32767).astype(np.int16)
