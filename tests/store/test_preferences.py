"""config.toml: what is right is taken, every mistake is named, and nothing stops the phone."""

import os
from pathlib import Path

import pytest

from tuiphone.store.config import Preferences, load_preferences


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_missing_file_means_defaults_without_complaint(tmp_path: Path) -> None:
    assert load_preferences(tmp_path / "config.toml") == (Preferences(), ())


def test_every_section_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        [sound]
        microphone = "Headset"
        ringer = "none"
        [recording]
        folder = "/srv/calls"
        auto = true
        [media]
        interfaces = ["wg0", "eth*"]
        [video]
        cameras = ["Webcam", "~/away.png", "back pattern"]
        size = "1280x720"
        fps = 30
        [app]
        theme = "night"
        welcome = "Xin chào"
        [keys]
        "call.answer" = "a"
        call.hold = "h,f9"
        """,
    )
    preferences, problems = load_preferences(file, binding_ids=["call.answer", "call.hold"])
    assert problems == ()
    assert preferences.sound.microphone == "Headset"
    assert preferences.sound.speaker == "default"
    assert preferences.recording.folder == "/srv/calls"
    assert preferences.recording.auto
    assert preferences.media.interfaces == ("wg0", "eth*")
    assert preferences.video.cameras == ("Webcam", "~/away.png", "back pattern")
    assert (preferences.video.size, preferences.video.fps) == ("1280x720", 30)
    assert preferences.app.welcome == "Xin chào"
    assert preferences.keys == {"call.answer": "a", "call.hold": "h,f9"}


def test_all_mistakes_are_reported_at_once_and_what_is_right_still_counts(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        recording = 5
        [soud]
        microphone = "x"
        [sound]
        micropone = "x"
        speaker = 7
        ringer = "Bell"
        [media]
        interfaces = "eth0"
        [app]
        theme = ["a"]
        [keys]
        "call.anwser" = "a"
        "call.hold" = 4
        "call.mute" = ""
        """,
    )
    preferences, problems = load_preferences(file, binding_ids=["call.answer", "call.hold", "call.mute"])
    assert preferences.sound.ringer == "Bell"
    assert preferences.sound.speaker == "default"
    said = {problem.key: problem.sentence for problem in problems}
    assert said == {
        "recording": "config.toml: recording must be a section of its own, [recording], not a whole number.",
        "soud": "config.toml: soud is no section here; did you mean sound?",
        "sound.micropone": "config.toml: sound.micropone is no setting here; did you mean microphone?",
        "sound.speaker": "config.toml: sound.speaker must be a text, not a whole number; put it in quotes.",
        "media.interfaces": "config.toml: media.interfaces must be a list of texts, not a text; "
        'write interfaces = ["eth0"].',
        "app.theme": "config.toml: app.theme must be a text, not a list.",
        "keys.call.anwser": "config.toml: keys.call.anwser is no binding here; did you mean call.answer?",
        "keys.call.hold": 'config.toml: keys.call.hold must be a key as text, like "ctrl+k", not a whole number.',
        "keys.call.mute": 'config.toml: keys.call.mute is no key; write it like "ctrl+k", "f5" or "x".',
    }


def test_a_recording_folder_in_the_home_directory_is_resolved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    preferences, problems = load_preferences(write(tmp_path, '[recording]\nfolder = "~/calls"\n'))
    assert (preferences.recording.folder, problems) == ("/home/somebody/calls", ())


def test_recordings_have_one_of_the_known_formats(tmp_path: Path) -> None:
    preferences, problems = load_preferences(write(tmp_path, '[recording]\nformat = "webm"\n'))
    assert (preferences.recording.format, problems) == ("webm", ())
    preferences, (problem,) = load_preferences(write(tmp_path, '[recording]\nformat = "mp3"\n'))
    assert preferences.recording.format == "auto"
    assert str(problem).endswith('recording.format must be "auto", "ogg" or "webm".')


