"""How long a search over ten thousand contacts takes, through the engine's socket as the app asks."""

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from tests.rigs.stage import Handset
from tuiphone.control.client import RemotePhone
from tuiphone.store import paths

PEOPLE = 10_000
PAGE = 100
ROUNDS = 5
_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Đỗ", "Hồ", "Иванова", "Петров", "Sharma", "Smith")
_GIVEN = ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Khánh", "Linh", "Minh", "Ngọc", "Ольга", "Андрей", "Priya")
SEARCHES = ("n", "ng", "nguyen", "nguyen van lin", "dang", "0901 234", "+84 90 1", "0084 901 23", "петров о", "nobody")


def rows() -> list[tuple[str, str, str]]:
    """The book is read from a file first, which is measured too."""
    with tempfile.TemporaryDirectory() as folder:
        phone = Handset(Path(folder) / "phone", None)
        try:
            phone.start()
            return asyncio.run(_measure(phone))
        finally:
            phone.close()


async def _measure(handset: Handset) -> list[tuple[str, str, str]]:
    phone = RemotePhone(paths.find(handset.profile).socket, screen=False)
    await phone.attach()
    began = time.perf_counter()
    done = await phone.import_contacts(str(_write(handset.profile)))
    imported = time.perf_counter() - began
    assert done.new == PEOPLE
    first: list[float] = []
    again: list[float] = []
    for turn in range(ROUNDS):
        # A change makes the engine look through the book anew instead of remembering the answer.
        await phone.mark_favourite(1, turn % 2 == 0)
        for text in SEARCHES:
            first.append(await _ask(phone, text, 0))
            again.append(await _ask(phone, text, PAGE))
    await phone.close()
    return [
        (
            f"search over {PEOPLE:,} contacts",
            f"{statistics.median(first):.1f} ms",
            f"median of {len(first)}, slowest {max(first):.1f} ms; goal 50 ms",
        ),
        ("the next page of it", f"{statistics.median(again):.1f} ms", f"slowest {max(again):.1f} ms"),
        (f"import of {PEOPLE:,} from CSV", f"{imported:.1f} s", "in one transaction"),
    ]


async def _ask(phone: RemotePhone, text: str, offset: int) -> float:
    began = time.perf_counter()
    await phone.contacts(text, offset=offset, limit=PAGE)
    return (time.perf_counter() - began) * 1000


def _write(folder: Path) -> Path:
    file = folder / "people.csv"
    lines = ["Name,Mobile Phone,Business Phone,Notes"]
    for number in range(PEOPLE):
        family, given = _FAMILIES[number % len(_FAMILIES)], _GIVEN[number // 7 % len(_GIVEN)]
        lines.append(f"{family} Văn {given} {number},+8490{number:07},+8424{number:07},note {number}")
    file.write_text("\n".join(lines), encoding="utf-8")
    return file
