"""A small SIP registrar and proxy over WebSocket, on loopback: for the demo and the tests, never for real use."""

from tuiphone.simulator.sip.server import Sip
from tuiphone.simulator.sip.switches import DEFAULTS

__all__ = ["DEFAULTS", "Sip"]
