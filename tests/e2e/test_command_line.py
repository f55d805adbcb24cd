"""A stranger's script runs a phone with the commands alone."""

import json
import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.rigs.stage import Handset, Simulator, until


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_dial_prints_events_as_json_lines_and_a_result_at_the_end(phone_of):
    alice = phone_of("alice")
    done = alice.run("dial", "tone", "--for", "2", "--record", "--json")
    said = lines(done.stdout)
    events = [line["type"] for line in said]
    assert [event for event in events if event in ("started", "ringing", "answered", "ended", "result")] == [
        "started",
        "ringing",
        "answered",
        "ended",
        "result",
    ]
    result = said[-1]
    assert result["answered"] is True
    assert 1.9 < result["talk_s"] < 20
    assert result["rx_packets"] > 50
    assert result["lost"] == 0
    assert result["mos"] > 3
    assert set(result) >= {"reason", "jitter_ms", "rtt_ms", "recording"}
    assert Path(result["recording"]).stat().st_size > 1000


@pytest.mark.parametrize(
    ("number", "code", "reason"),
    [
        ("busy", 3, "busy"),
        ("nobody-there", 1, "not reachable"),
        ("err-8", 4, "not enough credit"),
        ("+84905550404", 4, "no such number"),
        ("+84905550486", 3, "busy"),
        ("+84905550408", 1, "no answer"),
    ],
)
def test_dial_says_by_its_exit_code_what_became_of_the_call(phone_of, number: str, code: int, reason: str):
    done = phone_of("alice").run("dial", number, "--json", check=False)
    assert (done.returncode, lines(done.stdout)[-1]["reason"]) == (code, reason)


