"""Recordings in the engine: one list of files and links, playing, downloads that outlive a crash, keeping, removing."""

import asyncio
import os
import time
import wave
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from tests.engine.desk import EngineDesk, desk
from tests.fakes import soon, until
from tests.media.test_player import make
from tests.media.test_recordings_played import KINDS, Stage, rising
from tests.rigs.file_server import FileServer, elsewhere, endless, file, slow
from tests.rigs.pulse import sine
from tuiphone.control import recordings as asked
from tuiphone.core.call import CallDirection, CallId
from tuiphone.core.capability import Capability
from tuiphone.core.errors import MediaError, NotPossible
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallRecorded,
    CallStarted,
    DownloadsChanged,
    EndReason,
    ListChanged,
    PlaybackChanged,
    ProviderFaulted,
)
from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.engine import downloads, keeping
from tuiphone.engine.recordings import RecordingService
from tuiphone.media.player import Player
from tuiphone.store.config import RecordingPreferences
from tuiphone.store.recordings import read_sidecar, write_sidecar

AN = Address(AddressKind.PHONE, "+84901234567", "Nguyễn Văn An")
DAY = time.mktime((2026, 11, 21, 14, 2, 0, 0, 0, -1))
TRUSTING = RecordingPreferences(trusted_hosts=("127.0.0.1",))


def call(ref: str, at: float = DAY, **more: Any) -> CallRecord:
    values: dict[str, Any] = {
        "peer": AN,
        "incoming": True,
        "answered_at": at + 1,
        "ended_at": at + 61,
        "result": RecordResult.ANSWERED,
    } | more
    return CallRecord(0, "work", ref, video=False, started_at=at, **values)


class Testing(RecordingService):
    """Plays to nobody."""

    __test__ = False
    made: list["Testing"] = []

    def __init__(self, parts: Any) -> None:
        parts.player = Player(Stage())
        parts.preferences = replace(parts.preferences, recording=TRUSTING)
        super().__init__(parts)
        self.made.append(self)


class Desk:
    """The service and what is around it."""

    def __init__(self, engine: EngineDesk, service: Testing) -> None:
        self.engine = engine
        self.service = service
        self.folder = Path(engine.parts.paths.recordings_dir)

    async def ask(self, command: Any, *, seconds: float = 15.0) -> Any:
        return await soon(self.service.handlers[type(command)](command), seconds=seconds)

    async def lines(self, text: str = "") -> list[asked.RecordingLine]:
        return list((await self.ask(asked.ReadRecordings(text=text))).recordings)

    async def add(self, *records: CallRecord) -> list[int]:
        """Calls of the past; their ids, in the same order."""
        await self.engine.parts.history.add_many(records)
        self.engine.phone.emit(ListChanged("history"))
        await self.engine.phone._ledger.settled()
        page = await self.engine.parts.history.page(limit=500)
        return [next(one.id for one in page.records if one.ref == record.ref) for record in records]

    def keep(self, name: str, **about: object) -> Path:
        path = make(self.folder / name, sine(440, 1))
        write_sidecar(path, {"account": "work", "started_at": DAY, "duration_s": 1.0, "complete": True} | about)
        return path

    @property
    def downloads(self) -> dict[int, Any]:
        return {one.id: one for one in self.engine.phone.state.downloads}

    async def came(self, id: int) -> CallRecord:
        """The record once its download is over, one way or the other."""
        jobs = self.service._downloads._jobs
        await until(lambda: id not in jobs or jobs[id].problem, seconds=60)
        await until(lambda: (id in jobs) == (id in self.downloads and self.downloads[id].problem is not None))
        found = await self.engine.parts.history.get(id)
        assert found is not None
        return found


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk(tmp_path, Testing) as engine:
        yield Desk(engine, Testing.made[-1])


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as running:
        yield running


# -- the list -----------------------------------------------------------------------------------------------------


