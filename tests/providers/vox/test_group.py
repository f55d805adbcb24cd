"""Group calls at Vox: making and joining them, who is heard, what the server may say, and what becomes of each."""

import asyncio
import json
from typing import Any

import pytest

from tests.fakes import soon, until
from tests.providers.rig import Account, SdpMedia, sections
from tests.providers.vox.server import Connection, ScriptedServer, connected, told
from tuiphone.core.call import Attendance, CallDirection, EndReason
from tuiphone.core.errors import NegotiationFailed, NotPossible, RequestFailed, RequestTimeout
from tuiphone.core.events import (
    CallAnswered,
    CallDescribed,
    CallEnded,
    CallRang,
    CallStarted,
    ConnectionChanged,
    ParticipantsChanged,
    ProviderFaulted,
)
from tuiphone.core.model import Address, AddressKind
from tuiphone.providers.vox import company, group, groupcall, streams, subscription
from tuiphone.providers.vox.attendees import MAX_ATTENDEES, Attendees

ROOM = "room-1"
JOINED, INVITED, LEFT = Attendance.JOINED, Attendance.INVITED, Attendance.LEFT
CANDIDATE = "candidate:9 1 udp 9 127.0.0.1 5000 typ host"


def user(name: str) -> Address:
    return Address(AddressKind.USER, name)


class Server:
    """What the vendor does with conferences, each step when the test says so."""

    def __init__(self, client: Connection, alice: Account) -> None:
        self.client = client
        self.alice = alice

    async def created(self, *names: str, pin: int = 77, ret: int = 1) -> Any:
        """Take the request for a conference, and make it with these people."""
        asked = await self.client.take("createConferenceReq")
        creds = [{"sImlId": name, "ullBridgePin": pin} for name in names]
        fields = {"stParticipantCreds": creds, "ullCommonBridgePin": pin, "eStatusCode": ret}
        await self.client.ask("createConferenceAckReq", sConferenceId=ROOM, **fields)
        return asked

    async def let_in(self, *there: str, ret: int = 1, sdp: str | None = None) -> Any:
        """Take the wish to join, answer it, and say who is there."""
        asked = await self.client.take("joinConferencePublisherReq")
        answer = sections("recvonly", setup="active") if sdp is None else sdp
        await self.client.ask("joinConferencePublisherAckReq", sConferenceId=ROOM, sSdp=answer, eStatusCode=ret)
        if ret == 1:
            await self.tell_who(*there)
        return asked

    async def tell_who(self, *there: str) -> None:
        """Answer both questions for those who are there."""
        details = [{"eParticipantJoinType": 1, "sImlId": name} for name in there]
        await self.client.take("conferenceParticipantsReq", stDetails=details)
        await self.client.take("conferencePublishersReq", sPublishers=there)

    async def alert(self, kind: int, about: str, *, room: str = ROOM, pin: int = 0, **more: Any) -> None:
        """One of the news of a conference."""
        said = {"sImlId": about, **more}
        fields = {"eAlertType": kind, "ullCommonBridgePin": pin, "stConferenceAlert": said}
        await self.client.ask("conferenceAlertReq", sConferenceId=room, **fields)

    async def offer(self, name: str, *, ret: int = 1, sdp: str | None = None) -> None:
        """Take the wish to hear somebody, and offer what they send."""
        await self.client.take("subscribeToParticipantReq")
        offer = sections("sendonly") if sdp is None else sdp
        fields = {"sImlId": name, "sSdp": offer, "eStatusCode": ret}
        await self.client.ask("subscribeToParticipantAckReq", sConferenceId=ROOM, **fields)

    async def hear(self, name: str) -> Any:
        """Have them heard, up to the server's last word; returns our answer."""
        await self.offer(name)
        answered = await self.client.take("subscribeToParticipantViewingReq")
        fields = {"sImlId": name, "eStatusCode": 1}
        await self.client.ask("subscribeToParticipantViewingAckReq", sConferenceId=ROOM, **fields)
        return answered

    # -- whole calls ------------------------------------------------------------------------------------------------

    async def call(self, *people: str, video: bool = False) -> tuple[str, SdpMedia]:
        """A group call of alice's to which nobody came yet."""
        media = SdpMedia(video=video)
        work = self.alice.provider.start_group(tuple(map(user, people)), video=video, media=media)
        starting = _task(work)
        await self.created("alice", *people)
        ref = await soon(starting)
        await self.let_in("alice")
        await self.alice.told(CallRang)
        return ref, media

    async def talk(self, *people: str) -> tuple[str, SdpMedia]:
        """The same, and they came and are heard."""
        ref, media = await self.call(*people)
        for name in people:
            await self.alert(5, name)
            await self.hear(name)
        await until(lambda: media.heard == list(people))
        assert self.alice.count(CallAnswered) == 1
        return ref, media

    async def ring(self, **more: Any) -> tuple[str, SdpMedia]:
        """Bob's group call rings at alice."""
        count = self.alice.count(CallStarted)
        await self.alert(1, "bob", **{"sName": "Standup", "eConferenceType": 1, **more})
        ref = (await self.alice.told(CallStarted, count + 1)).ref
        media = SdpMedia()
        await self.alice.provider.ringing(ref, media)
        return ref, media

    async def join(self, *there: str) -> tuple[str, SdpMedia]:
        """Bob's group call, which alice answered."""
        ref, media = await self.ring()
        await self.client.take("conferenceParticipantsReq")
        answering = _task(self.alice.provider.answer(ref))
        await self.let_in("alice", "bob", *there)
        await soon(answering)
        await self.alice.told(CallAnswered)
        return ref, media


