"""Colours and keys in a real terminal: chosen, moved, kept."""

from tests.rigs.stage import Handset, until
from tests.rigs.terminal import Terminal


def config(phone: Handset) -> str:
    file = phone.profile / "config" / "config.toml"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_a_theme_of_ones_own_is_chosen_by_key_and_kept(phone_of, open_app):
    alice = phone_of("alice")
    own = alice.profile / "config" / "themes"
    own.mkdir(parents=True)
    (own / "zebra.toml").write_text('primary = "#ffffff"\nbackground = "#123456"\n', encoding="utf-8")
    window: Terminal = open_app(alice)
    assert b"\x1b[48;2;18;52;86m" not in window.raw_screen()
    window.press("C-t")
    window.wait_for("zebra")
    window.press("End", "Enter")
    window.wait_gone("zebra")
    until(lambda: 'theme = "zebra"' in config(alice), what="the theme in config.toml")
    window.press("C-q")
    window.wait_ended()
    again = open_app(alice)
    again.wait_for(lambda _: b"\x1b[48;2;18;52;86m" in again.raw_screen())


def test_a_moved_key_works_and_a_conflict_is_told(phone_of, open_app):
    alice = phone_of("alice")
    (alice.profile / "config" / "config.toml").write_text(
        '[keys]\n"page.history" = "f12"\n"call.mute" = "h"  # hold has it\n', encoding="utf-8"
    )
    alice.run("stop", check=False)
    listed = alice.run("keys", check=False)
    assert listed.returncode == 4
    assert "call.mute: h is already call.hold" in listed.stderr
    window: Terminal = open_app(alice)
    window.wait_for("call.mute: h is already call.hold")
    window.wait_for("f12 hist")
    window.press("F12")
    window.wait_for("filter")
    window.press("F1")
    window.wait_for("page.history")
