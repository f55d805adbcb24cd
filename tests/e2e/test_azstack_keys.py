"""AZStack by keys in a real terminal: an account by its form, calls, what its numbers say, recordings, presence."""

import base64
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.e2e.test_terminal import answer_by_key
from tests.rigs.stage import TUIPHONE, Handset, Simulator, until
from tests.rigs.terminal import Terminal

Phones = Callable[..., Handset]
Open = Callable[..., Terminal]
SAID = {
    "486": ("busy", "The other side is busy."),
    "403": ("they rejected it", "The other side rejected the call."),
    "480": ("no answer", "Nobody answered."),
    "702": ("not enough credit", "The money in the AZStack account has run out."),
    "902": ("not enough credit", "There is not enough money in the AZStack account for this call."),
    "903": ("no such number", "There is no such number."),
    "904": ("failed", "AZStack does not let you call from this number."),
}
"""What the scripted numbers end with: on the call screen, and in the history."""


@pytest.fixture(scope="module")
def simulator(azstack: Simulator) -> Simulator:
    """AZStack's in place of the usual one."""
    return azstack


def make_user(simulator: Simulator, name: str) -> None:
    """Somebody of whom the simulated vendor has no calls yet."""
    text = (simulator.accounts / "alice.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("numbers")]
    there = simulator.accounts / f"{name}.toml"
    there.write_text("\n".join(lines).replace("alice", name).replace("Alice", name.capitalize()), encoding="utf-8")


def reject_by_key(window: Terminal) -> bool:
    window.press("r")
    return "you rejected it" in window.screen()


def dial(window: Terminal, number: str) -> None:
    window.press("F2")
    window.wait_for("number or name")
    window.type(number)
    window.press("Enter")


def another_key() -> str:
    """A key that is in order, of another application."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
    return base64.b64encode(made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def test_an_account_is_added_by_its_form_which_says_that_the_key_is_wrong(tmp_path: Path, simulator: Simulator) -> None:
    settings = tomllib.loads((simulator.accounts / "alice.toml").read_text())
    phone = Handset(tmp_path / "new", None)
    try:
        env = {"TUIPHONE_PROFILE": phone.env["TUIPHONE_PROFILE"], "TUIPHONE_SOUND": "none"}
        with Terminal(TUIPHONE, env=env) as window:
            window.wait_for("To add yours: f7, then a.")
            window.press("F7")
            window.wait_for("There is no account yet")
            window.press("a")
            window.wait_for("Whose account is it?")
            window.press("Enter")
            window.wait_for("New AZStack account")
            for value in ("desk", settings["app_id"], "not a key", "carol", "Carol", None, None, settings["url"]):
                if value is not None:
                    window.paste(value)
                window.press("Down")
            window.press("C-s")
            window.wait_for("It is not base64. Copy the public key again, whole.")
            window.press("Home", "C-k")
            window.paste(another_key())
            window.press("C-s")
            window.wait_for(lambda screen: "AZStack refused the log-in" in screen and "Save it untried" in screen)
            assert not list((phone.profile / "config" / "accounts").iterdir())
            window.press("Up", "Down")
            window.wait_for("▸ public key")
            window.press("Home", "C-k")
            window.paste(settings["public_key"])
            window.press("C-s")
            window.wait_gone("New AZStack account")
            window.wait_for("● desk·azstack")
            dial(window, "echo")
            window.wait_for("in call")
    finally:
        phone.close()


def test_a_call_rings_is_answered_and_hung_up(phone_of: Phones, open_app: Open, simulator: Simulator) -> None:
    alice = phone_of("alice")
    window = open_app(alice)
    call = simulator.ask("/sim/inbound", {"from": "84912345678", "to": "84000387212", "userId": "alice"})
    window.wait_for(lambda screen: "84912345678" in screen and "a answer" in screen)
    until(lambda: answer_by_key(window), 20, "the answer")
    window.wait_for("84912345678")
    window.press("x")
    window.wait_for("you hung up")
    until(lambda: all(known["ended"] for known in simulator.ask("/sim/state")["calls"]), what="its end")
    assert call["r"] == 0
    robot = simulator.ask("/sim/robot", {"robot": "echo", "to": "alice", "video": False})
    window.wait_for(lambda screen: "Echo" in screen and "a answer" in screen)
    until(lambda: reject_by_key(window), 20, "the rejection")
    assert robot["r"] == 0


def test_what_became_of_a_call_is_said_in_words(phone_of: Phones, open_app: Open, simulator: Simulator) -> None:
    make_user(simulator, "dora")
    dora = phone_of("dora")
    window = open_app(dora, columns=120, rows=40)
    for digits, (word, sentence) in SAID.items():
        dial(window, f"84900000{digits}")
        window.wait_for(lambda screen, word=word, sentence=sentence: f"ended: {word}" in screen and sentence in screen)
    window.press("F4")
    window.wait_for(f"{len(SAID)} calls")
    window.press("Home")
    for _, sentence in reversed(SAID.values()):
        window.wait_for(sentence)
        window.press("Down")
    records = dora.history()
    assert [record["peer"]["text"][-3:] for record in records] == list(reversed(SAID))


def test_a_call_that_is_answered_on_another_device_stops_ringing_and_says_so(
    phone_of: Phones, open_app: Open, simulator: Simulator
) -> None:
    make_user(simulator, "emil")
    desk, mobile = phone_of("emil", name="desk"), phone_of("emil", name="mobile")
    here, there = open_app(desk), open_app(mobile)
    for body in ({"inbound": 1}, {"robot": 1}):
        what = next(iter(body))
        asked = {"from": "84912345678", "to": "84999999999", "userId": "emil"}
        simulator.ask(f"/sim/{what}", asked if what == "inbound" else {"robot": "echo", "to": "emil"})
        for window in (here, there):
            window.wait_for("a answer")
        until(lambda: answer_by_key(here), 20, "the answer")
        there.wait_for(lambda screen: "a answer" not in screen and "nswered on another device" in screen)
        here.press("x")
        here.wait_for("you hung up")
    assert [record["result"] for record in mobile.history()] == ["answered elsewhere"] * 2


def test_a_contacts_presence_follows_it(phone_of: Phones, open_app: Open) -> None:
    alice = phone_of("alice", more="presence_interval = 5")
    alice.run("contacts", "add", "Bob B", "bob @alice")
    window = open_app(alice)
    window.press("F3")
    window.wait_for(lambda screen: "○ Bob B" in screen and "presence  ○ offline" in screen)
    bob = phone_of("bob")
    window.wait_for(lambda screen: "● Bob B" in screen and "presence  ● online" in screen)
    bob.run("stop")
    window.wait_for(lambda screen: "○ Bob B" in screen and "presence  ○ offline: last here" in screen)
