"""The pure function that takes the phone's state from event to event."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

from tuiphone.core.alike import are_alike
from tuiphone.core.call import NOT_REACHED, Call, CallDirection, CallId, CallState, EndReason, Participant, Referral
from tuiphone.core.desk import with_desk_call, without_desk_call, without_link, without_reached
from tuiphone.core.events import (
    AccountAdded,
    AccountRemoved,
    CallAnswered,
    CallAutoAnswered,
    CallConsulted,
    CallDescribed,
    CallEnded,
    CallForgotten,
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
    CallSilenced,
    CallStarted,
    CallUnlinked,
    CameraChanged,
    CameraSwitched,
    CommandFinished,
    CommandStarted,
    ConnectionChanged,
    ContactsChanged,
    DeskCallChanged,
    DeskCallGone,
    DevicesChanged,
    DigitsHeard,
    DisturbChanged,
    DownloadsChanged,
    Facts,
    InfoReceived,
    LineChanged,
    Link,
    ListChanged,
    MissedCounted,
    ParticipantsChanged,
    PhoneEvent,
    PlaybackChanged,
    PresenceChanged,
    PresencePublished,
    ProviderFaulted,
    RecordLogged,
    SoundChanged,
    TalkBegan,
    TextNotSent,
    TextReceived,
    TextStatusChanged,
    TransferDecided,
    TransferRequested,
    UnreadCounted,
    VoicemailChanged,
)
from tuiphone.core.model import Address, DeskCall, DeskState, Line, LineState, Voicemail
from tuiphone.core.state import AccountState, PhoneState, Sound, with_account, without_account

MAX_NOTICES = 20
"""Side messages kept with a call."""
MAX_FACTS = 40
PRESSED = "Keys pressed there"
"""Label of the fact that holds the far side's digits."""
MAX_PRESSED = 32
MAX_PARTICIPANTS = 100
MAX_LINES = 500
"""Lines of one account that are watched."""
MAX_CALLS = 50
"""Calls of one account, those that just ended included; a server that sends more is not listened to."""


def merged(facts: Facts, more: Facts) -> Facts:
    """Facts with newer ones of the same label put in their place."""
    together = dict(facts)
    together.update(more)
    return tuple(together.items())[:MAX_FACTS]


def ended(call: Call, reason: EndReason, detail: str | None, at: float) -> Call:
    """The call as it is when it is over; a call that rang here unanswered was missed, whoever gave up."""
    given_up = reason in (EndReason.REMOTE_HUNG_UP, EndReason.NO_ANSWER, EndReason.CANCELLED)
    # One of ours may ring here as well: the PBX that is to dial it rings us first.
    if given_up and call.state is CallState.INCOMING and call.direction is CallDirection.INCOMING:
        reason = EndReason.MISSED
    is_reached = call.control is None or call.reached or reason not in NOT_REACHED
    return call.moved(
        CallState.ENDED,
        ended_at=at,
        answered_at=call.answered_at if is_reached else None,
        reason=reason,
        detail=detail,
        pending=None,
        recording=None,
        camera=False,
        camera_problem=None,
        conference=False,
        referral=None,
        reconnecting_since=None,
        awaits=None,
    )


