"""Users who each do one odd thing, for tests that want to see what a phone makes of it."""

import re

from tuiphone.simulator.sip.floor import Ring
from tuiphone.simulator.sip.robots import refuse

_STATUS = re.compile(r"status-([3-6][0-9]{2})")


def scripted(name: str) -> Ring | None:
    """What the user of that name does when called; None when there is none."""
    if match := _STATUS.fullmatch(name):
        return refuse(int(match[1]))
    return None


def places(name: str) -> list[str]:
    """The devices of a robot."""
    return [name]
