"""Reads single fields of what strangers wrote; lengths have limits, a wrong type is an empty value or a BadFrame."""

# pyright: strict

from collections.abc import Mapping
from typing import Any, TypeAlias, TypeGuard, cast

import msgspec

from tuiphone.core.errors import BadFrame
from tuiphone.core.ports import Candidate, IceServer

MAX_ID = 200
MAX_TEXT = 4096
MAX_MESSAGE = 32_768
MAX_SDP = 65_536
MAX_CANDIDATE = 1024
MAX_SERVERS = 16
MAX_URL = 300
SCHEMES = ("stun:", "stuns:", "turn:", "turns:")

Body: TypeAlias = Mapping[str, Any]


def is_int(value: Any) -> TypeGuard[int]:
    """A whole number, which JSON's true and false are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """A JSON object."""
    return isinstance(value, dict)


def items(value: Any, limit: int) -> list[Any]:
    """The first so many of a JSON array; none of anything else."""
    return cast("list[Any]", value)[:limit] if isinstance(value, list) else []


def whole(body: Body, key: str, default: int | None = None) -> int:
    """A whole number that has to be there unless it has a default."""
    value = body.get(key, default)
    if not is_int(value):
        raise BadFrame(f"A frame has no number as {key}.")
    return value


def text(body: Body, key: str, limit: int = MAX_TEXT) -> str:
    """A string cut to the limit; numbers are taken as strings, anything else as an empty one."""
    value = body.get(key)
    if is_int(value):
        value = str(value)
    return value[:limit] if isinstance(value, str) else ""


def inner(body: Body, key: str) -> Body:
    """An object inside the body that has to be there."""
    value = body.get(key)
    if not is_object(value):
        raise BadFrame(f"A frame has no object as {key}.")
    return value


def sdp(body: Body, key: str) -> str:
    """The text of a session description, which has to be there."""
    value = body.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_SDP:
        raise BadFrame("A session description has no text, or too much.")
    return value


def words(value: Any) -> str:
    """What somebody said: a string as it is, anything else as JSON text."""
    return value[:MAX_MESSAGE] if isinstance(value, str) else json_text(value, MAX_MESSAGE)


def json_text(value: Any, limit: int = MAX_TEXT) -> str:
    """Any JSON value as text, cut to the limit."""
    try:
        return msgspec.json.encode(value).decode()[:limit]
    except RecursionError as error:
        raise BadFrame("A frame is nested too deeply.") from error


def candidate(data: Body, key: str) -> Candidate | None:
    """An ICE candidate as browsers write it, its text under this key; None for what is no such thing."""
    said = text(data, key, MAX_CANDIDATE).removeprefix("a=")
    # Some browsers mark the end of their candidates with an empty one.
    if not said.startswith("candidate:") or not said.isprintable():
        return None
    mid, line = data.get("sdpMid"), data.get("sdpMLineIndex")
    mid = mid if isinstance(mid, str) and len(mid) <= MAX_ID else None
    if not is_int(line) or not 0 <= line < 64:
        line = 0 if mid is None else None
    return Candidate(said, mid, line)


def ice_servers(listed: Any, *, credential: str) -> tuple[IceServer, ...]:
    """STUN and TURN servers as browsers write them, but for the name of the credential; others are left out."""
    servers: list[IceServer] = []
    for entry in items(listed, MAX_SERVERS):
        if not is_object(entry):
            continue
        given = entry.get("urls", entry.get("url"))
        urls = items(given, MAX_SERVERS) if isinstance(given, list) else [given]
        good = tuple(url for url in urls if isinstance(url, str) and url.startswith(SCHEMES) and len(url) <= MAX_URL)
        if good:
            servers.append(IceServer(good, text(entry, "username") or None, text(entry, credential) or None))
    return tuple(servers)