def test_dial_without_an_engine_starts_one_and_ends_it_again(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    assert phone.run("dial", "tone", "--for", "1").returncode == 0
    assert phone.run("state", check=False).returncode == 7


def test_commands_that_begin_at_once_share_the_engine_one_of_them_starts(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    begun = [phone.begin("history", "--json") for _ in range(3)]
    assert [(each.wait(60), each.communicate()[1]) for each in begun] == [(0, "")] * 3
    assert phone.run("state", check=False).returncode == 7


def test_a_dial_that_ends_leaves_the_calls_of_others_on_its_engine_alone(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    first = phone.begin("dial", "tone", "--for", "3")
    until(lambda: phone.run("state", check=False).returncode == 0, what="an engine")
    second = phone.begin("dial", "echo", "--for", "5", "--json")
    first.communicate(timeout=60)
    assert first.returncode == 0
    out, _ = second.communicate(timeout=60)
    assert (second.returncode, lines(out)[-1]["reason"]) == (0, "hung up")
    until(lambda: phone.run("state", check=False).returncode == 7, what="the engine's end")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_dial_that_is_ended_by_a_signal_ends_its_call_and_its_engine(
    tmp_path: Path, simulator: Simulator, number: signal.Signals
):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    call = phone.begin("dial", "silent")
    until(lambda: going_on(simulator), what="the call")
    call.send_signal(number)
    call.communicate(timeout=60)
    assert call.returncode == 1
    until(lambda: phone.run("state", check=False).returncode == 7, what="the engine's end")
    assert not going_on(simulator)


def going_on(simulator: Simulator) -> list[dict[str, object]]:
    return [call for call in simulator.ask("/sim/state")["calls"] if not call["ended"]]


def listens(phone: Handset) -> bool:
    """The phone's engine is there and says how it is."""
    with suppress(AssertionError):
        return bool(phone.state()["accounts"])
    return False


def test_a_dial_that_is_ended_before_its_account_is_registered_ends_its_engine(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    simulator.kill()
    call = phone.begin("dial", "echo")
    until(lambda: listens(phone), what="an engine")
    call.terminate()
    assert call.communicate(timeout=60)[1] == ""
    assert call.returncode == 130
    until(lambda: phone.run("state", check=False).returncode == 7, what="the engine's end")


def test_an_engine_that_does_not_answer_is_ended_all_the_same(phone_of):
    alice = phone_of("alice")
    os.kill(alice.engine_pid, signal.SIGSTOP)
    assert alice.run("stop").returncode == 0
    assert alice.run("state", check=False).returncode == 7


def test_a_call_that_never_was_has_a_result_line_too(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    done = phone.run("dial", "+84abc", "--json", check=False)
    result = lines(done.stdout)[-1]
    assert (done.returncode, result["type"], result["answered"]) == (4, "result", False)
    assert "+84abc is not a telephone number" in result["reason"]


def test_state_lists_every_mistake_of_a_broken_account_on_a_line_of_its_own(tmp_path: Path):
    file = tmp_path / "bad.toml"
    file.write_text('provider = "oncaller"\nuser_idd = "x"\nnumbersx = "y"\n')
    phone = Handset(tmp_path / "bad", file)
    phone.run("engine", "--background")
    shown = phone.run("state").stdout
    phone.run("stop")
    assert "\N{REPLACEMENT CHARACTER}" not in shown
    assert [line for line in shown.splitlines() if "did you mean" in line and line.startswith("  ")]


def test_other_refusals_have_their_own_exit_codes(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    assert phone.run("hangup", check=False).returncode == 7
    assert phone.run("dial", "x", "--account", "nobody", check=False).returncode == 4
    assert phone.run("dial", "+84abc", check=False).returncode == 4
    assert phone.run("dial", check=False).returncode == 2
    simulator.kill()
    gone = phone.run("dial", "echo", check=False)
    assert gone.returncode == 5
    assert "refused" in gone.stderr


def test_a_script_answers_holds_sends_digits_and_hangs_up(phone_of, simulator: Simulator):
    bob = phone_of("bob")
    call = simulator.ask("/sim/inbound", {"from": "84905550001", "to": "84990000000", "userId": "bob"})["callId"]
    bob.run("answer", "--wait", "15")
    bob.until(lambda state: state["calls"][0]["state"] == "active")
    bob.run("hold")
    bob.until(lambda state: state["calls"][0]["state"] == "held")
    bob.run("hold", "--off")
    bob.until(lambda state: state["calls"][0]["state"] == "active")
    bob.run("dtmf", "12#")
    bob.run("mute")
    assert bob.calls("active")[0]["muted"]
    bob.run("hangup")
    assert next(one for one in simulator.ask("/sim/state")["calls"] if one["id"] == call)["ended"]
    assert bob.history()[0]["result"] == "answered"


def test_resuming_without_a_name_means_the_call_on_hold(phone_of):
    alice = phone_of("alice")
    alice.begin("dial", "echo")
    alice.until(lambda state: [call["state"] for call in state["calls"]] == ["active"])
    nothing = alice.run("hold", "--off", check=False)
    assert (nothing.returncode, nothing.stderr) == (1, "tuiphone: No call is on hold.\n")
    alice.begin("dial", "tone")
    alice.until(lambda state: [call["state"] for call in state["calls"]] == ["held", "active"])
    alice.run("hold", "--off")
    alice.until(lambda state: [call["state"] for call in state["calls"]] == ["active", "held"])


def test_a_call_whose_engine_dies_has_the_figures_it_had_last(phone_of):
    alice = phone_of("alice")
    call = alice.begin("dial", "tone", "--json")
    alice.until(lambda state: [call["media"] for call in state["calls"]] == ["connected"])
    time.sleep(1)
    alice.kill_engine()
    result = lines(call.communicate(timeout=60)[0])[-1]
    assert (call.returncode, result["reason"]) == (6, "connection lost")
    assert result["talk_s"] >= 1
    assert result["rx_packets"] > 25


def test_a_phone_call_is_transferred_to_a_user(phone_of, simulator: Simulator):
    alice, bob = phone_of("alice"), phone_of("bob")
    call = alice.begin("dial", "+84905550001", "--json")
    alice.until(lambda state: state["calls"] and state["calls"][0]["state"] == "active")
    alice.run("transfer", "bob")
    assert call.wait(60) == 0
    assert call.communicate()[0].splitlines()[-1].count("transferred")
    bob.run("answer", "--wait", "20")
    bob.until(lambda state: state["calls"][0]["state"] == "active")


def test_side_messages_and_texts_arrive(phone_of):
    alice, bob = phone_of("alice"), phone_of("bob")
    follower = bob.begin("state", "--follow", "--json")
    assert follower.stdout is not None
    follower.stdout.readline()
    alice.run("message", "bob", "xin chào")
    call = alice.begin("dial", "bob")
    bob.run("answer", "--wait", "20")
    alice.until(lambda state: state["calls"][0]["state"] == "active")
    alice.run("info", '{"infoA": "1", "infoB": 2}')
    bob.until(lambda state: state["calls"][0]["notices"])
    alice.run("hangup")
    assert call.wait(60) == 0
    bob.run("stop")
    said = lines(follower.communicate(timeout=60)[0])
    assert [line["text"] for line in said if line["type"] == "text"] == ["xin chào"]
    assert [json.loads(line["payload"]) for line in said if line["type"] == "info"] == [{"infoA": "1", "infoB": 2}]


def test_accounts_are_added_checked_listed_and_removed(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "new", None)
    settings = [f"addresses={simulator.url}", "key_sid=SK-oncaller-sim", "user_id=carol"]
    sets = [part for setting in settings for part in ("--set", setting)]
    wrong = phone.run("account", "add", "desk", "--provider", "oncallr", *sets, check=False)
    assert wrong.returncode == 4
    assert "oncaller" in wrong.stderr
    phone.run("account", "add", "desk", "--provider", "oncaller", *sets, "--set", "key_secret=oncaller-sim-secret")
    assert "logged in" in phone.run("account", "check", "desk").stdout
    assert "desk" in phone.run("account", "list").stdout
    phone.run("account", "remove", "desk")
    assert "No accounts" in phone.run("account", "list").stdout


def test_a_second_engine_on_a_profile_is_refused_in_a_sentence(phone_of):
    done = phone_of("alice").run("engine", check=False)
    assert done.returncode == 1
    assert "running for this profile already" in done.stdout + done.stderr


def test_a_missed_call_survives_the_engine_being_killed_while_it_rings(phone_of, simulator: Simulator):
    bob = phone_of("bob")
    simulator.ask("/sim/inbound", {"from": "84905550001", "to": "84990000000", "userId": "bob"})
    bob.until(lambda state: state["calls"])
    bob.kill_engine()
    bob.run("engine", "--background")
    record = bob.history()[0]
    assert (record["peer"]["text"], record["result"]) == ("84905550001", "missed")
    assert bob.state()["missed"] == 1


def test_a_script_that_watches_sees_a_call_come_and_go(phone_of, simulator: Simulator):
    bob = phone_of("bob")
    watcher = bob.begin("answer", "--wait", "20", "--stay", "--json")
    simulator.ask("/sim/robot", {"robot": "tone", "to": "bob"})
    bob.until(lambda state: state["calls"] and state["calls"][0]["state"] == "active")
    bob.run("hangup")
    out, _ = watcher.communicate(timeout=60)
    assert lines(out)[-1]["answered"]
    assert watcher.returncode == 0
