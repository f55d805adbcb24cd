"""What simulated PBXes without sound of their own ask of the SIP simulator: to ring an extension, and to talk there."""

from typing import Literal, Protocol

RING_S = 30.0
"""For how long an extension rings."""

Kind = Literal["busy", "declined", "silent", "unregistered"]


class Refused(Exception):
    """An extension did not take a call."""

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        self.kind: Kind = kind


class LegCall(Protocol):
    """A call that a device of the extension answered."""

    async def ringback(self, seconds: float) -> None:
        """Let them hear that it rings at the far side, for so long or until they hang up."""
        ...

    def echo(self) -> None:
        """Connect them to a far side that repeats what it hears."""
        ...

    def recording(self) -> bytes:
        """What was said so far, on both sides, as a WAV file."""
        ...

    async def ended(self) -> None:
        """Wait until either side hung up."""
        ...

    async def hang_up(self) -> None:
        """End it from this side; one that is over stays so."""
        ...


class Leg(Protocol):
    """The way to the devices of extensions."""

    def is_registered(self, extension: str) -> bool:
        """Whether there is a device that could ring."""
        ...

    async def ring(self, extension: str, caller: str, *, seconds: float = RING_S) -> LegCall:
        """Ring every device of an extension until one answers, and leave off when cancelled; without a number in
        `caller` the call is anonymous.

        Raises:
            Refused: nobody answered.
        """
        ...
