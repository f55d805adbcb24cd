"""Waits for the app to come to rest, and for no longer.

Textual's own `wait_for_idle` sleeps 20 ms and looks whether the process used the processor meanwhile, again and again:
on a busy machine for up to a second, several times a key. What is left to do stands in the event loop.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from textual import app, pilot
from textual.css.stylesheet import Stylesheet

SOON_SECONDS = 0.02
"""Timers this near are waited for: the next frame, on which the screen is laid out and drawn."""
MAX_SECONDS = 10.0
MAX_FRAMES = 60
"""So many near timers in a row are no repaint: an app that is being left lets its screen's timer run on."""


async def at_rest(min_sleep: float = 0.0, max_sleep: float = MAX_SECONDS) -> None:
    """Until nothing can run but by time passing, or by news from outside the loop."""
    loop: Any = asyncio.get_running_loop()
    begun = loop.time()
    idle = frames = 0
    while idle < 2 and frames < MAX_FRAMES and loop.time() - begun < max_sleep:
        await asyncio.sleep(0)
        if loop._ready:
            idle = 0
            continue
        due = min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=loop.time() + 60)
        if due - loop.time() <= SOON_SECONDS:
            await asyncio.sleep(max(0.0, due - loop.time()))
            idle, frames = 0, frames + 1
        else:
            idle += 1
    if (left := min_sleep - (loop.time() - begun)) > 0:
        await asyncio.sleep(left)


@contextmanager
def no_needless_waiting() -> Iterator[None]:
    """Pilots wait by `at_rest`; a style sheet that was read once is not read again for the next app."""
    read = Stylesheet._parse_rules
    known: dict[Any, Any] = {}

    def read_once(sheet: Any, *about: Any, **more: Any) -> Any:
        # What the rules come to depends on the theme's variables too.
        key = (about, tuple(more.items()), frozenset(sheet._variables.items()))
        if key not in known:
            known[key] = read(sheet, *about, **more)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        for module in (app, pilot):
            patch.setattr(module, "wait_for_idle", at_rest)
        patch.setattr(Stylesheet, "_parse_rules", read_once)
        yield
