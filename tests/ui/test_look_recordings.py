"""The Recordings page as it looks: playing, downloading, nothing yet, and its questions."""

from tests.ui.fake_recordings import RECORDINGS, RecordingPhone
from tests.ui.look import EVERY_LOOK, SMALL_DARK, Compare, Look
from tests.ui.samples import NOW
from tests.ui.stage import Stage
from tuiphone.core.model import Download, Playback


@EVERY_LOOK
def test_playing_beside_downloads(looks_as_before: Compare, look: Look) -> None:
    phone = RecordingPhone()

    async def steps(stage: Stage) -> None:
        phone.downloading(
            Download(7, "x", 12_300_000, 30_000_000),
            Download(5, "x", 800_000, None),
            Download(3, "x", 0, None, "The server has this recording no longer."),
        )
        await stage.press("f5")
        await stage.sees("recording…")
        phone.playing(Playback("/r/8.ogg", 83.0, 31.0, NOW, speed=1.25))
        await stage.sees("00:31 / 01:23")
        await stage.sees("them")
        await stage.press(*["down"] * 6)
        await stage.sees("no longer. g tries again")

    assert looks_as_before(phone, look, steps)


@EVERY_LOOK
def test_nothing_yet(looks_as_before: Compare, look: Look) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f5")
        await stage.sees("No recordings yet")

    assert looks_as_before(RecordingPhone(()), look, steps)


def test_asking_before_deleting(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f5", "delete")
        await stage.sees("Delete it")

    assert looks_as_before(RecordingPhone(RECORDINGS[1:]), SMALL_DARK, steps)


def test_save_as(looks_as_before: Compare) -> None:
    async def steps(stage: Stage) -> None:
        await stage.press("f5", "s")
        await stage.sees("Save as")

    assert looks_as_before(RecordingPhone(RECORDINGS[1:]), SMALL_DARK, steps)
