"""The partner API's requests and replies (PROTOCOL.md sections 3 and 4): builders, and what is read from JSON; pure."""

# pyright: strict

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from tuiphone.core.errors import NotPossible
from tuiphone.providers.fields import is_object, items
from tuiphone.providers.voip24h.entry import MAX_ENTRIES, MAX_STATUS, Entry, Listing, newest_first, web_link
from tuiphone.providers.voip24h.moments import epoch, seconds, wire_days
from tuiphone.providers.voip24h.numbers import (
    began_at,
    is_call_id,
    number_from_wire,
    text_from_wire,
    whole_from_wire,
)

PATH = "/api/v1/partner/voip24h"
FULL = 5000
"""A reply of so many calls may be a part of them only."""
SUCCESS = 0


# -- requests ------------------------------------------------------------------------------------------------------


def of_user(user: str) -> dict[str, Any]:
    """All calls of an extension."""
    return {"requestType": "getUser", "data": {"user": user}}


def of_days(start: float, end: float, zone: ZoneInfo) -> dict[str, Any]:
    """Calls of everybody on the days of this time. Raises: NotPossible"""
    first, last = wire_days(start, end, zone)
    # The document's example names a user, which would make it getUserDate; version 1.1 has none (section 6).
    return {"requestType": "getDate", "data": {"fromDate": first, "toDate": last}}


def of_user_days(user: str, start: float, end: float, zone: ZoneInfo) -> dict[str, Any]:
    """Calls of an extension on the days of this time. Raises: NotPossible"""
    first, last = wire_days(start, end, zone)
    return {"requestType": "getUserDate", "data": {"user": user, "fromDate": first, "toDate": last}}


def of_call(call_id: str) -> dict[str, Any]:
    """One call. Raises: NotPossible"""
    return {"requestType": "getCallData", "data": {"uniqueId": checked(call_id)}}


def recording(call_id: str, *, listen: bool = False) -> dict[str, Any]:
    """Where the recording of a call can be fetched, or listened to. Raises: NotPossible"""
    kind = "recordingListen" if listen else "recordingDownload"
    return {"requestType": kind, "data": {"callId": checked(call_id)}}


def make_dial(extension: str, phone: str) -> dict[str, Any]:
    """Ring the extension, then the number."""
    return {"requestType": "makeDial", "data": {"extension": extension, "phone": phone}}


def checked(call_id: str) -> str:
    """The id of a call, as one. Raises: NotPossible"""
    if not is_call_id(call_id):
        raise NotPossible("The PBX does not know that call by a number, so it cannot be asked for it.")
    return call_id


# -- replies -------------------------------------------------------------------------------------------------------


def resp_code(reply: Mapping[str, Any]) -> int | None:
    """Whether it went well (0), also where a text says so; None when this is no reply of this API."""
    return whole_from_wire(reply.get("respCode"))


def listing(data: Any, zone: ZoneInfo) -> Listing | None:
    """The calls of a reply; None when they are no list."""
    if not isinstance(data, list):
        return None
    listed = items(data, MAX_ENTRIES)
    found = (entry(one, zone) for one in listed)
    return Listing(newest_first(one for one in found if one is not None), is_whole=len(listed) < FULL)


def entry(said: Any, zone: ZoneInfo) -> Entry | None:
    """A call; None for what has no id or no time."""
    if not is_object(said):
        return None
    call_id = text_from_wire(said.get("callId")) or text_from_wire(said.get("uniqueId"))
    began = began_at(call_id)
    started_at = epoch(text_from_wire(said.get("callDate")), zone, near=began) or began
    if not call_id or started_at is None:
        return None
    kind = text_from_wire(said.get("callType")).upper()
    return Entry(
        call_id=call_id,
        extension=text_from_wire(said.get("user")),
        peer=number_from_wire(said.get("phoneNumber")),
        incoming=kind == "INBOUND",
        started_at=started_at,
        status=text_from_wire(said.get("callStatus"), MAX_STATUS),
        talk_s=seconds(said.get("duration")),
        external=kind == "EXTERNAL",
    )


def link(data: Any) -> str | None:
    """The link of a reply, where it has one that leads to the web."""
    return web_link(data.get("link")) if is_object(data) else None
