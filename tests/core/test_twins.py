"""Which records of a vendor are calls we have already."""

from typing import Any

import pytest

from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.twins import Kin, corrected, likeness

BOB = Address(AddressKind.PHONE, "+84901234567")
ANSWERED, MISSED, ELSEWHERE, BUSY = (
    RecordResult.ANSWERED,
    RecordResult.MISSED,
    RecordResult.ELSEWHERE,
    RecordResult.BUSY,
)


def record(result: RecordResult = ANSWERED, at: float = 1000.0, talk: float = 60.0, **more: Any) -> CallRecord:
    answered = at + 5 if result is ANSWERED else None
    values: dict[str, Any] = {"account": "work", "ref": "ours", "incoming": True, "peer": BOB} | more
    ended = values.pop("ended_at", at + 5 + talk)
    return CallRecord(
        1, video=False, started_at=at, answered_at=answered, ended_at=ended, result=result, **values
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ours", "theirs", "same_peer", "is_one"),
    [
        ("the same", {}, True, True),
        ("a clock 80 s off", {"at": 1080.0}, True, True),
        ("a clock 100 s off", {"at": 1100.0}, True, False),
        ("the same ref an hour off", {"ref": "ours", "at": 4600.0}, True, True),
        ("the same ref, another number", {"ref": "ours"}, False, True),
        ("the same ref a day later", {"ref": "ours", "at": 87_400.0}, True, False),
        ("another number", {}, False, False),
        ("another account", {"account": "home", "ref": "ours"}, True, False),
        ("the other direction", {"incoming": False}, True, False),
        ("some seconds longer", {"talk": 70.0}, True, True),
        ("far longer", {"talk": 600.0}, True, False),
        ("missed there, talked here", {"result": MISSED}, True, False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_answered_call(ours: str, theirs: dict[str, Any], same_peer: bool, is_one: bool) -> None:
    found = likeness(record(), record(**({"ref": "theirs"} | theirs)), same_peer=same_peer)
    assert (found is not None) is is_one


@pytest.mark.parametrize(
    ("ours", "theirs", "is_one"),
    [
        (record(MISSED), record(MISSED, ref="v"), True),
        (record(MISSED), record(ref="v"), False),
        (record(BUSY, incoming=False), record(RecordResult.NOT_ANSWERED, incoming=False, ref="v"), True),
        (record(ELSEWHERE), record(ref="v"), True),
        (record(ELSEWHERE), record(MISSED, ref="v"), True),
        (record(lost_at_crash=True, talk=3.0), record(ref="v", talk=900.0), True),
        (record(MISSED, ended_at=None), record(ref="v"), True),
        (record(ref=""), record(ref="", at=5000.0), False),
    ],
)
def test_other_calls(ours: CallRecord, theirs: CallRecord, is_one: bool) -> None:
    assert (likeness(ours, theirs, same_peer=True) is not None) is is_one


KIN = Kin("sip", "101", is_blind=True)
RINGS = Address(AddressKind.USER, "101@pbx.example")


def ours(**more: Any) -> CallRecord:
    """A call of the linked account."""
    return record(**({"account": "sip"} | more))


def placed(**more: Any) -> CallRecord:
    """One that the control account dialled."""
    return ours(**({"incoming": False, "control_account": "work", "control_ref": "d1", "placed_by": "work"} | more))


def told(**more: Any) -> CallRecord:
    """What the control account's server says."""
    return record(**({"ref": "v"} | more))


@pytest.mark.parametrize(
    ("row", "theirs", "same_peer", "is_one"),
    [
        (placed(), told(ref="d1", incoming=False), False, True),
        (placed(), told(ref="d1", incoming=False, at=90_000.0), True, False),
        (placed(), told(incoming=False, at=1080.0), True, True),
        (placed(), told(incoming=False, at=1100.0), True, False),
        (placed(), told(incoming=False, peer=Address(AddressKind.PHONE, "0901234567")), False, True),
        (placed(), told(incoming=False, peer=Address(AddressKind.PHONE, "0901234568")), False, False),
        (placed(), told(incoming=False, peer=Address(AddressKind.PHONE, "anonymous")), False, True),
        # We picked up, the far side did not.
        (placed(), told(incoming=False, result=BUSY), True, True),
        # Two accounts may command one extension, and both tell of its calls.
        (placed(control_account="another"), told(incoming=False), True, True),
        (placed(control_account="another"), told(ref="d1", incoming=False, at=1500.0), True, False),
        (placed(), told(), True, False),
        (ours(), told(), True, True),
        (ours(), told(peer=Address(AddressKind.PHONE, "")), False, True),
        (ours(result=ELSEWHERE), told(), True, True),
        (ours(account="another"), told(), True, False),
        # The PBX rang us to place a call of another program's: as the number that is called, or as ourselves.
        (ours(), told(incoming=False), True, True),
        (ours(peer=RINGS), told(incoming=False), False, True),
        (ours(peer=RINGS), told(), False, False),
        (ours(incoming=False), told(), True, False),
        (ours(control_account="work", control_ref="18468"), told(incoming=False), True, False),
    ],
)
def test_calls_of_the_linked_account(row: CallRecord, theirs: CallRecord, same_peer: bool, is_one: bool) -> None:
    assert (likeness(row, theirs, same_peer=same_peer, kin=KIN) is not None) is is_one


def test_the_closest_is_the_same_reference_then_the_direction_then_what_does_not_contradict_then_the_time() -> None:
    theirs = told(incoming=False)
    rows = [
        placed(control_ref="v", at=1300.0),
        placed(at=1030.0),
        placed(at=1060.0),
        placed(talk=5.0, at=1001.0),
        ours(),
    ]
    found = [likeness(row, theirs, same_peer=True, kin=KIN) for row in rows]
    assert None not in found
    assert sorted(found, key=lambda one: one or ()) == found


@pytest.mark.parametrize(
    ("row", "theirs", "expected"),
    [
        # We hung up at 1085; the far side had picked up 40 s before.
        (placed(talk=80.0), told(incoming=False, talk=40.0), (ANSWERED, 1045.0, 1085.0)),
        (placed(talk=80.0), told(incoming=False, result=BUSY), (BUSY, None, 1085.0)),
        (placed(talk=80.0), told(incoming=False, talk=0.0), (ANSWERED, 1005.0, 1085.0)),
        (placed(talk=80.0), told(incoming=False, talk=1e9), (ANSWERED, 1000.0, 1085.0)),
        (placed(ended_at=None), told(incoming=False), (ANSWERED, 1005.0, None)),
        # What came in, or was dialled here, was heard here, unless the engine died.
        (ours(incoming=False, talk=80.0), told(incoming=False, talk=40.0), (ANSWERED, 1005.0, 1085.0)),
        (ours(), told(talk=50.0), (ANSWERED, 1005.0, 1065.0)),
        (ours(talk=10.0, lost_at_crash=True), told(talk=50.0), (ANSWERED, 1005.0, 1055.0)),
        (ours(result=MISSED, incoming=True), told(), (MISSED, None, 1065.0)),
        # Without a linked account all that is known here is that it was asked for.
        (record(MISSED, incoming=False, ended_at=1002.0), told(incoming=False), (ANSWERED, 1005.0, 1065.0)),
        (record(ELSEWHERE, incoming=False), told(incoming=False, result=BUSY), (BUSY, None, 1065.0)),
        # A call taken back before the PBX rang us was refused here, which is no busy line there.
        (record(MISSED, incoming=False), told(incoming=False, result=BUSY), (MISSED, None, 1065.0)),
        (placed(result=MISSED), told(incoming=False, result=BUSY), (MISSED, None, 1065.0)),
        (placed(result=MISSED, lost_at_crash=True), told(incoming=False, result=BUSY), (BUSY, None, 1065.0)),
        (ours(result=MISSED), told(incoming=False, result=BUSY), (RecordResult.NOT_ANSWERED, None, 1065.0)),
        (ours(result=MISSED), told(incoming=False), (ANSWERED, 1005.0, 1065.0)),
    ],
)
def test_what_the_vendor_knows_better(row: CallRecord, theirs: CallRecord, expected: tuple[Any, ...]) -> None:
    found = corrected(row, theirs, KIN)
    assert (found.result, found.answered_at, found.ended_at) == expected
    assert found.incoming is (theirs.incoming if row.ended_at is not None else row.incoming)
    if row.account == theirs.account:
        assert corrected(row, theirs) == row, "our own word on calls that were heard here"
