"""The Messages page as it looks: list and conversation, a narrow terminal, nothing yet."""

from dataclasses import replace

from tests.ui.fake_phone import FakePhone
from tests.ui.fake_texts import AI, BO, FakeTexts, quiet, text, texting
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import OLGA, SATO
from tests.ui.stage import Stage
from tuiphone.core.events import Link
from tuiphone.core.model import Address, AddressKind, TextStatus

DAY = 86_400.0
SOME = (
    text(1, "The new price list is on the share.", Address(AddressKind.USER, "news"), 9 * DAY),
    text(2, "お疲れさまです。明日の会議は10時からですか？", SATO, 2 * DAY),
    text(3, "はい、10時からです。", SATO, 2 * DAY - 300, incoming=False, status=TextStatus.READ),
    text(4, "Anh ơi, khách hẹn 3 giờ chiều mai nhé.", AI, DAY + 4000, account="home"),
    text(5, "Привет! Ты сегодня в офисе?", OLGA, DAY + 900),
    text(6, "Да, до шести.", OLGA, DAY + 700, incoming=False, status=TextStatus.READ),
    text(7, "Тогда зайду после обеда, принесу договор. Посмотри, пожалуйста, пункт 4.2.", OLGA, DAY + 660),
    text(8, '{"ticket": 4711, "customer": {"name": "Nguyễn Văn An", "vip": true}}', OLGA, 5400, call="c1"),
    text(9, "Посмотрел, всё хорошо.", OLGA, 1500, incoming=False, status=TextStatus.DELIVERED),
    text(
        10,
        "Оплата сегодня?",
        OLGA,
        1200,
        incoming=False,
        status=TextStatus.FAILED,
        detail="This user is not connected and gets no messages now. Send it again later (1 USER_NOT_CONNECTED).",
    ),
    text(11, "are you there?", BO, 500, seen=False),
    text(12, "call me back, it's about [red]tomorrow[/]", BO, 480, seen=False),
    text(13, "Да, вечером. Спасибо!", OLGA, 60, seen=False),
)


def everything() -> FakePhone:
    phone = FakePhone(quiet(texting("home"), texting(), unread=3))
    phone.texts_kept = FakeTexts(*SOME)
    return phone


@EVERY_LOOK
def test_messages(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f6")
        await stage.sees("Спасибо")
        await stage.press("enter")
        await stage.type("Хорошо")
        await stage.sees("Хорошо")
        await stage.hears("see_texts", "@/100", 13)

    assert looks_as_before(everything(), look, steps)


def test_messages_that_can_be_sent_again(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f6", "enter")
        await stage.sees("Спасибо")
        await stage.press("up", "up")
        await stage.sees("send again")

    assert looks_as_before(everything(), SMALL_DARK, steps)


def test_messages_found(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f6", "slash")
        await stage.type("договор")
        await stage.until(lambda: ("договор",) in [args[:1] for args in stage.phone.told("conversations")])
        await stage.sees("Yesterday")

    assert looks_as_before(everything(), SMALL_DARK, steps)


def test_messages_where_it_is_narrow(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f6", "enter")
        await stage.sees("Спасибо")

    assert looks_as_before(everything(), replace(SMALL_DARK, size=(50, 20)), steps)


def test_no_messages_yet(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f6")
        await stage.sees("No messages yet")

    assert looks_as_before(FakePhone(quiet(texting(link=Link.OFF))), SMALL_DARK, steps)
