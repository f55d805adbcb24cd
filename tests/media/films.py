"""Files to be cameras, and what a picture is of."""

from pathlib import Path
from typing import Any

import av
import numpy as np

RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


def still(file: Path, colour: tuple[int, int, int], size: tuple[int, int] = (640, 480)) -> Path:
    """A picture file all of one colour."""
    return film(file, [colour], size)


def film(file: Path, colours: list[tuple[int, int, int]], size: tuple[int, int] = (640, 480), rate: int = 10) -> Path:
    """A file of pictures each of one colour."""
    codec, form = ("png", "rgb24") if file.suffix == ".png" else ("libx264", "yuv420p")
    options = {"update": "1"} if file.suffix == ".png" else {}
    with av.open(str(file), "w", options=options) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, form
        for colour in colours:
            array = np.full((size[1], size[0], 3), colour, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(array, format="rgb24").reformat(format=form)))
        container.mux(stream.encode(None))
    return file


def colour_of(frame: Any) -> tuple[int, int, int]:
    """What a frame, or the planes of one, is on average: red, green and blue."""
    if isinstance(frame, np.ndarray):
        frame = av.VideoFrame.from_ndarray(frame, format="yuv420p")
    red, green, blue = frame.to_ndarray(format="rgb24").reshape(-1, 3).mean(axis=0)
    return round(red), round(green), round(blue)


def looks(frame: Any, colour: tuple[int, int, int]) -> bool:
    """Whether it is about this colour."""
    return all(abs(one - other) < 30 for one, other in zip(colour_of(frame), colour, strict=True))
