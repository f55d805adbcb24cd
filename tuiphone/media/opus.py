"""libopus by ctypes, out of the copy that PyAV brings: what FFmpeg's wrapper leaves out is FEC and concealment."""

import ctypes
import ctypes.util
import functools
import logging
from collections.abc import Iterator
from ctypes import POINTER, c_char_p, c_int, c_int16, c_int32, c_ubyte, c_void_p
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tuiphone.core.errors import MediaError

log = logging.getLogger(__name__)

Samples = NDArray[np.int16]

RATE = 48000
FRAME = 960
"""Samples of the 20 ms we send."""
LONGEST = 5760
"""Samples of the longest packet there is, 120 ms."""

_VOIP = 2048
_VOICE = 3001
_SET_BITRATE = 4002
_SET_VBR = 4006
_SET_COMPLEXITY = 4010
_SET_INBAND_FEC = 4012
_SET_PACKET_LOSS = 4014
_SET_DTX = 4016
_SET_SIGNAL = 4024
_RESET_STATE = 4028
_MAX_BYTES = 1275
_COMPLEXITY = 8
"""Of 10. The last steps cost a third more time and cannot be heard at speech rates."""


def _places() -> Iterator[Path]:
    import av

    package = Path(av.__file__).parent
    for folder in (package.parent / "av.libs", package / ".dylibs", package):  # Linux and Windows, macOS, conda
        if folder.is_dir():
            yield from sorted(folder.glob("libopus*"))
    if found := ctypes.util.find_library("opus"):
        yield Path(found)


@functools.cache
def library() -> ctypes.CDLL:
    """The shared library, with its functions' types set. Raises: MediaError."""
    for path in _places():
        try:
            opus = ctypes.CDLL(str(path))
            _declare(opus)
        except (OSError, AttributeError) as error:
            log.info("%s cannot be used: %s", path, error)
            continue
        return opus
    raise MediaError("The Opus codec was not found: install the av package from a wheel, or your system's libopus.")


def _declare(opus: ctypes.CDLL) -> None:
    samples, data = POINTER(c_int16), POINTER(c_ubyte)
    for name, result, arguments in (
        ("opus_encoder_create", c_void_p, (c_int32, c_int, c_int, POINTER(c_int))),
        ("opus_encoder_destroy", None, (c_void_p,)),
        ("opus_encode", c_int32, (c_void_p, samples, c_int, data, c_int32)),
        ("opus_decoder_create", c_void_p, (c_int32, c_int, POINTER(c_int))),
        ("opus_decoder_destroy", None, (c_void_p,)),
        ("opus_decode", c_int, (c_void_p, c_char_p, c_int32, samples, c_int, c_int)),
        ("opus_packet_get_nb_samples", c_int, (c_char_p, c_int32, c_int32)),
        ("opus_strerror", c_char_p, (c_int,)),
    ):
        function = getattr(opus, name)
        function.restype, function.argtypes = result, arguments
    # The control functions take a variable number of arguments: on arm64 macOS those need the fixed ones declared.
    for name in ("opus_encoder_ctl", "opus_decoder_ctl"):
        function = getattr(opus, name)
        function.restype, function.argtypes = c_int, (c_void_p, c_int)
    if hasattr(opus, "opus_packet_has_lbrr"):  # since libopus 1.4
        opus.opus_packet_has_lbrr.restype = c_int
        opus.opus_packet_has_lbrr.argtypes = (c_char_p, c_int32)


def _checked(opus: ctypes.CDLL, result: int) -> int:
    if result < 0:
        raise MediaError(f"The Opus codec failed: {opus.opus_strerror(result).decode()}.")
    return result


