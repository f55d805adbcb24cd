"""What clients ask for: the methods of a request (5, 10, 11)."""

import asyncio
import base64
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tuiphone.simulator.peer import Tasks
from tuiphone.simulator.prostiezvonki.call import INCOMING, OUTGOING
from tuiphone.simulator.prostiezvonki.desk import Desk
from tuiphone.simulator.prostiezvonki.envelope import Code, Refusal, Request
from tuiphone.simulator.prostiezvonki.office import LIVE, Office, Type
from tuiphone.simulator.prostiezvonki.pbx import Pbx

VERSION = "1.1.2"
SERVER_ID = "tuiphone-simulator"
SENDING, SENT, FAILED = "0", "1", "2"
_FAILS = "00"
_STATUS_AFTER_S = 0.2
_LARGEST_ID = 2**64 - 1
_MOST_TEXTS = 50
_FIELDS = {
    "CallID": "callID",
    "From": "from",
    "To": "to",
    "Line": "line",
    "Start": "start",
    "End": "end",
    "Duration": "duration",
    "Direction": "direction",
    "Record": "record",
    "Smstext": "smstext",
    "Result": "result",
}

Answer = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS that a client sent."""

    sender: str
    to: str
    text: str


class Methods:
    """Carries requests out."""

    def __init__(self, pbx: Pbx, office: Office, desk: Desk) -> None:
        self.texts: deque[Text] = deque(maxlen=_MOST_TEXTS)
        self._pbx = pbx
        self._office = office
        self._desk = desk
        self._tasks = Tasks()
        self._methods: dict[str, Callable[[str, Mapping[str, str]], Answer]] = {
            "Call": self._call,
            "Transfer": self._transfer,
            "Generate": self._generate,
            "GetVersion": lambda _, __: {"Version": VERSION},
            "GetServerId": lambda _, __: {"ServerId": SERVER_ID},
            "GetClients": lambda _, __: {"Clients": ",".join(office.sessions)},
            "License": lambda _, __: {"License": "simulated"},
            "Simulation": self._simulation,
        }

    def carry_out(self, extension: str, request: Request) -> Answer:
        """Do what a request of this extension asks; returns the data of the response.

        Raises:
            Refusal: it is not done.
        """
        if request.id is None:
            raise Refusal(Code.NO_REQUEST_ID, "RequestID is missing or not a number.")
        method = self._methods.get(request.method)
        if method is None:
            raise Refusal(Code.NO_METHOD, "The method is missing or unknown.")
        return method(extension, request.data)

    def send_text(self, sender: str, to: str, smstext: str) -> None:
        """Send an SMS, in base64, and tell the sender how that goes.

        Raises:
            Refusal: it is no text.
        """
        try:
            text = base64.b64decode(smstext, validate=True).decode()
        except ValueError:
            raise Refusal(Code.UNREADABLE, "Smstext is not base64 of a text.") from None
        self.texts.append(Text(sender, to, text))
        about = {"callID": self._pbx.next_id(), "from": sender, "to": to}
        self._office.tell_one(sender, {"type": str(Type.SMS.value), **about, "smstext": smstext})
        self._tasks.start(self._tell_status({"type": str(Type.SMS_STATUS.value), **about}))

    async def close(self) -> None:
        """Leave off."""
        self._tasks.cancel()
        await self._tasks.finish()

    def _call(self, extension: str, data: Mapping[str, str]) -> Answer:
        if _needed(data, "From") != extension:
            raise Refusal(Code.NOT_ALLOWED, "From is not your extension.")
        number = _needed(data, "To")
        # Its CallID is told by event 8 alone: what the data of a response are is not documented.
        self._pbx.place(extension, number)
        self._desk.called(extension, number)
        return {}

    def _transfer(self, extension: str, data: Mapping[str, str]) -> Answer:
        call = self._pbx.calls.get(_needed(data, "CallID"))
        self._pbx.transfer(call, data.get("To", ""), by=extension)
        return {}

    def _generate(self, extension: str, data: Mapping[str, str]) -> Answer:
        try:
            kind = Type(int(_needed(data, "Event")))
        except ValueError:
            raise Refusal(Code.NO_DATA, "Event is no number of an event.") from None
        if kind is Type.SMS:
            if _needed(data, "From") != extension:
                raise Refusal(Code.NOT_ALLOWED, "From is not your extension.")
            self.send_text(extension, _needed(data, "To"), _needed(data, "Smstext"))
            return {}
        said = {"type": str(kind.value), "callID": _call_id(data.get("CallID")) or self._pbx.next_id()}
        said |= {name: data.get(field, "") for field, name in _FIELDS.items() if data.get(field) and field != "CallID"}
        if kind is Type.FINISHED:
            usual = self._end_of(said)
            said |= {name: value for name, value in usual.items() if name not in said} | {"missed": LIVE}
        call_id, caller, to = said["callID"], said.get("from", ""), said.get("to", "")
        self._pbx.generated(kind, call_id, caller, to, said.get("line", ""))
        self._office.tell(said, () if kind is Type.OFFER else {caller, to})
        return {}

    def _end_of(self, said: Mapping[str, str]) -> dict[str, str]:
        outgoing = said.get("from") in self._office.sessions
        now = str(int(time.time()))
        return {
            "to": "",
            "start": said.get("end", now),
            "end": now,
            "duration": "0",
            "direction": OUTGOING if outgoing else INCOMING,
            "record": "",
        }

    def _simulation(self, extension: str, data: Mapping[str, str]) -> Answer:
        match _needed(data, "Mode"):
            case "on":
                self._desk.keep_busy(extension)
            case "off":
                self._desk.leave_alone(extension)
            case _:
                raise Refusal(Code.NO_DATA, "Mode is on or off.")
        return {}

    async def _tell_status(self, about: Mapping[str, str]) -> None:
        results = (SENDING, FAILED if about["to"].endswith(_FAILS) else SENT)
        for result in results:
            await asyncio.sleep(_STATUS_AFTER_S)
            self._office.tell_one(about["from"], {**about, "result": result})


def _needed(data: Mapping[str, str], name: str) -> str:
    if not data.get(name):
        raise Refusal(Code.NO_DATA, f"{name} is missing.")
    return data[name]


def _call_id(text: str | None) -> str | None:
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 20 and int(text) <= _LARGEST_ID):
        raise Refusal(Code.NO_DATA, "CallID is no unsigned number of 64 bits.")
    return text or None
