"""Where we reach into aiortc's private parts, because it offers no other way; tests hold each against its version."""

import logging
from dataclasses import dataclass
from typing import Any

from aiortc.codecs import vpx
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters

from tuiphone.core.errors import NegotiationFailed
from tuiphone.media.playout import Playout

log = logging.getLogger(__name__)

WRONG = (
    *(InternalError, InvalidAccessError, InvalidStateError, OperationError),
    *(ValueError, AssertionError, LookupError, AttributeError, TypeError, StopIteration, OSError),
)
"""What aiortc raises at what it does not like."""


class PacketSeam:
    """In the place of aiortc's jitter buffer: hands each packet to the playout, and none to aiortc's decoder."""

    def __init__(self, playout: Playout, codecs: dict[int, RTCRtpCodecParameters]) -> None:
        self._playout = playout
        self._codecs = codecs

    def add(self, packet: Any) -> tuple[bool, None]:
        """Take a packet; aiortc is told that there is no frame yet, always."""
        if (codec := self._codecs.get(packet.payload_type)) is not None:
            self._playout.push(codec.name, packet.ssrc, packet.sequence_number, packet.timestamp, packet.payload)
        return False, None


def replace_jitter_buffer(receiver: Any, playout: Playout) -> None:
    """Before the receiver starts. The codecs are its own; the transceiver's are reset as soon as we make an offer."""
    if not hasattr(receiver, "_RTCRtpReceiver__jitter_buffer"):
        raise NegotiationFailed("This version of aiortc keeps its received packets elsewhere: install the pinned one.")
    receiver._RTCRtpReceiver__jitter_buffer = PacketSeam(playout, receiver._RTCRtpReceiver__codecs)


def take_back_offer(connection: Any) -> None:
    """Both sides offered at once. aiortc has no rollback; but nothing is built from an offer before its answer."""
    log.info("both sides made an offer; ours is taken back")
    connection._RTCPeerConnection__pendingLocalDescription = None
    connection._RTCPeerConnection__setSignalingState("stable")


@dataclass(slots=True)
class Sending:
    """What a running sender sends."""

    codec: RTCRtpCodecParameters
    """The object from which it takes the payload type of each packet."""
    name: str


def know_codecs(transceiver: Any) -> None:
    """A running receiver keeps to its first codecs; a gateway that comes with others would not be understood."""
    receiver = transceiver.receiver
    known = receiver._RTCRtpReceiver__codecs
    known.update({codec.payloadType: codec for codec in transceiver._codecs})
    receiver.transport._rtp_router.register_receiver(receiver, [], list(known))


def send_with(sending: Sending | None, transceiver: Any) -> bool:
    """A running sender keeps to its first codec as well; whether it now has another."""
    now: RTCRtpCodecParameters = transceiver._codecs[0]
    if sending is None:
        return False
    if sending.name != now.name:
        log.info("the codec changes from %s to %s", sending.name, now.name)
    before, sending.name = sending.name, now.name
    sending.codec.payloadType = now.payloadType
    return before != now.name


def allow_bitrate(width: int, height: int) -> None:
    """Where aiortc's VP8 begins and how far it may go is meant for small pictures; of large ones it leaves out most."""
    if width * height > 640 * 480:
        vpx.DEFAULT_BITRATE = max(vpx.DEFAULT_BITRATE, 1_500_000)
        vpx.MAX_BITRATE = max(vpx.MAX_BITRATE, 3_000_000)


async def close_sockets(connection: Any) -> None:
    """Of a connection that was closed while it gathered addresses, or that could not be closed."""
    for transceiver in connection.getTransceivers():
        try:
            await transceiver.receiver.transport.transport._connection.close()
        except WRONG as error:
            log.debug("ICE did not close properly: %s", error)
