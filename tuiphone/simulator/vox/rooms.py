"""A conference: who is invited, who is in it, what media they have of each other, and who is told what (section 8)."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiortc.mediastreams import MediaStreamTrack

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.speech import Voice
from tuiphone.simulator.tracks import Pattern, Sound, Tone
from tuiphone.simulator.vox.codes import PHRASES, Alert, Ret
from tuiphone.simulator.vox.device import Device, connected
from tuiphone.simulator.vox.relay import Publication, Subscription
from tuiphone.simulator.vox.replies import Reply

MOST_PARTICIPANTS = 8
AUDIO, VIDEO = 1, 2
PUBLIC, PRIVATE = 1, 2
_TONE_HZ = 440
ROBOTS: dict[str, Callable[[], Sound]] = {"voice": Voice, "tone": lambda: Tone(_TONE_HZ), "echo": Sound}
"""Robots that take part, and what they say; they do not hear."""


@dataclass(eq=False, slots=True)
class Member:
    """Somebody who joined, with one device; a robot has none and publishes nothing that would have to be relayed."""

    name: str
    device: Device | None = None
    publication: Publication | None = None
    is_ready: bool = True
    subscriptions: dict[str, Subscription] = field(default_factory=dict)

    def tracks(self, *, video: bool) -> list[MediaStreamTrack]:
        """What a subscriber of this member gets."""
        if self.publication:
            return [tap.outlet() for tap in self.publication.taps.values()]
        sound = ROBOTS[self.name]()
        return [sound, Pattern()] if video and self.name != "tone" else [sound]

    async def close(self) -> None:
        """Let go of the media."""
        subscriptions, self.subscriptions = self.subscriptions, {}
        for subscription in subscriptions.values():
            await subscription.close()
        if self.publication:
            await self.publication.close()


class Room:
    """One conference, until it is destroyed or everybody has left."""

    def __init__(self, exchange: Exchange, creator: str, title: str, pin: int, privacy: int, *, video: bool) -> None:
        self.id = str(uuid.uuid4())
        self.creator = creator
        self.pin = pin
        self.privacy = privacy
        self.video = video
        self.members: dict[str, Member] = {}
        self.invited: dict[str, None] = {}
        self._exchange = exchange
        self._title = title
        self._alerted: set[tuple[str, str]] = set()

    @property
    def people(self) -> Iterator[Member]:
        """The members that are no robots."""
        return (member for member in self.members.values() if member.device)

    def member_on(self, device: Device) -> Member | None:
        """The member that joined with this device."""
        member = self.members.get(device.user)
        return member if member and member.device is device else None

    def invite(self, name: str) -> None:
        """Ring on every device of somebody; a robot comes at once."""
        self.invited[name] = None
        if name in ROBOTS:
            self.members[name] = Member(name)
            self.tell_members(Alert.PUBLISHER_JOINED, name)
        for device in connected(self._exchange, name):
            self.ring(device)

    def ring(self, device: Device) -> None:
        """Tell a device of the conference, unless it knows or its user is in it."""
        key = (device.user, device.device)
        if device.user in self.invited and device.user not in self.members and key not in self._alerted:
            self._alerted.add(key)
            self.tell(device, Alert.CREATED, self.creator, name=self._title)

    def tell(self, device: Device, alert: Alert, about: str, *, name: str = "", **more: Any) -> None:
        """One alert to one device."""
        kind = VIDEO if self.video else AUDIO
        said = {"sImlId": about, "sName": name or about, "eConferenceType": kind, **more}
        fields = {"sConferenceId": self.id, "ullCommonBridgePin": self.pin, "stConferenceAlert": said}
        device.ask("conferenceAlertReq", about, eAlertType=int(alert), **fields)

    def tell_members(self, alert: Alert, about: str, *, but: str = "", **more: Any) -> None:
        """An alert to everybody who joined."""
        for member in self.people:
            if member.name != but and member.device:
                self.tell(member.device, alert, about, **more)

    def tell_everybody(self, alert: Alert, about: str, message: str, *, but: Device | None = None) -> None:
        """An alert to everybody who joined or was rung."""
        for name in {**self.invited, self.creator: None}:
            self.tell_devices(name, alert, about, message, but=but)

    def tell_devices(self, name: str, alert: Alert, about: str, message: str, *, but: Device | None = None) -> None:
        """An alert to the devices of one user that joined or were rung."""
        member = self.members.get(name)
        for device in connected(self._exchange, name):
            is_in = member is not None and member.device is device
            if device is not but and (is_in or (name, device.device) in self._alerted):
                self.tell(device, alert, about, sMessage=message)


InRoom = Callable[[Room, Device, dict[str, Any], Reply], None]
"""Carries out a request about a conference that is there, of a device that may ask."""


def status(ret: Ret, reason: str = "") -> dict[str, Any]:
    """How something went, as acknowledgements say it."""
    return {"eStatusCode": int(ret), "sStatusReason": reason or PHRASES[ret]}
