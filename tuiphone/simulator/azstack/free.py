"""Free calls (8): relayed between all devices of two users, or held with a robot."""

import itertools
import time
from typing import Any

from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.azstack.device import Device, devices, mirror
from tuiphone.simulator.azstack.fields import CallNumber, call_number, number
from tuiphone.simulator.azstack.people import People, User
from tuiphone.simulator.exchange import ANSWERED, TRYING, Call, Endpoint, Exchange, Signal

_ENDED_BY_CALLEE = (az.FREE_NOT_ANSWERED, az.FREE_BUSY, az.FREE_REJECTED)
MOST_CALLS = 20
"""Calls that one device may have placed at a time."""
_MOST_HELD = 100


class FreeCall:
    """One free call: both sides know it by the caller's `callId`."""

    def __init__(self, exchange: Exchange, call: Call, call_id: CallNumber, caller: User, callee: User) -> None:
        self.call = call
        self.key = (caller.id, callee.id, call_id)
        self._exchange = exchange
        self._call_id = call_id
        self._caller = caller
        self._callee = callee
        self._held: list[tuple[Device, Signal]] = []

    def progressed(self, device: Device, status: int, by: Endpoint | None) -> None:
        if status == TRYING and by is None:
            return
        body = {"status": az.free_code(status)}
        self._tell(device, az.FREE_STATUS, body, by_caller=False, alone=by is None)
        if status == ANSWERED:
            held, self._held = self._held, []
            for receiver, signal in held:
                self._pass(receiver, signal)

    def signalled(self, device: Device, signal: Signal, by: Endpoint) -> None:
        if device is self.call.caller and not isinstance(by, Device) and not self.call.was_answered:
            # A robot has its answer ready while it rings; a client sends it after its 188 (8.3), so it waits for that.
            if len(self._held) < _MOST_HELD:
                self._held.append((device, signal))
        else:
            self._pass(device, signal)

    def ended(self, device: Device) -> None:
        self._tell(device, az.FREE_STATUS, {"status": az.STOP}, by_caller=device is not self.call.caller)

    def _pass(self, device: Device, signal: Signal) -> None:
        by_caller = device is not self.call.caller
        if signal.kind == "candidate":
            data = {key: signal.data[key] for key in ("sdpMid", "sdpMLineIndex") if key in signal.data}
            data["sdp"] = signal.data["candidate"]
            self._tell(device, az.FREE_DATA, {"type": az.CANDIDATE, "data": data}, by_caller=by_caller)
        elif signal.data.get("type") == "answer":
            self._tell(device, az.FREE_DATA, {"type": az.DESCRIPTION, "data": signal.data}, by_caller=by_caller)
        else:
            kind = az.VIDEO if self.call.video else az.AUDIO
            self._tell(device, az.FREE_START, {"mediaType": kind, "sdp": signal.data}, by_caller=by_caller)

    def _tell(
        self, device: Device, service: int, body: dict[str, Any], *, by_caller: bool, alone: bool = False
    ) -> None:
        one, other = (self._caller, self._callee) if by_caller else (self._callee, self._caller)
        full = {"callId": self._call_id, "from": one.id, "to": other.id, **body}
        # While it rings the exchange tells each device of the callee; otherwise it tells one, and all are meant.
        alone = alone or (by_caller and not self.call.was_answered) or self._caller is self._callee
        for receiver in [device] if alone else devices(self._exchange, device.owner):
            receiver.push(service, full)


