"""Paid calls: callout (6) and callin (7), and who hears what of them (18)."""

import asyncio
import itertools
import re
from collections.abc import Callable
from typing import Any

from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.azstack.device import Device, mirror
from tuiphone.simulator.azstack.fields import CallNumber, call_number, number, text
from tuiphone.simulator.azstack.people import People, User
from tuiphone.simulator.azstack.script import refusal
from tuiphone.simulator.exchange import ANSWERED, RING_TIMEOUT, TRYING, UNAVAILABLE, Call, Endpoint, Exchange, Signal
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.tape import Tape

FIRST_CALLIN = 700_000_001
CALL_TYPE = 2
MOST_CALLS = 20
"""Calls that one device may have placed at a time."""
_NUMBER = re.compile(r"\+?(\d{1,20})", re.ASCII)
_BY_CALLEE = {
    az.PAID_BUSY: az.PAID_BUSY,
    az.RINGING_STOP: az.REJECTED,
    az.CALLIN_NOT_ANSWERED: az.NOT_ANSWERED,
}
"""Codes of 506 that end a ringing call, and the code of 503 that the caller gets for each."""


class PaidCall:
    """One paid call as both ends have it: each knows it by a `callId` of its own."""

    def __init__(self, exchange: Exchange, from_number: str, to_number: str, tags: str) -> None:
        self.exchange = exchange
        self.from_number = from_number
        self.to_number = to_number
        self.tags = tags
        self.caller: User | None = None
        self.caller_id: CallNumber | None = None
        self.callee: User | None = None
        self.callee_id: int | None = None
        self.call: Call | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.code = 0
        """The last code of 503, also where nobody was there to get it."""
        self._answers: dict[Endpoint, str] = {}
        self._is_ringing = False

    def tell_caller(self, device: Device, code: int, **more: str) -> None:
        """Send 503."""
        self.code = code
        device.push(az.CALLOUT_STATUS, {"callId": self.caller_id, "code": code, **more})

    def progressed(self, device: Device, status: int, by: Endpoint | None) -> None:
        code = az.paid_code(status)
        if status == TRYING and by is None:
            return  # was said when the offer came
        if status == ANSWERED:
            self._answer(device)
        elif by is None and status in (UNAVAILABLE, RING_TIMEOUT):
            self.tell_caller(device, az.NOT_AVAILABLE if status == UNAVAILABLE else az.NOT_ANSWERED)
        elif code != az.PAID_RINGING or not self._is_ringing:
            self._is_ringing = code == az.PAID_RINGING or self._is_ringing
            self.tell_caller(device, code)

    def signalled(self, device: Device, signal: Signal, by: Endpoint) -> None:
        sdp = signal.data.get("sdp")
        if signal.kind != "sdp" or not isinstance(sdp, str):
            return
        if self.call and device is self.call.caller:
            self._answers[by] = sdp
            self._answer(device)
            return
        body = {"callId": self.callee_id, "callType": CALL_TYPE, "from": self.from_number, "to": self.to_number}
        device.push(az.CALLIN_START, {**body, "sdp_candidate": sdp})

    def ended(self, device: Device) -> None:
        if self.call and device is self.call.caller:
            self.tell_caller(device, az.STOP)
        else:
            code = az.STOP if self.call and self.call.was_answered else az.RINGING_STOP
            device.push(az.CALLIN_STATUS, {"callId": self.callee_id, "code": code})

    def _answer(self, device: Device) -> None:
        # A robot may answer before its description is made, so whichever comes later sends 503.
        answered_by = self.call.answered_by if self.call else None
        if answered_by and (sdp := self._answers.get(answered_by)) and self.code != ANSWERED:
            self.tell_caller(device, ANSWERED, sdp_candidate=sdp)


