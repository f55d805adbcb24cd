"""What is asked of the server beside calls: users and whether they are online (10), application state and push (11)."""

from typing import Any

from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.azstack.device import Device
from tuiphone.simulator.azstack.fields import number, text
from tuiphone.simulator.azstack.people import People, User
from tuiphone.simulator.exchange import Exchange

MOST_ASKED = 1000
"""Users in one question; the rest of them is left out."""


class Lookups:
    """Answers questions about users."""

    def __init__(self, exchange: Exchange, people: People) -> None:
        self._exchange = exchange
        self._people = people

    def by_ids(self, device: Device, body: dict[str, Any]) -> None:
        """164."""
        asked = body.get("userIdList")
        users = [
            self._people.numbered(one)
            for one in (asked[:MOST_ASKED] if isinstance(asked, list) else [])
            if isinstance(one, int) and not isinstance(one, bool)
        ]
        self._reply(device, az.USERS_BY_ID, body, users, understood=isinstance(asked, list))

    def by_names(self, device: Device, body: dict[str, Any]) -> None:
        """165."""
        asked = body.get("usernameList")
        names = asked[:MOST_ASKED] if isinstance(asked, list) else []
        users = [self._people.named(one) for one in names if isinstance(one, str)]
        self._reply(device, az.USERS_BY_NAME, body, users, understood=isinstance(asked, list))

    def _reply(
        self, device: Device, service: int, body: dict[str, Any], users: list[User | None], *, understood: bool
    ) -> None:
        found = [self._about(user) for user in users if user]
        result = {"r": 1 if understood else 0, "done": 1, "purpose": number(body, "purpose"), "userInfoList": found}
        device.push(service, result)

    def _about(self, user: User) -> dict[str, Any]:
        return {
            "userId": user.id,
            "username": user.name,
            "fullname": user.fullname,
            "status": 1 if self._exchange.online(user.name) else 0,
            "lastVisitDate": user.last_visit_ms,
        }


def application_state(device: Device, body: dict[str, Any]) -> None:
    """105: any reply completes it."""
    device.push(az.APPLICATION_STATE, {"r": 1})


def register_push(device: Device, body: dict[str, Any]) -> None:
    """38; nothing is ever pushed that way here."""
    device.push(az.PUSH_REGISTERED, {"r": 1 if text(body, "id") else 0})


def unregister_push(device: Device, body: dict[str, Any]) -> None:
    """40."""
    device.push(az.PUSH_UNREGISTERED, {"r": 1 if text(body, "id") else 0})
