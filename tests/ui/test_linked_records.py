"""What a person reads of a past call that two accounts had a part in."""

import pytest

from tuiphone.core.capability import Capability
from tuiphone.core.model import Account, Address, AddressKind, CallRecord, RecordResult
from tuiphone.core.state import PhoneState, with_account
from tuiphone.ui import records
from tuiphone.ui.widgets.people_list import from_record

AN = Address(AddressKind.PHONE, "0901234567")


def call(*, incoming: bool, **more: str) -> CallRecord:
    return CallRecord(1, "sip", "s1", AN, incoming, False, 10.0, 20.0, 30.0, RecordResult.ANSWERED, **more)  # type: ignore[arg-type]


@pytest.fixture
def state() -> PhoneState:
    state = with_account(PhoneState(), Account("sip", "sip", Capability.MEDIA))
    return with_account(state, Account("desk", "voip24h", Capability.RECORDINGS))


def test_which_account_placed_it_and_which_had_the_sound(state: PhoneState) -> None:
    placed = call(incoming=False, control_account="desk", placed_by="desk")
    assert records.details(placed, state, None).plain.endswith("placed by desk, sound over sip")
    assert from_record(placed).account == "desk"
    came = call(incoming=True, control_account="gone")
    assert records.details(came, state, None).plain.endswith("account sip, known to gone (no longer there) too")
    assert from_record(came).account == "sip"
    itself = call(incoming=False, control_account="desk")
    assert records.details(itself, state, None).plain.endswith("account sip, known to desk too")
    assert from_record(itself).account == "sip"


def test_its_recording_is_at_the_account_that_commanded_it(state: PhoneState) -> None:
    assert records.may_be_heard(call(incoming=False, control_account="desk"), state)
    assert not records.may_be_heard(call(incoming=False), state)
