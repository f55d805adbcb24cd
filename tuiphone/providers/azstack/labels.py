"""What each of AZStack's packets is, in a few words for the wire trace. Total: whatever a server sends has a label."""

from typing import Any

from tuiphone.core.trace import Label, plain_label
from tuiphone.providers.azstack import codes
from tuiphone.providers.azstack.requests import Service
from tuiphone.providers.fields import Body, is_int, is_object

_NAMES: dict[int, str] = {
    Service.CHAT_SERVER: "chat server",
    Service.LOGIN: "log in",
    Service.LOGGED_IN: "log in:",
    Service.USERS_BY_ID: "users by id",
    Service.USERS_BY_NAME: "users by name",
    Service.LOGS: "call logs",
    Service.LOG_PUSHED: "call log",
    Service.FREE_START: "call",
    Service.FREE_DATA: "media",
    Service.FREE_STATUS: "state",
    Service.FREE_BY_ME: "on another device",
    Service.CALLOUT_START: "call",
    Service.CALLOUT_BEGUN: "call:",
    Service.CALLOUT_READY: "ready for media",
    Service.CALLOUT_OFFER: "media offer",
    Service.CALLOUT_STOP: "hang up",
    Service.CALLOUT_PROGRESS: "state",
    Service.CALLIN_START: "call",
    Service.CALLIN_STATUS: "state",
    Service.CALLIN_BY_ME: "on another device",
}


def label(frame: Any, *, sent: bool) -> Label:
    """What this packet is."""
    service, body = frame.get("service"), frame.get("body")
    if not is_int(service):
        return plain_label(frame, sent=sent)
    if service == Service.PING:
        return Label("ping", is_routine=True)
    name = _NAMES.get(service, f"service {service}")
    if not is_object(body):
        return Label(f"{name}, without a body that can be read")
    call = body.get("callId")
    if service == Service.LOG_PUSHED and is_object(data := body.get("data")):
        call = data.get("callId")
    said = " ".join(part for part in (name, _about(service, body, sent=sent)) if part)
    return Label(said, _short(call) or None, _pair(service, body))


def _about(service: int, body: Body, *, sent: bool) -> str:
    match service:
        case Service.CHAT_SERVER:
            return f"for {_text(body, 'azStackUserId')}" if sent else f"{_text(body, 'ip')}:{_short(body.get('port'))}"
        case Service.LOGIN:
            return f"as {_text(body, 'fullname')}"
        case Service.LOGGED_IN:
            code = body.get("resultCode", 0)
            return f"ok, {_short(body.get('userId'))}" if code == 0 else f"refused, {_short(code)}"
        case Service.USERS_BY_ID | Service.USERS_BY_NAME:
            asked = body.get("userIdList" if service == Service.USERS_BY_ID else "usernameList")
            listed = asked if sent else body.get("userInfoList")
            return _counted(listed) if sent or body.get("r") == 1 else f"refused, {_short(body.get('r'))}"
        case Service.LOGS:
            if sent:
                return ""
            return _counted(body.get("data")) if body.get("r") == 1 else f"refused, {_short(body.get('r'))}"
        case Service.CALLOUT_START:
            caller = _text(body, "from")
            return f"{_text(body, 'to')} from {caller}" if caller else _text(body, "to")
        case Service.CALLOUT_BEGUN:
            status, error = body.get("status"), body.get("chargingError")
            if not is_int(status):
                return _short(status)
            refusal = codes.callout_refusal(status, error if is_int(error) else None)
            return f"{status} {'taken' if refusal is None else refusal.word}"
        case Service.CALLIN_START:
            return f"from {_text(body, 'from')} to {_text(body, 'to')}"
        case Service.FREE_START:
            who = f"user {_short(body.get('to'))}" if sent else f"from user {_short(body.get('from'))}"
            return f"{who}{', video' if body.get('mediaType') == 2 else ''}"
        case Service.FREE_DATA:
            return {1: "answer", 2: "candidate"}.get(kind, "") if is_int(kind := body.get("type")) else ""
        case Service.CALLOUT_PROGRESS:
            return _state(codes.CALLOUT, body.get("code"))
        case Service.CALLIN_STATUS:
            # From us 702 says no; from the server it says that the caller gave up (section 13.3).
            return _state(codes.CALLIN_BY_ME if sent else codes.CALLIN, body.get("code"))
        case Service.CALLIN_BY_ME:
            return _state(codes.CALLIN_BY_ME, body.get("code"))
        case Service.FREE_STATUS | Service.FREE_BY_ME:
            return _state(codes.FREE, body.get("status"))
        case _:
            return ""


def _pair(service: int, body: Body) -> str | None:
    match service:
        case Service.USERS_BY_ID | Service.USERS_BY_NAME:
            return f"{service}/{_short(body.get('purpose'))}"
        case _:
            return None


def _state(table: codes.Table, code: Any) -> str:
    return f"{code} {codes.word(table, code)}" if is_int(code) else _short(code)


def _counted(listed: Any) -> str:
    return f"({len(listed)})" if isinstance(listed, list) else ""


def _text(body: Body, key: str) -> str:
    value = body.get(key)
    return value[:60] if isinstance(value, str) else ""


def _short(value: Any) -> str:
    return str(value)[:60] if isinstance(value, str | int | float) else ""
