"""What happened: the log, traces of an account's wire, a report for somebody who is to find out what is wrong."""

from typing import TypeAlias

import msgspec

from tuiphone.control.base import Asking, Message, Number, answered
from tuiphone.core.entry import Entry, Level
from tuiphone.core.trace import Frame

MAX_ENTRIES = 200
"""Of one page of the log."""
MAX_LINES = 2000
"""Of one page of a trace without bodies; with them a tenth."""


class ReadLog(Message, frozen=True, kw_only=True):
    """Ask for a page of the log, newest first; the reply is LogPage."""

    text: str = ""
    account: str | None = None
    level: Level = Level.INFO
    """Only entries of this level, or worse."""
    before: Number | None = None
    """Only entries older than the one of this id."""
    limit: Number = 100


class ReadTrace(Message, frozen=True, kw_only=True):
    """Ask what went over an account's wire, oldest first; the reply is TracePage."""

    account: str
    after: Number = 0
    """Only what came or changed after this version."""
    call: str | None = None
    """Only frames of this call, by the wire's name for it."""
    bodies: bool = False
    """With the frames themselves, not only their labels."""
    limit: Number = MAX_LINES
    """The newest so many."""


class ReadFrame(Message, frozen=True):
    """Ask for one frame of a trace, whole; the reply is FrameRead."""

    account: str
    id: Number


class SaveTrace(Message, frozen=True, kw_only=True):
    """Write a trace into a new file; the reply is Saved.

    As its name ends: .json for programs, .pcap for Wireshark and sngrep, else a ladder with the frames below it.
    """

    account: str
    file: str
    """Absolute."""
    call: str | None = None


class ReadReport(Message, frozen=True, kw_only=True):
    """Ask what a bug report would hold; the reply is ReportContents."""

    anonymous: bool = True
    terminal: dict[str, str] = {}
    """What is known of the terminal of whoever asks."""


class SaveReport(Message, frozen=True, kw_only=True):
    """Write a bug report into a new file; the reply is Saved."""

    file: str
    """Absolute; a zip archive."""
    anonymous: bool = True
    terminal: dict[str, str] = {}


class LogPage(Message, frozen=True):
    """Entries, newest first, and how many fit the question in all."""

    entries: tuple[Entry, ...]
    total: int


class TracePage(Message, frozen=True):
    """Frames, oldest first; ask for what comes after `version` next."""

    frames: tuple[Frame, ...]
    version: int
    dropped: int = 0
    """How many were forgotten to make room."""


class FrameRead(Message, frozen=True):
    """One frame."""

    frame: Frame


class ReportPart(msgspec.Struct, frozen=True):
    """One file of a report."""

    name: str
    size: int
    about: str


class ReportContents(Message, frozen=True):
    """What a report would hold."""

    parts: tuple[ReportPart, ...]


class Saved(Message, frozen=True):
    """It is in this file."""

    file: str
    size: int


Command: TypeAlias = ReadLog | ReadTrace | ReadFrame | SaveTrace | ReadReport | SaveReport
Result: TypeAlias = LogPage | TracePage | FrameRead | ReportContents | Saved


class LogbookVerbs(Asking):
    """What a client can ask the engine for in this matter; see RemotePhone for what each may raise."""

    async def read_log(
        self,
        text: str = "",
        *,
        account: str | None = None,
        level: Level = Level.INFO,
        before: int | None = None,
        limit: int = 100,
    ) -> LogPage:
        """A page of what happened, newest first."""
        command = ReadLog(text=text, account=account, level=level, before=before, limit=limit)
        return answered(await self.request(command), LogPage)

    async def read_trace(
        self, account: str, *, after: int = 0, call: str | None = None, bodies: bool = False, limit: int = MAX_LINES
    ) -> TracePage:
        """What went over the account's wire, oldest first."""
        command = ReadTrace(account=account, after=after, call=call, bodies=bodies, limit=limit)
        return answered(await self.request(command), TracePage)

    async def read_frame(self, account: str, id: int) -> Frame:
        """One frame of the account's wire, whole."""
        return answered(await self.request(ReadFrame(account, id)), FrameRead).frame

    async def save_trace(self, account: str, file: str, *, call: str | None = None) -> Saved:
        """Write the trace into a new file."""
        return answered(await self.request(SaveTrace(account=account, file=file, call=call)), Saved)

    async def read_report(self, *, anonymous: bool, terminal: dict[str, str]) -> ReportContents:
        """What a bug report would hold."""
        command = ReadReport(anonymous=anonymous, terminal=terminal)
        return answered(await self.request(command), ReportContents)

    async def save_report(self, file: str, *, anonymous: bool, terminal: dict[str, str]) -> Saved:
        """Write a bug report into a new file."""
        command = SaveReport(file=file, anonymous=anonymous, terminal=terminal)
        return answered(await self.request(command), Saved)
