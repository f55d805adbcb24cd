"""The Recordings page: search, playing, downloads, save as, delete and undo."""

import asyncio

import pytest

from tests.ui.fake_recordings import RECORDINGS, RecordingPhone, recording
from tests.ui.samples import AN, NOW, OLGA
from tests.ui.stage import Stage, opened
from tuiphone.core.errors import MediaError
from tuiphone.core.model import Address, AddressKind, Download, Playback


def row_of(stage: Stage, text: str) -> str:
    return next((line for line in stage.text.splitlines() if text in line), "")


async def test_enter_plays_space_pauses_and_escape_stops():
    phone = RecordingPhone(RECORDINGS[1:])
    async with opened(phone) as stage:
        await stage.press("f5")
        await stage.sees("Nguyễn Văn An")
        await stage.press("enter")
        await stage.hears("play_file", "/r/8.ogg")
        await stage.sees("00:00 / 01:23")
        await stage.sees("them")
        assert "▶" in row_of(stage, "Agreed")
        await stage.press("space")
        await stage.hears("pause_playing", True)
        await stage.until(lambda: "‖" in row_of(stage, "Agreed"))
        await stage.press("space")
        await stage.hears("pause_playing", False)
        await stage.press("down", "escape")
        await stage.hears("stop_playing")
        await stage.until(lambda: "01:23  " not in row_of(stage, "space pause"))
