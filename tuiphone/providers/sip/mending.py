"""A call whose sound is cut while its link stands: its way is made anew by an offer over a new connection.

RFC 8445 section 2.4 has an ICE restart for this, which RFC 3264 section 8 lets either side begin at any time.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from tuiphone.core.call import SOUND_LOST, EndReason
from tuiphone.core.errors import ConnectionLost, MediaError, PhoneError, RequestFailed, RequestTimeout
from tuiphone.providers.sip.restoration import STANDS

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

log = logging.getLogger(__name__)

MEND_SECONDS = 26.0
"""From the cut, which media tells some 5 s after the last sound, to the end of a call that nothing helps."""
PAUSE_SECONDS = 5.0
"""For a new connection to find its way, or until another try."""
TRIES = 5
MAX_OFFERS = 10
"""Of a call whose sound is cut again and again, without a calm in between."""
CALM_SECONDS = 60.0
SILENT = (("Reason", 'SIP;cause=408;text="No sound came"'),)


class Mending:
    """Of one call.

    whole ── cut ──> interrupted ── re-INVITE, or one of theirs; the sound is back ──> whole
                         ├── the link is lost: left to Restoration
                         └── not back in time ──> LOST
    """

    def __init__(self, call: "SipCall") -> None:
        self._call = call
        self._work: asyncio.Task[None] | None = None
        self._back = asyncio.Event()
        self._back.set()
        self._left = MAX_OFFERS
        self._mended_at = 0.0

    @property
    def is_on(self) -> bool:
        """The call is interrupted for this."""
        return self._work is not None

    def cut(self, on: bool) -> None:
        """Media says that the way to the far side is cut, or that there is one again."""
        if not on:
            self._back.set()
            return
        self._back.clear()
        call = self._call
        if call.answered and not call.is_over and not self.is_on and not call.restoration.is_on and call.agent.is_open:
            self._call.interrupted(True)
            self._work = call.spawn(self._mend())

    async def _mend(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() - self._mended_at >= CALM_SECONDS:
            self._left = MAX_OFFERS
        try:
            async with asyncio.timeout(MEND_SECONDS):
                await self._try()
                await self._back.wait()
        except TimeoutError:
            if not self._back.is_set():
                return self._call.leave(EndReason.LOST, SOUND_LOST, headers=SILENT)
        except ConnectionLost:
            # The loss itself is told a moment later, and has us give way.
            return
        self._mended_at = loop.time()
        self._work = None
        self._call.interrupted(False)

    async def _try(self) -> None:
        """Offer until the sound is back, or further offers make no sense. Raises: ConnectionLost"""
        for _ in range(min(TRIES, self._left)):
            theirs = self._call.renegotiation.answered

            def is_settled(theirs: int = theirs) -> bool:
                # Both sides notice at about the same time; one new connection is enough.
                return self._back.is_set() or self._call.renegotiation.answered != theirs

            self._left -= 1
            try:
                await self._call.renegotiation.renegotiate(fresh=True, unless=is_settled)
            except ConnectionLost:
                raise
            except (RequestTimeout, RequestFailed, MediaError) as error:
                log.info("%s: not mended: %s", self._call.ref, error)
                if isinstance(error, RequestFailed) and error.code in STANDS - {491}:
                    return
            except PhoneError as error:
                # A server that refuses our password for this, say.
                return self._call.fault(f"The sound could not be set up anew: {error}")
            try:
                async with asyncio.timeout(PAUSE_SECONDS):
                    await self._back.wait()
            except TimeoutError:
                continue
            return

    def gives_way(self) -> bool:
        """The link is lost too, which Restoration makes good; whether the call was interrupted already."""
        was_on = self.is_on
        self.close()
        return was_on

    def close(self) -> None:
        """Nothing is tried any more."""
        if self._work is not None:
            self._work.cancel()
            self._work = None
