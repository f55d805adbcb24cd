"""Where the video of a call is shown: in a window, in the terminal, or nowhere."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import call, state
from tests.ui.stage import Stage, opened
from tuiphone.control.pictures import Side
from tuiphone.core.errors import NotPossible
from tuiphone.core.frames import FrameWriter
from tuiphone.ui.mosaic import HALF
from tuiphone.ui.video_window import has_display

VIDEO = call(video=True)


class Far:
    """Bob's memory, with a picture in it now and then."""

    def __init__(self, folder: Path) -> None:
        self.writer = FrameWriter(folder, "tui-", width=80, height=60)

    def side(self, missing: str | None = None) -> Side:
        return Side("Bob", str(self.writer.path), missing=missing)

    def show(self, *colour: int, width: int = 16, height: int = 12) -> None:
        pixels = bytes(colour) * (width * height)
        self.writer.write(width, height, 1, lambda place: place.__setitem__(slice(None), pixels))


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path)


def colours(stage: Stage) -> set[object]:
    """Of the half cells that are on the screen."""
    strips = stage.app.screen._compositor.render_strips(stage.app.size)
    return {part.style.color.triplet for strip in strips for part in strip if HALF in part.text and part.style.color}  # type: ignore[union-attr]


async def test_without_a_display_the_picture_is_in_the_terminal_and_follows_the_far_side(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: (248, 0, 0) in colours(stage))
        far.show(0, 248, 0)
        await stage.until(lambda: (0, 248, 0) in colours(stage))
        assert (248, 0, 0) not in colours(stage)
        _, width, height = phone.told("watch")[-1]
        assert width > 60
        assert height > 20


async def test_it_asks_for_as_much_as_there_is_room_for_also_when_that_changes(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    async with opened(phone) as stage:
        await stage.until(lambda: phone.told("watch"))
        _, width, height = phone.told("watch")[-1]
        await stage.pilot.resize_terminal(150, 50)
        await stage.until(lambda: phone.told("watch")[-1][1] > width and phone.told("watch")[-1][2] > height)


async def test_words_stand_where_there_is_no_picture(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side("no new picture for 4 seconds"),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.sees("no new picture for 4 seconds")
        assert (248, 0, 0) not in colours(stage)


async def test_a_key_takes_it_away_and_brings_it_back_and_the_call_goes_on(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: colours(stage))
        await stage.press("p")
        await stage.until(lambda: not colours(stage) and phone.told("unwatch"))
        await stage.press("alt+p")
        await stage.until(lambda: colours(stage))
        assert not phone.told("hangup")


async def test_it_goes_with_the_call_and_is_not_asked_for_on_another_page(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: colours(stage))
        await stage.press("f4")
        await stage.until(lambda: phone.told("unwatch"))
        await stage.press("f9")
        await stage.until(lambda: colours(stage))
        await stage.tell(state())
        await stage.until(lambda: not colours(stage) and stage.app.pictures.place is None)


async def test_under_a_dialog_it_stands_still_and_is_not_asked_for(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    far.show(248, 0, 0)
    async with opened(phone) as stage:
        await stage.until(lambda: colours(stage))
        await stage.press("f1")
        await stage.until(lambda: phone.told("unwatch"))
        await stage.press("escape")
        far.show(0, 0, 248)
        await stage.until(lambda: (0, 0, 248) in colours(stage))


@pytest.mark.parametrize("answer", [replace(VIDEO, answered_at=None), call()])
async def test_a_call_that_has_no_picture_has_none(answer: object, far: Far) -> None:
    phone = FakePhone(state(answer))  # type: ignore[arg-type]
    async with opened(phone) as stage:
        await stage.settle()
        assert stage.app.pictures.place is None
        assert not phone.told("watch")


async def test_the_settings_can_switch_it_off_until_a_key_asks(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    async with opened(phone, picture="off") as stage:
        await stage.settle()
        assert not phone.told("watch")
        await stage.press("p")
        await stage.until(lambda: phone.told("watch"))


async def test_moving_to_a_window_without_a_display_is_refused_with_a_sentence(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.sides = (far.side(),)
    async with opened(phone) as stage:
        await stage.press("P")
        await stage.until(lambda: any("no display" in toast for toast in stage.toasts))
        assert stage.app.pictures.place == "terminal"


async def test_an_engine_that_refuses_is_told_once(far: Far) -> None:
    phone = FakePhone(state(VIDEO))
    phone.refusals["watch"] = NotPossible("8 screens look at pictures already; close one of them.")
    async with opened(phone) as stage:
        await stage.until(lambda: any("8 screens" in toast for toast in stage.toasts))
        assert stage.app.pictures.place is None


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "1 2 3 4"}, "linux", False),
        ({"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}, "linux", True),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "1 2 3 4"}, "darwin", False),
    ],
)
def test_where_a_window_would_be_seen(environment: Mapping[str, str], platform: str, there: bool) -> None:
    assert has_display(environment, platform) is there
