"""Draws the pictures of the README, of the real app on a scripted phone. Run: make screenshots"""

import asyncio
import os
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

# Started as a script, the checkout is not where Python looks for `tests`.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.ui.fake_phone import FakePhone
from tests.ui.samples import AN, HELP_DESK, NOW, OLGA, account, call, record, state
from tests.ui.stage import Stage, make_app
from tuiphone.core.call import CallState
from tuiphone.core.events import Link
from tuiphone.core.model import Address, AddressKind, RecordResult
from tuiphone.core.ports import MediaStats
from tuiphone.ui import numbers

HERE = Path(__file__).resolve().parent
SIZE = (100, 28)
MARTA = Address(AddressKind.PHONE, "+48221234567", "Marta Nowak")
JONAS = Address(AddressKind.USER, "jonas", "Jonas Weber")
BRANCH = account("branch", Link.WAITING, detail="The server closed the connection.", retry_at=NOW + 4)
ACCOUNTS = (BRANCH, account("home", numbers=()), account("work"))
TALKING = call(
    peer=AN,
    facts=(("Called as", "+84 24 7300 0001"), ("From internal", "no"), ("Answered on another device", "no")),
    notices=('{"ticket": 4711, "queue": "support"}',),
    recording="/recordings/2026-11-21 14.01.ogg",
)
HELD = call(CallState.HELD, OLGA, "c2", account="home")
PEOPLE = (AN, OLGA, MARTA, HELP_DESK, JONAS)
RESULTS = (RecordResult.ANSWERED, RecordResult.MISSED, RecordResult.ANSWERED, RecordResult.ANSWERED, RecordResult.BUSY)
RECORDS = tuple(
    record(
        40 - at,
        PEOPLE[at % 5],
        600 + at * 3_400 + at * at * 900,
        incoming=at % 3 == 1,
        result=RESULTS[at % 5]
        if at % 3 == 1 or RESULTS[at % 5] is not RecordResult.MISSED
        else RecordResult.NOT_ANSWERED,
        account="home" if at % 4 == 1 else "work",
        recording="/recordings/a.ogg" if at % 5 == 2 else None,
    )
    for at in range(40)
)


async def talk(stage: Stage, clock: list[float]) -> None:
    """A minute of a call that sounded well but for a few seconds."""
    await stage.until(lambda: stage.page == "call")
    await stage.settle()
    for second in range(61):
        clock[0] = NOW - 60 + second
        mos = 3.4 if 22 <= second <= 26 else 4.3
        mine, theirs = (0.1, 0.02, 0.05, 0.2)[second % 4], (0.2, 0.45, 0.1, 0.3)[second % 4]
        stage.phone.meter(c1=MediaStats(mine, theirs, "Opus", 2100, 9, 0.1, 4.2, 24.0, 41.0, 180.0, mos))
        await stage.pilot.pause()
    stage.app._main._tick()
    await stage.sees("good 4.3")


async def dial(stage: Stage, clock: list[float]) -> None:
    """The first page."""
    await stage.sees("Help desk")


async def incoming(stage: Stage, clock: list[float]) -> None:
    """Somebody rings during a call."""
    await talk(stage, clock)
    ringing = call(CallState.INCOMING, MARTA, "in", video=True, caller="+842473000001")
    await stage.tell(replace(stage.phone.state, calls=(TALKING, HELD, ringing)))
    await stage.sees("earlier calls")


async def history(stage: Stage, clock: list[float]) -> None:
    """Past calls."""
    await stage.press("f4")
    await stage.sees("40 calls")
    await stage.press("down", "down")


async def accounts(stage: Stage, clock: list[float]) -> None:
    """An account that reconnects."""
    await stage.press("f7", "down")
    await stage.settle()


PICTURES: dict[str, tuple[Callable[[Stage, list[float]], Awaitable[None]], bool, str]] = {
    "dial": (dial, False, "midnight"),
    "call": (talk, True, "midnight"),
    "incoming": (incoming, True, "midnight"),
    "history": (history, False, "midnight"),
    "accounts": (accounts, False, "paper"),
}


async def draw(name: str) -> None:
    """Draw one picture."""
    steps, in_call, theme = PICTURES[name]
    calls = (TALKING, HELD) if in_call else ()
    phone = FakePhone(state(*calls, accounts=ACCOUNTS, missed=0 if in_call else 2), records=RECORDS)
    clock = [NOW]
    app = make_app(phone, theme=theme, now=lambda: clock[0])
    async with app.run_test(size=SIZE) as pilot:
        stage = Stage(app, phone, pilot)
        await stage.until(lambda: app.has_engine)
        await stage.settle()
        await steps(stage, clock)
        await stage.settle()
        (HERE / f"{name}.svg").write_text(plain(app.export_screenshot(title="tuiphone")), encoding="utf-8")
    print(f"screenshots/{name}.svg")


def plain(svg: str) -> str:
    """The picture without fonts from elsewhere, and the same on every run."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace("Fira Code", "DejaVu Sans Mono")
    return re.sub(r"terminal-\d+-", "terminal-", svg).rstrip() + "\n"


def main() -> None:
    """Draw all of them, or those named."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    numbers.load()
    for name in sys.argv[1:] or PICTURES:
        asyncio.run(draw(name))


if __name__ == "__main__":
    main()
