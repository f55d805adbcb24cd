"""What each SIP message is, in a few words for the wire trace. Total: whatever a server sends has a label."""

# pyright: strict

import re
from typing import Any

from tuiphone.core.trace import Label, plain_label

_REQUEST = re.compile(r"([A-Za-z-]{1,20}) +(\S+) +SIP/2\.0", re.I)
_STATUS = re.compile(r"SIP/2\.0 +([1-6][0-9]{2})(?: +(.*))?", re.I)
_FIELD = r"(?im)^(?:{})[ \t]*:[ \t]*(.*?)[ \t]*\r?$"
_CALL_ID, _CSEQ, _EVENT, _KIND, _REASON, _WARNING, _RESULT = (
    re.compile(_FIELD.format(names))
    for names in ("call-id|i", "cseq", "event|o", "content-type|c", "reason", "warning", "subscription-state")
)
_OF_CALLS = frozenset({"INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER"})
_SCHEME = re.compile(r"(?i)^sips?:")
_DIGITS = re.compile(r"(?im)^([ \t]*signal[ \t]*=[ \t]*)[0-9A-D*#]+|\A([0-9A-D*#]+)\s*\Z")
_BODIES = {
    "application/sdp": "media",
    "application/dtmf-relay": "digit",
    "application/dtmf": "digit",
    "message/sipfrag": "progress",
    "application/pidf+xml": "presence",
    "application/dialog-info+xml": "line",
    "application/simple-message-summary": "mailbox",
}
MAX_HEAD = 16_384
MAX_SHOWN = 60


def label(frame: Any, *, sent: bool) -> Label:
    """What this message is: a method and whom it is for, or a status and what it answers."""
    if not isinstance(frame, str):
        return plain_label(frame, sent=sent)
    if not frame.strip():
        return Label("keep-alive", is_routine=True)
    head = _head(frame)
    first, _, rest = head.partition("\n")
    number, _, method = (_found(_CSEQ, rest) or "").partition(" ")
    method = method.strip().upper()
    if (status := _STATUS.match(first)) is not None:
        said = f"{status[1]} {_cut((status[2] or '').strip())}".rstrip()
        text = _with(f"{said} ({method} {_cut(number)})" if method else said, _body(head), _why(head))
    elif (request := _REQUEST.match(first)) is not None:
        method = request[1].upper()
        text = _with(f"{method} {_cut(number)} {_whom(request[2])}", _event(method, head), _body(head), _why(head))
    else:
        return plain_label(frame[:MAX_SHOWN], sent=sent)
    event = (_found(_EVENT, head) or "").partition(";")[0].lower()
    is_of_call = method in _OF_CALLS or (method in ("NOTIFY", "SUBSCRIBE") and event == "refer")
    call = _found(_CALL_ID, head) if is_of_call else None
    return Label(text, call[:200] if call else None, is_routine=method == "OPTIONS")


def readable(frame: str) -> str:
    """The message as the trace keeps it: pressed digits, which may be a PIN, are left out."""
    head, gap, body = frame.partition("\r\n\r\n")
    kind = (_found(_KIND, head[:MAX_HEAD]) or "").partition(";")[0].strip().lower()
    if body and kind.startswith("application/dtmf"):
        return f"{head}{gap}{_DIGITS.sub(_hidden, body)}"
    return frame


def _hidden(found: re.Match[str]) -> str:
    return f"{found[1] or ''}•"


def _head(frame: str) -> str:
    end = min((at for gap in ("\r\n\r\n", "\n\n") if (at := frame.find(gap, 4)) >= 0), default=len(frame))
    return frame.lstrip("\r\n")[: min(end, MAX_HEAD)]


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return None if found is None else found[1]


def _whom(uri: str) -> str:
    # Parameters are of the wire; who is meant stands before them.
    return _cut(_SCHEME.sub("", uri).partition(";")[0].partition("?")[0])


def _event(method: str, head: str) -> str:
    if method not in ("SUBSCRIBE", "NOTIFY", "PUBLISH"):
        return ""
    state = (_found(_RESULT, head) or "").partition(";")[0].strip()
    event = (_found(_EVENT, head) or "").partition(";")[0].strip()
    return _cut(f"{event} {state}".strip())


def _body(head: str) -> str:
    kind = (_found(_KIND, head) or "").partition(";")[0].strip().lower()
    return _BODIES.get(kind, "")


def _why(head: str) -> str:
    said = _found(_REASON, head) or _found(_WARNING, head) or ""
    quoted = re.search(r'"([^"]*)"', said)
    return _cut(quoted[1]) if quoted is not None else ""


def _with(text: str, *more: str) -> str:
    return ", ".join((text, *(each for each in more if each)))


def _cut(text: str) -> str:
    return text[:MAX_SHOWN]
