"""The folder of recordings: thousands of files, side-cars, the trash, and which call has which file."""

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tuiphone.core.errors import StoreError
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.store import partial, recordings, trash
from tuiphone.store.db import Database
from tuiphone.store.history import History
from tuiphone.store.recorded import Recorded
from tuiphone.store.recordings import Library, read_sidecar, write_sidecar

AN = Address(AddressKind.PHONE, "+84900000001", "Nguyễn Văn An")


def put(folder: Path, name: str, **about: object) -> Path:
    file = folder / name
    file.write_bytes(b"sound")
    if about:
        write_sidecar(file, about)
    return file


async def test_a_folder_that_did_not_change_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a.ogg", started_at=1)
    os.utime(tmp_path, (1000, 1000))
    library = Library(tmp_path)
    first = await library.recordings()
    monkeypatch.setattr(recordings.os, "scandir", None)
    assert await library.recordings() is first


async def test_only_side_cars_that_changed_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        put(tmp_path, f"{number}.ogg", started_at=number + 1)
    library, read = Library(tmp_path), list[str]()
    await library.recordings()
    original = recordings._sidecar
    monkeypatch.setattr(recordings, "_sidecar", lambda file: read.append(file.name) or original(file))
    write_sidecar(tmp_path / "7.ogg", {"started_at": 1000, "complete": False})
    put(tmp_path, "new.mp3")
    (tmp_path / "8.ogg").unlink()
    found = await library.recordings()
    assert sorted(read) == ["7.ogg", "new.mp3"]
    assert len(found) == 50
    changed = next(one for one in found if one.path.endswith("/7.ogg"))
    assert (changed.started_at, changed.is_complete, changed.size) == (1000.0, False, 5)


@pytest.mark.parametrize("name", ["a.ogg", "a.WAV", "a.mp3", "a.webm", "a.gsm", "a.flac"])
async def test_files_of_every_kind_are_listed(tmp_path: Path, name: str) -> None:
    put(tmp_path, name)
    assert [Path(one.path).name for one in await Library(tmp_path).recordings()] == [name]


def test_a_side_car_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = put(tmp_path, "a.ogg", account="work")
    with pytest.raises(TypeError):
        write_sidecar(file, {"bad": object()})
    assert read_sidecar(file) == {"account": "work"}


def test_what_is_removed_last_comes_back_first_with_its_side_car(tmp_path: Path) -> None:
    first, second = put(tmp_path, "a.ogg", account="work"), put(tmp_path, "b.ogg", account="home")
    trash.remove(tmp_path, first, (7, 8), now=1000)
    trash.remove(tmp_path, second, (), now=1001)
    assert [entry.name for entry in tmp_path.iterdir()] == [trash.FOLDER]
    assert trash.restore(tmp_path) == trash.Restored(second, ())
    assert trash.restore(tmp_path) == trash.Restored(first, (7, 8))
    assert trash.restore(tmp_path) is None
    assert read_sidecar(first) == {"account": "work"}
    assert read_sidecar(second) == {"account": "home"}


def test_what_comes_back_overwrites_nothing(tmp_path: Path) -> None:
    file = put(tmp_path, "a.ogg", account="old")
    trash.remove(tmp_path, file, ())
    put(tmp_path, "a.ogg", account="new")
    restored = trash.restore(tmp_path)
    assert restored is not None
    assert restored.path == tmp_path / "a_2.ogg"
    assert read_sidecar(restored.path) == {"account": "old"}
    assert read_sidecar(file) == {"account": "new"}


def test_a_removal_that_a_crash_cut_short_loses_nothing(tmp_path: Path) -> None:
    file = put(tmp_path, "a.ogg", account="work")
    place = tmp_path / trash.FOLDER / "1000"
    place.mkdir(parents=True)
    assert trash.restore(tmp_path) is None
    os.rename(file, place / "a.ogg")
    restored = trash.restore(tmp_path)
    assert restored is not None
    assert restored.path == file
    assert read_sidecar(file) == {"account": "work"}


