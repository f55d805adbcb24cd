"""Short ways to make calls and states."""

from dataclasses import replace
from typing import Any

from tuiphone.core.call import Call, CallDirection, CallId, CallState
from tuiphone.core.capability import Capability
from tuiphone.core.model import Account, Address, AddressKind
from tuiphone.core.state import PhoneState, with_account

BOB = Address(AddressKind.USER, "bob")
ID = CallId("home", "1")


def call(state: CallState = CallState.ACTIVE, **changes: Any) -> Call:
    """A call of account `home` that got into this state the usual way."""
    incoming = state is CallState.INCOMING
    answered = state in (CallState.ACTIVE, CallState.HELD)
    made = Call(
        ID,
        BOB,
        CallDirection.INCOMING if incoming else CallDirection.OUTGOING,
        state,
        started_at=100.0,
        answered_at=110.0 if answered else None,
    )
    return replace(made, **changes)


def with_calls(*calls: Call) -> PhoneState:
    """A phone with the account `home` and these calls."""
    account = Account("home", "fake", Capability.MEDIA)
    return replace(with_account(PhoneState(), account), calls=calls)
