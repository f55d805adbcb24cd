"""A virtual sound card for the tests of this folder."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.rigs.pulse import Card
from tuiphone.core.events import SoundChanged
from tuiphone.media.sound import Sound


@pytest.fixture(scope="package")
def shared_card(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Card]:
    with Card(tmp_path_factory.mktemp("card")) as card:
        yield card


@pytest.fixture
def sound_card(shared_card: Card, monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    """A sound card that this process uses; shared by all tests, so leave it running."""
    for key, value in shared_card.env.items():
        monkeypatch.setenv(key, value)
    yield shared_card
    shared_card.hush()


@pytest.fixture
def own_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Card]:
    """A sound card of this test's own, to pull out and put in; not plugged in yet."""
    card = Card(tmp_path / "card")
    # The list of devices may be that of the test before.
    monkeypatch.setattr("tuiphone.media.portaudio._FRESH_S", 0.0)
    for key, value in card.env.items():
        monkeypatch.setenv(key, value)
    yield card
    card.unplug()


@pytest.fixture
def news() -> list[SoundChanged]:
    """What Sound told."""
    return []


@pytest.fixture
async def sound(news: list[SoundChanged]) -> AsyncIterator[Sound]:
    """The default devices of whatever card this process sees."""
    sound = Sound(news.append)
    yield sound
    await sound.close()
