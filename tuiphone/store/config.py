"""The preferences in config.toml; a mistake costs that one key, never the phone. Accounts are in accounts.py."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tuiphone.core.errors import ConfigError
from tuiphone.core.provider import setting
from tuiphone.store.accounts import MAX_AUTO_ANSWER_SECONDS
from tuiphone.store.fields import Unfit, called, fields_of, fit
from tuiphone.store.hooks import Crm, Hook, read_crm, read_hooks
from tuiphone.store.mistakes import Mistakes, Problem, about, shown, unknown
from tuiphone.store.toml import read_toml


@dataclass(frozen=True, slots=True)
class SoundPreferences:
    """Section [sound]: names of devices, "default" for the system's choice, "none" for silence."""

    microphone: str = setting("device to speak into", default="default")
    speaker: str = setting("device to hear calls on", default="default")
    ringer: str = setting("device that rings", default="default")


FORMATS = ("auto", "ogg", "webm")


@dataclass(frozen=True, slots=True)
class RecordingPreferences:
    """Section [recording]."""

    folder: str | None = setting("folder for recordings, absolute or from ~; absolute once read", default=None)
    auto: bool = setting("record every call from the answer on", default=False)
    format: str = setting(
        "auto: ogg, and webm with both pictures for video calls; ogg: the sound alone, always; webm: webm, always",
        default="auto",
    )
    max_download_mb: int = setting("largest recording that is fetched from a vendor, in MB", default=500)
    trusted_hosts: tuple[str, ...] = setting(
        "hosts in your own network from which a vendor's link may fetch recordings",
        default=(),
        example='["pbx.office.lan", "10.0.0.5"]',
    )

    def problems(self) -> list[tuple[str, str]]:
        """A folder that would depend on where the engine was started, a limit that makes no sense, an unknown word."""
        found: list[tuple[str, str]] = []
        if self.folder is not None and not self.folder.startswith(("/", "~/")):
            found.append(("folder", "must be an absolute path, or begin with ~/."))
        if not 1 <= self.max_download_mb <= 100_000:
            found.append(("max_download_mb", "must be from 1 to 100000."))
        if self.format not in FORMATS:
            found.append(("format", 'must be "auto", "ogg" or "webm".'))
        return found


@dataclass(frozen=True, slots=True)
class MediaPreferences:
    """Section [media]."""

    interfaces: tuple[str, ...] = setting(
        "network interfaces that media may use, names or patterns; all when empty",
        default=(),
        example='["eth*", "wg0"]',
    )


@dataclass(frozen=True, slots=True)
class CallPreferences:
    """Section [calls]: who may ring, and whom the phone answers by itself. Accounts have `auto_answer` of their own.

    A number shown is what the network says, and can be forged: whoever is in `auto_answer_from` may listen in.
    """

    dnd: str = setting("what do-not-disturb does with a call: quiet or reject (as busy)", default="quiet")
    dnd_allow: tuple[str, ...] = setting(
        "numbers and users who ring all the same", default=(), example='["+84901234567", "bob"]'
    )
    dnd_favourites: bool = setting("favourite contacts ring all the same", default=True)
    auto_answer_from: tuple[str, ...] = setting(
        "numbers and users the phone answers by itself", default=(), example='["+84901234567", "bob"]'
    )
    auto_answer_after: float = setting("seconds it lets them ring before that", default=2.0)
    auto_answer_muted: bool = setting("with the microphone closed", default=False)
    auto_answer_in_call: bool = setting("also while another call is up, which is put on hold", default=False)

    def problems(self) -> list[tuple[str, str]]:
        """A word that is none of the two, and seconds nobody would wait."""
        found: list[tuple[str, str]] = []
        if self.dnd not in ("quiet", "reject"):
            found.append(("dnd", 'must be "quiet" or "reject".'))
        if not 0 <= self.auto_answer_after <= MAX_AUTO_ANSWER_SECONDS:
            found.append(("auto_answer_after", f"must be 0 to {MAX_AUTO_ANSWER_SECONDS:.0f} seconds."))
        return found


SHOWS = ("auto", "window", "terminal", "sixel", "blocks", "off")
SIZES = {"640x480": (640, 480), "1280x720": (1280, 720)}


@dataclass(frozen=True, slots=True)
class VideoPreferences:
    """Section [video]."""

    show: str = setting(
        "where pictures are shown: window, terminal, sixel (in a terminal, as sixels even where it says nothing of "
        "them), blocks (in a terminal, of half characters even where it has real pictures) or off; auto takes the "
        "window where there is a display",
        default="auto",
    )
    cameras: tuple[str, ...] = setting(
        "what your picture can be of, the first one first: names of cameras, paths of video or picture files, "
        '"front pattern" and "back pattern"; when empty the cameras there are',
        default=(),
        example='["Integrated Camera", "/dev/video2", "~/away.png"]',
    )
    size: str = setting("size of your picture: 640x480 or 1280x720", default="640x480")
    fps: int = setting("pictures a second that are sent at most", default=15)

    def problems(self) -> list[tuple[str, str]]:
        """Words that are none of those there are, and a pace nobody can keep or see."""
        found: list[tuple[str, str]] = []
        if self.show not in SHOWS:
            words = ", ".join(f'"{word}"' for word in SHOWS[:-1])
            found.append(("show", f'must be {words} or "{SHOWS[-1]}".'))
        if not all(name.strip() for name in self.cameras):
            found.append(("cameras", "must be names or paths, none of them empty."))
        if self.size not in SIZES:
            found.append(("size", 'must be "640x480" or "1280x720".'))
        if not 1 <= self.fps <= 30:
            found.append(("fps", "must be from 1 to 30."))
        return found


