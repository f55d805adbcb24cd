"""Fifty calls of the last sixty days, so that there is something to see; all made up (section 9)."""

import random
from datetime import datetime

from tuiphone.simulator.extensions import EXTENSIONS
from tuiphone.simulator.voip24h.rows import (
    ANSWERED,
    BUSY,
    EXTERNAL,
    FAILED,
    INBOUND,
    MISSED,
    NO_ANSWER,
    OUTBOUND,
    Row,
    Rows,
)

SEEDED = 50
DAYS = 60
_NUMBERS = (
    "0901234567", "02473001122", "0912345678", "02838221133", "0938112277", "0987654321", "0905550142", "0283555018",
)  # fmt: skip
_STATUSES = {
    INBOUND: (ANSWERED, ANSWERED, MISSED, NO_ANSWER),
    OUTBOUND: (ANSWERED, ANSWERED, NO_ANSWER, BUSY),
    EXTERNAL: (ANSWERED, NO_ANSWER, BUSY, FAILED),
}
_TODAY = (
    # minutes ago, extension, number, kind, status, talk
    (4, "137", "0912345678", INBOUND, MISSED, 0),
    (19, "102", "0938112277", OUTBOUND, ANSWERED, 64),
    (26, "137", "0938112277", INBOUND, MISSED, 0),  # reached since, by the call above
    (52, "102", "02838221133", INBOUND, MISSED, 0),
    (95, "137", "0283555018", INBOUND, NO_ANSWER, 0),
)


def sow(rows: Rows, now: float) -> None:
    """Enter them: today's, of which some were missed and not yet called back, and those of the days before."""
    today = datetime.fromtimestamp(now, rows.zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    chance = random.Random(24)
    for order in range(SEEDED - len(_TODAY)):
        days_ago = DAYS * (SEEDED - order) / (SEEDED + 1)
        at = today - days_ago * 86_400 + chance.uniform(-2, 2) * 3_600
        kind = (INBOUND, OUTBOUND, EXTERNAL)[order % 3]
        status = _STATUSES[kind][order // 3 % 4]
        talk = chance.randint(8, 95) if status == ANSWERED else 0
        extension = list(EXTENSIONS)[order % 7 % 3]
        rows.add(_row(rows, at, extension, chance.choice(_NUMBERS), kind, status, talk))
    for order, (minutes, extension, number, kind, status, talk) in enumerate(reversed(_TODAY)):
        # Soon after midnight they are of today as well, in the same order.
        at = max(now - 60 * minutes, min(today + order, now))
        rows.add(_row(rows, at, extension, number, kind, status, talk))


def _row(rows: Rows, at: float, extension: str, number: str, kind: str, status: str, talk: int) -> Row:
    rings = 0 if status == FAILED else 4 if status in (ANSWERED, BUSY) else 21
    return Row(rows.new_id(at=at), extension, number, kind, status, talk, rings)
