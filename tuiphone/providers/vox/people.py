"""The roster at Vox, who is there, and what people say of themselves (PROTOCOL.md sections 4.4 and 6)."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast

from google.protobuf.message import Message

from tuiphone.core.errors import ConnectionLost, NotPossible, ProviderError
from tuiphone.core.events import ContactsChanged, PresenceChanged, ProviderEvent
from tuiphone.core.model import Address, AddressKind, Availability, Contact, ContactAddress, Presence
from tuiphone.providers.vox import vox_pb2
from tuiphone.providers.vox.session import Session
from tuiphone.providers.vox.settings import id_problem

log = logging.getLogger(__name__)

CHUNK = 200
"""People asked about in one packet (section 12)."""
MAX_CONTACTS = 5000
MAX_WATCHED = 5000
MAX_NAME = 200
MAX_NOTE = 500
MAX_PICTURE = 500
POLL_SECONDS = 60.0
"""Vox tells of those on the roster by itself; of others only when it is asked."""
UNKNOWN = Presence()


@dataclass(frozen=True, slots=True)
class _Profile:
    """What somebody says of themselves."""

    name: str = ""
    status: str = ""
    picture: str = ""


@dataclass(slots=True)
class _Roster:
    """The contacts as the server last told."""

    types: dict[str, int] = field(default_factory=dict)
    """Names to contact types, in the server's order."""
    signed_up: set[str] = field(default_factory=set)
    """Those who are users of the project."""


