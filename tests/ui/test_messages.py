"""The Messages page: who wrote, what is read, writing, sending again, searching, paging."""

import pytest
from textual import events

from tests.ui.fake_phone import FakePhone
from tests.ui.fake_texts import AI, BO, FakeTexts, quiet, text, texting, told
from tests.ui.samples import HOSTILE, NOW, OLGA
from tests.ui.stage import Stage, opened
from tuiphone.control.history import Suggestion
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import MAX_MESSAGE, Address, AddressKind, TextMessage, TextStatus
from tuiphone.ui.widgets.conversation_view import MAX_HELD, ConversationView
from tuiphone.ui.widgets.message_field import MessageField
from tuiphone.ui.widgets.text_lines import Setting, lay_out, readable


def phone_with(*texts: TextMessage, **more: object) -> FakePhone:
    phone = FakePhone(quiet(**more))  # type: ignore[arg-type]
    phone.texts_kept = FakeTexts(*texts)
    return phone


def field(stage: Stage) -> MessageField:
    return stage.app.query_one(MessageField)


def view(stage: Stage) -> ConversationView:
    return stage.app.query_one(ConversationView)


SOME = (
    text(1, "from Ái", AI, 900),
    text(2, "hello?", BO, 500, seen=False),
    text(3, "Да, вечером", OLGA, 60, seen=False),
)


async def test_a_message_counts_as_read_when_its_conversation_was_really_shown() -> None:
    phone = phone_with(*SOME, unread=2)
    async with opened(phone, size=(60, 24)) as stage:
        await stage.press("f6")
        await stage.sees("Да, вечером")
        assert phone.told("see_texts") == []
        await stage.press("down", "enter")
        await stage.hears("see_texts", "@/bo", 2)
        assert len(phone.told("see_texts")) == 1
        await stage.press("escape")
        await stage.sees("Да, вечером")


async def test_what_is_written_is_sent_by_enter_from_the_account_that_is_shown_and_stays_in_view() -> None:
    phone = phone_with(*SOME)
    async with opened(phone) as stage:
        await stage.press("f6", "enter", *"one", "alt+enter", *"two")
        assert field(stage).text == "one\ntwo"
        await stage.press("enter")
        await stage.hears("send_text", "100", "one\ntwo", "work", AddressKind.USER)
        assert field(stage).text == ""
        await stage.sees("… sending")
        phone.texts_kept.change(4, status=TextStatus.FAILED, detail="They are away.")
        await stage.tell(told(phone.state))
        await stage.sees("They are away.")
        await stage.press("up")
        await stage.sees("r send again")
        await stage.press("r")
        await stage.hears("resend_text", 4)


async def test_what_was_refused_outright_is_given_back() -> None:
    phone = phone_with(*SOME)
    phone.refusals["send_text"] = NotPossible("Not now.")
    async with opened(phone) as stage:
        await stage.press("f6", "enter", *"hello", "enter")
        await stage.until(lambda: stage.toasts == ["Not now."])
        assert field(stage).text == "hello"


async def test_letters_go_into_the_field_and_what_is_begun_is_kept_for_each_person() -> None:
    async with opened(phone_with(*SOME)) as stage:
        await stage.press("f6", "enter", *"nary/")
        assert field(stage).text == "nary/"
        await stage.press("escape", "down")
        await stage.until(lambda: field(stage).text == "")
        await stage.press("up")
        await stage.until(lambda: field(stage).text == "nary/")


