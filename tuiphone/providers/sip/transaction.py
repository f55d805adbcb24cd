"""The four transaction machines of RFC 3261 section 17, corrected by RFC 6026, over a transport that loses nothing.

A WebSocket keeps order and delivers, so nothing is sent twice here (timers A, E and G) and nothing that comes late
has to be waited for (D, I, J and K are zero). Machines have no clock: they are told the time and say when to be woken.
"""

# pyright: strict

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from tuiphone.providers.sip.invites import acknowledgement
from tuiphone.providers.sip.message import Request, Response, reply

T1 = 0.5
"""A guess of the time there and back, in seconds; all other times are multiples of it (section 17.1.1.1)."""
T2 = 4.0
TIMEOUT = 64 * T1
TRYING_SECONDS = 0.2
"""After which an INVITE that nobody here has answered is told that it came (section 17.2.1)."""


class State(Enum):
    """The states of all four machines."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    TERMINATED = "terminated"


@dataclass(frozen=True, slots=True)
class Send:
    """This has to go out."""

    message: Request | Response


@dataclass(frozen=True, slots=True)
class Heard:
    """A response for whoever asked."""

    transaction: "ClientTransaction"
    response: Response


@dataclass(frozen=True, slots=True)
class Asked:
    """A new request for whoever answers here; an ACK that confirms a 2xx has no transaction."""

    transaction: "ServerTransaction | None"
    request: Request


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Nothing came in time: no final response, or no ACK for one."""

    transaction: "Transaction"


@dataclass(frozen=True, slots=True)
class Stray:
    """A message that belongs to nothing, and was dropped."""

    message: Request | Response


Effect: TypeAlias = Send | Heard | Asked | TimedOut | Stray


class Transaction:
    """What the machines have in common."""

    def __init__(self, request: Request, state: State) -> None:
        self.request = request
        self.state = state
        self.deadline: float | None = None
        """When `wake` is to be called."""
        self.alarm: float | None = None
        """The deadline that is kept in the table already."""
        self.owner: object = None
        """Whoever waits here for what it says."""

    @property
    def is_over(self) -> bool:
        """The machine may be forgotten."""
        return self.state is State.TERMINATED

    def wake(self, now: float) -> list[Effect]:
        """The deadline passed."""
        raise NotImplementedError

    def _move(self, state: State, deadline: float | None = None) -> None:
        self.state, self.deadline = state, deadline

    def _time_out(self) -> list[Effect]:
        self._move(State.TERMINATED)
        return [TimedOut(self)]


class ClientTransaction(Transaction):
    """A request of ours, other than INVITE (section 17.1.2).

          | request is sent
          v
      TRYING -------------+
        |  | 1xx          | 2xx-6xx: Heard
        |  v              v
        | PROCEEDING --> TERMINATED      (timer K is zero)
        |  | ^ | 1xx: Heard
        |  | +-+
        v  v
    timer F (64*T1): TimedOut --> TERMINATED
    """

    def __init__(self, request: Request) -> None:
        super().__init__(request, State.TRYING)

    def start(self, now: float) -> list[Effect]:
        """The request goes out."""
        self.deadline = now + TIMEOUT
        return [Send(self.request)]

    def received(self, response: Response, now: float) -> list[Effect]:
        """A response came that matches."""
        if self.is_over:
            return [Stray(response)]
        if response.is_final:
            self._move(State.TERMINATED)
        else:
            self._move(State.PROCEEDING, self.deadline)
        return [Heard(self, response)]

    def wake(self, now: float) -> list[Effect]:
        """Timer F: nobody answered."""
        return self._time_out()


class InviteClient(ClientTransaction):
    """An INVITE of ours (section 17.1.1, RFC 6026 section 8.4).

              | INVITE is sent
              v
           CALLING ------ timer B (64*T1): TimedOut ---+
            |   | 1xx: Heard                           |
            |   v                                      |
            |  PROCEEDING -- 64*T1 after a CANCEL -----+
            |   |  | ^ | 1xx: Heard                    |
            |   |  | +-+                               |
    2xx:    |   |  | 300-699: Heard, ACK is sent       |
    Heard   v   v  v                                   v
        ACCEPTED   TERMINATED  (timer D is zero) <-----+
         ^ |  |                                        |
         +-+  +---- timer M (64*T1) -------------------+
         2xx: Heard, of this branch or another
    """

    def __init__(self, request: Request) -> None:
        super().__init__(request)
        self.state = State.CALLING

    def received(self, response: Response, now: float) -> list[Effect]:
        """A response came that matches."""
        if self.is_over or (self.state is State.ACCEPTED and not response.is_success):
            return [Stray(response)]
        if response.is_success:
            if self.state is not State.ACCEPTED:
                self._move(State.ACCEPTED, now + TIMEOUT)
            return [Heard(self, response)]
        if response.is_final:
            self._move(State.TERMINATED)
            return [Send(acknowledgement(self.request, response)), Heard(self, response)]
        if self.state is State.CALLING:
            self._move(State.PROCEEDING)
        return [Heard(self, response)]

    def cancelled(self, now: float) -> None:
        """A CANCEL went out; who does not end the INVITE for it is waited for no longer than this (section 9.1)."""
        if self.state is State.PROCEEDING:
            self.deadline = now + TIMEOUT

    def wake(self, now: float) -> list[Effect]:
        """Timer B or M, or nobody heard the CANCEL."""
        if self.state is State.ACCEPTED:
            self._move(State.TERMINATED)
            return []
        return self._time_out()


