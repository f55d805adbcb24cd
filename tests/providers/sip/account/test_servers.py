"""Which server is tried next, on a clock of the test's."""

import pytest

from tuiphone.core.errors import ConnectionLost, TryLater
from tuiphone.providers.sip.discovery import Server
from tuiphone.providers.sip.lookup import Found, Lookup
from tuiphone.providers.sip.servers import DOUBT_SECONDS, MAX_REST_SECONDS, Servers
from tuiphone.providers.sip.settings import Settings

A, B, C = (Server(f"wss://{name}.example/ws") for name in "abc")


class Answers(Lookup):
    """A Lookup that gives one prepared answer after the other."""

    def __init__(self, *answers: Found | ConnectionLost) -> None:
        super().__init__()
        self.answers = list(answers)

    async def servers(self, domain: str, path: str) -> Found:
        answer = self.answers.pop(0)
        if isinstance(answer, ConnectionLost):
            raise answer
        return answer


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def listed(clock: Clock, *servers: Server) -> Servers:
    settings = Settings(user="a", domain="pbx.example", servers=tuple(server.url for server in servers))
    return Servers(settings, clock=clock)


def looked_up(clock: Clock, *answers: Found | ConnectionLost) -> Servers:
    return Servers(Settings(user="a", domain="pbx.example"), lookup=Answers(*answers), clock=clock)


async def test_servers_are_tried_in_the_order_of_the_settings() -> None:
    assert await listed(Clock(), A, B, C).round() == (A, B, C)


async def test_the_one_that_was_good_comes_first() -> None:
    servers = listed(Clock(), A, B, C)
    servers.failed(A)
    servers.reached(B)
    assert await servers.round() == (B, C, A)


async def test_one_that_failed_comes_after_the_others_for_a_while() -> None:
    clock = Clock()
    servers = listed(clock, A, B, C)
    servers.failed(A)
    assert await servers.round() == (B, C, A)
    servers.failed(B)
    clock.now += DOUBT_SECONDS + 1
    assert await servers.round() == (A, B, C)


async def test_one_that_was_good_and_fails_is_good_no_longer() -> None:
    servers = listed(Clock(), A, B)
    servers.reached(A)
    servers.failed(A)
    assert await servers.round() == (B, A)


async def test_one_that_wants_to_be_left_alone_is() -> None:
    clock = Clock()
    servers = listed(clock, A, B)
    servers.failed(A, TryLater("busy", 30))
    assert await servers.round() == (B,)
    clock.now += 31
    assert A in await servers.round()


async def test_when_all_want_to_be_left_alone_the_shortest_wish_counts() -> None:
    clock = Clock()
    servers = listed(clock, A, B)
    servers.failed(A, TryLater("busy", 300))
    servers.failed(B, TryLater("busy", 60))
    clock.now += 10
    with pytest.raises(TryLater, match="left alone for 50 seconds") as told:
        await servers.round()
    assert told.value.seconds == 50


async def test_no_server_is_left_alone_for_ever() -> None:
    clock = Clock()
    servers = listed(clock, A)
    servers.failed(A, TryLater("busy", 10**9))
    clock.now += MAX_REST_SECONDS + 1
    assert await servers.round() == (A,)


async def test_what_was_looked_up_is_looked_up_again_when_it_is_old() -> None:
    clock = Clock()
    servers = looked_up(clock, Found((A, B), 60, ""), Found((C,), 60, ""))
    assert await servers.round() == (A, B)
    clock.now += 59
    assert await servers.round() == (A, B)
    clock.now += 2
    assert await servers.round() == (C,)


async def test_a_look_up_that_fails_leaves_the_servers_known_before() -> None:
    clock = Clock()
    servers = looked_up(clock, Found((A,), 60, ""), ConnectionLost("no"), Found((B,), 60, ""))
    await servers.round()
    clock.now += 61
    assert await servers.round() == (A,)
    assert await servers.round() == (B,), "and the next try looks again"


async def test_a_first_look_up_that_fails_says_so() -> None:
    with pytest.raises(ConnectionLost, match="offers none"):
        await looked_up(Clock(), ConnectionLost("It offers none.")).round()


async def test_a_guess_while_nobody_answers_takes_the_place_of_nothing_better() -> None:
    guess = Found((C,), 60, "", is_certain=False)
    servers = looked_up(Clock(), guess, Found((A,), 0, ""), guess, Found((B,), 0, ""))
    assert await servers.round() == (C,)
    assert await servers.round() == (A,), "and it is asked again at once"
    assert await servers.round() == (A,)
    assert await servers.round() == (B,)