async def test_keys_in_one_burst_go_where_the_one_before_leads() -> None:
    phone = phone_with(*SOME)
    async with opened(phone) as stage:
        await stage.press("f6", "enter")
        for key in ("h", "alt+enter", "i", "enter", "y", "o", "escape", "n"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await stage.sees("New message to")
        assert [command[1] for command in phone.told("send_text")] == ["h\ni"]
        await stage.press("escape", "enter")
        await stage.until(lambda: field(stage).text == "yo")


async def test_a_paste_keeps_its_lines_and_a_megabyte_is_refused_in_a_sentence() -> None:
    async with opened(phone_with(*SOME)) as stage:
        await stage.press("f6", "enter")
        stage.app.post_message(events.Paste("one\r\ntwo"))
        await stage.until(lambda: field(stage).text == "one\ntwo")
        stage.app.post_message(events.Paste("x" * 1_000_000))
        await stage.until(
            lambda: stage.toasts == ["That would make 1,000,007 characters; a message has at most 8,000."]
        )
        field(stage).load_text("x" * (MAX_MESSAGE + 1))
        await stage.sees("8,001 characters")
        await stage.press("enter")
        assert stage.phone.told("send_text") == []


async def test_a_paste_goes_where_one_writes_from_the_list_and_from_the_messages_too() -> None:
    async with opened(phone_with(*SOME), size=(60, 24)) as stage:
        await stage.press("f6")
        stage.app.post_message(events.Paste("x" * 1_000_000))
        await stage.until(
            lambda: stage.toasts == ["That would make 1,000,000 characters; a message has at most 8,000."]
        )
        stage.app.post_message(events.Paste("one"))
        await stage.until(lambda: field(stage).text == "one")
        await stage.press("home", "up", "escape")
        await stage.press("escape")
        stage.app.post_message(events.Paste("two "))
        await stage.sees("two one")
        await stage.settle()
        assert field(stage).text.count("two") == field(stage).text.count("one") == 1


async def test_the_account_is_chosen_among_those_that_reach_the_person() -> None:
    phone = phone_with(*SOME)
    phone.state = quiet(texting("home"), texting(), texting("other", provider="sip"))
    async with opened(phone) as stage:
        await stage.press("f6", "enter", "ctrl+o")
        await stage.sees("Write from")
        assert "other" not in stage.text.split("Write from")[1]
        await stage.press("up", "enter")
        await stage.until(lambda: len(stage.app.screen_stack) == 1)
        await stage.press("x", "enter")
        await stage.hears("send_text", "100", "x", "home", AddressKind.USER)


async def test_a_new_conversation_begins_with_a_name_and_telephones_are_refused_where_users_only_are_written_to() -> (
    None
):
    phone = phone_with()
    async with opened(phone) as stage:
        await stage.press("f6", "n")
        await stage.sees("New message to")
        await stage.press(*"+84900", "enter")
        await stage.sees("telephone")
        await stage.press("ctrl+u", *"carol", "enter")
        await stage.sees("write a message")
        await stage.press(*"hi", "enter")
        await stage.hears("send_text", "carol", "hi", "work", AddressKind.USER)


async def test_somebody_who_is_suggested_and_chosen_is_written_to_as_they_are() -> None:
    phone = phone_with()
    phone.state = quiet(texting("work"), texting("home"))
    number = Address(AddressKind.PHONE, "0912345678", "Mai")
    phone.suggestions = (Suggestion(Address(AddressKind.USER, "mai"), "home", 2, 0.0), Suggestion(number, "work", 1, 0))
    async with opened(phone) as stage:
        await stage.press("f6", "n", *"mai")
        await stage.sees("Mai")
        await stage.press("down", "enter")
        await stage.hears("conversation_with", "mai", "home", AddressKind.USER)
        await stage.press("escape", "n", *"mai")
        await stage.sees("Mai")
        await stage.press("down", "down", "enter")
        # The account that calls the number does not write to telephones; another one is to be found.
        await stage.hears("conversation_with", "0912345678", None, AddressKind.PHONE)


async def test_another_page_opens_a_conversation() -> None:
    async with opened(phone_with(*SOME)) as stage:
        stage.app.open_messages(BO, "work")
        await stage.sees("hello?")
        assert field(stage).has_focus


async def test_a_search_finds_people_and_words_and_opens_where_they_are() -> None:
    many = [
        text(number, f"message {number} {'needle' if number == 40 else ''}", OLGA, 5000 - number)
        for number in range(1, 200)
    ]
    phone = phone_with(text(500, "nothing", BO), *many)
    async with opened(phone) as stage:
        await stage.press("f6", "slash", *"needle")
        await stage.sees("message 40 needle")
        await stage.press("enter", "enter")
        assert view(stage).cursor == 40
        assert "nothing" not in stage.text
        await stage.press("escape", "escape")
        await stage.sees("nothing")


async def test_a_long_conversation_opens_at_its_end_and_is_fetched_as_one_scrolls() -> None:
    phone = phone_with(*(text(number, f"message {number}", OLGA, 9000 - number) for number in range(1, 1001)))
    async with opened(phone) as stage:
        await stage.press("f6", "enter", "up")
        await stage.sees("message 1000")
        held = view(stage)
        assert len(held.texts) == 60
        while held.texts[0].id > 300:
            before = held.texts[0].id
            await stage.press("pageup")
            await stage.until(lambda before=before: held.texts[0].id < before or held.scroll_offset.y > 0)  # type: ignore[misc]
        assert len(held.texts) <= MAX_HELD
        assert [one.id for one in held.texts] == list(range(held.texts[0].id, held.texts[-1].id + 1))
        await stage.press("home")
        await stage.sees("message 1 ")
        await stage.press("end")
        await stage.sees("message 1000")


async def test_what_comes_while_one_reads_further_up_moves_nothing_and_at_the_end_it_comes_into_view() -> None:
    phone = phone_with(*(text(number, f"message {number}", OLGA, 9000 - number) for number in range(1, 50)))
    async with opened(phone) as stage:
        await stage.press("f6", "enter", "up")
        await stage.sees("message 49")
        await stage.press("pageup", "pageup")
        shown = stage.text
        phone.texts_kept.add(text(0, "brand new", OLGA, 1, seen=False))
        await stage.tell(told(phone.state))
        await stage.until(lambda: view(stage).texts[-1].text == "brand new")
        assert [line[30:70] for line in stage.text.splitlines()[2:12]] == [
            line[30:70] for line in shown.splitlines()[2:12]
        ]
        await stage.press("end")
        await stage.sees("brand new")
        phone.texts_kept.add(text(0, "and another", OLGA, 1, seen=False))
        await stage.tell(told(phone.state))
        await stage.sees("and another")


async def test_a_message_is_said_in_passing_on_other_pages_only() -> None:
    phone = phone_with(*SOME)
    async with opened(phone) as stage:
        await stage.tell(told(phone.state, unread=2))
        await stage.until(lambda: stage.toasts == ["Да, вечером"])
        await stage.press("f6")
        await stage.tell(told(phone.state, unread=3))
        assert len(stage.toasts) == 1


async def test_hostile_texts_are_text() -> None:
    phone = phone_with(text(1, f"{HOSTILE}\n\u202etfel\u200b\u200b \U0001f1fb https://x.example\n" + "x" * 8000, OLGA))
    async with opened(phone) as stage:
        await stage.press("f6", "enter", "up", "home")
        await stage.sees("[red]␛[2J")
        assert "\u202e" not in stage.text
        await stage.press("end")
        await stage.sees("y copies them all")


async def test_a_conversation_is_deleted_after_asking() -> None:
    phone = phone_with(*SOME)
    async with opened(phone) as stage:
        await stage.press("f6", "delete")
        await stage.sees("All messages to and from Ольга Петрова go")
        await stage.press("n")
        assert phone.told("delete_conversation") == []
        await stage.press("delete", "y")
        await stage.hears("delete_conversation", "@/100")


# -- lines ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ('{"ticket": 4711}', "ticket: 4711"),
        ('{"a": {"b": [1, "x", {"c": null}]}, "d": []}', "a:\n  b:\n    - 1\n    - x\n    -\n      c: null\nd: []"),
        ("[1, 2]", "- 1\n- 2"),
        ("{not json", "{not json"),
        ("[" * 5000, "[" * 5000),
        ("plain", "plain"),
    ],
)
def test_json_is_read_as_lines(raw: str, shown: str) -> None:
    assert readable(raw) == shown


def test_no_line_is_wider_than_its_window_whatever_is_said() -> None:
    said = ("佐藤 愛子 " * 30, "x" * 500, "a b\n\n\nc", "🇻🇳👩‍👩‍👧 " * 40, "", "\u200b", "word " * 200)
    texts = [
        text(number, words, OLGA, 100 * number, incoming=bool(number % 2), call="c")
        for number, words in enumerate(said, start=1)
    ]
    for width in (20, 31, 49, 80, 120):
        lines = lay_out(texts, Setting(width, NOW, new_from=3, says_account=True))
        assert max(line.content.cell_length for line in lines) <= width, width
        assert {line.text for line in lines} == {None, *range(1, len(said) + 1)}


def test_days_and_what_is_new_stand_between_messages() -> None:
    texts = [
        text(1, "old", ago=400 * 86_400),
        text(2, "then", ago=86_400),
        text(3, "now", ago=60),
        text(4, "too", ago=50),
    ]
    lines = [line.content.plain.strip() for line in lay_out(texts, Setting(60, NOW, new_from=4))]
    between = [line.strip(" ─") for line in lines if line.startswith("─")]
    assert between == ["17 October 2025", "Yesterday", "Today", "new"]
