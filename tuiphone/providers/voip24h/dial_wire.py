"""What is read from the JSON of the interface `dial` (PROTOCOL.md section 8.2), whose keys vary in case; pure."""

# pyright: strict

from collections.abc import Iterator, Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from tuiphone.providers.fields import is_int, is_object, items
from tuiphone.providers.voip24h.entry import MAX_ENTRIES, MAX_STATUS, Entry, web_link
from tuiphone.providers.voip24h.moments import epoch, talk_and_ringing
from tuiphone.providers.voip24h.numbers import (
    began_at,
    is_call_id,
    is_extension,
    number_from_wire,
    text_from_wire,
    whole_from_wire,
)

MAX_EVENTS = 50
_LINKS = ("download", "recording", "play", "eplay")
"""Where the recording is; the first that leads to the web counts."""


def lowered(said: Any) -> dict[str, Any]:
    """An object with its keys in lower case; an empty one for anything else."""
    return {key.lower(): value for key, value in said.items()} if is_object(said) else {}


def status(reply: Mapping[str, Any]) -> int | None:
    """Its own status, also where a text says it; None where it has none."""
    return whole_from_wire(lowered(reply).get("status"))


def message(reply: Mapping[str, Any]) -> Any:
    """What it says of a refusal."""
    low = lowered(reply)
    return next((low[key] for key in ("message", "msg", "error", "result") if isinstance(low.get(key), str)), None)


def dialled(reply: Mapping[str, Any]) -> str | None:
    """The id of the call that its events tell of, where that is one by which it can be asked for."""
    for event in items(lowered(reply).get("events"), MAX_EVENTS):
        low = lowered(event)
        for key in ("callid", "uniqueid", "linkedid"):
            if is_call_id(call_id := text_from_wire(low.get(key))):
                return call_id
    return None


def rows(reply: Mapping[str, Any]) -> list[Any] | None:
    """The calls of a page; None when it has none to give."""
    data = lowered(lowered(reply).get("result")).get("data")
    return items(data, MAX_ENTRIES) if isinstance(data, list) else None


def next_start(reply: Mapping[str, Any]) -> str | None:
    """Where the next page begins; None on the last one."""
    value = lowered(lowered(reply).get("result")).get("next")
    if is_int(value):
        return str(value) if value > 0 else None
    text = text_from_wire(value)
    return text if text.isascii() and text.isdecimal() and int(text) > 0 else None


def found(reply: Mapping[str, Any], zone: ZoneInfo) -> Iterator[Entry]:
    """The calls in whatever a question for one call gives: a page, a list or the call itself."""
    low = lowered(reply)
    result = low.get("result", low.get("data"))
    data = lowered(result).get("data", result)
    for said in cast("list[Any]", data)[:MAX_EVENTS] if isinstance(data, list) else [data]:
        if (one := entry(said, zone)) is not None:
            yield one


def entry(said: Any, zone: ZoneInfo) -> Entry | None:
    """A call; None for what has no id or no time."""
    low = lowered(said)
    call_id = text_from_wire(low.get("callid")) or text_from_wire(low.get("uniqueid")) or text_from_wire(low.get("id"))
    began = began_at(call_id)
    started_at = epoch(text_from_wire(low.get("calldate")), zone, near=began) or began
    if not call_id or started_at is None:
        return None
    caller, callee = number_from_wire(low.get("src")), number_from_wire(low.get("dst"))
    incoming = text_from_wire(low.get("type")).lower().startswith("in")
    inside = callee if incoming else caller
    talk_s, rang_s = talk_and_ringing(low.get("billsec"), low.get("duration"))
    said_status = text_from_wire(low.get("disposition"), MAX_STATUS) or text_from_wire(low.get("status"), MAX_STATUS)
    return Entry(
        call_id=call_id,
        extension=text_from_wire(low.get("extend")) or (inside if is_extension(inside) else ""),
        peer=caller if incoming else callee,
        incoming=incoming,
        started_at=started_at,
        status=said_status,
        talk_s=talk_s,
        rang_s=rang_s,
        recording=next((link for key in _LINKS if (link := web_link(low.get(key))) is not None), None),
    )
