"""How a call ends, in our words: status codes (RFC 3261 section 21 and later), Reason headers, Q.850 causes."""

# pyright: strict

from collections.abc import Iterable, Mapping

from tuiphone.core.call import EndReason
from tuiphone.providers.sip import reasons
from tuiphone.providers.sip.reasons import Reason
from tuiphone.providers.status import FINAL, Meaning

STATUS: Mapping[int, Meaning] = {
    **FINAL,
    380: Meaning(EndReason.FAILED, "The server offers another service instead of the call."),
    401: Meaning(EndReason.FAILED, "The server did not accept the account's user name and password for this call."),
    403: Meaning(EndReason.FAILED, "The server does not allow this call; ask who runs it."),
    404: Meaning(EndReason.BAD_NUMBER, "The server knows no such number or user. Check what was dialled."),
    405: Meaning(EndReason.FAILED, "The other side takes no calls at this address."),
    406: Meaning(EndReason.FAILED, "The other side cannot answer in a way that this phone understands."),
    407: Meaning(EndReason.FAILED, "The server did not accept the account's user name and password for this call."),
    413: Meaning(EndReason.FAILED, "The call's description is too long for the server."),
    414: Meaning(EndReason.BAD_NUMBER, "The address is too long for the server."),
    415: Meaning(EndReason.FAILED, "The other side cannot read the description of our sound."),
    416: Meaning(EndReason.BAD_NUMBER, "The server cannot call addresses of this kind."),
    420: Meaning(EndReason.FAILED, "The other side lacks something that the call needs."),
    421: Meaning(EndReason.FAILED, "The other side needs something that this phone lacks."),
    422: Meaning(EndReason.FAILED, "The other side wants a longer session timer than the account's session_expires."),
    423: Meaning(EndReason.FAILED, "The server wants a longer time than was asked for."),
    424: Meaning(EndReason.FAILED, "The server wants to know where this phone is, and it does not tell."),
    428: Meaning(EndReason.FAILED, "The server wants to be told who calls in a way that this phone lacks."),
    433: Meaning(EndReason.REJECTED, "The other side takes no anonymous calls."),
    436: Meaning(EndReason.FAILED, "The server could not check who calls."),
    437: Meaning(EndReason.FAILED, "The server could not check who calls."),
    438: Meaning(EndReason.FAILED, "The server could not check who calls."),
    480: Meaning(EndReason.UNREACHABLE, "The other side is not reachable now."),
    481: Meaning(EndReason.LOST, "The other side no longer knows this call."),
    482: Meaning(EndReason.FAILED, "The call went round in circles between servers."),
    483: Meaning(EndReason.FAILED, "The call went through too many servers."),
    485: Meaning(EndReason.BAD_NUMBER, "The address means several people; the server wants a more exact one."),
    486: Meaning(EndReason.BUSY, "The other side is busy."),
    487: Meaning(EndReason.NO_ANSWER, "The call was taken back before anybody answered."),
    489: Meaning(EndReason.FAILED, "The other side does not know what it was asked for."),
    491: Meaning(EndReason.FAILED, "The other side was changing the call at the same time. Try again."),
    493: Meaning(EndReason.FAILED, "The other side could not decrypt the call."),
    494: Meaning(EndReason.FAILED, "The server wants a security agreement that this phone lacks."),
    501: Meaning(EndReason.FAILED, "The server cannot do that."),
    505: Meaning(EndReason.FAILED, "The server speaks another version of SIP."),
    513: Meaning(EndReason.FAILED, "The call's description is too long for the server."),
    580: Meaning(EndReason.FAILED, "The network cannot carry the call now."),
    607: Meaning(EndReason.REJECTED, "The other side does not want this call."),
    608: Meaning(EndReason.REJECTED, "A service between us rejected the call."),
}
"""What a final status means for a call that was not answered."""

CLASSES: Mapping[int, Meaning] = {
    3: Meaning(EndReason.FAILED, "The other side is somewhere else, and did not say where."),
    4: Meaning(EndReason.FAILED, "The call was refused."),
    5: Meaning(EndReason.FAILED, "The server failed. Try again later."),
    6: Meaning(EndReason.FAILED, "The call was refused everywhere."),
}
"""A status nobody knows is taken as x00 of its class (RFC 3261 section 8.1.3.2)."""

