"""A bug report: an archive of what helps to find out what is wrong, without secrets, and without names if so wished.

Runs as a process of its own (`python -m tuiphone.store.report`), because a call would hear the work: it reads an Order
as JSON from its standard input, which no list of processes shows, and prints an Outcome.
"""

import io
import json
import os
import platform
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from tuiphone import __version__
from tuiphone.core.anonymous import Anonymiser
from tuiphone.core.entry import Entry
from tuiphone.core.errors import StoreError
from tuiphone.core.redact import learn, redact
from tuiphone.store.blackened import account_lines, config_lines, learn_secrets, plain_values
from tuiphone.store.diary import DiaryFile
from tuiphone.store.fields import Kind
from tuiphone.store.paths import find

LOG_BYTES = 1024 * 1024
"""Of each file of the log, its end."""
MAX_ENTRIES = 3000
DOCTOR_SECONDS = 30.0
LIBRARIES = (
    "aiohttp", "aioice", "aiortc", "av", "httpx", "keyring", "msgspec", "numpy", "phonenumbers", "platformdirs",
    "pyjwt", "rich", "sounddevice", "textual", "tomlkit", "vobject", "websockets",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be reported; what only a running engine knows comes along."""

    profile: str | None
    anonymous: bool
    file: str | None = None
    """Where to write it; None only says what would be in it."""
    secrets: tuple[str, ...] = ()
    """Known ones, to be blacked out wherever they stand."""
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Account -> setting -> name of its Kind."""
    people: tuple[str, ...] = ()
    salt: str = ""
    """Two orders with the same one give the same stand-ins."""
    terminal: Mapping[str, str] = field(default_factory=dict)
    traces: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """Account -> frames: at, way, where, label, body, size, call, count."""
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """File name -> what it is about, and its text."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the report."""

    name: str
    about: str
    text: str


class Report:
    """Puts the parts of a report together. Blocks; see `python -m`."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._paths = find(order.profile)
        self._names = Anonymiser(order.salt.encode() or None) if order.anonymous else None
        for secret in order.secrets:
            learn(secret)
        for account in self._accounts():
            learn_secrets(account, self._kinds(account))
        self._entries = self._diary()
        if self._names is not None:
            self._names.know(order.people)
            for account in self._accounts():
                self._names.know([account.stem])
                self._names.know_of(plain_values(account, self._kinds(account)))
            for entry in self._entries:
                self._names.know(entry.people)
            for frames in order.traces.values():
                for frame in frames:
                    self._names.know_of_frame(frame["body"])

    def parts(self) -> Iterator[Part]:
        """Every file, cleaned."""
        for part in self._raw_parts():
            yield Part(self._clean(part.name), part.about, part.text)

    def _raw_parts(self) -> Iterator[Part]:
        yield Part("versions.txt", "versions of tuiphone, Python, libraries and the system", self._clean(_versions()))
        if self._order.terminal:
            lines = "\n".join(f"{key}: {value}" for key, value in self._order.terminal.items())
            yield Part("terminal.txt", "the terminal it was asked for in", self._clean(lines))
        yield Part("doctor.txt", "what tuiphone doctor found", self._clean(self._doctor()))
        settings = self._lines(config_lines(self._paths.config_file))
        yield Part("config/config.toml", "settings, without commands", settings)
        for file in self._accounts():
            lines = self._lines(account_lines(file, self._kinds(file)))
            yield Part(f"config/accounts/{file.name}", "an account, without its secrets", lines)
        for name, (about, text) in self._order.texts.items():
            yield Part(name, about, self._clean(text))
        yield Part("log/what-happened.txt", "the log page", self._lines(entry_lines(self._entries)))
        for file in (self._paths.log_file, Path(f"{self._paths.log_file}.1")):
            if (text := _tail(file)) is not None:
                yield Part(f"log/{file.name}", "the engine's log", self._clean(text))
        for account, frames in self._order.traces.items():
            lines = trace_lines(account, frames, label=self._name, body=self._body)
            yield Part(f"trace/{account}.txt", "what went over the account's wire", _redacted(lines))

    # -- cleaning -----------------------------------------------------------------------------------------------

    def _clean(self, text: str) -> str:
        return self._lines(text.split("\n"))

    def _lines(self, lines: Iterable[str]) -> str:
        return self._name(_redacted(lines))

    def _name(self, text: str) -> str:
        return self._names.lines(text) if self._names is not None else text

    def _body(self, body: str) -> str:
        return self._names.body(body) if self._names is not None else body

    # -- sources ------------------------------------------------------------------------------------------------

    def _accounts(self) -> list[Path]:
        try:
            return sorted(
                file
                for file in self._paths.accounts_dir.iterdir()
                if file.suffix == ".toml" and not file.name.startswith(".")
            )
        except OSError:
            return []

    def _kinds(self, account: Path) -> dict[str, Kind]:
        return {key: Kind[name] for key, name in self._order.kinds.get(account.stem, {}).items()}

    def _diary(self) -> list[Entry]:
        try:
            return DiaryFile(self._paths.diary_file).read()[-MAX_ENTRIES:]
        except OSError:
            return []

    def _doctor(self) -> str:
        command = [sys.executable, "-P", "-m", "tuiphone"]
        command += ["--profile", self._order.profile] if self._order.profile else []
        try:
            done = subprocess.run(
                [*command, "doctor"], capture_output=True, text=True, timeout=DOCTOR_SECONDS, check=False
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"The doctor could not be asked: {type(error).__name__}."
        return done.stdout + done.stderr


def _redacted(lines: Iterable[str]) -> str:
    """Line by line a second time: what was cut, or written before a secret was known, is seen now."""
    home = str(Path.home())
    return "\n".join(redact(line).replace(home, "~") if len(home) > 1 else redact(line) for line in lines)


def entry_lines(entries: list[Entry]) -> Iterator[str]:
    """What happened, newest first, as text."""
    for entry in reversed(entries):
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(entry.at))
        times = f" ({entry.count} times)" if entry.count > 1 else ""
        yield f"{clock} {entry.level.value:7} {entry.account or '-':12} {entry.text}{times}"
        for line in (entry.detail or "").splitlines():
            yield f"    {line}"


def trace_lines(
    account: str,
    frames: Sequence[Mapping[str, Any]],
    *,
    label: Callable[[str], str] = str,
    body: Callable[[str], str] = str,
) -> Iterator[str]:
    """A trace as text: an arrow, what it is, and the frame below it."""
    arrows = {"sent": "-->", "received": "<--", "note": "   "}
    yield f"{label(account)}: {len(frames)} frames; --> is sent, <-- is received."
    for frame in frames:
        at = float(frame["at"])
        clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at)) + f".{int(at * 1000) % 1000:03}"
        call = f" [{frame['call']}]" if frame.get("call") else ""
        times = f" ({frame['count']} times)" if frame.get("count", 1) > 1 else ""
        yield f"{clock} {arrows[frame['way']]} {frame['where']} {label(frame['label'])}{times}{call}"
        if frame.get("body"):
            yield from (f"    {line}" for line in body(frame["body"]).splitlines())


def trace_json(account: str, frames: Sequence[Mapping[str, Any]]) -> str:
    """A trace for programs."""
    return json.dumps({"account": account, "frames": list(frames)}, ensure_ascii=False, indent=1)


def write_new(file: Path, content: bytes) -> None:
    """Write a file that is not there yet, for nobody but the user. Raises: StoreError."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise StoreError(f"{file} is there already; give another name.") from None
    except OSError as error:
        raise StoreError(f"{file} cannot be written ({error.strerror or error}); give another name.") from error
    try:
        with open(handle, "wb") as opened:
            opened.write(content)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise StoreError(f"{file} cannot be written ({error.strerror or error}); make room for it.") from error


def carry_out(order: Order) -> dict[str, Any]:
    """Look or write. Raises: StoreError."""
    parts = list(Report(order).parts())
    said = [{"name": part.name, "size": len(_bytes(part)), "about": part.about} for part in parts]
    if order.file is None:
        return {"parts": said}
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in parts:
            packed.writestr(f"tuiphone-report/{part.name}", _bytes(part))
    write_new(Path(order.file), archive.getvalue())
    return {"parts": said, "file": order.file, "size": archive.tell()}


def _bytes(part: Part) -> bytes:
    return f"{part.text}\n".encode("utf-8", "replace")


def main() -> int:
    """Read an order, print what came of it; an error is `{"problem": sentence}`."""
    try:
        given = json.loads(sys.stdin.buffer.read())
        outcome = carry_out(Order(**given))
    except StoreError as error:
        outcome = {"problem": str(error)}
    sys.stdout.write(json.dumps(outcome))
    return 0


def _versions() -> str:
    lines = [
        f"tuiphone {__version__}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        f"system {platform.platform()}",
    ]
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name} is missing")
    return "\n".join(lines)


def _tail(file: Path) -> str | None:
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, os.fstat(opened.fileno()).st_size - LOG_BYTES))
            return opened.read(LOG_BYTES).decode(errors="replace")
    except OSError:
        return None


def default_name(now: float) -> str:
    """What to call a report made now."""
    return time.strftime("tuiphone-report-%Y%m%d-%H%M%S.zip", time.localtime(now))


if __name__ == "__main__":
    sys.exit(main())
