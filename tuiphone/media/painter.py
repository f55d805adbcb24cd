"""`python -m tuiphone.media.painter`: makes sixels of the pictures of a call, in a process of its own, which neither
sound nor keys wait for.

It is told by lines of JSON what to draw, each answered by the newest pictures there are: a line with the number of
bytes, and the bytes. Where each has to be drawn (`left` and `top`, cells counted from one) is in them.

    {"grain": true, "panes": [{"memory", "left", "top", "width", "height", "mirrored"}]}   ─>   <─  4711\\n...
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, BinaryIO

import numpy as np

from tuiphone.core.errors import MediaError
from tuiphone.core.frames import FrameReader
from tuiphone.media.sixel import BAND, encode, fitted

MOST_SIDE = 4096
NICER = 5
"""What is seen can wait for what is heard."""


class Painter:
    """Keeps the memories open that were asked for last."""

    def __init__(self) -> None:
        self._readers: dict[str, FrameReader] = {}

    def paint(self, panes: Sequence[Mapping[str, Any]], *, grain: bool) -> bytes:
        """Everything that is to be seen; the cursor stays where it is."""
        memories = [str(pane["memory"]) for pane in panes]
        for memory in self._readers.keys() - set(memories):
            self._readers.pop(memory).close()
        drawn = [self._one(memory, pane, grain) for memory, pane in zip(memories, panes, strict=True)]
        return b"\x1b7" + b"".join(drawn) + b"\x1b8" if any(drawn) else b""

    def _one(self, memory: str, pane: Mapping[str, Any], grain: bool) -> bytes:
        if (reader := self._readers.get(memory)) is None:
            try:
                reader = self._readers[memory] = FrameReader(memory)
            except MediaError:
                return b""  # it went with its side; we are told next
        width, height = (min(MOST_SIDE, int(pane[side])) for side in ("width", "height"))
        if (found := reader.read()) is None or width < 1 or height < BAND:
            return b""
        picture = np.frombuffer(found.pixels, np.uint8).reshape(found.height, found.width, 3)
        seen = fitted(picture[:, ::-1] if pane.get("mirrored") else picture, width, height)
        return b"\x1b[%d;%dH" % (int(pane["top"]), int(pane["left"])) + encode(seen, grain=grain)


def serve(orders: BinaryIO, told: BinaryIO) -> None:
    """Until nobody asks any more."""
    painter = Painter()
    for line in orders:
        order = json.loads(line)
        drawn = painter.paint(order["panes"], grain=bool(order["grain"]))
        told.write(b"%d\n" % len(drawn) + drawn)
        told.flush()


def main() -> int:
    """Paint; returns the exit code."""
    with suppress(OSError):
        os.nice(NICER)
    with suppress(BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer)
    return 0


if __name__ == "__main__":
    sys.exit(main())
