"""Runs the app on a FakePhone, and says what a person would see."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import NOW
from tuiphone.control.protocol import Preferences
from tuiphone.ui.app import TuiPhone

DEADLINE_SECONDS = 20.0


class Stage:
    """The app under a pilot."""

    def __init__(self, app: TuiPhone, phone: FakePhone, pilot: Pilot[Any]) -> None:
        self.app = app
        self.phone = phone
        self.pilot = pilot

    async def press(self, *keys: str) -> None:
        """Press keys and let the app come to rest."""
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        """Type a text, a key a character."""
        await self.press(*text)

    async def tell(self, state: Any) -> None:
        """The phone is like this now."""
        self.phone.tell(state)
        await self.settle()

    async def settle(self) -> None:
        """Wait for messages and repaints that are under way."""
        for _ in range(3):
            await self.pilot.pause()

    async def until(self, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not is_so():
                await self.pilot.pause(0.01)

    @property
    def text(self) -> str:
        """What is on the terminal, line by line."""
        strips = self.app.screen._compositor.render_strips(self.app.size)
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)

    @property
    def toasts(self) -> list[str]:
        """What was said in passing."""
        return [notification.message for notification in self.app._notifications]

    @property
    def page(self) -> str:
        """Which page is open."""
        return self.app._main.page.NAME

    async def sees(self, text: str) -> None:
        """Wait until a text is on the terminal, as it stands there."""
        try:
            await self.until(lambda: text in self.text)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not on the screen:\n{self.text}") from None

    async def hears(self, verb: str, *arguments: object) -> None:
        """Wait until the phone was told this."""
        try:
            await self.until(lambda: tuple(arguments) in self.phone.told(verb))
        except TimeoutError:
            raise AssertionError(f"no {verb} {arguments}, but {self.phone.told(verb)}") from None


def make_app(
    phone: FakePhone,
    *,
    launch: Callable[[], Awaitable[None]] | None = None,
    now: Callable[[], float] = lambda: NOW,
    theme: str = "midnight",
    **preferences: Any,
) -> TuiPhone:
    """The app for this phone, at a fixed time, in a fixed theme."""
    phone.preferences = Preferences(theme=theme, **preferences)
    return TuiPhone(phone, launch=launch, now=now)  # type: ignore[arg-type]


@asynccontextmanager
async def opened(phone: FakePhone, *, size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[Stage]:
    """The app, attached and at rest."""
    app = make_app(phone, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, phone, pilot)
        await stage.until(lambda: app.has_engine or len(app.screen_stack) > 1)
        await stage.settle()
        yield stage
