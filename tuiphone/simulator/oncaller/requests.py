"""What an OnCaller client may ask for once it is logged in, and how it is answered."""

import logging
import re
from collections.abc import Callable
from typing import Any

from tuiphone.simulator.exchange import Exchange, Outcome, Signal
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.oncaller.device import Device, connected
from tuiphone.simulator.oncaller.services import (
    ATTRIBUTE,
    BAD_NUMBER,
    CALL_START,
    CALL_STATE,
    CALL_STOP,
    CHECK_CALL,
    CODES,
    DTMF,
    HOLD,
    INFO,
    MAKE_CALL_MESSAGES,
    MESSAGE,
    MESSAGE_PUSH,
    REFUSED,
    REGISTER_PUSH,
    SDP_CANDIDATE,
    TRANSFER,
    TRANSFER_CODES,
    UNREGISTER_PUSH,
)

logger = logging.getLogger(__name__)

MAX_TEXT = 8192
_TELEPHONE = re.compile(r"\+?[0-9]{7,15}")
_ERROR = re.compile(r"err-([1-9][0-9]{0,3})")


class Requests:
    """Carries out requests of devices. A reply goes out before whatever the request sets off (11, checklist 6)."""

    def __init__(self, exchange: Exchange, gateway: Gateway, settings: dict[str, Any]) -> None:
        self.unanswered = {int(number) for number in str(settings["unanswered"]).split(",") if number.strip()}
        self._exchange = exchange
        self._gateway = gateway
        self._hotline = str(settings["hotline"])
        self._custom_prefix = str(settings["custom_prefix"])
        self._simple: dict[int, Callable[[Device, dict[str, Any]], dict[str, Any]]] = {
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

    def carry_out(self, device: Device, service: int, body: dict[str, Any]) -> None:
        """Do what is asked and reply; an unknown service is ignored."""
        if service == CALL_START:
            self._make_call(device, body)
        elif service == TRANSFER:
            self._transfer(device, body)
        elif handle := self._simple.get(service):
            self._reply(device, service, body, handle(device, body))
        else:
            logger.info("unknown service %s", service)

    def _reply(self, device: Device, service: int, body: dict[str, Any], result: dict[str, Any]) -> None:
        if service not in self.unanswered:
            device.push(service, {**result, "requestId": body.get("requestId")})

    def _make_call(self, device: Device, body: dict[str, Any]) -> None:
        caller, called, custom = text(body, "fromNumber"), text(body, "toNumber"), text(body, "custom")
        is_external = _TELEPHONE.fullmatch(called) is not None
        if code := self._refusal(caller, called, is_external=is_external):
            message = MAKE_CALL_MESSAGES.get(code, "UNKNOWN_ERROR")
            self._reply(device, CALL_START, body, {"r": code, "message": message})
            return
        call = self._exchange.place(
            device,
            self._gateway.telephone(called) if is_external else called,
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
            "customDataFromYourServer": f"{self._custom_prefix}{custom}",
            "iceServers": [],
        }
        self._reply(device, CALL_START, body, result)
        self._exchange.invite(call)

    def _refusal(self, caller: str, called: str, *, is_external: bool) -> int:
        if not caller or not called:
            return BAD_NUMBER
        if error := _ERROR.fullmatch(called):
            return int(error[1])
        if not is_external or caller == self._hotline:
            return 0
        # Neighbours of the good number show the four ways in which one may be wrong; any other is not known at all.
        return int(caller[-1]) if caller[:-1] == self._hotline[:-1] and caller[-1] in "5678" else 4

    def _transfer(self, device: Device, body: dict[str, Any]) -> None:
        ref, to = text(body, "callId"), body.get("to")
        target = text(to, "number") if isinstance(to, dict) else ""
        outcome = self._exchange.may_transfer(ref, device, target)
        self._reply(device, TRANSFER, body, {"r": TRANSFER_CODES[outcome]})
        if outcome is Outcome.DONE:
            self._exchange.transfer(ref, device, target)

    def _relay(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        kind, data = body.get("type"), body.get("data")
        if not isinstance(data, dict):
            return {"r": REFUSED}
        if kind == "sdp" and data.get("type") in ("offer", "answer") and isinstance(data.get("sdp"), str):
            signal = Signal("sdp", data)
        elif kind == "candidate" and _is_candidate(data):
            signal = Signal("candidate", data)
        else:
            return {"r": REFUSED}
        outcome = self._exchange.relay(text(body, "callId"), device, signal)
        # A device that lost the race could not know it yet; what it sends is dropped, and that is no error.
        return {"r": 0 if outcome is Outcome.OTHER_DEVICE else CODES[outcome]}

    def _stop(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return {"r": CODES[self._exchange.hang_up(text(body, "callId"), device)]}

    def _state(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        ref = text(body, "callId")
        match body.get("code"):
            case 180 | 183 as code:
                outcome = self._exchange.progress(ref, device, code)
            case 200:
                outcome = self._exchange.answer(ref, device)
            case 486 | 603 as code:
                outcome = self._exchange.reject(ref, device, code)
            case _:
                return {"r": REFUSED}
        return {"r": CODES[outcome]}

    def _dtmf(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return {"r": CODES[self._exchange.press(text(body, "callId"), device, text(body, "digits"))]}

    def _info(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return {"r": CODES[self._exchange.inform(text(body, "callId"), device, body.get("info"))]}

    def _hold(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        return {"r": 0 if self._exchange.live(text(body, "callId")) else 1}

    def _message(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        receivers = connected(self._exchange, text(body, "toUser"))
        for receiver in receivers:
            receiver.push(MESSAGE_PUSH, {"fromUser": device.user, "message": body.get("message")})
        return {"r": 0} if receivers else {"r": 1, "message": "USER_NOT_CONNECTED"}

    def _check(self, device: Device, body: dict[str, Any]) -> dict[str, Any]:
        ref = text(body, "callId")
        return {"r": 0, "exist": self._exchange.live(ref) is not None, "callId": ref}


def text(body: dict[str, Any], key: str) -> str:
    """A field of a frame that has to be a text; empty when it is none."""
    value = body.get(key)
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _is_candidate(data: dict[str, Any]) -> bool:
    # A browser throws at a candidate that names no media section (11, checklist 8).
    places = data.get("sdpMid") is not None or data.get("sdpMLineIndex") is not None
    return places and isinstance(data.get("candidate"), str)
