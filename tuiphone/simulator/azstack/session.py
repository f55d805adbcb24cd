"""One connection to the AZStack simulator: heartbeat, which of the two kinds it is, the log-in, and its loss (2, 4)."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.azstack import frames
from tuiphone.simulator.azstack import services as az
from tuiphone.simulator.azstack.desk import Desk
from tuiphone.simulator.azstack.device import Device
from tuiphone.simulator.azstack.fields import number, text
from tuiphone.simulator.azstack.people import People, User
from tuiphone.simulator.azstack.token import Keys
from tuiphone.simulator.link import Link

logger = logging.getLogger(__name__)

MOST_REFUSALS = 30
"""Log-ins that may fail on one connection before it is dropped."""
_REFUSED = {"resultCode": 1}


@dataclass(frozen=True, slots=True)
class Rules:
    """What every connection is told and checked by."""

    keys: Keys
    app_id: str
    slave_ip: str
    slave_port: int
    ice_servers: list[dict[str, str]]
    ping_interval_s: float
    ping_timeout_s: float
    unanswered: frozenset[int]


class Session:
    """A master connection once it asked for a chat server, a slave connection once it authenticated."""

    def __init__(self, link: Link, rules: Rules, people: People, desk: Desk) -> None:
        self._link = link
        self._rules = rules
        self._people = people
        self._desk = desk
        self._device: Device | None = None
        self._is_master = False
        self._refusals = 0
        self._loop = asyncio.get_running_loop()
        self._heard_at = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Greet, and connect the client to the namespace unasked."""
        self._link.send_raw(frames.opened(self._rules.ping_interval_s, self._rules.ping_timeout_s))
        self._link.send_raw(frames.CONNECTED)
        self._listen()

    def take(self, frame: str) -> bool:
        """One frame from the client; false when it wants the socket closed."""
        self._heard_at = self._loop.time()
        match frames.read(frame):
            case frames.Ping(echoed):
                self._link.send_raw(f"3{echoed}")
            case frames.Packet(service, body) if service not in self._rules.unanswered:
                self._sort(service, body)
            case frames.Leave():
                self._leave()
            case frames.Close():
                return False
            case _:
                pass
        return True

    def end(self) -> None:
        """The socket is gone."""
        if self._watch:
            self._watch.cancel()
        self._leave()

    def _sort(self, service: int, body: dict[str, Any] | None) -> None:
        if self._device:
            if body is not None:
                self._desk.carry_out(self._device, service, body)
        elif service == az.GET_SERVER and body is not None:
            self._is_master = True
            self._send(az.GET_SERVER, {"ip": self._rules.slave_ip, "port": self._rules.slave_port})
        elif service == az.AUTHENTICATE and not self._is_master:
            self._log_in(body or {})

    def _log_in(self, body: dict[str, Any]) -> None:
        user = self._user_of(body)
        if user is None:
            self._send(az.AUTHENTICATED, _REFUSED)
            self._refusals += 1
            if self._refusals >= MOST_REFUSALS:
                self._link.drop()
            return
        user.fullname = text(body, "fullname") or user.name
        reply = {"resultCode": 0, "userId": user.id, "username": user.name, "fullname": user.fullname}
        self._send(az.AUTHENTICATED, {**reply, "ice_server": self._rules.ice_servers})
        self._device = self._desk.arrived(user, self._link)

    def _user_of(self, body: dict[str, Any]) -> User | None:
        # Everything is looked at, whatever is wrong, so that no refusal is quicker than another.
        name = self._rules.keys.user_of(body.get("token"))
        is_ours = text(body, "appId") == self._rules.app_id
        slave = (text(body, "slaveIp"), number(body, "slavePort"))
        if name is None or not is_ours or slave != (self._rules.slave_ip, self._rules.slave_port):
            return None
        return self._people.made(name)

    def _send(self, service: int, body: dict[str, Any]) -> None:
        self._link.send_raw(frames.packet(service, body))

    def _leave(self) -> None:
        device, self._device = self._device, None
        if device:
            self._desk.left(device)

    def _listen(self) -> None:
        patience = self._rules.ping_interval_s + self._rules.ping_timeout_s
        left = self._heard_at + patience - self._loop.time()
        if left <= 0:
            self._link.drop()
        else:
            self._watch = self._loop.call_later(left, self._listen)