def reduce(state: PhoneState, account: str, event: PhoneEvent, at: float) -> PhoneState:
    """The state after this event of this account, at `at` seconds since the epoch; pure.

    An event about a call that is unknown or over, or an arrow the state machine does not have, changes nothing.
    """
    match event:
        case AccountAdded(added):
            return _with(state, accounts=with_account(state, added).accounts)
        case AccountRemoved():
            return _with(state, accounts=without_account(state, account).accounts)
        case ConnectionChanged():
            return _with_link(state, account, event, at)
        case DevicesChanged(devices):
            return _on_account(state, account, lambda known: replace(known, devices=devices))
        case CallStarted():
            return _with_new_call(state, account, event, at)
        case CallRang(ref, early_media):
            return _on_call(
                state,
                account,
                ref,
                lambda call: call.moved(CallState.RINGING, early_media=call.early_media or early_media),
            )
        case CallAnswered(ref):
            return _with_talk(_on_call(state, account, ref, lambda call: _answered(call, at)), CallId(account, ref), at)
        case CallHeld(ref, on):
            target = CallState.HELD if on else CallState.ACTIVE
            return _on_call(state, account, ref, lambda call: call.moved(target) if call.is_answered else call)
        case CallHeldByPeer(ref, on):
            return _on_call(state, account, ref, lambda call: replace(call, held_by_peer=on))
        case CallMutedByPeer(ref, on):
            return _on_call(state, account, ref, lambda call: replace(call, muted_by_peer=on))
        case CallDescribed(ref, facts, video, peer):
            return _on_call(
                state,
                account,
                ref,
                lambda call: replace(
                    call,
                    facts=merged(call.facts, facts),
                    video=call.video if video is None else video,
                    peer=peer or call.peer,
                ),
            )
        case ParticipantsChanged(ref, participants):
            return _on_call(state, account, ref, lambda call: _with_participants(call, participants))
        case CallEnded(ref, reason, detail):
            return _without_lonely(_on_call(state, account, ref, lambda call: ended(call, reason, detail, at)))
        case CallInterrupted(ref, on):
            return _on_call(state, account, ref, lambda call: _interrupted(call, on, at))
        case TransferRequested(ref, to, by):
            return _on_call(state, account, ref, lambda call: replace(call, referral=Referral(to, by)))
        case TransferDecided(ref):
            return _on_call(state, account, ref, lambda call: replace(call, referral=None))
        case LineChanged(line, line_state, peer, incoming):
            shown = _on_account(state, account, lambda known: _with_line(known, Line(line, line_state, peer, incoming)))
            return shown if peer is None or line_state is not LineState.BUSY else _with_reached(shown, peer, at)
        case DeskCallChanged(DeskCall(ref, state=DeskState.MISSED) as told) if _is_talked_with(state, told):
            return _on_account(
                state, account, lambda known: replace(known, desk=without_desk_call(known.desk, told.ref))
            )
        case DeskCallChanged(told):
            return _on_account(state, account, lambda known: replace(known, desk=with_desk_call(known.desk, told)))
        case DeskCallGone(ref):
            return _on_account(state, account, lambda known: replace(known, desk=without_desk_call(known.desk, ref)))
        case VoicemailChanged(new, old, mailbox):
            return _on_account(state, account, lambda known: replace(known, voicemail=Voicemail(new, old, mailbox)))
        case PresencePublished(presence):
            return _on_account(state, account, lambda known: replace(known, presence=presence))
        case DigitsHeard(ref, digits):
            return _on_call(state, account, ref, lambda call: _with_digits(call, digits))
        case InfoReceived(ref, text):
            return _on_call(
                state, account, ref, lambda call: replace(call, notices=(*call.notices, text)[-MAX_NOTICES:])
            )
        case ProviderFaulted(detail, ref) if ref is not None:
            return _on_call(state, account, ref, lambda call: replace(call, detail=detail))
        case ProviderFaulted(detail):
            return _on_account(state, account, lambda known: replace(known, trouble=detail, trouble_at=at))
        case CallMerged(ref, into):
            return _with_merged(state, CallId(account, ref), into)
        case CallUnlinked(ref):
            return _on_call(state, account, ref, lambda call: replace(call, awaits=None))
        case TalkBegan(ref):
            return _with_talk(_on_call(state, account, ref, lambda call: _reached(call, at)), CallId(account, ref), at)
        case CallMuted(ref, on):
            return _on_call(state, account, ref, lambda call: replace(call, muted=on))
        case CallSilenced(ref):
            return _on_call(state, account, ref, lambda call: replace(call, silenced=True))
        case CallAutoAnswered(ref, muted, on, asked):
            return _on_call(
                state,
                account,
                ref,
                lambda call: replace(call, auto_answered=on, answered_as_asked=on and asked, muted=on and muted),
            )
        case CameraSwitched(ref, on):
            return _on_call(state, account, ref, lambda call: replace(call, camera=on))
        case CameraChanged(ref, cameras, problem):
            return _on_call(state, account, ref, lambda call: replace(call, cameras=cameras, camera_problem=problem))
        case CallMediaChanged(ref, link):
            return _on_call(state, account, ref, lambda call: replace(call, media=link))
        case CallRecorded(ref, path):
            return _on_call(state, account, ref, lambda call: replace(call, recording=path))
        case CallJoined(ref, on):
            joined = _on_call(state, account, ref, lambda call: replace(call, conference=on and call.is_answered))
            return joined if on else _without_lonely(joined)
        case CallConsulted(ref, about):
            return _on_call(state, account, ref, lambda call: replace(call, consults=about))
        case CallNoted(ref, note):
            # The one thing that may still come when the call is over: it was being typed.
            id = CallId(account, ref)
            return _with(
                state, calls=tuple(replace(call, note=note) if call.id == id else call for call in state.calls)
            )
        case CommandStarted(ref, action):
            return _on_call(state, account, ref, lambda call: replace(call, pending=action))
        case CommandFinished(ref):
            return _on_call(state, account, ref, lambda call: replace(call, pending=None))
        case CallForgotten(ref):
            gone = CallId(account, ref)
            return _with(state, calls=tuple(call for call in state.calls if call.id != gone or call.is_live))
        case SoundChanged(microphone, speaker, problem):
            return _with(state, sound=Sound(microphone, speaker, problem))
        case MissedCounted(count):
            return _with(state, missed=count)
        case UnreadCounted(count):
            return _with(state, unread=count)
        case ListChanged(which):
            return _with(state, lists=tuple(sorted((dict(state.lists) | {which: state.changes_of(which) + 1}).items())))
        case PlaybackChanged(playback):
            return _with(state, playback=playback)
        case DownloadsChanged(downloads):
            return _with(state, downloads=downloads)
        case DisturbChanged(until):
            return _with(state, do_not_disturb=until)
        case RecordLogged(record) if record.answered_at is not None:
            return _with_reached(state, record.peer, record.answered_at)
        case (
            TextReceived()
            | TextNotSent()
            | TextStatusChanged()
            | ContactsChanged()
            | PresenceChanged()
            | RecordLogged()
        ):
            return state
        case _ as never:
            assert_never(never)


