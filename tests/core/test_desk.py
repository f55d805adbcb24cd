"""The operator's desk: who waits, who was missed and until when, and what is done with each."""

import math
from dataclasses import replace

import pytest

from tests.core.build import call, with_calls
from tests.core.conftest import Rig, settle
from tests.fakes import EVERYTHING, FakeProvider
from tuiphone.core.alike import are_alike
from tuiphone.core.call import CallDirection, CallId, CallState
from tuiphone.core.capability import Capability
from tuiphone.core.desk import MAX_DESK, desk_rows, forward_place, redirect_place, still_missed
from tuiphone.core.errors import BadAddress, NotPossible
from tuiphone.core.events import (
    CallAnswered,
    CallMerged,
    CallStarted,
    ConnectionChanged,
    DeskCallChanged,
    DeskCallGone,
    LineChanged,
    Link,
    PhoneEvent,
    RecordLogged,
    TalkBegan,
)
from tuiphone.core.model import Account, Address, AddressKind, CallRecord, DeskCall, DeskState, LineState, RecordResult
from tuiphone.core.reduce import reduce
from tuiphone.core.state import AccountState, PhoneState, with_account

WAITING, RINGING, MISSED = DeskState
OPERATOR = EVERYTHING | Capability.REDIRECT


def phone(number: str, name: str | None = None) -> Address:
    return Address(AddressKind.PHONE, number, name)


AN, LAN = phone("0901234567", "An"), phone("0912345678")
CAROL = phone("102", "Carol")


def told(ref: str, peer: Address = AN, state: DeskState = MISSED, since: float = 100.0) -> DeskCallChanged:
    return DeskCallChanged(DeskCall(ref, peer, state, since, CAROL))


def desk_of(state: PhoneState, account: int = 0) -> list[str]:
    return [call.ref for call in state.accounts[account].desk]


def after(*events: PhoneEvent, at: float = 200.0, state: PhoneState | None = None) -> PhoneState:
    state = with_calls() if state is None else state
    for event in events:
        state = reduce(state, "home", event, at)
    return state


def logged(peer: Address, answered_at: float | None) -> RecordLogged:
    return RecordLogged(CallRecord(0, "", "r", peer, False, False, 90.0, answered_at, 300.0, RecordResult.ANSWERED))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("0901234567", "+84901234567", True),
        ("84 (90) 123-45-67", "0901234567", True),
        ("0901234567", "0901234568", False),
        ("102", "102", True),
        ("102", "2102", False),
        ("Bob", "bob", True),
        ("bob9012345678", "0129012345678", False),
        ("anonymous", "anonymous", False),
        ("", "", False),
    ],
)
def test_numbers_are_the_same_however_they_are_written(one: str, other: str, alike: bool) -> None:
    assert are_alike(phone(one), phone(other)) is alike


@pytest.mark.parametrize(
    ("events", "left"),
    [
        ([told("1", state=WAITING), told("1", state=RINGING)], ["1"]),
        ([told("1", state=WAITING), DeskCallGone("1")], []),
        ([told("1"), told("2", LAN), DeskCallGone("9")], ["1", "2"]),
        ([told("1"), CallStarted("c", phone("+84901234567"), CallDirection.OUTGOING)], ["1"]),
        ([told("1"), CallStarted("c", phone("+84901234567"), CallDirection.OUTGOING), CallAnswered("c")], []),
        ([told("1"), CallStarted("c", AN, CallDirection.INCOMING), CallAnswered("c")], []),
        ([told("1"), CallStarted("c", LAN, CallDirection.OUTGOING), CallAnswered("c")], ["1"]),
        ([told("1", state=RINGING), CallStarted("c", AN, CallDirection.OUTGOING), CallAnswered("c")], ["1"]),
        ([told("1"), LineChanged(CAROL, LineState.BUSY, AN)], []),
        ([told("1"), LineChanged(CAROL, LineState.RINGING, AN, incoming=True)], ["1"]),
        ([LineChanged(CAROL, LineState.BUSY, AN), told("1")], []),
        ([told("1", state=RINGING), LineChanged(CAROL, LineState.BUSY, AN), told("1")], []),
        ([told("1"), logged(AN, 150.0)], []),
        ([told("1"), logged(AN, 99.0)], ["1"]),
        ([told("1"), logged(AN, None)], ["1"]),
        ([told("1", phone("anonymous")), logged(phone("anonymous"), 150.0)], ["1"]),
        ([told("1", state=WAITING), told("2"), ConnectionChanged(Link.WAITING, "down")], ["2"]),
        ([told("x" * 200), told("1", since=math.nan), told("2", since=1e300), told("3", since=-1.0)], []),
    ],
)
def test_what_is_on_the_desk_after_these_events(events: list[PhoneEvent], left: list[str]) -> None:
    assert desk_of(after(*events)) == left


