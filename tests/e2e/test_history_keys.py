"""The history by keys in a real terminal: a hundred thousand calls, a missed one, notes, what is exported."""

import csv
import json
from pathlib import Path

from bench.history import fill
from tests.rigs.stage import Handset, until


def test_a_hundred_thousand_calls_are_filtered_and_walked_through_by_keys(phone_of, open_app):
    alice: Handset = phone_of("alice")
    alice.run("stop")
    fill(alice.profile, 100_000, 10_000)
    alice.start()
    window = open_app(alice)
    window.press("F4")
    window.wait_for("100,000 calls")
    window.press("End")
    oldest = json.loads(alice.run("history", "--json", "--limit", "1", "to:-137d").stdout)
    window.wait_for(lambda screen: "…\n" not in screen and "talked" in screen)
    assert oldest["ref"] != "bench-0"
    window.press("/")
    window.type("nguyen mis")
    window.wait_for("tab complete")
    window.press("Tab")
    window.wait_for("nguyen missed")
    found = alice.run("history", "nguyen missed", "--json", "--limit", "100000").stdout.splitlines()
    assert 1000 < len(found) < 10_000
    window.wait_for(f"{len(found):,} calls")
    window.type(" from:never")
    window.wait_for("from:never is no day")
    window.press("Escape")
    window.wait_for("100,000 calls")


def test_a_missed_call_is_counted_until_it_was_seen_and_enter_calls_back(phone_of, open_app):
    alice, bob = phone_of("alice"), phone_of("bob")
    window = open_app(alice)
    call = bob.begin("dial", "alice")
    alice.until(lambda state: [call for call in state["calls"] if call["state"] == "incoming"])
    bob.run("hangup")
    call.wait(60)
    window.wait_for("hist(1)")
    window.press("F4")
    window.wait_for("1 call ")
    window.wait_gone("hist(1)")
    alice.until(lambda state: state["missed"] == 0)
    window.press("Enter")
    bob.until(lambda state: [call for call in state["calls"] if call["state"] == "incoming"])
    window.press("M-x")


def test_a_note_is_found_and_what_is_shown_is_exported(phone_of, open_app, tmp_path: Path):
    alice: Handset = phone_of("alice")
    for _ in range(2):
        alice.run("dial", "echo", "--for", "0.2")
    window = open_app(alice)
    window.press("F4")
    window.wait_for("2 calls")
    window.press("n")
    window.wait_for("Note on the call")
    window.type("Gọi lại về hoá đơn")
    window.press("Enter")
    window.wait_for("¶ Gọi lại về hoá đơn")
    window.press("/")
    window.type("hoa don")
    window.wait_for("1 call ")
    window.press("Enter", "x")
    window.wait_for("Export 1 call")
    window.press("C-u")
    target = tmp_path / "noted.csv"
    window.type(str(target))
    window.press("Enter")
    until(target.exists, what="the file")
    with target.open(newline="", encoding="utf-8") as file:
        (line,) = csv.DictReader(file)
    assert (line["number"], line["note"], line["result"]) == ("echo", "Gọi lại về hoá đơn", "answered")
    window.press("d")
    window.wait_for("Delete the call")
    window.press("y")
    window.wait_for("No call matches the filter")
    assert len(alice.history()) == 1


def test_the_command_line_filters_and_exports_too(phone_of, tmp_path: Path):
    alice: Handset = phone_of("alice")
    alice.run("dial", "echo", "--for", "0.2")
    done = alice.run("history", "echo answered from:today acount:x --wrong", check=False)
    assert done.returncode == 0
    assert "did you mean account:?" in done.stderr
    assert alice.run("history", "missed").stdout == ""
    target = tmp_path / "all.json"
    assert alice.run("history", "--export", str(target)).stdout == f"1 calls in {target}\n"
    assert json.loads(target.read_text(encoding="utf-8"))[0]["number"] == "echo"
    refused = alice.run("history", "--export", str(target), check=False)
    assert refused.returncode != 0
    assert "--replace overwrites it" in refused.stderr
    alice.run("history", "--export", str(target), "--replace", "missed")
    assert json.loads(target.read_text(encoding="utf-8")) == []
