"""Raw GSM 06.10 sound, put together from the parameters of its frames (ETSI EN 300 961; RFC 3551, section 4.5.8)."""

import math

FRAME_BYTES = 33
FRAMES_PER_S = 50
TONE_HZ = 400
_SIGNATURE = (0xD, 4)
_FLAT_FILTER = ((32, 6), (32, 6), (20, 5), (11, 5), (8, 4), (5, 4), (3, 3), (2, 3))
_SUBFRAMES, _SUBFRAME_SAMPLES, _RATE_HZ = 4, 40, 8_000
_PULSES, _PULSE_SPACING = 13, 3
_LOUD = 40
_BEEP_FRAMES, _PAUSE_FRAMES = 10, 40


def beeps(seconds: int) -> bytes:
    """A short tone at the beginning of each second, silence between."""
    second = _frame(_LOUD) * _BEEP_FRAMES + _frame(0) * _PAUSE_FRAMES
    return second * seconds


def _frame(loudness: int) -> bytes:
    """20 ms; each quarter is the same piece of the tone, of which a whole number of periods fits there."""
    at = (2 * math.pi * TONE_HZ * _PULSE_SPACING * number / _RATE_HZ for number in range(_PULSES))
    pulses = [(round(3.5 + 3.5 * math.sin(one)), 3) for one in at]
    # Lag 40 with the least gain: hardly anything of the quarter before comes again.
    subframe = [(_SUBFRAME_SAMPLES, 7), (0, 2), (0, 2), (loudness, 6), *pulses]
    bits = "".join(f"{value:0{width}b}" for value, width in (_SIGNATURE, *_FLAT_FILTER, *subframe * _SUBFRAMES))
    return int(bits, 2).to_bytes(FRAME_BYTES, "big")
