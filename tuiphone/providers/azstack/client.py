"""AZStack as a provider: settings, flags and commands. PROTOCOL.md is the reference."""

from collections.abc import Callable, Iterable
from typing import Any

from tuiphone.core.call import EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallEnded, ConnectionChanged, Link, ProviderEvent, ProviderFaulted, RecordLogged
from tuiphone.core.model import Address, CallRecord
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.provider import Provider
from tuiphone.core.trace import Label
from tuiphone.providers.azstack import errors, labels
from tuiphone.providers.azstack.call import OngoingCall
from tuiphone.providers.azstack.desk import Desk
from tuiphone.providers.azstack.incoming import IncomingCall
from tuiphone.providers.azstack.journal import account_log
from tuiphone.providers.azstack.logs import CallLogs
from tuiphone.providers.azstack.messages import (
    ChatServer,
    LoggedIn,
    LoginRefused,
    Message,
    RecordPushed,
    RecordsListed,
    UsersFound,
)
from tuiphone.providers.azstack.people import People
from tuiphone.providers.azstack.registration import Registration
from tuiphone.providers.azstack.session import Session
from tuiphone.providers.azstack.settings import Settings as AZStackSettings


class AZStack(Provider):
    """One user of one AZStack application, on this device."""

    name = "azstack"
    title = "AZStack"
    capabilities = (
        Capability.DIAL_USER
        | Capability.DIAL_PHONE
        | Capability.RECEIVE
        | Capability.ANSWER
        | Capability.REJECT
        | Capability.HANGUP
        | Capability.MEDIA
        | Capability.VIDEO
        | Capability.PRESENCE
        | Capability.HISTORY
    )
    Settings = AZStackSettings

    def __init__(self, settings: AZStackSettings, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        super().__init__(settings, emit, memory)
        self._log = account_log(settings.user_id, settings.log_level)
        self._people = People(emit, interval=settings.presence_interval, log=self._log)
        self._desk = Desk(settings, emit, self._people)
        self._logs = CallLogs(settings.numbers)
        self._registration = Registration(
            settings,
            trace=self.trace,
            log=self._log,
            online=self._online,
            renumbered=self._renumbered,
            handle=self._take,
        )

    @staticmethod
    def label(frame: Any, *, sent: bool) -> Label:
        """A packet of AZStack in a few words."""
        return labels.label(frame, sent=sent)

    @property
    def identity(self) -> str | None:
        """Our name in the application."""
        return self.settings.user_id

    @property
    def numbers(self) -> Iterable[str]:
        """Those of the settings."""
        return self.settings.numbers

    async def run(self) -> None:
        """Log in and stay until the link is lost; the calls stay longer."""
        try:
            await self._registration.run()
        except PhoneError as error:
            self._log.error("%s%s", error, f" ({code})" if (code := errors.code_of(error)) else "")
            raise
        finally:
            self._desk.close()
            await self._people.close()

    # -- what comes in ----------------------------------------------------------------------------------------------

    def _online(self, session: Session) -> None:
        self._logs.forget()
        self.emit(ConnectionChanged(Link.ONLINE))
        self._people.open(session)
        self._desk.open(session)

    def _renumbered(self, before: int, now: int) -> None:
        # Section 4.6: it has to stay the same; a server that was set up anew may number its users from the start.
        self.emit(
            ProviderFaulted(
                f"AZStack knew {self.identity} as user {before} and now as user {now}. Calls from before this are "
                "over for the others; if nobody set the application up anew, ask who runs it."
            )
        )

    def _take(self, message: Message) -> None:
        if not self._desk.is_online:
            return
        match message:
            case RecordPushed(entry):
                self._logs.forget()
                self.emit(RecordLogged(self._logs.record(entry)))
            case ChatServer() | LoggedIn() | LoginRefused() | RecordsListed() | UsersFound():
                pass  # nobody waits for it any more
            case _:
                self._desk.take(message)

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
        """Call a user for free, or a telephone from the number asked for or the first of ours."""
        return await self._desk.dial(to, video=video, caller=caller, media=media)

    async def ringing(self, ref: str, media: CallMedia | None) -> None:
        """It rings here; the microphone is not needed for that."""
        if isinstance(call := self._desk.find(ref), IncomingCall):
            call.ring(media)

    async def answer(self, ref: str, *, video: bool = False) -> None:
        """Pick up."""
        await self._incoming(ref).answer(video=video)

    async def reject(self, ref: str) -> None:
        """Refuse; our other devices stop ringing too."""
        if self._desk.find(ref) is None:
            return self.emit(CallEnded(ref, EndReason.REJECTED))
        await self._incoming(ref).reject()

    async def hangup(self, ref: str) -> None:
        """End or cancel."""
        if (call := self._desk.find(ref)) is None:
            return self.emit(CallEnded(ref, EndReason.HUNG_UP))
        await call.hangup()

    async def camera(self, ref: str, on: bool) -> None:
        """Our picture starts or stops, which AZStack has no packet for."""
        await self._call(ref).camera(on)

    async def presence(self, addresses: Iterable[Address]) -> None:
        """Ask how these users are, and again from time to time."""
        await self._people.watch(addresses)

    async def history(self, *, before: float | None = None, limit: int = 100) -> tuple[CallRecord, ...]:
        """Paid calls as AZStack recorded them; it records no free ones."""
        return await self._logs.page(self._desk.session(), before=before, limit=limit)

    # -- small things -----------------------------------------------------------------------------------------------

    def _call(self, ref: str) -> OngoingCall:
        if (call := self._desk.find(ref)) is None:
            raise errors.error("ERR_UNEXPECTED_DATA", "That call is over.")
        return call

    def _incoming(self, ref: str) -> IncomingCall:
        if not isinstance(call := self._call(ref), IncomingCall):
            raise errors.error("ERR_UNEXPECTED_DATA", "That call is one of ours; hang up instead.")
        return call
