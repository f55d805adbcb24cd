"""What is being played: whose, how far, how fast, and the curves of both sides."""

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tuiphone.control.recordings import Waveform
from tuiphone.core.model import Playback
from tuiphone.ui import words
from tuiphone.ui.text import cut
from tuiphone.ui.widgets.plain import Plain
from tuiphone.ui.widgets.waveform import LABELS, WaveformView

HINTS = ("← → 5 s", "ctrl ← → 30 s", "0-9 tenths", "- + speed", "esc stop")
TALL = 32
"""Rows of a terminal from which on a curve gets two of them."""


def position_of(playback: Playback, now: float) -> float:
    """Where it is by now; the engine tells only when something else than time changes that."""
    gone = 0.0 if playback.paused else max(0.0, now - playback.at) * playback.speed
    end = playback.duration_s
    return playback.position_s + gone if end is None else min(end, playback.position_s + gone)


class PlayerPanel(Vertical):
    """Shown while something plays or is paused."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._playback: Playback | None = None
        self._duration: float | None = None

    def compose(self) -> ComposeResult:
        yield WaveformView(id="player-wave")
        yield Plain("", id="player-line")

    def show(self, playback: Playback, title: str, now: float) -> None:
        """This is played; `title` is already safe."""
        if self._playback is None or playback.path != self._playback.path:
            self._duration = None
            self.query_one(WaveformView).say("Looking at the recording…")
        self._playback = playback
        mark = "‖" if playback.paused else "▶"
        self.border_title = Content(f"{mark} {cut(title, max(10, self.app.size.width - 12))}")
        self.set_class(self.app.size.height >= TALL, "-tall")
        self.tick(now)

    def draw(self, waveform: Waveform) -> None:
        """The curves have come."""
        view = self.query_one(WaveformView)
        self._duration = waveform.duration_s
        if waveform.right is None:
            view.show(("both", waveform.left))
        elif waveform.is_ours:
            view.show(("me", waveform.left), ("them", waveform.right))
        else:
            view.show(("left", waveform.left), ("right", waveform.right))

    def say(self, text: str) -> None:
        """There will be no curves; say why, already safe."""
        self.query_one(WaveformView).say(text)

    @property
    def duration_s(self) -> float | None:
        """How long what is played is, as far as anybody knows."""
        return (self._playback.duration_s if self._playback else None) or self._duration

    def tick(self, now: float) -> None:
        """Time has passed."""
        if self._playback is None:
            return
        at, whole = position_of(self._playback, now), self.duration_s
        if whole:
            self.query_one(WaveformView).share = at / whole
        total = words.length(whole) if whole else "?"
        place = f"{words.length(at)} / {total}   {self._playback.speed:g}×"
        hints: list[str] = []
        room = self.size.width - LABELS - len(place) - 3
        for hint in ("space play on" if self._playback.paused else "space pause", *HINTS):
            if len("   ".join([*hints, hint])) <= room:
                hints.append(hint)
        self.query_one("#player-line", Plain).update(
            Content.assemble(" " * LABELS, (place, "bold"), "   ", ("   ".join(hints), "$text-muted"))
        )