def _without_lonely(state: PhoneState) -> PhoneState:
    """One call alone is no conference."""
    if len(state.conference) != 1:
        return state
    return _with(state, calls=tuple(replace(call, conference=False) for call in state.calls))


def _answered(call: Call, at: float) -> Call:
    # HELD -> ACTIVE is an arrow too, but being answered twice is not resuming.
    return call if call.is_answered else call.moved(CallState.ACTIVE, answered_at=at)


def _reached(call: Call, at: float) -> Call:
    # Once only: being told twice does not take talk time back.
    return replace(call, reached=True, answered_at=at) if call.is_answered and not call.reached else call


def _with_digits(call: Call, digits: str) -> Call:
    pressed = (dict(call.facts).get(PRESSED, "") + digits)[-MAX_PRESSED:]
    return replace(call, facts=merged(call.facts, ((PRESSED, pressed),))) if digits else call


def _with_participants(call: Call, participants: tuple[Participant, ...]) -> Call:
    # A call is a group call from its birth on, or never.
    return replace(call, participants=participants[:MAX_PARTICIPANTS] or call.participants) if call.is_group else call


def _with_link(state: PhoneState, account: str, event: ConnectionChanged, at: float) -> PhoneState:
    def change(known: AccountState) -> AccountState:
        is_online = event.link is Link.ONLINE
        devices = known.devices if is_online else ()
        lines = known.lines if is_online else tuple(Line(line.address) for line in known.lines)
        after = replace(known, link=event.link, detail=event.detail, retry_at=event.retry_at, since=at, devices=devices)
        after = replace(after, lines=lines, presence=known.presence if is_online else None)
        after = replace(after, desk=known.desk if is_online else without_link(known.desk))
        if event.link not in (Link.CONNECTING, Link.WAITING):
            after = replace(after, lost_at=None)
        elif known.link is Link.ONLINE:
            after = replace(after, lost_at=at)
        went_wrong = event.link in (Link.WAITING, Link.FAILED) and event.detail is not None
        return replace(after, trouble=event.detail, trouble_at=at) if went_wrong else after

    return _on_account(state, account, change)


def _interrupted(call: Call, on: bool, at: float) -> Call:
    if not on:
        return replace(call, reconnecting_since=None)
    return call if call.reconnecting_since is not None else replace(call, reconnecting_since=at, may_be_over=True)


def _with_line(known: AccountState, line: Line) -> AccountState:
    if line.state in (LineState.IDLE, LineState.UNKNOWN):
        line = Line(line.address, line.state)
    if any(one.address.text == line.address.text for one in known.lines):
        lines = tuple(line if one.address.text == line.address.text else one for one in known.lines)
    else:
        lines = (*known.lines, line)[:MAX_LINES]
    return replace(known, lines=lines)


def _with_reached(state: PhoneState, who: Address, at: float) -> PhoneState:
    """Somebody of the group, or we, talked with this number."""
    accounts = tuple(replace(known, desk=without_reached(known.desk, who, at)) for known in state.accounts)
    return _with(state, accounts=accounts)


