"""What the PBX tells and what becomes of it: tables of events in, events out; no sockets."""

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes import FakeMemory, until
from tests.providers.prostiezvonki.server import PARTY, event, settings
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallInterrupted,
    CallRang,
    CallStarted,
    DeskCallChanged,
    DeskCallGone,
    LineChanged,
    ProviderEvent,
    ProviderFaulted,
    RecordLogged,
)
from tuiphone.core.model import Address, AddressKind, DeskState, LineState, RecordResult
from tuiphone.providers import unseen
from tuiphone.providers.prostiezvonki import call, group, lines, wire
from tuiphone.providers.prostiezvonki.client import Prostiezvonki

US, ID = "101", "18468"
START, END = 1378913389, 1378913592


class Bench:
    """A provider without a link that is told documents."""

    def __init__(self, memory: FakeMemory | None = None, **more: Any) -> None:
        self.events: list[ProviderEvent] = []
        self.provider = Prostiezvonki(settings(**more), self.events.append, memory or FakeMemory())

    def tell(self, *documents: str) -> list[ProviderEvent]:
        """What follows from these."""
        before = len(self.events)
        for document in documents:
            for message in wire.decode(document):
                self.provider._take(message)
        return self.events[before:]

    def dial(self, number: str = PARTY) -> str:
        """As `dial` does once there is a link."""
        return self.provider._calls.dial(Address(AddressKind.PHONE, number)).ref

    def all(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.events if isinstance(one, kind)]


def brief(events: list[ProviderEvent]) -> list[str]:
    return list(_brief(events))


def _brief(events: list[ProviderEvent]) -> Iterator[str]:
    for one in events:
        match one:
            case CallStarted(_, peer, direction):
                yield f"{'in' if direction is CallDirection.INCOMING else 'out'} {peer.text}"
            case CallRang():
                yield "rang"
            case CallAnswered():
                yield "answered"
            case CallEnded(_, reason):
                yield f"ended: {reason.value}"
            case RecordLogged(record):
                yield f"record: {record.result.value} {record.talk_s:.0f}"
            case LineChanged(line, state, peer, incoming):
                whom = "" if peer is None else f" {'<' if incoming else '>'} {peer.text}"
                yield f"line {line.text} {state.value}{whom}"
            case DeskCallChanged(desk):
                yield f"desk {desk.peer.text} {desk.state.value}{'' if desk.at is None else f' at {desk.at.text}'}"
            case DeskCallGone():
                yield "desk gone"
            case CallDescribed():
                pass
            case _:
                yield type(one).__name__


def incoming(type: int, to: str = US, **more: Any) -> str:
    return event(type, frm=PARTY, to=to, **more)


def outgoing(type: int, own: str = US, **more: Any) -> str:
    return event(type, frm=own, to=PARTY, **more)


def over(incoming: bool = True, talk: int = 0, who: str = US, **more: Any) -> str:
    ends = {"frm": PARTY, "to": who} if incoming else {"frm": who, "to": PARTY}
    times = {"start": START, "end": END, "duration": talk, "direction": 0 if incoming else 1}
    return event(4, **(ends | times | more))


