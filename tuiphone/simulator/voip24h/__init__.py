"""Voip24h's three interfaces, on loopback; what its calls sound like comes from the SIP simulator."""

from tuiphone.simulator.voip24h.server import Voip24h
from tuiphone.simulator.voip24h.switches import DEFAULTS

__all__ = ["DEFAULTS", "Voip24h"]
