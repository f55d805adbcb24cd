"""Calls that the PBX places for us: shown at once, ended by their row, by a refusal, or after a while."""

import pytest

from tests.fakes import until
from tests.providers.voip24h.fake import NOW, FakeBackend, entry
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, RequestFailed
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted, ProviderEvent
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.voip24h import dialling
from tuiphone.providers.voip24h.dialling import ACCEPTED, Dialling
from tuiphone.providers.voip24h.entry import Entry

PHONE = Address(AddressKind.PHONE, "0900000001")


class Scene:
    """Dialling with its own clock, and what it told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.events: list[ProviderEvent] = []
        self.backend = FakeBackend()
        self.dialling = Dialling("101", self.events.append)
        self.now = NOW
        monkeypatch.setattr(dialling.time, "time", lambda: self.now)

    async def dial(self, number: str = "0900000001") -> str:
        ref = self.dialling.begin(self.backend, Address(AddressKind.PHONE, number), number)
        await until(lambda: self.backend.count("dial"))
        return ref

    async def accepted(self, number: str = "0900000001") -> str:
        ref = await self.dial(number)
        await until(lambda: any(isinstance(event, CallDescribed) and event.ref == ref for event in self.events))
        return ref

    def end(self, ref: str) -> CallEnded | None:
        (*_, last) = [event for event in self.events if isinstance(event, CallEnded) and event.ref == ref] or [None]
        return last


@pytest.fixture
async def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


async def test_a_call_is_shown_before_the_pbx_has_answered(scene: Scene) -> None:
    scene.backend.may_dial.clear()
    ref = await scene.dial()
    (started,) = scene.events
    assert started == CallStarted(
        ref, PHONE, CallDirection.OUTGOING, caller="101", facts=(("Extension", "101"),), media=None
    )
    scene.backend.may_dial.set()
    await until(lambda: len(scene.events) == 2)
    assert scene.events[1] == CallDescribed(ref, facts=(ACCEPTED,))
    assert ACCEPTED[1] == "accepted by the PBX"
    scene.dialling.give_up()


@pytest.mark.parametrize(
    ("row", "reason", "says"),
    [
        (entry(NOW + 5), EndReason.OVER, "You talked for 0:12"),
        (entry(NOW + 5, talk_s=None), EndReason.OVER, "You talked on the phone"),
        (entry(NOW + 5, peer="+84900000001", status="BUSY"), EndReason.BUSY, "busy"),
        (entry(NOW - 15, status="NO ANSWER"), EndReason.NO_ANSWER, "Nobody answered"),
        (entry(NOW + 170, status="FAILED", external=True), EndReason.FAILED, "Check the number"),
    ],
)
async def test_its_row_ends_it_with_the_result_and_the_talk(
    scene: Scene, row: Entry, reason: EndReason, says: str
) -> None:
    ref = await scene.accepted()
    scene.dialling.settle([row])
    end = scene.end(ref)
    assert end is not None
    assert end.reason is reason
    assert says in (end.detail or "")
    assert scene.dialling.called(ref) == row.call_id
    assert scene.events.count(CallAnswered(ref)) == (reason is EndReason.OVER)
    assert scene.dialling.waiting == ()
    scene.dialling.settle([entry(NOW + 9, "1000000000.9")])
    assert scene.dialling.called(ref) == row.call_id
    assert sum(isinstance(event, CallEnded) for event in scene.events) == 1


async def test_a_linked_account_is_left_to_say_when_one_talked(scene: Scene) -> None:
    scene.dialling = Dialling("101", scene.events.append, is_linked=True)
    ref = await scene.accepted()
    scene.dialling.settle([entry(NOW + 5)])
    end = scene.end(ref)
    assert end is not None
    assert end.reason is EndReason.ELSEWHERE
    assert CallAnswered(ref) not in scene.events


async def test_dialling_comes_back_with_the_pbxs_word_or_without_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = scene.dialling.begin(scene.backend, PHONE, PHONE.text)
    await scene.dialling.asked(ref)
    assert isinstance(scene.events[-1], CallDescribed)
    scene.backend.may_dial.clear()
    monkeypatch.setattr(dialling, "ASKED_SECONDS", 0.01)
    await scene.dialling.asked(await scene.dial())
    assert isinstance(scene.events[-1], CallStarted)
    scene.dialling.give_up()


@pytest.mark.parametrize(
    "row",
    [
        entry(NOW + 5, incoming=True),
        entry(NOW + 5, peer="0900000002"),
        entry(NOW - 60),
        entry(NOW + 300),
    ],
    ids=["it came in", "another number", "an earlier call", "a later call"],
)
async def test_another_row_does_not(scene: Scene, row: Entry) -> None:
    ref = await scene.accepted()
    scene.dialling.settle([row])
    assert scene.end(ref) is None
    scene.dialling.give_up()


async def test_of_two_calls_to_one_number_each_gets_its_own_row(scene: Scene) -> None:
    first = await scene.accepted()
    scene.now += 60
    second = await scene.accepted()
    scene.dialling.settle([entry(NOW + 62, "1000000000.2", status="BUSY")])
    assert scene.end(first) is None
    assert scene.end(second) is not None
    scene.dialling.settle([entry(NOW + 63, "1000000000.1")])
    assert scene.dialling.called(first) == "1000000000.1"


async def test_where_the_pbx_names_the_call_only_that_row_counts(scene: Scene) -> None:
    scene.backend.dialled_as = "1000000000.7"
    ref = await scene.accepted()
    scene.dialling.settle([entry(NOW + 5)])
    assert scene.end(ref) is None
    scene.dialling.settle([entry(NOW + 5, "1000000000.7", peer="something else")])
    assert scene.end(ref) is not None


async def test_a_row_that_comes_before_the_pbxs_word_stays_its_row(scene: Scene) -> None:
    scene.backend.may_dial.clear()
    ref = await scene.dial()
    scene.dialling.settle([entry(NOW + 1, "1000000000.1", status="BUSY")])
    scene.backend.may_dial.set()
    await scene.dialling.asked(ref)
    assert scene.dialling.called(ref) == "1000000000.1"


async def test_a_refusal_ends_it_in_the_servers_words(scene: Scene) -> None:
    scene.backend.fails["dial"] = RequestFailed(-1, "The PBX refuses makeDial (-1). It says: Not registered.")
    ref = await scene.dial()
    await until(lambda: scene.end(ref))
    assert scene.end(ref) == CallEnded(ref, EndReason.FAILED, "The PBX refuses makeDial (-1). It says: Not registered.")


async def test_a_request_without_an_answer_leaves_it_open_whether_it_rings(scene: Scene) -> None:
    scene.backend.fails["dial"] = ConnectionLost("Cannot reach it.")
    ref = await scene.dial()
    await until(lambda: scene.end(ref))
    end = scene.end(ref)
    assert end is not None
    assert end.reason is EndReason.LOST
    assert (end.detail or "").endswith("if it did, your phone rings. Cannot reach it.")
    assert scene.backend.count("dial") == 1


async def test_a_call_of_which_nothing_is_heard_goes_on_elsewhere_and_may_be_listed_later(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialling, "LOOK_SECONDS", 0.05)
    ref = await scene.accepted()
    await until(lambda: scene.end(ref))
    end = scene.end(ref)
    assert end is not None
    assert (end.reason, end.detail) == (EndReason.ELSEWHERE, dialling.GOES_ON)
    assert scene.dialling.waiting == ()
    scene.dialling.settle([entry(NOW + 1, "1000000000.1", talk_s=1000.0)])
    assert scene.dialling.called(ref) == "1000000000.1"
    assert sum(isinstance(event, CallEnded) for event in scene.events) == 1


async def test_hanging_up_takes_it_off_the_screen(scene: Scene) -> None:
    scene.backend.may_dial.clear()
    ref = await scene.dial()
    scene.dialling.hang_up(ref)
    end = scene.end(ref)
    assert end is not None
    assert end.reason is EndReason.CANCELLED
    scene.dialling.hang_up("dial-unknown")
    assert scene.end("dial-unknown") == CallEnded("dial-unknown", EndReason.CANCELLED)


async def test_an_account_that_is_let_go_leaves_no_call_behind(scene: Scene) -> None:
    scene.backend.may_dial.clear()
    refs = [await scene.dial() for _ in range(3)]
    scene.dialling.give_up()
    assert [scene.end(ref) for ref in refs] == [CallEnded(ref, EndReason.LOST, dialling.UNSURE) for ref in refs]
    assert len(set(refs)) == 3


async def test_more_calls_than_anybody_makes_are_not_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "MAX_DIALS", 2)
    first, *_ = [await scene.accepted() for _ in range(3)]
    assert scene.end(first) is not None
    assert len(scene.dialling.waiting) == 2
    scene.dialling.give_up()
