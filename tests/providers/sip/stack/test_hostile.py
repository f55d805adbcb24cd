"""What strangers send to break a phone: nothing of it takes long, throws, or stays."""

import asyncio
import random
import time

import pytest

from tests.providers.sip.stack.examples import CALL, REGISTRATION
from tests.providers.sip.stack.rig import Line, asked
from tests.providers.sip.stack.torture import MESSAGES, octets
from tuiphone.core.errors import AccessDenied
from tuiphone.providers.sip.challenge import challenges
from tuiphone.providers.sip.digest import Attempts, Credentials
from tuiphone.providers.sip.fields import NameAddr, Via, Word, split_commas
from tuiphone.providers.sip.message import BadMessage, Response, encode, parse, reply
from tuiphone.providers.sip.reading import MAX_MESSAGE
from tuiphone.providers.sip.uri import Uri

HEAD = (
    "INVITE sip:alice@example.com SIP/2.0\r\nVia: SIP/2.0/WS x;branch=z9hG4bK1\r\nTo: <sip:a@b>\r\n"
    "From: <sip:c@d>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n"
)
SPACES = " " * 60_000
CORPUS = [octets(name) for name in MESSAGES] + [
    text.replace("\n", "\r\n").encode() for text in (*CALL.values(), *REGISTRATION)
]


@pytest.mark.parametrize(
    "frame",
    [
        HEAD + "X: y\r\n" * 2_000_000,
        HEAD + "\r\n" + "x" * 10_000_000,
        HEAD + "X: " + "y" * 10_000_000,
        (HEAD + "\r\n").encode() + b"\xff" * 10_000_000,
        HEAD + "X:\r\n" + " \r\n" * 20_000,
        HEAD + "X: " + SPACES + "\r\n y\r\n\r\n",
        "INVITE " + SPACES + "x SIP/2.0\r\n\r\n",
        "INVITE sip:a@b" + SPACES + "SIP/2.0\r\n\r\n",
        "A" * 60_000,
        "\r\n" * 30_000,
        "SIP/2.0 " + "9" * 60_000 + "\r\n\r\n",
        "SIP/2.0 200" + SPACES + "\r\n\r\n",
        *(
            HEAD.replace("SIP/2.0/WS x", f"SIP/2.0/WS {each}") + "\r\n"
            for each in ("x" + SPACES[:8000] + "y", "," * 8000)
        ),
        *(
            HEAD.replace("<sip:a@b>", each) + "\r\n"
            for each in ('"' * 8000, "<" * 8000, '"\\' * 4000, "<sip:a@b>" + ";" * 8000)
        ),
        HEAD.replace("<sip:a@b>", "<" * 4000 + "sip:a@b" + ">" * 4000) + "\r\n",
        HEAD + "Contact: " + "<sip:a@b>," * 800 + "\r\n" + "\r\n",
        HEAD + ("Contact: " + "<sip:a@b>," * 800 + "\r\n") * 7 + "\r\n",
        HEAD + "Content-Length: " + "9" * 8000 + "\r\n\r\n",
        HEAD + "Content-Type: multipart/mixed;boundary=x\r\n\r\n" + "--x\r\n" * 10_000,
    ],
    ids=lambda frame: repr(frame[-12:]),
)
def test_nothing_takes_long_to_be_read_or_refused(frame: str | bytes) -> None:
    began = time.process_time()
    answer = None
    try:
        parse(frame)
    except BadMessage as error:
        answer = error.response
    # Of the processor's time; a hundredth is usual, and what grows with the square of the length takes far more.
    assert time.process_time() - began < 60
    assert answer is None or len(encode(answer)) <= 2 * MAX_MESSAGE


@pytest.mark.parametrize(
    "text",
    [
        'Digest realm="' + '\\"' * 30_000,
        "Digest " + "a=b," * 20_000,
        "Digest a" + " " * 60_000,
        "Digest " + "x" * 60_000,
        "Digest a=" + "b" * 60_000,
        "Digest realm=a, " * 5000,
    ],
    ids=range(6),
)
def test_nothing_takes_long_to_be_read_as_a_challenge(text: str) -> None:
    began = time.process_time()
    list(challenges(reply(asked(), 401, headers=[("WWW-Authenticate", text)] * 50)))
    assert time.process_time() - began < 60


def mutated(frame: bytes, dice: random.Random) -> bytes:
    """A message with something wrong in it."""
    data = bytearray(frame)
    for _ in range(dice.choice((1, 1, 2, 5))):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(5):
            case 0:
                data[at : at + dice.randint(1, 30)] = b""
            case 1:
                data[at:at] = dice.choice(
                    (b"\r\n", b"\n ", b'"', b"<", b">", b";", b",", b"\\", b"%", b":", b"\0", b"@", b"\xff")
                )
            case 2:
                data[at : at + 1] = bytes([dice.randrange(256)])
            case 3:
                piece = data[at : at + dice.randint(1, 60)]
                data[at:at] = piece * dice.randint(1, 4)
            case _:
                other = dice.choice(CORPUS)
                cut = dice.randrange(len(other))
                data[at : at + 40] = other[cut : cut + 40]
    return bytes(data)


