"""A call that rings at another telephone and is taken by the PBX's feature code, which is dialled before its extension.

No RFC has it; the PBX answers and connects us with whoever calls there. RFC 5359 section 2.16 is the way without it.
"""

from typing import TYPE_CHECKING

from tuiphone.core.call import EndReason
from tuiphone.core.model import Address
from tuiphone.providers.sip import names, reasons
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Response
from tuiphone.providers.sip.outgoing import OutgoingCall
from tuiphone.providers.status import Meaning

if TYPE_CHECKING:
    from tuiphone.providers.sip.desk import Desk

_NOTHING_TO_TAKE = frozenset({403, 404, 410, 480, 481, 484, 486, 487, 503, 600, 603, 604})
"""What PBXs answer where nothing rings, or where they know no such code."""


class CodePickup(OutgoingCall):
    """Its far side is whoever calls that telephone, although we dial something else."""

    def __init__(self, desk: "Desk", line: Address, caller: Address | None, code: str) -> None:
        """Without a `caller` the line stands for it, until the PBX says who it is. Raises: BadAddress"""
        uri = names.coded(code, line, desk.settings)
        super().__init__(desk, caller or line, uri, video=False)
        self._line = line
        self._dialled = names.address_of(NameAddr(None, uri), desk.settings)

    def is_somebody_else(self, who: Address) -> bool:
        """As SipCall has it; a PBX may vouch for what was dialled, which is nobody."""
        return super().is_somebody_else(who) and who.text not in (self._dialled.text, self._line.text)

    def refusal(self, response: Response) -> Meaning:
        """Most statuses say that there was nothing to take: of a callee, who is none here, they would say the wrong."""
        if response.status not in _NOTHING_TO_TAKE:
            return super().refusal(response)
        status = f"{response.status} {reasons.plain(response.reason)}".rstrip()
        detail = (
            f"The PBX did not hand over the call at {self._line.label} ({status}): somebody else had it first, or "
            "pickup_code in the account is not its code for that."
        )
        return Meaning(EndReason.FAILED, detail)
