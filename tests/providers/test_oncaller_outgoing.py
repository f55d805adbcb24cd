"""Calls we make on OnCaller, against a server that does as the test says."""

import asyncio
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.rig import BOB, FAR_CANDIDATE, PHONE, SdpMedia, connected, make_call, say_sdp, sections, talk
from tuiphone.core.call import CallDirection, EndReason
from tuiphone.core.errors import NegotiationFailed
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallHeldByPeer, CallRang, CallStarted
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.ports import Candidate, Description, IceServer
from tuiphone.providers.oncaller import call, codes
from tuiphone.providers.oncaller import client as client_module


async def test_a_call_is_told_of_before_the_server_has_answered() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        ref = await alice.provider.dial(BOB, media=media)
        started = await alice.told(CallStarted)
        assert (started.ref, started.peer, started.direction) == (ref, BOB, CallDirection.OUTGOING)
        assert (started.caller, started.media, started.video) == ("alice", media, False)
        assert started.facts == (
            ("From alias", "alice"),
            ("To alias", "bob"),
            ("From internal", "yes"),
            ("Answered on another device", "no"),
        )
        request = await client.hear(26)
        assert {key: request[key] for key in ("fromNumber", "toNumber", "video", "custom")} == {
            "fromNumber": "alice",
            "toNumber": "bob",
            "video": False,
            "custom": "",
        }


async def test_no_sdp_is_sent_before_the_server_has_taken_the_call() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        await alice.provider.dial(BOB, media=media)
        await client.beat()
        assert (client.heard(27), media.log) == ([], [])


async def test_our_offer_goes_bare_and_our_candidates_after_it() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(BOB, media=SdpMedia())
        await client.reply(26, callId="call-1", toType="internal")
        offer, candidate = await client.hear(27), await client.hear(27)
        assert (offer["callId"], offer["data"]) == ("call-1", {"type": "offer", "sdp": sections()})
        assert candidate["data"] == {
            "candidate": "candidate:1 1 udp 1 127.0.0.1 4000 typ host",
            "sdpMid": "0",
            "sdpMLineIndex": 0,
        }


async def test_what_the_reply_says_becomes_facts() -> None:
    async with connected() as (_, client, alice):
        ref = await alice.provider.dial(BOB, media=SdpMedia())
        await client.reply(26, callId="call-1", toType="internal", customDataFromYourServer="ticket 7")
        described = await alice.told(CallDescribed)
        assert described == CallDescribed(
            ref, (("Call id", "call-1"), ("To type", "internal"), ("Custom data from your server", "ticket 7"))
        )


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        (None, (IceServer(("stun:stun.example.net:3478",)),)),
        ((), ()),
        ((IceServer(("turn:t",)),), (IceServer(("turn:t",)),)),
    ],
)
async def test_ice_servers_of_the_settings_come_before_those_of_the_server(ours: Any, expected: Any) -> None:
    async with connected(ice_servers=ours) as (_, client, alice):
        media = SdpMedia()
        await alice.provider.dial(BOB, media=media)
        await client.reply(26, callId="c", toType="internal", iceServers=[{"urls": "stun:stun.example.net:3478"}])
        await client.hear(27)
        assert media.ice == (expected, True)


@pytest.mark.parametrize(
    ("to", "caller", "number"),
    [
        (BOB, None, "alice"),
        (BOB, "Alice B.", "Alice B."),
        (PHONE, None, "84990000000"),
        (PHONE, "84990000001", "84990000001"),
    ],
)
async def test_telephones_are_called_from_a_number_and_users_from_our_user_id(
    to: Address, caller: str | None, number: str
) -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(to, caller=caller, media=SdpMedia())
        assert (await client.hear(26))["fromNumber"] == number
        assert (await alice.told(CallStarted)).caller == number


async def test_where_the_server_routes_elsewhere_the_peer_is_what_it_says() -> None:
    async with connected() as (_, client, alice):
        ref = await alice.provider.dial(Address(AddressKind.USER, "reception"), media=SdpMedia())
        await client.reply(26, callId="call-1", toType="external")
        assert (await alice.told(CallDescribed)).peer == Address(AddressKind.PHONE, "reception")
        assert alice.events[-1].ref == ref  # type: ignore[union-attr]


