"""Loudness of recordings, kept once it is known; what a cut-off recording lacks is put right along the way."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from tuiphone.core.errors import PhoneError
from tuiphone.engine.keeping import make_whole
from tuiphone.media import offline
from tuiphone.media.offline import Measured
from tuiphone.store.recordings import read_sidecar, write_sidecar

MOST = 200
"""Curves kept, about a kilobyte each."""
MOST_MENDED = 50
"""Cut-off recordings that are put right at one start."""

_Key = tuple[str, int, int]


class Loudness:
    """Measures each file once, however many ask."""

    def __init__(self, found: Callable[[str, float], None]) -> None:
        """`found` is told the path and the length of each file that was measured."""
        self._found = found
        self._known: dict[_Key, Measured] = {}
        self._under_way: dict[_Key, asyncio.Task[Measured]] = {}
        self._turn = asyncio.Semaphore(1)

    async def of(self, path: Path, *, mend: bool = False) -> Measured:
        """How loud it is; with `mend`, its length is noted beside it. Raises: MediaError, StoreError."""
        key = await asyncio.to_thread(_key, path)
        if (known := self._known.get(key)) is not None:
            return known
        if (task := self._under_way.get(key)) is None:
            # Of its own: who asked first may leave, and others wait for it too.
            task = self._under_way[key] = asyncio.create_task(self._measure(key, path, mend), name="loudness")
            task.add_done_callback(lambda done: self._is_done(key, done))
        return await asyncio.shield(task)

    def duration_of(self, path: Path) -> float | None:
        """How long it is, if that is known already."""
        return next((known.duration_s for key, known in self._known.items() if key[0] == str(path)), None)

    async def mend(self, paths: Iterable[str]) -> None:
        """Find out how long these are, which an engine that died could not note; give films the index they lack."""
        for path in list(paths)[:MOST_MENDED]:
            try:
                if Path(path).suffix == ".webm":
                    await make_whole(Path(path))
                await self.of(Path(path), mend=True)
            except PhoneError:
                continue

    async def close(self) -> None:
        """Measure no more."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _measure(self, key: _Key, path: Path, mend: bool) -> Measured:
        async with self._turn:
            measured = await offline.measure(path)
        while len(self._known) >= MOST:
            del self._known[next(iter(self._known))]
        self._known[key] = measured
        self._found(str(path), measured.duration_s)
        if mend:
            await asyncio.to_thread(_note, path, measured.duration_s)
        return measured

    def _is_done(self, key: _Key, done: "asyncio.Task[Measured]") -> None:
        self._under_way.pop(key, None)
        if not done.cancelled():
            # Whoever asked may have left.
            done.exception()


def _key(path: Path) -> _Key:
    try:
        info = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), info.st_mtime_ns, info.st_size


def _note(path: Path, duration_s: float) -> None:
    about = read_sidecar(path)
    write_sidecar(path, {**about, "duration_s": round(duration_s, 2), "complete": True})
