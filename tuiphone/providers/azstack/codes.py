"""What AZStack's status numbers mean: a word, an end reason where a call ends by it, a sentence that says what to do.

Names are those of the vendor's document where it has one (PROTOCOL.md section 15), else of its SDK (section 13).
"""

# pyright: strict

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tuiphone.core.call import EndReason
from tuiphone.core.model import RecordResult


@dataclass(frozen=True, slots=True)
class Step:
    """A status that a call goes through."""

    word: str
    name: str
    """The vendor's constant."""


@dataclass(frozen=True, slots=True)
class Meaning(Step):
    """A status that ends a call."""

    reason: EndReason
    sentence: str

    @property
    def detail(self) -> str:
        """The sentence, with the vendor's name for it where one may have to ask the vendor."""
        return f"{self.sentence} ({self.name})" if self.reason in _ASKED_ABOUT else self.sentence


Table: TypeAlias = Mapping[int, Step]
_ASKED_ABOUT = {EndReason.FAILED, EndReason.UNREACHABLE, EndReason.NO_CREDIT, EndReason.BAD_NUMBER}

_NO_CREDIT = "There is not enough money in the AZStack account for this call. Top it up."
_BUSY = "The other side is busy."
_NO_ANSWER = "Nobody answered."

CALLOUT: Table = {
    100: Step("connecting", "CALL_STATUS_CALLOUT_CONNECTING"),
    180: Step("ringing", "CALL_STATUS_CALLOUT_STATUS_RINGING_OTHER"),
    183: Step("ringing", "CALL_STATUS_CALLOUT_RINGING"),
    200: Step("answered", "CALL_STATUS_CALLOUT_ANSWERED"),
    403: Meaning(
        "rejected", "CALL_STATUS_CALLOUT_STATUS_REJECTED", EndReason.REJECTED, "The other side rejected the call."
    ),
    408: Meaning(
        "not available",
        "CALL_STATUS_CALLOUT_STATUS_USER_NOT_AVAILABLE",
        EndReason.UNREACHABLE,
        "The other side is not reachable now. Try again later.",
    ),
    480: Meaning("not answered", "CALL_STATUS_CALLOUT_NOT_ANSWERED", EndReason.NO_ANSWER, _NO_ANSWER),
    486: Meaning("busy", "CALL_STATUS_CALLOUT_BUSY", EndReason.BUSY, _BUSY),
    487: Meaning(
        "terminated",
        "CALL_STATUS_CALLOUT_STATUS_TERMINAL",
        EndReason.CANCELLED,
        "The call was ended before anybody answered.",
    ),
    503: Meaning(
        "no signal",
        "CALL_STATUS_CALLOUT_STATUS_NO_SIGNAL",
        EndReason.UNREACHABLE,
        "The telephone is switched off or has no signal. Try again later.",
    ),
    700: Meaning("hung up", "CALL_STATUS_CALLOUT_STOP", EndReason.REMOTE_HUNG_UP, "The other side hung up."),
    702: Meaning(
        "not enough balance",
        "CALL_STATUS_CALLOUT_ERROR_NOT_ENOUGH_BALANCE",
        EndReason.NO_CREDIT,
        "The money in the AZStack account has run out. Top it up.",
    ),
}
"""Of service 503 (section 13.2)."""

REFUSALS: Table = {
    -3: Meaning("busy", "CALL_STATUS_CALLOUT_BUSY", EndReason.BUSY, _BUSY),
    -4: Meaning("not enough balance", "CALL_STATUS_CALLOUT_ERROR_NOT_ENOUGH_BALANCE", EndReason.NO_CREDIT, _NO_CREDIT),
    -5: Meaning(
        "invalid number",
        "CALL_STATUS_CALLOUT_ERROR_INVALID_NUMBER",
        EndReason.BAD_NUMBER,
        "There is no such number. Check what was dialled.",
    ),
    -6: Meaning(
        "invalid number to call from",
        "CALLOUT_INITIAL_INVALID_FROM_NUMBER",
        EndReason.FAILED,
        "AZStack does not let you call from this number. Check `numbers` in the account's settings.",
    ),
}
"""Of service 610 (section 6.2), by the status that the SDK makes of its two numbers."""

CALLIN: Table = {
    183: Step("ringing", "CALL_STATUS_CALLIN_STATUS_RINGING"),
    200: Step("answered", "CALL_STATUS_CALLIN_STATUS_ANSWERED"),
    403: Step("not answered", "CALL_STATUS_CALLIN_STATUS_NOT_ANSWERED"),
    486: Step("busy", "CALL_STATUS_CALLIN_STATUS_BUSY"),
    700: Meaning("hung up", "CALL_STATUS_CALLIN_STOP", EndReason.REMOTE_HUNG_UP, "The caller hung up."),
    702: Meaning("ringing stopped", "CALL_STATUS_CALLIN_RINGING_STOP", EndReason.MISSED, "The caller gave up."),
}
"""Of service 506 (section 7.3); from the server only the last two mean anything."""

_ELSEWHERE = "Answered on another device of yours."
_BUSY_ELSEWHERE = "Another device of yours was in a call and refused this one as busy."
_REJECTED_ELSEWHERE = "Rejected on another device of yours."
_RANG_OUT_ELSEWHERE = "Another device of yours gave up ringing."
_STOPPED_ELSEWHERE = "Ended on another device of yours."

