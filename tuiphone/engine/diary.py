"""Diary: the newest entries of what happened, in memory and in a file that outlives the engine."""

import asyncio
import contextlib
import logging
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import islice

from tuiphone.core.entry import Entry, Level
from tuiphone.core.redact import redact, redact_start
from tuiphone.core.ring import Ring
from tuiphone.store.diary import DiaryFile

log = logging.getLogger(__name__)

MAX_ENTRIES = 5000
MAX_SIZE = 4 * 1024 * 1024
MAX_UNWRITTEN = 1000
"""Entries that wait for a slow disk."""
MAX_TEXT = 500
MAX_DETAIL = 8 * 1024
FLOOD = 100
"""Entries a second beyond which they are only counted."""
LOOK_BACK = 8
"""So many of the newest are looked at for the last one of the account; the same again is counted, not repeated."""
FORGET_SECONDS = 3600.0
TELL_SECONDS = 0.3
"""Those who show the log are told of news no oftener than this."""
ENDED = "The phone's engine ended."


class Diary:
    """Everything it takes is redacted and cut; nothing of it blocks but `open` and `close`, which wait for a disk."""

    def __init__(self, file: DiaryFile, *, changed: Callable[[], None], clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._changed = changed
        self._clock = clock
        self._ring: Ring[Entry] = Ring(entries=MAX_ENTRIES, size=MAX_SIZE)
        self._said: dict[int, str] = {}
        """Id -> what a filter looks in."""
        self._last_id = 0
        self._unwritten: list[Entry] = []
        self._writing: asyncio.Task[None] | None = None
        self._is_failing = False
        self._telling: asyncio.TimerHandle | None = None
        self._second = 0
        self._in_second = 0

    async def open(self) -> None:
        """Take in what the file has from before. An unreadable file is an entry, not an error."""
        try:
            before = await asyncio.to_thread(self._file.read)
        except OSError as error:
            before = []
            self.add(Level.WARNING, f"The log of earlier days cannot be read: {error.strerror or error}.")
        already = list(self._ring)
        for entry in already:
            self._remove(entry)
        for entry in before:
            if entry.count > 1 and (same := self._same(entry)) is not None:
                self._remove(same)
            self._keep(entry)
        if before and not before[-1].text.startswith(ENDED):
            self.add(Level.WARNING, "The engine before this one ended without a word: it was killed, or it crashed.")
        for entry in already:
            self._keep(entry)

    async def close(self) -> None:
        """Write what is not written yet."""
        if self._telling is not None:
            self._telling.cancel()
        while self._writing is not None:
            await self._writing

    def add(
        self,
        level: Level,
        text: str,
        *,
        account: str | None = None,
        call: str | None = None,
        detail: str | None = None,
        people: Iterable[str] = (),
        at: float | None = None,
    ) -> None:
        """Take something down, now or as of `at`."""
        entry = Entry(
            0,
            self._clock() if at is None else at,
            level,
            redact_start(text, MAX_TEXT).strip() or "(nothing was said)",
            account,
            call,
            None if not detail else redact_start(detail, MAX_DETAIL),
            people=tuple(redact(person[:MAX_TEXT]) for person in people if person),
        )
        if self._is_flood(entry.at):
            entry = Entry(0, entry.at, Level.WARNING, "Too much happened at once; more was not taken down.")
        if (same := self._same(entry)) is not None:
            self._remove(same)
            entry = replace(entry, count=same.count + 1)
        entry = self._keep(entry)
        self._unwritten.append(entry)
        if len(self._unwritten) > MAX_UNWRITTEN:
            del self._unwritten[0]
        if self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(), name="diary")
        if self._telling is None:
            self._telling = asyncio.get_running_loop().call_later(TELL_SECONDS, self._tell)

    def page(
        self,
        *,
        text: str = "",
        account: str | None = None,
        level: Level = Level.INFO,
        before: int | None = None,
        limit: int = 100,
    ) -> tuple[tuple[Entry, ...], int]:
        """The newest entries that fit, newest first, and how many fit in all; those before the entry of this id."""
        found = list(self._ring.newest_first())
        if account is not None:
            found = [entry for entry in found if entry.account == account]
        if level is not Level.INFO:
            levels = [each for each in Level if each.rank >= level.rank]
            found = [entry for entry in found if entry.level in levels]
        for word in text.casefold().split():
            said = self._said
            found = [entry for entry in found if word in said[entry.id]]
        start = 0 if before is None else next((at for at, e in enumerate(found) if e.id < before), len(found))
        return tuple(found[start : start + limit]), len(found)

    @property
    def entries(self) -> Iterable[Entry]:
        """All of them, oldest first."""
        return iter(self._ring)

    # -- keeping ------------------------------------------------------------------------------------------------

    def _same(self, entry: Entry) -> Entry | None:
        """The entry before this one of the same account, if it says the same."""
        for known in islice(self._ring.newest_first(), LOOK_BACK):
            if known.account == entry.account:
                is_same = (known.text, known.call, known.level) == (entry.text, entry.call, entry.level)
                return known if is_same and entry.at - known.at < FORGET_SECONDS else None
        return None

    def _keep(self, entry: Entry) -> Entry:
        self._last_id += 1
        entry = replace(entry, id=self._last_id)
        # A filter is asked for with every key, and calls share this loop: what it looks in is made only once.
        self._said[entry.id] = f"{entry.text} {entry.account or ''} {entry.call or ''} {entry.detail or ''}".casefold()
        dropped = self._ring.dropped
        self._ring.add(entry, 2 * (len(entry.text) + len(entry.detail or "")) + 300)
        for _ in range(self._ring.dropped - dropped):
            del self._said[next(iter(self._said))]
        return entry

    def _remove(self, entry: Entry) -> None:
        self._ring.remove(entry)
        del self._said[entry.id]

    def _is_flood(self, at: float) -> bool:
        second = int(at)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        return self._in_second > FLOOD

    def _tell(self) -> None:
        self._telling = None
        self._changed()

    async def _write(self) -> None:
        while self._unwritten:
            entries, self._unwritten = self._unwritten, []
            try:
                await asyncio.to_thread(self._file.append, entries)
            except OSError as error:
                if not self._is_failing:
                    self._is_failing = True
                    log.warning("what happens cannot be written to %s: %s", self._file.path, error.strerror or error)
            else:
                self._is_failing = False
        self._writing = None