class Encoder:
    """Mono speech at 48 kHz into Opus packets of 20 ms; `close` frees it."""

    def __init__(self, *, bitrate: int = 32000, fec: bool = True, constant: bool = False) -> None:
        self._opus = library()
        error = c_int()
        self._state = self._opus.opus_encoder_create(RATE, 1, _VOIP, ctypes.byref(error))
        _checked(self._opus, error.value)
        self._out = (c_ubyte * _MAX_BYTES)()
        self._loss = -1
        for request, value in (
            (_SET_BITRATE, bitrate),
            (_SET_VBR, not constant),
            (_SET_COMPLEXITY, _COMPLEXITY),
            (_SET_SIGNAL, _VOICE),
            (_SET_INBAND_FEC, fec),
            (_SET_DTX, False),
        ):
            self._set(request, int(value))
        self.expect_loss(0)

    def _set(self, request: int, value: int) -> None:
        _checked(self._opus, self._opus.opus_encoder_ctl(self._state, request, c_int32(value)))

    def expect_loss(self, percent: float) -> None:
        """Weigh redundancy against quality for this loss; there is always a little, since loss comes unannounced."""
        percent = round(min(30.0, max(3.0, percent)))
        if percent != self._loss and self._state:
            self._loss = percent
            self._set(_SET_PACKET_LOSS, percent)

    def encode(self, samples: Samples) -> bytes:
        """One packet out of 960 samples. Raises: MediaError."""
        if not self._state:
            raise MediaError("The Opus encoder was closed.")
        samples = np.ascontiguousarray(samples, np.int16)
        data = samples.ctypes.data_as(POINTER(c_int16))
        length = self._opus.opus_encode(self._state, data, len(samples), self._out, _MAX_BYTES)
        return bytes(memoryview(self._out)[: _checked(self._opus, length)])

    def close(self) -> None:
        """Free the encoder; may be called twice."""
        if self._state:
            self._opus.opus_encoder_destroy(self._state)
            self._state = None

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self.close()


class Decoder:
    """Opus packets into mono 48 kHz, whatever the sender put into them; `close` frees it."""

    def __init__(self) -> None:
        self._opus = library()
        error = c_int()
        self._state = self._opus.opus_decoder_create(RATE, 1, ctypes.byref(error))
        _checked(self._opus, error.value)
        self._out = np.empty(LONGEST, np.int16)
        self._pointer = self._out.ctypes.data_as(POINTER(c_int16))

    def decode(self, packet: bytes) -> Samples | None:
        """The sound of a packet, or None if it is damaged."""
        return self._run(packet, LONGEST, 0)

    def recover(self, following: bytes, samples: int) -> Samples | None:
        """The lost packet of this length, out of the low-rate copy that the packet behind it carries."""
        return self._run(following, samples, 1)

    def conceal(self, samples: int) -> Samples | None:
        """So many samples (a multiple of 120) of what would probably have followed."""
        return self._run(None, samples, 0)

    def _run(self, packet: bytes | None, samples: int, fec: int) -> Samples | None:
        if not self._state:
            return None
        length = len(packet) if packet else 0
        got = self._opus.opus_decode(self._state, packet or None, length, self._pointer, min(samples, LONGEST), fec)
        return self._out[:got].copy() if got > 0 else None

    def reset(self) -> None:
        """Forget the stream: another begins."""
        if self._state:
            self._opus.opus_decoder_ctl(self._state, _RESET_STATE)

    def close(self) -> None:
        """Free the decoder; may be called twice."""
        if self._state:
            self._opus.opus_decoder_destroy(self._state)
            self._state = None

    def __del__(self) -> None:
        if getattr(self, "_state", None):
            self.close()


def duration(packet: bytes) -> int:
    """Length of a packet's sound in samples at 48 kHz; 0 if it is no Opus packet."""
    if not packet:
        return 0
    return max(0, library().opus_packet_get_nb_samples(packet, len(packet), RATE))


def carries_copy(packet: bytes) -> bool:
    """Whether the packet holds a copy of the one before it (in-band FEC)."""
    has_copy = getattr(library(), "opus_packet_has_lbrr", None)
    return bool(packet) and (has_copy is None or has_copy(packet, len(packet)) == 1)
