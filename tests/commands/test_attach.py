"""Attaching to the engine of a profile, or to one of our own."""

from pathlib import Path
from typing import Any, cast

import pytest

from tuiphone.commands import attach
from tuiphone.control.client import EngineGone, NoEngine
from tuiphone.store.paths import find


class Started:
    """An engine that was started."""

    made = 0
    ended = 0

    def __init__(self, *_: object, **__: object) -> None:
        Started.made += 1
        self.process = self

    async def wait(self) -> None:
        """It says that it is ready."""

    def terminate(self) -> None:
        """Nobody needs it."""
        Started.ended += 1


class Phone:
    """A line that finds this, one after the other."""

    def __init__(self, *found: Exception | None) -> None:
        self.found = list(found)

    async def attach(self) -> None:
        """The next."""
        if (error := self.found.pop(0)) is not None:
            raise error


@pytest.fixture(autouse=True)
def _nothing_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attach, "Launch", Started)
    Started.made = Started.ended = 0


NONE, GONE = NoEngine("none"), EngineGone("it ends")


@pytest.mark.parametrize(
    ("found", "started"),
    [
        ((None,), 0),
        ((NONE, None), 1),
        ((NONE, NONE, None), 2),
        ((GONE, NONE, None), 2),
        ((NONE, GONE, NONE, None), 3),
    ],
    ids=["there", "none", "ended before we came", "about to end", "both"],
)
async def test_an_engine_that_others_ended_in_between_is_started_again(
    tmp_path: Path, found: tuple[Exception | None, ...], started: int
) -> None:
    phone = Phone(*found)
    assert await attach._attached_or_started(cast("Any", phone), find(str(tmp_path))) is (started > 0)
    assert (Started.made, Started.ended, phone.found) == (started, 0, [])


async def test_it_is_not_started_for_ever_and_what_was_started_is_ended(tmp_path: Path) -> None:
    with pytest.raises(NoEngine):
        await attach._attached_or_started(cast("Any", Phone(*[NONE] * 9)), find(str(tmp_path)))
    assert (Started.made, Started.ended) == (3, 1)


async def test_an_engine_that_is_there_and_refuses_us_is_left_alone(tmp_path: Path) -> None:
    paths = find(str(tmp_path))
    paths.make()
    paths.socket.touch()
    with pytest.raises(EngineGone):
        await attach._attached_or_started(cast("Any", Phone(GONE)), paths)
    assert Started.made == 0
