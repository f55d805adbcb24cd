"""Requests of ours: what they have, how they end, credentials, CANCEL, forks, and lost links."""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

import pytest

from tests.providers.sip.stack.rig import BOB, PASSWORD, Line
from tuiphone.core.errors import AccessDenied, ConnectionLost, PhoneError, RequestTimeout
from tuiphone.core.redact import redact
from tuiphone.core.trace import Trace
from tuiphone.providers.sip.asking import InviteHandle
from tuiphone.providers.sip.dialog import Dialog, DialogState
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Request, Response, reply
from tuiphone.providers.sip.uri import Uri

T = TypeVar("T")
CHALLENGE = ("WWW-Authenticate", 'Digest realm="pbx", nonce="n1", qop="auth", algorithm=SHA-256')
PROXY = ("Proxy-Authenticate", 'Digest realm="proxy", nonce="p1", qop="auth"')


async def started(asking: Coroutine[None, None, T]) -> "asyncio.Task[T]":
    """A request on its way."""
    task = asyncio.create_task(asking)
    await asyncio.sleep(0)
    return task


class Call:
    """An INVITE under way, and what was heard of it."""

    def __init__(self, line: Line, request: Request | None = None) -> None:
        self.line = line
        self.heard: list[Response] = []
        self.errors: list[PhoneError] = []
        self.handle: InviteHandle = line.agent.invite(
            request or line.agent.request("INVITE", BOB, body=b"v=0\r\n", content_type="application/sdp"),
            heard=self.heard.append,
            failed=self.errors.append,
        )

    @property
    def statuses(self) -> list[int]:
        return [response.status for response in self.heard]

    def established(self, tag: str = "far") -> Dialog:
        """The far side answers, and we confirm it."""
        answer = self.line.answer(200, to_tag=tag, request=self.handle.request)
        dialog = Dialog.from_response(self.handle.request, answer)
        self.line.agent.in_dialog(dialog, lambda incoming: None)
        self.handle.ack(answer, dialog.request("ACK", cseq=self.handle.request.cseq.number))
        return dialog


async def test_a_request_has_what_section_8_1_1_wants() -> None:
    line = Line()
    line.agent.routes = (NameAddr.parse("<sip:edge.example.com;transport=ws;lr>"),)
    task = await started(line.agent.ask(line.agent.request("OPTIONS", BOB)))
    sent = line.request
    assert line.frames[0].startswith(
        "OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/WS a1b2.invalid;branch=z9hG4bK"
    )
    assert (sent.max_forwards, str(sent.to), sent.from_.display) == (70, "<sip:bob@example.com>", "Alice")
    assert sent.from_.tag
    assert sent.headers.get("Route") == "<sip:edge.example.com;transport=ws;lr>"
    assert sent.headers.get("User-Agent") == "tuiphone/test"
    assert "100rel" in sent.supported
    assert sent.headers.get("Content-Length") == "0"
    line.answer(200)
    assert (await task).status == 200


async def test_only_who_can_be_called_back_says_where() -> None:
    line = Line()
    contacts: dict[str, bool] = {}
    allows: list[str] = []
    for method in ("SUBSCRIBE", "REFER", "UPDATE", "NOTIFY", "MESSAGE", "OPTIONS", "BYE", "REGISTER"):
        task = await started(line.agent.ask(line.agent.request(method, BOB)))
        contacts[method] = line.request.contact is not None
        allows += [method] if "Allow" in line.request.headers else []
        line.answer(200)
        await task
    assert allows == ["UPDATE", "OPTIONS"]
    # What a registration binds is for the registration to say.
    assert [method for method, there in contacts.items() if there] == [
        "SUBSCRIBE",
        "REFER",
        "UPDATE",
        "NOTIFY",
    ]


async def test_no_two_requests_have_the_same_names() -> None:
    line = Line()
    made = [line.agent.request("OPTIONS", BOB) for _ in range(50)]
    assert len({request.call_id for request in made}) == 50
    assert len({request.from_.tag for request in made}) == 50
    numbers = [line.agent.request("REGISTER", BOB, call_id="same").cseq.number for _ in range(3)]
    assert numbers == [numbers[0], numbers[0] + 1, numbers[0] + 2]
    assert "Route" not in line.agent.request("REGISTER", BOB, routes=()).headers


