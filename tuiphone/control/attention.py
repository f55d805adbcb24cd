"""How the person is told outside the window: do not disturb, auto-answer, hooks."""

from tuiphone.control.base import Asking


class AttentionVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""