async def test_a_video_call_says_so_and_tells_of_our_picture() -> None:
    async with connected(video_resolution="480x640") as (_, client, alice):
        await alice.provider.dial(BOB, video=True, media=SdpMedia(video=True))
        assert (await client.hear(26))["video"] is True
        facts = dict((await alice.told(CallStarted)).facts)
        assert (facts["Video resolution"], facts["Local video enabled"]) == ("480x640", "yes")


# -- progress -------------------------------------------------------------------------------------------------------


async def test_a_far_app_rings_and_picks_up() -> None:
    async with connected() as (_, client, alice):
        ref, media = await make_call(client, alice)
        await client.say(32, callId="call-1", code=100, reason="Trying")
        await client.say(32, callId="call-1", code=180, reason="Ringing", deviceId="web-b")
        await say_sdp(client, "answer", device="web-b")
        await client.beat()
        assert alice.all(CallRang) == [CallRang(ref)]
        assert media.verbs() == ["use_ice", "offer"], "nothing may act before the far end picks up"
        await client.say(32, callId="call-1", code=200, reason="OK", deviceId="web-b")
        await until(lambda: media.verbs() == ["use_ice", "offer", "apply", "add_candidate"])
        assert alice.events[-1] == CallAnswered(ref)
        assert media.log[2] == ("apply", Description("answer", sections()))
        assert media.candidates == [Candidate("candidate:9 1 udp 9 127.0.0.1 5000 typ host", "0", 0)]


async def test_only_the_device_that_picks_up_is_listened_to() -> None:
    async with connected() as (_, client, alice):
        _, media = await make_call(client, alice)
        await say_sdp(client, "answer", sections("inactive"), device="web-1")
        await say_sdp(client, "answer", sections("recvonly"), device="web-2")
        await client.say(32, callId="call-1", code=200, deviceId="web-2")
        await say_sdp(client, "answer", sections("sendonly"), device="web-1")
        await until(lambda: media.verbs().count("add_candidate") == 1)
        await client.beat()
        assert [entry for entry in media.log if entry[0] == "apply"] == [
            ("apply", Description("answer", sections("recvonly")))
        ]
        assert len(media.candidates) == 1


@pytest.mark.parametrize(("in_29", "in_32"), [(None, "web-1"), ("web-1", None), (None, None), ("web-1", "web-1")])
async def test_a_server_that_names_the_device_only_half_the_time_is_understood(
    in_29: str | None, in_32: str | None
) -> None:
    async with connected() as (_, client, alice):
        _, media = await make_call(client, alice)
        await say_sdp(client, "answer", device=in_29)
        await client.say(32, callId="call-1", code=200, **({"deviceId": in_32} if in_32 else {}))
        await until(lambda: media.verbs()[2:] == ["apply", "add_candidate"])


async def test_an_answer_that_comes_after_the_pick_up_is_applied_on_its_arrival() -> None:
    async with connected() as (_, client, alice):
        _, media = await make_call(client, alice)
        await client.say(32, callId="call-1", code=200, deviceId="web-1")
        await alice.told(CallAnswered)
        await say_sdp(client, "answer", device="web-1")
        await until(lambda: media.verbs()[2:] == ["apply", "add_candidate"])


async def test_early_media_of_a_telephone_is_applied_before_it_answers() -> None:
    async with connected() as (_, client, alice):
        ref, media = await make_call(client, alice, PHONE)
        await client.say(32, callId="call-1", code=183, reason="Session Progress")
        await say_sdp(client, "answer")
        await until(lambda: media.verbs()[2:] == ["apply", "add_candidate"])
        assert alice.events[-1] == CallRang(ref, early_media=True)
        await client.say(32, callId="call-1", code=200)
        await alice.told(CallAnswered)
        await say_sdp(client, "answer")
        await client.beat()
        assert media.verbs().count("apply") == 1, "a second answer to one offer means nothing"


async def test_pushes_right_behind_the_reply_find_their_call() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        ref = await alice.provider.dial(PHONE, media=media)
        request = await client.hear(26)
        await client.say(26, r=0, requestId=request["requestId"], callId="call-1", toType="external")
        await client.say(32, callId="call-1", code=180)
        await say_sdp(client, "answer")
        await client.say(32, callId="call-1", code=200)
        await until(lambda: "add_candidate" in media.verbs())
        assert [event for event in alice.events if isinstance(event, CallRang | CallAnswered)] == [
            CallRang(ref),
            CallAnswered(ref),
        ]