async def test_files_and_links_are_one_list_newest_first(phone: Desk) -> None:
    path = phone.keep("a.wav", started_at=DAY + 5, peer={"kind": "user", "text": "bob"})
    own, link, _ = await phone.add(
        call("own", recording=str(path)),
        call("link", DAY + 100, recording_url="https://example.com/a"),
        call("bare", DAY + 200),
    )
    newest, oldest = await phone.lines()
    assert (newest.record, newest.path, newest.duration_s, newest.peer) == (link, None, 60.0, AN)
    assert (oldest.record, oldest.path, oldest.duration_s, oldest.peer) == (own, str(path), 1.0, AN)


@pytest.mark.parametrize(
    "text",
    ["nguyen an", "901 234", "work", "2026-11-21", "21.11.2026", "21 nov", "14:02", "boat", "NGUYỄN boat", "a.wav"],
)
async def test_a_search_looks_at_name_number_account_date_and_note(phone: Desk, text: str) -> None:
    path = phone.keep("a.wav")
    phone.keep("b.wav", started_at=DAY - 9e6, account="home", peer={"kind": "user", "text": "bob"})
    await phone.add(call("own", recording=str(path), note="about the boat"))
    assert [line.path for line in await phone.lines(text)] == [str(path)]
    assert await phone.lines(f"{text} xyzzy") == []


async def test_any_call_may_have_one_where_the_vendor_has_to_be_asked(phone: Desk) -> None:
    (bare,) = await phone.add(call("bare"))
    assert await phone.lines() == []
    await phone.engine.add("work", Capability.RECORDINGS)
    assert [line.record for line in await phone.lines()] == [bare]


async def test_a_page_is_what_was_asked_for(phone: Desk) -> None:
    await phone.add(*(call(f"c{at}", DAY + at, recording_url="https://example.com/a") for at in range(250)))
    page = await phone.ask(asked.ReadRecordings(offset=200, limit=100))
    assert (len(page.recordings), page.total) == (50, 250)
    assert page.recordings[0].started_at == DAY + 49
    assert (await phone.ask(asked.ReadRecordings(offset=-5, limit=-5))).recordings[0].started_at == DAY + 249


async def test_a_recording_that_ends_is_listed_with_its_length(phone: Desk) -> None:
    provider = await phone.engine.add("work")
    path = phone.folder / "live.wav"
    provider.emit(CallStarted("c1", AN, CallDirection.INCOMING))
    provider.emit(CallAnswered("c1"))
    phone.engine.phone._emit("work", CallRecorded("c1", str(path)))
    await until(lambda: (known := phone.engine.phone.state.call(CallId("work", "c1"))) and known.recording)
    phone.keep("live.wav", complete=False, duration_s=0)
    assert [(line.is_live, line.duration_s) for line in await phone.lines()] == [(True, 0.0)]
    with pytest.raises(NotPossible, match="being recorded right now"):
        await phone.ask(asked.RemoveRecording(str(path)))
    phone.engine.changes.clear()
    provider.emit(CallEnded("c1", EndReason.HUNG_UP))
    await until(lambda: ListChanged("recordings") in phone.engine.events(ListChanged))
    phone.keep("live.wav", duration_s=7)
    await until(lambda: phone.engine.events(ListChanged).count(ListChanged("recordings")) >= 2)
    (line,) = await phone.lines()
    assert (line.is_live, line.duration_s, line.record is not None) == (False, 7.0, True)


async def test_a_recording_the_engines_death_cut_off_gets_its_length_at_the_next_start(tmp_path: Path) -> None:
    async with desk(tmp_path, Testing) as engine:
        first = Desk(engine, Testing.made[-1])
        first.keep("cut.wav", complete=False, duration_s=0)
    async with desk(tmp_path, Testing) as engine:
        path = first.folder / "cut.wav"
        await until(lambda: read_sidecar(path)["complete"], seconds=60)
        (line,) = await Desk(engine, Testing.made[-1]).lines()
        assert line.duration_s == pytest.approx(1.0)