def _task(work: Any) -> "asyncio.Future[Any]":
    return asyncio.ensure_future(work)


@pytest.fixture
async def server() -> Any:
    async with connected() as (_, client, alice):
        yield Server(client, alice)


def states(server: Server) -> dict[str, tuple[Attendance, bool]]:
    """Who is in the call as last told: where they stand, and whether they are silent."""
    changes = server.alice.all(ParticipantsChanged)
    last = changes[-1].participants if changes else server.alice.all(CallStarted)[-1].participants
    return {one.address.text: (one.state, one.muted) for one in last}


async def over(server: Server) -> tuple[EndReason, str | None]:
    ended = await server.alice.told(CallEnded)
    return ended.reason, ended.detail


# -- calls of ours --------------------------------------------------------------------------------------------------


async def test_a_group_call_is_created_joined_and_answered_by_the_first_who_comes(server: Server) -> None:
    alice = server.alice
    media = SdpMedia(video=True)
    starting = _task(alice.provider.start_group((user("bob"), user("carol")), video=True, media=media))
    asked = await server.created("alice", "bob", "carol")
    assert (asked.sTitle, asked.eConferenceType, asked.stConfig.ePrivacyType) == ("alice, bob, carol", 2, 3)
    assert [one.stParticipantDetails.sImlId for one in asked.stParticipants] == ["bob", "carol"]
    assert {one.stParticipantDetails.eParticipantType for one in asked.stParticipants} == {1}
    ref = await soon(starting)
    started = alice.all(CallStarted)[0]
    assert (started.ref, started.direction, started.video) == (ref, CallDirection.OUTGOING, True)
    assert (started.peer.text, started.peer.name) == ("bob, carol", None)
    assert started.media is media
    assert states(server) == {"alice": (INVITED, False), "bob": (INVITED, False), "carol": (INVITED, False)}
    joining = await server.let_in("alice")
    assert (joining.ullPin, joining.eConferenceType) == (77, 2)
    assert "a=candidate" in joining.sSdp
    await alice.told(CallRang)
    assert states(server)["alice"] == (JOINED, False)
    assert not alice.count(CallAnswered)
    await server.alert(5, "bob")
    await alice.told(CallAnswered)
    answer = await server.hear("bob")
    assert (answer.sImlId, answer.sSdp) == ("bob", "v=0 answer to bob")
    assert media.heard == ["bob"]
    assert states(server)["bob"] == (JOINED, False)
    await server.alert(5, "carol")
    await server.hear("carol")
    assert media.heard == ["bob", "carol"]
    assert alice.count(CallAnswered) == 1
    await alice.provider.hangup(ref)
    assert (await server.client.take("destroyConferenceReq")).sConferenceId == ROOM
    assert await over(server) == (EndReason.HUNG_UP, None)


async def test_nobody_comes_and_the_call_ends_by_itself(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groupcall, "RING_SECONDS", 0.2)
    await server.call("bob")
    assert (await over(server))[0] is EndReason.NO_ANSWER
    await server.client.take("destroyConferenceReq")


