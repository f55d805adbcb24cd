"""Which records of a vendor are calls we have already."""

from typing import Any

import pytest

from tuiphone.core.model import Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.twins import likeness

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