MISSED, TALKED = "ended: missed", "ended: over at the PBX"
STORIES: dict[str, tuple[list[str], list[str]]] = {
    "incoming, answered": (
        [incoming(2), incoming(32), over(talk=123)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 123"],
    ),
    "incoming, nobody answers": ([incoming(2), over()], [f"in {PARTY}", MISSED, "record: missed 0"]),
    "2 is missing": (
        [incoming(32), over(talk=9)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 9"],
    ),
    "32 is missing": (
        [incoming(2), over(talk=9)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 9"],
    ),
    "only the end": ([over(talk=9)], ["record: answered 9"]),
    "only the end, unanswered": ([over()], ["record: missed 0"]),
    "events twice": (
        [incoming(2), incoming(2), incoming(32), incoming(32), incoming(2), over(talk=9), incoming(32), outgoing(16)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 9"],
    ),
    "the end twice": (
        [incoming(2), over(), over()],
        [f"in {PARTY}", MISSED, "record: missed 0", "record: missed 0"],
    ),
    "dialled at the desk phone": (
        [outgoing(8), outgoing(16), over(False, talk=9)],
        [f"out {PARTY}", "rang", "answered", TALKED, "record: answered 9"],
    ),
    "dialled at the desk phone, 8 is missing": (
        [outgoing(16), over(False, talk=9)],
        [f"out {PARTY}", "answered", TALKED, "record: answered 9"],
    ),
    "busy": ([outgoing(8), over(False)], [f"out {PARTY}", "rang", "ended: no answer", "record: not answered 0"]),
    "no direction": (
        [outgoing(8), over(False, talk=9, direction=None)],
        [f"out {PARTY}", "rang", "answered", TALKED, "record: answered 9"],
    ),
    "told late": (
        [incoming(2, missed=1), incoming(32, missed=1), over(talk=9, missed=1)],
        ["record: answered 9"],
    ),
    "late for what goes on": (
        [incoming(2), incoming(32, missed=1), over(talk=9, missed=1)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 9"],
    ),
    "answered at another extension": (
        [incoming(2), incoming(2, to="102"), incoming(32, to="102"), over(talk=9, who="102")],
        [f"in {PARTY}", f"line 102 ringing < {PARTY}", "ended: answered on another device", f"line 102 busy < {PARTY}",
         "line 102 free"],
    ),
    "answered at another extension, of which only the end is told": (
        [incoming(2), over(talk=9, who="102")],
        [f"in {PARTY}", "ended: answered on another device", "record: answered elsewhere 0"],
    ),
    "a group rings in vain": (
        [incoming(2), incoming(2, to="102"), over(), over(who="102")],
        [f"in {PARTY}", f"line 102 ringing < {PARTY}", MISSED, "record: missed 0", "line 102 free"],
    ),
    "a call that we handed on is missed where it went": (
        [incoming(2), incoming(32), over(talk=60), incoming(2, to="102"), over(who="102")],
        [f"in {PARTY}", "answered", TALKED, "record: answered 60", f"line 102 ringing < {PARTY}",
         f"desk {PARTY} ringing at 102", "line 102 free", f"desk {PARTY} missed at 102"],
    ),
    "a call that we handed on is taken where it went": (
        [incoming(2), incoming(32), over(talk=60), incoming(2, to="102"), incoming(32, to="102"),
         over(who="102", talk=9)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 60", f"line 102 ringing < {PARTY}",
         f"desk {PARTY} ringing at 102", f"line 102 busy < {PARTY}", "desk gone", "line 102 free"],
    ),
    "a hunt goes on from us to the next": (
        [incoming(2), over(), incoming(2, to="102"), over(who="102")],
        [f"in {PARTY}", MISSED, "record: missed 0", f"line 102 ringing < {PARTY}", f"desk {PARTY} ringing at 102",
         "line 102 free", f"desk {PARTY} missed at 102"],
    ),
    "a group rings in vain, and whoever is told of last began first": (
        [incoming(2, to="102"), incoming(2), over(), over(who="102")],
        [f"line 102 ringing < {PARTY}", f"desk {PARTY} ringing at 102", f"in {PARTY}", "desk gone", MISSED,
         "record: missed 0", "line 102 free"],
    ),
    "a call of ours goes back to the queue": (
        [incoming(32), over(talk=9), event(1, frm=PARTY)],
        [f"in {PARTY}", "answered", TALKED, "record: answered 9", f"desk {PARTY} waiting"],
    ),
    "a caller gives up who waits": (
        [event(1, frm=PARTY), over()], [f"desk {PARTY} waiting", "record: missed 0", "desk gone"],
    ),
    "it comes back from somebody else": (
        [incoming(2), over(), incoming(2), incoming(32), over(talk=9)],
        [f"in {PARTY}", MISSED, "record: missed 0", f"in {PARTY}", "answered", TALKED, "record: answered 9"],
    ),
    "we call another extension, by one callID for both": (
        [event(8, frm=US, to="102"), event(2, frm=US, to="102"), event(32, frm=US, to="102"),
         event(4, frm=US, to="102", duration=9, direction=0, start=START, end=END)],
        ["out 102", "rang", f"line 102 ringing < {US}", "answered", f"line 102 busy < {US}", TALKED,
         "record: answered 9", "line 102 free"],
    ),
    "we call another extension, by a callID for each side": (
        [event(8, "1", frm=US, to="102"), event(2, "2", frm=US, to="102"),
         event(4, "2", frm=US, to="102", duration=0, direction=0),
         event(4, "1", frm=US, to="102", duration=0, direction=1)],
        ["out 102", "rang", f"line 102 ringing < {US}", "line 102 free", "ended: no answer", "record: not answered 0"],
    ),
    "the other side of a call between us and another extension": (
        [event(4, "1", frm=US, to="102", duration=9, direction=0), event(4, "2", frm="102", to=US, duration=9,
         direction=1), event(4, "3", frm=US, to="102", duration=0, direction=0)],
        [],
    ),
    "another extension calls us, by one callID for both": (
        [event(2, frm="102", to=US), event(4, frm="102", to=US, duration=9, direction=1)],
        ["in 102", "answered", TALKED, "record: answered 9"],
    ),
    "how long was talked is not told": (
        [incoming(2), incoming(32), over(duration=None)], [f"in {PARTY}", "answered", TALKED, "record: answered 0"],
    ),
    "how long was talked is nonsense": (
        [outgoing(8), outgoing(16), over(False, talk=10**9)],
        [f"out {PARTY}", "rang", "answered", TALKED, "record: answered 0"],
    ),
    "how long somebody else talked is not told": (
        [incoming(32, to="102"), over(who="102", duration=None)], [f"line 102 busy < {PARTY}", "line 102 free"],
    ),
    "who withholds the number": (
        [event(2, frm="", to=US), event(4, frm="", to=US, duration=0, direction=0, start=START, end=END)],
        ["in anonymous", MISSED, "record: missed 0"],
    ),
    "a call waits, rings at us and is taken": (
        [event(1, frm=PARTY), incoming(2), incoming(32), over(talk=9)],
        [f"desk {PARTY} waiting", f"in {PARTY}", "desk gone", "answered", TALKED, "record: answered 9"],
    ),
    "a call waits, rings at another and is taken": (
        [event(1, frm=PARTY, line=3), incoming(2, to="102"), incoming(32, to="102"), over(talk=9, who="102")],
        [f"desk {PARTY} waiting", f"line 102 ringing < {PARTY}", f"desk {PARTY} ringing at 102",
         f"line 102 busy < {PARTY}", "desk gone", "line 102 free"],
    ),
    "nobody of the group takes it, until somebody calls back": (
        [incoming(2, to="102"), over(who="102"), outgoing(8, own="103", callID="9"),
         outgoing(16, own="103", callID="9"), over(False, talk=7, who="103", callID="9")],
        [f"line 102 ringing < {PARTY}", f"desk {PARTY} ringing at 102", "line 102 free", f"desk {PARTY} missed at 102",
         f"line 103 ringing > {PARTY}", f"line 103 busy > {PARTY}", "line 103 free", "desk gone"],
    ),
    "the group missed one while we were away": ([over(who="102", missed=1)], [f"desk {PARTY} missed at 102"]),
    "what others did while we were away is nothing": (
        [event(1, frm=PARTY, missed=1), incoming(2, to="102", missed=1), incoming(32, to="102", missed=1)],
        [],
    ),
    "it rings at two others; the one that can be taken is shown": (
        [outgoing(8, own="102"), incoming(2, to="102", callID="9"), over(who="102", callID="9"),
         over(False, who="102")],
        [f"line 102 ringing > {PARTY}", f"line 102 ringing < {PARTY}", f"desk {PARTY} ringing at 102",
         f"line 102 ringing > {PARTY}", f"desk {PARTY} missed at 102", "line 102 free"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
async def test_what_is_told_comes_to(story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "GOES_ON_SECONDS", 0.0)
    bench, (documents, says) = Bench(), STORIES[story]
    for document in documents:
        bench.tell(document)
        await asyncio.sleep(0.001)  # what has no more time to come is told
    assert brief(bench.events) == says


async def test_a_call_that_goes_on_from_one_extension_to_the_next_is_not_missed() -> None:
    bench = Bench()
    told = bench.tell(incoming(2, to="102"), over(who="102"), incoming(2, to="103"), over(who="103"))
    told += bench.tell(incoming(32, to="104"))
    assert [one for one in brief(told) if one.startswith("desk")] == [
        f"desk {PARTY} ringing at 102",
        f"desk {PARTY} ringing at 103",
        "desk gone",
    ]
    told = bench.tell(incoming(2, to="102", callID="9"), over(who="102", callID="9"))
    bench.provider._group.lost()
    assert brief(bench.events)[-1] == f"desk {PARTY} missed at 102", "nobody will tell any more"


async def test_a_caller_waits_since_the_call_came_and_not_since_the_last_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    bench = Bench()
    for told in (event(1, frm=PARTY), incoming(2, to="102"), over(who="102", start=None), incoming(2, to="103")):
        bench.tell(told)
        now[0] += 40.0
    assert [one.call.since for one in bench.all(DeskCallChanged)] == [1000.0] * 3
    bench.tell(incoming(32, to="103"), incoming(2, to="104"))
    assert bench.all(DeskCallChanged)[-1].call.since == 1160.0, "somebody talked in between"
    bench.provider._group.lost()


async def test_what_we_sent_on_rings_there_although_our_part_of_it_ends_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "GOES_ON_SECONDS", 0.0)
    bench = Bench()
    bench.tell(incoming(2), incoming(32))
    bench.provider._calls.find(ID).sent_on = Address(AddressKind.PHONE, "102")
    told = brief(bench.tell(incoming(2, to="102"), over(talk=60)))
    assert told == [
        "ended: transferred",
        f"line 102 ringing < {PARTY}",
        f"desk {PARTY} ringing at 102",
        "record: answered 60",
    ]
    assert bench.provider._group.waits(ID), "it can be sent on"
    bench.tell(over(who="102"))
    await until(lambda: brief(bench.events)[-1] == f"desk {PARTY} missed at 102")


async def test_an_event_has_everything_that_is_known_of_it() -> None:
    bench = Bench()
    bench.tell(incoming(2, line=3, queue="sales"), incoming(32))
    bench.tell(over(talk=123, record="http://pbx.example/r.mp3?a=1&amp;b=2", line=3))
    started = bench.all(CallStarted)[0]
    assert (started.ref, started.caller) == (ID, US)
    assert started.facts == (("Call id", ID), ("Line", "3"), ("queue", "sales"))
    assert bench.all(CallDescribed)[-1].facts == (("Direction at the PBX", "incoming"), ("Talk at the PBX", "123 s"))
    record = bench.all(RecordLogged)[0].record
    assert (record.ref, record.peer, record.incoming) == (ID, Address(AddressKind.PHONE, PARTY), True)
    assert (record.started_at, record.answered_at, record.ended_at) == (START, END - 123, END)
    assert record.recording_url == "http://pbx.example/r.mp3?a=1&b=2"
    assert record.result is RecordResult.ANSWERED


@pytest.mark.parametrize(
    ("link", "url", "fact"),
    [
        ("", None, None),
        ("https://pbx.example/r.mp3", "https://pbx.example/r.mp3", None),
        ("http://me:secret@pbx.example/r.mp3", None, None),
        ("ftp://me:secret@pbx.example/r.mp3", None, "ftp://pbx.example/r.mp3"),
        ("file:///etc/passwd", None, None),
        ("http://[", None, None),
    ],
)
async def test_a_recording_is_fetched_by_http_and_shown_by_ftp(link: str, url: str | None, fact: str | None) -> None:
    bench = Bench()
    bench.tell(incoming(2), over(talk=9, record=link))
    record = bench.all(RecordLogged)[0].record
    assert record.recording_url == url
    assert (record.detail is not None and record.detail.endswith(str(fact))) is (fact is not None)
    facts = dict(pair for one in bench.all(CallDescribed) for pair in one.facts)
    assert facts.get("Recording") == fact
    assert "secret" not in str(bench.events)


@pytest.mark.parametrize("times", [{}, {"start": END, "end": START}, {"start": 4 * 10**9, "end": 4 * 10**9}])
async def test_times_that_cannot_be_are_replaced(times: dict[str, int]) -> None:
    bench = Bench()
    document = event(4, frm=PARTY, to=US, duration=60, direction=0, **times)
    before = time.time()
    bench.tell(document)
    record = bench.all(RecordLogged)[0].record
    assert record.ended_at is not None
    assert record.talk_s == 60.0
    assert record.started_at <= record.answered_at <= record.ended_at <= time.time()
    assert record.ended_at >= (START if times.get("end") == START else before)


# -- what we dial -----------------------------------------------------------------------------------------------------


async def test_what_we_dial_is_found_again_however_the_pbx_writes_its_number() -> None:
    bench = Bench()
    ref = bench.dial("+73430112233")
    assert brief(bench.events) == ["out +73430112233"]
    told = bench.tell(event(8, frm=US, to="983430112233"), event(16, frm=US, to="983430112233"))
    assert brief(told) == ["rang", "answered"]
    told = bench.tell(over(False, talk=9, to="983430112233"))
    assert brief(told) == [TALKED, "record: answered 9"]
    assert {one.ref for one in bench.events if not isinstance(one, RecordLogged)} == {ref}
    assert bench.all(RecordLogged)[0].record.ref == ref
    assert bench.all(RecordLogged)[0].record.peer.text == "+73430112233"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ([outgoing(16)], ["answered"]),
        ([over(False)], ["ended: no answer", "record: not answered 0"]),
        ([over(False, talk=9)], ["answered", TALKED, "record: answered 9"]),
        ([outgoing(8, missed=1)], ["rang"]),
        ([event(8, frm=US, to="5550000")], ["out 5550000", "rang"]),
        ([outgoing(8, own="102")], [f"line 102 ringing > {PARTY}"]),
        ([incoming(2)], [f"in {PARTY}"]),
        ([event(4, frm=US, to=PARTY, duration=9, direction=0)], []),
    ],
)
async def test_what_we_dial_can_begin_with_any_event_but_not_of_another_call(told: list[str], says: list[str]) -> None:
    bench = Bench()
    bench.dial()
    assert brief(bench.tell(*told)) == says


async def test_two_calls_to_one_number_are_begun_in_the_order_they_were_dialled() -> None:
    bench = Bench()
    first, second = bench.dial(), bench.dial()
    bench.tell(outgoing(8), event(8, "9", frm=US, to=PARTY), event(4, "9", frm=US, to=PARTY, duration=0, direction=1))
    assert [one.ref for one in bench.all(CallRang)] == [first, second]
    assert [one.ref for one in bench.all(CallEnded)] == [second]


async def test_a_call_of_ours_that_is_told_of_after_a_restart_is_known() -> None:
    memory = FakeMemory()
    bench = Bench(memory)
    ref = bench.dial()
    bench.tell(outgoing(8))
    again = Bench(memory)
    again.tell(over(False, talk=9, missed=1))
    assert [one.record.ref for one in again.all(RecordLogged)] == [ref]
    again.tell(event(4, frm=US, to=PARTY, duration=9, direction=0, missed=1))
    assert {(one.record.ref, one.record.incoming) for one in again.all(RecordLogged)} == {(ref, False)}
    # A PBX that begins to count anew gives the same names to other calls.
    again.dial()
    assert brief(again.tell(outgoing(8), outgoing(16))) == ["rang", "answered"]
    for broken in ("?", "7", '[["a"]]', "[[1,2]]"):
        assert brief(Bench(FakeMemory({"dialled": broken})).tell(over(talk=9))) == ["record: answered 9"]


@pytest.mark.parametrize(("waited", "late", "moved"), [(0, 0, 200.0), (30, 0, 0.0), (0, 40, 0.0)])
async def test_a_clock_that_is_behind_is_seen_by_calls_that_were_here_from_beginning_to_end(
    monkeypatch: pytest.MonkeyPatch, waited: int, late: int, moved: float
) -> None:
    now = [float(END)]
    monkeypatch.setattr(time, "time", lambda: now[0])
    bench = Bench()
    for number in range(3):
        began = now[0] - 200 - waited
        bench.tell(incoming(2, callID=str(number)))
        now[0] += 60
        ended = now[0] - 200
        now[0] += late
        bench.tell(over(callID=str(number), start=int(began), end=int(ended)))
    bench.tell(over(callID="unseen", missed=1), over(who="102", callID="theirs", missed=1))
    assert bench.all(RecordLogged)[-1].record.started_at == START + moved
    assert bench.all(DeskCallChanged)[-1].call.since == START + moved


async def test_ends_of_calls_without_end_do_not_fill_the_history_and_our_own_are_all_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unseen, "AT_ONCE", 3)
    now = [0.0]
    memory = FakeMemory()
    bench = Bench(memory)
    ref = bench.dial()
    bench.tell(outgoing(8))
    after = Bench(memory)
    after.provider._calls._unseen = unseen.Unseen(
        lambda sentence: after.events.append(ProviderFaulted(sentence)), clock=lambda: now[0]
    )
    for number in range(2000):
        after.tell(over(callID=str(number), missed=number % 2))
    assert [one.record.ref for one in after.all(RecordLogged)] == ["0", "1", "2"]
    # What was dialled before the restart, what rings now and its recording are ours.
    after.tell(over(False, talk=9, missed=1), incoming(2, callID="here"), over(callID="here"), over(callID="here"))
    assert [one.record.ref for one in after.all(RecordLogged)][3:] == [ref, "here", "here"]
    for _ in range(50):
        after.tell(over(callID="here"))
    assert len(after.all(RecordLogged)) < 12, "nor is one of ours told of without end"
    now[0] = 60.0
    monkeypatch.setattr(unseen, "PER_MINUTE", 2.0)
    after.tell(*(over(callID=str(number)) for number in range(3000, 3010)))
    assert [one.record.ref for one in after.all(RecordLogged)][-2:] == ["3000", "3001"]
    after.provider._calls.forget()
    (warning,) = after.all(ProviderFaulted)
    assert "2,051 calls" in warning.detail


async def test_a_pbx_that_was_started_anew_may_give_a_name_once_more_while_we_think_to_talk() -> None:
    bench = Bench()
    bench.tell(outgoing(16))
    ref = bench.dial()
    assert brief(bench.tell(outgoing(8), outgoing(16))) == ["ended: connection lost", "rang", "answered"]
    assert bench.all(CallAnswered)[-1].ref == ref


async def test_a_pbx_that_was_started_anew_may_call_our_dial_as_it_called_what_rang_here_before() -> None:
    bench = Bench()
    bench.tell(incoming(2))
    ref = bench.dial()
    assert brief(bench.tell(outgoing(8), outgoing(16))) == ["ended: missed", "rang", "answered"]
    bench.tell(over(False, talk=9))
    assert [one.record.ref for one in bench.all(RecordLogged)] == [ref], "the recording is of the dial"


async def test_a_call_that_is_not_begun_can_be_given_up() -> None:
    bench = Bench()
    ref = bench.dial()
    await bench.provider.hangup(ref)
    assert bench.all(CallEnded)[0].reason is EndReason.CANCELLED
    assert bench.tell(outgoing(8)) == []
    assert brief(bench.tell(outgoing(16))) == [f"out {PARTY}", "answered"], "it went on all the same"
    bench.tell(over(False, talk=9))
    bench.dial()
    assert brief(bench.tell(outgoing(8), over(False))) == ["rang", "ended: no answer", "record: not answered 0"]


# -- nothing stays for ever -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "told", "says"),
    [
        ("START_SECONDS", None, "ended: failed"),
        ("RING_SECONDS", [incoming(2)], MISSED),
        ("RING_SECONDS", [outgoing(8)], "ended: no answer"),
        ("TALK_SECONDS", [incoming(32)], "ended: connection lost"),
        ("RING_SECONDS", [incoming(2, to="102")], "line 102 free"),
        ("RING_SECONDS", [incoming(2, to="102")], "desk gone"),
        ("TALK_SECONDS", [incoming(32, to="102")], "line 102 free"),
        ("WAIT_SECONDS", [event(1, frm=PARTY)], "desk gone"),
    ],
)
async def test_what_the_pbx_says_no_more_of_ends(
    monkeypatch: pytest.MonkeyPatch, limit: str, told: list[str] | None, says: str
) -> None:
    for module in (call, group, lines):
        if hasattr(module, limit):
            monkeypatch.setattr(module, limit, 0.01)
    bench = Bench()
    if told is None:
        bench.dial()
    else:
        bench.tell(*told)
    assert says not in brief(bench.events)
    await until(lambda: says in brief(bench.events))
    for ended in bench.all(CallEnded):
        assert (ended.detail or "").startswith(("The PBX did not start the call", "The PBX told nothing"))


async def test_a_lost_link_marks_calls_and_forgets_what_others_do() -> None:
    bench = Bench()
    bench.tell(incoming(2), incoming(2, to="102", callID="9"))
    bench.provider._calls.interrupted(True)
    bench.provider._group.lost()
    assert bench.provider._group.lines.ringing_at("102") is None
    bench.tell(event(2, frm=US, to="102", callID="8"))
    assert bench.provider._group.lines.ringing_at("102") is None, "who calls there are we"
    assert bench.all(CallInterrupted) == [CallInterrupted(ID, True)]
    assert bench.all(CallEnded) == []


async def test_a_flood_fills_no_memory() -> None:
    bench = Bench()
    for number in range(600):
        name = {"call_id": str(number)}
        bench.tell(event(2, frm="1", to=US, **name), event(2, frm="1", to=str(number + 1000), **name))
        bench.tell(event(1, frm="1", call_id=f"w{number}"), event(4, frm="2", to="103", call_id=f"m{number}"))
    provider = bench.provider
    for number in range(0, 1200, 12):
        bench.tell(incoming(2, call_id="0", **{f"a{number + one}": one for one in range(12)}))
    assert len(provider._calls.find("0")._facts) <= 40
    assert len(bench.all(CallStarted)) == len(provider._calls._calls) == 50
    assert max(map(len, (provider._group.lines._calls, provider._group._desk, provider._group._missed))) <= 500
    provider._calls.give_up("over")
    for number in range(600):
        bench.tell(event(2, frm="1", to=US, call_id=str(number)), event(4, frm="1", to=US, call_id=str(number)))
    assert len(provider._calls._past._refs) <= 500
    assert len(provider._calls._past._recent) <= 500
    provider._group.lost()


async def test_names_that_are_no_names_for_a_call_get_another_here() -> None:
    bench = Bench()
    for name in ("-h", "../../x", "a b", "é", "x y" * 30):
        bench.tell(event(2, frm=PARTY, to=US, call_id=name))
        started = bench.all(CallStarted)[-1]
        assert started.ref.startswith("id-")
        bench.tell(event(4, frm=PARTY, to=US, call_id=name))
        assert bench.all(CallEnded)[-1].ref == started.ref


@pytest.mark.parametrize("seed", range(12))
async def test_any_events_in_any_order_leave_each_call_with_one_end(seed: int) -> None:
    dice, bench = random.Random(seed), Bench()
    for _ in range(300):
        numbers = [US, US, "102", "103", PARTY, ""]
        more = {
            "duration": dice.choice([0, 9]),
            "direction": dice.choice([0, 1, None]),
            "missed": dice.choice([0, 0, 1]),
        }
        kind, name = dice.choice([1, 2, 4, 8, 16, 32]), dice.choice(["1", "2", "3"])
        bench.tell(event(kind, name, frm=dice.choice(numbers), to=dice.choice(numbers), **more))
        if dice.random() < 0.1:
            bench.dial(dice.choice([PARTY, "102"]))
        if dice.random() < 0.03:
            bench.provider._calls.interrupted(True)
            bench.provider._group.lost()
        await asyncio.sleep(0)
    bench.provider._calls.give_up("over")
    for ref in {one.ref for one in bench.all(CallStarted)}:
        kinds = [
            type(one) for one in bench.events if getattr(one, "ref", None) == ref and not isinstance(one, DeskCallGone)
        ]
        assert (kinds[0], kinds[-1]) == (CallStarted, CallEnded)
        assert kinds.count(CallStarted) == kinds.count(CallEnded) == 1
    known = {one.ref for one in bench.all(CallStarted)}
    assert {one.ref for one in bench.events if isinstance(one, CallAnswered | CallRang | CallDescribed)} <= known
    shown = {one.line.text: one.state for one in bench.all(LineChanged)}
    assert set(shown) <= {"102", "103"}
    assert all(state is not LineState.UNKNOWN for state in shown.values())
    assert all(one.call.state in DeskState for one in bench.all(DeskCallChanged))
