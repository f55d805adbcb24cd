"""One socket to the OnCaller simulator: from its first frame through the log-in to its loss, and the ping."""

import asyncio
import logging
import secrets
from typing import Any

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.oncaller import token
from tuiphone.simulator.oncaller.device import Device, connected, tell_others
from tuiphone.simulator.oncaller.link import Link
from tuiphone.simulator.oncaller.requests import Requests, text
from tuiphone.simulator.oncaller.services import AUTHEN, PING, REFUSED
from tuiphone.simulator.strict_json import parsed

logger = logging.getLogger(__name__)

_WEB = 3
_SHORTEST_PING_MS = 20
_SILENT_S = 1.0
"""On top of two pings, before a silent client is dropped."""


class Session:
    """Belongs to a device after the log-in."""

    def __init__(self, link: Link, exchange: Exchange, requests: Requests, settings: dict[str, Any]) -> None:
        self._link = link
        self._exchange = exchange
        self._requests = requests
        self._settings = settings
        self._device: Device | None = None
        self._pinger: asyncio.Task[None] | None = None
        self._heard_at = 0.0

    def take(self, frame: str) -> None:
        """One frame from the client; what is none is ignored."""
        self._heard_at = asyncio.get_running_loop().time()
        match parsed(frame):
            case {"service": int(service), "body": dict(body)} if not isinstance(service, bool):
                self._sort(service, body)
            case _:
                logger.info("not a frame of the protocol")

    def end(self) -> None:
        """The socket is gone."""
        if self._pinger:
            self._pinger.cancel()
        self._leave()

    def _sort(self, service: int, body: dict[str, Any]) -> None:
        if service == AUTHEN:
            self._log_in(body)
        elif service == PING:
            return  # the answer to our ping; answering it would be answered again, without end (4.3)
        elif self._device is None:
            refusal = {"r": REFUSED, "message": "NOT_AUTHENTICATED", "requestId": body.get("requestId")}
            self._link.send(service, refusal)
        else:
            self._requests.carry_out(self._device, service, body)

    def _log_in(self, body: dict[str, Any]) -> None:
        if AUTHEN in self._requests.unanswered:
            return
        request_id = body.get("requestId")
        code, user = token.check(
            body.get("accesstoken"), str(self._settings["key_sid"]), str(self._settings["key_secret"])
        )
        if code:
            self._link.send(AUTHEN, {"r": code, "message": token.MESSAGES[code], "requestId": request_id})
            return
        device = self._device_of(user, text(body, "deviceId") or f"web-{secrets.token_hex(8)}")
        if self._device is not device:
            self._leave()
        replaced, device.link = device.link, self._link
        if replaced and replaced is not self._link:
            replaced.drop()
        device.about = {
            "clientId": device.device,
            "browserId": text(body, "browserId"),
            "deviceName": text(body, "deviceName"),
            "platform": body["platform"] if isinstance(body.get("platform"), int) else _WEB,
        }
        self._device = device
        others = [one.about for one in connected(self._exchange, user) if one is not device]
        ping_after_ms = max(_SHORTEST_PING_MS, int(self._settings["ping_after_ms"]))
        reply = {
            "r": 0,
            "message": "SUCCESS",
            "requestId": request_id,
            "userId": user,
            "projectId": int(self._settings["project_id"]),
            "connectionId": str(secrets.randbelow(10**9)),
            "ping_after_ms": ping_after_ms,
            "ice_servers": [],
            "clients": [*others, device.about],
        }
        self._link.send(AUTHEN, reply)
        device.catch_up()
        self._exchange.attach(device)
        if not replaced:
            tell_others(self._exchange, device, "connected")
        if self._pinger is None:
            self._pinger = asyncio.create_task(self._ping(ping_after_ms / 1000))

    def _device_of(self, user: str, device: str) -> Device:
        found = self._exchange.find(user, device)
        return found if isinstance(found, Device) else Device(user, device, str(self._settings["custom_prefix"]))

    def _leave(self) -> None:
        device, self._device = self._device, None
        if device and device.link is self._link:
            device.link = None
            self._exchange.detach(device)
            tell_others(self._exchange, device, "disconnected")

    async def _ping(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(seconds)
            self._link.send(PING, {})
            if loop.time() - self._heard_at > 2 * seconds + _SILENT_S:
                self._link.drop()
