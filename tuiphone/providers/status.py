"""What SIP's final status codes (RFC 3261 section 21) mean for the person, for the vendors that pass them on."""

from collections.abc import Mapping
from dataclasses import dataclass

from tuiphone.core.call import EndReason


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code comes to."""

    reason: EndReason
    sentence: str


FINAL: Mapping[int, Meaning] = {
    400: Meaning(EndReason.FAILED, "The far side could not make sense of the call."),
    402: Meaning(EndReason.NO_CREDIT, "The call has to be paid for first."),
    403: Meaning(EndReason.FAILED, "This call is not allowed."),
    404: Meaning(EndReason.BAD_NUMBER, "There is no such number or user."),
    408: Meaning(EndReason.NO_ANSWER, "Nobody answered."),
    410: Meaning(EndReason.BAD_NUMBER, "This number is no longer in use."),
    480: Meaning(EndReason.UNREACHABLE, "The other side is not reachable now."),
    484: Meaning(EndReason.BAD_NUMBER, "The number is not complete."),
    486: Meaning(EndReason.BUSY, "The other side is busy, or does not want to talk now."),
    487: Meaning(EndReason.CANCELLED, "The call was cancelled."),
    488: Meaning(EndReason.FAILED, "The two sides have no sound format in common."),
    500: Meaning(EndReason.FAILED, "The server failed. Try again later."),
    502: Meaning(EndReason.FAILED, "The way to the telephone network failed. Try again later."),
    503: Meaning(EndReason.FAILED, "The telephone network takes no calls now. Try again later."),
    504: Meaning(EndReason.FAILED, "The telephone network did not answer in time. Try again later."),
    600: Meaning(EndReason.BUSY, "The other side is busy everywhere."),
    603: Meaning(EndReason.REJECTED, "The other side rejected the call."),
    604: Meaning(EndReason.BAD_NUMBER, "There is no such number or user anywhere."),
    606: Meaning(EndReason.FAILED, "The two sides have no sound format in common."),
}
