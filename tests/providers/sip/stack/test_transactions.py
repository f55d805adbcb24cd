"""The four machines of RFC 3261 section 17 with RFC 6026, on a clock that only the tests move."""

import pytest

from tests.providers.sip.stack.rig import asked
from tuiphone.providers.sip.invites import acknowledgement, cancellation
from tuiphone.providers.sip.message import Request, Response, reply
from tuiphone.providers.sip.transaction import (
    TIMEOUT,
    Asked,
    ClientTransaction,
    Effect,
    Heard,
    InviteServer,
    Send,
    ServerTransaction,
    State,
    Stray,
    TimedOut,
)
from tuiphone.providers.sip.transactions import Transactions

INVITE = asked(branch="z9hG4bKours")
MESSAGE = asked("MESSAGE", branch="z9hG4bKours")


def said(effects: list[Effect]) -> list[str]:
    """Effects in a word or two each."""
    words: list[str] = []
    for effect in effects:
        match effect:
            case Send(Request(method=method)):
                words.append(f"send {method}")
            case Send(Response(status=status)):
                words.append(f"send {status}")
            case Heard(_, response):
                words.append(f"heard {response.status}")
            case Asked(_, request):
                words.append(f"asked {request.method}")
            case TimedOut():
                words.append("timed out")
            case Stray():
                words.append("stray")
    return words


def begun(request: Request) -> tuple[Transactions, ClientTransaction]:
    """A request of ours at second 0."""
    table = Transactions()
    client, effects = table.begin(request, 0)
    assert said(effects) == [f"send {request.method}"]
    return table, client


def came(request: Request, table: Transactions | None = None) -> tuple[Transactions, ServerTransaction]:
    """A request of theirs at second 0."""
    table = Transactions() if table is None else table
    effects = table.received(request, 0)
    assert isinstance(effects[0], Asked)
    assert effects[0].transaction is not None
    return table, effects[0].transaction


# -- our INVITE -----------------------------------------------------------------------------------------------------


def test_an_invite_nobody_answers_ends_by_timer_b() -> None:
    table, client = begun(INVITE)
    assert (client.state, table.due) == (State.CALLING, TIMEOUT)
    assert table.wake(TIMEOUT - 0.1) == []
    assert said(table.wake(TIMEOUT)) == ["timed out"]
    assert (len(table), table.due) == (0, None)


def test_an_invite_that_rings_may_ring_for_ever() -> None:
    table, client = begun(INVITE)
    for status in (100, 180, 180):
        assert said(table.received(reply(INVITE, status, to_tag="a"), 1)) == [f"heard {status}"]
    assert (client.state, table.due) == (State.PROCEEDING, None)
    assert table.wake(10_000) == []


@pytest.mark.parametrize("early", [False, True])
def test_a_refused_invite_is_acknowledged_and_over(early: bool) -> None:
    table, _ = begun(INVITE)
    if early:
        table.received(reply(INVITE, 180, to_tag="a"), 1)
    refusal = reply(INVITE, 486, to_tag="a")
    assert said(table.received(refusal, 2)) == ["send ACK", "heard 486"]
    assert said(table.received(refusal, 2)) == ["stray"]
    assert (len(table), table.due) == (0, None)


def test_the_ack_of_a_refusal_is_of_the_same_transaction() -> None:
    routed = asked(branch="z9hG4bKours", headers=(("Route", "<sip:p;lr>"), ("Authorization", "Digest x")))
    ack = acknowledgement(routed, reply(routed, 486, to_tag="a"))
    assert (ack.method, ack.uri, ack.via, ack.call_id) == ("ACK", routed.uri, routed.via, routed.call_id)
    assert (ack.to.tag, ack.from_, str(ack.cseq)) == ("a", routed.from_, "1 ACK")
    assert ack.headers.all("Route") == ["<sip:p;lr>"]
    assert "Authorization" not in ack.headers


@pytest.mark.parametrize("early", [False, True])
def test_every_phone_that_answers_is_heard_for_64_t1(early: bool) -> None:
    table, client = begun(INVITE)
    if early:
        table.received(reply(INVITE, 180, to_tag="a"), 1)
    assert said(table.received(reply(INVITE, 200, to_tag="a"), 2)) == ["heard 200"]
    assert client.state is State.ACCEPTED
    assert said(table.received(reply(INVITE, 200, to_tag="b"), 3)) == ["heard 200"]
    # RFC 6026: what is no 2xx is no longer of interest.
    assert said(table.received(reply(INVITE, 180, to_tag="c"), 3)) == ["stray"]
    assert said(table.received(reply(INVITE, 486, to_tag="c"), 3)) == ["stray"]
    assert table.wake(2 + TIMEOUT) == []
    assert len(table) == 0
    assert said(table.received(reply(INVITE, 200, to_tag="a"), 40)) == ["stray"]