async def test_a_call_that_is_given_up_before_anybody_came_is_cancelled(server: Server) -> None:
    ref, _ = await server.call("bob")
    await server.alice.provider.hangup(ref)
    assert (await over(server))[0] is EndReason.CANCELLED
    await server.client.take("destroyConferenceReq")


async def test_those_the_vendor_does_not_know_are_told_and_the_others_called(server: Server) -> None:
    starting = _task(server.alice.provider.start_group((user("bob"), user("eve")), media=SdpMedia()))
    await server.created("alice", "bob")
    await soon(starting)
    assert list(states(server)) == ["alice", "bob"]
    assert "eve" in (await told(server.alice, ProviderFaulted)).detail


async def test_a_group_of_strangers_is_ended_at_once(server: Server) -> None:
    starting = _task(server.alice.provider.start_group((user("eve"),), media=SdpMedia()))
    await server.created("alice")
    with pytest.raises(RequestFailed, match="eve"):
        await soon(starting)
    assert (await server.client.take("destroyConferenceReq")).sConferenceId == ROOM
    assert not server.alice.count(CallStarted)


@pytest.mark.parametrize("ret", [10, 5, 0, 99])
async def test_a_refused_conference_is_an_error_and_no_call(server: Server, ret: int) -> None:
    starting = _task(server.alice.provider.start_group((user("bob"),), media=SdpMedia()))
    await server.client.take("createConferenceReq", ret)
    with pytest.raises(RequestFailed):
        await soon(starting)
    again = _task(server.alice.provider.start_group((user("bob"),), media=SdpMedia()))
    await server.created("alice", "bob", ret=ret)
    with pytest.raises(RequestFailed):
        await soon(again)
    assert not server.alice.count(CallStarted)


@pytest.mark.parametrize(
    ("people", "why"),
    [
        ((Address(AddressKind.PHONE, "84901234567"),), "a telephone"),
        ((user("a b"),), "a blank"),
        ((user("alice"),), "besides yourself"),
        ((user("x" * 65),), "64"),
    ],
)
async def test_who_cannot_be_called_together_is_said_before_the_server_is_asked(
    server: Server, people: tuple[Address, ...], why: str
) -> None:
    with pytest.raises(NotPossible, match=why):
        await server.alice.provider.start_group(people, media=SdpMedia())
    with pytest.raises(NotPossible, match="sound"):
        await server.alice.provider.start_group((user("bob"),), media=None)
    assert "createConferenceReq" not in server.client.log


