"""Every call that passes: for those who watch lines (RFC 4235), and for tests that ask."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tuiphone.simulator.sip.dialog import target_of
from tuiphone.simulator.sip.fields import tag_of
from tuiphone.simulator.sip.message import Message

_MOST = 1_000
TRYING, EARLY, CONFIRMED, TERMINATED = "trying", "early", "confirmed", "terminated"


@dataclass(eq=False, slots=True)
class Leg:
    """One dialog of a call: what one of the called devices said."""

    tag: str
    contact: str
    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """A dialog as one of its parties has it."""

    id: str
    call_id: str
    is_caller: bool
    state: str
    local_tag: str
    remote_tag: str
    other: str
    """The other party's name."""
    local_target: str
    remote_target: str


@dataclass(eq=False, slots=True)
class Passing:
    """One call."""

    number: int
    call_id: str
    caller: str
    callee: str
    caller_tag: str
    caller_contact: str
    was_answered: bool = False
    ended: bool = False
    refused: int = 0
    is_told: bool = False
    """Those who watch know that it is over."""
    legs: dict[str, Leg] = field(default_factory=dict)

    def lines_of(self, user: str) -> Iterator[Line]:
        """The dialogs of this call that are a user's."""
        if self.is_told:
            return
        if user == self.caller:
            for leg in self.legs.values() or [Leg("", "", TERMINATED if self.ended else TRYING)]:
                yield Line(
                    f"{self.number}a{leg.tag}", self.call_id, True, leg.state, self.caller_tag, leg.tag, self.callee,
                    self.caller_contact, leg.contact,
                )  # fmt: skip
        if user == self.callee:
            for leg in self.legs.values():
                yield Line(
                    f"{self.number}b{leg.tag}", self.call_id, False, leg.state, leg.tag, self.caller_tag, self.caller,
                    leg.contact, self.caller_contact,
                )  # fmt: skip


class Callbook:
    """All calls of late; `changed` is told of each user whose lines did."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._numbers = itertools.count(1)
        self.calls: list[Passing] = []

    def began(self, request: Message, caller: str, callee: str) -> Passing:
        """An INVITE went out."""
        passing = Passing(
            next(self._numbers), request.call_id, caller, callee, tag_of(request.get("from")), target_of(request)
        )
        self.calls.append(passing)
        del self.calls[:-_MOST]
        self._changed(caller)
        return passing

    def responded(self, passing: Passing, message: Message) -> None:
        """One of the called devices said something about it."""
        tag = tag_of(message.get("to"))
        if not tag or passing.ended or message.status == 100:
            return
        leg = passing.legs.get(tag)
        before = leg.state if leg else ""
        if message.status >= 300:
            state = TERMINATED
        else:
            state = CONFIRMED if message.status >= 200 or before == CONFIRMED else EARLY
        if leg is None and state != TERMINATED:
            leg = passing.legs[tag] = Leg(tag, target_of(message), state)
        if leg is None or before == state:
            return
        leg.state = state
        passing.was_answered = passing.was_answered or state == CONFIRMED
        self._tell(passing)

    def refused(self, passing: Passing, status: int) -> None:
        """It came to nothing."""
        passing.refused = status
        self._end(passing)

    def hung_up(self, request: Message) -> None:
        """A BYE passed."""
        tags = {tag_of(request.get("from")), tag_of(request.get("to"))}
        for passing in self.calls:
            if passing.call_id == request.call_id and not passing.ended and passing.caller_tag in tags:
                for leg in passing.legs.values():
                    if leg.tag in tags:
                        leg.state = TERMINATED
                if all(leg.state == TERMINATED for leg in passing.legs.values()):
                    self._end(passing)
                else:
                    self._tell(passing)

    def ringing_at(self, user: str) -> tuple[Passing, Leg] | None:
        """The oldest call that rings at a user, and the device which said so first."""
        for passing in self.calls:
            if passing.callee == user and not passing.was_answered and not passing.ended:
                for leg in passing.legs.values():
                    if leg.state == EARLY:
                        return passing, leg
        return None

    def lines_of(self, user: str) -> list[Line]:
        """The dialogs of a user; those that are over are told once."""
        return [line for passing in self.calls for line in passing.lines_of(user)]

    def clear(self) -> None:
        """Forget all."""
        self.calls.clear()

    def _end(self, passing: Passing) -> None:
        passing.ended = True
        for leg in passing.legs.values():
            leg.state = TERMINATED
        self._tell(passing)

    def _tell(self, passing: Passing) -> None:
        self._changed(passing.caller)
        if passing.callee != passing.caller:
            self._changed(passing.callee)
        passing.is_told = passing.ended
        passing.legs = {tag: leg for tag, leg in passing.legs.items() if leg.state != TERMINATED}
