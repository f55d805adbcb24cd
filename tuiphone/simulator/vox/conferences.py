"""What a device may ask about conferences (section 8). Replies go out at once; what media takes follows by itself."""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.vox.calls import MAX_SDP
from tuiphone.simulator.vox.candidates import MOST, parsed
from tuiphone.simulator.vox.codes import PHRASES, Alert, Ret
from tuiphone.simulator.vox.device import Device
from tuiphone.simulator.vox.people import People
from tuiphone.simulator.vox.relay import Publication, Subscription
from tuiphone.simulator.vox.replies import Handler, Reply
from tuiphone.simulator.vox.rooms import MOST_PARTICIPANTS, PRIVATE, PUBLIC, ROBOTS, VIDEO, Member, Room

_MOST_ROOMS = 50
_LONGEST_TEXT = 500
_USER = 1
_ADMIN = 1
_PUBLISHER = 1
_InRoom = Callable[[Room, Device, dict[str, Any], Reply], None]


class Conferences:
    """All conferences of one simulated vendor."""

    def __init__(self, exchange: Exchange, people: People, pin: int) -> None:
        self._exchange = exchange
        self._people = people
        self._pin = pin
        self._rooms: dict[str, Room] = {}
        self._tasks = Tasks()
        self._timers: set[asyncio.TimerHandle] = set()
        in_room: dict[str, _InRoom] = {
            "destroyConferenceReq": self._destroy,
            "addParticipantsReq": self._add,
            "removeParticipantsReq": self._remove,
            "joinConferencePublisherReq": self._join,
            "iceConferenceReq": self._candidates,
            "subscribeToParticipantReq": self._subscribe,
            "subscribeToParticipantViewingReq": self._view,
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
                await member.close()
        self._rooms.clear()

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
        device.ask("createConferenceAckReq", device.user, **created, **_status(Ret.OK))
        for name in names:
            room.invite(name)
        self._later(self._exchange.ring_seconds, lambda: any(room.people) or self._end(room, "nobody joined"))

    def _users(self, participants: list[dict[str, Any]], creator: str) -> list[str]:
        """Whom a list names: users we know and robots that take part, each once."""
        details = (one["stParticipantDetails"] for one in participants)
        names = (one.get("sImlId", "") for one in details if one["eParticipantType"] == _USER)
        known = {name: person for name in names if (person := self._people.find(name)) and name != creator}
        return [name for name, person in known.items() if person.password is not None or name in ROBOTS]

    def _in_room(self, handle: _InRoom) -> Handler:
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
                self._tasks.start(member.close())

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
        self._tasks.start(member.close())
        for other in room.members.values():
            if subscription := other.subscriptions.pop(member.name, None):
                self._tasks.start(subscription.close())
        room.tell_members(alert, member.name)
        if not any(room.people):
            self._end(room, "everybody has left")

    # -- media ------------------------------------------------------------------------------------------------------

    def _join(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member = room.members.get(device.user)
        if asked["ullPin"] != room.pin:
            reply(Ret.WRONG_CODE)
        elif member and member.device is not device:
            reply(Ret.ELSEWHERE)
        elif member is None and len(room.members) >= MOST_PARTICIPANTS:
            reply(Ret.LIMIT)
        elif not 0 < len(asked["sSdp"]) <= MAX_SDP:
            reply(Ret.INVALID_FIELD)
        else:
            reply(Ret.OK)
            if member:
                self._tasks.start(member.close())
            publication = Publication()
            member = room.members[device.user] = Member(device.user, device, publication, is_ready=False)
            room.tell_devices(device.user, Alert.ENDED, room.creator, PHRASES[Ret.ELSEWHERE], but=device)
            self._try(self._publish(room, member, device, publication, asked["sSdp"]), room, member)

    async def _publish(self, room: Room, member: Member, device: Device, publication: Publication, sdp: str) -> None:
        answer = await publication.answer(sdp)
        member.is_ready = True
        fields = {"sConferenceId": room.id, "sSdp": answer, **_status(Ret.OK)}
        device.ask("joinConferencePublisherAckReq", room.creator, **fields)
        room.tell_members(Alert.PUBLISHER_JOINED, member.name, but=member.name)
        for other in room.members.values():
            if other is not member and other.is_ready:
                room.tell(device, Alert.PUBLISHER_JOINED, other.name)

    def _try(self, work: Coroutine[Any, Any, None], room: Room, member: Member) -> None:
        """Negotiate; who sends what cannot be negotiated is taken out again."""

        def failed() -> None:
            if room.members.get(member.name) is member and member.device:
                status = _status(Ret.INTERNAL, "bad SDP")
                member.device.ask("joinConferencePublisherAckReq", room.creator, sConferenceId=room.id, **status)
                self._take_out(room, member, Alert.LEFT)

        self._tasks.start(work, failed=failed)

    def _subscribe(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member, other = self._member(room, device), room.members.get(asked["sImlId"])
        if member is None or other is None or not other.is_ready:
            reply(Ret.INTERNAL)
        elif other is member:
            reply(Ret.NOT_ALLOWED)
        else:
            reply(Ret.OK)
            if older := member.subscriptions.pop(other.name, None):
                self._tasks.start(older.close())
            subscription = member.subscriptions[other.name] = Subscription(other.tracks(video=room.video))
            self._tasks.start(self._offer(room, device, other.name, subscription))

    async def _offer(self, room: Room, device: Device, name: str, subscription: Subscription) -> None:
        offer = await subscription.offer()
        fields = {"sConferenceId": room.id, "sImlId": name, "sSdp": offer, **_status(Ret.OK)}
        device.ask("subscribeToParticipantAckReq", name, **fields)

    def _view(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member, name = self._member(room, device), asked["sImlId"]
        subscription = member.subscriptions.get(name) if member else None
        if subscription is None or subscription.is_answered:
            reply(Ret.INTERNAL)
        elif not 0 < len(asked["sSdp"]) <= MAX_SDP:
            reply(Ret.INVALID_FIELD)
        else:
            reply(Ret.OK)
            subscription.is_answered = True
            ack = {"sConferenceId": room.id, "sImlId": name}

            def say(status: dict[str, Any]) -> None:
                device.ask("subscribeToParticipantViewingAckReq", name, **ack, **status)

            async def take() -> None:
                await subscription.accept(asked["sSdp"])
                say(_status(Ret.OK))

            self._tasks.start(take(), failed=lambda: say(_status(Ret.INTERNAL, "bad SDP")))

    def _candidates(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member, name, texts = self._member(room, device), asked["sImlId"], asked["sJsonIceCandidates"]
        if len(texts) > MOST:
            reply(Ret.INVALID_FIELD)
            return
        connection = None
        if member:
            connection = member.publication if name == member.name else member.subscriptions.get(name)
        reply(Ret.OK if connection else Ret.INTERNAL)
        for candidate in map(parsed, texts):
            if connection and candidate:
                self._tasks.start(connection.add(candidate))

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
        member = self._member(room, device)
        reply(Ret.OK if member else Ret.INTERNAL)
        if member:
            self._take_out(room, member, Alert.LEFT)

    def _publishers(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        reply(Ret.OK, sPublishers=[member.name for member in room.members.values() if member.is_ready])

    def _participants(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        details = [{"eParticipantJoinType": _PUBLISHER, "sImlId": name} for name in room.members]
        reply(Ret.OK, stDetails=details)

    def _member(self, room: Room, device: Device) -> Member | None:
        member = room.members.get(device.user)
        return member if member and member.device is device else None

    def _later(self, seconds: float, do: Callable[[], object]) -> None:
        def due() -> None:
            self._timers.discard(timer)
            do()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._timers.add(timer)


def _status(ret: Ret, reason: str = "") -> dict[str, Any]:
    return {"eStatusCode": int(ret), "sStatusReason": reason or PHRASES[ret]}
