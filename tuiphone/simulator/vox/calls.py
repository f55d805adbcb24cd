"""What a device may ask about calls, to users and to telephones (sections 4.5, 4.6 and 7)."""

import re
import secrets
import string
from typing import Any

from tuiphone.simulator.exchange import Call, Exchange, Outcome, Signal
from tuiphone.simulator.gateway import Gateway
from tuiphone.simulator.vox.candidates import MOST, parsed
from tuiphone.simulator.vox.codes import VIDEO, Ret
from tuiphone.simulator.vox.device import Device
from tuiphone.simulator.vox.history import History
from tuiphone.simulator.vox.people import People, now_ms
from tuiphone.simulator.vox.replies import Handler, Reply
from tuiphone.simulator.vox.telephones import NO_CREDIT

MAX_SDP = 256 * 1024
MOST_CALLS = 100
"""That one device may have made at a time."""
_NUMBER = re.compile(r"[0-9]{3,15}")
_CALL_ID = re.compile(r"[!-~]{1,128}")
_DIGITS = re.compile(r"[0-9*#A-Da-d]{1,32}")
_LONGEST_REASON = 500
_LETTERS = string.ascii_letters + string.digits


class Calls:
    """Carries out requests about calls. The reply goes out before whatever the request sets off."""

    def __init__(self, exchange: Exchange, gateway: Gateway, people: People, history: History, did: str) -> None:
        self._exchange = exchange
        self._gateway = gateway
        self._people = people
        self._history = history
        self._did = did
        self.handlers: dict[str, Handler] = {
            "directAudioVideoCallStartReq": self._call_user,
            "callStartReq": self._call_telephone,
            "directAudioVideoCall180RingingReq": self._ring,
            "directAudioVideoCallAnswerReq": self._answer,
            "incomingCallAnswerReq": self._answer,
            "directAudioVideoCallEndReq": self._end,
            "incomingCallEndReq": self._end,
            "callEndReq": self._end,
            "sendIceCandidatesInDirectAVCallReq": self._candidates,
            "sendIceCandidatesInCallReq": self._candidates,
            "sendIceCandidatesInIncomingCallReq": self._candidates,
            "directAVCallMediaOnOffReq": self._media,
            "directAVCallMediaOnOffAckReq": self._pass_on,
            "directAVCallHoldUnHoldReq": self._pass_on,
            "sendDtmfToneInCallReq": self._press,
        }

    def inbound(self, to: str, number: str) -> Call:
        """Let a telephone call a user, on all devices that are there or come while it rings.

        Raises:
            ValueError: there is no such user, or the number is none.
        """
        person = self._people.find(to)
        if person is None or person.password is None:
            raise ValueError(f"there is no user {to!r}")
        if not _NUMBER.fullmatch(number.removeprefix("+")):
            raise ValueError(f"{number!r} is no telephone number")
        telephone = self._gateway.telephone(number)
        ref = "".join(secrets.choice(_LETTERS) for _ in range(16))
        call = self._exchange.place(telephone, to, from_number=number, to_number=self._did, ref=ref)
        self._exchange.invite(call)
        return call

    # -- beginning --------------------------------------------------------------------------------------------------

    def _call_user(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        ref, to = asked["sCallId"], asked["sDstMobNu"]
        if refusal := self._refusal(device, ref, to, asked["sSdp"]):
            reply(refusal)
            return
        if self._people.find(to) is None:
            reply(Ret.INTERNAL)
            end = {"sDstMobNu": device.user, "stCallType": asked["stCallType"], "sCallId": ref, "sStopTime": now_ms()}
            device.ask("directAudioVideoCallEndReq", to, **end, uEndStatus=404, sEndReason="Unknown user")
            return
        reply(Ret.OK)
        video = asked["stCallType"] == VIDEO
        call = self._exchange.place(device, to, from_number=device.user, to_number=to, video=video, ref=ref)
        self._begin(call, device, asked)

    def _call_telephone(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        ref, number = asked["sCallId"], asked["sDstMobNu"].removeprefix("+")
        refusal = self._refusal(device, ref, number, asked["sSdp"])
        if refusal or not _NUMBER.fullmatch(number):
            reply(refusal or Ret.INVALID_FIELD)
            return
        if number.endswith(NO_CREDIT):
            reply(Ret.NO_CREDIT)
            return
        reply(Ret.OK)
        telephone = self._gateway.telephone(number)
        call = self._exchange.place(device, telephone, from_number=device.user, to_number=number, ref=ref)
        self._begin(call, device, asked)

    def _refusal(self, device: Device, ref: str, to: str, sdp: str) -> Ret | None:
        if not _CALL_ID.fullmatch(ref) or not to or not 0 < len(sdp) <= MAX_SDP:
            return Ret.INVALID_FIELD
        calls = self._exchange.calls
        if ref in calls:
            return Ret.NOT_ALLOWED
        live = sum(not call.ended and call.caller is device for call in calls.values())
        return Ret.LIMIT if live >= MOST_CALLS else None

    def _begin(self, call: Call, device: Device, asked: dict[str, Any]) -> None:
        recording = asked.get("bIsRecording")
        self._history.of(call).is_recorded = recording is True
        self._exchange.invite(call)
        offer = {"type": "offer", "sdp": asked["sSdp"], "time": asked.get("sStartTime"), "recording": recording}
        self._exchange.relay(call.ref, device, Signal("sdp", offer))

    def _ring(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        self._inform(device, asked, reply, "directAudioVideoCall180RingingReq", "bIsCallWaiting")

    def _answer(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        ref, sdp = asked["sCallId"], asked["sSdp"]
        call = self._exchange.calls.get(ref)
        if call is None or call.devices.get(device.device) is not device:
            reply(Ret.INTERNAL)
        elif call.answered_by and call.answered_by is not device:
            reply(Ret.ELSEWHERE)
        elif call.ended:
            reply(Ret.INTERNAL)
        elif call.answered_by:
            reply(Ret.NOT_ALLOWED)
        elif not 0 < len(sdp) <= MAX_SDP:
            reply(Ret.INVALID_FIELD)
        else:
            reply(Ret.OK)
            recording, time = asked.get("bIsRecording"), asked.get("ullAnswerTime")
            answer = {"type": "answer", "sdp": sdp, "time": time, "recording": recording}
            self._exchange.relay(ref, device, Signal("sdp", answer))
            self._exchange.answer(ref, device)

    # -- the end ----------------------------------------------------------------------------------------------------

    def _end(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        ref = asked["sCallId"]
        call = self._exchange.calls.get(ref)
        if call is None or device not in (call.caller, *call.devices.values()):
            reply(Ret.INTERNAL)
        elif call.ended:
            reply(Ret.OK)
        elif call.answered_by and device not in (call.caller, call.answered_by):
            reply(Ret.ELSEWHERE)
        else:
            reply(Ret.OK)
            entry = self._history.of(call)
            entry.end_status = asked.get("uEndStatus", 0)
            entry.end_reason = asked.get("sEndReason", "")[:_LONGEST_REASON]
            self._exchange.hang_up(ref, device)
            device.forget(call)

    # -- while it lasts ---------------------------------------------------------------------------------------------

    def _candidates(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        ref = asked.get("sCallId") or self._telephone_call_of(device, asked["sDstNumber"])
        lines, texts = asked["sIceCandidates"], asked["sJsonIceCandidates"]
        if len(lines) > MOST or len(texts) > MOST:
            reply(Ret.INVALID_FIELD)
            return
        call = self._exchange.live(ref)
        if call is None or device not in (call.caller, *call.devices.values()):
            reply(Ret.INTERNAL)
            return
        reply(Ret.OK)
        candidates = [parsed(text) for text in texts]
        # The lists go to other devices as they came, with the first; robots and telephones take the candidates alone.
        for number, candidate in enumerate(candidates or [{}]):
            wire = (lines, texts) if number == 0 else ([], [])
            if wire[0] or wire[1] or candidate:
                self._exchange.relay(ref, device, Signal("candidate", {**candidate, "wire": wire}))

    def _telephone_call_of(self, device: Device, number: str) -> str:
        number = number.removeprefix("+")
        calls = (one for one in reversed(self._exchange.calls.values()) if one.caller is device and not one.ended)
        return next((one.ref for one in calls if one.telephone and one.to_number == number), "")

    def _media(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        self._pass_on(device, asked, reply, name="directAVCallMediaOnOffReq")
        call = self._exchange.live(asked["sCallId"])
        other = call and call.answered_by and (call.caller if call.answered_by is device else call.answered_by)
        if call and other and not isinstance(other, Device) and device in (call.caller, call.answered_by):
            # A robot hears of it like anybody, and says so.
            fields = {key: asked[key] for key in ("eMediaType", "sCallId", "bOption")}
            device.ask("directAVCallMediaOnOffAckReq", other.user, sDstMobNu=device.user, **fields)

    def _pass_on(self, device: Device, asked: dict[str, Any], reply: Reply, name: str = "") -> None:
        self._inform(device, asked, reply, name or reply.request, "eMediaType", "bOption", "eCallType")

    def _inform(self, device: Device, asked: dict[str, Any], reply: Reply, name: str, *names: str) -> None:
        fields = {key: asked[key] for key in names if key in asked}
        call = self._exchange.live(asked["sCallId"])
        if call is None or device not in (call.caller, *call.devices.values()):
            reply(Ret.INTERNAL)
        elif call.answered_by and device not in (call.caller, call.answered_by):
            reply(Ret.ELSEWHERE)
        else:
            reply(Ret.OK)
            self._exchange.inform(call.ref, device, (name, fields))

    def _press(self, device: Device, asked: dict[str, Any], reply: Reply) -> None:
        if not _DIGITS.fullmatch(asked["sDtmfDigit"]):
            reply(Ret.INVALID_FIELD)
            return
        outcome = self._exchange.press(asked["sCallId"], device, asked["sDtmfDigit"])
        reply(Ret.OK if outcome is Outcome.DONE else Ret.INTERNAL)
