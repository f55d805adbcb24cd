"""The group calls of one account: making them, handing each packet of family 4 to its own (PROTOCOL.md section 8)."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from tuiphone.core.call import Attendance, CallDirection
from tuiphone.core.errors import ConnectionLost, NotPossible, RequestFailed, RequestTimeout
from tuiphone.core.events import CallStarted, ProviderEvent, ProviderFaulted
from tuiphone.core.model import Address
from tuiphone.core.ports import CallMedia
from tuiphone.core.provider import REQUEST_SECONDS
from tuiphone.providers.fields import MAX_ID
from tuiphone.providers.goodbyes import Goodbyes
from tuiphone.providers.refs import Refs
from tuiphone.providers.vox import codes, vox_pb2
from tuiphone.providers.vox.attendees import Attendees, title_of, users_of
from tuiphone.providers.vox.conference import AUDIO, VIDEO, Alert, Conference, participant
from tuiphone.providers.vox.groupcall import GroupCall
from tuiphone.providers.vox.session import Session

log = logging.getLogger(__name__)

MAX_GROUPS = 10
"""Group calls at once; a server that rings with more is not listened to."""
MAX_PAST = 500
SHARABLE = 3
"""Everybody who is in it may ask others into it."""


class Groups:
    """All group calls, while there is a connection and beyond."""

    def __init__(self, emit: Callable[[ProviderEvent], None], *, us: str, name: str = "") -> None:
        """`us` is our login; `name` is how others are to see us."""
        self._emit = emit
        self._us = us
        self._name = name or us
        self._session: Session | None = None
        self._calls: dict[str, GroupCall] = {}
        """By the conference's id."""
        self._past: deque[str] = deque(maxlen=MAX_PAST)
        """Conferences that the person declined or left."""
        self._refs = Refs()
        self._goodbyes = Goodbyes[tuple[str, dict[str, Any]]]()
        self._creating = asyncio.Lock()
        self._created: asyncio.Future[vox_pb2.createConferenceAckReq] | None = None
        self._asked: frozenset[str] = frozenset()

    # -- the connection -----------------------------------------------------------------------------------------------

    def open(self, session: Session) -> None:
        """We are logged in (again)."""
        self._session = session
        for request, fields in self._goodbyes.due():
            session.post(request, **fields)
        for call in list(self._calls.values()):
            call.link_is_back()

    def close(self) -> None:
        """The link is gone: answered calls go on, and those that ring here until their time is over."""
        if self._session is None:
            return
        self._session = None
        self._goodbyes.link_lost()
        if self._created is not None and not self._created.done():
            self._created.set_exception(ConnectionLost("The connection to Vox was lost meanwhile."))
        for call in list(self._calls.values()):
            call.link_lost()

    def give_up(self) -> None:
        """The link does not come back: calls that were not answered are over."""
        for call in list(self._calls.values()):
            call.link_lost(for_good=True)

    def session(self) -> Session:
        """The connection. Raises: ConnectionLost."""
        if self._session is None:
            raise ConnectionLost("There is no connection to Vox at present.")
        return self._session

    def post_last(self, request: str, /, **fields: Any) -> None:
        """Send what ends a call: now, or after the next log-in; again, if it may have been lost with the link."""
        self._goodbyes.add((request, fields))
        if self._session is not None:
            self._session.post(request, **fields)

    async def flush(self) -> None:
        """Wait a little until everything is out."""
        if self._session is not None:
            await self._session.flush()

    @property
    def is_in_one(self) -> bool:
        """We are in a group call."""
        return any(call.answered for call in self._calls.values())

    def forget(self, call: GroupCall) -> None:
        """The call is over."""
        if self._calls.get(call.conference.id) is call:
            del self._calls[call.conference.id]
        if call.was_left:
            self._past.append(call.conference.id)

    # -- calls of ours ------------------------------------------------------------------------------------------------

    def find(self, ref: str) -> GroupCall | None:
        """The group call of this ref, if it goes on."""
        return next((call for call in self._calls.values() if call.ref == ref), None)

    async def start(self, people: tuple[Address, ...], *, video: bool, media: CallMedia | None) -> str:
        """Call these users together; returns when the conference is there, and the call has begun.

        Raises: NotPossible, ProviderError
        """
        if media is None:
            raise NotPossible("There is no sound here to make a group call with.")
        names = users_of(people, but=self._us)
        async with self._creating:
            ack = await self._create(names, video=video)
        # A server that says whom it lets in says so of all of them.
        known = {one.sImlId for one in ack.stParticipantCreds}
        here = [name for name in names if name in known] if known else list(names)
        if not here:
            self.post_last("destroyConferenceReq", sConferenceId=ack.sConferenceId)
            raise RequestFailed(404, f"Vox knows nobody called {' or '.join(names)}.")
        attendees = Attendees(self._us, None)
        for name in here:
            attendees.note(name, Attendance.INVITED)
        call = self._begin(ack.sConferenceId, ack.ullCommonBridgePin, attendees, video=video, is_ours=True)
        self._emit(self._started(call, CallDirection.OUTGOING, media))
        if strangers := [name for name in names if name not in here]:
            self._emit(ProviderFaulted(f"Vox did not invite {' and '.join(strangers)}; are they its users?", call.ref))
        call.begin(media)
        return call.ref

    async def _create(self, names: tuple[str, ...], *, video: bool) -> vox_pb2.createConferenceAckReq:
        session = self.session()
        self._created = asyncio.get_running_loop().create_future()
        self._asked = frozenset((self._us, *names))
        try:
            await session.ask(
                "createConferenceReq",
                sTitle=title_of(self._name, names),
                ullStartTime=session.now_ms(),
                stConfig={"ePrivacyType": SHARABLE, "bIsChatAllowed": False, "bSendNotifications": True},
                stParticipants=[participant(name) for name in names],
                eConferenceType=VIDEO if video else AUDIO,
            )
            async with asyncio.timeout(REQUEST_SECONDS):
                ack = await self._created
        except TimeoutError as error:
            raise RequestTimeout("Vox did not make the group call in time. Try again.") from error
        finally:
            # A conference that comes too late is destroyed by `take`.
            self._created.cancel()
            self._created = None
        if not codes.is_success(ack.eStatusCode):
            raise codes.failure(ack.eStatusCode)
        if not _is_id(ack.sConferenceId) or ack.sConferenceId in self._calls:
            raise RequestFailed(500, "Vox made a group call without saying which. Try again.")
        return ack

    def _begin(self, conference: str, pin: int, attendees: Attendees, *, video: bool, is_ours: bool) -> GroupCall:
        call = GroupCall(
            Conference(self, conference, pin),
            self._emit,
            ref=self._refs.of(conference),
            video=video,
            attendees=attendees,
            is_ours=is_ours,
            over=self.forget,
        )
        self._calls[conference] = call
        return call

    def _started(self, call: GroupCall, direction: CallDirection, media: CallMedia | None) -> CallStarted:
        people = call.attendees
        return CallStarted(call.ref, people.room, direction, call.video, participants=people.everybody, media=media)

    # -- what the server says -----------------------------------------------------------------------------------------

    def take(self, message: Message) -> None:
        """Reply to a request of family 4, and hand it to its call; what is about one that is over, or that nobody
        knows, is nothing."""
        if self._session is None:
            return
        self._session.reply(message)
        if isinstance(message, vox_pb2.createConferenceAckReq):
            return self._take_created(message)
        call = self._calls.get(str(getattr(message, "sConferenceId", "")))
        if call is not None:
            call.take(message)
        elif isinstance(message, vox_pb2.conferenceAlertReq):
            self._take_alert(message)

    def _take_created(self, ack: vox_pb2.createConferenceAckReq) -> None:
        names = {one.sImlId for one in ack.stParticipantCreds}
        if self._created is not None and not self._created.done() and names <= self._asked:
            self._created.set_result(ack)
        elif codes.is_success(ack.eStatusCode) and _is_id(ack.sConferenceId) and ack.sConferenceId not in self._calls:
            log.info("a group call that nobody waits for any more is ended")
            self.post_last("destroyConferenceReq", sConferenceId=ack.sConferenceId)

    def _take_alert(self, message: vox_pb2.conferenceAlertReq) -> None:
        alert = message.stConferenceAlert
        is_new = message.eAlertType in (Alert.CREATED, Alert.STARTED) and message.sConferenceId not in self._past
        is_call = is_new or (message.eAlertType == Alert.ADDED and alert.sImlId == self._us)
        if not is_call or not _is_id(message.sConferenceId):
            return
        if len(self._calls) >= MAX_GROUPS:
            log.warning("too many group calls at once; one is not shown")
            return
        began = alert.sImlId if alert.sImlId != self._us else ""
        attendees = Attendees(self._us, alert.sName if alert.sName != alert.sImlId else None)
        attendees.note(began, Attendance.JOINED)
        pin, video = message.ullCommonBridgePin, alert.eConferenceType == VIDEO
        call = self._begin(message.sConferenceId, pin, attendees, video=video, is_ours=False)
        self._emit(self._started(call, CallDirection.INCOMING, None))
        call.came_in()


def _is_id(conference: str) -> bool:
    return 0 < len(conference) <= MAX_ID and conference.isprintable()
