"""Recordings on their way from the vendors: begun, gone on with after a crash, checked, and put among the others."""

import asyncio
import contextlib
import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tuiphone.core.capability import Capability
from tuiphone.core.errors import ConnectionLost, MediaError, NotPossible, PhoneError, StoreError
from tuiphone.core.events import DownloadsChanged, ListChanged, ProviderFaulted
from tuiphone.core.model import Account, CallRecord, Download
from tuiphone.core.twins import at_vendor, at_vendors
from tuiphone.engine.past import PastCalls
from tuiphone.engine.service import Parts
from tuiphone.media import offline
from tuiphone.store import partial
from tuiphone.store.downloads import fetch
from tuiphone.store.paths import make_private
from tuiphone.store.reach import DownloadFailed, Limits
from tuiphone.store.recorded import Recorded
from tuiphone.store.recordings import new_path, write_sidecar

log = logging.getLogger(__name__)

FOLDER = ".downloads"
AT_ONCE = 2
MOST = 100
"""Downloads under way or waiting."""
ACCOUNTS_SECONDS = 3.0
"""How long a start waits for the accounts."""
TELL_SECONDS = 0.25
"""Pause between two reports of how far they are."""
PAGE_BYTES = 1024
"""How far into a file it is looked for what makes it a web page."""
KEPT_S = 7 * 24 * 3600.0
"""How long the beginning of a recording waits for somebody to go on with it."""


@dataclass(slots=True)
class _Job:
    record: CallRecord
    done: int = 0
    total: int | None = None
    problem: str | None = None
    task: asyncio.Task[None] | None = None
    waits_for_account: bool = False


