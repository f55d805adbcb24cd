"""The diary: what happened, found again by words, account and level; on the disk; bounded; secrets black."""

import asyncio
import logging
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes import until
from tuiphone.core.entry import Entry, Level
from tuiphone.engine import diary as module
from tuiphone.engine.diary import ENDED, FLOOD, Diary, DiaryHandler
from tuiphone.store.diary import MAX_BYTES, DiaryFile


@pytest.fixture
def file(tmp_path: Path) -> DiaryFile:
    return DiaryFile(tmp_path / "diary.jsonl")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 1.0
        return self.now


def a_diary(file: DiaryFile, changed: Callable[[], None] = lambda: None) -> Diary:
    return Diary(file, changed=changed, clock=Clock())


def texts(diary: Diary, **query: object) -> list[str]:
    return [entry.text for entry in diary.page(**query)[0]]  # type: ignore[arg-type]


async def test_entries_are_found_by_words_account_and_level_newest_first(file: DiaryFile) -> None:
    diary = a_diary(file)
    diary.add(Level.INFO, "Registered.", account="work")
    diary.add(Level.WARNING, "Lost: no route", account="home", detail="errno 113")
    diary.add(Level.ERROR, "Refused: bad TOKEN", account="work")
    assert texts(diary) == ["Refused: bad TOKEN", "Lost: no route", "Registered."]
    assert texts(diary, account="work") == ["Refused: bad TOKEN", "Registered."]
    assert texts(diary, level=Level.WARNING) == ["Refused: bad TOKEN", "Lost: no route"]
    assert texts(diary, text="token bad") == ["Refused: bad TOKEN"]
    assert texts(diary, text="ERRNO") == ["Lost: no route"]
    first, total = diary.page(limit=1)
    assert (total, texts(diary, before=first[0].id)) == (3, ["Lost: no route", "Registered."])
    await diary.close()


async def test_the_same_again_is_counted_and_comes_to_the_top(file: DiaryFile) -> None:
    diary = a_diary(file)
    for _ in range(3):
        diary.add(Level.WARNING, "Not connected: x", account="a")
        diary.add(Level.WARNING, "Not connected: x", account="b")
    found, _ = diary.page()
    assert [(entry.account, entry.count) for entry in found] == [("b", 3), ("a", 3)]
    diary.add(Level.INFO, "Registered.", account="a")
    diary.add(Level.WARNING, "Not connected: x", account="a")
    found, _ = diary.page(account="a")
    assert [(entry.text, entry.count) for entry in found] == [
        ("Not connected: x", 1),
        ("Registered.", 1),
        ("Not connected: x", 3),
    ]
    await diary.close()


async def test_what_happened_before_is_there_again_with_another_engine(file: DiaryFile) -> None:
    diary = a_diary(file)
    diary.add(Level.INFO, "One.", account="work", call="c1", detail="more", people=("bob",))
    for _ in range(2):
        diary.add(Level.WARNING, "Two.")
    diary.add(Level.INFO, ENDED)
    await diary.close()
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    again = a_diary(file)
    await again.open()
    found, _ = again.page()
    assert [(entry.text, entry.count) for entry in found] == [(ENDED, 1), ("Two.", 2), ("One.", 1)]
    assert found[2] == Entry(found[2].id, 1001.0, Level.INFO, "One.", "work", "c1", "more", 1, ("bob",))


async def test_an_engine_that_was_killed_is_noticed_by_the_next(file: DiaryFile) -> None:
    diary = a_diary(file)
    diary.add(Level.INFO, "A call to bob.")
    await diary.close()
    again = a_diary(file)
    await again.open()
    assert "killed" in texts(again)[0]
    await again.close()


