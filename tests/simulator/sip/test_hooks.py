"""What a test may ask of the server beside its wire."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.fakes import until
from tests.simulator.sip.conftest import Join, Serve
from tests.simulator.sip.phone import Phone, Talk, paper_offer
from tests.simulator.sip.test_watching import told, watch
from tuiphone.simulator.sip import Sip

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
async def ask(server: Sip) -> AsyncIterator[Ask]:
    """POST with fields, GET without, to /sim/<what>."""
    async with httpx.AsyncClient(trust_env=False, base_url=f"http://{server.address}/sim/") as client:

        async def call(what: str, **body: object) -> dict[str, Any]:
            reply = await (client.post(what, json=body) if body else client.get(what))
            return reply.json() | {"http": reply.status_code}

        yield call


async def test_robots_and_telephones_call_and_hang_up(ask: Ask, alice: Phone) -> None:
    for asked, name in (
        ({"what": "robot", "robot": "voice", "to": "alice"}, "voice"),
        ({"what": "robot", "robot": "late", "to": "alice"}, "voice"),
        ({"what": "inbound", "from": "+84901112222", "to": "alice"}, "+84901112222"),
    ):
        call = await ask(**asked, headers="Answer-Mode: Auto\nCall-Info: <sip:x>;answer-after=0")
        invite = await alice.rung()
        assert (invite["answer-mode"], invite["call-info"]) == ("Auto", "<sip:x>;answer-after=0")
        assert f"<sip:{name}@" in invite["from"]
        assert bool(invite.body) == (asked.get("robot") != "late")
        assert invite["call-id"] == call["callId"]
        if asked["what"] == "inbound":
            await alice.take_up(invite, body=paper_offer().replace("actpass", "active"))
            assert (await ask("hangup", callId=call["callId"]))["r"] == 0
            await alice.respond(await alice.get("BYE"), 200)
        else:
            assert (await ask("hangup", callId=call["callId"]))["r"] == 0
            await alice.respond(await alice.get("CANCEL"), 200)
            await alice.respond(invite, 487)


async def test_what_was_heard_and_who_is_there_is_told(ask: Ask, alice: Phone) -> None:
    talk = await alice.call("echo")
    await talk.ask("INFO", ("content-type", "application/dtmf"), body="5")
    heard = (await ask("heard?userId=alice&method=INFO"))["heard"]
    assert len(heard) == 1
    assert heard[0].endswith("\r\n\r\n5")
    assert (await ask(f"digits?callId={talk.call_id}"))["digits"] == "5"
    await watch(alice, "presence", "bob")
    state = await ask("state")
    assert state["calls"][0] | {"phoneFrames": 0} == {
        "id": talk.call_id, "from": "alice", "to": "echo", "answered": True, "ended": False, "status": 0,
        "phoneFrames": 0,
    }  # fmt: skip
    assert state["devices"][0]["contact"] == alice.contact
    assert state["subscriptions"] == [{"watcher": "alice", "event": "presence", "user": "bob"}]
    await talk.hang_up()
    assert (await ask("state"))["calls"][0]["ended"]


async def test_keys_texts_and_messages_that_wait(ask: Ask, alice: Phone) -> None:
    talk = await alice.call("echo")
    watching = await watch(alice, "message-summary", "alice")
    assert (await ask("voicemail", userId="alice", new=1))["r"] == 0
    assert "Voice-Message: 1/0" in (await told(alice, watching)).body
    assert (await ask("press", callId=talk.call_id, digits="7", sound=True))["r"] == 1  # nothing was agreed on
    assert (await ask("press", callId="none", digits="7"))["http"] == 400
    writing = asyncio.create_task(ask("message", **{"from": "echo", "to": "alice", "text": "hello"}))
    text = await alice.get("MESSAGE")
    assert text.body == "hello"
    await alice.respond(text, 202)
    assert (await writing)["status"] == 202


async def test_sockets_break_freeze_and_hear_anything(ask: Ask, server: Sip, alice: Phone, bob: Phone) -> None:
    assert (await ask("push", userId="alice", raw="\r\n"))["devices"] == 1
    await until(lambda: alice.pongs == 1)
    assert (await ask("freeze", userId="alice", on=True))["devices"] == 1
    request = await alice.send(alice.request("OPTIONS", "echo"))
    _, answer = await bob.ask(bob.request("OPTIONS", "echo"))
    assert answer.status == 200
    assert server.heard.of("alice", "OPTIONS") == []
    assert (await ask("freeze", userId="alice", on=False))["devices"] == 1
    assert (await alice.final(request)).status == 407
    assert (await ask("drop", userId="alice"))["devices"] == 1
    await alice.lost.wait()
    await until(lambda: server.registrar.of("alice") == [])


async def test_a_socket_may_break_after_some_messages_and_devices_be_asked_for_their_options(
    serve: Serve, join: Join
) -> None:
    alice = await join(await serve(drop_after=3, options_seconds=0.05), "alice")
    await alice.respond(await alice.get("OPTIONS"), 200)
    await alice.lost.wait()


async def test_a_mailbox_may_tell_who_did_not_ask(ask: Ask, alice: Phone) -> None:
    telling = asyncio.create_task(ask("voicemail", userId="alice", new=4, unasked=True))
    notify = await alice.get("NOTIFY")
    assert "Voice-Message: 4/0" in notify.body
    await alice.respond(notify, 200)
    assert (await telling)["r"] == 0


async def test_a_server_that_starts_again_knows_nobody_but_calls_go_on(ask: Ask, server: Sip, join: Join) -> None:
    alice = await join(server, "alice")
    talk = await alice.call("echo")
    await ask("restart", seconds=0.01)
    await alice.lost.wait()
    await until(lambda: not server.is_down)
    state = await ask("state")
    assert state["devices"] == []
    call = state["calls"][0]
    assert (call["from"], call["to"], call["answered"], call["ended"]) == ("alice", "echo", True, False)
    again = await join(server, "alice", instance=alice.instance)
    talk.phone = again
    assert (await talk.ask("INVITE", body=paper_offer())).status == 200
    await talk.hang_up()


async def test_nobody_is_let_in_while_it_starts_again(ask: Ask, server: Sip, alice: Phone) -> None:
    await ask("restart", seconds=30)
    await alice.lost.wait()
    with pytest.raises(InvalidStatus):
        await alice.open()


async def test_switches_are_turned_while_it_runs(ask: Ask, alice: Phone) -> None:
    assert (await ask("set", key="refuse", value="MESSAGE:404"))["r"] == 0
    _, answer = await alice.ask(alice.request("MESSAGE", "echo", body="hello"))
    assert answer.status == 404
    assert (await ask("set", key="port", value=1))["http"] == 400
    assert (await ask("set", key="nonce_uses", value="x"))["http"] == 400
    assert (await ask("dance", hop=1))["http"] == 400
    assert (await ask("stale", now=1))["r"] == 0
    await ask("set", key="delay_seconds", value=0.01)
    assert (await alice.register()).status == 200
    await ask("set", key="unanswered", value="OPTIONS")
    await alice.send(alice.request("OPTIONS", "echo"))
    await alice.send_text("\r\n\r\n")
    await until(lambda: alice.pongs == 1)
    assert not [one for one in alice.came if one.asked == "OPTIONS"]


async def test_the_server_ends_subscriptions_by_itself(ask: Ask, alice: Phone) -> None:
    watching = await watch(alice, "presence", "bob")
    assert (await ask("unsubscribe", userId="alice", reason="rejected"))["ended"] == 1
    assert (await told(alice, watching))["subscription-state"] == "terminated;reason=rejected"


async def test_a_call_that_lost_its_signalling_is_told_the_end_once_it_is_back(server: Sip, join: Join) -> None:
    alice = await join(server, "alice")
    talk = await alice.call("echo")
    await alice.cut()
    call = server.floor.whole(talk.call_id)
    assert call
    call.hang_up()
    again = await join(server, "alice", instance=alice.instance)
    lost = Talk(again, talk.call_id, talk.mine, talk.theirs, talk.target, talk.routes, talk.number)
    assert (await lost.ask("INVITE", body=paper_offer())).status == 481