async def test_a_film_that_was_cut_off_gets_its_index_at_the_next_start(tmp_path: Path) -> None:
    async with desk(tmp_path, Testing) as engine:
        first = Desk(engine, Testing.made[-1])
        path = await asyncio.to_thread(KINDS["live.webm"], first.folder / "cut.webm", rising(2))
        with path.open("r+b") as stream:
            stream.truncate(path.stat().st_size - 700)
        write_sidecar(path, {"account": "work", "started_at": DAY, "complete": False, "video": True})
        assert length_of(path) is None
    async with desk(tmp_path, Testing) as engine:
        await until(lambda: read_sidecar(path)["complete"], seconds=60)
        (line,) = await Desk(engine, Testing.made[-1]).lines()
        assert line.duration_s == pytest.approx(2.0, abs=0.3)
        assert line.video
    assert length_of(path) == pytest.approx(line.duration_s, abs=0.1)
    assert {file.name for file in first.folder.iterdir()} == {"cut.webm", "cut.webm.json"}
    assert path.stat().st_mode & 0o777 == 0o600


async def test_a_film_of_which_too_much_would_be_lost_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def half(path: Path, target: Path) -> None:
        target.write_bytes(path.read_bytes()[:5000])

    monkeypatch.setattr(keeping.offline, "write_whole", half)
    (tmp_path / "a.webm").write_bytes(b"x" * 300_000)
    await keeping.make_whole(tmp_path / "a.webm")
    assert [file.stat().st_size for file in tmp_path.iterdir()] == [300_000]


def length_of(path: Path) -> float | None:
    """What the file itself says."""
    with av.open(str(path)) as container:
        return None if container.duration is None else container.duration / av.time_base


async def test_five_thousand_recordings_are_searched_at_once(phone: Desk) -> None:
    for number in range(5000):
        (phone.folder / f"{number}.ogg").write_bytes(b"")
    await phone.lines()
    begun = time.process_time()
    assert len(await phone.lines("4999")) == 1
    assert time.process_time() - begun < 0.5


# -- playing ------------------------------------------------------------------------------------------------------


async def test_playing_is_told_in_the_state_and_steered(phone: Desk) -> None:
    path = phone.keep("a.wav")
    with pytest.raises(NotPossible, match="Nothing is being played"):
        await phone.ask(asked.PausePlaying(True))
    await phone.ask(asked.PlayFile(str(path), 0.25))
    for command in (asked.PausePlaying(True), asked.SpeedPlaying(1.5), asked.SeekPlaying(0.5)):
        await phone.ask(command)
    await phone.engine.phone._ledger.settled()
    playback = phone.engine.phone.state.playback
    assert playback is not None
    assert (playback.path, playback.paused, playback.speed, playback.position_s) == (str(path), True, 1.5, 0.5)
    await phone.ask(asked.StopPlaying())
    await phone.engine.phone._ledger.settled()
    assert phone.engine.phone.state.playback is None


async def test_the_recording_of_a_call_is_played_by_the_call(phone: Desk) -> None:
    path = phone.keep("a.wav")
    own, bare = await phone.add(call("own", recording=str(path)), call("bare"))
    await phone.ask(asked.Play(own))
    assert phone.engine.parts.player.path == str(path)
    with pytest.raises(NotPossible, match="no recording of that call, here or at the vendor"):
        await phone.ask(asked.Play(bare))
    path.unlink()
    with pytest.raises(MediaError, match=r"a\.wav cannot be opened"):
        await phone.ask(asked.Play(own))
    await phone.ask(asked.StopPlaying())


@pytest.mark.parametrize(
    "command",
    [asked.PlayFile, asked.ReadWaveform, asked.RemoveRecording, lambda path: asked.SaveRecording(path=path, to="/tmp")],
)
async def test_no_file_but_a_recording_is_touched(phone: Desk, tmp_path: Path, command: Any) -> None:
    outside = make(tmp_path / "private.wav", sine(440, 1))
    for path in (str(outside), f"{phone.folder}/../../private.wav", "/etc/passwd", ""):
        with pytest.raises(NotPossible, match="no longer there"):
            await phone.ask(command(path))
    assert outside.exists()


