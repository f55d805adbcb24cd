"""A call whose link was lost: once we are registered again, its way is made anew by an offer over a new connection."""

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.errors import ConnectionLost, MediaError, PhoneError, RequestFailed, RequestTimeout
from tuiphone.providers.sip.fields import NameAddr

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120.0
"""How long a call waits for the link; while the far side is still heard, longer."""
LISTEN_SECONDS = 10.0
RESTORE_SECONDS = 30.0
"""How long it is tried once the link is back: the far side may have lost its own, and be longer about it."""
GONE_SECONDS = 8.0
"""How long a 481 may come from a server that was started again, and does not know yet where the far side is."""
PAUSE_SECONDS = 2.0
STANDS = frozenset({403, 405, 415, 420, 488, 491, 501, 603, 606})
"""What only somebody says who still has the call, and wants it as it is."""


class Restoration:
    """Of one call.

    whole ── link lost ──> interrupted ── registered again: re-INVITE, 2xx ──> whole
                               │
                               └── 481, refused or unanswered for too long, no link for too long ──> LOST
    """

    def __init__(self, call: "SipCall") -> None:
        self._call = call
        self._timer: asyncio.TimerHandle | None = None
        self._restoring: asyncio.Task[None] | None = None
        self._received = -1
        self._before = ""
        """The server that the call was made through."""
        self.is_on = False
        """The call is interrupted."""

    def link_lost(self) -> None:
        """The connection is gone; sound from phone to phone may go on."""
        if self._restoring is not None:
            self._restoring.cancel()
            self._restoring = None
        if not self.is_on:
            self.is_on = True
            self._before = self._call.agent.where
            if not self._call.mending.gives_way():
                self._call.interrupted(True)
            self._received = self._heard_so_far()
            self._wait(PATIENCE_SECONDS)

    def begin(self) -> None:
        """We are registered again."""
        if self.is_on and self._restoring is None:
            self._restoring = self._call.spawn(self._restore())

    async def _restore(self) -> None:
        loop = asyncio.get_running_loop()
        began, received = loop.time(), self._heard_so_far()
        while True:
            try:
                await self._call.renegotiation.renegotiate(fresh=True)
                break
            except ConnectionLost:
                # The loss itself is told a moment later.
                return
            except (RequestTimeout, RequestFailed) as error:
                if self._call.is_over:
                    return
                log.info("%s: not restored: %s", self._call.ref, error)
                code = error.code if isinstance(error, RequestFailed) else None
                if code in STANDS:
                    # Whether the sound still comes, media will tell.
                    break
                if code == 481 and loop.time() - began >= GONE_SECONDS:
                    return self._call.vanished()
                if self._goes_another_way():
                    continue
                if loop.time() - began >= RESTORE_SECONDS:
                    if self._heard_so_far() > received:
                        # The servers are of no help, and the sound needs none.
                        self._call.fault("The call goes on, but cannot be changed: its server is gone.")
                        break
                    return self._call.leave(EndReason.LOST, "The other side is gone since the connection was lost.")
            except MediaError as error:
                self._call.fault(f"The sound could not be set up anew: {error}")
                break
            except PhoneError as error:
                if self._call.is_over:
                    return
                # A server that refuses our password for this, say; the call itself may go on.
                self._call.fault(f"The call could not be restored: {error}")
                break
            await asyncio.sleep(PAUSE_SECONDS)
        self.close()
        self._restoring = None
        self.is_on = False
        self._call.interrupted(False)

    def _goes_another_way(self) -> bool:
        """Through another server than before: the way that the call was set up by begins at one that may be dead.

        RFC 3261 section 12.2 keeps the way for the dialog's life; this is tried only when that one has failed.
        """
        dialog, here = self._call.dialog, self._call.agent.where
        if dialog is None or self._before in ("", here):
            return False
        self._before = here
        dialog.routes = without_server(dialog.routes, here)
        return True

    def _wait(self, seconds: float) -> None:
        self.close()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._waited)

    def _waited(self) -> None:
        heard = self._heard_so_far()
        if heard == self._received:
            return self._call.leave(EndReason.LOST, "The connection did not come back in time.")
        self._received = heard
        self._wait(LISTEN_SECONDS)

    def _heard_so_far(self) -> int:
        return -1 if self._call.media is None else self._call.media.stats().received

    def close(self) -> None:
        """Nothing is waited for any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def without_server(routes: tuple[NameAddr, ...], here: str) -> tuple[NameAddr, ...]:
    """The way from the server `here` on, where that is part of it; else without the first server of the way."""
    places = [one.uri.host if one.uri.port is None else f"{one.uri.host}:{one.uri.port}" for one in routes]
    if here in places:
        return routes[places.index(here) :]
    # A server with two sides is in it twice, with another port each time (RFC 5658).
    hosts = [one.uri.host for one in routes]
    names = hosts if len({*hosts}) > 1 else places
    return tuple(itertools.dropwhile(lambda one: names[routes.index(one)] == names[0], routes))
