"""The Recordings page: search, playing, downloads, save as, delete and undo."""

from pathlib import Path

import pytest

from tests.ui.fake_recordings import RECORDINGS, RecordingPhone, recording
from tests.ui.samples import AN, NOW
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


async def test_keys_pressed_in_a_row_add_up_before_the_engine_answers():
    phone = RecordingPhone(RECORDINGS[1:])
    async with opened(phone) as stage:
        await stage.press("f5", "enter")
        await stage.sees("00:00 / 01:23")
        phone.waits_for = {"seek_playing", "speed_playing"}
        await stage.press("right", "right", "ctrl+right", "left", "plus", "plus", "minus")
        assert phone.told("seek_playing") == [(5.0,), (10.0,), (40.0,), (35.0,)]
        assert phone.told("speed_playing") == [(1.1,), (1.25,), (1.1,)]
        await stage.sees("00:35 / 01:23   1.1×")
        await stage.press("5")
        await stage.hears("seek_playing", 41.5)
        await stage.press("0")
        await stage.hears("seek_playing", 0.0)
        phone.slow.set()
        await stage.settle()


async def test_the_position_is_counted_on_without_a_word_from_the_engine():
    phone, clock = RecordingPhone(RECORDINGS[1:]), [NOW]
    async with opened(phone, now=lambda: clock[0]) as stage:
        await stage.press("f5", "enter")
        await stage.sees("00:00 / 01:23")
        clock[0] += 21.0
        await stage.sees("00:21 / 01:23")
        phone.playing(Playback("/r/8.ogg", 83.0, 30.0, clock[0], speed=2.0))
        clock[0] += 10.0
        await stage.sees("00:50 / 01:23   2×")
        clock[0] += 1000.0
        await stage.sees("01:23 / 01:23")


async def test_a_search_asks_the_engine_and_escape_takes_it_back():
    phone = RecordingPhone()
    async with opened(phone) as stage:
        await stage.press("f5", "slash")
        await stage.type("olga 5 ")
        await stage.hears("recordings", "olga 5 ", 0)
        await stage.sees("No recording matches; esc clears the search.")
        await stage.press("escape")
        await stage.sees("9 recordings")
        await stage.type("help")
        await stage.sees("1 recording")
        await stage.press("down", "enter")
        await stage.hears("play_file", "/r/6.ogg")


async def test_a_link_is_downloaded_with_its_progress_stopped_and_tried_again():
    phone = RecordingPhone(RECORDINGS[2:3])
    async with opened(phone) as stage:
        await stage.press("f5")
        await stage.sees("at the server")
        await stage.press("enter")
        await stage.hears("fetch_recording", 7)
        phone.downloading(Download(7, "x", 12_000_000, 30_000_000))
        await stage.sees("40 %")
        await stage.sees("12.0 of 30.0 MB")
        await stage.press("x")
        await stage.hears("stop_fetching", 7)
        phone.downloading(Download(7, "x", 12_000_000, 30_000_000, "The server hardly sends anything; try later."))
        await stage.sees("did not come")
        await stage.sees("hardly sends anything; try later. g tries again.")
        await stage.press("g")
        await stage.until(lambda: len(phone.told("fetch_recording")) == 2)
        phone.came(7)
        await stage.until(lambda: "◆" in row_of(stage, "Ольга"))
        await stage.press("enter")
        await stage.hears("play_file", "/r/7.mp3")


async def test_delete_asks_and_u_brings_it_back():
    phone = RecordingPhone(RECORDINGS[1:])
    async with opened(phone) as stage:
        await stage.press("f5", "delete")
        await stage.sees("Delete the recording of the call with Nguyễn Văn An")
        await stage.press("n")
        assert not phone.told("remove_recording")
        await stage.press("delete", "y")
        await stage.hears("remove_recording", "/r/8.ogg")
        await stage.until(lambda: "Agreed" not in stage.text)
        await stage.press("u")
        await stage.sees("Agreed")
        await stage.press("u")
        await stage.until(lambda: "Nothing was deleted within the last week." in stage.toasts)


async def test_the_last_one_comes_back_to_an_empty_list_too():
    async with opened(RecordingPhone(RECORDINGS[1:2])) as stage:
        await stage.press("f5", "delete", "y")
        await stage.sees("No recordings yet")
        await stage.press("u")
        await stage.sees("Agreed")
        await stage.press("enter")
        await stage.hears("play_file", "/r/8.ogg")


async def test_what_is_being_recorded_cannot_be_deleted_and_says_so_in_its_row():
    phone = RecordingPhone()
    async with opened(phone) as stage:
        await stage.press("f5")
        await stage.sees("recording…")
        await stage.press("delete")
        assert len(stage.app.screen_stack) == 1


