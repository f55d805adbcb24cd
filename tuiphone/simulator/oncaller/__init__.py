"""OnCaller's signalling server as far as its web client can tell, on loopback. Sections named are of PROTOCOL.md."""

from tuiphone.simulator.oncaller.server import DEFAULTS, MAX_FRAME, OnCaller

__all__ = ["DEFAULTS", "MAX_FRAME", "OnCaller"]
