"""The sound devices: which microphone, speaker and ringer are used; changed at once, in the middle of a call too."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tuiphone.control.sound import Devices, Kind, SoundDevice
from tuiphone.core.errors import PhoneError
from tuiphone.ui.screens.dialogs import Dialog
from tuiphone.ui.text import fit, safe, safe_lines
from tuiphone.ui.widgets.key_button import KeyButton
from tuiphone.ui.widgets.level_meter import LevelBar
from tuiphone.ui.widgets.line_list import LineList, picked
from tuiphone.ui.widgets.plain import Plain

LOOK_SECONDS = 3.0
"""Between two looks for devices that were plugged in or pulled out."""
HEAR_SECONDS = 8.0
"""How long a test of the microphone takes."""
METER_SECONDS = 0.1
KINDS: tuple[Kind, ...] = ("microphone", "speaker", "ringer")
_TITLES = {"microphone": "Microphone", "speaker": "Speaker", "ringer": "Ringer"}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list: a device that can be used for something; without a name, the title of its group."""

    kind: Kind
    name: str = ""
    label: str = ""
    """Already safe."""
    is_chosen: bool = False


def lines_of(devices: Devices) -> tuple[Line, ...]:
    """What there is to choose, in three groups."""
    found: list[Line] = []
    for kind in KINDS:
        there = devices.microphones if kind == "microphone" else devices.speakers
        wanted = devices.chosen.get(kind, "default")
        chosen = wanted if wanted in ("default", "none") else _meant(wanted, there)
        choices = [
            ("default", "the same as the speaker" if kind == "ringer" else "the system's choice"),
            *((device.name, safe(device.name)) for device in there if device.name != "default"),
            ("none", "none, silence"),
        ]
        if chosen is None:
            choices.insert(1, (wanted, f"{safe(wanted)}, which is not there now"))
        found.append(Line(kind))
        found += [Line(kind, name, label, name == (chosen or wanted)) for name, label in choices]
    return tuple(found)


def _meant(wanted: str, there: tuple[SoundDevice, ...]) -> str | None:
    exact = [device.name for device in there if device.name == wanted]
    parts = [device.name for device in there if wanted.casefold() in device.name.casefold()]
    return exact[0] if exact else parts[0] if len(parts) == 1 else None


class DeviceLines(LineList):
    """The devices; the cursor steps over the titles."""

    ENTER = "use it"
    ONE_CLICK = True

    def __init__(self) -> None:
        super().__init__(id="devices")
        self.lines: tuple[Line, ...] = ()

    @property
    def chosen(self) -> Line | None:
        """The line under the cursor."""
        return self.lines[self.cursor] if self.cursor < len(self.lines) else None

    def can_choose(self) -> bool:
        return self.chosen is not None and bool(self.chosen.name)

    def show(self, lines: tuple[Line, ...]) -> None:
        """Show these; the cursor stays on what it was on, first on what is in use."""
        if lines == self.lines:
            return
        before = self.chosen
        self.lines = lines
        keep = next((at for at, line in enumerate(lines) if line.is_chosen), 0)
        if before is not None:
            same = ((line.kind, line.name) == (before.kind, before.name) for line in lines)
            keep = next((at for at, is_same in enumerate(same) if is_same), keep)
        self.set_count(len(lines), keep=keep)

    def validate_cursor(self, cursor: int) -> int:
        cursor = super().validate_cursor(cursor)
        if self.lines and not self.lines[cursor].name:
            return cursor - 1 if 0 < cursor < self.cursor else cursor + 1
        return cursor

    def draw(self, index: int, width: int) -> Content:
        line = self.lines[index]
        if not line.name:
            return Content.styled(fit(_TITLES[line.kind], width), "$text-muted bold")
        mark, colour = ("●", "$success") if line.is_chosen else ("○", "$text-muted")
        return Content.assemble("  ", (mark, colour), " ", fit(line.label, width - 4))


class AudioDialog(Dialog):
    """Enter uses a device from now on, `t` tests the kind under the cursor; devices come and go by themselves."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "probe", "test", id="audio.test", tooltip="Hear the speaker or the ringer, or see the microphone"),
        Binding("escape,s", "leave", "leave", id="audio.leave"),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield DeviceLines()
            yield Plain("Looking for devices…", id="audio-said")
            yield LevelBar(id="audio-level")
            with Horizontal(classes="answers"):
                yield KeyButton("list.choose", "Use it", kind="good")
                yield KeyButton("audio.test", "Test")
                yield KeyButton("audio.leave", "Close")

    def on_mount(self) -> None:
        self.query_one(".box").border_title = "Audio"
        self.query_one("#audio-level").display = False
        self.query_one(DeviceLines).display = False
        self.run_worker(self._look(), name="devices", group="devices")

    async def _look(self) -> None:
        while True:
            try:
                devices = await self.app.phone.devices()
            except PhoneError as error:
                self._say(str(error), is_bad=True)
            else:
                self._show(devices)
            await asyncio.sleep(LOOK_SECONDS)

    def _show(self, devices: Devices) -> None:
        found = self.query_one(DeviceLines)
        found.show(lines_of(devices))
        room = max(3, self.app.size.height - 12)
        found.styles.height = min(len(found.lines), room)
        if not found.display:
            found.display = True
            found.focus()
        self._say(self.app.state.sound.problem or "", is_bad=True)

    def _say(self, text: str, *, is_bad: bool = False) -> None:
        said = self.query_one("#audio-said", Plain)
        said.update(Content.styled(safe_lines(text), "$warning" if is_bad else "$text-muted"))
        said.display = bool(text)

    # -- choosing -----------------------------------------------------------------------------------------------

    @on(DeviceLines.Chosen)
    def _chosen(self, event: DeviceLines.Chosen) -> None:
        line = picked(self.query_one(DeviceLines).lines, event.index)
        if line is not None and line.name:
            self.run_worker(self._use(line), group="use", exclusive=True)

    async def _use(self, line: Line) -> None:
        self._say("Changing over…")
        try:
            await self.app.phone.use_device(line.kind, line.name)
            devices = await self.app.phone.devices()
        except PhoneError as error:
            self._say(str(error), is_bad=True)
        else:
            self._show(devices)

    # -- testing ------------------------------------------------------------------------------------------------

    def action_probe(self) -> None:
        line = self.query_one(DeviceLines).chosen
        match line:
            case None:
                pass
            case Line(kind="speaker" | "ringer" as kind):
                self._say(f"Three notes are played on the {kind}.")
                self.app.do(self.app.phone.probe_device(kind))
            case _:
                self.run_worker(partial(self._meter), group="meter", exclusive=True)

    async def _meter(self) -> None:
        bar = self.query_one("#audio-level", LevelBar)
        bar.display = True
        self._say("Say something: this is what the microphone hears.")
        with suppress(PhoneError):
            for _ in range(round(HEAR_SECONDS / METER_SECONDS)):
                bar.level = await self.app.phone.microphone_level()
                await asyncio.sleep(METER_SECONDS)
        bar.display = False
        self._say("")

    def action_leave(self) -> None:
        self.dismiss(None)
