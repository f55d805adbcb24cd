"""What all simulated vendors share: devices of users, the calls between them, and who is told what and when.

Wires, robots and telephones plug in as endpoints. Progress is spoken in SIP status codes; no vendor's spelling here.
"""

import asyncio
import logging
import secrets
import string
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tuiphone.simulator.tape import Tape

logger = logging.getLogger(__name__)

TRYING, RINGING, EARLY_MEDIA, ANSWERED = 100, 180, 183, 200
NOT_FOUND, RING_TIMEOUT, UNAVAILABLE, BUSY, UNACCEPTABLE, DECLINED = 404, 408, 480, 486, 488, 603
_BUFFERED_SIGNALS = 200
_REMEMBERED_CALLS = 1000


class Outcome(Enum):
    """How the exchange took a request about a call."""

    DONE = auto()
    NO_CALL = auto()
    OTHER_DEVICE = auto()
    NOT_CALLEE = auto()
    NO_TELEPHONE = auto()
    NOT_CONNECTED = auto()


@dataclass(frozen=True, slots=True)
class Signal:
    """One piece of media negotiation, in the dictionary forms of WebRTC's JavaScript API."""

    kind: Literal["sdp", "candidate"]
    data: dict[str, Any]


class Endpoint:
    """A device of a user, a robot or a telephone. The exchange calls these methods; they neither block nor raise."""

    is_telephone = False
    online = True

    def __init__(self, user: str, device: str) -> None:
        self.user = user
        self.device = device

    def invited(self, call: "Call") -> None:
        """A call for this endpoint begins."""

    def progressed(self, call: "Call", status: int, by: "Endpoint | None") -> None:
        """The call this endpoint placed went on; from 400 on it is over."""

    def signalled(self, call: "Call", signal: Signal, by: "Endpoint") -> None:
        """The other side sent a description or a candidate."""

    def informed(self, call: "Call", info: Any) -> None:
        """The other side sent a side message."""

    def pressed(self, call: "Call", digits: str) -> None:
        """The other side pressed keys."""

    def elsewhere(self, call: "Call", status: int | None) -> None:
        """Another device of the same user acted on the call; None when it ended it."""

    def ended(self, call: "Call") -> None:
        """The other side ended the call."""

    def moved(self) -> "Endpoint":
        """A fresh endpoint of the same telephone, for the call that a transfer makes."""
        raise NotImplementedError


@dataclass(eq=False, slots=True)
class Call:
    """One call, from `place` until it ended; kept a while afterwards for who asks."""

    ref: str
    caller: Endpoint
    callee: str
    from_number: str
    to_number: str
    video: bool = False
    custom: str = ""
    trickles: bool = True
    """Whether candidates may go by themselves on the wire of this call, or belong inside the descriptions."""
    devices: dict[str, Endpoint] = field(default_factory=dict)
    answered_by: Endpoint | None = None
    was_answered: bool = False
    answered_at: float | None = None
    ended: bool = False
    signals: list[Signal] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None
    tape: "Tape | None" = None
    """Records the call at a robot's or telephone's end."""

    @property
    def telephone(self) -> Endpoint | None:
        """The telephone in this call, on either side."""
        return next((party for party in (self.caller, *self.devices.values()) if party.is_telephone), None)

    def other_devices(self, than: Endpoint) -> Iterator[Endpoint]:
        return (device for device in self.devices.values() if device is not than)


def new_ref() -> str:
    """A call reference in the common `call-<region>-<n>-<random>-<ms>` form."""
    letters = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(10))
    return f"call-sim-1-{letters}-{time.time_ns() // 1_000_000}"


