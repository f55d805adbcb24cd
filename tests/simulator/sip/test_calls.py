"""Calls between users and robots, and all that passes inside them."""

from collections.abc import Coroutine
from typing import Any

from tests.fakes import until
from tests.simulator.sip.conftest import Join
from tests.simulator.sip.phone import Phone, Talk, paper_offer
from tests.simulator.sip.wire import Packet, tag
from tuiphone.simulator.sip import Sip


async def connected(alice: Phone, bob: Phone) -> tuple[Talk, Talk]:
    """A call of alice that bob answered, from both ends."""
    calling = await alice.invite("bob")
    invite = await bob.rung()
    answer = await bob.respond(invite, 200, body=paper_offer())
    final = await alice.final(calling)
    assert final.status == 200
    mine = Talk.calling(alice, calling, final)
    await mine.acknowledge(calling.number)
    await bob.get("ACK")
    return mine, Talk.called(bob, invite, answer)


async def test_a_call_to_the_echo_robot_rings_is_answered_and_ends(server: Sip, alice: Phone) -> None:
    request = await alice.invite("echo")
    assert (await alice.get("", status=180))["to"].startswith("<sip:echo@phones.example>;tag=")
    answer = await alice.final(request)
    assert answer.status == 200
    assert "m=audio" in answer.body
    assert "telephone-event/8000" not in answer.body  # the sound is 48 kHz, and so would have to be the keys
    talk = Talk.calling(alice, request, answer)
    await talk.acknowledge(request.number)
    await talk.hang_up()
    await until(lambda: not server.floor.calls)


async def test_whoever_is_called_sees_a_route_that_leads_to_the_caller_and_back(alice: Phone, bob: Phone) -> None:
    mine, theirs = await connected(alice, bob)
    assert len(theirs.routes) == 2
    assert mine.routes == list(reversed(theirs.routes))
    for asks, answers, method in ((mine, bob, "INFO"), (theirs, alice, "UPDATE"), (mine, bob, "REFER")):
        request = await asks.phone.send(asks.request(method))
        got = await answers.get(method)
        assert not got.all("route")
        assert got["max-forwards"] == "69"
        await answers.respond(got, 200)
        assert (await asks.phone.final(request)).status == 200


async def test_the_caller_hangs_up_while_it_rings(alice: Phone, bob: Phone) -> None:
    request = await alice.invite("bob")
    invite = await bob.rung()
    await alice.get("", status=180)
    await alice.cancel(request, ("reason", "SIP;cause=487"))
    cancel = await bob.get("CANCEL")
    assert cancel["reason"] == "SIP;cause=487"
    await bob.respond(cancel, 200)
    await bob.respond(invite, 487)
    await bob.get("ACK", call_id=invite["call-id"])
    assert (await alice.final(request)).status == 487


async def test_a_device_that_has_not_rung_yet_is_cancelled_when_it_does(alice: Phone, bob: Phone) -> None:
    request = await alice.invite("bob")
    invite = await bob.get("INVITE")
    await alice.cancel(request)
    assert (await alice.get("", asked="CANCEL")).status == 200
    assert not bob.came
    await bob.respond(invite, 180)
    await bob.respond(await bob.get("CANCEL"), 200)
    await bob.respond(invite, 487)
    assert (await alice.final(request)).status == 487


async def test_of_several_devices_the_first_that_answers_wins(server: Sip, join: Join) -> None:
    alice, one, two = [await join(server, user) for user in ("alice", "bob", "bob")]
    request = await alice.invite("bob")
    first, second = await one.rung(), await two.rung()
    tags = {tag((await alice.get("", status=180))["to"]) for _ in range(2)}
    assert len(tags) == 2
    await two.respond(second, 200, body=paper_offer())
    assert (await alice.final(request)).status == 200
    cancel = await one.get("CANCEL")
    assert "Call completed elsewhere" in cancel["reason"]
    await one.respond(cancel, 200)
    await one.respond(first, 487)
    await one.get("ACK")


async def test_of_several_refusals_the_best_goes_back(server: Sip, join: Join) -> None:
    alice, one, two = [await join(server, user) for user in ("alice", "bob", "bob")]
    request = await alice.invite("bob")
    await one.respond(await one.rung(), 503)
    await two.respond(await two.rung(), 486)
    assert (await alice.final(request)).status == 486
    await alice.acknowledge_refusal(request, Packet("SIP/2.0 486 Busy Here", [("to", request["to"])]))
    await one.get("ACK")
    await two.get("ACK")