class ServerTransaction(Transaction):
    """A request of somebody else, other than INVITE (section 17.2.2).

          | request came: Asked
          v
      TRYING ---- 200-699 is sent ----+
        | ^ | request again: nothing  |
        | +-+                         v
        | 1xx is sent            TERMINATED   (timer J is zero)
        v                             ^
    PROCEEDING -- 200-699 is sent ----+
      ^ | request again, 1xx: sent    |
      +-+                             |
    both: nobody answers for 64*T1 ---+
    """

    def __init__(self, request: Request, now: float) -> None:
        super().__init__(request, State.TRYING)
        self.deadline = now + TIMEOUT
        self._last: Response | None = None

    @property
    def is_answered(self) -> bool:
        """A final response went out."""
        return self.state in (State.ACCEPTED, State.COMPLETED, State.TERMINATED)

    def respond(self, response: Response, now: float) -> list[Effect]:
        """Our answer; one that comes after the final one is dropped."""
        if self.is_answered:
            return []
        self._last = response
        if response.is_final:
            self._move(State.TERMINATED)
        else:
            self._move(State.PROCEEDING, self.deadline)
        return [Send(response)]

    def received(self, request: Request, now: float) -> list[Effect]:
        """The same request again."""
        return [] if self._last is None else [Send(self._last)]

    def wake(self, now: float) -> list[Effect]:
        """Nobody here answers, and nobody there waits any more (RFC 4320 section 4.2 forbids to say so)."""
        self._move(State.TERMINATED)
        return []


class InviteServer(ServerTransaction):
    """An INVITE of somebody else (section 17.2.1, RFC 6026 section 7.1).

           | INVITE came: Asked
           v
     PROCEEDING ----------- 300-699 is sent ---------+
       | ^  | INVITE again, 1xx: sent                |
       | +--+ after 200 ms without an answer: 100    v
       |                                         COMPLETED
       | 2xx is sent                               | ^ | INVITE again: sent again
       v                                           | +-+
    ACCEPTED                                       | ACK
     | ^  | 2xx again: sent; INVITE again: nothing | timer H (64*T1): TimedOut
     | +--+ ACK: Asked, without a transaction      v
     +------------ timer L (64*T1) ----------> TERMINATED   (timer I is zero)
    """

    def __init__(self, request: Request, now: float) -> None:
        super().__init__(request, now)
        self._move(State.PROCEEDING, now + TRYING_SECONDS)

    def respond(self, response: Response, now: float) -> list[Effect]:
        """Our answer; a 2xx may be sent again until its ACK comes."""
        match self.state:
            case State.PROCEEDING if response.is_success:
                self._move(State.ACCEPTED, now + TIMEOUT)
            case State.PROCEEDING if response.is_final:
                self._move(State.COMPLETED, now + TIMEOUT)
            case State.PROCEEDING:
                self.deadline = None
            case State.ACCEPTED if response.is_success:
                pass
            case _:
                return []
        self._last = response
        return [Send(response)]

    def received(self, request: Request, now: float) -> list[Effect]:
        """The same INVITE again, or its ACK."""
        if request.method == "ACK":
            if self.state is State.COMPLETED:
                self._move(State.TERMINATED)
                return []
            return [Asked(None, request)] if self.state is State.ACCEPTED else [Stray(request)]
        return [] if self.state is State.ACCEPTED else super().received(request, now)

    def wake(self, now: float) -> list[Effect]:
        """Time to say 100, or timer H or L."""
        match self.state:
            case State.PROCEEDING:
                return self.respond(reply(self.request, 100), now)
            case State.COMPLETED:
                return self._time_out()
            case _:
                self._move(State.TERMINATED)
                return []
