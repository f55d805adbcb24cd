"""One connection of an AZStack user. What the exchange tells it becomes packets of the conversation it belongs to."""

import secrets
from collections.abc import Callable
from typing import Any, Protocol

from tuiphone.simulator.azstack import frames
from tuiphone.simulator.azstack.people import User
from tuiphone.simulator.exchange import Call, Endpoint, Exchange, Signal
from tuiphone.simulator.link import Link


class Conversation(Protocol):
    """A call in the words of its wire: the paid kind or the free kind."""

    def progressed(self, device: "Device", status: int, by: Endpoint | None) -> None:
        """The call that `device` placed went on; from 400 on it is over."""
        ...

    def signalled(self, device: "Device", signal: Signal, by: Endpoint) -> None:
        """The other side sent `device` a description or a candidate."""
        ...

    def ended(self, device: "Device") -> None:
        """The other side ended the call of `device`."""
        ...


class Device(Endpoint):
    """Lives as long as its connection: the wire has no session that could be resumed (4.6)."""

    def __init__(self, user: User, link: Link, conversation_of: Callable[[Call], Conversation]) -> None:
        super().__init__(user.name, secrets.token_hex(8))
        self.owner = user
        self.link = link
        self._conversation_of = conversation_of

    def push(self, service: int, body: dict[str, Any]) -> None:
        """Send a packet."""
        self.link.send_raw(frames.packet(service, body))

    def invited(self, call: Call) -> None:
        # The offer that follows is what rings; here the call only gets to be known.
        self._conversation_of(call)

    def progressed(self, call: Call, status: int, by: Endpoint | None) -> None:
        self._conversation_of(call).progressed(self, status, by)

    def signalled(self, call: Call, signal: Signal, by: Endpoint) -> None:
        self._conversation_of(call).signalled(self, signal, by)

    def ended(self, call: Call) -> None:
        self._conversation_of(call).ended(self)


def devices(exchange: Exchange, user: User | None) -> list[Device]:
    """The connected devices of a user; a robot of that name is none."""
    return [one for one in exchange.online(user.name) if isinstance(one, Device)] if user else []


def mirror(exchange: Exchange, actor: Device, service: int, body: dict[str, Any]) -> None:
    """Tell the other devices of a user what one of them did; never that one itself, it would drop its call."""
    for other in devices(exchange, actor.owner):
        if other is not actor:
            other.push(service, body)