class People:
    """Keeps the roster and who is there in step with the server, while there is a connection."""

    def __init__(self, emit: Callable[[ProviderEvent], None], *, own_name: str) -> None:
        self._emit = emit
        self._own_name = own_name
        self._session: Session | None = None
        self._roster = _Roster()
        self._profiles: dict[str, _Profile] = {}
        self._here: dict[str, Availability] = {}
        self._watched: dict[str, Address] = {}
        self._told: dict[str, Presence] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def open(self, session: Session) -> None:
        """There is a connection: what was known before may be old."""
        self._session = session
        self._here.clear()
        self._told.clear()
        self._spawn(self._poll())
        if self._own_name:
            self._spawn(self._introduce())

    async def close(self) -> None:
        """The connection is gone."""
        self._session = None
        tasks, self._tasks = self._tasks, set()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # -- the roster ---------------------------------------------------------------------------------------------------

    async def contacts(self) -> tuple[Contact, ...]:
        """Everybody on the roster.

        Raises: RequestFailed, RequestTimeout, ConnectionLost
        """
        said = cast("vox_pb2.getContactsRes", await self._ask("getContactsReq"))
        types = dict(enumerate(said.stContactTypes))
        listed = {name: types.get(i, vox_pb2.CUSTOM_CONTACT) for i, name in enumerate(said.sPhoneNums)}
        good = [name for name in listed if id_problem(name) is None][:MAX_CONTACTS]
        roster = _Roster({name: listed[name] for name in good})
        for chunk in _chunks(good):
            found = cast(
                "vox_pb2.isAppContactRes", await self._ask("isAppContactReq", uCount=len(chunk), sPhoneNums=chunk)
            )
            for name, profile in zip(found.sPhoneNums, found.stProfile, strict=False):
                if name in roster.types:
                    roster.signed_up.add(name)
                    self._profiles[name] = _read(profile)
            # A server that lists people without their profiles says at least that they are there.
            roster.signed_up.update(name for name in found.sPhoneNums if name in roster.types)
        self._roster = roster
        self._profiles = {name: kept for name, kept in self._profiles.items() if name in roster.types}
        return self._contacts()

    async def add(self, address: Address) -> None:
        """Put somebody on the roster; nobody minds when they are there, or when Vox does not know them (yet).

        Raises: NotPossible, RequestFailed, RequestTimeout, ConnectionLost
        """
        if problem := id_problem(address.text):
            raise NotPossible(problem)
        kind = vox_pb2.PHONE_CONTACT if address.kind is AddressKind.PHONE else vox_pb2.CUSTOM_CONTACT
        await self._ask("addNumReq", uCount=1, sPhoneNums=[address.text], stContactTypes=[kind])
        await self._tell_roster()

    async def remove(self, address: Address) -> None:
        """Take somebody off the roster.

        Raises: RequestFailed, RequestTimeout, ConnectionLost
        """
        await self._ask("deleteNumReq", sPhoneNums=address.text)
        await self._tell_roster()

    async def _tell_roster(self) -> None:
        self._emit(ContactsChanged(await self.contacts()))

    def _contacts(self) -> tuple[Contact, ...]:
        return tuple(self._contact(name) for name in self._roster.types)

    def _contact(self, name: str) -> Contact:
        profile = self._profiles.get(name, _Profile())
        note = f"Picture: {self._picture(profile.picture)}" if profile.picture else None
        return Contact(0, profile.name or name, (ContactAddress(self._address(name)),), note=note)

    def _address(self, name: str) -> Address:
        """A telephone, unless it is the number by which somebody is a user of the project."""
        is_phone = self._roster.types.get(name) == vox_pb2.PHONE_CONTACT and name not in self._roster.signed_up
        digits = name.removeprefix("+")
        number = is_phone and digits.isascii() and digits.isdecimal()
        return Address(AddressKind.PHONE if number else AddressKind.USER, name)

    def _picture(self, picture: str) -> str:
        """Where the picture of this id is; shown, and never fetched by itself."""
        bucket = "" if self._session is None else self._session.media_bucket
        if bucket and bucket.isascii() and bucket.replace("-", "").replace(".", "").isalnum():
            return f"https://{bucket}.s3.ap-southeast-1.amazonaws.com/{picture}"
        return picture

    # -- who is there -------------------------------------------------------------------------------------------------

    async def watch(self, addresses: Iterable[Address]) -> None:
        """Ask how these people are, and hear of it from now on. Telephones are nobody's presence.

        Raises: RequestFailed, RequestTimeout, ConnectionLost
        """
        users = {each.text: Address(each.kind, each.text) for each in addresses if each.kind is AddressKind.USER}
        fresh = [name for name in users if name not in self._watched and id_problem(name) is None]
        fresh = fresh[: max(0, MAX_WATCHED - len(self._watched))]
        self._watched |= {name: users[name] for name in fresh}
        await self._look_at(name for name in users if name in self._watched)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self._quietly(self._look_at([name for name in self._watched if name not in self._roster.types]))

    async def _look_at(self, names: Iterable[str]) -> None:
        for chunk in _chunks(list(names)):
            said = cast("vox_pb2.getPresenceRes", await self._ask("getPresenceReq", sPhoneNums=chunk))
            found = {each.sPhoneNum: each for each in said.stPresence}
            for name in chunk:
                if (presence := found.get(name)) is not None:
                    # Only this word means that somebody is not there (section 5).
                    gone = presence.sStatus.upper() == "OFFLINE"
                    self._see(name, Availability.OFFLINE if gone else Availability.ONLINE, presence.sPresenceStatusMsg)
                else:
                    self._see(name, Availability.UNKNOWN, "")

    def _see(self, name: str, availability: Availability, status: str | None) -> None:
        if not self._is_known(name):
            return
        self._here[name] = availability
        if status is not None:
            self._profiles[name] = replace(self._profiles.get(name, _Profile()), status=_text(status, MAX_NOTE))
        self._tell(name)

    def _is_known(self, name: str) -> bool:
        return name in self._watched or name in self._roster.types

    def _tell(self, name: str) -> None:
        note = self._profiles.get(name, _Profile()).status or None
        presence = Presence(self._here.get(name, Availability.UNKNOWN), note)
        if self._told.get(name, UNKNOWN) != presence:
            self._told[name] = presence
            self._emit(PresenceChanged(self._watched.get(name) or self._address(name), presence))

    # -- what the server tells ----------------------------------------------------------------------------------------

    def take(self, kind: int, message: Message) -> None:
        """Somebody came, went, changed what they say of themselves, or is a user of the project from now on."""
        match message:
            case vox_pb2.userPresenceChangedReq():
                self._reply(message)
                said = message.stPresence
                here = said.sStatus.upper() == "ONLINE"
                status = said.sPresenceStatusMsg if said.HasField("sPresenceStatusMsg") else None
                self._see(said.sPhoneNum, Availability.ONLINE if here else Availability.OFFLINE, status)
            case vox_pb2.userProfileChangedReq():
                self._reply(message)
                self._change(message.sProfileUserMobNu, message.stProfile)
            case vox_pb2.userJoinedReq():
                self._reply(message)
                self._spawn(self._welcome(message.sJoinedUserMobNu))
            case _:
                log.debug("nothing of people: type %d", kind)

    def _change(self, name: str, said: vox_pb2.sProfile) -> None:
        if not self._is_known(name):
            return
        before = self._profiles.get(name, _Profile())
        # Only what changed is there; what was cleared is there, and empty.
        after = replace(
            before,
            name=_text(said.sUserName, MAX_NAME) if said.HasField("sUserName") else before.name,
            status=_text(said.sPresenceStatusMsg, MAX_NOTE) if said.HasField("sPresenceStatusMsg") else before.status,
            picture=_text(said.sProfilePicId, MAX_PICTURE) if said.HasField("sProfilePicId") else before.picture,
        )
        self._profiles[name] = after
        self._tell(name)
        if name in self._roster.types and (after.name, after.picture) != (before.name, before.picture):
            self._emit(ContactsChanged(self._contacts()))

    async def _welcome(self, name: str) -> None:
        """Somebody of the roster signed up: now they have a name of their own, and may be there."""
        await self._tell_roster()
        if name in self._roster.types:
            await self._look_at([name])

    # -- ourselves ----------------------------------------------------------------------------------------------------

    async def publish(self, presence: Presence) -> None:
        """Say how we are; whether we are there Vox sees for itself.

        Raises: RequestFailed, RequestTimeout, ConnectionLost
        """
        await self._describe(sPresenceStatusMsg=(presence.note or "")[:MAX_NOTE])

    async def _introduce(self) -> None:
        """Have others see the name of the settings."""
        await self._describe(sUserName=self._own_name)

    async def _describe(self, **changes: str) -> None:
        # Nothing says that what is left out stays as it was, so that all of it goes back.
        user = self._connected().user
        known = cast("vox_pb2.getProfileRes", await self._ask("getProfileReq", sMobNum=user)).stProfile
        profile = {
            "sUserName": known.sUserName,
            "sPresenceStatusMsg": known.sPresenceStatusMsg,
            "sProfilePicId": known.sProfilePicId,
            "sUserId": known.sUserId,
        }
        if profile | changes != profile:
            kept = {name: value for name, value in (profile | changes).items() if value or name in changes}
            await self._ask("setProfileReq", stProfile=kept)

    # -- small things -------------------------------------------------------------------------------------------------

    def _connected(self) -> Session:
        if self._session is None:
            raise ConnectionLost("There is no connection to Vox at present.")
        return self._session

    async def _ask(self, name: str, **fields: object) -> Message:
        return await self._connected().ask(name, **fields)

    def _reply(self, message: Message) -> None:
        if self._session is not None:
            self._session.reply(message)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _quietly(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ProviderError as error:
            log.info("people: %s", error)


def _read(profile: vox_pb2.sProfile) -> _Profile:
    return _Profile(
        _text(profile.sUserName, MAX_NAME),
        _text(profile.sPresenceStatusMsg, MAX_NOTE),
        _text(profile.sProfilePicId, MAX_PICTURE),
    )


def _text(value: str, limit: int) -> str:
    return value[:limit]


def _chunks(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), CHUNK):
        yield names[start : start + CHUNK]
