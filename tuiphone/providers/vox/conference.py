"""What one can ask of a conference, and what its server tells (PROTOCOL.md section 8, family 4)."""

from collections.abc import Iterable
from enum import IntEnum
from typing import Any, Protocol, cast

from google.protobuf.message import Message

from tuiphone.providers.vox import vox_pb2
from tuiphone.providers.vox.session import Session

DEFAULT_PIN = 1234
"""Where the server names none."""
AUDIO, VIDEO = 1, 2
USER = 1
BY_THEMSELVES = 2
"""Who muted somebody: 1 would be whoever began the call."""


class Alert(IntEnum):
    """What the server tells of a conference, as far as it means something here."""

    CREATED = 1
    STARTED = 2
    ADDED = 3
    REMOVED = 4
    PUBLISHER_JOINED = 5
    LEFT = 6
    ENDED = 9
    ADMIN_MUTED = 11
    SELF_MUTED = 12


class Office(Protocol):
    """What a conference needs of the whole of them."""

    def session(self) -> Session:
        """The connection. Raises: ConnectionLost."""
        ...

    def post_last(self, request: str, /, **fields: Any) -> None:
        """Send what ends a call, now or after the next log-in."""
        ...

    async def flush(self) -> None:
        """Wait a little until everything is out: the account may be switched off right after the hang-up."""
        ...


class Conference:
    """The requests about one; all of them raise ProviderError."""

    def __init__(self, office: Office, id: str, pin: int) -> None:
        self.id = id
        self.office = office
        self._pin = pin or DEFAULT_PIN

    async def ask(self, request: str, /, **fields: Any) -> Message:
        """Any request about this conference."""
        return await self.office.session().ask(request, sConferenceId=self.id, **fields)

    async def join(self, sdp: str, *, video: bool) -> None:
        """Publish what this offers; the answer comes by itself."""
        kind = VIDEO if video else AUDIO
        await self.ask("joinConferencePublisherReq", eConferenceType=kind, sSdp=sdp, ullPin=self._pin)

    async def participants(self) -> list[str]:
        """Who is in it."""
        said = cast("vox_pb2.conferenceParticipantsRes", await self.ask("conferenceParticipantsReq"))
        return [one.sImlId for one in said.stDetails]

    async def publishers(self) -> list[str]:
        """Who can be listened to."""
        said = cast("vox_pb2.conferencePublishersRes", await self.ask("conferencePublishersReq"))
        return list(said.sPublishers)

    async def add(self, names: Iterable[str]) -> None:
        """Ask these users to come."""
        await self.ask("addParticipantsReq", stAddParticipants=[participant(name) for name in names])

    async def remove(self, names: Iterable[str]) -> None:
        """Take these users out."""
        await self.ask("removeParticipantsReq", sImlIds=list(names))

    async def mute(self, us: str, on: bool) -> None:
        """We closed our microphone, or opened it."""
        await self.ask("conferenceMuteUnmuteReq", sImlId=us, sOption=on, eMuteParticipantType=BY_THEMSELVES)

    def leave(self) -> None:
        """Go; the others go on. Never raises."""
        self.office.post_last("leaveConferenceReq", sConferenceId=self.id)

    def destroy(self) -> None:
        """End it for everybody. Never raises."""
        self.office.post_last("destroyConferenceReq", sConferenceId=self.id)


def participant(name: str) -> dict[str, Any]:
    """A user as the server wants to have participants."""
    return {"stParticipantDetails": {"eParticipantType": USER, "sImlId": name, "sName": name}}
