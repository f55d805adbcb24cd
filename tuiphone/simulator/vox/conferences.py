"""What a device may ask about conferences: making, changing and ending them (section 8)."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.vox.codes import Alert, Ret
from tuiphone.simulator.vox.device import Device
from tuiphone.simulator.vox.people import People
from tuiphone.simulator.vox.replies import Handler, Reply
from tuiphone.simulator.vox.rooms import MOST_PARTICIPANTS, PRIVATE, PUBLIC, ROBOTS, VIDEO, InRoom, Member, Room, status
from tuiphone.simulator.vox.stage import Stage

_MOST_ROOMS = 50
_LONGEST_TEXT = 500
_USER = 1
_ADMIN = 1
_PUBLISHER = 1


class Conferences:
    """All conferences of one simulated vendor."""

    def __init__(self, exchange: Exchange, people: People, pin: int) -> None:
        self._exchange = exchange
        self._people = people
        self._pin = pin
        self._rooms: dict[str, Room] = {}
        self._tasks = Tasks()
        self._closing = Tasks()
        self._timers: set[asyncio.TimerHandle] = set()
        in_room: dict[str, InRoom] = {
            **Stage(self._tasks, self._closing, self._take_out).handlers,
            "destroyConferenceReq": self._destroy,
            "addParticipantsReq": self._add,
            "removeParticipantsReq": self._remove,
            "conferenceMuteUnmuteReq": self._mute,
            "leaveConferenceReq": self._leave,
            "conferencePublishersReq": self._publishers,
            "conferenceParticipantsReq": self._participants,
        }
        self.handlers: dict[str, Handler] = {"createConferenceReq": self._create}
        self.handlers |= {name: self._in_room(handle) for name, handle in in_room.items()}

    def came(self, device: Device) -> None:
        """A device logged in: conferences that wait for its user ring on it."""
        for room in self._rooms.values():
            room.ring(device)

    def went(self, device: Device) -> None:
        """A device is gone for good: its user leaves."""
        for room in list(self._rooms.values()):
            if (member := room.members.get(device.user)) and member.device is device:
                self._take_out(room, member, Alert.LEFT)

    def lost(self, device: Device) -> None:
        """The socket of a device is gone: its user leaves after the grace time, unless it comes back."""
        self._later(self._exchange.grace_seconds, lambda: device.link or self.went(device))

    def room(self, ref: str) -> Room:
        """The conference of that id.

        Raises:
            KeyError: there is none.
        """
        return self._rooms[ref]

    async def close(self) -> None:
        """Let go of all media, without telling anybody."""
        for timer in self._timers:
            timer.cancel()
        self._tasks.cancel()
        await self._tasks.finish()
        for room in self._rooms.values():
            for member in room.members.values():
                self._closing.start(member.close())
        self._rooms.clear()
        await self._closing.finish()

    # -- rooms ------------------------------------------------------------------------------------------------------

    def _create(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        names = self._users(asked["stParticipants"], device.user)
        if len(names) >= MOST_PARTICIPANTS or len(self._rooms) >= _MOST_ROOMS:
            reply(Ret.LIMIT)
            return
        pin = self._pin or 1000 + secrets.randbelow(9000)
        title = asked["sTitle"][:_LONGEST_TEXT]
        privacy, video = asked["stConfig"]["ePrivacyType"], asked.get("eConferenceType") == VIDEO
        room = Room(self._exchange, device.user, title, pin, privacy, video=video)
        self._rooms[room.id] = room
        reply(Ret.OK)
        credentials = [{"sImlId": name, "ullBridgePin": pin} for name in (device.user, *names)]
        created = {"sConferenceId": room.id, "stParticipantCreds": credentials, "ullCommonBridgePin": pin}
        device.ask("createConferenceAckReq", device.user, **created, **status(Ret.OK))
        for name in names:
            room.invite(name)
        self._later(self._exchange.ring_seconds, lambda: any(room.people) or self._end(room, "nobody joined"))

    def _users(self, participants: list[dict[str, Any]], creator: str) -> list[str]:
        """Whom a list names: users we know and robots that take part, each once."""
        details = (one["stParticipantDetails"] for one in participants)
        names = (one.get("sImlId", "") for one in details if one["eParticipantType"] == _USER)
        known = {name: person for name in names if (person := self._people.find(name)) and name != creator}
        return [name for name, person in known.items() if person.password is not None or name in ROBOTS]

    def _in_room(self, handle: InRoom) -> Handler:
        def handler(device: Device, asked: dict[str, Any], reply: Reply) -> None:
            room = self._rooms.get(asked["sConferenceId"])
            if room is None:
                reply(Ret.INTERNAL)
            elif device.user == room.creator or device.user in room.invited or room.privacy == PUBLIC:
                handle(room, device, asked, reply)
            else:
                reply(Ret.FORBIDDEN)

        return handler

    def _destroy(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        if device.user != room.creator:
            reply(Ret.FORBIDDEN)
            return
        reply(Ret.OK)
        self._end(room, asked.get("sMessage", "")[:_LONGEST_TEXT], but=device)

    def _end(self, room: Room, message: str, *, but: Device | None = None) -> None:
        if self._rooms.pop(room.id, None):
            room.tell_everybody(Alert.ENDED, room.creator, message, but=but)
            for member in room.members.values():
                self._closing.start(member.close())

    def _add(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        users = self._users(asked["stAddParticipants"], room.creator)
        names = [name for name in users if name not in room.invited]
        if room.privacy == PRIVATE and device.user != room.creator:
            reply(Ret.FORBIDDEN)
        elif len(room.invited) + 1 + len(names) > MOST_PARTICIPANTS:
            reply(Ret.LIMIT)
        else:
            reply(Ret.OK)
            for name in names:
                room.tell_members(Alert.ADDED, name)
                room.invite(name)

    def _remove(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        if device.user != room.creator:
            reply(Ret.FORBIDDEN)
            return
        reply(Ret.OK)
        for name in asked["sImlIds"]:
            if name in room.invited:
                room.tell_devices(name, Alert.REMOVED, name, "removed")
                del room.invited[name]
                if member := room.members.get(name):
                    self._take_out(room, member, Alert.REMOVED)

    def _take_out(self, room: Room, member: Member, alert: Alert) -> None:
        del room.members[member.name]
        self._closing.start(member.close())
        for other in room.members.values():
            if subscription := other.subscriptions.pop(member.name, None):
                self._closing.start(subscription.close())
        if member.is_ready:
            room.tell_members(alert, member.name)
        if not any(room.people):
            self._end(room, "everybody has left")

    # -- in the conference ------------------------------------------------------------------------------------------

    def _mute(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        by_admin = asked["eMuteParticipantType"] == _ADMIN
        member = room.members.get(asked["sImlId"] or device.user)
        if member is None:
            reply(Ret.INTERNAL)
        elif device.user != (room.creator if by_admin else member.name):
            reply(Ret.FORBIDDEN)
        else:
            reply(Ret.OK)
            if member.publication:
                member.publication.mute(on=asked["sOption"])
            alert, but = (Alert.ADMIN_MUTED, "") if by_admin else (Alert.SELF_MUTED, member.name)
            room.tell_members(alert, member.name, but=but, bIsMuted=asked["sOption"])

    def _leave(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member = room.member_on(device)
        reply(Ret.OK if member else Ret.INTERNAL)
        if member:
            self._take_out(room, member, Alert.LEFT)

    def _publishers(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        reply(Ret.OK, sPublishers=[member.name for member in room.members.values() if member.is_ready])

    def _participants(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        details = [
            {"eParticipantJoinType": _PUBLISHER, "sImlId": one.name} for one in room.members.values() if one.is_ready
        ]
        reply(Ret.OK, stDetails=details)

    def _later(self, seconds: float, do: Callable[[], object]) -> None:
        def due() -> None:
            self._timers.discard(timer)
            do()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)
