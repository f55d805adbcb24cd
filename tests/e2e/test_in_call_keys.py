"""Several calls by keys in a real terminal: swapping, a conference, a note that is in the history, another device."""

import json
from collections.abc import Callable

import pytest

from tests.rigs.pulse import Card, strength
from tests.rigs.stage import Handset, until
from tests.rigs.terminal import Terminal

Open = Callable[..., Terminal]


def dial(window: Terminal, who: str) -> None:
    """Call a robot by keys and wait until it talks."""
    window.press("F2")
    window.wait_for("number or name")
    window.type(who)
    window.press("Enter")
    window.wait_for(lambda screen: "in call" in screen and f" {who}" in screen)


def test_two_calls_are_swapped_joined_and_split_by_keys(phone_of: Callable[..., Handset], open_app: Open) -> None:
    alice = phone_of("alice")
    window = open_app(alice)
    dial(window, "echo")
    dial(window, "voice")
    window.wait_for("on hold")
    held = alice.calls("held")
    assert [call["peer"]["text"] for call in held] == ["echo"]
    window.press("w")
    alice.until(lambda state: talking(state) == ["echo"])
    window.press("c")
    window.wait_for("in conference with voice")
    alice.until(lambda state: talking(state) == ["echo", "voice"])
    window.press("F4", "M-c")
    alice.until(lambda state: talking(state) == ["echo"])
    window.press("M-2", "M-x")
    alice.until(lambda state: [c["reason"] for c in state["calls"] if c["peer"]["text"] == "voice"] == ["hung up"])


def talking(state: dict[str, list[dict[str, object]]]) -> list[object]:
    """Who hears us."""
    return [call["peer"]["text"] for call in state["calls"] if call["state"] == "active"]  # type: ignore[index]


def test_a_note_is_typed_while_the_call_ends_and_is_in_the_history(
    phone_of: Callable[..., Handset], open_app: Open
) -> None:
    alice = phone_of("alice")
    window = open_app(alice)
    dial(window, "echo")
    window.press("n")
    window.wait_for("Note on echo")
    window.type("gọi lại thứ hai")
    alice.run("hangup")
    alice.until(lambda state: not state["calls"])
    window.press("Enter")
    window.wait_for("The note is kept")
    until(lambda: alice.history()[0]["note"] == "gọi lại thứ hai", 15, "the note in the history")


def test_digits_are_pasted_and_go_out_one_after_the_other(phone_of: Callable[..., Handset], open_app: Open) -> None:
    alice = phone_of("alice")
    window = open_app(alice)
    follow = alice.begin("state", "--follow", "--json")
    dial(window, "echo")
    window.paste("12 34, 5\n")
    window.wait_for("sent 1 2 3 4 , 5")
    window.paste("rm -rf /\n")
    window.wait_for("nothing was sent")
    assert alice.calls("active")
    follow.terminate()
    said = [json.loads(line) for line in follow.communicate(timeout=60)[0].splitlines()]
    assert not [line for line in said if line["type"] == "fault"]


@pytest.mark.timeout(180)
def test_the_speaker_is_changed_by_keys_and_the_robots_note_comes_out_there(
    phone_of: Callable[..., Handset], open_app: Open, cards: tuple[Card, Card]
) -> None:
    card = cards[0]
    alice = phone_of("alice", card)
    window = open_app(alice, columns=120, rows=40)
    dial(window, "tone")
    until(lambda: strength(card.listen(0.2), 440) > 0.02, 25, "the robot's note")
    window.press("s")
    window.wait_for("Microphone")
    screen = window.wait_for("Use it")
    above, _, below = screen[screen.index("Microphone") : screen.index("Use it")].partition("Speaker")
    choices = [line for line in below.splitlines() if "○" in line or "●" in line]
    at = above.count("○") + above.count("●") + next(at for at, line in enumerate(choices) if " bell" in line)
    window.press(*["Down"] * at, "Enter")
    until(lambda: strength(card.listen(0.2, sink="second"), 440) > 0.02, 25, "the note on the other speaker")
    window.press("Escape")
    config = alice.profile / "config" / "config.toml"
    until(lambda: 'speaker = "bell"' in config.read_text(encoding="utf-8"), what="the speaker in config.toml")
