"""Decides how errors, alerts and ended calls look: a toast and for how long. The only place that does."""

from dataclasses import dataclass
from typing import Literal

from tuiphone.control.client import EngineGone, NoEngine
from tuiphone.control.protocol import Alert
from tuiphone.control.texts import Conversation
from tuiphone.core.call import Call, CallState, EndReason
from tuiphone.core.errors import BadAddress, ConfigError, NotPossible, PhoneError, RequestTimeout, StoreError
from tuiphone.core.state import PhoneState
from tuiphone.ui.text import safe, safe_lines
from tuiphone.ui.words import who

Severity = Literal["information", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What to show, already safe."""

    text: str
    severity: Severity = "information"
    title: str = ""
    seconds: float = 5.0


def of_error(error: PhoneError) -> Notice | None:
    """How a failed command is told; None for a lost engine, which has a dialog of its own."""
    text = safe_lines(str(error), 400)
    match error:
        case EngineGone() | NoEngine():
            return None
        case BadAddress() | NotPossible():
            return Notice(text, "warning", seconds=6.0)
        case ConfigError() | StoreError() | RequestTimeout():
            return Notice(text, "error", seconds=10.0)
        case _:
            return Notice(text, "error", seconds=8.0)


def of_alert(alert: Alert) -> Notice:
    """How something the engine says once is told."""
    severity: Severity = "information" if alert.level == "info" else alert.level
    title = safe(alert.account or "", 40)
    return Notice(safe_lines(alert.text, 400), severity, title, 10.0 if severity == "error" else 6.0)


def of_text(conversation: Conversation, key: str) -> Notice:
    """How a message that came in is told while another page is open; `key` opens the messages."""
    if conversation.last is None:
        return Notice(f"There is a new message; {key} shows it.")
    said = safe_lines(conversation.last.text, 160)
    more = f"\n{conversation.unread} new messages; {key} shows them." if conversation.unread > 1 else ""
    return Notice(said + more, title=who(conversation.peer, 40), seconds=8.0)


def of_mistake(sentence: str) -> Notice:
    """How a mistake in the settings is told."""
    return Notice(safe_lines(sentence, 400), "warning", "Settings", 12.0)


def of_ringing_over(before: PhoneState, after: PhoneState, ours: frozenset[object]) -> list[Notice]:
    """What to say of calls that rang here and no longer do, unless we answered or refused them (`ours`)."""
    notices: list[Notice] = []
    for call in before.calls:
        now = after.call(call.id)
        if call.state is not CallState.INCOMING or now is None or now.state is call.state or now.id in ours:
            continue
        if now.auto_answered or (call.silenced and after.do_not_disturb is not None):
            continue  # the engine tells of the one, and of the other nobody wanted to hear
        notices.append(_rang_out(now, is_elsewhere=after.is_elsewhere(now)))
    return notices


def _rang_out(call: Call, *, is_elsewhere: bool) -> Notice:
    name = who(call.peer, 60)
    match call.state, call.reason:
        case CallState.ENDED, EndReason.MISSED:
            return Notice(f"You missed a call from {name}.", "warning", seconds=8.0)
        case CallState.ENDED, EndReason.TRANSFERRED:
            return Notice(f"{name}: forwarded.")
        case CallState.ENDED, EndReason.ELSEWHERE:
            return Notice(f"{name}: answered on another device.")
        case CallState.ENDED, EndReason.REJECTED:
            return Notice(f"{name}: rejected on another screen.")
        case CallState.ENDED, reason:
            why = reason.value if reason else "over"
            detail = f" ({safe(call.detail)})" if call.detail else ""
            return Notice(f"The call from {name} ended: {why}{detail}.", "warning", seconds=8.0)
        case _ if is_elsewhere:
            return Notice(f"{name}: answered on your desk phone.")
        case _:
            return Notice(f"{name}: answered on another screen.")