@pytest.mark.parametrize("status", [200, 302, 404, 481, 503, 603])
async def test_any_final_response_is_the_answer(status: int) -> None:
    line = Line()
    task = await started(line.agent.ask(line.agent.request("MESSAGE", BOB)))
    line.answer(status)
    assert (await task).status == status


async def test_provisional_responses_are_told_and_end_nothing() -> None:
    line = Line()
    heard: list[int] = []
    task = await started(
        line.agent.ask(line.agent.request("MESSAGE", BOB), provisional=lambda response: heard.append(response.status))
    )
    line.answer(100)
    line.answer(182)
    assert not task.done()
    line.answer(202)
    assert (await task).status == 202
    assert heard == [100, 182]


async def test_nobody_answers() -> None:
    line = Line()
    task = await started(line.agent.ask(line.agent.request("MESSAGE", BOB)))
    line.pass_time(32)
    with pytest.raises(RequestTimeout, match="Nobody answered the MESSAGE"):
        await task
    task = await started(line.agent.ask(line.agent.request("MESSAGE", BOB), timeout=0.01))
    with pytest.raises(RequestTimeout):
        await task
    line.answer(200)
    assert line.notes == ["A message that belongs to nothing was dropped."]


async def test_without_a_link_nothing_is_asked() -> None:
    line = Line()
    assert line.agent.is_open
    line.agent.lost()
    assert not line.agent.is_open
    with pytest.raises(ConnectionLost, match="no connection"):
        await line.agent.ask(line.agent.request("MESSAGE", BOB))
    with pytest.raises(ConnectionLost):
        Call(line)
    assert line.frames == []


async def test_a_lost_link_is_told_to_everybody_who_waits() -> None:
    line = Line()
    call = Call(line)
    task = await started(line.agent.ask(line.agent.request("MESSAGE", BOB)))
    line.agent.lost()
    with pytest.raises(ConnectionLost, match=r"sip\.example\.com:443 was lost"):
        await task
    assert [type(error) for error in call.errors] == [ConnectionLost]
    assert vars(line.agent)["_timer"] is None
    # What comes late over the old link, or too late over the new one, is nobody's.
    line.answer(200)
    line.open()
    line.answer(200)
    assert call.heard == []


async def test_a_call_that_stands_outlives_its_link() -> None:
    line = Line()
    call = Call(line)
    dialog = call.established()
    line.agent.lost()
    assert call.errors == []
    line.open()
    task = await started(line.agent.ask(dialog.request("BYE")))
    line.answer(200)
    assert (await task).status == 200


async def test_who_stops_waiting_leaves_nothing_behind() -> None:
    line = Line()
    task = await started(line.agent.ask(line.agent.request("MESSAGE", BOB)))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    line.pass_time(40)
    assert line.methods() == ["MESSAGE"]


# -- credentials ----------------------------------------------------------------------------------------------------


async def test_a_challenge_is_answered_under_a_higher_number_and_a_new_branch() -> None:
    line = Line()
    task = await started(line.agent.ask(line.agent.request("REGISTER", Uri.parse("sip:example.com"))))
    first = line.request
    line.answer(401, CHALLENGE)
    second = line.request
    assert second.cseq.number == first.cseq.number + 1
    assert second.via.branch != first.via.branch
    assert (second.call_id, second.from_, second.to) == (first.call_id, first.from_, first.to)
    assert "nc=00000001" in (second.headers.get("Authorization") or "")
    line.answer(200)
    assert (await task).status == 200
    # From then on unasked.
    task = await started(line.agent.ask(line.agent.request("REGISTER", Uri.parse("sip:example.com"))))
    assert "nc=00000002" in (line.request.headers.get("Authorization") or "")
    line.answer(200)
    await task


async def test_a_wrong_password_is_said_and_not_tried_again() -> None:
    line = Line()
    task = await started(line.agent.ask(line.agent.request("REGISTER", Uri.parse("sip:example.com"))))
    line.answer(401, CHALLENGE)
    line.answer(401, CHALLENGE)
    with pytest.raises(AccessDenied, match="refused the user name or password"):
        await task
    assert line.methods() == ["REGISTER", "REGISTER"]


