"""What a device may ask about people, and who is told of changes (sections 4.4 and 11)."""

from typing import Any

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.vox.codes import Ret
from tuiphone.simulator.vox.device import Device, connected, tell
from tuiphone.simulator.vox.people import MOST_CONTACTS, People, Person, is_listable, now_ms
from tuiphone.simulator.vox.replies import Handler, Reply

_CUSTOM = 1


class Roster:
    """Carries out requests about people."""

    def __init__(self, exchange: Exchange, people: People) -> None:
        self._exchange = exchange
        self._people = people
        self.handlers: dict[str, Handler] = {
            "addNumReq": self._add,
            "deleteNumReq": self._remove,
            "getContactsReq": self._contacts,
            "isAppContactReq": self._signed_up,
            "getPresenceReq": self._presence,
            "setProfileReq": self._change_profile,
            "getProfileReq": self._profile,
        }

    def came_or_went(self, name: str) -> None:
        """The first device of a user came, or the last one went: 293 to who has the contact."""
        person = self._people.find(name) or Person(name, "")
        person.seen_ms = now_ms()
        self._tell_who_list(name, "userPresenceChangedReq", stPresence=self._presence_of(person))

    def joined(self, name: str) -> None:
        """A user was created: 5 to who listed that name before."""
        self._tell_who_list(name, "userJoinedReq", sJoinedUserMobNu=name)

    def _tell_who_list(self, name: str, request: str, **fields: Any) -> None:
        for person in list(self._people.who_list(name)):
            tell(self._exchange, person.name, lambda device: device.ask(request, name, **fields))

    def _add(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        person = self._people.find(device.user)
        names, kinds = asked["sPhoneNums"], asked["stContactTypes"]
        if person is None or not names or not all(is_listable(name) for name in names):
            reply(Ret.INVALID_FIELD)
            return
        ret = Ret.OK
        for number, name in enumerate(names):
            if name == device.user:
                ret = Ret.NOT_ALLOWED
                continue
            if name not in person.contacts and len(person.contacts) >= MOST_CONTACTS:
                ret = Ret.LIMIT
                break
            if (name in person.contacts or self._people.find(name) is None) and ret is Ret.OK:
                ret = Ret.RESEND
            person.contacts[name] = kinds[number] if number < len(kinds) else _CUSTOM
        reply(ret)

    def _remove(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        person = self._people.find(device.user)
        if person:
            person.contacts.pop(asked["sPhoneNums"], None)
        reply(Ret.OK)

    def _contacts(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        person = self._people.find(device.user)
        contacts = person.contacts if person else {}
        reply(Ret.OK, sPhoneNums=list(contacts), stContactTypes=list(contacts.values()))

    def _signed_up(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        people = [one for one in map(self._people.find, asked["sPhoneNums"][:MOST_CONTACTS]) if one]
        reply(
            Ret.OK,
            uCount=len(people),
            sPhoneNums=[one.name for one in people],
            stProfile=[_whole_profile(one) for one in people],
        )

    def _presence(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        person = self._people.find(device.user)
        names = asked["sPhoneNums"][:MOST_CONTACTS] or (list(person.contacts) if person else [])
        people = [one for one in map(self._people.find, names) if one]
        reply(Ret.OK, stPresence=[self._presence_of(one) for one in people])

    def _presence_of(self, person: Person) -> dict[str, Any]:
        is_here = person.password is None or bool(connected(self._exchange, person.name))
        return {
            "sPhoneNum": person.name,
            "sStatus": "ONLINE" if is_here else "OFFLINE",
            "sTime": person.seen_ms,
            "sPresenceStatusMsg": person.profile.get("sPresenceStatusMsg", ""),
        }

    def _change_profile(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        reply(Ret.OK)
        person = self._people.find(device.user)
        if person and (changed := self._people.change_profile(person, asked["stProfile"])):
            fields = {"sProfileUserMobNu": person.name, "stProfile": changed}
            self._tell_who_list(person.name, "userProfileChangedReq", **fields)

    def _profile(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        person = self._people.find(asked["sMobNum"])
        reply(Ret.OK if person else Ret.INTERNAL, stProfile=_whole_profile(person) if person else {})


def _whole_profile(person: Person) -> dict[str, str]:
    return {**person.profile, "sUserId": person.name}