async def test_how_loud_it_is_is_measured_once_however_many_ask(phone: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from tuiphone.media import offline

    path, begun = phone.keep("a.wav", left="me", right="them"), list[Path]()
    measure = offline.measure
    monkeypatch.setattr(offline, "measure", lambda path: begun.append(path) or measure(path))
    first, second = await asyncio.gather(*(phone.ask(asked.ReadWaveform(str(path))) for _ in range(2)))
    assert first == second == await phone.ask(asked.ReadWaveform(str(path)))
    assert (first.duration_s, first.is_ours, first.right) == (pytest.approx(1.0), True, None)
    assert len(begun) == 1


# -- downloads ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KINDS)
async def test_each_kind_of_recording_is_fetched_and_becomes_one_of_ours(
    phone: Desk, server: FileServer, tmp_path: Path, name: str
) -> None:
    source = await asyncio.to_thread(KINDS[name], tmp_path / name, rising(2))
    server.answers["/..%2f..%2fevil.sh"] = file(source.read_bytes())
    (id,) = await phone.add(call("a", recording_url=server.url("/..%2f..%2fevil.sh")))
    await phone.ask(asked.FetchRecording(id))
    record = await phone.came(id)
    assert record.recording is not None
    path = Path(record.recording)
    assert path == phone.folder / f"2026-11-21_14-02-00_Nguyễn_Văn_An{source.suffix}"
    assert path.read_bytes() == source.read_bytes()
    (line,) = await phone.lines()
    assert (line.path, line.record, line.duration_s) == (str(path), id, pytest.approx(2.0, abs=0.1))
    assert sorted(entry.name for entry in (phone.folder / ".downloads").iterdir()) == []
    await phone.ask(asked.PlayFile(str(path)))
    await phone.ask(asked.StopPlaying())
    with pytest.raises(NotPossible, match="here already"):
        await phone.ask(asked.FetchRecording(id))


async def test_a_recording_at_the_vendor_is_fetched_and_then_played(
    phone: Desk, server: FileServer, tmp_path: Path
) -> None:
    server.answers["/a"] = slow(make(tmp_path / "a.wav", sine(440, 1)).read_bytes(), piece=8000, pause_s=0.02)
    (id,) = await phone.add(call("a", recording_url=server.url("/a")))
    await phone.ask(asked.Play(id))
    assert phone.engine.parts.player.path is None
    record = await phone.came(id)
    await until(lambda: phone.engine.parts.player.path is not None)
    assert phone.engine.parts.player.path == record.recording
    await phone.ask(asked.StopPlaying())
    await phone.ask(asked.Play(id))
    assert phone.engine.parts.player.path == record.recording
    assert len(server.ranges("/a")) == 1
    await phone.ask(asked.StopPlaying())


async def test_what_was_stopped_or_did_not_come_is_not_played_later(
    phone: Desk, server: FileServer, tmp_path: Path
) -> None:
    content = make(tmp_path / "a.wav", sine(440, 1)).read_bytes()
    server.answers |= {"/a": slow(content, piece=8000, pause_s=0.02), "/b": file(b"<html>Log in!</html>")}
    stopped, broken = await phone.add(
        call("a", recording_url=server.url("/a")), call("b", DAY + 100, recording_url=server.url("/b"))
    )
    await phone.ask(asked.Play(stopped))
    await phone.ask(asked.StopPlaying())
    assert (await phone.came(stopped)).recording is not None
    await phone.ask(asked.Play(broken))
    assert (await phone.came(broken)).recording is None
    assert phone.downloads[broken].problem.endswith(f"open it in a browser: {server.url('/b')}")
    server.answers["/b"] = file(content)
    await phone.ask(asked.FetchRecording(broken))
    assert (await phone.came(broken)).recording is not None
    assert phone.engine.events(PlaybackChanged) == []


async def test_the_vendor_is_asked_for_the_link_where_there_is_none(
    phone: Desk, server: FileServer, tmp_path: Path
) -> None:
    server.answers["/a"] = file(make(tmp_path / "a.wav", sine(440, 1)).read_bytes())
    provider = await phone.engine.add("work", Capability.RECORDINGS)
    links: list[str | None] = [server.url("/a"), None]

    async def link(record: CallRecord) -> str | None:
        return links.pop(0)

    provider.recording_link = link  # type: ignore[method-assign]
    first, second = await phone.add(call("a"), call("b", DAY + 100))
    await phone.ask(asked.FetchRecording(first))
    assert (await phone.came(first)).recording is not None
    await phone.ask(asked.FetchRecording(second))
    await phone.came(second)
    assert phone.downloads[second].problem == "The server has no recording of this call."


async def test_a_server_the_account_names_may_be_in_the_private_network(
    phone: Desk, server: FileServer, tmp_path: Path
) -> None:
    server.answers["/a"] = file(make(tmp_path / "a.wav", sine(440, 1)).read_bytes())
    phone.engine.parts.preferences = replace(phone.engine.parts.preferences, recording=RecordingPreferences())
    (id,) = await phone.add(call("a", recording_url=server.url("/a")))
    await phone.ask(asked.FetchRecording(id))
    assert (await phone.came(id)).recording is None
    assert "private network" in phone.downloads[id].problem
    assert not server.asked
    phone.engine.phone.hosts_of = lambda account: frozenset({"127.0.0.1"})  # type: ignore[method-assign]
    await phone.ask(asked.FetchRecording(id))
    assert (await phone.came(id)).recording is not None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (
            b"\n<!DOCTYPE html><title>Log in</title>" * 40,
            "a web page in place of the recording; open it in a browser: ",
        ),
        (b"", "is no recording that can be played."),
        (b"MZ" + bytes(5000), "is no recording that can be played."),
    ],
    ids=["page", "empty", "program"],
)
async def test_what_is_no_recording_does_not_become_one(
    phone: Desk, server: FileServer, content: bytes, says: str
) -> None:
    server.answers["/a"] = file(content)
    (id,) = await phone.add(call("a", recording_url=server.url("/a")))
    await phone.ask(asked.FetchRecording(id))
    assert (await phone.came(id)).recording is None
    problem = phone.downloads[id].problem
    assert says in problem
    assert (server.url("/a") in problem) == says.endswith(": ")
    assert [entry.name for entry in phone.folder.iterdir()] == [".downloads"]
    assert list((phone.folder / ".downloads").iterdir()) == []
    (told,) = phone.engine.events(ProviderFaulted)
    assert told.detail.startswith("The recording of the call with Nguyễn Văn An did not come: ")


