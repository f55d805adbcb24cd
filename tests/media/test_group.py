"""A group call's media: each hears and sees all the others, each over a connection of its own; by notes and colours."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.media.films import BLUE, GREEN, RED, looks, still
from tests.media.peers import Side, is_silent, pitch, until
from tests.media.rooms import Room
from tests.rigs.pulse import RATE, sine
from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.ports import Candidate, Description, MediaLink
from tuiphone.media import ice
from tuiphone.media.branch import Branch
from tuiphone.media.cameras import Cameras
from tuiphone.media.chorus import Chorus
from tuiphone.media.tones import Tone

NOTES = {"alice": 500.0, "bob": 900.0, "carol": 1300.0}
COLOURS = {"alice": RED, "bob": GREEN, "carol": BLUE}


@dataclass
class Meeting:
    """The three, and the room they are in."""

    room: Room
    alice: Side
    bob: Side
    carol: Side

    def heard_by(self, side: Side) -> set[str]:
        """Whose notes come out of this one's speaker; the strongest is 8000 high."""
        sound = side.line.last(0.3)
        if len(sound) < RATE // 4:
            return set()
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) / len(sound) * 4

        def strength(hertz: float) -> float:
            at = round(hertz * len(sound) / RATE)
            return float(spectrum[at - 2 : at + 3].max())

        return {name for name, hertz in NOTES.items() if strength(hertz) > 2000}


@pytest.fixture(autouse=True)
def server_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    ice.install()
    monkeypatch.setattr(ice, "_stock_addresses", lambda *_: ["127.0.0.1"])


async def opened(*, video: bool, folder: Path | None = None) -> AsyncIterator[Meeting]:
    sides = {}
    for name, hertz in NOTES.items():
        cameras = None if folder is None else Cameras([str(still(folder / f"{name}.png", COLOURS[name]))])
        sides[name] = Side(hertz, video=video, cameras=cameras)
    room = Room()
    try:
        await room.gather(**sides)
        yield Meeting(room, **sides)
    finally:
        await asyncio.gather(*(side.peer.close() for side in sides.values()))
        await room.close()


@pytest.fixture
async def meeting() -> AsyncIterator[Meeting]:
    """Three who talk."""
    async for one in opened(video=False):
        yield one


@pytest.fixture
async def seen_meeting(tmp_path: Path) -> AsyncIterator[Meeting]:
    """Three who show a colour each."""
    async for one in opened(video=True, folder=tmp_path):
        yield one


async def test_each_hears_all_the_others_and_never_itself_until_they_mute_or_leave(meeting: Meeting) -> None:
    alice, bob, carol = meeting.alice, meeting.bob, meeting.carol
    await until(lambda: meeting.heard_by(alice) == {"bob", "carol"})
    await until(lambda: meeting.heard_by(bob) == {"alice", "carol"})
    await until(lambda: meeting.heard_by(carol) == {"alice", "bob"})
    assert len(alice.mixer.lines) == 1, "a group call has one seat, however many are in it"
    bob.peer.mute(True)
    await until(lambda: meeting.heard_by(alice) == {"carol"})
    bob.peer.mute(False)
    await until(lambda: meeting.heard_by(alice) == {"bob", "carol"})
    await meeting.room.branches["alice", "bob"].close()
    await until(lambda: meeting.heard_by(alice) == {"carol"})
    assert meeting.heard_by(carol) == {"alice", "bob"}
    assert not meeting.room.lost


async def test_a_group_call_on_hold_is_silent_on_both_sides(meeting: Meeting) -> None:
    await until(lambda: meeting.heard_by(meeting.carol) == {"alice", "bob"})
    meeting.alice.peer.hold(True)
    await until(lambda: meeting.heard_by(meeting.carol) == {"bob"})
    await until(lambda: is_silent(meeting.alice.line.last(0.2)))
    meeting.alice.peer.hold(False)
    await until(lambda: meeting.heard_by(meeting.alice) == {"bob", "carol"})
    await until(lambda: meeting.heard_by(meeting.carol) == {"alice", "bob"})


async def test_the_figures_are_those_of_whoever_is_loudest(meeting: Meeting) -> None:
    meeting.bob.peer.mute(True)
    await until(lambda: meeting.heard_by(meeting.alice) == {"carol"})
    carol = meeting.room.branches["alice", "carol"]
    stats = meeting.alice.peer.stats()
    for _ in range(3):
        stats = meeting.alice.peer.stats()
        assert stats.received == carol.playout.counters.received
        assert stats.codec == "Opus"
        await asyncio.sleep(0.05)
    assert stats.mos is not None


