"""OnCaller's signalling server as far as its web client can tell (PROTOCOL.md), on loopback.

Settings, as `--set oncaller.KEY=VALUE`: see DEFAULTS. Control calls over HTTP on the same port:

    POST /sim/inbound  {"from", "to", "userId"}      a telephone calls a user
    POST /sim/hangup   {"callId"}                    the telephone hangs up
    POST /sim/robot    {"robot", "to", "video"}      a robot calls a user
    POST /sim/drop     {"userId"}                    the user's sockets break
    POST /sim/push     {"userId", "frame" or "raw"}  a frame, or any text, to the user's sockets
    POST /sim/topic    {"userId", "message"}         a topic message (service 102)
    GET  /sim/state                                  the calls so far
"""

import asyncio
import json
import logging
import re
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from tuiphone.simulator import token
from tuiphone.simulator.exchange import Call, Endpoint, Exchange, Outcome, Signal
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.link import Link
from tuiphone.simulator.robots import Robots

logger = logging.getLogger(__name__)

DEFAULTS: dict[str, Any] = {
    "port": 6899,
    "key_sid": "SK-oncaller-sim",
    "key_secret": "oncaller-sim-secret",
    "project_id": 1001,
    "ping_after_ms": 45000,
    "ring_seconds": 60.0,
    "grace_seconds": 30.0,
    "custom_prefix": "sim-custom:",
    "hotline": "84990000000",
    "unanswered": "",
}
"""`unanswered`: service numbers, with commas, whose requests get no reply."""

MAX_FRAME = 256 * 1024
MAX_TEXT = 8192
PING, AUTHEN = 1, 2
CALL_START, SDP_CANDIDATE, CALL_STOP, SDP_CANDIDATE_PUSH, CALL_STOP_PUSH = 26, 27, 28, 29, 30
CALL_STATE, CALL_STATE_PUSH, CALL_START_PUSH, DTMF, INFO, INFO_PUSH, OTHER_DEVICE = 31, 32, 33, 34, 36, 37, 38
REGISTER_PUSH, UNREGISTER_PUSH, MESSAGE, MESSAGE_PUSH, HOLD, TRANSFER = 39, 40, 54, 55, 100, 101
TOPIC_PUSH, ATTRIBUTE, OTHER_DEVICE_AUTHEN, CHECK_CALL = 102, 103, 104, 205
REFUSED = -1
"""`r` of anything asked before the log-in, or asked wrongly."""

MAKE_CALL_MESSAGES = {
    1: "ANSWER_URL_EMPTY",
    2: "ANSWER_URL_SCCO_INCORRECT_FORMAT",
    3: "TO_TYPE_IS_NOT_INTERNAL_OR_EXTERNAL",
    4: "FROM_NUMBER_NOT_FOUND",
    5: "FROM_NUMBER_NOT_BELONG_YOUR_ACCOUNT",
    6: "SIP_TRUNK_NOT_FOUND",
    7: "SIP_TRUNK_NOT_BELONG_YOUR_ACCOUNT",
    8: "NOT_ENOUGH_MONEY",
    9: "UNKNOWN_ERROR",
    10: "FROM_OR_TO_NUMBER_INVALID_FORMAT",
    11: "NOT_ALLOWED_BY_YOUR_SERVER",
    12: "TOO_MANY_CONCURRENT_CALLS",
    13: "WAITING_TEXT_TO_SPEECH",
    14: "TO_NUMBER_INVALID",
    15: "FROM_NUMBER_NOT_IN_YOUR_PROJECT",
    16: "CHAT_USER_NOT_ALLOWED",
    17: "CALL_OUT_NOT_ALLOWED",
    18: "REQUEST_ANSWER_URL_FAILED",
    19: "ACCOUNT_LOCKED",
}
REASONS = {
    100: "Trying",
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    404: "Not Found",
    408: "Request Timeout",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    503: "Service Unavailable",
    603: "Decline",
}
CODES = {
    Outcome.DONE: 0,
    Outcome.NO_CALL: 1,
    Outcome.OTHER_DEVICE: 2,
    Outcome.NOT_CALLEE: 3,
}
TRANSFER_CODES = {Outcome.DONE: 0, Outcome.NO_CALL: 1, Outcome.NO_TELEPHONE: 2, Outcome.NOT_CONNECTED: 3}
_TELEPHONE = re.compile(r"\+?[0-9]{7,15}")
_ERROR = re.compile(r"err-([0-9]{1,4})")


