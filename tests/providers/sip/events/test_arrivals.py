"""Messages that come: answered only when they are kept, refused when they cannot be, and never told of twice."""

import asyncio

import pytest

from tests.providers.sip.events.conftest import Server, settings, settle
from tuiphone.core.errors import StoreError
from tuiphone.core.events import TextReceived
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.sip.arrivals import KEEP_SECONDS, MAX_KEEPING, Arrivals


class Inbox:
    """What alice keeps, on a disk that may be slow or full."""

    def __init__(self, server: Server) -> None:
        self.kept: list[TextReceived] = []
        self.disk = asyncio.Event()
        """Set: it takes what comes."""
        self.disk.set()
        self.is_full = False
        self.arrivals = Arrivals(settings(), server.agent, self.keep)
        server.open()

    async def keep(self, text: TextReceived) -> None:
        await self.disk.wait()
        if self.is_full:
            raise StoreError("The disk is full.")
        self.kept.append(text)

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.kept]


async def test_what_somebody_writes_is_kept_with_their_name(server: Server) -> None:
    inbox = Inbox(server)
    server.ask("MESSAGE", "chào", From='"Bob B." <sip:bob@pbx.example>;tag=1', Content_Type="text/plain; charset=utf-8")
    await settle()
    assert server.last.status == 200
    assert [(one.sender, one.text) for one in inbox.kept] == [(Address(AddressKind.USER, "bob", "Bob B."), "chào")]


async def test_nothing_says_that_a_message_arrived_before_it_is_kept(server: Server) -> None:
    inbox = Inbox(server)
    inbox.disk.clear()
    server.ask("MESSAGE", "hello")
    await asyncio.sleep(KEEP_SECONDS / 2)
    assert server.responses("MESSAGE") == []
    inbox.disk.set()
    await settle()
    assert (server.responses("MESSAGE"), inbox.texts) == ([200], ["hello"])


@pytest.mark.parametrize("is_full", [True, False], ids=["full", "hanging"])
async def test_what_cannot_be_kept_is_left_to_the_server_and_taken_when_it_comes_again(
    server: Server, is_full: bool
) -> None:
    inbox = Inbox(server)
    inbox.is_full = is_full
    if not is_full:
        inbox.disk.clear()
    server.ask("MESSAGE", "hello", Call_ID="one")
    await asyncio.sleep(KEEP_SECONDS + 1)
    assert (server.responses("MESSAGE"), server.last.headers.get("Retry-After")) == ([500], "30")
    inbox.is_full = False
    inbox.disk.set()
    server._cseq = 0
    server.ask("MESSAGE", "hello", Call_ID="one")
    await settle()
    assert (server.responses("MESSAGE"), inbox.texts) == ([500, 200], ["hello"])


async def test_a_flood_of_messages_is_sent_back_and_leaves_room_for_calls(server: Server) -> None:
    inbox = Inbox(server)
    inbox.disk.clear()
    calls: list[object] = []
    server.agent.on("INVITE", calls.append)
    for number in range(300):
        server.ask("MESSAGE", str(number))
    await settle()
    server.ask("INVITE", Contact="<sip:bob@192.0.2.1;transport=ws>")
    assert len(calls) == 1
    inbox.disk.set()
    await settle()
    assert server.responses("MESSAGE").count(200) == MAX_KEEPING
    assert inbox.texts == [str(number) for number in range(MAX_KEEPING)]
    assert server.responses("MESSAGE").count(500) == 300 - MAX_KEEPING


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("<sip:+84901234567@pbx.example>", Address(AddressKind.PHONE, "+84901234567")),
        ("<sip:carol@other.example>", Address(AddressKind.USER, "carol@other.example")),
    ],
)
async def test_who_writes_from_elsewhere_can_be_answered(server: Server, sender: str, address: Address) -> None:
    inbox = Inbox(server)
    server.ask("MESSAGE", "x", From=f"{sender};tag=1")
    await settle()
    assert [one.sender for one in inbox.kept] == [address]


@pytest.mark.parametrize("charset", ["latin-1", "no-such-thing", "idna", '"utf-8"'])
async def test_letters_of_any_alphabet_are_read_or_replaced(server: Server, charset: str) -> None:
    inbox = Inbox(server)
    server.ask("MESSAGE", "abc", Content_Type=f"text/plain;charset={charset}")
    await settle()
    assert inbox.texts == ["abc"]


@pytest.mark.parametrize(
    "kind", ["message/cpim", "application/im-iscomposing+xml", "text/html", "multipart/mixed;boundary=x", "nonsense"]
)
async def test_other_kinds_are_refused_politely_and_not_kept(server: Server, kind: str) -> None:
    inbox = Inbox(server)
    server.ask("MESSAGE", "<b>x</b>", Content_Type=kind)
    await settle()
    assert (server.last.status, server.last.headers.get("Accept")) == (415, "text/plain")
    assert inbox.kept == []


async def test_the_same_message_again_is_answered_and_not_kept_twice(server: Server) -> None:
    inbox = Inbox(server)
    for _ in range(2):
        server._cseq = 7
        server.lose()
        server.open()
        server.ask("MESSAGE", "once", Call_ID="one")
        await settle()
    assert server.responses("MESSAGE") == [200, 200]
    assert inbox.texts == ["once"]


async def test_an_empty_message_is_none(server: Server) -> None:
    inbox = Inbox(server)
    server.ask("MESSAGE")
    await settle()
    assert (server.last.status, inbox.kept) == (200, [])
