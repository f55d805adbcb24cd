"""Messages by keys in real terminals: two phones write to each other, one is away, an engine dies while it sends."""

import json
import signal
from collections.abc import Callable

from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal

Open = Callable[..., Terminal]


def footer(screen: str) -> str:
    return screen.splitlines()[-1]


def texts_of(phone: Handset, other: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in phone.run("messages", other, "--json").stdout.splitlines()]


def test_two_people_write_to_each_other_by_keys(phone_of, open_app: Open):
    alice, bob = open_app(phone_of("alice")), open_app(phone_of("bob"), columns=120, rows=40)
    alice.press("F6")
    alice.wait_for("No messages yet")
    alice.type("n")
    alice.wait_for("New message to")
    alice.type("bob")
    alice.press("Enter")
    alice.wait_for("write a message")
    alice.type("Xin chào, Ольга")
    alice.press("M-Enter")
    alice.type("second line [red]\\e[0m")
    alice.press("Enter")
    bob.wait_for("second line [red]\\e[0m")  # in a toast, on another page
    alice.wait_for("✓ sent")
    bob.wait_for(lambda screen: "(1" in footer(screen))
    bob.press("F6")
    bob.wait_for("Xin chào, Ольга")
    bob.press("Enter")
    bob.wait_for(lambda screen: "(1" not in footer(screen))
    bob.paste("alpha\nbeta")
    bob.press("Enter")
    screen = alice.wait_for(lambda screen: "alpha" in screen and "beta" in screen)
    assert screen.rindex("second line") < screen.rindex("alpha")
    alice.wait_for(lambda screen: "(1" not in footer(screen))


def test_a_message_to_somebody_away_is_not_sent_with_why_and_goes_by_a_key_later(phone_of, open_app: Open):
    alice = phone_of("alice")
    window = open_app(alice, columns=100, rows=30)
    window.press("F6")
    window.type("n")
    window.wait_for("New message to")
    window.type("bob")
    window.press("Enter")
    window.wait_for("write a message")
    window.type("are you there?")
    window.press("Enter")
    window.wait_for("✕ not sent")
    window.wait_for("not connected")
    bob = phone_of("bob")
    window.press("Up")
    window.wait_for("r send again")
    window.press("r")
    window.wait_for("✓ sent")
    assert [(text["text"], text["status"]) for text in texts_of(bob, "alice")] == [("are you there?", "received")]
    assert [text["status"] for text in texts_of(alice, "bob")] == ["sent"]


def test_a_message_that_was_being_sent_when_the_engine_died_is_not_sent(simulator: Simulator, phone_of, open_app: Open):
    alice = phone_of("alice")
    window = open_app(alice)
    window.press("F6")
    window.type("n")
    window.wait_for("New message to")
    window.type("bob")
    window.press("Enter")
    window.wait_for("write a message")
    simulator.process.send_signal(signal.SIGSTOP)
    try:
        window.type("on its way")
        window.press("Enter")
        window.wait_for("… sending")
        alice.kill_engine()
    finally:
        simulator.process.send_signal(signal.SIGCONT)
    window.wait_for("Start it again")
    window.press("Enter")
    window.wait_for("✕ not sent")
    assert "may have arrived" in str(texts_of(alice, "bob")[0]["detail"])


def test_a_side_message_of_a_call_stands_in_the_conversation(phone_of, open_app: Open):
    alice, bob = phone_of("alice"), phone_of("bob")
    window = open_app(bob, columns=100, rows=30)
    call = alice.begin("dial", "bob", "--for", "60")
    until(lambda: bob.run("answer", check=False).returncode == 0, what="the answer")
    alice.until(lambda state: [each for each in state["calls"] if each["state"] == "active"])
    alice.run("info", '{"ticket": 4711, "tags": ["vip"]}')
    window.press("F6")
    window.wait_for("ticket: 4711")
    screen = window.wait_for("in a call")
    assert "- vip" in screen
    window.wait_for(lambda screen: "(1" not in footer(screen))
    bob.run("hangup")
    assert call.wait(60) == 0
