"""Messages on the disk: by person, in pages, found by words, followed to what became of them."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tuiphone.core.model import Address, AddressKind, TextMessage, TextStatus
from tuiphone.store.db import Database
from tuiphone.store.texts import CRASHED, MAX_TEXT, UNTOLD, Texts, Whose

BOB = Address(AddressKind.USER, "bob", "Bob")
OLGA = Address(AddressKind.USER, "olga", "Ольга")
HERE = Whose("oncaller", "VN")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(tmp_path / "h.sqlite")
    yield database
    await database.close()


@pytest.fixture
def texts(database: Database) -> Texts:
    return Texts(database)


def came(text: str = "hello", peer: Address = BOB, **more: object) -> TextMessage:
    values = {"account": "work", "at": 1.0, "seen": False, **more}
    return TextMessage(0, peer=peer, text=text, incoming=True, status=TextStatus.RECEIVED, **values)  # type: ignore[arg-type]


def going(text: str = "hello", peer: Address = BOB, status: TextStatus = TextStatus.SENDING) -> TextMessage:
    return TextMessage(0, "work", peer, text, False, 1.0, status)


async def keep(texts: Texts, *messages: TextMessage, whose: Whose = HERE) -> list[TextMessage]:
    return await texts.add([(message, whose) for message in messages])


async def person(texts: Texts, peer: Address = BOB, whose: Whose = HERE) -> str:
    return await texts.person_of(peer, whose)


async def said(texts: Texts, peer: Address = BOB) -> list[str]:
    page = await texts.page(await person(texts, peer))
    return [text.text for text in page.texts]


async def test_a_message_is_on_the_disk_when_it_was_added(texts: Texts, database: Database) -> None:
    (kept,) = await keep(texts, came("Привет\n[red]\x1b[2J", OLGA))
    with closing(sqlite3.connect(database.file)) as connection:
        assert connection.execute("SELECT id, text FROM texts").fetchall() == [(kept.id, "Привет\n[red]\x1b[2J")]
    assert await texts.get(kept.id) == kept


@pytest.mark.parametrize(
    ("forms", "whose", "is_one"),
    [
        (("+84901234567", "0901 234 567", "0084901234567"), HERE, True),
        (("+84901234567", "+84901234568"), HERE, False),
        (("bob", "Bob "), HERE, True),
        (("bob", "rob"), HERE, False),
        (("100",), Whose("sip"), True),
    ],
)
async def test_a_number_in_any_form_is_one_person(
    texts: Texts, forms: tuple[str, ...], whose: Whose, is_one: bool
) -> None:
    for form in forms:
        kind = AddressKind.PHONE if form[-1].isdecimal() else AddressKind.USER
        await keep(texts, came(form, Address(kind, form)), whose=whose)
    found, total = await texts.threads()
    assert total == len(found) == (1 if is_one else len(forms))


async def test_a_user_of_another_vendor_and_a_topic_are_others_of_the_same_name(texts: Texts) -> None:
    for whose in (HERE, Whose("vox", "VN"), Whose("oncaller", "VN", is_topic=True)):
        await keep(texts, came(), whose=whose)
    found, _ = await texts.threads()
    assert len({thread.person for thread in found}) == 3
    assert sum(thread.person.startswith("~") for thread in found) == 1


async def test_conversations_are_listed_by_their_last_message_with_what_is_unread(texts: Texts) -> None:
    await keep(texts, came("one"), came("two"), came("three", OLGA), going("four", OLGA))
    await keep(texts, came("five"))
    found, total = await texts.threads()
    assert [(thread.last.text, thread.unread) for thread in found] == [("five", 3), ("four", 1)]
    assert total == 2
    older, _ = await texts.threads(before=found[0].last.id)
    assert [thread.last.text for thread in older] == ["four"]
    assert await texts.unread() == 4


async def test_pages_go_from_either_end_and_say_where_the_ends_are(texts: Texts) -> None:
    await keep(texts, *(came(str(number)) for number in range(10)), came("other", OLGA))
    bob = await person(texts)
    newest = await texts.page(bob, limit=4)
    assert ([text.text for text in newest.texts], newest.is_first, newest.is_last) == (list("6789"), False, True)
    middle = await texts.page(bob, before=newest.texts[0].id, limit=4)
    assert ([text.text for text in middle.texts], middle.is_first, middle.is_last) == (list("2345"), False, False)
    oldest = await texts.page(bob, before=middle.texts[0].id, limit=4)
    assert ([text.text for text in oldest.texts], oldest.is_first, oldest.is_last) == (list("01"), True, False)
    again = await texts.page(bob, after=oldest.texts[-1].id, limit=20)
    assert ([text.text for text in again.texts], again.is_first, again.is_last) == (list("23456789"), False, True)
    nobody = await texts.page("@nobody")
    assert (nobody.texts, nobody.is_first, nobody.is_last) == ((), True, True)


async def test_reading_up_to_a_message_leaves_later_ones_unread(texts: Texts) -> None:
    kept = await keep(texts, came("one"), came("two"), came("three"), came("four", OLGA))
    assert await texts.see(await person(texts), kept[1].id) == 2
    (olga, bob), _ = await texts.threads()
    assert (olga.unread, bob.unread) == (1, 1)
    unread, total = await texts.threads(unread=True)
    assert (len(unread), total) == (2, 2)


async def test_people_are_found_by_words_of_any_case_accent_and_length(texts: Texts) -> None:
    await keep(
        texts,
        came("Hẹn gặp lúc 3 giờ chiều"),
        came("nothing here", OLGA),
        came('a "quoted" word % _', OLGA),
        came("会議は10時から", Address(AddressKind.USER, "sato")),
    )
    bob, olga, sato = [await person(texts, peer) for peer in (BOB, OLGA, Address(AddressKind.USER, "sato"))]
    for words, who in {
        "hen gap": [bob],
        "CHIỀU": [bob],
        "3 gio": [bob],
        "会議": [sato],
        '"quoted"': [olga],
        "% _": [olga],
        "chieu nothing": [],
        "": [],
    }.items():
        assert list(await texts.find(words)) == who, words


async def test_a_message_found_is_the_newest_that_has_the_words_and_is_gone_when_deleted(texts: Texts) -> None:
    first, second = await keep(texts, came("invoice 1"), came("invoice 2"))
    bob = await person(texts)
    assert (await texts.find("invoice"))[bob].id == second.id
    await texts.remove(second.id)
    assert (await texts.find("invoice"))[bob].id == first.id
    (thread,), _ = await texts.threads()
    assert thread.last.id == first.id
    assert await texts.remove_all(bob) == 0
    assert await texts.find("invoice") == {}
    assert await texts.threads() == ((), 0)


async def test_an_id_is_never_used_twice(texts: Texts) -> None:
    (first,) = await keep(texts, came())
    await texts.remove(first.id)
    (second,) = await keep(texts, came())
    assert second.id > first.id


async def test_what_becomes_of_a_message_never_goes_back(texts: Texts) -> None:
    (kept,) = await keep(texts, going())
    await texts.finish(kept.id, TextStatus.SENT, ref="r1")
    for told, then in (
        (TextStatus.DELIVERED, TextStatus.DELIVERED),
        (TextStatus.SENT, TextStatus.DELIVERED),
        (TextStatus.READ, TextStatus.READ),
        (TextStatus.FAILED, TextStatus.READ),
    ):
        assert await texts.follow("work", "r1", told, None)
        now = await texts.get(kept.id)
        assert now is not None
        assert now.status is then
    assert not await texts.follow("home", "r1", TextStatus.READ, None)


async def test_a_message_that_was_not_sent_becomes_the_newest_when_it_is_sent_again(texts: Texts) -> None:
    kept, _ = await keep(texts, going("first"), came("second"))
    assert await texts.renew(kept.id, 5.0) is None, "it is being sent"
    await texts.finish(kept.id, TextStatus.FAILED, detail="They are away.")
    again = await texts.renew(kept.id, 5.0)
    assert again is not None
    assert (again.text, again.at, again.status, again.detail) == ("first", 5.0, TextStatus.SENDING, None)
    assert await said(texts) == ["second", "first"]
    assert await texts.renew(kept.id, 6.0) is None, "two screens"


async def test_what_a_dead_engine_was_sending_was_not_sent(texts: Texts) -> None:
    sent, sending, taken = await keep(texts, going(status=TextStatus.SENT), going(), going())
    await texts.finish(taken.id, TextStatus.SENDING, ref="r1")
    assert await texts.repair() == 2
    kept = [await texts.get(each.id) for each in (sent, sending, taken)]
    assert [(each.status, each.detail) for each in kept if each] == [
        (TextStatus.SENT, None),
        (TextStatus.FAILED, CRASHED),
        (TextStatus.FAILED, UNTOLD),
    ]


async def test_hostile_text_is_kept_as_text_and_a_megabyte_is_cut(texts: Texts) -> None:
    hostile = came("a\0b\ud800\u202e'; DROP TABLE texts; --", Address(AddressKind.USER, "\0'\ud800", "x" * 100_000))
    (kept,) = await keep(texts, hostile)
    assert kept.text == "ab?\u202e'; DROP TABLE texts; --"
    (long,) = await keep(texts, came("x" * 1_000_000))
    assert len(long.text) == MAX_TEXT
    assert (await texts.threads())[1] == 2
