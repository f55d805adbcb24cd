"""States as people say them: calls, links, durations, times, quality, capabilities."""

import time
from datetime import date

from tuiphone.core.call import ACCOUNT_OFF, Call, CallDirection, CallState, EndReason
from tuiphone.core.capability import ANSWER_THERE, Action, Capability
from tuiphone.core.events import Link
from tuiphone.core.model import Address, CallRecord, RecordResult, TextStatus
from tuiphone.core.ports import MediaLink
from tuiphone.core.state import AccountState, PhoneState
from tuiphone.ui.text import fit, safe

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
LONG_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

LINK_SYMBOL = {
    Link.ONLINE: "●",
    Link.CONNECTING: "◌",
    Link.WAITING: "○",
    Link.FAILED: "✕",
    Link.OFF: "–",
    Link.BROKEN: "!",
}
LINK_COLOUR = {
    Link.ONLINE: "$success",
    Link.CONNECTING: "$warning",
    Link.WAITING: "$warning",
    Link.FAILED: "$error",
    Link.OFF: "$text-muted",
    Link.BROKEN: "$error",
}

_UNDER_WAY = {
    Action.ANSWER: "answering…",
    Action.ANSWER_VIDEO: "answering…",
    Action.REJECT: "rejecting…",
    Action.BUSY: "saying busy…",
    Action.HANGUP: "hanging up…",
    Action.HOLD: "putting on hold…",
    Action.RESUME: "taking it back…",
    Action.TRANSFER: "transferring…",
    Action.TRANSFER_ATTENDED: "connecting them…",
    Action.FORWARD: "forwarding…",
    Action.INVITE: "inviting…",
    Action.REMOVE: "taking somebody out…",
    Action.FOLLOW: "calling who was named…",
}

_CAPABILITIES = {
    Capability.DIAL_USER: "calls users",
    Capability.DIAL_PHONE: "calls telephones",
    Capability.DIAL_URI: "calls users of other hosts",
    Capability.RECEIVE: "receives calls",
    Capability.MEDIA: "sound here",
    Capability.VIDEO: "video",
    Capability.ADD_VIDEO: "video added in a call",
    Capability.GROUP: "group calls",
    Capability.MUTE_SIGNAL: "tells when you mute",
    Capability.HOLD: "hold",
    Capability.DTMF: "DTMF",
    Capability.INFO: "side messages",
    Capability.TRANSFER: "transfer",
    Capability.FORWARD: "forwarding",
    Capability.BUSY: "says busy",
    Capability.TRANSFER_ATTENDED: "attended transfer",
    Capability.FAREWELL: "hangs up with a reason",
    Capability.TEXT: "text messages",
    Capability.CONTACTS: "contacts",
    Capability.PRESENCE: "presence",
    Capability.PUBLISH: "tells how you are",
    Capability.LINES: "watches lines",
    Capability.VOICEMAIL: "voicemail",
    Capability.REDIRECT: "sends waiting calls on",
    Capability.HISTORY: "the server's history",
    Capability.RECORDINGS: "the server's recordings",
    Capability.PROVISION: "makes and deletes users",
}


def link_words(known: AccountState, now: float) -> str:
    """How the account stands, with the seconds left until the next try, or those since the link was lost."""
    if known.link is Link.WAITING and known.retry_at is not None:
        return f"reconnecting in {max(0, round(known.retry_at - now))} s"
    if known.link is Link.CONNECTING and known.lost_at is not None:
        return f"reconnecting, {max(0, int(now - known.lost_at))} s"
    return known.link.value


def capability_words(capabilities: Capability) -> tuple[str, ...]:
    """What the account can do."""
    words = tuple(word for flag, word in _CAPABILITIES.items() if flag in capabilities)
    return words or ("nothing yet",)


