"""What a device may ask about the media of a conference it is in: publishing, subscribing, viewing (section 8).

Replies go out at once; what media takes follows by itself.
"""

from collections.abc import Callable
from typing import Any

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.vox.calls import MAX_SDP
from tuiphone.simulator.vox.candidates import MOST, parsed
from tuiphone.simulator.vox.codes import PHRASES, Alert, Ret
from tuiphone.simulator.vox.device import Device
from tuiphone.simulator.vox.relay import Publication, Subscription
from tuiphone.simulator.vox.replies import Reply
from tuiphone.simulator.vox.rooms import MOST_PARTICIPANTS, InRoom, Member, Room, status


class Stage:
    """Carries out these requests; `leaves` takes a member out, and what is over is released in `closing`."""

    def __init__(self, tasks: Tasks, closing: Tasks, leaves: Callable[[Room, Member, Alert], None]) -> None:
        self._tasks = tasks
        self._closing = closing
        self._leaves = leaves
        self.handlers: dict[str, InRoom] = {
            "joinConferencePublisherReq": self._join,
            "iceConferenceReq": self._candidates,
            "subscribeToParticipantReq": self._subscribe,
            "subscribeToParticipantViewingReq": self._view,
        }

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
                self._closing.start(member.close())
            publication = Publication()
            joining = room.members[device.user] = Member(device.user, device, publication, is_ready=False)
            room.tell_devices(device.user, Alert.ENDED, room.creator, PHRASES[Ret.ELSEWHERE], but=device)
            work = self._publish(room, joining, device, publication, asked["sSdp"])
            self._tasks.start(work, failed=lambda: self._not_published(room, joining, device))

    async def _publish(self, room: Room, member: Member, device: Device, publication: Publication, sdp: str) -> None:
        answer = await publication.answer(sdp)
        if room.members.get(member.name) is not member:
            return
        member.is_ready = True
        fields = {"sConferenceId": room.id, "sSdp": answer, **status(Ret.OK)}
        device.ask("joinConferencePublisherAckReq", room.creator, **fields)
        room.tell_members(Alert.PUBLISHER_JOINED, member.name, but=member.name)
        for other in room.members.values():
            if other is not member and other.is_ready:
                room.tell(device, Alert.PUBLISHER_JOINED, other.name)

    def _not_published(self, room: Room, member: Member, device: Device) -> None:
        if room.members.get(member.name) is member:
            refusal = status(Ret.INTERNAL, "bad SDP")
            device.ask("joinConferencePublisherAckReq", room.creator, sConferenceId=room.id, **refusal)
            self._leaves(room, member, Alert.LEFT)

    def _subscribe(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member, other = room.member_on(device), room.members.get(asked["sImlId"])
        if member is None or other is None or not other.is_ready:
            reply(Ret.INTERNAL)
        elif other is member:
            reply(Ret.NOT_ALLOWED)
        else:
            reply(Ret.OK)
            if older := member.subscriptions.pop(other.name, None):
                self._closing.start(older.close())
            subscription = member.subscriptions[other.name] = Subscription(other.tracks(video=room.video))
            about = {"sConferenceId": room.id, "sImlId": other.name}

            def say(state: dict[str, Any], sdp: str = "") -> None:
                device.ask("subscribeToParticipantAckReq", other.name, **about, **state, sSdp=sdp)

            async def offer() -> None:
                say(status(Ret.OK), await subscription.offer())

            self._tasks.start(offer(), failed=lambda: say(status(Ret.INTERNAL)))

    def _view(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member, name = room.member_on(device), asked["sImlId"]
        subscription = member.subscriptions.get(name) if member else None
        if subscription is None or subscription.is_answered:
            reply(Ret.INTERNAL)
        elif not 0 < len(asked["sSdp"]) <= MAX_SDP:
            reply(Ret.INVALID_FIELD)
        else:
            reply(Ret.OK)
            subscription.is_answered = True
            about = {"sConferenceId": room.id, "sImlId": name}

            def say(state: dict[str, Any]) -> None:
                device.ask("subscribeToParticipantViewingAckReq", name, **about, **state)

            async def take() -> None:
                await subscription.accept(asked["sSdp"])
                say(status(Ret.OK))

            self._tasks.start(take(), failed=lambda: say(status(Ret.INTERNAL, "bad SDP")))

    def _candidates(self, room: Room, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        member, name, texts = room.member_on(device), asked["sImlId"], asked["sJsonIceCandidates"]
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
