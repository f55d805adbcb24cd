"""Subscriptions."""

from tuiphone.simulator.sip.flow import Hop
from tuiphone.simulator.sip.message import Message


class Watchers:
    def is_mine(self, request: Message) -> bool:
        return False

    def take(self, request: Message, hop: Hop) -> None: ...

    def responded(self, message: Message) -> None: ...

    def changed(self, user: str) -> None: ...

    def clear(self) -> None: ...
