"""Own presence: published, kept alive, changed, taken back, and told anew to a server that forgot it."""

import asyncio

import pytest

from tests.core.conftest import settle
from tests.providers.sip.events.conftest import Server
from tuiphone.core.errors import ConnectionLost, RequestFailed
from tuiphone.core.model import Availability, Presence
from tuiphone.providers.sip.presence import read_presence
from tuiphone.providers.sip.publication import Publication
from tuiphone.providers.sip.uri import Uri

HERE, AWAY = Presence(Availability.ONLINE, "here"), Presence(Availability.OFFLINE, "gone")


class Desk:
    """A publication, and a server that counts its tags up."""

    def __init__(self, server: Server) -> None:
        self.told: list[Presence] = []
        self.publication = Publication(Uri.parse("sip:alice@pbx.example"), "t1", server.agent, self.told.append)
        self.known: str | None = None
        self._tags = 0
        server.answers["PUBLISH"] = self.answer
        server.open()

    def answer(self, request: object) -> tuple[int, dict[str, str]]:
        named = request.headers.get("SIP-If-Match")  # type: ignore[attr-defined]
        if named != self.known and named is not None:
            return 412, {}
        self._tags += 1
        self.known = f"e{self._tags}"
        return 200, {"SIP_ETag": self.known, "Expires": request.headers.get("Expires")}  # type: ignore[attr-defined]


async def test_it_is_told_kept_alive_by_its_tag_changed_and_taken_back(server: Server) -> None:
    desk = Desk(server)
    await desk.publication.publish(HERE)
    first = server.requests("PUBLISH")[0]
    assert (first.headers.get("Event"), first.headers.get("SIP-If-Match")) == ("presence", None)
    assert read_presence(first.body) == HERE
    assert first.uri == Uri.parse("sip:alice@pbx.example")
    await asyncio.sleep(2881)
    refresh = server.requests("PUBLISH")[1]
    assert (refresh.headers.get("SIP-If-Match"), refresh.body, refresh.content_type) == ("e1", b"", None)
    await desk.publication.publish(AWAY)
    change = server.requests("PUBLISH")[2]
    assert (change.headers.get("SIP-If-Match"), read_presence(change.body)) == ("e2", AWAY)
    await desk.publication.publish(Presence())
    last = server.requests("PUBLISH")[3]
    assert (last.headers.get("SIP-If-Match"), last.headers.get("Expires"), last.body) == ("e3", "0", b"")
    await asyncio.sleep(10_000)
    assert len(server.requests("PUBLISH")) == 4
    assert desk.told == [HERE, AWAY, Presence()]


async def test_a_server_that_forgot_is_told_everything_anew(server: Server) -> None:
    desk = Desk(server)
    await desk.publication.publish(HERE)
    desk.known = "something else"
    await asyncio.sleep(2881)
    tries = server.requests("PUBLISH")[1:]
    assert [one.headers.get("SIP-If-Match") for one in tries] == ["e1", None]
    assert read_presence(tries[1].body) == HERE


async def test_another_connection_hears_it_again(server: Server) -> None:
    desk = Desk(server)
    await desk.publication.publish(HERE)
    desk.publication.offline()
    server.lose()
    server.open()
    desk.publication.online()
    await settle()
    assert read_presence(server.requests("PUBLISH")[1].body) == HERE
    assert desk.told == [HERE, HERE]


async def test_who_leaves_is_no_longer_told_of_and_who_comes_back_is(server: Server) -> None:
    desk = Desk(server)
    await desk.publication.leave()
    assert server.requests("PUBLISH") == []
    await desk.publication.publish(HERE)
    await desk.publication.leave()
    last = server.requests("PUBLISH")[-1]
    assert (last.headers.get("SIP-If-Match"), last.headers.get("Expires"), last.body) == ("e1", "0", b"")
    desk.publication.online()
    await settle()
    again = server.requests("PUBLISH")[-1]
    assert (again.headers.get("SIP-If-Match"), read_presence(again.body)) == (None, HERE)


async def test_what_was_never_said_is_not_said_by_itself(server: Server) -> None:
    desk = Desk(server)
    desk.publication.online()
    await asyncio.sleep(10_000)
    await desk.publication.publish(Presence())
    assert server.requests("PUBLISH") == []


async def test_a_longer_time_is_asked_for_when_the_server_wants_it(server: Server) -> None:
    desk = Desk(server)
    server.answers["PUBLISH"] = lambda one: (
        (423, {"Min_Expires": "7200"}) if one.headers.get("Expires") == "3600" else (200, {"SIP_ETag": "e"})
    )
    await desk.publication.publish(HERE)
    assert [one.headers.get("Expires") for one in server.requests("PUBLISH")] == ["3600", "7200"]


@pytest.mark.parametrize(
    ("status", "said"), [(489, "does not tell others"), (405, "does not tell others"), (403, "403 Forbidden")]
)
async def test_a_server_that_takes_none_is_told_of_in_words(server: Server, status: int, said: str) -> None:
    desk = Desk(server)
    server.answers["PUBLISH"] = (status, {})
    with pytest.raises(RequestFailed, match=said):
        await desk.publication.publish(HERE)
    desk.publication.online()
    await asyncio.sleep(10_000)
    assert len(server.requests("PUBLISH")) == 1, "what was refused is not said again by itself"
    assert desk.told == []


@pytest.mark.parametrize("headers", [{"Min_Expires": "nonsense"}, {"Min_Expires": "1"}, {}])
async def test_a_server_that_is_never_content_is_left_alone(server: Server, headers: dict[str, str]) -> None:
    desk = Desk(server)
    server.answers["PUBLISH"] = (423, headers)
    with pytest.raises(RequestFailed):
        await desk.publication.publish(HERE)
    server.answers["PUBLISH"] = (412, {})
    with pytest.raises(RequestFailed):
        await desk.publication.publish(HERE)
    assert len(server.requests("PUBLISH")) <= 6


async def test_a_refresh_that_fails_is_tried_again(server: Server) -> None:
    desk = Desk(server)
    await desk.publication.publish(HERE)
    server.answers["PUBLISH"] = (503, {})
    await asyncio.sleep(2881)
    server.answers["PUBLISH"] = desk.answer
    await asyncio.sleep(61)
    assert read_presence(server.requests("PUBLISH")[-1].body) == HERE
    assert len(server.requests("PUBLISH")) == 3


async def test_without_a_connection_it_says_so_and_goes_out_with_the_next_one(server: Server) -> None:
    desk = Desk(server)
    server.lose()
    with pytest.raises(ConnectionLost):
        await desk.publication.publish(HERE)
    server.open()
    desk.publication.online()
    await settle()
    assert desk.told == [HERE]
