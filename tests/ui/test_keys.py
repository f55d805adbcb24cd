"""Keys can be moved by the settings, and mistakes in that are told."""

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import call, state
from tests.ui.stage import opened
from tuiphone.ui import keys

KNOWN = keys.catalogue()


def test_every_key_has_an_id_and_says_what_it_does() -> None:
    places: dict[tuple[str, str], list[str]] = {}
    for key in KNOWN:
        assert key.id
        assert key.binding.description
        for name in key.binding.key.split(","):
            places.setdefault((key.scope, name), []).append(key.id)
    # `Everywhere` is two layers: what rings comes before what talks.
    clashes = [ids for ids in places.values() if len({id.partition(".")[0] for id in ids}) < len(ids)]
    assert clashes == []


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({"call.mutte": "z"}, "[keys] call.mutte: there is no such action; did you mean call.mute?"),
        ({"nothing": "z"}, "[keys] nothing: there is no such action; f1 lists what there is."),
        ({"call.mute": "ctrl+banana"}, "[keys] call.mute: 'ctrl+banana' is not a key"),
        ({"call.mute": " "}, "[keys] call.mute: no key is given."),
        ({"call.mute": "h"}, "[keys] call.mute: h is already call.hold; call.mute keeps its own key."),
        ({"call.mute": "f4"}, "[keys] call.mute: f4 is already page.history"),
    ],
)
def test_a_move_that_cannot_be_made_is_refused_with_a_sentence(wanted: dict[str, str], sentence: str) -> None:
    good, problems = keys.check(wanted, KNOWN)
    assert good == {}
    assert len(problems) == 1
    assert problems[0].startswith(sentence)


def test_two_keys_may_change_places() -> None:
    wanted = {"call.mute": "h", "call.hold": "m"}
    assert keys.check(wanted, KNOWN) == (wanted, [])


async def test_a_moved_key_works_is_shown_and_the_old_one_does_nothing() -> None:
    phone = FakePhone(state(call()))
    async with opened(phone, keys={"call.mute": "z", "page.history": "f12"}) as stage:
        await stage.sees("z mute")
        await stage.press("m")
        assert phone.told("mute") == []
        await stage.press("z")
        await stage.hears("mute", "c1", True)
        await stage.sees("f12 hist")
        await stage.press("f12")
        assert stage.page == "history"


async def test_a_mistake_in_the_keys_is_told_when_the_app_opens() -> None:
    async with opened(FakePhone(state()), keys={"call.mutte": "z"}) as stage:
        assert any("did you mean call.mute?" in toast for toast in stage.toasts)


async def test_mistakes_in_the_settings_are_told_when_the_app_opens() -> None:
    async with opened(FakePhone(state()), problems=("config.toml: sound.ringer: no such key.",)) as stage:
        assert stage.toasts == ["config.toml: sound.ringer: no such key."]


async def test_help_lists_every_key_as_it_was_moved() -> None:
    async with opened(FakePhone(state()), size=(120, 400), keys={"call.mute": "z"}) as stage:
        await stage.press("f1")
        text = stage.text
        for key in keys.moved(KNOWN, {"call.mute": "z"}):
            does = key.binding.tooltip or key.binding.description
            assert does[:1].upper() + does[1:] in text
        await stage.sees("  z  ")
        await stage.press("escape")
        assert len(stage.app.screen_stack) == 1


async def test_help_keeps_its_columns_in_a_small_window() -> None:
    async with opened(FakePhone(state()), size=(80, 400)) as stage:
        await stage.press("f1")
        await stage.sees("[keys] in config.toml")
        lines = stage.text.splitlines()
        for key in KNOWN:
            assert any(line.find(f" {key.id} ") > len(line) / 2 for line in lines), key.id


async def test_the_palette_offers_what_can_be_done_now() -> None:
    async with opened(FakePhone(state(call())), size=(80, 50)) as stage:
        await stage.press("ctrl+p")
        await stage.sees("Hang up")
        assert "Resume" not in stage.text
        await stage.type("hang")
        await stage.sees("End the call")
        await stage.press("enter")
        await stage.until(lambda: stage.phone.told("hangup") or stage.app.screen_stack[1:])
        if not stage.phone.told("hangup"):
            await stage.press("enter")
        await stage.hears("hangup", "c1")


async def test_the_palette_changes_the_colours() -> None:
    async with opened(FakePhone(state())) as stage:
        await stage.press("ctrl+p")
        await stage.type("paper")
        await stage.sees("Theme paper")
        await stage.press("down", "enter")
        await stage.until(lambda: stage.app.theme == "paper")


@pytest.mark.parametrize(
    ("columns", "footer"),
    [
        (80, " f1 help f2 dial f3 people f4 hist(2) f5 rec f6 msgs(1) f7 accts f8 log"),
        (100, " f1 help f2 dial f3 people f4 hist(2) f5 rec f6 msgs(1) f7 accts f8 log"),
        (140, " f1 help  f2 dial  f3 contacts  f4 history (2 missed)  f5 recordings  f6 messages (1 new)"),
    ],
)
async def test_every_page_is_in_the_footer_however_narrow_it_is(columns: int, footer: str) -> None:
    async with opened(FakePhone(state(missed=2, unread=1)), size=(columns, 24)) as stage:
        await stage.sees(footer)
        await stage.sees(" log")
        await stage.sees("ctrl+p")