class PaidCalls:
    """The services of paid calls. `ended` gets each call that came past 610."""

    def __init__(
        self,
        exchange: Exchange,
        people: People,
        gateway: Gateway,
        known: dict[str, Any],
        ended: Callable[[PaidCall], None],
    ) -> None:
        self._exchange = exchange
        self._people = people
        self._gateway = gateway
        self._known = known
        self._ended = ended
        self._callouts: dict[tuple[Device, CallNumber], PaidCall] = {}
        self._callins: dict[int, PaidCall] = {}
        self._numbers = itertools.count(FIRST_CALLIN)

    # -- the caller's side --------------------------------------------------------------------------------------------

    def start(self, device: Device, body: dict[str, Any]) -> None:
        """500."""
        call_id, to = call_number(body), _NUMBER.fullmatch(text(body, "to") or "")
        shown = text(body, "from") if "from" in body else device.owner.number
        if call_id is None or (device, call_id) in self._callouts:
            return
        if shown is None or not _NUMBER.fullmatch(shown):
            initial: dict[str, int] | None = {"status": az.INITIAL_BAD_FROM}
        elif to is None:
            initial = {"status": az.INITIAL_REFUSED, "chargingError": az.BAD_TO}
        elif sum(1 for who, _ in self._callouts if who is device) >= MOST_CALLS:
            initial = {"status": az.INITIAL_REFUSED, "chargingError": az.BUSY_NOW}
        else:
            initial = refusal(to[1])
        if initial is None:
            return
        device.push(az.CALLOUT_INITIAL, {"callId": call_id, **initial})
        if to is None or shown is None or initial["status"] != az.INITIAL_SUCCESS:
            return
        paid = PaidCall(self._exchange, shown, to[1], text(body, "tags") or "")
        paid.caller, paid.caller_id = device.owner, call_id
        self._callouts[device, call_id] = paid
        loop = asyncio.get_running_loop()
        paid.timer = loop.call_later(self._exchange.ring_seconds, self._no_offer, device, paid)
        device.push(az.CALLOUT_DONE, {"callId": call_id})

    def offer(self, device: Device, body: dict[str, Any]) -> None:
        """501."""
        paid, sdp = self._callout(device, body), body.get("sdp_candidate")
        if paid is None or paid.call or not isinstance(sdp, str):
            return
        _stop_waiting(paid)
        user = self._people.owner_of(paid.to_number)
        call = paid.call = self._exchange.place(
            device,
            user.name if user else self._gateway.telephone(paid.to_number),
            from_number=paid.from_number,
            to_number=paid.to_number,
            trickles=False,
        )
        call.tape = Tape()
        self._known[call.ref] = paid
        if user:
            self._reaches(paid, user)
        paid.tell_caller(device, az.CONNECTING)
        self._exchange.invite(call)
        self._exchange.relay(call.ref, device, Signal("sdp", {"type": "offer", "sdp": sdp}))

    def stop(self, device: Device, body: dict[str, Any]) -> None:
        """502."""
        paid = self._callout(device, body)
        if paid and paid.call:
            self._exchange.hang_up(paid.call.ref, device)
        elif paid:
            self._finish_unplaced(device, paid)

    def lost(self, device: Device) -> None:
        """The connection is gone; what has no call at the exchange yet ends here."""
        for (who, _), paid in list(self._callouts.items()):
            if who is device and paid.call is None:
                self._finish_unplaced(device, paid)

    # -- the called side ----------------------------------------------------------------------------------------------

    def called_by_telephone(self, call: Call) -> PaidCall:
        """A call that comes from a telephone."""
        paid = PaidCall(self._exchange, call.from_number, call.to_number, "")
        paid.call = call
        call.tape = call.tape or Tape()
        self._known[call.ref] = paid
        if user := self._people.named(call.callee):
            self._reaches(paid, user)
        return paid

    def status(self, device: Device, body: dict[str, Any]) -> None:
        """506."""
        call_id, code, sdp = number(body, "callId"), number(body, "code"), body.get("sdp_candidate")
        paid = self._callins.get(call_id) if call_id is not None else None
        call = paid.call if paid else None
        if paid is None or call is None or code is None or call.devices.get(device.device) is not device:
            return
        if self._took(paid, call, device, code, sdp):
            mirror(self._exchange, device, az.CALLIN_STATUS_BY_ME, {"callId": call_id, "code": code})

    def _took(self, paid: PaidCall, call: Call, device: Device, code: int, sdp: object) -> bool:
        exchange = self._exchange
        if exchange.live(call.ref) is None or call.answered_by not in (None, device):
            return False
        if code == az.STOP:
            paid.code = az.STOP
            exchange.hang_up(call.ref, device)
        elif call.answered_by:
            return False
        elif code == az.PAID_RINGING:
            exchange.progress(call.ref, device, az.Code(code))
        elif code == az.ANSWERED and isinstance(sdp, str):
            exchange.relay(call.ref, device, Signal("sdp", {"type": "answer", "sdp": sdp}))
            exchange.answer(call.ref, device)
        elif code in _BY_CALLEE:
            paid.code = _BY_CALLEE[code]
            exchange.reject(call.ref, device, az.Code(paid.code))
        else:
            return False
        return True

    # -- the end ------------------------------------------------------------------------------------------------------

    def finished(self, paid: PaidCall) -> None:
        """The exchange is done with it, and everybody has been told."""
        for key in [key for key, one in self._callouts.items() if one is paid]:
            del self._callouts[key]
        if paid.callee_id is not None:
            self._callins.pop(paid.callee_id, None)
        self._ended(paid)

    def close(self) -> None:
        """Cancel every timer."""
        for paid in self._callouts.values():
            _stop_waiting(paid)

    def _callout(self, device: Device, body: dict[str, Any]) -> PaidCall | None:
        call_id = call_number(body)
        return self._callouts.get((device, call_id)) if call_id is not None else None

    def _reaches(self, paid: PaidCall, user: User) -> None:
        paid.callee, paid.callee_id = user, next(self._numbers)
        self._callins[paid.callee_id] = paid

    def _no_offer(self, device: Device, paid: PaidCall) -> None:
        paid.tell_caller(device, az.NOT_ANSWERED)
        self._finish_unplaced(device, paid)

    def _finish_unplaced(self, device: Device, paid: PaidCall) -> None:
        _stop_waiting(paid)
        self.finished(paid)


def _stop_waiting(paid: PaidCall) -> None:
    if paid.timer:
        paid.timer.cancel()
        paid.timer = None