async def test_a_conference_that_comes_too_late_is_ended(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    starting = _task(server.alice.provider.start_group((user("bob"),), media=SdpMedia()))
    await server.client.take("createConferenceReq")
    starting.cancel()
    await server.client.ask("createConferenceAckReq", sConferenceId=ROOM, eStatusCode=1)
    assert (await server.client.take("destroyConferenceReq")).sConferenceId == ROOM
    monkeypatch.setattr(group, "REQUEST_SECONDS", 0.1)
    starting = _task(server.alice.provider.start_group((user("bob"),), media=SdpMedia()))
    await server.client.take("createConferenceReq")
    with pytest.raises(RequestTimeout):
        await soon(starting)


async def test_another_creation_of_ours_takes_no_conference_with_other_people(server: Server) -> None:
    starting = _task(server.alice.provider.start_group((user("bob"),), media=SdpMedia()))
    await server.client.take("createConferenceReq")
    creds = [{"sImlId": name, "ullBridgePin": 1} for name in ("alice", "dave")]
    await server.client.ask("createConferenceAckReq", sConferenceId="old", stParticipantCreds=creds, eStatusCode=1)
    assert (await server.client.take("destroyConferenceReq")).sConferenceId == "old"
    await server.client.ask("createConferenceAckReq", sConferenceId=ROOM, eStatusCode=1)
    await soon(starting)
    assert list(states(server)) == ["alice", "bob"]


# -- calls that come in ---------------------------------------------------------------------------------------------


async def test_a_group_call_rings_with_its_title_and_who_is_in_it(server: Server) -> None:
    await server.ring(eConferenceType=2)
    started = server.alice.all(CallStarted)[0]
    assert (started.direction, started.video) == (CallDirection.INCOMING, True)
    assert (started.peer.text, started.peer.name) == ("bob", "Standup")
    assert [(one.address.text, one.state, one.is_us) for one in started.participants] == [
        ("alice", INVITED, True),
        ("bob", JOINED, False),
    ]
    details = [{"eParticipantJoinType": 1, "sImlId": name} for name in ("bob", "carol")]
    await server.client.take("conferenceParticipantsReq", stDetails=details)
    peer = (await server.alice.told(CallDescribed)).peer
    assert peer is not None
    assert (peer.text, peer.name) == ("bob, carol", "Standup")
    assert states(server) == {"alice": (INVITED, False), "bob": (JOINED, False), "carol": (JOINED, False)}
    assert "joinConferencePublisherReq" not in server.client.log


async def test_answering_joins_and_hears_those_who_are_there(server: Server) -> None:
    ref, media = await server.join("carol")
    assert states(server) == {"alice": (JOINED, False), "bob": (JOINED, False), "carol": (JOINED, False)}
    heard = {(await server.hear(name)).sImlId for name in ("bob", "carol")}
    assert heard == {"bob", "carol"}
    assert sorted(media.heard) == ["bob", "carol"]
    await server.alice.provider.hangup(ref)
    assert (await server.client.take("leaveConferenceReq")).sConferenceId == ROOM
    assert await over(server) == (EndReason.HUNG_UP, None)
    assert "destroyConferenceReq" not in server.client.log


@pytest.mark.parametrize(("pin", "sent"), [(0, 1234), (4321, 4321)])
async def test_the_pin_is_the_conferences_or_1234(server: Server, pin: int, sent: int) -> None:
    await server.alert(2, "bob", pin=pin)
    ref = (await server.alice.told(CallStarted)).ref
    await server.alice.provider.ringing(ref, SdpMedia())
    answering = _task(server.alice.provider.answer(ref))
    assert (await server.client.take("joinConferencePublisherReq")).ullPin == sent
    await soon(answering)


async def test_declining_is_not_joining(server: Server) -> None:
    ref, _ = await server.ring()
    await server.alice.provider.reject(ref)
    assert (await over(server))[0] is EndReason.REJECTED
    await server.client.beat()
    assert not {"leaveConferenceReq", "destroyConferenceReq", "joinConferencePublisherReq"} & set(server.client.log)


@pytest.mark.parametrize("how", ["declined", "left"])
async def test_what_one_declined_or_left_rings_no_more_until_one_is_asked_again(server: Server, how: str) -> None:
    ref, _ = await (server.ring() if how == "declined" else server.join())
    await (server.alice.provider.reject(ref) if how == "declined" else server.alice.provider.hangup(ref))
    await over(server)
    await server.alert(1, "bob")
    await server.alert(2, "bob")
    await server.alert(1, "bob", room="room-2")
    await told(server.alice, CallStarted, 2)
    await server.alert(3, "alice")
    assert (await told(server.alice, CallStarted, 3)).ref == f"{ref}-2"


async def test_a_call_that_nobody_answers_stops_ringing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groupcall, "RING_SECONDS", 0.1)
    await server.ring()
    assert (await over(server))[0] is EndReason.NO_ANSWER


@pytest.mark.parametrize(("there", "reason"), [(("bob",), EndReason.REMOTE_HUNG_UP), (("alice",), EndReason.ELSEWHERE)])
async def test_the_end_while_it_rings_is_a_missed_call_or_one_answered_elsewhere(
    server: Server, there: tuple[str, ...], reason: EndReason
) -> None:
    await server.ring()
    await server.client.take("conferenceParticipantsReq")
    await server.alert(9, "bob")
    details = [{"eParticipantJoinType": 1, "sImlId": name} for name in there]
    await server.client.take("conferenceParticipantsReq", stDetails=details)
    assert (await over(server))[0] is reason


async def test_the_end_of_a_conference_nobody_knows_any_more_is_a_missed_call(server: Server) -> None:
    await server.ring()
    await server.client.take("conferenceParticipantsReq")
    await server.alert(9, "bob", sMessage="everybody has left")
    await server.client.take("conferenceParticipantsReq", 5)
    assert await over(server) == (EndReason.REMOTE_HUNG_UP, "everybody has left")


# -- in the call ----------------------------------------------------------------------------------------------------


