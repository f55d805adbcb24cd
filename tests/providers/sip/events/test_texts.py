"""Messages that go out: in which parts, and what the answers mean."""

import pytest

from tests.providers.sip.events.conftest import Server, settings
from tuiphone.core.errors import ConnectionLost, RequestFailed
from tuiphone.core.events import ProviderEvent, TextStatusChanged
from tuiphone.core.model import Address, AddressKind, TextStatus
from tuiphone.providers.sip.texts import MAX_PART, Texts, parts_of

BOB = Address(AddressKind.USER, "bob")


class Desk:
    """Messages of alice, and what was told of them."""

    def __init__(self, server: Server) -> None:
        self.told: list[ProviderEvent] = []
        self.texts = Texts(settings(), self.told.append, server.agent)
        server.open()


@pytest.mark.parametrize(("status", "became"), [(200, TextStatus.DELIVERED), (202, TextStatus.SENT)])
async def test_a_message_goes_out_and_its_answer_says_how_far_it_came(
    server: Server, status: int, became: TextStatus
) -> None:
    desk = Desk(server)
    server.answers["MESSAGE"] = (status, {})
    ref = await desk.texts.send(BOB, "Xin chào [red]")
    sent = server.requests("MESSAGE")[0]
    assert (str(sent.uri), sent.text, sent.content_type) == ("sip:bob@pbx.example", "Xin chào [red]", "text/plain")
    assert desk.told == [TextStatusChanged(ref, became)]


async def test_a_long_message_goes_in_parts_one_after_the_other(server: Server) -> None:
    desk = Desk(server)
    text = " ".join(f"word{number}" for number in range(500))
    server.answers["MESSAGE"] = (200, {})
    await desk.texts.send(BOB, text)
    parts = [one.text for one in server.requests("MESSAGE")]
    assert len(parts) > 3
    assert " ".join(parts) == text
    assert len(desk.told) == 1


async def test_a_part_that_is_refused_stops_the_rest_and_says_how_far_it_came(server: Server) -> None:
    desk = Desk(server)
    server.answers["MESSAGE"] = lambda one: (200 if len(server.requests("MESSAGE")) < 3 else 480, {})
    with pytest.raises(RequestFailed, match=r"Only 2 of \d parts of it went out. The other side is not reachable"):
        await desk.texts.send(BOB, "x" * 4000)
    assert len(server.requests("MESSAGE")) == 3
    assert desk.told == []


@pytest.mark.parametrize(
    ("status", "said"), [(404, "no such number or user"), (415, "no plain text"), (499, "It was refused: 499")]
)
async def test_a_refusal_is_said_in_words(server: Server, status: int, said: str) -> None:
    desk = Desk(server)
    server.answers["MESSAGE"] = (status, {})
    with pytest.raises(RequestFailed, match=said):
        await desk.texts.send(BOB, "hello")


async def test_without_a_connection_nothing_is_sent(server: Server) -> None:
    desk = Desk(server)
    server.lose()
    with pytest.raises(ConnectionLost):
        await desk.texts.send(BOB, "hello")


@pytest.mark.parametrize("text", ["", "short", "x" * 5000, "ữ" * 3000, "a\n" * 2000, "\U0001f642" * 900, "a " * 401])
def test_no_part_is_too_long_for_one_message_and_nothing_is_lost(text: str) -> None:
    parts = parts_of(text)
    assert all(len(part.encode()) <= MAX_PART for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert len(parts) <= 2 + 3 * len(text.encode()) // MAX_PART
