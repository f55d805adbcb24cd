"""Who there is to call: users, robots, scripted users and telephones, and where each of them is."""

import re
from typing import Any

from tuiphone.simulator.sip.floor import HOST, Floor, Ring
from tuiphone.simulator.sip.peer import MakePeer
from tuiphone.simulator.sip.proxy import Target
from tuiphone.simulator.sip.registrar import Registrar
from tuiphone.simulator.sip.robots import PLAIN, make_peer, telephone
from tuiphone.simulator.sip.scripted import places, scripted

PASSWORDS = {"alice": "pw1", "bob": "pw2", "carol": "pw3"}
_NUMBER = re.compile(r"\+?[0-9][0-9.\-()]{2,30}")


class People:
    """Finds them by the user part of an address."""

    def __init__(self, registrar: Registrar, settings: dict[str, Any]) -> None:
        self._registrar = registrar
        self._settings = settings
        self.floor: Floor | None = None

    def is_user(self, name: str) -> bool:
        """Whether somebody may register under this name."""
        return name in PASSWORDS

    def is_robot(self, name: str) -> bool:
        """Whether this is one of ours: a robot, a scripted user or a telephone."""
        return name in PLAIN or scripted(name) is not None or bool(_NUMBER.fullmatch(name))

    def targets(self, name: str) -> list[Target] | None:
        """Where a request for somebody goes; None when there is nobody of that name."""
        if name in PASSWORDS:
            return [Target(one.contact, one.flow) for one in self._registrar.of(name)]
        if not self.is_robot(name) or self.floor is None:
            return None
        return [Target(f"sip:{one}@{HOST}", self.floor) for one in places(name)]


def cast(name: str) -> tuple[Ring, MakePeer]:
    """What a robot does when called, and its media."""
    ring = PLAIN.get(name) or scripted(name) or telephone
    return ring, make_peer(name)