@pytest.mark.parametrize("seed", range(6))
async def test_no_message_that_is_slightly_wrong_breaks_anything(seed: int) -> None:
    dice = random.Random(seed)
    line = Line()
    line.agent.on("INVITE", lambda incoming: incoming.respond(486))
    line.agent.on("OPTIONS", lambda incoming: incoming.respond(200))
    for _ in range(500):
        frame = mutated(dice.choice(CORPUS), dice)
        try:
            message = parse(frame)
        except BadMessage:
            pass
        else:
            # What was taken can be sent, and is the same again.
            if message.body.isascii():
                again = parse(encode(message))
                assert (again.call_id, again.cseq, again.from_, again.to) == (
                    message.call_id,
                    message.cseq,
                    message.from_,
                    message.to,
                )
            _ = message.supported, message.record_routes, message.content_type, message.text
        # The agent throws nothing, and what it says can be read.
        line.agent.received(frame)
        line.agent.received(frame.decode("utf-8", "replace"))
    for sent in line.frames:
        head = sent.partition("\r\n\r\n")[0]
        assert head.startswith("SIP/2.0 ")
        assert "\n" not in head.replace("\r\n", "")


@pytest.mark.parametrize("seed", range(3))
def test_no_value_that_is_slightly_wrong_breaks_anything(seed: int) -> None:
    dice = random.Random(seed)
    letters = 'abc019 \t"\\<>;,:=@?&%[]()+-._*/~\x00\x7fä漢\U0001f600'
    readers = (Uri.parse, NameAddr.parse, NameAddr.parse_list, Via.parse, Word.parse, split_commas)
    starts = ("sip:", "<sip:a@b>", "SIP/2.0/WS ", "tel:", "", '"x" <sip:')
    for _ in range(3000):
        text = dice.choice(starts) + "".join(dice.choices(letters, k=dice.randint(0, 25)))
        for read in readers:
            try:
                value = read(text)
            except BadMessage:
                continue
            if isinstance(value, Uri | NameAddr | Via):
                assert type(value).parse(str(value)) == value, text


def test_challenges_that_are_slightly_wrong_break_nothing() -> None:
    dice = random.Random(1)
    good = b'Digest realm="pbx", nonce="abc", qop="auth,auth-int", algorithm=SHA-256, opaque="x", stale=true'
    for _ in range(1000):
        text = mutated(good, dice).decode("utf-8", "replace")
        response = reply(asked("REGISTER"), 401, headers=[("WWW-Authenticate", text), ("Authentication-Info", text)])
        ours = Credentials("alice", "correct horse")
        try:
            signed = ours.answer(asked("REGISTER"), response, Attempts())
        except AccessDenied:
            continue
        parse(encode(signed))
        ours.heard(response)


async def test_answers_with_other_numbers_are_not_taken_for_ours() -> None:
    line = Line()
    task = asyncio.create_task(line.agent.ask(line.agent.request("MESSAGE", Uri.parse("sip:bob@example.com"))))
    await asyncio.sleep(0)
    right = reply(line.request, 200, to_tag="far")
    for name, value in (
        ("CSeq", "1 MESSAGE"),
        ("CSeq", f"{line.request.cseq.number} INFO"),
        ("Call-ID", "else"),
        ("From", "<sip:alice@example.com>;tag=else"),
        ("Via", "SIP/2.0/WS a1b2.invalid;branch=z9hG4bKelse"),
    ):
        line.hear(Response(200, "OK", headers=right.headers.with_(name, value)))
    await asyncio.sleep(0)
    assert not task.done()
    line.hear(right)
    assert (await task).status == 200


async def test_thousands_of_answers_are_heard_once() -> None:
    line = Line()
    heard: list[Response] = []
    line.agent.invite(line.agent.request("INVITE", Uri.parse("sip:bob@example.com")), heard=heard.append, failed=print)
    refusal = encode(reply(line.request, 486, to_tag="far"))
    for _ in range(1000):
        line.agent.received(refusal)
    assert len(heard) == 1
    assert line.methods() == ["INVITE", "ACK"]


async def test_of_a_tide_of_phones_that_ring_and_answer_only_so_many_are_heard() -> None:
    line = Line()
    heard: list[Response] = []
    handle = line.agent.invite(
        line.agent.request("INVITE", Uri.parse("sip:bob@example.com")), heard=heard.append, failed=print
    )
    for number in range(200):
        line.answer(180 + number % 4, to_tag=f"phone{number % 100}", request=handle.request)
    assert {response.to.tag for response in heard} == {f"phone{number}" for number in range(64)}
    assert len(heard) == 128
    heard.clear()
    for number in reversed(range(100)):
        answer = line.answer(200, to_tag=f"phone{number}", request=handle.request)
        if answer.to.tag in {response.to.tag for response in heard}:
            handle.ack(answer, asked("ACK", cseq=handle.request.cseq.number, to_tag=answer.to.tag))
    assert len(heard) == line.methods().count("ACK") == 16
