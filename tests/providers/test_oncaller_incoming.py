"""Calls to us on OnCaller, against a server that does as the test says."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.rig import BOB, PHONE, Account, Connection, SdpMedia, connected, invite, say_sdp, sections
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import ConnectionLost, NegotiationFailed, NotPossible, RequestTimeout
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import IceServer
from tuiphone.providers.oncaller import session


async def ring(client: Connection, alice: Account, media: SdpMedia | None = None, **more: Any) -> tuple[str, SdpMedia]:
    """Have somebody call and let it ring here."""
    ref = await invite(client, alice, **more)
    media = media or SdpMedia(video=more.get("video", False))
    await alice.provider.ringing(ref, media)
    assert (await client.reply(31))["code"] == 180
    return ref, media


async def pick_up(client: Connection, alice: Account, ref: str, r: int = 0, *, video: bool = False) -> None:
    """Answer, with this reply of the server's."""
    answering = asyncio.create_task(alice.provider.answer(ref, video=video))
    assert (await client.reply(31, r))["code"] == 200
    await soon(answering)


async def test_an_invitation_is_a_call_with_all_it_says() -> None:
    async with connected() as (_, client, alice):
        ref = await invite(
            client,
            alice,
            fromAlias="Bob B.",
            toAlias="Alice A.",
            customDataFromYourServer="ticket 7",
        )
        assert await alice.told(CallStarted) == CallStarted(
            ref,
            Address(AddressKind.USER, "bob", "Bob B."),
            CallDirection.INCOMING,
            caller="alice",
            facts=(
                ("From alias", "Bob B."),
                ("To alias", "Alice A."),
                ("Call id", "call-1"),
                ("Custom data from your server", "ticket 7"),
                ("From internal", "yes"),
                ("Answered on another device", "no"),
            ),
        )
        await client.beat()
        assert client.heard(31) == [], "nothing rings before the phone says so"


async def test_a_telephone_that_calls_is_one() -> None:
    async with connected() as (_, client, alice):
        await invite(client, alice, phone=True, toNumber="84990000000", fromAlias=PHONE.text)
        started = await alice.told(CallStarted)
        assert (started.peer, started.caller) == (PHONE, "84990000000")
        assert dict(started.facts)["From internal"] == "no"


async def test_the_same_invitation_again_is_not_another_call() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        await client.say(33, callId="call-1", fromNumber="bob", fromInternal=True)
        await client.say(30, callId="call-1")
        await client.say(33, callId="call-1", fromNumber="bob", fromInternal=True)
        await client.beat()
        assert alice.count(CallStarted) == 1
        assert alice.events[-1] == CallEnded(ref, EndReason.REMOTE_HUNG_UP)


async def test_invitations_without_end_are_bounded() -> None:
    async with connected() as (_, client, alice):
        for number in range(60):
            await client.say(33, callId=f"call-{number}", fromNumber="mallory", fromInternal=True)
        await client.beat()
        assert alice.count(CallStarted) == 50


# -- negotiation ----------------------------------------------------------------------------------------------------


async def test_an_apps_offer_is_answered_while_it_rings_and_its_candidates_wait_for_the_answer() -> None:
    async with connected() as (_, client, alice):
        ref = await invite(client, alice, iceServers=[{"urls": "stun:s"}])
        await say_sdp(client, "offer")
        await client.beat()
        media = SdpMedia()
        await alice.provider.ringing(ref, media)
        assert (await client.reply(31))["code"] == 180
        answer, candidate = await client.hear(27), await client.hear(27)
        assert (answer["data"], candidate["type"]) == ({"type": "answer", "sdp": sections(setup="active")}, "candidate")
        assert media.ice == ((IceServer(("stun:s",)),), True)
        assert media.verbs() == ["use_ice", "answer"]
        await pick_up(client, alice, ref)
        await until(lambda: media.verbs() == ["use_ice", "answer", "add_candidate"])
        assert alice.events[-1] == CallAnswered(ref)


async def test_an_offer_that_comes_while_it_rings_is_answered_on_its_arrival() -> None:
    async with connected() as (_, client, alice):
        _, media = await ring(client, alice)
        await say_sdp(client, "offer", device="web-b")
        assert (await client.hear(27))["data"]["type"] == "answer"
        assert media.candidates == []


async def test_a_telephones_offer_waits_until_we_pick_up() -> None:
    async with connected() as (_, client, alice):
        ref, media = await ring(client, alice, phone=True)
        await say_sdp(client, "offer")
        await client.beat()
        assert media.verbs() == ["use_ice"]
        answering = asyncio.create_task(alice.provider.answer(ref))
        await until(lambda: any(frame["service"] == 27 for frame in client.frames))
        order = [frame["service"] for frame in client.frames if frame["service"] in (27, 31)]
        assert order[0] == 31, "the server has to know that we pick up before it gets our description"
        await client.reply(31)
        await soon(answering)
        assert (await client.hear(27))["data"]["type"] == "answer"
        await until(lambda: media.verbs() == ["use_ice", "answer", "add_candidate"])