class Device(Endpoint):
    """One client of a user; it outlives its sockets by the grace time."""

    def __init__(self, user: str, device: str, about: dict[str, Any], vendor: "OnCaller") -> None:
        super().__init__(user, device)
        self.about = about
        self.link: Link | None = None
        self.heard = 0.0
        """Loop time of the last frame."""
        self._vendor = vendor
        self._missed: list[tuple[int, dict[str, Any]]] = []

    def push(self, service: int, body: dict[str, Any]) -> None:
        """Send without a requestId; kept for the next socket while there is none."""
        if self.link is not None:
            self.link.send(service, body)
        elif len(self._missed) < 200:
            self._missed.append((service, body))

    def catch_up(self) -> None:
        """Send what came while there was no socket."""
        missed, self._missed = self._missed, []
        for service, body in missed:
            self.push(service, body)

    def invited(self, call: Call) -> None:
        """Service 33."""
        self.push(
            CALL_START_PUSH,
            {
                "callId": call.ref,
                "fromNumber": call.from_number,
                "toNumber": call.to_number,
                "fromAlias": call.from_number,
                "toAlias": call.to_number,
                "fromInternal": not call.caller.is_telephone,
                "video": call.video,
                "customDataFromYourServer": self._vendor.custom_data(call.custom),
                "iceServers": [],
            },
        )

    def progressed(self, call: Call, status: int, by: Endpoint | None) -> None:
        """Service 32."""
        body = {"callId": call.ref, "code": status, "reason": REASONS.get(status, "Unknown"), **_device_of(by)}
        self.push(CALL_STATE_PUSH, body)

    def signalled(self, call: Call, signal: Signal, by: Endpoint) -> None:
        """Service 29; only what goes to the caller says which device it is from (PROTOCOL.md 7.2)."""
        sender = _device_of(by) if self is call.caller else {}
        self.push(SDP_CANDIDATE_PUSH, {"callId": call.ref, "type": signal.kind, "data": signal.data, **sender})

    def informed(self, call: Call, info: Any) -> None:
        """Service 37."""
        self.push(INFO_PUSH, {"callId": call.ref, "info": info})

    def elsewhere(self, call: Call, status: int | None) -> None:
        """Service 38."""
        if status is None:
            self.push(OTHER_DEVICE, {"type": "CALL_END", "data": {"callId": call.ref}})
        else:
            self.push(OTHER_DEVICE, {"type": "CALL_STATE", "data": {"callId": call.ref, "code": status}})

    def ended(self, call: Call) -> None:
        """Service 30."""
        self.push(CALL_STOP_PUSH, {"callId": call.ref})


def _device_of(endpoint: Endpoint | None) -> dict[str, str]:
    # A telephone is no device: without the field in both 29 and 32 the client takes its SDP as it comes.
    return {} if endpoint is None or endpoint.is_telephone else {"deviceId": endpoint.device}


