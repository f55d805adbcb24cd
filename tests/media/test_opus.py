"""Opus by libopus, and G.711 by tables."""

import gc
from pathlib import Path

import numpy as np
import pytest
from aiortc.codecs.g711 import PcmaDecoder, PcmuDecoder
from aiortc.jitterbuffer import JitterFrame

from tests.media.network import hum, speech
from tuiphone.core.errors import MediaError
from tuiphone.media import g711, opus


def coded(sound: np.ndarray, encoder: opus.Encoder) -> list[bytes]:
    return [encoder.encode(sound[at : at + 960]) for at in range(0, len(sound) - 959, 960)]


def loudest(sound: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(sound)))) * 48000 / len(sound)


def test_opus_packets_are_mono_speech_of_20_ms() -> None:
    packets = coded(speech(5), opus.Encoder())
    assert {opus.duration(packet) for packet in packets} == {960}
    assert not any(packet[0] & 4 for packet in packets), "the stereo bit (RFC 6716 section 3.1)"
    assert 15000 < sum(map(len, packets)) * 8 / 5 < 36000


def test_opus_gives_back_the_tone() -> None:
    decoder = opus.Decoder()
    sound = [decoder.decode(packet) for packet in coded(hum(2), opus.Encoder())]
    assert all(block is not None for block in sound)
    assert loudest(np.concatenate([b for b in sound if b is not None])) == pytest.approx(440, abs=2)


def test_opus_packets_carry_copies_unless_the_far_side_has_no_use_for_them() -> None:
    assert np.mean([opus.carries_copy(packet) for packet in coded(speech(4), opus.Encoder(fec=True))]) > 0.5
    assert not any(opus.carries_copy(packet) for packet in coded(speech(4), opus.Encoder(fec=False)))


def test_reported_loss_makes_copies_larger() -> None:
    def copies(percent: float) -> float:
        encoder = opus.Encoder()
        encoder.expect_loss(percent)
        return float(np.mean([opus.carries_copy(packet) for packet in coded(speech(4), encoder)]))

    assert copies(20) >= copies(0) > 0


def test_a_lost_packet_is_better_recovered_than_concealed() -> None:
    packets = coded(speech(4), opus.Encoder())
    lost = 116

    def error(*, recover: bool) -> float:
        whole, damaged = opus.Decoder(), opus.Decoder()
        for packet in packets[:lost]:
            whole.decode(packet)
            damaged.decode(packet)
        made = damaged.recover(packets[lost + 1], 960) if recover else damaged.conceal(960)
        real = whole.decode(packets[lost])
        assert made is not None
        assert real is not None
        return float(((real.astype(float) - made) ** 2).sum())

    assert error(recover=True) < error(recover=False) / 3


def test_garbage_is_no_packet() -> None:
    assert opus.duration(b"") == 0
    assert opus.duration(b"\xff\xff\xff") == 0
    assert opus.Decoder().decode(b"\xff\xff\xff") is None


def test_the_codec_is_freed_once() -> None:
    encoder, decoder = opus.Encoder(), opus.Decoder()
    for codec in (encoder, decoder):
        codec.close()
        codec.close()
    with pytest.raises(MediaError, match="closed"):
        encoder.encode(hum(0.02))
    encoder.expect_loss(10)
    assert decoder.decode(b"\x48") is None
    assert decoder.conceal(960) is None
    decoder.reset()
    del encoder, decoder
    gc.collect()


def test_without_a_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opus, "_places", lambda: iter([Path("/nonexistent/libopus.so")]))
    with pytest.raises(MediaError, match="install"):
        opus.library.__wrapped__()


@pytest.mark.parametrize(("law", "reference"), [("PCMU", PcmuDecoder), ("PCMA", PcmaDecoder)])
def test_g711_tables_are_those_of_the_standard(law: g711.Law, reference: type) -> None:
    expected = reference().decode(JitterFrame(bytes(range(256)), 0))[0].to_ndarray()[0]
    assert (g711._table(law) == expected).all()


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_g711_takes_the_nearest_level(law: g711.Law) -> None:
    table = g711._table(law).astype(int)
    for sample in (-32768, -32124, -1000, -9, 0, 1, 7, 8, 500, 31000, 32767):
        code = g711._codes(law)[np.int16(sample).view(np.uint16)]
        assert abs(table[code] - sample) == np.abs(table - sample).min()


def test_g711_silence_is_what_others_take_for_silence() -> None:
    assert set(g711.Encoder("PCMU").encode(np.zeros(960, np.int16))) == {0xFF}
    assert set(g711.Encoder("PCMA").encode(np.zeros(960, np.int16))) == {0xD5}


@pytest.mark.parametrize("law", ["PCMU", "PCMA"])
def test_g711_gives_back_the_tone(law: g711.Law) -> None:
    encoder, decoder = g711.Encoder(law), g711.Decoder(law)
    sound = hum(1, 1000)
    payloads = [encoder.encode(sound[at : at + 960]) for at in range(0, len(sound), 960)]
    assert {len(payload) for payload in payloads} == {160}
    heard = np.concatenate([decoder.decode(payload) for payload in payloads])
    assert loudest(heard) == pytest.approx(1000, abs=2)
    assert 7000 < np.abs(heard).max() < 9000
