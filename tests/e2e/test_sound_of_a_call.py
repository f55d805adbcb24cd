"""Two engines call each other through the simulator; what is said into one sound card comes out of the other."""

from collections.abc import Callable

import pytest

from tests.rigs.pulse import Card, loudness, pitch, sine
from tests.rigs.stage import Handset, until

ALICE_HZ, BOB_HZ = 440.0, 660.0


@pytest.fixture
def talking(
    phone_of: Callable[..., Handset], cards: tuple[Card, Card]
) -> tuple[tuple[Handset, Card], tuple[Handset, Card]]:
    """Alice called bob, who answered; each hears a tone as their voice."""
    alice, bob = phone_of("alice", cards[0]), phone_of("bob", cards[1])
    call = alice.begin("dial", "bob", "--for", "60")
    bob.run("answer", "--wait", "20")
    alice.until(lambda state: state["calls"] and state["calls"][0]["state"] == "active")
    cards[0].play(sine(ALICE_HZ, 60))
    cards[1].play(sine(BOB_HZ, 60))
    until(lambda: is_heard(cards[1], ALICE_HZ) and is_heard(cards[0], BOB_HZ), 20, "sound both ways")
    yield (alice, cards[0]), (bob, cards[1])
    for card in cards:
        card.hush()
    alice.run("hangup")
    call.communicate(timeout=60)


def is_heard(card: Card, hertz: float) -> bool:
    found = pitch(card.listen(0.5))
    return found is not None and abs(found - hertz) < 10


def test_a_tone_into_one_microphone_comes_out_of_the_other_speaker_both_ways(talking):
    (_, alices), (_, bobs) = talking
    # Again, and not for a moment only; the fixture heard both once.
    until(lambda: all(is_heard(bobs, ALICE_HZ) and is_heard(alices, BOB_HZ) for _ in range(2)), what="sound both ways")


def test_mute_silences_our_side_only_and_can_be_taken_back(talking):
    (alice, alices), (_, bobs) = talking
    alice.run("mute")
    until(lambda: loudness(bobs.listen(0.5)) < 0.002, 20, "silence at bob's")
    until(lambda: is_heard(alices, BOB_HZ), what="bob being heard all the same")
    alice.run("mute", "--off")
    until(lambda: is_heard(bobs, ALICE_HZ), 20, "alice being heard again")


def test_hold_silences_both_sides_and_resume_brings_them_back(talking):
    (alice, alices), (bob, bobs) = talking
    alice.run("hold")
    until(lambda: loudness(bobs.listen(0.5)) < 0.002 and loudness(alices.listen(0.5)) < 0.002, 20, "silence")
    bob.until(lambda state: state["calls"][0]["held_by_peer"])
    assert alice.calls("held")
    alice.run("hold", "--off")
    until(lambda: is_heard(bobs, ALICE_HZ) and is_heard(alices, BOB_HZ), 20, "sound both ways")
    bob.until(lambda state: not state["calls"][0]["held_by_peer"])
