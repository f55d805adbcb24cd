"""How a call sounds: both levels, quality now and over the last minute, and the figures behind it."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tuiphone.core.call import Call, CallState
from tuiphone.core.ports import MediaStats
from tuiphone.ui import words
from tuiphone.ui.text import safe
from tuiphone.ui.widgets.level_meter import LevelBar, QualityPlot
from tuiphone.ui.widgets.plain import Plain


class SoundPanel(Vertical):
    """Rows of label and drawing; only what changed repaints."""

    BORDER_TITLE = "Sound"

    def compose(self) -> ComposeResult:
        yield _row("you", LevelBar(id="level-mine"))
        yield _row("them", LevelBar(id="level-theirs"))
        with _row("quality", Plain("–", id="quality-now"), QualityPlot(id="quality-plot")) as quality:
            quality.id = "quality-row"
        yield Plain("", id="figures")

    def on_mount(self) -> None:
        self._stats = MediaStats()
        self._sent = ""
        self._video = False

    def show(self, call: Call, scores: tuple[float | None, ...]) -> None:
        """The call is in this state."""
        held = "on hold" if call.state is CallState.HELD else ""
        mine, theirs = self.query_one("#level-mine", LevelBar), self.query_one("#level-theirs", LevelBar)
        mine.off = held or ("muted" if call.muted else "")
        theirs.off = held or ("on hold by the other side" if call.held_by_peer else "")
        if not call.is_live:
            mine.level = theirs.level = 0.0
        self._video = call.video
        self.plot(scores)
        self._show_figures()

    def plot(self, scores: tuple[float | None, ...]) -> None:
        """The quality of the last minute, a score a second."""
        self.query_one(QualityPlot).show(scores)

    def sent(self, digits: str) -> None:
        """Digits sent as DTMF so far."""
        self._sent = digits
        self._show_figures()

    def meter(self, stats: MediaStats) -> None:
        """How it sounds now."""
        self._stats = stats
        self.query_one("#level-mine", LevelBar).level = stats.microphone_level
        self.query_one("#level-theirs", LevelBar).level = stats.far_level
        said = Content.styled(words.quality_words(stats.mos), words.quality_colour(stats.mos))
        self.query_one("#quality-now", Plain).update(said)
        self._show_figures()

    def _show_figures(self) -> None:
        self.query_one("#figures", Plain).update(_figures(self._stats, self._video, self._sent))


def _row(label: str, *parts: Plain | LevelBar | QualityPlot) -> Horizontal:
    return Horizontal(Plain(label, classes="label"), *parts, classes="row")


def _figures(stats: MediaStats, video: bool, sent: str) -> Content:
    rtt = "–" if stats.rtt_ms is None else f"{stats.rtt_ms:.0f} ms"
    rows = [
        ("codec", safe(stats.codec or "–", 30), "", ""),
        ("lost", f"{stats.loss_percent:.1f} %", "in all", f"{stats.lost:,}"),
        ("jitter", f"{stats.jitter_ms:.0f} ms", "round trip", rtt),
        ("delay", f"{stats.delay_ms:.0f} ms", "made up", f"{stats.concealed_ms / 1000:.1f} s"),
    ]
    lines = [
        Content.assemble((f"{left:<10}", "$text-muted"), f"{value:<11}", (f"{right:<11}", "$text-muted"), other)
        for left, value, right, other in rows
    ]
    if video:
        lines.append(_line("video", safe(stats.video) if stats.video else "no picture from the other side yet"))
    if sent:
        lines.append(_line("digits", f"sent {' '.join(sent)}"))
    return Content("\n").join(lines)


def _line(label: str, value: str) -> Content:
    return Content.assemble((f"{label:<10}", "$text-muted"), value)