def test_names_and_numbers_without_end_are_cut() -> None:
    endless = phone("0" * 100_000, "x" * 100_000)
    [call] = after(DeskCallChanged(DeskCall("1", endless, MISSED, 100.0, endless, "y" * 100_000))).accounts[0].desk
    assert call.at == call.peer
    assert max(map(len, (call.peer.text, call.peer.name or "", call.line or ""))) <= 200


def test_a_talk_on_one_account_is_done_with_the_missed_calls_of_all() -> None:
    state = after(told("1"), state=with_account(with_calls(), Account("pbx", "fake", OPERATOR)))
    state = reduce(state, "pbx", told("7"), 200.0)
    assert (desk_of(state, 0), desk_of(state, 1)) == (["1"], ["7"])
    state = after(CallStarted("c", AN, CallDirection.OUTGOING), CallAnswered("c"), state=state)
    assert (desk_of(state, 0), desk_of(state, 1)) == ([], [])


def test_a_call_that_the_pbx_began_with_us_is_a_talk_when_the_far_side_has_picked_up() -> None:
    state = after(told("1"), CallStarted("v", AN, CallDirection.OUTGOING))
    state = with_account(state, Account("sip", "sip", OPERATOR))
    state = after(CallMerged("v", CallId("sip", "s")), state=state)
    for event, left in ((CallStarted("s", AN, CallDirection.OUTGOING), ["1"]), (CallAnswered("s"), ["1"])):
        state = reduce(state, "sip", event, 200.0)
        assert desk_of(state) == left
    assert desk_of(reduce(state, "sip", TalkBegan("s"), 210.0)) == []


def test_a_flood_pushes_out_the_oldest_missed_ones_and_nobody_who_waits() -> None:
    state = after(told("w", state=WAITING, since=1.0))
    for number in range(5000):
        state = reduce(state, "home", told(f"m{number}", phone(f"09{number:08}"), since=100.0 + number), 200.0)
    assert desk_of(state) == ["w", *(f"m{number}" for number in range(5000 - MAX_DESK + 1, 5000))]
    for number in range(MAX_DESK + 50):
        state = reduce(state, "home", told(f"w{number}", state=WAITING, since=100.0 + number), 200.0)
    assert desk_of(state) == ["w", *(f"w{number}" for number in range(MAX_DESK - 1))], "the longest waiting ones stay"


def on_desk(*calls: DeskCall, account: str = "pbx", provider: str = "pz") -> AccountState:
    return AccountState(Account(account, provider, OPERATOR), Link.ONLINE, desk=calls)


def test_rows_say_who_waits_longest_then_who_rings_then_who_was_missed_last_and_how_often() -> None:
    written_otherwise = replace(AN, text="+84901234567")
    state = PhoneState(
        (
            on_desk(
                DeskCall("1", AN, MISSED, 100.0, CAROL),
                DeskCall("2", LAN, RINGING, 190.0, CAROL),
                DeskCall("3", written_otherwise, MISSED, 300.0),
                DeskCall("4", phone("111"), WAITING, 195.0),
                DeskCall("5", phone("anonymous"), MISSED, 400.0),
                DeskCall("6", phone("anonymous"), MISSED, 500.0),
            ),
            on_desk(
                DeskCall("a", AN, MISSED, 310.0),
                DeskCall("4", phone("111"), WAITING, 195.5),
                DeskCall("b", phone("222"), WAITING, 180.0),
                account="two",
            ),
        )
    )
    rows = desk_rows(state)
    shown = [(row.account, row.call.ref, row.times, len(row.all)) for row in rows]
    assert shown == [
        ("two", "b", 1, 1),
        ("pbx", "4", 1, 1),
        ("pbx", "2", 1, 1),
        ("pbx", "6", 1, 1),
        ("pbx", "5", 1, 1),
        ("two", "a", 2, 3),
    ], "the same call of two extensions at one PBX is one; so is a missed one that two accounts tell of"
    assert len({row.key for row in rows}) == len(rows)


