"""What each of OnCaller's frames is, in a few words for the wire trace. Total: whatever a server sends has a label."""

from typing import Any

from tuiphone.core.trace import Label, plain_label
from tuiphone.providers.fields import Body, is_int, is_object
from tuiphone.providers.oncaller.requests import Service
from tuiphone.providers.oncaller.wire import REPLIES

_NAMES: dict[int, str] = {
    Service.LOGIN: "log in",
    Service.CALL: "call",
    Service.DESCRIBE: "media",
    Service.STOP: "hang up",
    Service.STATE: "state",
    Service.DTMF: "digits",
    Service.INFO: "side message",
    Service.MESSAGE: "message",
    Service.TRANSFER: "transfer",
    Service.ATTRIBUTE: "attribute",
    Service.CHECK: "is the call still there?",
}
_STATES = {180: "ringing", 183: "session progress", 200: "answered", 486: "busy"}


def label(frame: Any, *, sent: bool) -> Label:
    """What this frame is."""
    service, body = frame.get("service"), frame.get("body")
    if not is_int(service) or not is_object(body):
        return plain_label(frame, sent=sent)
    if service == Service.PING:
        return Label("ping", is_routine=True)
    call, number = body.get("callId"), body.get("requestId")
    pair = f"{service}/{number}" if service in REPLIES and is_int(number) else None
    name = _NAMES.get(service, f"service {service}")
    if sent:
        said = _joined(name, _asked(service, body))
    elif service in REPLIES:
        said = _joined(f"{name}:", _replied(service, body))
    else:
        said = _told(service, body)
    return Label(said, call if isinstance(call, str) and call else None, pair)


def _asked(service: int, body: Body) -> str:
    match service:
        case Service.LOGIN:
            return f"as {_text(body, 'deviceName')}"
        case Service.CALL:
            return f"{_text(body, 'toNumber')} from {_text(body, 'fromNumber')}{_video(body)}"
        case Service.DESCRIBE:
            return _media(body)
        case Service.STOP:
            return _text(body, "reasonEndcall")
        case Service.STATE:
            return _state(body)
        case Service.DTMF:
            return f"({len(_text(body, 'digits'))})"
        case Service.MESSAGE:
            return f"to {_text(body, 'toUser')}"
        case Service.TRANSFER:
            to = body.get("to")
            return f"to {_text(to, 'number')}" if is_object(to) else ""
        case Service.ATTRIBUTE:
            return _text(body, "attribute")
        case _:
            return ""


def _replied(service: int, body: Body) -> str:
    code = body.get("r", 0)
    said = "ok" if code == 0 else f"refused, {_short(code)}"
    if code == 0 and service == Service.LOGIN:
        said = f"ok, {_text(body, 'userId')}"
    return _joined(said, _text(body, "message") if code != 0 else "")


def _told(service: int, body: Body) -> str:
    match service:
        case Service.INVITED:
            return f"call from {_text(body, 'fromAlias') or _text(body, 'fromNumber')}{_video(body)}"
        case Service.DESCRIBED:
            return _joined("media", _media(body))
        case Service.PROGRESSED:
            return _joined("state", _state(body))
        case Service.STOPPED:
            return "hung up"
        case Service.INFORMED:
            return "side message"
        case Service.ELSEWHERE:
            return _joined("on another device", _state(body))
        case Service.MESSAGED:
            return f"message from {_text(body, 'fromUser')}"
        case Service.TOPIC:
            return f"message on {_text(body, 'topic')}"
        case Service.DEVICE:
            return _joined("device", _text(body, "status"))
        case _:
            return f"service {service}"


def _state(body: Body) -> str:
    code = body.get("code")
    word = _text(body, "reason") or (_STATES.get(code, "") if is_int(code) else "")
    return _joined(_short(code), word)


def _media(body: Body) -> str:
    data = body.get("data")
    kind = data.get("type") if is_object(data) and body.get("type") == "sdp" else body.get("type")
    return _short(kind)


def _video(body: Body) -> str:
    return ", video" if body.get("video") is True else ""


def _text(body: Body, key: str) -> str:
    value = body.get(key)
    return value[:60] if isinstance(value, str) else ""


def _short(value: Any) -> str:
    return str(value)[:60] if isinstance(value, str | int | float) else ""


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)
