"""How long it takes from the command to the app's first frame, as whole processes."""

import os
import statistics
import tempfile
from pathlib import Path

from bench.screen import Screen
from tests.rigs.stage import TUIPHONE, Handset, Simulator

RUNS = 7
FIRST_FRAME = "tuiphone"
USABLE = "registered"


def rows() -> list[tuple[str, str, str]]:
    """Cold, warm, with and without an engine that is already there."""
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(Path(folder) / "accounts")
        phone = Handset(Path(folder) / "alice", simulator.accounts / "alice.toml")
        try:
            return _measure(phone)
        finally:
            phone.close()
            simulator.close()


def _measure(phone: Handset) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    alone: list[float] = []
    for _ in range(3):
        alone.append(_first_frame(phone))
        phone.close()
    found.append(("first frame, engine started too", _ms(alone), "median of 3"))
    phone.start()
    _first_frame(phone)
    warm = [_first_frame(phone) for _ in range(RUNS)]
    found.append(("first frame, warm", _ms(warm), f"median of {RUNS}, slowest {max(warm) * 1000:.0f} ms; goal 500 ms"))
    try:
        cold = [_drop_caches() or _first_frame(phone) for _ in range(3)]
        found.append(("first frame, cold", _ms(cold), "median of 3, file cache dropped before each"))
    except PermissionError:
        found.append(("first frame, cold", "?", "only root can drop the file cache"))
    return found


def _first_frame(phone: Handset) -> float:
    screen = Screen(TUIPHONE, phone.env)
    try:
        return screen.wait_for(FIRST_FRAME) - screen.started
    finally:
        screen.close()


def _drop_caches() -> None:
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("3")


def _ms(values: list[float]) -> str:
    return f"{statistics.median(values) * 1000:.0f} ms"
