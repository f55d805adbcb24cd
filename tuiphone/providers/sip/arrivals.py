"""Text messages that somebody sends us, outside calls and in them (RFC 3428 section 7): taken once they are kept."""

# pyright: strict

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from tuiphone.core.errors import PhoneError
from tuiphone.core.events import TextReceived
from tuiphone.core.model import Address
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.message import BadMessage, Request
from tuiphone.providers.sip.names import address_of
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.texts import PLAIN

log = logging.getLogger(__name__)

KEEP_SECONDS = 10.0
"""How long keeping one may take; its sender waits three times as long (timer F)."""
AGAIN_SECONDS = 30
"""When it may be sent again that could not be kept."""
MAX_KEEPING = 160
"""More than come before reading pauses, unless the disk is stuck; of 256 requests under way the rest is for calls."""
MAX_SEEN = 200


class Arrivals:
    """Answers MESSAGE: 200 when the text is on the disk, 500 when it cannot be, and then it is not ours.

    Not 503: whoever is told that sends us nothing at all for a while, no call either (RFC 3261 section 21.5.4).
    """

    def __init__(self, settings: Settings, agent: Agent, keep: Callable[[TextReceived], Awaitable[None]]) -> None:
        """`keep` returns when the text is on the disk, or raises a PhoneError."""
        self._settings = settings
        self._keep_text = keep
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._keeping: set[asyncio.Task[None]] = set()
        agent.on("MESSAGE", self.take)

    def take(self, incoming: Incoming, sender: Address | None = None) -> None:
        """Somebody wrote, in a call the one it is with; other kinds than plain text are refused with what is taken."""
        request = incoming.request
        if request.body and request.content_type not in (None, PLAIN):
            incoming.respond(415, headers=(("Accept", PLAIN),))
            return
        text, ref = _text_of(request), f"{request.cseq.number} {request.call_id}"
        if not text or ref in self._seen:
            incoming.respond(200)
        elif len(self._keeping) >= MAX_KEEPING:
            _refuse(incoming)
        else:
            sender = sender or address_of(request.from_, self._settings)
            task = asyncio.create_task(self._keep(incoming, TextReceived(sender, text, ref=ref)), name="sip-text")
            self._keeping.add(task)
            task.add_done_callback(self._keeping.discard)

    async def _keep(self, incoming: Incoming, text: TextReceived) -> None:
        try:
            async with asyncio.timeout(KEEP_SECONDS):
                await self._keep_text(text)
        except (PhoneError, TimeoutError) as error:
            log.warning("a message was refused: %s", error or f"it was not on the disk after {KEEP_SECONDS:.0f} s")
            _refuse(incoming)
            return
        self._seen[text.ref or ""] = None
        while len(self._seen) > MAX_SEEN:
            self._seen.popitem(last=False)
        incoming.respond(200)


def _refuse(incoming: Incoming) -> None:
    incoming.respond(500, "Message Not Kept", headers=(("Retry-After", str(AGAIN_SECONDS)),))


def _text_of(request: Request) -> str:
    try:
        word = request.word("Content-Type")
        charset = (None if word is None else word.param("charset")) or "utf-8"
        return request.body.decode(charset, "replace")
    except (BadMessage, LookupError, ValueError):
        return request.text
