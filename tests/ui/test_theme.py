"""Palettes are data, and every page can be drawn in each."""

from pathlib import Path

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import ACCOUNTS, RECORDS, call, state
from tests.ui.stage import opened
from tuiphone.core.call import CallState
from tuiphone.ui import theme

BUNDLED = {one.name for one in theme.load()}


def test_a_dark_a_light_and_a_sixteen_colour_palette_are_bundled() -> None:
    assert {"midnight", "paper", "terminal"} <= BUNDLED


@pytest.mark.parametrize("name", sorted(BUNDLED))
async def test_every_page_can_be_drawn_in_each_palette(name: str) -> None:
    phone = FakePhone(state(call(), accounts=ACCOUNTS), records=RECORDS)
    async with opened(phone, theme=name) as stage:
        assert stage.app.theme == name
        for key in ("f2", "f4", "f7", "f9", "f1"):
            await stage.press(key)
        await stage.press("escape")
        await stage.tell(state(call(), call(CallState.INCOMING, ref="in"), accounts=ACCOUNTS))
        await stage.sees("Incoming call")


async def test_an_unknown_theme_is_told_with_those_there_are() -> None:
    async with opened(FakePhone(state()), theme="midnigt") as stage:
        assert stage.app.theme in BUNDLED
        assert stage.toasts[0].startswith("There is no theme midnigt; there are: ")


def test_a_terminal_of_few_colours_gets_its_own() -> None:
    assert theme.choose(None, BUNDLED, few_colours=True) == ("terminal", None)
    assert theme.choose(None, BUNDLED, few_colours=False) == ("midnight", None)
    assert theme.choose("paper", BUNDLED, few_colours=True) == ("paper", None)


def test_a_palette_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('name = "good"\nprimary = "#123456"\n')
    (tmp_path / "bad.toml").write_text("name = \n")
    (tmp_path / "half.toml").write_text('name = "half"\n')
    assert [one.name for one in theme.load(tmp_path)] == ["good"]
