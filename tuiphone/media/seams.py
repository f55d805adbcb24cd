"""Where we reach into aiortc's private parts, because it offers no other way; tests hold each against its version."""

import asyncio
import functools
import logging
import random
from collections.abc import Iterable
from typing import Any

from aioice import stun
from aiortc import clock
from aiortc.codecs import vpx
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.rtp import RtpPacket

from tuiphone.core.errors import NegotiationFailed
from tuiphone.media.playout import Playout
from tuiphone.media.sdp import TELEPHONE_EVENT, Codec
from tuiphone.media.telephone_event import Listening
from tuiphone.media.voice import Voice

log = logging.getLogger(__name__)

STUN_S = 1.0
"""For a STUN server's answer; without it the call begins with the addresses that are known."""
TURN_S = 2.0
"""A relay takes several turns, with TLS some more, and may be the only way."""

WRONG = (
    *(InternalError, InvalidAccessError, InvalidStateError, OperationError),
    *(ValueError, AssertionError, LookupError, AttributeError, TypeError, StopIteration, OSError),
)
"""What aiortc raises at what it does not like."""


class PacketSeam:
    """In the place of aiortc's jitter buffer: hands each packet to the playout, and none to aiortc's decoder."""

    def __init__(
        self, playout: Playout, codecs: dict[int, RTCRtpCodecParameters], listening: Listening | None = None
    ) -> None:
        self._playout = playout
        self._codecs = codecs
        self._listening = listening

    def add(self, packet: Any) -> tuple[bool, None]:
        """Take a packet; aiortc is told that there is no frame yet, always."""
        if (codec := self._codecs.get(packet.payload_type)) is None:
            return False, None
        if codec.name == TELEPHONE_EVENT:
            self._playout.push_other(packet.ssrc, packet.sequence_number)
            if self._listening is not None:
                self._listening.take(packet.ssrc, packet.timestamp, bool(packet.marker), packet.payload)
        else:
            self._playout.push(codec.name, packet.ssrc, packet.sequence_number, packet.timestamp, packet.payload)
        return False, None


def replace_jitter_buffer(receiver: Any, playout: Playout, listening: Listening | None = None) -> None:
    """Before the receiver starts. The codecs are its own; the transceiver's are reset as soon as we make an offer."""
    if not hasattr(receiver, "_RTCRtpReceiver__jitter_buffer"):
        raise NegotiationFailed("This version of aiortc keeps its received packets elsewhere: install the pinned one.")
    receiver._RTCRtpReceiver__jitter_buffer = PacketSeam(playout, receiver._RTCRtpReceiver__codecs, listening)


def send_packets(sender: Any, voice: Voice) -> None:
    """Before the sender starts: its loop becomes one that can send other packets between those of the sound."""
    if not hasattr(sender, "_RTCRtpSender__rtp_exited") or not hasattr(sender, "_run_rtp"):
        raise NegotiationFailed("This version of aiortc sends its packets elsewhere: install the pinned one.")

    async def run(_: RTCRtpCodecParameters) -> None:
        sender._RTCRtpSender__rtp_started.set()
        try:
            await _send(sender, voice)
        except (asyncio.CancelledError, ConnectionError, MediaStreamError):
            pass
        except Exception:
            log.exception("our sound broke off")
        finally:
            # Without it the end would wait for ever.
            sender._RTCRtpSender__rtp_exited.set()
            voice.stop()

    sender._run_rtp = run


async def _send(sender: Any, voice: Voice) -> None:
    """As aiortc does it, with payload type, timestamp and marker as each packet needs them."""
    # Low, so that it does not wrap around within the first packets, which SRTP takes badly (RFC 3711 section 3.3.1).
    sequence, origin = random.randrange(1 << 15), random.randrange(1 << 32)
    extensions = sender._RTCRtpSender__rtp_header_extensions_map
    octets = packets = 0
    while True:
        ours = await voice.next()
        if not sender._enabled:
            continue
        packet = RtpPacket(
            payload_type=ours.payload_type,
            marker=int(ours.marker),
            sequence_number=sequence,
            timestamp=(origin + ours.timestamp) % (1 << 32),
            ssrc=sender._ssrc,
            payload=ours.payload,
        )
        packet.extensions.abs_send_time = (clock.current_ntp_time() >> 14) & 0x00FFFFFF
        packet.extensions.mid = sender._RTCRtpSender__mid
        await sender.transport._send_rtp(packet.serialize(extensions))
        sequence = (sequence + 1) % (1 << 16)
        octets, packets = octets + len(ours.payload), packets + 1
        # For the sender's reports (RFC 3550 section 6.4.1).
        sender._RTCRtpSender__ntp_timestamp = clock.current_ntp_time()
        sender._RTCRtpSender__rtp_timestamp = packet.timestamp
        sender._RTCRtpSender__octet_count = octets
        sender._RTCRtpSender__packet_count = packets