class OnCaller:
    """The vendor: users' devices on an exchange, with robots and a telephone gateway to call."""

    def __init__(self, host: str, settings: dict[str, Any]) -> None:
        self.host = host
        self.settings = {**DEFAULTS, **settings}
        self.exchange = Exchange(
            ring_seconds=float(self.settings["ring_seconds"]), grace_seconds=float(self.settings["grace_seconds"])
        )
        self.robots = Robots(self.exchange)
        self.gateway = Gateway(self.exchange)
        self.port = int(self.settings["port"])
        self._unanswered = {int(number) for number in str(self.settings["unanswered"]).split(",") if number.strip()}
        self._devices: dict[tuple[str, str], Device] = {}
        self._sockets: set[Link] = set()
        self._runner: web.AppRunner | None = None
        self._requests: dict[int, Callable[[Device, dict[str, Any]], dict[str, Any]]] = {
            SDP_CANDIDATE: self._relay,
            CALL_STOP: self._stop,
            CALL_STATE: self._state,
            DTMF: self._dtmf,
            INFO: self._info,
            HOLD: self._hold,
            MESSAGE: self._message,
            CHECK_CALL: self._check,
            ATTRIBUTE: lambda device, body: {"r": 0},
            REGISTER_PUSH: lambda device, body: {"r": 0},
            UNREGISTER_PUSH: lambda device, body: {"r": 0},
        }

    def custom_data(self, custom: str) -> str:
        """What the customer's server would add to a call."""
        return f"{self.settings['custom_prefix']}{custom}"

    async def start(self) -> dict[str, str]:
        """Listen; returns what the ready line says. Raises: OSError when the port is taken."""
        app = web.Application(client_max_size=MAX_FRAME)
        app.router.add_get("/v2/getStringeeServerAddress", self._address)
        app.router.add_post("/sim/{what}", self._control)
        app.router.add_get("/sim/state", self._calls)
        app.router.add_get("/{path:.*}", self._socket)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self.robots.start()
        return {"url": f"ws://{self.host}:{self.port}/", "http_url": f"http://{self.host}:{self.port}/"}

    async def close(self) -> None:
        """End every call, close every socket."""
        for call in list(self.exchange.calls.values()):
            if not call.ended:
                self.exchange.hang_up(call.ref, call.caller)
        await self.robots.close()
        await self.gateway.close()
        for link in list(self._sockets):
            await link.close()
        self.exchange.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def account(self, user: str) -> dict[str, Any]:
        """An account file's content for this user."""
        return {
            "provider": "oncaller",
            "addresses": [f"ws://{self.host}:{self.port}/"],
            "key_sid": self.settings["key_sid"],
            "key_secret": self.settings["key_secret"],
            "user_id": user,
            "numbers": [self.settings["hotline"]],
            "ice_servers": [],
        }

    # -- sockets ------------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return web.Response(status=404, text="This is tuiphone's simulator; it speaks WebSocket.\n")
        socket = web.WebSocketResponse(max_msg_size=MAX_FRAME, autoping=True)
        await socket.prepare(request)
        session = Session(self, Link(socket))
        self._sockets.add(session.link)
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    session.take(message.data)
        finally:
            self._sockets.discard(session.link)
            session.end()
            await session.link.close()
        return socket

    def device(self, user: str, device: str, about: dict[str, Any]) -> Device:
        """The device of that id, the same object as before its socket broke."""
        found = self.exchange.find(user, device)
        if isinstance(found, Device):
            found.about = about
            return found
        fresh = Device(user, device, about, self)
        return fresh

    def tell_others(self, device: Device, status: str) -> None:
        """Service 104."""
        for other in self.exchange.online(device.user):
            if isinstance(other, Device) and other is not device:
                other.push(OTHER_DEVICE_AUTHEN, {**device.about, "status": status})

    def clients(self, user: str) -> list[dict[str, Any]]:
        """The connected clients of a user."""
        return [one.about for one in self.exchange.online(user) if isinstance(one, Device)]

    def request(self, device: Device, service: int, body: dict[str, Any]) -> None:
        """Carry out a request and reply, in the order the client needs (PROTOCOL.md 11, checklist 6)."""
        match service:
            case 26:
                self._make_call(device, body)
            case 101:
                self._transfer(device, body)
            case number if (handle := self._requests.get(number)) is not None:
                self.reply(device, number, body, handle(device, body))
            case _:
                logger.info("unknown service %s", service)

    def reply(self, device: Device, service: int, body: dict[str, Any], result: dict[str, Any]) -> None:
        """Answer a request with its own number and requestId."""
        if service not in self._unanswered:
            device.push(service, {**result, "requestId": body.get("requestId")})

    # -- requests -----------------------------------------------------------------------------------------------

    def _make_call(self, device: Device, body: dict[str, Any]) -> None:
        caller, called = _text(body, "fromNumber"), _text(body, "toNumber")
        custom = _text(body, "custom") or ""
        if not caller or not called:
            return self.reply(device, CALL_START, body, _failed(10))
        if error := _ERROR.fullmatch(called):
            return self.reply(device, CALL_START, body, _failed(int(error[1])))
        is_external = _TELEPHONE.fullmatch(called) is not None
        if is_external and (code := self._hotline_code(caller)):
            return self.reply(device, CALL_START, body, _failed(code))
        call = self.exchange.place(
            device,
            self.gateway.telephone(called) if is_external else called,
            from_number=caller,
            to_number=called,
            video=body.get("video") is True,
            custom=custom,
        )
        result = {
            "r": 0,
            "message": "SUCCESS",
            "callId": call.ref,
            "fromNumber": caller,
            "toNumber": called,
            "toType": "external" if is_external else "internal",
            "video": call.video,
            "peerToPeerCall": not is_external,
            "customDataFromYourServer": self.custom_data(custom),
            "iceServers": [],
        }
        self.reply(device, CALL_START, body, result)
        self.exchange.invite(call)

    def _hotline_code(self, number: str) -> int:
        good = str(self.settings["hotline"])
        if number == good:
            return 0
        return int(number[-1]) if number[:-1] == good[:-1] and number[-1] in "5678" else 4

    def _transfer(self, device: Device, body: dict[str, Any]) -> None:
        ref, to = _text(body, "callId") or "", body.get("to")
        target = _text(to, "number") if isinstance(to, dict) else None
        outcome = self.exchange.may_transfer(ref, device, target or "")
        self.reply(device, TRANSFER, body, {"r": TRANSFER_CODES[outcome]})
        if outcome is Outcome.DONE and target:
            self.exchange.transfer(ref, device, target)

    def _relay(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        kind, data = body.get("type"), body.get("data")
        if kind not in ("sdp", "candidate") or not isinstance(data, dict):
            return {"r": REFUSED}
        return _result(self.exchange.relay(_text(body, "callId") or "", device, Signal(kind, data)))

    def _stop(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return _result(self.exchange.hang_up(_text(body, "callId") or "", device))

    def _state(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        ref, code = _text(body, "callId") or "", body.get("code")
        match code:
            case 180 | 183:
                return _result(self.exchange.progress(ref, device, code))
            case 200:
                return _result(self.exchange.answer(ref, device))
            case 486 | 603:
                return _result(self.exchange.reject(ref, device, code))
            case _:
                return {"r": REFUSED}

    def _dtmf(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return _result(self.exchange.press(_text(body, "callId") or "", device, _text(body, "digits") or ""))

    def _info(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return _result(self.exchange.inform(_text(body, "callId") or "", device, body.get("info")))

    def _hold(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return {"r": 0 if self.exchange.live(_text(body, "callId") or "") else 1}

    def _message(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        reached = self.send_message(_text(body, "toUser") or "", device.user, body.get("message"))
        return {"r": 0} if reached else {"r": 1, "message": "USER_NOT_CONNECTED"}

    def send_message(self, to: str, sender: str, message: Any) -> int:
        """Service 55, to all devices of a user; returns how many there are."""
        devices = [one for one in self.exchange.online(to) if isinstance(one, Device)]
        for device in devices:
            device.push(MESSAGE_PUSH, {"fromUser": sender, "message": message})
        return len(devices)

    def _check(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        ref = _text(body, "callId") or ""
        return {"r": 0, "exist": self.exchange.live(ref) is not None, "callId": ref}

    # -- HTTP ---------------------------------------------------------------------------------------------------

    async def _address(self, request: web.Request) -> web.Response:
        code, _ = self.check(request.query.get("access_token"))
        servers = {"stringeeServerAddrs": {"web": [{"ip": self.host, "port": self.port}]}}
        reply = {"r": code, "data": servers} if code == 0 else {"r": code, "msg": token.MESSAGES[code]}
        return web.json_response(reply, headers={"Access-Control-Allow-Origin": "*"})

    def check(self, given: object) -> tuple[int, str]:
        """An access token's result code and user."""
        return token.check(given, str(self.settings["key_sid"]), str(self.settings["key_secret"]))

    async def _calls(self, _: web.Request) -> web.Response:
        calls = [
            {
                "id": call.ref,
                "answered": call.was_answered,
                "ended": call.ended,
                "phoneFrames": self.gateway.frames(call.ref),
            }
            for call in self.exchange.calls.values()
        ]
        return web.json_response({"calls": calls})

    async def _control(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise TypeError("the body has to be an object")
            return web.json_response(await self._carry_out(request.match_info["what"], body))
        except (ValueError, KeyError, TypeError) as error:
            return web.json_response({"r": 1, "message": str(error)}, status=400)

    async def _carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        match what:
            case "inbound":
                call = self.gateway.inbound(str(body["from"]), str(body["to"]), str(body["userId"]))
                return {"r": 0, "callId": call.ref}
            case "hangup":
                return {"r": 0 if self.gateway.hang_up(str(body["callId"])) else 1}
            case "robot":
                call = await self.robots.call(str(body["robot"]), str(body["to"]), video=body.get("video") is True)
                return {"r": 0, "callId": call.ref}
            case "drop" | "push" | "topic":
                devices = [one for one in self.exchange.online(str(body["userId"])) if isinstance(one, Device)]
                for device in devices:
                    self._fault(what, device, body)
                return {"r": 0, "devices": len(devices)}
            case _:
                raise KeyError(f"no such control call: {what}")

    def _fault(self, what: str, device: Device, body: dict[str, Any]) -> None:
        if device.link is None:
            return
        if what == "drop":
            device.link.drop()
        elif what == "topic":
            device.push(TOPIC_PUSH, {"message": body.get("message"), "topic": body.get("topic", "news")})
        else:
            device.link.send_raw(str(body["raw"]) if "raw" in body else json.dumps(body["frame"]))


class Session:
    """One socket, from its first frame; belongs to a device after the log-in."""

    def __init__(self, vendor: OnCaller, link: Link) -> None:
        self.link = link
        self._vendor = vendor
        self._device: Device | None = None
        self._pinger: asyncio.Task[None] | None = None

    def take(self, text: str) -> None:
        """One frame from the client."""
        if self._device is not None:
            self._device.heard = asyncio.get_running_loop().time()
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            logger.info("a frame that is no JSON")
            return
        if not isinstance(frame, dict):
            return
        service, body = frame.get("service"), frame.get("body")
        if not isinstance(service, int) or isinstance(service, bool) or not isinstance(body, dict):
            return
        if service == AUTHEN:
            self._log_in(body)
        elif service == PING:
            return  # the answer to our ping; answering it would be answered again, without end (PROTOCOL.md 4.3)
        elif self._device is None:
            self.link.send(service, {"r": REFUSED, "message": "NOT_AUTHENTICATED", "requestId": body.get("requestId")})
        else:
            self._vendor.request(self._device, service, body)

    def end(self) -> None:
        """The socket is gone."""
        if self._pinger is not None:
            self._pinger.cancel()
        device = self._device
        if device is not None and device.link is self.link:
            device.link = None
            self._vendor.exchange.detach(device)
            self._vendor.tell_others(device, "disconnected")

    def _log_in(self, body: dict[str, Any]) -> None:
        code, user = self._vendor.check(body.get("accesstoken"))
        request_id = body.get("requestId")
        if code or AUTHEN in self._vendor._unanswered:
            if AUTHEN not in self._vendor._unanswered:
                self.link.send(AUTHEN, {"r": code, "message": token.MESSAGES[code], "requestId": request_id})
            return
        id = _text(body, "deviceId") or f"web-{secrets.token_hex(8)}"
        about = {
            "clientId": id,
            "browserId": _text(body, "browserId") or "",
            "deviceName": _text(body, "deviceName") or "",
            "platform": body.get("platform") if isinstance(body.get("platform"), int) else 3,
        }
        device = self._vendor.device(user, id, about)
        before, device.link = device.link, self.link
        if before is not None and before is not self.link:
            before.drop()
        self._device = device
        device.heard = asyncio.get_running_loop().time()
        device.online = True
        already = [one for one in self._vendor.clients(user) if one is not about]
        ping_after = int(self._vendor.settings["ping_after_ms"])
        self.link.send(
            AUTHEN,
            {
                "r": 0,
                "message": "SUCCESS",
                "requestId": request_id,
                "userId": user,
                "projectId": int(self._vendor.settings["project_id"]),
                "connectionId": str(secrets.randbelow(10**9)),
                "ping_after_ms": ping_after,
                "ice_servers": [],
                "clients": [*already, about],
            },
        )
        self._vendor.tell_others(device, "connected")
        device.catch_up()
        self._vendor.exchange.attach(device)
        if self._pinger is None:
            self._pinger = asyncio.create_task(self._ping(ping_after / 1000))

    async def _ping(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(seconds)
            self.link.send(PING, {})
            if self._device is not None and loop.time() - self._device.heard > 2 * seconds + 1:
                self.link.drop()


def _text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    return value[:MAX_TEXT] if isinstance(value, str) else None


def _failed(code: int) -> dict[str, Any]:
    return {"r": code, "message": MAKE_CALL_MESSAGES.get(code, "UNKNOWN_ERROR")}


def _result(outcome: Outcome) -> dict[str, Any]:
    return {"r": CODES[outcome]}
