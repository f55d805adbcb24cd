"""Links from outside: into the phone that runs, into a new one, and what a desktop needs for that."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tests.rigs.stage import TUIPHONE, Handset, Simulator, until
from tests.rigs.terminal import Terminal


def test_a_link_opened_in_a_second_shell_is_in_the_running_app_and_waits_for_enter(phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    window.press("F4")
    window.wait_gone("number or name")
    said = alice.run("open", "tel:+84%2090%20123%204567;phone-context=evil.example").stdout
    assert said == "+84 90 123 4567 is in the phone that runs, on its screen; enter calls it.\n"
    window.wait_for("+84 90 123 4567")
    window.wait_for("calls +84")
    assert not alice.state()["calls"]
    refused = alice.run("open", "tel:*%2306%23", check=False)
    assert (refused.returncode, refused.stderr) == (
        2,
        "tuiphone: *#06# is a service code, which a link must not dial; type it if you mean it.\n",
    )
    alice.run("open", "sip:echo@example.com")
    window.wait_for("calls the user echo")

    def called() -> bool:
        # The first moment after a link enter is not taken for a wish to call.
        window.press("Enter")
        return "in call" in window.screen()

    until(called, what="the call")


def test_a_link_is_called_at_once_only_when_told_to(phone_of, open_app):
    alice = phone_of("alice")
    window = open_app(alice)
    assert "Calling sip:echo@example.com" in alice.run("open", "--dial", "sip:echo@example.com").stdout
    window.wait_for("▶")
    alice.until(
        lambda state: [call["peer"]["text"] for call in state["calls"] if call["state"] == "active"] == ["echo"]
    )


def test_without_an_engine_a_link_opens_the_app_with_the_number(tmp_path: Path, simulator: Simulator):
    phone = Handset(tmp_path / "alone", simulator.accounts / "alice.toml")
    env = {"TUIPHONE_PROFILE": str(phone.profile), "TUIPHONE_SOUND": "none"}
    try:
        with Terminal([*TUIPHONE, "open", "tel:112"], env=env) as window:
            window.wait_for("● alice")
            window.wait_for("tel:112")
            window.wait_for("calls 112")
            assert not phone.state()["calls"]
    finally:
        phone.close()


def test_a_browser_without_a_terminal_gets_one_or_a_sentence(tmp_path: Path):
    opened = tmp_path / "opened"
    terminal = tmp_path / "my-terminal"
    terminal.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > "{opened}"\n')
    terminal.chmod(0o700)
    env = {**os.environ, "TUIPHONE_PROFILE": str(tmp_path / "p"), "DISPLAY": ":99", "TERMINAL": str(terminal)}

    def open_link(**more: str) -> subprocess.CompletedProcess[str]:
        command = [*TUIPHONE, "open", "tel:+84901234567"]
        return subprocess.run(
            command, env=env | more, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False
        )

    assert open_link().returncode == 0
    words = until(lambda: opened.exists() and opened.read_text().splitlines(), what="the terminal")
    assert words[0] == "-e"
    assert words[1:] == [
        sys.executable,
        "-P",
        "-m",
        "tuiphone",
        "--profile",
        str(tmp_path / "p"),
        "open",
        "--pause",
        "+84901234567",
    ]
    nowhere = open_link(DISPLAY="", WAYLAND_DISPLAY="")
    assert nowhere.returncode == 2
    assert "there is no terminal to show +84901234567 in" in nowhere.stderr


def test_the_desktop_entry_is_written_registered_and_taken_back(tmp_path: Path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("xdg-mime", "update-desktop-database"):
        (tools / tool).write_text(f'#!/bin/sh\necho {tool} "$@" >> "{tmp_path}/ran"\n')
        (tools / tool).chmod(0o700)
    home, config = tmp_path / "da ta", tmp_path / "config"
    config.mkdir()
    (config / "mimeapps.list").write_text(
        "[Default Applications]\nx-scheme-handler/tel=tuiphone.desktop\n"
        "x-scheme-handler/sip=a.desktop;tuiphone.desktop;\n"
        "text/html=b.desktop\n"
    )
    env = {**os.environ, "XDG_DATA_HOME": str(home), "XDG_CONFIG_HOME": str(config)}
    env["PATH"] = f"{tools}:{env['PATH']}"
    env.pop("TUIPHONE_PROFILE", None)

    def run(*more: str) -> str:
        command = [*TUIPHONE, "--profile", str(tmp_path / "my 100% profile"), "install-handler", *more]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=60).stdout

    entry = home / "applications" / "tuiphone.desktop"
    first = run()
    text = entry.read_text()
    assert run() == first
    assert entry.read_text() == text
    lines = dict(line.split("=", 1) for line in text.splitlines()[1:])
    assert lines["MimeType"] == "x-scheme-handler/tel;x-scheme-handler/sip;x-scheme-handler/callto;"
    assert lines["Terminal"] == "true"
    # What has no backslash or dollar in it is quoted as a shell would; percent signs are doubled.
    words = shlex.split(lines["Exec"])
    assert words[-3:] == ["open", "--pause", "%u"]
    assert words[-5:-3] == ["--profile", f"{tmp_path}/my 100%% profile"]
    ran = (tmp_path / "ran").read_text()
    assert f"update-desktop-database {home}/applications" in ran
    for scheme in ("tel", "sip", "callto"):
        assert f"xdg-mime default tuiphone.desktop x-scheme-handler/{scheme}" in ran
    run("--remove")
    assert not entry.exists()
    kept = (config / "mimeapps.list").read_text()
    assert kept == "[Default Applications]\nx-scheme-handler/sip=a.desktop;\ntext/html=b.desktop\n"
    assert "nothing to remove" in run("--remove")
