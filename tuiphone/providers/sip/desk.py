"""The calls that go on: where they are looked up, where new ones come in, and what is still to be said of old ones."""

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from tuiphone.core.errors import ConnectionLost, NotPossible, PhoneError
from tuiphone.core.events import ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import CallMedia, IceServer
from tuiphone.providers.refs import Refs
from tuiphone.providers.sip import descriptions, names, takeover
from tuiphone.providers.sip.agent import Agent, call_id
from tuiphone.providers.sip.arrivals import Arrivals
from tuiphone.providers.sip.call import MAX_SHOWN, SipCall
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.incoming import IncomingCall
from tuiphone.providers.sip.lines import RingingDialog
from tuiphone.providers.sip.message import Pairs, Request, Response
from tuiphone.providers.sip.outgoing import OutgoingCall
from tuiphone.providers.sip.pickup import CodePickup
from tuiphone.providers.sip.reliable import InOrder, RAck
from tuiphone.providers.sip.replaces import Replaces
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.session_timer import MINIMUM, Expires
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri

log = logging.getLogger(__name__)

MAX_UNSAID = 100
UNSAID_SECONDS = 600.0
"""How long the end of a call is worth saying that could not be said at the time."""
TELL_AGAIN_SECONDS = 60.0
"""How long nobody is told again of calls that cannot ring here for the same reason: a flood is told once a minute."""
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@!%*+~-]{0,127}")


