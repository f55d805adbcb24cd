"""The page of a caller: opened once, at the moment the settings name, where there is a desktop, and never else."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, NOW, OLGA, RECORDS, call, changed, state
from tests.ui.stage import opened
from tuiphone.control.cards import CrmPage
from tuiphone.control.protocol import Preferences
from tuiphone.core.call import Attendance, CallId, CallState, EndReason, Participant
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.state import PhoneState
from tuiphone.ui import opener
from tuiphone.ui.crm import MAX_PAGES, CrmPages

URL = "https://crm.example/?n=%2B84900000001"
PAGE = CrmPage(URL, "+84900000001")
RINGS = state(call(CallState.INCOMING, AN, "in"))
QUIET = changed(RINGS, "in", silenced=True)
TALKS = changed(RINGS, "in", state=CallState.ACTIVE, answered_at=NOW)
ELSEWHERE = changed(RINGS, "in", state=CallState.ENDED, reason=EndReason.ELSEWHERE, ended_at=NOW)
NOBODY = state(call(CallState.INCOMING, Address(AddressKind.PHONE, "anonymous"), "in"))
GROUP = changed(RINGS, "in", participants=(Participant(OLGA, Attendance.JOINED),))
OUTGOING = state(call(CallState.RINGING, AN, "out"))
LINE = Address(AddressKind.USER, "102")
PICKING_UP = changed(OUTGOING, "out", picked_up_for=LINE)
PICKED_UP = changed(PICKING_UP, "out", state=CallState.ACTIVE, answered_at=NOW)
FOR_NOBODY_KNOWN = changed(PICKING_UP, "out", peer=LINE)
OTHERS = state(call(CallState.INCOMING, AN, "vendor", account="pbx"))
BOTH = state(*OTHERS.calls, *RINGS.calls)
MERGED = changed(RINGS, "in", control=CallId("pbx", "vendor"))


class App:
    """What of the app the pages need."""

    def __init__(self, phone: FakePhone) -> None:
        self.phone, self.handset = phone, self
        self.work: list[Awaitable[Any]] = []

    def rings_loudly(self, call: Any) -> bool:
        return call.state is CallState.INCOMING and not call.silenced

    def do(self, work: Awaitable[Any], *_: Any, **__: Any) -> None:
        self.work.append(work)


@pytest.fixture
def links(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was opened."""
    found: list[str] = []

    async def open_link(url: str, environment: object) -> None:
        found.append(url)

    monkeypatch.setattr(opener, "open_link", open_link)
    monkeypatch.setattr(opener, "is_there", lambda environment: True)
    return found


async def through(
    *states: PhoneState, when: Any = "ringing", place: dict[str, str], first: PhoneState, is_slow: bool = False
) -> FakePhone:
    """A screen that is there since `first` sees the phone go through these states, `is_slow`: long ones."""
    phone = FakePhone()
    phone.crm = PAGE
    app = App(phone)
    pages = CrmPages(cast("Any", app), place)
    pages.follow(Preferences(crm=when))
    pages.take(PhoneState(), first, is_first=True)
    for before, after in zip((first, *states), states, strict=False):
        pages.take(before, after)
    claimed: set[str] = set()

    async def claim(what: str, place: str) -> bool:
        is_new = is_slow or what not in claimed
        claimed.add(what)
        return is_new

    phone.claim_notice = claim  # type: ignore[method-assign]
    await asyncio.gather(*app.work)
    return phone


HERE = {"DISPLAY": ":0"}


@pytest.mark.parametrize(
    ("when", "states", "times"),
    [
        ("ringing", (RINGS, TALKS), 1),
        ("ringing", (RINGS, replace(RINGS, missed=3), ELSEWHERE, PhoneState()), 1),
        ("ringing", (TALKS,), 1),
        ("ringing", (QUIET, TALKS), 0),
        ("ringing", (NOBODY,), 0),
        ("ringing", (NOBODY, RINGS, TALKS), 1),
        ("ringing", (GROUP,), 0),
        ("ringing", (OUTGOING, state(call(CallState.ACTIVE, AN, "out"))), 0),
        ("ringing", (OTHERS, BOTH, MERGED), 1),
        ("ringing", (OTHERS, MERGED), 1),
        ("answered", (RINGS,), 0),
        ("answered", (RINGS, ELSEWHERE), 0),
        ("answered", (RINGS, TALKS, changed(TALKS, "in", state=CallState.HELD), TALKS), 1),
        ("answered", (QUIET, TALKS), 1),
        ("answered", (OTHERS, BOTH, MERGED, TALKS), 1),
        ("ringing", (OUTGOING, PICKED_UP), 1),
        ("answered", (PICKING_UP, PICKED_UP, changed(PICKED_UP, "out", state=CallState.HELD)), 1),
        ("ringing", (FOR_NOBODY_KNOWN, changed(FOR_NOBODY_KNOWN, "out", state=CallState.ACTIVE), PICKED_UP), 1),
        ("answered", (FOR_NOBODY_KNOWN, changed(FOR_NOBODY_KNOWN, "out", state=CallState.ACTIVE)), 0),
        ("ringing", (PICKING_UP,), 0),
        ("key", (RINGS, TALKS), 0),
        (None, (RINGS, TALKS), 0),
    ],
)
async def test_a_page_is_opened_once_at_its_moment(
    links: list[str], when: str, states: tuple[PhoneState, ...], times: int
) -> None:
    await through(*states, when=when, place=HERE, first=PhoneState())
    assert links == [URL] * times


