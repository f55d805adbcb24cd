"""Pictures in shared memory: what is written is what is read, and nobody else reads it."""

import mmap
import stat
from pathlib import Path

import pytest

from tuiphone.core.errors import MediaError
from tuiphone.core.frames import FrameReader, FrameWriter, Picture, sweep


@pytest.fixture
def writer(tmp_path: Path) -> FrameWriter:
    return FrameWriter(tmp_path, "tui-", width=8, height=4)


def put(writer: FrameWriter, value: int, width: int = 8, height: int = 4) -> None:
    pixels = bytes([value]) * (3 * width * height)
    writer.write(width, height, 7, lambda place: place.__setitem__(slice(None), pixels))


def test_the_newest_picture_is_read_once(writer: FrameWriter) -> None:
    reader = FrameReader(writer.path)
    assert reader.read() is None
    put(writer, 1)
    put(writer, 2)
    put(writer, 3)
    assert reader.read() == Picture(3, 8, 4, 7, bytes([3]) * 96)
    assert reader.read(3) is None
    reader.close()
    writer.close()


def test_a_picture_may_have_another_size_than_the_one_before(writer: FrameWriter) -> None:
    reader = FrameReader(writer.path)
    put(writer, 1)
    put(writer, 2, 5, 3)
    found = reader.read()
    assert found is not None
    assert (found.width, found.height, found.pixels) == (5, 3, bytes([2]) * 45)
    # Where a terminal reads it by itself.
    assert writer.path.read_bytes()[reader.where(found) :][:45] == found.pixels
    assert reader.where(found) % mmap.PAGESIZE == 0
    reader.close()
    writer.close()


def test_a_picture_that_is_overwritten_while_it_is_read_is_not_shown(writer: FrameWriter) -> None:
    reader = FrameReader(writer.path)
    put(writer, 1)
    # As it is while number 3 is being written where number 1 still stands.
    writer._head[2] = 3
    assert reader.read() is None
    put(writer, 2)
    assert reader.read() is not None
    reader.close()
    writer.close()


def test_nobody_else_may_look(writer: FrameWriter) -> None:
    assert stat.S_IMODE(writer.path.stat().st_mode) == 0o600
    writer.close()


def test_it_goes_with_its_writer_and_whoever_still_looks_is_none_the_worse(writer: FrameWriter) -> None:
    put(writer, 1)
    reader = FrameReader(writer.path)
    writer.close()
    assert not writer.path.exists()
    assert reader.read() is not None
    reader.close()


def test_a_link_and_a_file_of_another_kind_are_refused(writer: FrameWriter, tmp_path: Path) -> None:
    link, short, other = tmp_path / "link", tmp_path / "short", tmp_path / "other"
    link.symlink_to(writer.path)
    short.write_bytes(b"abc")
    other.write_bytes(bytes(40_000))
    for path in (link, short, other, tmp_path, tmp_path / "nothing"):
        with pytest.raises(MediaError, match="cannot be read"):
            FrameReader(path)
    writer.close()


def test_a_size_that_cannot_be_is_not_believed(writer: FrameWriter) -> None:
    put(writer, 1)
    writer._head[16] = 1 << 40
    reader = FrameReader(writer.path)
    assert reader.read() is None
    reader.close()
    writer.close()


def test_what_a_killed_writer_left_is_swept_up_and_nothing_else(writer: FrameWriter, tmp_path: Path) -> None:
    other = tmp_path / "other-1"
    other.touch()
    assert sweep(tmp_path, "tui-") == 1
    assert not writer.path.exists()
    assert other.exists()
    writer.close()


def test_without_room_there_is_a_sentence_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="no memory for pictures"):
        FrameWriter(tmp_path / "nowhere", "tui-", width=8, height=8)
