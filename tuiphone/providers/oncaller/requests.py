"""Builders of everything we send to OnCaller. Pure; section numbers are those of PROTOCOL.md."""

# pyright: strict

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, TypeAlias

from tuiphone.core.ports import Description
from tuiphone.providers.fields import Body

SECRET_KEYS = frozenset({"digits"})
"""Kept out of the wire trace besides tokens and credentials: what is pressed in a call may be a PIN."""


MediaProblem: TypeAlias = Literal["GET_USER_MEDIA_ERROR", "CREATE_PEER_CONNECTION_ERROR"]
"""Why a call whose media fails is ended, in the vendor's words."""


class Service(IntEnum):
    """The service numbers in use (section 3)."""

    PING = 1
    LOGIN = 2
    CALL = 26
    DESCRIBE = 27
    STOP = 28
    DESCRIBED = 29
    STOPPED = 30
    STATE = 31
    PROGRESSED = 32
    INVITED = 33
    DTMF = 34
    INFO = 36
    INFORMED = 37
    ELSEWHERE = 38
    MESSAGE = 54
    MESSAGED = 55
    TRANSFER = 101
    TOPIC = 102
    ATTRIBUTE = 103
    DEVICE = 104
    CHECK = 205


@dataclass(frozen=True, slots=True)
class Request:
    """One frame to the server, still without its number."""

    service: int
    body: Body

    def frame(self, number: int) -> dict[str, Any]:
        """The frame as it is sent; numbers grow by one and never repeat (section 2.3)."""
        return {"service": self.service, "body": {**self.body, "requestId": number}}


def pong() -> Request:
    """The answer to a ping, which the server does not answer (section 4.3)."""
    return Request(Service.PING, {})


def login(*, token: str, device_id: str, browser_id: str, session_id: str, device_name: str) -> Request:
    """Log in (section 4.2); platform and version are those of the vendor's web client, whose protocol this is."""
    body = {
        "accesstoken": token,
        "deviceId": device_id,
        "browserId": browser_id,
        "sessionId": session_id,
        "platform": 3,
        "platformVersion": "",
        "deviceName": device_name,
        "screenSize": "",
        "sdkVersion": "2.6.0",
    }
    return Request(Service.LOGIN, body)


def call(*, from_number: str, to_number: str, video: bool) -> Request:
    """Make a call (section 5.1)."""
    return Request(Service.CALL, {"fromNumber": from_number, "toNumber": to_number, "video": video, "custom": ""})


def describe(call_id: str, description: Description) -> Iterator[Request]:
    """A bare session description, then each candidate in a packet of its own.

    Candidates inside would have the vendor's client start the sound before its user answers (section 7.6).
    """
    data = {"type": description.kind, "sdp": description.sdp}
    yield Request(Service.DESCRIBE, {"callId": call_id, "type": "sdp", "data": data})
    for candidate in description.candidates:
        data = {"candidate": candidate.text, "sdpMid": candidate.mid, "sdpMLineIndex": candidate.line}
        yield Request(Service.DESCRIBE, {"callId": call_id, "type": "candidate", "data": data})


def ringing(call_id: str) -> Request:
    """It rings here (section 6.2)."""
    return Request(Service.STATE, {"callId": call_id, "code": 180})


def answer(call_id: str) -> Request:
    """We pick up."""
    return Request(Service.STATE, {"callId": call_id, "code": 200})


def reject(call_id: str) -> Request:
    """We do not want the call."""
    return Request(Service.STATE, {"callId": call_id, "code": 486, "reasonEndcall": ""})


def stop(call_id: str, why: MediaProblem | Literal[""] = "") -> Request:
    """Hang up or cancel (section 5.3)."""
    return Request(Service.STOP, {"callId": call_id, "reasonEndcall": why})


def dtmf(call_id: str, digits: str) -> Request:
    """Press keys (section 8.3)."""
    return Request(Service.DTMF, {"callId": call_id, "digits": digits})


def info(call_id: str, payload: Any) -> Request:
    """A side message, any JSON (section 8.4)."""
    return Request(Service.INFO, {"callId": call_id, "info": payload})


def transfer(call_id: str, user_id: str) -> Request:
    """Blind transfer, to users only (section 8.5)."""
    return Request(
        Service.TRANSFER, {"callId": call_id, "to": {"number": user_id, "type": "internal", "alias": user_id}}
    )


def message(user_id: str, text: str) -> Request:
    """A message outside calls (section 4.6)."""
    return Request(Service.MESSAGE, {"toUser": user_id, "message": text})


def attribute(name: str, value: str) -> Request:
    """Change an attribute of our user."""
    return Request(Service.ATTRIBUTE, {"attribute": name, "value": value})


def check(call_id: str) -> Request:
    """Does this call still exist (section 4.4)?"""
    return Request(Service.CHECK, {"callId": call_id})
