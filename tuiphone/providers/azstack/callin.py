"""Callin: a paid call from a telephone to one of the application's numbers (PROTOCOL.md section 7)."""

from typing import TYPE_CHECKING

from tuiphone.core.events import Facts
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Description
from tuiphone.providers import sdp
from tuiphone.providers.azstack import codes, requests
from tuiphone.providers.azstack.call import Kind
from tuiphone.providers.azstack.incoming import IncomingCall, Origin
from tuiphone.providers.azstack.messages import CallinChanged, CallinChangedByMe, CallinStarted, CallMessage
from tuiphone.providers.azstack.requests import Request

if TYPE_CHECKING:
    from tuiphone.providers.azstack.desk import Desk

RINGING, ANSWERED, NOT_ANSWERED, BUSY, STOP, REJECTED = 183, 200, 403, 486, 700, 702
WITHHELD = "withheld"


class Callin(IncomingCall):
    """Rings on all devices of the user; has no video."""

    kind = Kind.CALLIN

    def __init__(self, desk: "Desk", started: CallinStarted) -> None:
        peer = Address(AddressKind.PHONE, started.caller or WITHHELD)
        offer = Description("offer", sdp.refuse(started.sdp, "video"))
        super().__init__(desk, started.call_id, peer, offer)
        self.called = started.called or None
        self._started = started

    @property
    def origin(self) -> Origin:
        """With the number of the caller."""
        return origin(self._started)

    def take(self, message: CallMessage) -> None:
        """The caller, or another device of ours, did something."""
        match message:
            case CallinChanged(_, code):
                if (meant := codes.callin_end(code)) is None:
                    return self.say(codes.CALLIN, code)
                self.caller_left(meant.sentence)
            case CallinChangedByMe(_, code):
                self.happened_elsewhere(codes.callin_by_me(code), codes.CALLIN_BY_ME, code)
            case _:
                pass

    def said_of_it(self) -> Facts:
        """Both numbers."""
        return self.facts(("From number", self._started.caller or WITHHELD), ("To number", self._started.called))

    def say_ringing(self) -> None:
        """506 code 183."""
        self.desk.post(self._status(RINGING))

    def say_answer(self, answer: Description) -> None:
        """506 code 200, with the whole answer."""
        self.desk.post(requests.callin_status(self._started, ANSWERED, sdp=answer.sdp, tags=self.desk.tags))

    def say_not_answered(self) -> None:
        """506 code 403."""
        self.desk.post_last(self._status(NOT_ANSWERED))

    def goodbye(self) -> Request:
        """Hung up, or rejected."""
        return self._status(STOP if self.answered else REJECTED)

    def _status(self, code: int) -> Request:
        tags = None if code == RINGING else self.desk.tags
        return requests.callin_status(self._started, code, tags=tags)


def origin(started: CallinStarted) -> Origin:
    """What makes it one call and not another."""
    return Kind.CALLIN, started.call_id, started.caller


def busy(started: CallinStarted) -> Request:
    """Refuse a call that is one too many."""
    return requests.callin_status(started, BUSY)