async def test_save_as_overwrites_only_what_one_said_yes_to(tmp_path):
    phone = RecordingPhone(RECORDINGS[1:])
    target = str(tmp_path / "call.wav")
    phone.taken = {target}
    async with opened(phone) as stage:
        await stage.press("f5", "s")
        await stage.sees("~/8.ogg")
        await stage.press("home", "shift+end", "delete")
        await stage.type(target)
        await stage.sees("It becomes a WAV file.")
        await stage.press("enter")
        await stage.hears("save_recording", "/r/8.ogg", target, False)
        await stage.sees("Overwrite it?")
        await stage.press("n")
        assert len(phone.told("save_recording")) == 1
        await stage.press("s", "home", "shift+end", "delete")
        await stage.type(target)
        await stage.press("enter", "y")
        await stage.hears("save_recording", "/r/8.ogg", target, True)
        await stage.until(lambda: any("Kept as" in toast for toast in stage.toasts))


FILM = recording(8, AN, 600, path="/r/8.webm", note="Agreed", video=True)


def desktop(folder: Path, monkeypatch: pytest.MonkeyPatch, *, says: int = 0) -> Path:
    """A display, and an xdg-open that writes down what it is asked for."""
    opener, asked = folder / "xdg-open", folder / "asked"
    opener.write_text(f'#!/bin/sh\necho "$*" >> {asked}\nexit {says}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("DISPLAY", ":9")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    return asked


async def test_v_opens_a_recording_with_picture_in_the_systems_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    asked = desktop(tmp_path, monkeypatch)
    phone = RecordingPhone((FILM, recording(6, AN, 9000)))
    async with opened(phone) as stage:
        await stage.press("f5")
        await stage.sees("video · Agr")
        await stage.press("v")
        await stage.until(lambda: asked.exists() and asked.read_text() == "/r/8.webm\n")
        await stage.press("down", "v")
        await stage.press("up")
        await stage.settle()
        assert asked.read_text() == "/r/8.webm\n", "the other has no picture"


async def test_a_desktop_without_a_player_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    desktop(tmp_path, monkeypatch, says=3)
    async with opened(RecordingPhone((FILM,))) as stage:
        await stage.press("f5")
        await stage.sees("video · Agr")
        await stage.press("v")
        await stage.until(lambda: "xdg-open found no program for 8.webm" in " ".join(stage.toasts))
        (tmp_path / "xdg-open").unlink()
        await stage.press("v")
        await stage.until(lambda: "There is no xdg-open here" in " ".join(stage.toasts))


async def test_without_a_display_a_picture_is_only_told_of(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    async with opened(RecordingPhone((recording(8, AN, 600, path="/r/8.webm", video=True),))) as stage:
        await stage.press("f5")
        await stage.sees("It has a picture: o shows where the file is.")
        assert "picture " not in stage.text.splitlines()[-1]


async def test_o_tells_where_the_file_is_and_copies_that():
    async with opened(RecordingPhone(RECORDINGS[1:])) as stage:
        await stage.press("f5", "o")
        await stage.until(lambda: any(toast.startswith("/r/8.ogg") for toast in stage.toasts))
        assert stage.app.clipboard == "/r/8.ogg"


async def test_any_stretch_of_a_long_list_is_fetched_when_it_comes_into_view():
    phone = RecordingPhone(tuple(recording(at, Address(AddressKind.USER, f"user{at:05}"), at) for at in range(20_000)))
    async with opened(phone) as stage:
        await stage.press("f5")
        await stage.sees("20,000 recordings")
        await stage.press("end")
        await stage.sees("user19999")
        await stage.press("pageup", "pageup")
        assert {offset for _, offset in phone.told("recordings")} == {0, 19_800}
        row = next(line for line in stage.text.splitlines() if "user199" in line)
        phone.lines = (recording(-1, AN, -5), *phone.lines)
        phone.list_changed()
        await stage.sees("20,001 recordings")
        assert row.strip() in stage.text


async def test_a_damaged_file_is_a_sentence():
    phone = RecordingPhone((recording(8),))
    phone.refusals["play_file"] = MediaError("8.ogg is no sound file that can be played.")
    phone.refusals["waveform"] = MediaError("8.ogg cannot be read to its end; it may be damaged.")
    async with opened(phone) as stage:
        await stage.press("f5", "enter")
        await stage.until(lambda: "8.ogg is no sound file that can be played." in stage.toasts)
        phone.playing(Playback("/r/8.ogg", None, 1.0, NOW))
        await stage.sees("How loud it is cannot be shown.")
        await stage.sees("00:01 / ?")


async def test_a_click_on_the_curve_plays_on_from_there():
    phone = RecordingPhone(RECORDINGS[1:])
    async with opened(phone) as stage:
        await stage.press("f5", "enter")
        await stage.sees("them")
        await stage.pilot.click("#player-wave", offset=(6 + 35, 0))
        await stage.until(lambda: phone.told("seek_playing"))
        assert phone.told("seek_playing")[0][0] == pytest.approx(83 / 2, abs=2)


async def test_without_recordings_the_page_says_how_there_will_be_some():
    async with opened(RecordingPhone(())) as stage:
        await stage.press("f5")
        await stage.sees("No recordings yet. r in a call records it")
        await stage.press("u", "enter", "space", "s", "down")
        assert stage.page == "recordings"
