"""What no honest server says of calls: nothing raises, nothing is stuck, nothing is told twice, nothing leaks."""

import random
from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor

from tests.fakes import soon
from tests.providers.rig import sections
from tests.providers.vox.desk_rig import BOB, CANDIDATE, FROM_PHONE, PHONE, THEIRS, VOICE, Table, table
from tuiphone.core.errors import PhoneError
from tuiphone.core.events import CallAnswered, CallDescribed, CallEnded, CallStarted
from tuiphone.providers import negotiation
from tuiphone.providers.vox import codes, desk, packets, wire
from tuiphone.providers.vox.packets import MAX_CANDIDATES

REQUESTS = [name for name in wire.KINDS if packets.takes(name)]
START = "directAudioVideoCallStartReq"
ICE = "sendIceCandidatesInDirectAVCallReq"
IN_A_CALL = [name for name in REQUESTS if name not in (START, "incomingCallStartReq", "callInfoSyncReq")]


def return_code(reply: Any) -> int:
    known = reply.DESCRIPTOR.fields_by_name
    return reply.ret if "ret" in known else reply.eReturnCode


@pytest.mark.parametrize("name", IN_A_CALL)
async def test_what_is_said_of_an_unknown_call_is_answered_with_1_and_dropped(name: str) -> None:
    async with table() as at:
        assert return_code(at.say(name, sCallId="nobody-knows-it")) == codes.OK
        assert at.events == []
        assert at.session.sent == []


@pytest.mark.parametrize("name", [name for name in REQUESTS if name != "callInfoSyncReq"])
@pytest.mark.parametrize("call_id", ["", "x" * 129, "with a blank", "esc\x1b[2J", "dấu", "\u202egnp.exe"])
async def test_a_call_id_that_is_none_is_refused(name: str, call_id: str) -> None:
    async with table() as at:
        more = {"sSdp": sections()} if name == START else {}
        reply = at.say(name, sCallId=call_id, **more)
        assert return_code(reply) in (codes.INVALID_FIELD, codes.OK)
        assert at.events == []
        assert at.session.sent == []


@pytest.mark.parametrize("caller", ["", "b ob", "b" * 65, "\x1b[31mbob", "bob\n"])
async def test_a_caller_with_a_name_that_is_none_is_refused(caller: str) -> None:
    async with table() as at:
        assert at.say(START, of=caller, sCallId=THEIRS, sSdp=sections()).ret == codes.INVALID_FIELD
        assert at.events == []


async def test_a_call_that_has_the_id_of_one_of_ours_is_refused_and_ours_goes_on() -> None:
    async with table() as at:
        for call in ((await at.talk())[0], (await at.talk(PHONE))[0]):
            assert at.say(START, of="eve", sCallId=call.call_id, sSdp=sections()).ret == codes.NOT_ALLOWED
            assert at.desk.find(call.ref) is call
        assert len(at.all(CallStarted)) == 2


async def test_an_offer_with_the_id_of_another_call_changes_nothing_in_it() -> None:
    async with table() as at:
        call, _ = await at.app_call()
        at.say("incomingCallStartReq", of="+1", sCallId=THEIRS, sSdp=sections(), sMediaServerId="m")
        at.say(START, of="eve", sCallId=THEIRS, sSdp="other")
        assert at.desk.find(THEIRS) is call
        assert at.started().peer.text == "bob"


async def test_messages_for_the_other_kind_of_call_mean_nothing() -> None:
    async with table() as at:
        app, _ = await at.invited()
        phone, _ = await at.invited(PHONE)
        at.say("callSessionInProgressSdpReq", sCallId=app.call_id, sSdp=sections(), ret=codes.NO_CREDIT)
        at.say("directAudioVideoCall180RingingReq", sCallId=phone.call_id)
        at.say("directAVCallHoldUnHoldReq", sCallId=phone.call_id, bOption=True)
        assert len(at.events) == 2


