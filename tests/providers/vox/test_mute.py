"""Notices of mute, and that they were seen: both ways, of sound and picture, at every moment of a call."""

from collections.abc import Sequence

import pytest

from tests.fakes import soon, until
from tests.providers.rig import sections
from tests.providers.vox.desk_rig import BOTH, MIC, PICTURE, THEIRS, VIDEO, Table, table
from tuiphone.core.events import CallDescribed, CallMutedByPeer
from tuiphone.providers.vox import codes
from tuiphone.providers.vox.call import VoxCall

NOTICE, SEEN = "directAVCallMediaOnOffReq", "directAVCallMediaOnOffAckReq"


def notices(at: Table) -> list[tuple[int, bool]]:
    """What the far side was told, oldest first."""
    return [(each.eMediaType, each.bOption) for each in at.sent(NOTICE)]


def facts(at: Table, label: str) -> list[str]:
    """What was shown under this label, oldest first."""
    return [text for event in at.all(CallDescribed) for name, text in event.facts if name == label]


@pytest.mark.parametrize(
    ("audio", "video", "expected"),
    [
        (False, False, []),
        (True, False, [(MIC, False)]),
        (False, True, [(PICTURE, False)]),
        (True, True, [(BOTH, False)]),
    ],
)
async def test_each_of_the_four_combinations_is_one_notice(
    audio: bool, video: bool, expected: Sequence[tuple[int, bool]]
) -> None:
    async with table() as at:
        call, _ = await at.talk(video=True)
        await call.mute(audio=audio, video=video)
        await at.idle()
        assert notices(at) == expected
        await call.mute(audio=False, video=False)
        await at.idle()
        assert notices(at) == [*expected, *((kind, True) for kind, _ in expected)]


async def test_what_changes_differently_takes_two_notices() -> None:
    async with table() as at:
        call, _ = await at.talk(video=True)
        await call.mute(audio=True, video=False)
        await call.mute(audio=False, video=True)
        await at.idle()
        assert notices(at) == [(MIC, False), (MIC, True), (PICTURE, False)]


async def test_a_notice_says_what_it_is_about() -> None:
    async with table() as at:
        call, _ = await at.talk()
        await call.mute(audio=True, video=True)
        sent = await at.sends(NOTICE)
        assert (sent.sDstMobNu, sent.sCallId) == ("bob", call.call_id)
        assert (sent.eMediaType, sent.bOption) == (MIC, False), "a call without picture has none to close"
        await call.mute(audio=True, video=True)
        await at.idle()
        assert len(notices(at)) == 1, "nothing changed"


async def test_the_camera_is_told_of_like_a_mute() -> None:
    async with table() as at:
        call, _ = await at.talk(video=True)
        for on in (False, True):
            await call.camera(on)
        await at.idle()
        assert notices(at) == [(PICTURE, False), (PICTURE, True)]
        assert facts(at, "Own picture") == ["off", "on"]


@pytest.mark.parametrize("incoming", [False, True])
async def test_what_is_closed_while_it_rings_is_told_at_the_answer(incoming: bool) -> None:
    async with table() as at:
        if incoming:
            call, _ = await at.app_call(video=True)
        else:
            call, _ = await at.invited(video=True)
        await call.mute(audio=True, video=False)
        await at.idle()
        assert notices(at) == []
        if incoming:
            await soon(call.answer(video=False))
        else:
            sdp = sections(video="sendrecv", setup="active")
            at.say("directAudioVideoCallAnswerReq", sCallId=call.call_id, stCallType=VIDEO, sSdp=sdp)
        await at.idle()
        assert notices(at) == [(BOTH if incoming else MIC, False)]


