"""The log page's matter: takes down what happens, shows what goes over the wires, writes traces and reports."""

import asyncio
import logging
from pathlib import Path

from tuiphone import __version__
from tuiphone.control import logbook
from tuiphone.core.call import CallId
from tuiphone.core.entry import Level
from tuiphone.core.errors import NotPossible
from tuiphone.core.events import CallEnded, ListChanged
from tuiphone.core.ledger import Change
from tuiphone.core.trace import Frame, Trace
from tuiphone.engine.chronicle import told
from tuiphone.engine.diary import ENDED, Diary, DiaryHandler
from tuiphone.engine.report import Reporter, frame_row
from tuiphone.engine.service import Handlers, Parts, Service
from tuiphone.store.config import load_preferences
from tuiphone.store.diary import DiaryFile
from tuiphone.store.ladder import ladder
from tuiphone.store.pcap import capture
from tuiphone.store.report import trace_json, trace_lines, write_new


class LogbookService(Service):
    """Answers what is asked of the log; a listener of the phone, and of the program's own log."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self.diary = Diary(DiaryFile(parts.paths.diary_file), changed=lambda: parts.phone.emit(ListChanged("log")))
        self._reporter = Reporter(parts)
        self._handler: DiaryHandler | None = None

    @property
    def handlers(self) -> Handlers:
        return {
            logbook.ReadLog: self.read,
            logbook.ReadTrace: self.read_trace,
            logbook.ReadFrame: self.read_frame,
            logbook.SaveTrace: self.save_trace,
            logbook.ReadReport: self.read_report,
            logbook.SaveReport: self.save_report,
        }

    async def start(self) -> None:
        """Take in what is known from before, and listen."""
        await self.diary.open()
        self._handler = DiaryHandler(self.diary, asyncio.get_running_loop())
        logging.getLogger().addHandler(self._handler)
        self.parts.phone.listen(self._take_down)
        self.diary.add(Level.INFO, f"The phone's engine started: tuiphone {__version__}.")
        _, problems = await asyncio.to_thread(load_preferences, self.parts.paths.config_file)
        for problem in problems:
            self.diary.add(Level.WARNING, str(problem))
        if self.parts.database.notice:
            self.diary.add(Level.WARNING, self.parts.database.notice)

    async def close(self) -> None:
        """Say that this was the end, and have it on the disk."""
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
        self.diary.add(Level.INFO, ENDED)
        await self.diary.close()

    async def _take_down(self, change: Change) -> None:
        ref = getattr(change.event, "ref", None)
        stats = None
        if isinstance(change.event, CallEnded):
            stats = self.parts.phone.stats(CallId(change.account, change.event.ref))
        for each in told(change, stats):
            self.diary.add(
                each.level,
                each.text,
                account=change.account or None,
                call=ref if isinstance(ref, str) else None,
                detail=each.detail,
                people=each.people,
                at=change.at,
            )

    # -- what is asked ------------------------------------------------------------------------------------------

    async def read(self, query: logbook.ReadLog) -> logbook.LogPage:
        """A page of what happened."""
        entries, total = self.diary.page(
            text=query.text,
            account=query.account,
            level=query.level,
            before=query.before,
            limit=max(1, min(query.limit, logbook.MAX_ENTRIES)),
        )
        return logbook.LogPage(entries, total)

    async def read_trace(self, query: logbook.ReadTrace) -> logbook.TracePage:
        """What went over an account's wire."""
        trace = self._trace(query.account)
        most = logbook.MAX_LINES // 10 if query.bodies else logbook.MAX_LINES
        limit = max(1, min(query.limit, most))
        frames = trace.frames(after=query.after, call=query.call)[-limit:]
        shown = frames if query.bodies else [frame.without_body() for frame in frames]
        return logbook.TracePage(tuple(shown), trace.version, trace.dropped)

    async def read_frame(self, query: logbook.ReadFrame) -> logbook.FrameRead:
        """One frame, whole."""
        if (frame := self._trace(query.account).frame(query.id)) is None:
            raise NotPossible("That frame was forgotten meanwhile, to make room for newer ones.")
        return logbook.FrameRead(frame)

    async def save_trace(self, command: logbook.SaveTrace) -> logbook.Saved:
        """Write a trace into a file. Raises: StoreError."""
        file = _absolute(command.file)
        frames = self._trace(command.account).frames(call=command.call)
        size = await asyncio.to_thread(_write_trace, file, command.account, frames)
        return logbook.Saved(str(file), size)

    async def read_report(self, query: logbook.ReadReport) -> logbook.ReportContents:
        """What a report would hold."""
        outcome = await self._reporter.report(anonymous=query.anonymous, terminal=query.terminal, file=None)
        return logbook.ReportContents(tuple(logbook.ReportPart(**part) for part in outcome["parts"]))

    async def save_report(self, command: logbook.SaveReport) -> logbook.Saved:
        """Write a report. Raises: StoreError."""
        file = _absolute(command.file)
        outcome = await self._reporter.report(anonymous=command.anonymous, terminal=command.terminal, file=str(file))
        return logbook.Saved(str(file), outcome["size"])

    def _trace(self, account: str) -> Trace:
        traces = self.parts.phone.traces
        if (trace := traces.get(account)) is None:
            known = ", ".join(traces) or "none"
            raise NotPossible(f"Nothing is known of an account {account}; there are: {known}.")
        return trace


def _absolute(name: str) -> Path:
    file = Path(name)
    if "\0" in name or not file.is_absolute():
        raise NotPossible("The file has to be named with its whole path.")
    return file


def _write_trace(file: Path, account: str, frames: list[Frame]) -> int:
    rows = [frame_row(frame) for frame in frames]
    match file.suffix.lower():
        case ".pcap" | ".cap":
            content = capture(rows)
        case ".json":
            content = f"{trace_json(account, rows)}\n".encode("utf-8", "replace")
        case _:
            lines = (*ladder(account, rows), "", *trace_lines(account, rows), "")
            content = "\n".join(lines).encode("utf-8", "replace")
    write_new(file, content)
    return len(content)
