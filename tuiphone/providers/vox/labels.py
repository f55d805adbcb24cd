"""What each of Vox's packets is, in a few words for the wire trace. Total: whatever a server sends has a label."""

from collections.abc import Mapping
from typing import Any

from tuiphone.core.trace import Label, plain_label
from tuiphone.providers.fields import Body, is_int, is_object
from tuiphone.providers.vox import codes, wire

_NAMES: dict[str, str] = {
    "signUp": "sign up",
    "login": "log in",
    "logout": "log out",
    "loginElseWhereNotification": "logged in elsewhere",
    "isAppInFocus": "focus",
    "userJoined": "joined",
    "addNum": "add contact",
    "deleteNum": "remove contact",
    "getContacts": "contacts",
    "isAppContact": "who is a user?",
    "getPresence": "who is there?",
    "setProfile": "set profile",
    "getProfile": "profile",
    "userProfileChanged": "profile changed",
    "userPresenceChanged": "presence",
    "userPendingNotifications": "pending notifications",
    "getCallHistoryList": "history",
    "callInfoSync": "handled elsewhere",
    "getStunTurn": "ICE servers",
    "directAudioVideoCallStart": "call",
    "directAudioVideoCall180Ringing": "ringing",
    "directAudioVideoCallAnswer": "answer",
    "directAudioVideoCallEnd": "end",
    "sendIceCandidatesInDirectAVCall": "candidates",
    "directAVCallMediaOnOff": "mute",
    "directAVCallMediaOnOffAck": "mute seen",
    "directAVCallHoldUnHold": "hold",
    "callStart": "call telephone",
    "callSessionInProgressSdp": "early media",
    "callAnswer": "telephone answers",
    "sendIceCandidatesInCall": "candidates",
    "callEnd": "end telephone call",
    "callEnded": "telephone hung up",
    "incomingCallStart": "telephone calls",
    "sendIceCandidatesInIncomingCall": "candidates",
    "incomingCallAnswer": "answer telephone",
    "incomingCallEnd": "end telephone call",
    "incomingCallEnded": "telephone hung up",
    "sendDtmfToneInCall": "digit",
    "createConference": "create group",
    "createConferenceAck": "group created",
    "destroyConference": "end group",
    "addParticipants": "add to group",
    "removeParticipants": "remove from group",
    "conferenceAlert": "group alert",
    "joinConferencePublisher": "join group",
    "joinConferencePublisherAck": "joined group",
    "iceConference": "candidates",
    "subscribeToParticipant": "subscribe",
    "subscribeToParticipantAck": "subscribed",
    "subscribeToParticipantViewing": "view",
    "subscribeToParticipantViewingAck": "viewing",
    "conferenceMuteUnmute": "group mute",
    "leaveConference": "leave group",
    "conferencePublishers": "publishers",
    "conferenceParticipants": "participants",
}
"""Names of messages without their last three letters."""
_KINDS = {(kind.family, kind.number): kind for kind in wire.KINDS.values()}
_CALL_KEYS = ("sCallId", "sCallID", "sConferenceId")
_WHO_KEYS = (
    "sDstMobNu", "sDstNumber", "sPhoneNum", "sProfileUserMobNu", "sJoinedUserMobNu", "sMobNum", "sImlId", "sTitle",
)  # fmt: skip


def label(frame: Any, *, sent: bool) -> Label:
    """What this packet is."""
    number, family = frame.get("type"), frame.get("family", 0)
    if "unread" in frame:
        return Label(f"{frame['unread']} packet, family {family}, type {number}")
    kind = _KINDS.get((family, number))
    body = frame["msg"].get(kind.field) if kind is not None and is_object(frame.get("msg")) else None
    if kind is None or not is_object(body):
        return plain_label(frame, sent=sent)
    name = _NAMES.get(kind.name[:-3], kind.name[:-3])
    headers = found if is_object(found := body.get("stHdrs")) else {}
    transaction = (headers if kind.is_request else body).get("ullTransId")
    call = next((value for key in _CALL_KEYS if isinstance(value := body.get(key), str) and value), None)
    # Both sides ask, each with numbers of its own: whose number it is tells them apart.
    asks = sent == kind.is_request
    pair = f"{'us' if asks else 'them'}/{transaction}" if is_int(transaction) else None
    said = _asked(body, headers, sent=sent) if kind.is_request else f"{name}: {_replied(body)}"
    return Label(" ".join(filter(None, (name, said))) if kind.is_request else said, call, pair)


def _asked(body: Body, headers: Body, *, sent: bool) -> str:
    said: list[str] = []
    who = next((value for key in _WHO_KEYS if isinstance(value := body.get(key), str) and value), "")
    caller = headers.get("sMobNu")
    if not sent and isinstance(caller, str) and caller:
        said.append(f"from {caller[:60]}")
    elif who:
        said.append(who[:60])
    inner = body.get("stPresence")
    if is_object(inner):
        said.append(f"{_short(inner.get('sPhoneNum'))} {_short(inner.get('sStatus'))}")
    if isinstance(numbers := body.get("sPhoneNums"), list):
        said.append(f"({len(numbers)})")
    for key in ("sEndReason", "sStatusReason"):
        if words := _short(body.get(key)):
            said.append(words)
    for key in ("bOption", "sOption"):
        if isinstance(value := body.get(key), bool):
            said.append("on" if value else "off")
    return " ".join(said)


def _replied(body: Mapping[str, Any]) -> str:
    ret = body.get("ret", body.get("eReturnCode", 0))
    if not is_int(ret):
        return ""
    found = codes.meaning(ret)
    return str(found.code) if codes.is_success(ret) else f"{found.code} {found.sentence}"


def _short(value: Any) -> str:
    return value[:60] if isinstance(value, str) else ""
