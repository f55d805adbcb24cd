"""SIP messages: what they are, how they are read and written; the parts are in the modules named here."""

# pyright: strict

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.headers import Headers, Pairs
from tuiphone.providers.sip.kinds import Message, Request, Response
from tuiphone.providers.sip.reading import parse
from tuiphone.providers.sip.writing import REASONS, encode, reply

__all__ = ["REASONS", "BadMessage", "Headers", "Message", "Pairs", "Request", "Response", "encode", "parse", "reply"]
