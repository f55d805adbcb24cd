"""Users of AZStack: found by name and by number, in one packet or several, and whether they are there."""

import asyncio
from typing import Any

import pytest

from tests.fakes import until
from tests.providers.azstack.server import PATIENCE, Connection, ScriptedServer, azstack, connected, told
from tests.providers.rig import Account
from tuiphone.core.errors import BadFrame, ConnectionLost, RequestFailed, RequestTimeout
from tuiphone.core.events import ConnectionChanged, PresenceChanged
from tuiphone.core.model import Address, AddressKind, Availability, Presence
from tuiphone.providers.azstack import people
from tuiphone.providers.azstack.messages import UserInfo

BOB = {"userId": 2, "username": "bob", "fullname": "Bob B", "status": 1, "lastVisitDate": 0}
CAROL = {"userId": 3, "username": "carol", "fullname": "Carol", "status": 0, "lastVisitDate": 1700000000000}
BOB_INFO = UserInfo(2, "bob", "Bob B", True, None)
ONLINE, OFFLINE = Availability.ONLINE, Availability.OFFLINE


def user(text: str) -> Address:
    return Address(AddressKind.USER, text)


def asking(work: Any) -> "asyncio.Task[Any]":
    return asyncio.create_task(work)


async def result(task: "asyncio.Task[Any]") -> Any:
    async with asyncio.timeout(PATIENCE):
        return await task


async def test_a_user_is_found_by_name() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("bob"))
        asked = await client.users(BOB)
        assert asked == {"purpose": asked["purpose"], "usernameList": ["bob"]}
        assert 0 < asked["purpose"] < 100_000
        assert await result(task) == BOB_INFO


async def test_letters_may_be_large_or_small_unless_both_are_somebody() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("BOB"))
        await client.users(CAROL, BOB)
        assert (await result(task)).user_id == 2
        task = asking(alice.provider._people.find("BOB"))
        await client.users(BOB, {**BOB, "userId": 22, "username": "BOB"})
        assert (await result(task)).user_id == 22


async def test_a_name_that_nobody_has_is_nobody() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("dave"))
        await client.users()
        assert await result(task) is None
        assert client.log.count(164) == 0


async def test_a_number_that_is_no_name_is_a_user_id() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("2"))
        await client.users()
        assert (await client.users(BOB, service=164))["userIdList"] == [2]
        assert await result(task) == BOB_INFO
        task = asking(alice.provider._people.find("77"))
        await client.users({**BOB, "userId": 99, "username": "77"})
        assert (await result(task)).user_id == 99


async def test_a_user_is_asked_for_by_number_once_a_connection() -> None:
    async with connected() as (_, client, alice):
        for _ in range(2):
            task = asking(alice.provider._people.by_id(2))
            if client.log.count(164) == 0:
                await client.users(BOB, service=164)
            assert await result(task) == BOB_INFO
        assert client.log.count(164) == 1
        task = asking(alice.provider._people.by_id(4))
        await client.users(service=164)
        assert await result(task) is None


async def test_an_answer_in_several_packets_is_joined() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("carol"))
        asked = await client.users(BOB, done=0)
        await client.say(165, r=1, done=0, purpose=asked["purpose"], userInfoList=[])
        # Other purposes, and the other service, are somebody else's.
        await client.say(165, r=1, done=1, purpose=asked["purpose"] + 1, userInfoList=[])
        await client.say(164, r=1, done=1, purpose=asked["purpose"], userInfoList=[])
        await client.say(165, r=1, done=1, purpose=asked["purpose"], userInfoList=[CAROL])
        assert (await result(task)).user_id == 3


async def test_an_answer_without_an_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_PACKETS", 3)
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("carol"))
        asked = await client.users(BOB, done=0)
        for _ in range(3):
            await client.say(165, r=1, done=0, purpose=asked["purpose"], userInfoList=[BOB])
        with pytest.raises(RequestFailed, match="far more users than were asked for"):
            await result(task)


async def test_what_is_known_by_number_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_KNOWN", 2)
    async with connected() as (_, client, alice):
        for number in range(1, 5):
            task = asking(alice.provider._people.by_id(number))
            await client.users({**BOB, "userId": number, "username": f"u{number}"}, service=164)
            await result(task)
        assert list(alice.provider._people._known) == [3, 4]


async def test_a_refusal_and_an_answer_that_cannot_be_read_fail_at_once() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("bob"))
        await client.users(r=2)
        with pytest.raises(RequestFailed, match="did not tell about users"):
            await result(task)
        task = asking(alice.provider._people.find("bob"))
        await client.hear(165)
        await client.say_body(165, "not JSON")
        with pytest.raises(BadFrame, match="Try again"):
            await result(task)