async def test_one_device_may_refuse_for_all(server: Sip, join: Join) -> None:
    alice, one, two = [await join(server, user) for user in ("alice", "bob", "bob")]
    request = await alice.invite("bob")
    waiting = await one.rung()
    await two.respond(await two.rung(), 603)
    cancel = await one.get("CANCEL")
    await one.respond(cancel, 200)
    await one.respond(waiting, 487)
    assert (await alice.final(request)).status == 603


async def test_a_call_that_nobody_answers_ends_by_itself(serve_short: Sip, join: Join) -> None:
    alice, bob = await join(serve_short, "alice"), await join(serve_short, "bob")
    request = await alice.invite("bob")
    await bob.rung()
    await bob.get("CANCEL")
    assert (await alice.final(request)).status == 408


async def test_nobody_by_that_name_and_nobody_at_home(alice: Phone) -> None:
    for to, status in (("nobody", 404), ("bob", 480), ("sip:echo@elsewhere.example", 404)):
        request = await alice.invite(to)
        answer = await alice.final(request)
        assert answer.status == status
        await alice.acknowledge_refusal(request, answer)


async def test_an_acknowledgement_with_a_description_reaches_the_called(alice: Phone, bob: Phone) -> None:
    request = await alice.invite("bob", body="")
    invite = await bob.rung()
    assert invite.body == ""
    await bob.respond(invite, 200, body=paper_offer())
    talk = Talk.calling(alice, request, await alice.final(request))
    await talk.acknowledge(request.number, body="v=0\r\nanswer\r\n")
    assert (await bob.get("ACK")).body == "v=0\r\nanswer\r\n"


async def test_a_reliable_ringing_and_its_acknowledgement_pass(alice: Phone, bob: Phone) -> None:
    request = await alice.invite("bob", ("supported", "100rel"))
    invite = await bob.get("INVITE")
    await bob.respond(invite, 183, ("require", "100rel"), ("rseq", "7"), body=paper_offer())
    early = await alice.get("", status=183)
    talk = Talk.calling(alice, request, early)
    prack = talk.request("PRACK", ("rack", f"7 {request.number} INVITE"))
    await alice.send(prack)
    await bob.respond(await bob.get("PRACK"), 200)
    assert (await alice.final(prack)).status == 200


async def test_a_robot_that_calls_acknowledges_reliable_ringing(server: Sip, bob: Phone) -> None:
    call = server.floor.new_call("tone")
    server.floor.tasks.start(done(call.dial("sip:bob@phones.example")))
    invite = await bob.get("INVITE")
    for number in (7, 8):
        await bob.respond(invite, 180, ("require", "100rel"), ("rseq", str(number)))
        prack = await bob.get("PRACK")
        assert prack["rack"] == f"{number} {invite.number} INVITE"
        await bob.respond(prack, 200)
    await bob.respond(invite, 486)
    await bob.get("ACK")


async def test_a_busy_robot_refuses_and_a_silent_one_rings_until_cancelled(alice: Phone) -> None:
    request = await alice.invite("busy")
    assert (await alice.final(request)).status == 486
    request = await alice.invite("silent")
    await alice.get("", status=180, call_id=request["call-id"])
    await alice.cancel(request)
    assert (await alice.final(request)).status == 487


async def test_callme_refuses_and_calls_back(alice: Phone) -> None:
    request = await alice.invite("callme")
    assert (await alice.final(request)).status == 603
    invite = await alice.rung()
    assert invite["from"].startswith('"Voice" <sip:voice@phones.example>')
    talk = await alice.take_up(invite, body=paper_offer().replace("actpass", "active"))
    await talk.hang_up()


async def test_a_telephone_behaves_by_the_end_of_its_number(alice: Phone) -> None:
    for number, status in (("+84901234486", 486), ("84901234503", 503)):
        request = await alice.invite(f"sip:{number}@phones.example;user=phone")
        assert (await alice.final(request)).status == status
    request = await alice.invite("sip:+84901234183@phones.example;user=phone")
    assert "m=audio" in (await alice.get("", status=183)).body
    assert (await alice.final(request)).status == 200
    request = await alice.invite("tel:+84901234567")
    assert (await alice.final(request)).status == 200


async def test_keys_by_info_are_heard(server: Sip, alice: Phone) -> None:
    talk = await alice.call("echo")
    relay = ("content-type", "application/dtmf-relay")
    assert (await talk.ask("INFO", relay, body="Signal=1\r\nDuration=160\r\n")).status == 200
    assert (await talk.ask("INFO", ("content-type", "application/dtmf"), body="#")).status == 200
    assert (await talk.ask("INFO", ("content-type", "text/odd"), body="x")).status == 415
    call = server.floor.whole(talk.call_id)
    assert call
    assert call.medium.digits == "1#"


