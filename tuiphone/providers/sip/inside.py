"""What the far side of an answered call asks for: each method with what answers it."""

from typing import TYPE_CHECKING

from tuiphone.providers.sip import descriptions, digits
from tuiphone.providers.sip.agent import Incoming

if TYPE_CHECKING:
    from tuiphone.providers.sip.call import SipCall

ACCEPTED = f"{descriptions.SDP}, {digits.RELAY}, {digits.PLAIN}, message/sipfrag"


def take(call: "SipCall", incoming: Incoming) -> None:
    """Do what a request inside the dialog asks, and answer it."""
    request = incoming.request
    call.learn(request)
    match request.method:
        case "ACK":
            call.renegotiation.take_ack(request)
        case "BYE":
            incoming.respond(200)
            call.bye_came(request)
        case "INVITE":
            call.renegotiation.take_invite(incoming)
        case "UPDATE":
            call.renegotiation.take_update(incoming)
        case "INFO":
            _info(call, incoming)
        case "REFER":
            call.referral.take(incoming)
        case "NOTIFY":
            call.transferring.take(incoming)
        case "MESSAGE":
            call.desk.arrivals.take(incoming, call.peer)
        case "OPTIONS":
            incoming.respond(200, headers=(("Accept", ACCEPTED),))
        case "PRACK":
            incoming.respond(481)
        case _:
            incoming.respond(405, headers=(("Allow", call.agent.allow),))


def _info(call: "SipCall", incoming: Incoming) -> None:
    request = incoming.request
    if not request.body:
        # Some ask by it whether we are still there.
        incoming.respond(200)
        return
    keys = digits.pressed(request.content_type, request.body)
    if keys is None:
        incoming.respond(415, headers=(("Accept", f"{digits.RELAY}, {digits.PLAIN}"),))
        return
    incoming.respond(200)
    call.pressed(keys)
