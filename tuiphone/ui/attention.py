"""Tells of calls outside what is drawn: the bell, the window's title, and one notification a call."""

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from tuiphone.control.protocol import Preferences
from tuiphone.core.call import Call, CallId, CallState, EndReason
from tuiphone.core.errors import PhoneError
from tuiphone.core.model import AddressKind, DeskState
from tuiphone.core.state import PhoneState
from tuiphone.ui import board, terminal, words
from tuiphone.ui.desktop import Desktop
from tuiphone.ui.numbers import pretty
from tuiphone.ui.text import safe

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

TITLE = "tuiphone"
TICK_SECONDS = 1.0
TITLE_SECONDS = 0.95
"""A title does not change more often; some terminals draw their whole frame anew for it."""
NAME_WIDTH = 60
WAITING_SECONDS = 10.0
"""How long a call of the extension group waits before it is told of."""
MAX_NAMED = 3
"""Waiting calls that are told of one by one."""
MAX_WAITING = 20
"""Notifications that wait for their turn."""


class Attention:
    """What this screen tells its terminal and its desktop."""

    def __init__(self, app: "TuiPhone", environment: Mapping[str, str] | None = None) -> None:
        self._app = app
        self._environment = dict(os.environ if environment is None else environment)
        self._desktop = Desktop(self._environment)
        self._place = self._desktop.place or f"screen {os.getpid()}"
        self._wishes = Preferences()
        self._title: str | None = None
        """What the window is called; None as long as its name is not ours."""
        self._titled_at = 0.0
        self._shown: dict[CallId, str] = {}
        """Calls we have told of, and what the desktop calls the notification."""
        self._told_waiting: set[tuple[str, ...]] = set()
        """Waiting calls of the extension group that were told of."""
        self._waiting: asyncio.Queue[tuple[str, str, str, CallId | None]] = asyncio.Queue(MAX_WAITING)

    def begin(self) -> None:
        """The app is on the terminal."""
        self._app.set_interval(TICK_SECONDS, self._tick)
        self._app.run_worker(self._tell(), name="attention")

    def follow(self, wishes: Preferences) -> None:
        """Do as the settings say."""
        self._wishes = wishes
        if not wishes.title:
            self._give_title_back()

    # -- what happens -------------------------------------------------------------------------------------------

    def take(self, before: PhoneState, after: PhoneState, *, rings: bool, is_first: bool = False) -> None:
        """The phone went from one state to the next; `rings`: something new rings loudly. Of what was so already when
        the app came (`is_first`) the person is told on the screen alone."""
        missed = [call for call in after.calls if _is_missed(before.was(call), call, after)]
        is_quiet = after.do_not_disturb is not None
        has_mail = after.unread > before.unread and not is_quiet and not is_first
        if self._wishes.bell and (rings or has_mail or any(not call.silenced for call in missed)):
            self._app.bell()
        self.retitle()
        if is_first or not self._wishes.notify:
            return
        for call in after.calls:
            known = before.was(call)
            if known is not None and known.id != call.id and (shown := self._shown.pop(known.id, None)) is not None:
                self._shown[call.id] = shown
            if (known is None or known.state is not CallState.INCOMING) and self._app.handset.rings_loudly(call):
                self._ask("rings", f"{_name(call)} calls", self._about(call), call.id)
            elif call in missed:
                self._ask("missed", f"Missed call from {_name(call)}", self._about(call), call.id)
            elif known is not None and known.state is CallState.INCOMING and call.state is not CallState.INCOMING:
                self._ask("over", "", "", call.id)
        if has_mail:
            self._ask(f"mail {after.unread}", words.counted(after.unread, "new message"), "", None)

    def _tick(self) -> None:
        self.retitle()
        self.tell_of_waiting()

    def tell_of_waiting(self) -> None:
        """Notify of calls of the extension group that nobody has taken for a while; the PBX hands on most at once."""
        state, now = self._app.state, self._app.now()
        if not self._wishes.notify or state.do_not_disturb is not None or not any(one.desk for one in state.accounts):
            return
        waiting = {row.key: row for row in board.rows_of(state) if row.call.state is DeskState.WAITING}
        self._told_waiting &= waiting.keys()
        due = {key for key, row in waiting.items() if now - row.call.since >= WAITING_SECONDS} - self._told_waiting
        self._told_waiting |= due
        if len(due) > MAX_NAMED:
            return self._ask(f"waits {len(due)}", f"{len(due)} calls wait", "and nobody takes them", None)
        for key, row in waiting.items():
            if key in due:
                head = f"{words.who(row.call.peer, NAME_WIDTH)} waits"
                self._ask(f"waits {row.call.ref}", head, f"at {safe(row.account, 40)}, and nobody takes the call", None)

    def _ask(self, what: str, head: str, body: str, call: CallId | None) -> None:
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait((what, head, body, call))

    def _about(self, call: Call) -> str:
        known = self._app.state.account(call.id.account)
        country = known.account.country if known else None
        number = pretty(call.peer.text, country) if call.peer.kind is AddressKind.PHONE else call.peer.text
        named = safe(number, NAME_WIDTH) != _name(call)
        return (
            f"{safe(number, NAME_WIDTH)} · {safe(call.id.account, 40)}" if named else f"to {safe(call.id.account, 40)}"
        )

    # -- notifications ------------------------------------------------------------------------------------------

    async def _tell(self) -> None:
        """One after the other, so that the end of a call never overtakes its beginning."""
        while True:
            what, head, body, call = await self._waiting.get()
            with suppress(PhoneError):
                await self._tell_one(what, head, body, call)

    async def _tell_one(self, what: str, head: str, body: str, call: CallId | None) -> None:
        ours = self._shown.pop(call, None) if call is not None else None
        if what == "over" and ours:
            await self._desktop.withdraw(ours)
        if what == "over" or (what == "missed" and ours is None):
            return  # whoever told of the call tells of its end
        is_urgent = what == "rings"
        if self._desktop.is_there:
            if ours is None and not await self._may_tell(what, call):
                return
            shown = await self._desktop.show(head, body, instead_of=ours or "", urgent=is_urgent)
            if shown is not None:
                if is_urgent and call is not None:
                    self._shown[call] = shown
                return
        if not terminal.is_able(self._environment):
            return
        passes: bool | None = False
        if "TMUX" in self._environment:
            passes = await terminal.tmux_lets_pass(self._environment)
            if passes is None:
                return  # nobody looks at this session
        if ours is None and not await self._may_tell(f"{what} here", call):
            return
        for sequence in terminal.notice(head, body, self._environment):
            self._app.write(terminal.through_tmux(sequence) if passes else sequence)
        if is_urgent and call is not None:
            self._shown[call] = ""

    async def _may_tell(self, what: str, call: CallId | None) -> bool:
        return await self._app.phone.claim_notice(f"{what} {call or ''}", self._place)

    async def withdraw(self) -> None:
        """Take back what would stay on the desktop when the app has gone."""
        for name in self._shown.values():
            if name:
                await self._desktop.withdraw(name)
        self._shown.clear()

    # -- the title ----------------------------------------------------------------------------------------------

    def retitle(self) -> None:
        """Call the window what it is about, unless that was done a moment ago."""
        if not self._wishes.title or not terminal.is_able(self._environment):
            return
        if self._title is None and not self._app.has_engine:
            return  # the settings are not known yet
        wanted = title_of(
            self._app.state,
            ringing=next((call for call in self._app.state.calls if self._app.handset.rings_loudly(call)), None),
            focused=self._app.handset.focused,
            now=self._app.now(),
        )
        if wanted == self._title or monotonic() - self._titled_at < TITLE_SECONDS:
            return
        if self._title is None:
            self._app.write(terminal.KEEP_TITLE)
        self._app.write(terminal.title(wanted))
        self._title, self._titled_at = wanted, monotonic()

    def end(self) -> None:
        """The app leaves the terminal."""
        self._give_title_back()

    def _give_title_back(self) -> None:
        if self._title is not None:
            self._app.write(terminal.GIVE_TITLE_BACK)
            self._title = None


def title_of(state: PhoneState, *, ringing: Call | None, focused: Call | None, now: float) -> str:
    """What the window is called: who rings, else the call and how long it has been, else what was missed."""
    if ringing is not None:
        return f"☎ {_name(ringing)} calls - {TITLE}"
    if focused is not None and focused.is_live:
        since = focused.answered_at or focused.started_at
        return f"{words.call_symbol(focused)} {words.length(now - since)} {_name(focused)} - {TITLE}"
    return f"{TITLE} ({state.missed} missed)" if state.missed else TITLE


def _name(call: Call) -> str:
    return words.who(call.peer, NAME_WIDTH)


def _is_missed(before: Call | None, after: Call, state: PhoneState) -> bool:
    """It rang here up to now, and somebody was to hear it."""
    is_over = before is not None and before.state is CallState.INCOMING and after.reason is EndReason.MISSED
    return is_over and not (after.silenced and state.do_not_disturb is not None)