async def test_a_download_without_an_end_stops_at_the_limit_of_the_settings(phone: Desk, server: FileServer) -> None:
    server.answers |= {"/a": endless, "/b": elsewhere("file:///etc/passwd")}
    phone.engine.parts.preferences = replace(
        phone.engine.parts.preferences, recording=replace(TRUSTING, max_download_mb=2)
    )
    large, strange = await phone.add(
        call("a", recording_url=server.url("/a")), call("b", DAY + 100, recording_url=server.url("/b"))
    )
    await phone.ask(asked.FetchRecording(large))
    await phone.ask(asked.FetchRecording(strange))
    await phone.came(large)
    await phone.came(strange)
    assert "larger than 2 MB" in phone.downloads[large].problem
    assert "neither http nor https" in phone.downloads[strange].problem


async def test_a_vendor_may_know_how_large_its_recordings_can_be(phone: Desk, server: FileServer) -> None:
    server.answers["/a"] = endless
    provider = await phone.engine.add("work")
    provider.max_recording_bytes = 1_000_000  # type: ignore[misc]
    (id,) = await phone.add(call("a", recording_url=server.url("/a")))
    await phone.ask(asked.FetchRecording(id))
    await phone.came(id)
    assert "larger than 1 MB; this vendor has none" in phone.downloads[id].problem


async def test_what_failed_makes_room_for_what_is_fetched_next(
    phone: Desk, server: FileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "MOST", 2)
    ids = await phone.add(
        *(call(f"{n}", DAY + 100 * n, recording_url=server.url(f"/{n}")) for n in range(3)),
    )
    for id in ids:
        await phone.ask(asked.FetchRecording(id))
        await phone.came(id)
    assert list(phone.downloads) == ids[1:]


