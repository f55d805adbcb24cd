"""The media of a robot's call: one connection that also starts anew, holds, adds a picture and hears keys."""

from collections.abc import Callable

from aiortc.mediastreams import MediaStreamTrack

from tuiphone.simulator.peer import Peer, split
from tuiphone.simulator.sip.keys import Keys, keys_of, with_keys
from tuiphone.simulator.tracks import Sound


class SipPeer(Peer):
    """Descriptions have all candidates inside, as SIP without trickling wants them."""

    def __init__(self, sound: Sound, picture: MediaStreamTrack | None = None) -> None:
        super().__init__(sound, picture)
        self.pressed: Callable[[str], None] = lambda digits: None
        """Called with the keys that come in the sound."""
        self.lost: Callable[[], None] = lambda: None
        """Called when the far side's media is gone for half a minute."""
        self._connection.on("connectionstatechange", self._changed)
        self._credentials = ""
        self._keys: Keys | None = None
        self._heard: set[int] = set()
        self._spoken: dict[int, int] = {}

    def is_same(self, sdp: str) -> bool:
        """Whether a description continues this connection, and does not ask for a new one."""
        return not self._credentials or self._credentials == credentials(sdp)

    async def first_offer(self) -> str:
        """An offer before anything is agreed on."""
        return self._with_keys(await self.offer())

    async def take_offer(self, sdp: str) -> str:
        """Answer an offer, the first or a later one."""
        bare, candidates = split(sdp)
        answer = await self.answer(bare)
        await self._agreed(sdp, candidates)
        answer = self._with_keys(answer, sdp)
        self._spoken = keys_of(answer)
        return answer

    async def take_answer(self, sdp: str) -> None:
        """Take the answer to our offer."""
        bare, candidates = split(sdp)
        self._spoken = keys_of(sdp)
        await self.accept(bare)
        await self._agreed(sdp, candidates)

    async def offer_again(self, *, direction: str = "sendrecv", picture: MediaStreamTrack | None = None) -> str:
        """A later offer: another direction of the sound, or a picture as well."""
        if picture:
            self._connection.addTrack(picture)
        for transceiver in self._connection.getTransceivers():
            if transceiver.kind == "audio":
                transceiver.direction = direction
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._with_keys(self._connection.localDescription.sdp)

    async def press(self, digits: str) -> bool:
        """Send keys in the sound; false when that was not agreed on."""
        if not self._spoken or self._keys is None:
            return False
        try:
            await self._keys.press(digits, max(self._spoken, key=lambda number: self._spoken[number]))
        except TimeoutError:
            return False
        return True

    def _changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self.lost()

    def _with_keys(self, sdp: str, offer: str = "") -> str:
        sdp, self._heard = with_keys(sdp, offer)
        if self._keys:
            self._keys.payloads = self._heard
        return sdp

    async def _agreed(self, sdp: str, candidates: list[dict[str, str]]) -> None:
        first, self._credentials = not self._credentials, credentials(sdp)
        if first:
            for candidate in candidates:
                await self.add(candidate)
        audio = next(one for one in self._connection.getTransceivers() if one.kind == "audio")
        transport = audio.receiver.transport
        if self._keys is None or not self._keys.sits_at(transport):
            self._keys = Keys(transport, audio.sender._ssrc, lambda digits: self.pressed(digits))
        self._keys.payloads = self._heard


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
