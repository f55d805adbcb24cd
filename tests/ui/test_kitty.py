"""Terminals that show pictures themselves are told where they are; when, how large, and when no longer."""

import base64
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import call, state
from tests.ui.stage import make_app, opened
from tests.ui.test_pictures import Far, colours
from tuiphone.ui import kitty
from tuiphone.ui.app import TuiPhone
from tuiphone.ui.pictures import Pictures

_PUT = re.compile(r"\x1b_G([^;]*a=T[^;]*);([^\x1b]*)\x1b\\")


@pytest.mark.parametrize(
    ("environment", "there"),
    [
        ({"TERM": "xterm-kitty"}, True),
        ({"KITTY_WINDOW_ID": "1"}, True),
        ({"TERM": "xterm-ghostty"}, True),
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty", "SSH_CONNECTION": "1 2 3 4"}, False),
        ({"KITTY_WINDOW_ID": "1", "TMUX": "/tmp/tmux"}, False),
    ],
)
def test_only_a_terminal_that_reads_the_files_of_this_machine_is_told_of_them(
    environment: Mapping[str, str], there: bool
) -> None:
    assert kitty.is_there(environment) is there


def test_a_picture_is_as_large_as_it_can_be_in_its_own_proportions() -> None:
    # Cells of 10 by 20 pixels.
    assert kitty.place((640, 480), (10, 20), (0, 0, 100, 30)) == (10, 0, 80, 30)
    assert kitty.place((640, 480), (10, 20), (4, 2, 40, 30)) == (4, 2 + 7, 40, 15)
    assert kitty.place((640, 480), (10, 20), (75, 20, 25, 10), corner=True) == (75, 21, 25, 9)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the terminal was told beside what is drawn; its cells have 10 by 20 pixels."""
    said: list[str] = []
    monkeypatch.setattr(Pictures, "kind", "kitty")
    monkeypatch.setattr(kitty, "cell_pixels", lambda: (10, 20))
    monkeypatch.setattr(TuiPhone, "write", lambda app, sequence: said.append(sequence))
    return said


def puts(said: list[str]) -> list[tuple[dict[str, str], str]]:
    found: list[tuple[dict[str, str], str]] = []
    for keys, name in _PUT.findall("".join(said)):
        values: Any = dict(pair.split("=") for pair in keys.split(","))
        found.append((values, base64.standard_b64decode(name).decode()))
    return found


async def test_each_new_picture_is_shown_and_taken_away_under_a_dialog(told: list[str], tmp_path: Path) -> None:
    far = Far(tmp_path)
    phone = FakePhone(state(call(video=True)))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: puts(told))
        keys, file = puts(told)[-1]
        assert file == str(far.writer.path)
        assert (keys["s"], keys["v"], keys["S"], keys["q"]) == ("16", "12", str(3 * 16 * 12), "2")
        assert phone.told("watch")[-1][1] > 400
        assert not colours(stage)
        before = len(puts(told))
        far.show(0, 248, 0)
        await stage.until(lambda: len(puts(told)) > before)
        assert puts(told)[-1][0]["O"] != keys["O"]
        assert puts(told)[-1][0]["i"] == keys["i"]
        told.clear()
        await stage.press("f1")
        await stage.until(lambda: f"a=d,d=I,q=2,i={keys['i']}" in "".join(told))


async def test_while_something_is_said_in_passing_characters_stand_in(told: list[str], tmp_path: Path) -> None:
    far = Far(tmp_path)
    phone = FakePhone(state(call(video=True)))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: puts(told))
        stage.app.say("Something.")
        await stage.until(lambda: (248, 0, 0) in colours(stage))


async def test_words_take_the_place_of_a_picture_that_is_not_true_any_more(told: list[str], tmp_path: Path) -> None:
    far = Far(tmp_path)
    phone = FakePhone(state(call(video=True)))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: puts(told))
        assert "for 4 seconds" not in stage.text
        phone.sides = (far.side("no new picture for 4 seconds"),)
        await stage.sees("for 4 seconds")
        assert any("a=d" in one for one in told)


def test_the_settings_can_ask_for_characters_instead() -> None:
    pictures = Pictures(make_app(FakePhone()), {"TERM": "xterm-kitty"})
    assert pictures.kind == "kitty"
    pictures.wish = "blocks"
    assert pictures.kind == "blocks"
