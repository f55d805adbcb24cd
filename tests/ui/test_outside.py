"""What is told outside the window: bell, title, notifications of the terminal and the desktop; and do not disturb."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, EVERYTHING, HOSTILE, NOW, OLGA, account, call, changed, state
from tests.ui.stage import Stage, opened
from tuiphone.core.call import CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.policy import FOREVER
from tuiphone.ui import disturb, terminal
from tuiphone.ui.attention import title_of
from tuiphone.ui.desktop import Desktop

RINGS = state(call(CallState.INCOMING, AN, "in"))
MISSED = changed(RINGS, "in", state=CallState.ENDED, reason=EndReason.MISSED, ended_at=NOW)
NOBODY = Address(AddressKind.USER, "x", "\x07\x1b]2;owned\x07;\x9c\x1b\\evil\u202e")


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    from os import environ

    for name in ("TMUX", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "TERM_PROGRAM", "LC_TERMINAL", "VTE_VERSION"):
        monkeypatch.delenv(name, raising=False)
    for name in [name for name in environ if name.startswith(("KITTY_", "WEZTERM_", "GHOSTTY_", "ITERM_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setattr("tuiphone.ui.attention.TITLE_SECONDS", 0.0)


def hear(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal is told from now on; the bell is "bell"."""
    told: list[str] = []
    monkeypatch.setattr(stage.app, "write", told.append)
    monkeypatch.setattr(stage.app, "bell", lambda: told.append("bell"))
    return told


def notices(told: list[str]) -> list[str]:
    return [sequence for sequence in told if "]9;" in sequence or "]777;" in sequence]


async def test_a_call_rings_the_bell_names_the_window_and_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        told = hear(stage, monkeypatch)
        await stage.tell(RINGS)
        await stage.until(lambda: len(notices(told)) == 2)
        await stage.tell(changed(RINGS, "in", video=True))
        await stage.tell(MISSED)
        await stage.until(lambda: len(notices(told)) == 4)
        assert told.count("bell") == 2
        assert notices(told) == [
            "\x1b]9;tuiphone: Nguyễn Văn An calls - +84 900 000 001 · work\x07",
            "\x1b]777;notify;Nguyễn Văn An calls;+84 900 000 001 · work\x07",
            "\x1b]9;tuiphone: Missed call from Nguyễn Văn An - +84 900 000 001 · work\x07",
            "\x1b]777;notify;Missed call from Nguyễn Văn An;+84 900 000 001 · work\x07",
        ]
        assert "\x1b]2;☎ Nguyễn Văn An calls - tuiphone\x07" in told


async def test_another_screen_at_the_same_place_tells_nothing_but_rings_its_bell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone = FakePhone(state())
    phone.is_first_to_tell = False
    async with opened(phone) as stage:
        told = hear(stage, monkeypatch)
        await stage.tell(RINGS)
        await stage.until(lambda: phone.told("claim_notice"))
        await stage.tell(MISSED)
        await stage.tell(state())
        assert notices(told) == []
        assert told.count("bell") == 2


async def test_what_is_switched_off_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(FakePhone(state()), bell=False, notify=False, title=False) as stage:
        told = hear(stage, monkeypatch)
        await stage.tell(RINGS)
        await stage.tell(MISSED)
        await stage.tell(replace(MISSED, unread=1))
        assert told == []


async def test_new_messages_are_told_once_and_read_ones_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(FakePhone(state(unread=3))) as stage:
        told = hear(stage, monkeypatch)
        await stage.tell(state(unread=4))
        await stage.until(lambda: len(notices(told)) == 2)
        await stage.tell(state(unread=0))
        assert told.count("bell") == 1
        assert "4 new messages" in notices(told)[0]


async def test_a_call_that_rings_quietly_disturbs_nobody_and_is_in_the_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone(state(do_not_disturb=NOW + 1700))
    async with opened(phone) as stage:
        await stage.sees("DND 29 min")
        told = hear(stage, monkeypatch)
        quiet = state(call(CallState.INCOMING, AN, "in", silenced=True), do_not_disturb=NOW + 1700)
        await stage.tell(quiet)
        await stage.sees("rings quietly")
        await stage.tell(changed(quiet, "in", state=CallState.ENDED, reason=EndReason.MISSED, ended_at=NOW))
        assert len(stage.app.screen_stack) == 1
        assert notices(told) == stage.toasts == []
        assert "bell" not in told


