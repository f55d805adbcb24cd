"""The calls that go on, and what is still to be said of them; both outlive a lost link."""

import asyncio
import logging
import time
from collections.abc import Callable
from itertools import islice

from google.protobuf.message import Message

from tuiphone.core.errors import BadAddress, ConnectionLost, NotPossible
from tuiphone.core.events import ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia, IceServer
from tuiphone.providers.goodbyes import Goodbyes
from tuiphone.providers.refs import Refs
from tuiphone.providers.vox import codes, packets
from tuiphone.providers.vox.appcall import AppCall, AppCallIn, AppCallOut
from tuiphone.providers.vox.call import VoxCall
from tuiphone.providers.vox.incoming import IncomingCall
from tuiphone.providers.vox.packets import BUSY, USER_BUSY, CallMessage, CandidatesCame, Offered, Request
from tuiphone.providers.vox.phonecall import PhoneCallIn, PhoneCallOut
from tuiphone.providers.vox.session import Session
from tuiphone.providers.vox.settings import Settings, id_problem

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 20.0
"""How long a call that nobody has answered waits for a lost link."""
MAX_CALLS = 20
MAX_PAST = 500
"""Ids of calls that are over, which are not taken for new ones."""


class Desk:
    """Where calls are looked up, and where what they say goes."""

    def __init__(self, settings: Settings, emit: Callable[[ProviderEvent], None]) -> None:
        self.emit = emit
        self.in_other_calls: Callable[[], bool] = lambda: False
        """We are in calls that are not kept here."""
        self._settings = settings
        self._session: Session | None = None
        self._calls: dict[str, VoxCall] = {}
        self._past: dict[str, None] = {}
        self._refs = Refs()
        self._goodbyes: Goodbyes[Request] = Goodbyes()
        self._known_servers: tuple[IceServer, ...] = ()
        self._patience: asyncio.TimerHandle | None = None

    # -- the link ---------------------------------------------------------------------------------------------------

    @property
    def is_online(self) -> bool:
        """There is a connection, and it is logged in."""
        return self._session is not None

    @property
    def is_loopback(self) -> bool:
        """The server is on this machine."""
        return self._session is not None and self._session.is_loopback

    def session(self) -> Session:
        """The connection. Raises: ConnectionLost when there is none"""
        if self._session is None:
            raise ConnectionLost("There is no connection to Vox just now; try again in a moment.")
        return self._session

    def open(self, session: Session) -> None:
        """The link is good: say the goodbyes that did not get through, and what else could not be said."""
        self._session = session
        if self._patience is not None:
            self._patience.cancel()
        for request in self._goodbyes.due():
            self.post(request)
        for call in list(self._calls.values()):
            call.link_back()

    def close(self) -> None:
        """The link is gone: calls that were answered go on, the others if it comes back soon."""
        if self._session is None:
            return
        self._session = None
        self._goodbyes.link_lost()
        if any(not call.answered for call in self._calls.values()):
            self._patience = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self.give_up)

    def give_up(self) -> None:
        """The link does not come back: calls that were not answered are over."""
        for call in list(self._calls.values()):
            call.link_lost()

    async def ask(self, request: Request) -> Message:
        """Ask the server. Raises: RequestFailed, RequestTimeout, ConnectionLost"""
        return await self.session().ask(request.name, **request.fields)

    def post(self, request: Request) -> None:
        """Say something whose reply changes nothing: now or, without a connection, never."""
        if self._session is not None:
            self._session.post(request.name, **request.fields)

    def post_last(self, request: Request) -> None:
        """Say what ends a call: now, or after the next log-in; again, if it may have been lost with the link."""
        self._goodbyes.add(request)
        self.post(request)

    async def flush(self) -> None:
        """Wait a little until it is sent: the account may be switched off right after the hang-up."""
        if self._session is not None:
            await self._session.flush()

    async def ice_servers(self) -> tuple[IceServer, ...]:
        """Those of the settings and of the server, which may tell of them a moment after the log-in."""
        if self._session is not None:
            self._known_servers = await self._session.ice()
        return self._known_servers

    def now_ms(self) -> int:
        """The time as the server's messages have it."""
        return self._session.now_ms() if self._session is not None else round(time.time() * 1000)

    # -- the calls --------------------------------------------------------------------------------------------------

    async def dial(self, to: Address, *, video: bool, media: CallMedia | None, recorded: bool) -> str:
        """Call a user, or a telephone from the number of the settings.

        Raises: ConnectionLost, BadAddress, NotPossible
        """
        self.session()
        recorded = recorded or self._settings.record_calls
        if to.kind is AddressKind.PHONE:
            if video:
                raise NotPossible("Vox calls telephones without video; call without it.")
            number = self._settings.from_user
            phone = PhoneCallOut(self, to, caller=number, recorded=recorded)
            self._calls[phone.call_id] = phone
            facts = (("From number", number or "chosen by Vox"), ("To number", to.text))
            phone.begin(media, *facts, caller=number or None)
            return phone.ref
        if problem := id_problem(to.text):
            raise BadAddress(problem)
        if to.text == self._settings.username:
            raise BadAddress("That is this account itself; call somebody else.")
        call = AppCallOut(self, to, video=video, recorded=recorded)
        self._calls[call.call_id] = call
        call.begin(media)
        return call.ref

    def find(self, ref: str) -> VoxCall | None:
        """The call of this ref, if it goes on."""
        return next((call for call in self._calls.values() if call.ref == ref), None)

    def take(self, message: Message) -> None:
        """A request of the server about a call: reply, and hand it to the call; of an unknown one it says nothing."""
        said = packets.decode(message)
        if said is None:
            self._reply(message, codes.INVALID_FIELD)
        elif isinstance(said, Offered):
            self._offered(message, said)
        else:
            self._reply(message)
            if (call := self._call_of(said)) is not None:
                call.take(said)

    def forget(self, call: VoxCall) -> None:
        """The call is over."""
        self._calls.pop(call.call_id, None)
        if not (isinstance(call, IncomingCall) and call.may_come_again):
            self._past[call.call_id] = None
            for oldest in list(islice(self._past, max(0, len(self._past) - MAX_PAST))):
                del self._past[oldest]

    def ref_of(self, call_id: str) -> str:
        """What a new call of this id is called here: as in the server's history where it can be."""
        return self._refs.of(call_id)

    def has_others(self, call: VoxCall) -> bool:
        """We are in another call as well."""
        return any(other is not call for other in self._calls.values()) or self.in_other_calls()

    def rivals_of(self, call: AppCall) -> list[AppCall]:
        """Unanswered calls between the same two users, the other way."""
        others = [other for other in self._calls.values() if isinstance(other, AppCall) and not other.answered]
        ours = isinstance(call, AppCallOut)
        return [
            each for each in others if each.peer.text == call.peer.text and isinstance(each, AppCallOut) is not ours
        ]

    def _offered(self, message: Message, said: Offered) -> None:
        known = self._calls.get(said.call_id)
        if not said.is_phone and id_problem(said.caller) is not None:
            self._reply(message, codes.INVALID_FIELD)
        elif known is not None and not isinstance(known, IncomingCall):
            self._reply(message, codes.NOT_ALLOWED)
        else:
            self._reply(message)
            if known is None and said.call_id not in self._past:
                self._begin(said)

    def _begin(self, said: Offered) -> None:
        call = PhoneCallIn(self, said) if said.is_phone else AppCallIn(self, said)
        if len(self._calls) >= MAX_CALLS:
            log.warning("too many calls at once; one is told that we are busy")
            self.post(call.goodbye(BUSY, USER_BUSY))
            return
        self._calls[call.call_id] = call
        call.begin()

    def _call_of(self, said: CallMessage) -> VoxCall | None:
        if isinstance(said, CandidatesCame) and not said.call_id:
            phones = [call for call in self._calls.values() if isinstance(call, PhoneCallOut)]
            found = [call for call in phones if call.peer.text.lstrip("+") == said.number.lstrip("+")]
            return found[0] if len(found) == 1 else None
        return self._calls.get(said.call_id)

    def _reply(self, message: Message, ret: int = codes.OK) -> None:
        if self._session is not None:
            self._session.reply(message, ret, **packets.reply_fields(message))
