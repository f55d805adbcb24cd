"""The numbers of the wire that mean something: return codes, kinds and states (section 4.2)."""

from enum import IntEnum


class Ret(IntEnum):
    """How a request went."""

    OK = 1
    UNAUTHORISED = 3
    NOT_ALLOWED = 4
    INTERNAL = 5
    RESEND = 6
    FORBIDDEN = 7
    WRONG_CODE = 9
    LIMIT = 10
    INVALID_APP = 12
    ELSEWHERE = 16
    INVALID_FIELD = 21
    HISTORY_OFF = 30
    NO_CREDIT = 31


PHRASES = {
    Ret.OK: "OK",
    Ret.UNAUTHORISED: "unauthorised",
    Ret.NOT_ALLOWED: "not allowed",
    Ret.INTERNAL: "unknown, or an internal error",
    Ret.RESEND: "already there",
    Ret.FORBIDDEN: "forbidden",
    Ret.WRONG_CODE: "wrong pin",
    Ret.LIMIT: "limit exceeded",
    Ret.INVALID_APP: "invalid app id",
    Ret.ELSEWHERE: "answered elsewhere",
    Ret.INVALID_FIELD: "invalid field",
    Ret.HISTORY_OFF: "history is off",
    Ret.NO_CREDIT: "insufficient balance",
}

VOICE, VIDEO, PHONE = 1, 2, 4
"""`callType`."""
MISSED, ANSWERED = 1, 2
"""`callStatus`."""
OUTGOING, INCOMING = 1, 2
"""`requestDirection`."""
TO_SERVER, FROM_SERVER = 1, 2
"""`sendDirection`."""
UDP = 2
"""`transportType`."""


class Alert(IntEnum):
    """What a conference tells (section 8)."""

    CREATED = 1
    ADDED = 3
    REMOVED = 4
    PUBLISHER_JOINED = 5
    LEFT = 6
    ENDED = 9
    ADMIN_MUTED = 11
    SELF_MUTED = 12