async def test_do_not_disturb_is_chosen_on_any_page(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.press("f7", "alt+d")
        await stage.sees("Until tomorrow 08:00")
        assert "Off" not in stage.text
        await stage.press("down", "enter")
        await stage.hears("set_disturb", NOW + 3600)
        assert stage.toasts == ["Nothing rings until 15:02. Calls are listed as missed."]
        await stage.tell(state(do_not_disturb=NOW + 3600))
        await stage.sees("DND 60 min")
        await stage.press("alt+d")
        await stage.sees("60 min left")
        await stage.press("enter")
        await stage.hears("set_disturb", None)


async def test_an_end_that_is_typed_is_checked_and_shown_before_it_counts() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.press("alt+d", "down", "down", "down", "enter")
        await stage.type("25:00")
        await stage.press("enter")
        await stage.sees("is no time of day")
        await stage.press("ctrl+u")
        await stage.type("8:00")
        await stage.sees("Until tomorrow 08:00.")
        await stage.press("enter")
        await stage.hears("set_disturb", NOW + 17 * 3600 + 58 * 60)


@pytest.mark.usefixtures("_hears_at_once")
async def test_a_call_is_forwarded_where_the_account_can() -> None:
    phone = FakePhone(state(accounts=(account(capabilities=EVERYTHING | Capability.FORWARD),)))
    async with opened(phone) as stage:
        await stage.tell(replace(RINGS, accounts=phone.state.accounts))
        await stage.sees("Forward")
        await stage.press("f")
        await stage.sees("Forward Nguyễn Văn An to")
        await stage.type("carol")
        await stage.press("enter")
        await stage.hears("forward", "in", "carol")


async def test_a_call_answered_by_itself_is_marked_and_not_taken_for_anothers_answer() -> None:
    async with opened(FakePhone(state()), size=(120, 40)) as stage:
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", state=CallState.ACTIVE, answered_at=NOW, auto_answered=True))
        await stage.sees("auto")
        assert stage.toasts == []


async def test_the_title_is_given_back_when_the_app_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(FakePhone(state(missed=2))) as stage:
        told = hear(stage, monkeypatch)
        await stage.tell(state(missed=3))
        stage.app.exit()
    assert told[-1] == terminal.GIVE_TITLE_BACK
    assert "\x1b]2;tuiphone (3 missed)\x07" in told


async def test_a_lost_engine_leaves_no_call_in_the_title(monkeypatch: pytest.MonkeyPatch) -> None:
    phone = FakePhone(state(call()))
    async with opened(phone) as stage:
        told = hear(stage, monkeypatch)
        phone.die()
        await stage.until(lambda: "\x1b]2;tuiphone\x07" in told)


# -- sequences --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "kinds"),
    [
        ({"TERM": "xterm-256color"}, ["9", "777"]),
        ({"TERM": "tmux-256color", "KITTY_WINDOW_ID": "1"}, ["9"]),
        ({"TERM": "foot"}, ["9"]),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, ["9"]),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, ["777"]),
        ({"TERM": "rxvt-unicode-256color"}, ["777"]),
    ],
)
def test_one_notification_is_to_be_seen_in_terminals_that_are_known(
    environment: dict[str, str], kinds: list[str]
) -> None:
    assert [one[2:].partition(";")[0] for one in terminal.notice("a", "b", environment)] == kinds


@pytest.mark.parametrize(
    "text", [NOBODY.name or "", HOSTILE, "4;1;50", "a\x9d2;b\x9c", "\x1bPtmux;x\x1b\\", "x" * 5000, "\ud800"]
)
def test_no_text_gets_out_of_its_sequence(text: str) -> None:
    for sequence in (*terminal.notice(text, text, {"TERM": "xterm"}), terminal.title(text)):
        inside = sequence.removeprefix("\x1b]").removesuffix("\x07")
        assert len(sequence) == len(inside) + 3
        assert all(character.isprintable() for character in inside)
        assert len(sequence) < 600
        sequence.encode()
    assert [one.count(";") for one in terminal.notice(text, text, {"TERM": "xterm"})] == [1, 3]


def test_through_tmux_every_escape_is_doubled() -> None:
    assert terminal.through_tmux("\x1b]9;x\x07") == "\x1bPtmux;\x1b\x1b]9;x\x07\x1b\\"


@pytest.mark.parametrize(
    ("ringing", "focused", "missed", "title"),
    [
        (None, None, 0, "tuiphone"),
        (None, None, 2, "tuiphone (2 missed)"),
        (None, call(), 2, "▶ 00:42 Nguyễn Văn An - tuiphone"),
        (None, call(CallState.HELD, OLGA), 0, "‖ 00:42 Ольга Петрова - tuiphone"),
        (None, call(CallState.RINGING), 0, "↗ 00:50 Nguyễn Văn An - tuiphone"),
        (None, call(CallState.ENDED), 1, "tuiphone (1 missed)"),
        (call(CallState.INCOMING, OLGA), call(), 1, "☎ Ольга Петрова calls - tuiphone"),
    ],
)
def test_the_window_is_called_after_what_matters_most(ringing: Any, focused: Any, missed: int, title: str) -> None:
    assert title_of(state(missed=missed), ringing=ringing, focused=focused, now=NOW) == title


