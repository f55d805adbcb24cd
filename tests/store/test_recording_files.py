"""Recordings on the disk: names for new ones, and what is found with or without a side-car."""

import json
import os
import stat
from pathlib import Path

import pytest

from tuiphone.core.errors import ConfigError
from tuiphone.core.model import Address, AddressKind
from tuiphone.store.recordings import list_recordings, new_path


def put(folder: Path, name: str, about: object = None, *, sidecar: str | None = None, at: float = 1000.0) -> Path:
    file = folder / name
    file.write_bytes(b"sound")
    os.utime(file, (at, at))
    if about is not None:
        text = about if isinstance(about, str) else json.dumps(about)
        (folder / (sidecar or Path(name).with_suffix(".json").name)).write_text(text)
    return file


async def test_recordings_are_listed_with_what_their_sidecars_say(tmp_path: Path) -> None:
    peer = {"kind": "phone", "text": "+8490", "name": "Nguyễn An"}
    put(tmp_path, "a.ogg", {"account": "work", "peer": peer, "started_at": 5000.5, "duration_s": 12.25})
    put(tmp_path, "b.ogg", {"account": "home", "started_at": 6000}, sidecar="b.ogg.json")
    put(tmp_path, "notes.txt")
    put(tmp_path, ".hidden.ogg")
    newest, oldest = await list_recordings(tmp_path)
    assert (newest.account, newest.started_at, newest.peer.text) == ("home", 6000.0, "b")
    assert oldest.path == str(tmp_path / "a.ogg")
    assert oldest.peer == Address(AddressKind.PHONE, "+8490", "Nguyễn An")
    assert (oldest.account, oldest.started_at, oldest.duration_s) == ("work", 5000.5, 12.25)


@pytest.mark.parametrize(
    "about",
    [
        None,
        "",
        "{",
        "[1]",
        "[" * 30_000,
        "{}" + " " * 100_000,
        {"account": 5, "peer": "x", "started_at": "now", "duration_s": -1},
        {"peer": {"text": ["x"]}, "started_at": 1e300, "duration_s": True},
        '{"started_at": NaN, "duration_s": Infinity}',
    ],
    ids=["none", "empty", "open", "list", "deep", "long", "types", "ranges", "nan"],
)
async def test_a_missing_or_broken_sidecar_still_lists_the_recording(tmp_path: Path, about: object) -> None:
    file = put(tmp_path, "a.ogg", about, at=1234.0)
    (found,) = await list_recordings(tmp_path)
    assert (found.path, found.account, found.peer.text) == (str(file), "", "a")
    assert (found.started_at, found.duration_s) == (1234.0, 0.0)


async def test_no_folder_means_no_recordings(tmp_path: Path) -> None:
    assert await list_recordings(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("+84 90 123", "+84_90_123"),
        ("Ольга", "Ольга"),
        ("../../etc/passwd", "etc_passwd"),
        ("a\0b\nc\x1b[2J", "a_b_c__2J"),
        ("-rf *", "rf"),
        ("\ud800", "unknown"),
        ("...", "unknown"),
        ("", "+84"),
        ("x" * 1000, "x" * 40),
    ],
)
def test_a_peer_never_makes_an_unsafe_file_name(tmp_path: Path, name: str, safe: str) -> None:
    file = new_path(tmp_path, Address(AddressKind.PHONE, "+84", name), 0.0)
    assert file.parent == tmp_path
    assert file.name.endswith(f"_{safe}.ogg")
    file.write_bytes(b"")


def test_a_new_recording_never_takes_the_place_of_another(tmp_path: Path) -> None:
    folder, peer = tmp_path / "calls", Address(AddressKind.USER, "bob")
    first = new_path(folder, peer, 0.0)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    first.write_bytes(b"")
    assert new_path(folder, peer, 0.0) not in (first, None)
    assert new_path(folder, peer, 0.0).stem == f"{first.stem}_2"


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be made"):
        new_path(tmp_path / "file", Address(AddressKind.USER, "bob"), 0.0)


async def test_what_was_noted_here_counts_more_than_a_sidecar_that_came_along(tmp_path: Path) -> None:
    put(tmp_path, "a.ogg", {"started_at": 5000, "complete": False})
    put(tmp_path, "a.ogg", {"started_at": 5000, "duration_s": 7.5, "complete": True}, sidecar="a.ogg.json")
    (found,) = await list_recordings(tmp_path)
    assert (found.duration_s, found.is_complete) == (7.5, True)
