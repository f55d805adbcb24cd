"""The messages between the engine and whatever is attached to it: one JSON text a line, checked on both sides.

them                                us (the engine)
Attach(version, ...)   ──────>
                       <──────     Welcome, StateChanged      or Refused, and the end
Request(id, command)   ──────>
                       <──────     Reply(id, result) or Failure(id, kind, text)
                       <──────     StateChanged, Meters, Alert, Happened, Goodbye      at any time
"""

from typing import Any, Literal, TypeAlias, cast

import msgspec

from tuiphone.control import (
    accounts,
    attention,
    calls,
    cards,
    contacts,
    desk,
    groups,
    history,
    lines,
    links,
    logbook,
    pictures,
    recordings,
    settings,
    sound,
    texts,
)
from tuiphone.control.base import Message, Number
from tuiphone.core.call import CallId
from tuiphone.core.crm import CrmWhen
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState

VERSION = 2
"""Raised when an older side could misunderstand a newer one."""
MAX_REQUEST = 64 * 1024
"""Bytes of a line to the engine; longer ones are refused."""
MAX_UPDATE = 8 * 1024 * 1024
"""Bytes of a line from the engine."""
MAX_PAGE = 500
"""Rows of one page of history."""


# -- what one can ask ---------------------------------------------------------------------------------------------


class Quit(Message, frozen=True):
    """This screen is leaving for good; an engine that a screen started ends with the last of them."""


class Stop(Message, frozen=True):
    """End the engine, calls and all."""


Command: TypeAlias = (
    calls.Command
    | groups.Command
    | lines.Command
    | desk.Command
    | contacts.Command
    | history.Command
    | cards.Command
    | recordings.Command
    | texts.Command
    | accounts.Command
    | sound.Command
    | settings.Command
    | attention.Command
    | links.Command
    | logbook.Command
    | pictures.Command
    | Quit
    | Stop
)


class Attach(Message, frozen=True, kw_only=True):
    """The first line: who is there."""

    version: int
    screen: bool
    """A screen rings and counts for whether the engine may end; a tool does neither."""
    program: str = ""


class Request(Message, frozen=True):
    """A command, with a number that the reply repeats."""

    id: Number
    command: Command


# -- what is answered ---------------------------------------------------------------------------------------------


Result: TypeAlias = (
    calls.Result
    | contacts.Result
    | desk.Result
    | texts.Result
    | history.Result
    | cards.Result
    | recordings.Result
    | sound.Result
    | attention.Result
    | accounts.Result
    | links.Result
    | logbook.Result
    | pictures.Result
)


class Reply(Message, frozen=True):
    """The command was carried out."""

    id: int
    result: Result | None = None


class Failure(Message, frozen=True):
    """The command was not carried out; `text` is the sentence to show."""

    id: int
    kind: str
    """Name of the PhoneError."""
    text: str


# -- what is told -------------------------------------------------------------------------------------------------


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen has to know of the settings."""

    theme: str | None = None
    themes_dir: str | None = None
    """The folder of the user's own palettes."""
    welcome: str | None = None
    """A line for the empty Dial screen."""
    bell: bool = True
    notify: bool = True
    title: bool = True
    picture: str = "auto"
    """Where video is shown: auto, window, terminal, sixel, blocks or off."""
    crm: CrmWhen | None = None
    """When the page of a customer database is opened for a caller; None without one."""
    keys: dict[str, str] = {}
    """Binding id -> key."""
    problems: tuple[str, ...] = ()
    """Mistakes in the settings, a sentence each."""


class Welcome(Message, frozen=True, kw_only=True):
    """You are attached."""

    version: int
    pid: int
    release: str
    profile: str | None
    owned: bool
    """A screen started this engine; it ends with the last screen that quits."""
    log_file: str
    recordings: str
    """The folder of recordings."""
    preferences: Preferences


class Refused(Message, frozen=True):
    """You are not attached, and the line closes; `reason` is a sentence."""

    reason: str


class StateChanged(Message, frozen=True):
    """The phone as it is now, whole."""

    state: PhoneState
    screens: int
    """How many screens are attached, yours included."""


class CallMeter(msgspec.Struct, frozen=True):
    """How one call sounds."""

    call: CallId
    stats: MediaStats


class Meters(Message, frozen=True):
    """How the calls sound, ten times a second while there are any; skipped for readers who fall behind."""

    calls: tuple[CallMeter, ...]


class Alert(Message, frozen=True):
    """Something to say once."""

    level: Literal["info", "warning", "error"]
    text: str
    account: str | None = None
    call: CallId | None = None
    page: str | None = None
    """Of the app; where it is open, it shows so by itself."""


class Happened(Message, frozen=True, kw_only=True):
    """An event of a call or an account, for scripts."""

    event: str
    at: float
    account: str
    call: CallId | None = None
    data: dict[str, Any] = {}


class Goodbye(Message, frozen=True):
    """The engine is ending."""

    reason: str


Update: TypeAlias = (
    Welcome | Refused | StateChanged | Meters | Alert | Happened | links.Opened | Reply | Failure | Goodbye
)

_encoder = msgspec.json.Encoder()
_from_client = msgspec.json.Decoder(Attach | Request)
_from_engine = msgspec.json.Decoder(Update)


class Garbled(Exception):
    """A line is not one of our messages; the text is a sentence."""


def line(message: Message) -> bytes:
    """The message as one line with its end."""
    try:
        return _encoder.encode(message) + b"\n"
    except UnicodeEncodeError:
        # A shell's argument that is no UTF-8 has lone surrogates in it, which JSON text cannot carry.
        return _encoder.encode(_mended(msgspec.to_builtins(message))) + b"\n"


def _mended(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case dict():
            pairs = cast("dict[str, Any]", value)
            return {_mended(key): _mended(inner) for key, inner in pairs.items()}
        case list() | tuple():
            return [_mended(inner) for inner in cast("list[Any]", value)]
        case _:
            return value


def read_from_client(raw: bytes) -> Attach | Request:
    """What was sent to the engine. Raises: Garbled."""
    try:
        return _from_client.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Garbled(f"not a message of tuiphone's control protocol: {error}") from error


def read_from_engine(raw: bytes) -> Update:
    """What the engine sent. Raises: Garbled."""
    try:
        return _from_engine.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Garbled(f"the engine said something this version does not understand: {error}") from error
