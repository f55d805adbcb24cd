"""What Vox's return codes mean: the code that applications see, a sentence that says what to do, and our error."""

# pyright: strict

from collections.abc import Mapping
from dataclasses import dataclass

from tuiphone.core.errors import AccessDenied, RequestFailed

OK = 1
CREATED = 2
UNAUTHORISED = 3
NOT_ALLOWED = 4
INTERNAL = 5
RESEND = 6
"""Success where a contact is added that was there, or that nobody is (204)."""
FORBIDDEN = 7
LIMIT_EXCEEDED = 10
WRONG_APP = 12
ELSEWHERE = 16
NO_BALANCE = 18
INVALID_FIELD = 21
HISTORY_OFF = 30
NO_CREDIT = 31
SUCCESSES = frozenset({OK, CREATED, RESEND})


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a return code comes to."""

    code: int
    """Given to applications (section 4.2)."""
    sentence: str


_LATER = "Vox's servers have a problem of their own. Try again later."
_CREDIT = "There is not enough credit at Vox for this. Top it up in the project's portal."
_ONE_TIME = "Vox asks for a one-time password, which an account of tuiphone's kind does not have; ask Vox."

MEANINGS: Mapping[int, Meaning] = {
    OK: Meaning(200, "Done."),
    CREATED: Meaning(202, "Done."),
    RESEND: Meaning(204, "Done."),
    UNAUTHORISED: Meaning(401, "Vox does not know this name with this password. Check username and password."),
    FORBIDDEN: Meaning(403, "Vox forbids that to this user. Check the project in Vox's portal."),
    NOT_ALLOWED: Meaning(409, "Vox does not allow that now."),
    11: Meaning(499, "Vox says that this user is attached already. Log out on the other device, then try again."),
    INTERNAL: Meaning(500, "Vox could not do that. Try again later."),
    8: Meaning(701, "This user is not activated at Vox yet. Activate it, or make it anew."),
    9: Meaning(702, "Vox expects another code than was given."),
    LIMIT_EXCEEDED: Meaning(703, "That is more than Vox allows at a time. Try again later."),
    WRONG_APP: Meaning(800, "Vox has no such project. Check project_id."),
    13: Meaning(801, "Vox does not accept the project's credentials. Check project_id."),
    14: Meaning(802, "Vox has this application already."),
    15: Meaning(803, "This user was deactivated at Vox. Ask who runs the project."),
    ELSEWHERE: Meaning(309, "That call was answered on another device."),
    17: Meaning(310, "The call before this one is not over yet. Try again in a moment."),
    NO_BALANCE: Meaning(100020, _CREDIT),
    19: Meaning(100021, _ONE_TIME),
    20: Meaning(100022, _ONE_TIME),
    INVALID_FIELD: Meaning(100023, "Vox does not accept something in that request."),
    22: Meaning(100024, _ONE_TIME),
    23: Meaning(100025, "Vox could not send a text message. Try again later."),
    24: Meaning(100026, _LATER),
    25: Meaning(100027, _LATER),
    26: Meaning(100028, _LATER),
    27: Meaning(100029, _LATER),
    28: Meaning(100030, _LATER),
    29: Meaning(100031, _LATER),
    HISTORY_OFF: Meaning(100032, "The call history is off for this project. Switch it on in Vox's portal to see it."),
    NO_CREDIT: Meaning(402, _CREDIT),
    32: Meaning(100033, _LATER),
}
"""By the number on the wire."""

LOGGED_OUT = 401
LOCAL_REFUSAL = 400
"""What Vox's own library makes of requests that it does not even send."""
_DENIED = frozenset({401, 403, 499, 701, 702, 800, 801, 802, 803})


def meaning(ret: int) -> Meaning:
    """What a number on the wire means; those without a meaning are failures."""
    known = MEANINGS.get(ret)
    return known or Meaning(500, f"Vox could not do that, without a reason we know (return code {ret}). Try again.")


def is_success(ret: int) -> bool:
    """It was done: 200, 202 or 204."""
    return ret in SUCCESSES


def failure(ret: int) -> RequestFailed:
    """The error for a request that was answered with this."""
    found = meaning(ret)
    return RequestFailed(found.code, f"{found.sentence} ({found.code})")


def denial(failed: RequestFailed) -> AccessDenied | None:
    """The error for a log-in that failed so, if it is of no use to try again with the same settings."""
    return AccessDenied(f"Vox refused the log-in. {failed.detail}") if failed.code in _DENIED else None
