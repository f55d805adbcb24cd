"""What is said of calls, out of the wire's messages and into them (PROTOCOL.md sections 4.5 to 4.7); pure.

The vendor's spelling ends here. What is missing counts as empty, and what is too long or no text of its kind is
missing.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias, cast

from google.protobuf.message import Message

from tuiphone.core.ports import Candidate
from tuiphone.providers.vox import codes, vox_pb2
from tuiphone.providers.vox.settings import MAX_ID

MAX_SDP: Final = 64 * 1024
MAX_CANDIDATE: Final = 2048
"""Characters of one, as JSON."""
MAX_CANDIDATES: Final = 50
"""Read of one packet."""
MAX_REASON: Final = 200
MAX_NUMBER: Final = 100
_CALL_ID: Final = re.compile(r"[!-~]{1,128}")

BUSY, DECLINED = 486, 603
"""What we say in `uEndStatus`; the schema has the field, and nothing says what belongs there."""
USER_BUSY, BAD_SDP, NO_ANSWER = "User busy", "bad SDP", "No answer"
"""What we say in `sEndReason`."""


class Request(NamedTuple):
    """Something to ask of the server; sessions know what to do with it."""

    name: str
    fields: Mapping[str, Any]


# -- what comes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Offered:
    """Somebody calls: 195, and 241 of a telephone."""

    call_id: str
    caller: str
    sdp: str
    video: bool = False
    is_phone: bool = False
    called: str = ""
    """The number of ours that was called."""
    media_server: str = ""
    call_type: int = vox_pb2.VOICE
    is_recorded: bool = False
    """The caller records the call."""


@dataclass(frozen=True, slots=True)
class Rang:
    """295: it rings there."""

    call_id: str
    is_waiting: bool
    """They are in another call."""


@dataclass(frozen=True, slots=True)
class Progressed:
    """193: something can be heard of the telephone network before anybody answers."""

    call_id: str
    sdp: str
    ret: int


@dataclass(frozen=True, slots=True)
class Answered:
    """197, and 187 of a telephone."""

    call_id: str
    sdp: str
    ret: int = codes.OK


@dataclass(frozen=True, slots=True)
class CandidatesCame:
    """203, 185 or 243."""

    call_id: str
    candidates: tuple[Candidate, ...]
    number: str = ""
    """Of the telephone; some servers leave out the call id."""


@dataclass(frozen=True, slots=True)
class Ended:
    """199, and 205 or 249 of a telephone."""

    call_id: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True)
class MuteNoticed:
    """349: the other side closed or opened these."""

    call_id: str
    media_type: int
    on: bool
    """They can be heard or seen."""


@dataclass(frozen=True, slots=True)
class MuteKnown:
    """351: the other side knows what we closed or opened."""

    call_id: str
    media_type: int
    on: bool


@dataclass(frozen=True, slots=True)
class HoldNoticed:
    """337."""

    call_id: str
    on: bool


@dataclass(frozen=True, slots=True)
class HandledElsewhere:
    """313: another device of ours dealt with the call."""

    call_id: str
    was_answered: bool


OfACall: TypeAlias = (
    Rang | Progressed | Answered | CandidatesCame | Ended | MuteNoticed | MuteKnown | HoldNoticed | HandledElsewhere
)
CallMessage: TypeAlias = Offered | OfACall


def decode(message: Message) -> CallMessage | None:
    """What a request of the server says of a call; None when it names none."""
    read = _READ.get(message.DESCRIPTOR.name)
    return None if read is None else read(message)


def takes(name: str) -> bool:
    """Requests of this name are about calls."""
    return name in _READ


def _call_id(text: str) -> str | None:
    return text if _CALL_ID.fullmatch(text) else None


def _sdp(text: str) -> str:
    return text if len(text) <= MAX_SDP else ""


def _reason(text: str) -> str:
    return "".join(character for character in text[:MAX_REASON] if character.isprintable()).strip()


def _offered(message: Any) -> Offered | None:
    if (call_id := _call_id(message.sCallId)) is None:
        return None
    phone = cast("vox_pb2.incomingCallStartReq", message) if hasattr(message, "sMediaServerId") else None
    return Offered(
        call_id,
        caller=caller if len(caller := message.stHdrs.sMobNu) <= MAX_NUMBER and caller.isprintable() else "",
        sdp=_sdp(message.sSdp),
        video=phone is None and message.stCallType == vox_pb2.VIDEO,
        is_phone=phone is not None,
        called=_reason(phone.sDidNumber)[:MAX_ID] if phone else "",
        media_server=phone.sMediaServerId[:MAX_REASON] if phone else "",
        call_type=message.stCallType,
        is_recorded=message.bIsRecording,
    )


def _candidates(message: Any) -> CandidatesCame | None:
    call_id = _call_id(message.sCallId) or ""
    if not call_id and not message.sDstNumber:
        return None
    texts = message.sJsonIceCandidates[:MAX_CANDIDATES]
    number = message.stHdrs.sMobNu[:MAX_ID] if isinstance(message, vox_pb2.sendIceCandidatesInCallReq) else ""
    return CandidatesCame(call_id, tuple(candidates_in(texts)), number)


def candidates_in(texts: Iterable[str]) -> Iterable[Candidate]:
    """Those of a list of JSON texts that are any (section 7)."""
    for text in texts:
        if len(text) > MAX_CANDIDATE:
            continue
        try:
            said = json.loads(text)
        except (ValueError, RecursionError):
            continue
        ice: Any = cast("dict[str, Any]", said).get("ice") if isinstance(said, dict) else None
        if not isinstance(ice, dict):
            continue  # the mark that no more follow
        known = cast("dict[str, Any]", ice)
        line, mid, index = known.get("candidate"), known.get("sdpMid"), known.get("sdpMLineIndex")
        if isinstance(line, str) and line.isascii() and (line := line.removeprefix("a=")).startswith("candidate:"):
            yield Candidate(
                line,
                mid if isinstance(mid, str) else None,
                index if isinstance(index, int) and not isinstance(index, bool) and 0 <= index < 100 else None,
            )


def _of_a_call(make: Callable[[str, Any], OfACall]) -> Callable[[Any], OfACall | None]:
    def read(message: Any) -> OfACall | None:
        call_id = _call_id(message.sCallId)
        return None if call_id is None else make(call_id, message)

    return read


def _elsewhere(message: Any) -> HandledElsewhere | None:
    call_id = _call_id(message.sCallID)
    return None if call_id is None else HandledElsewhere(call_id, message.eStatus != vox_pb2.MISSED)


_READ: Final[Mapping[str, Callable[[Any], CallMessage | None]]] = {
    "directAudioVideoCallStartReq": _offered,
    "incomingCallStartReq": _offered,
    "directAudioVideoCall180RingingReq": _of_a_call(lambda id, said: Rang(id, said.bIsCallWaiting)),
    "callSessionInProgressSdpReq": _of_a_call(lambda id, said: Progressed(id, _sdp(said.sSdp), said.ret)),
    "directAudioVideoCallAnswerReq": _of_a_call(lambda id, said: Answered(id, _sdp(said.sSdp))),
    "callAnswerReq": _of_a_call(lambda id, said: Answered(id, _sdp(said.sSdp), said.ret)),
    "sendIceCandidatesInDirectAVCallReq": _candidates,
    "sendIceCandidatesInCallReq": _candidates,
    "sendIceCandidatesInIncomingCallReq": _candidates,
    "directAudioVideoCallEndReq": _of_a_call(lambda id, said: Ended(id, said.uEndStatus, _reason(said.sEndReason))),
    "callEndedReq": _of_a_call(lambda id, said: Ended(id, said.sEndStatus, _reason(said.sEndReason))),
    "incomingCallEndedReq": _of_a_call(lambda id, said: Ended(id, said.sEndStatus, _reason(said.sEndReason))),
    "directAVCallMediaOnOffReq": _of_a_call(lambda id, said: MuteNoticed(id, said.eMediaType, said.bOption)),
    "directAVCallMediaOnOffAckReq": _of_a_call(lambda id, said: MuteKnown(id, said.eMediaType, said.bOption)),
    "directAVCallHoldUnHoldReq": _of_a_call(lambda id, said: HoldNoticed(id, said.bOption)),
    "callInfoSyncReq": _elsewhere,
}


def reply_fields(message: Message) -> dict[str, Any]:
    """What a reply to this says that is spelled otherwise than in the request."""
    match message:
        case vox_pb2.callInfoSyncReq():
            return {"sCallId": message.sCallID}
        case vox_pb2.incomingCallStartReq():
            return {"sDstNumber": message.sDstMobNu}
        case _:
            return {}


# -- what we say ----------------------------------------------------------------------------------------------------


def _type(video: bool) -> int:
    return vox_pb2.VIDEO if video else vox_pb2.VOICE


def start(call_id: str, to: str, *, video: bool, sdp: str, now: int, recorded: bool) -> Request:
    """195: call a user."""
    about = {"sDstMobNu": to, "stCallType": _type(video), "sCallId": call_id, "sSdp": sdp}
    recording = {"bIsRecording": True} if recorded else {}
    return Request("directAudioVideoCallStartReq", {**about, "sCallActive": True, "sStartTime": now, **recording})


def ringing(call_id: str, to: str, *, video: bool, is_waiting: bool) -> Request:
    """295: it rings here."""
    about = {"sDstMobNu": to, "stCallType": _type(video), "sCallId": call_id}
    return Request("directAudioVideoCall180RingingReq", {**about, "bIsCallWaiting": is_waiting})


def answer(call_id: str, to: str, *, video: bool, sdp: str, now: int) -> Request:
    """197: we pick up."""
    about = {"sDstMobNu": to, "stCallType": _type(video), "sCallId": call_id, "sSdp": sdp}
    return Request("directAudioVideoCallAnswerReq", {**about, "ullAnswerTime": now})


def end(call_id: str, to: str, *, video: bool, now: int, status: int = 0, reason: str = "") -> Request:
    """199: hung up, cancelled, declined."""
    about = {"sDstMobNu": to, "stCallType": _type(video), "sCallId": call_id, "sStopTime": now}
    why = ({"uEndStatus": status} if status else {}) | ({"sEndReason": reason} if reason else {})
    return Request("directAudioVideoCallEndReq", {**about, **why})


def media(call_id: str, to: str, media_type: int, *, on: bool) -> Request:
    """349: we closed or opened these."""
    about = {"sDstMobNu": to, "sCallId": call_id, "eMediaType": media_type, "bOption": on}
    return Request("directAVCallMediaOnOffReq", about)


def media_known(call_id: str, to: str, media_type: int, *, on: bool) -> Request:
    """351: we know what they closed or opened."""
    about = {"sDstMobNu": to, "sCallId": call_id, "eMediaType": media_type, "bOption": on}
    return Request("directAVCallMediaOnOffAckReq", about)


def phone_start(call_id: str, to: str, *, caller: str, sdp: str, recorded: bool) -> Request:
    """15: call a telephone."""
    about = {"sDstMobNu": to, "stCallType": vox_pb2.PSTN, "sCallId": call_id, "sSdp": sdp, "stOSName": vox_pb2.WEB}
    recording = {"bIsRecording": True} if recorded else {}
    return Request("callStartReq", about | recording | ({"sFromNumber": caller} if caller else {}))


def phone_answer(offered: Offered, *, sdp: str, now: int) -> Request:
    """245: we pick up what a telephone called."""
    about = {"sDstMobNu": offered.caller, "stCallType": offered.call_type, "sCallId": offered.call_id, "sSdp": sdp}
    server = {"sMediaServerId": offered.media_server, "bIsRecording": False}
    return Request("incomingCallAnswerReq", {**about, "ullAnswerTime": now, **server})


def phone_end(call_id: str, to: str, *, now: int, media_server: str = "") -> Request:
    """247: hung up, cancelled, declined; in both directions (section 6)."""
    about = {"sDstMobNu": to, "stCallType": vox_pb2.PSTN, "sCallId": call_id, "sStopTime": now}
    return Request("incomingCallEndReq", {**about, "sMediaServerId": media_server})


def dtmf(call_id: str, to: str, digit: str) -> Request:
    """229: one digit."""
    return Request("sendDtmfToneInCallReq", {"sDstNumber": to, "sCallId": call_id, "sDtmfDigit": digit})
