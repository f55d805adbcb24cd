"""Every call that passes, for those who watch lines (RFC 4235) and for tests that ask."""

from collections.abc import Callable

from tuiphone.simulator.sip.flow import Hop
from tuiphone.simulator.sip.message import Message


class Callbook:
    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed

    def began(self, request: Message) -> Callable[[Message, Hop], None]:
        return lambda message, hop: None

    def ended(self, call_id: str) -> None: ...

    def refreshed(self, message: Message, hop: Hop) -> None: ...

    def clear(self) -> None: ...
