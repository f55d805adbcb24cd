"""Where the files of a profile are, and which directories are refused."""

import os
import stat
from pathlib import Path

import platformdirs
import pytest

from tuiphone.core.errors import ConfigError
from tuiphone.store import paths as paths_module
from tuiphone.store.paths import MAX_SOCKET_PATH, find


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.fixture
def runtime(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = run_dir / "xdg"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    return folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A short system temp dir and no usable XDG_RUNTIME_DIR."""
    folder = tmp_path / "t"
    folder.mkdir()
    monkeypatch.setattr(paths_module.tempfile, "gettempdir", lambda: str(folder))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    return folder / f"tuiphone-{os.getuid()}"


def test_a_profile_keeps_everything_in_its_directory(tmp_path: Path) -> None:
    paths = find(tmp_path / "p")
    assert paths.config_file == tmp_path / "p/config/config.toml"
    assert paths.accounts_dir == tmp_path / "p/config/accounts"
    assert paths.database.parent == tmp_path / "p/data"
    assert paths.log_file.parent == tmp_path / "p/state"
    assert paths.socket == tmp_path / "p/run/engine.sock"
    assert not (tmp_path / "p").exists()


def test_making_directories_closes_them_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        paths = find(tmp_path / "p")
        paths.make()
        paths.make()
    finally:
        os.umask(before)
    made = [tmp_path / "p", paths.config_dir, paths.accounts_dir, paths.data_dir, paths.recordings_dir, paths.run_dir]
    assert {mode(folder) for folder in made} == {0o700}


def test_a_run_directory_that_others_can_enter_is_closed(tmp_path: Path) -> None:
    paths = find(tmp_path)
    paths.run_dir.mkdir(mode=0o755)
    paths.make()
    assert mode(paths.run_dir) == 0o700


def test_a_long_profile_path_gets_a_short_socket_of_its_own(tmp_path: Path, runtime: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    one, same, other = find(deep), find(f"{deep}/../{deep.name}"), find(deep / "x")
    assert one.socket.parent == runtime / "tuiphone"
    assert len(os.fsencode(one.socket)) <= MAX_SOCKET_PATH
    assert one.socket == same.socket
    assert one.socket != other.socket
    one.make()
    assert mode(one.socket.parent) == 0o700


def test_without_a_profile_the_socket_is_in_the_runtime_directory(runtime: Path) -> None:
    assert find(None).socket == runtime / "tuiphone/engine.sock"


def test_a_runtime_directory_open_to_others_is_not_used(
    runtime: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Older releases of platformdirs hand out whatever the environment says.
    monkeypatch.setattr(platformdirs, "user_runtime_dir", lambda *_, **__: str(runtime / "tuiphone"))
    assert find(None).socket.parent == runtime / "tuiphone"
    runtime.chmod(0o755)
    assert find(None).socket.parent == temporary


def test_without_a_runtime_directory_a_private_temporary_one_is_made(temporary: Path) -> None:
    paths = find(None)
    assert paths.socket.parent == temporary
    temporary.mkdir(mode=0o700)
    assert find(None).socket.parent == temporary


def test_a_planted_link_in_place_of_the_temporary_directory_is_refused(temporary: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    temporary.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=str(temporary)):
        find(None)


def test_a_temporary_directory_of_somebody_else_is_refused(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary.mkdir(mode=0o700)
    os.chown(temporary, os.getuid() + 1, -1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        find(None)


def test_a_temporary_directory_open_to_others_is_refused(temporary: Path) -> None:
    temporary.mkdir(mode=0o777)
    temporary.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod 700"):
        find(None)


def test_a_file_as_profile_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError, match="is not a directory"):
        find(tmp_path / "file")


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    paths = find(tmp_path)
    paths.config_dir.mkdir()
    paths.accounts_dir.write_text("x")
    with pytest.raises(ConfigError, match="accounts cannot be made"):
        paths.make()


@pytest.mark.parametrize("profile", ["a\0b", "x" * 5000, "~nobody-of-that-name/p", ""])
def test_a_nonsense_profile_is_a_sentence(profile: str) -> None:
    with pytest.raises(ConfigError, match=r"\.$"):
        find(profile).make()


def test_a_profile_on_a_disk_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = find(tmp_path / "p")
    paths.make()
    # Not chmod: root may write anywhere, except where the whole disk is read-only.
    monkeypatch.setattr(paths_module.os, "access", lambda folder, _: folder not in read_only)
    read_only = {paths.config_dir, paths.accounts_dir}
    paths.make()
    read_only = {paths.state_dir}
    with pytest.raises(ConfigError, match=r"Nothing can be written in .*state; correct"):
        paths.make()