@pytest.mark.parametrize(
    ("end", "wide", "narrow"),
    [
        (None, "", ""),
        (NOW, "", ""),
        (NOW + 1, "do not disturb 1 min", "DND 1 min"),
        (NOW + 90 * 60, "do not disturb 90 min", "DND 90 min"),
        (NOW + 3 * 3600 + 300, "do not disturb 3 h 05", "DND 3 h 05"),
        (NOW + 3 * 86400, "do not disturb 3 days", "DND 3 days"),
        (FOREVER, "do not disturb", "DND"),
    ],
)
def test_the_time_left_is_said_shortly(end: float | None, wide: str, narrow: str) -> None:
    assert disturb.mark(end, NOW, is_wide=True) == wide
    assert disturb.mark(end, NOW, is_wide=False) == narrow


# -- the desktop ------------------------------------------------------------------------------------------------


def desktop(folder: Path, *, script: str = "echo 42", close: bool = True) -> tuple[Desktop, Path]:
    """A desktop whose tools write their arguments down, one a line, and an empty line after each call."""
    log = folder / "log"
    body = (
        f'#!/bin/sh\nfor argument in "${{0##*/}}" "$@"; do printf "%s\\n" "$argument"; done >> {log}\necho >> {log}\n'
    )
    for name in ["notify-send", *(["gdbus"] if close else [])]:
        (folder / name).write_text(body + script + "\n")
        (folder / name).chmod(0o755)
    return Desktop(
        {"PATH": f"{folder}:/usr/bin:/bin", "DISPLAY": ":9", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}
    ), log


def runs(log: Path) -> list[list[str]]:
    return [run.split("\n") for run in log.read_text().strip().split("\n\n")]


async def test_a_notification_is_shown_replaced_and_taken_back(tmp_path: Path) -> None:
    shown, log = desktop(tmp_path)
    assert shown.is_there
    name = await shown.show("--help", "<b>&amp;\\033[2J", urgent=True)
    assert name == "42"
    assert await shown.show("Missed call", "", instead_of=name) == "42"
    await shown.withdraw(name)
    first, second, third = runs(log)
    assert first[:1] == ["notify-send"]
    assert first[first.index("--") :] == ["--", "--help", "&lt;b&gt;&amp;amp;\\\\033[2J"]
    assert "--urgency=critical" in first
    assert "--replace-id=42" in second
    assert third[-3:] == ["org.freedesktop.Notifications.CloseNotification", "--", "42"]


@pytest.mark.parametrize("script", ["echo 42; exit 1", "exec sleep 60"])
async def test_a_desktop_that_does_not_work_is_left_alone(
    tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.ui.desktop.SECONDS", 0.3)
    shown, _ = desktop(tmp_path, script=script)
    assert await shown.show("a", "b") is None
    assert not shown.is_there


async def test_what_a_tool_says_is_a_number_or_nothing(tmp_path: Path) -> None:
    shown, log = desktop(tmp_path, script="echo '42 --oops'")
    assert await shown.show("a", "b") == ""
    await shown.withdraw("42 --oops")
    assert len(runs(log)) == 1


async def test_the_desktop_has_one_notification_and_the_terminal_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, log = desktop(tmp_path)
    for name, value in shown._environment.items():
        monkeypatch.setenv(name, value)
    phone = FakePhone(state())
    async with opened(phone) as stage:
        told = hear(stage, monkeypatch)
        await stage.tell(RINGS)
        await stage.until(lambda: log.exists() and "calls" in log.read_text())
        await stage.tell(MISSED)
        await stage.until(lambda: "Missed" in log.read_text())
        await asyncio.sleep(0)
        assert notices(told) == []
        assert phone.told("claim_notice") == [("rings work/in", "unix:path=/x")]
        assert "--replace-id=42" in runs(log)[1]


async def test_an_answered_call_takes_its_notification_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, log = desktop(tmp_path)
    for name, value in shown._environment.items():
        monkeypatch.setenv(name, value)
    async with opened(FakePhone(state())) as stage:
        hear(stage, monkeypatch)
        await stage.tell(RINGS)
        await stage.tell(changed(RINGS, "in", state=CallState.ACTIVE, answered_at=NOW))
        await stage.until(lambda: log.exists() and "CloseNotification" in log.read_text())
        assert len(runs(log)) == 2
