"""What may come inside the dialog of a robot's call, and what the robot makes of it."""

from tuiphone.simulator.sip.calls import ALLOW, SDP, RobotCall, timer
from tuiphone.simulator.sip.fields import parse_named, parse_uri
from tuiphone.simulator.sip.message import Message

_SIPFRAG = "message/sipfrag;version=2.0"


def take(call: RobotCall, request: Message) -> None:
    """Carry out a request."""
    assert call.dialog
    reply = call.floor.reply
    if call.is_deaf:
        return
    if not call.dialog.is_in_order(request):
        reply(request, 500, reason="CSeq Is Not Newer")
        return
    if request.method in ("INVITE", "UPDATE"):
        call.refreshes += 1
        if call.refuses_again or call.is_inviting:
            reply(request, 491 if call.is_inviting else call.refuses_again.pop(0))
            return
        call.dialog.refresh(request)
    match request.method:
        case "ACK":
            _acknowledged(call, request)
        case "BYE":
            reply(request, 200)
            call.end()
        case "INVITE":
            call.invite = request
            call.tasks.start(_reinvited(call, request), failed=lambda: reply(request, 488))
        case "UPDATE":
            call.tasks.start(_updated(call, request), failed=lambda: reply(request, 488))
        case "PRACK":
            _acknowledged_early(call, request)
        case "INFO":
            _informed(call, request)
        case "REFER":
            _referred(call, request)
        case "NOTIFY":
            reply(request, 200)
            call.notified.append(request.body.strip())
            if request.body.startswith("SIP/2.0 200"):
                call.hang_up()
        case "OPTIONS" | "MESSAGE":
            reply(request, 200, ("Allow", ALLOW))
        case _:
            reply(request, 405, ("Allow", ALLOW))


def _acknowledged(call: RobotCall, request: Message) -> None:
    is_again, answers = call.acknowledged.is_set(), bool(call.invite) and not call.invite.body
    call.acknowledged.set()
    if request.body and answers and not is_again:
        call.tasks.start(_accept(call, request.body))


async def _accept(call: RobotCall, answer: str) -> None:
    if not await call.medium.accept(answer):
        call.hang_up()


async def _reinvited(call: RobotCall, request: Message) -> None:
    sdp = await call.describe()
    message = call.respond(200, *timer(request), SDP, body=sdp)
    call.acknowledged.clear()
    await call.repeat(message, call.acknowledged, failed=call.hang_up)


async def _updated(call: RobotCall, request: Message) -> None:
    sdp = await call.medium.describe(request.body) if request.body else ""
    content = (SDP,) if sdp else ()
    contact = ("Contact", call.floor.contact(call.name))
    call.floor.reply(request, 200, contact, *timer(request), *content, body=sdp)


def _acknowledged_early(call: RobotCall, request: Message) -> None:
    number = request.get("rack").split(" ")[0]
    done = call.rings_reliably.get(int(number)) if number.isdecimal() else None
    if done is None or done.is_set():
        call.floor.reply(request, 481)
        return
    call.floor.reply(request, 200)
    done.set()


def _informed(call: RobotCall, request: Message) -> None:
    kind = request.get("content-type").partition(";")[0].strip().lower()
    if kind == "application/dtmf-relay":
        pairs = (line.partition("=") for line in request.body.splitlines())
        call.medium.pressed(next((value.strip() for key, _, value in pairs if key.strip() == "Signal"), ""))
    elif kind == "application/dtmf":
        call.medium.pressed(request.body.strip())
    elif request.body:
        call.floor.reply(request, 415)
        return
    call.floor.reply(request, 200)


def _referred(call: RobotCall, request: Message) -> None:
    try:
        to = parse_named(request.get("refer-to")).uri
        parse_uri(to)
    except ValueError:
        call.floor.reply(request, 400, reason="Bad Refer-To")
        return
    call.floor.reply(request, 202, ("Contact", call.floor.contact(call.name)))
    call.refers += 1
    event = "refer" if call.refers == 1 else f"refer;id={request.cseq}"
    call.floor.tasks.start(_transferred(call, to, event, request.get("referred-by")))


async def _transferred(call: RobotCall, to: str, event: str, by: str) -> None:
    """Call whom we are told to, and report how it goes (RFC 3515, section 2.4.5)."""

    def report(line: str, state: str) -> None:
        headers = ("Event", event), ("Subscription-State", state), ("Content-Type", _SIPFRAG)
        if call.dialog and not call.over.is_set():
            request = call.dialog.request("NOTIFY", *headers, body=f"SIP/2.0 {line}\r\n")
            call.floor.tasks.start(call.floor.tell(request))

    report("100 Trying", "active;expires=60")
    uri, replaces = call.floor.referral(to)
    headers = [("Referred-By", by)] if by else []
    if replaces:
        headers.append(("Replaces", replaces))
    answer = await call.floor.new_call(call.name).dial(uri, *headers)
    report(f"{answer.status} {answer.reason}", "terminated;reason=noresource")