async def test_a_telephones_offer_that_comes_late_is_answered_on_its_arrival() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice, phone=True)
        await pick_up(client, alice, ref)
        await say_sdp(client, "offer")
        assert (await client.hear(27))["data"]["type"] == "answer"


async def test_an_offer_that_does_not_fit_fails_the_call_on_both_sides() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        media.fails["answer"] = NegotiationFailed("No codec in common.")
        ref, _ = await ring(client, alice, media)
        await say_sdp(client, "offer")
        assert (await client.hear(28))["reasonEndcall"] == "CREATE_PEER_CONNECTION_ERROR"
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ref, EndReason.FAILED)
        assert "No codec in common." in (ended.detail or "")


async def test_without_sound_here_a_call_rings_but_cannot_be_answered() -> None:
    async with connected() as (_, client, alice):
        ref = await invite(client, alice)
        await alice.provider.ringing(ref, None)
        await client.reply(31)
        await soon(alice.provider.answer(ref))
        assert (await client.hear(28))["reasonEndcall"] == "GET_USER_MEDIA_ERROR"
        assert alice.events[-1].reason is EndReason.FAILED  # type: ignore[union-attr]


# -- picking up -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r", "reason"),
    [(1, EndReason.REMOTE_HUNG_UP), (2, EndReason.ELSEWHERE), (3, EndReason.FAILED), (9, EndReason.FAILED)],
)
async def test_an_answer_that_is_refused_ends_the_call_in_words(r: int, reason: EndReason) -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        await pick_up(client, alice, ref, r)
        ended = alice.events[-1]
        assert isinstance(ended, CallEnded)
        assert (ended.ref, ended.reason) == (ref, reason)
        assert f"({r})" in (ended.detail or "")
        assert alice.count(CallAnswered) == 0


@pytest.mark.parametrize(
    ("r", "reason"), [(1, EndReason.REMOTE_HUNG_UP), (2, EndReason.ELSEWHERE), (3, EndReason.FAILED)]
)
async def test_a_call_that_is_gone_when_it_should_ring_ends(r: int, reason: EndReason) -> None:
    async with connected() as (_, client, alice):
        ref = await invite(client, alice)
        await alice.provider.ringing(ref, SdpMedia())
        await client.reply(31, r)
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ref, reason)


async def test_answering_twice_is_refused_here() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        answering = asyncio.create_task(alice.provider.answer(ref))
        await client.hear(31)
        with pytest.raises(NotPossible, match="answered already"):
            await alice.provider.answer(ref)
        answering.cancel()


async def test_a_call_cannot_be_answered_before_it_rings() -> None:
    async with connected() as (_, client, alice):
        ref = await invite(client, alice)
        with pytest.raises(NotPossible, match="only just coming in"):
            await alice.provider.answer(ref)
        await client.beat()
        assert client.heard(31) == client.heard(28) == []


async def test_an_answer_the_server_is_slow_to_confirm_counts_when_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "REQUEST_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        with pytest.raises(RequestTimeout):
            await alice.provider.answer(ref)
        assert alice.count(CallAnswered) == 0
        await client.reply(31)
        assert await alice.told(CallAnswered) == CallAnswered(ref)


async def test_a_caller_that_gives_up_while_we_answer_is_missed_not_answered() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        answering = asyncio.create_task(alice.provider.answer(ref))
        request = await client.hear(31)
        await client.say(30, callId="call-1")
        await client.say(31, r=0, requestId=request["requestId"])
        await soon(answering)
        assert alice.events[-1] == CallEnded(ref, EndReason.REMOTE_HUNG_UP)
        assert alice.count(CallAnswered) == 0


@pytest.mark.parametrize("camera", [True, False])
async def test_a_video_call_is_answered_with_or_without_our_picture(camera: bool) -> None:
    async with connected(video_resolution="1280x720") as (_, client, alice):
        ref, media = await ring(client, alice, video=True)
        await say_sdp(client, "offer", sections(video="sendrecv"))
        await client.hear(27)
        await pick_up(client, alice, ref, video=camera)
        facts = dict((await alice.told(CallStarted)).facts)
        assert (facts["Video resolution"], facts["Local video enabled"]) == ("1280x720", "no")
        assert await alice.told(CallDescribed) == CallDescribed(
            ref, (("Local video enabled", "yes" if camera else "no"),)
        )
        assert "offer" not in media.verbs()


