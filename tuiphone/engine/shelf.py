"""Shelf: what there is of recordings, here and at the vendors, in one list that is searched as one types."""

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tuiphone.control.recordings import RecordingLine
from tuiphone.core.capability import Capability
from tuiphone.core.model import Address, CallRecord, Recording
from tuiphone.core.twins import at_vendors
from tuiphone.engine.service import Parts
from tuiphone.store import rows
from tuiphone.store.recorded import Recorded
from tuiphone.store.recordings import Library

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(slots=True)
class _Entry:
    recording: Recording | None
    record: CallRecord | None
    line: RecordingLine
    text: str
    """What a search looks at."""


class Shelf:
    """Kept in memory; what it was made of is looked at again when it may have changed."""

    def __init__(self, parts: Parts, recorded: Recorded) -> None:
        self._parts = parts
        self._recorded = recorded
        self._library = Library(self.folder)
        self._listed: tuple[Recording, ...] = ()
        self._records: tuple[CallRecord, ...] = ()
        self._entries: list[_Entry] = []
        self._cache: dict[object, _Entry] = {}
        self._is_stale = True
        self._turn = asyncio.Lock()

    @property
    def folder(self) -> Path:
        """Where recordings go."""
        return Path(self._parts.preferences.recording.folder or self._parts.paths.recordings_dir)

    def may_be_fetched(self, record: CallRecord) -> bool:
        """The vendor has a recording of this call, or has to be asked whether it has one."""
        accounts = [known.account for known in self._parts.phone.state.accounts]
        askable = any(one.account in self._asking() for one in at_vendors(record, accounts))
        return record.recording_url is not None or (record.answered_at is not None and askable)

    def spoil(self) -> None:
        """The history, the accounts or the names changed."""
        self._is_stale = True

    async def find(self, text: str) -> list[RecordingLine]:
        """All that match, newest first. Raises: StoreError."""
        entries = await self._fresh()
        if not (wanted := rows.words(text)):
            return [entry.line for entry in entries]
        return await asyncio.to_thread(
            lambda: [entry.line for entry in entries if all(word in entry.text for word in wanted)]
        )

    async def line_of(self, path: str) -> RecordingLine | None:
        """The recording in this file. Raises: StoreError."""
        return next((entry.line for entry in await self._fresh() if entry.line.path == path), None)

    async def cut_off(self) -> tuple[str, ...]:
        """Files whose recording did not come to its end. Raises: StoreError."""
        live = {call.recording for call in self._parts.phone.state.calls}
        listed = await self._library.recordings()
        return tuple(one.path for one in listed if not one.is_complete and one.path not in live)

    async def _fresh(self) -> list[_Entry]:
        async with self._turn:
            if self._library.folder != self.folder:
                self._library = Library(self.folder)
            listed = await self._library.recordings()
            if self._is_stale:
                self._is_stale = False
                try:
                    records = await self._recorded.records(self._asking(), self._beside())
                except BaseException:
                    self._is_stale = True
                    raise
                # Names may have changed with everything else.
                self._cache = {}
            elif listed is self._listed:
                return self._entries
            else:
                records = self._records
            self._entries = await asyncio.to_thread(self._merge, listed, records)
            self._listed, self._records = listed, records
            return self._entries

    def _asking(self) -> tuple[str, ...]:
        accounts = self._parts.phone.state.accounts
        return tuple(known.account.name for known in accounts if Capability.RECORDINGS in known.account.capabilities)

    def _beside(self) -> tuple[str, ...]:
        """Accounts that have to be asked nothing, and command an extension that another one does which has."""
        accounts = [known.account for known in self._parts.phone.state.accounts]
        extensions = {one.linked for one in accounts if Capability.RECORDINGS in one.capabilities} - {None}
        asking = self._asking()
        return tuple(one.name for one in accounts if one.linked in extensions and one.name not in asking)

    def _merge(self, listed: Iterable[Recording], records: Iterable[CallRecord]) -> list[_Entry]:
        by_path = {record.recording: record for record in records if record.recording is not None}
        entries = [self._entry(recording, by_path.get(recording.path)) for recording in listed]
        here = {recording.path for recording in listed}
        for record in records:
            if record.recording is not None and record.recording in here:
                continue
            if record.recording is not None and os.path.isfile(record.recording):
                # Of a time when recordings went to another folder.
                entries.append(self._entry(_elsewhere(record, record.recording), record))
            elif record.recording is None or record.recording_url is not None:
                entries.append(self._entry(None, record))
        entries.sort(key=lambda entry: entry.line.started_at, reverse=True)
        self._cache = {_key(entry.recording, entry.record): entry for entry in entries}
        return entries

    def _entry(self, recording: Recording | None, record: CallRecord | None) -> _Entry:
        known = self._cache.get(_key(recording, record))
        if known is not None and known.recording == recording and known.record == record:
            return known
        line = self._line(recording, record)
        return _Entry(recording, record, line, _searched(line))

    def _line(self, recording: Recording | None, record: CallRecord | None) -> RecordingLine:
        source = record or recording
        assert source is not None
        peer = source.peer
        if not peer.name and (name := self._parts.directory.name_of(peer, source.account)):
            peer = Address(peer.kind, peer.text, name)
        return RecordingLine(
            path=recording.path if recording else None,
            record=record.id if record else None,
            account=record.begun_with if record else source.account,
            peer=peer,
            incoming=record.incoming if record else None,
            started_at=recording.started_at if recording else source.started_at,
            duration_s=recording.duration_s if recording else record.talk_s if record else 0.0,
            size=recording.size if recording else 0,
            note=record.note if record else None,
            video=recording is not None and recording.video,
        )


def _key(recording: Recording | None, record: CallRecord | None) -> object:
    return recording.path if recording is not None else record.id if record is not None else None


def _elsewhere(record: CallRecord, path: str) -> Recording:
    return Recording(path, record.account, record.peer, record.answered_at or record.started_at, record.talk_s)


def _searched(line: RecordingLine) -> str:
    then = time.localtime(line.started_at)
    year, month, day = then.tm_year, then.tm_mon, then.tm_mday
    # A search loses the separators of what is all digits; so do dates: 2026-11-21, 21.11.2026.
    dates = f"{year}{month:02}{day:02} {day:02}{month:02}{year} {day} {MONTHS[month - 1]} {year}"
    clock = f"{then.tm_hour:02}:{then.tm_min:02}"
    name = Path(line.path).name if line.path else ""
    return rows.folded(
        "\n".join((line.peer.name or "", line.peer.text, line.account, dates, clock, line.note or "", name))
    )


def with_live(line: RecordingLine, live: frozenset[str]) -> RecordingLine:
    """The line, marked when it is being recorded right now."""
    return msgspec.structs.replace(line, is_live=True) if line.path in live else line
