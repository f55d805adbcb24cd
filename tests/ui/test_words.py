"""What is said of things in a few words."""

from dataclasses import replace

import pytest

from tests.core.build import call
from tuiphone.core.call import ACCOUNT_OFF, CallState, EndReason
from tuiphone.core.capability import Capability
from tuiphone.ui.words import call_words, capability_words

OF_EVERY_PHONE = Capability.ANSWER | Capability.REJECT | Capability.HANGUP
LIMITS = (
    Capability.DTMF_PHONE_ONLY
    | Capability.TRANSFER_PHONE_ONLY
    | Capability.TEXT_USERS_ONLY
    | Capability.FAREWELL_USERS_ONLY
)
FOR_OTHERS = Capability.EXTENSION
"""Tells what another account may do with it, nothing that a person does."""


@pytest.mark.parametrize("capability", ~(OF_EVERY_PHONE | LIMITS | FOR_OTHERS), ids=lambda one: one.name)
def test_the_accounts_page_has_words_for_everything_an_account_can_do(capability: Capability) -> None:
    assert capability_words(capability) != capability_words(OF_EVERY_PHONE)


def test_no_two_have_the_same_words() -> None:
    words = capability_words(~Capability(0))
    assert len(set(words)) == len(words)


def test_a_call_that_ended_with_its_account_was_not_hung_up_by_a_key() -> None:
    over = call(CallState.ENDED, reason=EndReason.HUNG_UP)
    assert call_words(over) == "ended: you hung up"
    assert call_words(replace(over, detail=ACCOUNT_OFF)) == "ended: the account was switched off"