async def test_how_far_it_is_is_told_at_most_four_times_a_second(phone: Desk, server: FileServer) -> None:
    server.answers["/a"] = slow(bytes(400_000), piece=2000, pause_s=0.005)
    (id,) = await phone.add(call("a", recording_url=server.url("/a")))
    begun = time.monotonic()
    await phone.ask(asked.FetchRecording(id))
    await phone.came(id)
    told = [change.at for change in phone.engine.changes if isinstance(change.event, DownloadsChanged)]
    assert len(told) >= 3
    assert len(told) <= (time.monotonic() - begun) * 4 + 2
    grew = [event.downloads[0].done for event in phone.engine.events(DownloadsChanged) if event.downloads]
    assert grew == sorted(grew)
    assert 0 < grew[len(grew) // 2] < 400_000


async def test_a_download_is_stopped_and_gone_on_with_from_there(
    phone: Desk, server: FileServer, tmp_path: Path
) -> None:
    content = make(tmp_path / "a.wav", sine(440, 4)).read_bytes()
    server.answers["/a"] = slow(content, piece=8000, pause_s=0.02)
    (id,) = await phone.add(call("a", recording_url=server.url("/a")))
    await phone.ask(asked.FetchRecording(id))
    await until(lambda: id in phone.downloads and phone.downloads[id].done > 30_000)
    await phone.ask(asked.StopFetching(id))
    await until(lambda: not phone.downloads)
    part = phone.folder / ".downloads" / f"{id}.part"
    there = part.stat().st_size
    assert 30_000 < there < len(content)
    server.answers["/a"] = file(content)
    await phone.ask(asked.FetchRecording(id))
    assert (await phone.came(id)).recording is not None
    assert server.ranges("/a") == [None, f"bytes={there}-"]


async def test_the_next_engine_goes_on_with_what_somebody_waited_for(server: FileServer, tmp_path: Path) -> None:
    content = make(tmp_path / "a.wav", sine(440, 4)).read_bytes()
    server.answers["/a"] = slow(content, piece=8000, pause_s=0.02)
    async with desk(tmp_path, Testing) as engine:
        first = Desk(engine, Testing.made[-1])
        (id,) = await first.add(call("a", recording_url=server.url("/a")))
        await first.ask(asked.FetchRecording(id))
        await until(lambda: id in first.downloads and first.downloads[id].done > 30_000)
    server.answers["/a"] = file(content)
    async with desk(tmp_path, Testing) as engine:
        second = Desk(engine, Testing.made[-1])
        await until(lambda: engine.events(ListChanged), seconds=60)
        record = await second.came(id)
        assert record.recording is not None
        assert Path(record.recording).read_bytes() == content
    assert str(server.ranges("/a")[1]).startswith("bytes=")


async def test_a_recording_that_came_while_the_engine_died_is_not_fetched_twice(
    server: FileServer, tmp_path: Path
) -> None:
    async with desk(tmp_path, Testing) as engine:
        first = Desk(engine, Testing.made[-1])
        (id,) = await first.add(call("a", recording_url=server.url("/a")))
        target = first.keep("2026.wav")
        (first.folder / ".downloads").mkdir()
        (first.folder / ".downloads" / f"{id}.wanted").write_text(f'{{"target": "{target}"}}')
    async with desk(tmp_path, Testing) as engine:
        await until(lambda: engine.events(ListChanged))
        record = await engine.parts.history.get(id)
        assert record is not None
        assert record.recording == str(target)
    assert not server.asked


async def test_what_waits_for_the_account_goes_on_once_it_is_there(
    phone: Desk, server: FileServer, tmp_path: Path
) -> None:
    server.answers["/a"] = file(make(tmp_path / "a.wav", sine(440, 1)).read_bytes())

    async def link(record: CallRecord) -> str:
        return server.url("/a")

    def offline(provider: Any) -> None:
        provider.connects = False
        provider.recording_link = link

    (id,) = await phone.add(call("a"))
    adding = asyncio.create_task(phone.engine.add("work", Capability.RECORDINGS, prepare=offline))
    await until(lambda: phone.engine.phone.state.account("work"))
    await phone.ask(asked.FetchRecording(id))
    await phone.came(id)
    assert "try again" in phone.downloads[id].problem
    adding.cancel()
    provider = phone.engine.phone._roster.provider("work")
    provider.connects = True  # type: ignore[attr-defined]
    await phone.engine.phone.switch_account("work", False)
    await phone.engine.phone.switch_account("work", True)
    await until(lambda: id not in phone.downloads, seconds=10)
    assert (await phone.came(id)).recording is not None


# -- keeping and removing -----------------------------------------------------------------------------------------


async def test_a_copy_is_kept_as_it_is_or_as_wav_and_overwrites_nothing_unasked(phone: Desk, tmp_path: Path) -> None:
    source = make(phone.folder / "a.ogg", sine(440, 1), codec="libopus")
    plain, converted = tmp_path / "copy.ogg", tmp_path / "copy.wav"
    assert (await phone.ask(asked.SaveRecording(path=str(source), to=str(plain)))).done
    assert plain.read_bytes() == source.read_bytes()
    assert (await phone.ask(asked.SaveRecording(path=str(source), to=str(converted)))).done
    with wave.open(str(converted)) as copy:
        assert copy.getnframes() / copy.getframerate() == pytest.approx(1.0, abs=0.05)
    plain.write_bytes(b"mine")
    assert not (await phone.ask(asked.SaveRecording(path=str(source), to=str(plain)))).done
    assert plain.read_bytes() == b"mine"
    assert (await phone.ask(asked.SaveRecording(path=str(source), to=str(plain), replace=True))).done
    assert plain.read_bytes() == source.read_bytes()
    saved = await phone.ask(asked.SaveRecording(path=str(source), to=f"{tmp_path}/"))
    assert saved.path == str(tmp_path / "a.ogg")
    assert not [entry for entry in tmp_path.iterdir() if entry.name.endswith(".tmp")]


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("", "Where to"),
        ("copy.ogg", "begin with / or ~/"),
        ("/no/such/folder/a.ogg", "There is no folder /no/such/folder"),
        ("/tmp/a.mp3", r"kept as \.ogg or \.wav, not as \.mp3"),
        ("/dev/null", "is no file"),
        ("\0", "Where to"),
        ("/tmp/" + "x" * 300 + ".ogg", "cannot be a file"),
    ],
)
async def test_a_place_where_nothing_can_be_kept_is_a_sentence(phone: Desk, to: str, words: str) -> None:
    source = make(phone.folder / "a.ogg", sine(440, 1), codec="libopus")
    with pytest.raises(NotPossible, match=words):
        await phone.ask(asked.SaveRecording(path=str(source), to=to))


