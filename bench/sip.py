"""SIP through Kamailio: how soon one is registered, how soon it rings, and how many calls one engine holds."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.sip_phone import MOST, Phone
from tests.rigs.kamailio import Kamailio

RUNS = 15
ROUNDS = 4
WITH_SOUND = 10
HELD_S = 5.0
Row = tuple[str, str, str]


def rows() -> list[Row]:
    """Our end is this process, without the other parts of an engine; the far end is another one."""
    with tempfile.TemporaryDirectory() as folder, Kamailio(Path(folder), memory_mb=256) as server:
        found = [
            asyncio.run(_registered(server)),
            *_with_far("silence", server, _rung),
            *_with_far("silence", server, _set_up),
        ]
        return [*found, *_with_far("sound", server, _talking)]


async def _registered(server: Kamailio) -> Row:
    took: list[float] = []
    for run in range(RUNS):
        began = time.perf_counter()
        async with Phone.at(server.url, f"new{run}", sound=False):
            took.append(time.perf_counter() - began)
    return ("registration", _ms(took), f"TCP, WebSocket, REGISTER, 401, REGISTER, 200; {_spread(took)}")


async def _rung(server: Kamailio) -> list[Row]:
    rung: list[float] = []
    answered: list[float] = []
    async with Phone.at(server.url, "near", sound=False) as phone:
        for _ in range(RUNS):
            began = time.perf_counter()
            ref = await phone.dial("far")
            await phone.until(lambda ref=ref: ref in phone.rang)
            rung.append(time.perf_counter() - began)
            await phone.until(lambda ref=ref: ref in phone.answered)
            answered.append(time.perf_counter() - began)
            await phone.hang_up()
    return [
        ("post-dial delay", _ms(rung), f"dialled to 180 of the far phone, through Kamailio; {_spread(rung)}"),
        ("dialled to picked up", _ms(answered), f"by a phone that picks up at once; {_spread(answered)}"),
    ]


async def _set_up(server: Kamailio) -> list[Row]:
    setting_up = ending = used = 0.0
    async with Phone.at(server.url, "near", sound=False) as phone:
        for _ in range(ROUNDS):
            began, cpu = time.perf_counter(), time.process_time()
            refs = {await phone.dial("far") for _ in range(MOST)}
            await phone.until(lambda refs=refs: refs <= phone.answered)
            setting_up += time.perf_counter() - began
            used += time.process_time() - cpu
            began = time.perf_counter()
            await phone.hang_up()
            ending += time.perf_counter() - began
    calls = ROUNDS * MOST
    note = f"{MOST} held at once, {ROUNDS} times; signalling alone, {1000 * used / calls:.1f} ms of our core each"
    return [
        ("calls set up", f"{calls / setting_up:.0f} /s", note),
        ("calls ended", f"{calls / ending:.0f} /s", "hung up by us, all at once"),
    ]


async def _talking(server: Kamailio) -> list[Row]:
    async with Phone.at(server.url, "near", sound=True) as phone:
        began = time.perf_counter()
        refs = {await phone.dial("far") for _ in range(WITH_SOUND)}
        await phone.until(lambda: refs <= phone.answered)
        await phone.until_connected()
        took = time.perf_counter() - began
        before = sum(side.peer.stats().received for side in phone.sides.values())
        cpu = time.process_time()
        await asyncio.sleep(HELD_S)
        share = (time.process_time() - cpu) / HELD_S / WITH_SOUND
        figures = [side.peer.stats() for side in phone.sides.values()]
        lost, received = sum(one.lost for one in figures), sum(one.received for one in figures) - before
        await phone.hang_up()
    return [
        (
            "calls set up with sound",
            f"{WITH_SOUND / took:.1f} /s",
            f"{WITH_SOUND} at once, with ICE and DTLS at both ends",
        ),
        (
            "a call held with sound, CPU",
            f"{100 * share:.1f} %",
            f"of one core, Opus both ways, {WITH_SOUND} at once; "
            f"{received / HELD_S / WITH_SOUND:.0f} of 50 packets/s came, {lost} lost",
        ),
    ]


def _with_far(kind: str, server: Kamailio, measure: Callable[[Kamailio], Coroutine[Any, Any, list[Row]]]) -> list[Row]:
    with _far(server.url, kind):
        return asyncio.run(measure(server))


@contextmanager
def _far(url: str, kind: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.sip_far", url, "far", kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=os.environ,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.1f} ms"


def _spread(values: list[float]) -> str:
    return f"median of {len(values)}, slowest {max(values) * 1000:.0f} ms"
