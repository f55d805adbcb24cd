"""What a test or a demo asks of the server beside its wire, by HTTP on its port:

POST /sim/robot      {"robot", "to", "video"}          a robot calls a user
POST /sim/inbound    {"from", "to"}                    a telephone calls a user; both also with "headers", one
                                                       a line: "Call-Info: <sip:x>;answer-after=0"
POST /sim/hangup     {"callId"}                        the robot or telephone hangs up
POST /sim/press      {"callId", "digits", "sound"}     it presses keys, by INFO or in its sound
POST /sim/message    {"from", "to", "text"}            a robot writes to a user
POST /sim/voicemail  {"userId", "new", "old"}          so much waits in the user's mailbox; with "unasked" all devices
                                                       are told without a subscription, as some servers do
POST /sim/drop       {"userId"}                        the user's sockets break
POST /sim/freeze     {"userId", "on"}                  they are half-open: nothing passes, and nobody is told
POST /sim/push       {"userId", "raw"}                 any text, to the user's sockets
POST /sim/restart    {"seconds"}                       everything is forgotten, and nobody let in for so long
POST /sim/stale      {}                                every nonce is stale
POST /sim/unsubscribe {"userId", "reason"}             the user's subscriptions are ended by the server
POST /sim/set        {"key", "value"}                  a switch is turned
GET  /sim/state                                        calls, registrations, subscriptions
GET  /sim/heard?userId=&method=                        what the user's devices sent
GET  /sim/digits?callId=                               the keys that a robot or telephone heard
"""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tuiphone.simulator.control import Calls
from tuiphone.simulator.sip.flow import Flow
from tuiphone.simulator.sip.people import LOGINS
from tuiphone.simulator.sip.robots import CALLERS

if TYPE_CHECKING:
    from tuiphone.simulator.sip.server import Sip

_LONGEST_RESTART_S = 60.0


class Hooks(Calls):
    """Carries them out."""

    def __init__(self, sip: "Sip") -> None:
        self._sip = sip

    def add_routes(self, app: web.Application) -> None:
        super().add_routes(app)
        app.router.add_get("/sim/heard", self._heard)
        app.router.add_get("/sim/digits", self._digits)

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        sip = self._sip
        match what:
            case "robot":
                robot = str(body["robot"])
                if robot not in CALLERS:
                    raise ValueError(f"no robot called {robot!r} makes calls; these do: {', '.join(CALLERS)}")
                name = "voice" if robot in ("callme", "late") else robot
                return self._dials(name, body, with_offer=robot != "late")
            case "inbound":
                return self._dials(str(body["from"]), body)
            case "hangup":
                call = sip.floor.whole(str(body["callId"]))
                if call:
                    call.hang_up()
                return {"r": 0 if call else 1}
            case "press":
                return await self._press(body)
            case "message":
                answer = await sip.texts.write(str(body["from"]), self._uri(str(body["to"])), str(body["text"]))
                return {"r": 0, "status": answer.status}
            case "voicemail":
                user, new, old = str(body["userId"]), int(body["new"]), int(body.get("old", 0))
                sip.watchers.set_mailbox(user, new, old)
                if body.get("unasked") is True:
                    await sip.texts.notify(user, self._uri(user), new, old)
            case "restart":
                seconds = min(float(body.get("seconds", 0)), _LONGEST_RESTART_S)
                sip.restart(seconds)
            case "stale":
                sip.digest.forget()
            case "unsubscribe":
                reason = str(body.get("reason", "deactivated"))
                return {"r": 0, "ended": sip.watchers.end_all(str(body["userId"]), reason)}
            case "set":
                sip.change(str(body["key"]), body["value"])
            case "drop" | "freeze" | "push":
                return self._on_sockets(what, body)
            case _:
                raise ValueError(f"there is no control call {what!r}")
        return {"r": 0}

    def state(self) -> dict[str, Any]:
        sip = self._sip
        calls = [
            {
                "id": call.call_id,
                "from": call.caller,
                "to": call.callee,
                "answered": call.was_answered,
                "ended": call.ended,
                "status": call.refused,
                "phoneFrames": self._frames(call.call_id),
            }
            for call in sip.watchers.callbook.calls
        ]
        known = {call["id"] for call in calls}
        calls += [
            {
                "id": call.ref,
                "from": call.other if call.is_called else call.name,
                "to": call.name if call.is_called else call.other,
                "answered": call.answered,
                "ended": call.over.is_set(),
                "status": 0,
                "phoneFrames": call.medium.frames,
            }
            for call in sip.floor.calls.values()
            if call.ref not in known  # robots go on when the server was started again
        ]
        devices = [
            {"user": one.user, "contact": one.contact, "instance": one.instance, "there": one.is_there}
            for user in sip.registrar.users()
            for one in sip.registrar.all_of(user)
        ]
        subscriptions = [
            {"watcher": one.watcher, "event": one.event, "user": one.user} for one in sip.watchers.subscriptions
        ]
        return {"calls": calls, "devices": devices, "subscriptions": subscriptions}

    def _dials(self, name: str, body: dict[str, Any], *, with_offer: bool = True) -> dict[str, Any]:
        call = self._sip.floor.new_call(name)
        video = body.get("video") is True
        pairs = (line.partition(":") for line in str(body.get("headers", "")).splitlines())
        headers = [(field.strip(), value.strip()) for field, _, value in pairs if field.strip()]
        dialling = call.dial(self._uri(str(body["to"])), *headers, video=video, with_offer=with_offer)
        self._sip.floor.tasks.start(_dialled(dialling))
        return {"r": 0, "callId": call.ref}

    def _uri(self, user: str) -> str:
        if user not in LOGINS:
            raise ValueError(f"there is no user {user!r}")
        return f"sip:{user}@{self._sip.settings['domain']}"

    async def _press(self, body: dict[str, Any]) -> dict[str, Any]:
        call = self._sip.floor.whole(str(body["callId"]))
        if call is None or not call.answered or call.over.is_set():
            raise ValueError("there is no such call")
        return {"r": 0 if await call.press(str(body["digits"]), in_sound=body.get("sound") is True) else 1}

    def _on_sockets(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        flows = [one for one in self._sip.flows if one.user == str(body["userId"])]
        for flow in flows:
            self._on_socket(what, body, flow)
        return {"r": 0, "devices": len(flows)}

    def _on_socket(self, what: str, body: dict[str, Any], flow: Flow) -> None:
        if what == "drop":
            flow.link.drop()
        elif what == "freeze":
            flow.freeze(on=body.get("on", True) is True)
        else:
            flow.send_text(str(body["raw"]))

    def _frames(self, call_id: str) -> int:
        return sum(call.medium.frames for call in self._sip.floor.all_of(call_id))

    async def _heard(self, request: web.Request) -> web.Response:
        user, method = request.query.get("userId"), request.query.get("method")
        heard = [one.text() for one in self._sip.heard.of(user, method)]
        return web.json_response({"heard": heard})

    async def _digits(self, request: web.Request) -> web.Response:
        call = self._sip.floor.whole(request.query.get("callId", ""))
        return web.json_response({"digits": call.medium.digits if call else ""})


async def _dialled(dialling: Any) -> None:
    await dialling
