"""The engine's messages: kept before they are handed over or told of, refused in sentences, repaired after a crash."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tests.fakes import EVERYTHING, FakeFactory, FakeProvider, soon, until
from tuiphone.control import calls, texts
from tuiphone.core.call import CallDirection, CallId
from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress, ConnectionLost, NotPossible, RequestFailed, StoreError
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallStarted,
    EndReason,
    InfoReceived,
    ListChanged,
    ProviderFaulted,
    TextNotSent,
    TextReceived,
    TextStatusChanged,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import MAX_MESSAGE, Account, Address, AddressKind, TextMessage, TextStatus
from tuiphone.core.phone import Phone
from tuiphone.engine import inbox
from tuiphone.engine.inbox import MAX_UNKEPT, MAX_WAITING
from tuiphone.engine.service import Parts
from tuiphone.engine.texts import TextService
from tuiphone.store.db import Database

BOB = Address(AddressKind.USER, "bob")


class Names:
    def name_of(self, address: Address, account: str | None = None) -> str | None:
        return {"bob": "Bob the Builder"}.get(address.text)


@dataclass
class Rig:
    """A phone with one account, its messages, and what was told of them."""

    database: Database
    phone: Phone
    service: TextService
    heard: list[Change] = field(default_factory=list)
    provider: FakeProvider = field(init=False)

    async def hear(self, change: Change) -> None:
        self.heard.append(change)

    async def add(self, name: str = "work", capabilities: Capability = EVERYTHING) -> FakeProvider:
        made: list[FakeProvider] = []

        def make(emit: Any) -> FakeProvider:
            made.append(FakeProvider(emit, capabilities=capabilities))
            return made[0]

        self.phone.add_account(Account(name, "oncaller", capabilities), make)
        await until(lambda: made[0].is_running)
        await self.settled()
        return made[0]

    async def settled(self) -> None:
        await self.phone.settled()
        await self.service.settled()
        await self.phone.settled()

    async def send(self, to: str = "bob", text: str = "hello", **more: Any) -> TextMessage:
        return (await self.service.send(texts.SendText(to=to, text=text, **more))).text

    async def all(self, to: str = "bob") -> tuple[TextMessage, ...]:
        (talk,) = (await self.service.find(texts.FindConversation(to=to))).found
        return (await self.service.page(texts.ReadTexts(person=talk.person))).texts

    def events(self, kind: type) -> list[Any]:
        return [change.event for change in self.heard if isinstance(change.event, kind)]

    def on_disk(self) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.database.file)) as connection:
            return connection.execute("SELECT text, status FROM texts ORDER BY id").fetchall()


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    database = await Database.open(tmp_path / "h.sqlite")
    phone = Phone(FakeFactory())
    nothing = cast("Any", None)
    parts = Parts(nothing, nothing, database, phone, nothing, nothing, nothing, nothing, Names())
    rig = Rig(database, phone, TextService(parts))
    phone.listen(rig.service.follow)
    phone.keep_texts_in(rig.service)
    phone.listen(rig.hear)
    phone.start()
    await rig.service.start()
    rig.provider = await rig.add()
    yield rig
    await phone.close()
    await rig.service.close()
    await database.close()


async def test_what_came_is_on_the_disk_before_anybody_hears_of_it(rig: Rig) -> None:
    seen: list[list[tuple[Any, ...]]] = []

    async def look(change: Change) -> None:
        if isinstance(change.event, TextReceived):
            seen.append(rig.on_disk())

    rig.phone.listen(look)
    rig.provider.emit(TextReceived(BOB, "[red]\x1b[2J"))
    await rig.settled()
    assert seen == [[("[red]\x1b[2J", "received")]]
    assert rig.phone.state.unread == 1
    assert rig.phone.state.changes_of("texts") == 1


async def test_what_cannot_be_written_is_told_and_written_with_the_next(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(rig.service._texts, "receive", full)
        rig.provider.emit(TextReceived(BOB, "first"))
        await rig.settled()
    assert any("first" in event.detail for event in rig.events(ProviderFaulted))
    assert rig.on_disk() == []
    rig.provider.emit(TextReceived(BOB, "second"))
    await rig.settled()
    assert [text for text, _ in rig.on_disk()] == ["first", "second"]


@asynccontextmanager
async def held(database: Database) -> AsyncIterator[None]:
    """Nothing is written meanwhile, as on a disk that hangs."""
    goes_on = threading.Event()
    holding = asyncio.ensure_future(database.read(lambda _: goes_on.wait(60)))
    try:
        yield
    finally:
        goes_on.set()
        await holding


async def test_a_server_that_wants_to_know_is_told_when_the_message_is_on_the_disk(rig: Rig) -> None:
    async with held(rig.database):
        keeping = asyncio.ensure_future(rig.provider.keep_text(TextReceived(BOB, "hello", ref="1 a")))
        await asyncio.sleep(0.05)
        assert not keeping.done()
        assert rig.on_disk() == []
    await soon(keeping)
    assert rig.on_disk() == [("hello", "received")]
    await rig.provider.keep_text(TextReceived(BOB, "hello", ref="1 a"))  # the server did not hear of it
    await rig.provider.keep_text(TextReceived(BOB, "other words", ref="1 a"))
    await rig.settled()
    assert [text for text, _ in rig.on_disk()] == ["hello", "other words"]
    assert [event.text for event in rig.events(TextReceived)] == ["hello", "other words"]


async def test_a_server_that_wants_to_know_keeps_what_cannot_be_written(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(_: object) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(rig.service._texts, "receive", full)
        with pytest.raises(StoreError, match="full"):
            await rig.provider.keep_text(TextReceived(BOB, "hello"))
    rig.provider.emit(TextReceived(BOB, "next"))
    await rig.settled()
    assert [text for text, _ in rig.on_disk()] == ["next"]


async def test_who_gives_up_before_its_turn_has_nothing_kept(rig: Rig) -> None:
    async with held(rig.database):
        rig.provider.emit(TextReceived(BOB, "under way"))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await rig.provider.keep_text(TextReceived(BOB, "too late"))
    await rig.settled()
    assert [text for text, _ in rig.on_disk()] == ["under way"]


@pytest.mark.parametrize(
    ("stuck_s", "count", "waits"),
    [(60, MAX_WAITING, False), (60, MAX_WAITING + 1, True), (0, MAX_WAITING + 1, False), (0, MAX_UNKEPT + 1, True)],
)
async def test_in_a_flood_of_messages_reading_waits_unless_the_disk_is_stuck_and_calls_are_not_behind_it(
    rig: Rig, monkeypatch: pytest.MonkeyPatch, stuck_s: float, count: int, waits: bool
) -> None:
    monkeypatch.setattr(inbox, "STUCK_SECONDS", stuck_s)
    async with held(rig.database):
        for number in range(count):
            rig.provider.emit(TextReceived(BOB, str(number)))
            await asyncio.sleep(0)
        reading = asyncio.ensure_future(rig.phone._roster._room())
        rig.provider.emit(CallStarted("1", BOB, CallDirection.INCOMING))
        await until(lambda: rig.phone.state.call(CallId("work", "1")))
        if waits:
            await asyncio.sleep(0.01)
            assert not reading.done()
        else:
            await soon(reading)
        assert rig.events(TextReceived) == []
    await soon(reading)
    await rig.settled()
    assert [text for text, _ in rig.on_disk()] == [str(number) for number in range(count)]


async def test_a_message_is_on_the_disk_before_its_provider_has_it(rig: Rig) -> None:
    rig.provider.stalls.add("send_text")
    sent = await rig.send()
    await until(lambda: rig.provider.asked("send_text"))
    assert rig.on_disk() == [("hello", "sending")]
    assert sent.status is TextStatus.SENDING


async def test_what_became_of_it_is_followed(rig: Rig) -> None:
    rig.provider.text_ref = "r1"
    sent = await rig.send(wait=True)
    assert sent.status is TextStatus.SENT
    rig.provider.emit(TextStatusChanged("r1", TextStatus.READ))
    await rig.settled()
    assert [text.status for text in await rig.all()] == [TextStatus.READ]
    rig.provider.text_ref = "r2"
    rig.provider.emit(TextStatusChanged("r2", TextStatus.DELIVERED))  # before the server's reply was seen
    await rig.settled()
    await rig.send(wait=True)
    assert [text.status for text in await rig.all()] == [TextStatus.READ, TextStatus.DELIVERED]


async def test_a_text_that_waits_at_the_vendor_is_sent_when_that_is_told(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rig.provider, "texts_wait", True)
    for ref, told in (("r1", TextStatus.SENT), ("r2", TextStatus.FAILED), ("r3", None)):
        rig.provider.text_ref = ref
        assert (await rig.send(wait=True)).status is TextStatus.SENDING
        for status in filter(None, (TextStatus.SENDING, told)):
            rig.provider.emit(TextStatusChanged(ref, status))
        await rig.settled()
    found = await rig.all()
    assert [text.status for text in found] == [TextStatus.SENT, TextStatus.FAILED, TextStatus.SENDING]
    await rig.service.delete(texts.DeleteText(found[-1].id))
    assert len(await rig.all()) == 2, "whoever waits for no word of it is rid of it"
    rig.provider.text_ref = None
    assert (await rig.send(wait=True)).status is TextStatus.SENT, "nothing is told of what has no name"


async def test_what_the_server_refuses_is_kept_as_not_sent_with_why_and_told(rig: Rig) -> None:
    rig.provider.fails["send_text"] = RequestFailed(1, "Bob is away.")
    await rig.send()
    await until(lambda: rig.on_disk() == [("hello", "not sent")])
    await until(lambda: rig.events(TextNotSent))
    named = Address(AddressKind.USER, "bob", "Bob the Builder")
    assert rig.events(TextNotSent) == [TextNotSent(named, "Bob is away.")]
    (text,) = await rig.all()
    assert text.detail == "Bob is away."
    with pytest.raises(RequestFailed, match=r"Bob is away\."):
        await rig.send(wait=True)
    del rig.provider.fails["send_text"]
    await rig.service.resend(texts.ResendText(text.id))
    await until(lambda: rig.on_disk() == [("hello", "not sent"), ("hello", "sent")])
    with pytest.raises(NotPossible, match="sent meanwhile"):
        await rig.service.resend(texts.ResendText(text.id))


async def test_a_message_of_an_account_that_is_off_is_kept_as_not_sent(rig: Rig) -> None:
    await rig.phone.switch_account("work", on=False)
    await rig.settled()
    with pytest.raises(ConnectionLost, match="work is switched off"):
        await rig.send(wait=True)
    assert rig.on_disk() == [("hello", "not sent")]
    assert rig.provider.asked("send_text") == []


@pytest.mark.parametrize(
    ("command", "error", "sentence"),
    [
        ({"text": " \n "}, NotPossible, "Nothing to send"),
        ({"text": "x" * (MAX_MESSAGE + 1)}, NotPossible, "8,001 characters"),
        ({"to": "bob the builder"}, BadAddress, "has a space in it"),
        ({"account": "nobody"}, NotPossible, "There is no account nobody"),
    ],
)
async def test_what_makes_no_message_is_refused_and_not_kept(
    rig: Rig, command: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        await rig.send(**command)
    assert rig.on_disk() == []


async def test_the_first_account_that_can_sends(rig: Rig) -> None:
    await rig.add("a-phone", Capability.DIAL_PHONE | Capability.DIAL_USER)
    texting = Capability.TEXT | Capability.TEXT_USERS_ONLY | Capability.DIAL_USER | Capability.DIAL_PHONE
    users = await rig.add("b-users", texting)
    assert (await rig.send("bob", wait=True)).account == "b-users"
    assert (await rig.send("84900000001", kind=AddressKind.USER, wait=True)).account == "b-users"
    assert (await rig.send("+84900000001", wait=True)).account == "work"
    assert len(users.asked("send_text")) == 2


async def test_what_reads_as_a_telephone_number_is_one_where_an_account_texts_telephones(rig: Rig) -> None:
    await rig.phone.remove_account("work")
    texting = Capability.TEXT | Capability.DIAL_USER | Capability.DIAL_PHONE
    await rig.add("a-users", texting | Capability.TEXT_USERS_ONLY)
    sent = await rig.send("0912345678", wait=True)
    assert (sent.account, sent.peer.kind) == ("a-users", AddressKind.USER), "there is none"
    await rig.add("b-telephones", Capability.TEXT | Capability.DIAL_PHONE)
    sent = await rig.send("0912 345 678", wait=True)
    assert (sent.account, sent.peer) == ("b-telephones", Address(AddressKind.PHONE, "0912345678"))
    assert (await rig.send("1001", wait=True)).account == "a-users"
    (talk,) = (await rig.service.find(texts.FindConversation(to="0912345678"))).found
    assert (talk.account, talk.peer.kind) == ("b-telephones", AddressKind.PHONE)


async def test_after_a_crash_what_was_being_sent_is_not_sent(rig: Rig) -> None:
    rig.provider.stalls.add("send_text")
    await rig.send()
    again = TextService(rig.service.parts)
    await again.start()
    assert rig.on_disk() == [("hello", "not sent")]


async def test_side_messages_of_a_call_belong_to_the_conversation_and_are_not_new(rig: Rig) -> None:
    id = await rig.phone.dial("bob", account="work")
    rig.provider.emit(CallAnswered(id.ref))
    rig.provider.emit(InfoReceived(id.ref, '{"ticket": 1}'))
    rig.provider.emit(InfoReceived("no such call", "{}"))
    await rig.settled()
    await rig.service.inform(calls.Info(id, {"reply": "ü"}))
    assert rig.provider.asked("send_info") == [(id.ref, {"reply": "ü"})]
    theirs, ours = await rig.all()
    assert (theirs.text, theirs.incoming, theirs.call) == ('{"ticket": 1}', True, id.ref)
    assert (ours.text, ours.status, ours.call) == ('{"reply": "ü"}', TextStatus.SENT, id.ref)
    assert rig.phone.state.unread == 0
    rig.provider.fails["send_info"] = RequestFailed(1, "No.")
    with pytest.raises(RequestFailed):
        await rig.service.inform(calls.Info(id, "again"))
    rig.provider.emit(CallEnded(id.ref, EndReason.HUNG_UP))
    await rig.settled()
    failed = (await rig.all())[-1]
    await rig.service.resend(texts.ResendText(failed.id))
    await until(lambda: any("the call is over" in event.detail for event in rig.events(TextNotSent)))
    with pytest.raises(NotPossible, match="over"):
        await rig.service.inform(calls.Info(CallId("work", "none"), "x"))


async def test_people_are_called_what_the_address_book_calls_them_and_found_by_it(rig: Rig) -> None:
    rig.provider.emit(TextReceived(BOB, "the invoice of March"))
    rig.provider.emit(TextReceived(Address(AddressKind.USER, "news"), "rain", "news"))
    await rig.settled()
    everybody = await rig.service.conversations(texts.ReadConversations())
    assert [(one.peer.name, one.is_topic) for one in everybody.found] == [(None, True), ("Bob the Builder", False)]
    for words in ("builder", "inv", "march invoice"):
        found = await rig.service.conversations(texts.ReadConversations(text=words))
        assert [one.peer.label for one in found.found] == ["Bob the Builder"], words
    assert (await rig.service.conversations(texts.ReadConversations(text="nobody"))).total == 0


async def test_the_list_carries_a_line_of_each_message_and_a_page_never_more_than_fits(rig: Rig) -> None:
    rig.provider.emit(TextReceived(BOB, "x" * 500_000))
    await rig.settled()
    (one,) = (await rig.service.conversations(texts.ReadConversations())).found
    assert one.last is not None
    assert len(one.last.text) == 300
    (text,) = await rig.all()
    assert len(text.text) == texts.MAX_SHOWN
    assert len((await rig.service.whole(texts.ReadText(text.id))).text.text) == 32_768


async def test_reading_and_deleting_are_counted(rig: Rig) -> None:
    for number in range(3):
        rig.provider.emit(TextReceived(BOB, str(number)))
    await rig.settled()
    (one,) = (await rig.service.conversations(texts.ReadConversations())).found
    first, second, _ = await rig.all()
    await rig.service.see(texts.SeeTexts(one.person, first.id))
    await rig.settled()
    assert rig.phone.state.unread == 2
    await rig.service.delete(texts.DeleteText(second.id))
    await rig.settled()
    assert rig.phone.state.unread == 1
    await rig.service.delete_conversation(texts.DeleteConversation(one.person))
    await rig.settled()
    assert (rig.phone.state.unread, rig.on_disk()) == (0, [])
    assert rig.events(ListChanged)[-1] == ListChanged("texts")