@pytest.mark.parametrize("stale", ["", ", stale=true"])
async def test_a_server_that_asks_for_ever_is_left(stale: str) -> None:
    line = Line()
    task = await started(line.agent.ask(line.agent.request("REGISTER", Uri.parse("sip:example.com"))))
    for number in range(20):
        line.answer(401, ("WWW-Authenticate", f'Digest realm="r{number}", nonce="n{number}"{stale}'))
    with pytest.raises(AccessDenied, match="again and again"):
        await task
    assert len(line.frames) == 5


async def test_an_invite_is_tried_again_with_credentials_and_its_ack_gives_them_to_nobody() -> None:
    line = Line()
    call = Call(line)
    line.answer(407, PROXY)
    assert line.methods() == ["INVITE", "ACK", "INVITE"]
    assert "Proxy-Authorization" in line.request.headers
    call.established()
    assert call.statuses == [200]
    ack = line.request
    assert ack.method == "ACK"
    assert not {"Proxy-Authorization", "Supported", "Allow", "Contact"} & {name for name, _ in ack.headers}
    assert ack.cseq.number == call.handle.request.cseq.number


async def test_an_invite_whose_challenge_cannot_be_answered_fails_once() -> None:
    line = Line()
    call = Call(line)
    line.answer(407, ("Proxy-Authenticate", 'Digest realm="proxy", nonce="n", qop="auth-int"'))
    assert (call.statuses, [type(error) for error in call.errors]) == ([], [AccessDenied])
    assert "auth-int" in str(call.errors[0])
    assert line.methods() == ["INVITE", "ACK"]


async def test_a_request_in_a_call_that_is_tried_again_moves_the_calls_number_on() -> None:
    line = Line()
    call = Call(line)
    line.answer(407, PROXY)
    dialog = call.established()
    task = await started(line.agent.ask(dialog.request("INFO")))
    line.answer(407, (PROXY[0], PROXY[1].replace("p1", "p2")))
    assert line.request.cseq.number == call.handle.request.cseq.number + 2
    line.answer(200)
    await task
    task = await started(line.agent.ask(dialog.request("BYE")))
    assert line.request.cseq.number == call.handle.request.cseq.number + 3
    line.answer(200)
    await task


async def test_a_request_in_a_call_nobody_keeps_is_tried_again_under_its_next_number() -> None:
    line = Line()
    call = Call(line)
    dialog = call.established()
    line.agent.forget(dialog)
    task = await started(line.agent.ask(dialog.request("BYE")))
    number = line.request.cseq.number
    line.answer(407, PROXY)
    assert (line.request.method, line.request.cseq.number) == ("BYE", number + 1)
    line.answer(200)
    assert (await task).status == 200


async def test_no_proof_of_the_password_is_in_the_trace() -> None:
    line = Line()
    call = Call(line)
    line.answer(407, PROXY)
    line.answer(
        407, (PROXY[0], PROXY[1] + ", stale=true, opaque=abc"), ("Authentication-Info", 'rspauth="0123456789abcdef0"')
    )
    call.established()
    trace = Trace()
    shown: list[str] = []
    for frame in [
        *line.frames,
        'SIP/2.0 200 OK\r\nAuthentication-Info: rspauth="0123456789abcdef0", nextnonce="x"\r\n',
    ]:
        trace.sent("sip.example.com:443", frame)
        shown.append(redact(frame))
    shown += [frame.body for frame in trace]
    assert len(shown) == 2 * len(line.frames) + 2
    text = "\n".join(shown)
    assert "Proxy-Authorization: •••" in text
    for secret in (PASSWORD, "response=", "cnonce=", "0123456789abcdef0"):
        assert secret not in text
    assert PASSWORD not in repr(line.agent.identity)
    assert PASSWORD not in "".join(line.frames)


# -- calls ----------------------------------------------------------------------------------------------------------


async def test_each_phone_that_answers_is_heard_and_each_copy_confirmed() -> None:
    line = Line()
    call = Call(line)
    line.answer(180, to_tag="a")
    line.answer(183, to_tag="b")
    first = call.established("a")
    second = call.established("b")
    assert call.statuses == [180, 183, 200, 200]
    assert (first.remote_tag, second.remote_tag) == ("a", "b")
    assert line.methods() == ["INVITE", "ACK", "ACK"]
    line.hear(call.heard[2])
    assert call.statuses == [180, 183, 200, 200]
    assert line.methods()[3:] == ["ACK"]
    assert line.request.to.tag == "a"


