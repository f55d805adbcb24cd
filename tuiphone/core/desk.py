"""The operator's desk: calls to the extension group that are not ours; pure."""

from tuiphone.core.model import DeskCall, DeskState

MAX_DESK = 200
"""Calls of one account's extension group that are kept; a server that tells of more pushes out the older ones."""


def with_desk_call(desk: tuple[DeskCall, ...], call: DeskCall) -> tuple[DeskCall, ...]:
    """The desk with this call in it, in the place of one of its ref; the oldest missed ones make way."""
    if any(known.ref == call.ref for known in desk):
        return tuple(call if known.ref == call.ref else known for known in desk)
    together = (*desk, call)
    if len(together) <= MAX_DESK:
        return together
    oldest = min(together, key=lambda known: (known.state is not DeskState.MISSED, known.since))
    return tuple(known for known in together if known is not oldest)


def without_desk_call(desk: tuple[DeskCall, ...], ref: str) -> tuple[DeskCall, ...]:
    """The desk without the call of this ref."""
    return tuple(known for known in desk if known.ref != ref)


def without_link(desk: tuple[DeskCall, ...]) -> tuple[DeskCall, ...]:
    """What is known while nobody tells: who waits and rings is not, who was missed is."""
    return tuple(known for known in desk if known.state is DeskState.MISSED)