class Downloads:
    """All downloads. A mark in the folder says of each that somebody waits for it; it outlives the engine."""

    def __init__(
        self, parts: Parts, recorded: Recorded, folder: Callable[[], Path], over: Callable[[int, bool], None]
    ) -> None:
        """`over` gets each record whose download ended by itself, and whether its recording is here now."""
        self._parts = parts
        self._recorded = recorded
        self._folder = folder
        self._over = over
        self._past = PastCalls(parts)
        self._jobs: dict[int, _Job] = {}
        self._seats = asyncio.Semaphore(AT_ONCE)
        self._naming = asyncio.Lock()
        """Held until a file has the name that was free: two calls may have begun in the same second."""
        self._account_came = asyncio.Event()
        self._telling: asyncio.TimerHandle | None = None
        self._told = 0.0

    async def resume(self) -> None:
        """Go on with what somebody waited for when the engine ended."""
        folder = self._folder() / FOLDER
        await asyncio.to_thread(lambda: partial.clean(folder, older_than=time.time() - KEPT_S))
        deadline = asyncio.get_running_loop().time() + ACCOUNTS_SECONDS
        for id in await asyncio.to_thread(partial.waiting, folder):
            record = await self._parts.history.get(id)
            if record is not None:
                await self._until_known(at_vendor(record).account, deadline)
            if record is None or await self._has_landed(record):
                self._mark(id).unlink(missing_ok=True)
            else:
                self.begin(record)

    async def _until_known(self, account: str, deadline: float) -> None:
        # Accounts come after the services, and which hosts may be asked stands in their settings; one that was removed
        # does not come.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(deadline):
                while self._parts.phone.state.account(account) is None:
                    self._account_came.clear()
                    await self._account_came.wait()

    def account_came(self) -> None:
        """There is one more account."""
        self._account_came.set()

    def begin(self, record: CallRecord) -> None:
        """Fetch the recording of this call, from where it stopped the last time. Raises: NotPossible, StoreError."""
        known = self._jobs.get(record.id)
        if known is not None and known.task is not None and not known.task.done():
            return
        if known is None:
            self._make_room()
        if len(self._jobs) >= MOST and known is None:
            raise NotPossible(f"{MOST} recordings are waiting already; let some of them come first.")
        make_private(self._mark(record.id).parent)
        try:
            if not self._mark(record.id).exists():
                self._mark(record.id).write_text("{}", encoding="utf-8")
        except OSError as error:
            raise StoreError(f"The recording cannot be kept ({error.strerror or error}).") from error
        self._start(_Job(record))

    def _make_room(self) -> None:
        """What failed longest ago is shown no more when there would be too many."""
        over = [id for id, job in self._jobs.items() if job.task and job.task.done() and not job.waits_for_account]
        for id in over[: max(0, len(self._jobs) - MOST + 1)]:
            del self._jobs[id]

    def _start(self, job: _Job) -> None:
        self._jobs[job.record.id] = job
        job.task = asyncio.create_task(self._run(job), name=f"download-{job.record.id}")
        self._tell()

    async def stop(self, record: int) -> None:
        """Stop; what has come is kept for a while."""
        job = self._jobs.pop(record, None)
        self._mark(record).unlink(missing_ok=True)
        if job is not None and job.task is not None:
            job.task.cancel()
            await asyncio.gather(job.task, return_exceptions=True)
        self._tell()

    def account_is_online(self, account: str) -> None:
        """Go on with what waits for this account's server."""
        for job in list(self._jobs.values()):
            if job.waits_for_account and at_vendor(job.record).account == account:
                self._start(_Job(job.record))

    async def close(self) -> None:
        """Stop all; the next engine goes on."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._telling is not None:
            self._telling.cancel()

    # -- one download -------------------------------------------------------------------------------------------

    async def _run(self, job: _Job) -> None:
        record = job.record
        try:
            async with self._seats:
                try:
                    await self._get(job, record.recording_url or await self._link(record))
                except PhoneError as error:
                    if not await self._get_elsewhere(job, error):
                        raise
        except ConnectionLost as error:
            job.problem, job.waits_for_account = str(error), True
        except PhoneError as error:
            job.problem = str(error)
            self._mark(record.id).unlink(missing_ok=True)
            who = record.peer.label[:60]
            self._parts.phone.emit(ProviderFaulted(f"The recording of the call with {who} did not come: {error}"))
        except Exception:
            log.exception("the download of %d failed", record.id)
            job.problem = "Something unexpected went wrong; the log has the details."
        else:
            self._jobs.pop(record.id, None)
        self._tell()
        self._over(record.id, job.problem is None)

    async def _get(self, job: _Job, link: str) -> None:
        part = self._part(job.record.id)
        await fetch(link, part, self._limits(job.record), lambda done, total: self._came(job, done, total))
        await self._land(job.record, part, link)

    async def _get_elsewhere(self, job: _Job, error: PhoneError) -> bool:
        """Fetch it by another account that commands the same extension, if there is one; whether it came."""
        for other in at_vendors(job.record, self._accounts())[1:]:
            try:
                if link := await self._parts.phone.recording_link(other):
                    log.info("%s has no recording to give (%s); %s has", job.record.account, error, other.account)
                    # Not to be gone on with: it was the beginning of another file.
                    await asyncio.to_thread(partial.forget, self._part(job.record.id))
                    await self._get(job, link)
                    return True
            except PhoneError as failed:
                log.info("%s has none either: %s", other.account, failed)
        return False

    def _accounts(self) -> list[Account]:
        return [known.account for known in self._parts.phone.state.accounts]

    async def _link(self, record: CallRecord) -> str:
        """Where the account's server says the recording is. Raises: DownloadFailed and what the phone raises."""
        phone, account = self._parts.phone, at_vendor(record).account
        known = phone.state.account(account)
        lists = known is not None and Capability.HISTORY in known.account.capabilities
        if record.vendor_ref is None and lists and phone.kin_of(account).is_blind:
            # What its server calls a call that was commanded only stands in the server's own list.
            await self._past.fetch_new(account)
            record = await self._parts.history.get(record.id) or record
        if link := record.recording_url or await phone.recording_link(record):
            return link
        if record.vendor_ref is None and lists:
            raise DownloadFailed("The server does not list this call yet; try again in a minute.")
        raise DownloadFailed("The server has no recording of this call.")

    def _limits(self, record: CallRecord) -> Limits:
        wishes, phone = self._parts.preferences.recording, self._parts.phone
        servers = [one.account for one in at_vendors(record, self._accounts())]
        hosts = frozenset(wishes.trusted_hosts).union(*map(phone.hosts_of, servers))
        wished, limits = wishes.max_download_mb * 1_000_000, [phone.recording_limit_of(server) for server in servers]
        # Whichever of them it comes from.
        possible = None if None in limits else max(filter(None, limits), default=None)
        if possible is not None and possible < wished:
            return Limits(possible, hosts, "this vendor has none that large. Fetch it with a browser.")
        return Limits(wished, hosts)

    async def _land(self, record: CallRecord, part: Path, link: str) -> None:
        try:
            measured = await offline.measure(part)
        except offline.TooSlow:
            raise
        except MediaError as error:
            log.info("what came for %d is no recording: %s", record.id, error)
            is_page = await asyncio.to_thread(_is_web_page, part)
            partial.forget(part)
            if is_page:
                raise DownloadFailed(
                    f"The server sent a web page in place of the recording; open it in a browser: {link}"
                ) from error
            raise DownloadFailed("What the server sent is no recording that can be played.") from error
        about = {
            "account": record.account,
            "peer": {"kind": record.peer.kind.value, "text": record.peer.text, "name": record.peer.name},
            "started_at": record.answered_at or record.started_at,
            "duration_s": round(measured.duration_s, 2),
            "complete": True,
            "source": "vendor",
        }
        async with self._naming:
            # Named by our own data alone; what the server calls it, nobody looks at.
            target = new_path(self._folder(), record.peer, record.started_at, suffix=measured.suffix)
            await asyncio.to_thread(self._put, part, target, about, record.id)
        await self._settle(record.id, target)

    def _put(self, part: Path, target: Path, about: dict[str, object], record: int) -> None:
        try:
            # In this order: whenever the engine dies, the next one finds the file and knows whose it is.
            self._mark(record).write_text(json.dumps({"target": str(target)}), encoding="utf-8")
            write_sidecar(target, about)
            os.rename(part, target)
        except OSError as error:
            raise StoreError(f"The recording cannot be kept ({error.strerror or error}).") from error

    async def _has_landed(self, record: CallRecord) -> bool:
        """It had come, but its call did not hear of it any more."""
        try:
            target = Path(json.loads(self._mark(record.id).read_bytes())["target"])
        except (OSError, ValueError, KeyError, TypeError):
            return False
        if self._part(record.id).exists() or not target.is_file():
            return False
        await self._settle(record.id, target)
        return True

    async def _settle(self, record: int, target: Path) -> None:
        await self._recorded.attach(record, str(target))
        partial.forget(self._part(record))
        self._mark(record).unlink(missing_ok=True)
        self._parts.phone.emit(ListChanged("history"))

    def _mark(self, record: int) -> Path:
        return self._folder() / FOLDER / f"{record}.wanted"

    def _part(self, record: int) -> Path:
        return self._folder() / FOLDER / f"{record}.part"

    # -- how far they are ---------------------------------------------------------------------------------------

    def _came(self, job: _Job, done: int, total: int | None) -> None:
        job.done, job.total = done, total
        self._tell()

    def _tell(self) -> None:
        if self._telling is None:
            loop = asyncio.get_running_loop()
            self._telling = loop.call_at(max(loop.time(), self._told + TELL_SECONDS), self._tell_now)

    def _tell_now(self) -> None:
        self._telling = None
        self._told = asyncio.get_running_loop().time()
        known = tuple(
            Download(id, job.record.peer.label[:100], job.done, job.total, job.problem)
            for id, job in self._jobs.items()
        )
        self._parts.phone.emit(DownloadsChanged(known))


def _is_web_page(file: Path) -> bool:
    """What vendors answer that have one listen in a browser, or log in first."""
    try:
        with open(file, "rb") as opened:
            head = opened.read(PAGE_BYTES).lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    except OSError:
        return False
    return head.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))