async def test_no_answer_is_an_error_after_the_request_timeout() -> None:
    async with connected(request_timeout=0.3) as (_, client, alice):
        with pytest.raises(RequestTimeout, match=r"within 0\.3 seconds"):
            await alice.provider._people.find("bob")
        # The late answer is nobody's, and the next question gets its own.
        await client.users(CAROL)
        task = asking(alice.provider._people.find("bob"))
        await client.users(BOB)
        assert (await result(task)).user_id == 2


async def test_one_question_of_a_kind_is_open_at_a_time() -> None:
    async with connected() as (_, client, alice):
        first, second = (asking(alice.provider._people.find(name)) for name in ("bob", "carol"))
        await until(lambda: client.heard(165), seconds=PATIENCE)
        other = asking(alice.provider._people.by_id(3))
        await client.users(CAROL, service=164)
        await result(other)
        assert len(client.heard(165)) == 1
        await client.users(BOB)
        await client.users(CAROL)
        assert [(await result(task)).username for task in (first, second)] == ["bob", "carol"]


async def test_a_question_ends_with_the_link() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider._people.find("bob"))
        await client.hear(165)
        client.drop()
        with pytest.raises(ConnectionLost, match="lost meanwhile"):
            await result(task)


# -- presence -------------------------------------------------------------------------------------------------------


async def watch(client: Connection, alice: Account, *names: str, found: Any = (BOB, CAROL)) -> None:
    task = asking(alice.provider.presence([user(name) for name in names]))
    await client.users(*found)
    await result(task)


async def test_presence_is_asked_for_at_once_and_again() -> None:
    async with connected(presence_interval=0.05) as (_, client, alice):
        telephone = Address(AddressKind.PHONE, "84912345678")
        task = asking(alice.provider.presence([user("bob"), user("carol"), telephone, user("bob")]))
        asked = await client.users(BOB, CAROL)
        assert asked["usernameList"] == ["bob", "carol"]
        await result(task)
        first, second = alice.all(PresenceChanged)
        assert (first.who, first.presence) == (user("bob"), Presence(ONLINE))
        assert (second.who, second.presence.availability) == (user("carol"), OFFLINE)
        assert (second.presence.note or "").startswith("last here 2023-11-1")
        await client.users(BOB, CAROL)
        await client.users({**BOB, "status": 0}, CAROL)
        changed = await told(alice, PresenceChanged, 3)
        assert (changed.who, changed.presence) == (user("bob"), Presence(OFFLINE))
        # Somebody who is left out of the answer is nobody any more.
        await client.users(CAROL)
        assert (await told(alice, PresenceChanged, 4)).presence == Presence()


async def test_nothing_is_told_of_those_the_server_does_not_know() -> None:
    async with connected() as (_, client, alice):
        await watch(client, alice, "dave", "bob", found=[BOB])
        assert [event.who for event in alice.all(PresenceChanged)] == [user("bob")]


async def test_a_contact_may_be_a_number() -> None:
    async with connected() as (_, client, alice):
        task = asking(alice.provider.presence([user("2"), user("dave"), user("carol")]))
        await client.users(CAROL)
        assert (await client.users(BOB, service=164))["userIdList"] == [2]
        await result(task)
        assert [event.who for event in alice.all(PresenceChanged)] == [user("2"), user("carol")]


async def test_many_are_asked_about_in_several_packets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "CHUNK", 2)
    monkeypatch.setattr(people, "AT_ONCE", 3)
    async with connected() as (_, client, alice):
        task = asking(alice.provider.presence([user(f"u{n}") for n in range(5)]))
        for names in (["u0", "u1"], ["u2"]):
            assert (await client.users())["usernameList"] == names
        await result(task)
        # The others come by themselves.
        for names in (["u0", "u1"], ["u2", "u3"], ["u4"]):
            assert (await client.users())["usernameList"] == names


async def test_those_watched_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "MAX_WATCHED", 2)
    async with connected() as (_, client, alice):
        await watch(client, alice, "bob", "carol", "dave")
        await alice.provider.presence([user("erin")])
        assert client.log.count(165) == 1


async def test_presence_is_asked_for_again_after_a_reconnection() -> None:
    async with ScriptedServer() as server, azstack(server.url) as alice:
        alice.start()
        client = await server.accept()
        await told(alice, ConnectionChanged)
        await watch(client, alice, "bob", found=[BOB])
        client.drop()
        await asyncio.wait({alice.running})
        alice.start()
        client = await server.accept()
        await client.users(BOB)
        # The screens have forgotten everybody meanwhile, so that it is told although it did not change.
        assert (await told(alice, PresenceChanged, 2)).presence == Presence(ONLINE)


async def test_a_server_that_does_not_tell_is_asked_again() -> None:
    async with connected(presence_interval=0.05) as (_, client, alice):
        task = asking(alice.provider.presence([user("bob")]))
        await client.users(r=0)
        with pytest.raises(RequestFailed):
            await result(task)
        await client.users(r=0)
        await client.users(BOB)
        assert (await told(alice, PresenceChanged)).presence == Presence(ONLINE)
