"""Calls between users and robots, and all that passes inside them."""

from tests.simulator.sip.phone import Phone


async def test_a_call_to_the_echo_robot_rings_is_answered_and_ends(alice: Phone) -> None:
    request = await alice.invite("echo")
    assert (await alice.get("", status=180))["to"].startswith("<sip:echo@phones.example>;tag=")
    answer = await alice.final(request)
    assert answer.status == 200
    assert "m=audio" in answer.body
    from tests.simulator.sip.phone import Talk

    talk = Talk.calling(alice, request, answer)
    await talk.acknowledge(request.number)
    await talk.hang_up()


async def test_two_users_call_each_other(alice: Phone, bob: Phone) -> None:
    request = await alice.invite("bob")
    invite = await bob.rung()
    assert (await alice.get("", status=180, call_id=request["call-id"])).body == ""
    answer = await bob.respond(invite, 200, body="v=0\r\n")
    got = await alice.final(request)
    assert got.body == answer.body
