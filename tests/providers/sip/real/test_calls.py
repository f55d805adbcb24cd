"""Calls through Kamailio with JsSIP in Chromium: who speaks at one end is heard at the other."""

from collections.abc import Callable
from typing import Any

from tests.providers.sip.real.ours import Ours
from tuiphone.core.events import CallEnded, CallRang

Theirs = Callable[..., Any]


async def test_we_call_a_browser_and_each_hears_the_other(
    ours: Ours, theirs: Theirs, user: Callable[[str], str]
) -> None:
    bob = await theirs("bob")
    ref = await ours.begin(user("bob"))
    assert (await bob.hear("incoming"))["from"] == ours.user
    await ours.told(CallRang)
    await bob.do("answer")
    await ours.answered()
    await ours.hears(ref)
    await bob.until_sound()
    await ours.provider.hangup(ref)
    assert (await bob.hear("ended"))["originator"] == "remote"


async def test_a_browser_calls_us_and_each_hears_the_other(ours: Ours, theirs: Theirs) -> None:
    bob = await theirs("bob")
    await bob.do("dial", ours.user)
    ref = await ours.pick_up()
    await ours.hears(ref)
    await bob.until_sound()
    await bob.do("hangUp")
    await ours.told(CallEnded)
