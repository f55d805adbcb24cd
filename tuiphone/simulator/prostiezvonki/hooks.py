"""What a test or a demo asks of the server beside its wire, by HTTP on its port:

POST /sim/inbound  {"from", "to"}             a telephone calls an extension; with "offered" the call waits first
                                              (for `offer_s` or the number of seconds given), "answers": false has
                                              nobody take it, "talk_s", "ring_s", "line" are the call's own
POST /sim/call     {"from", "to"}             an extension calls a number or another extension, at its desk phone
POST /sim/desk     {"extension", "number"}    as if it called one of the numbers that make the desk busy
POST /sim/hangup   {"callId"}                 the telephone hangs up
POST /sim/sms      {"from", "to", "text"}     an extension sends an SMS
POST /sim/event    {"owners", "attributes"}   any event to these extensions and who watches them
POST /sim/push     {"extension", "xml"}       any text in a frame, or with "raw" as it is, to the extension's client
POST /sim/close    {"extension", "code"}      its socket is closed with this code
POST /sim/drop     {"extension"}              its socket breaks
POST /sim/set      {"key", "value"}           a switch is turned
GET  /sim/state                               who is connected, the calls, the SMS
"""

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from tuiphone.simulator.control import Calls
from tuiphone.simulator.prostiezvonki import envelope
from tuiphone.simulator.prostiezvonki.call import Manner
from tuiphone.simulator.prostiezvonki.desk import Desk
from tuiphone.simulator.prostiezvonki.envelope import Refusal
from tuiphone.simulator.prostiezvonki.methods import Methods
from tuiphone.simulator.prostiezvonki.office import Office, Session
from tuiphone.simulator.prostiezvonki.pbx import Pbx
from tuiphone.simulator.prostiezvonki.switches import Switches

Close = Callable[[Session, int], Awaitable[None]]


class Hooks(Calls):
    """Carries them out."""

    def __init__(
        self, *, switches: Switches, office: Office, pbx: Pbx, desk: Desk, methods: Methods, close: Close
    ) -> None:
        self._switches = switches
        self._office = office
        self._pbx = pbx
        self._desk = desk
        self._methods = methods
        self._close = close

    async def carry_out(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return await self._do(what, body)
        except Refusal as refusal:
            raise ValueError(refusal.details) from refusal

    def state(self) -> dict[str, Any]:
        sessions = [
            {
                "extension": one.login.extension,
                "clientType": one.login.client_type,
                "mask": one.login.mask,
                "group": one.login.group,
                "deskIsBusy": self._desk.is_busy(one.login.extension),
            }
            for one in self._office.sessions.values()
        ]
        calls = [
            {
                "id": call.id,
                "extension": call.extension,
                "peer": call.peer,
                "outgoing": call.outgoing,
                "state": call.state.value,
                "answered": call.answered_at is not None,
                "ended": call.is_over,
                "leg": call.leg is not None,
            }
            for call in self._pbx.calls.values()
        ]
        texts = [{"from": one.sender, "to": one.to, "text": one.text} for one in self._methods.texts]
        return {"sessions": sessions, "calls": calls, "texts": texts}

    async def _do(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        match what:
            case "inbound":
                return self._inbound(body)
            case "call":
                call = self._pbx.place(self._extension(body, "from"), str(body["to"]))
                return {"r": 0, "callId": call.id}
            case "desk":
                if not self._desk.called(self._extension(body, "extension"), str(body["number"])):
                    raise ValueError("there is no such number")
            case "hangup":
                call = self._pbx.calls.get(str(body["callId"]))
                if call and not call.is_over:
                    self._pbx.hang_up(call)
                    return {"r": 0}
                return {"r": 1}
            case "sms":
                smstext = base64.b64encode(str(body["text"]).encode(errors="replace")).decode()
                self._methods.send_text(self._extension(body, "from"), str(body["to"]), smstext)
            case "event":
                attributes = {str(name): str(value) for name, value in dict(body["attributes"]).items()}
                int(attributes["type"])
                self._office.tell(attributes, [str(one) for one in body.get("owners", ())])
            case "push" | "close" | "drop":
                return await self._on_socket(what, body)
            case "set":
                self._switches.turn(str(body["key"]), body["value"])
            case _:
                raise ValueError(f"there is no control call {what!r}")
        return {"r": 0}

    def _inbound(self, body: dict[str, Any]) -> dict[str, Any]:
        usual = self._pbx.manner()
        offered = body.get("offered", False)
        manner = Manner(
            usual.answer_after_s if body.get("answers", True) is True else None,
            float(body.get("talk_s", usual.talk_s)),
            float(body.get("ring_s", usual.ring_s)),
            self._switches.seconds("offer_s") if offered is True else float(offered),
        )
        call = self._pbx.arrive(str(body["from"]), self._extension(body, "to"), manner, line=str(body.get("line", "")))
        return {"r": 0, "callId": call.id}

    async def _on_socket(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        session = self._office.sessions.get(str(body["extension"]))
        if session is None:
            return {"r": 0, "devices": 0}
        match what:
            case "push":
                raw = body.get("raw")
                session.link.send_raw(str(raw) if raw else envelope.packed(str(body["xml"]), plain=session.plain))
            case "close":
                await self._close(session, int(body["code"]))
            case _:
                session.link.drop()
        return {"r": 0, "devices": 1}

    def _extension(self, body: dict[str, Any], key: str) -> str:
        extension = str(body[key])
        if extension not in self._switches.users:
            raise ValueError(f"there is no extension {extension!r}")
        return extension
