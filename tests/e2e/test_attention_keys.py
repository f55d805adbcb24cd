"""Ringing outside the window, with real phones: what a terminal is sent, do not disturb by keys and commands,
answering by itself, hooks, and the ringer on a device of its own."""

import json
import os
import re
from pathlib import Path

from tests.rigs.pulse import Card, loudness, sine
from tests.rigs.raw_terminal import RawTerminal
from tests.rigs.stage import TUIPHONE, Handset, Simulator, until

OSC = re.compile(rb"\x1b\](?:2|9|777);[^\x07\x1b]*\x07|\x1b\[2[23];2t")
FOREIGN = ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "TERM_PROGRAM", "LC_TERMINAL", "VTE_VERSION")


def raw_app(phone: Handset) -> RawTerminal:
    """The app of a phone on a terminal that nothing is known of."""
    env = {key: value for key, value in {**os.environ, **phone.env}.items() if key not in FOREIGN}
    return RawTerminal(TUIPHONE, env={**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"})


def test_a_terminal_is_sent_title_bell_and_notifications_and_has_its_title_back_in_the_end(
    simulator: Simulator, phone_of
):
    bob = phone_of("bob")
    with raw_app(bob) as window:
        window.wait_for(b"\x1b]2;tuiphone\x07")
        simulator.ask("/sim/inbound", {"from": "4;1\x07\x1b]2;owned\x07evil", "to": "84990000000", "userId": "bob"})
        heard = window.wait_for(b"\x1b]777;")
        assert b"]2;owned\x07" not in heard
        # A title does not change twice within a second.
        heard = window.wait_for("\x1b]2;☎".encode())
        bob.run("reject")
        until(lambda: window.heard.rfind(b"\x1b]2;tuiphone\x07") > len(heard), 20, "a title without the call")
        window.press(b"\x11")
        sent = OSC.findall(window.wait_ended())
    shown = "4,1␇␛]2,owned␇evil"
    notices = [one.decode() for one in sent if one.startswith((b"\x1b]9;", b"\x1b]777;"))]
    assert notices == [f"\x1b]9;tuiphone: {shown} calls - to bob\x07", f"\x1b]777;notify;{shown} calls;to bob\x07"]
    assert f"\x1b]2;☎ {shown.replace(',', ';')} calls - tuiphone\x07".encode() in sent
    assert sent[0] == b"\x1b[22;2t"
    assert sent[-2:] == [b"\x1b]2;\x07", b"\x1b[23;2t"]
    # What is left when everything that ends in one is taken out is the bell itself.
    assert re.sub(rb"\x1b\][^\x07\x1b]*\x07", b"", heard).count(b"\x07") == 1


def test_do_not_disturb_is_begun_by_key_outlives_the_engine_and_is_ended_from_a_shell(phone_of, open_app):
    alice, bob = phone_of("alice"), phone_of("bob")
    window = open_app(bob)
    window.press("F7", "M-d")
    window.wait_for("For 30 minutes")
    window.press("Enter")
    window.wait_for("DND 30 min")
    assert "Do not disturb until" in bob.run("dnd").stdout
    call = alice.begin("dial", "bob", "--ring", "60")
    window.wait_for("rings quietly")
    assert "Incoming call" not in window.screen()
    call.terminate()
    call.wait(60)
    bob.until(lambda state: state["missed"] == 1)
    assert bob.history()[0]["result"] == "missed"
    bob.kill_engine()
    window.wait_for("Start it again")
    window.press("Enter")
    window.wait_for("DND")
    bob.run("dnd", "off")
    window.wait_gone("DND")
    bob.until(lambda state: state["accounts"][0]["link"] == "registered")
    alice.begin("dial", "bob", "--ring", "60")
    window.wait_for("Incoming call")


def test_calls_are_refused_as_busy_where_the_settings_say_so(phone_of):
    alice, bob = phone_of("alice"), phone_of("bob", config='[calls]\ndnd = "reject"\n')
    bob.run("dnd", "for", "5m")
    assert alice.run("dial", "bob", check=False).returncode == 3


def test_an_account_that_answers_by_itself_does_and_says_so(phone_of, open_app):
    settings = "[calls]\nauto_answer_muted = true\n"
    alice, bob = phone_of("alice"), phone_of("bob", config=settings, more="auto_answer = true\nauto_answer_after = 2")
    window = open_app(bob, columns=120, rows=40)
    call = alice.begin("dial", "bob", "--for", "4")
    window.wait_for("Incoming call")
    window.wait_for("alice was answered by itself; your microphone is closed.")
    window.wait_for("auto muted")
    assert "Incoming call" not in window.screen()
    assert call.wait(60) == 0
    bob.run("dnd", "on")
    assert alice.run("dial", "bob", "--ring", "3", check=False).returncode == 1


def test_hooks_are_told_of_a_call_by_a_real_engine(tmp_path: Path, phone_of):
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\ncat >> {tmp_path}/told\nprintf "%s %s\\n" "$TUIPHONE_EVENT" "$*" >> {tmp_path}/args\n')
    hook.chmod(0o755)
    lines = "".join(f'{event} = "{hook} {event}"\n' for event in ("ringing", "answered", "ended", "missed"))
    alice, bob = phone_of("alice"), phone_of("bob", config=f"[hooks]\n{lines}")
    call = alice.begin("dial", "bob", "--for", "1")
    bob.run("answer", "--wait", "20")
    assert call.wait(60) == 0
    assert alice.run("dial", "bob", "--ring", "2", check=False).returncode == 1
    told = tmp_path / "told"
    until(lambda: told.exists() and len(told.read_text().splitlines()) == 6, what="the hooks")
    calls = [json.loads(line) for line in told.read_text().splitlines()]
    assert [one["event"] for one in calls] == ["ringing", "answered", "ended", "ringing", "ended", "missed"]
    assert calls[2]["duration_s"] >= 1
    assert calls[2]["number"] == "alice"
    assert calls[5]["reason"] == "missed"
    assert (tmp_path / "args").read_text().splitlines() == [f"{one['event']} {one['event']}" for one in calls]


def test_the_ringer_rings_on_its_own_device_and_the_call_is_heard_on_the_other(phone_of, cards: tuple[Card, Card]):
    card = cards[0]
    config = '[sound]\nspeaker = "headset"\nringer = "bell"\nmicrophone = "desk_mic"\n'
    alice, bob = phone_of("alice", cards[1]), phone_of("bob", card, config=config)
    call = alice.begin("dial", "bob", "--for", "60")
    until(lambda: bob.calls("incoming"), what="the call")
    until(lambda: loudness(card.listen(1.0, sink="second")) > 0.02, what="the ringer")
    assert loudness(card.listen(4.0, sink="speaker")) < 0.001
    bob.run("answer")
    cards[1].play(sine(440, 60))
    try:
        until(lambda: loudness(card.listen(0.5, sink="speaker")) > 0.02, what="alice's voice")
        until(lambda: loudness(card.listen(0.5, sink="second")) < 0.001, what="the end of the ringing")
    finally:
        cards[1].hush()
        alice.run("hangup")
        call.communicate(timeout=60)