async def test_that_they_know_is_shown_where_it_is_what_they_were_told() -> None:
    async with table() as at:
        call, _ = await at.talk(video=True)
        await call.mute(audio=True, video=False)
        await at.idle()

        def seen(kind: int, on: bool) -> None:
            assert at.say(SEEN, sCallId=call.call_id, eMediaType=kind, bOption=on).eReturnCode == 1

        for kind, on in ((MIC, True), (BOTH, False), (0, False), (77, False)):
            seen(kind, on)
        assert facts(at, "Notice to them") == []
        seen(MIC, False)
        assert facts(at, "Notice to them") == ["they know that your microphone is off"]
        await call.mute(audio=True, video=True)
        await call.mute(audio=False, video=False)
        await at.idle()
        seen(BOTH, True)
        assert facts(at, "Notice to them")[-1] == "they know that your microphone and picture are on"


async def test_a_notice_that_is_refused_is_said_and_the_call_goes_on() -> None:
    async with table() as at:
        call, _ = await at.talk()
        at.session.refuses[NOTICE] = codes.INTERNAL
        await call.mute(audio=True, video=False)
        await until(lambda: facts(at, "Notice to them"))
        assert "could not be told that your microphone is off" in facts(at, "Notice to them")[0]
        assert at.desk.find(call.ref) is call


@pytest.mark.parametrize("how", ["before", "while it is said"])
async def test_what_was_not_told_for_want_of_a_link_is_told_later(how: str) -> None:
    async with table() as at:
        call, _ = await at.talk()
        if how == "before":
            at.lose()
            await call.mute(audio=True, video=False)
        else:
            at.session.silent.add(NOTICE)
            await call.mute(audio=True, video=False)
            await at.sends(NOTICE)
            at.lose()
        await at.idle()
        at.connect()
        await at.sends(NOTICE)
        assert notices(at) == [(MIC, False)]
        at.lose()
        at.connect()
        await at.idle()
        assert notices(at) == [], "once is enough"


# -- theirs ---------------------------------------------------------------------------------------------------------


async def _talking(at: Table, *, video: bool, incoming: bool) -> VoxCall:
    if not incoming:
        return (await at.talk(video=video))[0]
    call, _ = await at.app_call(THEIRS, video=video)
    await soon(call.answer(video=True))
    return call


@pytest.mark.parametrize("incoming", [False, True])
@pytest.mark.parametrize("on", [False, True])
@pytest.mark.parametrize("kind", [MIC, PICTURE, BOTH])
async def test_their_notice_is_answered_shown_and_acknowledged(kind: int, on: bool, incoming: bool) -> None:
    async with table() as at:
        call = await _talking(at, video=True, incoming=incoming)
        assert at.say(NOTICE, sCallId=call.call_id, eMediaType=kind, bOption=on).eReturnCode == 1
        (seen,) = at.sent(SEEN)
        assert (seen.sDstMobNu, seen.sCallId, seen.eMediaType, seen.bOption) == ("bob", call.call_id, kind, on)
        assert at.all(CallMutedByPeer) == ([CallMutedByPeer(call.ref, not on)] if kind != PICTURE else [])
        picture = [] if kind == MIC else ["on" if on else "switched off by them"]
        assert facts(at, "Their picture") == picture


async def test_a_call_without_picture_shows_none_of_theirs() -> None:
    async with table() as at:
        call = await _talking(at, video=False, incoming=False)
        at.say(NOTICE, sCallId=call.call_id, eMediaType=BOTH, bOption=False)
        assert facts(at, "Their picture") == []
        assert at.all(CallMutedByPeer) == [CallMutedByPeer(call.ref, True)]


@pytest.mark.parametrize("kind", [0, 4, 2**31 - 1])
async def test_a_notice_of_nothing_known_is_answered_and_means_nothing(kind: int) -> None:
    async with table() as at:
        call = await _talking(at, video=True, incoming=False)
        assert at.say(NOTICE, sCallId=call.call_id, eMediaType=kind, bOption=False).eReturnCode == 1
        assert at.sent(SEEN) == []
        assert at.all(CallMutedByPeer) == []