def _with_talk(state: PhoneState, id: CallId, at: float) -> PhoneState:
    call = state.call(id)
    return _with_reached(state, call.peer, at) if call is not None and _is_talk(call) else state


def _is_talk(call: Call) -> bool:
    """Somebody is on the line with us; a PBX that was told to call may have only us as yet."""
    begins_with_us = call.control is not None and call.direction is CallDirection.OUTGOING
    return call.is_live and call.is_answered and (call.reached or not begins_with_us)


def _is_talked_with(state: PhoneState, missed: DeskCall) -> bool:
    """Who was missed is on the line with somebody by now."""
    peers = [call.peer for call in state.live_calls if _is_talk(call)]
    busy = (line.peer for known in state.accounts for line in known.lines if line.state is LineState.BUSY)
    return any(are_alike(missed.peer, peer) for peer in (*peers, *filter(None, busy)))


def _with_new_call(state: PhoneState, account: str, event: CallStarted, at: float) -> PhoneState:
    id = CallId(account, event.ref)
    if (known := state.call(id)) is not None:
        takes_over = known.id == id and known.control is not None and known.awaits is not None
        return _on_call(state, account, event.ref, lambda call: _taken_over(call, event)) if takes_over else state
    is_incoming = event.direction is CallDirection.INCOMING
    if is_incoming and sum(call.id.account == account for call in state.calls) >= MAX_CALLS:
        return state
    born = CallState.INCOMING if is_incoming else CallState.DIALING
    call = Call(id, event.peer, event.direction, born, at, event.video, event.caller, facts=event.facts[:MAX_FACTS])
    call = replace(call, participants=event.participants[:MAX_PARTICIPANTS])
    call = replace(call, silenced=event.quietly and is_incoming, awaits=event.awaits)
    call = replace(call, answer_wish=event.answer_wish if is_incoming else None)
    call = replace(call, picked_up_for=None if is_incoming else event.picked_up_for)
    return replace(state, calls=(*state.calls, call))


def _taken_over(call: Call, event: CallStarted) -> Call:
    """A call that was merged before its own account told of it, now that it does."""
    if event.direction is CallDirection.INCOMING:
        call = replace(call.moved(CallState.INCOMING), silenced=call.silenced or event.quietly)
        call = replace(call, answer_wish=event.answer_wish)
    facts = merged(call.facts, event.facts)
    # What was wrong before it rang is no more.
    return replace(call, awaits=None, facts=facts, caller=event.caller or call.caller, video=event.video, detail=None)


def _with_merged(state: PhoneState, control: CallId, into: CallId) -> PhoneState:
    theirs = next((call for call in state.calls if call.id == control), None)
    ours = next((call for call in state.calls if call.id == into), None)
    if theirs is not None and not theirs.is_live:
        return state
    if theirs is not None:
        # Until its own account tells of it.
        renamed = replace(theirs, id=into, control=control, awaits=into.account)
        one = renamed if ours is None else _one_of(ours, theirs)
    elif ours is not None:
        one = replace(ours, control=ours.control or control)
    else:
        return state
    place = theirs if ours is None else ours
    calls = tuple(one if call is place else call for call in state.calls if call is place or call is not theirs)
    return _with(state, calls=calls)


def _one_of(ours: Call, theirs: Call) -> Call:
    """The call that has the sound, with what its control account knows; whom one dialled goes before who rings."""
    is_dialled = theirs.direction is CallDirection.OUTGOING and ours.direction is CallDirection.INCOMING
    return replace(
        ours,
        control=ours.control or theirs.id,
        started_at=min(ours.started_at, theirs.started_at),
        direction=theirs.direction if is_dialled else ours.direction,
        peer=theirs.peer if is_dialled else ours.peer,
        facts=merged(theirs.facts, ours.facts),
        note=ours.note or theirs.note,
    )


def _on_account(state: PhoneState, name: str, change: Callable[[AccountState], AccountState]) -> PhoneState:
    accounts = tuple(change(known) if known.account.name == name else known for known in state.accounts)
    return _with(state, accounts=accounts)


def _on_call(state: PhoneState, account: str, ref: str, change: Callable[[Call], Call]) -> PhoneState:
    id = CallId(account, ref)
    calls = tuple(change(call) if call.id == id and call.is_live else call for call in state.calls)
    return _with(state, calls=calls)


def _with(state: PhoneState, **changes: Any) -> PhoneState:
    # Whoever listens tells by identity that nothing changed.
    changed = replace(state, **changes)
    return state if changed == state else changed
