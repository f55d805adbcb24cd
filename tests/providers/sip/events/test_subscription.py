"""A subscription from its first SUBSCRIBE to its end, in every order that RFC 6665 allows and some that it does not."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.core.conftest import settle
from tests.providers.sip.events.conftest import Server
from tuiphone.core.errors import BadFrame
from tuiphone.providers.sip.subscription import EXPIRES, MAX_FORKS, PAUSES, Subscription, Wanted
from tuiphone.providers.sip.uri import Uri


class Desk:
    """A subscription and what it told."""

    def __init__(self, server: Server, **more: Any) -> None:
        self.told: list[tuple[str, bytes]] = []
        self.lost: list[str | None] = []
        self.refused: list[tuple[int, str]] = []
        wanted = Wanted(
            uri=Uri.parse("sip:bob@pbx.example"),
            event="presence",
            accept="application/pidf+xml",
            told=lambda tag, _kind, body: self.told.append((tag, body)),
            lost=self.lost.append,
            refused=lambda status, reason: self.refused.append((status, reason)),
            **more,
        )
        self.subscription = Subscription(wanted, server.agent, asyncio.Semaphore(6))
        server.open()


async def begun(server: Server, **more: Any) -> Desk:
    """A subscription that was asked for."""
    desk = Desk(server, **more)
    desk.subscription.online()
    await settle()
    return desk


def granting(seconds: int = EXPIRES) -> tuple[int, dict[str, str]]:
    return 200, {"Expires": str(seconds)}


async def test_it_asks_hears_and_is_refreshed_in_its_dialog_before_it_expires(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting(600)
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    assert (asked.headers.get("Event"), asked.headers.get("Expires")) == ("presence", "3600")
    assert asked.headers.get("Accept") == "application/pidf+xml"
    assert asked.to.tag is None
    server.notify(asked, "<a/>", state="active;expires=600")
    assert desk.told == [("srv", b"<a/>")]
    assert server.responses("NOTIFY") == [200]
    await asyncio.sleep(479)
    assert len(server.requests("SUBSCRIBE")) == 1
    await asyncio.sleep(2)
    again = server.requests("SUBSCRIBE")[1]
    assert (again.to.tag, again.call_id, again.cseq.number > asked.cseq.number) == ("srv", asked.call_id, True)
    assert again.uri == Uri.parse("sip:srv@192.0.2.1;transport=ws"), "where the notifier is now"
    assert desk.lost == []


async def test_a_notification_may_come_before_the_answer(server: Server) -> None:
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<a/>")
    assert desk.told == [("srv", b"<a/>")]
    server.respond(asked, 200, Expires="3600")
    await settle()
    server.notify(asked, "<b/>")
    assert [body for _, body in desk.told] == [b"<a/>", b"<b/>"]
    server.answers["SUBSCRIBE"] = granting()
    await asyncio.sleep(3000)
    assert [one.to.tag for one in server.requests("SUBSCRIBE")] == [None, "srv"]


async def test_a_dialog_made_by_a_notification_counts_on_from_the_request_with_the_password(server: Server) -> None:
    challenge = {"WWW_Authenticate": 'Digest realm="pbx.example", nonce="n", algorithm=MD5, qop="auth"'}
    desk = await begun(server)
    first = server.requests("SUBSCRIBE")[0]
    server.respond(first, 401, **challenge)
    await settle()
    second = server.requests("SUBSCRIBE")[1]
    assert second.cseq.number > first.cseq.number
    server.notify(second, "<a/>")
    server.respond(second, 200, Expires="3600")
    server.answers["SUBSCRIBE"] = granting()
    await asyncio.sleep(3000)
    third = server.requests("SUBSCRIBE")[2]
    assert (third.to.tag, third.cseq.number > second.cseq.number) == ("srv", True)
    assert len(desk.told) == 1


@pytest.mark.parametrize(("granted", "after"), [("600", 480), ("7200", 2880), (None, 2880)])
async def test_it_is_refreshed_by_what_the_answer_grants_never_later_than_was_asked(
    server: Server, granted: str | None, after: int
) -> None:
    server.answers["SUBSCRIBE"] = (200, {} if granted is None else {"Expires": granted})
    await begun(server)
    server.notify(server.requests("SUBSCRIBE")[0], "<a/>", state="active")
    await asyncio.sleep(after - 2)
    assert len(server.requests("SUBSCRIBE")) == 1
    await asyncio.sleep(4)
    assert len(server.requests("SUBSCRIBE")) == 2


async def test_of_a_forked_subscription_the_first_notifier_is_heard_and_the_others_are_refused(server: Server) -> None:
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<a/>", tag="one", cseq=1)
    server.notify(asked, "<b/>", tag="two", cseq=1)
    server.respond(asked, 200, tag="one", Expires="3600")
    await settle()
    server.notify(asked, "<c/>", tag="two", cseq=2)
    assert desk.told == [("one", b"<a/>")]
    assert server.responses("NOTIFY") == [200, 481, 481]


async def test_the_notifier_that_speaks_counts_not_the_one_that_only_answered(server: Server) -> None:
    server.answers["SUBSCRIBE"] = lambda request: (200, {"tag": "mute", "Expires": "3600"})
    desk = await begun(server)
    server.notify(server.requests("SUBSCRIBE")[0], "<a/>", tag="speaks")
    assert desk.told == [("speaks", b"<a/>")]


async def test_every_notifier_is_heard_where_each_tells_a_part_up_to_a_limit(server: Server) -> None:
    desk = await begun(server, may_fork=True)
    asked = server.requests("SUBSCRIBE")[0]
    server.respond(asked, 200, tag="t0", Expires="600")
    await settle()
    for number in range(MAX_FORKS + 2):
        server.notify(asked, "<a/>", tag=f"t{number}", cseq=1, state="active;expires=600")
    assert [tag for tag, _ in desk.told] == [f"t{number}" for number in range(MAX_FORKS)]
    server.answers["SUBSCRIBE"] = granting(600)
    await asyncio.sleep(500)
    assert {one.to.tag for one in server.requests("SUBSCRIBE")[1:]} == {f"t{number}" for number in range(MAX_FORKS)}
    server.notify(asked, tag="t1", cseq=5, state="terminated;reason=timeout")
    assert desk.lost == ["t1"]


@pytest.mark.parametrize(
    ("state", "waits"),
    [
        ("terminated;reason=deactivated", 0.0),
        ("terminated;reason=timeout", 0.0),
        ("terminated;reason=probation;retry-after=300", 300.0),
        ("terminated;reason=giveup", 60.0),
        ("terminated", PAUSES[0]),
        ("terminated;reason=something-new", PAUSES[0]),
        ("terminated;reason=rejected", None),
        ("terminated;reason=noresource", None),
    ],
)
async def test_after_a_goodbye_it_asks_anew_when_the_notifier_wants_it(
    server: Server, state: str, waits: float | None
) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<a/>")
    server.notify(asked, state=state)
    assert desk.lost == ["srv"], "nobody tells any more"
    if waits is None:
        await asyncio.sleep(100_000)
        assert len(server.requests("SUBSCRIBE")) == 1
        assert len(desk.refused) == 1
        return
    if waits:
        await asyncio.sleep(waits - 1)
        assert len(server.requests("SUBSCRIBE")) == 1
    await asyncio.sleep(2)
    again = server.requests("SUBSCRIBE")[1]
    assert again.to.tag is None
    assert again.call_id != asked.call_id


async def test_what_never_changes_stays_true_after_the_end(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = await begun(server)
    server.notify(server.requests("SUBSCRIBE")[0], "<a/>", state="terminated;reason=invariant")
    await asyncio.sleep(100_000)
    assert desk.told == [("srv", b"<a/>")]
    assert (desk.lost, len(server.requests("SUBSCRIBE"))) == ([], 1)


async def test_a_notifier_that_ends_it_at_once_is_not_asked_without_end(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting()
    await begun(server)
    for _ in range(50):
        server.notify(server.requests("SUBSCRIBE")[-1], state="terminated;reason=deactivated")
        await asyncio.sleep(1)
    assert len(server.requests("SUBSCRIBE")) <= 6


async def test_a_goodbye_that_overtakes_the_answer_is_one(server: Server) -> None:
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<a/>", state="terminated;reason=rejected")
    server.respond(asked, 200, Expires="3600")
    await asyncio.sleep(10_000)
    assert len(server.requests("SUBSCRIBE")) == 1
    assert len(desk.refused) == 1


@pytest.mark.parametrize("status", [403, 404, 405, 489, 501, 603])
async def test_a_refusal_that_stays_one_is_told_once_and_not_asked_again(server: Server, status: int) -> None:
    server.answers["SUBSCRIBE"] = (status, {})
    desk = await begun(server)
    await asyncio.sleep(100_000)
    assert [code for code, _ in desk.refused] == [status]
    assert len(server.requests("SUBSCRIBE")) == 1
    desk.subscription.online()
    await settle()
    assert len(server.requests("SUBSCRIBE")) == 2, "another connection, another server perhaps"


@pytest.mark.parametrize(("headers", "least"), [({}, PAUSES[0]), ({"Retry_After": "90 (busy)"}, 90.0)])
async def test_a_server_that_cannot_now_is_asked_again_after_pauses_that_grow(
    server: Server, headers: dict[str, str], least: float
) -> None:
    server.answers["SUBSCRIBE"] = (503, headers)
    await begun(server)
    await asyncio.sleep(least - 0.5)
    assert len(server.requests("SUBSCRIBE")) == 1
    await asyncio.sleep(1)
    assert len(server.requests("SUBSCRIBE")) == 2
    await asyncio.sleep(3600)
    assert len(server.requests("SUBSCRIBE")) < 45


async def test_it_asks_for_longer_when_the_server_wants_it_but_not_for_ever(server: Server) -> None:
    server.answers["SUBSCRIBE"] = lambda one: (
        (423, {"Min_Expires": "7200"}) if one.headers.get("Expires") == "3600" else granting(7200)
    )
    await begun(server)
    await settle()
    assert [one.headers.get("Expires") for one in server.requests("SUBSCRIBE")] == ["3600", "7200"]
    server.answers["SUBSCRIBE"] = (423, {"Min_Expires": "999999999"})
    other = await begun(server)
    await asyncio.sleep(10)
    assert other.told == []
    assert all((one.expires or 0) <= 7200 for one in server.requests("SUBSCRIBE"))


@pytest.mark.parametrize("seconds", [1, 0])
async def test_a_notifier_that_grants_next_to_nothing_is_not_flooded(server: Server, seconds: int) -> None:
    server.answers["SUBSCRIBE"] = granting(seconds)
    await begun(server)
    await asyncio.sleep(100)
    assert len(server.requests("SUBSCRIBE")) <= 21


async def test_a_refresh_the_server_knows_nothing_of_begins_anew(server: Server) -> None:
    server.answers["SUBSCRIBE"] = lambda one: granting(600) if one.to.tag is None else (481, {})
    desk = await begun(server)
    server.notify(server.requests("SUBSCRIBE")[0], "<a/>", state="active;expires=600")
    await asyncio.sleep(485)
    tags = [one.to.tag for one in server.requests("SUBSCRIBE")]
    assert tags == [None, "srv", None]
    server.notify(server.requests("SUBSCRIBE")[-1], "<b/>")
    assert [body for _, body in desk.told] == [b"<a/>", b"<b/>"]


async def test_a_refresh_that_fails_for_now_lets_it_last_until_it_expires(server: Server) -> None:
    server.answers["SUBSCRIBE"] = lambda one: granting(600) if one.to.tag is None else (500, {})
    desk = await begun(server)
    server.notify(server.requests("SUBSCRIBE")[0], "<a/>", state="active;expires=600")
    await asyncio.sleep(550)
    assert desk.lost == []
    server.notify(server.requests("SUBSCRIBE")[0], "<b/>")
    assert len(desk.told) == 2


async def test_it_goes_on_over_another_connection_in_the_same_dialog(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<a/>")
    desk.subscription.offline()
    server.lose()
    await asyncio.sleep(30)
    server.open()
    desk.subscription.online()
    await settle()
    again = server.requests("SUBSCRIBE")[1]
    assert (again.call_id, again.to.tag) == (asked.call_id, "srv")
    server.notify(asked, "<b/>")
    assert [body for _, body in desk.told] == [b"<a/>", b"<b/>"]


async def test_one_that_expired_while_there_was_no_connection_begins_anew(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting(600)
    desk = await begun(server)
    server.notify(server.requests("SUBSCRIBE")[0], "<a/>", state="active;expires=600")
    desk.subscription.offline()
    server.lose()
    await asyncio.sleep(700)
    server.open()
    desk.subscription.online()
    await asyncio.sleep(5)
    assert [one.to.tag for one in server.requests("SUBSCRIBE")] == [None, None]


async def test_a_connection_that_breaks_while_it_asks_is_asked_over_the_next_one(server: Server) -> None:
    desk = await begun(server)
    server.lose()
    await settle()
    server.answers["SUBSCRIBE"] = granting()
    server.open()
    desk.subscription.online()
    await settle()
    server.notify(server.requests("SUBSCRIBE")[1], "<a/>")
    assert len(desk.told) == 1


async def test_unwanted_it_takes_leave_and_hears_nothing_more(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<a/>")
    await desk.subscription.close()
    assert server.requests("SUBSCRIBE")[-1].headers.get("Expires") == "0"
    server.notify(asked, "<b/>")
    assert (server.last.status, len(desk.told)) == (481, 1)


@pytest.mark.parametrize(
    ("tell", "status"),
    [
        (lambda server, asked: server.notify(asked, "<a/>", event="dialog"), 489),
        (lambda server, asked: server.notify(asked, "<a/>", state="active;expires=soon"), 400),
        (lambda server, asked: server.notify(asked, "<a/>", tag="stranger"), 481),
        (lambda server, asked: server.notify(asked, "<a/>", cseq=1), 500),
        (lambda server, asked: server.notify(asked, "<a/>", kind="text/html"), 200),
    ],
    ids=["other event", "garbled", "stranger", "old", "other kind"],
)
async def test_what_does_not_belong_to_it_is_refused_and_not_told(
    server: Server, tell: Callable[..., None], status: int
) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = await begun(server)
    asked = server.requests("SUBSCRIBE")[0]
    server.notify(asked, "<first/>", cseq=5)
    tell(server, asked)
    assert server.last.status == status
    assert [body for _, body in desk.told] == [b"<first/>"]


async def test_a_document_nobody_can_read_does_not_end_it(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = Desk(server)

    def choke(tag: str, kind: str, body: bytes) -> None:
        raise BadFrame("Nonsense.")

    object.__setattr__(desk.subscription.wanted, "told", choke)
    desk.subscription.online()
    await settle()
    server.notify(server.requests("SUBSCRIBE")[0], "nonsense")
    assert server.responses("NOTIFY") == [200]


async def test_silence_after_the_answer_is_asked_about_once(server: Server) -> None:
    server.answers["SUBSCRIBE"] = granting()
    desk = await begun(server)
    await asyncio.sleep(40)
    assert [one.to.tag for one in server.requests("SUBSCRIBE")] == [None, "srv"]
    await asyncio.sleep(2000)
    assert len(server.requests("SUBSCRIBE")) == 2
    server.notify(server.requests("SUBSCRIBE")[0], "<late/>")
    assert len(desk.told) == 1


async def test_a_server_that_never_answers_is_asked_again_later(server: Server) -> None:
    desk = await begun(server)
    await asyncio.sleep(60)
    assert len(server.requests("SUBSCRIBE")) == 2
    assert desk.refused == []


async def test_a_password_it_does_not_take_is_no_reason_to_go_on_asking(server: Server) -> None:
    challenge = {"WWW_Authenticate": 'Digest realm="pbx", nonce="n", algorithm=MD5, qop="auth-int"'}
    server.answers["SUBSCRIBE"] = (401, challenge)
    desk = await begun(server)
    await asyncio.sleep(10_000)
    assert len(desk.refused) == 1
    assert len(server.requests("SUBSCRIBE")) <= 3