async def test_an_early_dialog_knows_its_phone_and_way() -> None:
    line = Line()
    call = Call(line)
    line.answer(180, ("Record-Route", "<sip:p2;lr>, <sip:p1;lr>"), request=line.request)
    dialog = Dialog.from_response(call.handle.request, call.heard[0])
    assert dialog.state is DialogState.EARLY
    assert [str(route) for route in dialog.routes] == ["<sip:p1;lr>", "<sip:p2;lr>"]
    answer = line.answer(200, ("Record-Route", "<sip:p3;lr>"), request=call.handle.request)
    dialog.confirm(answer)
    assert (dialog.state, [str(route) for route in dialog.routes]) == (DialogState.CONFIRMED, ["<sip:p3;lr>"])
    dialog.end()
    assert dialog.state is DialogState.TERMINATED


async def test_a_refused_call_is_heard_once_and_acknowledged() -> None:
    line = Line()
    call = Call(line)
    line.answer(180)
    line.answer(486, request=call.handle.request)
    assert call.statuses == [180, 486]
    assert line.methods() == ["INVITE", "ACK"]
    line.pass_time(100)
    assert call.errors == []


async def test_a_call_nobody_answers_fails_and_one_that_rings_does_not() -> None:
    line = Line()
    silent, ringing = Call(line), Call(line)
    line.answer(180, request=ringing.handle.request)
    line.pass_time(33)
    assert [type(error) for error in silent.errors] == [RequestTimeout]
    assert ringing.errors == []


async def test_a_call_is_not_cancelled_before_it_is_known_to_have_come() -> None:
    line = Line()
    call = Call(line)
    call.handle.cancel('SIP;cause=200;text="x"')
    assert line.methods() == ["INVITE"]
    line.answer(100)
    cancel = line.request
    # However many ring.
    line.answer(180, to_tag="a", request=call.handle.request)
    line.answer(180, to_tag="b", request=call.handle.request)
    assert line.methods() == ["INVITE", "CANCEL"]
    assert cancel.via == call.handle.request.via
    assert cancel.headers.get("Reason") == 'SIP;cause=200;text="x"'
    line.answer(200, request=cancel)
    line.answer(487, request=call.handle.request)
    call.handle.cancel()
    assert call.statuses == [100, 180, 180, 487]
    assert line.methods() == ["INVITE", "CANCEL", "ACK"]


async def test_a_call_that_is_answered_while_it_is_cancelled_is_heard() -> None:
    line = Line()
    call = Call(line)
    line.answer(180)
    call.handle.cancel()
    call.handle.cancel()
    assert line.methods() == ["INVITE", "CANCEL"]
    call.established()
    assert call.statuses == [180, 200]


async def test_a_cancelled_call_is_not_tried_again_with_credentials() -> None:
    line = Line()
    call = Call(line)
    call.handle.cancel()
    line.answer(407, PROXY)
    assert call.statuses == [487]
    assert line.methods() == ["INVITE", "ACK"]


async def test_a_cancel_nobody_heeds_ends_the_wait() -> None:
    line = Line()
    call = Call(line)
    line.answer(180)
    call.handle.cancel()
    line.pass_time(33)
    assert [type(error) for error in call.errors] == [RequestTimeout]


async def test_a_strict_router_gets_its_own_address_first() -> None:
    line = Line()
    call = Call(line)
    dialog = call.established()
    dialog.routes = (NameAddr.parse("<sip:strict.example;method=X>"), NameAddr.parse("<sip:p2;lr>"))
    bye = dialog.request("BYE")
    assert str(bye.uri) == "sip:strict.example"
    assert bye.headers.all("Route") == ["<sip:p2;lr>", "<sip:bob@far.invalid;transport=ws>"]


async def test_a_response_that_says_nothing_usable_changes_nothing() -> None:
    line = Line()
    call = Call(line)
    dialog = call.established()
    dialog.refresh(reply(call.handle.request, 200))
    assert str(dialog.target) == "sip:bob@far.invalid;transport=ws"
    dialog.refresh(Uri.parse("sip:bob@moved.invalid"))
    assert str(dialog.request("BYE").uri) == "sip:bob@moved.invalid"
