"""What an account hears and tells outside calls: people, lines, the mailbox, how we are, messages."""

# pyright: strict

import asyncio
import logging
import secrets
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from tuiphone.core.capability import Capability
from tuiphone.core.errors import BadAddress, PhoneError
from tuiphone.core.events import (
    LineChanged,
    PresenceChanged,
    PresencePublished,
    ProviderEvent,
    ProviderFaulted,
    VoicemailChanged,
)
from tuiphone.core.model import Address, AddressKind, LineState, Presence, address_from_text
from tuiphone.providers.sip import lines, presence, voicemail
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.lines import LineDialog, LineWatch, OutOfOrder, RingingDialog
from tuiphone.providers.sip.names import address_of, own_aor, uri_of
from tuiphone.providers.sip.publication import Publication
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.subscription import Subscription, Wanted
from tuiphone.providers.sip.texts import PLAIN, Texts
from tuiphone.providers.sip.uri import Uri

log = logging.getLogger(__name__)

AT_ONCE = 6
"""Subscriptions that are asked for at the same time."""
MAX_PEOPLE = 500
_NOT_THERE = frozenset({405, 489, 501})
"""The server has no such events at all: nobody else is asked about."""
_CALLABLE = Capability.DIAL_USER | Capability.DIAL_PHONE | Capability.DIAL_URI


