"""A call whose sound gets another way, by a re-INVITE of either side: a browser takes it, and both are heard again."""

from tests.media.peers import is_silent
from tests.providers.sip.real.conftest import Names, Phones
from tests.providers.sip.real.ours import Ours


async def test_the_sound_moves_to_another_connection_by_an_offer_of_ours_and_of_the_browser(
    ours: Ours, phones: Phones, user: Names
) -> None:
    bob = await phones("bob")
    ref = await ours.begin(user("bob"))
    await bob.hear("incoming")
    await bob.do("answer")
    await ours.answered()
    await ours.hears(ref)
    peer, line = ours.sides[ref].peer, ours.sides[ref].line
    call = ours.provider._desk.find(ref)

    async def moves_on(before: object) -> None:
        await ours.until(lambda: peer._link is not before and peer._link.state == "connected" and not peer._old)
        line.heard.clear()
        await ours.until(lambda: len(line.heard) > 100 and not is_silent(line.last(1)))
        await bob.until_sound()

    first = peer._link
    await call.renegotiation.renegotiate(fresh=True)
    await moves_on(first)
    second = peer._link
    await bob.do("restart")
    await moves_on(second)
