"""What robots and telephones have in common: their side of a call, from the invitation to letting go of the media."""

import asyncio
from typing import Any, Literal

from tuiphone.simulator.exchange import ANSWERED, TRYING, UNACCEPTABLE, Call, Endpoint, Exchange, Signal
from tuiphone.simulator.peer import Peer, Tasks, split

_MOST_WAITING = 500
_FINAL = 400

Kind = Literal["sdp", "candidate"]


class FarEnd(Endpoint):
    """An endpoint that talks by itself. Subclasses say what it sends, and how it behaves when called."""

    trickles = True
    """Whether its candidates go as signals of their own, or inside its descriptions."""

    def __init__(self, exchange: Exchange, user: str, device: str) -> None:
        super().__init__(user, device)
        self.exchange = exchange
        self.tasks = Tasks()
        self._lines: dict[str, Line] = {}

    def make_peer(self, call: Call) -> Peer:
        """The connection for one call."""
        raise NotImplementedError

    async def ring(self, line: "Line") -> None:
        """What it does when called."""
        raise NotImplementedError

    def invited(self, call: Call) -> None:
        line = self._lines[call.ref] = Line(self, call)
        line.tasks.start(self.ring(line), failed=line.give_up)

    def progressed(self, call: Call, status: int, by: Endpoint | None) -> None:
        if status == TRYING:
            line = self._lines[call.ref] = Line(self, call)
            line.tasks.start(line.offer(), failed=line.give_up)
        elif status >= _FINAL:
            self.drop(call)
        elif status == ANSWERED and by and (line := self._lines.get(call.ref)):
            line.open("sdp", "candidate", device=by.device)

    def signalled(self, call: Call, signal: Signal, by: Endpoint) -> None:
        if line := self._lines.get(call.ref):
            line.take(signal, by.device)

    def elsewhere(self, call: Call, status: int | None) -> None:
        if status is None or status >= ANSWERED:
            self.drop(call)

    def ended(self, call: Call) -> None:
        self.drop(call)

    def drop(self, call: Call) -> None:
        """Let go of a call that is over."""
        if line := self._lines.pop(call.ref, None):
            self.tasks.start(self._let_go(line))

    def released(self) -> None:
        """The media of a call is gone."""

    async def close(self) -> None:
        """End every call and wait until all is released."""
        for line in list(self._lines.values()):
            line.give_up()
        await self.tasks.finish()

    async def _let_go(self, line: "Line") -> None:
        await line.close()
        self.released()


class Line:
    """One call as one far end has it. What the other side sends waits until this side's rules open for it."""

    def __init__(self, owner: FarEnd, call: Call) -> None:
        self.call = call
        self.negotiated = asyncio.Event()
        self.tasks = Tasks()
        self._owner = owner
        self._peer: Peer | None = None
        self._device: str | None = None
        self._open: set[str] = set()
        self._waiting: list[tuple[Signal, str]] = []
        self._inbox: asyncio.Queue[Signal] = asyncio.Queue(_MOST_WAITING)
        self._told_candidates = False
        self.tasks.start(self._negotiate(), failed=self.give_up)

    def take(self, signal: Signal, device: str) -> None:
        """Keep or handle what a device of the other side sent."""
        sdp = signal.data.get("sdp")
        if signal.kind == "sdp" and isinstance(sdp, str):
            bare, candidates = split(sdp)
            self._sort(Signal("sdp", {**signal.data, "sdp": bare}), device)
            for candidate in candidates:
                self._sort(Signal("candidate", candidate), device)
        elif signal.kind == "candidate":
            self._sort(signal, device)

    def open(self, *kinds: Kind, device: str | None = None) -> None:
        """From now on handle these, and what waited; with `device` nothing that another device sends."""
        self._open.update(kinds)
        self._device = device
        waiting, self._waiting = self._waiting, []
        for signal, sender in waiting:
            self._sort(signal, sender)

    async def offer(self) -> None:
        """Send the first offer."""
        self._tell("offer", await self._made_peer().offer())

    def give_up(self) -> None:
        """End the call from this side."""
        exchange, ref = self._owner.exchange, self.call.ref
        if self._owner is self.call.caller:
            exchange.hang_up(ref, self._owner)
        else:
            exchange.reject(ref, self._owner, UNACCEPTABLE)
        self._owner.drop(self.call)

    async def close(self) -> None:
        """Let go of the media."""
        self.tasks.cancel()
        await self.tasks.finish()
        if self._peer:
            await self._peer.close()

    def _sort(self, signal: Signal, device: str) -> None:
        if signal.kind not in self._open:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append((signal, device))
        elif self._device in (None, device) and not self._inbox.full():
            self._inbox.put_nowait(signal)

    async def _negotiate(self) -> None:
        while True:
            signal = await self._inbox.get()
            match signal.kind, signal.data:
                case "sdp", {"type": "offer", "sdp": str(sdp)}:
                    self._tell("answer", await self._made_peer().answer(sdp))
                    self.negotiated.set()
                case "sdp", {"type": "answer", "sdp": str(sdp)}:
                    await self._made_peer().accept(sdp)
                    self.negotiated.set()
                case "candidate", data:
                    await self._made_peer().add(data)
                case _:
                    pass

    def _made_peer(self) -> Peer:
        if self._peer is None:
            self._peer = self._owner.make_peer(self.call)
            self._peer.tape = self.call.tape
        return self._peer

    def _tell(self, kind: str, sdp: str) -> None:
        candidates: list[dict[str, Any]] = []
        if self._owner.trickles and self.call.trickles:
            sdp, candidates = split(sdp)
        self._relay(Signal("sdp", {"type": kind, "sdp": sdp}))
        if not self._told_candidates:  # with one bundle they stay the same for the whole call
            self._told_candidates = True
            for candidate in candidates:
                self._relay(Signal("candidate", candidate))

    def _relay(self, signal: Signal) -> None:
        self._owner.exchange.relay(self.call.ref, self._owner, signal)
