"""What can be done with a call in each state, on accounts that can more and less."""

from typing import Any

import pytest

from tests.core.build import call
from tuiphone.core.call import CallState, Referral
from tuiphone.core.capability import Action, Capability, allowed
from tuiphone.core.model import Address, AddressKind

DIALING, RINGING, INCOMING, ACTIVE, HELD, ENDED = CallState
EVERYTHING = ~Capability(0) & ~Capability.ADD_VIDEO & ~Capability.FAREWELL
NOTHING = Capability(0)
LIMITS = Capability.TRANSFER_PHONE_ONLY | Capability.DTMF_PHONE_ONLY
A, C = Action, Capability
TALKING = {A.HANGUP, A.MUTE, A.RECORD, A.CONFERENCE, A.DTMF, A.INFO, A.TRANSFER, A.TRANSFER_ATTENDED, A.NOTE}


@pytest.mark.parametrize(
    ("state", "capabilities", "actions"),
    [
        (DIALING, EVERYTHING & ~LIMITS, {A.HANGUP, A.MUTE, A.NOTE}),
        (RINGING, EVERYTHING & ~LIMITS, {A.HANGUP, A.MUTE, A.NOTE}),
        (INCOMING, EVERYTHING & ~LIMITS, {A.ANSWER, A.REJECT, A.BUSY, A.FORWARD, A.SILENCE}),
        (ACTIVE, EVERYTHING & ~LIMITS, TALKING | {A.HOLD}),
        (HELD, EVERYTHING & ~LIMITS, TALKING | {A.RESUME}),
        (ENDED, EVERYTHING, {A.NOTE}),
        (DIALING, NOTHING, {A.NOTE}),
        (INCOMING, NOTHING, {A.SILENCE}),
        (ACTIVE, NOTHING, {A.NOTE}),
        (INCOMING, C.ANSWER, {A.SILENCE, A.ANSWER}),
        (INCOMING, C.REJECT | C.HANGUP, {A.SILENCE, A.REJECT}),
        (ACTIVE, C.MEDIA, {A.MUTE, A.RECORD, A.CONFERENCE, A.HOLD, A.NOTE}),
        (HELD, C.MEDIA, {A.MUTE, A.RECORD, A.CONFERENCE, A.RESUME, A.NOTE}),
        (ACTIVE, C.HOLD, {A.HOLD, A.NOTE}),
        (RINGING, C.HOLD | C.DTMF | C.INFO | C.TRANSFER | C.VIDEO, {A.NOTE}),
        (ACTIVE, C.TRANSFER, {A.TRANSFER, A.NOTE}),
        (HELD, C.TRANSFER_ATTENDED, {A.TRANSFER_ATTENDED, A.NOTE}),
        (ACTIVE, C.DTMF, {A.DTMF, A.NOTE}),
        (ACTIVE, C.INFO, {A.INFO, A.NOTE}),
        (ACTIVE, C.VIDEO, {A.NOTE}),
    ],
    ids=lambda value: value.name if isinstance(value, CallState) else None,
)
def test_the_actions_of_a_call_to_a_user(state: CallState, capabilities: Capability, actions: set[Action]) -> None:
    assert allowed(call(state), capabilities) == actions


@pytest.mark.parametrize(("kind", "can"), [(AddressKind.PHONE, True), (AddressKind.USER, False)])
def test_some_accounts_transfer_only_calls_with_a_telephone(kind: AddressKind, can: bool) -> None:
    talking = call(ACTIVE, peer=Address(kind, "1234567"))
    assert (A.TRANSFER in allowed(talking, C.TRANSFER | C.TRANSFER_PHONE_ONLY)) is can
    assert A.TRANSFER in allowed(talking, C.TRANSFER)


@pytest.mark.parametrize(("kind", "can"), [(AddressKind.PHONE, True), (AddressKind.USER, False)])
def test_some_accounts_send_digits_to_telephones_only(kind: AddressKind, can: bool) -> None:
    talking = call(ACTIVE, peer=Address(kind, "1234567"))
    assert (A.DTMF in allowed(talking, C.DTMF | C.DTMF_PHONE_ONLY)) is can
    assert A.DTMF in allowed(talking, C.DTMF)


@pytest.mark.parametrize(("kind", "can"), [(AddressKind.PHONE, False), (AddressKind.USER, True)])
def test_some_accounts_tell_only_users_why_a_call_ends(kind: AddressKind, can: bool) -> None:
    for state in (DIALING, ACTIVE, HELD):
        going_on = call(state, peer=Address(kind, "1234567"))
        assert (A.FAREWELL in allowed(going_on, C.FAREWELL | C.FAREWELL_USERS_ONLY)) is can
        assert A.FAREWELL in allowed(going_on, C.FAREWELL)
        assert A.FAREWELL not in allowed(going_on, EVERYTHING)
    assert A.FAREWELL not in allowed(call(INCOMING), C.FAREWELL)


@pytest.mark.parametrize("video", [False, True])
def test_the_camera_is_for_video_calls(video: bool) -> None:
    assert (A.CAMERA in allowed(call(ACTIVE, video=video), EVERYTHING)) is video
    assert (A.ANSWER_VIDEO in allowed(call(INCOMING, video=video), EVERYTHING)) is video
    assert A.CAMERA not in allowed(call(ACTIVE, video=True), EVERYTHING & ~C.VIDEO)
    assert A.ANSWER_VIDEO not in allowed(call(INCOMING, video=True), EVERYTHING & ~C.VIDEO)


@pytest.mark.parametrize("state", [ACTIVE, HELD])
def test_some_accounts_give_an_audio_call_a_picture(state: CallState) -> None:
    assert A.CAMERA in allowed(call(state, video=False), C.VIDEO | C.ADD_VIDEO)
    assert A.CAMERA not in allowed(call(state, video=False), C.ADD_VIDEO)
    assert A.CAMERA not in allowed(call(RINGING, video=False), C.VIDEO | C.ADD_VIDEO)


@pytest.mark.parametrize("state", [DIALING, RINGING, ACTIVE, HELD])
def test_whether_to_call_somebody_else_is_decided_while_it_is_asked(state: CallState) -> None:
    asked = call(state, referral=Referral(Address(AddressKind.USER, "carol"), "redirect"))
    assert {A.FOLLOW, A.STAY} <= allowed(asked, NOTHING)
    assert not {A.FOLLOW, A.STAY} & allowed(call(state), EVERYTHING)


@pytest.mark.parametrize(
    ("changes", "can"),
    [
        ({}, True),
        ({"cameras": ("front",)}, False),
        ({"cameras": ()}, False),
        ({"camera": False}, False),
        ({"video": False}, False),
    ],
    ids=str,
)
def test_the_camera_is_switched_where_it_is_on_and_there_is_another(changes: dict[str, Any], can: bool) -> None:
    shown: dict[str, Any] = {"video": True, "camera": True, "cameras": ("front", "back")}
    assert (A.SWITCH_CAMERA in allowed(call(ACTIVE, **shown | changes), EVERYTHING)) is can
    assert A.SWITCH_CAMERA not in allowed(call(DIALING, **shown | changes), EVERYTHING)
    assert A.SWITCH_CAMERA not in allowed(call(ACTIVE, **shown | changes), EVERYTHING & ~C.VIDEO)
