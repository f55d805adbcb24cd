"""A call of ours that is sent somewhere else: a person is asked about each place before it is called."""

from typing import TYPE_CHECKING

from tuiphone.core.errors import ConnectionLost
from tuiphone.core.events import TransferRequested
from tuiphone.core.model import Address
from tuiphone.providers.sip import names
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Response
from tuiphone.providers.sip.redirects import Redirects
from tuiphone.providers.sip.uri import Uri

if TYPE_CHECKING:
    from tuiphone.providers.sip.outgoing import OutgoingCall

ASK_SECONDS = 120.0
"""How long a person may think about it."""


class Redirection:
    """Of one call: the places it may still go to, and the one that a person is asked about."""

    def __init__(self, call: "OutgoingCall", first: Uri) -> None:
        self._call = call
        self._places = Redirects(first)
        self._asked: NameAddr | None = None

    @property
    def is_asked(self) -> bool:
        """A person thinks about it."""
        return self._asked is not None

    def takes(self, response: Response) -> bool:
        """After this refusal there is another place to ask about, and it is asked about."""
        if 300 <= response.status < 400:
            self._places.sent_to(response.contacts)
        # A 6xx speaks for all places (RFC 3261 section 21.6).
        if response.status >= 600 or (contact := self._places.next()) is None:
            return False
        self._asked = contact
        self._call.in_time(ASK_SECONDS, self._call.not_followed)
        self._call.desk.emit(TransferRequested(self._call.ref, self._who(contact), "redirect"))
        return True

    def followed(self) -> tuple[Uri, Address]:
        """Where to call now, and whom. Raises: BadAddress, and ConnectionLost while nobody can be called"""
        assert self._asked is not None
        if not self._call.agent.is_open:
            raise ConnectionLost("There is no connection to the server just now; try again in a moment.")
        contact, who = self._asked, self._who(self._asked)
        uri = contact.uri if contact.uri.is_sip else names.uri_of(who, self._call.desk.settings)
        self._asked = None
        return uri, who

    def refused(self) -> str:
        """A person does not want to go there, or did not decide: where that was."""
        contact, self._asked = self._asked, None
        return "somewhere else" if contact is None else self._who(contact).label

    def _who(self, contact: NameAddr) -> Address:
        return names.address_of(contact, self._call.desk.settings)