def test_a_relative_recording_folder_is_a_mistake_and_falls_back(tmp_path: Path) -> None:
    preferences, problems = load_preferences(write(tmp_path, '[recording]\nfolder = "calls"\nauto = true\n'))
    assert preferences.recording.folder is None
    assert preferences.recording.auto
    assert [problem.key for problem in problems] == ["recording.folder"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[sound]\nspeaker = \n", "line 2 is not TOML"),
        ("[app]\ntheme = 'a'\ntheme = 'b'\n", "theme in line 3 is there twice"),
        ("[app]\n[app]\n", "in line 2 is there twice"),
        ("[app", "line 1 is not TOML"),
        (b"[app]\ntheme = '\xff\xfe'\n", "line 2 is not UTF-8"),
        ("x = " + "[" * 5000, "nested too deeply"),
        ("x = " + "9" * 5000, "a value is unusable"),
        ("#" * (1024 * 1024 + 1), "larger than 1 MB"),
        ("\0\0\0", "line 1 is not TOML"),
    ],
    ids=["empty value", "twice", "table twice", "open", "latin", "deep", "digits", "megabyte", "zeros"],
)
def test_a_spoiled_file_is_one_sentence_and_defaults(tmp_path: Path, content: str | bytes, expected: str) -> None:
    file = write(tmp_path, content)
    preferences, problems = load_preferences(file)
    assert preferences == Preferences()
    assert len(problems) == 1
    assert problems[0].file == file
    assert problems[0].sentence.startswith("config.toml: ")
    assert expected in problems[0].sentence
    assert problems[0].sentence.endswith(".")


def test_a_directory_or_a_fifo_in_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert "not a file" in load_preferences(tmp_path / "config.toml")[1][0].sentence
    os.mkfifo(tmp_path / "fifo.toml")
    assert "not a file" in load_preferences(tmp_path / "fifo.toml")[1][0].sentence


def test_a_loop_of_links_is_unreadable_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.symlink_to(file)
    assert "cannot be read" in load_preferences(file)[1][0].sentence


def test_hostile_keys_are_shown_short_and_harmless(tmp_path: Path) -> None:
    file = write(tmp_path, f'"\\u001b[2J{"k" * 10_000}" = 1\n[sound]\n"\\u001b[31m" = 2\n')
    problems = load_preferences(file)[1]
    assert len(problems) == 2
    assert all(problem.sentence.isprintable() and len(problem.sentence) < 300 for problem in problems)


def test_what_is_told_outside_the_window_and_who_may_ring_is_read(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        """
        [app]
        bell = false
        [calls]
        dnd = "reject"
        dnd_allow = ["+84901234567", "bob"]
        auto_answer_from = ["bob"]
        auto_answer_after = 1
        """,
    )
    preferences, problems = load_preferences(file)
    assert problems == ()
    assert (preferences.app.bell, preferences.app.notify, preferences.app.title) == (False, True, True)
    assert preferences.calls.dnd == "reject"
    assert preferences.calls.dnd_allow == ("+84901234567", "bob")
    assert preferences.calls.auto_answer_after == 1.0


def test_a_word_that_is_none_for_do_not_disturb_and_absurd_seconds_have_their_defaults(tmp_path: Path) -> None:
    file = write(tmp_path, '[calls]\ndnd = "off"\nauto_answer_after = 9999\nauto_answer_muted = true\n')
    preferences, problems = load_preferences(file)
    assert [str(problem) for problem in problems] == [
        'config.toml: calls.dnd must be "quiet" or "reject".',
        "config.toml: calls.auto_answer_after must be 0 to 600 seconds.",
    ]
    assert preferences.calls.dnd == "quiet"
    assert preferences.calls.auto_answer_after == 2.0
    assert preferences.calls.auto_answer_muted


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('size = "800x600"', 'video.size must be "640x480" or "1280x720"'),
        ("fps = 0", "video.fps must be from 1 to 30"),
        ("fps = 31", "video.fps must be from 1 to 30"),
        ('cameras = ["Webcam", " "]', "video.cameras must be names or paths"),
        ('cameras = "Webcam"', "video.cameras"),
    ],
)
def test_a_picture_nobody_could_make_is_a_mistake_and_has_its_default(tmp_path: Path, line: str, said: str) -> None:
    preferences, problems = load_preferences(write(tmp_path, f"[video]\n{line}\n"))
    assert said in str(problems[0])
    assert preferences.video == Preferences().video
