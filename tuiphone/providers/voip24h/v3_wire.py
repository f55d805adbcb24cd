"""What is read from the JSON of the interface `v3` (PROTOCOL.md section 8.1); pure."""

# pyright: strict

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from tuiphone.providers.fields import MAX_ID, is_object, items
from tuiphone.providers.voip24h.entry import MAX_ENTRIES, MAX_STATUS, Entry, web_link
from tuiphone.providers.voip24h.moments import epoch, talk_and_ringing
from tuiphone.providers.voip24h.numbers import is_extension, number_from_wire, text_from_wire, whole_from_wire

DAY_SECONDS, WEEK_SECONDS = 86_400.0, 7 * 86_400.0
MAX_TOKEN = 4096
_GOOD = frozenset({0, 200, 1000})
"""The document says 1000, the server 200."""
_CALL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_LINKS = ("wav", "mp3", "ogg", "gsm")


@dataclass(frozen=True, slots=True)
class Token:
    """What lets us in for a while."""

    text: str
    ends_at: float | None
    """Seconds since the epoch, where it says so."""
    lasts_s: float
    """From its making on, where it does not."""


def status(reply: Mapping[str, Any]) -> int | None:
    """Its own status, also where a text says it; None where it has none."""
    return whole_from_wire(reply.get("status"))


def is_good(reply: Mapping[str, Any]) -> bool:
    """It went well, as far as the reply says."""
    return not reply.get("error") and status(reply) in (None, *_GOOD)


def message(reply: Mapping[str, Any]) -> Any:
    """What it says of a refusal."""
    error = reply.get("error")
    said = cast("Mapping[str, Any]", error).get("message") if is_object(error) else error
    return said if isinstance(said, str) else reply.get("message")


def token(data: Any, zone: ZoneInfo) -> Token | None:
    """The token of a reply, in whichever of its spellings; None when it has none."""
    if not is_object(data):
        return None
    lowered = {key.lower(): value for key, value in data.items()}
    text = lowered.get("token")
    if not isinstance(text, str) or not 0 < len(text) <= MAX_TOKEN or not text.isascii() or not text.isprintable():
        return None
    ends = next((lowered[key] for key in ("expired", "expried", "expires", "expire") if key in lowered), None)
    lives_long = str(lowered.get("islonglive")).lower() in ("true", "1")
    return Token(text, epoch(text_from_wire(ends), zone), WEEK_SECONDS if lives_long else DAY_SECONDS)


def is_last(reply: Mapping[str, Any], offset: int, page: int) -> bool:
    """Nothing comes after the first `offset` calls, of which the last page, asked for with this many, is here."""
    data = cast("list[Any]", reply.get("data"))
    if (total := whole_from_wire(reply.get("totalData"))) is not None:
        return offset >= total
    # A server may give less at once than it is asked for, and says so.
    limit = whole_from_wire(reply.get("limit"))
    return len(data) < (page if limit is None else min(page, limit))


def is_call_id(text: str) -> bool:
    """It can be the id of one of its calls."""
    return len(text) <= MAX_ID and _CALL_ID.fullmatch(text) is not None


def entries(data: Any, zone: ZoneInfo, own: str) -> list[Entry] | None:
    """The calls of a page; None when they are no list. `own` is our extension, for calls inside the house."""
    if not isinstance(data, list):
        return None
    found = (_entry(each, zone, own) for each in items(data, MAX_ENTRIES))
    return [each for each in found if each is not None]


def _entry(said: Any, zone: ZoneInfo, own: str) -> Entry | None:
    if not is_object(said):
        return None
    call_id = text_from_wire(said.get("id")) or text_from_wire(said.get("callid"))
    started_at = epoch(text_from_wire(said.get("callDate")), zone)
    if not call_id or started_at is None:
        return None
    caller, callee = number_from_wire(said.get("caller")), number_from_wire(said.get("callee"))
    kind = text_from_wire(said.get("type")).lower()
    incoming = kind.startswith("in") or (not kind.startswith("out") and callee == own)
    inside = callee if incoming else caller
    talk_s, rang_s = talk_and_ringing(said.get("billsec"), said.get("duration"))
    return Entry(
        call_id=call_id,
        extension=text_from_wire(said.get("extension")) or (inside if is_extension(inside) else ""),
        peer=caller if incoming else callee,
        incoming=incoming,
        started_at=started_at,
        status=text_from_wire(said.get("status"), MAX_STATUS),
        talk_s=talk_s,
        rang_s=rang_s,
    )


def recording(data: Any) -> str | None:
    """The link of a recording, in whichever format there is."""
    media = data.get("media") if is_object(data) else None
    if not is_object(media):
        return None
    return next((link for kind in _LINKS if (link := web_link(media.get(kind))) is not None), None)
