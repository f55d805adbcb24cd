"""What this screen remembers of the calls: which is in focus, which it began or answered, which were put aside."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import Action, allowed
from tuiphone.core.desk import is_told_as
from tuiphone.core.model import DeskCall
from tuiphone.core.state import PhoneState
from tuiphone.ui import acts
from tuiphone.ui.verbs import BY_NAME, RINGING

if TYPE_CHECKING:
    from tuiphone.ui.app import TuiPhone

COMES_WITHIN_SECONDS = 60.0
"""A call of the desk that was taken; after that it is one that anybody may have."""


@dataclass(slots=True, eq=False)
class _Attempt:
    """A call that was asked for."""

    then: Callable[[], None]
    """Done once there is the call."""
    page: str
    """Where it was asked for."""
    shown: CallId | None = None
    """What was taken for it when it began, before the engine has replied."""
    has_begun: bool = False
    """It is there, and done with, although the engine has not replied."""


@dataclass(slots=True, eq=False, frozen=True)
class _Taken:
    """A call of the desk that is to come here."""

    account: str
    call: DeskCall
    page: str
    at: float

    def is_now(self, call: Call) -> bool:
        """It has come, as this call."""
        names = [id for id in (call.id, call.control) if id is not None and id.account == self.account]
        came_in = call.direction is CallDirection.INCOMING
        return came_in and any(is_told_as(self.call, id.ref, call.peer) for id in names)


class Handset:
    """Which call a key means, and what this screen has to do by itself when calls change."""

    def __init__(self, app: "TuiPhone") -> None:
        self.chosen: CallId | None = None
        """The call the person put in focus."""
        self._app = app
        self._attempts: list[_Attempt] = []
        """Calls that were asked for, until the engine has replied."""
        self._taken: list[_Taken] = []
        self._ours: set[CallId] = set()
        self._answering: set[CallId] = set()
        self._aside: set[CallId] = set()
        self._asked_for: set[CallId] = set()

    # -- which call ---------------------------------------------------------------------------------------------

    @property
    def focused(self) -> Call | None:
        """The call that keys act on; not one that rings here, which has keys of its own."""
        state = self._app.state
        call = state.call(self.chosen) if self.chosen is not None else None
        call = call or state.focused
        return None if call is None or call.state is CallState.INCOMING else call

    def meant_by(self, verb: str) -> Call | None:
        """The call a key acts on: the one that rings, or the one in focus."""
        return self._app.state.incoming if BY_NAME[verb] in RINGING else self.focused

    def rings_loudly(self, call: Call) -> bool:
        """Rings here, and nobody has put it aside."""
        if call.state is not CallState.INCOMING:
            return False
        return call.id in self._asked_for or not (call.silenced or call.id in self._aside)

    def allowed(self, call: Call) -> frozenset[Action]:
        """What can be done with this call now."""
        return allowed(call, self._app.state.capabilities_of(call))

    def verbs(self, call: Call) -> frozenset[str]:
        """The call keys that would do something."""
        can, state = self.allowed(call), self._app.state
        return frozenset(verb.name for verb in BY_NAME.values() if verb.needs & can and verb.fits(state, call))

    def turn(self, step: int) -> None:
        """Put the next call in focus."""
        calls = [call.id for call in self._app.state.live_calls if call.state is not CallState.INCOMING]
        if calls and (focused := self.focused) is not None:
            at = calls.index(focused.id) if focused.id in calls else 0
            self._choose(calls[(at + step) % len(calls)])
            self._app.redraw()

    def focus(self, id: CallId) -> None:
        """Put this call in focus, on whatever page one is."""
        self._choose(id)
        self._app.redraw()

    def focus_nth(self, number: int) -> None:
        """Put the call in this line of the strip in focus; one that rings gets its popup."""
        calls = self._app.state.calls
        if 0 < number <= len(calls):
            call = calls[number - 1]
            if call.state is CallState.INCOMING:
                self.look_at(call.id)
            else:
                self.focus(call.id)

    def keep_focus(self) -> None:
        """The call in focus stays so when it ends, until its reason has been read."""
        if self.chosen is None and (focused := self.focused) is not None:
            self._choose(focused.id)

    def _choose(self, id: CallId | None) -> None:
        self.chosen = id
        self._app.refresh_bindings()

    # -- what changes -------------------------------------------------------------------------------------------

    @property
    def ours(self) -> frozenset[CallId]:
        """Calls this screen answered, refused or silenced: what becomes of them needs no telling."""
        return frozenset(self._ours)

    def take(self, before: PhoneState, after: PhoneState) -> bool:
        """Follow the calls from one state to the next; says whether something new rings."""
        new = [call for call in after.calls if before.was(call) is None]
        rings_now = [call for call in after.calls if not _rang(before.was(call)) and self.rings_loudly(call)]
        for kept in (self._aside, self._asked_for, self._ours, self._answering):
            # A call may have another name by now, that of the account which has its sound.
            kept_on = {call.id for id in kept if (call := after.call(id)) is not None}
            kept.clear()
            kept.update(kept_on)
        if self.chosen is not None and (goes_on := after.call(self.chosen)) is not None:
            self.chosen = goes_on.id
        attempt = next((one for one in self._attempts if not one.has_begun), None)
        if attempt is not None:
            began = next((call for call in new if call.direction is CallDirection.OUTGOING), None)
            if began is not None:
                attempt.shown = began.id
                self._go_to(began.id, attempt.page)
            if began is not None and began.awaits is not None:
                # The engine replies when the PBX has rung us: the person may be elsewhere by then.
                attempt.has_begun = True
                attempt.then()
        for id in list(self._answering):
            # The engine's reply and the new state come in either order; the state decides.
            call = after.call(id)
            if call is not None and call.state is not CallState.INCOMING:
                self._answering.discard(id)
                if call.is_live:
                    self.look_at(id)
        for taken in list(self._taken):
            self._follow(taken, before, after)
        chosen = after.call(self.chosen) if self.chosen is not None else None
        if chosen is not None and not chosen.is_live and chosen.consults is not None:
            asked_about = after.call(CallId(chosen.id.account, chosen.consults))
            if asked_about is not None and asked_about.is_live:
                self._choose(asked_about.id)
        if self.chosen is not None and chosen is None and before.call(self.chosen) is not None:
            self._choose(None)
        return bool(rings_now)

    def _follow(self, taken: _Taken, before: PhoneState, after: PhoneState) -> None:
        news = [call for call in after.calls if taken.is_now(call) and _is_open(before.was(call))]
        if not news:
            if self._app.now() - taken.at > COMES_WITHIN_SECONDS:
                self._taken.remove(taken)
        elif (call := news[0]).state is not CallState.INCOMING:
            self._taken.remove(taken)
            if call.is_live:
                if not after.is_elsewhere(call):
                    self._ours.add(call.id)
                self._go_to(call.id, taken.page)

    def _go_to(self, id: CallId, page: str) -> None:
        """Put a call that was asked for on this page in focus; whoever went on to another page since stays there."""
        call = self._app.state.call(id)
        if self._app.page_name == page or (call is not None and call.state is CallState.INCOMING):
            self.look_at(id)
        else:
            self._choose(id)

    def look_at(self, id: CallId) -> None:
        """Put a call in focus and open the In-call page; one that rings gets its popup back."""
        call = self._app.state.call(id)
        if call is not None and call.state is CallState.INCOMING:
            self._asked_for.add(id)
            self._app.show_popup()
            return
        self._choose(id)
        self._app.call_later(self._app.action_open, "call")

    # -- what is done -------------------------------------------------------------------------------------------

    @property
    def is_dialling(self) -> bool:
        """A dial command is under way."""
        return any(not attempt.has_begun for attempt in self._attempts)

    def dial(self, to: str, *, account: str | None, video: bool = False, caller: str | None = None) -> None:
        """Call somebody; the In-call page opens as soon as the call exists."""
        self._begin(self._app.phone.dial(to, account=account, video=video, caller=caller), self._app.clear_number)

    def pick_up(self, line: str, *, account: str) -> None:
        """Take what rings at a watched line; the In-call page opens as soon as the call exists."""
        self._begin(self._app.phone.pickup(line, account=account))

    def take_waiting(self, call: DeskCall, *, account: str, then: Callable[[], None]) -> None:
        """Have a call of the desk ring here; the In-call page opens as soon as it is answered."""
        taken = _Taken(account, call, self._app.page_name, self._app.now())
        # Beforehand: it may be here before the engine replies.
        self._taken.append(taken)

        def failed() -> None:
            if taken in self._taken:
                self._taken.remove(taken)

        self._app.do(self._app.phone.take_desk_call(call.ref, account=account), lambda _: then(), failed=failed)

    def call_back(self, ref: str, *, account: str) -> None:
        """Call who was missed at the operator's desk."""
        self._begin(self._app.phone.call_desk_back(ref, account=account))

    def call_mailbox(self, account: str) -> None:
        """Call the mailbox of an account."""
        self._begin(self._app.phone.call_mailbox(account))

    def _begin(self, work: Awaitable[CallId], then: Callable[[], None] = lambda: None) -> None:
        attempt = _Attempt(then, self._app.page_name)
        self._attempts.append(attempt)
        self._app.redraw()

        def over() -> None:
            self._attempts.remove(attempt)
            self._app.redraw()

        def began(id: CallId) -> None:
            over()
            if attempt.has_begun:
                return
            then()
            state, shown = self._app.state, attempt.shown
            if shown is None or state.call(shown) is not state.call(id):
                self._go_to(id, attempt.page)

        self._app.do(work, began, failed=over)

    def act(self, name: str, id: CallId) -> None:
        """Do what a call key says with this call, unless that is under way already."""
        app, call = self._app, self._app.state.call(id)
        if call is None or name not in self.verbs(call) or call.pending in BY_NAME[name].needs:
            return
        if BY_NAME[name] in RINGING:
            self._ours.add(id)
        match name:
            case "answer" | "answer_video" if id not in self._answering:
                self._answering.add(id)
                answer = app.phone.answer(id, video=name == "answer_video")
                app.do(answer, failed=lambda: self._answering.discard(id))
            case "answer" | "answer_video":
                pass
            case "silence":
                self._aside.add(id)
                self._asked_for.discard(id)
                app.show_popup()
                app.do(app.phone.silence(id))
            case _:
                acts.act(app, name, call)


def _is_open(call: Call | None) -> bool:
    return call is None or call.state is CallState.INCOMING


def _rang(call: Call | None) -> bool:
    return call is not None and call.state is CallState.INCOMING
