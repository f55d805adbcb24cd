"""`python -m tuiphone.media.viewer`: the video window, a process of its own that imports cv2 and never av.

It is told by lines of JSON what to show, and ends with them; what happens at it is told the same way.

    {"title": "Bob", "folder": "/where/pictures/are/kept", "sides": [{"name", "memory", "mine", "missing"}]}   ─>
    <─  {"ready": true}   {"kept": "/file.png"}   {"failed": "a sentence"}   {"closed": true}
"""

import argparse
import json
import os
import select
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tuiphone.core.errors import MediaError
from tuiphone.core.frames import FrameReader

if TYPE_CHECKING:
    from tuiphone.media.canvas import Image, Tile

NO_OPENCV = 3
"""Exit code where the library is missing."""
KEYS = (
    ("f", "full screen, or back"),
    ("m", "mirror our own picture, or not"),
    ("o", "hide our own picture, or not"),
    ("s", "keep the picture as a file"),
    ("? F1", "show these keys, or not"),
    ("q Esc", "close the window; the call goes on"),
)
WIDTH, HEIGHT = 800, 600
SAID_S = 4.0
MAX_LINE = 256 * 1024
BUSY_MS, IDLE_MS = 4, 30
IDLE_S = 1.0
"""After so long without a new picture we look for one less often."""
_WINDOW = "tuiphone"
_F1 = (65470, 0x700000)
_ESCAPE = 27


class Sight:
    """One side of the call: its memory, and the newest picture that was there."""

    def __init__(self, memory: str) -> None:
        self.name = ""
        self.missing: str | None = None
        self.mine = False
        self.picture: Image | None = None
        self.taken_ns = 0
        self._number = 0
        self._reader: FrameReader | None = None
        with suppress(MediaError):
            self._reader = FrameReader(memory)

    def look(self) -> bool:
        """Take a newer picture if there is one."""
        import cv2
        import numpy as np

        if self._reader is None or (found := self._reader.read(self._number)) is None:
            return False
        self._number, self.taken_ns = found.number, found.taken_ns
        rows = np.frombuffer(found.pixels, np.uint8).reshape(found.height, found.width, 3)
        self.picture = np.asarray(cv2.cvtColor(rows, cv2.COLOR_RGB2BGR), np.uint8)
        return True

    def tile(self, *, mirrored: bool = False) -> "Tile":
        """As it is to be drawn."""
        from tuiphone.media.canvas import Tile

        picture = self.picture[:, ::-1] if mirrored and self.picture is not None else self.picture
        return Tile(self.name, picture, self.missing)

    def close(self) -> None:
        """Let go of the memory."""
        if self._reader is not None:
            self._reader.close()


