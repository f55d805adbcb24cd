"""Who there is to call: users, robots, scripted users and telephones, and where each of them is."""

import re
from typing import Any

from tuiphone.simulator import extensions
from tuiphone.simulator.extensions import EXTENSIONS
from tuiphone.simulator.sip.floor import HOST, Floor, Ring
from tuiphone.simulator.sip.peer import MakePeer
from tuiphone.simulator.sip.proxy import Target
from tuiphone.simulator.sip.registrar import Registrar
from tuiphone.simulator.sip.robots import PLAIN, make_peer, telephone
from tuiphone.simulator.sip.scripted import is_scripted, places, scripted

PASSWORDS = {"alice": "pw1", "bob": "pw2", "carol": "pw3"}
LOGINS = PASSWORDS | extensions.PASSWORDS
"""The users, and the extensions of the simulated PBXes."""
_NUMBER = re.compile(r"\+?[0-9][0-9.\-()]{2,30}")


class People:
    """Finds them by the user part of an address."""

    def __init__(self, registrar: Registrar, floor: Floor) -> None:
        self._registrar = registrar
        self._floor = floor

    def is_known(self, name: str) -> bool:
        """Whether there is somebody of this name."""
        return name in LOGINS or self.is_robot(name)

    def is_there(self, name: str) -> bool:
        """Whether somebody could be called now."""
        return any(self._registrar.of(one) for one in _rings(name)) if name in LOGINS else self.is_robot(name)

    def is_robot(self, name: str) -> bool:
        """Whether this is one of ours: a robot, a scripted user or a telephone."""
        return name in PLAIN or is_scripted(name) or bool(_NUMBER.fullmatch(name))

    def targets(self, name: str) -> list[Target] | None:
        """Where a request for somebody goes; None when there is nobody of that name."""
        if name in LOGINS:
            return [Target(one.contact, one.flow) for user in _rings(name) for one in self._registrar.of(user)]
        if not self.is_robot(name):
            return None
        return [Target(f"sip:{one}@{HOST}", self._floor) for one in places(name)]


def owner(name: str) -> str:
    """Whose line it is: that of an extension is its user's."""
    return EXTENSIONS.get(name) or name


def _rings(name: str) -> set[str]:
    """The users whose devices ring when somebody is called."""
    return {name, owner(name)}


def cast(name: str, *, settings: dict[str, Any]) -> tuple[Ring, MakePeer]:
    """What a robot does when called, and its media."""
    ring = PLAIN.get(name) or scripted(name, settings) or telephone
    return ring, make_peer(name)
