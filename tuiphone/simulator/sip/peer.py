"""The media of a robot's call: one connection that also starts anew, holds, adds a picture and hears DTMF."""

from collections.abc import Callable

from aiortc.mediastreams import MediaStreamTrack

from tuiphone.simulator.peer import Peer, split
from tuiphone.simulator.tracks import Sound


class SipPeer(Peer):
    """Descriptions have all candidates inside, as SIP without trickling wants them."""

    def __init__(self, sound: Sound, picture: MediaStreamTrack | None = None) -> None:
        super().__init__(sound, picture)
        self._shown = picture
        self._credentials = ""
        self.pressed: Callable[[str], None] = lambda digits: None
        """Called with the keys that come in the sound (RFC 4733)."""

    def is_same(self, sdp: str) -> bool:
        """Whether a description continues this connection, and does not ask for a new one."""
        return not self._credentials or self._credentials == credentials(sdp)

    async def take_offer(self, sdp: str) -> str:
        """Answer an offer, the first or a later one."""
        bare, candidates = split(sdp)
        first = not self._credentials
        self._credentials = credentials(sdp)
        answer = await self.answer(bare)
        if first:
            for candidate in candidates:
                await self.add(candidate)
        return answer

    async def take_answer(self, sdp: str) -> None:
        """Take the answer to our offer."""
        bare, candidates = split(sdp)
        first = not self._credentials
        self._credentials = credentials(sdp)
        await self.accept(bare)
        if first:
            for candidate in candidates:
                await self.add(candidate)

    async def offer_again(self, *, direction: str = "sendrecv", picture: MediaStreamTrack | None = None) -> str:
        """A later offer: another direction of the sound, or a picture as well."""
        if picture:
            self._connection.addTrack(picture)
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind == "audio":
                transceiver.direction = direction
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp


MakePeer = Callable[[bool], SipPeer]
"""A connection for one call; whether the call has a picture."""


def credentials(sdp: str) -> str:
    """Who is at the other end of a connection: the ICE name and the key of the first line that has them."""
    lines = sdp.splitlines()
    name = next((line for line in lines if line.startswith("a=ice-ufrag:")), "")
    return name + next((line for line in lines if line.startswith("a=fingerprint:")), "").lower()


def has_picture(sdp: str) -> bool:
    """Whether a description offers a picture."""
    return any(line.startswith("m=video ") and not line.startswith("m=video 0 ") for line in sdp.splitlines())
