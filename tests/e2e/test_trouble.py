"""What goes wrong around a phone: odd files, interrupted commands, closed pipes."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rigs.stage import TUIPHONE, Handset, Simulator, until
from tuiphone.control.protocol import VERSION
from tuiphone.store.paths import find


@pytest.fixture
def alone(tmp_path: Path, simulator: Simulator) -> Iterator[Handset]:
    """A phone of alice whose engine does not run."""
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    yield phone
    phone.close()


def links(state: dict) -> dict[str, str]:
    return {known["account"]["name"]: known["link"] for known in state["accounts"]}


def reload_twice_at_once(phone: Handset) -> None:
    """As two screens do when the same key is pressed in both. Raises: AssertionError when one is refused."""
    attach = {"type": "attach", "version": VERSION, "screen": False, "program": "test"}
    asked = [{"type": "request", "id": number, "command": {"type": "reloadaccounts"}} for number in (1, 2)]
    answered: dict[int, str] = {}
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(10)
        line.connect(str(find(phone.profile).socket))
        line.sendall("".join(json.dumps(message) + "\n" for message in (attach, *asked)).encode())
        with line.makefile() as said:
            while len(answered) < 2:
                message = json.loads(said.readline())
                if "id" in message:
                    answered[message["id"]] = message["type"]
    assert set(answered.values()) == {"reply"}


def test_account_files_are_read_again_on_request_whatever_they_are(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "odd", simulator.accounts / "alice.toml")
    accounts = phone.profile / "config" / "accounts"
    os.mkfifo(accounts / "pipe.toml", 0o600)
    file = accounts / "alice.toml"
    file.chmod(0o644)
    try:
        phone.run("engine", "--background")
        assert links(phone.state()) == {"alice": "broken settings", "pipe": "broken settings"}
        file.chmod(0o600)
        reload_twice_at_once(phone)
        phone.until(lambda state: links(state)["alice"] == "registered")
        file.write_text("# moved\n" + file.read_text())
        reload_twice_at_once(phone)
        phone.until(lambda state: links(state)["alice"] == "registered")
        assert "Traceback" not in phone.log
    finally:
        phone.close()


def test_output_that_cannot_be_written_is_a_sentence(tmp_path: Path):
    phone = Handset(tmp_path / "p", None)
    with open("/dev/full", "w") as full:
        done = subprocess.run([*TUIPHONE, "account", "list"], env=phone.env, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (1, b"tuiphone: No space left on device.\n")
    closed = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", *TUIPHONE, "doctor"], env=phone.env, stderr=-1)
    assert closed.stderr == b""


def test_names_are_printed_on_a_terminal_that_has_not_their_letters(alone: Handset):
    alone.env["PYTHONIOENCODING"] = "ascii"
    done = alone.run("dial", "nguyễn", check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "calling nguy\\u1ec5n" in done.stdout


def test_a_call_ends_with_the_terminal_it_was_dialled_in(alone: Handset):
    call = alone.begin("dial", "echo", "--json")
    out = call.stdout
    assert out is not None
    until(lambda: '"answered"' in out.readline(), what="the answer")
    call.send_signal(signal.SIGHUP)
    assert call.wait(60) == 0
    until(lambda: alone.run("state", check=False).returncode == 7, what="the engine's end")


def test_a_call_nobody_reads_of_any_more_is_hung_up(phone_of):
    alice = phone_of("alice")
    call = alice.begin("dial", "echo", "--json")
    assert call.stdout is not None
    call.stdout.readline()
    call.stdout.close()
    assert call.wait(60) in (0, 1)
    assert call.stderr is not None
    assert call.stderr.read() == ""
    alice.until(lambda state: all(known["state"] == "ended" for known in state["calls"]))
    with open("/dev/full", "w") as full:
        full_disk = subprocess.run(
            [*TUIPHONE, "dial", "echo"], env=alice.env, stdout=full, stderr=subprocess.PIPE, timeout=30
        )
    assert full_disk.stderr.startswith(b"tuiphone: No space left on device; hanging up.")
    alice.until(lambda state: all(known["state"] == "ended" for known in state["calls"]))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_interrupted_while_its_engine_starts_leaves_none(alone: Handset, number: signal.Signals):
    lock = find(alone.profile).lock
    call = alone.begin("dial", "echo")
    # The engine has claimed the profile, and does not listen yet.
    until(lambda: lock.exists() and lock.read_text().strip(), what="an engine")
    call.send_signal(number)
    assert call.wait(60) in (1, 130)
    engine = int(lock.read_text())
    until(lambda: not is_running(engine), what="the engine's end")


@pytest.mark.parametrize("arguments", [("state", "--follow"), ("dial", "echo")])
def test_a_command_in_a_scripts_background_ends_when_it_is_told_to(phone_of, arguments: tuple[str, ...]):
    alice = phone_of("alice")
    # What a shell without job control does for a command that ends with `&`.
    ignoring = ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", *TUIPHONE, *arguments]
    with subprocess.Popen(ignoring, env=alice.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as command:
        assert command.stdout is not None
        try:
            assert command.stdout.readline()
            command.send_signal(signal.SIGTERM)
            assert command.wait(60) in (1, 130)
        finally:
            command.kill()
        assert command.stderr is not None
        assert b"Traceback" not in command.stderr.read()
    alice.until(lambda state: all(known["state"] == "ended" for known in state["calls"]))


def is_running(pid: int) -> bool:
    """There is such a process, and it is not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
