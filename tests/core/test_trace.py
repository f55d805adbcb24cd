"""The wire trace: every frame once, bounded, cheap in a flood, calls told apart, no secrets."""

import time
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tuiphone.core import trace as module
from tuiphone.core.trace import FLOOD, MAX_BODY, MAX_FRAMES, MAX_SIZE, Label, Trace, Way, plain_label


def ticking(step: float = 1.0) -> Callable[[], float]:
    ticks = count()
    return lambda: 1000.0 + step * next(ticks)


def said(trace: Trace) -> list[tuple[str, str]]:
    return [(frame.way.value, frame.label) for frame in trace]


def labelled(frame: Any, *, sent: bool) -> Label:
    """Frames of the tests say their label themselves."""
    return Label(frame["label"], frame.get("call"), frame.get("pair"), frame.get("routine", False))


def test_frames_stand_in_the_order_they_went_with_their_way_and_size() -> None:
    trace = Trace(clock=ticking())
    trace.note("h:1", "connected")
    trace.sent("h:1", {"a": 1}, size=7)
    trace.received("h:1", "INVITE sip:x\r\nTo: y", size=21)
    assert said(trace) == [("note", "connected"), ("sent", "a 1"), ("received", "INVITE sip:x")]
    assert [frame.size for frame in trace] == [0, 7, 21]
    assert [frame.at for frame in trace] == [1000.0, 1001.0, 1002.0]


def test_secrets_are_gone_before_anything_is_kept() -> None:
    trace = Trace(lambda frame, sent: Label(f"token={frame['accesstoken']}"), clock=ticking())
    trace.sent("h:1", {"accesstoken": "hunter2hunter2", "pin": "hunter3"}, secrets=frozenset({"pin"}))
    trace.exchange(Way.RECEIVED, "h:1", "GET /?password=hunter2hunter2", {"api_key": "hunter2hunter2"})
    trace.note("h:1", "wss://u:hunter2hunter2@h", "Authorization: hunter2hunter2")
    assert "hunter" not in repr(list(trace))


def test_a_run_of_pings_takes_one_line_that_counts() -> None:
    trace = Trace(labelled, clock=ticking())
    for _ in range(10):
        trace.received("h:1", {"label": "ping", "routine": True})
        trace.sent("h:1", {"label": "ping", "routine": True})
    version = trace.version
    trace.received("h:1", {"label": "call"})
    trace.received("h:1", {"label": "ping", "routine": True})
    assert [(frame.label, frame.count) for frame in trace] == [("ping", 20), ("call", 1), ("ping", 1)]
    assert [frame.label for frame in trace.frames(after=version)] == ["call", "ping"]


def test_who_follows_hears_of_new_frames_and_of_runs_that_go_on() -> None:
    trace = Trace(labelled, clock=ticking())
    trace.received("h:1", {"label": "ping", "routine": True})
    version = trace.version
    assert trace.frames(after=version) == []
    trace.received("h:1", {"label": "ping", "routine": True})
    assert [(frame.id, frame.count) for frame in trace.frames(after=version)] == [(1, 2)]


def test_request_and_reply_share_the_call_whichever_of_them_knows_it() -> None:
    trace = Trace(labelled, clock=ticking())
    trace.sent("h:1", {"label": "dial", "pair": "26/1"})
    version = trace.version
    trace.received("h:1", {"label": "dialled", "pair": "26/1", "call": "c1"})
    trace.sent("h:1", {"label": "hang up", "pair": "28/2", "call": "c1"})
    trace.received("h:1", {"label": "hung up", "pair": "28/2"})
    trace.received("h:1", {"label": "other", "call": "c2"})
    assert [frame.call for frame in trace] == ["c1", "c1", "c1", "c1", "c2"]
    assert next(frame.label for frame in trace.frames(after=version)) == "dial"
    assert len(trace.frames(call="c1")) == 4


def test_the_newest_frames_are_kept_within_a_number_and_a_size() -> None:
    trace = Trace(clock=ticking())
    for number in range(MAX_FRAMES + 10):
        trace.sent("h:1", {"n": number})
    assert len(trace) == MAX_FRAMES
    assert trace.dropped == 10
    for _ in range(600):
        trace.received("h:1", {"x": "y" * 10_000})
    assert sum(len(frame.body) for frame in trace) <= MAX_SIZE
    assert len(trace) > 100


def test_a_megabyte_is_kept_in_part_and_says_how_long_it_was() -> None:
    trace = Trace(clock=ticking())
    trace.received("h:1", {"x": "y" * 1_000_000}, size=1_000_009)
    trace.received("h:1", "z" * 1_000_000, size=1_000_000)
    assert all(len(frame.body) <= 2 * MAX_BODY for frame in trace)
    assert "(1,000,000 characters)" in next(iter(trace)).body


def test_a_flood_is_counted_and_costs_next_to_nothing() -> None:
    now = [1000.0]
    trace = Trace(clock=lambda: now[0])
    sdp = {"service": 27, "body": {"sdp": "a=ice-pwd:x\r\n" * 200}}
    began = time.process_time()
    for _ in range(50_000):
        trace.received("h:1", sdp)
    spent = time.process_time() - began
    assert len(trace) == FLOOD + 1
    last = list(trace)[-1]
    assert (last.way, last.count) == (Way.NOTE, 50_000 - FLOOD)
    # Less than two seconds of a slow machine for what arrives in five at 10,000 a second.
    assert spent < 2.0
    now[0] += 1
    trace.received("h:1", {"a": 1})
    assert list(trace)[-1].label == "a 1"


@pytest.mark.parametrize("frame", [{}, {"body": None}, {"a": [[]]}, {"label": 5}, {"label": None}])
def test_a_label_that_fails_on_a_frame_of_the_network_breaks_nothing(frame: Any) -> None:
    def fussy(frame: Any, *, sent: bool) -> Label:
        return Label(frame["label"].upper())

    trace = Trace(fussy, clock=ticking())
    trace.received("h:1", frame)
    assert len(trace) == 1


def test_the_trace_goes_on_when_the_settings_of_its_account_change() -> None:
    before, after = Trace(clock=ticking()), Trace(clock=ticking())
    before.sent("h:1", {"a": 1})
    after.adopt(before)
    after.sent("h:1", {"a": 2})
    assert [(frame.id, frame.label) for frame in after] == [(1, "a 1"), (2, "a 2")]
    assert after.version == 2


def test_a_plain_label_says_little_and_no_secret() -> None:
    frame = {"token": "hush", "event": "ring", "n": 5, "deep": {"a": 1}, "long": "x" * 500}
    assert plain_label(frame, sent=True).text.startswith("token •••, event ring, n 5, long x")
    assert plain_label("", sent=True).text == "(empty)"
    assert module.plain_label([1], sent=False).text == "list"
