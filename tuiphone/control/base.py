"""What the messages of the control socket have in common, and how a client asks for something."""

from abc import ABC, abstractmethod
from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec

from tuiphone.core import errors

Number: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)]
"""What JSON encoders and SQLite can take."""
R = TypeVar("R")
REPLY_SECONDS = 30.0
"""Longer than any request of a provider may take."""


class Message(msgspec.Struct, frozen=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """Base of all messages; `type` says which it is."""


class EngineGone(errors.PhoneError):
    """The engine ended, or the line to it broke."""


class Asking(ABC):
    """Base of what a client can ask for, area by area."""

    @abstractmethod
    async def request(self, command: Any, timeout: float = REPLY_SECONDS) -> Any:
        """Send a command and wait for its result; raises the PhoneError the engine reports, and EngineGone."""


def answered(result: Any, kind: type[R]) -> R:
    """The result, which has to be of this kind. Raises: EngineGone, for an engine of another version."""
    if not isinstance(result, kind):
        raise EngineGone(f"The engine answered something else than {kind.__name__}; is it of another version?")
    return result
