"""Calls handed over between our phone and two of JsSIP, each way; who stays hears whom it was handed to."""

import pytest

from tests.media.peers import Side
from tests.providers.sip.real.conftest import Names, Phones
from tests.providers.sip.real.ours import OUR_HZ, Ours, person
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallEnded, TransferRequested


async def test_we_hand_a_call_over_without_asking(ours: Ours, phones: Phones, user: Names) -> None:
    bob, carol = await phones("bob"), await phones("carol")
    await bob.do("dial", ours.user)
    ref = await ours.pick_up()
    await bob.hear("confirmed")
    await ours.provider.transfer(ref, person(user("carol")))
    assert user("carol") in (await bob.hear("refer"))["to"]
    assert (await carol.hear("incoming"))["from"] == user("bob")
    await carol.do("answer")
    ended = await ours.told(CallEnded)
    assert (ended.ref, ended.reason) == (ref, EndReason.TRANSFERRED)
    await bob.until_sound()
    await carol.until_sound()


async def test_we_hand_a_call_over_to_somebody_we_talk_to(ours: Ours, phones: Phones, user: Names) -> None:
    bob, carol = await phones("bob"), await phones("carol")
    await bob.do("dial", ours.user)
    first = await ours.pick_up()
    await bob.hear("confirmed")
    await ours.hold(first, True)
    second = await ours.begin(user("carol"))
    await carol.hear("incoming")
    await carol.do("answer")
    await ours.answered(2)
    await ours.provider.join(first, second)
    await bob.hear("refer")
    await carol.hear("replaces")
    await ours.told(CallEnded, 2)
    assert {event.reason for event in ours.all(CallEnded)} == {EndReason.TRANSFERRED}
    await bob.until_sound()
    await carol.until_sound()


async def test_somebody_hands_us_over_once_we_agree(
    ours: Ours, phones: Phones, user: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who handed us on leaves in the end, however long everything before it takes here.
    monkeypatch.setattr("tuiphone.providers.sip.referral.LEAVE_SECONDS", 300.0)
    bob, carol = await phones("bob"), await phones("carol")
    first = await ours.begin(user("bob"))
    await bob.hear("incoming")
    await bob.do("answer")
    await ours.answered()
    await bob.hear("confirmed")
    await bob.do("refer", user("carol"))
    asked = await ours.told(TransferRequested)
    assert (asked.ref, asked.to, asked.by) == (first, person(user("carol")), "transfer")
    side = Side(OUR_HZ)
    second = await ours.provider.follow(first, media=side.peer)
    ours.sides[second] = side
    assert (await carol.hear("incoming"))["from"] == ours.user
    await carol.do("answer")
    await ours.answered(2)
    await bob.hear("referred", how="accepted")
    await ours.hears(second)
    await carol.until_sound()
    await bob.do("hangUp")
    ended = await ours.told(CallEnded)
    assert (ended.ref, ended.reason) == (first, EndReason.TRANSFERRED)