async def test_people_come_mute_unmute_and_leave(server: Server) -> None:
    _, media = await server.talk("bob", "carol")
    await server.alert(12, "bob", bIsMuted=True)
    await until(lambda: states(server)["bob"] == (JOINED, True))
    await server.alert(12, "bob", bIsMuted=False)
    await until(lambda: states(server)["bob"] == (JOINED, False))
    await server.alert(3, "dave")
    await until(lambda: states(server)["dave"] == (INVITED, False))
    await server.alert(6, "bob")
    await until(lambda: media.heard == ["carol"])
    assert states(server)["bob"] == (LEFT, False)
    await server.alert(4, "carol")
    await until(lambda: media.heard == [])
    assert not server.alice.count(CallEnded), "a call of ours waits for others to come"


async def test_who_published_before_we_were_in_is_heard_also_where_the_server_does_not_list_them(
    server: Server,
) -> None:
    ref, media = await server.ring()
    await server.client.take("conferenceParticipantsReq")
    answering = _task(server.alice.provider.answer(ref))
    asked = await server.client.take("joinConferencePublisherReq")
    assert asked.sConferenceId == ROOM
    await server.alert(5, "carol")
    sdp = sections("recvonly", setup="active")
    await server.client.ask("joinConferencePublisherAckReq", sConferenceId=ROOM, sSdp=sdp, eStatusCode=1)
    await soon(answering)
    await server.client.take("conferenceParticipantsReq", 5)
    await server.hear("carol")
    await until(lambda: media.heard == ["carol"])


async def test_who_comes_back_is_heard_again(server: Server) -> None:
    _, media = await server.talk("bob")
    await server.alert(6, "bob")
    await until(lambda: media.heard == [])
    await server.alert(5, "bob")
    await server.hear("bob")
    assert media.heard == ["bob"]
    assert len(media.branches) == 2


