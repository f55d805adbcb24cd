"""From a view into memory: the newest, as large and as often as wanted, and never on the loop."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.fakes import until
from tests.media.test_views import frame
from tuiphone.core.frames import FrameReader, FrameWriter, Picture
from tuiphone.media.exposure import Exposure, fitting
from tuiphone.media.views import View


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


async def read(reader: FrameReader, after: int = 0) -> Picture:
    found: list[Picture | None] = []
    await until(lambda: found.append(reader.read(after)) or found[-1])
    assert found[-1] is not None
    return found[-1]


async def test_a_picture_comes_in_its_proportions_and_no_larger_than_there_is_room(
    tmp_path: Path, pool: ThreadPoolExecutor
) -> None:
    view, writer = View(), FrameWriter(tmp_path, "t-", width=80, height=44)
    exposure, reader = Exposure(view, writer, rate=30, pool=pool), FrameReader(writer.path)
    view.put(frame(235, 640, 480))
    found = await read(reader)
    assert (found.width, found.height) == (58, 44)
    assert min(found.pixels) > 250
    # The far side turned its telephone.
    view.put(frame(16, 480, 640))
    found = await read(reader, found.number)
    assert (found.width, found.height) == (33, 44)
    assert max(found.pixels) < 5
    exposure.close()
    reader.close()


async def test_while_one_is_being_made_all_but_the_newest_give_way(tmp_path: Path) -> None:
    gate, began = threading.Event(), threading.Event()

    class Slow(ThreadPoolExecutor):
        def submit(self, work, *arguments):  # type: ignore[no-untyped-def, override]
            def held():  # type: ignore[no-untyped-def]
                began.set()
                gate.wait(15)
                return work(*arguments)

            return super().submit(held)

    view, writer = View(), FrameWriter(tmp_path, "t-", width=64, height=48)
    with Slow(1) as pool:
        exposure, reader = Exposure(view, writer, rate=1000, pool=pool), FrameReader(writer.path)
        for luma in (40, 80, 120, 160, 235):
            view.put(frame(luma))
        # The loop was free all the time, though nothing has been made yet.
        assert await asyncio.to_thread(began.wait, 15)
        gate.set()
        last = await read(reader)
        while last.pixels[0] < 250:
            last = await read(reader, last.number)
        assert last.number == 2
        exposure.close()
        reader.close()


async def test_no_more_pictures_are_made_than_somebody_wants(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    view, writer = View(), FrameWriter(tmp_path, "t-", width=64, height=48)
    exposure, reader = Exposure(view, writer, rate=5, pool=pool), FrameReader(writer.path)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number in range(60):
        view.put(frame(20 + number))
        await asyncio.sleep(0.01)
    view.put(frame(235))
    last = await read(reader)
    while last.pixels[0] < 250:
        # The last one is not lost: it comes when its time has come.
        last = await read(reader, last.number)
    assert last.number <= 2 + 5 * (loop.time() - begun)
    exposure.close()
    reader.close()


async def test_closing_while_one_is_being_made_takes_the_memory_away(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    view, writer = View(), FrameWriter(tmp_path, "t-", width=64, height=48)
    exposure = Exposure(view, writer, rate=30, pool=pool)
    view.put(frame())
    exposure.close()
    exposure.close()
    assert not writer.path.exists()
    view.put(frame())
    await until(lambda: exposure._working is None)


@pytest.mark.parametrize(
    ("size", "room", "comes"),
    [
        ((640, 480), (1280, 720), (640, 480)),
        ((1280, 720), (80, 44), (78, 44)),
        ((480, 640), (80, 44), (33, 44)),
        ((4000, 2), (80, 44), (80, 1)),
    ],
)
def test_what_fits(size: tuple[int, int], room: tuple[int, int], comes: tuple[int, int]) -> None:
    assert fitting(*size, *room) == comes
