"""The telephone network behind a simulated vendor: telephones behave by the last digits of their number."""

import asyncio
import secrets
from collections.abc import Callable

from tuiphone.simulator.exchange import EARLY_MEDIA, RINGING, Call, Endpoint, Exchange, Outcome
from tuiphone.simulator.farend import FarEnd, Line
from tuiphone.simulator.peer import Peer
from tuiphone.simulator.tracks import Tone

TONE_HZ = 600
_REFUSALS = ("404", "408", "480", "486", "503", "603")
_RINGS_FOR_EVER = "000"
_EARLY_MEDIA = "183"
_PROGRESS_AFTER_S = 0.2
_ANSWER_AFTER_S = 0.4
_EARLY_MEDIA_S = 1.0


class Telephone(FarEnd):
    """One telephone for one call. It sends a tone, counts what it hears and remembers the keys pressed."""

    is_telephone = True
    trickles = False

    def __init__(
        self,
        exchange: Exchange,
        number: str,
        another: Callable[[str], "Telephone"],
        done: Callable[["Telephone"], None],
    ) -> None:
        super().__init__(exchange, number, f"telephone-{secrets.token_hex(6)}")
        self.digits = ""
        self._another = another
        self._done = done
        self._peer: Peer | None = None

    @property
    def frames(self) -> int:
        """How many audio frames came in."""
        return self._peer.frames["audio"] if self._peer else 0

    def make_peer(self, call: Call) -> Peer:
        self._peer = Peer(Tone(TONE_HZ))
        return self._peer

    async def ring(self, line: Line) -> None:
        ref, ending = line.call.ref, self.user[-3:]
        await asyncio.sleep(_PROGRESS_AFTER_S)
        if ending == _EARLY_MEDIA:
            # Who hears of early media has to have the description that it comes with.
            await self.negotiate(line)
            self.exchange.progress(ref, self, EARLY_MEDIA)
            await asyncio.sleep(_EARLY_MEDIA_S)
            self.exchange.answer(ref, self)
            return
        self.exchange.progress(ref, self, RINGING)
        if ending == _RINGS_FOR_EVER:
            return
        await asyncio.sleep(_ANSWER_AFTER_S)
        if ending in _REFUSALS:
            self.exchange.reject(ref, self, int(ending))
            self.drop(line.call)
            return
        await self.negotiate(line)
        self.exchange.answer(ref, self)

    async def negotiate(self, line: Line) -> None:
        """Answer the caller's offer."""
        line.open("sdp", "candidate")
        await line.negotiated.wait()

    def pressed(self, call: Call, digits: str) -> None:
        self.digits += digits

    def moved(self) -> Endpoint:
        return self._another(self.user)

    def released(self) -> None:
        self._done(self)


class Gateway:
    """Makes telephones, and lets them call."""

    def __init__(self, exchange: Exchange, make: type[Telephone] = Telephone) -> None:
        self._exchange = exchange
        self._make = make
        self._telephones: set[Telephone] = set()

    def telephone(self, number: str) -> Telephone:
        """A telephone of that number, for one call."""
        made = self._make(self._exchange, number, self.telephone, self._telephones.discard)
        self._telephones.add(made)
        return made

    def inbound(self, caller: str, to_number: str, user: str) -> Call:
        """Let the telephone `caller` call a user.

        Raises:
            ValueError: the user is not connected.
        """
        if not self._exchange.online(user):
            raise ValueError(f"{user} is not connected")
        call = self._exchange.place(self.telephone(caller), user, from_number=caller, to_number=to_number)
        self._exchange.invite(call)
        return call

    def hang_up(self, ref: str) -> bool:
        """Let the telephone of a call hang up; false when there is no such call."""
        telephone = self._telephone_in(ref)
        if telephone is None or self._exchange.hang_up(ref, telephone) is not Outcome.DONE:
            return False
        telephone.drop(self._exchange.calls[ref])
        return True

    def frames(self, ref: str) -> int:
        """How many audio frames the telephone of a call received."""
        telephone = self._telephone_in(ref)
        return telephone.frames if telephone else 0

    async def close(self) -> None:
        """End the calls of all telephones and wait until all is released."""
        for telephone in list(self._telephones):
            await telephone.close()

    def _telephone_in(self, ref: str) -> Telephone | None:
        call = self._exchange.calls.get(ref)
        telephone = call.telephone if call else None
        return telephone if isinstance(telephone, Telephone) else None
