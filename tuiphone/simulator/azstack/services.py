"""The numbers of AZStack's wire: services, and the codes that calls go through."""

from tuiphone.simulator.exchange import (
    BUSY,
    DECLINED,
    EARLY_MEDIA,
    NOT_FOUND,
    RING_TIMEOUT,
    RINGING,
    UNACCEPTABLE,
    UNAVAILABLE,
)

PING, GET_SERVER, AUTHENTICATE, AUTHENTICATED = 1, 29, 179, 162
FREE_START, FREE_DATA, FREE_STATUS, FREE_STATUS_BY_ME = 186, 187, 188, 199
CALLOUT_START, CALLOUT_DATA, CALLOUT_STOP, CALLOUT_STATUS, CALLOUT_DONE, CALLOUT_INITIAL = 500, 501, 502, 503, 504, 610
CALLIN_START, CALLIN_STATUS, CALLIN_STATUS_BY_ME = 505, 506, 508
LOG_PUSH, LOGS, USERS_BY_ID, USERS_BY_NAME = 601, 509, 164, 165
APPLICATION_STATE, PUSH_REGISTER, PUSH_REGISTERED, PUSH_UNREGISTER, PUSH_UNREGISTERED = 105, 38, 39, 40, 41

ANSWERED, STOP = 200, 700

INITIAL_SUCCESS, INITIAL_REFUSED, INITIAL_BAD_FROM = 100, 402, 404
BUSY_NOW, NO_BALANCE, BAD_TO = -3, -4, -5
CONNECTING, PAID_RINGING = 100, 183
REJECTED, NOT_AVAILABLE, NOT_ANSWERED, PAID_BUSY, NO_SIGNAL = 403, 408, 480, 486, 503
CALLIN_NOT_ANSWERED, RINGING_STOP = 403, 702

FREE_NOT_ANSWERED, FREE_BUSY, FREE_REJECTED = 400, 600, 603
AUDIO, VIDEO = 1, 2
DESCRIPTION, CANDIDATE = 1, 2


class Code(int):
    """A code that goes on the wire as it is, in the place of one of the exchange's."""


def paid_code(status: int) -> int:
    """What a callout's 503 says for a status of the exchange (13.2)."""
    return status if isinstance(status, Code) else _PAID.get(status, status)


def free_code(status: int) -> int:
    """What 188 says for a status of the exchange (13.1)."""
    return status if isinstance(status, Code) else _FREE.get(status, status)


_PAID = {
    RINGING: PAID_RINGING,
    EARLY_MEDIA: PAID_RINGING,
    NOT_FOUND: NOT_AVAILABLE,
    BUSY: PAID_BUSY,
    UNACCEPTABLE: NO_SIGNAL,
    DECLINED: REJECTED,
}
_FREE = {
    RING_TIMEOUT: FREE_NOT_ANSWERED,
    UNAVAILABLE: FREE_NOT_ANSWERED,
    BUSY: FREE_BUSY,
    UNACCEPTABLE: FREE_REJECTED,
    DECLINED: FREE_REJECTED,
}