def call_words(call: Call, now: float | None = None, *, is_elsewhere: bool = False) -> str:
    """The call's state, and what is under way with it; with the seconds of an interruption up to `now`.

    `is_elsewhere`: it is not on this phone.
    """
    if call.reconnecting_since is not None:
        return "reconnecting…" if now is None else f"reconnecting, {max(0, int(now - call.reconnecting_since))} s"
    if call.pending is not None and call.pending in _UNDER_WAY:
        return _UNDER_WAY[call.pending]
    match call.state:
        case CallState.DIALING:
            return "calling…" if call.picked_up_for is None else "picking up…"
        case CallState.RINGING:
            return "ringing; you can already hear them" if call.early_media else "ringing"
        case CallState.INCOMING if is_elsewhere:
            return "rings there"
        case CallState.INCOMING:
            return "rings quietly" if call.silenced else "rings here"
        case CallState.HELD:
            return "on hold on both sides" if call.held_by_peer else "on hold"
        case CallState.ACTIVE:
            return "on hold by the other side" if call.held_by_peer else "in call"
        case CallState.ENDED:
            return f"ended: {end_words(call)}"


def end_words(call: Call) -> str:
    """Why the call is over."""
    match call.reason:
        case None:
            return "over"
        case EndReason.HUNG_UP if call.detail == ACCOUNT_OFF:
            return "the account was switched off"
        case EndReason.HUNG_UP:
            return "you hung up"
        case EndReason.REJECTED if call.direction is CallDirection.INCOMING:
            return "you rejected it"
        case EndReason.REJECTED:
            return "they rejected it"
        case reason:
            return reason.value


def media_words(call: Call, has_media: bool) -> str | None:
    """What is the matter with the call's sound; None when nothing is."""
    if not has_media or call.state not in (CallState.ACTIVE, CallState.HELD) or call.reconnecting_since is not None:
        return None
    match call.media:
        case None | MediaLink.NEW.value:
            return "connecting the sound…"
        case MediaLink.DISCONNECTED.value:
            return "The sound broke off; waiting for it."
        case MediaLink.FAILED.value | MediaLink.CLOSED.value:
            return "The sound is gone."
        case _:
            return None


def account_of(call: Call) -> str:
    """Which account the call is on; with the one that commands its PBX, where the sound is another's."""
    own = safe(call.id.account, 40)
    return own if call.control is None else f"{safe(call.control.account, 40)} by {own}"


def own_side(call: Call, state: PhoneState) -> str | None:
    """The number or name of ours that the call is from or to, where that says more than the account does."""
    names = [id.account for id in (call.id, call.control) if id is not None]
    known = [one.account.identity for name in names if (one := state.account(name)) is not None]
    return call.caller if call.caller and call.caller not in (*names, *known) else None


def place_words(call: Call, state: PhoneState) -> str | None:
    """Where the call is to be picked up, or is, when that is not here as with any other."""
    if not call.is_live:
        return None
    if call.awaits is not None:
        return f"the PBX is to ring {safe(call.awaits, 40)}" if call.direction is CallDirection.OUTGOING else None
    if not state.is_elsewhere(call):
        return None
    return ANSWER_THERE if call.state is CallState.INCOMING else "the sound is at your desk phone"


def camera_words(call: Call) -> str | None:
    """What our picture is of, in a video call somebody answered; None in others."""
    if call.state not in (CallState.ACTIVE, CallState.HELD):
        return None
    if not call.video:
        return "adding your picture…" if call.camera else None
    if not call.camera or call.state is CallState.HELD:
        return "camera off"
    name = fit(safe(call.cameras[0]), 24).rstrip() if call.cameras else "camera on"
    return f"◉ {name}, no picture" if call.camera_problem else f"◉ {name}"


def call_symbol(call: Call) -> str:
    """One cell for the call's state."""
    match call.state:
        case CallState.DIALING | CallState.RINGING:
            return "↗"
        case CallState.INCOMING:
            return "↙"
        case CallState.HELD:
            return "‖"
        case CallState.ACTIVE:
            return "▶"
        case CallState.ENDED:
            return "■"


def call_colour(call: Call) -> str:
    """The colour that goes with the state: green talks, amber waits, red is over."""
    match call.state:
        case CallState.ACTIVE if not call.held_by_peer and call.reconnecting_since is None:
            return "$success"
        case CallState.ENDED:
            return "$error"
        case _:
            return "$warning"


