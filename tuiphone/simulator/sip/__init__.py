"""A small SIP registrar and proxy over WebSocket, on loopback: for the demo and the tests, never for real use."""

from tuiphone.simulator.sip.server import DEFAULTS, Sip

__all__ = ["DEFAULTS", "Sip"]
