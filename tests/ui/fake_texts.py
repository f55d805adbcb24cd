"""Messages without an engine: keeps them in a list and answers as the engine would."""

from dataclasses import replace
from typing import Any

from tests.ui.samples import NOW, OLGA, account, state
from tuiphone.control.texts import Conversation, Conversations, TextPage
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, AddressKind, TextMessage, TextStatus
from tuiphone.core.state import AccountState, PhoneState

TEXTING = Capability.DIAL_USER | Capability.DIAL_PHONE | Capability.TEXT | Capability.TEXT_USERS_ONLY
BO = Address(AddressKind.USER, "bo")
AI = Address(AddressKind.USER, "ai", "Nguyễn Thị Ái")


def texting(name: str = "work", **more: object) -> AccountState:
    """An account that has messages, to users only."""
    return account(name, capabilities=TEXTING, **more)


def text(id: int, words: str, peer: Address = OLGA, ago: float = 60.0, **more: object) -> TextMessage:
    """A message that came in, unless `incoming=False` says otherwise."""
    incoming = more.pop("incoming", True)
    status = more.pop("status", TextStatus.RECEIVED if incoming else TextStatus.SENT)
    values = {"account": "work", **more}
    return TextMessage(id, peer=peer, text=words, incoming=incoming, at=NOW - ago, status=status, **values)  # type: ignore[arg-type]


class FakeTexts:
    """What FakePhone answers in this matter; `texts` is everything, oldest first."""

    def __init__(self, *texts: TextMessage) -> None:
        self.texts = list(texts)

    def of(self, person: str) -> list[TextMessage]:
        """All messages of a person."""
        return [text for text in self.texts if _key(text.peer) == person]

    def conversations(self, words: str = "", *, unread: bool = False, limit: int = 100) -> Conversations:
        """Whom there are messages with, the latest first."""
        found: list[Conversation] = []
        for person in dict.fromkeys(_key(text.peer) for text in reversed(self.texts)):
            of = self.of(person)
            match = next((text for text in reversed(of) if words and words in text.text.casefold()), None)
            new = sum(text.incoming and not text.seen for text in of)
            if (unread and not new) or (words and not match and words not in of[-1].peer.label.casefold()):
                continue
            found.append(
                Conversation(
                    person=person, peer=of[-1].peer, account=of[-1].account, last=of[-1], unread=new, found=match
                )
            )
        return Conversations(tuple(found[:limit]), len(found))

    def with_(self, to: str, account: str) -> Conversation:
        """The conversation with an address."""
        known = [one for one in self.conversations().found if one.person == f"@/{to}"]
        new = Conversation(person=f"@/{to}", peer=Address(AddressKind.USER, to), account=account)
        return known[0] if known else new

    def page(self, person: str, *, before: int | None, after: int | None, limit: int) -> TextPage:
        """Messages of a person, oldest first."""
        all_of = self.of(person)
        if after is not None:
            found = [text for text in all_of if text.id > after][:limit]
        else:
            found = [text for text in all_of if before is None or text.id < before][-limit:]
        is_first = not found or found[0] is all_of[0]
        return TextPage(tuple(found), is_first, not found or found[-1] is all_of[-1])

    def see(self, person: str, up_to: int) -> None:
        """These have been read."""
        self.texts = [
            replace(text, seen=True) if _key(text.peer) == person and text.id <= up_to else text for text in self.texts
        ]

    def add(self, message: TextMessage) -> TextMessage:
        """One more."""
        message = replace(message, id=max((text.id for text in self.texts), default=0) + 1)
        self.texts.append(message)
        return message

    def change(self, id: int, **changes: object) -> None:
        """One is different now."""
        self.texts = [replace(text, **changes) if text.id == id else text for text in self.texts]  # type: ignore[arg-type]


def told(before: PhoneState, **changes: object) -> PhoneState:
    """The state after something in the list of messages changed."""
    return replace(before, lists=(("texts", before.changes_of("texts") + 1),), **changes)  # type: ignore[arg-type]


def quiet(*accounts: AccountState, **more: object) -> PhoneState:
    """Accounts with messages and no calls."""
    return state(accounts=accounts or (texting(),), **more)


def _key(peer: Address) -> str:
    return f"@/{peer.text}"


class TextAnswers:
    """What a FakePhone answers of messages; `texts_kept` is what there is."""

    state: PhoneState
    texts_kept: FakeTexts

    async def _did(self, verb: str, *arguments: Any) -> None: ...

    async def conversations(self, text: str = "", **query: Any) -> Conversations:
        await self._did("conversations", text, query)
        query.pop("before", None)
        return self.texts_kept.conversations(text, **query)

    async def conversation_with(self, to: str, *, account: Any = None, kind: Any = None) -> Conversation:
        await self._did("conversation_with", to, account, kind)
        return self.texts_kept.with_(to, account or self.state.accounts[0].account.name)

    async def texts(
        self, person: str, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> TextPage:
        await self._did("texts", person, before, after)
        return self.texts_kept.page(person, before=before, after=after, limit=limit)

    async def send_text(self, to: str, text: str, *, account: Any = None, kind: Any = None) -> TextMessage:
        await self._did("send_text", to, text, account, kind)
        return self.texts_kept.add(TextMessage(0, account, Address(kind, to), text, False, NOW, TextStatus.SENDING))

    async def whole_text(self, id: int) -> TextMessage:
        await self._did("whole_text", id)
        return next(text for text in self.texts_kept.texts if text.id == id)
