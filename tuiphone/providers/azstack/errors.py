"""AZStack's error codes (PROTOCOL.md section 14) as our errors: the sentence is for people, the code for the log."""

# pyright: strict

import logging
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, get_args

from tuiphone.core.errors import (
    BadFrame,
    ConnectionLost,
    MediaError,
    NotPossible,
    PhoneError,
    RequestFailed,
    RequestTimeout,
)

log = logging.getLogger(__name__)

Code: TypeAlias = Literal[
    "ERR_SOCKET_CONNECT",
    "ERR_SOCKET_PARSE_BODY",
    "ERR_SOCKET_UNKNOWN_SERVICE",
    "ERR_SOCKET_NOT_CONNECTED",
    "ERR_REQUEST_TIMEOUT",
    "ERR_UNEXPECTED_DATA",
    "ERR_UNEXPECTED_SEND_DATA",
    "ERR_UNEXPECTED_RECEIVED_DATA",
    "ERR_WEBRTC",
]
CODES: tuple[Code, ...] = get_args(Code)

_ERRORS: Mapping[Code, tuple[Callable[[str], PhoneError], str]] = {
    "ERR_SOCKET_CONNECT": (ConnectionLost, "Cannot connect to AZStack. Check the address and the network."),
    "ERR_SOCKET_PARSE_BODY": (BadFrame, "AZStack sent an answer that cannot be read. Try again."),
    "ERR_SOCKET_UNKNOWN_SERVICE": (
        BadFrame,
        "The server answered something else than which chat server to use. Check that `url` leads to AZStack.",
    ),
    "ERR_SOCKET_NOT_CONNECTED": (ConnectionLost, "AZStack is not connected now. Try again when it is."),
    "ERR_REQUEST_TIMEOUT": (RequestTimeout, "AZStack did not answer in time. Try again."),
    "ERR_UNEXPECTED_DATA": (NotPossible, "This cannot be done with the call now."),
    "ERR_UNEXPECTED_SEND_DATA": (NotPossible, "AZStack cannot take this. Check what was typed."),
    "ERR_UNEXPECTED_RECEIVED_DATA": (
        lambda sentence: RequestFailed("ERR_UNEXPECTED_RECEIVED_DATA", sentence),
        "AZStack refused this. Try again.",
    ),
    "ERR_WEBRTC": (MediaError, "The sound of the call could not be set up. Check microphone and speaker."),
}


def error(code: Code, detail: str = "") -> PhoneError:
    """The error of this code; `detail` is a better sentence than the usual one. The code is noted in the log."""
    kind, usual = _ERRORS[code]
    found = kind(detail or usual)
    found.add_note(code)
    log.info("%s: %s", code, found)
    return found


def code_of(found: BaseException) -> str | None:
    """The code an error was made with."""
    return next((note for note in getattr(found, "__notes__", ()) if note in CODES), None)
