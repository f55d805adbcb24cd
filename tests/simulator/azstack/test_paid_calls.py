"""Callout and callin between users' devices, telephones and scripted numbers."""

import pytest

from tests.simulator.azstack.conftest import LogIn, Serve
from tests.simulator.azstack.phone import Phone
from tests.simulator.control import control
from tuiphone.simulator.azstack import AZStack

OFFER, ANSWER = "v=0\r\no=offer\r\n", "v=0\r\no=answer\r\n"


async def rung(phone: Phone) -> dict:
    """Wait for a call and say that it rings."""
    started = await phone.expect(505)
    await phone.reply(started, 183)
    return started


# -- scripted numbers ---------------------------------------------------------------------------------------------


async def test_scripted_codes_come_after_ringing_and_end_the_calls(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    codes = (403, 408, 480, 486, 487, 503, 702, 599)
    calls = {code: await alice.dial(f"+84900000{code}", tags="test") for code in codes}
    for code, call in calls.items():
        assert await alice.expect(503, callId=call, code=code) == {"callId": call, "code": code}
        assert alice.codes(503, call) == [100, 183, code]
    entries = {entry["callId"]: entry for entry in [(await alice.expect(601))["data"] for _ in codes]}
    for code, call in calls.items():
        entry = entries[call]
        assert (entry["to"], entry["tags"], entry["from"]) == (f"84900000{code}", "test", alice.number)
        assert entry["status"] == (1 if code in (403, 486) else 2)
        assert (entry["duration"], entry["urlRecord"]) == (0, "")


@pytest.mark.parametrize(
    ("ending", "refusal"),
    [
        ("901", {"status": 402, "chargingError": -3}),
        ("902", {"status": 402, "chargingError": -4}),
        ("903", {"status": 402, "chargingError": -5}),
        ("904", {"status": 404}),
    ],
)
async def test_a_scripted_refusal_comes_at_once_and_leaves_no_record(
    simulator: AZStack, log_in: LogIn, ending: str, refusal: dict
):
    alice = await log_in(simulator, "alice")
    await alice.send(500, callId=5, to=f"84900000{ending}")
    assert await alice.expect(610) == {"callId": 5, **refusal}
    await alice.send(509)
    assert await alice.expect(509) == {"r": 1, "data": []}
    assert alice.got(504) == []


async def test_a_number_that_never_replies_never_replies(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    await alice.send(500, callId=5, to="84900000000")
    await alice.settled()
    await alice.send(502, callId=5, to="84900000000")
    await alice.settled()
    assert {service for service, _ in alice.history} == {162, 164}


@pytest.mark.parametrize(("ending", "codes"), [("180", [100, 180]), ("199", [100, 183, 199])])
async def test_a_number_without_outcome_waits_for_the_clients_stop(
    serve: Serve, log_in: LogIn, ending: str, codes: list[int]
):
    simulator = await serve(ring_seconds=1.5)
    alice = await log_in(simulator, "alice")
    call = await alice.dial(f"84900000{ending}")
    await alice.expect(503, callId=call, code=codes[-1])
    # Another call that rings for ever has come to its end, so this one would have too.
    other = await alice.dial("84911111000")
    await alice.expect(503, callId=other, code=480)
    await alice.send(502, callId=call, to=f"84900000{ending}")
    assert (await alice.expect(601))["data"]["callId"] in (call, other)
    await alice.expect(601)
    assert alice.codes(503, call) == codes


async def test_an_answering_number_plays_until_the_client_stops_and_its_recording_can_be_fetched(
    simulator: AZStack, log_in: LogIn
):
    alice = await log_in(simulator, "alice")
    media = alice.media(pitch_hz=300)
    call = await alice.dial("84900000200", sdp=await media.offer())
    await media.accept((await alice.expect(503, callId=call, code=200))["sdp_candidate"])
    await media.ear.tone(600)
    await alice.send(502, callId=call, to="84900000200")
    entry = (await alice.expect(601))["data"]
    assert (entry["status"], entry["callType"], entry["azUserId"]) == (0, 1, alice.id)
    assert alice.codes(503, call) == [100, 183, 200]
    await alice.send(509)
    listed = (await alice.expect(509))["data"][0]
    assert listed == {
        **{key: value for key, value in entry.items() if key not in ("urlRecord", "azUserId")},
        "url": entry["urlRecord"],
        "userId": alice.id,
    }


async def test_a_number_that_stops_by_itself_stops_after_the_answer(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    media = alice.media()
    call = await alice.dial("84900000201", sdp=await media.offer())
    await alice.expect(503, callId=call, code=700)
    assert alice.codes(503, call) == [100, 183, 200, 700]
    assert 1 <= (await alice.expect(601))["data"]["duration"] < 10


async def test_ordinary_telephones_behave_by_their_last_digits(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    endings = {"404": 408, "408": 408, "480": 480, "486": 486, "503": 503, "603": 403}
    calls = {ending: await alice.dial(f"84911111{ending}") for ending in endings}
    for ending, call in calls.items():
        await alice.expect(503, callId=call, code=endings[ending])
        assert alice.codes(503, call) == [100, 183, endings[ending]]


async def test_an_ordinary_telephone_answers_and_an_offer_that_is_none_ends_the_call(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    media = alice.media()
    call = await alice.dial("+84901234567", sdp=await media.offer())
    await media.accept((await alice.expect(503, callId=call, code=200))["sdp_candidate"])
    await media.ear.tone(600)
    spoiled = await alice.dial("+84901234567", sdp="no description")
    await alice.expect(503, callId=spoiled, code=503)


# -- numbers of users ---------------------------------------------------------------------------------------------


async def test_a_users_number_rings_all_devices_and_the_one_that_answers_tells_the_others(
    simulator: AZStack, log_in: LogIn
):
    alice, spare = await log_in(simulator, "alice"), await log_in(simulator, "alice")
    bob, other = await log_in(simulator, "bob"), await log_in(simulator, "bob")
    call = await alice.dial(f"+{bob.number}", sdp=OFFER, tags="sales")
    started = await bob.expect(505)
    assert started == {
        "callId": started["callId"],
        "callType": 2,
        "from": alice.number,
        "to": bob.number,
        "sdp_candidate": OFFER,
    }
    assert await other.expect(505) == started
    for phone in (bob, other):
        await phone.reply(started, 183)
    await alice.expect(503, callId=call, code=183)
    await bob.reply(started, 200, sdp_candidate=ANSWER)
    assert (await alice.expect(503, callId=call, code=200))["sdp_candidate"] == ANSWER
    await other.expect(508, callId=started["callId"], code=200)
    await other.reply(started, 200, sdp_candidate="late")
    await other.reply(started, 700)
    await other.settled()
    await bob.reply(started, 700)
    await alice.expect(503, callId=call, code=700)
    mine, theirs = [(await phone.expect(601))["data"] for phone in (alice, bob)]
    for phone in (spare, other):
        await phone.expect(601)
    assert (mine["callId"], mine["callType"], mine["azUserId"]) == (call, 1, alice.id)
    assert (theirs["callId"], theirs["callType"], theirs["azUserId"]) == (started["callId"], 2, bob.id)
    for entry in (mine, theirs):
        assert (entry["from"], entry["to"], entry["tags"]) == (alice.number, bob.number, "sales")
        assert (entry["status"], entry["urlRecord"]) == (0, "")
    for phone in (alice, bob, other, spare):
        await phone.settled()
    assert alice.codes(503, call) == [100, 183, 200, 700]
    assert bob.codes(508, started["callId"]) == [183]
    assert other.codes(508, started["callId"]) == [183, 200, 700]
    assert [service for service, _ in spare.history if service not in (162, 164)] == [601]


@pytest.mark.parametrize(
    ("code", "caller_gets", "status"), [(702, 403, 1), (486, 486, 1), (403, 480, 2), (700, 700, 2)]
)
async def test_what_one_device_says_to_a_ringing_call_goes_to_the_caller_and_the_other_devices(
    simulator: AZStack, log_in: LogIn, code: int, caller_gets: int, status: int
):
    alice, bob, other = [await log_in(simulator, user) for user in ("alice", "bob", "bob")]
    call = await alice.dial(bob.number)
    started = await rung(bob)
    await other.expect(505)
    await bob.reply(started, code)
    await alice.expect(503, callId=call, code=caller_gets)
    await other.expect(508, callId=started["callId"], code=code)
    assert [(await phone.expect(601))["data"]["status"] for phone in (alice, bob, other)] == [status] * 3
    assert bob.got(508) == []
    assert bob.got(506) == []


async def test_a_caller_who_gives_up_stops_the_ringing_and_one_who_hangs_up_ends_the_call(
    simulator: AZStack, log_in: LogIn
):
    alice, bob, other = [await log_in(simulator, user) for user in ("alice", "bob", "bob")]
    first = await alice.dial(bob.number)
    started = await rung(bob)
    await alice.send(502, callId=first, to=bob.number)
    for phone in (bob, other):
        assert await phone.expect(506) == {"callId": started["callId"], "code": 702}
    second = await alice.dial(bob.number)
    started = await rung(bob)
    await bob.reply(started, 200, sdp_candidate=ANSWER)
    await alice.expect(503, callId=second, code=200)
    await alice.send(502, callId=second, to=bob.number)
    assert await bob.expect(506) == {"callId": started["callId"], "code": 700}
    await other.settled()
    assert other.codes(506, started["callId"]) == []


async def test_a_user_without_a_device_is_not_available_and_finds_the_call_in_the_list_later(
    simulator: AZStack, log_in: LogIn
):
    alice = await log_in(simulator, "alice")
    call = await alice.dial("84000387213")
    assert await alice.expect(503, callId=call) == {"callId": call, "code": 408}
    assert (await alice.expect(601))["data"]["status"] == 2
    bob = await log_in(simulator, "bob")
    await bob.send(509)
    (entry,) = (await bob.expect(509))["data"]
    assert (entry["from"], entry["callType"], entry["status"]) == (alice.number, 2, 2)


async def test_a_call_that_nobody_answers_ends_by_itself_on_both_sides(serve: Serve, log_in: LogIn):
    simulator = await serve(ring_seconds=1.2)
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    call = await alice.dial(bob.number)
    started = await rung(bob)
    await alice.expect(503, callId=call, code=480)
    assert await bob.expect(506) == {"callId": started["callId"], "code": 702}


async def test_a_client_that_never_sends_its_offer_is_not_waited_for(serve: Serve, log_in: LogIn):
    simulator = await serve(ring_seconds=0.3)
    alice = await log_in(simulator, "alice")
    call = await alice.begin("84900000200")
    await alice.expect(503, callId=call, code=480)
    assert (await alice.expect(601))["data"]["status"] == 2


@pytest.mark.parametrize("answered", [False, True])
async def test_losing_the_callers_connection_counts_as_its_stop(simulator: AZStack, log_in: LogIn, answered: bool):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    await alice.dial(bob.number)
    started = await rung(bob)
    if answered:
        await bob.reply(started, 200, sdp_candidate=ANSWER)
        await alice.expect(503, code=200)
    alice.break_link()
    assert (await bob.expect(506))["code"] == (700 if answered else 702)
    await bob.expect(601)


async def test_losing_the_answered_device_counts_as_its_stop(simulator: AZStack, log_in: LogIn):
    alice, bob, other = [await log_in(simulator, user) for user in ("alice", "bob", "bob")]
    call = await alice.dial(bob.number)
    started = await rung(bob)
    await bob.reply(started, 200, sdp_candidate=ANSWER)
    await alice.expect(503, callId=call, code=200)
    bob.break_link()
    await alice.expect(503, callId=call, code=700)
    await other.expect(601)


async def test_calls_are_known_by_user_and_number_so_equal_numbers_are_two_calls(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    for phone in (alice, bob):
        await phone.send(500, callId=7, to="84900000180")
        await phone.expect(504)
        await phone.send(501, callId=7, to="84900000180", sdp_candidate=OFFER)
        await phone.expect(503, code=180)
    await bob.send(502, callId=7, to="84900000180")
    await bob.expect(601)
    await alice.settled()
    assert alice.got(601) == []
    await alice.send(500, callId=7, to="84900000901")
    await alice.settled()
    assert len(alice.got(610)) == 1


async def test_who_takes_no_part_in_a_call_changes_nothing(simulator: AZStack, log_in: LogIn):
    alice, bob, carol = [await log_in(simulator, user) for user in ("alice", "bob", "carol")]
    call = await alice.dial(bob.number)
    started = await rung(bob)
    for code in (183, 200, 486, 702, 403, 700):
        await carol.reply(started, code, sdp_candidate=ANSWER)
        await alice.reply(started, code, sdp_candidate=ANSWER)
    await carol.send(502, callId=call, to=bob.number)
    await carol.send(501, callId=call, to=bob.number, sdp_candidate=OFFER)
    for phone in (carol, alice, bob):
        await phone.settled()
    assert alice.codes(503, call) == [100, 183]
    assert bob.got(506) == bob.got(508) == []


async def test_a_device_that_begins_calls_without_end_is_told_busy(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    for call in range(21):
        await alice.send(500, callId=call, to="84900000200")
    assert (await alice.expect(610, status=402)) == {"callId": 20, "status": 402, "chargingError": -3}


async def test_numbers_that_are_none_are_refused(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    await alice.send(500, callId=1, to="echo")
    assert (await alice.expect(610, callId=1))["chargingError"] == -5
    await alice.send(500, callId=2, to="84900000200", **{"from": "nobody"})
    assert (await alice.expect(610, callId=2))["status"] == 404


async def test_the_number_to_show_is_shown(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    await alice.dial(bob.number, **{"from": "84287654321"})
    assert (await bob.expect(505))["from"] == "84287654321"


async def test_a_device_that_comes_while_it_rings_rings_too(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    call = await alice.dial(bob.number, sdp=OFFER)
    started = await rung(bob)
    late = await log_in(simulator, "bob")
    assert await late.expect(505) == started
    await late.reply(started, 200, sdp_candidate=ANSWER)
    await alice.expect(503, callId=call, code=200)


# -- calls from telephones ----------------------------------------------------------------------------------------


async def test_a_telephone_calls_a_user_with_sound_and_a_recording_of_it(simulator: AZStack, log_in: LogIn):
    bob, other = await log_in(simulator, "bob"), await log_in(simulator, "bob")
    ref = (await control(simulator, "inbound", **{"from": "84905550001", "to": bob.number, "userId": "bob"})).json()
    started = await rung(bob)
    assert (started["from"], started["to"], started["callType"]) == ("84905550001", bob.number, 2)
    await other.expect(505)
    media = bob.media()
    await bob.reply(started, 200, sdp_candidate=await media.answer(started["sdp_candidate"]), tags="later")
    await other.expect(508, code=200)
    await media.ear.tone(600)
    assert (await control(simulator, "hangup", callId=ref["callId"])).json() == {"r": 0}
    await bob.expect(506, code=700)
    entry = (await bob.expect(601))["data"]
    assert (entry["callType"], entry["status"], entry["from"]) == (2, 0, "84905550001")
    assert entry["urlRecord"].startswith(f"{simulator.url}recordings/")


async def test_a_telephone_that_gives_up_stops_the_ringing(simulator: AZStack, log_in: LogIn):
    bob = await log_in(simulator, "bob")
    ref = (await control(simulator, "inbound", **{"from": "84905550001", "to": bob.number, "userId": "bob"})).json()
    started = await rung(bob)
    await control(simulator, "hangup", callId=ref["callId"])
    assert await bob.expect(506) == {"callId": started["callId"], "code": 702}
    assert (await bob.expect(601))["data"]["status"] == 2


async def test_the_number_of_callme_refuses_and_rings_back_as_a_telephone(
    simulator: AZStack, log_in: LogIn, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tuiphone.simulator.robots._CALL_BACK_AFTER_S", 0.1)
    alice = await log_in(simulator, "alice")
    call = await alice.dial("84000387218")
    await alice.expect(503, callId=call, code=403)
    started = await alice.expect(505)
    assert (started["from"], started["to"]) == ("84000387218", alice.number)
    await alice.settled()
    assert alice.got(186) == []


async def test_a_robots_number_is_answered_by_the_robot_with_its_candidates_in_the_answer(
    simulator: AZStack, log_in: LogIn
):
    alice = await log_in(simulator, "alice")
    tone = simulator.people.named("tone")
    assert tone
    media = alice.media()
    call = await alice.dial(tone.number, sdp=await media.offer())
    answer = (await alice.expect(503, callId=call, code=200))["sdp_candidate"]
    assert "a=candidate:" in answer
    await media.accept(answer)
    await media.ear.tone(440)
