"""The address book, vendors' rosters and who is there."""

from tuiphone.control.base import Asking


class ContactVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""
