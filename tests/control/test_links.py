"""Links on the control socket: every screen is told, tools are not, and nothing is called."""

import pytest

from tests.control.conftest import Attach, Engine
from tests.fakes import soon, until
from tuiphone.control.client import RemotePhone
from tuiphone.control.links import Opened
from tuiphone.core.errors import NotPossible
from tuiphone.core.model import MAX_ADDRESS


async def opened(phone: RemotePhone) -> str:
    async for item in phone.news():
        if isinstance(item, Opened):
            return item.to
    raise AssertionError("the line ended")


async def test_a_link_is_shown_by_every_screen_and_called_by_none(engine: Engine, attach: Attach) -> None:
    first, second, tool = await attach(), await attach(), await attach(screen=False)
    assert await soon(tool.open_link("+84901234567")) == 2
    assert [await soon(opened(screen)) for screen in (first, second)] == ["+84901234567"] * 2
    await until(lambda: tool.screens == 2)
    assert not engine.phone.state.calls


async def test_without_a_screen_the_link_is_shown_by_nobody(engine: Engine, attach: Attach) -> None:
    assert await soon((await attach(screen=False)).open_link("bob")) == 0


@pytest.mark.parametrize("text", ["1" * (MAX_ADDRESS + 1), "+84\x1b[2J", "1\n2"])
async def test_what_is_no_number_goes_to_no_screen(engine: Engine, attach: Attach, text: str) -> None:
    with pytest.raises(NotPossible):
        await soon((await attach()).open_link(text))
