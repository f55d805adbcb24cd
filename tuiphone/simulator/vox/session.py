"""One socket: frames in, packets out of them, and the device that it logs in (sections 4, 5 and 12)."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.link import Link
from tuiphone.simulator.vox import codec
from tuiphone.simulator.vox.codec import FramingError, Packet, Stream, Undecodable, UnknownType
from tuiphone.simulator.vox.codes import Ret
from tuiphone.simulator.vox.conferences import Conferences
from tuiphone.simulator.vox.device import CLIENT_ID, Device, connected
from tuiphone.simulator.vox.history import History
from tuiphone.simulator.vox.people import People, now_ms
from tuiphone.simulator.vox.replies import Handler, Reply, reply_to
from tuiphone.simulator.vox.roster import Roster

logger = logging.getLogger(__name__)

MOST_UNDECODABLE = 20
_LONGEST_DEVICE = 64
_FROM_SERVER_ONLY = {
    "userJoinedReq",
    "userPendingNotificationsReq",
    "userProfileChangedReq",
    "userPresenceChangedReq",
    "loginElseWhereNotificationReq",
    "callInfoSyncReq",
    "callSessionInProgressSdpReq",
    "callAnswerReq",
    "callEndedReq",
    "incomingCallStartReq",
    "incomingCallEndedReq",
    "createConferenceAckReq",
    "conferenceAlertReq",
    "joinConferencePublisherAckReq",
    "subscribeToParticipantAckReq",
    "subscribeToParticipantViewingAckReq",
}


@dataclass(frozen=True, slots=True)
class Office:
    """What all sessions of one simulated vendor share."""

    exchange: Exchange
    people: People
    history: History
    roster: Roster
    conferences: Conferences
    handlers: dict[str, Handler]
    project_id: str
    unanswered: set[int]
    """Message types that are passed over."""


class Session:
    """Belongs to a device from the log-in to the log-out, or until another socket takes the device over."""

    def __init__(self, link: Link, office: Office) -> None:
        self._link = link
        self._office = office
        self._stream = Stream()
        self._device: Device | None = None
        self._undecodable = 0

    def take(self, frame: bytes) -> Iterator[None]:
        """One frame from the client; gives way after each packet.

        Raises:
            FramingError: the socket has to be closed.
        """
        for family, kind, payload in self._stream.feed(frame):
            if kind in self._office.unanswered:
                continue
            try:
                packet = codec.decode(family, kind, payload)
            except UnknownType as unknown:
                logger.info("ignored: %s", unknown)
            except Undecodable as broken:
                self._undecodable += 1
                if self._undecodable > MOST_UNDECODABLE:
                    raise FramingError(codec.BROKEN, "too many payloads that are none") from None
                logger.info("a payload that is no %s", broken)
            else:
                self._sort(packet)
            yield

    def end(self) -> None:
        """The socket is gone."""
        self._leave(for_good=False)

    def _sort(self, packet: Packet) -> None:
        if codec.reply_name(packet.name) is None:
            return  # what clients reply changes nothing
        if packet.name == "loginReq":
            self._log_in(packet)
        elif self._mine() is None:
            self._refuse(packet, Ret.UNAUTHORISED)
        elif packet.name == "logoutReq":
            self._refuse(packet, Ret.OK)
            self._leave(for_good=True)
        elif packet.name in _FROM_SERVER_ONLY:
            self._refuse(packet, Ret.FORBIDDEN)
        elif (device := self._mine()) and (handle := self._office.handlers.get(packet.name)):
            handle(device, packet.fields, Reply(device, packet))

    def _mine(self) -> Device | None:
        return self._device if self._device and self._device.link is self._link else None

    def _refuse(self, packet: Packet, ret: Ret, **fields: Any) -> None:
        if reply := reply_to(packet, packet.fields["stHdrs"]["sMobNu"], ret, **fields):
            self._link.send_raw(codec.encode(reply))

    def _log_in(self, packet: Packet) -> None:
        fields, office = packet.fields, self._office
        name = fields["stHdrs"]["sMobNu"]
        if fields.get("sAppDetails", {}).get("sAppId") != office.project_id:
            self._refuse(packet, Ret.INVALID_APP)
            return
        if office.people.log_in(name, fields["sPassHash"]) is None:
            self._refuse(packet, Ret.UNAUTHORISED)
            return
        device_id = fields.get("sDeviceId", "")[:_LONGEST_DEVICE] or secrets.token_hex(8)
        found = office.exchange.find(name, device_id)
        device = found if isinstance(found, Device) else Device(name, device_id, office.history)
        if self._device is not device:
            self._leave(for_good=False)
        self._refuse(packet, Ret.OK, sBucketName="vox-sim", uServerTime=now_ms())
        self._attach(device, fields["stHdrs"]["sClientId"])

    def _attach(self, device: Device, client_id: str) -> None:
        exchange = self._office.exchange
        others = [one for one in connected(exchange, device.user) if one is not device]
        is_again = device.link is self._link
        for older in others if not is_again else []:
            older.ask("loginElseWhereNotificationReq", device.user)
        if device.link and not is_again:
            # The same device on a new socket: the old one is told, and from now on it is not logged in.
            device.ask("loginElseWhereNotificationReq", device.user)
        was_here = bool(others or device.link)
        self._device, device.link, device.client_id = device, self._link, client_id[:_LONGEST_DEVICE] or CLIENT_ID
        device.catch_up()
        exchange.attach(device)
        if not was_here:
            self._office.roster.came_or_went(device.user)
        self._office.conferences.came(device)

    def _leave(self, *, for_good: bool) -> None:
        device, self._device = self._mine(), None
        if device is None:
            return
        device.link = None
        exchange = self._office.exchange
        if for_good:
            exchange.leave(device)
            self._office.conferences.went(device)
        else:
            exchange.detach(device)
            self._office.conferences.lost(device)
        if not connected(exchange, device.user):
            self._office.roster.came_or_went(device.user)
