"""What the engine does in the matter of the address book, vendors' rosters and presence."""

from tuiphone.engine.service import Service


class ContactService(Service):
    """Answers what is asked of it."""
