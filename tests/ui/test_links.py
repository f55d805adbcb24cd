"""A number from outside on the Dial page."""

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import state
from tests.ui.stage import opened
from tuiphone.control.links import Opened
from tuiphone.ui.screens import dialpad


async def test_a_link_fills_the_dial_page_in_and_waits(monkeypatch) -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.press("f7")
        phone._news.put_nowait(Opened("+84 90 123 4567"))
        await stage.until(lambda: stage.page == "dial")
        await stage.press("enter")
        await stage.sees("press enter again to call it")
        assert not phone.told("dial")
        monkeypatch.setattr(dialpad, "LINK_SECONDS", 0.0)
        await stage.press("enter")
        await stage.until(lambda: phone.told("dial"))
        assert phone.told("dial")[0][0] == "+84 90 123 4567"


async def test_the_app_can_be_opened_with_a_number_which_may_be_hostile() -> None:
    phone = FakePhone(state())
    async with opened(phone) as stage:
        await stage.app.open_number("[red]x\x1b[2J" + "9" * 500)
        field = stage.app.query_one("#number")
        assert "\x1b" not in field.value  # type: ignore[attr-defined]
        assert len(field.value) <= 128  # type: ignore[attr-defined]
        await stage.sees("[red]x")