def test_a_cancelled_invite_that_nobody_ends_is_given_up() -> None:
    table, client = begun(INVITE)
    table.received(reply(INVITE, 180, to_tag="a"), 1)
    table.cancelled(client, 5)
    assert table.due == 5 + TIMEOUT
    table.received(reply(INVITE, 180, to_tag="a"), 6)
    assert said(table.wake(5 + TIMEOUT)) == ["timed out"]


def test_a_cancel_has_the_names_of_its_invite_and_no_credentials() -> None:
    routed = asked(branch="z9hG4bKours", headers=(("Route", "<sip:p;lr>"), ("Proxy-Authorization", "Digest x")))
    cancel = cancellation(routed, reason='SIP;cause=200;text="Call completed elsewhere"')
    assert (cancel.method, cancel.uri, cancel.via) == ("CANCEL", routed.uri, routed.via)
    assert (cancel.to, cancel.from_, str(cancel.cseq)) == (routed.to, routed.from_, "1 CANCEL")
    assert cancel.headers.all("Route") == ["<sip:p;lr>"]
    assert "Proxy-Authorization" not in cancel.headers
    assert cancel.headers.get("Reason") == 'SIP;cause=200;text="Call completed elsewhere"'


# -- our other requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("provisional", [False, True])
def test_a_request_nobody_answers_ends_by_timer_f(provisional: bool) -> None:
    table, client = begun(MESSAGE)
    assert client.state is State.TRYING
    if provisional:
        assert said(table.received(reply(MESSAGE, 100), 20)) == ["heard 100"]
        assert client.state is State.PROCEEDING
    assert table.wake(TIMEOUT - 0.1) == []
    assert said(table.wake(TIMEOUT)) == ["timed out"]
    assert len(table) == 0


@pytest.mark.parametrize("status", [200, 302, 404, 500, 603])
def test_any_final_response_ends_a_request(status: int) -> None:
    table, _ = begun(MESSAGE)
    assert said(table.received(reply(MESSAGE, status, to_tag="a"), 1)) == [f"heard {status}"]
    assert (len(table), table.due) == (0, None)
    assert said(table.received(reply(MESSAGE, status, to_tag="a"), 1)) == ["stray"]


@pytest.mark.parametrize(
    "other",
    [
        asked("MESSAGE", branch="z9hG4bKother"),
        asked("INFO", branch="z9hG4bKours"),
        asked("MESSAGE", branch="z9hG4bKours", cseq=2),
        asked("MESSAGE", branch="z9hG4bKours", call_id="call-2"),
        asked("MESSAGE", branch="z9hG4bKours", from_tag="else"),
        asked("MESSAGE", branch="z9hG4bKours", headers=(("Via", "SIP/2.0/WS second.hop"),)),
    ],
)
def test_an_answer_to_something_else_ends_nothing(other: Request) -> None:
    table, _ = begun(MESSAGE)
    assert said(table.received(reply(other, 200, to_tag="a"), 1)) == ["stray"]
    assert len(table) == 1


# -- their INVITE ---------------------------------------------------------------------------------------------------


def test_an_invite_is_told_that_it_came_after_200_ms() -> None:
    table, server = came(INVITE)
    assert table.due == pytest.approx(0.2)
    assert said(table.wake(0.2)) == ["send 100"]
    assert (server.state, table.due) == (State.PROCEEDING, None)
    assert said(table.received(INVITE, 1)) == ["send 100"]


def test_an_invite_that_rings_at_once_is_told_nothing_else() -> None:
    table, server = came(INVITE)
    assert said(table.respond(server, reply(INVITE, 180, to_tag="a"), 0.1)) == ["send 180"]
    assert table.wake(60) == []
    assert said(table.received(INVITE, 61)) == ["send 180"]


def test_a_refusal_waits_for_its_ack() -> None:
    table, server = came(INVITE)
    refusal = reply(INVITE, 486, to_tag="a")
    assert said(table.respond(server, refusal, 1)) == ["send 486"]
    assert server.state is State.COMPLETED
    assert said(table.received(INVITE, 2)) == ["send 486"]
    assert said(table.respond(server, reply(INVITE, 200, to_tag="a"), 2)) == []
    assert said(table.received(acknowledgement(INVITE, refusal), 3)) == []
    assert (len(table), table.due) == (0, None)


def test_a_refusal_without_an_ack_ends_by_timer_h() -> None:
    table, server = came(INVITE)
    table.respond(server, reply(INVITE, 486, to_tag="a"), 1)
    assert table.wake(TIMEOUT + 0.9) == []
    assert said(table.wake(TIMEOUT + 1)) == ["timed out"]
    assert len(table) == 0


