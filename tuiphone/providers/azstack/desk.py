"""The calls that go on, and what is still to be sent for them; both outlive a lost link."""

import time
from collections.abc import Callable
from typing import TypeAlias

from tuiphone.core.events import ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia, IceServer
from tuiphone.providers.azstack import callin, errors, freecall
from tuiphone.providers.azstack.call import Kind, OngoingCall
from tuiphone.providers.azstack.callin import Callin
from tuiphone.providers.azstack.callout import Callout
from tuiphone.providers.azstack.freecall import FreeCallIn, FreeCallOut
from tuiphone.providers.azstack.incoming import IncomingCall, Origin
from tuiphone.providers.azstack.journal import account_log
from tuiphone.providers.azstack.messages import (
    CallinChanged,
    CallinChangedByMe,
    CallinStarted,
    CallMessage,
    CallNumber,
    CalloutBegun,
    CalloutGarbled,
    CalloutProgressed,
    CalloutReady,
    FreeCallAnswered,
    FreeCallCandidate,
    FreeCallChanged,
    FreeCallChangedByMe,
    FreeCallStarted,
)
from tuiphone.providers.azstack.people import People
from tuiphone.providers.azstack.requests import Request
from tuiphone.providers.azstack.session import Session
from tuiphone.providers.azstack.settings import Settings
from tuiphone.providers.goodbyes import Goodbyes
from tuiphone.providers.refs import Refs

PAST_SECONDS = 60.0
"""How long a call that is over is not taken for a new one; some servers count from the beginning again."""
MAX_CALLS = 20
MAX_REMEMBERED = 500

Key: TypeAlias = tuple[Kind, CallNumber]
"""Ids of different kinds of calls may be equal: users make some of them from their clocks, the server makes others."""
OfACall: TypeAlias = (
    CalloutBegun
    | CalloutReady
    | CalloutProgressed
    | CallinChanged
    | CallinChangedByMe
    | FreeCallAnswered
    | FreeCallCandidate
    | FreeCallChanged
    | FreeCallChangedByMe
)


