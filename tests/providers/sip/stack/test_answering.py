"""Requests of others: checks, dialogs, order, CANCEL, answers that are sent again, and floods."""

import asyncio

import pytest

from tests.providers.sip.stack.rig import Line, asked
from tuiphone.core.errors import NotPossible
from tuiphone.providers.sip.agent import Agent
from tuiphone.providers.sip.dialog import Dialog, DialogState
from tuiphone.providers.sip.invites import acknowledgement
from tuiphone.providers.sip.message import BadMessage, Request, Response, encode, reply
from tuiphone.providers.sip.reception import MAX_DIALOGS
from tuiphone.providers.sip.serving import Incoming
from tuiphone.providers.sip.transactions import MAX_SERVERS


class Desk:
    """Takes calls and keeps what comes."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.calls: list[Incoming] = []
        self.inside: list[Incoming] = []
        line.agent.on("INVITE", self.calls.append)

    def call(self, request: Request | None = None) -> Incoming:
        """Bob calls."""
        self.line.hear(request or asked())
        return self.calls[-1]

    def dialog(self, incoming: Incoming) -> Dialog:
        """The call is one whose requests we take."""
        dialog = Dialog.from_request(incoming.request, incoming.local_tag)
        self.line.agent.in_dialog(dialog, self.inside.append)
        return dialog

    def established(self) -> Dialog:
        """A call that was answered and confirmed."""
        incoming = self.call()
        dialog = self.dialog(incoming)
        incoming.respond(200, body=b"v=0\r\n", content_type="application/sdp")
        dialog.confirm()
        self.line.hear(asked("ACK", branch="z9hG4bKack", to_tag=dialog.local_tag))
        return dialog


@pytest.fixture
async def line() -> Line:
    return Line()


@pytest.fixture
async def desk(line: Line) -> Desk:
    return Desk(line)


async def test_a_call_comes_rings_is_answered_and_confirmed(line: Line, desk: Desk) -> None:
    incoming = desk.call(asked(headers=(("Record-Route", "<sip:p1;lr>"), ("Record-Route", "<sip:p2;lr>"))))
    dialog = desk.dialog(incoming)
    assert (dialog.state, [str(route) for route in dialog.routes]) == (
        DialogState.EARLY,
        ["<sip:p1;lr>", "<sip:p2;lr>"],
    )
    assert incoming.respond(180)
    assert incoming.respond(200, body=b"v=0\r\n", content_type="application/sdp")
    ringing, ok = line.sent
    for response in (ringing, ok):
        assert response.to.tag == incoming.local_tag
        assert str(response.contacts[0].uri) == "sip:alice@a1b2.invalid;transport=ws"
        assert len(response.record_routes) == 2
    assert (ok.text, ok.content_type) == ("v=0\r\n", "application/sdp")
    assert "INVITE" in ok.tags("Allow") or "invite" in ok.tags("Allow")
    line.hear(asked("ACK", branch="z9hG4bKack", to_tag=incoming.local_tag))
    assert [(each.request.method, each.is_answered, each.respond(200)) for each in desk.inside] == [
        ("ACK", True, False)
    ]
    line.pass_time(60)
    assert line.methods() == [180, 200]


async def test_an_answer_is_sent_again_until_it_is_confirmed(line: Line, desk: Desk) -> None:
    incoming = desk.call()
    desk.dialog(incoming)
    dead: list[bool] = []
    incoming.unacked = lambda: dead.append(True)
    incoming.respond(200)
    line.pass_time(0.6)
    assert line.methods() == [200, 200]
    line.pass_time(1)
    assert line.methods() == [200, 200, 200]
    line.hear(asked("ACK", branch="z9hG4bKack", to_tag=incoming.local_tag))
    line.pass_time(60)
    assert (line.methods(), dead) == ([200, 200, 200], [])


async def test_an_answer_nobody_confirms_is_told(line: Line, desk: Desk) -> None:
    incoming = desk.call()
    dead: list[float] = []
    incoming.unacked = lambda: dead.append(line.now)
    incoming.respond(200)
    line.pass_time(31)
    assert dead == []
    # T1, 2 T1, 4 T1, then every T2.
    assert len(line.frames) == 10
    line.pass_time(1.5)
    assert len(dead) == 1
    sent = len(line.frames)
    line.pass_time(60)
    assert len(line.frames) == sent


async def test_an_answer_is_not_sent_again_over_another_link(line: Line, desk: Desk) -> None:
    desk.call().respond(200)
    line.agent.lost()
    line.open()
    line.pass_time(60)
    assert line.methods() == [200]


async def test_a_call_that_is_over_is_not_answered_again(line: Line, desk: Desk) -> None:
    incoming = desk.call()
    dialog = desk.dialog(incoming)
    incoming.respond(200)
    line.agent.forget(dialog)
    line.pass_time(60)
    assert line.methods() == [200]


async def test_a_call_nobody_has_looked_at_yet_is_told_that_it_came(line: Line, desk: Desk) -> None:
    desk.call()
    line.pass_time(0.3)
    assert line.methods() == [100]
    assert line.response.to.tag is None


async def test_a_call_that_is_given_up_is_ended_by_the_layer(line: Line, desk: Desk) -> None:
    incoming = desk.call()
    told: list[Request] = []
    incoming.cancelled = told.append
    incoming.respond(180)
    reason = 'SIP;cause=200;text="Call completed elsewhere"'
    line.hear(asked("CANCEL", headers=(("Reason", reason),)))
    assert line.methods() == [180, 200, 487]
    assert (line.sent[1].cseq.method, line.sent[2].cseq.method) == ("CANCEL", "INVITE")
    assert {each.to.tag for each in line.sent} == {incoming.local_tag}
    assert [each.headers.get("Reason") for each in told] == [reason]
    # Who picks up at the same moment is too late.
    assert not incoming.respond(200)
    line.hear(acknowledgement(incoming.request, line.response))
    line.pass_time(60)
    assert len(line.frames) == 3


async def test_a_cancel_that_comes_too_late_changes_nothing(line: Line, desk: Desk) -> None:
    incoming = desk.call()
    incoming.cancelled = lambda _: pytest.fail("It was answered before.")
    incoming.respond(200)
    line.hear(asked("CANCEL"))
    assert line.methods() == [200, 200]
    assert line.sent[1].cseq.method == "CANCEL"


async def test_a_cancel_of_nothing_is_told_so(line: Line) -> None:
    line.hear(asked("CANCEL", branch="z9hG4bKnothing"))
    assert line.methods() == [481]


async def test_requests_in_a_call_come_in_order_or_not_at_all(line: Line, desk: Desk) -> None:
    dialog = desk.established()

    def info(number: int) -> None:
        line.hear(asked("INFO", branch=f"z9hG4bKinfo{number}{len(line.frames)}", cseq=number, to_tag=dialog.local_tag))

    info(5)
    info(4)
    info(5)
    info(9)
    assert [each.request.cseq.number for each in desk.inside if each.request.method == "INFO"] == [5, 9]
    assert line.methods()[1:] == [500, 500]
    desk.inside[-1].respond(200)
    assert line.methods()[-1] == 200


async def test_the_other_side_may_begin_its_numbers_anywhere(line: Line, desk: Desk) -> None:
    incoming = desk.call(asked(cseq=2_147_483_647))
    dialog = desk.dialog(incoming)
    assert dialog.remote_cseq == 2_147_483_647
    assert dialog.request("BYE").cseq.number == 1


async def test_a_dialog_nobody_knows_does_not_exist(line: Line, desk: Desk) -> None:
    dialog = desk.established()
    line.frames.clear()
    for names in (
        {"to_tag": "else"},
        {"to_tag": dialog.local_tag, "from_tag": "else"},
        {"to_tag": dialog.local_tag, "call_id": "else"},
    ):
        line.hear(asked("BYE", branch=f"z9hG4bK{len(line.frames)}", cseq=7, **names))
    line.hear(asked("BYE", branch="z9hG4bKout", cseq=7))
    line.hear(asked("ACK", branch="z9hG4bKackout", to_tag="else"))
    assert line.methods() == [481, 481, 481, 481]
    line.agent.forget(dialog)
    line.hear(asked("BYE", branch="z9hG4bKlate", cseq=7, to_tag=dialog.local_tag))
    assert line.methods()[-1] == 481


async def test_a_notify_may_overtake_the_answer_to_our_subscribe(line: Line) -> None:
    taken: list[Incoming] = []
    subscribe = line.agent.request("SUBSCRIBE", asked().from_.uri, call_id="sub-1")
    line.agent.expect(subscribe, taken.append)
    tag = subscribe.from_.tag
    line.hear(asked("NOTIFY", branch="z9hG4bKn1", call_id="sub-1", to_tag=tag))
    taken[0].respond(200)
    line.agent.expect_no_more(subscribe)
    line.hear(asked("NOTIFY", branch="z9hG4bKn2", call_id="sub-1", to_tag=tag))
    assert (len(taken), line.methods()) == (1, [200, 481])


async def test_a_notify_from_another_fork_reaches_who_takes_them(line: Line) -> None:
    line.agent.on("NOTIFY", lambda incoming: incoming.respond(202))
    line.hear(asked("NOTIFY", branch="z9hG4bKn1", to_tag="ours", from_tag="other"))
    line.hear(asked("INFO", branch="z9hG4bKn2", to_tag="ours", from_tag="other"))
    assert line.methods() == [202, 481]


@pytest.mark.parametrize(
    ("request_", "status", "field", "value"),
    [
        (asked("FROBNICATE"), 501, "Allow", "INVITE, ACK, CANCEL"),
        (asked("PUBLISH"), 405, "Allow", "INVITE, ACK, CANCEL"),
        (asked("BYE"), 481, None, None),
        (asked(uri="mailto:alice"), 416, None, None),
        (asked(headers=(("Require", "replaces, foo"), ("Require", "Bar"))), 420, "Unsupported", "bar, foo"),
        (asked(headers=(("Content-Encoding", "gzip"),), body=b"x"), 415, "Accept-Encoding", "identity"),
    ],
)
async def test_what_we_cannot_do_is_refused_in_the_right_words(
    line: Line, desk: Desk, request_: Request, status: int, field: str | None, value: str | None
) -> None:
    line.hear(request_)
    assert line.methods() == [status]
    assert line.response.to.tag
    assert field is None or (line.response.headers.get(field) or "").startswith(value or "")
    assert desk.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        (("Require", "100rel, timer"),),
        (("Content-Encoding", "Identity"),),
        (("Max-Forwards", "0"),),
        (("Via", "SIP/2.0/UDP p"),),
    ],
)
async def test_what_is_odd_but_right_is_taken(line: Line, desk: Desk, headers: tuple[tuple[str, str], ...]) -> None:
    request = asked(headers=headers, body=b"x")
    if headers[0][0] == "Max-Forwards":
        request = Request("INVITE", request.uri, headers=request.headers.with_("Max-Forwards", "0"))
    desk.call(request).respond(180)
    assert line.methods() == [180]


async def test_the_same_call_by_another_way_is_a_loop(line: Line, desk: Desk) -> None:
    desk.call().respond(180)
    line.hear(asked(branch="z9hG4bKotherway"))
    assert line.methods() == [180, 482]
    assert len(desk.calls) == 1
    # The same again by the same way is a copy.
    line.hear(asked())
    assert line.methods() == [180, 482, 180]


async def test_errors_of_those_who_take_requests_are_answered(line: Line) -> None:
    def broken(incoming: Incoming) -> None:
        raise BadMessage("The body cannot be read.") if incoming.request.method == "MESSAGE" else NotPossible("No.")

    line.agent.on("MESSAGE", broken)
    line.agent.on("OPTIONS", broken)
    line.hear(asked("MESSAGE", branch="z9hG4bK1"))
    line.hear(asked("OPTIONS", branch="z9hG4bK2", cseq=2))
    assert line.methods() == [400, 500]
    assert len(line.notes) == 2


async def test_errors_of_those_who_hear_responses_end_nothing(line: Line) -> None:
    def broken(response: Response) -> None:
        raise BadMessage(f"{response.status} cannot be read.")

    line.agent.invite(line.agent.request("INVITE", asked().from_.uri), heard=broken, failed=print)
    line.answer(180)
    assert line.notes == ["A response could not be used: 180 cannot be read."]


async def test_an_answer_is_given_once_and_not_over_another_link(line: Line, desk: Desk) -> None:
    incoming = desk.call()
    assert not incoming.is_answered
    assert incoming.respond(486)
    assert not incoming.respond(200)
    assert incoming.is_answered
    second = desk.call(asked(branch="z9hG4bK2", call_id="call-2"))
    line.agent.lost()
    line.open()
    assert not second.respond(200)
    assert line.methods() == [486]


async def test_keep_alives_are_answered_and_told_to_nobody(line: Line) -> None:
    for frame in ("\r\n\r\n", "\r\n", "", b"\r\n\r\n"):
        line.agent.received(frame)
    assert (line.frames, line.notes) == (["\r\n", "\r\n"], [])


async def test_what_cannot_be_read_is_refused_and_noted(line: Line) -> None:
    line.agent.received("hello\r\n\r\n")
    line.agent.received("INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/WS x;branch=z9hG4bK1\r\nTo: <sip:a@b>\r\n\r\n")
    assert line.notes == [
        "A message could not be read: The first line is neither of a request nor of a response.",
        "A message could not be read: There is no From.",
    ]
    assert len(line.frames) == 1
    assert line.frames[0].startswith("SIP/2.0 400 Bad Request\r\n")
    assert ";tag=" in line.frames[0]


async def test_a_flood_of_calls_is_told_to_come_back_later_and_one_that_stands_goes_on(line: Line, desk: Desk) -> None:
    dialog = desk.established()
    line.frames.clear()
    for number in range(2000):
        line.hear(asked(branch=f"z9hG4bKflood{number}", call_id=f"flood-{number}"))
    # One of them is in place of the call that was answered.
    assert len(desk.calls) == MAX_SERVERS + 1
    refusals = [frame for frame in line.frames if frame.startswith("SIP/2.0 503")]
    assert len(refusals) == len(line.frames) == 2000 - MAX_SERVERS
    assert "Retry-After: 5" in refusals[0]
    assert len(line.notes) == 10
    # Those who were refused make room, for the request that ends the call as well.
    for incoming in desk.calls[1:]:
        incoming.respond(486)
    line.hear(asked("BYE", branch="z9hG4bKbye", cseq=2, to_tag=dialog.local_tag))
    assert desk.inside[-1].request.method == "BYE"


async def test_there_are_no_more_dialogs_than_we_bear(line: Line, desk: Desk) -> None:
    for number in range(MAX_DIALOGS):
        incoming = desk.call(asked(branch=f"z9hG4bK{number}", call_id=f"call-{number}"))
        desk.dialog(incoming)
        incoming.respond(486)
    line.frames.clear()
    line.hear(asked(branch="z9hG4bKmore", call_id="more"))
    assert line.methods() == [503]
    line.agent.on("MESSAGE", lambda incoming: incoming.respond(200))
    line.hear(asked("MESSAGE", branch="z9hG4bKtext", call_id="text"))
    assert line.methods() == [503, 200]


async def test_a_forged_response_to_our_request_is_dropped(line: Line) -> None:
    line.hear(reply(asked("MESSAGE", branch="z9hG4bKguess"), 200, to_tag="x"))
    assert line.notes == ["A message that belongs to nothing was dropped."]


async def test_an_agent_with_a_real_clock_wakes_itself() -> None:
    came: asyncio.Queue[str] = asyncio.Queue()
    agent = Agent(Line().agent.identity)
    agent.on("INVITE", lambda incoming: None)
    agent.opened(came.put_nowait, where="sip.example.com:443")
    agent.received(encode(asked()))
    async with asyncio.timeout(15):
        assert (await came.get()).startswith("SIP/2.0 100 Trying\r\n")
    agent.lost()
