"""What the engine does in the matter of messages outside calls."""

from tuiphone.engine.service import Service


class TextService(Service):
    """Answers what is asked of it."""
