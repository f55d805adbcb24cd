"""Somebody takes the far side's place in a call of ours (RFC 3891): it goes on with other keys and a new peer."""

from typing import TYPE_CHECKING

from tuiphone.core.events import CallDescribed
from tuiphone.providers.sip import names
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.outgoing import OutgoingCall
from tuiphone.providers.sip.serving import Incoming

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall


def take_over(call: "SipCall", incoming: Incoming) -> None:
    """Answer an INVITE that replaces the dialog of the call, and leave the old one. Raises: BadMessage

    Who knows the Call-ID and both tags was told by one of the two sides; nobody is asked.
    """
    dialog = Dialog.from_request(incoming.request, incoming.local_tag)
    call.renegotiation.take_over(incoming, lambda: _move(call, incoming, dialog))


def _move(call: "SipCall", incoming: Incoming, dialog: Dialog) -> None:
    before, call.dialog = call.dialog, dialog
    call.is_outgoing = False
    dialog.confirm()
    call.agent.in_dialog(dialog, call.take)
    call.learn(incoming.request)
    if before is not None:
        before.end()
        call.agent.forget(before)
        call.desk.goodbye(before)
    if isinstance(call, OutgoingCall) and not call.answered:
        call.picked_up_elsewhere()
    was = call.peer
    call.peer = names.address_of(incoming.request.from_, call.desk.settings)
    call.desk.emit(CallDescribed(call.ref, (("Before", was.label),), peer=call.peer))