class DiaryHandler(logging.Handler):
    """Takes warnings and errors of the program's own log down, their tracebacks as detail; from any thread.

    A line of lower level is taken down when it was logged with `extra={"diary": LEVEL}`, one of Level's values, and
    then with that level; `extra={"account": ...}` says whose it is.
    """

    def __init__(self, diary: Diary, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(logging.INFO)
        self._diary = diary
        self._loop = loop

    def emit(self, record: logging.LogRecord) -> None:
        """Called by logging; never raises."""
        wanted = getattr(record, "diary", None)
        if record.levelno < logging.WARNING and wanted is None:
            return
        try:
            text, _, more = record.getMessage()[: MAX_TEXT + MAX_DETAIL].partition("\n")
            parts = [more, f"({record.name})"]
            if record.exc_info and record.exc_info[1] is not None:
                # The end of a traceback says the most.
                parts.append("".join(traceback.format_exception(record.exc_info[1]))[-MAX_DETAIL:])
        except (TypeError, ValueError):
            text, parts = f"A line of the log could not be put together ({record.name}).", []
        level = Level.ERROR if record.levelno >= logging.ERROR else Level.WARNING
        if wanted is not None:
            level = Level(wanted)
        account = getattr(record, "account", None)
        detail = "\n".join(part for part in parts if part)
        with contextlib.suppress(RuntimeError):  # the loop is closed: the engine has ended
            self._loop.call_soon_threadsafe(
                lambda: self._diary.add(level, _sentence(text), account=account, detail=detail, at=record.created)
            )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
