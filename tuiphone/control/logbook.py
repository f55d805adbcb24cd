"""What happened: the log, traces of an account's wire, a bundle for a bug report."""

from tuiphone.control.base import Asking


class LogbookVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""
