"""Users who do one odd thing each."""

import pytest

from tests.fakes import until
from tests.simulator.sip.conftest import Join, Serve
from tests.simulator.sip.phone import Phone, Talk, paper_offer
from tests.simulator.sip.wire import inside, tag
from tuiphone.simulator.sip import Sip


@pytest.mark.parametrize("status", [300, 404, 486, 500, 603, 699])
async def test_a_status_is_what_one_asks_for(alice: Phone, status: int) -> None:
    request = await alice.invite(f"status-{status}")
    answer = await alice.final(request)
    assert answer.status == status
    await alice.acknowledge_refusal(request, answer)


@pytest.mark.parametrize(
    ("name", "to"),
    [
        ("redirect", ["echo"]),
        ("redirect-bob", ["bob"]),
        ("redirect-two", ["voice", "echo"]),
        ("redirect-loop", ["redirect-loop"]),
    ],
)
async def test_redirections(alice: Phone, name: str, to: list[str]) -> None:
    answer = await alice.final(await alice.invite(name))
    assert answer.status == 302
    assert [inside(one) for one in answer.all("contact")] == [f"sip:{one}@phones.example" for one in to]


async def test_reliable_early_media_waits_for_its_acknowledgement(alice: Phone) -> None:
    answer = await alice.final(await alice.invite("early-rel"))
    assert (answer.status, answer["require"]) == (421, "100rel")
    request = await alice.invite("early-rel", ("supported", "100rel"))
    early = await alice.get("", status=183)
    assert "m=audio" in early.body
    again = await alice.get("", status=183)
    assert again["rseq"] == early["rseq"]
    talk = Talk.calling(alice, request, early)
    wrong = await talk.ask("PRACK", ("rack", f"{int(early['rseq']) + 5} {request.number} INVITE"))
    assert wrong.status == 481
    assert (await talk.ask("PRACK", ("rack", f"{early['rseq']} {request.number} INVITE"))).status == 200
    ringing = await alice.get("", status=180, call_id=request["call-id"])
    assert int(ringing["rseq"]) == int(early["rseq"]) + 1
    assert (await talk.ask("PRACK", ("rack", f"{ringing['rseq']} {request.number} INVITE"))).status == 200
    answer = await alice.final(request)
    assert (answer.status, answer.body) == (200, "")


async def test_of_two_devices_the_second_answers_and_the_first_had_early_media(alice: Phone) -> None:
    request = await alice.invite("fork")
    early = await alice.get("", status=183)
    answer = await alice.final(request)
    assert answer.status == 200
    assert tag(early["to"]) != tag(answer["to"])
    assert early.body != answer.body


async def test_both_devices_may_answer(alice: Phone) -> None:
    request = await alice.invite("fork-both")
    first, second = await alice.final(request), await alice.final(request)
    assert tag(first["to"]) != tag(second["to"])
    for answer in (first, second):
        assert answer.status == 200
        talk = Talk.calling(alice, request, answer)
        await talk.acknowledge(request.number)
        await talk.hang_up()


@pytest.mark.parametrize("digits", ["press-1", "press-42"])
async def test_keys_are_pressed_by_info(alice: Phone, digits: str) -> None:
    await alice.call(digits)
    for digit in digits.removeprefix("press-"):
        info = await alice.get("INFO")
        assert info.body.startswith(f"Signal={digit}\r\n")
        await alice.respond(info, 200)


async def test_a_transfer_is_asked_for_and_ends_when_it_is_done(alice: Phone) -> None:
    talk = await alice.call("refer-me-bob")
    refer = await alice.get("REFER")
    assert inside(refer["refer-to"]) == "sip:bob@phones.example"
    assert inside(refer["referred-by"]) == "sip:refer-me-bob@phones.example"
    await alice.respond(refer, 202)
    about = ("event", "refer"), ("subscription-state", "terminated"), ("content-type", "message/sipfrag")
    request = talk.request("NOTIFY", *about, body="SIP/2.0 200 OK")
    assert (await alice.final(await alice.send(request))).status == 200
    await alice.respond(await alice.get("BYE"), 200)


async def test_sessions_are_refreshed_by_whoever_said_so(serve: Serve, join: Join) -> None:
    alice = await join(await serve(session_seconds=0.4), "alice")
    supports = ("supported", "timer"), ("session-expires", "1800")
    talk = await alice.call("timer", *supports)
    assert talk.answer
    assert talk.answer["session-expires"] == "0.4;refresher=uas"
    await alice.respond(await alice.get("UPDATE"), 200)
    await alice.respond(await alice.get("UPDATE"), 200)
    await alice.call("echo", ("supported", "timer"), ("session-expires", "1;refresher=uas"))
    await alice.respond(await alice.get("UPDATE", session_expires="1;refresher=uac"), 200)
    talk = await alice.call("timer-uac", *supports)
    assert talk.answer
    assert talk.answer["session-expires"] == "0.4;refresher=uac"
    bye = await alice.get("BYE", call_id=talk.call_id)  # nobody refreshed it
    assert "408" in bye["reason"]
    await alice.respond(bye, 200)
    await alice.call("timer-dies", *supports)


