"""2xx answers of ours to INVITEs: sent again until their ACK comes (RFC 3261 section 13.3.1.4).

Though a WebSocket loses nothing: behind the proxy there may be UDP, and nobody on the way repeats a 2xx but us.
"""

# pyright: strict

from dataclasses import dataclass
from typing import TypeAlias

from tuiphone.providers.sip.message import Response
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.transaction import T1, T2, TIMEOUT

DialogKey: TypeAlias = tuple[str, str, str]


@dataclass(slots=True)
class _Waiting:
    incoming: Incoming
    response: Response
    until: float
    pause: float
    at: float


class Confirming:
    """The answers that nobody has confirmed yet."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[DialogKey, int], _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def due(self) -> float | None:
        """When `wake` has to be called next."""
        return min((each.at for each in self._waiting.values()), default=None)

    def add(self, dialog: DialogKey, incoming: Incoming, response: Response, now: float) -> None:
        """A 2xx goes out for the first time."""
        key = (dialog, incoming.request.cseq.number)
        self._waiting[key] = _Waiting(incoming, response, now + TIMEOUT, T1, now + T1)

    def confirmed(self, dialog: DialogKey, number: int) -> None:
        """Its ACK came."""
        self._waiting.pop((dialog, number), None)

    def forget(self, dialog: DialogKey) -> None:
        """The call is over."""
        for key in [key for key in self._waiting if key[0] == dialog]:
            del self._waiting[key]

    def clear(self) -> None:
        """The link is gone."""
        self._waiting.clear()

    def wake(self, now: float) -> tuple[list[Response], list[Incoming]]:
        """What is to be sent again, and whom nobody confirmed in time."""
        again: list[Response] = []
        dead: list[Incoming] = []
        for key, each in list(self._waiting.items()):
            if now >= each.until:
                del self._waiting[key]
                dead.append(each.incoming)
            elif now >= each.at:
                each.pause = min(2 * each.pause, T2)
                each.at = min(now + each.pause, each.until)
                again.append(each.response)
        return again, dead