class FreeCalls:
    """The services of free calls."""

    def __init__(self, exchange: Exchange, people: People, known: dict[str, Any]) -> None:
        self._exchange = exchange
        self._people = people
        self._known = known
        self._calls: dict[tuple[int, int, CallNumber], FreeCall] = {}
        self._numbers = itertools.count(int(time.time()))

    def start(self, device: Device, body: dict[str, Any]) -> None:
        """186."""
        call_id, to, sdp = call_number(body), number(body, "to"), _description(body.get("sdp"), "offer")
        kind = number(body, "mediaType")
        if call_id is None or to is None or sdp is None or kind not in (az.AUDIO, az.VIDEO):
            return
        callee = self._people.numbered(to)
        placed = sum(1 for free in self._calls.values() if free.call.caller is device and not free.call.ended)
        is_too_much = placed >= MOST_CALLS or self._found(device.owner.id, to, call_id) is not None
        if callee is None or is_too_much:
            status = az.FREE_BUSY if is_too_much else az.FREE_NOT_ANSWERED
            device.push(az.FREE_STATUS, {"callId": call_id, "from": to, "to": device.owner.id, "status": status})
            return
        caller = device.owner
        call = self._exchange.place(
            device, callee.name, from_number=caller.name, to_number=callee.name, video=kind == az.VIDEO
        )
        self._known_as(FreeCall(self._exchange, call, call_id, caller, callee))
        self._exchange.invite(call)
        self._exchange.relay(call.ref, device, Signal("sdp", sdp))

    def called_by_robot(self, call: Call) -> FreeCall:
        """A call that a robot places."""
        caller, callee = self._people.made(call.caller.user), self._people.made(call.callee)
        assert caller
        assert callee
        free = FreeCall(self._exchange, call, next(self._numbers), caller, callee)
        self._known_as(free)
        return free

    def data(self, device: Device, body: dict[str, Any]) -> None:
        """187."""
        data = body.get("data")
        if number(body, "type") == az.DESCRIPTION:
            sdp, found = _description(data, "answer"), self._received(device, body)
            if found and sdp:
                self._exchange.relay(found.call.ref, device, Signal("sdp", sdp))
        elif number(body, "type") == az.CANDIDATE and isinstance(data, dict) and isinstance(data.get("sdp"), str):
            signal = Signal("candidate", {"candidate": data["sdp"], **_place(data)})
            if found := self._placed(device, body) or self._received(device, body):
                self._exchange.relay(found.call.ref, device, signal)

    def status(self, device: Device, body: dict[str, Any]) -> None:
        """188."""
        status = number(body, "status")
        if status is not None and self._took(device, status, body):
            mirror(self._exchange, device, az.FREE_STATUS_BY_ME, {"callId": body["callId"], "status": status})

    def finished(self, free: FreeCall) -> None:
        """The exchange is done with it, and everybody has been told."""
        if self._calls.get(free.key) is free:  # the same number may have been used again already
            del self._calls[free.key]

    def _took(self, device: Device, status: int, body: dict[str, Any]) -> bool:
        placed, received = self._placed(device, body), self._received(device, body)
        if status == az.STOP:
            found = placed or received
            if found is None:
                return False
            self._exchange.hang_up(found.call.ref, device)
            return True
        if received is None or received.call.answered_by:
            return False
        if status == az.ANSWERED:
            self._exchange.answer(received.call.ref, device)
        elif status in _ENDED_BY_CALLEE:
            self._exchange.reject(received.call.ref, device, az.Code(status))
        else:
            self._exchange.progress(received.call.ref, device, az.Code(status))
        return True

    def _known_as(self, free: FreeCall) -> None:
        self._calls[free.key] = self._known[free.call.ref] = free

    def _placed(self, device: Device, body: dict[str, Any]) -> FreeCall | None:
        """The live call that this device placed."""
        free = self._found(device.owner.id, number(body, "to"), call_number(body))
        return free if free and free.call.caller is device else None

    def _received(self, device: Device, body: dict[str, Any]) -> FreeCall | None:
        """The live call that rings on this device or was answered on it."""
        free = self._found(number(body, "to"), device.owner.id, call_number(body))
        if free is None or free.call.devices.get(device.device) is not device:
            return None
        return free if free.call.answered_by in (None, device) else None

    def _found(self, caller: int | None, callee: int | None, call_id: CallNumber | None) -> FreeCall | None:
        if caller is None or callee is None or call_id is None:
            return None
        free = self._calls.get((caller, callee, call_id))
        return free if free and not free.call.ended else None


def _description(value: object, kind: str) -> dict[str, str] | None:
    match value:
        case {"type": str(said), "sdp": str(sdp)} if said == kind:
            return {"type": kind, "sdp": sdp}
        case _:
            return None


def _place(data: dict[str, Any]) -> dict[str, Any]:
    mid, index = data.get("sdpMid"), number(data, "sdpMLineIndex")
    return {
        **({"sdpMid": mid} if isinstance(mid, str) else {}),
        **({"sdpMLineIndex": index} if index is not None else {}),
    }
