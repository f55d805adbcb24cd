"""Forms: filled in by keys, checked at the field, saved while one waits or leaves."""

import asyncio
from typing import Any

import pytest
from textual import events

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import account, call, state
from tests.ui.stage import Stage, opened
from tuiphone.core.call import CallState
from tuiphone.core.errors import StoreError
from tuiphone.ui.screens.form import Entry, FormDialog, FormResult, Values
from tuiphone.ui.widgets.picker import Option

ENTRIES = (
    Entry("name", "name", "How it is called here.", required=True),
    Entry("token", "token", "The secret one.", "secret"),
    Entry("numbers", "numbers", "One a line.", "list"),
    Entry("enabled", "switched on", kind="switch", value=True),
    Entry("kind", "kind", kind="choice", value="a", choices=(Option("a", "first"), Option("b", "second"))),
    Entry("depth", "depth", "How deep.", more=True),
)


class Keeper:
    """Takes what is submitted."""

    def __init__(self, *results: FormResult) -> None:
        self.got: list[Values] = []
        self.result: Any = "nothing yet"
        self._results = list(results)
        self.waits: asyncio.Event | None = None

    async def submit(self, values: Values) -> FormResult:
        self.got.append(values)
        if self.waits is not None:
            await self.waits.wait()
        return self._results.pop(0) if self._results else FormResult(value="kept")

    async def force(self, values: Values) -> FormResult:
        return FormResult(value="forced")

    async def open(self, stage: Stage) -> FormDialog:
        dialog = FormDialog("Something new", ENTRIES, self.submit, force=self.force)

        def closed(result: object) -> None:
            self.result = result

        stage.app.push_screen(dialog, closed)
        await stage.until(lambda: dialog.is_mounted and dialog.focused is not None)
        await stage.settle()
        return dialog


async def test_a_form_is_filled_in_and_saved_by_keys() -> None:
    async with opened(FakePhone(state())) as stage:
        keeper = Keeper()
        await keeper.open(stage)
        await stage.sees("How it is called here.")
        await stage.type("An")
        await stage.press("enter")
        await stage.sees("The secret one.")
        await stage.type("xyz")
        assert "xyz" not in stage.text
        await stage.press("down")
        await stage.type("123")
        await stage.press("enter")
        await stage.type("456")
        await stage.press("down", "space", "tab", "right", "shift+tab", "ctrl+s")
        assert keeper.result == "kept"
        assert keeper.got == [
            {"name": "An", "token": "xyz", "numbers": ("123", "456"), "enabled": False, "kind": "b", "depth": ""}
        ]


async def test_keys_of_a_quick_hand_go_to_the_field_they_were_meant_for() -> None:
    async with opened(FakePhone(state())) as stage:
        keeper = Keeper()
        await keeper.open(stage)
        for key in ("A", "m", "backspace", "n", "enter", "x", "y", "tab", "1", "enter", "2", "3", "backspace"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        for key in ("down", "space", "ctrl+s"):
            stage.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await stage.until(lambda: keeper.got)
        assert keeper.got[0] | {"kind": ""} == {
            "name": "An",
            "token": "xy",
            "numbers": ("1", "2"),
            "enabled": False,
            "kind": "",
            "depth": "",
        }


async def test_what_is_missing_or_wrong_is_said_at_the_field_also_at_a_hidden_one() -> None:
    async with opened(FakePhone(state())) as stage:
        keeper = Keeper(FormResult({"depth": "That is too deep.", "nowhere": "And something else."}))
        dialog = await keeper.open(stage)
        await stage.press("ctrl+s")
        await stage.sees("This is needed.")
        assert keeper.got == []
        await stage.type("An")
        assert "depth" not in stage.text
        await stage.press("ctrl+s")
        await stage.sees("That is too deep.")
        await stage.sees("And something else.")
        assert "This is needed." not in stage.text
        await stage.type("7")
        assert dialog.values["depth"] == "7"
        await stage.press("enter")
        assert keeper.result == "kept"


async def test_escape_stops_what_is_under_way_and_the_form_stays() -> None:
    async with opened(FakePhone(state())) as stage:
        keeper = Keeper()
        keeper.waits = asyncio.Event()
        dialog = await keeper.open(stage)
        await stage.type("An")
        await stage.press("ctrl+s")
        await stage.sees("Saving… esc stops it")
        await stage.type("b")
        await stage.press("escape")
        await stage.sees("Stopped; nothing has been saved.")
        await stage.type("a")
        assert dialog.values["name"] == "Ana"
        assert keeper.result == "nothing yet"


async def test_a_changed_form_is_left_by_a_second_escape_an_unchanged_one_at_once() -> None:
    async with opened(FakePhone(state())) as stage:
        keeper = Keeper()
        await keeper.open(stage)
        await stage.type("An")
        await stage.press("escape")
        await stage.sees("Nothing is saved yet.")
        assert keeper.result == "nothing yet"
        await stage.press("escape")
        assert keeper.result is None
        keeper.result = "nothing yet"
        await keeper.open(stage)
        await stage.press("escape")
        assert keeper.result is None


async def test_a_call_that_rings_over_a_form_stays_when_the_form_is_saved() -> None:
    async with opened(FakePhone(state())) as stage:
        keeper = Keeper()
        waits = keeper.waits = asyncio.Event()
        await keeper.open(stage)
        await stage.type("An")
        await stage.press("ctrl+s")
        await stage.tell(state(call(CallState.INCOMING), accounts=(account(),)))
        await stage.sees("Incoming")
        waits.set()
        await stage.settle()
        await stage.sees("Incoming")
        assert keeper.result == "nothing yet"
        await stage.tell(state())
        await stage.until(lambda: keeper.result == "kept")


async def test_what_fails_is_said_and_may_be_forced_where_that_is_offered() -> None:
    class Failing(Keeper):
        async def submit(self, values: Values) -> FormResult:
            raise StoreError("The disk is full; make room.")

    async with opened(FakePhone(state())) as stage:
        failing = Failing()
        await failing.open(stage)
        await stage.type("An")
        await stage.press("ctrl+s")
        await stage.sees("The disk is full; make room.")
        await stage.press("ctrl+y")
        assert failing.result == "nothing yet"
        await stage.press("escape", "escape")
        keeper = Keeper(FormResult(problem="It does not answer.", can_force=True))
        await keeper.open(stage)
        await stage.type("An")
        await stage.press("ctrl+s")
        await stage.sees("Save all the same")
        await stage.press("ctrl+y")
        assert keeper.result == "forced"


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 8)])
async def test_every_field_can_be_reached_however_small_the_window(size: tuple[int, int]) -> None:
    async with opened(FakePhone(state()), size=size) as stage:
        dialog = await Keeper().open(stage)
        await stage.press("ctrl+o")
        for row in dialog._rows:
            dialog.set_focus(row.control)
            await stage.settle()
            visible = dialog.query_one("#form-fields").content_region
            assert row.control.region.overlaps(visible)
        save = dialog.query_one("#form-save").region
        assert size[1] < 12 or dialog.query_one(".box").content_region.contains_region(save)