@dataclass(frozen=True, slots=True)
class AppPreferences:
    """Section [app]."""

    bell: bool = setting("ring the terminal's bell for a call, a missed call and a message", default=True)
    notify: bool = setting("tell of them in a notification of the desktop or the terminal", default=True)
    title: bool = setting("show the call in the title of the terminal's window", default=True)
    theme: str | None = setting("name of the palette", default=None)
    welcome: str | None = setting("a line for the empty Dial screen", default=None)


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the person set; everything has a default."""

    sound: SoundPreferences = SoundPreferences()
    recording: RecordingPreferences = RecordingPreferences()
    media: MediaPreferences = MediaPreferences()
    calls: CallPreferences = CallPreferences()
    video: VideoPreferences = VideoPreferences()
    app: AppPreferences = AppPreferences()
    keys: Mapping[str, str] = field(default_factory=dict)
    """Binding id -> key, or several keys with commas."""
    hooks: Mapping[str, tuple[Hook, ...]] = field(default_factory=dict)
    """Event -> what is run then."""
    crm: Crm | None = None
    """What is opened for a caller."""


SECTIONS: dict[str, type[Any]] = {
    "sound": SoundPreferences,
    "recording": RecordingPreferences,
    "media": MediaPreferences,
    "calls": CallPreferences,
    "video": VideoPreferences,
    "app": AppPreferences,
}


def load_preferences(file: Path, *, binding_ids: Collection[str] = ()) -> tuple[Preferences, tuple[Problem, ...]]:
    """The preferences, and everything that is wrong with the file; what is wrong or missing has its default.

    With `binding_ids`, keys for other bindings are mistakes as well.
    """
    try:
        table = read_toml(file).table
    except FileNotFoundError:
        return Preferences(), ()
    except Mistakes as mistakes:
        return Preferences(), mistakes.problems
    return _read(file, table, binding_ids)


def check_preference(file: Path, section: str, key: str, value: object) -> None:
    """Raises: ConfigError when this value cannot stand there."""
    _, problems = _read(file, {section: {key: value}}, ())
    if problems:
        raise ConfigError(str(problems[0]))


def _read(
    file: Path, table: Mapping[str, object], binding_ids: Collection[str]
) -> tuple[Preferences, tuple[Problem, ...]]:
    problems: list[Problem] = []
    parts: dict[str, Any] = {}
    for name, content in table.items():
        section = shown(name)
        if name not in SECTIONS and name not in ("keys", "hooks"):
            problems.append(about(file, section, unknown(name, [*SECTIONS, "keys", "hooks"], "section")))
        elif not isinstance(content, Mapping):
            what = f"{name} must be a section of its own, [{name}], not {called(content)}."
            problems.append(about(file, name, what))
        elif name == "keys":
            parts["keys"] = _keys(file, content, binding_ids, problems)
        elif name == "hooks":
            parts["hooks"] = read_hooks(file, content, problems)
            parts["crm"] = read_crm(file, content, problems)
        else:
            parts[name] = _section(file, name, content, problems)
    return Preferences(**parts), tuple(problems)


def _section(file: Path, name: str, content: Mapping[str, object], problems: list[Problem]) -> Any:
    fields = fields_of(SECTIONS[name])
    values: dict[str, Any] = {}
    for key, value in content.items():
        where = f"{name}.{shown(key)}"
        if key not in fields:
            problems.append(about(file, where, unknown(key, fields, prefix=f"{name}.")))
            continue
        try:
            values[key] = fit(fields[key], value)
        except Unfit as unfit:
            problems.append(about(file, where, f"{name}.{unfit}"))
    section = SECTIONS[name](**values)
    for key, sentence in section.problems() if hasattr(section, "problems") else ():
        problems.append(about(file, f"{name}.{key}", f"{name}.{key} {sentence}"))
        del values[key]
    if values.get("folder"):
        values["folder"] = os.path.expanduser(values["folder"])
    return SECTIONS[name](**values)


def _keys(file: Path, content: Mapping[str, object], known: Collection[str], problems: list[Problem]) -> dict[str, str]:
    keys: dict[str, str] = {}
    for binding, key in _flat(content):
        where = f"keys.{shown(binding)}"
        if not isinstance(key, str):
            problems.append(about(file, where, f'{where} must be a key as text, like "ctrl+k", not {called(key)}.'))
        elif not key.strip() or len(key) > 64 or not key.isprintable():
            problems.append(about(file, where, f'{where} is no key; write it like "ctrl+k", "f5" or "x".'))
        elif known and binding not in known:
            problems.append(about(file, where, unknown(binding, known, "binding", prefix="keys.")))
        else:
            keys[binding] = key.strip()
    return keys


def _flat(content: Mapping[str, object], prefix: str = "") -> list[tuple[str, object]]:
    """Binding ids have dots, which TOML reads as tables unless they are quoted; both ways are right."""
    found: list[tuple[str, object]] = []
    for key, value in content.items():
        if isinstance(value, Mapping) and prefix.count(".") < 4:
            found.extend(_flat(value, f"{prefix}{key}."))
        else:
            found.append((f"{prefix}{key}", value))
    return found
