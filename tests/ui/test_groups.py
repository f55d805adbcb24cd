"""Group calls on the screen: called from the contacts and from the number field, shown with who is in them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import EVERYTHING, HOSTILE, C, account, call, person, state
from tests.ui.stage import Stage, opened
from tests.ui.test_contacts import at_contacts
from tests.ui.test_pictures import colours
from tuiphone.control.history import Suggestion
from tuiphone.control.pictures import Side
from tuiphone.core.call import Attendance, Call, CallDirection, CallState, Participant
from tuiphone.core.frames import FrameWriter
from tuiphone.core.model import Address, AddressKind, room

VOX = account("vox", provider="vox", capabilities=EVERYTHING & ~C.TRANSFER & ~C.HOLD | C.GROUP, numbers=())
PEOPLE = (
    person(1, "Bob Builder", "bob @vox"),
    person(2, "Carol Singer", "home: +84 90 000 00 01", "carol @vox"),
    person(3, "Help desk", "+84 24 7300 0999"),
)


def user(name: str, shown: str | None = None) -> Address:
    return Address(AddressKind.USER, name, shown)


US = Participant(user("me"), Attendance.JOINED, is_us=True)
BOB = Participant(user("bob", "Bob Builder"), Attendance.JOINED, muted=True)
CAROL = Participant(user("carol"), Attendance.INVITED)
DAVE = Participant(user("dave", HOSTILE), Attendance.LEFT)


def group(state_: CallState = CallState.ACTIVE, *, title: str | None = None, **more: Any) -> Call:
    people = more.pop("participants", (US, BOB, CAROL, DAVE))
    peer = room(title, [one.address for one in people if not one.is_us])
    return call(state_, peer, account="vox", participants=people, **more)


def phone_with(*calls: Call, **more: Any) -> FakePhone:
    phone = FakePhone(state(*calls, accounts=more.pop("accounts", (VOX, account("work")))))
    phone.people = PEOPLE
    return phone


# -- calling together -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "video"), [("c", False), ("v", True)])
async def test_marked_people_are_called_together(key: str, video: bool) -> None:
    async with opened(phone_with()) as stage:
        contacts = await at_contacts(stage)
        assert "call together" not in stage.text
        await stage.press("space", "space")
        assert "✓  · Bob" in stage.text or "✓" in next(line for line in stage.text.splitlines() if "Bob" in line)
        await stage.sees("3 contacts, 2 marked")
        await stage.sees("c call together")
        await stage.press(key)
        await stage.hears("dial", "bob, carol", "vox", video, None)
        assert not contacts.marked


async def test_marks_are_taken_back_one_by_one_and_all_at_once() -> None:
    async with opened(phone_with()) as stage:
        contacts = await at_contacts(stage)
        await stage.press("space", "space", "up", "space")
        assert list(contacts.marked) == [1]
        await stage.press("escape")
        assert not contacts.marked
        assert "marked" not in stage.text
        await stage.press("c")
        assert not stage.phone.told("dial")


async def test_somebody_no_account_with_group_calls_reaches_is_named() -> None:
    async with opened(phone_with()) as stage:
        contacts = await at_contacts(stage)
        await stage.press("space", "down", "space", "c")
        await stage.until(lambda: stage.toasts)
        assert "reaches Bob Builder and Help desk" in stage.toasts[-1]
        assert len(contacts.marked) == 2, "they stay marked"
        assert not stage.phone.told("dial")


async def test_where_no_account_has_group_calls_nobody_is_marked() -> None:
    async with opened(phone_with(accounts=(account("work"),))) as stage:
        contacts = await at_contacts(stage)
        await stage.press("space")
        assert not contacts.marked
        assert "call together" not in stage.text


async def test_names_with_commas_between_them_are_called_together() -> None:
    async with opened(phone_with(accounts=(VOX,))) as stage:
        await stage.type("bob, carol")
        await stage.sees("calls bob and carol together")
        await stage.press("enter")
        await stage.hears("dial", "bob, carol", "vox", False, None)


async def test_a_name_that_is_none_among_them_is_refused() -> None:
    async with opened(phone_with(accounts=(VOX,))) as stage:
        await stage.type("bob, car ol")
        await stage.press("enter")
        await stage.sees("has a space in it")
        assert not stage.phone.told("dial")


async def test_suggestions_are_for_the_last_name_and_are_added_to_the_others() -> None:
    phone = phone_with(accounts=(VOX,))
    phone.suggestions = (Suggestion(user("carol", "Carol Singer"), "vox", 3, 0.0),)
    async with opened(phone) as stage:
        await stage.type("bob,ca")
        await stage.until(lambda: ("ca",) in phone.told("suggest"))
        await stage.sees("Carol Singer")
        await stage.press("down", "enter")
        await stage.sees("calls bob and carol together")
        assert not phone.told("dial")
        await stage.press("enter")
        await stage.hears("dial", "bob, carol", "vox", False, None)


# -- in the call ----------------------------------------------------------------------------------------------------


async def test_the_call_shows_everybody_in_words_and_harmless() -> None:
    async with opened(phone_with(group(title="Standup")), size=(100, 30)) as stage:
        assert stage.page == "call"
        for text in ("Standup", "group call from vox", "1 of 3 others here"):
            await stage.sees(text)
        for text in ("● you  here", "● Bob Builder  here, muted", "◌ carol  invited", "○ [red]"):
            await stage.sees(text)
        assert "\x1b" not in stage.text
        await stage.tell(state(group(title="Standup", participants=(US, replace(CAROL, state=Attendance.JOINED)))))
        await stage.sees("● carol  here")
        await stage.sees("1 of 1 other here")


async def test_keys_that_make_no_sense_for_a_group_are_not_there() -> None:
    async with opened(phone_with(group()), size=(120, 30)) as stage:
        verbs = stage.app.handset.verbs(stage.app.state.calls[0])
        assert {"invite", "take_out", "hold", "mute", "record", "hangup"} <= verbs
        assert not {"transfer", "attended", "conference", "keypad", "info"} & verbs
        await stage.sees("invite")


async def _ask(stage: Stage, key: str) -> None:
    await stage.press(key)
    await stage.until(lambda: len(stage.app.screen_stack) > 1)
    await stage.settle()


@pytest.mark.parametrize("others", [(), (call(ref="c2"),)])
async def test_the_key_that_joins_calls_says_why_it_does_not_join_a_group_call(others: tuple[Call, ...]) -> None:
    phone = phone_with(group(), *others)
    async with opened(phone) as stage:
        await stage.press("c")
        await stage.sees("A group call cannot be joined")
        assert not phone.told("join")


async def test_more_people_are_invited() -> None:
    async with opened(phone_with(group())) as stage:
        await _ask(stage, "a")
        await stage.press("enter")
        await stage.sees("Nobody to invite")
        await stage.type("dave, eve")
        await stage.press("enter")
        await stage.hears("invite", "c1", ("dave", "eve"))
        await stage.until(lambda: "Invited: dave and eve." in stage.toasts)


async def test_nobody_who_is_in_the_call_is_invited_into_it() -> None:
    async with opened(phone_with(group())) as stage:
        await _ask(stage, "a")
        await stage.type("dave, me")
        await stage.press("enter")
        await stage.sees("You are in this call.")
        await stage.press("ctrl+u")
        await stage.type("bob")
        await stage.press("enter")
        await stage.sees("Bob Builder is in this call.")
        assert not stage.phone.told("invite")


async def test_somebody_who_has_not_come_yet_is_taken_out_as_well() -> None:
    async with opened(phone_with(group())) as stage:
        await _ask(stage, "A")
        await stage.sees("◌ carol")
        await stage.press("down", "enter")
        await stage.hears("take_out", "c1", ("carol",))


async def test_somebody_is_taken_out_by_who_began_the_call_alone() -> None:
    async with opened(phone_with(group())) as stage:
        await _ask(stage, "A")
        await stage.sees("Bob Builder")
        await stage.press("enter")
        await stage.hears("take_out", "c1", ("bob",))
    async with opened(phone_with(replace(group(), direction=CallDirection.INCOMING))) as stage:
        await stage.press("A")
        assert len(stage.app.screen_stack) == 1


async def test_the_pictures_of_several_are_asked_for_in_the_size_of_their_tiles(tmp_path: Path) -> None:
    phone = phone_with(group(video=True, participants=(US, BOB, replace(CAROL, state=Attendance.JOINED))))
    writers = {name: FrameWriter(tmp_path, f"tui-{name}", width=80, height=60) for name in ("Bob Builder", "carol")}
    for shade, writer in enumerate(writers.values()):
        pixels = bytes((248, 0, 248 * shade)) * (16 * 12)
        writer.write(16, 12, 1, lambda place, pixels=pixels: place.__setitem__(slice(None), pixels))  # type: ignore[misc]
    async with opened(phone) as stage:
        await stage.until(lambda: phone.told("watch"))
        _, whole, _ = phone.told("watch")[0]
        phone.sides = tuple(Side(name, str(writer.path)) for name, writer in writers.items())
        await stage.until(lambda: 0.4 * whole < phone.told("watch")[-1][1] < 0.6 * whole)
        await stage.until(lambda: {(248, 0, 0), (248, 0, 248)} <= colours(stage))
        await stage.sees(" carol ")


# -- ringing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Standup", None])
async def test_the_popup_says_that_several_are_in_it_and_who(title: str | None) -> None:
    ringing = group(CallState.INCOMING, title=title, video=True, participants=(replace(US), BOB, CAROL))
    async with opened(phone_with()) as stage:
        await stage.tell(state(ringing, accounts=(VOX,)))
        await stage.sees("Group call, video, to vox")
        await stage.sees("with Bob Builder, carol")
        await stage.until(lambda: stage.app.is_ringing)