def test_a_vendor_that_lists_calls_and_talks_together_has_those_nobody_talked_with_later() -> None:
    calls = (DeskCall("1", AN, MISSED, 100.0), DeskCall("2", AN, MISSED, 300.0), DeskCall("3", LAN, MISSED, 100.0))
    talks = [(phone("+84901234567"), 200.0), (phone("anonymous"), 900.0), (LAN, 50.0)]
    assert [call.ref for call in still_missed(calls, talks)] == ["2", "3"]


def test_a_call_the_pbx_commands_is_sent_where_the_pbxs_account_says() -> None:
    sip = Account("sip", "sip", OPERATOR, redirect_to="bob")
    pbx = Account("pbx", "pz", Capability.FORWARD, redirect_to="100")
    state = with_account(with_account(PhoneState(), sip, link=Link.ONLINE), pbx, link=Link.ONLINE)
    rings = call(CallState.INCOMING, id=CallId("sip", "1"))
    assert forward_place(state, rings) == "bob"
    assert forward_place(state, replace(rings, control=CallId("pbx", "7"))) == "100"


def test_the_place_one_key_sends_calls_to_is_the_first_accounts_that_has_one() -> None:
    state = with_account(
        with_account(PhoneState(), Account("sip", "sip", OPERATOR)), Account("pbx", "pz", OPERATOR, redirect_to="100")
    )
    assert redirect_place(state, "sip", "pbx") == "100"
    assert redirect_place(state, "sip", None) is None


class TestCommands:
    """What the operator asks for."""

    async def operator(self, rig: Rig, *events: PhoneEvent) -> FakeProvider:
        provider = await rig.add(capabilities=OPERATOR)
        for event in events:
            provider.emit(event)  # type: ignore[arg-type]
        await settle()
        return provider

    @pytest.mark.parametrize("named", ["1", "0901234567", "+84 901 234 567", " an "])
    async def test_a_waiting_call_is_taken_by_ref_number_or_name(self, rig: Rig, named: str) -> None:
        provider = await self.operator(rig, told("1", state=WAITING), told("2", LAN, RINGING))
        await rig.phone.take(named)
        await settle()
        assert provider.asked("redirect") == [("1", Address(AddressKind.USER, "me"))]
        assert desk_of(rig.phone.state) == ["2"]

    async def test_it_is_sent_on_where_it_is_said_or_where_the_account_says(self, rig: Rig) -> None:
        provider = await self.operator(rig, told("1", state=RINGING), told("2", LAN, WAITING), told("3", CAROL))
        await rig.phone.redirect("1", "0911111111")
        with pytest.raises(BadAddress, match="redirect_to"):
            await rig.phone.redirect("2")
        assert provider.asked("redirect") == [("1", phone("0911111111"))]
        with pytest.raises(NotPossible, match="Carol was missed and waits no more"):
            await rig.phone.redirect("3", "100")
        with pytest.raises(NotPossible, match="There is no call of 77 at the desk"):
            await rig.phone.take("77")

    async def test_who_was_missed_is_called_back_or_done_with_all_at_once(self, rig: Rig) -> None:
        provider = await self.operator(rig, told("1"), told("2", since=150.0), told("3", LAN, WAITING))
        await rig.phone.call_back("0901234567")
        assert provider.asked("dial") == [(phone("0901234567"), False, None)]
        row = await rig.phone.be_done_with("1")
        assert [call.ref for _, call in row.all] == ["2", "1"]
        assert desk_of(rig.phone.state) == ["3"]
        with pytest.raises(NotPossible, match="is waiting; only missed calls"):
            await rig.phone.be_done_with("3")

    async def test_an_account_that_cannot_send_on_says_so(self, rig: Rig) -> None:
        provider = await rig.add(capabilities=EVERYTHING & ~Capability.REDIRECT)
        provider.emit(told("1", state=WAITING))
        await settle()
        with pytest.raises(NotPossible, match="home cannot send on calls of its extension group"):
            await rig.phone.take("1")

    async def test_what_is_done_with_stays_so_when_the_server_tells_of_it_again(self, rig: Rig) -> None:
        rig.phone.forget_missed_if(lambda account, call: (account, call.ref) == ("home", "1"))
        await self.operator(rig, told("1"), told("2"), told("1", state=WAITING))
        assert desk_of(rig.phone.state) == ["2", "1"]
