"""The log in a real terminal, by keys: a call looked into afterwards, its wire, a report without the token."""

import json
import zipfile
from pathlib import Path

from tests.rigs.stage import Simulator, until
from tests.rigs.terminal import Terminal

SECRET = "oncaller-sim-secret"
"""What the simulator's accounts sign their tokens with."""


def calls_the_echo(phone) -> None:
    phone.run("dial", "echo", "--for", "1")


def test_after_a_call_the_log_tells_of_it_and_its_frames_are_a_ladder(phone_of, open_app):
    alice = phone_of("alice")
    calls_the_echo(alice)
    window: Terminal = open_app(alice)
    window.press("F8")
    window.wait_for("The call with echo ended")
    window.press("/")
    window.type("answered")
    window.wait_for("1 entry")
    assert "The call with echo was answered." in window.wait_gone("Registered")
    window.press("Escape")
    window.wait_for("Registered.")
    window.press("t")
    window.wait_for("hang up: ok")
    for rung in (
        "│ log in as tuiphone ─",
        "─ log in: ok, alice │",
        "│ call echo from alice ─",
        "─ state 180 Ringing │",
    ):
        window.wait_for(rung)
    window.press("Up", "f")
    window.wait_for("call A only")
    window.wait_gone("log in")
    window.press("Home", "Enter")
    screen = window.wait_for("toNumber")
    assert '"echo"' in screen
    window.press("y")
    window.wait_for("is copied")


def test_the_log_follows_what_happens_and_a_lost_server_is_told_of_with_why(simulator: Simulator, phone_of, open_app):
    alice = phone_of("alice")
    window: Terminal = open_app(alice)
    window.press("F8")
    window.wait_for("Registered.")
    simulator.kill()
    window.wait_for("Lost: ")
    window.press("l")
    window.wait_for("level:warning")
    window.wait_gone("Registered.")
    window.wait_for("! Cannot reach 127.0.0.1", 30)


def test_a_report_is_written_by_keys_and_the_secret_is_in_no_part_of_it(tmp_path: Path, phone_of, open_app):
    alice = phone_of("alice")
    calls_the_echo(alice)
    window: Terminal = open_app(alice)
    window.press("F8")
    window.wait_for("The call with echo ended")
    window.press("b")
    window.wait_for("Stand-ins")
    window.press("Enter")
    window.wait_for("versions.txt", 60)
    file = tmp_path / "report.zip"
    window.press("C-a", "C-k")
    window.type(str(file))
    window.wait_for("report.zip")
    window.press("Enter")
    until(file.exists, 60, "the report")
    window.wait_for("Written")
    with zipfile.ZipFile(file) as packed:
        everything = "\n".join(packed.read(name).decode() + name for name in packed.namelist())
    assert "log in" in everything
    assert "•••" in everything
    assert SECRET not in everything
    assert "eyJ" not in everything
    assert "84990000000" not in everything


def test_the_command_line_tells_the_same(phone_of):
    alice = phone_of("alice")
    calls_the_echo(alice)
    alice.run("dial", "--account", "alice", "++++", check=False)
    lines = [json.loads(line) for line in alice.run("log", "--json").stdout.splitlines()]
    assert any(line["text"].startswith("The call with echo ended") and "mos" in line["detail"] for line in lines)
    assert any(line["text"].startswith("Dial: ") and line["level"] == "warning" for line in lines)
    errors = alice.run("log", "--level", "error").stdout
    assert "Registered" not in errors
    frames = [json.loads(line) for line in alice.run("trace", "alice", "--json").stdout.splitlines()]
    assert any('"accesstoken":"•••"' in frame["body"] for frame in frames)
    assert len({frame["call"] for frame in frames if frame["label"].startswith(("call", "hang up"))}) == 1
    assert "an account nobody" in alice.run("trace", "nobody", check=False).stderr
