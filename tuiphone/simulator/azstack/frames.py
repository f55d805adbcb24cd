"""Engine.IO 3 and Socket.IO 4 as far as AZStack uses them (2.2, 3): text frames, one event with one argument."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.strict_json import parsed

EVENT = "WebPacket"
CONNECTED = "40"


@dataclass(frozen=True, slots=True)
class Ping:
    """The client's heartbeat, with the text that its pong echoes."""

    text: str


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet of the client; a body that is no JSON text of an object is None."""

    service: int
    body: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Leave:
    """The client leaves the namespace; it closes its socket itself."""


@dataclass(frozen=True, slots=True)
class Close:
    """The client wants the socket closed."""


Frame = Ping | Packet | Leave | Close


def opened(interval_s: float, timeout_s: float) -> str:
    """The first frame after the handshake."""
    times = {"pingInterval": round(interval_s * 1000), "pingTimeout": round(timeout_s * 1000)}
    return "0" + json.dumps({"sid": secrets.token_urlsafe(15), "upgrades": [], **times})


def packet(service: int, body: dict[str, Any]) -> str:
    """One packet to the client. ASCII alone, for half a surrogate pair must not stop the writer of another client."""
    return "42" + json.dumps([EVENT, {"service": service, "body": json.dumps(body)}])


def read(frame: str) -> Frame | None:
    """What the client says; None when it says nothing to us."""
    match frame[:1]:
        case "1":
            return Close()
        case "2":
            return Ping(frame[1:])
        case "4" if frame.startswith("41"):
            return Leave()
        case "4" if frame.startswith("42["):
            return _read_event(frame[2:])
        case _:
            return None


def _read_event(text: str) -> Packet | None:
    match parsed(text):
        case [str(name), {"service": int(service), **rest}] if name == EVENT and not isinstance(service, bool):
            # A body that is an object instead of a text counts as unparsable (3).
            body = rest.get("body")
            content = parsed(body) if isinstance(body, str) else None
            return Packet(service, content if isinstance(content, dict) else None)
        case _:
            return None
