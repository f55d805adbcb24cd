"""Messages outside calls and side messages of calls: by person, written, read, sent again."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.model import Address, AddressKind, TextMessage

MAX_TEXTS = 100
"""Messages of one page."""
MAX_SHOWN = 8000
"""Characters of a message in a page; ReadText has all of it."""


class SendText(Message, frozen=True, kw_only=True):
    """Send a message outside calls; the reply is TextKept."""

    to: str
    text: str
    account: str | None = None
    """The first account that can, when absent."""
    kind: AddressKind | None = None
    """What `to` is, where that is known; else it is read as something typed."""
    wait: bool = False
    """Reply only when the server has taken it, and fail when it did not; else as soon as it is on the disk."""


class ResendText(Message, frozen=True):
    """Send a message again that was not sent; the reply is TextKept."""

    id: Number


class ReadConversations(Message, frozen=True, kw_only=True):
    """Ask who there are messages with, the latest first; the reply is Conversations."""

    text: str = ""
    """Only people whose name or number, or one of whose messages, has all these words."""
    unread: bool = False
    before: Number | None = None
    """Only conversations whose last message is older than this one; not with `text`."""
    limit: Number = 100


class FindConversation(Message, frozen=True, kw_only=True):
    """Ask for the conversation with an address, begun or not; the reply is Conversations with that one."""

    to: str
    account: str | None = None
    kind: AddressKind | None = None


class ReadTexts(Message, frozen=True, kw_only=True):
    """Ask for messages of one person, oldest first: before or after a message, else the newest; reply TextPage."""

    person: str
    before: Number | None = None
    after: Number | None = None
    limit: Number = 100


class ReadText(Message, frozen=True):
    """Ask for one message, whole; the reply is TextKept."""

    id: Number


class SeeTexts(Message, frozen=True):
    """The messages of this person up to this one have been read."""

    person: str
    up_to: Number


class DeleteText(Message, frozen=True):
    """Delete one message here; the other side keeps it."""

    id: Number


class DeleteConversation(Message, frozen=True):
    """Delete all messages to and from this person here."""

    person: str


class TextKept(Message, frozen=True):
    """A message as it is on the disk."""

    text: TextMessage


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """All messages to and from one person."""

    person: str
    """A key to ask by; what is in it is the engine's business."""
    peer: Address
    """Where a reply goes, with the name it is known by here."""
    account: str
    """Of the last message."""
    last: TextMessage | None = None
    """Cut to a line or two; None where there is no message yet."""
    unread: int = 0
    found: TextMessage | None = None
    """The newest message with the words that were asked for."""
    is_topic: bool = False
    """News of a topic, which cannot be answered."""


class Conversations(Message, frozen=True):
    """Conversations, the latest first, and how many there are in all."""

    found: tuple[Conversation, ...]
    total: int


class TextPage(Message, frozen=True):
    """Messages of one person, oldest first, and whether there are older and newer ones."""

    texts: tuple[TextMessage, ...]
    is_first: bool
    is_last: bool


Command: TypeAlias = (
    SendText
    | ResendText
    | ReadConversations
    | FindConversation
    | ReadTexts
    | ReadText
    | SeeTexts
    | DeleteText
    | DeleteConversation
)
Result: TypeAlias = TextKept | Conversations | TextPage


class TextVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def send_text(
        self,
        to: str,
        text: str,
        *,
        account: str | None = None,
        kind: AddressKind | None = None,
        wait: bool = False,
    ) -> TextMessage:
        """Send a message outside calls; returns as soon as it is on the disk, or with `wait` when it was taken."""
        command = SendText(to=to, text=text, account=account, kind=kind, wait=wait)
        return answered(await self.request(command), TextKept).text

    async def resend_text(self, id: int) -> TextMessage:
        """Send a message again that was not sent; it becomes the newest."""
        return answered(await self.request(ResendText(id)), TextKept).text

    async def conversations(
        self, text: str = "", *, unread: bool = False, before: int | None = None, limit: int = 100
    ) -> Conversations:
        """Who there are messages with, the latest first."""
        command = ReadConversations(text=text, unread=unread, before=before, limit=limit)
        return answered(await self.request(command), Conversations)

    async def conversation_with(
        self, to: str, *, account: str | None = None, kind: AddressKind | None = None
    ) -> Conversation:
        """The conversation with an address, begun or not."""
        command = FindConversation(to=to, account=account, kind=kind)
        return answered(await self.request(command), Conversations).found[0]

    async def texts(
        self, person: str, *, before: int | None = None, after: int | None = None, limit: int = MAX_TEXTS
    ) -> TextPage:
        """Messages of one person, oldest first."""
        command = ReadTexts(person=person, before=before, after=after, limit=limit)
        return answered(await self.request(command), TextPage)

    async def whole_text(self, id: int) -> TextMessage:
        """One message, not cut."""
        return answered(await self.request(ReadText(id)), TextKept).text

    async def see_texts(self, person: str, up_to: int) -> None:
        """The messages of this person up to this one have been read."""
        await self.request(SeeTexts(person, up_to))

    async def delete_text(self, id: int) -> None:
        """Delete one message here."""
        await self.request(DeleteText(id))

    async def delete_conversation(self, person: str) -> None:
        """Delete all messages to and from this person here."""
        await self.request(DeleteConversation(person))
