"""One client of an OnCaller user: what the exchange tells it becomes pushes, kept while its socket is away."""

from typing import Any

from tuiphone.simulator.exchange import Call, Endpoint, Exchange, Signal
from tuiphone.simulator.oncaller.link import Link
from tuiphone.simulator.oncaller.services import (
    CALL_START_PUSH,
    CALL_STATE_PUSH,
    CALL_STOP_PUSH,
    INFO_PUSH,
    OTHER_DEVICE,
    OTHER_DEVICE_AUTHEN,
    REASONS,
    SDP_CANDIDATE_PUSH,
)

MOST_MISSED = 200
"""Pushes kept for a device without a socket."""


class Device(Endpoint):
    """It outlives its sockets by the grace time of the exchange."""

    def __init__(self, user: str, device: str, custom_prefix: str) -> None:
        super().__init__(user, device)
        self.about: dict[str, Any] = {}
        """How the other devices of the user see it."""
        self.link: Link | None = None
        self._custom_prefix = custom_prefix
        self._missed: list[tuple[int, dict[str, Any]]] = []

    def push(self, service: int, body: dict[str, Any]) -> None:
        """Send a frame, or keep it for the next socket."""
        if self.link is not None:
            self.link.send(service, body)
        elif len(self._missed) < MOST_MISSED:
            self._missed.append((service, body))

    def catch_up(self) -> None:
        """Send what came while there was no socket."""
        missed, self._missed = self._missed, []
        for service, body in missed:
            self.push(service, body)

    def invited(self, call: Call) -> None:
        """Service 33."""
        body = {
            "callId": call.ref,
            "fromNumber": call.from_number,
            "toNumber": call.to_number,
            "fromAlias": call.from_number,
            "toAlias": call.to_number,
            "fromInternal": not call.caller.is_telephone,
            "video": call.video,
            "customDataFromYourServer": f"{self._custom_prefix}{call.custom}",
            "iceServers": [],
        }
        self.push(CALL_START_PUSH, body)

    def progressed(self, call: Call, status: int, by: Endpoint | None) -> None:
        """Service 32."""
        body = {"callId": call.ref, "code": status, "reason": REASONS.get(status, "Unknown"), **_device_of(by)}
        self.push(CALL_STATE_PUSH, body)

    def signalled(self, call: Call, signal: Signal, by: Endpoint) -> None:
        """Service 29; only what goes to the caller says which device it is from (7.2)."""
        sender = _device_of(by) if self is call.caller else {}
        self.push(SDP_CANDIDATE_PUSH, {"callId": call.ref, "type": signal.kind, "data": signal.data, **sender})

    def informed(self, call: Call, info: Any) -> None:
        """Service 37."""
        self.push(INFO_PUSH, {"callId": call.ref, "info": info})

    def elsewhere(self, call: Call, status: int | None) -> None:
        """Service 38."""
        if status is None:
            self.push(OTHER_DEVICE, {"type": "CALL_END", "data": {"callId": call.ref}})
        else:
            self.push(OTHER_DEVICE, {"type": "CALL_STATE", "data": {"callId": call.ref, "code": status}})

    def ended(self, call: Call) -> None:
        """Service 30."""
        self.push(CALL_STOP_PUSH, {"callId": call.ref})


def connected(exchange: Exchange, user: str) -> list[Device]:
    """The devices of a user that have a socket; a robot of that name is none."""
    return [one for one in exchange.online(user) if isinstance(one, Device)]


def tell_others(exchange: Exchange, device: Device, status: str) -> None:
    """Service 104: the other devices of the user learn that this one came or went."""
    for other in connected(exchange, device.user):
        if other is not device:
            other.push(OTHER_DEVICE_AUTHEN, {**device.about, "status": status})


def _device_of(endpoint: Endpoint | None) -> dict[str, str]:
    # A telephone is no device: without the field in both 29 and 32 the client takes its SDP as it comes.
    return {} if endpoint is None or endpoint.is_telephone else {"deviceId": endpoint.device}
