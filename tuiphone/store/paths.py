"""Every directory and file name of tuiphone, for the user's own profile or one in a directory of its own."""

import hashlib
import os
import stat
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

from tuiphone.core.errors import ConfigError

APP = "tuiphone"
MAX_SOCKET_PATH = 100
"""Bytes of a socket's path: sun_path holds 108 on Linux, 104 on macOS, a terminating zero included."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the files of one profile are."""

    config_dir: Path
    data_dir: Path
    state_dir: Path
    run_dir: Path
    """Private to the user, whatever the profile's directory allows."""
    socket: Path
    profile: Path | None = None
    """The directory all of it is in; None for the user's own profile."""

    @property
    def config_file(self) -> Path:
        """Preferences."""
        return self.config_dir / "config.toml"

    @property
    def accounts_dir(self) -> Path:
        """One TOML file per account."""
        return self.config_dir / "accounts"

    @property
    def themes_dir(self) -> Path:
        """The user's own palettes."""
        return self.config_dir / "themes"

    @property
    def database(self) -> Path:
        """History and what providers remember."""
        return self.data_dir / "history.sqlite"

    @property
    def lock(self) -> Path:
        """Held by the profile's one engine for as long as it lives."""
        return self.socket.with_suffix(".lock")

    @property
    def recordings_dir(self) -> Path:
        """Where recordings go unless the preferences name another folder."""
        return self.data_dir / "recordings"

    @property
    def log_file(self) -> Path:
        """Log of the engine."""
        return self.state_dir / "engine.log"

    @property
    def diary_file(self) -> Path:
        """What happened, for the log page."""
        return self.state_dir / "diary.jsonl"

    def make(self) -> None:
        """Create the directories that are missing, for nobody but the user.

        Raises: ConfigError when one cannot be made or written, or the runtime directory is not safely ours.
        """
        for folder in (self.config_dir, self.accounts_dir, self.data_dir, self.recordings_dir, self.state_dir):
            make_private(folder)
        for folder in {self.run_dir, self.socket.parent}:
            make_private(folder)
            _close_to_others(folder)
        # Settings may be read-only, when something else manages them; the rest is written all the time.
        for folder in (self.data_dir, self.state_dir, self.run_dir, self.socket.parent):
            if not os.access(folder, os.W_OK | os.X_OK):
                raise ConfigError(
                    f"Nothing can be written in {folder}; correct its permissions or what it is mounted with, "
                    "or choose another profile with --profile DIR."
                )


def find(profile: str | Path | None = None) -> Paths:
    """The paths of the user's own profile, or of one that is all in the directory `profile`; creates nothing.

    Raises: ConfigError when no safe place for the socket can be named.
    """
    if profile == "":
        raise ConfigError(
            "--profile needs the name of a directory, and it is empty; leave it out for your own profile."
        )
    if profile is None:
        import platformdirs

        dirs = platformdirs.PlatformDirs(APP, appauthor=False)
        run_dir = _runtime_dir()
        return Paths(
            config_dir=dirs.user_config_path,
            data_dir=dirs.user_data_path,
            state_dir=dirs.user_state_path,
            run_dir=run_dir,
            socket=_short_enough(run_dir / "engine.sock"),
        )
    try:
        home = Path(profile).expanduser().resolve()
        is_taken = not stat.S_ISDIR(home.stat().st_mode)
    except FileNotFoundError:
        home, is_taken = Path(profile).expanduser().resolve(), False
    except (OSError, RuntimeError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise ConfigError(f"{_short(profile)} cannot be a profile ({why}); name another directory.") from error
    if is_taken:
        raise ConfigError(f"The profile {_short(home)} is not a directory; name one, or a place for a new one.")
    run_dir = home / "run"
    socket = run_dir / "engine.sock"
    if len(os.fsencode(socket)) > MAX_SOCKET_PATH:
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
        socket = _short_enough(_runtime_dir() / f"{name}.sock")
    return Paths(
        config_dir=home / "config",
        data_dir=home / "data",
        state_dir=home / "state",
        run_dir=run_dir,
        socket=socket,
        profile=home,
    )


def _short(path: str | Path) -> str:
    text = str(path)
    return repr(text if len(text) <= 200 else f"{text[:199]}…")


def _short_enough(socket: Path) -> Path:
    if len(os.fsencode(socket)) <= MAX_SOCKET_PATH:
        return socket
    socket = _temporary_dir() / socket.name
    if len(os.fsencode(socket)) <= MAX_SOCKET_PATH:
        return socket
    raise ConfigError(f"The path {socket} is too long for a socket; set XDG_RUNTIME_DIR or TMPDIR to a shorter one.")


def _runtime_dir() -> Path:
    import platformdirs

    try:
        with warnings.catch_warnings():
            # Newer releases warn of a missing XDG_RUNTIME_DIR, which is daily bread in containers and over su.
            warnings.simplefilter("ignore")
            found = Path(platformdirs.user_runtime_dir(APP, appauthor=False))
        info = found.parent.lstat()
    except OSError:
        return _temporary_dir()
    is_private = stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077
    return found if is_private else _temporary_dir()


def _temporary_dir() -> Path:
    """A directory anybody could have made before us, so that one which is there is looked at closely."""
    folder = Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}"
    if os.path.lexists(folder):
        _refuse_unsafe(folder)
        if folder.lstat().st_mode & 0o077:
            raise ConfigError(f"The directory {folder} is open to others; look who made it, then: chmod 700 {folder}")
    return folder


def make_private(folder: Path) -> None:
    """Create the directory and its parents where they are missing, for nobody but the user.

    Raises: ConfigError.
    """
    # Parents get 0700 as well, which XDG asks for and pathlib's `parents=True` does not do.
    missing = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    try:
        for parent in reversed(missing):
            parent.mkdir(mode=0o700, exist_ok=True)
        if not folder.is_dir():
            raise NotADirectoryError("something else has that name")
    except OSError as error:
        raise ConfigError(
            f"The directory {folder} cannot be made ({error.strerror or error}); free the way to it, "
            "or choose another profile with --profile DIR."
        ) from error


def _close_to_others(folder: Path) -> None:
    _refuse_unsafe(folder)
    if folder.lstat().st_mode & 0o077:
        folder.chmod(0o700)


def _refuse_unsafe(folder: Path) -> None:
    info = folder.lstat()
    if stat.S_ISLNK(info.st_mode) or not stat.S_ISDIR(info.st_mode):
        raise ConfigError(f"{folder} has to be a directory and no link, for the phone's socket; remove what is there.")
    if info.st_uid != os.getuid():
        raise ConfigError(
            f"The directory {folder} belongs to another user (uid {info.st_uid}); remove it, or set XDG_RUNTIME_DIR "
            "to a directory of your own."
        )
