"""Vox CPaaS as far as its web SDK can tell, on loopback. Sections named are of PROTOCOL.md."""

from tuiphone.simulator.vox.server import DEFAULTS, Vox

__all__ = ["DEFAULTS", "Vox"]
