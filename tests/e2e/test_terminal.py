"""The app in a real terminal, by keys: ringing, answering, dying, coming back."""

import os
import signal
from pathlib import Path

import pytest

from tests.rigs.stage import Handset, Simulator, until
from tests.rigs.terminal import Terminal


def talk_to_the_echo(window: Terminal) -> None:
    """Dial the robot by keys and wait until it has answered."""
    window.type("echo")
    window.press("Enter")
    window.wait_for("in call")


def test_a_call_is_dialled_and_hung_up_by_keys(phone_of, open_app):
    window = open_app(phone_of("alice"))
    talk_to_the_echo(window)
    window.press("m")
    window.wait_for("muted")
    window.press("x")
    window.wait_for("you hung up")
    window.press("F4")
    window.wait_for("echo")


def test_the_popup_rings_in_every_screen_and_closes_in_all_when_one_answers(phone_of, open_app):
    alice, bob = phone_of("alice"), phone_of("bob")
    first, second = open_app(bob), open_app(bob, columns=120, rows=40)
    call = alice.begin("dial", "bob", "--for", "30")
    for window in (first, second):
        window.wait_for("answer")
        window.wait_for("alice")
    first.wait_for("reject")
    until(lambda: answer_by_key(first), 20, "the answer")
    second.wait_gone("reject")
    second.wait_for("▶")
    first.press("x")
    first.wait_for("you hung up")
    assert call.wait(60) == 0


def answer_by_key(window: Terminal) -> bool:
    """The popup ignores keys for a moment, so that typing does not answer by accident."""
    window.press("a")
    return "in call" in window.screen()


def test_a_call_is_rejected_by_key_and_the_caller_hears_so(phone_of, open_app):
    alice, bob = phone_of("alice"), phone_of("bob")
    window = open_app(bob)
    call = alice.begin("dial", "bob")
    window.wait_for("reject")

    def reject() -> bool:
        window.press("r")
        return call.poll() is not None

    until(reject, 20, "the rejection")
    assert call.returncode == 3


def test_a_call_answered_on_another_device_leaves_the_screen_and_says_so(phone_of, open_app):
    alice, bob, other = phone_of("alice"), phone_of("bob"), phone_of("bob", name="bob-elsewhere")
    window = open_app(bob)
    call = alice.begin("dial", "bob", "--for", "1")
    window.wait_for("reject")
    other.run("answer", "--wait", "15")
    window.wait_for("another device")
    window.wait_gone("reject")
    assert call.wait(60) == 0
    assert bob.history()[0]["result"] == "answered elsewhere"


def test_detaching_leaves_the_call_up_and_coming_back_shows_it(phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    talk_to_the_echo(window)
    window.press("M-z")
    window.wait_ended()
    assert alice.calls("active")
    again = open_app(alice)
    again.wait_for("echo")
    again.press("M-x")
    alice.until(lambda state: not [call for call in state["calls"] if call["state"] != "ended"])


@pytest.mark.parametrize("how", ["kill -9", "closed terminal"])
def test_an_app_that_dies_does_nothing_to_the_call(phone_of, open_app, how):
    alice = phone_of("alice")
    window = open_app(alice)
    talk_to_the_echo(window)
    if how == "kill -9":
        os.kill(window.pid, signal.SIGKILL)
    else:
        window.close()
    alice.until(lambda state: state["screens"] == 0)
    assert alice.calls("active")


def test_an_engine_that_dies_in_a_call_is_told_of_and_started_again_on_request(phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    talk_to_the_echo(window)
    alice.kill_engine()
    window.wait_for("engine")
    window.wait_for("Start it again")
    window.press("Enter")
    window.wait_for("● alice")
    window.wait_gone("Start it again")
    record = alice.history()[0]
    assert record["peer"]["text"] == "echo"
    assert record["ended_at"] is not None
    assert record["lost_at_crash"]


def test_the_engine_an_app_came_up_with_is_started_again_at_the_first_press(phone_of, open_app):
    alice = phone_of("alice")
    alice.kill_engine()
    window = open_app(alice)
    alice.kill_engine()
    window.wait_for("Start it again")
    window.press("Enter")
    window.wait_for("● alice")


def test_a_server_that_goes_away_is_counted_down_for_and_found_again(simulator: Simulator, phone_of, open_app):
    window = open_app(phone_of("alice"))
    simulator.kill()
    window.wait_for("reconnecting")
    simulator.start(simulator.port)
    window.wait_for("● alice", 30)


def test_a_hostile_name_is_text_on_the_screen_and_nothing_else(simulator: Simulator, phone_of, open_app):
    window = open_app(phone_of("bob"))
    simulator.ask("/sim/inbound", {"from": "[red]\x1b[2J\x1b]0;owned\x07evil", "to": "84990000000", "userId": "bob"})
    screen = window.wait_for("evil")
    assert "[red]" in screen
    assert "reject" in screen
    assert "f4" in window.wait_for("f1")


def test_frames_of_garbage_end_neither_the_engine_nor_a_call(simulator: Simulator, phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    talk_to_the_echo(window)
    for raw in ("", "{", "null", "[[[[", '{"service": 32}', '{"service": "x", "body": []}', "\x00" * 1000):
        simulator.ask("/sim/push", {"userId": "alice", "raw": raw})
    simulator.ask(
        "/sim/push", {"userId": "alice", "frame": {"service": 33, "body": {"callId": ["x"], "fromNumber": {}}}}
    )
    window.press("m")
    window.wait_for("muted")
    alice.until(lambda state: state["accounts"][0]["link"] == "registered")
    assert alice.calls("active")


def test_a_wrong_token_is_said_in_words_and_not_tried_again(tmp_path: Path, simulator: Simulator):
    file = tmp_path / "alice.toml"
    file.write_text((simulator.accounts / "alice.toml").read_text().replace("oncaller-sim-secret", "wrong"))
    phone = Handset(tmp_path / "wrong", file)
    try:
        phone.run("engine", "--background")
        state = phone.until(lambda state: state["accounts"][0]["link"] == "failed")
        assert "token" in state["accounts"][0]["detail"]
        done = phone.run("dial", "echo", check=False)
        assert done.returncode == 5
        assert "token" in done.stderr
    finally:
        phone.close()


def test_a_megabyte_pasted_into_the_number_field_is_refused_in_a_sentence(phone_of, open_app):
    window = open_app(phone_of("alice"))
    window.paste("9" * 1_000_000)
    window.wait_for(lambda screen: "1,000,000" in screen or "too long" in screen or "at most" in screen, 20)
    window.press("C-u")
    window.press("F4")
    window.wait_for("f2")


def test_resizing_in_a_call_keeps_it_on_the_screen(phone_of, open_app):
    window = open_app(phone_of("alice"))
    talk_to_the_echo(window)
    for columns, rows in ((120, 40), (40, 12), (200, 50), (80, 24)):
        window.resize(columns, rows)
        window.wait_for("echo")
    window.press("x")
    window.wait_for("you hung up")


def test_keys_in_one_burst_after_a_page_key_go_to_the_new_page(phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    talk_to_the_echo(window)
    window.press("F2", "9", "9", "x", "a", "v")
    window.wait_for("99xav")
    window.press("F4", "/", "e", "c", "h")
    window.wait_for("ech")
    assert alice.calls("active")


def test_escapes_in_a_paste_press_no_keys(phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    talk_to_the_echo(window)
    window.paste("yy\x1b[Axxx\x1bx")
    window.press("m")
    window.wait_for("muted")
    assert alice.calls("active")
