"""Prostiezvonki as a provider: settings, flags and commands. PROTOCOL.md is the reference."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from tuiphone.core.capability import Capability
from tuiphone.core.checkup import Finding
from tuiphone.core.errors import AccessDenied, ConnectionLost, NotPossible, RequestFailed, RequestTimeout
from tuiphone.core.events import ConnectionChanged, Link, ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.provider import Provider
from tuiphone.core.trace import Label
from tuiphone.providers.prostiezvonki import codes, examination, labels, link, requests
from tuiphone.providers.prostiezvonki.asking import accepted, check_number, on_reply
from tuiphone.providers.prostiezvonki.call import OwnCall
from tuiphone.providers.prostiezvonki.calls import Calls
from tuiphone.providers.prostiezvonki.group import Group
from tuiphone.providers.prostiezvonki.messages import CallTold, Finished, Kind, Message, SmsHanded, SmsStatus
from tuiphone.providers.prostiezvonki.records import corrected
from tuiphone.providers.prostiezvonki.requests import MAX_SMS
from tuiphone.providers.prostiezvonki.session import Session
from tuiphone.providers.prostiezvonki.settings import Settings as ProstiezvonkiSettings
from tuiphone.providers.prostiezvonki.texts import Texts

log = logging.getLogger(__name__)


class Prostiezvonki(Provider):
    """One extension of one PBX, commanded from here; its sound is on a desk phone, or on a linked SIP account."""

    name = "prostiezvonki"
    title = "Prostiezvonki"
    capabilities = (
        Capability.DIAL_PHONE
        | Capability.RECEIVE
        | Capability.TRANSFER
        | Capability.FORWARD
        | Capability.TEXT
        | Capability.LINES
        | Capability.REDIRECT
    )
    logs_in_alone = True
    texts_wait = True
    Settings = ProstiezvonkiSettings

    def __init__(self, settings: ProstiezvonkiSettings, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        super().__init__(settings, emit, memory)
        self._session: Session | None = None
        self._calls = Calls(settings.extension, emit, memory)
        self._group = Group(settings.extension, emit)
        self._texts = Texts(settings.extension, emit)

    @staticmethod
    def label(frame: Any, *, sent: bool) -> Label:
        """A frame of Prostiezvonki in a few words."""
        return labels.label(frame, sent=sent)

    @property
    def identity(self) -> str | None:
        """Our extension."""
        return self.settings.extension

    @property
    def linked_account(self) -> str | None:
        """The SIP account of the settings."""
        return self.settings.linked

    @property
    def hosts(self) -> frozenset[str]:
        """The server's, whose PBX may keep the recordings."""
        host = urlsplit(self.settings.url).hostname
        return frozenset({host} if host else ())

    async def run(self) -> None:
        """Log in and stay until the link is lost; the calls stay longer, unless nobody will ever tell of them."""
        try:
            await self._stay()
        except asyncio.CancelledError:
            self._calls.forget()
            raise
        except AccessDenied as refusal:
            self._calls.give_up(f"The PBX tells nothing of the call any more. {refusal}")
            raise

    async def _stay(self) -> None:
        socket = await link.log_in(self.settings, self.trace)
        session = Session(socket)
        try:
            await session.run(lambda: self._online(session), self._take)
        finally:
            if self._session is session:
                self._session = None
                self._calls.interrupted(True)
                self._group.lost()
            await socket.close()

    async def examine(self) -> AsyncIterator[Finding]:
        """Look at the way to the server without logging in, which would throw out whoever is logged in."""
        async for finding in examination.look(self.settings, self.trace):
            yield finding

    def stirred(self) -> None:
        """Look whether the link is still good."""
        if self._session is not None:
            self._session.stirred()

    # -- what comes in ----------------------------------------------------------------------------------------------

    def _online(self, session: Session) -> None:
        self._session = session
        self.emit(ConnectionChanged(Link.ONLINE))
        self._calls.interrupted(False)

    def _take(self, message: Message) -> None:
        match message:
            case CallTold() | Finished():
                self._calls.take(message)
                is_ours, was_ours = self._calls.goes_on(message.call_id), self._calls.was_ours(message.call_id)
                if isinstance(message, Finished):
                    message = corrected(message, self._calls.clock.behind)
                self._group.take(message, is_ours=is_ours, was_ours=was_ours)
                if isinstance(message, CallTold) and message.kind is Kind.OFFERED and not message.late:
                    self._send_on(message)
            case SmsHanded():
                self._texts.handed(message)
            case SmsStatus():
                self._texts.told(message)
            case _:
                pass

    def _send_on(self, told: CallTold) -> None:
        """The PBX asks where a call should go, and the settings have an answer to that."""
        to = self.settings.sends_to
        if not to or self._session is None:
            return

        moved = self._group.sending_on(told.call_id)

        def refused(error: RequestFailed) -> None:
            self._group.stays(told.call_id)
            if error.code in (codes.NO_SUCH_CALL, codes.NOT_ALLOWED):
                # Every client that is asked answers, and the first answer wins (section 8).
                log.info("the call %s was not sent on, which somebody else may have done: %s", told.call_id, error)
                return
            self.emit(ProviderFaulted(f"The call of {told.caller or 'somebody'} was not sent on to {to}: {error}"))

        def taken() -> None:
            # Where it rings now may be an extension of which we are told nothing.
            if not moved.is_set():
                self._group.gone(told.call_id)

        on_reply(self._session.ask(requests.transfer(told.call_id, to)), refused=refused, taken=taken)

    # -- commands ---------------------------------------------------------------------------------------------------

    async def dial(
        self,
        to: Address,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None = None,
        recorded: bool = False,
    ) -> str:
        """Have the PBX ring our telephone and, once it is picked up, call the number."""
        session = self._online_session()
        check_number(to)
        call = self._calls.dial(to)
        on_reply(
            session.ask(requests.call(own=self.settings.extension, to=to.text)),
            refused=lambda error: call.refused(str(error)),
        )
        return call.ref

    async def hangup(self, ref: str) -> None:
        """Give up a call that the PBX has not begun; there is no command that ends another."""
        if not self._calls.cancel(ref):
            raise NotPossible("Prostiezvonki cannot hang up; do it at your telephone.")

    async def transfer(self, ref: str, to: Address) -> None:
        """Hand the far side over."""
        await self._hand_on(ref, to)

    async def forward(self, ref: str, to: Address) -> None:
        """Send a call on that rings at our telephone."""
        await self._hand_on(ref, to)

    async def redirect(self, ref: str, to: Address) -> None:
        """Send a call of the group on, while it waits or rings at somebody."""
        session = self._online_session()
        check_number(to)
        if not self._group.waits(ref):
            raise NotPossible("That call neither waits nor rings any more.")
        moved = self._group.sending_on(ref)
        try:
            if await accepted(session.ask(requests.transfer(ref, to.text)), moved):
                self._group.gone(ref)
        except BaseException as error:
            self._group.stays(ref)
            if isinstance(error, RequestFailed) and error.code == codes.NO_SUCH_CALL:
                self._group.gone(ref)
            raise

    async def pickup(self, line: Address, *, media: CallMedia | None = None) -> str:
        """Have the PBX send a call here that rings at another extension."""
        session = self._online_session()
        if (found := self._group.lines.ringing_at(line.text)) is None:
            raise NotPossible(f"Nothing rings at {line.label} any more.")
        call_id, party = found
        if self._calls.goes_on(call_id):
            raise NotPossible("That call rings at your telephone as well; answer it there.")
        call = self._calls.pick_up(call_id, party, (("Picked up from", line.text),))
        on_reply(
            session.ask(requests.transfer(call_id, self.settings.extension)),
            refused=lambda error: call.refused(str(error)),
        )
        return call.ref

    async def send_text(self, to: Address, text: str) -> str | None:
        """Have the paired telephone send an SMS; what becomes of it is told later."""
        session = self._online_session()
        check_number(to)
        if len(text) > MAX_SMS:
            raise NotPossible(f"That has {len(text):,} characters; an SMS can have {MAX_SMS} here.")
        ref = self._texts.add(to.text)
        try:
            await accepted(session.ask(requests.sms(own=self.settings.extension, to=to.text, text=text)))
        except RequestTimeout:
            # A server may leave the response out; whatever it has to say comes as a status.
            log.info("the text %s was given to the PBX, which did not say that it took it", ref)
        except BaseException:
            self._texts.drop(ref)
            raise
        self._texts.taken(ref)
        return ref

    # -- small things -----------------------------------------------------------------------------------------------

    def _online_session(self) -> Session:
        if self._session is None:
            raise ConnectionLost("There is no connection to the PBX just now; try again in a moment.")
        return self._session

    async def _hand_on(self, ref: str, to: Address) -> None:
        session = self._online_session()
        check_number(to)
        call = self._known(ref)
        if call.call_id is None:
            raise NotPossible("The PBX has not begun this call yet; try again when it rings.")
        call.sent_on = to
        try:
            if await accepted(session.ask(requests.transfer(call.call_id, to.text)), call.over):
                call.handed_over()
        except BaseException:
            call.sent_on = None
            raise

    def _known(self, ref: str) -> OwnCall:
        if (call := self._calls.find(ref)) is None:
            raise NotPossible("That call is over.")
        return call
