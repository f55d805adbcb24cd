"""`tuiphone dnd`: do not disturb from a shell."""

import argparse
import asyncio
import json
import time

from tuiphone.commands.attach import Failed, attached
from tuiphone.core import until
from tuiphone.core.policy import FOREVER

WRONG_USAGE = 2


def dnd(options: argparse.Namespace) -> int:
    """Say whether calls ring, or change it."""
    return asyncio.run(_dnd(options))


async def _dnd(options: argparse.Namespace) -> int:
    wanted, changes = _wanted(options.words, time.time())
    async with attached(options) as phone:
        now_until = phone.state.do_not_disturb
        if changes:
            await phone.set_disturb(wanted)
            now_until = wanted
    if options.json:
        print(json.dumps({"on": now_until is not None, "until": None if now_until == FOREVER else now_until}))
    else:
        print(_sentence(now_until))
    return 0


def _wanted(words: list[str], now: float) -> tuple[float | None, bool]:
    """Until when, and whether that is to be changed at all. Raises: Failed."""
    try:
        match [word.lower() for word in words]:
            case []:
                return None, False
            case ["on"]:
                return FOREVER, True
            case ["off"]:
                return None, True
            case ["for", *length] | ["on", "for", *length] if length:
                return until.after_length(" ".join(length), now), True
            case ["until", *at] | ["on", "until", *at] if at:
                return until.time_to_come(" ".join(at), now), True
            case _:
                raise until.BadTime(f"{' '.join(words)!r} is none of: on, off, for 30m, until 17:00.")
    except until.BadTime as error:
        raise Failed(str(error), WRONG_USAGE) from error


def _sentence(end: float | None) -> str:
    if end is None:
        return "Calls ring."
    if end == FOREVER:
        return "Do not disturb, until it is switched off: tuiphone dnd off"
    same_day = time.localtime(end)[:3] == time.localtime()[:3]
    return f"Do not disturb until {time.strftime('%H:%M' if same_day else '%Y-%m-%d %H:%M', time.localtime(end))}."
