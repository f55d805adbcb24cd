"""Vox's calls with real sound: what one says the other hears, sees muted and finds in the recording; a telephone."""

import json
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.test_sound_of_a_call import ALICE_HZ, BOB_HZ, is_heard
from tests.rigs.pulse import RATE, Card, Sound, loudness, sine, strength
from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal

TELEPHONE = "+84905550001"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """Vox's in place of the usual one."""
    running = Simulator(tmp_path_factory.mktemp("vox") / "accounts", only="vox")
    yield running
    running.close()


def control(simulator: Simulator) -> str:
    """Where the simulator takes control calls: where accounts are made."""
    account = tomllib.loads((simulator.accounts / "alice.toml").read_text(encoding="utf-8"))
    return account["rest_url"].removesuffix("/api/user")


def both_sides(file: Path) -> tuple[Sound, Sound]:
    """The two channels of a recording, whole: ours and theirs."""
    import av

    with av.open(str(file)) as container:
        frames = list(container.decode(audio=0))
    sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    samples = sound.reshape(-1, 2).T if sound.shape[0] == 1 else sound
    scale = 32767 if samples.dtype.kind == "f" else 1
    left, right = (np.rint(side * scale).astype(np.int16) for side in samples)
    return left, right


@pytest.mark.timeout(180)
def test_each_hears_the_other_sees_when_the_other_mutes_and_has_the_call_recorded(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], cards: tuple[Card, Card]
) -> None:
    alice = phone_of("alice", cards[0], more="record_calls = true")
    bob = phone_of("bob", cards[1])
    for card, hertz in ((cards[0], ALICE_HZ), (cards[1], BOB_HZ)):
        card.play(sine(hertz, 120))
    window = open_app(alice, columns=110, rows=34)
    window.type("bob")
    window.press("Enter")
    bob.run("answer", "--wait", "20")
    window.wait_for("in call")
    until(lambda: is_heard(cards[1], ALICE_HZ) and is_heard(cards[0], BOB_HZ), 25, "sound both ways")
    bob.run("mute")
    window.wait_for("they muted themselves")
    until(lambda: loudness(cards[0].listen(0.5)) < 0.002, 20, "silence at alice's")
    window.press("m")
    bob.until(lambda state: state["calls"][0]["muted_by_peer"])
    alice.until(lambda state: "they know" in state["calls"][0]["facts"].get("Notice to them", ""))
    (call,) = bob.state()["calls"]
    assert call["facts"]["Recorded by them"] == "the caller says so"
    window.press("X")
    window.wait_for("saying why")
    window.type("the tea is ready")
    window.press("Enter")
    window.wait_for("you hung up")
    (ended,) = bob.calls("ended")
    assert "the tea is ready" in ended["detail"]
    for card in cards:
        card.hush()
    (record,) = alice.until_history(lambda records: records[0]["ended_at"])
    file = Path(record["recording"])
    assert file.suffix == ".webm"
    until(lambda: json.loads(Path(f"{file}.json").read_text(encoding="utf-8")).get("duration_s"), what="the whole file")
    left, right = both_sides(file)
    assert max(strength(left[at : at + RATE], ALICE_HZ) for at in range(0, len(left), RATE)) > 0.02
    assert max(strength(right[at : at + RATE], BOB_HZ) for at in range(0, len(right), RATE)) > 0.02
    (theirs,) = bob.until_history(lambda records: records[0]["ended_at"])
    assert (theirs["recording"], theirs["ref"]) == (None, record["ref"])


def test_a_telephone_is_called_and_gets_digits_by_keys(
    phone_of: Callable[..., Handset], open_app: Callable[..., Terminal], simulator: Simulator
) -> None:
    alice = phone_of("alice")
    window = open_app(alice)
    window.type(TELEPHONE)
    window.press("Enter")
    window.wait_for("in call")
    (call,) = alice.calls("active")
    window.type("12#")
    window.wait_for("sent 1 2 #")
    url = f"{control(simulator)}/sim/digits?callId={call['id'].partition('/')[2]}"
    until(lambda: json.load(urllib.request.urlopen(url, timeout=10)) == {"digits": "12#"}, what="the digits")
    assert "cannot be told why" in alice.run("hangup", "--reason", "tea", check=False).stderr
    window.press("x")
    window.wait_for("you hung up")
