"""The wire trace, which is recorded always: what a frame costs the engine, alone and in a flood, and what it holds."""

import time
import tracemalloc
from itertools import count
from typing import Any

from tuiphone.core.redact import learn
from tuiphone.core.trace import MAX_FRAMES, Trace
from tuiphone.providers.oncaller.labels import label

RUNS = 2000
SDP = "v=0\r\n" + "a=candidate:1 1 udp 2122260223 192.0.2.1 50000 typ host\r\na=ice-pwd:9Fq2kLmZx81bTt\r\n" * 30
FRAMES: dict[str, dict[str, Any]] = {
    "a state of a call": {"service": 32, "body": {"callId": "call-1", "code": 180, "reason": "Ringing"}},
    "a session description": {"service": 29, "body": {"callId": "call-1", "type": "sdp", "data": {"sdp": SDP}}},
    "a megabyte": {"service": 36, "body": {"callId": "call-1", "info": "token " * 170_000}},
}


def rows() -> list[tuple[str, str, str]]:
    """Frames as OnCaller's links give them, with twenty secrets known."""
    for number in range(20):
        learn(f"bench-secret-{number:04}")
    found: list[tuple[str, str, str]] = []
    for name, frame in FRAMES.items():
        runs = RUNS if "megabyte" not in name else 50
        # A clock that is a second later each time: no flood.
        trace = Trace(label, clock=count().__next__)
        found.append((name, f"{_microseconds(trace, frame, runs):.0f} µs", "to record"))
    trace = Trace(label, clock=lambda: 1.0)
    found.append(("a frame of a flood", f"{_microseconds(trace, FRAMES['a state of a call'], 100_000):.1f} µs", ""))
    tracemalloc.start()
    trace = Trace(label, clock=count().__next__)
    _microseconds(trace, FRAMES["a session description"], 2 * MAX_FRAMES)
    held = tracemalloc.get_traced_memory()[0] / 1024 / 1024
    tracemalloc.stop()
    return [*found, ("a trace that is full", f"{held:.1f} MB", f"{len(trace):,} frames")]


def _microseconds(trace: Trace, frame: dict[str, Any], runs: int) -> float:
    began = time.process_time()
    for _ in range(runs):
        trace.received("192.0.2.1:443", frame)
    return (time.process_time() - began) / runs * 1e6