async def test_damaged_lines_cost_only_themselves(file: DiaryFile) -> None:
    diary = a_diary(file)
    diary.add(Level.INFO, "Good.")
    await diary.close()
    with file.path.open("ab") as opened:
        opened.write(b'{"at": "x"}\nnull\n[[[[\n\xff\xfe\n{"at":1,"level":"info","text":"Also good."}\n{"at":1,"lev')
    assert [entry.text for entry in file.read()] == ["Good.", "Also good."]


async def test_the_file_is_bounded_and_the_memory_too(file: DiaryFile) -> None:
    diary = Diary(file, changed=lambda: None, clock=iter(range(10**6)).__next__)
    for number in range(6000):
        diary.add(Level.INFO, f"{number} " + "x" * 1000, detail="y" * 2000)
    await diary.close()
    assert file.older.exists()
    assert sum(path.stat().st_size for path in (file.path, file.older) if path.exists()) < 6 * MAX_BYTES
    assert len(list(diary.entries)) <= module.MAX_ENTRIES
    assert sum(len(e.text) + len(e.detail or "") for e in diary.entries) <= module.MAX_SIZE


async def test_a_flood_is_counted(file: DiaryFile) -> None:
    diary = Diary(file, changed=lambda: None, clock=lambda: 1000.0)
    for number in range(20_000):
        diary.add(Level.INFO, f"Number {number}.")
    found, total = diary.page()
    assert total == FLOOD + 1
    assert found[0].count == 20_000 - FLOOD
    await diary.close()


async def test_secrets_are_black_and_long_texts_are_cut(file: DiaryFile) -> None:
    diary = a_diary(file)
    diary.add(Level.INFO, "password=hunter2" + "x" * 5000, detail='{"token": "hunter2"}' + "y" * 50_000)
    await diary.close()
    assert "hunter2" not in file.path.read_text()
    entry = diary.page()[0][0]
    assert "hunter2" not in repr(entry)
    assert len(entry.text) <= module.MAX_TEXT
    assert len(entry.detail or "") <= module.MAX_DETAIL


async def test_a_full_disk_is_told_once_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    diary = a_diary(DiaryFile(tmp_path / "no" / "such" / "folder"))
    for number in range(3):
        diary.add(Level.INFO, f"{number}")
        await until(lambda: diary._writing is None)
    await diary.close()
    assert len(texts(diary)) == 3
    assert [record.levelname for record in caplog.records if "cannot be written" in record.message] == ["WARNING"]


async def test_news_are_told_soon_and_many_at_once(file: DiaryFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TELL_SECONDS", 0.01)
    told: list[int] = []
    diary = a_diary(file, lambda: told.append(1))
    for number in range(50):
        diary.add(Level.INFO, f"{number}")
    await until(lambda: told)
    assert told == [1]
    await diary.close()


async def test_warnings_of_the_log_are_taken_down_with_their_traceback_from_any_thread(file: DiaryFile) -> None:
    diary = a_diary(file)
    handler = DiaryHandler(diary, asyncio.get_running_loop())
    logger = logging.getLogger("tuiphone.test.diary")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        logger.info("of no use to anybody")
        logger.info("dial: %s", "no such number", extra={"diary": "info", "account": "work"})
        logger.warning("careful\nsecond line")

        def fail() -> None:
            try:
                raise ValueError("token=hunter2hunter2")
            except ValueError:
                logger.exception("it failed")

        await asyncio.to_thread(fail)
        logger.error("%d", "no number")
        await until(lambda: len(texts(diary)) == 4)
    finally:
        logger.removeHandler(handler)
        logger.propagate = True
    broken, failed, careful, dial = diary.page()[0]
    assert (dial.level, dial.text, dial.account) == (Level.INFO, "Dial: no such number", "work")
    assert (careful.level, careful.text) == (Level.WARNING, "Careful")
    assert "second line" in (careful.detail or "")
    assert failed.level is Level.ERROR
    assert "Traceback" in (failed.detail or "")
    assert "hunter2" not in repr(failed)
    assert "could not be put together" in broken.text
    await diary.close()
