"""Text messages to others, outside calls (RFC 3428); those that come are the matter of `arrivals`."""

# pyright: strict

from collections.abc import Callable
from typing import TypeAlias

from tuiphone.core.errors import RequestFailed
from tuiphone.core.events import ProviderEvent, TextStatusChanged
from tuiphone.core.model import Address, TextStatus
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.names import uri_of
from tuiphone.providers.sip.settings import Settings

PLAIN = "text/plain"
MAX_PART = 800
"""Bytes of one message: with its header fields it stays below the 1300 of section 8, which any way along can take."""
_REFUSALS = {
    403: "The server does not allow this message.",
    404: "There is no such number or user.",
    405: "Their device takes no messages.",
    408: "Nobody took the message in time.",
    410: "This number is no longer in use.",
    413: "The message is too long for the other side.",
    415: "Their device takes no plain text.",
    480: "The other side is not reachable now.",
    486: "The other side is busy.",
    488: "Their device takes no plain text.",
    500: "It could not be taken: their device, or the server, failed. Try again in a while.",
    501: "The server takes no messages.",
    503: "The server takes no messages now. Try again later.",
    513: "The message is too long for the other side.",
    600: "The other side is busy everywhere.",
    603: "The other side does not take your message.",
    604: "There is no such number or user anywhere.",
}
Emit: TypeAlias = Callable[[ProviderEvent], None]


class Texts:
    """Sends plain text; longer texts go as several messages, one after the other."""

    def __init__(self, settings: Settings, emit: Emit, agent: Agent) -> None:
        self._settings = settings
        self._emit = emit
        self._agent = agent

    async def send(self, to: Address, text: str) -> str:
        """Send it; the ref by which TextStatusChanged says whether it arrived or was only taken on the way (202).

        Raises: RequestFailed, RequestTimeout, ConnectionLost, AccessDenied, BadAddress
        """
        uri = uri_of(to, self._settings)
        parts = parts_of(text)
        ref, has_arrived = "", True
        for number, part in enumerate(parts):
            request = self._agent.request(
                "MESSAGE", uri, body=part.encode("utf-8", "replace"), content_type="text/plain;charset=UTF-8"
            )
            response = await self._agent.ask(request)
            if not response.is_success:
                said = _REFUSALS.get(response.status, f"It was refused: {response.status} {response.reason}.")
                if number:
                    said = f"Only {number} of {len(parts)} parts of it went out. {said}"
                raise RequestFailed(response.status, said)
            ref = ref or request.call_id
            has_arrived = has_arrived and response.status != 202
        self._emit(TextStatusChanged(ref, TextStatus.DELIVERED if has_arrived else TextStatus.SENT))
        return ref


def parts_of(text: str) -> list[str]:
    """The text in parts that one message can take, cut between words where there are any."""
    parts: list[str] = []
    rest = text
    while len(rest.encode("utf-8", "replace")) > MAX_PART:
        cut = len(rest[:MAX_PART].encode("utf-8", "replace")[:MAX_PART].decode("utf-8", "ignore"))
        space = max(rest.rfind(" ", cut // 2, cut), rest.rfind("\n", cut // 2, cut))
        cut = space + 1 if space > 0 else max(cut, 1)
        parts.append(rest[:cut].rstrip() or rest[:cut])
        rest = rest[cut:]
    return [*parts, rest] if rest or not parts else parts
