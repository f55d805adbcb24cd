"""A Voip24h account against a scripted PBX: logging in, looking, dialling, the past, and no secret in anything."""

import logging
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest
from aiohttp import web

from tests.fakes import FakeMemory, soon, until
from tests.providers.voip24h.server import (
    KEY,
    KEY_SECRET,
    SECRET,
    Asked,
    bad,
    dial_settings,
    good,
    local,
    online,
    pbx,
    phone,
    row,
    settings,
    v3_settings,
)
from tuiphone.core.call import EndReason
from tuiphone.core.capability import Capability
from tuiphone.core.checkup import Verdict
from tuiphone.core.errors import AccessDenied, BadAddress, ConnectionLost, PhoneError, RequestFailed, TryLater
from tuiphone.core.events import (
    CallDescribed,
    CallEnded,
    CallStarted,
    ConnectionChanged,
    DeskCallChanged,
    Link,
    ProviderFaulted,
    RecordLogged,
)
from tuiphone.core.model import Address, AddressKind, RecordResult, address_from_text
from tuiphone.providers.voip24h import api, client, group
from tuiphone.providers.voip24h.client import Voip24h
from tuiphone.providers.voip24h.entry import Entry
from tuiphone.providers.voip24h.examination import zone_finding

PHONE = Address(AddressKind.PHONE, "0900 000 002")
TOKEN = "token-nobody-may-see"


