"""Contacts, presence and profiles (sections 4.4 and 11)."""

import pytest

from tests.simulator.vox.conftest import LogIn
from tests.simulator.vox.phone import Phone
from tests.simulator.vox.wire import Message
from tuiphone.simulator.vox import Vox


async def add(phone: Phone, *names: str, kind: int = 1) -> int:
    """Type 19; the return code."""
    return await phone.ret(19, [(2, len(names)), *[(3, name) for name in names], *[(4, kind) for _ in names]])


async def test_contacts_are_kept_in_order_with_their_kinds(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    assert await add(alice, "bob") == 1
    assert await add(alice, "0901234567", kind=0) == 6, "nobody of that name, but it stands"
    assert await add(alice, "carol", "echo") == 1
    reply = await alice.ask(23)
    assert (reply.num(3), reply.texts(2), reply.nums(4)) == (1, ["bob", "0901234567", "carol", "echo"], [1, 0, 1, 1])
    assert await alice.ret(25, [(2, "carol")]) == 1
    assert await alice.ret(25, [(2, "carol")]) == 1
    assert (await alice.ask(23)).texts(2) == ["bob", "0901234567", "echo"]


async def test_contacts_outlast_the_session(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    await add(alice, "bob")
    await alice.break_link()
    again = await log_in(vox, "alice", device="other")
    assert (await again.ask(23)).texts(2) == ["bob"]


async def test_a_known_entry_is_ret_6_and_ones_own_name_ret_4(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    assert [await add(alice, name) for name in ("bob", "bob", "nobody", "alice")] == [1, 6, 6, 4]
    assert (await alice.ask(23)).texts(2) == ["bob", "nobody"]


@pytest.mark.parametrize("names", [[], [""], ["a b"], ["x" * 65], ["a\u0000"], ["bob", ""]])
async def test_names_that_cannot_be_are_ret_21(vox: Vox, log_in: LogIn, names: list[str]) -> None:
    alice = await log_in(vox, "alice")
    assert await add(alice, *names) == 21


async def test_contacts_have_a_limit(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    assert await add(alice, *[f"user{n}" for n in range(1000)]) == 6
    assert await add(alice, "bob") == 10
    assert len((await alice.ask(23)).texts(2)) == 1000


async def test_who_is_signed_up_is_told_with_profiles(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    await bob.ret(63, [(2, [(1, "Bob B."), (2, "busy"), (3, "pic-1")])])
    reply = await alice.ask(21, [(2, 3), (3, "nobody"), (3, "bob"), (3, "carol")])
    assert (reply.num(2), reply.texts(3), reply.num(5)) == (2, ["bob", "carol"], 1)
    bobs, carols = reply.parts(4)
    assert [bobs.text(n) for n in (1, 2, 3, 4)] == ["Bob B.", "busy", "pic-1", "bob"]
    assert carols.text(4) == "carol"


async def test_presence_is_pushed_to_who_has_the_contact(vox: Vox, log_in: LogIn) -> None:
    alice, carol = await log_in(vox, "alice"), await log_in(vox, "carol")
    await add(alice, "bob")
    first = await log_in(vox, "bob", device="1")
    online = (await alice.expect(293)).part(2)
    assert (online.text(1), online.text(2), online.num(3) > 1_700_000_000_000) == ("bob", "ONLINE", True)
    second = await log_in(vox, "bob", device="2")
    await first.ret(291)
    await alice.settled()
    assert len(alice.got(293)) == 1, "only the first in and the last out"
    await second.break_link()
    assert (await alice.expect(293)).part(2).text(2) == "OFFLINE"
    await carol.settled()
    assert carol.got(293) == []


async def test_presence_can_be_asked(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    await bob.ret(63, [(2, [(2, "at lunch")])])
    reply = await alice.ask(61, [(2, "bob"), (2, "nobody"), (2, "carol"), (2, "echo")])
    found = [(one.text(1), one.text(2), one.text(4)) for one in reply.parts(2)]
    assert found == [("bob", "ONLINE", "at lunch"), ("carol", "OFFLINE", ""), ("echo", "ONLINE", "")]
    assert reply.num(3) == 1
    await add(alice, "carol")
    assert [one.text(1) for one in (await alice.ask(61)).parts(2)] == ["carol"], "without names: the contacts"


async def test_a_profile_is_kept_and_what_changed_is_pushed(vox: Vox, log_in: LogIn) -> None:
    alice, bob, carol = [await log_in(vox, name) for name in ("alice", "bob", "carol")]
    await add(alice, "bob")
    profile: Message = [(1, "Bob B."), (2, "hello")]
    assert await bob.ret(63, [(2, profile)]) == 1
    changed = await alice.expect(81)
    assert (changed.part(1).text(1), changed.text(2)) == ("bob", "bob")
    assert changed.part(3).fields == {1: [b"Bob B."], 2: [b"hello"]}
    await bob.ret(63, [(2, [(1, "Bob B."), (2, "")])])
    assert (await alice.expect(81)).part(3).fields == {2: [b""]}, "only what changed, and empty when it is cleared"
    await bob.ret(63, [(2, [(1, "Bob B.")])])
    reply = await carol.ask(65, [(2, "bob")])
    assert (reply.part(2).text(1), reply.part(2).text(4), reply.num(3)) == ("Bob B.", "bob", 1)
    assert await carol.ret(65, [(2, "nobody")]) == 5
    await alice.settled()
    await carol.settled()
    assert len(alice.got(81)) == 2
    assert carol.got(81) == []
