"""Vox's accounts against the simulator, which was written from the same protocol by another reading of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.fakes import FakeMemory, until
from tests.providers.rig import Account, SdpMedia, account
from tests.providers.vox.server import PATIENCE, told
from tuiphone.core.errors import AccessDenied, RequestFailed
from tuiphone.core.events import CallRang, ConnectionChanged, ContactsChanged, PresenceChanged, ProviderFaulted
from tuiphone.core.model import Address, AddressKind, Availability, CallRecord, Presence, RecordResult
from tuiphone.core.secret import Secret
from tuiphone.providers.vox.client import Vox
from tuiphone.providers.vox.settings import Settings
from tuiphone.simulator.vox import Vox as Simulated

BOB, DAVE = Address(AddressKind.USER, "bob"), Address(AddressKind.USER, "dave")
ONLINE, OFFLINE = Availability.ONLINE, Availability.OFFLINE


class Stage:
    """A simulator, and accounts at it."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.vox: Simulated

    async def open(self, **switches: Any) -> None:
        """Start the simulator."""
        self.vox = Simulated("127.0.0.1", {"port": 0, **switches})
        await self.vox.start()
        self._stack.push_async_callback(self.vox.close)

    async def make(self, user: str, memory: FakeMemory | None = None, **more: Any) -> Account:
        """An account with the settings that the simulator would write into a file."""
        given = {key: value for key, value in self.vox.account(user).items() if key != "provider"}
        given |= {"password": Secret(given["password"]), "auth_token": Secret(given["auth_token"])}
        return await self._stack.enter_async_context(account(Settings(**(given | more)), memory, kind=Vox))

    async def join(self, user: str, memory: FakeMemory | None = None, **more: Any) -> Account:
        """An account that is logged in."""
        made = await self.make(user, memory, **more)
        made.start()
        await told(made, ConnectionChanged)
        return made


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        made = Stage(stack)
        await made.open()
        yield made


async def seen(who: Account, address: Address, presence: Presence) -> None:
    """Wait until this is the last that was told of somebody."""

    def is_so() -> bool:
        last = [event.presence for event in who.all(PresenceChanged) if event.who == address]
        return bool(last) and last[-1] == presence

    await until(is_so, seconds=PATIENCE)


@pytest.mark.parametrize(
    ("more", "code"),
    [({"password": Secret("wrong")}, "401"), ({"username": "nobody"}, "401"), ({"project_id": "pid_other"}, "800")],
)
async def test_who_is_not_known_is_not_let_in(stage: Stage, more: dict[str, Any], code: str):
    alice = await stage.make("alice", **more)
    with pytest.raises(AccessDenied, match=code):
        await alice.start()


async def test_people_are_added_seen_and_removed(stage: Stage):
    alice = await stage.join("alice")
    await alice.provider.add_contact(BOB)
    await alice.provider.add_contact(BOB)  # who is there already does no harm
    (contact,) = await alice.provider.contacts()
    assert contact.addresses[0].address == BOB
    await alice.provider.presence([BOB])
    bob = await stage.join("bob", name="Bob B")
    await seen(alice, BOB, Presence(ONLINE))
    await until(lambda: alice.all(ContactsChanged)[-1].contacts[0].name == "Bob B", seconds=PATIENCE)
    await bob.provider.publish(Presence(note="at lunch"))
    await seen(alice, BOB, Presence(ONLINE, "at lunch"))
    await bob.provider.publish(Presence())
    await seen(alice, BOB, Presence(ONLINE))
    await bob.stop()
    await seen(alice, BOB, Presence(OFFLINE))
    await alice.provider.remove_contact(BOB)
    assert list(await alice.provider.contacts()) == []


async def test_nobody_is_on_their_own_roster(stage: Stage):
    alice = await stage.join("alice")
    with pytest.raises(RequestFailed, match="409"):
        await alice.provider.add_contact(Address(AddressKind.USER, "alice"))


