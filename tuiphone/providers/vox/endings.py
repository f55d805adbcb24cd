"""How a call comes to an end, in our words: what the far side said, or how the server refused it."""

from tuiphone.core.call import EndReason
from tuiphone.core.errors import RequestFailed
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.status import FINAL, Meaning
from tuiphone.providers.vox import codes
from tuiphone.providers.vox.packets import Ended

_FIRST_FINAL = 400
_NO_CREDIT = frozenset(codes.meaning(ret).code for ret in (codes.NO_BALANCE, codes.NO_CREDIT))
_ELSEWHERE = codes.meaning(codes.ELSEWHERE).code
_UNKNOWN = codes.meaning(codes.INTERNAL).code

_WORDS = (
    (("busy",), 486),
    (("declin", "reject"), 603),
    (("no answer", "not answer", "timeout", "timed out", "ring time"), 408),
    (("not reachable", "unreachable", "unavailable", "offline"), 480),
    (("unknown user", "not found"), 404),
    (("credit", "balance"), 402),
    (("bad sdp",), 488),
)
"""Where a reason has no number (section 7): what its text has to have in it."""


def unanswered(said: Ended, peer: Address, *, rang: bool) -> Meaning:
    """A call of ours that ended before anybody picked up."""
    status = said.status if said.status >= _FIRST_FINAL else _status_in(said.reason)
    if status is None:
        return _silent(said, peer, rang=rang)
    known = FINAL.get(status)
    if known is None:
        return Meaning(EndReason.FAILED, f"The call did not come about{_quoted(said)}.")
    reason, sentence = known.reason, known.sentence
    if status == 404 and peer.kind is AddressKind.USER:
        reason, sentence = EndReason.UNREACHABLE, f"Vox knows no user {peer.text}. Check the name."
    elif reason is EndReason.CANCELLED:
        reason = EndReason.NO_ANSWER
    return Meaning(reason, f"{sentence[:-1]}{_quoted(said)}.")


def _silent(said: Ended, peer: Address, *, rang: bool) -> Meaning:
    """Nothing says why."""
    if peer.kind is AddressKind.PHONE:
        return Meaning(EndReason.NO_ANSWER, f"The telephone did not answer{_quoted(said)}.")
    if rang:
        return Meaning(EndReason.REJECTED, f"{peer.text} declined the call{_quoted(said)}.")
    return Meaning(EndReason.UNREACHABLE, f"It rang nowhere; {peer.text} may not be logged in{_quoted(said)}.")


def hung_up(said: Ended, peer: Address) -> str | None:
    """What to add to the end of a call that was answered, where the far side gave a reason.

    Vox's library has users give one at each end; for telephones the network does, and says of most that they ended.
    """
    is_told = peer.kind is AddressKind.USER or said.status >= _FIRST_FINAL
    return f"They said: {said.reason}" if said.reason and is_told else None


def gave_up(said: Ended) -> str:
    """The end of a call that rang here, by its caller."""
    return f"The caller gave up{_quoted(said)}."


def refused(error: RequestFailed, peer: Address) -> Meaning:
    """The server did not begin a call of ours."""
    if error.code in _NO_CREDIT:
        return Meaning(EndReason.NO_CREDIT, error.detail)
    if error.code == _UNKNOWN:
        if peer.kind is AddressKind.USER:
            return Meaning(
                EndReason.UNREACHABLE, f"Vox knows no user {peer.text}, or failed. Check the name, or try again later."
            )
        return Meaning(EndReason.FAILED, f"Vox could not call {peer.text}. Check the number, or try again later.")
    if error.code == codes.meaning(codes.INVALID_FIELD).code:
        return Meaning(EndReason.BAD_NUMBER, f"Vox does not accept {peer.text}. Check what was dialled.")
    return Meaning(EndReason.FAILED, error.detail)


def not_ours(error: RequestFailed) -> Meaning:
    """The server did not let us have a call that rang here."""
    if error.code == _ELSEWHERE:
        return Meaning(EndReason.ELSEWHERE, "The call was answered on another device a moment before.")
    return Meaning(EndReason.FAILED, f"The call could not be answered; it may have ended. {error.detail}")


def _status_in(reason: str) -> int | None:
    lower = reason.lower()
    return next((status for words, status in _WORDS if any(word in lower for word in words)), None)


def _quoted(said: Ended) -> str:
    status = f"{said.status}" if said.status else ""
    shown = " ".join(filter(None, (status, said.reason)))
    return f" ({shown})" if shown else ""
