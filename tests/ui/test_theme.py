"""Palettes are data, and every page can be drawn in each."""

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import ACCOUNTS, RECORDS, call, state
from tests.ui.stage import opened
from tuiphone.core.call import CallState
from tuiphone.ui import theme
from tuiphone.ui.theme import Unusable

BUNDLED = {one.name: one for one in theme.load() if isinstance(one, Theme)}
MEANT_FOR_READING = (
    ("foreground", "background"),
    ("foreground", "surface"),
    ("primary", "background"),
    ("success", "background"),
    ("warning", "background"),
    ("error", "background"),
    ("text-muted", "background"),
    ("text-muted", "surface"),
    ("on-colour", "success"),
    ("on-colour", "error"),
    ("footer-key-foreground", "footer-background"),
    ("footer-description-foreground", "footer-background"),
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
)
OWN = """
name = "mine"
primary = "#ffffff"
background = "#101010"
"""


def test_a_dark_a_light_and_a_sixteen_colour_palette_are_bundled() -> None:
    assert {"midnight", "paper", "terminal", "contrast-dark", "contrast-light"} <= BUNDLED.keys()
    assert [one for one in theme.load() if isinstance(one, Unusable)] == []


def contrast(one: Theme, front: str, back: str) -> float:
    """Of two colours (WCAG 2.2, section 1.4.3)."""

    def luminance(name: str) -> float:
        colour = Color.parse(one.variables.get(name) or getattr(one, name))
        parts = [part / 255 for part in (colour.r, colour.g, colour.b)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(front), luminance(back)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", sorted(BUNDLED.keys() - {"terminal"}))
def test_what_is_to_be_read_stands_out_from_what_is_behind_it(name: str) -> None:
    least = 7.0 if name.startswith("contrast") else 4.5
    ratios = {pair: contrast(BUNDLED[name], *pair) for pair in MEANT_FOR_READING}
    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < least} == {}


async def test_every_page_can_be_drawn_in_each_palette() -> None:
    phone = FakePhone(state(call(), accounts=ACCOUNTS), records=RECORDS)
    async with opened(phone, theme="terminal") as stage:
        assert stage.app.theme == "terminal"
        for key in ("f2", "f3", "f5", "f6", "f8", "f9", "f1"):
            await stage.press(key)
        await stage.press("escape")
        # They all name the same colours, so the pages that use most of them will do for the others.
        for name in sorted(BUNDLED):
            stage.app.theme = name
            await stage.press("f4")
            await stage.press("f7")
        await stage.tell(state(call(), call(CallState.INCOMING, ref="in"), accounts=ACCOUNTS))
        await stage.sees("Incoming call")


async def test_an_unknown_theme_is_told_with_those_there_are() -> None:
    async with opened(FakePhone(state()), theme="midnigt") as stage:
        assert stage.app.theme in BUNDLED
        assert stage.toasts[0].startswith("There is no theme midnigt; there are: ")


def test_a_terminal_of_few_colours_gets_its_own() -> None:
    known = set(BUNDLED)
    assert theme.choose(None, known, few_colours=True) == ("terminal", None)
    assert theme.choose(None, known, few_colours=False) == ("midnight", None)
    assert theme.choose("paper", known, few_colours=True) == ("paper", None)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("name = \n", "cannot be used: Invalid value"),
        ('name = "half"\n', "primary is missing"),
        ('primary = "bleu"\n', "primary is no colour"),
        ("primary = 7\n", "primary is no colour"),
        ('primary = "red"\nfont = "Arial"\n', "there is no font in a theme"),
        ('primary = "red"\ndark = "yes"\n', "dark is not as it should be"),
        ('primary = "red"\n[variables]\nborder = "} Screen { display: none"\n', "border is no colour"),
        ('primary = "red"\n[variables]\nblock-cursor-text-style = "blink; x"\n', "is no text style"),
        ('name = "a\\u001bb"\nprimary = "red"\n', "its name has at most"),
        ("#" * 70_000, "far too large"),
    ],
)
def test_a_palette_that_cannot_be_used_is_told_with_why(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "a.toml").write_text(content)
    (tmp_path / "b.toml").write_text(OWN)
    bad, good = theme.load(tmp_path)
    assert isinstance(bad, Unusable)
    assert bad.sentence.startswith("The theme a.toml cannot be used: ")
    assert sentence in bad.sentence
    assert isinstance(good, Theme)
    assert good.name == "mine"


async def test_a_theme_is_tried_on_under_the_cursor_and_kept_or_left(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(OWN)
    (tmp_path / "broken.toml").write_text("primary = 1\n")
    phone = FakePhone(state())
    async with opened(phone, themes_dir=str(tmp_path)) as stage:
        assert any("broken.toml" in toast for toast in stage.toasts)
        names = stage.app.palettes.names
        await stage.press("ctrl+t")
        await stage.press("up" if names.index("midnight") else "down")
        assert stage.app.theme != "midnight"
        await stage.press("escape")
        assert stage.app.theme == "midnight"
        (tmp_path / "mine.toml").write_text(OWN.replace("#101010", "#202020"))
        await stage.press("ctrl+t", "end")
        assert stage.app.theme == "mine"
        assert stage.app.get_css_variables()["background"] == "#202020"
        await stage.press("enter")
        await stage.hears("set_preference", "app", "theme", "mine")
        assert stage.app.theme == "mine"
