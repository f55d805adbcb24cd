"""The longest hole in what is heard while somebody scrolls the history as fast as keys repeat."""

import sqlite3
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from bench.screen import Screen
from tests.rigs.pulse import RATE, Card, Sound
from tests.rigs.stage import TUIPHONE, Handset, Simulator

SECONDS = 12
RECORDS = 5000
QUIET = 200
BLOCK = RATE // 500


def rows() -> list[tuple[str, str, str]]:
    """A tone comes in without a pause; every pause at the speaker was made by us."""
    with tempfile.TemporaryDirectory() as folder, Card(Path(folder) / "card") as card:
        simulator = Simulator(Path(folder) / "accounts")
        phone = Handset(Path(folder) / "alice", simulator.accounts / "alice.toml", env=card.env)
        phone.start()
        phone.close()
        _fill(phone)
        phone.start()
        screen = Screen(TUIPHONE, phone.env, columns=160, rows=45)
        try:
            screen.wait_for("alice")
            call = phone.begin("dial", "tone")
            phone.until(lambda state: state["calls"] and state["calls"][0]["state"] == "active")
            screen.type("\x1bOS")  # F4
            screen.run(2)
            calm = _longest_gap_ms(card.listen(SECONDS))
            busy = _while_scrolling(card, screen)
            phone.run("hangup")
            call.wait(10)
        finally:
            screen.close()
            phone.close()
            simulator.close()
    return [
        ("longest audio gap, screen at rest", f"{calm:.0f} ms", f"over {SECONDS} s"),
        (
            "longest audio gap while scrolling",
            f"{busy:.0f} ms",
            f"over {SECONDS} s, {RECORDS} records, a page every 30 ms; goal 40 ms",
        ),
    ]


def _while_scrolling(card: Card, screen: Screen) -> float:
    heard: list[Sound] = []
    listener = threading.Thread(target=lambda: heard.append(card.listen(SECONDS)))
    listener.start()
    end = time.monotonic() + SECONDS
    down = True
    while time.monotonic() < end:
        screen.type("\x1b[6~" if down else "\x1b[5~")
        screen.run(0.03)
        down = down if int(end - time.monotonic()) % 4 else not down
    listener.join()
    return _longest_gap_ms(heard[0])


def _longest_gap_ms(sound: Sound) -> float:
    blocks = np.abs(sound[: len(sound) // BLOCK * BLOCK].astype(int)).reshape(-1, BLOCK).max(axis=1)
    longest = run = 0
    for quiet in blocks < QUIET:
        run = run + 1 if quiet else 0
        longest = max(longest, run)
    return longest * BLOCK / RATE * 1000


def _fill(phone: Handset) -> None:
    """Many calls, straight into the database."""
    file = next((phone.profile / "data").glob("*.sqlite"))
    with sqlite3.connect(file) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(calls)")]
        now = time.time()
        known = {"account": "alice", "kind": "user", "incoming": 0, "video": 0, "result": "answered", "seen": 1}
        for number in range(RECORDS):
            row = {**known, "ref": f"bench-{number}", "peer": f"user{number}", "folded": f"user{number}"}
            row |= {"started_at": now - number * 300, "answered_at": now - number * 300 + 3}
            row |= {"ended_at": now - number * 300 + 90}
            used = {key: value for key, value in row.items() if key in columns}
            marks = ", ".join("?" for _ in used)
            connection.execute(f"INSERT INTO calls ({', '.join(used)}) VALUES ({marks})", tuple(used.values()))
