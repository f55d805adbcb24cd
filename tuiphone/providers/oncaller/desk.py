"""The calls that go on, and what is still to be sent for them; both outlive a lost link."""

import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import ProviderEvent
from tuiphone.core.ports import IceServer
from tuiphone.providers.oncaller import requests
from tuiphone.providers.oncaller.call import OngoingCall
from tuiphone.providers.oncaller.incoming import IncomingCall
from tuiphone.providers.oncaller.messages import CallPush, Invited, Progressed, Reply
from tuiphone.providers.oncaller.requests import Request
from tuiphone.providers.oncaller.session import Session
from tuiphone.providers.oncaller.settings import Settings

log = logging.getLogger(__name__)

RESUME_SECONDS = 30.0
"""How long the server keeps the calls of a device that lost its link; later there is no use in catching up."""
MAX_CALLS = 50
MAX_UNSENT = 500


@dataclass(frozen=True, slots=True)
class _Posted:
    request: Request
    on_reply: Callable[[Reply], None] | None
    at: float


class Desk:
    """Where calls are looked up, and where their packets go."""

    def __init__(self, settings: Settings, emit: Callable[[ProviderEvent], None]) -> None:
        self.emit = emit
        self.is_loopback = False
        """The server is on this machine."""
        self._settings = settings
        self._session: Session | None = None
        self._calls: dict[str, OngoingCall] = {}
        self._by_id: dict[str, OngoingCall] = {}
        self._past_ids: deque[str] = deque(maxlen=200)
        self._unsent: deque[_Posted] = deque(maxlen=MAX_UNSENT)

    # -- the link ---------------------------------------------------------------------------------------------------

    @property
    def is_online(self) -> bool:
        """There is a connection, and it is logged in."""
        return self._session is not None

    def session(self) -> Session:
        """The connection. Raises: ConnectionLost when there is none"""
        if self._session is None:
            raise ConnectionLost("There is no connection to OnCaller just now; try again in a moment.")
        return self._session

    def open(self, session: Session) -> None:
        """The link is good: catch up on what could not be sent, and ask which calls are still there."""
        self._session = session
        self.is_loopback = session.is_loopback
        waiting, now = list(self._unsent), time.monotonic()
        self._unsent.clear()
        for posted in waiting:
            if now - posted.at < RESUME_SECONDS:
                self._deliver(posted)
        self.check()

    def close(self) -> None:
        """The link is gone; the calls stay."""
        self._session = None

    def check(self) -> None:
        """Ask of every call whether it still exists."""
        if self._session is not None:
            for call_id, call in self._by_id.items():
                self._session.ask(requests.check(call_id), on_reply=call.checked)

    def post(self, request: Request, on_reply: Callable[[Reply], None] | None = None) -> None:
        """Send now, or after the next log-in if the link is down or goes before the server has replied."""
        self._deliver(_Posted(request, on_reply, time.monotonic()))

    def _deliver(self, posted: _Posted) -> None:
        def keep() -> None:
            self._unsent.append(posted)

        if self._session is None:
            keep()
        else:
            self._session.ask(posted.request, on_reply=posted.on_reply, on_lost=keep)

    # -- the calls --------------------------------------------------------------------------------------------------

    def find(self, ref: str) -> OngoingCall | None:
        """The call of this ref, if it goes on."""
        return self._calls.get(ref)

    def add(self, call: OngoingCall) -> None:
        """A call is born."""
        self._calls[call.ref] = call

    def named(self, call: OngoingCall) -> None:
        """The call has its call id now."""
        self._by_id[call.call_id] = call

    def forget(self, call: OngoingCall) -> None:
        """The call is over."""
        self._calls.pop(call.ref, None)
        if call.call_id:
            self._by_id.pop(call.call_id, None)
            self._past_ids.append(call.call_id)

    def invite(self, push: Invited) -> None:
        """Somebody calls; said again after a lost link, it is not another call."""
        if push.call_id in self._by_id or push.call_id in self._past_ids:
            return
        if len(self._calls) >= MAX_CALLS:
            log.warning("too many calls at once; one is passed over")
            return
        call = IncomingCall(self, push)
        self.add(call)
        self.named(call)
        call.begin(push)

    def take(self, push: CallPush) -> None:
        """Hand a packet to its call."""
        if (call := self._by_id.get(push.call_id)) is not None:
            call.take(push)
        elif isinstance(push, Progressed) and push.code < 400 and push.call_id not in self._past_ids:
            # A call of ours whose id went down with an earlier link: nobody here can take part in it.
            self._past_ids.append(push.call_id)
            self.post(requests.stop(push.call_id))

    # -- what the settings say --------------------------------------------------------------------------------------

    def ice_servers(self, offered: tuple[IceServer, ...]) -> tuple[IceServer, ...]:
        """Those of the settings, else those the server offers."""
        return offered if self._settings.ice_servers is None else self._settings.ice_servers

    @property
    def video_resolution(self) -> str:
        """For people."""
        return self._settings.video_resolution or "as the camera gives it"
