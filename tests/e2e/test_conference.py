"""Three engines and three sound cards: alice joins her calls to bob and carol, and everybody says one note."""

import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rigs.pulse import RATE, Card, Sound, plugged, sine, strength
from tests.rigs.stage import Handset, Simulator, until

NOTES = {"alice": 300.0, "bob": 500.0, "carol": 900.0}
LOUD = 0.06
"""Said is 0.3; what a dropped block spreads over the spectrum stays below 0.03."""
BELL = "bell"


def presence(sound: Sound, hertz: float) -> float:
    """How loud a note is, whatever a busy machine dropped in between: the median of 50 ms pieces."""
    piece = RATE // 20  # of which every note here has a whole number of periods
    pieces = [sound[at : at + piece] for at in range(0, len(sound) - piece + 1, piece)]
    return statistics.median(strength(each, hertz) for each in pieces)


class Everybody:
    """The three phones, and who hears whom."""

    def __init__(self, phones: dict[str, Handset], cards: dict[str, Card]) -> None:
        self.phones = phones
        self.cards = cards
        self.levels: dict[str, dict[str, float]] = {}
        """How loud each was at each speaker when that was last listened to."""

    def heard_by(self, who: str) -> set[str]:
        """Whose notes come out of this one's speaker."""
        sound = self.cards[who].listen(0.5)
        self.levels[who] = {name: round(presence(sound, hertz), 3) for name, hertz in NOTES.items()}
        return {name for name, level in self.levels[who].items() if level >= LOUD}

    def hear(self, **wanted: set[str]) -> None:
        """Wait until each hears these and nobody else."""
        # One after the other: on a busy machine somebody always misses a piece of what is said.
        for who, others in wanted.items():
            try:
                until(lambda who=who, others=others: self.heard_by(who) == others, 25, "that")  # type: ignore[misc]
            except AssertionError:
                raise AssertionError(f"{who} was to hear {others}, but heard {self.levels[who]}") from None


@pytest.fixture
def carol(simulator: Simulator) -> None:
    """A third user of the simulator."""
    text = (simulator.accounts / "bob.toml").read_text(encoding="utf-8")
    (simulator.accounts / "carol.toml").write_text(text.replace("bob", "carol"), encoding="utf-8")


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Card, ...]]:
    """Three in place of the usual two."""
    with plugged(*(tmp_path_factory.mktemp(f"card-{who}") for who in NOTES)) as three:
        yield three


@pytest.fixture
def everybody(phone_of: Callable[..., Handset], carol: None, cards: tuple[Card, ...]) -> Iterator[Everybody]:
    """Alice called bob, then carol; both answered, bob is on hold."""
    places = dict(zip(NOTES, cards, strict=True))
    with ThreadPoolExecutor() as at_once:
        phones = dict(zip(places, at_once.map(phone_of, places, places.values()), strict=True))
    alice = phones["alice"]
    for number, who in enumerate(("bob", "carol"), 1):
        alice.begin("dial", who, "--for", "120")
        phones[who].run("answer", "--wait", "20")
        alice.until(lambda state, number=number: len([c for c in state["calls"] if c["answered_at"]]) == number)
    for who, card in places.items():
        card.play(sine(NOTES[who], 120))
    yield Everybody(phones, places)
    for card in places.values():
        card.hush()


@pytest.mark.timeout(300)
def test_in_a_conference_each_hears_the_others_and_never_itself(everybody: Everybody) -> None:
    alice = everybody.phones["alice"]
    alice.run("swap")
    everybody.hear(alice={"bob"}, bob={"alice"}, carol=set())
    alice.run("conference")
    everybody.hear(alice={"bob", "carol"}, bob={"alice", "carol"}, carol={"alice", "bob"})
    alice.run("mute")
    everybody.hear(alice={"bob", "carol"}, bob={"carol"}, carol={"bob"})
    alice.run("mute", "--off")
    alice.run("conference", "--split")
    everybody.hear(alice={"bob"}, bob={"alice"}, carol=set())
    alice.run("conference")
    everybody.hear(carol={"alice", "bob"})
    everybody.phones["carol"].run("hangup")
    everybody.hear(alice={"bob"}, bob={"alice"})


def test_another_speaker_takes_over_within_a_moment_and_the_microphone_is_not_interrupted(everybody: Everybody) -> None:
    alice, card = everybody.phones["alice"], everybody.cards["alice"]
    everybody.hear(alice={"carol"}, carol={"alice"})
    alice.run("device", "speaker", BELL)
    until(lambda: presence(card.listen(0.5, sink="second"), NOTES["carol"]) > LOUD, 25, "carol on the other speaker")
    until(lambda: presence(card.listen(0.5), NOTES["carol"]) < LOUD / 2, what="silence on the first speaker")
    assert 'speaker = "bell"' in (alice.profile / "config" / "config.toml").read_text(encoding="utf-8")
    alice.run("device", "speaker", "default")
    everybody.hear(alice={"carol"}, carol={"alice"})


def test_a_digit_is_heard_as_its_two_frequencies(everybody: Everybody) -> None:
    alice, card = everybody.phones["alice"], everybody.cards["alice"]
    everybody.hear(alice={"carol"})
    everybody.cards["carol"].hush()
    pressing = alice.begin("dtmf", "1111111111,1111111111")

    def is_heard() -> bool:
        sound = card.listen(0.1)
        return min(strength(sound, 697), strength(sound, 1209)) > 0.05

    until(is_heard, what="the digit")
    pressing.communicate(timeout=60)