class Events:
    """All of it; lives through reconnections, as its subscriptions do."""

    def __init__(self, settings: Settings, emit: Callable[[ProviderEvent], None], agent: Agent) -> None:
        self._settings = settings
        self._emit = emit
        self._agent = agent
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._texts = Texts(settings, emit, agent)
        self._publication = Publication(
            own_aor(settings), f"t{secrets.token_hex(4)}", agent, lambda said: emit(PresencePublished(said))
        )
        self._lines = [_Line(address, self) for address in _addresses(settings.lines, settings)]
        self._people: dict[Address, Subscription] = {}
        self._mailbox = next(iter(_addresses((settings.mailbox,) if settings.mailbox else (), settings)), None)
        self._waiting = self._subscription(
            own_aor(settings).bare(), voicemail.EVENT, voicemail.SUMMARY, lambda _tag, _kind, body: self._counted(body)
        )
        self._is_online = self._is_counted = False
        self._missing: set[str] = set()
        """Events that the server has not, as it said over this connection."""
        self._told: set[str] = set()
        """Sentences that were said."""
        self._tasks: set[asyncio.Task[None]] = set()
        agent.on("OPTIONS", _describe)
        agent.on("NOTIFY", self._unasked)

    # -- the connection ---------------------------------------------------------------------------------------------

    def online(self) -> None:
        """Registered: begin, or go on where the last connection ended."""
        self._is_online = True
        self._missing.clear()
        if self._mailbox is not None and not self._is_counted:
            self._emit(VoicemailChanged(0, 0, self._mailbox))
        for line in self._lines:
            line.tell()
        for one in self._all():
            one.online()
        self._publication.online()

    def offline(self) -> None:
        """The connection is gone; what stood is taken up again by the next one."""
        self._is_online = False
        for one in self._all():
            one.offline()
        self._publication.offline()

    async def leave(self) -> None:
        """The phone goes: how we were is no longer true."""
        await self._publication.leave()

    def _all(self) -> list[Subscription]:
        return [self._waiting, *(line.subscription for line in self._lines), *self._people.values()]

    # -- commands ---------------------------------------------------------------------------------------------------

    async def presence(self, addresses: Iterable[Address]) -> None:
        """Watch these people, and nobody else; telephone numbers have no presence."""
        if not self._settings.presence:
            return
        wanted = [one for one in dict.fromkeys(addresses) if one.kind is AddressKind.USER][:MAX_PEOPLE]
        for address in [known for known in self._people if known not in wanted]:
            self._spawn(self._people.pop(address).close())
        for address in wanted:
            if address not in self._people:
                self._watch(address)

    async def publish(self, presence: Presence) -> None:
        """Let others know how we are; an empty presence takes it back. Raises: as Publication.publish."""
        await self._publication.publish(presence)

    async def send_text(self, to: Address, text: str) -> str:
        """Send a message. Raises: as Texts.send."""
        return await self._texts.send(to, text)

    def dialog_of(self, line: Address) -> RingingDialog | None:
        """The call that rings at this line; None where none does, or too little is known of it."""
        return next((one.ringing for one in self._lines if one.address.text == line.text), None)

    def caller_at(self, line: Address) -> Address | None:
        """Who calls this line while it rings, as far as that is told."""
        return next((one.caller for one in self._lines if one.address.text == line.text), None)

    # -- what is told -----------------------------------------------------------------------------------------------

    def _watch(self, address: Address) -> None:
        try:
            uri = uri_of(address, self._settings)
        except BadAddress as error:
            log.info("presence: %s", error)
            return

        def told(_tag: str, _kind: str, body: bytes) -> None:
            self._emit(PresenceChanged(address, presence.read_presence(body)))

        def lost(_tag: str | None) -> None:
            self._emit(PresenceChanged(address, Presence()))

        made = self._people[address] = self._subscription(uri, presence.EVENT, presence.PIDF, told, lost=lost)
        if self._is_online and presence.EVENT not in self._missing:
            made.online()

    def _counted(self, body: bytes) -> None:
        said = voicemail.read_summary(body)
        self._is_counted = True
        mailbox = self._mailbox
        if mailbox is None and said.account is not None:
            mailbox = address_of(NameAddr(None, said.account), self._settings)
        self._emit(VoicemailChanged(said.new, said.old, mailbox))

    def _unasked(self, incoming: Incoming) -> None:
        """Some servers tell of the mailbox without being asked; nothing else is listened to unasked."""
        request = incoming.request
        event = request.word("Event")
        if event is None or event.value.lower() != voicemail.EVENT:
            incoming.respond(489)
            return
        incoming.respond(200)
        if request.content_type == voicemail.SUMMARY:
            try:
                self._counted(request.body)
            except PhoneError as error:
                log.info("%s", error)

    def subscribe_to_line(self, line: "_Line") -> Subscription:
        """For the lines: a subscription to what one does."""
        return self._subscription(
            uri_of(line.address, self._settings),
            lines.EVENT,
            lines.DIALOG_INFO,
            line.told,
            lost=line.lost,
            refused=line.refused,
            may_fork=True,
        )

    def peer_of(self, dialog: LineDialog | None) -> Address | None:
        """Who is at the other end, as the person reads it."""
        return None if dialog is None or dialog.peer is None else address_of(dialog.peer, self._settings)

    def tell(self, event: ProviderEvent) -> None:
        """For the lines: something changed."""
        self._emit(event)

    def say_once(self, sentence: str) -> None:
        """Something that the person should know, and need not hear twice."""
        if sentence not in self._told:
            self._told.add(sentence)
            self._emit(ProviderFaulted(sentence))

    def _subscription(
        self,
        uri: Uri,
        event: str,
        accept: str,
        told: Callable[[str, str, bytes], None],
        *,
        lost: Callable[[str | None], None] = lambda _: None,
        refused: Callable[[int, str], None] = lambda _status, _sentence: None,
        may_fork: bool = False,
    ) -> Subscription:
        def refuse(status: int, reason: str) -> None:
            log.info("subscription to %s of %s was refused: %d %s", event, uri, status, reason)
            if status in _NOT_THERE and event not in self._missing:
                self._missing.add(event)
                for one in self._all():
                    if one.wanted.event == event:
                        one.offline()
            refused(status, reason)

        wanted = Wanted(uri=uri, event=event, accept=accept, told=told, lost=lost, refused=refuse, may_fork=may_fork)
        return Subscription(wanted, self._agent, self._gate)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="sip-events")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Line:
    """One telephone that is watched; each of its devices may tell of its own calls."""

    def __init__(self, address: Address, events: Events) -> None:
        self.address = address
        self._events = events
        self._watches: dict[str, LineWatch] = {}
        self.subscription = events.subscribe_to_line(self)

    @property
    def ringing(self) -> RingingDialog | None:
        """The call that can be taken."""
        return next((found for watch in self._watches.values() if (found := watch.ringing) is not None), None)

    @property
    def caller(self) -> Address | None:
        """Who calls, while it rings."""
        _, dialog = self._shown
        return self._events.peer_of(dialog) if dialog is not None and dialog.rings else None

    def told(self, tag: str, _kind: str, body: bytes) -> None:
        """A device, or the server for all of them, tells. Raises: BadFrame"""
        watch = self._watches.setdefault(tag, LineWatch())
        try:
            watch.take(body)
        except OutOfOrder:
            self.subscription.refresh()
        self.tell()

    def lost(self, tag: str | None) -> None:
        """Nobody tells any more, or this device does not."""
        if tag is None:
            self._watches.clear()
        else:
            self._watches.pop(tag, None)
        self.tell()

    def refused(self, status: int, reason: str) -> None:
        """It cannot be watched."""
        said = f"{status} {reason}".strip() if status else reason
        match status:
            case 404 | 410 | 484 | 604:
                self._events.say_once(f"There is no line {self.address.text} to watch ({said}).")
            case _ if status in _NOT_THERE:
                self._events.say_once(f"The server does not tell what other lines do ({said}).")
            case _:
                self._events.say_once(f"The line {self.address.text} cannot be watched: {said}.")

    def tell(self) -> None:
        """Say what the line does now."""
        state, dialog = self._shown
        incoming = dialog is not None and dialog.incoming is not False
        self._events.tell(LineChanged(self.address, state, self._events.peer_of(dialog), incoming))

    @property
    def _shown(self) -> tuple[LineState, LineDialog | None]:
        shown = [watch.shown for watch in self._watches.values()]
        return min(shown, key=lambda one: _urgency(*one), default=(LineState.UNKNOWN, None))


def _urgency(state: LineState, dialog: LineDialog | None) -> int:
    if state is LineState.RINGING:
        return 0 if dialog is not None and dialog.rings else 2
    return 1 if state is LineState.BUSY else 3


def _addresses(texts: Iterable[str], settings: Settings) -> list[Address]:
    found: list[Address] = []
    for text in texts:
        try:
            address = address_from_text(text, _CALLABLE)
            uri_of(address, settings)
            found.append(address)
        except BadAddress as error:
            log.warning("a line or mailbox of the settings: %s", error)
    return list(dict.fromkeys(found))


def _describe(incoming: Incoming) -> None:
    """Somebody asks what we can do (RFC 3261 section 11.2); the agent adds methods and extensions."""
    incoming.respond(200, headers=(("Accept", f"application/sdp, {PLAIN}"), ("Accept-Language", "en")))
