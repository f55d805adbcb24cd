"""A WebSocket whose binary frames carry IML's packets."""

from collections.abc import Iterator

from google.protobuf.message import Message

from tuiphone.providers.links import FrameSocket
from tuiphone.providers.vox import wire
from tuiphone.providers.vox.wire import BrokenStream, Packet, Stream, Unread

MAX_FRAME_BYTES = 2 * wire.MAX_PAYLOAD
"""Several packets may come in one frame."""
SECRET_KEYS = frozenset(
    {
        "sPassHash", "sAuth", "sNonce", "sAccessKey", "sAccessSecret", "sAppSecret", "sPushDevToken", "sSipPassword",
        "sDevPstnPassword", "sTurnPassword", "sImlPassword", "sDtmfDigit",
    }
)  # fmt: skip
"""Kept out of the wire trace besides what looks like a secret; what is pressed in a call may be a PIN."""


class PacketSocket(FrameSocket):
    """Packets out of a WebSocket and into it; one a frame of ours (section 4)."""

    async def send(self, message: Message) -> None:
        """Send a packet with this message.

        Raises: ConnectionLost
        """
        data = wire.encode(message)
        packet = wire.packet_of(message)
        self._trace.sent(self.where, packet.view, size=len(data), secrets=self._secrets)
        await self.send_frame(data)

    async def receive(self, stream: Stream) -> Iterator[Packet | Unread]:
        """The packets that are complete with the next frame.

        Raises: BrokenStream, at once or from the iterator, after which the link is of no use; ConnectionLost
        """
        frame = await self.receive_frame()
        if isinstance(frame, str):
            self._trace.received(self.where, frame, size=len(frame))
            raise BrokenStream(wire.NOT_BINARY, f"{self.where} sent text instead of packets.")
        return self._traced(stream.feed(frame))

    def _traced(self, packets: Iterator[Packet | Unread]) -> Iterator[Packet | Unread]:
        for packet in packets:
            if isinstance(packet, Packet):
                self._trace.received(self.where, packet.view, size=packet.size, secrets=self._secrets)
            else:
                self._trace.received(self.where, packet.view, size=packet.size)
            yield packet
