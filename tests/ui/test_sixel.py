"""Terminals that have sixels are sent them, one at a time; others get characters."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.media.sixels import Drawn, drawn, last_drawn
from tests.ui.fake_phone import FakePhone
from tests.ui.samples import call, state
from tests.ui.stage import opened
from tests.ui.test_pictures import Far, colours
from tuiphone.ui import kitty, terminal
from tuiphone.ui.answers import ASK_CELL, ASK_COLOURS, ASK_WHAT, TerminalAnswered
from tuiphone.ui.app import TuiPhone
from tuiphone.ui.painter import Painter, PainterGone

RED, GREEN = (255, 0, 0), (0, 255, 0)


class Tube:
    """A terminal that has sixels, and answers when it is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.said = ""
        self.questions = 0
        self.what: frozenset[int] | None = frozenset({62, 4})
        self.cell: tuple[int, int] | None = (10, 20)
        self.colours: int | None = 256
        self.slow_at: tuple[int, int, int] | None = None
        """The colour whose picture takes it long: what was under way before is answered as ever."""
        monkeypatch.setattr(TuiPhone, "write", lambda app, sequence: self.take(app, sequence))
        monkeypatch.setattr(kitty, "cell_pixels", lambda: None)
        for patience in ("ANSWER_SECONDS", "DRAWN_SECONDS", "LAST_SECONDS"):
            # However slow the machine is, this terminal does not count as silent.
            monkeypatch.setattr(f"tuiphone.ui.sixel.{patience}", 60.0)
        for name in ("TMUX", "STY", "SSH_CONNECTION", "KITTY_WINDOW_ID", "DISPLAY", "WAYLAND_DISPLAY"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("TERM", "xterm-256color")

    def take(self, app: TuiPhone, sequence: str) -> None:
        self.said += sequence
        if ASK_COLOURS in sequence and self.colours is not None:
            app.post_message(TerminalAnswered(colours=self.colours))
        if ASK_CELL in sequence and self.cell is not None:
            app.post_message(TerminalAnswered(cell=self.cell))
        if sequence.endswith(ASK_WHAT):
            self.questions += 1
            if self.what is not None and (self.slow_at is None or not self.shows(self.slow_at)):
                self.answer(app)

    def answer(self, app: TuiPhone) -> None:
        app.post_message(TerminalAnswered(what=self.what))

    @property
    def pictures(self) -> list[Drawn]:
        return drawn(self.said.encode())

    def shows(self, colour: tuple[int, int, int]) -> bool:
        last = last_drawn(self.said.encode())
        return last is not None and bool((last.pixels == colour).all())


@pytest.fixture
def tube(monkeypatch: pytest.MonkeyPatch) -> Tube:
    return Tube(monkeypatch)


@pytest.fixture
def far(tmp_path: Path) -> Far:
    return Far(tmp_path)


@pytest.fixture
def phone(far: Far) -> FakePhone:
    phone = FakePhone(state(call(video=True)))
    phone.sides = (far.side(),)
    far.show(*RED)
    return phone


async def test_each_new_picture_is_sent_and_none_lies_over_a_dialog(tube: Tube, far: Far, phone: FakePhone) -> None:
    async with opened(phone) as stage:
        await stage.until(lambda: tube.shows(RED))
        assert not colours(stage)
        picture = tube.pictures[-1]
        assert (picture.row - 1) * 20 + picture.pixels.shape[0] <= 23 * 20
        assert (picture.column - 1) * 10 + picture.pixels.shape[1] <= 80 * 10
        far.show(*GREEN)
        await stage.until(lambda: tube.shows(GREEN))
        await stage.press("f1")
        await stage.until(lambda: phone.told("unwatch"))
        shown = len(tube.pictures)
        far.show(*RED)
        await stage.settle()
        assert len(tube.pictures) == shown
        await stage.press("escape")
        await stage.until(lambda: tube.shows(RED))


async def test_a_picture_comes_back_when_the_cells_under_it_were_drawn_again(tube: Tube, phone: FakePhone) -> None:
    async with opened(phone) as stage:
        await stage.until(lambda: tube.shows(RED))
        shown = len(tube.pictures)
        stage.app.screen.refresh(layout=True)
        await stage.until(lambda: len(tube.pictures) > shown)


async def test_the_next_picture_waits_until_the_last_was_drawn(tube: Tube, far: Far, phone: FakePhone) -> None:
    async with opened(phone) as stage:
        await stage.until(lambda: tube.shows(RED))
        tube.slow_at = GREEN
        far.show(*GREEN)
        await stage.until(lambda: tube.shows(GREEN))
        shown, asked = len(tube.pictures), tube.questions
        for colour in (RED, GREEN, RED):
            far.show(*colour)
            await stage.settle()
        assert (len(tube.pictures), tube.questions) == (shown, asked)
        tube.slow_at = None
        tube.answer(stage.app)
        # Only the newest of those that came meanwhile.
        await stage.until(lambda: tube.shows(RED))


def without_sixels(tube: Tube) -> None:
    tube.what = frozenset({62, 22})


def with_few_colours(tube: Tube) -> None:
    tube.colours = 16


@pytest.mark.parametrize("change", [without_sixels, with_few_colours])
async def test_a_terminal_that_has_none_or_too_few_colours_gets_characters(
    change: Callable[[Tube], None], tube: Tube, phone: FakePhone
) -> None:
    change(tube)
    async with opened(phone) as stage:
        await stage.until(lambda: tube.questions)
        await stage.until(lambda: (248, 0, 0) in colours(stage))
        assert not tube.pictures


async def test_the_settings_can_insist_even_if_the_terminal_says_nothing(
    tube: Tube, far: Far, phone: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.ui.sixel.ANSWER_SECONDS", 0.05)
    tube.what = None
    async with opened(phone, picture="sixel") as stage:
        await stage.until(lambda: tube.shows(RED))
        far.show(*GREEN)
        await stage.until(lambda: tube.shows(GREEN))


async def test_the_settings_can_ask_for_characters(tube: Tube, phone: FakePhone) -> None:
    async with opened(phone, picture="blocks") as stage:
        await stage.until(lambda: (248, 0, 0) in colours(stage))
        assert not tube.questions


async def test_characters_stand_in_where_the_painter_fails(
    tube: Tube, phone: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(painter: Painter, canvases: object, *, grain: bool) -> str:
        if canvases:
            raise PainterGone
        return ""

    monkeypatch.setattr(Painter, "paint", fail)
    async with opened(phone) as stage:
        await stage.until(lambda: (248, 0, 0) in colours(stage))
        await stage.until(lambda: stage.app.pictures.kind == "blocks" and (248, 0, 0) in colours(stage))


@pytest.mark.parametrize(("around", "there"), [("RGB,sixel,title", True), ("RGB,title", False)])
async def test_in_tmux_the_terminal_around_it_has_to_have_them_too(
    around: str, there: bool, tube: Tube, phone: FakePhone, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def ask(format: str, environment: object) -> str:
        asked.append(format)
        return around

    monkeypatch.setenv("TMUX", "/tmp/tmux,1,0")
    monkeypatch.setattr(terminal, "_ask_tmux", ask)
    async with opened(phone) as stage:
        await stage.until(lambda: any("termfeatures" in one for one in asked))
        await stage.until(lambda: tube.shows(RED) if there else (248, 0, 0) in colours(stage))
        assert bool(tube.pictures) is there


async def test_who_leaves_waits_for_the_last_answer_which_the_shell_would_read(
    tube: Tube, far: Far, phone: FakePhone
) -> None:
    async with opened(phone) as stage:
        await stage.until(lambda: tube.shows(RED))
        tube.slow_at = GREEN
        far.show(*GREEN)
        await stage.until(lambda: tube.shows(GREEN))
        stage.app.set_timer(0.1, lambda: tube.answer(stage.app))
        await stage.app.pictures.end()
        assert not stage.app.pictures.sixel.is_owed
