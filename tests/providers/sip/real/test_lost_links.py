"""The network, or a server, goes away in the middle of things: we are registered again, and the call is heard again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.media.peers import cut
from tests.providers.sip.real.conftest import Names, Other, Phones
from tests.providers.sip.real.ours import Ours
from tests.rigs.cable import Cable
from tests.rigs.kamailio import Kamailio, cluster
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallEnded, CallInterrupted, ConnectionChanged


@asynccontextmanager
async def kept_online(phone: Ours) -> AsyncIterator[None]:
    """As the phone's core does it: who is offline is brought online again."""

    async def keep() -> None:
        while True:
            assert phone.running is not None
            await asyncio.wait([phone.running])
            await asyncio.sleep(0.1)
            phone.start()

    keeping = asyncio.create_task(keep())
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


@pytest.mark.parametrize("how", [Cable.pull, Cable.deaden], ids=["cut", "dead"])
async def test_a_call_is_heard_again_when_the_network_is_back(
    kamailio: Kamailio, other: Other, phones: Phones, user: Names, how: Callable[[Cable], None]
) -> None:
    bob = await phones("bob")
    async with Cable.laid(kamailio.port) as cable:
        ours = await other("alice", server=cable.url, keep_alive=5)
        async with kept_online(ours):
            ref = await ours.begin(user("bob"))
            await bob.hear("incoming")
            await bob.do("answer")
            await ours.answered()
            await ours.hears(ref)

            how(cable)
            await ours.until(lambda: ours.count(CallInterrupted))
            assert ours.all(CallInterrupted)[-1] == CallInterrupted(ref, True)
            await bob.do("sound")
            count = ours.count(ConnectionChanged)
            cable.plug()
            await ours.until(lambda: ours.count(ConnectionChanged) > count)
            await bob.hear("reinvite")
            await ours.until(lambda: ours.all(CallInterrupted)[-1] == CallInterrupted(ref, False))
            await ours.hears(ref)
            await bob.until_sound()

            await bob.do("hangUp")
            assert (await ours.told(CallEnded)).reason is EndReason.REMOTE_HUNG_UP


async def test_a_call_whose_sound_alone_is_cut_is_heard_again(
    ours: Ours, phones: Phones, user: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuiphone.media.alarms.SILENCE_S", 1.0)
    bob = await phones("bob")
    ref = await ours.begin(user("bob"))
    await bob.hear("incoming")
    await bob.do("answer")
    await ours.answered()
    await ours.hears(ref)
    await bob.until_sound()

    cut(ours.sides[ref])
    await bob.hear("reinvite")
    await ours.until(lambda: ours.all(CallInterrupted)[-1] == CallInterrupted(ref, False))
    await ours.hears(ref)
    await bob.do("sound")
    await bob.until_sound()
    assert ours.all(CallInterrupted)[0] == CallInterrupted(ref, True)
    await ours.provider.hangup(ref)


async def test_another_edge_server_takes_over_when_one_dies(tmp_path: Path, user: Names) -> None:
    with cluster(tmp_path) as (first, second):
        async with (
            Ours.at(first.url, user("alice"), servers=(second.url,)) as ours,
            Ours.at(second.url, user("bob"), servers=(first.url,)) as bob,
            kept_online(ours),
        ):
            await ours.until(lambda: second.contacts(ours.user))
            ref = await ours.begin(bob.user)
            theirs = await bob.pick_up()
            await ours.answered()
            await ours.hears(ref)
            first.kill()
            # The call goes on by way of the other server, over another connection.
            await ours.until(lambda: ours.count(CallInterrupted) == 2)
            await ours.hears(ref)
            await ours.provider.hangup(ref)
            await bob.until(lambda: bob.count(CallEnded))
            assert bob.all(CallEnded)[0] == CallEnded(theirs, EndReason.REMOTE_HUNG_UP)

            await bob.begin(ours.user)
            ref = await ours.pick_up()
            await bob.answered(2)
            await ours.hears(ref)
