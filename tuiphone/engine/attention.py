"""What the engine does in the matter of do not disturb, auto-answer, hooks."""

from tuiphone.engine.service import Service


class AttentionService(Service):
    """Answers what is asked of it."""
