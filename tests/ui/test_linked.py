"""Calls of two accounts that become one: screens go on with it, and say where to pick up what is not here."""

from dataclasses import replace

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.look import EVERY_LOOK, Compare, Look
from tests.ui.samples import EVERYTHING, RECORDS, account, call, state
from tests.ui.stage import Stage, opened
from tuiphone.core.call import CallDirection, CallId, CallState
from tuiphone.core.capability import ANSWER_THERE, HANG_UP_THERE, Capability
from tuiphone.core.model import Address, AddressKind
from tuiphone.ui.screens.incoming import IncomingPopup

NUMBER = Address(AddressKind.PHONE, "+84901234567")
COMMANDS = Capability.DIAL_PHONE | Capability.RECEIVE | Capability.TRANSFER | Capability.FORWARD
ACCOUNTS = (
    account("desk", provider="voip24h", capabilities=COMMANDS, identity="101", numbers=()),
    account("sip", provider="sip", capabilities=EVERYTHING, numbers=()),
)
CONTROL, INTO = CallId("desk", "d1"), CallId("sip", "s1")


def phone(*calls: object) -> FakePhone:
    return FakePhone(state(*calls, accounts=ACCOUNTS), records=RECORDS)  # type: ignore[arg-type]


async def test_the_call_page_goes_on_with_a_dial_that_rang_here() -> None:
    made = phone()
    made.waits_for.add("dial")
    waiting = call(CallState.DIALING, NUMBER, "d1", account="desk", awaits="sip", caller="101")
    joined = replace(waiting, id=INTO, control=CONTROL, awaits=None, state=CallState.ACTIVE, media="connected")
    async with opened(made) as stage:
        await stage.type("0901234567")
        await stage.press("enter")
        await stage.tell(replace(made.state, calls=(waiting,)))
        await stage.until(lambda: stage.page == "call")
        await stage.sees("the PBX is to ring sip")
        await stage.sees("x hang up")
        line = stage.app.query("CallLine").first()
        await stage.tell(replace(made.state, calls=(joined,)))
        await stage.sees("call from desk by sip")
        assert stage.page == "call"
        assert stage.app.query("CallLine").first() is line, "its line is the same"
        await stage.press("f3")
        made.dialled = INTO
        made.slow.set()
        await stage.settle()
        assert stage.page == "contacts", "what the engine replies in the end takes nobody away from where they are"
        await stage.press("alt+x")
        await stage.hears("hangup", "s1")


@pytest.mark.usefixtures("_hears_at_once")
async def test_the_popup_of_a_call_that_gets_its_sound_is_the_same_and_tells_once() -> None:
    told = call(CallState.INCOMING, NUMBER, "d1", account="desk", awaits="sip")
    made = phone()
    async with opened(made) as stage:
        await stage.tell(replace(made.state, calls=(told,)))
        await stage.until(lambda: isinstance(stage.app.screen, IncomingPopup))
        await stage.sees("Silence")
        assert "Answer" not in stage.text
        await stage.press("i")
        await stage.until(lambda: not isinstance(stage.app.screen, IncomingPopup))
        rings = replace(told, id=INTO, control=CONTROL, awaits=None)
        await stage.tell(replace(made.state, calls=(rings,)))
        await stage.settle()
        assert not isinstance(stage.app.screen, IncomingPopup), "who put it aside under its other name meant it"


async def test_what_rings_at_a_desk_phone_is_answered_and_ended_there() -> None:
    rings = call(CallState.INCOMING, NUMBER, "d1", account="desk")
    made = phone(rings)
    async with opened(made) as stage:
        await stage.sees(ANSWER_THERE)
        await stage.sees("Forward")
        assert "Reject" not in stage.text
        await stage.tell(replace(made.state, calls=(replace(rings, state=CallState.ACTIVE),)))
        await stage.until(lambda: any("answered on your desk phone" in toast for toast in stage.toasts))
        await stage.press("f9")
        await stage.sees("the sound is at your desk phone")
        await stage.press("x")
        await stage.until(lambda: HANG_UP_THERE in stage.toasts)
        assert not made.told("hangup")


async def test_a_dial_that_a_person_picks_up_says_what_it_is() -> None:
    rings = call(CallState.INCOMING, NUMBER, "s1", account="sip", control=CONTROL)
    rings = replace(rings, direction=CallDirection.OUTGOING)
    async with opened(phone(rings)) as stage:
        await stage.sees("Your own call")
        await stage.sees("Audio call from desk by sip")
        await stage.sees("The PBX rings you first")


@EVERY_LOOK
def test_a_call_that_rings_at_the_desk_phone(looks_as_before: Compare, look: Look) -> None:
    rings = call(CallState.INCOMING, NUMBER, "d1", account="desk", facts=(("Line", "main"),))

    async def steps(stage: Stage) -> None:
        await stage.sees(ANSWER_THERE)
        await stage.until(lambda: stage.app.cards.known(rings.id))

    assert looks_as_before(phone(rings), look, steps)


@EVERY_LOOK
def test_a_call_with_its_sound_at_another_account(looks_as_before: Compare, look: Look) -> None:
    facts = (("Status", "accepted by the PBX"), ("Far side", "answered"))
    talking = call(CallState.ACTIVE, NUMBER, "s1", account="sip", control=CONTROL, reached=True, facts=facts)

    async def steps(stage: Stage) -> None:
        await stage.sees("call from desk by sip")

    assert looks_as_before(phone(talking), look, steps)