def quality_words(mos: float | None) -> str:
    """What a mean opinion score means, and the score."""
    if mos is None:
        return "–"
    word = "good" if mos >= 4.0 else "fair" if mos >= 3.6 else "poor" if mos >= 2.8 else "bad"
    return f"{word} {mos:.1f}"


def quality_colour(mos: float | None) -> str:
    """Green for good, amber for fair, red below."""
    if mos is None:
        return "$text-muted"
    return "$success" if mos >= 4.0 else "$warning" if mos >= 3.6 else "$error"


def length(seconds: float) -> str:
    """A duration: 00:42, 1:03:10."""
    minutes, rest = divmod(int(max(0.0, seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"


def clock(at: float) -> str:
    """The time of day."""
    return time.strftime("%H:%M", time.localtime(at))


def when(at: float, now: float) -> str:
    """When something was, as short as it can be said: 14:02, yesterday 14:02, Mon 14:02, 3 Nov 14:02, 3 Nov 2024."""
    then, today = time.localtime(at), time.localtime(now)
    days = _ordinal(today) - _ordinal(then)
    if days == 0:
        return clock(at)
    if days == 1:
        return f"yesterday {clock(at)}"
    if 1 < days < 7:
        return f"{DAYS[then.tm_wday]} {clock(at)}"
    day = f"{then.tm_mday} {MONTHS[then.tm_mon - 1]}"
    return f"{day} {clock(at)}" if then.tm_year == today.tm_year else f"{day} {then.tm_year}"


def day(at: float, now: float) -> str:
    """The same, shorter still: 14:02, yesterday, Mon, 3 Nov, 2024."""
    said = when(at, now)
    return said.removesuffix(f" {clock(at)}")


def _ordinal(then: time.struct_time) -> int:
    # Days since some Monday; timezone changes between the two do not matter, unlike with seconds.
    return date(then.tm_year, then.tm_mon, then.tm_mday).toordinal()


def result(record: CallRecord, *, whole: bool = False) -> str:
    """What became of a past call, for a narrow column or in full."""
    if record.lost_at_crash:
        return "lost in a crash" if whole else "lost, a crash"
    return "elsewhere" if record.result is RecordResult.ELSEWHERE and not whole else record.result.value


def record_symbol(record: CallRecord) -> str:
    """An arrow for the direction."""
    return "↙" if record.incoming else "↗"


def record_colour(record: CallRecord) -> str:
    """Red for missed and failed calls, green for answered ones."""
    if record.lost_at_crash:
        return "$warning"
    match record.result:
        case RecordResult.MISSED | RecordResult.FAILED:
            return "$error"
        case RecordResult.ANSWERED:
            return "$success"
        case _:
            return "$warning"


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 call`, `2 calls`, `1,204 calls`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def who(peer: Address, limit: int) -> str:
    """The peer's name, or number, safe to show; also for one that is all invisible characters."""
    return safe(peer.name or "", limit) or safe(peer.text, limit) or "anonymous"


TEXT_SYMBOL = {
    TextStatus.SENDING: "…",
    TextStatus.SENT: "✓",
    TextStatus.DELIVERED: "✓✓",
    TextStatus.READ: "✓✓",
    TextStatus.FAILED: "✕",
    TextStatus.RECEIVED: "↙",
}
TEXT_COLOUR = {
    TextStatus.SENDING: "$warning",
    TextStatus.READ: "$success",
    TextStatus.FAILED: "$error",
}


def text_status(status: TextStatus) -> str:
    """What became of a message, as a symbol and a word."""
    return f"{TEXT_SYMBOL[status]} {status.value}"


def long_day(at: float, now: float) -> str:
    """A day as a line between two messages says it: Today, Yesterday, Saturday 21 November, 3 November 2024."""
    then, today = time.localtime(at), time.localtime(now)
    days = _ordinal(today) - _ordinal(then)
    if days in (0, 1):
        return ("Today", "Yesterday")[days]
    date = f"{then.tm_mday} {LONG_MONTHS[then.tm_mon - 1]}"
    return f"{LONG_DAYS[then.tm_wday]} {date}" if then.tm_year == today.tm_year else f"{date} {then.tm_year}"