class Office:
    """A partner API with rows; dialling puts one into them when `placed` is called."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self.rows = list(rows)
        self.refuses: dict[str, Any] = {}

    def __call__(self, said: Asked) -> Any:
        if said.kind in self.refuses:
            return self.refuses[said.kind]
        if said.body["partnerSecret"] != SECRET:
            return bad()
        match said.kind:
            case "makeDial":
                return good(said.data)
            case "recordingDownload":
                return good(
                    {"link": f"http://localhost:8000/api/recording/download?host=ab=&f={said.data['callId']}.gsm"}
                )
            case "getDate":
                return good(self.rows)
            case _:
                return good([one for one in self.rows if one["user"] == "101"])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a minute takes a moment."""
    monkeypatch.setattr(client, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(client, "QUICK_SECONDS", 0.02)


# -- the link ------------------------------------------------------------------------------------------------------


async def test_an_account_is_online_when_a_harmless_question_is_answered() -> None:
    async with online(Office(row(time.time() - 60))) as (server, account):
        assert server.kinds()[0] == "getUserDate"
        assert account.all(ConnectionChanged)[-1] == ConnectionChanged(Link.ONLINE)
        assert account.all(RecordLogged) == []
        assert Voip24h.capabilities == Capability.DIAL_PHONE | Capability.HISTORY | Capability.RECORDINGS


@pytest.mark.parametrize("make", [settings, v3_settings, dial_settings])
async def test_a_wrong_secret_is_refused_for_good_in_a_sentence(make: Callable[..., Any]) -> None:
    def answer(said: Asked) -> Any:
        if said.path == "/authentication":
            return web.json_response({"status": 401, "message": "Account does not exist"}, status=401)
        return {"status": 401, "message": "no"} if said.path.startswith("/dial") else bad()

    async with pbx(answer) as server, phone(make(server.url)) as account:
        with pytest.raises(AccessDenied, match=r"Check .*\.$"):
            await soon(account.start())
        assert account.events == []


@pytest.mark.parametrize("make", [v3_settings, dial_settings])
@pytest.mark.parametrize(("status", "code"), [(200, 500), (500, 500), (429, 429), (200, 429)])
async def test_a_server_with_a_problem_of_its_own_is_tried_again(
    make: Callable[..., Any], status: int, code: int
) -> None:
    reply = {"status": code, "message": "out of order"}
    async with pbx(lambda said: web.json_response(reply, status=status)) as server, phone(make(server.url)) as account:
        with pytest.raises(PhoneError) as failed:
            await soon(account.start())
        assert not isinstance(failed.value, AccessDenied)


async def test_a_link_that_is_gone_is_noticed_by_the_next_look(quick: None) -> None:
    async with online(Office()) as (server, account):
        server.answer = lambda said: None
        assert account.running is not None
        with pytest.raises(ConnectionLost):
            await soon(account.running)
        with pytest.raises(ConnectionLost):
            await account.provider.dial(PHONE)
        with pytest.raises(ConnectionLost):
            await account.provider.history()


async def test_who_was_let_in_before_and_is_refused_is_tried_often_for_a_while_and_then_seldom(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with online(Office()) as (server, account):
        friendly = server.answer
        server.answer = lambda said: bad("Database is away")
        assert account.running is not None
        for running in (account.running, account.start()):
            with pytest.raises(RequestFailed, match="Database is away"):
                await soon(running)
        server.answer = friendly
        await account.online()
        await account.stop()
        server.answer = lambda said: bad()
        monkeypatch.setattr(client, "DOUBT_SECONDS", 0.0)
        for _ in range(2):
            with pytest.raises(TryLater, match="let this account in before") as refused:
                await soon(account.start())
            assert refused.value.seconds == client.REST_SECONDS
        server.answer = friendly
        await account.online()
        await account.stop()
        monkeypatch.setattr(client, "DOUBT_SECONDS", 600.0)
        server.answer = lambda said: bad()
        with pytest.raises(RequestFailed):
            await soon(account.start())


async def test_a_stir_has_the_list_looked_at_at_once() -> None:
    async with online(Office()) as (server, account):
        await until(lambda: server.of("getDate"))
        server.answer.rows.append(row(time.time(), 5))  # type: ignore[attr-defined]
        account.provider.stirred()
        record = (await account.told(RecordLogged)).record
        assert record.ref.endswith(".5")


async def test_new_calls_and_missed_ones_of_the_group_are_told(quick: None) -> None:
    office = Office(row(time.time() - 600, 1))
    async with online(office) as (_, account):
        at = time.time()
        office.rows += [
            row(at, 2, callStatus="ANSWERED", duration=9),
            row(at, 3, user="102", callType="INBOUND", phoneNumber=900000009),
        ]
        assert (await account.told(RecordLogged)).record.result is RecordResult.ANSWERED
        call = (await account.told(DeskCallChanged)).call
        assert (call.peer.text, call.at) == ("0900000009", Address(AddressKind.PHONE, "102"))
    assert [event.record.ref[-2:] for event in account.all(RecordLogged)] == [".2"]


async def test_a_clock_that_is_behind_is_seen_by_the_dates_of_replies(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "MEASURE_SECONDS", 0.0)
    office = Office()

    def answer(said: Asked) -> Any:
        return web.json_response(office(said), headers={"Date": formatdate(time.time() - 600.0, usegmt=True)})

    async with online(answer) as (_, account):
        await until(lambda: account.provider._clock.behind)
        at = int(time.time()) - 600
        office.rows.append(row(at, 2))
        record = (await account.told(RecordLogged)).record
        assert record.started_at >= at + 580
        assert account.memory.kept["clock_behind"] != "0"


async def test_a_long_list_of_the_group_is_asked_for_seldom_unless_somebody_looks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(group, "LONG", 1)
    monkeypatch.setattr(client, "POLL_SECONDS", 0.02)
    at = time.time()
    async with online(Office(row(at - 9, 1), row(at - 8, 2))) as (server, account):
        await until(lambda: len(server.of("getUserDate")) > 5)
        assert len(server.of("getDate")) == 1
        account.provider.attended()
        await until(lambda: len(server.of("getDate")) > 3)
        # Nobody looks any more; a call of ours is over, and whoever it was with may have been missed before.
        account.provider._attended_until = 0.0
        server.answer.rows.append(row(time.time(), 5))  # type: ignore[attr-defined]
        await account.told(RecordLogged)
        count = len(server.of("getDate"))
        await until(lambda: len(server.of("getDate")) > count + 1)


async def test_nonsense_is_told_once_and_the_link_stays(quick: None) -> None:
    async with online(Office()) as (server, account):
        server.answer = lambda said: good({"a": 1})
        count = len(server.asked)
        await until(lambda: len(server.asked) > count + 6)
        assert account.count(ProviderFaulted) == 1


# -- dialling ------------------------------------------------------------------------------------------------------


async def test_a_call_is_placed_shown_and_ended_by_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "QUICK_SECONDS", 0.02)
    office = Office()
    async with online(office) as (server, account):
        ref = await account.provider.dial(PHONE)
        started = account.all(CallStarted)[0]
        assert (started.ref, started.peer, started.media) == (ref, PHONE, None)
        await account.told(CallDescribed)
        assert server.of("makeDial")[0].data == {"extension": "101", "phone": "0900000002"}
        office.rows.append(row(time.time(), 4, phoneNumber="0900000002", callStatus="ANSWERED", duration=65))
        end = await account.told(CallEnded)
        assert (end.ref, end.reason) == (ref, EndReason.OVER)
        assert "1:05" in (end.detail or "")
        record = (await account.told(RecordLogged)).record
        assert record.talk_s == 65
        events = [type(event) for event in account.events]
        assert events.index(CallEnded) < events.index(RecordLogged)
        assert server.kinds().count("makeDial") == 1
        # Nothing is looked for now, and the next look is far.
        second = await account.provider.dial(Address(AddressKind.PHONE, "0900000003"))
        office.rows.append(row(time.time(), 5, phoneNumber="0900000003", callStatus="BUSY"))
        end = await account.told(CallEnded, 2)
        assert (end.ref, end.reason) == (second, EndReason.BUSY)


async def test_an_id_by_which_no_call_can_be_asked_for_does_not_end_the_link(quick: None) -> None:
    def answer(said: Asked) -> Any:
        if said.path == "/dial":
            return {"events": [{"callid": "SIP/101-00000a1b", "uniqueid": "../x"}]}
        return {"status": 200, "result": {"data": []}}

    async with pbx(answer) as server, phone(dial_settings(server.url)) as account:
        await account.online()
        await account.provider.dial(PHONE)
        await account.told(CallDescribed)
        count = len(server.of("/dial/search"))
        await until(lambda: len(server.of("/dial/search")) > count + 2)
        assert account.running is not None
        assert not account.running.done()
        assert server.of("/dial/searching") == []


async def test_a_refused_call_ends_in_the_pbxs_words() -> None:
    office = Office()
    office.refuses["makeDial"] = bad("Extension is not registered")
    async with online(office) as (_, account):
        await account.provider.dial(PHONE)
        end = await account.told(CallEnded)
        assert end.reason is EndReason.FAILED
        assert "Extension is not registered" in (end.detail or "")


async def test_what_is_no_number_is_not_dialled() -> None:
    async with online(Office()) as (server, account):
        with pytest.raises(BadAddress):
            await account.provider.dial(Address(AddressKind.PHONE, "abc"))
        assert address_from_text("102", Voip24h.capabilities).text == "102"
        assert account.all(CallStarted) == []
        assert server.of("makeDial") == []


async def test_an_account_that_is_switched_off_leaves_no_call() -> None:
    async with online(Office()) as (_, account):
        ref = await account.provider.dial(PHONE)
        await account.stop()
        assert account.all(CallEnded)[0].ref == ref


# -- the past ------------------------------------------------------------------------------------------------------


async def test_the_past_comes_from_the_pbx_and_recordings_by_its_links() -> None:
    at = time.time()
    office = Office(row(at - 60, 1), row(at - 30, 2, callStatus="ANSWERED", duration=5))
    async with online(office) as (_, account):
        first, second = await account.provider.history()
        assert (first.ref[-2:], second.ref[-2:]) == (".2", ".1")
        assert [one.ref for one in await account.provider.history(before=first.started_at, limit=1)] == [second.ref]
        link = await account.provider.recording_link(first)
        assert link.endswith(f"/api/recording/download?host=ab=&f={first.ref}.gsm")


# -- no secret in anything -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "own"), [(settings, (SECRET,)), (v3_settings, (KEY, KEY_SECRET)), (dial_settings, (KEY, KEY_SECRET))]
)
@pytest.mark.parametrize("fails", [False, True])
async def test_no_secret_is_in_a_log_a_trace_or_an_error(
    make: Callable[..., Any], own: tuple[str, ...], fails: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    # The token of v3 is known for one only once it was given.
    given: list[str] = []

    def answer(said: Asked) -> Any:
        echo = " ".join((*own, *given))
        if said.path == "/authentication":
            given.append(TOKEN)
            return {"status": 200, "data": {"token": TOKEN, "expired": local(time.time() + 3600)}}
        if fails:
            return web.json_response(
                {"respCode": -1, "respMsg": echo, "status": 500, "message": echo, "error": {"message": echo}},
                status=500,
            )
        return {"respCode": 0, "respMsg": echo, "status": 200, "message": echo, "data": [], "result": {"data": []}}

    async with pbx(answer) as server, phone(make(server.url)) as account:
        account.start()
        await until(lambda: account.count(ConnectionChanged) or account.running.done())  # type: ignore[union-attr]
        said = repr(account.events)
        if fails:
            assert account.running is not None
            said += repr(account.running.exception())
        else:
            await account.provider.dial(PHONE)
            await until(lambda: account.count(CallDescribed) or account.count(CallEnded))
            said += repr(account.events)
        server.answer = lambda asked: None
        account.provider.stirred()
        await until(lambda: account.running.done())  # type: ignore[union-attr]
        frames = list(account.provider.trace)
        assert frames
        said += repr(frames) + repr(account.running.exception()) + caplog.text + repr(account.memory.kept)  # type: ignore[union-attr]
    for secret in (*own, *given):
        assert secret not in said
        assert secret[:8] not in said


# -- the doctor ----------------------------------------------------------------------------------------------------


async def test_the_doctor_sees_the_way_the_secret_and_the_zone() -> None:
    at = time.time() - 60
    async with pbx(Office(row(at, callId=f"{int(at)}.1"))) as server:
        made = Voip24h(settings(server.url), print, FakeMemory())
        found = [finding async for finding in made.examine()]
        assert [one.what for one in found if one.verdict is not Verdict.GOOD] == []
        assert "partner lists" in next(one.said for one in found if one.what == "interface")
        wrong = Voip24h(settings(server.url, extension="101", partner_secret=None), print, FakeMemory())
        assert [one.what for one in [each async for each in wrong.examine()] if one.verdict is Verdict.BAD] == [
            "interface"
        ]


def test_a_wrong_zone_is_seen_by_the_ids_of_calls() -> None:
    def listed(apart: float) -> tuple[Entry, ...]:
        return (Entry(call_id="1532857052.1", extension="1", peer="2", incoming=True, started_at=1532857052.0 + apart),)

    good_one, bad_one = zone_finding(listed(2), "UTC"), zone_finding(listed(7 * 3600), "UTC")
    assert good_one is not None
    assert good_one.verdict is Verdict.GOOD
    assert bad_one is not None
    assert "7.0 hours earlier" in bad_one.said
    assert zone_finding((), "UTC") is None


async def test_two_links_after_each_other_are_one_account(quick: None) -> None:
    office = Office()
    async with pbx(office) as server, phone(settings(server.url)) as account:
        await account.online()
        await account.stop()
        await account.online()
        assert account.count(ConnectionChanged) == 2
