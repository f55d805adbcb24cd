"""Keeps one call's session alive, and notices when the far side no longer does (RFC 4028 sections 7.2 and 10)."""

import asyncio
import logging
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import PhoneError
from tuiphone.providers.sip.message import Request, Response
from tuiphone.providers.sip.session_timer import MINIMUM, SessionTimer

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

log = logging.getLogger(__name__)

OVER = (("Reason", 'SIP;cause=408;text="Session expired"'),)
ATTEMPTS = 3
AGAIN_SECONDS = 15.0
"""After a refresh that failed, while the session lasts; a far side that changes the call takes as long itself."""


class Refresh:
    """The clock of one session; what was agreed on is in `timer`."""

    def __init__(self, call: "SipCall", seconds: int) -> None:
        self.timer = SessionTimer(seconds)
        self._call = call
        self._due: asyncio.TimerHandle | None = None
        self._over: asyncio.TimerHandle | None = None

    def answered(self, response: Response) -> None:
        """A 2xx to our INVITE or UPDATE came: the session begins anew."""
        self.timer.answered(response.headers.get("Session-Expires"))
        self._wind()

    def answers(self, request: Request) -> tuple[tuple[str, str], ...]:
        """Headers of our 2xx to the far side's INVITE or UPDATE, with which the session begins anew."""
        headers = self.timer.answers(
            request.headers.get("Session-Expires"),
            min_se=request.headers.get("Min-SE"),
            supported=request.supported | request.required,
        )
        self._wind()
        return headers

    def refusal(self, request: Request) -> tuple[tuple[str, str], ...] | None:
        """Headers of the 422 to a request that wants too short a session; None for any other."""
        if self.timer.refuses(request.headers.get("Session-Expires")):
            return (("Min-SE", f"{MINIMUM}"),)
        return None

    def stop(self) -> None:
        """The call is over."""
        for handle in (self._due, self._over):
            if handle is not None:
                handle.cancel()
        self._due = self._over = None

    def _wind(self) -> None:
        self.stop()
        agreed = self.timer.agreed
        if agreed is None or self._call.is_over:
            return
        loop = asyncio.get_running_loop()
        if agreed.ours:
            self._due = loop.call_later(agreed.refresh_after, self._begin)
        self._over = loop.call_later(agreed.seconds if agreed.ours else agreed.over_after, self._expired)

    def _begin(self) -> None:
        if self._call.answered and not self._call.is_over:
            self._call.spawn(self._refresh())

    async def _refresh(self) -> None:
        try:
            if "UPDATE" not in self._call.far_allows or not await self._update():
                await self._call.renegotiation.renegotiate()
        except PhoneError as error:
            # The session goes on to its end, unless one of the next tries, or the return of a lost link, comes before.
            log.info("%s: a session was not refreshed: %s", self._call.ref, error)
            if self._over is not None:
                self._due = asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._begin)

    async def _update(self) -> bool:
        """By UPDATE, which changes nothing else; False when the far side has no such method after all."""
        dialog = self._call.dialog
        for _ in range(ATTEMPTS):
            if dialog is None or self._call.is_over:
                return True
            response = await self._call.ask(dialog.request("UPDATE", headers=self.timer.asks()))
            if response.is_success:
                dialog.refresh(response)
                self.answered(response)
                return True
            if response.status != 422 or not self.timer.too_short(response.headers.get("Min-SE")):
                return self._call.is_over
        return False

    def _expired(self) -> None:
        agreed = self.timer.agreed
        minutes = 0 if agreed is None else max(agreed.seconds // 60, 1)
        self._call.leave(
            EndReason.LOST, f"No sign of life came from the other side for {minutes} minutes.", headers=OVER
        )
