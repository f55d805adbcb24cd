"""Pictures kept as files: safe names, a new file each time, nobody else reads them."""

import stat
from pathlib import Path

import pytest

from tuiphone.media.snapshots import keep


def test_a_second_picture_of_the_same_moment_stands_beside_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "recordings" / "pictures"
    paths = [keep(folder, "Nguyễn Văn An", bytes([number]), at=0) for number in range(3)]
    assert [path.read_bytes() for path in paths] == [b"\0", b"\1", b"\2"]
    assert paths[2].name.endswith("_Nguyễn_Văn_An_3.png")
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", ".", "", "-rf", "x" * 500, "a\0b\n\x1b[31m", "CON:"])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    path = keep(tmp_path / "p", name, b"png", at=0)
    assert path.parent == tmp_path / "p"
    assert path.name.isprintable()
    assert len(path.name) < 100
    assert "." not in path.stem


def test_a_link_that_lies_in_wait_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    first = keep(tmp_path / "p", "bob", b"1", at=0)
    first.unlink()
    first.symlink_to(target)
    assert keep(tmp_path / "p", "bob", b"2", at=0).name.endswith("_bob_2.png")
    assert not target.exists()
