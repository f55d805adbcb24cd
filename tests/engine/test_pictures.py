"""Pictures for whoever looks: begun with the first look, kept up by looking again, gone with the call."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import av
import numpy as np
import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import FakeProvider, until
from tests.media.test_views import frame
from tuiphone.control.pictures import Pictures, Unwatch, Watch
from tuiphone.core.call import Attendance, CallId, EndReason, Participant
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallEnded, ParticipantsChanged
from tuiphone.core.frames import FrameReader, Picture
from tuiphone.core.model import Address, AddressKind
from tuiphone.engine import pictures
from tuiphone.engine.pictures import PictureService
from tuiphone.media.views import View


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where pictures are, for this test alone."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(pictures, "place_for", lambda run_dir: folder)
    return folder


@pytest.fixture
async def at(tmp_path: Path) -> AsyncIterator[EngineDesk]:
    async with desk(tmp_path / "profile", PictureService) as running:
        yield running


class Talk:
    """A video call with bob, and the two sides of it."""

    def __init__(self, at: EngineDesk, provider: FakeProvider, id: CallId) -> None:
        self.at, self.provider, self.id = at, provider, id
        self.far, self.own = View(), View(mine=True)
        media = at.phone._switchboard.get(id)
        assert media is not None
        media.sides = (self.far, self.own)  # type: ignore[attr-defined]

    async def watch(self, viewer: str = "a", *, rate: float = 30, width: int = 80, height: int = 60) -> Pictures:
        found = await self.service.watch(Watch(call=self.id, viewer=viewer, rate=rate, width=width, height=height))
        assert isinstance(found, Pictures)
        return found

    @property
    def service(self) -> PictureService:
        return self.at.service(PictureService)


@pytest.fixture
async def talk(at: EngineDesk) -> Talk:
    provider = await at.add()
    id = CallId("work", provider.incoming("bob", video=True))
    await until(lambda: at.phone._switchboard.get(id) is not None)
    return Talk(at, provider, id)


async def shown(path: str) -> tuple[int, int]:
    reader = FrameReader(path)
    found: list[Picture | None] = []
    await until(lambda: found.append(reader.read()) or found[-1])
    reader.close()
    picture = found[-1]
    assert picture is not None
    return picture.width, picture.height


async def test_who_looks_is_told_where_each_side_is_and_sees_it(talk: Talk, memory: Path) -> None:
    assert not list(memory.iterdir())
    talk.far.put(frame(120, 640, 480))
    far, own = (await talk.watch()).sides
    assert (far.name, far.mine, far.missing) == ("bob", False, None)
    assert (own.mine, own.missing) == (True, "no picture yet")
    assert await shown(far.memory) == (80, 60)
    talk.own.put(frame(120, 640, 480))
    assert await shown(own.memory) == (20, 15)
    assert {stat.S_IMODE(path.stat().st_mode) for path in memory.iterdir()} == {0o600}


async def test_looking_again_keeps_the_memory_and_another_size_gets_another(talk: Talk) -> None:
    first, again = await talk.watch(), await talk.watch(rate=5)
    assert [side.memory for side in first.sides] == [side.memory for side in again.sides]
    larger = await talk.watch(width=200)
    assert not {side.memory for side in larger.sides} & {side.memory for side in first.sides}
    assert not Path(first.sides[0].memory).exists()


async def test_each_viewer_has_its_own(talk: Talk, memory: Path) -> None:
    one, other = await talk.watch("one"), await talk.watch("other", width=40)
    await talk.service.unwatch(Unwatch("one"))
    assert not Path(one.sides[0].memory).exists()
    assert Path(other.sides[0].memory).exists()
    await talk.service.unwatch(Unwatch("nobody"))


async def test_nothing_is_left_when_the_call_ends(talk: Talk, memory: Path) -> None:
    await talk.watch()
    talk.provider.emit(CallEnded(talk.id.ref, EndReason.REMOTE_HUNG_UP))
    await until(lambda: not list(memory.iterdir()))
    with pytest.raises(NotPossible, match="no picture"):
        await talk.watch()


async def test_a_viewer_that_was_killed_is_not_drawn_for_any_longer(
    talk: Talk, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "LEASE_S", 0.05)
    monkeypatch.setattr(pictures, "LOOK_S", 0.02)
    await talk.watch()
    await until(lambda: not list(memory.iterdir()))
    assert not talk.far._looks


async def test_somebody_who_joins_is_seen_and_somebody_who_leaves_is_not(talk: Talk, memory: Path) -> None:
    await talk.watch()
    third = View()
    third.name = "Carol"
    media = talk.at.phone._switchboard.get(talk.id)
    media.sides = (third, talk.own)  # type: ignore[union-attr]
    assert [side.name for side in (await talk.watch()).sides] == ["Carol", ""]
    assert len(list(memory.iterdir())) == 2


async def test_only_so_many_may_look(talk: Talk) -> None:
    for number in range(pictures.MAX_VIEWERS):
        await talk.watch(str(number))
    with pytest.raises(NotPossible, match="close one"):
        await talk.watch("one more")
    await talk.watch("0")


@pytest.mark.parametrize(("rate", "width", "height"), [(-1, 80, 60), (0, 80, 60)])
async def test_a_wish_that_makes_no_sense_is_refused(talk: Talk, rate: float, width: int, height: int) -> None:
    with pytest.raises(NotPossible):
        await talk.watch(rate=rate, width=width, height=height)


async def test_no_wish_is_too_large(talk: Talk, memory: Path) -> None:
    await talk.watch(width=10**9, height=-5)
    assert max(path.stat().st_size for path in memory.iterdir()) < 20_000_000


async def test_what_a_killed_engine_left_is_gone_at_the_next_start(tmp_path: Path, memory: Path) -> None:
    async with desk(tmp_path / "profile", PictureService) as first:
        prefix = first.service(PictureService)._prefix
    (memory / f"{prefix}0123").touch()
    (memory / "tuiphone-of-another-profile").touch()
    async with desk(tmp_path / "profile", PictureService):
        assert [path.name for path in memory.iterdir()] == ["tuiphone-of-another-profile"]


async def test_ours_can_be_had_as_a_mirror_shows_it_and_the_far_side_never(talk: Talk) -> None:
    planes = np.full((72, 64), 128, np.uint8)
    planes[:48] = 16
    planes[:48, :32] = 235
    half = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    talk.far.put(half)
    talk.own.put(half)
    wish = Watch(call=talk.id, viewer="a", rate=30, width=256, height=192, mirrored=True)
    far, own = (await talk.service.watch(wish)).sides
    for memory, edges in ((far.memory, (255, 0)), (own.memory, (0, 255))):
        await shown(memory)
        reader = FrameReader(memory)
        picture = reader.read()
        assert picture is not None
        assert (picture.pixels[0], picture.pixels[3 * picture.width - 1]) == edges
        reader.close()


async def test_each_side_of_a_group_call_has_the_name_one_has_for_them(at: EngineDesk) -> None:
    provider = await at.add()
    id = await at.phone.start_group(["bob", "carol"], account="work", video=True)
    group = Talk(at, provider, id)
    bob = Participant(Address(AddressKind.USER, "bob", "Robert"), Attendance.JOINED)
    provider.emit(ParticipantsChanged(id.ref, (bob,)))
    await at.phone.settled()
    named, unknown = View(), View()
    named.name, unknown.name = "bob", "eve"
    media = at.phone._switchboard.get(id)
    media.sides = (named, unknown, group.own)  # type: ignore[union-attr]
    found = await group.watch()
    assert [side.name for side in found.sides] == ["Robert", "eve", ""]
