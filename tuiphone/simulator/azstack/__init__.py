"""AZStack's server as far as the vendor's SDK can tell, on loopback. Sections named are of PROTOCOL.md."""

from tuiphone.simulator.azstack.server import DEFAULTS, MAX_FRAME, AZStack

__all__ = ["DEFAULTS", "MAX_FRAME", "AZStack"]
