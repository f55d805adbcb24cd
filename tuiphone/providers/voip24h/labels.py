"""What each request and reply is, in a few words for the wire trace. Total: whatever a server sends has a label."""

from collections.abc import Mapping
from typing import Any, cast

from tuiphone.core.redact import redact_start
from tuiphone.core.trace import Way
from tuiphone.providers.fields import is_object

_ASKED = (
    "user", "extension", "sip", "phone", "fromDate", "toDate", "dateStart", "dateEnd", "date_start", "date_end",
    "callId", "uniqueId", "callid", "start", "offset",
)  # fmt: skip
MAX_WORDS = 120


def name(way: Way, line: str, carried: Any) -> str:
    """`line` is the method and path, or the status; `carried` what came along, if it could be read."""
    if not is_object(carried):
        return line
    said = _asked(carried) if way is Way.SENT else _replied(carried)
    return f"{said} ({line})" if said else line


def _asked(body: Mapping[str, Any]) -> str:
    kind = body.get("requestType")
    inner = cast("Mapping[str, Any]", found) if is_object(found := body.get("data")) else body
    values = [inner.get(key) for key in _ASKED]
    shown = [value for value in (kind, *values) if isinstance(value, str) and value]
    return redact_start(" ".join(shown), MAX_WORDS)


def _replied(body: Mapping[str, Any]) -> str:
    parts: list[str] = []
    for key in ("respCode", "respMsg", "status", "message"):
        value = body.get(key)
        if isinstance(value, str | int) and value != "":
            # Blacked out before it is cut: half a secret is not known for one.
            parts.append(redact_start(str(value), 60))
    inner = body.get("result", body)
    data = cast("Mapping[str, Any]", inner).get("data") if is_object(inner) else None
    if isinstance(data, list):
        parts.append(f"{len(cast('list[Any]', data))} calls")
    return " ".join(parts)[:MAX_WORDS]