async def test_who_publishes_anew_is_subscribed_to_anew_but_not_twice_at_once(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, media = await server.talk("bob")
    await server.alert(5, "bob")
    await server.client.beat()
    assert not server.client.heard("subscribeToParticipantReq")
    monkeypatch.setattr(streams, "FRESH_SECONDS", -1.0)
    await server.alert(5, "bob")
    await server.hear("bob")
    assert [branch.is_closed for branch in media.branches] == [True, False]


async def test_our_mute_is_told_and_shown(server: Server) -> None:
    ref, _ = await server.talk("bob")
    for on in (True, False):
        muting = _task(server.alice.provider.mute(ref, audio=on, video=False))
        asked = await server.client.take("conferenceMuteUnmuteReq")
        assert (asked.sImlId, asked.sOption, asked.eMuteParticipantType) == ("alice", on, 2)
        await soon(muting)
        assert states(server)["alice"] == (JOINED, on)


async def test_a_microphone_closed_before_anybody_could_hear_is_told_when_they_can(server: Server) -> None:
    ref, _ = await server.ring()
    await server.client.take("conferenceParticipantsReq")
    await server.alice.provider.mute(ref, audio=True, video=False)
    assert "conferenceMuteUnmuteReq" not in server.client.log
    answering = _task(server.alice.provider.answer(ref))
    await server.client.take("joinConferencePublisherReq")
    await server.client.say("joinConferencePublisherAckReq", sConferenceId=ROOM, sSdp=sections(), eStatusCode=1)
    assert (await server.client.take("conferenceMuteUnmuteReq")).sOption is True
    await soon(answering)


async def test_being_muted_by_whoever_began_the_call_is_said(server: Server) -> None:
    await server.join()
    await server.alert(11, "alice", bIsMuted=True)
    assert "nobody hears you" in (await told(server.alice, ProviderFaulted)).detail
    assert states(server)["alice"] == (JOINED, True)
    await server.alert(11, "alice", bIsMuted=False)
    assert "hear you again" in (await told(server.alice, ProviderFaulted, 2)).detail


async def test_who_is_asked_and_does_not_come_is_said_to_be_absent_until_they_do(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "COME_SECONDS", 0.1)
    ref, _ = await server.talk("bob")
    inviting = _task(server.alice.provider.invite(ref, (user("nobody"), user("carol"))))
    await server.client.take("addParticipantsReq")
    await soon(inviting)

    absent = (Attendance.ABSENT, False)
    await until(lambda: (states(server)["nobody"], states(server)["carol"]) == (absent, absent))
    assert states(server)["bob"] == (JOINED, False)
    await server.alert(5, "carol")
    await server.hear("carol")
    assert states(server)["carol"] == (JOINED, False)
    assert states(server)["nobody"] == absent


async def test_who_is_asked_again_and_again_is_waited_for_once(server: Server) -> None:
    await server.talk("bob")
    for _ in range(20):
        await server.client.say(
            "conferenceAlertReq", eAlertType=3, sConferenceId=ROOM, stConferenceAlert={"sImlId": "dave"}
        )
    await server.client.beat()
    assert states(server)["dave"] == (INVITED, False)
    waiting = [task for task in asyncio.all_tasks() if "Company._give_up" in repr(task.get_coro())]
    assert len(waiting) == 2, "bob was asked too"


async def test_more_people_are_invited_and_taken_out(server: Server) -> None:
    ref, media = await server.talk("bob", "carol")
    inviting = _task(server.alice.provider.invite(ref, (user("dave"),)))
    asked = await server.client.take("addParticipantsReq")
    assert [one.stParticipantDetails.sImlId for one in asked.stAddParticipants] == ["dave"]
    await soon(inviting)
    assert states(server)["dave"] == (INVITED, False)
    removing = _task(server.alice.provider.remove(ref, (user("bob"),)))
    assert list((await server.client.take("removeParticipantsReq")).sImlIds) == ["bob"]
    await soon(removing)
    assert states(server)["bob"] == (LEFT, False)
    await until(lambda: media.heard == ["carol"])
    refused = _task(server.alice.provider.invite(ref, (user("eve"),)))
    await server.client.take("addParticipantsReq", 10)
    with pytest.raises(RequestFailed):
        await soon(refused)
    assert "eve" not in states(server)
    for who, why in ((Address(AddressKind.PHONE, "84901234567"), "a telephone"), (user("alice"), "besides yourself")):
        with pytest.raises(NotPossible, match=why):
            await server.alice.provider.invite(ref, (who,))


async def test_being_taken_out_ends_the_call(server: Server) -> None:
    await server.join()
    await server.alert(4, "alice")
    reason, detail = await over(server)
    assert reason is EndReason.REMOTE_HUNG_UP
    assert detail is not None
    assert "taken out" in detail


async def test_the_end_by_whoever_began_it_ends_the_call(server: Server) -> None:
    ref, media = await server.join()
    await server.hear("bob")
    await server.alert(9, "bob", sMessage="Bye.")
    assert await over(server) == (EndReason.REMOTE_HUNG_UP, "Bye.")
    await until(lambda: media.heard == [])
    assert server.alice.provider._groups.find(ref) is None
    assert "leaveConferenceReq" not in server.client.log


async def test_candidates_go_to_the_stream_they_are_of(server: Server) -> None:
    _, media = await server.talk("bob", "carol")
    bob = media.branches[0]
    ice = json.dumps({"ice": {"candidate": CANDIDATE, "sdpMid": "0", "sdpMLineIndex": 0}})
    for name in ("bob", "alice", "nobody"):
        texts = [ice, "no json", "[]", json.dumps({"ice": 1}), "{}"]
        await server.client.ask("iceConferenceReq", sConferenceId=ROOM, sJsonIceCandidates=texts, sImlId=name)
    await until(lambda: len(media.candidates) == 1 and len(bob.candidates) == 1)
    assert bob.candidates[0].text == CANDIDATE
    assert not media.branches[1].candidates


# -- what goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_ours", [True, False])
async def test_who_is_not_let_in_is_told_why(server: Server, is_ours: bool) -> None:
    alice = server.alice
    if is_ours:
        starting = _task(alice.provider.start_group((user("bob"),), media=SdpMedia()))
        await server.created("alice", "bob")
        await soon(starting)
        await server.let_in(ret=10)
    else:
        ref, _ = await server.ring()
        await server.client.take("conferenceParticipantsReq")
        answering = _task(alice.provider.answer(ref))
        await server.let_in(ret=10)
        await soon(answering)
    reason, detail = await over(server)
    assert reason is EndReason.FAILED
    assert detail is not None
    assert "more than Vox allows" in detail
    await server.client.take("destroyConferenceReq" if is_ours else "leaveConferenceReq")


async def test_an_answer_that_media_refuses_ends_the_call(server: Server) -> None:
    ref, media = await server.ring()
    media.fails["apply"] = NegotiationFailed("The far side's answer does not fit.")
    await server.client.take("conferenceParticipantsReq")
    answering = _task(server.alice.provider.answer(ref))
    await server.client.take("joinConferencePublisherReq")
    await server.client.ask("joinConferencePublisherAckReq", sConferenceId=ROOM, sSdp="v=0", eStatusCode=1)
    await soon(answering)
    assert await over(server) == (EndReason.FAILED, "The far side's answer does not fit.")
    await server.client.take("leaveConferenceReq")


async def test_a_server_that_does_not_answer_who_joins_is_not_waited_for(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groupcall, "JOIN_SECONDS", 0.2)
    ref, _ = await server.ring()
    await server.client.take("conferenceParticipantsReq")
    answering = _task(server.alice.provider.answer(ref))
    await server.client.take("joinConferencePublisherReq")
    await soon(answering)
    assert (await over(server))[0] is EndReason.FAILED


async def test_a_stream_that_breaks_is_asked_for_again_and_then_given_up(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "PAUSES", (0.01, 0.01, 0.01))
    _, media = await server.talk("bob")
    media.branches[0].lost()
    await server.hear("bob")
    assert [branch.is_closed for branch in media.branches] == [True, False]
    media.branches[1].lost()
    await server.offer("bob", ret=5)
    media.fails["branch answer"] = NegotiationFailed("There is no codec that both sides know.")
    await server.offer("bob")
    fault = await told(server.alice, ProviderFaulted)
    assert "bob cannot be heard" in fault.detail
    assert "no codec" in fault.detail
    assert media.heard == []
    assert not server.alice.count(CallEnded)


async def test_a_stream_that_is_never_offered_is_given_up(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscription, "PAUSES", ())
    monkeypatch.setattr(subscription, "REQUEST_SECONDS", 0.1)
    await server.call("bob")
    await server.alert(5, "bob")
    await server.client.take("subscribeToParticipantReq")
    assert "in time" in (await told(server.alice, ProviderFaulted)).detail


async def test_what_was_not_asked_for_is_nothing(server: Server) -> None:
    """Unknown conferences, offers of strangers, answers to nothing: each gets its reply, and no more."""
    _, media = await server.talk("bob")
    say, before = server.client.ask, list(server.alice.events)
    await server.alert(5, "carol", room="another")
    await server.alert(9, "bob", room="another")
    await server.alert(8, "bob")
    await server.alert(99, "bob")
    await server.alert(6, "nobody")
    await server.alert(12, "nobody", bIsMuted=True)
    await server.alert(1, "bob", room="")
    await server.alert(1, "bob", room="x" * 300)
    await say("subscribeToParticipantAckReq", sConferenceId=ROOM, sImlId="eve", sSdp=sections(), eStatusCode=1)
    await say("subscribeToParticipantAckReq", sConferenceId=ROOM, sImlId="bob", sSdp=sections(), eStatusCode=1)
    await say("subscribeToParticipantViewingAckReq", sConferenceId="another", sImlId="bob", eStatusCode=5)
    await say("joinConferencePublisherAckReq", sConferenceId=ROOM, sSdp="v=0", eStatusCode=5)
    await say("joinConferencePublisherAckReq", sConferenceId="another", sSdp="v=0", eStatusCode=1)
    await say("iceConferenceReq", sConferenceId="another", sJsonIceCandidates=["{}"], sImlId="bob")
    assert server.alice.events == before
    assert media.heard == ["bob"]
    assert len(media.branches) == 1


async def test_a_flood_of_group_calls_and_people_has_an_end(server: Server) -> None:
    for number in range(group.MAX_GROUPS + 3):
        await server.alert(1, "bob", room=f"room-{number}")
    assert server.alice.count(CallStarted) == group.MAX_GROUPS
    for number in range(MAX_ATTENDEES + 10):
        await server.client.say(
            "conferenceAlertReq",
            eAlertType=5,
            sConferenceId="room-0",
            stConferenceAlert={"sImlId": f"user-{number}"},
        )
    await server.client.beat()
    assert len(states(server)) == MAX_ATTENDEES
    assert "subscribeToParticipantReq" not in server.client.log, "nobody is listened to before we are in"


async def test_only_so_many_are_listened_to(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MAX_STREAMS", 2)
    _, media = await server.call("bob")
    for name in ("bob", "carol", "dave"):
        await server.alert(5, name)
    await server.client.beat()
    assert len(media.branches) == 2


def test_names_that_are_none_and_titles_with_escapes_come_to_nothing() -> None:
    people = Attendees("alice", "Stand\x1b[31mup\n\u202e")
    assert people.room.name == "Stand [31mup"
    for name in ("", "a b", "x" * 65, "a\x1bb"):
        assert not people.note(name, JOINED)
    assert people.note("bob", JOINED)
    assert not people.note("bob", JOINED)
    assert people.mute("bob", True)
    assert not people.mute("eve", True)
    assert people.note("bob", LEFT)
    assert not people.is_anybody_here
    assert [one.muted for one in people.everybody] == [False, False]


# -- the link -------------------------------------------------------------------------------------------------------


async def test_a_lost_link_ends_a_call_of_ours_that_nobody_answered(server: Server) -> None:
    await server.call("bob")
    server.client.drop()
    assert (await over(server))[0] is EndReason.LOST


@pytest.mark.parametrize("still_there", [True, False])
async def test_what_rings_here_can_be_answered_when_the_link_is_back_unless_it_is_over(
    still_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(company, "LOOK_SECONDS", 60.0)
    async with connected() as (scripted, client, alice):
        server = Server(client, alice)
        ref, _ = await server.ring()
        await client.take("conferenceParticipantsReq")
        server.client = await _again(scripted, client, alice)
        if not still_there:
            await server.client.take("conferenceParticipantsReq", 5)
            assert (await over(server))[0] is EndReason.MISSED
            return
        await server.client.take("conferenceParticipantsReq")
        answering = _task(alice.provider.answer(ref))
        await server.let_in("alice", "bob")
        await soon(answering)
        await alice.told(CallAnswered)
        assert not alice.count(CallEnded)


async def test_what_rings_here_ends_when_the_account_is_switched_off(server: Server) -> None:
    await server.ring()
    assert server.alice.running is not None
    server.alice.running.cancel()
    assert (await over(server))[0] is EndReason.LOST


@pytest.mark.parametrize("still_in", [True, False])
async def test_a_talk_goes_on_over_a_lost_link_if_the_server_still_has_us(still_in: bool) -> None:
    async with connected() as (scripted, client, alice):
        server = Server(client, alice)
        _, media = await server.talk("bob")
        server.client = await _again(scripted, client, alice)
        if still_in:
            details = [{"eParticipantJoinType": 1, "sImlId": name} for name in ("alice", "bob", "carol")]
            await server.client.take("conferenceParticipantsReq", stDetails=details)
            await server.tell_who("alice", "bob", "carol")
            await until(lambda: states(server).get("carol") == (JOINED, False))
            assert "bob" in media.heard
            assert not alice.count(CallEnded)
        else:
            await server.client.take("conferenceParticipantsReq")
            assert (await over(server))[0] is EndReason.LOST


async def test_a_hang_up_without_a_link_is_said_after_the_next_log_in() -> None:
    async with connected() as (scripted, client, alice):
        server = Server(client, alice)
        ref, _ = await server.talk("bob")
        client.drop()
        assert alice.running is not None
        await until(alice.running.done)
        await alice.provider.hangup(ref)
        assert (await over(server))[0] is EndReason.HUNG_UP
        again = await _again(scripted, client, alice)
        assert (await again.take("destroyConferenceReq")).sConferenceId == ROOM


async def _again(scripted: ScriptedServer, client: Connection, alice: Account) -> Connection:
    client.drop()
    running = alice.running
    assert running is not None
    await until(running.done)
    running.exception()
    count = alice.count(ConnectionChanged)
    alice.start()
    fresh = await scripted.accept()
    await told(alice, ConnectionChanged, count + 1)
    await fresh.take("getStunTurnReq")
    return fresh


async def test_a_group_call_without_sound_cannot_be_answered(server: Server) -> None:
    await server.alert(1, "bob")
    ref = (await server.alice.told(CallStarted)).ref
    await server.alice.provider.ringing(ref, None)
    with pytest.raises(NotPossible, match="sound"):
        await server.alice.provider.answer(ref)
    with pytest.raises(NotPossible, match="video"):
        await server.alice.provider.camera(ref, on=True)
    with pytest.raises(NotPossible, match="digits"):
        await server.alice.provider.dtmf(ref, "1")
    with pytest.raises(NotPossible, match="over"):
        await server.alice.provider.invite("gone", (user("dave"),))