def test_the_trash_is_emptied_of_what_is_old_and_of_nothing_else(tmp_path: Path) -> None:
    old, young = put(tmp_path, "old.ogg"), put(tmp_path, "young.ogg")
    now = time.time()
    trash.remove(tmp_path, old, (), now=now - trash.KEPT_S - 10)
    trash.remove(tmp_path, young, (), now=now - trash.KEPT_S + 10)
    (tmp_path / trash.FOLDER / "mine").mkdir()
    assert trash.empty(tmp_path, older_than=now - trash.KEPT_S) == 1
    assert (tmp_path / trash.FOLDER / "mine").is_dir()
    restored = trash.restore(tmp_path)
    assert restored is not None
    assert restored.path == young


def test_what_cannot_be_removed_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"gone\.ogg cannot be removed \(No such file"):
        trash.remove(tmp_path, tmp_path / "gone.ogg", ())


@pytest.mark.parametrize(
    "about", ["", "{", "[]", '{"records": 5, "from": 6}', '{"records": [true, "x", 3], "from": 1}']
)
def test_a_spoiled_note_in_the_trash_costs_the_note_alone(tmp_path: Path, about: str) -> None:
    file = put(tmp_path, "a.ogg")
    trash.remove(tmp_path, file, (1,), now=1000)
    (tmp_path / trash.FOLDER / str(1000 * 10**9) / ".about.json").write_text(about)
    restored = trash.restore(tmp_path)
    assert restored is not None
    assert restored.path == file


def test_beginnings_nobody_went_on_with_are_removed(tmp_path: Path) -> None:
    old, young = put(tmp_path, "1.part"), put(tmp_path, "2.part")
    os.utime(old, (1000, 1000))
    partial.clean(tmp_path, older_than=time.time() - 60)
    assert not old.exists()
    assert young.exists()
    partial.clean(tmp_path / "missing", older_than=0)


def test_only_marks_of_calls_say_what_is_waited_for(tmp_path: Path) -> None:
    for name in ("12.wanted", "3.wanted", "x.wanted", "7.part", "-1.wanted"):
        put(tmp_path, name)
    assert list(partial.waiting(tmp_path)) == [3, 12]
    assert list(partial.waiting(tmp_path / "missing")) == []


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await Database.open(tmp_path / "history.sqlite")
    yield opened
    await opened.close()


def call(ref: str, at: float, **more: object) -> CallRecord:
    values = {"answered_at": at + 1, "ended_at": at + 61, "result": RecordResult.ANSWERED} | more
    return CallRecord(
        id=0,
        account="work",
        ref=ref,
        peer=AN,
        incoming=True,
        video=False,
        started_at=at,
        **values,  # type: ignore[arg-type]
    )


async def test_calls_with_recordings_here_and_elsewhere_are_found(database: Database) -> None:
    history, recorded = History(database), Recorded(database)
    await history.add_many(
        [
            call("file", 1, recording="/r/a.ogg"),
            call("link", 2, recording_url="https://example.com/a"),
            call("none", 3),
            call("missed", 4, answered_at=None, result=RecordResult.MISSED),
        ]
    )
    assert [one.ref for one in await recorded.records()] == ["link", "file"]
    assert {one.ref for one in await recorded.records(asking=("work",))} == {"file", "link", "none"}


async def test_a_call_gets_its_file_and_loses_it(database: Database) -> None:
    history, recorded = History(database), Recorded(database)
    await history.add_many([call("link", 2, recording_url="https://example.com/a")])
    (found,) = await recorded.records()
    await recorded.attach(found.id, "/r/a.ogg")
    assert await recorded.owners("/r/a.ogg") == (found.id,)
    again = await history.get(found.id)
    assert again is not None
    assert (again.recording, again.recording_url) == ("/r/a.ogg", "https://example.com/a")
    await recorded.detach("/r/a.ogg")
    assert await recorded.owners("/r/a.ogg") == ()


async def test_the_file_of_a_call_is_found_by_its_index(database: Database) -> None:
    from tuiphone.store.recorded import _HAS_FILE

    plan = await database.read(
        lambda connection: str(
            connection.execute(f"EXPLAIN QUERY PLAN SELECT id FROM calls WHERE {_HAS_FILE}", ("/r",)).fetchall()
        )
    )
    assert "calls_recorded" in plan
