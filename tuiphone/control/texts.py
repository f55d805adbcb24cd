"""Messages outside calls."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message


class Text(Message, frozen=True):
    """Send a message outside calls."""

    account: str
    to: str
    text: str


Command: TypeAlias = Text


class TextVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def text(self, account: str, to: str, text: str) -> None:
        """Send a message outside calls."""
        await self.request(Text(account, to, text))