async def test_a_flood_of_callers_opens_no_flood_of_pages(links: list[str]) -> None:
    rings = [state(call(CallState.INCOMING, AN, f"in{number}")) for number in range(30)]
    await through(*rings, place=HERE, first=PhoneState(), is_slow=True)
    assert len(links) == MAX_PAGES


@pytest.mark.parametrize("when", ["ringing", "answered"])
async def test_a_call_that_was_its_vendors_first_is_no_other_one_however_late(links: list[str], when: str) -> None:
    answered = changed(MERGED, "in", state=CallState.ACTIVE, answered_at=NOW)
    await through(OTHERS, MERGED, answered, when=when, place=HERE, first=PhoneState(), is_slow=True)
    assert links == [URL]


@pytest.mark.parametrize("place", [{}, {"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "a 1 b 2"}])
async def test_where_there_is_no_desktop_nothing_is_asked_or_opened(links: list[str], place: dict[str, str]) -> None:
    phone = await through(RINGS, TALKS, place=place, first=PhoneState())
    assert links == phone.commands == []


async def test_what_rang_before_the_screen_came_is_not_opened(links: list[str]) -> None:
    phone = await through(RINGS, TALKS, place=HERE, first=RINGS)
    assert links == phone.commands == []


async def test_a_desktop_without_a_browser_says_so_once(monkeypatch: pytest.MonkeyPatch, links: list[str]) -> None:
    async def fails(url: str, environment: object) -> None:
        raise opener.NoProgram("no browser")

    monkeypatch.setattr(opener, "open_link", fails)
    app = App(FakePhone())
    app.phone.crm = PAGE
    pages = CrmPages(cast("Any", app), HERE)
    pages.follow(Preferences(crm="ringing"))
    for _ in range(2):
        pages.take(PhoneState(), RINGS)
        pages.take(RINGS, PhoneState())
    first, second = await asyncio.gather(*app.work, return_exceptions=True)
    assert isinstance(first, opener.NoProgram)
    assert second is None


@pytest.mark.usefixtures("_hears_at_once")
async def test_over_ssh_the_link_is_shown_and_copied_by_the_key_in_the_popup_the_call_and_the_history() -> None:
    phone = FakePhone(state(), records=RECORDS)
    phone.crm = PAGE
    async with opened(phone, size=(80, 30), crm="ringing") as stage:
        stage.app.crm.environment = {}
        copied: list[str] = []
        stage.app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await stage.tell(RINGS)
        await stage.sees("o copies")
        await stage.sees(f" {URL} ")
        await stage.press("o")
        await stage.until(lambda: len(copied) == 1)
        await stage.sees("The link https://crm.example/")
        await stage.press("a")
        await stage.tell(TALKS)
        await stage.until(lambda: stage.page == "call")
        await stage.press("o")
        await stage.until(lambda: len(copied) == 2)
        await stage.press("f4")
        await stage.sees("Help desk")
        await stage.press("o")
        await stage.until(lambda: len(copied) == 3)
        assert set(copied) == {URL}
        assert phone.told("crm_page")[-1] == (AN.text, "work", False)


async def test_on_a_desktop_the_key_opens_the_page_for_the_account_that_was_called(links: list[str]) -> None:
    phone = FakePhone(changed(TALKS, "in", control=CallId("pbx", "vendor")))
    phone.crm = PAGE
    async with opened(phone, crm="key") as stage:
        stage.app.crm.environment = HERE
        await stage.until(lambda: stage.page == "call")
        await stage.press("o")
        await stage.until(lambda: links == [URL])
        await stage.sees("opens in the browser")
        assert phone.told("crm_page") == [(AN.text, "pbx", True)]


async def test_without_a_page_in_the_settings_there_is_no_key_for_it(links: list[str]) -> None:
    async with opened(FakePhone(TALKS)) as stage:
        await stage.until(lambda: stage.page == "call")
        await stage.press("o")
        assert stage.phone.told("crm_page") == []
        assert "their page" not in stage.text


@pytest.mark.parametrize(("exit_code", "said"), [(0, None), (3, "found no browser")])
async def test_the_desktops_opener_gets_the_link_as_one_word(tmp_path: Path, exit_code: int, said: str | None) -> None:
    script = tmp_path / opener._NAME
    script.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > "{tmp_path}/given"\nexit {exit_code}\n')
    script.chmod(0o755)
    url = "https://crm.example/?n=$(touch%20owned)&a;b"
    error = None
    try:
        await opener.open_link(url, {"PATH": str(tmp_path)})
    except opener.NoProgram as failed:
        error = str(failed)
    assert (error is None) if said is None else (said in (error or ""))
    assert (tmp_path / "given").read_text() == f"{url}|"
    assert not opener.is_there({"PATH": str(tmp_path / "nowhere")})