async def test_each_sees_all_the_others_by_name_and_itself(seen_meeting: Meeting) -> None:
    alice = seen_meeting.alice.peer
    views = {view.name: view for view in alice.views()}
    assert list(views) == ["bob", "carol", None]
    assert views[None].mine
    shown: dict[str | None, bool] = {}
    for name in ("bob", "carol"):
        views[name].look(lambda frame, _, name=name: shown.update({name: looks(frame, COLOURS[name])}))
    await until(lambda: shown == {"bob": True, "carol": True})
    seen_meeting.bob.peer.camera(False)
    await until(lambda: views["bob"].missing == "camera off")
    assert views["carol"].missing is None
    alice.hold(True)
    assert [view.missing for view in alice.views()] == ["on hold"] * 3
    alice.hold(False)
    for name in ("bob", "carol"):
        await seen_meeting.room.branches["alice", name].close()
    (nobody, _) = alice.views()
    assert nobody.missing == "nobody else is here"


async def test_a_connection_that_breaks_is_told_of_once_and_the_others_go_on(meeting: Meeting) -> None:
    await meeting.room.subscriptions["alice", "bob"].close()
    await until(lambda: meeting.room.lost == [("alice", "bob")])
    await until(lambda: meeting.heard_by(meeting.alice) == {"carol"})
    assert meeting.alice.link is MediaLink.CONNECTED
    await meeting.room.branches["alice", "bob"].close()
    await meeting.room.subscribe("alice", meeting.alice, "bob")
    await until(lambda: meeting.heard_by(meeting.alice) == {"bob", "carol"})
    assert meeting.room.lost == [("alice", "bob")]


async def test_a_connection_that_does_not_come_is_lost(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuiphone.media.branch.CONNECT_S", 0.1)
    lost: list[int] = []
    branch = meeting.alice.peer.branch("dave", lambda: lost.append(1))
    subscription_offer = await _offer_of(meeting)
    await branch.answer(Description("offer", subscription_offer))
    await until(lambda: lost == [1])
    await branch.close()


async def _offer_of(meeting: Meeting) -> str:
    """An offer whose maker never hears of the answer."""
    from tuiphone.simulator.vox.relay import Subscription

    taps = meeting.room.publications["bob"].taps.values()
    subscription = meeting.room.subscriptions["dave", "bob"] = Subscription([tap.outlet() for tap in taps])
    return await subscription.offer()


@pytest.mark.parametrize("sdp", ["", "v=0\r\n", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "x" * 300_000])
async def test_an_offer_that_is_none_is_refused_and_costs_nothing(sdp: str) -> None:
    side = Side(440.0)
    branch = side.peer.branch("bob", lambda: None)
    with pytest.raises(NegotiationFailed):
        await branch.answer(Description("offer", sdp))
    await branch.add_candidate(Candidate("candidate:nonsense", "0", 0))
    await branch.close()
    with pytest.raises(NegotiationFailed, match="left"):
        await branch.answer(Description("offer", sdp))
    await side.peer.close()


async def test_nobody_joins_a_call_that_is_over(meeting: Meeting) -> None:
    await meeting.alice.peer.close()
    with pytest.raises(NegotiationFailed):
        meeting.alice.peer.branch("dave", lambda: None)
    every: list[Branch] = [branch for (who, _), branch in meeting.room.branches.items() if who == "alice"]
    assert all(branch.link.state == "closed" for branch in every)
    assert not meeting.room.lost


def test_one_voice_is_passed_on_as_it_is_and_two_are_added_up() -> None:
    chorus = Chorus(Tone(sine(400, 1, volume=0.2)))
    assert abs(pitch(np.concatenate([chorus.read(480) for _ in range(20)])) - 400) < 10
    other = Tone(sine(1000, 1, volume=0.5))
    chorus.add(other)
    both = np.concatenate([chorus.read(480) for _ in range(20)])
    assert abs(pitch(both) - 1000) < 10
    assert int(both.max()) > 0.65 * 32767
    assert chorus.level(other) == pytest.approx(0.5, abs=0.02)
    chorus.remove(other)
    assert chorus.level(other) == 0.0
    assert int(np.abs(chorus.read(480)).max()) < 0.25 * 32767
