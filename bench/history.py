"""How long a filter takes, from the question on the control socket to its first page and count; how long jumps take,
and the cards of callers.

The calls are of people with names as they are: the commonest family name is a third of all, some call every day.
"""

import asyncio
import random
import sqlite3
import statistics
import tempfile
import time
import unicodedata
from contextlib import closing
from pathlib import Path

from tests.rigs.stage import Handset
from tuiphone.control.client import RemotePhone
from tuiphone.store import paths
from tuiphone.store.rows import folded

SIZES = ((100_000, 10_000, 50), (1_000_000, 50_000, 200))
"""Calls, people, and the goal in milliseconds."""
PAGE = 100
FAMILY = ("Nguyễn",) * 13 + ("Trần",) * 5 + ("Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô") * 2
GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hà", "Hương", "Khánh", "Lan", "Minh", "Nam", "Phương", "Quân", "Thảo")
MIDDLE = ("Văn", "Thị", "Đức", "Ngọc", "Hữu", "Thanh", "Xuân", "Quốc")
OTHERS = (
    *(f"{given} {family}" for given in ("Ольга", "Иван", "Мария") for family in ("Петрова", "Смирнов", "Ким")),
    *(f"{given} {family}" for given in ("Priya", "Rahul", "John", "Mary") for family in ("Sharma", "Smith", "O'Neil")),
    *(f"{family} {given}" for family in ("佐藤", "鈴木", "王") for given in ("愛子", "健", "伟")),
)  # fmt: skip
FILTERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("everything", ("",)),
    ("a common name", ("nguyen", "tran", "nguyễn", "le")),
    ("a rare name", ("o'neil", "佐藤", "ольга", "sharma")),
    ("two words", ("nguyen lan", "tran khanh", "hoang minh", "le thao")),
    ("part of a number", ("4567", "0123", "90812", "77")),
    ("a number in groups", ("090 812 3456", "+84 90-123", "(091) 555", "0084908")),
    ("missed", ("missed", "-missed in", "missed answered out", "answered video")),
    ("an account", ("account:work", "account:home", "account:pbx", "-account:work")),
    ("dates", ("from:-7d", "from:-300d to:-30d", "from:2020 to:2021", "to:yesterday")),
    ("length", ("min:60s", "min:10m", "max:30s", "min:1m max:5m")),
    ("all together", ("nguyen missed account:work", "lan in from:-300d", "min:60s out tran", "-an video recorded")),
    ("nothing found", ("zzzzz", "nguyen qqq", "account:work xyzzy", "999999999999")),
)


def rows() -> list[tuple[str, str, str]]:
    """Both sizes."""
    found: list[tuple[str, str, str]] = []
    for calls, people, goal in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            phone = Handset(Path(folder) / "profile", None)
            phone.start()
            phone.close()
            began = time.monotonic()
            fill(phone.profile, calls, people)
            made = time.monotonic() - began
            phone.start()
            try:
                found += asyncio.run(_measure(phone, calls, goal))
            finally:
                phone.close()
            found.append((f"{calls:,} calls: made in", f"{made:.0f} s", "not a goal"))
    return found


