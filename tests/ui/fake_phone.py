"""A phone without an engine: takes the verbs of RemotePhone down, and lets a test say what the engine tells."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from tests.filtering import filtered
from tests.ui.fake_contacts import ContactAnswers
from tests.ui.fake_texts import FakeTexts, TextAnswers
from tests.ui.samples import NOW
from tuiphone.control.accounts import AccountFile, FilledForm, ProviderForm, ProviderForms, Reloaded, Verdict
from tuiphone.control.cards import Card, CrmPage
from tuiphone.control.client import News, NoEngine, RemotePhone
from tuiphone.control.history import Exported, Fetched, HistoryPage, Suggestion, Suggestions
from tuiphone.control.logbook import LogPage, ReportContents, ReportPart, Saved, TracePage
from tuiphone.control.pictures import Pictures, Side
from tuiphone.control.protocol import Alert, CallMeter, Goodbye, Meters, Preferences, StateChanged, Welcome
from tuiphone.control.recordings import RecordingPage
from tuiphone.control.sound import Devices, SoundDevice
from tuiphone.core.call import CallId, CallState
from tuiphone.core.entry import Entry
from tuiphone.core.errors import PhoneError
from tuiphone.core.model import Address, Availability, CallRecord
from tuiphone.core.ports import MediaStats
from tuiphone.core.state import PhoneState
from tuiphone.core.trace import Frame


class FakePhone(TextAnswers, ContactAnswers):
    """Answers like an engine that has nothing to do; `commands` is what it was told, newest last."""

    def __init__(self, state: PhoneState | None = None, *, records: tuple[CallRecord, ...] = ()) -> None:
        self.state = state or PhoneState()
        self.screens = 1
        self.meters: dict[CallId, MediaStats] = {}
        self.preferences = Preferences()
        self.welcome: Welcome | None = None
        self.farewell: str | None = None
        self.is_attached = False
        self.commands: list[tuple[Any, ...]] = []
        self.records = records
        self.has_older = False
        """A server knows of older calls."""
        self.taken: set[str] = set()
        """Names of files that are there already."""
        self.suggestions: tuple[Suggestion, ...] = ()
        self.found_devices = Devices((SoundDevice("Headset", True, True),), (SoundDevice("Headset", True, True),))
        self.sides: tuple[Side, ...] = ()
        """Who may be seen in its calls."""
        self.is_first_to_tell = True
        """No other screen at this place has told of it."""
        self.entries: tuple[Entry, ...] = ()
        """What happened, newest first."""
        self.frames: dict[str, tuple[Frame, ...]] = {}
        """Account -> what went over its wire."""
        self.report: tuple[ReportPart, ...] = ()
        self.cards: dict[str, dict[str, Any]] = {}
        """Number -> what is known of it, beside the records."""
        self.crm = CrmPage()
        """The page of whoever is asked about."""
        self.refusals: dict[str, PhoneError] = {}
        """Verb -> what it fails with."""
        self.forms: tuple[ProviderForm, ...] = ()
        self.files: dict[str, AccountFile] = {}
        self.verdicts: list[Verdict] = []
        """What trying accounts comes to, in turn; then all is well."""
        self.postponed: tuple[str, ...] = ()
        self.slow = asyncio.Event()
        """Verbs of `waits_for` end when this is set."""
        self.waits_for: set[str] = set()
        self.dialled = CallId("work", "new")
        self.texts_kept = FakeTexts()
        self._news: asyncio.Queue[News | None] = asyncio.Queue()
        self._is_killed = False

    # -- what a test says ---------------------------------------------------------------------------------------

    def tell(self, state: PhoneState) -> None:
        """The phone is like this now."""
        self.state = state
        self._news.put_nowait(StateChanged(state, self.screens))

    def meter(self, **meters: MediaStats) -> None:
        """How the calls sound, by ref."""
        self.meters = {call.id: meters[call.id.ref] for call in self.state.calls if call.id.ref in meters}
        self._news.put_nowait(Meters(tuple(CallMeter(id, stats) for id, stats in self.meters.items())))

    def alert(self, alert: Alert) -> None:
        """Something to say once."""
        self._news.put_nowait(alert)

    def die(self, reason: str | None = None) -> None:
        """The engine ends."""
        self.is_attached = False
        if reason is not None:
            self.farewell = reason
            self._news.put_nowait(Goodbye(reason))
        else:
            self._is_killed = True
        self._news.put_nowait(None)

    def drop(self) -> None:
        """The engine lets this app go, and is there."""
        self.is_attached = False
        self._news.put_nowait(None)

    def told(self, verb: str) -> list[tuple[Any, ...]]:
        """The arguments of every command of this name."""
        return [command[1:] for command in self.commands if command[0] == verb]

    # -- RemotePhone's verbs ------------------------------------------------------------------------------------

    async def attach(self, timeout: float = 5.0) -> Welcome:
        await self._did("attach")
        if self._is_killed:
            # Whoever tries next has started another one.
            self._is_killed = False
            raise NoEngine("No tuiphone engine is running.")
        self.is_attached = True
        self.welcome = Welcome(
            version=1,
            pid=1,
            release="0",
            profile=None,
            owned=True,
            log_file="engine.log",
            recordings="recordings",
            preferences=self.preferences,
        )
        return self.welcome

    async def news(self) -> AsyncIterator[News]:
        while (item := await self._news.get()) is not None:
            yield item

    async def close(self) -> None:
        self.commands.append(("close",))
        self.is_attached = False
        self._news.put_nowait(None)

    async def quit(self) -> None:
        await self._did("quit")
        await self.close()

    async def dial(self, to: str, *, account: Any = None, video: bool = False, caller: Any = None) -> CallId:
        await self._did("dial", to, account, video, caller)
        return self.dialled

    async def pickup(self, line: str, *, account: str | None = None) -> CallId:
        await self._did("pickup", line, account)
        return self.dialled

    async def take_desk_call(self, ref: str, *, account: str | None = None) -> None:
        await self._did("take_desk_call", ref, account)

    async def redirect_desk_call(self, ref: str, to: str | None = None, *, account: str | None = None) -> None:
        await self._did("redirect_desk_call", ref, to, account)

    async def call_desk_back(self, ref: str, *, account: str | None = None) -> CallId:
        await self._did("call_desk_back", ref, account)
        return self.dialled

    async def desk_call_done(self, ref: str, *, account: str | None = None) -> int:
        await self._did("desk_call_done", ref, account)
        return 1

    async def watch_desk(self) -> None:
        await self._did("watch_desk")

    async def call_mailbox(self, account: str | None = None) -> CallId:
        await self._did("call_mailbox", account)
        return self.dialled

    async def follow(self, call: CallId) -> CallId:
        await self._did("follow", call.ref)
        return call

    async def publish_status(
        self, account: str, note: str, *, availability: Availability = Availability.UNKNOWN
    ) -> None:
        await self._did("publish_status", account, note, availability)

    async def watch(
        self, call: CallId, *, viewer: str, rate: float, width: int, height: int, mirrored: bool = False
    ) -> Pictures:
        await self._did("watch", call.ref, width, height)
        return Pictures(self.sides)

    async def unwatch(self, viewer: str) -> None:
        await self._did("unwatch")

    async def consult(self, call: CallId, to: str) -> CallId:
        await self._did("consult", call.ref, to)
        return self.dialled

    async def swap(self) -> CallId:
        await self._did("swap")
        return next(call.id for call in self.state.calls if call.state is CallState.HELD)

    async def join(self, calls: tuple[CallId, ...] = ()) -> None:
        await self._did("join", *(call.ref for call in calls))

    async def microphone_level(self) -> float:
        await self._did("microphone_level")
        return 0.5

    async def answer(self, call: CallId, *, video: bool = False) -> None:
        await self._did("answer", call.ref, video)

    async def history(self, text: str = "", **query: Any) -> HistoryPage:
        await self._did("history", text, query)
        limit, around = query.get("limit", 100), query.get("around")
        found, problems = filtered(self.records, text, NOW)
        rank = next((at for at, record in enumerate(found) if record.id == around), 0)
        start = rank - rank % limit if around is not None else query.get("start", 0)
        return HistoryPage(tuple(found[start : start + limit]), len(found), start, problems, self.has_older)

    async def claim_notice(self, what: str, place: str) -> bool:
        await self._did("claim_notice", what, place)
        return self.is_first_to_tell

    async def card(self, peer: Address, account: str | None = None) -> Card:
        await self._did("card", peer.text, account)
        known = [record for record in self.records if record.peer.text == peer.text and record.account == account]
        of_theirs = {"calls": len(known), "latest": tuple(known), "last_at": known[0].started_at if known else None}
        return Card(**({**of_theirs, **self.cards.get(peer.text, {})}))

    async def crm_page(self, peer: Address, account: str, *, incoming: bool = True) -> CrmPage:
        await self._did("crm_page", peer.text, account, incoming)
        return self.crm

    async def fetch_older(self) -> Fetched:
        await self._did("fetch_older")
        return Fetched(0, has_older=False)

    async def export_history(self, path: str, text: str = "", *, replace: bool = False) -> Exported:
        await self._did("export_history", path, text, replace)
        return Exported(path, len(self.records), done=replace or path not in self.taken)

    async def suggest(self, text: str, limit: int = 8) -> Suggestions:
        await self._did("suggest", text)
        return Suggestions(self.suggestions if text else ())

    async def recordings(self, text: str = "", *, offset: int = 0, limit: int = 100) -> RecordingPage:
        await self._did("recordings", text, offset)
        return RecordingPage((), 0)

    async def devices(self) -> Devices:
        await self._did("devices")
        return self.found_devices

    async def reload_accounts(self) -> Reloaded:
        await self._did("reload_accounts")
        return Reloaded(self.postponed)

    async def describe_providers(self) -> ProviderForms:
        await self._did("describe_providers")
        return ProviderForms(self.forms)

    async def read_account(self, account: str) -> AccountFile:
        await self._did("read_account", account)
        return self.files.get(account) or AccountFile(account=account, path=f"/accounts/{account}.toml")

    async def try_account(self, form: FilledForm) -> Verdict:
        await self._did("try_account", form)
        return self.verdicts.pop(0) if self.verdicts else Verdict()

    async def save_account(self, form: FilledForm) -> Verdict:
        await self._did("save_account", form)
        return Verdict(postponed=form.account in self.postponed)

    async def read_log(self, text: str = "", **query: Any) -> LogPage:
        await self._did("read_log", text, query)
        found = [
            entry
            for entry in self.entries
            if text.casefold() in f"{entry.text} {entry.detail or ''}".casefold()
            and query.get("account") in (None, entry.account)
            and entry.level.rank >= query["level"].rank
        ]
        older = [entry for entry in found if query.get("before") is None or entry.id < query["before"]]
        return LogPage(tuple(older[: query["limit"]]), len(found))

    async def read_trace(self, account: str, *, after: int = 0, **query: Any) -> TracePage:
        if not after:
            await self._did("read_trace", account)
        frames = self.frames.get(account, ())
        fresh = tuple(replace(frame, body="") for frame in frames if frame.version > after)
        return TracePage(fresh, max((frame.version for frame in frames), default=0))

    async def read_frame(self, account: str, id: int) -> Frame:
        await self._did("read_frame", account, id)
        return next(frame for frame in self.frames[account] if frame.id == id)

    async def save_trace(self, account: str, file: str, *, call: str | None = None) -> Saved:
        await self._did("save_trace", account, file, call)
        return Saved(file, 1234)

    async def read_report(self, *, anonymous: bool, terminal: dict[str, str]) -> ReportContents:
        await self._did("read_report", anonymous)
        return ReportContents(self.report)

    async def save_report(self, file: str, *, anonymous: bool, terminal: dict[str, str]) -> Saved:
        await self._did("save_report", file, anonymous)
        return Saved(file, 5678)

    def __getattr__(self, verb: str) -> Any:
        if not callable(getattr(RemotePhone, verb, None)):
            raise AttributeError(verb)

        async def plain(*arguments: Any) -> None:
            shown = [argument.ref if isinstance(argument, CallId) else argument for argument in arguments]
            await self._did(verb, *shown)

        return plain

    async def _did(self, verb: str, *arguments: Any) -> None:
        self.commands.append((verb, *arguments))
        if verb in self.waits_for:
            await self.slow.wait()
        if (error := self.refusals.get(verb)) is not None:
            raise error
