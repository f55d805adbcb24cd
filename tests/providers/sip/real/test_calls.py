"""Calls through Kamailio with JsSIP in Chromium: who speaks at one end is heard at the other."""

from dataclasses import replace

from tests.fakes import soon
from tests.providers.sip.real.conftest import Names, Other, Phones
from tests.providers.sip.real.ours import Ours, person
from tuiphone.core.call import EndReason
from tuiphone.core.events import CallEnded, CallHeldByPeer, CallRang, CallStarted, DigitsHeard


def keys_of(phone: Ours, ref: str) -> str:
    """What the far side pressed in this call, by INFO."""
    return "".join(event.digits for event in phone.all(DigitsHeard) if event.ref == ref)


def heard_keys(phone: Ours, ref: str) -> str:
    """What the far side pressed in this call, within the sound (RFC 4733)."""
    return "".join(change.digits for change in phone.sides[ref].changes)


async def ended(phone: Ours, ref: str) -> tuple[EndReason, str | None]:
    """How this call ended, once it has."""
    await phone.until(lambda: any(event.ref == ref for event in phone.all(CallEnded)))
    return next((event.reason, event.detail) for event in phone.all(CallEnded) if event.ref == ref)


async def test_we_call_a_browser_and_each_hears_the_other_holds_and_resumes(
    ours: Ours, phones: Phones, user: Names
) -> None:
    bob = await phones("bob")
    ref = await ours.begin(user("bob"))
    assert (await bob.hear("incoming"))["from"] == ours.user
    await ours.told(CallRang)
    await bob.do("answer")
    await ours.answered()
    await ours.hears(ref)
    await bob.until_sound()

    await ours.hold(ref, True)
    await bob.hear("hold", originator="remote")
    await bob.until_sound(False)
    await ours.hold(ref, False)
    await bob.hear("unhold", originator="remote")
    await bob.until_sound()

    await bob.do("hold")
    assert (await ours.told(CallHeldByPeer)).on
    await ours.hears(ref, False)
    await bob.do("unhold")
    assert not (await ours.told(CallHeldByPeer, 2)).on
    await ours.hears(ref)

    await ours.provider.hangup(ref)
    await bob.hear("ended", originator="remote")
    assert await ended(ours, ref) == (EndReason.HUNG_UP, None)


async def test_a_browser_calls_us_presses_keys_and_gets_a_picture_later(
    ours: Ours, phones: Phones, user: Names
) -> None:
    bob = await phones("bob", display_name="Bob")
    await bob.do("dial", ours.user)
    ref = await ours.pick_up()
    started = ours.all(CallStarted)[0]
    assert (started.peer, started.video) == (replace(person(user("bob")), name="Bob"), False)
    await ours.hears(ref)
    await bob.until_sound()

    await bob.do("press", "1#")
    await ours.until(lambda: heard_keys(ours, ref) == "1#")
    await bob.do("press", "9", False)
    await ours.until(lambda: keys_of(ours, ref) == "9")

    await ours.provider.camera(ref, True)
    await bob.hear("reinvite")
    await bob.until(lambda sound: sound["frames"] > 0)
    await bob.until_sound()

    await bob.do("hangUp")
    assert (await ended(ours, ref))[0] is EndReason.REMOTE_HUNG_UP


async def test_keys_that_we_press_arrive_by_info(phones: Phones, user: Names, other: Other) -> None:
    bob, ours = await phones("bob"), await other("dave", dtmf="info")
    await bob.do("dial", ours.user)
    ref = await ours.pick_up()
    await bob.hear("confirmed")
    await ours.provider.dtmf(ref, "5*")
    assert [(await bob.hear("digit", originator="remote"))["digit"] for _ in "5*"] == ["5", "*"]


async def test_calls_that_nobody_takes_end_with_their_reason_at_both_ends(
    ours: Ours, phones: Phones, user: Names
) -> None:
    bob = await phones("bob")
    refused = await ours.begin(user("bob"))
    await bob.hear("incoming")
    await bob.do("refuse", 486)
    assert (await ended(ours, refused))[0] is EndReason.BUSY

    given_up = await ours.begin(user("bob"))
    await bob.hear("incoming")
    await ours.told(CallRang, 2)
    await ours.provider.hangup(given_up)
    assert (await bob.hear("failed", originator="remote"))["cause"] == "Canceled"
    assert (await ended(ours, given_up))[0] is EndReason.CANCELLED

    await bob.do("dial", ours.user)
    missed = await ours.ring()
    await bob.hear("progress")
    await bob.do("hangUp")
    assert (await ended(ours, missed))[0] is EndReason.MISSED

    await bob.do("dial", ours.user)
    ours_refused = await ours.ring(2)
    await soon(ours.provider.reject(ours_refused))
    assert (await bob.hear("failed", originator="remote"))["status"] in (486, 603)

    nobody = await ours.begin(user("nobody"))
    assert (await ended(ours, nobody))[0] is EndReason.UNREACHABLE
