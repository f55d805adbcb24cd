"""Sixels of a picture are that picture, in the colours there are."""

import io
import json
from pathlib import Path

import numpy as np
import pytest

from tests.media.sixels import drawn
from tuiphone.core.frames import FrameWriter
from tuiphone.media.painter import serve
from tuiphone.media.sixel import COLOURS, Pixels, encode, fitted


def bars(width: int, height: int) -> Pixels:
    columns = np.arange(width) * 8 // width
    lights = np.stack([columns & 1, columns >> 1 & 1, columns >> 2], -1) * 255
    return np.broadcast_to(lights, (height, width, 3)).astype(np.uint8)


@pytest.mark.parametrize("grain", [True, False])
@pytest.mark.parametrize("size", [(1, 6), (2, 12), (640, 480), (1213, 66), (83, 6)])
def test_pure_colours_come_back_exactly(size: tuple[int, int], grain: bool) -> None:
    picture = bars(*size)
    (seen,) = drawn(encode(picture, grain=grain))
    assert seen.painted.all()
    assert (seen.pixels == picture).all()


@pytest.mark.parametrize("grain", [True, False])
def test_any_picture_comes_back_as_near_as_the_colours_allow(grain: bool) -> None:
    picture = np.random.default_rng(7).integers(0, 256, (60, 131, 3), np.uint8)
    (seen,) = drawn(encode(picture, grain=grain))
    assert seen.painted.all()
    off = np.abs(seen.pixels.astype(int) - picture)
    assert off.max() <= (52 if grain else 27)


def test_grain_makes_many_colours_of_few() -> None:
    picture = np.full((96, 96, 3), (100, 140, 60), np.uint8)
    (seen,) = drawn(encode(picture))
    assert np.abs(seen.pixels.reshape(-1, 3).mean(0) - (100, 140, 60)).max() < 4
    (flat,) = drawn(encode(picture, grain=False))
    assert len(np.unique(flat.pixels.reshape(-1, 3), axis=0)) == 1


def test_rows_that_fill_no_band_are_left_out_so_that_nothing_below_is_drawn_over() -> None:
    (seen,) = drawn(encode(bars(64, 47)))
    assert seen.pixels.shape == (42, 64, 3)


def test_no_more_colours_than_terminals_have() -> None:
    picture = np.random.default_rng(7).integers(0, 256, (240, 320, 3), np.uint8)
    assert COLOURS <= 256
    assert encode(picture).count(b";2;") <= COLOURS


def test_what_is_alike_takes_few_bytes() -> None:
    assert len(encode(bars(640, 480))) < 12_000


def test_a_picture_in_another_size_is_the_same_picture() -> None:
    assert (fitted(bars(80, 60), 640, 480) == bars(640, 480)).all()
    assert (fitted(bars(640, 480), 80, 60) == bars(80, 60)).all()


def asked(*orders: dict[str, object]) -> list[bytes]:
    """What the painter answers to these, one after the other."""
    told = io.BytesIO()
    serve(io.BytesIO(b"".join(json.dumps(order).encode() + b"\n" for order in orders)), told)
    told.seek(0)
    return [told.read(int(line)) for line in told]


def test_the_painter_draws_the_newest_of_each_where_it_belongs(tmp_path: Path) -> None:
    far, own = (FrameWriter(tmp_path, name, width=16, height=12) for name in ("far", "own"))
    try:
        for colour in ((255, 0, 0), (0, 255, 0)):
            far.write(16, 12, 1, lambda place, colour=colour: place.__setitem__(slice(None), bytes(colour) * 192))
        own.write(16, 12, 1, lambda place: place.__setitem__(slice(None), bars(16, 12).tobytes()))
        panes = [
            {"memory": str(far.path), "left": 3, "top": 2, "width": 160, "height": 120},
            {"memory": str(own.path), "left": 15, "top": 8, "width": 32, "height": 24, "mirrored": True},
        ]
        (sent,) = asked({"grain": True, "panes": panes})
        assert sent.startswith(b"\x1b7")
        assert sent.endswith(b"\x1b8")
        first, second = drawn(sent)
        assert (first.row, first.column, first.pixels.shape) == (2, 3, (120, 160, 3))
        assert (first.pixels == (0, 255, 0)).all()
        assert (second.row, second.column) == (8, 15)
        assert (second.pixels == bars(32, 24)[:, ::-1]).all()
    finally:
        far.close()
        own.close()


def test_a_side_that_is_gone_or_has_no_picture_yet_is_not_drawn(tmp_path: Path) -> None:
    far = FrameWriter(tmp_path, "far", width=16, height=12)
    pane = {"left": 1, "top": 1, "width": 16, "height": 12}
    try:
        answers = asked(
            {"grain": True, "panes": [{"memory": str(tmp_path / "gone"), **pane}]},
            {"grain": True, "panes": [{"memory": str(far.path), **pane}]},
            {"grain": True, "panes": []},
        )
        assert answers == [b"", b"", b""]
    finally:
        far.close()
