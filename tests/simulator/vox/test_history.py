"""The history of calls that the server keeps (section 10)."""

import pytest

from tests.simulator.vox.conftest import LogIn, Serve
from tests.simulator.vox.phone import Phone
from tests.simulator.vox.wire import Body
from tuiphone.simulator.vox import Vox


def ids(page: Body) -> list[str]:
    """The calls of a page."""
    return [one.text(2) for one in page.parts(2)]


async def calls_of(alice: Phone, count: int) -> list[str]:
    """Calls to bob that alice gave up; the newest first."""
    refs = [await alice.call("bob") for _ in range(count)]
    for ref in refs:
        await alice.end(ref, "bob")
    return refs[::-1]


async def test_each_side_sees_a_call_its_way(vox: Vox, log_in: LogIn) -> None:
    alice, bob, carol = [await log_in(vox, name) for name in ("alice", "bob", "carol")]
    ref = await alice.call("bob", kind=2)
    await bob.expect(195)
    await bob.answer(ref, "alice")
    assert (await alice.history()).num(4) == 0, "not before it is over"
    await alice.end(ref, "bob")
    page = await alice.history()
    assert (page.num(3), page.num(4), page.num(5)) == (100, 1, 1)
    [ours], [theirs] = page.parts(2), (await bob.history()).parts(2)
    assert [ours.text(n) for n in (1, 2, 3, 4)] == ["alice", ref, "alice", "bob"]
    assert [theirs.text(n) for n in (1, 2, 3, 4)] == ["bob", ref, "alice", "bob"]
    assert [ours.num(n) for n in (5, 6, 7)] == [2, 1, 2]
    assert [theirs.num(n) for n in (5, 6, 7)] == [2, 2, 2]
    assert ours.num(8) <= ours.num(10) <= ours.num(9)
    assert (await carol.history()).num(4) == 0


async def test_what_nobody_answered_is_missed(vox: Vox, log_in: LogIn) -> None:
    alice, bob = await log_in(vox, "alice"), await log_in(vox, "bob")
    declined, given_up = await alice.call("bob"), await alice.call("bob")
    await bob.end(declined, "alice", "User busy")
    await alice.end(given_up, "bob")
    for phone, direction in ((alice, 1), (bob, 2)):
        items = (await phone.history()).parts(2)
        assert [(one.num(5), one.num(6), one.num(7), one.num(10)) for one in items] == [(1, direction, 1, 0)] * 2


async def test_calls_with_telephones_are_of_their_own_kind(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    out = await alice.dial("+0901234569", "v=0")
    await alice.ret(247, [(4, out)])
    into = vox.calls.inbound("alice", "0901234567").ref
    await alice.expect(241)
    await alice.ret(247, [(4, into)])
    first, second = (await alice.history()).parts(2)
    assert [first.text(n) for n in (2, 3, 4)] == [into, "0901234567", "alice"]
    assert [second.text(n) for n in (2, 3, 4)] == [out, "alice", "0901234569"]
    assert [(one.num(5), one.num(6), one.num(7)) for one in (first, second)] == [(4, 2, 1), (4, 1, 1)]


async def test_it_comes_in_pages_newest_first(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    refs = await calls_of(alice, 5)
    assert ids(await alice.history()) == refs
    page = await alice.history(2, 1)
    assert (ids(page), page.num(3), page.num(4)) == (refs[1:3], 2, 5)
    assert ids(await alice.history(2, 4)) == refs[4:]
    beyond = await alice.history(2, 5)
    assert (ids(beyond), beyond.num(4), beyond.num(5)) == ([], 5, 1)
    assert ids(await alice.history(2, 2**32 - 1)) == []


async def test_it_can_count_from_1(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(history_base=1)
    alice = await log_in(vox, "alice")
    refs = await calls_of(alice, 3)
    assert ids(await alice.history(1, 1)) == refs[:1]
    assert ids(await alice.history(1, 0)) == refs[:1]
    assert ids(await alice.history(2, 2)) == refs[1:]


async def test_it_can_be_of_one_other_party(vox: Vox, log_in: LogIn) -> None:
    alice = await log_in(vox, "alice")
    await calls_of(alice, 1)
    other = await alice.call("carol")
    await alice.end(other, "carol")
    page = await alice.history(other="carol")
    assert (ids(page), page.num(4)) == ([other], 1)


@pytest.mark.parametrize("size", [0, 101, 2**32 - 1])
async def test_a_page_has_from_1_to_100(vox: Vox, log_in: LogIn, size: int) -> None:
    alice = await log_in(vox, "alice")
    assert (await alice.history(size)).num(5) == 21
    assert (await alice.history(100)).num(5) == 1


async def test_it_can_be_switched_off(serve: Serve, log_in: LogIn) -> None:
    vox = await serve(history=0)
    alice = await log_in(vox, "alice")
    assert (await alice.history()).num(5) == 30
