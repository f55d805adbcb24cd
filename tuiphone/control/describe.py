"""Says what a Change means to people and scripts who are attached: `Happened` lines and one-time alerts."""

import dataclasses
import math
from typing import Any

from tuiphone.control.protocol import Alert, Happened
from tuiphone.core.call import CallDirection, CallId, Participant
from tuiphone.core.events import (
    CallAnswered,
    CallAutoAnswered,
    CallConsulted,
    CallDescribed,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    CallInterrupted,
    CallJoined,
    CallMediaChanged,
    CallMerged,
    CallMuted,
    CallMutedByPeer,
    CallNoted,
    CallRang,
    CallRecorded,
    CallStarted,
    CallUnlinked,
    CameraChanged,
    CameraSwitched,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    DevicesChanged,
    DigitsHeard,
    DisturbChanged,
    InfoReceived,
    LineChanged,
    ParticipantsChanged,
    PhoneEvent,
    PresencePublished,
    ProviderFaulted,
    SoundChanged,
    TalkBegan,
    TextNotSent,
    TextReceived,
    TransferRequested,
    VoicemailChanged,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Address
from tuiphone.core.ports import MediaStats


def happened(change: Change, stats: MediaStats | None) -> Happened | None:
    """The change as a line for scripts; None when nothing changed or it is of no use to them."""
    told = _name_and_data(change.event)
    if told is None:
        return None
    event, data = told
    ref = getattr(change.event, "ref", None)
    id = CallId(change.account, ref) if isinstance(ref, str) and not isinstance(change.event, DeskCallGone) else None
    passes_through = isinstance(change.event, InfoReceived | TextReceived | TextNotSent | ProviderFaulted)
    if change.before is change.after and not passes_through:
        return None
    if isinstance(change.event, CallStarted) and id is not None and event == "incoming":
        call = change.after.call(id)
        # The PBX rings us for what we dialled.
        data |= {"dialled": True} if call is not None and call.direction is CallDirection.OUTGOING else {}
    if isinstance(change.event, CallEnded) and id is not None:
        call = change.after.call(id)
        if call is not None:
            data |= {"reason": (call.reason or change.event.reason).value, "talk_s": round(call.talk_s(change.at), 1)}
            data["answered"] = call.is_answered
        data |= quality(stats or MediaStats())
    return Happened(event=event, at=change.at, account=change.account, call=id, data=data)


def quality(stats: MediaStats) -> dict[str, Any]:
    """The figures of a call's sound as scripts get them."""
    return {
        "rx_packets": stats.received,
        "lost": stats.lost,
        "jitter_ms": round(stats.jitter_ms, 1),
        "rtt_ms": None if stats.rtt_ms is None else round(stats.rtt_ms, 1),
        "mos": None if stats.mos is None else round(stats.mos, 2),
        "codec": stats.codec,
        "video": stats.video,
    }


def alert(change: Change) -> Alert | None:
    """What has to be said once, whatever is on the screen."""
    event, account = change.event, change.account
    match event:
        case CallAnswered(ref) if change.before is not change.after:
            return _answered_by_itself(change, CallId(account, ref))
        case ProviderFaulted(detail, ref):
            return Alert("warning", detail, account, CallId(account, ref) if ref else None)
        case CameraChanged(ref, problem=str() as problem):
            before = change.before.call(CallId(account, ref))
            if before is None or before.camera_problem == problem:
                return None
            return Alert("warning", problem, account, before.id)
        case TextNotSent(to, detail):
            return Alert("warning", f"Your message to {to.label} was not sent: {detail}", account, page="messages")
        case VoicemailChanged(new) if new > _waiting(change):
            what = "a message waits" if new == 1 else f"{new:,} messages wait"
            return Alert("info", f"New voicemail: {what} in your mailbox.", account)
        case SoundChanged(problem=str() as problem) if problem != change.before.sound.problem:
            return Alert("warning", problem)
        case SoundChanged(problem=None) if change.before.sound.problem:
            return Alert("info", "The sound is back.")
        case _:
            return None


def _waiting(change: Change) -> float:
    """New messages up to now; what waited before anybody looked is no news."""
    known = change.before.account(change.account)
    return known.voicemail.new if known is not None and known.voicemail is not None else math.inf


def _answered_by_itself(change: Change, id: CallId) -> Alert | None:
    call = change.after.call(id)
    if call is None or not call.auto_answered:
        return None
    heard = "your microphone is closed" if call.muted else "they can hear you"
    why = ": the caller asked for it" if call.answered_as_asked else ""
    return Alert("warning", f"{call.peer.label} was answered by itself{why}; {heard}.", id.account, id)


def _name_and_data(event: PhoneEvent) -> tuple[str, dict[str, Any]] | None:
    match event:
        case ConnectionChanged(link, detail):
            return "connection", {"link": link.value, "detail": detail}
        case DevicesChanged(devices):
            return "devices", {"devices": [dataclasses.asdict(device) for device in devices]}
        case CallStarted(direction=direction, peer=peer, video=video, caller=caller, participants=participants):
            name = "incoming" if direction is CallDirection.INCOMING else "started"
            data = {"peer": _address(peer), "video": video, "caller": caller}
            data |= {} if event.picked_up_for is None else {"picked_up_for": _address(event.picked_up_for)}
            return name, data | ({"participants": [_participant(one) for one in participants]} if participants else {})
        case ParticipantsChanged(_, participants):
            return "participants", {"participants": [_participant(one) for one in participants]}
        case CallMerged(_, into):
            return "merged", {"into": str(into)}
        case CallUnlinked():
            return "unlinked", {}
        case TalkBegan():
            return "reached", {}
        case CallRang(_, early_media):
            return "ringing", {"early_media": early_media}
        case CallAnswered():
            return "answered", {}
        case CallAutoAnswered(_, muted, on=True, asked=asked):
            return "auto_answered", {"muted": muted, "asked": asked}
        case DisturbChanged(until):
            return "do_not_disturb", {"until": until}
        case CallHeld(_, on):
            return ("held" if on else "resumed"), {}
        case CallHeldByPeer(_, on):
            return ("held_by_peer" if on else "resumed_by_peer"), {}
        case CallMuted(_, on):
            return ("muted" if on else "unmuted"), {}
        case CallMutedByPeer(_, on):
            return ("muted_by_peer" if on else "unmuted_by_peer"), {}
        case CameraSwitched(_, on):
            return "camera", {"on": on}
        case CameraChanged(_, cameras, problem):
            return "cameras", {"cameras": list(cameras), "problem": problem}
        case CallMediaChanged(_, link):
            return "media", {"link": link}
        case CallDescribed(_, facts, video, _):
            return "described", {"facts": dict(facts), "video": video}
        case CallInterrupted(_, on):
            return ("interrupted" if on else "restored"), {}
        case TransferRequested(_, to, by):
            return "referred", {"to": _address(to), "by": by}
        case LineChanged(line, state, peer, incoming):
            data = {"line": _address(line), "state": state.value, "incoming": incoming}
            return "line", data | {"peer": None if peer is None else _address(peer)}
        case DeskCallChanged(call):
            data = {"ref": call.ref, "state": call.state.value, "since": call.since, "line": call.line}
            at = None if call.at is None else _address(call.at)
            return "desk", data | {"peer": _address(call.peer), "extension": at}
        case DeskCallGone(ref):
            return "desk_gone", {"ref": ref}
        case VoicemailChanged(new, old, mailbox):
            return "voicemail", {"new": new, "old": old, "mailbox": None if mailbox is None else mailbox.text}
        case PresencePublished(presence):
            return "presence", {"availability": presence.availability.value, "note": presence.note}
        case CallJoined(_, on):
            return ("joined" if on else "left"), {}
        case CallConsulted(_, about):
            return "consults", {"about": about}
        case CallNoted(_, note):
            return "noted", {"note": note}
        case CallRecorded(_, path):
            return "recording", {"path": path}
        case CallEnded(_, reason, detail):
            return "ended", {"reason": reason.value, "detail": detail}
        case DigitsHeard(_, digits):
            return "digits", {"digits": digits}
        case InfoReceived(_, text):
            return "info", {"payload": text}
        case TextReceived(sender, text, topic):
            return "text", {"from": _address(sender), "text": text, "topic": topic}
        case TextNotSent(to, detail):
            return "text_not_sent", {"to": _address(to), "detail": detail}
        case ProviderFaulted(detail, _):
            return "fault", {"detail": detail}
        case _:
            return None


def _participant(one: Participant) -> dict[str, Any]:
    return {**_address(one.address), "state": one.state.value, "muted": one.muted, "us": one.is_us}


def _address(address: Address) -> dict[str, Any]:
    return {"kind": address.kind.value, "text": address.text, "name": address.name}
