"""The list of sound devices, and what a name means."""

import pytest

from tests.rigs.pulse import Card
from tuiphone.core.errors import MediaError, NoDevice
from tuiphone.media import devices
from tuiphone.media.devices import Device, choose, list_devices

CARDS = (
    Device("HDA Intel PCH: ALC257 Analog (hw:0,0)", False, 2, 48000, 0),
    Device("Jabra Evolve 65: USB Audio (hw:1,0)", False, 1, 16000, 1),
    Device("Jabra Speak 510: USB Audio (hw:2,0)", False, 1, 16000, 2),
    Device("pulse", True, 32, 44100, 3),
)


async def test_microphones_and_speakers_are_listed_with_the_default_marked(sound_card: Card) -> None:
    found = await list_devices()
    assert {"headset", "bell", "desk_mic", "pulse"} <= {device.name for device in found.speakers}
    assert {"desk_mic", "pulse"} <= {device.name for device in found.microphones}
    for side in (found.microphones, found.speakers):
        assert [device.name for device in side if device.is_default] == ["default"]
        assert all(device.rate > 0 for device in side)


async def test_a_machine_without_a_card_has_an_empty_list(own_card: Card) -> None:
    found = await list_devices()
    assert found.microphones == found.speakers == ()


async def test_a_card_plugged_in_later_is_in_the_next_list(own_card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.rigs.pulse.DRAIN_S", 0.0)
    assert not (await list_devices()).speakers
    own_card.plug()
    assert (await list_devices()).speakers


async def test_a_sound_system_that_hangs_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "TIMEOUT_S", 0.0)
    with pytest.raises(MediaError, match="does not answer"):
        await list_devices()


@pytest.mark.parametrize(
    ("wanted", "index"),
    [(None, 3), ("default", 3), ("pulse", 3), ("evolve", 1), ("Jabra Speak 510: USB Audio (hw:2,0)", 2)],
)
def test_a_device_is_meant_by_its_name_a_part_of_it_or_as_the_default(wanted: str | None, index: int) -> None:
    assert choose(CARDS, wanted, "speaker").index == index


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ("Jabra", "'Jabra' may mean more than one speaker: 'Jabra Evolve"),
        ("plse", "There is no speaker 'plse'. Did you mean 'pulse'?"),
        ("Sennheiser", "There is no speaker 'Sennheiser'. See `tuiphone devices`."),
    ],
)
def test_a_name_that_fits_none_or_several_is_answered_with_what_there_is(wanted: str, sentence: str) -> None:
    with pytest.raises(NoDevice) as refused:
        choose(CARDS, wanted, "speaker")
    assert str(refused.value).startswith(sentence)


def test_no_card_at_all_is_told_in_a_sentence() -> None:
    with pytest.raises(NoDevice, match="There is no microphone; connect one"):
        choose((), None, "microphone")
