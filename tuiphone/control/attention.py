"""How the person is told outside the window: do not disturb, and which screen tells them."""

from typing import TypeAlias

from tuiphone.control.base import Asking, Message, answered


class SetDisturb(Message, frozen=True):
    """Do not disturb until then (seconds since the epoch, `core.policy.FOREVER` for no end); None lets calls ring."""

    until: float | None


class ClaimNotice(Message, frozen=True):
    """May this screen tell of `what` at `place`? The first to ask may; the reply is Claimed.

    `place` is what several screens of one person have in common, their desktop for example.
    """

    what: str
    place: str


class Claimed(Message, frozen=True):
    """Whether it is yours to tell."""

    is_yours: bool


Command: TypeAlias = SetDisturb | ClaimNotice
Result: TypeAlias = Claimed


class AttentionVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def set_disturb(self, until: float | None) -> None:
        """Do not disturb until then; None lets calls ring."""
        await self.request(SetDisturb(until))

    async def claim_notice(self, what: str, place: str) -> bool:
        """Whether this screen is the first to tell of this at this place."""
        return answered(await self.request(ClaimNotice(what, place)), Claimed).is_yours