Q850: Mapping[int, Meaning] = {
    1: Meaning(EndReason.BAD_NUMBER, "This number is not in use."),
    3: Meaning(EndReason.UNREACHABLE, "There is no way to that number."),
    17: Meaning(EndReason.BUSY, "The other side is busy."),
    18: Meaning(EndReason.NO_ANSWER, "The telephone gave no sign of itself."),
    19: Meaning(EndReason.NO_ANSWER, "Nobody answered."),
    20: Meaning(EndReason.UNREACHABLE, "The telephone is switched off, or out of reach."),
    21: Meaning(EndReason.REJECTED, "The other side rejected the call."),
    22: Meaning(EndReason.BAD_NUMBER, "The number has changed."),
    27: Meaning(EndReason.UNREACHABLE, "The telephone is out of order."),
    28: Meaning(EndReason.BAD_NUMBER, "The number is not complete."),
    34: Meaning(EndReason.FAILED, "All lines are busy. Try again later."),
    38: Meaning(EndReason.FAILED, "The telephone network is out of order. Try again later."),
    41: Meaning(EndReason.FAILED, "The telephone network failed for a moment. Try again."),
    42: Meaning(EndReason.FAILED, "The telephone network has too much to do. Try again later."),
    102: Meaning(EndReason.LOST, "The telephone network took too long."),
}
"""The telephone network's causes (ITU-T Q.850) that say more than the status beside them."""

_VAGUE = frozenset({480, 500, 503, 603})
"""Statuses that gateways use for many causes (RFC 3398 section 8.2.6.1): a cause beside them says more."""


def refused(status: int, phrase: str = "", said: Iterable[Reason] = ()) -> Meaning:
    """How a call of ours ends that got this final status instead of an answer."""
    reasons_said = tuple(said)
    known = STATUS.get(status)
    cause = reasons.find(reasons_said, "Q.850")
    if cause is not None and cause.cause is not None and (known is None or status in _VAGUE):
        known = Q850.get(cause.cause, known)
    if known is None:
        known = CLASSES.get(status // 100, CLASSES[4])
    text = next((one.text for one in reasons_said if one.text), None)
    return Meaning(known.reason, f"{known.sentence} {_as_said(status, text or phrase)}")


def hung_up(said: Iterable[Reason]) -> Meaning:
    """How an answered call ends by the far side's BYE."""
    reasons_said = tuple(said)
    text = next((one.text for one in reasons_said if one.text), None)
    sip, network = reasons.find(reasons_said, "SIP"), reasons.find(reasons_said, "Q.850")
    if sip is not None and sip.cause == 408:
        return Meaning(EndReason.LOST, "The other side no longer heard from us and ended the call.")
    if network is not None and network.cause is not None and network.cause not in (16, 31):
        known = Q850.get(network.cause)
        sentence = known.sentence if known is not None else "The telephone network ended the call."
        return Meaning(EndReason.REMOTE_HUNG_UP, f"{sentence} {_as_said(network.cause, text or '')}")
    return Meaning(EndReason.REMOTE_HUNG_UP, f"They said: {text}" if text and not _is_plain(text) else "")


def taken_back(said: Iterable[Reason]) -> Meaning:
    """How a call that rings here ends by CANCEL: answered or refused on another device, or given up by the caller."""
    known = reasons.find(said, "SIP")
    match None if known is None else known.cause:
        case 200:
            return Meaning(EndReason.ELSEWHERE, "Answered on another device.")
        case 600 | 603 | 607:
            return Meaning(EndReason.REJECTED, "Declined on another device.")
        case 486:
            return Meaning(EndReason.ELSEWHERE, "Another device said that you are busy.")
        case 302:
            return Meaning(EndReason.ELSEWHERE, "Forwarded on another device.")
        case 408:
            return Meaning(EndReason.MISSED, "Nobody answered in time.")
        case _:
            return Meaning(EndReason.MISSED, "The caller gave up.")


def _is_plain(text: str) -> bool:
    """It says no more than that the call is over."""
    return text.lower().replace("_", " ").strip(". ") in {
        "normal call clearing",
        "normal clearing",
        "terminated",
        "bye",
    }


def _as_said(status: int, phrase: str) -> str:
    kept = reasons.plain(phrase)
    return f"({status} {kept})" if kept else f"({status})"