async def test_too_short_a_session_is_refused_with_the_least_one(alice: Phone) -> None:
    answer = await alice.final(await alice.invite("timer-422", ("session-expires", "1800")))
    assert (answer.status, answer["min-se"]) == (422, "3600")
    talk = await alice.call("timer-422", ("supported", "timer"), ("session-expires", "3600"))
    assert talk.answer
    assert talk.answer["session-expires"] == "3600;refresher=uac"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("odd-mid", ["m=audio", "m=video"]),
        ("odd-lines", ["m=audio"]),
        ("odd-video", ["m=audio", "m=video 0"]),
        ("odd-mux", ["m=audio", "m=video"]),
        ("odd-plain", ["m=audio", "m=video"]),
        ("odd-junk", []),
        ("odd-none", []),
    ],
)
async def test_odd_descriptions(alice: Phone, name: str, lines: list[str]) -> None:
    answer = await alice.final(await alice.invite(name, body=paper_offer(video=True)))
    assert answer.status == 200
    sections = [line for line in answer.body.splitlines() if line.startswith("m=")]
    assert len(sections) == len(lines)
    for section, start in zip(sections, lines, strict=True):
        assert section.startswith(start)
        assert ("RTP/AVP" in section) == (name == "odd-plain")
    assert ("a=mid:" in answer.body) == (name not in ("odd-mid", "odd-junk", "odd-none"))
    assert ("a=rtcp-mux" in answer.body) == (name in ("odd-mid", "odd-lines", "odd-video"))


async def test_changes_of_a_call_may_be_refused(alice: Phone) -> None:
    talk = await alice.call("glare")
    assert (await talk.ask("INVITE", body=paper_offer())).status == 491
    assert (await talk.ask("INVITE", body=paper_offer())).status == 200
    talk = await alice.call("no-hold")
    for _ in range(2):
        assert (await talk.ask("INVITE", body=paper_offer())).status == 488


async def test_an_answer_on_paper_comes_at_once(server: Sip, alice: Phone) -> None:
    talk = await alice.call("paper")
    call = server.floor.whole(talk.call_id)
    assert call
    assert call.medium.peer is None
    await talk.hang_up()


async def test_when_both_change_the_call_at_once_the_robot_tries_again(alice: Phone) -> None:
    talk = await alice.call("hold-me")
    invite = await alice.get("INVITE")
    assert (await talk.ask("INVITE", body=paper_offer())).status == 491
    await alice.respond(invite, 491)
    await alice.get("ACK", call_id=talk.call_id)
    again = await alice.get("INVITE")
    assert again.number > invite.number
    assert again.body == invite.body


async def test_one_hangs_up_one_vanishes_and_one_repeats_itself(alice: Phone) -> None:
    await alice.call("drop")
    bye = await alice.get("BYE")
    assert "Q.850" in bye["reason"]
    await alice.respond(bye, 200)
    talk = await alice.call("twice")
    again = await alice.get("", asked="INVITE", status=200)
    assert again["call-id"] == talk.call_id


async def test_a_number_that_is_old_comes_after_a_newer_one(alice: Phone) -> None:
    await alice.call("cseq")
    first = await alice.get("OPTIONS")
    await alice.respond(first, 200)
    second = await alice.get("OPTIONS")
    assert second.number < first.number
    await alice.respond(second, 500)


async def test_one_answers_nothing_any_more(server: Sip, alice: Phone) -> None:
    talk = await alice.call("vanish")
    call = server.floor.whole(talk.call_id)
    assert call
    await until(lambda: call.is_deaf)
    await alice.send(talk.request("BYE"))
    _, answer = await alice.ask(alice.request("OPTIONS", "echo"))  # what was sent before has been handled
    assert answer.status == 200
    assert not [one for one in alice.came if one.asked == "BYE"]


async def test_queued_then_ringing_then_slowly_answered(alice: Phone) -> None:
    request = await alice.invite("queue")
    for status in (181, 182, 180):
        await alice.get("", status=status)
    assert (await alice.final(request)).status == 200
    await alice.call("slow")
    await alice.call("update")
    await alice.respond(await alice.get("UPDATE"), 200)


async def test_a_session_is_updated_before_it_is_answered(alice: Phone) -> None:
    request = await alice.invite("early-update", ("supported", "100rel"))
    early = await alice.get("", status=183)
    talk = Talk.calling(alice, request, early)
    assert (await talk.ask("PRACK", ("rack", f"{early['rseq']} {request.number} INVITE"))).status == 200
    ringing = await alice.get("", status=180)
    assert (await talk.ask("PRACK", ("rack", f"{ringing['rseq']} {request.number} INVITE"))).status == 200
    await alice.respond(await alice.get("UPDATE"), 200)
    assert (await alice.final(request)).status == 200