async def test_candidates_are_counted() -> None:
    async with table() as at:
        _, media = await at.talk()
        call = next(iter(at.desk._calls.values()))
        for _ in range(2 * negotiation.MAX_CANDIDATES // MAX_CANDIDATES + 2):
            at.say(ICE, sCallId=call.call_id, sJsonIceCandidates=[CANDIDATE] * (MAX_CANDIDATES + 10))
        await at.idle()
        assert len(media.candidates) == negotiation.MAX_CANDIDATES


async def test_one_packet_gives_so_many_candidates_and_no_more() -> None:
    async with table() as at:
        call, media = await at.talk()
        at.say(ICE, sCallId=call.call_id, sJsonIceCandidates=[CANDIDATE] * 500)
        await at.idle()
        assert len(media.candidates) == MAX_CANDIDATES


async def test_ids_of_calls_that_are_over_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MAX_PAST", 5)
    async with table() as at:
        for number in range(20):
            call, _ = await at.app_call(f"call-{number}")
            await soon(call.reject())
        assert list(at.desk._past) == [f"call-{number}" for number in range(15, 20)]
        at.say(START, sCallId="call-19", sSdp=sections(), stCallType=VOICE)
        assert len(at.all(CallStarted)) == 20
        at.say(START, sCallId="call-1", sSdp=sections(), stCallType=VOICE)
        assert at.all(CallStarted)[-1].ref == "call-1-2", "no ref is given twice"


async def test_words_of_the_far_side_are_cut_and_without_escapes() -> None:
    async with table() as at:
        await at.app_call()
        at.say("directAudioVideoCallEndReq", sCallId=THEIRS, uEndStatus=400, sEndReason="\x1b]0;x\x07\n" + "a" * 5000)
        detail = at.ended().detail or ""
        assert len(detail) < 300
        assert detail.isprintable()


async def test_what_the_telephone_network_says_of_itself_is_cut_and_without_escapes() -> None:
    async with table() as at:
        did = "\x1b[5m" + "9" * 5000
        at.say("incomingCallStartReq", of="+1", sCallId=FROM_PHONE, sSdp=sections(), sDidNumber=did)
        started = at.started()
        assert started.caller is not None
        assert len(started.caller) <= 64
        assert started.caller.isprintable()


def _hostile(field: FieldDescriptor, chance: random.Random, ids: list[str]) -> Any:
    texts = ["", "alice", "\x00", "v=0", sections(), CANDIDATE, "{}", "é" * 50, "x" * 100_000, *ids]
    if field.type == FieldDescriptor.TYPE_STRING:
        return chance.choice(ids if field.name in ("sCallId", "sCallID") and chance.random() < 0.8 else texts)
    if field.type == FieldDescriptor.TYPE_BOOL:
        return chance.random() < 0.5
    limits = {FieldDescriptor.TYPE_UINT64: 2**64 - 1, FieldDescriptor.TYPE_UINT32: 2**32 - 1}
    return chance.choice([0, 1, 2, 3, 4, 5, 16, 31, 486, limits.get(field.type, 2**31 - 1)])


def _rubbish(name: str, chance: random.Random, ids: list[str]) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for field in wire.fields_of(wire.named(name)):
        if field.message_type is not None or chance.random() < 0.2:
            continue
        many = [_hostile(field, chance, ids) for _ in range(chance.randrange(4))] if field.is_repeated else None
        said[field.name] = _hostile(field, chance, ids) if many is None else many
    return said


async def _do_something(at: Table, chance: random.Random) -> None:
    """What a person might do meanwhile."""
    calls = list(at.desk._calls.values())
    if not calls or chance.random() < 0.2:
        return
    call = chance.choice(calls)
    try:
        match chance.randrange(7):
            case 0:
                at.ring(call.ref) if call.ref == call.call_id and not call.negotiation.has_media else None
            case 1:
                await soon(call.answer(video=chance.random() < 0.5))
            case 2:
                await call.mute(audio=chance.random() < 0.5, video=chance.random() < 0.5)
            case 3:
                await call.camera(chance.random() < 0.5)
            case 4:
                await call.dtmf("1")
            case 5:
                await soon(call.hangup())
            case _:
                at.lose()
                at.connect()
    except PhoneError:
        pass


@pytest.mark.parametrize("seed", range(12))
async def test_rubbish_in_any_order_ends_every_call_once(seed: int) -> None:
    chance = random.Random(seed)
    async with table() as at:
        for _ in range(4):
            await at.dial(PHONE if chance.random() < 0.4 else BOB)
        await at.idle()
        for number in range(150):
            ids = [*at.desk._calls, "fresh-" + str(number), THEIRS]
            name = chance.choice(REQUESTS)
            of = chance.choice(["bob", "alice", "", "+1", "eve"])
            at.say(name, of=of, **_rubbish(name, chance, ids))
            if number % 5 == 0:
                await at.idle()
            if number % 7 == 0:
                await _do_something(at, chance)
        await at.idle()
    answered = [event.ref for event in at.all(CallAnswered)]
    assert len(set(answered)) == len(answered), "a call is answered once"
    over: set[str] = set()
    for event in at.events:
        if isinstance(event, CallEnded):
            over.add(event.ref)
        elif isinstance(event, CallDescribed):
            assert event.ref not in over, "nothing is told of a call that is over"
