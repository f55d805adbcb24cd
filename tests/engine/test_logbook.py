"""The logbook's service: what is asked of it, answered from a phone with accounts that have wires."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from tests.fakes import FakeProvider, until
from tuiphone.control import logbook
from tuiphone.core.capability import Capability
from tuiphone.core.errors import NotPossible, StoreError
from tuiphone.core.model import Account
from tuiphone.core.phone import Phone
from tuiphone.core.trace import Way
from tuiphone.engine.logbook import LogbookService
from tuiphone.engine.service import Parts
from tuiphone.store.paths import Paths, find


class NoDatabase:
    notice = None


@dataclass(slots=True)
class Rig:
    paths: Paths
    phone: Phone
    service: LogbookService
    provider: FakeProvider


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    paths = find(tmp_path / "profile")
    paths.make()
    phone = Phone()
    parts = _parts(paths, phone)
    service = LogbookService(parts)
    phone.start()
    await service.start()
    made: list[FakeProvider] = []

    def make(emit: Any) -> FakeProvider:
        made.append(FakeProvider(emit))
        return made[-1]

    phone.add_account(Account("home", "fake", Capability(0)), make)
    await until(lambda: (known := phone.state.account("home")) and known.link.value == "registered")
    yield Rig(paths, phone, service, made[0])
    await phone.close()
    await service.close()


def _parts(paths: Paths, phone: Phone) -> Parts:
    nothing = cast(Any, None)
    return Parts(paths, nothing, cast(Any, NoDatabase()), phone, nothing, nothing, nothing, nothing)


async def texts(rig: Rig, **query: Any) -> list[str]:
    return [entry.text for entry in (await rig.service.read(logbook.ReadLog(**query))).entries]


async def test_what_happens_to_the_phone_is_there_to_be_read(rig: Rig) -> None:
    rig.provider.incoming("bob")
    await until(lambda: rig.phone.state.calls)
    await until(lambda: any("bob" in entry.text for entry in rig.service.diary.entries))
    assert (await texts(rig, account="home"))[0] == "A call from bob."
    assert "Registered." in await texts(rig)
    assert (await rig.service.read(logbook.ReadLog(limit=1))).total >= 3


async def test_screens_are_told_when_something_happened(rig: Rig) -> None:
    await until(lambda: rig.phone.state.changes_of("log") >= 1)
    before = rig.phone.state.changes_of("log")
    logging.getLogger("tuiphone.test").warning("something")
    await until(lambda: rig.phone.state.changes_of("log") > before)
    assert "Something" in await texts(rig)


async def test_a_wire_is_read_from_where_one_left_off_with_and_without_frames(rig: Rig) -> None:
    rig.provider.trace.sent("h:1", {"token": "hush-hush", "a": 1})
    page = await rig.service.read_trace(logbook.ReadTrace(account="home"))
    assert [(frame.way, frame.body) for frame in page.frames] == [(Way.SENT, "")]
    frame = (await rig.service.read_frame(logbook.ReadFrame("home", page.frames[0].id))).frame
    assert frame.body == '{"token":"•••","a":1}'
    rig.provider.trace.received("h:1", {"b": 2})
    more = await rig.service.read_trace(logbook.ReadTrace(account="home", after=page.version, bodies=True))
    assert [each.body for each in more.frames] == ['{"b":2}']
    with pytest.raises(NotPossible, match="forgotten"):
        await rig.service.read_frame(logbook.ReadFrame("home", 99))
    with pytest.raises(NotPossible, match="nobody; there are: home"):
        await rig.service.read_trace(logbook.ReadTrace(account="nobody"))


async def test_the_wire_is_remembered_when_the_account_is_read_anew(rig: Rig) -> None:
    rig.provider.trace.sent("h:1", {"a": 1})
    await rig.phone.remove_account("home")
    assert len((await rig.service.read_trace(logbook.ReadTrace(account="home"))).frames) == 1
    rig.phone.add_account(Account("home", "fake", Capability(0)), FakeProvider)
    rig.phone.traces["home"].sent("h:1", {"a": 2})
    page = await rig.service.read_trace(logbook.ReadTrace(account="home"))
    assert [frame.label for frame in page.frames] == ["a 1", "a 2"]


async def test_a_trace_is_written_once_for_its_owner_alone_and_only_by_its_whole_path(rig: Rig, tmp_path: Path) -> None:
    rig.provider.trace.sent("h:1", {"a": 1})
    file = tmp_path / "t.txt"
    saved = await rig.service.save_trace(logbook.SaveTrace(account="home", file=str(file)))
    assert (saved.size, file.stat().st_mode & 0o777) == (file.stat().st_size, 0o600)
    assert "--> h:1 a 1" in file.read_text()
    with pytest.raises(StoreError, match="there already"):
        await rig.service.save_trace(logbook.SaveTrace(account="home", file=str(file)))
    for name in ("t.txt", "../t.txt", "/tmp/x\0y"):
        with pytest.raises(NotPossible, match="whole path"):
            await rig.service.save_trace(logbook.SaveTrace(account="home", file=name))


async def test_a_mistake_in_the_settings_is_in_the_log(tmp_path: Path) -> None:
    paths = find(tmp_path / "profile")
    paths.make()
    paths.config_file.write_text('[app]\ntheem = "x"\n')
    phone = Phone()
    phone.start()
    service = LogbookService(_parts(paths, phone))
    await service.start()
    found = (await service.read(logbook.ReadLog(text="theem"))).entries
    assert len(found) == 1
    assert "did you mean" in found[0].text
    await phone.close()
    await service.close()