async def test_requests_of_one_dialog_come_in_order(alice: Phone) -> None:
    talk = await alice.call("echo")
    assert (await talk.ask("OPTIONS")).status == 200
    talk.number -= 1
    assert (await talk.ask("OPTIONS")).status == 500
    talk.theirs = talk.theirs.replace("tag=", "tag=x")
    assert (await talk.ask("OPTIONS")).status == 481


async def test_a_robot_that_is_told_to_calls_somebody_else_and_reports(alice: Phone, bob: Phone) -> None:
    talk = await alice.call("echo")
    assert (await talk.ask("REFER", ("refer-to", "<sip:bob@phones.example>"))).status == 202
    notify = await alice.get("NOTIFY")
    assert "100" in notify.body
    assert notify["event"] == "refer"
    await alice.respond(notify, 200)
    invite = await bob.rung()
    assert invite["from"].startswith('"Echo"')
    await bob.respond(invite, 486)
    notify = await alice.get("NOTIFY")
    assert notify.body.startswith("SIP/2.0 486")
    assert notify["subscription-state"].startswith("terminated")


async def test_a_robot_takes_the_place_of_another_that_is_replaced(alice: Phone) -> None:
    first, second = await alice.call("echo"), await alice.call("voice")
    replaces = f"{second.call_id}%3Bto-tag%3D{second.their_tag}%3Bfrom-tag%3D{second.my_tag}"
    to = f"<sip:voice@phones.example?Replaces={replaces}>"
    assert (await first.ask("REFER", ("refer-to", to))).status == 202
    bye = await alice.get("BYE")
    assert bye["call-id"] == second.call_id
    await alice.respond(bye, 200)
    reports = [await alice.get("NOTIFY", call_id=first.call_id) for _ in range(2)]
    for report in reports:
        await alice.respond(report, 200)
    assert reports[1].body.startswith("SIP/2.0 200")
    await first.hang_up()


async def test_a_ringing_call_of_a_robot_is_picked_up_by_somebody_else(server: Sip, alice: Phone, bob: Phone) -> None:
    call = server.floor.new_call("voice")
    server.floor.tasks.start(done(call.dial("sip:bob@phones.example")))
    ringing = await bob.rung()
    await until(lambda: bool(server.watchers.callbook.lines_of("bob")))
    line = server.watchers.callbook.lines_of("bob")[0]
    replaces = f"{line.call_id};to-tag={line.remote_tag};from-tag={line.local_tag};early-only"
    talk = await alice.call(line.remote_target, ("replaces", replaces))
    await bob.respond(await bob.get("CANCEL"), 200)
    await bob.respond(ringing, 487)
    await talk.hang_up()


async def done(work: Coroutine[Any, Any, object]) -> None:
    await work


async def test_a_2xx_is_repeated_until_it_is_acknowledged(alice: Phone) -> None:
    request = await alice.invite("echo")
    first = await alice.final(request)
    again = await alice.final(request)
    assert first.text() == again.text()
    talk = Talk.calling(alice, request, first)
    await talk.acknowledge(request.number)
    await talk.hang_up()


async def test_a_request_with_no_hops_left_or_an_unknown_extension_is_refused(alice: Phone) -> None:
    for header, value, status in (("max-forwards", "0", 483), ("proxy-require", "sunshine", 420)):
        request = alice.request("OPTIONS", "echo")
        request.headers = [one for one in request.headers if one[0] != header] + [(header, value)]
        assert (await alice.final(await alice.send(request))).status == status
    assert (await alice.final(await alice.send(alice.request("DANCE", "echo")))).status == 405
    answer = await alice.final(await alice.invite("echo", ("require", "sunshine, 100rel")))
    assert (answer.status, answer["unsupported"]) == (420, "sunshine")
    _, answer = await alice.ask(alice.request("OPTIONS", "sip:phones.example", uri="sip:phones.example"))
    assert "INVITE" in answer["allow"]


async def test_texts_reach_users_and_robots_write_back(alice: Phone, bob: Phone) -> None:
    plain = ("content-type", "text/plain")
    request = alice.request("MESSAGE", "bob", plain, body="xin chào")
    refused = await alice.final(await alice.send(request))
    await alice.send(alice.signed(request, refused["proxy-authenticate"], "proxy-authorization"))
    got = await bob.get("MESSAGE")
    assert got.body == "xin chào"
    await bob.respond(got, 200)
    await alice.get("", status=200, asked="MESSAGE")
    _, answer = await alice.ask(alice.request("MESSAGE", "voice", plain, body="hello"))
    assert answer.status == 200
    back = await alice.get("MESSAGE")
    assert back.body == "You wrote: hello"
    await alice.respond(back, 200)
    _, answer = await alice.ask(alice.request("MESSAGE", "status-413", plain, body="hello"))
    assert answer.status == 413