async def test_a_recording_is_never_saved_over_itself(phone: Desk) -> None:
    source = phone.keep("a.wav")
    with pytest.raises(NotPossible, match="is the recording itself"):
        await phone.ask(asked.SaveRecording(path=str(source), to=str(source), replace=True))


async def test_a_removed_recording_leaves_the_list_and_the_call_and_comes_back_to_both(phone: Desk) -> None:
    path = phone.keep("a.wav")
    (id,) = await phone.add(call("own", recording=str(path)))
    await phone.ask(asked.PlayFile(str(path)))
    await phone.ask(asked.RemoveRecording(str(path)))
    assert phone.engine.parts.player.path is None
    assert await phone.lines() == []
    record = await phone.engine.parts.history.get(id)
    assert record is not None
    assert record.recording is None
    assert (await phone.ask(asked.RestoreRecording())).path == str(path)
    (line,) = await phone.lines()
    assert (line.path, line.record) == (str(path), id)
    assert (await phone.ask(asked.RestoreRecording())).path is None


async def test_the_trash_of_more_than_a_week_is_gone_after_the_next_start(tmp_path: Path) -> None:
    from tuiphone.store import trash

    async with desk(tmp_path, Testing) as engine:
        first = Desk(engine, Testing.made[-1])
        old, young = first.keep("old.wav"), first.keep("young.wav")
        trash.remove(first.folder, old, (), now=time.time() - 8 * 86400)
        trash.remove(first.folder, young, ())
    async with desk(tmp_path, Testing) as engine:
        second = Desk(engine, Testing.made[-1])
        await until(lambda: len(os.listdir(first.folder / trash.FOLDER)) == 1)
        assert (await second.ask(asked.RestoreRecording())).path == str(young)
        assert (await second.ask(asked.RestoreRecording())).path is None
