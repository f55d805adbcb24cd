"""Links: a number somebody clicked outside goes to the screens, which show it; nothing is called."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, answered


class OpenLink(Message, frozen=True):
    """Show this number or address to every screen, ready to be called; the reply is LinkOpened."""

    to: str
    """As it would be typed."""


Command: TypeAlias = OpenLink


class LinkOpened(Message, frozen=True):
    """The link was shown."""

    screens: int
    """By so many screens; 0 when none is attached."""


Result: TypeAlias = LinkOpened


class Opened(Message, frozen=True):
    """Told to screens: show this number, ready to be called."""

    to: str


class LinkVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def open_link(self, to: str) -> int:
        """Show a number to every screen; returns how many there are."""
        return answered(await self.request(OpenLink(to)), LinkOpened).screens
