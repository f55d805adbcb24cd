"""Pictures of pages, compared with how they looked before: each small and large, in a dark theme and a light one.

With --snapshot-update they are drawn anew; look at what changed before you commit it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest
from textual.widgets import Input

from tests.ui.fake_phone import FakePhone
from tests.ui.stage import Stage, make_app

Steps: TypeAlias = Callable[[Stage], Awaitable[None]]
Compare: TypeAlias = Callable[..., bool]
"""`looks_as_before(phone, look, steps)` of conftest.py."""


@dataclass(frozen=True, slots=True)
class Look:
    """A size of the terminal, and the themes that are put on one after the other; each gives a picture."""

    size: tuple[int, int]
    themes: tuple[str, ...] = ("midnight", "paper")


SMALL_DARK = Look((80, 24), ("midnight",))
EVERY_LOOK = pytest.mark.parametrize(
    "look", [Look((80, 24)), Look((120, 40))], ids=lambda look: f"{look.size[0]}x{look.size[1]}"
)


async def _card_is_there(stage: Stage, look: Look) -> None:
    """A large In-call page asks for the card of whom one talks to by itself."""
    talking = stage.app.handset.focused
    is_asked = talking is not None and not talking.is_group and not stage.app.query("CallPage.-picture")
    if talking is not None and is_asked and stage.page == "call" and look.size[1] >= 40:
        await stage.until(lambda: stage.app.cards.known(talking.id))


async def pictures(phone: FakePhone, look: Look, steps: Steps | None = None) -> list[str]:
    """The app on this phone after these steps, a picture (SVG) for each theme."""
    app = make_app(phone, theme=look.themes[0])
    taken: list[str] = []
    async with app.run_test(size=look.size, notifications=True) as pilot:
        stage = Stage(app, phone, pilot)
        await stage.until(lambda: app.has_engine)
        await stage.settle()
        if steps is not None:
            await steps(stage)
        await _card_is_there(stage, look)
        for theme in look.themes:
            app.theme = theme
            for field in app.screen.query(Input):
                field.cursor_blink = False
            await stage.settle()
            taken.append(app.export_screenshot(title=app.title, simplify=True))
    return taken