CALLIN_BY_ME: Table = {
    183: Step("ringing", "CALL_STATUS_CALLIN_BY_ME_RINGING"),
    200: Meaning("answered", "CALL_STATUS_CALLIN_BY_ME_ANSWERED", EndReason.ELSEWHERE, _ELSEWHERE),
    403: Meaning("not answered", "CALL_STATUS_CALLIN_BY_ME_NOT_ANSWERED", EndReason.MISSED, _RANG_OUT_ELSEWHERE),
    486: Meaning("busy", "CALL_STATUS_CALLIN_BY_ME_BUSY", EndReason.BUSY, _BUSY_ELSEWHERE),
    700: Meaning("hung up", "CALL_STATUS_CALLIN_BY_ME_STOP", EndReason.ELSEWHERE, _STOPPED_ELSEWHERE),
    702: Meaning("rejected", "CALL_STATUS_CALLIN_BY_ME_REJECTED", EndReason.REJECTED, _REJECTED_ELSEWHERE),
}
"""Of service 508."""

FREE: Table = {
    100: Step("connecting", "CALL_STATUS_FREE_CALL_CONNECTING"),
    180: Step("ringing", "CALL_STATUS_FREE_CALL_RINGING"),
    200: Step("answered", "CALL_STATUS_FREE_CALL_ANSWERED"),
    400: Meaning(
        "not answered",
        "CALL_STATUS_FREE_CALL_NOT_ANSWERED",
        EndReason.NO_ANSWER,
        "Nobody answered, or the other side is not connected now.",
    ),
    600: Meaning("busy", "CALL_STATUS_FREE_CALL_BUSY", EndReason.BUSY, _BUSY),
    603: Meaning("rejected", "CALL_STATUS_FREE_CALL_REJECTED", EndReason.REJECTED, "The other side rejected the call."),
    700: Meaning("hung up", "CALL_STATUS_FREE_CALL_STOP", EndReason.REMOTE_HUNG_UP, "The other side hung up."),
}
"""Of service 188 (section 8.3)."""

FREE_BY_ME: Table = {
    100: FREE[100],
    180: FREE[180],
    200: Meaning("answered", "CALL_STATUS_FREE_CALL_ANSWERED", EndReason.ELSEWHERE, _ELSEWHERE),
    400: Meaning("not answered", "CALL_STATUS_FREE_CALL_NOT_ANSWERED", EndReason.MISSED, _RANG_OUT_ELSEWHERE),
    600: Meaning("busy", "CALL_STATUS_FREE_CALL_BUSY", EndReason.BUSY, _BUSY_ELSEWHERE),
    603: Meaning("rejected", "CALL_STATUS_FREE_CALL_REJECTED", EndReason.REJECTED, _REJECTED_ELSEWHERE),
    700: Meaning("hung up", "CALL_STATUS_FREE_CALL_STOP", EndReason.ELSEWHERE, _STOPPED_ELSEWHERE),
}
"""Of service 199."""

LOG_TYPES: Mapping[int, tuple[str, bool]] = {
    1: ("CALL_PAID_LOG_CALL_TYPE_CALLOUT", False),
    2: ("CALL_PAID_LOG_CALL_TYPE_CALLIN", True),
}
"""`callType` of a call log (section 13.4): the vendor's name, and whether the call came in."""

LOG_STATUSES: Mapping[int, tuple[str, RecordResult]] = {
    0: ("CALL_PAID_LOG_CALL_STATUS_ANSWERED", RecordResult.ANSWERED),
    1: ("CALL_PAID_LOG_CALL_STATUS_REJECTED", RecordResult.REJECTED),
    2: ("CALL_PAID_LOG_CALL_STATUS_NOT_ANSWERED", RecordResult.NOT_ANSWERED),
}
"""`status` of a call log."""


def callout_end(code: int) -> Meaning | None:
    """What a code of service 503 ends a call with; None when the call goes on."""
    if code in CALLOUT or code < 400:
        return _ending(CALLOUT, code)
    # Section 13.2 has any other number from there on count as busy.
    return Meaning(
        f"busy {code}", "CALL_STATUS_CALLOUT_BUSY", EndReason.BUSY, f"The other side takes no call now (code {code})."
    )


def callout_refusal(status: int, charging_error: int | None) -> Meaning | None:
    """Why service 610 refuses a callout; None when it does not."""
    match status, charging_error:
        case 100, _:
            return None
        case 402, int(why) if why in (-3, -4, -5):
            return _ending(REFUSALS, why)
        case 404, _:
            return _ending(REFUSALS, -6)
        case _:
            said = f"{status}" if charging_error is None else f"{status}, {charging_error}"
            return Meaning(
                "refused",
                "CALL_STATUS_CALLOUT_ERROR",
                EndReason.FAILED,
                f"AZStack refused the call without a reason it has a word for ({said}). Try again, or ask AZStack.",
            )


def callin_end(code: int) -> Meaning | None:
    """What the caller ended a callin with (service 506)."""
    return _ending(CALLIN, code)


def callin_by_me(code: int) -> Meaning | None:
    """What another device of ours ended a callin with (service 508)."""
    return _ending(CALLIN_BY_ME, code)


def free_end(status: int) -> Meaning | None:
    """What the other user ended a free call with (service 188)."""
    return _ending(FREE, status)


def free_by_me(status: int) -> Meaning | None:
    """What another device of ours ended a free call with (service 199)."""
    return _ending(FREE_BY_ME, status)


def word(table: Table, code: int) -> str:
    """A status in a word or two, for the wire trace and the facts of a call."""
    return table[code].word if code in table else f"unknown status {code}"


def _ending(table: Table, code: int) -> Meaning | None:
    found = table.get(code)
    return found if isinstance(found, Meaning) else None
