"""What a test or a demo asks of a simulated vendor beside its wire, by HTTP on the vendor's own port:

POST /sim/inbound  {"from", "to", "userId"}      a telephone calls a user
POST /sim/hangup   {"callId"}                    the telephone hangs up
POST /sim/robot    {"robot", "to", "video"}      a robot calls a user
POST /sim/drop     {"userId"}                    the user's sockets break
POST /sim/push     {"userId", "frame" or "raw"}  a frame, or any text, to the user's sockets
GET  /sim/state                                  the calls so far, and who is connected
"""

import json
from collections.abc import Callable, Iterable
from typing import Any

from aiohttp import web

from tuiphone.simulator.exchange import Exchange
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.link import Link
from tuiphone.simulator.robots import Robots

LinksOf = Callable[[str], Iterable[Link]]
"""The sockets of a user's devices."""


class Calls:
    """Control calls by HTTP, whatever they are."""

    def add_routes(self, app: web.Application) -> None:
        """Serve the control calls."""
        app.router.add_post("/sim/{what}", self._control)
        app.router.add_get("/sim/state", self._state)

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """One call.

        Raises:
            KeyError, ValueError, TypeError: it cannot be done as asked.
        """
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """What there is."""
        raise NotImplementedError

    async def _state(self, _: web.Request) -> web.Response:
        return web.json_response(self.state())

    async def _control(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise TypeError("the body has to be an object")
            return web.json_response(await self.carry_out(request.match_info["what"], body))
        except KeyError as error:
            return _refused(f"{error.args[0]} is missing")
        except RecursionError:
            return _refused("the body is nested too deeply")
        except (ValueError, TypeError) as error:
            return _refused(str(error))


class Control(Calls):
    """Those of vendors with an exchange; `frame_text` writes a frame as the vendor's wire does."""

    def __init__(
        self,
        exchange: Exchange,
        gateway: Gateway,
        robots: Robots,
        links_of: LinksOf,
        frame_text: Callable[[Any], str] = json.dumps,
    ) -> None:
        self._exchange = exchange
        self._gateway = gateway
        self._robots = robots
        self._links_of = links_of
        self._frame_text = frame_text

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        """One call; vendors with more of them add theirs."""
        match what:
            case "inbound":
                call = self._gateway.inbound(str(body["from"]), str(body["to"]), str(body["userId"]))
                return {"r": 0, "callId": call.ref}
            case "hangup":
                return {"r": 0 if self._gateway.hang_up(str(body["callId"])) else 1}
            case "robot":
                call = await self._robots.call(str(body["robot"]), str(body["to"]), video=body.get("video") is True)
                return {"r": 0, "callId": call.ref}
            case "drop":
                return self.on_links(body, lambda link: link.drop())
            case "push":
                frame = body["raw"] if "raw" in body else body["frame"]
                text = frame if isinstance(frame, str) else self._frame_text(frame)
                return self.on_links(body, lambda link: link.send_raw(text))
            case _:
                raise ValueError(f"there is no control call {what!r}")

    def on_links(self, body: dict[str, Any], do: Callable[[Any], None]) -> dict[str, Any]:
        """Do it on every socket of the user that the call names."""
        links = list(self._links_of(str(body["userId"])))
        for link in links:
            do(link)
        return {"r": 0, "devices": len(links)}

    def state(self) -> dict[str, Any]:
        calls = [
            {
                "id": call.ref,
                "answered": call.was_answered,
                "ended": call.ended,
                "phoneFrames": self._gateway.frames(call.ref),
            }
            for call in self._exchange.calls.values()
        ]
        return {"calls": calls, "online": self._exchange.online_users}


def _refused(message: str) -> web.Response:
    return web.json_response({"r": 1, "message": message}, status=400)
