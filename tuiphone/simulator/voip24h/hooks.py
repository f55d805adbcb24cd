"""What a test or a demo asks of the server beside its interfaces, by HTTP on its port:

POST /sim/inbound  {"from", "to"}       a telephone calls an extension, which rings where it is registered
POST /sim/missed   {"from", "to"}       the same, but nobody hears of it
POST /sim/hangup   {"callId"}           the far side hangs up
POST /sim/expire   {}                   every token of the interface v3 is old
POST /sim/set      {"key", "value"}     a switch is turned
GET  /sim/state                         the calls since the start, and which extensions could ring
GET  /sim/heard                         the requests that came, without their keys
"""

from typing import TYPE_CHECKING, Any

from aiohttp import web

from tuiphone.simulator.control import Calls as Control

if TYPE_CHECKING:
    from tuiphone.simulator.voip24h.server import Voip24h


class Hooks(Control):
    """Carries them out."""

    def __init__(self, server: "Voip24h") -> None:
        self._server = server

    def add_routes(self, app: web.Application) -> None:
        super().add_routes(app)
        app.router.add_get("/sim/heard", self._heard)

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        server = self._server
        match what:
            case "inbound" | "missed":
                call = server.calls.come_in(str(body["from"]), str(body["to"]), rings=what == "inbound")
                return {"r": 0, "callId": call.id}
            case "hangup":
                return {"r": 0 if await server.calls.hang_up(str(body["callId"])) else 1}
            case "expire":
                server.v3.expire()
            case "set":
                server.change(str(body["key"]), body["value"])
            case _:
                raise ValueError(f"there is no control call {what!r}")
        return {"r": 0}

    def state(self) -> dict[str, Any]:
        calls = [
            {
                "id": call.id,
                "from": call.number if call.is_incoming else call.extension,
                "to": call.extension if call.is_incoming else call.number,
                "answered": call.was_answered,
                "ended": call.ended_at is not None,
                "status": call.status,
            }
            for call in self._server.calls.calls.values()
        ]
        return {"calls": calls, "online": self._server.calls.registered()}

    async def _heard(self, _: web.Request) -> web.Response:
        return web.json_response({"heard": list(self._server.heard)})