async def test_a_pick_up_said_twice_is_one() -> None:
    async with connected() as (_, client, alice):
        _, media = await talk(client, alice)
        await client.say(32, callId="call-1", code=200, deviceId="web-9")
        await client.beat()
        assert alice.count(CallAnswered) == 1
        assert media.verbs().count("apply") == 1


async def test_an_app_has_no_early_media() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await make_call(client, alice)
        await client.say(32, callId="call-1", code=183)
        assert await alice.told(CallRang) == CallRang(ref, early_media=False)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (404, EndReason.BAD_NUMBER),
        (408, EndReason.NO_ANSWER),
        (480, EndReason.UNREACHABLE),
        (486, EndReason.BUSY),
        (503, EndReason.FAILED),
        (603, EndReason.REJECTED),
    ],
)
async def test_a_final_code_ends_the_call(code: int, reason: EndReason) -> None:
    async with connected() as (_, client, alice):
        ref, _ = await make_call(client, alice)
        await client.say(32, callId="call-1", code=code, reason="Its Reason")
        ended = await alice.told(CallEnded)
        assert ended == CallEnded(ref, reason, codes.progress(code, "Its Reason").sentence)
        assert f"({code} Its Reason)" in (ended.detail or "")
        await client.beat()
        assert client.heard(28) == [], "nobody is left to hang up on"


@pytest.mark.parametrize("r", [*range(1, 20), 4711, -1])
async def test_every_refusal_ends_the_call_in_words(r: int) -> None:
    async with connected() as (_, client, alice):
        ref = await alice.provider.dial(BOB, media=SdpMedia())
        await client.reply(26, r, message="ITS_NAME")
        meant = codes.meaning(codes.MAKE_CALL, r, "ITS_NAME")
        assert await alice.told(CallEnded) == CallEnded(ref, meant.reason, meant.sentence)
        await client.beat()
        assert client.heard(27) == client.heard(28) == []


async def test_the_other_side_hangs_up() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        await client.say(30, callId="call-1")
        assert await alice.told(CallEnded) == CallEnded(ref, EndReason.REMOTE_HUNG_UP)
        await client.say(30, callId="call-1")
        await client.beat()
        assert alice.count(CallEnded) == 1


# -- ending it ------------------------------------------------------------------------------------------------------


async def test_a_call_given_up_before_the_server_took_it_is_cancelled_when_it_does() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        ref = await alice.provider.dial(BOB, media=media)
        await soon(alice.provider.hangup(ref))
        assert alice.events[-1] == CallEnded(ref, EndReason.CANCELLED)
        await client.reply(26, callId="call-1", toType="internal")
        assert (await client.hear(28))["callId"] == "call-1"
        await client.say(32, callId="call-1", code=180)
        await client.beat()
        assert (client.heard(27), client.heard(28), media.log) == ([], [], [])
        assert alice.count(CallRang) == 0


async def test_a_call_that_rings_is_cancelled() -> None:
    async with connected() as (_, client, alice):
        ref, _ = await make_call(client, alice)
        hanging_up = asyncio.create_task(alice.provider.hangup(ref))
        assert (await client.reply(28))["reasonEndcall"] == ""
        await soon(hanging_up)
        assert alice.events[-1] == CallEnded(ref, EndReason.CANCELLED)


@pytest.mark.parametrize(
    ("r", "detail"), [(0, None), (1, "had ended this call already"), (2, "it goes on there"), (9, "(9)")]
)
async def test_hanging_up_ends_the_call_whatever_the_server_says(r: int, detail: str | None) -> None:
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        hanging_up = asyncio.create_task(alice.provider.hangup(ref))
        await client.reply(28, r)
        await soon(hanging_up)
        ended = alice.events[-1]
        assert isinstance(ended, CallEnded)
        assert (ended.ref, ended.reason) == (ref, EndReason.HUNG_UP)
        assert (detail is None and ended.detail is None) or (detail or "-") in (ended.detail or "")


