"""The server of Prostiezvonki as far as its public clients can tell, on loopback. Sections named are of PROTOCOL.md."""

from tuiphone.simulator.prostiezvonki.desk import TO_CALL
from tuiphone.simulator.prostiezvonki.server import MAX_FRAME, Prostiezvonki
from tuiphone.simulator.prostiezvonki.switches import DEFAULTS

__all__ = ["DEFAULTS", "MAX_FRAME", "TO_CALL", "Prostiezvonki"]
