"""Two engines call each other over AZStack, by name and by number; what one says the other hears."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.test_azstack_keys import make_user
from tests.e2e.test_sound_of_a_call import ALICE_HZ, BOB_HZ, is_heard
from tests.rigs.pulse import Card, loudness, sine, strength
from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal

TELEPHONE_HZ, ROBOT_HZ, NEAR_HZ = 600.0, 440.0, 300.0


def hears(card: Card, *hertz: float) -> bool:
    """Each of these notes comes out of the speaker."""
    sound = card.listen(0.4)
    return all(strength(sound, one) > 0.02 for one in hertz)


@pytest.fixture(scope="module")
def simulator(azstack: Simulator) -> Simulator:
    """AZStack's in place of the usual one."""
    return azstack


@pytest.mark.timeout(180)
@pytest.mark.parametrize("to", ["bob", "84000387213"], ids=["free", "paid"])
def test_each_hears_the_other_in_a_call(phone_of: Callable[..., Handset], cards: tuple[Card, Card], to: str) -> None:
    (alices, bobs), (alice, bob) = cards, (phone_of("alice", cards[0]), phone_of("bob", cards[1]))
    for card, hertz in ((alices, ALICE_HZ), (bobs, BOB_HZ)):
        card.play(sine(hertz, 120))
    call = alice.begin("dial", to, "--for", "90")
    assert bob.run("answer", "--wait", "20").returncode == 0
    until(lambda: is_heard(bobs, ALICE_HZ) and is_heard(alices, BOB_HZ), 25, "sound both ways")
    for card in cards:
        card.hush()
    bob.run("hangup")
    assert "ended: the other side hung up\n" in call.communicate(timeout=20)[0]
    numbered = to != "bob"
    for phone, incoming, peer in (
        (alice, False, to if numbered else "bob"),
        (bob, True, "84000387212" if numbered else "alice"),
    ):
        (record,) = phone.until_history(lambda records: records[0]["ended_at"])
        assert (record["incoming"], record["peer"]["text"], record["result"]) == (incoming, peer, "answered")


def test_the_vendors_recording_of_a_call_is_fetched_and_heard_by_one_key(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], cards: tuple[Card, Card], simulator: Simulator
) -> None:
    card = cards[0]
    make_user(simulator, "fay")
    fay = phone_of("fay", card)
    window = open_app(fay)
    window.type("84900000200")
    window.press("Enter")
    window.wait_for("in call")
    until(lambda: strength(card.listen(0.4), TELEPHONE_HZ) > 0.02, what="the telephone")
    time.sleep(3)  # a recording has to be as long as what is to be heard of it
    window.press("x")
    window.wait_for("you hung up")
    (record,) = fay.until_history(lambda records: records[0]["recording_url"])
    assert (record["result"], record["recording"]) == ("answered", None)
    until(lambda: loudness(card.listen(0.3)) < 0.001, what="silence")
    window.press("F4")
    window.wait_for(lambda screen: "1 call " in screen and "the vendor has a recording" in screen)
    window.press("p")
    until(lambda: strength(card.listen(0.4), TELEPHONE_HZ) > 0.02, what="the telephone, from its recording")
    window.wait_gone("▶")
    (record,) = fay.history()
    assert Path(record["recording"]).is_file()
    window.wait_for("recorded: ")


@pytest.mark.timeout(180)
def test_calls_of_two_vendors_are_put_on_hold_and_joined(
    phone_of: Callable[..., Handset], cards: tuple[Card, Card], tmp_path: Path
) -> None:
    other = Simulator(tmp_path / "other")
    try:
        accounts = tmp_path / "alice" / "config" / "accounts"
        accounts.mkdir(parents=True, mode=0o700)
        (accounts / "work.toml").touch(mode=0o600)
        (accounts / "work.toml").write_bytes((other.accounts / "alice.toml").read_bytes())
        (alices, bobs), (alice, bob) = cards, (phone_of("alice", cards[0]), phone_of("bob", cards[1]))
        alice.until(lambda state: [known["link"] for known in state["accounts"]] == ["registered"] * 2)
        for card, hertz in ((alices, NEAR_HZ), (bobs, BOB_HZ)):
            card.play(sine(hertz, 120))
        first = alice.begin("dial", "bob", "--account", "alice", "--for", "90")
        assert bob.run("answer", "--wait", "20").returncode == 0
        until(lambda: hears(bobs, NEAR_HZ) and hears(alices, BOB_HZ), 25, "bob and alice")
        second = alice.begin("dial", "tone", "--account", "work", "--for", "90")
        until(lambda: hears(alices, ROBOT_HZ) and not hears(alices, BOB_HZ), 25, "the second call alone")
        # The wire has no word for it: the other side hears nothing, and is not told.
        until(lambda: not hears(bobs, NEAR_HZ), 25, "silence for bob")
        alice.run("conference")
        until(lambda: hears(alices, ROBOT_HZ, BOB_HZ), 25, "both at alice's")
        until(lambda: hears(bobs, ROBOT_HZ, NEAR_HZ), 25, "alice and the other vendor's robot at bob's")
        for card in cards:
            card.hush()
        bob.run("hangup")
        assert "ended: the other side hung up\n" in first.communicate(timeout=20)[0]
        alice.run("hangup")
        assert "ended: hung up\n" in second.communicate(timeout=20)[0]
    finally:
        other.close()