class Exchange:
    """The switchboard of one simulated vendor."""

    def __init__(
        self,
        *,
        ring_seconds: float = 60.0,
        grace_seconds: float = 30.0,
        make_ref: Callable[[], str] = new_ref,
        waits_for_devices: bool = False,
    ) -> None:
        self.ring_seconds = ring_seconds
        self.grace_seconds = grace_seconds
        self.calls: dict[str, Call] = {}
        self.finished: Callable[[Call], None] = lambda call: None
        """Called with a call that is over, before its parties are told."""
        self._make_ref = make_ref
        self._waits_for_devices = waits_for_devices
        self._endpoints: dict[tuple[str, str], Endpoint] = {}
        self._graces: dict[Endpoint, asyncio.TimerHandle] = {}

    def find(self, user: str, device: str) -> Endpoint | None:
        """The endpoint of that device, connected or within its grace time."""
        return self._endpoints.get((user, device))

    def online(self, user: str) -> list[Endpoint]:
        """The connected endpoints of a user."""
        return [one for (name, _), one in self._endpoints.items() if name == user and one.online]

    @property
    def online_users(self) -> list[str]:
        """Who is connected, a name for each device."""
        return sorted(user for (user, _), one in self._endpoints.items() if one.online)

    def attach(self, endpoint: Endpoint) -> None:
        """Connect an endpoint, for the first time or again; calls that ring for its user ring on it too."""
        if grace := self._graces.pop(endpoint, None):
            grace.cancel()
        endpoint.online = True
        self._endpoints[endpoint.user, endpoint.device] = endpoint
        for call in self._live():
            rings = call.callee == endpoint.user and call.telephone not in call.devices.values()
            if rings and not call.answered_by and endpoint is not call.caller and endpoint.device not in call.devices:
                call.devices[endpoint.device] = endpoint
                endpoint.invited(call)
                for signal in call.signals:
                    endpoint.signalled(call, signal, call.caller)

    def detach(self, endpoint: Endpoint) -> None:
        """The link of an endpoint is gone; its calls are kept for the grace time."""
        endpoint.online = False
        loop = asyncio.get_running_loop()
        self._graces[endpoint] = loop.call_later(self.grace_seconds, self._forget, endpoint)

    def leave(self, endpoint: Endpoint) -> None:
        """The endpoint is gone for good, and so are its calls."""
        endpoint.online = False
        if grace := self._graces.pop(endpoint, None):
            grace.cancel()
        self._forget(endpoint)

    def place(
        self,
        caller: Endpoint,
        callee: str | Endpoint,
        *,
        from_number: str,
        to_number: str,
        video: bool = False,
        custom: str = "",
        trickles: bool = True,
        ref: str | None = None,
    ) -> Call:
        """Make a call to a user or to one telephone. Nobody is told before `invite`."""
        call = Call(ref or self._make_ref(), caller, "", from_number, to_number, video, custom, trickles)
        if isinstance(callee, Endpoint):
            call.callee = callee.user
            call.devices[callee.device] = callee
        else:
            call.callee = callee
            call.devices = {one.device: one for one in self.online(callee) if one is not caller}
        self.calls[call.ref] = call
        while len(self.calls) > _REMEMBERED_CALLS and next(iter(self.calls.values())).ended:
            del self.calls[next(iter(self.calls))]
        return call

    def invite(self, call: Call) -> None:
        """Tell the called side, then the caller; with nobody there the call ends as unavailable, or waits for one."""
        if not call.devices and not self._waits_for_devices:
            self._finish(call)
            call.caller.progressed(call, UNAVAILABLE, None)
            return
        call.timer = asyncio.get_running_loop().call_later(self.ring_seconds, self._ring_timeout, call)
        for device in list(call.devices.values()):
            device.invited(call)
        call.caller.progressed(call, TRYING, None)

    def progress(self, ref: str, by: Endpoint, status: int) -> Outcome:
        """The called side rings or gives early media."""
        outcome, call = self._for_callee(ref, by)
        if call and not call.answered_by:
            call.caller.progressed(call, status, by)
            for device in call.other_devices(by):
                device.elsewhere(call, status)
        return outcome

    def answer(self, ref: str, by: Endpoint) -> Outcome:
        """The called side answers on one device; the others are told."""
        outcome, call = self._for_callee(ref, by)
        if call and not call.answered_by:
            call.answered_by = by
            call.was_answered = True
            call.answered_at = time.time()
            call.signals.clear()
            _cancel_timer(call)
            call.caller.progressed(call, ANSWERED, by)
            for device in call.other_devices(by):
                device.elsewhere(call, ANSWERED)
        return outcome

    def reject(self, ref: str, by: Endpoint, status: int = BUSY) -> Outcome:
        """One device of the called side refuses for all of them."""
        outcome, call = self._for_callee(ref, by)
        if call and call.answered_by:
            return self.hang_up(ref, by)
        if call:
            self._finish(call)
            call.caller.progressed(call, status, by)
            for device in call.other_devices(by):
                device.elsewhere(call, status)
        return outcome

    def hang_up(self, ref: str, by: Endpoint) -> Outcome:
        """Either side ends the call, answered or not."""
        call = self.live(ref)
        if call is None:
            return Outcome.NO_CALL
        if by is call.caller:
            self._finish(call)
            for device in [call.answered_by] if call.answered_by else list(call.devices.values()):
                device.ended(call)
            return Outcome.DONE
        if by is call.answered_by or (call.answered_by is None and self._is_callee(call, by)):
            self._finish(call)
            call.caller.ended(call)
            for device in call.other_devices(by):
                device.elsewhere(call, None)
            return Outcome.DONE
        same_user = by.user == call.caller.user or self._is_callee(call, by)
        return Outcome.OTHER_DEVICE if same_user else Outcome.NO_CALL

    def relay(self, ref: str, by: Endpoint, signal: Signal) -> Outcome:
        """Pass negotiation on; while it rings it is also kept for devices that come late."""
        call = self.live(ref)
        if call and by is call.caller and not call.answered_by and len(call.signals) < _BUFFERED_SIGNALS:
            call.signals.append(signal)
        return self._pass_on(ref, by, lambda call, party: party.signalled(call, signal, by))

    def inform(self, ref: str, by: Endpoint, info: Any) -> Outcome:
        """Pass a side message on."""
        return self._pass_on(ref, by, lambda call, party: party.informed(call, info))

    def press(self, ref: str, by: Endpoint, digits: str) -> Outcome:
        """Pass key presses on."""
        return self._pass_on(ref, by, lambda call, party: party.pressed(call, digits))

    def may_transfer(self, ref: str, by: Endpoint, to: str) -> Outcome:
        """Whether `transfer` would work now: an answered telephone call of `by`, and a connected user."""
        call = self.live(ref)
        if call is None or not call.answered_by or by not in (call.caller, call.answered_by):
            return Outcome.NO_CALL
        if call.telephone is None:
            return Outcome.NO_TELEPHONE
        return Outcome.DONE if self.online(to) else Outcome.NOT_CONNECTED

    def transfer(self, ref: str, by: Endpoint, to: str) -> Outcome:
        """Take the telephone out of this call and let it call another user."""
        outcome = self.may_transfer(ref, by, to)
        call = self.live(ref)
        if outcome is Outcome.DONE and call and call.telephone:
            telephone = call.telephone.moved()
            self._finish(call)
            call.telephone.ended(call)
            by.ended(call)
            self.invite(self.place(telephone, to, from_number=telephone.user, to_number=to))
        return outcome

    def live(self, ref: str) -> Call | None:
        """The call, unless it is unknown or over."""
        call = self.calls.get(ref)
        return None if call is None or call.ended else call

    def ring_for_ever(self, call: Call) -> None:
        """Let only its parties end the call."""
        _cancel_timer(call)

    def close(self) -> None:
        """Cancel every timer."""
        for call in self._live():
            self._finish(call)
        for grace in self._graces.values():
            grace.cancel()
        self._graces.clear()

    def _live(self) -> list[Call]:
        return [call for call in self.calls.values() if not call.ended]

    def _is_callee(self, call: Call, party: Endpoint) -> bool:
        return call.devices.get(party.device) is party

    def _for_callee(self, ref: str, by: Endpoint) -> tuple[Outcome, Call | None]:
        call = self.live(ref)
        if call is None:
            return Outcome.NO_CALL, None
        if not self._is_callee(call, by):
            return Outcome.NOT_CALLEE, None
        if call.answered_by not in (None, by):
            return Outcome.OTHER_DEVICE, None
        return Outcome.DONE, call

    def _pass_on(self, ref: str, by: Endpoint, tell: Callable[[Call, Endpoint], None]) -> Outcome:
        call = self.live(ref)
        if call is None or not (by is call.caller or self._is_callee(call, by)):
            return Outcome.NO_CALL
        if by is call.caller:
            for party in [call.answered_by] if call.answered_by else list(call.devices.values()):
                tell(call, party)
            return Outcome.DONE
        if call.answered_by not in (None, by):
            return Outcome.OTHER_DEVICE
        tell(call, call.caller)
        return Outcome.DONE

    def _finish(self, call: Call) -> None:
        call.ended = True
        call.signals.clear()
        _cancel_timer(call)
        self.finished(call)

    def _ring_timeout(self, call: Call) -> None:
        self._finish(call)
        call.caller.progressed(call, RING_TIMEOUT, None)
        for device in list(call.devices.values()):
            device.ended(call)

    def _forget(self, endpoint: Endpoint) -> None:
        self._graces.pop(endpoint, None)
        if self.find(endpoint.user, endpoint.device) is endpoint:
            del self._endpoints[endpoint.user, endpoint.device]
        for call in self._live():
            if endpoint in (call.caller, call.answered_by):
                self.hang_up(call.ref, endpoint)
            elif self._is_callee(call, endpoint):
                del call.devices[endpoint.device]


def _cancel_timer(call: Call) -> None:
    if call.timer:
        call.timer.cancel()
        call.timer = None