async def _measure(phone: Handset, calls: int, goal: int) -> list[tuple[str, str, str]]:
    remote = RemotePhone(paths.find(phone.profile).socket, screen=False, program="bench")
    await remote.attach()
    began = time.monotonic()
    assert (await remote.history(limit=1)).total == calls
    first = time.monotonic() - began
    found = [(f"{calls:,} calls: first page after the start", f"{first * 1000:.0f} ms", "")]
    began = time.monotonic()
    await remote.history("noted")
    ready = time.monotonic() - began
    found.append((f"{calls:,} calls: first filter after the start", f"{ready * 1000:.0f} ms", "what they need is read"))
    slowest = 0.0
    for kind, lines in FILTERS:
        times: list[float] = []
        totals: list[int] = []
        for line in lines:
            began = time.monotonic()
            page = await remote.history(line, limit=PAGE)
            times.append(time.monotonic() - began)
            totals.append(page.total)
        slowest = max(slowest, *times)
        note = f"slowest {max(times) * 1000:.0f} ms; {lines[0]!r} finds {totals[0]:,}"
        found.append((f"{calls:,} calls: {kind}", f"{statistics.median(times) * 1000:.1f} ms", note))
    found.append((f"{calls:,} calls: slowest filter", f"{slowest * 1000:.0f} ms", f"goal {goal} ms"))
    jumps = [await _timed(remote, calls * part // 10) for part in (10, 5, 9, 1, 7)]
    found.append((f"{calls:,} calls: jump to any line", f"{max(jumps) * 1000:.1f} ms", "slowest of 5"))
    callers = {record.peer.text: record.peer for record in (await remote.history(limit=PAGE)).records}
    cards: list[float] = []
    most = 0
    for peer in callers.values():
        began = time.monotonic()
        card = await remote.card(peer, "work")
        cards.append(time.monotonic() - began)
        most = max(most, card.calls)
    note = f"slowest {max(cards) * 1000:.0f} ms; {most:,} calls with one"
    found.append((f"{calls:,} calls: a caller's card", f"{statistics.median(cards) * 1000:.1f} ms", note))
    await remote.close()
    return found


async def _timed(remote: RemotePhone, start: int) -> float:
    began = time.monotonic()
    assert len((await remote.history("", start=max(0, start - PAGE), limit=PAGE)).records) == PAGE
    return time.monotonic() - began


def fill(profile: Path, calls: int, people: int) -> None:
    """Put this many calls with this many people into the profile's database."""
    with closing(sqlite3.connect(paths.find(profile).database)) as connection, connection:
        fill_database(connection, calls, people, now=time.time())


def fill_database(connection: sqlite3.Connection, calls: int, people: int, *, now: float) -> None:
    """The calls, two minutes apart; SQLite makes them up, because a million is a lot for Python."""
    chance = random.Random(7)
    connection.execute("CREATE TEMP TABLE people (id INTEGER PRIMARY KEY, name TEXT, peer TEXT, folded TEXT)")
    connection.executemany("INSERT INTO people VALUES (?, ?, ?, ?)", (_person(id, chance) for id in range(people)))
    connection.execute("INSERT OR IGNORE INTO words (folded) SELECT folded FROM people")
    connection.execute(
        """
        WITH RECURSIVE
            numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :calls),
            -- Some call far oftener than others; primes spread the rest.
            made AS (SELECT n, n * 2654435761 % 4294967296 AS h, n * 40503 % 65521 AS g FROM numbers),
            told AS (
                SELECT n, h, g, (h * 1.0 / 4294967296) * (g / 65521.0) AS skewed, h / 65536 % 100 AS percent FROM made
            )
        INSERT INTO calls (account, ref, kind, peer, name, folded, peer_words, incoming, video, started_at, answered_at,
            ended_at, result, recording, seen)
        SELECT
            CASE WHEN g % 10 < 6 THEN 'work' WHEN g % 10 < 9 THEN 'home' ELSE 'pbx' END,
            'bench-' || n, 'phone', p.peer, p.name, p.folded, w.id, g % 2, percent % 12 = 0,
            :now - (:calls - n) * 120.0,
            CASE WHEN percent < 70 THEN :now - (:calls - n) * 120.0 + 6 END,
            :now - (:calls - n) * 120.0 + CASE WHEN percent < 70 THEN 6 + h % 900 ELSE 25 END,
            CASE WHEN percent < 70 THEN 'answered' WHEN g % 2 THEN 'missed' WHEN percent < 80 THEN 'busy'
                ELSE 'not answered' END,
            CASE WHEN percent % 20 = 0 THEN '/recordings/' || n || '.ogg' END, 1
        FROM told JOIN people p ON p.id = CAST(skewed * :people AS INTEGER) JOIN words w ON w.folded = p.folded
        """,
        {"calls": calls, "people": people, "now": now},
    )


def _person(id: int, chance: random.Random) -> tuple[int, str | None, str, str]:
    if chance.random() < 0.2:
        name = None
    elif chance.random() < 0.15:
        name = chance.choice(OTHERS)
    else:
        name = " ".join(chance.choice(part) for part in (FAMILY, MIDDLE, GIVEN))
    number = f"+84{chance.choice((90, 91, 93, 97, 98))}{chance.randrange(10**7):07}"
    return id, unicodedata.normalize("NFC", name) if name else None, number, folded(f"{name or ''}\n{number}")