@pytest.mark.parametrize("shape", ["data", "flat"])
async def test_a_user_is_made_seen_by_who_waits_for_them_and_deleted(shape: str):
    async with AsyncExitStack() as stack:
        stage = Stage(stack)
        await stage.open(rest_shape=shape)
        alice = await stage.join("alice")
        await alice.provider.add_contact(DAVE)
        await alice.provider.presence([DAVE])
        changes = await alice.provider.create_user("dave", "a password")
        # Somebody of the roster is a user now (type 5): they are looked at anew.
        await until(lambda: alice.count(ContactsChanged) == 2, seconds=PATIENCE)
        dave = await stage.join("dave", password=Secret(str(changes["password"])))
        await seen(alice, DAVE, Presence(ONLINE))
        with pytest.raises(RequestFailed, match="Is the name taken"):
            await alice.provider.create_user("dave", "another")
        await alice.provider.delete_user("dave")
        await asyncio.wait([dave.running], timeout=PATIENCE)
        assert dave.running.done()
        with pytest.raises(RequestFailed, match="Is there such a user"):
            await alice.provider.delete_user("dave")


async def test_a_wrong_token_makes_nobody(stage: Stage):
    alice = await stage.make("alice", auth_token=Secret("not the token"))
    with pytest.raises(RequestFailed, match="Check project_id and auth_token"):
        await alice.provider.create_user("dave", "a password")


async def test_another_device_of_ours_is_told_of_and_both_stay(stage: Stage):
    first = await stage.join("alice")
    second = await stage.join("alice")
    assert "another device" in (await told(first, ProviderFaulted)).detail
    assert list(await first.provider.contacts()) == list(await second.provider.contacts()) == []


async def test_the_same_device_elsewhere_takes_our_place(stage: Stage):
    memory = FakeMemory()
    first = await stage.join("alice", memory)
    second = await stage.join("alice", memory)
    with pytest.raises(AccessDenied, match="this very device"):
        await first.running
    assert list(await second.provider.contacts()) == []


async def test_servers_between_the_peers_come_from_the_simulator():
    async with AsyncExitStack() as stack:
        stage = Stage(stack)
        switches = {"stun": "127.0.0.1:3478", "turn": "127.0.0.1:3479", "turn_user": "u", "turn_password": "p"}
        await stage.open(**switches)
        alice = await stage.join("alice")
        servers = await alice.provider._session.ice()
        assert {url.split("?")[0] for server in servers for url in server.urls} == {
            "stun:127.0.0.1:3478",
            "turn:127.0.0.1:3479",
        }


@pytest.mark.parametrize("base", [0, 1])
async def test_past_calls_come_page_by_page_whatever_is_counted_from(base: int):
    async with AsyncExitStack() as stack:
        stage = Stage(stack)
        await stage.open(history_base=base)
        alice = await stage.join("alice")
        assert await alice.provider.history() == ()
        refs = []
        for nth in range(1, 6):
            refs.append(await alice.provider.dial(Address(AddressKind.USER, "silent"), media=SdpMedia()))
            await told(alice, CallRang, nth)
            await alice.provider.hangup(refs[-1])
        found: list[CallRecord] = []
        before: float | None = None
        # As the history does it: a little over the edge, until nothing is new.
        while fresh := [each for each in await alice.provider.history(before=before, limit=2) if each not in found]:
            found += fresh
            before = fresh[-1].started_at + 0.001
        # The records have the refs of the calls, so that the history makes one row of both.
        assert [record.ref for record in found] == list(reversed(refs))
        assert {(record.peer.text, record.result) for record in found} == {("silent", RecordResult.NOT_ANSWERED)}
        assert not alice.count(ProviderFaulted)


async def test_a_project_without_history_says_so_once():
    async with AsyncExitStack() as stack:
        stage = Stage(stack)
        await stage.open(history=0)
        alice = await stage.join("alice")
        assert await alice.provider.history() == await alice.provider.history() == ()
        assert alice.count(ProviderFaulted) == 1
