"""The fields that only OnCaller's frames have."""

# pyright: strict

from tuiphone.core.errors import BadFrame
from tuiphone.core.model import Device
from tuiphone.providers.fields import MAX_ID, Body, text

MAX_DEVICES = 64


def call_id(body: Body) -> str:
    """The call a frame is about; it has to be there."""
    value = body.get("callId")
    if not isinstance(value, str) or not 0 < len(value) <= MAX_ID:
        raise BadFrame("A frame has no call id.")
    return value


def device(entry: Body) -> Device | None:
    """A device of a user, if it has a name to know it by."""
    id = text(entry, "clientId", MAX_ID)
    return Device(id, text(entry, "deviceName", MAX_ID) or "unnamed device") if id else None
