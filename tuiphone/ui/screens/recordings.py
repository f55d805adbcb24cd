"""Recordings: found as one types, played, fetched from vendors, kept elsewhere, deleted and brought back."""

import os
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input

from tuiphone.control.recordings import RecordingLine, RecordingPage, RecordingSaved, Waveform
from tuiphone.core.model import Download, Playback
from tuiphone.core.state import PhoneState
from tuiphone.ui import opener, words
from tuiphone.ui.screens.page import Page
from tuiphone.ui.text import cut, fit, safe
from tuiphone.ui.video_window import has_display
from tuiphone.ui.widgets.field import Field
from tuiphone.ui.widgets.plain import Plain
from tuiphone.ui.widgets.player_panel import PlayerPanel, position_of
from tuiphone.ui.widgets.recording_table import PAGE, RecordingTable, heading
from tuiphone.ui.widgets.waveform import WaveformView

MAX_SEARCH = 200
MAX_PATH = 1000
DEBOUNCE_SECONDS = 0.12
FRAME_SECONDS = 0.1
STEP_S, LEAP_S = 5, 30
SPEEDS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
MOST_WAVES = 50


class RecordingsPage(Page):
    """A line to search with, the list, what is to be said of the chosen one, and the player while something plays."""

    NAME = "recordings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", priority=True, id="recordings.search"),
        Binding("space", "pause", "pause", id="recordings.pause", tooltip="Pause, or play on"),
        Binding("g", "fetch", "download", id="recordings.fetch", tooltip="Fetch it from the vendor"),
        Binding("x", "halt", "stop", id="recordings.stop", tooltip="Stop playing, or the download"),
        Binding("s", "save", "save as", id="recordings.save", tooltip="Copy it, also as WAV"),
        Binding("o", "where", "show file", id="recordings.where", tooltip="Tell where the file is, and copy that"),
        Binding(
            "v", "watch", "picture", id="recordings.watch", tooltip="Open it in the system's player, with its picture"
        ),
        Binding("delete,d", "remove", "delete", id="recordings.delete"),
        Binding("u", "restore", "undo delete", id="recordings.undo", tooltip="Bring back what was deleted last"),
        Binding("left", f"seek(-{STEP_S})", "5 s back", show=False, priority=True, id="recordings.back"),
        Binding("right", f"seek({STEP_S})", "5 s on", show=False, priority=True, id="recordings.on"),
        Binding(
            "ctrl+left,shift+left", f"seek(-{LEAP_S})", "30 s back", show=False, priority=True, id="recordings.back_far"
        ),
        Binding(
            "ctrl+right,shift+right", f"seek({LEAP_S})", "30 s on", show=False, priority=True, id="recordings.on_far"
        ),
        Binding("minus", "speed(-1)", "slower", show=False, id="recordings.slower"),
        Binding("plus,equals_sign", "speed(1)", "faster", show=False, id="recordings.faster"),
        *(
            Binding(str(tenth), f"jump({tenth})", f"to {tenth}0 %", show=False, id=f"recordings.tenth_{tenth}")
            for tenth in range(10)
        ),
        Binding("escape", "leave", "back", show=False, id="recordings.leave"),
        Binding("down,enter", "to_list", "list", show=False, id="recordings.list"),
    ]

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._text = ""
        self._asked = 0
        self._loading: set[int] = set()
        self._changes = -1
        self._typing: Timer | None = None
        self._frames: Timer | None = None
        self._waves: dict[str, Waveform] = {}
        self._playing: str | None = None
        self._told: Playback | None = None
        self._wanted: Playback | None = None
        self._steering = 0
        self._peers: dict[str, RecordingLine] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(id="recordings-top"):
            yield Field(
                id="recordings-search", placeholder="search: name, number, account, date, note", max_length=MAX_SEARCH
            )
            yield Plain("", id="recordings-count")
        yield Plain("", id="recordings-heading")
        yield RecordingTable(id="recordings-table")
        yield Plain("", id="recordings-empty")
        yield Plain("", id="recordings-about")
        yield PlayerPanel(id="player")

    def on_mount(self) -> None:
        self._frames = self.set_interval(FRAME_SECONDS, self._frame, pause=True)

    @property
    def _table(self) -> RecordingTable:
        return self.query_one(RecordingTable)

    @property
    def _playback(self) -> Playback | None:
        """What plays, as it will be once the engine has done what keys asked it for: hands are quicker than answers."""
        told, wanted = self.app.state.playback, self._wanted
        if told is not None and wanted is not None and told.path == wanted.path:
            return wanted if self._steering or told == self._told else told
        return told

    def _steer(self, work: Awaitable[None], **changes: Any) -> None:
        if (playback := self._playback) is None:
            return
        now = self.app.now()
        self._told = self.app.state.playback
        self._wanted = replace(playback, **({"position_s": position_of(playback, now)} | changes), at=now)
        self._steering += 1
        self.app.do(work, lambda _: self._steered(), failed=self._not_steered)
        self._show_player(self._wanted)

    def _steered(self) -> None:
        self._steering -= 1

    def _not_steered(self) -> None:
        self._steering -= 1
        self._wanted = None

    def opened(self) -> None:
        self.take_focus(self._table)
        self.load()

    def on_resize(self) -> None:
        self.query_one("#recordings-heading", Plain).update(heading(self.size.width - 1))
        self._table.redraw()
        self.show(self.app.state)

    # -- the state ----------------------------------------------------------------------------------------------

    def show(self, state: PhoneState) -> None:
        table = self._table
        table.countries = {known.account.name: known.account.country for known in state.accounts}
        changed = (table.playback, table.downloads)
        table.playback, table.downloads = state.playback, {one.id: one for one in state.downloads}
        if changed != (table.playback, table.downloads):
            table.redraw()
        if self.display and state.changes_of("recordings") != self._changes:
            self.load()
        self._show_player(self._playback)
        self._tell_about()
        self.refresh_bindings()

    def _show_player(self, playback: Playback | None) -> None:
        panel = self.query_one(PlayerPanel)
        panel.display = playback is not None
        assert self._frames is not None
        if playback is None:
            self._playing = None
            self._frames.pause()
            return
        line = self._table.line_at(playback.path) or self._peers.get(playback.path)
        name = words.who(line.peer, 60) if line else safe(os.path.basename(playback.path), 60)
        date = f" · {words.when(line.started_at, self.app.now())}" if line else ""
        panel.show(playback, name + date, self.app.now())
        if playback.path != self._playing:
            self._playing = playback.path
            self._draw_wave(playback.path)
        if playback.paused:
            self._frames.pause()
        else:
            self._frames.resume()

    def _draw_wave(self, path: str) -> None:
        if (known := self._waves.get(path)) is not None:
            self.query_one(PlayerPanel).draw(known)
        else:
            self.app.do(
                self.app.phone.waveform(path), lambda wave: self._wave_came(path, wave), failed=self._wave_failed
            )

    def _wave_came(self, path: str, wave: Waveform) -> None:
        while len(self._waves) >= MOST_WAVES:
            del self._waves[next(iter(self._waves))]
        self._waves[path] = wave
        if path == self._playing:
            self.query_one(PlayerPanel).draw(wave)

    def _wave_failed(self) -> None:
        self.query_one(PlayerPanel).say("How loud it is cannot be shown.")

    def _frame(self) -> None:
        if self.display:
            self.query_one(PlayerPanel).tick(self.app.now())

    def _tell_about(self) -> None:
        """One line on the chosen recording: why it did not come, its whole note, or how far its download is."""
        line, text, bad = self._table.chosen, "", False
        if line is not None:
            download = self._download_of(line)
            if download is not None and download.problem:
                text, bad = f"{safe(download.problem)} g tries again.", True
            elif download is not None:
                total = f" of {download.total / 1e6:.1f} MB" if download.total else " MB"
                text = f"Downloading: {download.done / 1e6:.1f}{total}. x stops it; what is here is kept for later."
            elif line.note:
                text = safe(line.note)
            elif line.path is None:
                text = "This recording is at the vendor. enter or g fetches it."
            elif line.video and not line.is_live:
                watched = "v opens it in the system's player" if self._can_watch(line) else "o shows where the file is"
                text = f"It has a picture: {watched}. enter plays its sound."
        about = self.query_one("#recordings-about", Plain)
        about.update(Content(cut(text, max(10, self.size.width - 2))))
        about.set_class(bad, "-bad")

    # -- the list -----------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Ask for the page that is looked at; answers to earlier questions no longer count."""
        self._asked += 1
        self._changes = self.app.state.changes_of("recordings")
        self._loading = set()
        self._ask(self._table.page_in_view, anew=True)

    def _ask(self, offset: int, *, anew: bool = False) -> None:
        asked = self._asked
        self._loading.add(offset)
        self.app.do(
            self.app.phone.recordings(self._text, offset=offset, limit=PAGE),
            lambda page: self._came(asked, offset, page, anew),
            failed=lambda: self._loading.discard(offset),
        )

    def _came(self, asked: int, offset: int, page: RecordingPage, anew: bool) -> None:
        if asked != self._asked:
            return
        self._loading.discard(offset)
        table = self._table
        table.now = self.app.now()
        if anew and page.total and offset >= page.total:
            # What was looked at is no longer so long.
            self._ask((page.total - 1) // PAGE * PAGE, anew=True)
            return
        if anew:
            table.begin(offset, page.recordings, page.total)
            self._count(page.total)
        else:
            table.add(offset, page.recordings)
        self.show(self.app.state)

    @on(RecordingTable.Wants)
    def _page_wanted(self, message: RecordingTable.Wants) -> None:
        if message.offset not in self._loading:
            self._ask(message.offset)

    def _count(self, total: int) -> None:
        self.query_one("#recordings-count", Plain).update(words.counted(total, "recording"))
        empty = self.query_one("#recordings-empty", Plain)
        empty.display = not total
        empty.update(
            "No recording matches; esc clears the search."
            if self._text
            else "No recordings yet. r in a call records it; what vendors record is listed here too."
        )
        self.query_one("#recordings-heading").display = bool(total)
        # Not hidden: it has the focus, and without that no key of this page would work, undo among them.
        self._table.set_class(not total, "-none")

    @on(Input.Changed, "#recordings-search")
    def _typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.set_timer(DEBOUNCE_SECONDS, self._search)

    def _search(self) -> None:
        if (wanted := self.query_one(Field).value) != self._text:
            self._text = wanted
            self._table.cursor = 0
            self.load()

    @on(Field.Refused)
    def _too_long(self, event: Field.Refused) -> None:
        self.app.say_not_now(f"That is {event.length:,} characters long; a search has at most {MAX_SEARCH}.")

    @on(RecordingTable.Moved)
    def _moved(self) -> None:
        self._tell_about()
        self.refresh_bindings()

    @on(RecordingTable.LeftAtTop)
    def action_search(self) -> None:
        self.take_focus(self.query_one(Field))

    def action_to_list(self) -> None:
        self.take_focus(self._table)

    def action_leave(self) -> None:
        field = self.query_one(Field)
        if self._playback is not None:
            self._stop()
        elif field.value:
            field.value = ""
        else:
            self.action_to_list()

    # -- what keys do -------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        in_list, line = self._table.has_focus, self._table.chosen
        download = self._download_of(line)
        is_coming = download is not None and download.problem is None
        match action:
            case "search":
                return self._table.has_focus
            case "to_list":
                return not self._table.has_focus
            case "pause" | "seek" | "speed" | "jump":
                return in_list and self._playback is not None
            case "halt":
                return in_list and (self._playback is not None or download is not None)
            case "fetch":
                return in_list and line is not None and line.path is None and line.record is not None and not is_coming
            case "save" | "where":
                return in_list and line is not None and line.path is not None
            case "watch":
                return in_list and line is not None and self._can_watch(line)
            case "remove":
                return in_list and line is not None and line.path is not None and not line.is_live
            case "restore":
                return in_list
            case _:
                return True

    def _can_watch(self, line: RecordingLine) -> bool:
        return line.video and not line.is_live and has_display(os.environ)

    def _download_of(self, line: RecordingLine | None) -> Download | None:
        if line is None or line.path is not None or line.record is None:
            return None
        return self._table.downloads.get(line.record)

    @on(RecordingTable.Chosen)
    def _chosen(self) -> None:
        line = self._table.chosen
        if line is None:
            return
        if line.path is None:
            if self.check_action("fetch", ()):
                self.action_fetch()
            return
        self._peers = {line.path: line}
        if self._playback is not None and self._playback.path == line.path:
            self.action_pause()
        else:
            self.app.do(self.app.phone.play_file(line.path))

    def action_pause(self) -> None:
        if (playback := self._playback) is not None:
            self._steer(self.app.phone.pause_playing(not playback.paused), paused=not playback.paused)

    def action_seek(self, seconds: int) -> None:
        if (playback := self._playback) is not None:
            self._seek(max(0.0, position_of(playback, self.app.now()) + seconds))

    def _seek(self, position_s: float) -> None:
        self._steer(self.app.phone.seek_playing(position_s), position_s=position_s)

    def action_jump(self, tenth: int) -> None:
        self._jump(tenth / 10)

    @on(WaveformView.Clicked)
    def _clicked(self, message: WaveformView.Clicked) -> None:
        self._jump(message.share)

    def _jump(self, share: float) -> None:
        whole = self.query_one(PlayerPanel).duration_s
        if self._playback is not None and whole:
            self._seek(share * whole)

    def action_speed(self, step: int) -> None:
        if (playback := self._playback) is not None:
            nearest = min(range(len(SPEEDS)), key=lambda at: abs(SPEEDS[at] - playback.speed))
            wanted = SPEEDS[max(0, min(len(SPEEDS) - 1, nearest + step))]
            self._steer(self.app.phone.speed_playing(wanted), speed=wanted)

    def _stop(self) -> None:
        self.app.do(self.app.phone.stop_playing())

    def action_halt(self) -> None:
        line = self._table.chosen
        if (download := self._download_of(line)) is not None:
            self.app.do(self.app.phone.stop_fetching(download.id))
        elif self._playback is not None:
            self._stop()

    def action_fetch(self) -> None:
        if (line := self._table.chosen) is not None and line.record is not None:
            self.app.do(self.app.phone.fetch_recording(line.record))

    def action_where(self) -> None:
        if (line := self._table.chosen) is not None and line.path is not None:
            self.app.copy_to_clipboard(line.path)
            self.app.say(f"{safe(line.path, MAX_PATH)}\nThis is copied, as far as the terminal lets it be.")

    def action_watch(self) -> None:
        line = self._table.chosen
        if line is not None and line.path is not None and line.video:
            if self._playback is not None:
                self._stop()
            self.app.do(opener.open_file(line.path, os.environ))

    # -- keeping and removing -----------------------------------------------------------------------------------

    def action_save(self) -> None:
        from tuiphone.ui.screens.dialogs import Prompt

        line = self._table.chosen
        if line is None or line.path is None:
            return
        path = line.path

        def typed(to: str | None) -> None:
            if to is not None:
                self._save(path, _absolute(to))

        self.app.push_screen(
            Prompt(
                "Save as",
                placeholder="~/call.wav",
                check=lambda text: None if text.strip() else "Where to? Type the name of a file or of a folder.",
                hint=lambda text: "It becomes a WAV file." if text.lower().endswith(".wav") else "",
                max_length=MAX_PATH,
                value=f"~/{os.path.basename(path)}",
            ),
            typed,
        )

    def _save(self, path: str, to: str, *, replace: bool = False) -> None:
        self.app.do(
            self.app.phone.save_recording(path, to, replace=replace), lambda saved: self._saved(path, to, saved)
        )

    def _saved(self, path: str, to: str, saved: RecordingSaved) -> None:
        from tuiphone.ui.screens.dialogs import Confirm

        if saved.done:
            return self.app.say(f"Kept as {safe(saved.path, MAX_PATH)}.")

        def answered(yes: bool | None) -> None:
            if yes:
                self._save(path, to, replace=True)

        question = f"There is a file {safe(saved.path, MAX_PATH)} already. Overwrite it?"
        self.app.push_screen(Confirm("Overwrite?", question, yes="Overwrite it"), answered)

    def action_remove(self) -> None:
        from tuiphone.ui.screens.dialogs import Confirm

        line = self._table.chosen
        if line is None or line.path is None:
            return
        path, name = line.path, words.who(line.peer, 60)

        def answered(yes: bool | None) -> None:
            if yes:
                self.app.do(self.app.phone.remove_recording(path), lambda _: self._removed(name))

        what = f"{name}, {words.when(line.started_at, self.app.now())}, {words.length(line.duration_s)}"
        question = f"Delete the recording of the call with {what}? For a week u brings it back."
        self.app.push_screen(Confirm("Delete?", question, yes="Delete it"), answered)

    def _removed(self, name: str) -> None:
        self.app.say(f"The recording of {name} is deleted; {self.app.key_of('recordings.undo')} brings it back.")

    def action_restore(self) -> None:
        self.app.do(self.app.phone.restore_recording(), self._restored)

    def _restored(self, path: str | None) -> None:
        if path is None:
            return self.app.say_not_now("Nothing was deleted within the last week.")
        self.app.say(f"{fit(safe(os.path.basename(path)), 50).rstrip()} is back.")


def _absolute(to: str) -> str:
    """What was typed, from where this program was started; the engine stands somewhere else."""
    to = to.strip()
    return to if to.startswith(("~", "/")) else os.path.join(os.getcwd(), to)
