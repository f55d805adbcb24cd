"""The telephones one may call: they behave by the last digit of their number and repeat what they hear (section 11)."""

import asyncio

from tuiphone.simulator.exchange import BUSY, EARLY_MEDIA, Call
from tuiphone.simulator.farend import Line
from tuiphone.simulator.gateway import Telephone
from tuiphone.simulator.peer import Peer
from tuiphone.simulator.tracks import Echo

NO_CREDIT, NO_ANSWER, IS_BUSY = "8", "9", "0"
_EARLY_MEDIA_AFTER_S = 0.5
_ANSWER_AFTER_S = 1.0


class EchoTelephone(Telephone):
    """Early media, then an answer; both by the clock."""

    def make_peer(self, call: Call) -> Peer:
        self._peer = Peer(Echo())
        return self._peer

    async def ring(self, line: Line) -> None:
        ref, ending = line.call.ref, self.user[-1:]
        if ending == NO_ANSWER:
            return
        await asyncio.sleep(_EARLY_MEDIA_AFTER_S)
        if ending == IS_BUSY:
            self.exchange.reject(ref, self, BUSY)
            self.drop(line.call)
            return
        await self.negotiate(line)
        self.exchange.progress(ref, self, EARLY_MEDIA)
        await asyncio.sleep(_ANSWER_AFTER_S - _EARLY_MEDIA_AFTER_S)
        self.exchange.answer(ref, self)
