"""What each frame is, in a few words for the wire trace. Total: whatever a server sends has a label."""

import re
from typing import Any

from tuiphone.core.trace import Label, plain_label

_NAMES = {
    "1": "call at the PBX",
    "2": "rings",
    "4": "call ended",
    "8": "dialled",
    "16": "far end answered",
    "32": "answered",
    "64": "ordered",
    "128": "SMS handed over",
    "256": "SMS status",
}
_METHODS = {"Call": "call", "Transfer": "transfer"}
_EVENT = re.compile(r"<(?:\w{1,20}:)?Event\b([^<>]{0,4000})")
_PAIR = re.compile(r"""([\w:-]{1,40})\s{0,3}=\s{0,3}(?:"([^"]{0,300})"|'([^']{0,300})')""")
_CHILD = re.compile(r"<(Method|RequestID|Code|Details|CallID|From|To|Event)>([^<>]{0,300})</\1>")


def label(frame: Any, *, sent: bool) -> Label:
    """What this document is."""
    if not isinstance(frame, str):
        return plain_label(frame, sent=sent)
    head = frame[:4000]
    children = dict(_CHILD.findall(head))
    number = children.get("RequestID") or None
    if "<Request>" in head:
        return Label(_asked(children), children.get("CallID"), number)
    if events := _EVENT.findall(frame[:20_000]):
        said = _event(_pairs(events[0]))
        more = f" and {len(events) - 1} more" if len(events) > 1 else ""
        return Label(f"{said.text}{more}", said.call)
    if "<Response" in head:
        code, details = children.get("Code", "?"), children.get("Details", "")
        told = "ok" if code == "0" else f"refused, {code} {details}".strip()
        return Label(f"response {number or '?'}: {told}", None, number)
    return plain_label(frame, sent=sent)


def _pairs(attributes: str) -> dict[str, str]:
    return {name: double or single for name, double, single in _PAIR.findall(attributes)}


def _event(said: dict[str, str]) -> Label:
    kind = said.get("type", "?")
    name = _NAMES.get(kind, f"event {kind[:20]}")
    to = f" to {said['to'][:60]}" if said.get("to") else ""
    late = ", late" if said.get("missed") == "1" else ""
    result = f", {said['result'][:20]}" if "result" in said else ""
    return Label(f"{name}: {said.get('from', '?')[:60]}{to}{result}{late}", said.get("callID") or None)


def _asked(children: dict[str, str]) -> str:
    method = children.get("Method", "?")
    name = "SMS" if method == "Generate" else _METHODS.get(method, method)
    return f"{name} to {children.get('To', '?')[:60]}"
