"""Accounts by keys in a real terminal: added with a form, edited in an editor, removed."""

import time
import tomllib
from pathlib import Path

import pytest

from tests.rigs.stage import TUIPHONE, Handset, Simulator, until
from tests.rigs.terminal import Terminal
from tuiphone.providers.oncaller.token import sign


@pytest.fixture
def editor(tmp_path: Path) -> Path:
    """An editor that shows a line, waits for a key as editors do, and makes the changes of the next script."""
    script = tmp_path / "my editor"
    script.write_text(
        "#!/bin/sh\n"
        "trap '' INT\n"
        'printf "EDITING %s\\n" "$(basename "$1")"\n'
        "read -r answer\n"
        f'next=$(ls "{tmp_path}"/edit-*.sed | head -n 1)\n'
        'sed -i -f "$next" "$1" && rm "$next"\n'
    )
    script.chmod(0o700)
    return script


def env_of(phone: Handset, **more: str) -> dict[str, str]:
    return {"TUIPHONE_PROFILE": phone.env["TUIPHONE_PROFILE"], "TUIPHONE_SOUND": "none", **more}


def test_an_account_is_added_by_its_form_which_says_that_the_token_is_wrong(tmp_path: Path, simulator: Simulator):
    alice = tomllib.loads((simulator.accounts / "alice.toml").read_text())
    now = time.time()
    token = sign(key_sid=alice["key_sid"], secret=alice["key_secret"], user_id="alice", now=now)
    wrong = sign(key_sid=alice["key_sid"], secret="another-secret", user_id="alice", now=now)
    phone = Handset(tmp_path / "new", None)
    try:
        with Terminal(TUIPHONE, env=env_of(phone)) as window:
            window.wait_for("To add yours: f7, then a.")
            window.press("F7")
            window.wait_for("There is no account yet")
            window.press("a")
            window.wait_for("Whose account is it?")
            window.press("Down", "Enter")
            window.wait_for("New OnCaller account")
            window.type("desk")
            window.press("Enter")
            window.type(alice["addresses"][0])
            window.press("Down")
            window.paste(wrong)
            window.press("C-s")
            window.wait_for("Save it untried")
            assert not list((phone.profile / "config" / "accounts").iterdir())
            assert wrong[:12] not in window.screen()
            window.press("Up", "Down", "Home")
            window.press("C-k")
            window.paste(token)
            window.press("C-s")
            window.wait_gone("New OnCaller account")
            window.wait_for("● desk·oncaller")
            file = phone.profile / "config" / "accounts" / "desk.toml"
            assert file.stat().st_mode & 0o777 == 0o600
            assert tomllib.loads(file.read_text())["token"] == token
            assert token not in phone.log
            assert wrong not in phone.log
            window.press("F2")
            window.type("echo")
            window.press("Enter")
            window.wait_for("in call")
    finally:
        phone.close()


def test_a_file_is_edited_in_the_persons_editor_and_its_mistakes_are_shown_while_a_call_goes_on(
    tmp_path: Path, phone_of, simulator: Simulator, editor: Path
):
    phone = phone_of("alice")
    other = phone.profile / "config" / "accounts" / "other.toml"
    other.write_text((simulator.accounts / "bob.toml").read_text())
    other.chmod(0o600)
    (tmp_path / "edit-1.sed").write_text('s/^device_name.*//\n$a devise_name = "desk"\n')
    (tmp_path / "edit-2.sed").write_text("s/^devise_name/device_name/\n")
    with Terminal(TUIPHONE, env=env_of(phone, EDITOR=f"'{editor}'")) as window:
        window.wait_for("● alice")
        window.press("F7", "R")
        window.wait_for("● other")
        call = phone.begin("dial", "echo", "--account", "alice", "--for", "90")
        window.wait_for("echo")
        window.press("F7")
        window.wait_for("logged in as")
        window.press("Down", "e")
        window.wait_for("EDITING other.toml")
        window.press("C-c")
        window.press("Enter")
        window.wait_for("other has a mistake")
        window.wait_for("mean device_name?")
        window.press("e")
        window.wait_for("EDITING other.toml")
        window.press("Enter")
        window.wait_for("The settings of other are in order.")
        window.wait_for("● other")
        assert tomllib.loads(other.read_text())["device_name"] == "desk"
        assert phone.calls("active")
        assert call.poll() is None
        window.press("Down", "Delete")
        window.wait_for("Remove the account other?")
        window.press("y")
        window.wait_gone("● other")
        assert not other.exists()
        assert phone.calls("active")
    until(lambda: phone.run("hangup", check=False).returncode == 0)
