"""Joins what a device asks for with what it concerns: paid calls, free calls, their records, and questions."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from tuiphone.simulator.azstack import lookups
from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.azstack.device import Conversation, Device
from tuiphone.simulator.azstack.free import FreeCall, FreeCalls
from tuiphone.simulator.azstack.paid import PaidCall, PaidCalls
from tuiphone.simulator.azstack.people import People, User
from tuiphone.simulator.azstack.records import Records
from tuiphone.simulator.exchange import Call, Exchange
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.link import Link

logger = logging.getLogger(__name__)


class Desk:
    """Devices come, ask and leave."""

    def __init__(self, exchange: Exchange, people: People, gateway: Gateway, records: Records) -> None:
        self._exchange = exchange
        self._known: dict[str, PaidCall | FreeCall] = {}
        self._paid = PaidCalls(exchange, people, gateway, self._known, records.add)
        self._free = FreeCalls(exchange, people, self._known)
        questions = lookups.Lookups(exchange, people)
        self._services: dict[int, Callable[[Device, dict[str, Any]], None]] = {
            az.CALLOUT_START: self._paid.start,
            az.CALLOUT_DATA: self._paid.offer,
            az.CALLOUT_STOP: self._paid.stop,
            az.CALLIN_STATUS: self._paid.status,
            az.FREE_START: self._free.start,
            az.FREE_DATA: self._free.data,
            az.FREE_STATUS: self._free.status,
            az.LOGS: lambda device, body: device.push(az.LOGS, records.listed(device)),
            az.USERS_BY_ID: questions.by_ids,
            az.USERS_BY_NAME: questions.by_names,
            az.APPLICATION_STATE: lookups.application_state,
            az.PUSH_REGISTER: lookups.register_push,
            az.PUSH_UNREGISTER: lookups.unregister_push,
        }
        exchange.finished = self._finished

    def arrived(self, user: User, link: Link) -> Device:
        """A user logged in on a connection: calls that ring for the user ring there too."""
        device = Device(user, link, self._conversation_of)
        self._exchange.attach(device)
        return device

    def left(self, device: Device) -> None:
        """The connection is gone, and with it the calls it was in (17, rule 8)."""
        device.owner.left()
        self._exchange.detach(device)
        self._paid.lost(device)

    def carry_out(self, device: Device, service: int, body: dict[str, Any]) -> None:
        """Do what a device asks; an unknown service is ignored."""
        if handle := self._services.get(service):
            handle(device, body)
        elif service != az.PING:
            logger.info("unknown service %s", service)

    def close(self) -> None:
        """Cancel every timer."""
        self._paid.close()

    def _conversation_of(self, call: Call) -> Conversation:
        if known := self._known.get(call.ref):
            return known
        is_paid = call.caller.is_telephone
        return self._paid.called_by_telephone(call) if is_paid else self._free.called_by_robot(call)

    def _finished(self, call: Call) -> None:
        # Who is in it is told right after this, and the record comes after that.
        asyncio.get_running_loop().call_soon(self._forget, call)

    def _forget(self, call: Call) -> None:
        match self._known.pop(call.ref, None):
            case PaidCall() as paid:
                self._paid.finished(paid)
            case FreeCall() as free:
                self._free.finished(free)
            case None:
                pass
