"""The process that makes sixels for the app: it ends when it is told to, whatever it is at."""

import asyncio
import secrets
from pathlib import Path

import pytest

from tuiphone.core.frames import FrameWriter
from tuiphone.ui.painter import Canvas, Painter

GENEROUS = 15
SIDE = 700


@pytest.mark.parametrize("is_stuck", [False, True])
async def test_a_painter_whose_picture_nobody_reads_ends(
    is_stuck: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_stuck:
        monkeypatch.setattr("tuiphone.ui.painter.END_SECONDS", 0.0)
    writer = FrameWriter(tmp_path, "far-", width=SIDE, height=SIDE)
    # Noise makes more bytes than a pipe and its reader hold.
    writer.write(SIDE, SIDE, 1, lambda pixels: pixels.__setitem__(slice(None), secrets.token_bytes(3 * SIDE * SIDE)))
    painter = Painter()
    await painter.open()
    try:
        process = painter._process
        assert process is not None
        painting = asyncio.create_task(painter.paint([Canvas(str(writer.path), 1, 1, SIDE, SIDE)], grain=True))
        await asyncio.sleep(0)
        painting.cancel()
        await asyncio.gather(painting, return_exceptions=True)
        async with asyncio.timeout(GENEROUS):
            await painter.close()
        assert process.returncode is not None
    finally:
        writer.close()
