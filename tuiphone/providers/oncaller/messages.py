"""What OnCaller's server says, as values: replies, pushes, and what replies may carry. wire.py makes them."""

# pyright: strict

from dataclasses import dataclass, field
from typing import TypeAlias

from tuiphone.core.model import Device
from tuiphone.core.ports import Candidate, Description, IceServer
from tuiphone.providers.fields import Body


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to the request of this service and number."""

    service: int
    number: int
    code: int
    """0 is success; a reply that says nothing counts as that."""
    message: str
    body: Body = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pinged:
    """The server asks whether we are there."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody calls us (section 6.1)."""

    call_id: str
    from_number: str
    to_number: str
    from_alias: str
    to_alias: str
    from_internal: bool
    """True: an app calls; false: a telephone."""
    video: bool
    custom: str
    ice_servers: tuple[IceServer, ...]


@dataclass(frozen=True, slots=True)
class DescriptionCame:
    """The far side's session description; of which of its devices, where it may have several (section 7.2)."""

    call_id: str
    device: str | None
    description: Description


@dataclass(frozen=True, slots=True)
class CandidateCame:
    """One ICE candidate of the far side."""

    call_id: str
    device: str | None
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Progressed:
    """How a call of ours fares, as a SIP status code (section 5.2)."""

    call_id: str
    code: int
    reason: str
    device: str | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """The other side ended the call."""

    call_id: str


@dataclass(frozen=True, slots=True)
class DoneElsewhere:
    """Another device of ours answered (200) or rejected (486, 603) the call, or ended it (None) (section 6.3)."""

    call_id: str
    code: int | None


@dataclass(frozen=True, slots=True)
class InfoCame:
    """A side message in a call, as JSON text."""

    call_id: str
    text: str


@dataclass(frozen=True, slots=True)
class MessageCame:
    """A message outside calls, or of a topic; what is no string comes as JSON text."""

    sender: str
    text: str
    topic: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """Another device of our user came or went (section 4.5)."""

    device: Device
    here: bool


CallPush: TypeAlias = DescriptionCame | CandidateCame | Progressed | Stopped | DoneElsewhere | InfoCame
"""What is about one call that exists."""
Push: TypeAlias = Pinged | Invited | MessageCame | DeviceSeen | CallPush


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A successful log-in."""

    user_id: str | None
    ping_after_ms: int
    devices: tuple[Device, ...]
    """All of this user, ours among them or not."""


@dataclass(frozen=True, slots=True)
class CallMade:
    """The server took a call of ours."""

    call_id: str
    to_type: str
    custom: str
    ice_servers: tuple[IceServer, ...]

    @property
    def to_phone(self) -> bool:
        """The far end is a telephone behind a gateway."""
        return self.to_type == "external"
