"""Messages: each is on the disk before it is handed to its provider, and before anybody hears that it came."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from tuiphone.control import calls, texts
from tuiphone.core.call import Call, CallId
from tuiphone.core.capability import Capability, can_text
from tuiphone.core.errors import BadAddress, NotPossible, PhoneError, StoreError
from tuiphone.core.events import (
    InfoReceived,
    Link,
    ListChanged,
    ProviderFaulted,
    TextNotSent,
    TextReceived,
    TextStatusChanged,
    UnreadCounted,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import (
    MAX_MESSAGE,
    Address,
    AddressKind,
    TextMessage,
    TextStatus,
    address_from_text,
    names_a_host,
)
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.engine.inbox import Arrival, Inbox
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.store.rows import folded
from tuiphone.store.texts import TOPIC, Texts, Thread, Whose

log = logging.getLogger(__name__)

MAX_EARLY = 100
"""What became of messages whose ref is not known yet."""
LINE = 300
"""Characters of a message in the list of conversations."""


def whose(state: PhoneState, account: str, *, is_topic: bool = False) -> Whose:
    """What tells the people who write to an account apart."""
    known = state.account(account)
    if known is None:
        return Whose(account, None, is_topic)
    # One vendor's user is one person, whichever of our accounts there it wrote to.
    return Whose(known.account.provider, known.account.country, is_topic)


class TextService(Service):
    """Keeps messages, sends them, and answers what is asked of them."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._texts = Texts(parts.database)
        self._inbox = Inbox(
            self._texts,
            tell=lambda account, text: parts.phone.emit(text, account=account),
            written=self._came,
            failed=self._not_kept,
            room=parts.phone.room,
        )
        self._early: dict[tuple[str, str], TextStatusChanged] = {}
        self._sending: set[asyncio.Task[None]] = set()
        self._unread: int | None = None

    @property
    def handlers(self) -> Handlers:
        return {
            texts.SendText: self.send,
            texts.ResendText: self.resend,
            texts.ReadConversations: self.conversations,
            texts.FindConversation: self.find,
            texts.ReadTexts: self.page,
            texts.ReadText: self.whole,
            texts.SeeTexts: self.see,
            texts.DeleteText: self.delete,
            texts.DeleteConversation: self.delete_conversation,
            calls.Info: self.inform,
        }

    async def start(self) -> None:
        """Tell of messages that a dead engine was sending, and of unread ones."""
        if repaired := await self._texts.repair():
            log.warning("%d messages were being sent when the engine died", repaired)
        self._count(await self._texts.unread())

    async def close(self) -> None:
        """Let what is being sent go; at the next start it counts as not sent."""
        for task in self._sending:
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)
        await self._inbox.close()

    # -- what comes in ------------------------------------------------------------------------------------------

    async def keep(self, account: str, text: TextReceived, at: float) -> None:
        """Keep a message whose server wants to know. Raises: StoreError, and nothing is kept"""
        kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._inbox.keep(self._arrival(account, text, at, kept))

    def take(self, account: str, text: TextReceived, at: float) -> None:
        """Keep a message soon; one that cannot be is tried again with the next."""
        self._inbox.put(self._arrival(account, text, at))

    async def room(self) -> None:
        """Wait while too many wait to be written."""
        await self._inbox.room()

    async def settled(self) -> None:
        """Wait until everything that came is written, or cannot be."""
        await self._inbox.settled()

    async def follow(self, change: Change) -> None:
        """A listener of the phone: what became of messages, and what was said in calls. Raises: StoreError"""
        event, account = change.event, change.account
        match event:
            case InfoReceived(ref, text):
                if (call := change.after.call(CallId(account, ref))) is not None:
                    # Seen, because the call's page shows it; and not waited for, because programs send many.
                    message = TextMessage(
                        0, account, call.peer, text, True, change.at, TextStatus.RECEIVED, call=ref, seen=True
                    )
                    self._inbox.put(Arrival(message, self._whose(account)))
            case TextStatusChanged(ref, status, detail):
                if await self._texts.follow(account, ref, status, detail):
                    self._changed()
                else:
                    self._early[account, ref] = event
                    while len(self._early) > MAX_EARLY:
                        del self._early[next(iter(self._early))]
            case _:
                pass

    def _arrival(
        self, account: str, text: TextReceived, at: float, kept: "asyncio.Future[None] | None" = None
    ) -> Arrival:
        sender = self._named(text.sender, account)
        message = TextMessage(0, account, sender, text.text, True, at, TextStatus.RECEIVED, ref=text.ref, seen=False)
        return Arrival(message, self._whose(account, is_topic=text.topic is not None), text, kept)

    async def _came(self) -> None:
        try:
            self._count(await self._texts.unread())
        except StoreError as error:
            log.error("%s", error)
        self._changed()

    def _not_kept(self, message: TextMessage) -> None:
        sentence = f"A message of {message.peer.label} cannot be kept: {message.text[:LINE]}"
        self.parts.phone.emit(ProviderFaulted(sentence))

    def _changed(self) -> None:
        self.parts.phone.emit(ListChanged("texts"))

    def _count(self, unread: int) -> None:
        if unread != self._unread:
            self._unread = unread
            self.parts.phone.emit(UnreadCounted(unread))

    def _whose(self, account: str, *, is_topic: bool = False) -> Whose:
        return whose(self.parts.phone.state, account, is_topic=is_topic)

    # -- what goes out ------------------------------------------------------------------------------------------

    async def send(self, command: texts.SendText) -> texts.TextKept:
        """Keep a message and send it."""
        _check(command.text)
        to = command.to if command.kind is None else Address(command.kind, command.to)
        account, address = self._route(command.account, to)
        message = TextMessage(0, account, address, command.text, False, time.time(), TextStatus.SENDING)
        return await self._send(message, wait=command.wait)

    async def resend(self, command: texts.ResendText) -> texts.TextKept:
        """Send a message again that was not sent."""
        message = await self._texts.renew(command.id, time.time())
        if message is None:
            raise NotPossible("That message is gone, or was sent meanwhile.")
        return await self._hand_over(message, wait=False)

    async def inform(self, command: calls.Info) -> None:
        """Send a side message in a call, and keep it."""
        call = self.parts.phone.state.call(command.call)
        payload = command.payload
        text = payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)
        if call is None or not call.is_live or len(text) > MAX_MESSAGE:
            # Refused by the phone, or by the provider, which knows what is too much.
            return await self.parts.phone.send_info(command.call, payload)
        id = call.id
        message = TextMessage(0, id.account, call.peer, text, False, time.time(), TextStatus.SENDING, call=id.ref)
        await self._send(message, wait=True, payload=payload)

    def _route(self, account: str | None, to: str | Address) -> tuple[str, Address]:
        """Which account sends, and whom to: the one asked for, else the first, connected ones before others.

        What reads as a telephone number is one wherever an account can text telephones; others would take it for the
        name of a user.
        """
        phone, telephone = self.parts.phone, _telephone(to)

        def rank(known: AccountState) -> tuple[bool, bool]:
            reads_it = telephone is None or can_text(known.account.capabilities, telephone)
            return not reads_it, known.link is not Link.ONLINE

        if account is not None:
            return account, phone.addressee(account, to)
        refusal: PhoneError | None = None
        for known in sorted(phone.state.accounts, key=rank):
            try:
                return known.account.name, phone.addressee(known.account.name, to)
            except PhoneError as error:
                refusal = refusal or error
        raise refusal or NotPossible("There is no account to send messages with; add one with: tuiphone account add")

    async def _send(self, message: TextMessage, *, wait: bool, payload: Any = None) -> texts.TextKept:
        (kept,) = await self._texts.add([(message, self._whose(message.account))])
        return await self._hand_over(kept, wait=wait, payload=payload)

    async def _hand_over(self, message: TextMessage, *, wait: bool, payload: Any = None) -> texts.TextKept:
        self._changed()
        task = asyncio.create_task(self._deliver(message, payload, is_told=not wait), name="text")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        task.add_done_callback(_heard)
        if wait:
            await asyncio.shield(task)
            message = await self._texts.get(message.id) or message
        return texts.TextKept(message)

    async def _deliver(self, message: TextMessage, payload: Any, *, is_told: bool) -> None:
        try:
            ref = await self._give(message, payload)
        except PhoneError as error:
            await self._texts.finish(message.id, TextStatus.FAILED, detail=str(error))
            self._changed()
            if is_told:
                to = self._named(message.peer, message.account)
                self.parts.phone.emit(TextNotSent(to, str(error)), account=message.account)
            raise
        waits = ref is not None and self.parts.phone.texts_wait(message.account)
        await self._texts.finish(message.id, TextStatus.SENDING if waits else TextStatus.SENT, ref=ref)
        if ref is not None and (early := self._early.pop((message.account, ref), None)) is not None:
            await self._texts.follow(message.account, ref, early.status, early.detail)
        self._changed()

    def _give(self, message: TextMessage, payload: Any) -> Awaitable[str | None]:
        phone = self.parts.phone
        if message.call is None:
            return phone.send_text(message.account, message.peer, message.text)
        return self._inform(CallId(message.account, message.call), message.text if payload is None else payload)

    async def _inform(self, id: CallId, payload: Any) -> None:
        call: Call | None = self.parts.phone.state.call(id)
        if call is None or not call.is_live:
            raise NotPossible("That was a side message of a call, and the call is over; send it as a message.")
        await self.parts.phone.send_info(id, payload)

    # -- what is asked ------------------------------------------------------------------------------------------

    async def conversations(self, query: texts.ReadConversations) -> texts.Conversations:
        """Who there are messages with; with a text, those it is found in."""
        if query.text.strip():
            return await self._search(query.text)
        found, total = await self._texts.threads(before=query.before, limit=query.limit, unread=query.unread)
        # In a thread, as below: reading numbers for the first time takes as long as several packets of sound.
        return texts.Conversations(await asyncio.to_thread(lambda: tuple(map(self._conversation, found))), total)

    async def _search(self, text: str) -> texts.Conversations:
        found = await self._texts.find(text)
        words = folded(text).split()
        people = await self._texts.people()

        def called() -> set[str]:
            return {person for person, account, peer in people if self._is_called(peer, account, words)}

        persons = {*found, *await asyncio.to_thread(called)}
        threads = await self._texts.threads_of(persons)

        def shown() -> tuple[texts.Conversation, ...]:
            around = {person: replace(match, text=_around(match.text, words)) for person, match in found.items()}
            return tuple(self._conversation(thread, around.get(thread.person)) for thread in threads)

        return texts.Conversations(await asyncio.to_thread(shown), len(persons))

    def _is_called(self, peer: Address, account: str, words: list[str]) -> bool:
        known = folded(f"{self._named(peer, account).name or ''} {peer.name or ''} {peer.text}")
        return all(word in known for word in words)

    async def find(self, query: texts.FindConversation) -> texts.Conversations:
        """The conversation with an address, begun or not."""
        to = query.to if query.kind is None else Address(query.kind, query.to)
        account, address = self._route(query.account, to)
        person = await self._texts.person_of(address, self._whose(account))
        known = await self._texts.threads_of([person])
        if known:
            conversation = self._conversation(known[0])
        else:
            conversation = texts.Conversation(person=person, peer=self._named(address, account), account=account)
        return texts.Conversations((conversation,), 1)

    async def page(self, query: texts.ReadTexts) -> texts.TextPage:
        """Messages of one person."""
        limit = max(1, min(query.limit, texts.MAX_TEXTS))
        found = await self._texts.page(query.person, before=query.before, after=query.after, limit=limit)
        cut = await asyncio.to_thread(lambda: tuple(self._shown(text, texts.MAX_SHOWN) for text in found.texts))
        return texts.TextPage(cut, found.is_first, found.is_last)

    async def whole(self, query: texts.ReadText) -> texts.TextKept:
        """One message, whole."""
        if (text := await self._texts.get(query.id)) is None:
            raise NotPossible("That message is gone.")
        return texts.TextKept(text)

    async def see(self, command: texts.SeeTexts) -> None:
        """Messages have been read."""
        self._count(await self._texts.see(command.person, command.up_to))
        self._changed()

    async def delete(self, command: texts.DeleteText) -> None:
        """Delete one message here."""
        text = await self._texts.get(command.id)
        if text is not None and text.status is TextStatus.SENDING and text.ref is None:
            raise NotPossible("That message is being sent; wait a moment.")
        self._count(await self._texts.remove(command.id))
        self._changed()

    async def delete_conversation(self, command: texts.DeleteConversation) -> None:
        """Delete all messages of one person here."""
        self._count(await self._texts.remove_all(command.person))
        self._changed()

    def _conversation(self, thread: Thread, found: TextMessage | None = None) -> texts.Conversation:
        last = self._shown(thread.last, LINE)
        return texts.Conversation(
            person=thread.person,
            peer=last.peer,
            account=last.account,
            last=last,
            unread=thread.unread,
            found=None if found is None else self._shown(found, LINE),
            is_topic=thread.person.startswith(TOPIC),
        )

    def _shown(self, text: TextMessage, limit: int) -> TextMessage:
        return replace(text, text=text.text[:limit], peer=self._named(text.peer, text.account))

    def _named(self, peer: Address, account: str) -> Address:
        name = self.parts.directory.name_of(peer, account)
        return peer if name is None or name == peer.name else replace(peer, name=name)


def _around(text: str, words: list[str]) -> str:
    """What stands around the first of these words, for the list."""
    plain = text.casefold()
    at = min((place for word in words if (place := plain.find(word)) >= 0), default=0)
    begin = text.rfind(" ", 0, max(0, at - 20)) + 1 if at > LINE // 4 else 0
    return f"…{text[begin:]}" if begin else text


def _telephone(to: str | Address) -> Address | None:
    """The telephone number that was typed, where it is one."""
    if isinstance(to, str) and names_a_host(to):
        return None
    try:
        read = address_from_text(to, Capability.DIAL_USER | Capability.DIAL_PHONE) if isinstance(to, str) else to
    except BadAddress:
        return None
    return read if read.kind is AddressKind.PHONE else None


def _check(text: str) -> None:
    if not text.strip():
        raise NotPossible("Nothing to send: type something first.")
    if len(text) > MAX_MESSAGE:
        raise NotPossible(f"That is {len(text):,} characters long; a message has at most {MAX_MESSAGE:,}.")


def _heard(task: "asyncio.Task[None]") -> None:
    # What went wrong is kept with the message; asking for it here keeps it from being logged as lost.
    if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, PhoneError):
        log.error("a message could not be sent", exc_info=error)