class Desk:
    """All calls of one account. They outlive a lost link, as far as they were answered."""

    def __init__(
        self, settings: Settings, emit: Callable[[ProviderEvent], None], agent: Agent, arrivals: Arrivals
    ) -> None:
        self.settings = settings
        self.emit = emit
        self.agent = agent
        self.arrivals = arrivals
        """Takes the messages that are sent in calls."""
        self.is_loopback = False
        """The server is on this machine."""
        self._calls: dict[str, SipCall] = {}
        self._refs = Refs(_REF)
        self._unsaid: deque[tuple[Dialog, Pairs, float]] = deque(maxlen=MAX_UNSAID)
        self._tasks: set[asyncio.Task[None]] = set()
        self._told_of_refused: dict[str, float] = {}
        agent.on("INVITE", self._invited)
        # Of calls only: nobody from outside has this phone call somebody.
        agent.on("REFER", lambda incoming: _refuse(incoming, 603))

    # -- the link ---------------------------------------------------------------------------------------------------

    def online(self, *, loopback: bool = False) -> None:
        """We are registered (again): what could not be said is said, what was interrupted is restored."""
        self.is_loopback = loopback
        now = time.monotonic()
        unsaid, self._unsaid = list(self._unsaid), deque(maxlen=MAX_UNSAID)
        for dialog, headers, at in unsaid:
            if now - at < UNSAID_SECONDS:
                self.goodbye(dialog, headers, at=at)
        for call in list(self._calls.values()):
            call.link_back()

    def offline(self) -> None:
        """The link is gone; answered calls stay."""
        for call in list(self._calls.values()):
            call.link_lost()

    @property
    def ice_servers(self) -> tuple[IceServer, ...]:
        """Those of the settings."""
        return self.settings.ice_servers or ()

    # -- the calls --------------------------------------------------------------------------------------------------

    def find(self, ref: str) -> SipCall | None:
        """The call of this ref, if it goes on."""
        return self._calls.get(ref)

    def forget(self, call: SipCall) -> None:
        """The call is over."""
        if self._calls.get(call.ref) is call:
            del self._calls[call.ref]

    def ref_of(self, call_id: str) -> str:
        """What a new call is called here: its Call-ID, where that can be."""
        return self._refs.of(call_id)

    def new_call_id(self) -> str:
        """For a call of ours."""
        return call_id()

    async def dial(self, to: Address, *, video: bool, caller: str | None, media: CallMedia | None) -> str:
        """Call somebody; what comes of it is told by events. Raises: BadAddress, ConnectionLost"""
        uri = names.uri_of(to, self.settings)
        return self.call_for(to, uri, video=video, caller=caller, media=media).ref

    def call_for(
        self,
        to: Address,
        uri: Uri,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None,
        replaces: Replaces | None = None,
        headers: Pairs = (),
        picked_up_for: Address | None = None,
    ) -> OutgoingCall:
        """A call of ours to this address, in the place of another one if so. Raises: BadAddress, ConnectionLost"""
        self._check_open()
        where = uri.without("method") if uri.is_sip else names.uri_of(to, self.settings)
        wanted = [*headers]
        usual = next(iter(self.settings.numbers), None) if to.kind is AddressKind.PHONE and caller is None else None
        number = caller if caller in self.settings.numbers else usual
        if number is not None:
            ours = Uri("sip", number, None, self.settings.domain, None, (("user", "phone"),))
            wanted.append(("P-Preferred-Identity", f"<{ours}>"))
        if replaces is not None:
            wanted += [("Replaces", str(replaces)), ("Require", "replaces")]
        call = OutgoingCall(self, to, replace(where, headers=()), video=video, headers=wanted)
        self._calls[call.ref] = call
        call.begin(media, caller or number, ("Calls as", number), picked_up_for=picked_up_for)
        return call

    async def pickup(
        self,
        line: Address,
        ringing: RingingDialog | None,
        *,
        media: CallMedia | None,
        caller: Address | None = None,
    ) -> str:
        """Take the call that rings at a line: whoever calls there, the `caller` as far as it is known, gets us instead.

        By the PBX's feature code where the account has one, else by RFC 3891 section 2.
        Raises: NotPossible, BadAddress, ConnectionLost
        """
        if self.settings.pickup_code is not None:
            self._check_open()
            call = CodePickup(self, line, caller, self.settings.pickup_code)
            self._calls[call.ref] = call
            call.begin(media, None, picked_up_for=line)
            return call.ref
        if ringing is None:
            raise NotPossible(
                f"The PBX does not tell enough of the call at {line.label} to take it. If it has a feature code for "
                'pickup, give it in the account: pickup_code = "*8", for example.'
            )
        peer = names.address_of(ringing.peer, self.settings)
        return self.call_for(peer, ringing.target, media=media, replaces=ringing.replaces, picked_up_for=line).ref

    def _check_open(self) -> None:
        if not self.agent.is_open:
            raise ConnectionLost("There is no connection to the server just now; try again in a moment.")

    # -- calls to us ------------------------------------------------------------------------------------------------

    def _invited(self, incoming: Incoming) -> None:
        request = incoming.request
        expires = Expires.parse(request.headers.get("Session-Expires"))
        offer = descriptions.found_in(request)
        if descriptions.is_foreign(request):
            incoming.respond(415, headers=(("Accept", descriptions.SDP),))
        elif expires is not None and expires.seconds < MINIMUM:
            incoming.respond(422, headers=(("Min-SE", f"{MINIMUM}"),))
        elif offer is not None and descriptions.is_hopeless(offer):
            incoming.respond(488, headers=(("Warning", '305 tuiphone "Only encrypted WebRTC sound is taken here"'),))
            self._tell_of_refused(request, "it had no encrypted WebRTC sound. The server has to translate such calls.")
        elif "Replaces" in request.headers:
            self._replaced(incoming)
        elif len(self._calls) >= self.settings.max_calls:
            incoming.respond(486)
            self._tell_of_refused(request, f"{len(self._calls)} calls were here already. The caller heard busy.")
        else:
            call = IncomingCall(self, incoming)
            self._calls[call.ref] = call
            call.begin()

    def _tell_of_refused(self, request: Request, why: str) -> None:
        """Say that somebody called whom the person never heard ring."""
        now = time.monotonic()
        told = self._told_of_refused.get(why)
        if told is None or now - told >= TELL_AGAIN_SECONDS:
            self._told_of_refused[why] = now
            peer = names.address_of(request.from_, self.settings)
            who = f"{peer.name} ({peer.text})" if peer.name else peer.text
            self.emit(ProviderFaulted(f"A call from {who[:MAX_SHOWN]} could not ring: {why}"))

    def _replaced(self, incoming: Incoming) -> None:
        """Somebody takes the place of the far side of one of our calls, who sent them (RFC 3891 section 3)."""
        values = incoming.request.headers.all("Replaces")
        if len(values) != 1:
            incoming.respond(400)
            return
        wanted = Replaces.parse(values[0])
        call = self._of_dialog(wanted)
        if call is None:
            incoming.respond(481)
        elif call.answered and wanted.early_only:
            incoming.respond(486)
        else:
            takeover.take_over(call, incoming)

    def _of_dialog(self, wanted: Replaces) -> SipCall | None:
        """The call it means: an answered one, or one of ours that rings at the other side."""
        for call in self._calls.values():
            dialog = call.dialog
            if call.answered and dialog is not None:
                if dialog.key == (wanted.call_id, wanted.to_tag, wanted.from_tag):
                    return call
            elif isinstance(call, OutgoingCall) and call.owns(wanted):
                return call
        return None

    # -- what is said without waiting -------------------------------------------------------------------------------

    def goodbye(self, dialog: Dialog, headers: Pairs = (), *, at: float | None = None) -> None:
        """Say BYE, now or when there is a link again."""
        self._spawn(self._bye(dialog, tuple(headers), time.monotonic() if at is None else at))

    async def _bye(self, dialog: Dialog, headers: Pairs, at: float) -> None:
        try:
            await self.agent.ask(dialog.request("BYE", headers=headers))
        except ConnectionLost:
            self._unsaid.append((dialog, headers, at))

    def acknowledge(self, dialog: Dialog, order: InOrder, response: Response) -> bool:
        """PRACK a provisional response that wants it (RFC 3262 section 4); False for one that is to be passed over."""
        if "100rel" not in response.required or response.status <= 100:
            return True
        number = order.takes(response.headers.get("RSeq"))
        if number is None:
            return False
        rack = RAck(number, response.cseq.number, response.cseq.method)
        self._spawn(self._say(dialog.request("PRACK", headers=(("RAck", str(rack)),))))
        return True

    async def _say(self, request: Request) -> None:
        response = await self.agent.ask(request)
        if not response.is_success:
            log.info("%s was refused: %s", request.method, response.status)

    async def flush(self, seconds: float) -> None:
        """Wait until what ends calls was heard, but no longer than this."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="sip-desk")
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or (error := task.exception()) is None:
            return
        if isinstance(error, PhoneError):
            log.info("%s", error)
        else:
            log.error("a request failed", exc_info=error)


def _refuse(incoming: Incoming, status: int) -> None:
    incoming.respond(status)
