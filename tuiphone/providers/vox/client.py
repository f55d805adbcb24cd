"""Vox CPaaS as a provider: settings, flags and commands. PROTOCOL.md is the reference."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tuiphone.core.call import EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConnectionLost, NotPossible
from tuiphone.core.events import CallEnded, ConnectionChanged, Link, ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address, CallRecord, Contact, Presence
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.provider import Provider
from tuiphone.core.trace import Label
from tuiphone.providers.vox import labels, packets, vox_pb2
from tuiphone.providers.vox.call import VoxCall
from tuiphone.providers.vox.desk import Desk
from tuiphone.providers.vox.group import Groups
from tuiphone.providers.vox.groupcall import GroupCall
from tuiphone.providers.vox.history import History
from tuiphone.providers.vox.people import People
from tuiphone.providers.vox.registration import Registration
from tuiphone.providers.vox.rest import Users
from tuiphone.providers.vox.session import Session
from tuiphone.providers.vox.settings import Settings as VoxSettings
from tuiphone.providers.vox.wire import Family, Packet

log = logging.getLogger(__name__)


class Vox(Provider):
    """One user of one Vox project, on this device."""

    name = "vox"
    title = "Vox"
    capabilities = (
        Capability.DIAL_USER
        | Capability.DIAL_PHONE
        | Capability.RECEIVE
        | Capability.ANSWER
        | Capability.REJECT
        | Capability.HANGUP
        | Capability.MEDIA
        | Capability.VIDEO
        | Capability.GROUP
        | Capability.MUTE_SIGNAL
        | Capability.FAREWELL
        | Capability.FAREWELL_USERS_ONLY
        | Capability.DTMF
        | Capability.DTMF_PHONE_ONLY
        | Capability.CONTACTS
        | Capability.PRESENCE
        | Capability.HISTORY
        | Capability.PROVISION
    )
    recording_format = "webm"
    Settings = VoxSettings

    def __init__(self, settings: VoxSettings, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        super().__init__(settings, emit, memory)
        self._session: Session | None = None
        self._people = People(emit, own_name=settings.name)
        self._history = History(emit)
        self._desk = Desk(settings, emit)
        self._groups = Groups(emit, us=settings.username, name=settings.name)
        self._desk.in_other_calls = lambda: self._groups.is_in_one
        self._registration = Registration(settings, memory, trace=self.trace, online=self._online, handle=self._take)

    @staticmethod
    def label(frame: Any, *, sent: bool) -> Label:
        """A packet of Vox in a few words."""
        return labels.label(frame, sent=sent)

    @property
    def identity(self) -> str | None:
        """Our name in the project."""
        return self.settings.username

    @property
    def numbers(self) -> Iterable[str]:
        """The one of the settings."""
        return (self.settings.from_user,) if self.settings.from_user else ()

    @property
    def records_calls(self) -> bool:
        """As the settings say."""
        return self.settings.record_calls

    async def run(self) -> None:
        """Log in and stay until the link is lost; the calls stay longer."""
        try:
            await self._registration.run()
        except asyncio.CancelledError:
            self._desk.give_up()
            self._groups.give_up()
            raise
        finally:
            self._session = None
            self._desk.close()
            self._groups.close()
            await self._people.close()

    # -- what comes in ----------------------------------------------------------------------------------------------

    def _online(self, session: Session) -> None:
        self._session = session
        self._history.open()
        self.emit(ConnectionChanged(Link.ONLINE))
        self._people.open(session)
        self._desk.open(session)
        self._groups.open(session)

    def _take(self, packet: Packet) -> None:
        if (session := self._session) is None:
            return
        message = packet.message
        match message:
            case vox_pb2.userJoinedReq() | vox_pb2.userProfileChangedReq() | vox_pb2.userPresenceChangedReq():
                self._people.take(packet.number, message)
            case vox_pb2.callInfoSyncReq():
                self._desk.take(message)
                self._history.handled_elsewhere(message, session)
            case vox_pb2.loginElseWhereNotificationReq():
                session.reply(message)
                self._registration.logged_in_elsewhere()
                self.emit(
                    ProviderFaulted(
                        f"{session.user} has logged in to Vox on another device as well. If that was not you, "
                        "change the password."
                    )
                )
            case _ if packet.family == Family.CONFERENCE:
                self._groups.take(message)
            case _ if packets.takes(packet.kind.name):
                self._desk.take(message)
            case _:
                # Pending notifications, and whatever else nobody here has a use for.
                session.reply(message)

    # -- calls ------------------------------------------------------------------------------------------------------

    async def dial(
        self,
        to: Address,
        *,
        video: bool = False,
        caller: str | None = None,
        media: CallMedia | None = None,
        recorded: bool = False,
    ) -> str:
        """Call a user, or a telephone from the number of the settings."""
        return await self._desk.dial(to, video=video, media=media, recorded=recorded)

    async def ringing(self, ref: str, media: CallMedia | None) -> None:
        """It rings here; the microphone is not needed for that."""
        if (call := self._find(ref)) is not None:
            call.ring(media)

    async def answer(self, ref: str, *, video: bool = False) -> None:
        """Pick up."""
        await self._call(ref).answer(video=video)

    async def reject(self, ref: str) -> None:
        """Refuse; our other devices stop ringing too."""
        if (call := self._find(ref)) is None:
            return self.emit(CallEnded(ref, EndReason.REJECTED))
        await call.reject()

    async def hangup(self, ref: str) -> None:
        """End or cancel."""
        if (call := self._find(ref)) is None:
            return self.emit(CallEnded(ref, EndReason.HUNG_UP))
        await call.hangup()

    async def farewell(self, ref: str, reason: str) -> None:
        """End or cancel; another user is told why."""
        if (call := self._desk.find(ref)) is None:
            return await self.hangup(ref)
        await call.hangup(reason)

    async def mute(self, ref: str, *, audio: bool, video: bool) -> None:
        """Tell the other user, or all of a group; telephones are told nothing."""
        await self._call(ref).mute(audio=audio, video=video)

    async def camera(self, ref: str, on: bool) -> None:
        """Our picture starts or stops."""
        await self._call(ref).camera(on)

    async def dtmf(self, ref: str, digits: str) -> None:
        """One digit after the other."""
        for digit in digits:
            await self._call(ref).dtmf(digit)

    # -- group calls ------------------------------------------------------------------------------------------------

    async def start_group(
        self, people: tuple[Address, ...], *, video: bool = False, media: CallMedia | None = None
    ) -> str:
        """Call these users together."""
        return await self._groups.start(people, video=video, media=media)

    async def invite(self, ref: str, people: tuple[Address, ...]) -> None:
        """Ask more users to come."""
        await self._group(ref).invite(people)

    async def remove(self, ref: str, people: tuple[Address, ...]) -> None:
        """Take users out."""
        await self._group(ref).remove(people)

    # -- people and the past ----------------------------------------------------------------------------------------

    async def contacts(self) -> Iterable[Contact]:
        """Everybody on the roster at Vox."""
        return await self._people.contacts()

    async def add_contact(self, address: Address) -> None:
        """Put somebody on it."""
        await self._people.add(address)

    async def remove_contact(self, address: Address) -> None:
        """Take somebody off it."""
        await self._people.remove(address)

    async def presence(self, addresses: Iterable[Address]) -> None:
        """Ask how these users are, and hear of it from now on."""
        await self._people.watch(addresses)

    async def publish(self, presence: Presence) -> None:
        """Have others see our status message."""
        await self._people.publish(presence)

    async def history(self, *, before: float | None = None, limit: int = 100) -> tuple[CallRecord, ...]:
        """The calls that Vox remembers."""
        return await self._history.page(self._connected(), before=before, limit=limit)

    async def create_user(self, name: str, password: str | None = None) -> Mapping[str, object]:
        """Make a user of the project."""
        users = Users(self.settings, self.trace)
        if password is None:
            await users.create(name, await self.settings.password.read())
            return {}
        await users.create(name, password)
        return {"username": name, "password": password, "device_id": None, "name": None, "push_token": None}

    async def delete_user(self, name: str) -> None:
        """Delete a user of the project."""
        await Users(self.settings, self.trace).delete(name)

    # -- small things -----------------------------------------------------------------------------------------------

    def _find(self, ref: str) -> VoxCall | GroupCall | None:
        return self._desk.find(ref) or self._groups.find(ref)

    def _group(self, ref: str) -> GroupCall:
        if (call := self._groups.find(ref)) is None:
            raise NotPossible("That group call is over.")
        return call

    def _call(self, ref: str) -> VoxCall | GroupCall:
        if (call := self._find(ref)) is None:
            raise NotPossible("That call is over.")
        return call

    def _connected(self) -> Session:
        if self._session is None:
            raise ConnectionLost("There is no connection to Vox at present.")
        return self._session