async def test_hanging_up_does_not_wait_for_a_server_that_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(call, "GOODBYE_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        ref, _ = await talk(client, alice)
        await soon(alice.provider.hangup(ref))
        assert alice.events[-1] == CallEnded(ref, EndReason.HUNG_UP)


async def test_hanging_up_on_a_call_that_is_gone_still_tells_its_end() -> None:
    async with connected() as (_, _, alice):
        await alice.provider.hangup("out-nothing")
        assert alice.events[-1] == CallEnded("out-nothing", EndReason.HUNG_UP)


async def test_a_server_that_never_takes_the_call_fails_it_and_a_late_yes_is_undone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "REQUEST_SECONDS", 0.05)
    async with connected() as (_, client, alice):
        ref = await alice.provider.dial(BOB, media=SdpMedia())
        assert await alice.told(CallEnded) == CallEnded(ref, EndReason.FAILED, "The server did not answer. Try again.")
        await client.reply(26, callId="call-1", toType="internal")
        assert (await client.hear(28))["callId"] == "call-1"


async def test_a_call_taken_without_an_id_fails() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(BOB, media=SdpMedia())
        await client.reply(26, toType="internal")
        assert (await alice.told(CallEnded)).reason is EndReason.FAILED


async def test_media_that_makes_no_offer_fails_the_call_on_both_sides() -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        media.fails["offer"] = NegotiationFailed("There is no Opus here.")
        ref = await alice.provider.dial(BOB, media=media)
        await client.reply(26, callId="call-1", toType="internal")
        assert (await client.hear(28))["reasonEndcall"] == "CREATE_PEER_CONNECTION_ERROR"
        ended = await alice.told(CallEnded)
        assert (ended.ref, ended.reason) == (ref, EndReason.FAILED)
        assert "(1001 There is no Opus here.)" in (ended.detail or "")


async def test_an_answer_that_does_not_fit_fails_the_call_on_both_sides() -> None:
    async with connected() as (_, client, alice):
        ref, media = await make_call(client, alice)
        media.fails["apply"] = NegotiationFailed("Nothing in common.")
        await say_sdp(client, "answer")
        await client.say(32, callId="call-1", code=200)
        assert (await client.hear(28))["reasonEndcall"] == "CREATE_PEER_CONNECTION_ERROR"
        assert (await alice.told(CallEnded)).reason is EndReason.FAILED
        assert alice.events[-1].ref == ref  # type: ignore[union-attr]


async def test_a_bug_in_media_ends_the_call_instead_of_hanging_it(caplog: pytest.LogCaptureFixture) -> None:
    async with connected() as (_, client, alice):
        media = SdpMedia()
        media.fails["offer"] = ZeroDivisionError("oops")
        await alice.provider.dial(BOB, media=media)
        await client.reply(26, callId="call-1", toType="internal")
        assert (await alice.told(CallEnded)).reason is EndReason.FAILED
        assert "oops" in caplog.text


async def test_a_call_without_sound_here_is_not_made() -> None:
    async with connected() as (_, client, alice):
        await alice.provider.dial(BOB, media=None)
        await client.reply(26, callId="call-1", toType="internal")
        assert (await client.hear(28))["reasonEndcall"] == "GET_USER_MEDIA_ERROR"
        assert "no sound" in ((await alice.told(CallEnded)).detail or "")


async def test_candidates_and_devices_without_end_are_bounded() -> None:
    async with connected() as (_, client, alice):
        _, media = await make_call(client, alice)
        for number in range(300):
            await client.say(29, callId="call-1", type="candidate", data=FAR_CANDIDATE, deviceId=f"web-{number // 150}")
        for number in range(40):
            await say_sdp(client, "answer", device=f"web-{number}")
        await client.say(32, callId="call-1", code=200, deviceId="web-0")
        await until(lambda: len(media.candidates) == 100)
        await client.beat()
        assert len(media.candidates) == 100


async def test_more_devices_than_anybody_has_are_passed_over() -> None:
    async with connected() as (_, client, alice):
        _, media = await make_call(client, alice)
        for number in range(20):
            await say_sdp(client, "answer", device=f"web-{number}")
        await client.say(32, callId="call-1", code=200, deviceId="web-19")
        await client.beat()
        assert media.verbs() == ["use_ice", "offer"]


async def test_early_media_that_only_sends_is_no_hold() -> None:
    async with connected() as (_, client, alice):
        _, media = await make_call(client, alice, PHONE)
        await say_sdp(client, "answer", sections("sendonly"))
        await until(lambda: "apply" in media.verbs())
        await client.beat()
        assert alice.count(CallHeldByPeer) == 0
