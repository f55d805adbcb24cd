"""RFC 3261 section 24: its messages are read and made as they stand there."""

import pytest

from tests.providers.sip.stack.examples import CALL, REGISTRATION
from tuiphone.providers.sip.dialog import Dialog
from tuiphone.providers.sip.message import Request, Response, encode, parse, reply
from tuiphone.providers.sip.transaction import Heard
from tuiphone.providers.sip.transactions import Transactions


def network(text: str) -> str:
    """A message as it is sent."""
    return text.replace("\n", "\r\n")


def request(name: str) -> Request:
    """A request of the call."""
    message = parse(network(CALL[name]))
    assert isinstance(message, Request)
    return message


def response(name: str) -> Response:
    """A response of the call."""
    message = parse(network(CALL[name]))
    assert isinstance(message, Response)
    return message


@pytest.mark.parametrize("text", [*REGISTRATION, *CALL.values()], ids=["R1", "R2", *CALL])
def test_is_read_and_written_again(text: str) -> None:
    message = parse(network(text))
    unfolded = network(text).replace("\r\n ", " ")
    assert encode(message) == unfolded
    assert parse(unfolded.encode()) == message


def test_a_registration_and_its_answer_say_the_same() -> None:
    asking, answer = (parse(network(text)) for text in REGISTRATION)
    assert (asking.expires, str(asking.contacts[0].uri)) == (7200, "sip:bob@192.0.2.4")
    assert answer.via.param("received") == "192.0.2.4"
    assert answer.via.branch == asking.via.branch
    table = Transactions()
    assert isinstance(asking, Request)
    table.begin(asking, 0)
    assert [type(effect) for effect in table.received(answer, 0)] == [Heard]


def test_proxies_are_seen_on_the_way_and_gone_on_the_way_back() -> None:
    assert [len(request(name).vias) for name in ("F1", "F2", "F4")] == [1, 2, 3]
    assert [request(name).max_forwards for name in ("F1", "F2", "F4")] == [70, 69, 68]
    ringing = reply(request("F4"), 180, to_tag="a6c85cf", headers=[("Contact", "<sip:bob@192.0.2.4>")])
    sent = parse(network(CALL["F6"]))
    # Bob's server adds to the newest Via where it saw the request come from.
    assert ringing.vias[1:] == sent.vias[1:]
    for name in ("To", "From", "Call-ID", "CSeq", "Contact"):
        assert ringing.headers.get(name) == sent.headers.get(name)


def test_alice_hears_what_is_hers() -> None:
    table = Transactions()
    table.begin(request("F1"), 0)
    heard = [effect for name in ("F3", "F8", "F11") for effect in table.received(response(name), 0)]
    assert [effect.response.status for effect in heard if isinstance(effect, Heard)] == [100, 180, 200]
    # What still has other Vias went astray.
    for name in ("F5", "F7", "F10"):
        assert not any(isinstance(effect, Heard) for effect in table.received(response(name), 0))


def test_both_sides_make_the_same_dialog_of_it() -> None:
    alice = Dialog.from_response(request("F1"), response("F11"))
    bob = Dialog.from_request(request("F4"), "a6c85cf")
    assert alice.key == ("a84b4c76e66710", "1928301774", "a6c85cf")
    assert bob.key == ("a84b4c76e66710", "a6c85cf", "1928301774")
    ack = alice.request("ACK", cseq=request("F1").cseq.number)
    bob.local_cseq = 230
    bye = bob.request("BYE")
    for made, sent in ((ack, request("F12")), (bye, request("F13"))):
        assert (made.method, made.uri, made.to.tag, made.from_.tag) == (
            sent.method,
            sent.uri,
            sent.to.tag,
            sent.from_.tag,
        )
        assert (made.call_id, made.cseq, made.to.uri, made.from_.uri) == (
            sent.call_id,
            sent.cseq,
            sent.to.uri,
            sent.from_.uri,
        )
    assert alice.take(request("F13"))
    assert not alice.take(request("F13"))
    assert reply(request("F13"), 200).headers.get("To") == response("F14").headers.get("To")
