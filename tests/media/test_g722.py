"""G.722: both ways, and what is no G.722."""

import numpy as np
import pytest

from tests.media.network import hum
from tests.media.peers import pitch
from tuiphone.media import decoders, g722, voice
from tuiphone.media.sdp import Codec

FRAME = 960


def test_a_tone_comes_out_as_it_went_in() -> None:
    encoder = voice.encoder(Codec(9, "G722", 8000))
    decoder = decoders.decoder("g722")
    assert decoder is not None
    sound = hum(1)
    blocks = []
    for at in range(0, len(sound), FRAME):
        payload = encoder.encode(sound[at : at + FRAME])
        assert len(payload) == 160
        assert decoder.duration(payload) == FRAME
        block = decoder.decode(payload)
        assert block is not None
        assert len(block) == FRAME
        blocks.append(block)
    made = np.concatenate(blocks)[FRAME * 5 :]
    assert abs(pitch(made) - 440) < 3
    assert 7000 < np.abs(made).max() < 9000
    concealed = decoder.conceal(FRAME)
    assert abs(pitch(np.tile(concealed, 4)) - 440) < 20


@pytest.mark.parametrize("size", [1, 2, 3, 33, 1400])
def test_any_bytes_are_some_sound(size: int) -> None:
    made = g722.Decoder().decode(np.random.default_rng(size).bytes(size))
    assert made is not None
    assert len(made) == 6 * size


def test_an_empty_payload_is_none_and_the_stream_goes_on() -> None:
    decoder = g722.Decoder()
    assert decoder.decode(b"") is None
    made = decoder.decode(bytes(160))
    assert made is not None
    assert len(made) == FRAME
