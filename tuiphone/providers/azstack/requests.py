"""Builders of everything we send to AZStack. Pure; section numbers are those of PROTOCOL.md."""

# pyright: strict

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from tuiphone.core.ports import Description
from tuiphone.providers.azstack.messages import CallinStarted, CallNumber, ChatServer
from tuiphone.providers.fields import Body

SDK_VERSION = "2.2.4"
"""Of the vendor's SDK whose protocol this is."""


class Service(IntEnum):
    """The service numbers in use (section 5)."""

    PING = 1
    CHAT_SERVER = 29
    LOGGED_IN = 162
    USERS_BY_ID = 164
    USERS_BY_NAME = 165
    LOGIN = 179
    FREE_START = 186
    FREE_DATA = 187
    FREE_STATUS = 188
    FREE_BY_ME = 199
    CALLOUT_START = 500
    CALLOUT_OFFER = 501
    CALLOUT_STOP = 502
    CALLOUT_PROGRESS = 503
    CALLOUT_READY = 504
    CALLIN_START = 505
    CALLIN_STATUS = 506
    CALLIN_BY_ME = 508
    LOGS = 509
    LOG_PUSHED = 601
    CALLOUT_BEGUN = 610


@dataclass(frozen=True, slots=True)
class Request:
    """One packet to the server."""

    service: int
    body: Body = field(repr=False)


def chat_server(username: str) -> Request:
    """Ask the master which chat server to name (section 4.1)."""
    return Request(Service.CHAT_SERVER, {"azStackUserId": username})


def authenticate(server: ChatServer, *, token: str, fullname: str, namespace: str, app_id: str) -> Request:
    """Log in (section 4.2); as the vendor's SDK does, without the platform."""
    body = {
        "slaveIp": server.ip,
        "slavePort": server.port,
        "token": token,
        "fullname": fullname,
        "namespace": namespace,
        "appId": app_id,
        "sdkVersion": SDK_VERSION,
        "screenSize": "1280x720",
    }
    return Request(Service.LOGIN, body)


def ping() -> Request:
    """A sign of life that nobody answers (section 4.5)."""
    return Request(Service.PING, {})


def callout_start(call_id: CallNumber, *, to: str, caller: str | None = None, tags: str | None = None) -> Request:
    """Call a telephone (section 6.1); `caller` is which of our numbers it sees, `tags` are kept in the call log."""
    return Request(
        Service.CALLOUT_START, {"callId": call_id, "to": to, **_given("from", caller), **_given("tags", tags)}
    )


def callout_offer(call_id: CallNumber, *, to: str, sdp: str) -> Request:
    """Our offer with its candidates inside (sections 6.3 and 12.2)."""
    return Request(Service.CALLOUT_OFFER, {"callId": call_id, "to": to, "sdp_candidate": sdp})


def callout_stop(call_id: CallNumber, *, to: str) -> Request:
    """Cancel or hang up (section 6.5)."""
    return Request(Service.CALLOUT_STOP, {"callId": call_id, "to": to})


def callin_status(started: CallinStarted, code: int, *, sdp: str | None = None, tags: str | None = None) -> Request:
    """What we do with a telephone's call (section 7.2); `sdp` is our answer, with code 200."""
    body = {
        "callId": started.call_id,
        **_given("callType", started.call_type),
        "destination": started.caller,
        "phonenumber": started.called,
        **_given("tags", tags),
        "code": code,
        **_given("sdp_candidate", sdp),
    }
    return Request(Service.CALLIN_STATUS, body)


def free_start(call_id: CallNumber, *, to: int, video: bool, offer: Description) -> Request:
    """Call a user (section 8.1); the candidates have to be inside the session description already."""
    body = {"callId": call_id, "mediaType": 2 if video else 1, "to": to, "sdp": _described(offer)}
    return Request(Service.FREE_START, body)


def free_answer(call_id: CallNumber, *, to: int, answer: Description) -> Request:
    """Our answer to a user's offer, candidates inside (section 8.2)."""
    return Request(Service.FREE_DATA, {"callId": call_id, "to": to, "type": 1, "data": _described(answer)})


def free_status(call_id: CallNumber, *, to: int, status: int) -> Request:
    """What we do with a free call (section 8.3)."""
    return Request(Service.FREE_STATUS, {"callId": call_id, "to": to, "status": status})


def users_by_id(purpose: int, ids: Iterable[int]) -> Request:
    """Who these are (section 10)."""
    return Request(Service.USERS_BY_ID, {"purpose": purpose, "userIdList": list(ids)})


def users_by_name(purpose: int, names: Iterable[str]) -> Request:
    """Who has these names."""
    return Request(Service.USERS_BY_NAME, {"purpose": purpose, "usernameList": list(names)})


def call_logs() -> Request:
    """All paid calls the server has kept (section 9)."""
    return Request(Service.LOGS, {})


def _given(key: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {key: value}


def _described(description: Description) -> dict[str, str]:
    return {"type": description.kind, "sdp": description.sdp}
