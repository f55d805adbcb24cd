"""How a call sounds, in figures: loss, jitter and round trip, and a mean opinion score made of them."""

from dataclasses import dataclass

from aiortc import RTCPeerConnection
from aiortc.stats import RTCRemoteInboundRtpStreamStats

_BEST = 93.2
"""R of a call with nothing wrong (ITU-T G.107 with all defaults)."""
_OTHER_MS = 60.0
"""What the delay holds besides network and playout: a frame's length on our side, both sound cards."""


@dataclass(frozen=True, slots=True)
class Impairment:
    """A codec in the E-model: its own impairment, and how well it stands packet loss."""

    own: float
    robustness: float


# G.711 with concealment: ITU-T G.113 Appendix I. G.113 has no Opus; at 32 kbit/s it is at least as good as G.711
# before loss, and its figure for loss is that of the other codecs with a good concealment, somewhat lower.
_G711 = Impairment(0.0, 25.1)
_OPUS = Impairment(0.0, 20.0)


def opinion(codec: str, *, loss_percent: float, delay_ms: float) -> float:
    """Estimated mean opinion score, 1 to 4.5 (E-model, ITU-T G.107), for a one-way delay and a random loss."""
    impairment = _OPUS if codec.lower() == "opus" else _G711
    lateness = max(0.0, delay_ms - 177.3)
    # The straight lines by which Cole and Rosenbluth replaced G.107's delay term.
    r = _BEST - 0.024 * delay_ms - 0.11 * lateness
    r -= impairment.own + (95 - impairment.own) * loss_percent / (loss_percent + impairment.robustness)
    if r <= 0:
        return 1.0
    return min(4.5, max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6))


def one_way_ms(rtt_ms: float | None, playout_ms: float) -> float:
    """Mouth to ear, as well as it can be known from one side."""
    return (rtt_ms or 0.0) / 2 + playout_ms + _OTHER_MS


@dataclass(frozen=True, slots=True)
class Report:
    """What the far side's receiver last said of our sound (RTCP)."""

    rtt_ms: float | None = None
    loss_percent: float = 0.0


async def far_report(connection: RTCPeerConnection) -> Report:
    """Read aiortc's statistics; costs some 50 us, so once a second is enough."""
    for transceiver in connection.getTransceivers():
        if transceiver.kind != "audio":
            continue
        for entry in (await transceiver.sender.getStats()).values():
            if isinstance(entry, RTCRemoteInboundRtpStreamStats):
                rtt = entry.roundTripTime
                return Report(None if rtt is None else max(0.0, rtt * 1000), entry.fractionLost / 2.56)
    return Report()
