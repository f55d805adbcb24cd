"""What goes wrong around a phone: odd files, interrupted commands, closed pipes."""

import json
import os
import socket
import subprocess
from pathlib import Path

from tests.rigs.stage import TUIPHONE, Handset, Simulator
from tuiphone.control.protocol import VERSION
from tuiphone.store.paths import find


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