def take_back_offer(connection: Any) -> None:
    """Both sides offered at once. aiortc has no rollback; but nothing is built from an offer before its answer."""
    log.info("both sides made an offer; ours is taken back")
    connection._RTCPeerConnection__pendingLocalDescription = None
    connection._RTCPeerConnection__setSignalingState("stable")


def controls(connection: Any) -> bool:
    """Whether we control its ICE."""
    return any(one.sender.transport.transport._connection.ice_controlling for one in connection.getTransceivers())


def set_role(connection: Any, *, controls: bool) -> None:
    """Control ICE, or not, as the connection did whose place this one takes; before its checks begin.

    A browser stays what it was when it begins its ICE anew. With both sides controlled, ours may become controlling
    after its checks, and then aioice nominates nothing any more: the way is found and never used.
    """
    for ice in {transceiver.sender.transport.transport for transceiver in connection.getTransceivers()}:
        ice._connection.ice_controlling = controls
        ice._role_set = True


def know_codecs(transceiver: Any, told: Iterable[Codec]) -> None:
    """What may come from now on, by the numbers that we told too, and telephone-events, which aiortc does not know.

    A running receiver keeps to its first codecs; a gateway that comes with others would not be understood.
    """
    receiver = transceiver.receiver
    known = receiver._RTCRtpReceiver__codecs
    for codec in told:
        kind = f"audio/{codec.name}"
        known[codec.payload_type] = RTCRtpCodecParameters(kind, codec.rate, payloadType=codec.payload_type)
    known.update({codec.payloadType: codec for codec in transceiver._codecs})
    receiver.transport._rtp_router.register_receiver(receiver, [], list(known))


def first_codec(transceiver: Any) -> RTCRtpCodecParameters:
    """The one that both sides like best, after an exchange; an offer of ours has it forgotten again."""
    return transceiver._codecs[0]


def allow_bitrate(width: int, height: int) -> None:
    """Where aiortc's VP8 begins and how far it may go is meant for small pictures; of large ones it leaves out most."""
    if width * height > 640 * 480:
        vpx.DEFAULT_BITRATE = max(vpx.DEFAULT_BITRATE, 1_500_000)
        vpx.MAX_BITRATE = max(vpx.MAX_BITRATE, 3_000_000)


def limit_gathering(connection: Any) -> None:
    """aioice waits for the slowest answer of STUN and TURN servers, 5 s: one silent address holds up every call."""
    for transceiver in connection.getTransceivers():
        ice = transceiver.receiver.transport.transport._connection
        seconds = STUN_S if ice.turn_server is None else TURN_S
        ice.get_component_candidates = functools.partial(type(ice).get_component_candidates, ice, timeout=seconds)


async def knock(connection: Any) -> None:
    """Send a byte of no protocol (RFC 7983 section 7) the way that ICE found in the place of an older one.

    A browser sends where data last came from. Before it has heard anything here, its DTLS goes the old way, to nobody,
    until that is given up after more than 6 s.
    """
    for ice in {transceiver.receiver.transport.transport for transceiver in connection.getTransceivers()}:
        try:
            await ice._send(b"\x50")
        except WRONG as error:
            log.debug("nothing could be sent the new way: %s", error)


async def is_answered(connection: Any) -> bool:
    """Whether the far side answers on the way that ICE found (RFC 7675 section 5.1), asked twice within 1.5 s."""
    for ice in {transceiver.receiver.transport.transport._connection for transceiver in connection.getTransceivers()}:
        for pair in list(ice._nominated.values()):
            try:
                await pair.protocol.request(
                    ice.build_request(pair, nominate=False),
                    pair.remote_addr,
                    integrity_key=ice.remote_password.encode(),
                    retransmissions=1,
                )
            except (stun.TransactionError, *WRONG) as error:
                log.debug("the far side does not answer: %s", error)
            else:
                return True
    return False


async def close_sockets(connection: Any) -> None:
    """Of a connection that was closed while it gathered addresses, or that could not be closed."""
    for transceiver in connection.getTransceivers():
        try:
            await transceiver.receiver.transport.transport._connection.close()
        except WRONG as error:
            log.debug("ICE did not close properly: %s", error)
