"""One device of a user: what the exchange tells it becomes requests of the server, kept while its socket is away."""

from collections.abc import Callable
from typing import Any

from tuiphone.simulator.exchange import (
    ANSWERED,
    BUSY,
    DECLINED,
    EARLY_MEDIA,
    RING_TIMEOUT,
    RINGING,
    Call,
    Endpoint,
    Exchange,
    Signal,
)
from tuiphone.simulator.link import Link
from tuiphone.simulator.vox import codec
from tuiphone.simulator.vox.candidates import wire_form
from tuiphone.simulator.vox.codec import Packet
from tuiphone.simulator.vox.codes import FROM_SERVER, INCOMING, VIDEO, VOICE
from tuiphone.simulator.vox.history import Entry, History
from tuiphone.simulator.vox.people import now_ms

CLIENT_ID = "tuiphone-simulator"
MOST_MISSED = 200
"""Requests kept for a device without a socket."""
_MOST_HELD = 100
_FINAL = 400
_REASONS = {
    RING_TIMEOUT: "No answer",
    480: "Not reachable",
    BUSY: "User busy",
    488: "bad SDP",
    DECLINED: "Call declined",
}


class Device(Endpoint):
    """It outlives its sockets by the grace time of the exchange."""

    def __init__(self, user: str, device: str, history: History) -> None:
        super().__init__(user, device)
        self.link: Link | None = None
        self.client_id = CLIENT_ID
        self._history = history
        self._missed: list[bytes] = []
        self._last_transaction = 0
        self._offered: set[str] = set()
        self._answers: dict[str, dict[str, Any]] = {}
        self._held: dict[str, list[Signal]] = {}
        """Candidates of the called side, until its answer has gone out: a browser loses what comes before."""

    def ask(self, name: str, of: str, *, client_id: str = CLIENT_ID, **fields: Any) -> None:
        """Send a request whose originator is `of`, or keep it for the next socket."""
        self._last_transaction += 1
        headers = {"sMobNu": of, "sClientId": client_id, "ullTransId": self._last_transaction}
        self._send(codec.encode(Packet(name, {"stHdrs": headers, **fields})))

    def reply(self, packet: Packet) -> None:
        """Send a reply; it is of no use to a later socket."""
        if self.link:
            self.link.send_raw(codec.encode(packet))

    def catch_up(self) -> None:
        """Send what came while there was no socket."""
        missed, self._missed = self._missed, []
        for packet in missed:
            self._send(packet)

    def forget(self, call: Call) -> None:
        """Keep nothing of a call that is over."""
        self._offered.discard(call.ref)
        self._answers.pop(call.ref, None)
        self._held.pop(call.ref, None)

    # -- what the exchange tells ------------------------------------------------------------------------------------

    def signalled(self, call: Call, signal: Signal, by: Endpoint) -> None:
        if signal.kind == "candidate":
            self._candidate(call, signal)
        elif self is call.caller:
            self._answers[call.ref] = signal.data
        elif call.ref not in self._offered:
            self._offered.add(call.ref)
            self._offer(call, signal.data)

    def progressed(self, call: Call, status: int, by: Endpoint | None) -> None:
        entry = self._history.of(call)
        if status == RINGING and not call.telephone:
            self._about(call, "directAudioVideoCall180RingingReq", bIsCallWaiting=False)
        elif status == EARLY_MEDIA:
            sdp = self._answers.get(call.ref, {}).get("sdp", "")
            self._about(call, "callSessionInProgressSdpReq", sSdp=sdp, ret=1)
        elif status == ANSWERED:
            answer = self._answers.pop(call.ref, {})
            sdp = answer.get("sdp", "")
            if call.telephone:
                self._about(call, "callAnswerReq", sSdp=sdp, ret=1)
            else:
                about = {
                    "ullAnswerTime": answer.get("time") or entry.answered_ms,
                    "bIsRecording": answer.get("recording"),
                }
                self._about(call, "directAudioVideoCallAnswerReq", sSdp=sdp, **about)
            for signal in self._held.pop(call.ref, []):
                self._candidate(call, signal)
        elif status >= _FINAL:
            entry.end_status, entry.end_reason = status, _REASONS.get(status, "Call failed")
            self.ended(call)

    def informed(self, call: Call, info: Any) -> None:
        name, fields = info
        self._about(call, name, **fields)

    def elsewhere(self, call: Call, status: int | None) -> None:
        if status is None or status >= ANSWERED:
            self.forget(call)
            self.ask("callInfoSyncReq", call.from_number, **_sync(self._history.of(call)))

    def ended(self, call: Call) -> None:
        self.forget(call)
        entry = self._history.of(call)
        if call.telephone is None:
            end = {"sStopTime": entry.ended_ms, "uEndStatus": entry.end_status or None, "sEndReason": entry.end_reason}
            self._about(call, "directAudioVideoCallEndReq", **end)
        else:
            end = {"sEndStatus": entry.end_status, "sEndReason": entry.end_reason or "Call ended"}
            if self is call.caller:
                self._about(call, "callEndedReq", **end)
            else:
                self._about(call, "incomingCallEndedReq", **end, sStopTime=entry.ended_ms)

    # -- how it is said ---------------------------------------------------------------------------------------------

    def _offer(self, call: Call, offer: dict[str, Any]) -> None:
        entry = self._history.of(call)
        fields = {"sSdp": offer.get("sdp", ""), "sCallActive": True, "sStartTime": offer.get("time") or now_ms()}
        if call.telephone:
            self._about(call, "incomingCallStartReq", **fields, bIsRecording=False, sDidNumber=entry.did)
        else:
            self._about(call, "directAudioVideoCallStartReq", **fields, bIsRecording=offer.get("recording"))

    def _candidate(self, call: Call, signal: Signal) -> None:
        if self is call.caller and not call.answered_by:
            held = self._held.setdefault(call.ref, [])
            if len(held) < _MOST_HELD:
                held.append(signal)
            return
        lines, texts = wire_form(signal.data)
        if not lines and not texts:
            return
        fields = {"sIceCandidates": lines, "sJsonIceCandidates": texts, "sDirection": FROM_SERVER}
        if call.telephone is None:
            name = "sendIceCandidatesInDirectAVCallReq"
        else:
            name = "sendIceCandidatesInCallReq" if self is call.caller else "sendIceCandidatesInIncomingCallReq"
        self._about(call, name, **fields)

    def _about(self, call: Call, name: str, **fields: Any) -> None:
        """Ask about a call: what every message says of it is filled in as far as this one has the field."""
        entry = self._history.of(call)
        other = (call.answered_by.user if call.answered_by else entry.callee) if self is call.caller else entry.caller
        kind = entry.kind if call.telephone else VIDEO if call.video else VOICE
        said = {
            "sDstMobNu": self.user,
            "sDstNumber": self.user,
            "sCallId": call.ref,
            "stCallType": kind,
            "eCallType": kind,
            "sMediaServerId": entry.media_server,
        }
        known = codec.fields_of(name)
        client_id = next((one.client_id for one in self._others(call) if isinstance(one, Device)), CLIENT_ID)
        self.ask(name, other, client_id=client_id, **{key: said[key] for key in said if key in known} | fields)

    def _others(self, call: Call) -> list[Endpoint]:
        if self is not call.caller:
            return [call.caller]
        return [call.answered_by] if call.answered_by else []

    def _send(self, packet: bytes) -> None:
        if self.link:
            self.link.send_raw(packet)
        elif len(self._missed) < MOST_MISSED:
            self._missed.append(packet)


def connected(exchange: Exchange, user: str) -> list[Device]:
    """The devices of a user that have a socket; a robot of that name is none."""
    return [one for one in exchange.online(user) if isinstance(one, Device)]


def tell(exchange: Exchange, user: str, say: Callable[[Device], None]) -> None:
    """Say something to every connected device of a user."""
    for device in connected(exchange, user):
        say(device)


def _sync(entry: Entry) -> dict[str, Any]:
    return {
        "sCallID": entry.ref,
        "ssrcMobNu": entry.caller,
        "sDstMobNu": entry.callee,
        "eCallType": entry.kind,
        "eStatus": entry.status,
        "ullStartTime": entry.started_ms,
        "ullEndTime": entry.ended_ms,
        "ullAnswerTime": entry.answered_ms,
        "eDirection": INCOMING,
    }
