"""The robots one may call, and which may call: echo, voice, tone, busy, silent and callme."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from tuiphone.simulator.exchange import BUSY, DECLINED, RINGING, Call, Exchange, Outcome
from tuiphone.simulator.farend import FarEnd, Line
from tuiphone.simulator.peer import Peer, Tasks
from tuiphone.simulator.speech import Voice
from tuiphone.simulator.tracks import Echo, Pattern, Sound, Tone

TONE_HZ = 440
_ANSWER_AFTER_S = 0.6
_CALL_BACK_AFTER_S = 2.0


class Robot(FarEnd):
    """Rings at once, answers a moment later, and then sends its sound."""

    def __init__(self, exchange: Exchange, name: str, sound: Callable[[], Sound], *, shows: bool = False) -> None:
        super().__init__(exchange, name, f"robot-{name}")
        self._sound = sound
        self._shows = shows

    def make_peer(self, call: Call) -> Peer:
        return Peer(self._sound(), Pattern() if call.video and self._shows else None)

    async def ring(self, line: Line) -> None:
        call = line.call
        if not call.caller.is_telephone:
            # An app answers the description of an app while it still rings, and that of a telephone when it answers.
            line.open("sdp")
        await self.ring_a_moment(call)
        if self.exchange.answer(call.ref, self) is Outcome.DONE:
            line.open("sdp", "candidate")

    async def ring_a_moment(self, call: Call) -> None:
        """Ring for as long as somebody needs to take up a telephone."""
        self.exchange.progress(call.ref, self, RINGING)
        await asyncio.sleep(_ANSWER_AFTER_S)


class Refusing(Robot):
    """Rings for a moment and refuses with the status."""

    def __init__(
        self, exchange: Exchange, name: str, status: int, then: Callable[[Call], None] = lambda call: None
    ) -> None:
        super().__init__(exchange, name, Sound)
        self._status = status
        self._then = then

    async def ring(self, line: Line) -> None:
        await self.ring_a_moment(line.call)
        self.exchange.reject(line.call.ref, self, self._status)
        self._then(line.call)
        self.drop(line.call)


class Silent(Robot):
    """Rings and does nothing else."""

    async def ring(self, line: Line) -> None:
        self.exchange.progress(line.call.ref, self, RINGING)


class Robots:
    """All robots of one exchange."""

    def __init__(self, exchange: Exchange, call_back: Callable[[Call], Awaitable[None]] | None = None) -> None:
        self._exchange = exchange
        self._rings_back = call_back or self.call_back
        self._tasks = Tasks()
        talking = [
            Robot(exchange, "echo", Echo, shows=True),
            Robot(exchange, "voice", Voice, shows=True),
            Robot(exchange, "tone", partial(Tone, TONE_HZ)),
        ]
        refusing = [Refusing(exchange, "busy", BUSY), Refusing(exchange, "callme", DECLINED, self._call_back)]
        self._robots = {robot.user: robot for robot in (*talking, *refusing, Silent(exchange, "silent", Sound))}
        self._callers = {robot.user: robot for robot in talking} | {"callme": self._robots["voice"]}

    @property
    def names(self) -> list[str]:
        """The users that are robots."""
        return list(self._robots)

    def start(self) -> None:
        """Attach every robot."""
        for robot in self._robots.values():
            self._exchange.attach(robot)

    async def call(self, robot: str, to: str, *, video: bool = False) -> Call:
        """Let a robot call a user; the call is over at once when that user is not connected.

        Raises:
            ValueError: no robot of that name makes calls.
        """
        caller = self._callers.get(robot)
        if caller is None:
            raise ValueError(f"no robot called {robot!r} makes calls; these do: {', '.join(self._callers)}")
        call = self._exchange.place(caller, to, from_number=caller.user, to_number=to, video=video)
        self._exchange.invite(call)
        return call

    async def call_back(self, call: Call) -> None:
        """Let the voice call whoever made this call."""
        await self.call("voice", call.caller.user, video=call.video)

    async def close(self) -> None:
        """End their calls and wait until all is released."""
        self._tasks.cancel()
        for robot in self._robots.values():
            await robot.close()
        await self._tasks.finish()

    def _call_back(self, call: Call) -> None:
        if not call.caller.is_telephone:
            self._tasks.start(self._call_later(call))

    async def _call_later(self, call: Call) -> None:
        await asyncio.sleep(_CALL_BACK_AFTER_S)
        await self._rings_back(call)
