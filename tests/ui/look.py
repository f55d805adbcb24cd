"""Pictures of pages, compared with how they looked before: each small in a dark theme and large in a light one.

With --snapshot-update they are drawn anew; look at what changed before you commit it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import pytest

from tests.ui.stage import Stage

Steps: TypeAlias = Callable[[Stage], Awaitable[None]]
Compare: TypeAlias = Callable[..., bool]
"""`looks_as_before(phone, look, steps)` of conftest.py."""


@dataclass(frozen=True, slots=True)
class Look:
    """A size of the terminal, and a theme."""

    size: tuple[int, int]
    theme: str


SMALL_DARK = Look((80, 24), "midnight")
EVERY_LOOK = pytest.mark.parametrize(
    "look",
    [SMALL_DARK, Look((80, 24), "paper"), Look((120, 40), "midnight"), Look((120, 40), "paper")],
    ids=lambda look: f"{look.size[0]}x{look.size[1]}-{look.theme}",
)
