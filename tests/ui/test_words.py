"""What is said of things in a few words."""

import pytest

from tuiphone.core.capability import Capability
from tuiphone.ui.words import capability_words

OF_EVERY_PHONE = Capability.ANSWER | Capability.REJECT | Capability.HANGUP
LIMITS = (
    Capability.DTMF_PHONE_ONLY
    | Capability.TRANSFER_PHONE_ONLY
    | Capability.TEXT_USERS_ONLY
    | Capability.FAREWELL_USERS_ONLY
)


@pytest.mark.parametrize("capability", ~(OF_EVERY_PHONE | LIMITS), ids=lambda one: one.name)
def test_the_accounts_page_has_words_for_everything_an_account_can_do(capability: Capability) -> None:
    assert capability_words(capability) != capability_words(OF_EVERY_PHONE)


def test_no_two_have_the_same_words() -> None:
    words = capability_words(~Capability(0))
    assert len(set(words)) == len(words)