class Window:
    """What is on the screen, and what its keys did."""

    def __init__(self) -> None:
        self.sights: dict[str, Sight] = {}
        self.title = self.folder = ""
        self.mirrored = True
        self.hides_own = self.explains = self.is_full = False
        self.stale = True
        """It has to be drawn anew."""
        self._said: tuple[str, float] | None = None

    def open(self) -> None:
        """Have the window on the screen; without one OpenCV ends the process."""
        import cv2

        cv2.namedWindow(_WINDOW, cv2.WINDOW_NORMAL | cv2.WINDOW_GUI_NORMAL | cv2.WINDOW_FREERATIO)
        cv2.resizeWindow(_WINDOW, WIDTH, HEIGHT)
        self.draw()

    def follow(self, told: dict[str, Any]) -> None:
        """Show this from now on."""
        import cv2

        title = str(told.get("title", ""))
        if title != self.title:
            self.title = title
            cv2.setWindowTitle(_WINDOW, title or _WINDOW)
        self.folder = str(told.get("folder", ""))
        before, self.sights = self.sights, {}
        for side in told.get("sides", ()):
            memory = str(side["memory"])
            sight = self.sights[memory] = before.pop(memory, None) or Sight(memory)
            sight.name, sight.mine = str(side.get("name", "")), bool(side.get("mine"))
            sight.missing = side.get("missing")
        # A memory of another size takes the place of one; until its first picture the last one stays.
        for sight in self.sights.values():
            if sight.picture is None:
                alike = (old for old in before.values() if (old.name, old.mine) == (sight.name, sight.mine))
                sight.picture = next((old.picture for old in alike), None)
        for gone in before.values():
            gone.close()
        self.stale = True

    def look(self) -> bool:
        """Take what is new."""
        found = [sight.look() for sight in self.sights.values()]
        self.stale = self.stale or any(found)
        return any(found)

    def draw(self) -> None:
        """Put everything on the screen."""
        import cv2

        from tuiphone.media.canvas import compose

        self.stale = False
        if self._said is not None and self._said[1] < time.monotonic():
            self._said = None
        _, _, width, height = cv2.getWindowImageRect(_WINDOW)
        size = (width, height) if width > 1 and height > 1 else (WIDTH, HEIGHT)
        far = [sight.tile() for sight in self.sights.values() if not sight.mine]
        own = next((sight for sight in self.sights.values() if sight.mine), None)
        canvas = compose(
            size,
            far,
            None if own is None or self.hides_own else own.tile(mirrored=self.mirrored),
            keys=KEYS if self.explains else (),
            said=None if self._said is None else self._said[0],
        )
        cv2.imshow(_WINDOW, canvas)

    def tick(self) -> None:
        """Time passes: what was said goes, and another size of the window is filled."""
        if self._said is not None and self._said[1] < time.monotonic():
            self.stale = True

    def press(self, key: int) -> None:
        """A key other than the one that closes."""
        import cv2

        letter = chr(key & 0xFF).lower() if 0 < key < 0x100 else ""
        if key in _F1 or letter == "?":
            self.explains = not self.explains
        elif letter == "f":
            self.fill(not self.is_full)
        elif letter == "m":
            self.mirrored = not self.mirrored
        elif letter == "o":
            self.hides_own = not self.hides_own
        elif letter == "s":
            self.keep()
        self.stale = True
        cv2.waitKey(1)

    def fill(self, on: bool) -> None:
        """Take the whole screen, or no longer."""
        import cv2

        self.is_full = on
        cv2.setWindowProperty(_WINDOW, cv2.WND_PROP_FULLSCREEN, cv2.WINDOW_FULLSCREEN if on else cv2.WINDOW_NORMAL)

    def keep(self) -> None:
        """The far side's picture as it came, several as they are shown, into a file."""
        import cv2

        from tuiphone.media.canvas import compose
        from tuiphone.media.snapshots import keep

        far = [sight.tile() for sight in self.sights.values() if not sight.mine]
        seen = [tile for tile in far if tile.picture is not None and tile.missing is None]
        if not seen or not self.folder:
            return self.say("There is no picture to be kept now.")
        picture = seen[0].picture if len(far) == 1 else compose((1280, 720), far, None)
        assert picture is not None
        try:
            is_good, png = cv2.imencode(".png", picture)
            path = keep(Path(self.folder), self.title.removesuffix(" - tuiphone"), png.tobytes() if is_good else b"")
        except OSError as error:
            sentence = f"The picture could not be kept in {self.folder}: {error.strerror or error}."
            self.say(sentence)
            tell(failed=sentence)
        else:
            self.say(f"kept as {path.name}")
            tell(kept=str(path))

    def say(self, text: str) -> None:
        """Have this at the foot of the picture for a moment."""
        self._said = text, time.monotonic() + SAID_S
        self.stale = True

    @property
    def is_closed(self) -> bool:
        """The person closed it."""
        import cv2

        try:
            return cv2.getWindowProperty(_WINDOW, cv2.WND_PROP_VISIBLE) < 1
        except cv2.error:
            return True  # closed by the window manager, which this backend tells so


class Orders:
    """What is written to us, line by line, never waited for."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._begun = b""
        self.ended = False
        os.set_blocking(file, False)

    def newest(self) -> dict[str, Any] | None:
        """What is to be shown now, if that was said since we asked."""
        found = None
        while select.select([self._file], [], [], 0)[0]:
            piece = os.read(self._file, 65536)
            if not piece or len(self._begun) > MAX_LINE:
                self.ended = True
                break
            *lines, self._begun = (self._begun + piece).split(b"\n")
            for line in lines:
                found = json.loads(line)
        return found


_told: list[int] = []


def tell(**what: object) -> None:
    """Let whoever started us know."""
    with suppress(OSError):
        for file in _told:
            os.write(file, json.dumps(what).encode() + b"\n")


def show(orders: Orders) -> None:
    """Until the window is closed, or nobody tells what to show any more."""
    import cv2

    window = Window()
    window.open()
    tell(ready=True)
    moved, size = time.monotonic(), (0, 0)
    while True:
        told = orders.newest()
        if orders.ended:
            return
        if told is not None:
            window.follow(told)
        now = time.monotonic()
        if window.look():
            moved = now
        window.tick()
        if window.is_closed:
            return tell(closed=True)
        if (rect := cv2.getWindowImageRect(_WINDOW)[2:]) != size:
            size, window.stale = rect, True
        if window.stale:
            window.draw()
        key = cv2.waitKeyEx(BUSY_MS if now - moved < IDLE_S else IDLE_MS)
        if key == _ESCAPE and (window.is_full or window.explains):
            window.explains = False
            window.fill(False)
            window.stale = True
        elif key in (_ESCAPE, ord("q"), ord("Q")):
            return tell(closed=True)
        elif key > 0:
            window.press(key)


def main(argv: Sequence[str] | None = None) -> int:
    """Show a window; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tuiphone.media.viewer")
    parser.add_argument("--log", help="where libraries may print")
    options = parser.parse_args(argv)
    # Ours alone: a library that prints must reach neither the terminal nor the one who reads what we tell.
    _told.append(os.dup(1))
    log = os.open(options.log or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    for stream in (1, 2):
        os.dup2(log, stream)
    try:
        import cv2  # noqa: F401
    except ImportError as error:
        tell(failed=f"OpenCV cannot be used ({error}).")
        return NO_OPENCV
    show(Orders(0))
    return 0


if __name__ == "__main__":
    sys.exit(main())
