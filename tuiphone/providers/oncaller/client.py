"""OnCaller as a provider: settings, flags and commands. PROTOCOL.md is the reference."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from tuiphone.core.call import EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NotPossible, RequestFailed
from tuiphone.core.events import CallEnded, ConnectionChanged, DevicesChanged, Link, ProviderEvent, TextReceived
from tuiphone.core.model import Address, AddressKind, Device
from tuiphone.core.ports import CallMedia, Memory
from tuiphone.core.provider import REQUEST_SECONDS, Provider
from tuiphone.core.trace import Label
from tuiphone.providers.oncaller import codes, fields, labels, requests
from tuiphone.providers.oncaller.call import OngoingCall
from tuiphone.providers.oncaller.desk import Desk
from tuiphone.providers.oncaller.incoming import IncomingCall
from tuiphone.providers.oncaller.messages import DeviceSeen, Invited, LoggedIn, MessageCame, Pinged, Push
from tuiphone.providers.oncaller.outgoing import OutgoingCall
from tuiphone.providers.oncaller.registration import Registration
from tuiphone.providers.oncaller.requests import Request
from tuiphone.providers.oncaller.session import Session
from tuiphone.providers.oncaller.settings import Settings as OnCallerSettings

CHECK_SECONDS = 180.0
"""Between questions whether a call still exists (section 4.4)."""
MAX_PAYLOAD = 32_768


class OnCaller(Provider):
    """One user of one OnCaller project, on this device."""

    name = "oncaller"
    title = "OnCaller"
    capabilities = (
        Capability.DIAL_USER
        | Capability.DIAL_PHONE
        | Capability.RECEIVE
        | Capability.ANSWER
        | Capability.REJECT
        | Capability.HANGUP
        | Capability.MEDIA
        | Capability.VIDEO
        | Capability.HOLD
        | Capability.DTMF
        | Capability.INFO
        | Capability.TRANSFER
        | Capability.TRANSFER_PHONE_ONLY
        | Capability.TEXT
        | Capability.TEXT_USERS_ONLY
    )
    Settings = OnCallerSettings

    def __init__(self, settings: OnCallerSettings, emit: Callable[[ProviderEvent], None], memory: Memory) -> None:
        super().__init__(settings, emit, memory)
        self._devices: dict[str, Device] = {}
        self._desk = Desk(settings, emit)
        self._registration = Registration(
            settings, memory, trace=self.trace, online=self._online, handle=self._take, tick=self._desk.check
        )

    @staticmethod
    def label(frame: Any, *, sent: bool) -> Label:
        """A frame of OnCaller in a few words."""
        return labels.label(frame, sent=sent)

    @property
    def identity(self) -> str | None:
        """Our user id."""
        return self._registration.user_id

    @property
    def numbers(self) -> Iterable[str]:
        """Those of the settings."""
        return self.settings.numbers

    async def run(self) -> None:
        """Log in and stay until the link is lost; the calls stay longer."""
        try:
            await self._registration.run(tick_s=CHECK_SECONDS)
        finally:
            self._desk.close()

    # -- what comes in ----------------------------------------------------------------------------------------------

    def _online(self, session: Session, said: LoggedIn) -> None:
        own = self._registration.device_id
        self._devices = {device.id: device for device in said.devices if device.id != own}
        self.emit(ConnectionChanged(Link.ONLINE))
        self._tell_devices()
        self._desk.open(session)

    def _take(self, push: Push) -> None:
        if not self._desk.is_online:
            return
        match push:
            case Invited():
                self._desk.invite(push)
            case DeviceSeen(device, here):
                self._see(device, here)
            case MessageCame(sender, text, topic):
                self.emit(TextReceived(Address(AddressKind.USER, sender), text, topic))
            case Pinged():
                pass
            case _:
                self._desk.take(push)

    def _see(self, device: Device, here: bool) -> None:
        if device.id != self._registration.device_id:
            self._devices.pop(device.id, None)
            if here and len(self._devices) < fields.MAX_DEVICES:
                self._devices[device.id] = device
            self._tell_devices()

    def _tell_devices(self) -> None:
        self.emit(DevicesChanged(tuple(self._devices.values())))

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
        """Call a user as ourselves, or a telephone from the number asked for or the first of ours."""
        session = self._desk.session()
        usual = next(iter(self.numbers), None) if to.kind is AddressKind.PHONE else None
        call = OutgoingCall(self._desk, to, video=video)
        self._desk.add(call)
        request = call.begin(caller or usual or self.identity or "", media)
        session.ask(request, on_reply=call.made, on_lost=call.lost_before_made)
        asyncio.get_running_loop().call_later(REQUEST_SECONDS, call.not_made)
        return call.ref

    async def ringing(self, ref: str, media: CallMedia | None) -> None:
        """It rings here; what the far side says about sound may be answered now."""
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

    async def hold(self, ref: str, on: bool) -> None:
        """Hold or resume by a new offer."""
        await self._call(ref).hold(on)

    async def camera(self, ref: str, on: bool) -> None:
        """Our picture starts or stops."""
        await self._call(ref).camera(on)

    async def dtmf(self, ref: str, digits: str) -> None:
        """Press keys; the gateway turns them into tones for the telephone."""
        call = self._call(ref)
        await call.send(requests.dtmf(call.call_id, digits))

    async def transfer(self, ref: str, to: Address) -> None:
        """Hand the telephone on the other side over to a user."""
        await self._call(ref).transfer(to)

    async def send_info(self, ref: str, payload: Any) -> None:
        """Send a side message to the other app."""
        call = self._call(ref)
        _check_size(payload)
        await call.send(requests.info(call.call_id, payload))

    async def send_text(self, to: Address, text: str) -> None:
        """Send a message to a user."""
        if to.kind is not AddressKind.USER:
            raise NotPossible(f"OnCaller sends messages to users, and {to.text} is a telephone number.")
        _check_size(text)
        await self._request(requests.message(to.text, text), codes.MESSAGE)

    async def change_attribute(self, name: str, value: str) -> None:
        """Change an attribute of our user. Raises: RequestFailed, ConnectionLost, RequestTimeout"""
        await self._request(requests.attribute(name, value))

    # -- small things -----------------------------------------------------------------------------------------------

    def _call(self, ref: str) -> OngoingCall:
        if (call := self._desk.find(ref)) is None:
            raise NotPossible("That call is over.")
        return call

    def _incoming(self, ref: str) -> IncomingCall:
        if not isinstance(call := self._call(ref), IncomingCall):
            raise NotPossible("That call is one of ours; hang up instead.")
        return call

    async def _request(self, request: Request, table: Mapping[int, str] | None = None) -> None:
        reply = await self._desk.session().request(request)
        if reply.code != 0:
            raise RequestFailed(reply.code, codes.sentence(table or {}, reply.code, reply.message))


def _check_size(payload: Any) -> None:
    try:
        size = len(msgspec.json.encode(payload))
    except (TypeError, ValueError, RecursionError) as error:
        raise NotPossible(f"That cannot be sent as JSON: {error}") from error
    if size > MAX_PAYLOAD:
        raise NotPossible(f"That has {size:,} bytes; a message can have {MAX_PAYLOAD:,}.")
