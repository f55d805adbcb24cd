"""What OnCaller's result codes mean: an end reason where a call ends by it, and a sentence that says what to do."""

from collections.abc import Mapping

from tuiphone.core.call import EndReason
from tuiphone.providers.status import FINAL, Meaning

LOGIN: dict[int, str] = {
    1: "The access token is empty. Put one into the account's settings.",
    2: "The access token cannot be decoded. Copy it again, whole.",
    3: "The access token has a wrong form: three parts with dots between. Copy it again, whole.",
    4: "The access token is not signed with HS256. Have your server sign it so.",
    5: "The key that signed the access token is not known to OnCaller. Check the key SID.",
    6: "The access token has expired, or is signed with a wrong secret. Get a new one from your server.",
    7: "The access token does not name a user. Have your server put a userId into it.",
    8: "The project of this access token does not exist any more. Ask who runs it.",
    -11: "OnCaller does not tell where its servers are. Check the access token and api_base_url.",
    -12: "OnCaller does not tell where its servers are. Check api_base_url, or try again later.",
}
"""Of service 2 (PROTOCOL.md section 4.2); 0 is success and 15 sends elsewhere."""

MAKE_CALL: dict[int, Meaning] = {
    1: Meaning(EndReason.FAILED, "Your OnCaller project has no answer URL, so it routes no calls. Ask who runs it."),
    2: Meaning(EndReason.FAILED, "Your server's routing answer has a wrong format. Ask who runs it."),
    3: Meaning(EndReason.FAILED, "Your server routes this call neither to a user nor to a telephone. Ask who runs it."),
    4: Meaning(EndReason.FAILED, "The number to call from is unknown. Check `numbers` in the account's settings."),
    5: Meaning(EndReason.FAILED, "The number to call from is not yours. Check `numbers` in the account's settings."),
    6: Meaning(EndReason.FAILED, "There is no SIP trunk for this call. Ask who runs your OnCaller project."),
    7: Meaning(EndReason.FAILED, "The SIP trunk for this call is not yours. Ask who runs your OnCaller project."),
    8: Meaning(EndReason.NO_CREDIT, "There is not enough money in the OnCaller account for this call. Top it up."),
    9: Meaning(EndReason.FAILED, "OnCaller failed without saying why. Try again."),
    10: Meaning(EndReason.BAD_NUMBER, "One of the two numbers has a wrong format. Check what was dialled."),
    11: Meaning(EndReason.FAILED, "Your server does not allow this call. Ask who runs it."),
    12: Meaning(EndReason.FAILED, "Too many calls are going on in your OnCaller account. Try again later."),
    13: Meaning(EndReason.FAILED, "OnCaller is still preparing an announcement for this call. Try again."),
    14: Meaning(EndReason.BAD_NUMBER, "There is no such number. Check what was dialled."),
    15: Meaning(
        EndReason.FAILED, "The number to call from is not in your project. Check `numbers` in the account's settings."
    ),
    16: Meaning(EndReason.FAILED, "Chat users may not make calls. Use another user for this account."),
    17: Meaning(EndReason.FAILED, "This user may not call telephones. Ask who runs your OnCaller project."),
    18: Meaning(EndReason.FAILED, "OnCaller could not reach your server to ask where to route the call. Try again."),
    19: Meaning(EndReason.FAILED, "The OnCaller account is locked. Ask who runs it."),
    1000: Meaning(EndReason.FAILED, "This phone has no sound to make the call with. Check microphone and speaker."),
    1001: Meaning(EndReason.FAILED, "The sound of the call could not be agreed with the far side. Try again."),
}
"""Of service 26 (section 5.1); 1000 and 1001 are our own, the vendor's numbers for media that fails."""

ANSWER: dict[int, Meaning] = {
    1: Meaning(EndReason.REMOTE_HUNG_UP, "The caller had given up already."),
    2: Meaning(EndReason.ELSEWHERE, "The call was taken on another device."),
    3: Meaning(EndReason.FAILED, "The server knows nothing of this call any more."),
}
"""Of service 31 with 180 or 200 (section 6.2)."""

REJECT: dict[int, Meaning] = {
    1: Meaning(EndReason.REMOTE_HUNG_UP, "The caller had given up already."),
    2: Meaning(EndReason.ELSEWHERE, "The call was answered on another device."),
    3: Meaning(EndReason.REJECTED, "The server knows nothing of this call any more."),
}
"""Of service 31 with 486 (section 6.2)."""

HANGUP: dict[int, str] = {
    1: "The server had ended this call already.",
    2: "Another device of yours holds this call; it goes on there.",
}
"""Of service 28 (section 5.3); the call is over here in any case."""

IN_CALL: dict[int, str] = {
    1: "The server knows no such call, or it is over.",
    3: "This call belongs to somebody else.",
}
"""Of services 27, 34 and 36."""

MESSAGE: dict[int, str] = {
    1: "This user is not connected and gets no messages now. Send it again later.",
}
"""Of service 54 (section 4.6)."""

TRANSFER: dict[int, str] = {
    1: "The server knows no such call, or it is over.",
    2: "Only calls with a telephone can be transferred, and this one has none.",
    3: "The user to transfer to is not connected. Choose another.",
}
"""Of service 101 (section 8.5)."""


def meaning(table: Mapping[int, Meaning], code: int, message: str) -> Meaning:
    """What this code comes to; codes that are in no table end a call as failed."""
    known = table.get(code)
    if known is None:
        return Meaning(EndReason.FAILED, f"OnCaller refused this{_quoted(code, message)}.")
    return Meaning(known.reason, f"{known.sentence[:-1]}{_quoted(code, message)}.")


def sentence(table: Mapping[int, str], code: int, message: str) -> str:
    """What this code says."""
    known = table.get(code, "OnCaller refused this.")
    return f"{known[:-1]}{_quoted(code, message)}."


def progress(code: int, message: str) -> Meaning:
    """What a final code of service 32 comes to (section 5.2): they are SIP's."""
    return meaning(FINAL, code, message)


def _quoted(code: int, message: str) -> str:
    shown = "".join(character for character in message if character.isprintable())[:80]
    return f" ({code} {shown})" if shown else f" ({code})"