async def test_a_picture_that_was_not_agreed_on_is_offered_when_we_answer_with_it() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia(video=True)
        media.shows = False
        ref, _ = await ring(client, alice, media, video=True)
        await say_sdp(client, "offer", sections(video="sendrecv"))
        assert "recvonly" in (await client.hear(27))["data"]["sdp"]
        assert (await client.hear(27))["type"] == "candidate"
        media.camera(True)
        answering = asyncio.create_task(alice.provider.answer(ref, video=True))
        await client.reply(31)
        assert (await client.hear(27))["data"] == {"type": "offer", "sdp": sections(video="sendrecv")}
        await say_sdp(client, "answer", sections(video="sendrecv"))
        await soon(answering)


# -- not picking up -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("r", "reason"),
    [(0, EndReason.REJECTED), (1, EndReason.REMOTE_HUNG_UP), (2, EndReason.ELSEWHERE), (3, EndReason.REJECTED)],
)
async def test_a_rejected_call_is_over_whatever_the_server_says(r: int, reason: EndReason) -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        rejecting = asyncio.create_task(alice.provider.reject(ref))
        request = await client.reply(31, r)
        assert (request["code"], request["reasonEndcall"]) == (486, "")
        await soon(rejecting)
        ended = alice.events[-1]
        assert isinstance(ended, CallEnded)
        assert (ended.ref, ended.reason) == (ref, reason)


async def test_hanging_up_on_a_call_that_rings_here_rejects_it() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        hanging_up = asyncio.create_task(alice.provider.hangup(ref))
        assert (await client.reply(31))["code"] == 486
        await soon(hanging_up)
        assert alice.events[-1] == CallEnded(ref, EndReason.REJECTED)


async def test_the_caller_gives_up() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        await client.say(30, callId="call-1")
        assert await alice.told(CallEnded) == CallEnded(ref, EndReason.REMOTE_HUNG_UP)
        await alice.provider.ringing(ref, SdpMedia())
        await client.beat()
        assert client.heard(31) == []
        with pytest.raises(NotPossible, match="That call is over"):
            await alice.provider.answer(ref)


@pytest.mark.parametrize(
    ("data", "reason", "elsewhere"),
    [
        ({"type": "CALL_STATE", "data": {"callId": "call-1", "code": 200}}, EndReason.ELSEWHERE, True),
        ({"type": "CALL_STATE", "data": {"callId": "call-1", "code": 486}}, EndReason.REJECTED, False),
        ({"type": "CALL_STATE", "data": {"callId": "call-1", "code": 603}}, EndReason.REJECTED, False),
        ({"type": "CALL_END", "data": {"callId": "call-1"}}, EndReason.ELSEWHERE, True),
    ],
)
async def test_another_device_that_acts_ends_the_ringing_here(
    data: dict[str, Any], reason: EndReason, elsewhere: bool
) -> None:
    async with connected() as (_, client, alice):
        ref, media = await ring(client, alice)
        await client.say(38, type="CALL_STATE", data={"callId": "call-1", "code": 180})
        await client.say(38, **data)
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ref, reason)
        facts = [fact for event in alice.all(CallDescribed) for fact in event.facts]
        assert (("Answered on another device", "yes") in facts) is elsewhere
        await say_sdp(client, "offer")
        await client.beat()
        assert media.verbs() == ["use_ice"], "later descriptions are ignored"


async def test_our_own_answer_said_back_to_us_does_not_end_the_call() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await ring(client, alice)
        await pick_up(client, alice, ref)
        await client.say(38, type="CALL_STATE", data={"callId": "call-1", "code": 200})
        await client.beat()
        assert alice.count(CallEnded) == 0
        await client.say(38, type="CALL_END", data={"callId": "call-1"})
        assert await alice.told(CallEnded) == CallEnded(ref, EndReason.REMOTE_HUNG_UP)


async def test_answering_without_a_link_can_be_done_again_when_it_is_back() -> None:
    async with connected() as (server, client, alice):
        ref, media = await ring(client, alice)
        await say_sdp(client, "offer")
        await client.hear(27)
        answering = asyncio.create_task(alice.provider.answer(ref))
        await client.hear(31)
        await client.socket.close()
        with pytest.raises(ConnectionLost):
            await soon(answering)
        with pytest.raises(ConnectionLost):
            await alice.provider.answer(ref)
        alice.start()
        client = await server.client()
        await client.log_in()
        await client.reply(205, exist=True, callId="call-1")
        await pick_up(client, alice, ref)
        assert alice.events[-1] == CallAnswered(ref)
        assert media.verbs().count("answer") == 1


async def test_a_user_calls_by_name_where_the_alias_differs() -> None:
    async with connected() as (_, client, alice):
        await invite(client, alice, fromAlias="bob")
        assert (await alice.told(CallStarted)).peer == BOB