def test_an_accepted_invite_takes_its_copies_and_passes_acks_on_until_timer_l() -> None:
    table, server = came(INVITE)
    ok = reply(INVITE, 200, to_tag="a")
    assert said(table.respond(server, ok, 1)) == ["send 200"]
    assert server.state is State.ACCEPTED
    assert said(table.received(INVITE, 2)) == []
    assert said(table.respond(server, ok, 2)) == ["send 200"]
    assert said(table.respond(server, reply(INVITE, 486, to_tag="a"), 2)) == []
    same_branch = asked("ACK", branch="z9hG4bKours", to_tag="a")
    assert said(table.received(same_branch, 3)) == ["asked ACK"]
    assert said(table.received(asked("ACK", branch="z9hG4bKack", to_tag="a"), 3)) == ["asked ACK"]
    assert table.wake(1 + TIMEOUT) == []
    assert len(table) == 0


def test_a_cancel_finds_its_invite_by_branch_and_sender() -> None:
    table, server = came(INVITE)
    assert table.invite_of(asked("CANCEL", branch="z9hG4bKours")) is server
    assert table.invite_of(asked("CANCEL", branch="z9hG4bKother")) is None
    elsewhere = Request("CANCEL", INVITE.uri, headers=INVITE.headers.with_("Via", "SIP/2.0/WS x;branch=z9hG4bKours"))
    assert table.invite_of(elsewhere) is None
    # The CANCEL is a transaction of its own.
    assert said(table.received(asked("CANCEL", branch="z9hG4bKours"), 1)) == ["asked CANCEL"]
    assert isinstance(server, InviteServer)


# -- their other requests -------------------------------------------------------------------------------------------


def test_a_request_is_over_with_its_answer() -> None:
    table, server = came(MESSAGE)
    assert server.state is State.TRYING
    assert table.received(MESSAGE, 1) == []
    assert said(table.respond(server, reply(MESSAGE, 200, to_tag="a"), 2)) == ["send 200"]
    assert (len(table), table.due) == (0, None)
    assert table.respond(server, reply(MESSAGE, 500, to_tag="a"), 2) == []


def test_a_request_with_a_provisional_answer_gets_it_again() -> None:
    table, server = came(MESSAGE)
    assert said(table.respond(server, reply(MESSAGE, 182, to_tag="a"), 1)) == ["send 182"]
    assert server.state is State.PROCEEDING
    assert said(table.received(MESSAGE, 2)) == ["send 182"]
    assert said(table.respond(server, reply(MESSAGE, 200, to_tag="a"), 3)) == ["send 200"]


def test_a_request_nobody_here_answers_is_forgotten_in_silence() -> None:
    table, _ = came(MESSAGE)
    assert table.wake(TIMEOUT) == []
    assert len(table) == 0


def test_the_same_request_by_two_ways_is_merged() -> None:
    table, first = came(INVITE)
    _, second = came(asked(branch="z9hG4bKtwo"), table)
    _, other_call = came(asked(branch="z9hG4bKthree", call_id="call-2"), table)
    _, inside = came(asked(branch="z9hG4bKfour", to_tag="x"), table)
    assert [table.is_merged(each) for each in (first, second, other_call, inside)] == [False, True, False, False]


# -- all of them ----------------------------------------------------------------------------------------------------


def test_only_as_many_requests_are_borne_as_there_is_room_for() -> None:
    table = Transactions(limit=3)
    servers = [came(asked(branch=f"z9hG4bK{n}", call_id=f"c{n}"), table)[1] for n in range(3)]
    assert not table.make_room()
    # Who has been refused already makes room: it loses only the copy of its answer.
    table.respond(servers[1], reply(servers[1].request, 486, to_tag="a"), 1)
    assert table.make_room()
    assert len(table) == 2
    assert not table.knows(servers[1].request)
    assert table.knows(servers[0].request)


def test_alarms_do_not_pile_up() -> None:
    table, client = begun(MESSAGE)
    for _ in range(1000):
        table.received(reply(MESSAGE, 100), 1)
    assert table.due == TIMEOUT
    assert len(vars(table)["_alarms"]) == 1
    table.abandon(client)
    assert (len(table), table.due) == (0, None)


def test_what_is_over_is_let_go_of_long_before_its_time() -> None:
    table = Transactions()
    _, last = came(asked(branch="z9hG4bKrings", call_id="rings"), table)
    for number in range(1000):
        request = asked(branch=f"z9hG4bK{number}", call_id=f"c{number}")
        _, server = came(request, table)
        refusal = reply(request, 486, to_tag="a")
        table.respond(server, refusal, 0)
        table.received(acknowledgement(request, refusal), 0)
    assert len(table) == 1
    assert len(vars(table)["_alarms"]) < 100
    # The one that is not over is still woken.
    assert said(table.wake(0.2)) == ["send 100"]
    assert last.state is State.PROCEEDING


def test_a_lost_link_ends_everything_and_says_who_waited() -> None:
    table, message = begun(MESSAGE)
    accepted, _ = table.begin(asked(branch="z9hG4bKmore"), 0)
    table.received(reply(accepted.request, 200, to_tag="a"), 0)
    came(asked(branch="z9hG4bKtheirs", call_id="c"), table)
    # Who was answered does not wait any more.
    assert table.lost() == [message]
    assert (len(table), table.due) == (0, None)
