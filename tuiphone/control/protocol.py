"""The messages between the engine and whatever is attached to it: one JSON text a line, checked on both sides.

them                                us (the engine)
Attach(version, ...)   ──────>
                       <──────     Welcome, StateChanged      or Refused, and the end
Request(id, command)   ──────>
                       <──────     Reply(id, result) or Failure(id, kind, text)
                       <──────     StateChanged, Meters, Alert, Happened, Goodbye      at any time
"""

from typing import Annotated, Any, Literal, TypeAlias, cast

import msgspec

from tuiphone.core.call import CallId
from tuiphone.core.model import Address, CallRecord
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState

VERSION = 1
"""Raised when an older side could misunderstand a newer one."""
MAX_REQUEST = 64 * 1024
"""Bytes of a line to the engine; longer ones are refused."""
MAX_UPDATE = 8 * 1024 * 1024
"""Bytes of a line from the engine."""
MAX_PAGE = 500
"""Rows of one page of history."""

Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
"""What JSON encoders and SQLite can take."""


class _Message(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """Base of all messages; `type` says which it is."""


# -- what one can ask ---------------------------------------------------------------------------------------------


class Dial(_Message, frozen=True, kw_only=True):
    """Call somebody; the reply is Started."""

    to: str
    account: str | None = None
    """The first account that can, when absent."""
    video: bool = False
    caller: str | None = None
    """The number or alias to call from."""
    record: bool = False
    """Record from the answer on."""


class Answer(_Message, frozen=True):
    """Pick up; other calls are put on hold first."""

    call: CallId
    video: bool = False
    record: bool = False
    """Record from the answer on."""


class Reject(_Message, frozen=True):
    """Refuse an incoming call."""

    call: CallId


class Hangup(_Message, frozen=True):
    """End or cancel a call."""

    call: CallId


class Hold(_Message, frozen=True):
    """Hold or resume."""

    call: CallId
    on: bool


class Mute(_Message, frozen=True):
    """Close or open the microphone."""

    call: CallId
    on: bool


class Camera(_Message, frozen=True):
    """Send our picture or stop."""

    call: CallId
    on: bool


class Record(_Message, frozen=True):
    """Begin or finish recording."""

    call: CallId
    on: bool


class Silence(_Message, frozen=True):
    """Let it ring on without the ringer."""

    call: CallId


class Dtmf(_Message, frozen=True):
    """Send digits."""

    call: CallId
    digits: str


class Transfer(_Message, frozen=True):
    """Blind transfer."""

    call: CallId
    to: str


class Info(_Message, frozen=True):
    """Send a side message, any JSON value, in the call."""

    call: CallId
    payload: Any


class Text(_Message, frozen=True):
    """Send a message outside calls."""

    account: str
    to: str
    text: str


class ReadHistory(_Message, frozen=True, kw_only=True):
    """Ask for a page of history, newest first; the reply is HistoryPage."""

    text: str = ""
    account: str | None = None
    missed: bool = False
    before: Number | None = None
    """Only records older than the one with this id."""
    limit: Number = 100


class SeeMissed(_Message, frozen=True):
    """Missed calls have been looked at."""


class Suggest(_Message, frozen=True):
    """Ask whom the typed text may mean; the reply is Suggestions, best first."""

    text: str
    limit: Number = 8


class ListDevices(_Message, frozen=True):
    """Ask for the sound devices; the reply is Devices."""


class Play(_Message, frozen=True):
    """Play the recording of a history record through the speaker."""

    record: Number


class StopPlaying(_Message, frozen=True):
    """Stop the playback."""


class SwitchAccount(_Message, frozen=True):
    """Switch an account on or off; kept in its file."""

    account: str
    on: bool


class RetryAccount(_Message, frozen=True):
    """Connect now instead of after the pause, or after refused credentials."""

    account: str


class ReloadAccounts(_Message, frozen=True):
    """Read the account files again."""


class Quit(_Message, frozen=True):
    """This screen is leaving for good; an engine that a screen started ends with the last of them."""


class Stop(_Message, frozen=True):
    """End the engine, calls and all."""


Command: TypeAlias = (
    Dial
    | Answer
    | Reject
    | Hangup
    | Hold
    | Mute
    | Camera
    | Record
    | Silence
    | Dtmf
    | Transfer
    | Info
    | Text
    | ReadHistory
    | SeeMissed
    | Suggest
    | ListDevices
    | Play
    | StopPlaying
    | SwitchAccount
    | RetryAccount
    | ReloadAccounts
    | Quit
    | Stop
)


class Attach(_Message, frozen=True, kw_only=True):
    """The first line: who is there."""

    version: int
    screen: bool
    """A screen rings and counts for whether the engine may end; a tool does neither."""
    program: str = ""


class Request(_Message, frozen=True):
    """A command, with a number that the reply repeats."""

    id: Number
    command: Command


# -- what is answered ---------------------------------------------------------------------------------------------


class Started(_Message, frozen=True):
    """The call that Dial began."""

    call: CallId


class HistoryPage(_Message, frozen=True):
    """Records, newest first, and how many match in all."""

    records: tuple[CallRecord, ...]
    total: int


class Suggestion(msgspec.Struct, frozen=True):
    """Somebody called, or calling, before."""

    peer: Address
    account: str
    calls: int
    last_at: float


class Suggestions(_Message, frozen=True):
    """Whom the text may mean, best first."""

    found: tuple[Suggestion, ...]


class SoundDevice(msgspec.Struct, frozen=True):
    """A microphone or a speaker."""

    name: str
    is_default: bool = False
    in_use: bool = False


class Devices(_Message, frozen=True):
    """The sound devices of the engine's machine."""

    microphones: tuple[SoundDevice, ...]
    speakers: tuple[SoundDevice, ...]


Result: TypeAlias = Started | HistoryPage | Suggestions | Devices


class Reply(_Message, frozen=True):
    """The command was carried out."""

    id: int
    result: Result | None = None


class Failure(_Message, frozen=True):
    """The command was not carried out; `text` is the sentence to show."""

    id: int
    kind: str
    """Name of the PhoneError."""
    text: str


# -- what is told -------------------------------------------------------------------------------------------------


class Preferences(msgspec.Struct, frozen=True, kw_only=True):
    """What a screen has to know of the settings."""

    theme: str | None = None
    welcome: str | None = None
    """A line for the empty Dial screen."""
    keys: dict[str, str] = {}
    """Binding id -> key."""
    problems: tuple[str, ...] = ()
    """Mistakes in the settings, a sentence each."""


class Welcome(_Message, frozen=True, kw_only=True):
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


class Refused(_Message, frozen=True):
    """You are not attached, and the line closes; `reason` is a sentence."""

    reason: str


class StateChanged(_Message, frozen=True):
    """The phone as it is now, whole."""

    state: PhoneState
    screens: int
    """How many screens are attached, yours included."""


class CallMeter(msgspec.Struct, frozen=True):
    """How one call sounds."""

    call: CallId
    stats: MediaStats


class Meters(_Message, frozen=True):
    """How the calls sound, ten times a second while there are any; skipped for readers who fall behind."""

    calls: tuple[CallMeter, ...]


class Alert(_Message, frozen=True):
    """Something to say once."""

    level: Literal["info", "warning", "error"]
    text: str
    account: str | None = None
    call: CallId | None = None


class Happened(_Message, frozen=True, kw_only=True):
    """An event of a call or an account, for scripts."""

    event: str
    at: float
    account: str
    call: CallId | None = None
    data: dict[str, Any] = {}


class Goodbye(_Message, frozen=True):
    """The engine is ending."""

    reason: str


Update: TypeAlias = Welcome | Refused | StateChanged | Meters | Alert | Happened | Reply | Failure | Goodbye

_encoder = msgspec.json.Encoder()
_from_client = msgspec.json.Decoder(Attach | Request)
_from_engine = msgspec.json.Decoder(Update)


class Garbled(Exception):
    """A line is not one of our messages; the text is a sentence."""


def line(message: _Message) -> bytes:
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
