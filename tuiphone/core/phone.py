"""Placeholder, replaced within the hour: Change and Listener are final."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from tuiphone.core.events import PhoneEvent
from tuiphone.core.state import PhoneState


@dataclass(frozen=True, slots=True)
class Change:
    """What listeners receive: an event and the state on both sides of it."""

    account: str
    event: PhoneEvent
    before: PhoneState
    after: PhoneState
    at: float
    """Seconds since the epoch."""


Listener: TypeAlias = Callable[[Change], Awaitable[None]]
