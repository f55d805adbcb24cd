"""What a Change comes to in the log: a sentence, how much it matters, and figures as detail. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from tuiphone.control.describe import quality
from tuiphone.core.call import Call, CallDirection, CallId, EndReason
from tuiphone.core.entry import Level
from tuiphone.core.events import (
    AccountAdded,
    AccountRemoved,
    CallAnswered,
    CallEnded,
    CallHeld,
    CallHeldByPeer,
    CallInterrupted,
    CallMediaChanged,
    CallMerged,
    CallMuted,
    CallRecorded,
    CallStarted,
    CallUnlinked,
    ConnectionChanged,
    DeskCallChanged,
    DevicesChanged,
    DisturbChanged,
    DownloadsChanged,
    Link,
    ProviderFaulted,
    SoundChanged,
    TalkBegan,
    TextNotSent,
    TextReceived,
    TextStatusChanged,
    TransferRequested,
    VoicemailChanged,
)
from tuiphone.core.ledger import Change
from tuiphone.core.model import Address, DeskCall, DeskState, TextStatus, people_in
from tuiphone.core.ports import MediaLink, MediaStats

_WELL = (
    EndReason.HUNG_UP,
    EndReason.REMOTE_HUNG_UP,
    EndReason.OVER,
    EndReason.CANCELLED,
    EndReason.TRANSFERRED,
    EndReason.ELSEWHERE,
)
_BADLY = (EndReason.LOST, EndReason.FAILED)
MAX_ROOM = 2000
"""Characters of the names of those in a group call that are looked at."""


@dataclass(frozen=True, slots=True)
class Told:
    """What to take down."""

    level: Level
    text: str
    detail: str | None = None
    people: tuple[str, ...] = ()


def told(change: Change, stats: MediaStats | None) -> Iterator[Told]:
    """What has to be taken down of this change; `stats` are those of a call that just ended."""
    event = change.event
    ref = getattr(event, "ref", None)
    call = change.after.call(CallId(change.account, ref)) if isinstance(ref, str) else None
    match event:
        case ProviderFaulted(detail):
            yield Told(Level.WARNING, detail)
        case TextNotSent(to, detail):
            yield Told(Level.WARNING, f"A message to {_who(to)} was not sent: {detail}", people=_people(to))
        case TextReceived(sender):
            yield Told(Level.INFO, f"A message came from {_who(sender)}.", people=_people(sender))
        case TextStatusChanged(_, TextStatus.FAILED, detail):
            yield Told(Level.WARNING, f"A message was not sent: {detail or 'the server did not say why.'}")
        case _ if change.before is change.after:
            return
        case ConnectionChanged():
            yield from _link(change, event)
        case AccountAdded(account):
            yield Told(Level.INFO, f"The account is there ({account.provider}).")
        case AccountRemoved():
            yield Told(Level.INFO, "The account was taken out.")
        case DevicesChanged(devices):
            names = ", ".join(device.name for device in devices)
            yield Told(Level.INFO, f"Other devices of this user: {names or 'none'}.")
        case DisturbChanged(until):
            yield Told(Level.INFO, "Calls ring again." if until is None else "Do not disturb was switched on.")
        case SoundChanged():
            yield _sound(event)
        case DeskCallChanged(DeskCall(peer=peer, state=DeskState.MISSED, at=at)):
            where = "" if at is None else f" at {_who(at)}"
            yield Told(Level.INFO, f"Nobody took the call from {_who(peer)}{where}.", people=_people(peer))
        case VoicemailChanged(new, old):
            yield Told(Level.INFO, f"Messages in the mailbox: {new} new, {old} old.")
        case DownloadsChanged():
            yield from _downloads(change, event)
        case _ if call is not None:
            yield from _of_call(change, call, stats)
        case _:
            return


def _link(change: Change, event: ConnectionChanged) -> Iterator[Told]:
    before = change.before.account(change.account)
    was_online = before is not None and before.link is Link.ONLINE
    why = (event.detail or "").strip()
    match event.link:
        case Link.ONLINE:
            yield Told(Level.INFO, "Registered.")
        case Link.OFF:
            yield Told(Level.INFO, "Switched off.")
        case Link.WAITING:
            lost = f"Lost: {why}" if why else "The connection was lost."
            yield Told(Level.WARNING, lost if was_online else why or "Not connected.")
        case Link.FAILED:
            yield Told(Level.ERROR, f"Refused: {why or 'the server did not say why.'}")
        case Link.BROKEN:
            first, *more = why.splitlines() or ["The settings cannot be used."]
            yield Told(Level.ERROR, f"The settings have mistakes: {first}", "\n".join(more) or None)
        case Link.CONNECTING:
            pass


def _sound(event: SoundChanged) -> Told:
    names = f"microphone {event.microphone or 'none'}, speaker {event.speaker or 'none'}"
    return Told(Level.WARNING, event.problem, names) if event.problem else Told(Level.INFO, f"Sound: {names}.")


def _downloads(change: Change, event: DownloadsChanged) -> Iterator[Told]:
    before = {download.id: download for download in change.before.downloads}
    after = {download.id: download for download in event.downloads}
    for id, download in after.items():
        if id not in before:
            yield Told(Level.INFO, f"A recording is being fetched: {download.name}.", people=(download.name,))
        if download.problem and (id not in before or before[id].problem != download.problem):
            yield Told(Level.WARNING, f"A recording could not be fetched: {download.problem}")
    for id, download in before.items():
        if id not in after and not download.problem:
            yield Told(Level.INFO, f"No longer being fetched: {download.name}.", people=(download.name,))


def _of_call(change: Change, call: Call, stats: MediaStats | None) -> Iterator[Told]:
    who, people = _who(call.peer), _people(call.peer)
    match change.event:
        case CallMerged(_, into):
            yield Told(Level.INFO, f"The call with {who} has its sound at {into.account}.", people=people)
        case CallUnlinked():
            text = f"Nothing rang here for the call with {who}; it is at the desk phone."
            yield Told(Level.INFO, text, people=people)
        case TalkBegan():
            yield Told(Level.INFO, f"{who} picked up.", people=people)
        case CallStarted() if change.before.call(call.id) is not None:
            return  # it has been told of under another name
        case CallStarted(picked_up_for=Address() as line):
            text = f"The call of {who} at {_who(line)} is picked up."
            yield Told(Level.INFO, text, people=(*people, *_people(line)))
        case CallStarted(video=video, caller=caller):
            kind = "video call" if video else "call"
            line = f" on {caller}" if caller and call.direction is CallDirection.INCOMING else ""
            line = f" from {caller}" if caller and not line else line
            what = f"A {kind} from" if call.direction is CallDirection.INCOMING else f"A {kind} to"
            yield Told(Level.INFO, f"{what} {who}{line}.", people=(*people, caller or ""))
        case CallAnswered():
            yield Told(Level.INFO, f"The call with {who} was answered.", people=people)
        case CallHeld(_, on):
            yield Told(Level.INFO, f"{who} was {'put on hold' if on else 'taken back'}.", people=people)
        case CallHeldByPeer(_, on):
            yield Told(Level.INFO, f"{who} {'put us on hold' if on else 'took us back'}.", people=people)
        case CallMuted(_, on):
            yield Told(Level.INFO, f"The microphone was {'closed' if on else 'opened'} towards {who}.", people=people)
        case CallInterrupted(_, on=True):
            yield Told(Level.WARNING, f"The link of the call with {who} broke; it is being restored.", people=people)
        case CallInterrupted():
            yield Told(Level.INFO, f"The call with {who} goes on.", people=people)
        case TransferRequested(_, to, by):
            what = "hands us on to" if by == "transfer" else "is to be reached at"
            yield Told(Level.INFO, f"{who} {what} {_who(to)}.", people=(*people, *_people(to)))
        case CallMediaChanged(_, link):
            yield _media(link, who, people)
        case CallRecorded(_, path):
            what = f"is being recorded into {path}" if path else "is no longer recorded"
            yield Told(Level.INFO, f"The call with {who} {what}.", people=people)
        case CallEnded():
            yield _ended(change, call, stats)
        case _:
            return


def _media(link: str, who: str, people: tuple[str, ...]) -> Told:
    match link:
        case MediaLink.CONNECTED.value:
            return Told(Level.INFO, f"Sound goes to and fro with {who}.", people=people)
        case MediaLink.DISCONNECTED.value:
            return Told(Level.WARNING, f"The sound of {who} broke off; waiting for it to come back.", people=people)
        case MediaLink.FAILED.value:
            return Told(Level.ERROR, f"No sound can be exchanged with {who}.", people=people)
        case MediaLink.CLOSED.value:
            return Told(Level.WARNING, f"The sound with {who} is gone.", people=people)
        case _:
            return Told(Level.INFO, f"The sound with {who}: {link}.", people=people)


def _ended(change: Change, call: Call, stats: MediaStats | None) -> Told:
    reason = call.reason or EndReason.HUNG_UP
    level = Level.INFO if reason in _WELL else Level.ERROR if reason in _BADLY else Level.WARNING
    if reason is EndReason.REJECTED and call.direction is CallDirection.INCOMING:
        level = Level.INFO  # it was the person who did
    talk = int(call.talk_s(change.at))
    length = f" after {talk // 60}:{talk % 60:02}" if call.is_answered else ""
    figures = quality(stats) if stats is not None and call.is_answered else {}
    lines = [call.detail or "", *(f"{name}: {value}" for name, value in figures.items() if value is not None)]
    text = f"The call with {_who(call.peer)} ended{length}: {reason.value}."
    return Told(level, text, "\n".join(line for line in lines if line) or None, _people(call.peer))


def _who(peer: Address) -> str:
    name, number = (peer.name or "")[:80], peer.text[:80]
    return f"{name} ({number})" if name and name != number else number or "somebody"


def _people(peer: Address) -> tuple[str, ...]:
    # Of a room, everybody by themselves as well: other lines name them so.
    together = people_in(peer.text[:MAX_ROOM])
    return (*((peer.name[:80],) if peer.name else ()), peer.text[:80], *(together if len(together) > 1 else ()))
