"""SIP over WebSocket as a provider: flags and commands. PROTOCOL.md is the reference."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from tuiphone.core.call import EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.checkup import Finding
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallEnded, ConnectionChanged, Link, ProviderEvent
from tuiphone.core.model import Address, Presence
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.provider import Provider
from tuiphone.core.trace import Label
from tuiphone.providers.sip import labels
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.arrivals import Arrivals
from tuiphone.providers.sip.call import SipCall
from tuiphone.providers.sip.desk import Desk
from tuiphone.providers.sip.events import Events
from tuiphone.providers.sip.examination import Examination
from tuiphone.providers.sip.incoming import IncomingCall
from tuiphone.providers.sip.registration import Registration
from tuiphone.providers.sip.settings import Settings as SipSettings


class Sip(Provider):
    """One SIP address at one server, on this device."""

    name = "sip"
    title = "SIP"
    capabilities = (
        Capability.DIAL_USER
        | Capability.DIAL_PHONE
        | Capability.DIAL_URI
        | Capability.RECEIVE
        | Capability.ANSWER
        | Capability.REJECT
        | Capability.BUSY
        | Capability.EXTENSION
        | Capability.HANGUP
        | Capability.MEDIA
        | Capability.VIDEO
        | Capability.ADD_VIDEO
        | Capability.HOLD
        | Capability.DTMF
        | Capability.TRANSFER
        | Capability.TRANSFER_ATTENDED
        | Capability.FORWARD
        | Capability.TEXT
        | Capability.PRESENCE
        | Capability.PUBLISH
        | Capability.LINES
        | Capability.VOICEMAIL
    )
    Settings = SipSettings

    def __init__(self, settings: SipSettings, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        super().__init__(settings, emit, memory)
        self._registration = Registration(
            settings, memory, trace=self.trace, online=self._online, lost=self._lost, leaving=self._leave
        )
        self._agent: Agent = self._registration.agent
        self._desk = Desk(settings, emit, self._agent, Arrivals(settings, self._agent, self.keep_text))
        self._events = Events(settings, emit, self._agent)

    @staticmethod
    def label(frame: Any, *, sent: bool) -> Label:
        """A SIP message in a few words."""
        return labels.label(frame, sent=sent)

    @property
    def identity(self) -> str | None:
        """Our SIP address."""
        return self.settings.aor

    @property
    def numbers(self) -> Iterable[str]:
        """Those of the settings."""
        return self.settings.numbers

    async def run(self) -> None:
        """Connect, register and stay until the link is lost; calls and subscriptions stay longer."""
        await self._registration.run()

    async def examine(self) -> AsyncIterator[Finding]:
        """Look at server and registration, which stays as it is."""
        async for finding in Examination(self.settings, self.trace).run():
            yield finding

    async def reachable(self) -> None:
        """Return when a server that was out of reach is in reach again."""
        await self._registration.reachable()

    def stirred(self) -> None:
        """See at once whether the link is still good."""
        self._registration.stirred()

    # -- what comes in ----------------------------------------------------------------------------------------------

    def _online(self) -> None:
        self.emit(ConnectionChanged(Link.ONLINE))
        self._desk.online(loopback=self._registration.is_loopback)
        self._events.online()

    def _lost(self) -> None:
        self._desk.offline()
        self._events.offline()

    async def _leave(self) -> None:
        await self._events.leave()

    # -- commands: calls --------------------------------------------------------------------------------------------

    async def dial(
        self,
        to: Address,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None = None,
        recorded: bool = False,
    ) -> str:
        """Call a user, a telephone or any SIP address."""
        self._registration.check()
        return await self._desk.dial(to, video=video, caller=caller, media=media)

    async def ringing(self, ref: str, media: CallMedia | None) -> None:
        """It rings here."""
        if isinstance(call := self._desk.find(ref), IncomingCall):
            call.ring(media)

    async def answer(self, ref: str, *, video: bool = False) -> None:
        """Pick up."""
        await self._incoming(ref).answer(video=video)

    async def reject(self, ref: str) -> None:
        """Refuse; other devices stop ringing too."""
        if self._desk.find(ref) is None:
            return self.emit(CallEnded(ref, EndReason.REJECTED))
        await self._incoming(ref).reject()

    async def busy(self, ref: str) -> None:
        """Say that we are busy; other devices ring on."""
        if self._desk.find(ref) is None:
            return self.emit(CallEnded(ref, EndReason.REJECTED))
        await self._incoming(ref).busy()

    async def hangup(self, ref: str) -> None:
        """End or cancel."""
        if (call := self._desk.find(ref)) is None:
            return self.emit(CallEnded(ref, EndReason.HUNG_UP))
        await call.hangup()

    async def hold(self, ref: str, on: bool) -> None:
        """Hold or resume by a new offer."""
        await self._call(ref).hold(on)

    async def camera(self, ref: str, on: bool) -> None:
        """Our picture starts or stops; in a call without one, it is added by a new offer."""
        await self._call(ref).camera(on)

    async def dtmf(self, ref: str, digits: str) -> None:
        """Press keys, by RFC 4733 or INFO."""
        await self._call(ref).dtmf(digits)

    async def transfer(self, ref: str, to: Address) -> None:
        """Blind transfer by REFER."""
        await self._call(ref).transfer(to)

    async def join(self, ref: str, other: str) -> None:
        """Attended transfer by REFER with Replaces."""
        await self._call(ref).join(self._call(other))

    async def forward(self, ref: str, to: Address) -> None:
        """Send an incoming call on by 302."""
        await self._incoming(ref).forward(to)

    async def pickup(self, line: Address, *, media: CallMedia | None = None) -> str:
        """Take the call that rings at a line we watch."""
        self._registration.check()
        ringing, caller = self._events.dialog_of(line), self._events.caller_at(line)
        return await self._desk.pickup(line, ringing, media=media, caller=caller)

    async def follow(self, ref: str, *, media: CallMedia | None = None) -> str | None:
        """Go where the far side asked us to."""
        return await self._call(ref).follow(media)

    async def stay(self, ref: str) -> None:
        """Do not go where the far side asked us to."""
        await self._call(ref).stay()

    # -- commands: the rest -----------------------------------------------------------------------------------------

    async def send_text(self, to: Address, text: str) -> str | None:
        """Send a message."""
        self._registration.check()
        return await self._events.send_text(to, text)

    async def presence(self, addresses: Iterable[Address]) -> None:
        """Subscribe to how these people are."""
        await self._events.presence(addresses)

    async def publish(self, presence: Presence) -> None:
        """Let others know how we are."""
        self._registration.check()
        await self._events.publish(presence)

    # -- small things -----------------------------------------------------------------------------------------------

    def _call(self, ref: str) -> SipCall:
        if (call := self._desk.find(ref)) is None:
            raise NotPossible("That call is over.")
        return call

    def _incoming(self, ref: str) -> IncomingCall:
        if not isinstance(call := self._call(ref), IncomingCall):
            raise NotPossible("That call is one of ours; hang up instead.")
        return call
