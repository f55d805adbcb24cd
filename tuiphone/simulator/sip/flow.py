"""Where messages go: the sockets of users' devices, and this server's own robots (RFC 5626 calls a socket a flow)."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tuiphone.simulator.link import Link
from tuiphone.simulator.sip.fields import new_tag
from tuiphone.simulator.sip.message import Message

_MOST_HEARD = 2_000


class Hop(Protocol):
    """Somebody one Via away."""

    @property
    def token(self) -> str:
        """Its name in a Record-Route."""
        ...

    @property
    def is_there(self) -> bool:
        """Whether a message would arrive now."""
        ...

    @property
    def is_trusted(self) -> bool:
        """Whether it need not say who it is."""
        ...

    def current(self) -> "Hop":
        """Itself, or what came in its place."""
        ...

    def send(self, message: Message) -> None:
        """Send, or lose it as a network does."""
        ...


class Flow:
    """One socket. When it breaks, a later one of the same device takes its place in calls and subscriptions."""

    is_trusted = False

    def __init__(self, link: Link, transport: asyncio.Transport | None, deliver: Callable[["Flow", str], None]) -> None:
        self.token = new_tag()
        self.user = ""
        """Whoever proved to be at the other end."""
        self.is_there = True
        self.frozen = False
        """A half-open connection: nothing passes any more, and nobody is told."""
        self.successor: Flow | None = None
        self.link = link
        self.received = 0
        """How many messages came."""
        self._transport = transport
        self._deliver = deliver

    def current(self) -> "Flow":
        at = self
        while not at.is_there and at.successor:
            at = at.successor
        return at

    def send(self, message: Message) -> None:
        self.send_text(message.text())

    def send_text(self, text: str) -> None:
        """Send anything."""
        if self.is_there and not self.frozen:
            self._deliver(self, text)

    def freeze(self, *, on: bool) -> None:
        """Neither read nor write, as with a network that swallows everything; what comes waits to be read."""
        self.frozen = on
        if self._transport and on:
            self._transport.pause_reading()
        elif self._transport:
            self._transport.resume_reading()

    def broken(self) -> None:
        """The socket is gone."""
        self.is_there = False


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that came from a user's device, or from somebody who is not known yet (an empty name)."""

    user: str
    message: Message


class Heardbook:
    """The last of what devices sent, for tests that want to know."""

    def __init__(self) -> None:
        self._heard: deque[Heard] = deque(maxlen=_MOST_HEARD)

    def add(self, user: str, message: Message) -> None:
        """Keep one."""
        self._heard.append(Heard(user, message))

    def of(self, user: str | None = None, method: str | None = None) -> list[Message]:
        """What this user sent; `method` is that of the request, or of the request that was answered."""
        return [
            one.message
            for one in self._heard
            if user in (None, one.user) and method in (None, one.message.method or one.message.cseq_method)
        ]
