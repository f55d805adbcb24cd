"""How a request is answered: the reply's own fields, and those of the request that it repeats."""

from collections.abc import Callable
from typing import Any

from tuiphone.simulator.vox import codec
from tuiphone.simulator.vox.codec import Packet
from tuiphone.simulator.vox.codes import PHRASES, Ret
from tuiphone.simulator.vox.device import Device

Handler = Callable[[Device, dict[str, Any], "Reply"], None]
"""Carries out a request of a device and replies, in this order or the other."""
_CODES = ("ret", "eReturnCode")
_PHRASES = ("sReturnPhrase", "sReasonPhrase", "reason")
_REPEATED = ("sCallId", "sDstNumber", "sDtmfDigit", "sBrandPin", "bIsRecording")


def reply_to(packet: Packet, user: str, ret: Ret, **fields: Any) -> Packet | None:
    """The reply to a request; None when it is no request."""
    name = codec.reply_name(packet.name)
    if name is None:
        return None
    known = codec.fields_of(name)
    said: dict[str, Any] = {"ullTransId": packet.transaction, "sMobNu": user}
    said |= dict.fromkeys(_CODES, int(ret)) | dict.fromkeys(_PHRASES, PHRASES[ret])
    said |= {key: packet.fields[key] for key in _REPEATED if key in packet.fields}
    return Packet(name, {key: value for key, value in said.items() if key in known} | fields)


class Reply:
    """Answers one request of a device."""

    def __init__(self, device: Device, packet: Packet) -> None:
        self.request = packet.name
        self._device = device
        self._packet = packet

    def __call__(self, ret: Ret, **fields: Any) -> None:
        reply = reply_to(self._packet, self._device.user, ret, **fields)
        if reply:
            self._device.reply(reply)
