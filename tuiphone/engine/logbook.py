"""What the engine does in the matter of the log, wire traces, bug-report bundles."""

from tuiphone.engine.service import Service


class LogbookService(Service):
    """Answers what is asked of it."""