class Desk:
    """Where calls are looked up, and where their packets go."""

    def __init__(self, settings: Settings, emit: Callable[[ProviderEvent], None], people: People) -> None:
        self.emit = emit
        self.people = people
        self.log = account_log(settings.user_id, settings.log_level)
        self._settings = settings
        self._session: Session | None = None
        self._calls: dict[Key, OngoingCall] = {}
        self._past: dict[Origin, float] = {}
        self._refs = Refs()
        self._goodbyes: Goodbyes[Request] = Goodbyes()
        self._last_id = 0

    # -- the link ---------------------------------------------------------------------------------------------------

    @property
    def is_online(self) -> bool:
        """There is a connection, and it is logged in."""
        return self._session is not None

    def session(self) -> Session:
        """The connection. Raises: ConnectionLost when there is none"""
        if self._session is None:
            raise errors.error("ERR_SOCKET_NOT_CONNECTED")
        return self._session

    def open(self, session: Session) -> None:
        """The link is good: say the goodbyes that did not get through."""
        self._session = session
        for request in self._goodbyes.due():
            session.post(request)

    def close(self) -> None:
        """The link is gone: calls that were not answered are over, the others go on."""
        if self._session is None:
            return
        self._session = None
        self._goodbyes.link_lost()
        for call in list(self._calls.values()):
            call.link_lost()

    def post(self, request: Request) -> None:
        """Send now or, without a connection, never."""
        if self._session is not None:
            self._session.post(request)

    def post_last(self, request: Request) -> None:
        """Send what ends a call: now, or after the next log-in; again, if it may have been lost with the link."""
        self._goodbyes.add(request)
        self.post(request)

    async def flush(self) -> None:
        """Wait a little until it is sent: the account may be switched off right after the hang-up."""
        if self._session is not None:
            await self._session.flush()

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        return self._session is not None and self._session.is_loopback

    @property
    def ice_servers(self) -> tuple[IceServer, ...]:
        """Those of the settings, else those the server offers."""
        if self._settings.ice_servers is not None:
            return self._settings.ice_servers
        return () if self._session is None else self._session.ice_servers

    @property
    def user_id(self) -> int | None:
        """The vendor's number of our user."""
        return None if self._session is None else self._session.user_id

    # -- what the settings say --------------------------------------------------------------------------------------

    @property
    def tags(self) -> str | None:
        """For the server's log of paid calls."""
        return self._settings.tags or None

    @property
    def request_timeout(self) -> float:
        """Seconds within which the server has to begin a call."""
        return self._settings.request_timeout

    @property
    def ring_seconds(self) -> float:
        """How long a call rings here."""
        return self._settings.ring_seconds

    # -- the calls --------------------------------------------------------------------------------------------------

    async def dial(self, to: Address, *, video: bool, caller: str | None, media: CallMedia | None) -> str:
        """Call a user, or a telephone from the number asked for or the first of ours.

        Raises: ConnectionLost, NotPossible
        """
        self.session()
        if to.kind is AddressKind.USER:
            free = FreeCallOut(self, self._new_id(), to, video=video)
            self._calls[Kind.FREE, free.call_id] = free
            free.begin(media)
            return free.ref
        if video:
            raise errors.error("ERR_UNEXPECTED_SEND_DATA", "AZStack calls telephones without video; call without it.")
        numbers = self._settings.numbers
        callout = Callout(self, self._new_id(), to)
        self._calls[Kind.CALLOUT, callout.call_id] = callout
        callout.begin(caller if caller in numbers else next(iter(numbers), None), media)
        return callout.ref

    def find(self, ref: str) -> OngoingCall | None:
        """The call of this ref, if it goes on."""
        return next((call for call in self._calls.values() if call.ref == ref), None)

    def take(self, message: CallMessage) -> None:
        """Hand a packet to its call; what is about a call that is over, or that nobody knows, is nothing."""
        match message:
            case CallinStarted(call_id=call_id):
                known = (Kind.CALLIN, call_id) in self._calls
                if not known and self._may_begin(callin.origin(message), busy=callin.busy(message)):
                    self._begin(Callin(self, message))
            case FreeCallStarted(call_id=call_id, caller=caller):
                namesake = self._calls.get((Kind.FREE, call_id))
                if namesake is None:
                    if self._may_begin(freecall.origin(message), busy=freecall.busy(message)):
                        self._begin(FreeCallIn(self, message))
                elif caller != self.user_id and not (isinstance(namesake, FreeCallIn) and namesake.caller == caller):
                    # Another user's clock made the same id; their packets could not be told from those of ours.
                    self.post(freecall.busy(message))
            case CalloutGarbled():
                waiting = [call for call in self._calls.values() if isinstance(call, Callout) and call.waits_to_offer]
                if len(waiting) == 1:
                    waiting[0].take(message)
            case CalloutBegun() | CalloutReady() | CalloutProgressed():
                self._hand_over(Kind.CALLOUT, message)
            case CallinChanged() | CallinChangedByMe():
                self._hand_over(Kind.CALLIN, message)
            case FreeCallAnswered() | FreeCallCandidate() | FreeCallChanged() | FreeCallChangedByMe():
                self._hand_over(Kind.FREE, message)

    def forget(self, call: OngoingCall) -> None:
        """The call is over."""
        self._calls.pop((call.kind, call.call_id), None)
        if isinstance(call, IncomingCall) and not call.may_come_again:
            self._past[call.origin] = time.monotonic()
            if len(self._past) > MAX_REMEMBERED:
                del self._past[next(iter(self._past))]

    def ref_of(self, call_id: CallNumber) -> str:
        """What a new call of this id is called here: as in the server's log where it can be."""
        return self._refs.of(f"{call_id}")

    def _hand_over(self, kind: Kind, message: OfACall) -> None:
        if (call := self._calls.get((kind, message.call_id))) is not None:
            call.take(message)

    def _may_begin(self, origin: Origin, *, busy: Request) -> bool:
        ended = self._past.get(origin)
        if ended is not None and time.monotonic() - ended < PAST_SECONDS:
            return False
        if len(self._calls) >= MAX_CALLS:
            self.log.warning("too many calls at once; one is told that we are busy")
            self.post(busy)
            return False
        return True

    def _begin(self, call: IncomingCall) -> None:
        self._calls[call.kind, call.call_id] = call
        call.begin()

    def _new_id(self) -> int:
        """From the clock, as the vendor's SDK does it (section 6)."""
        self._last_id = max(self._last_id + 1, int(time.time()))
        return self._last_id
