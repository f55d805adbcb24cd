"""Presence, lines and mailboxes: who is told what, and when."""

import re

from tests.simulator.sip.conftest import Join, Serve
from tests.simulator.sip.phone import PASSWORDS, Phone, Talk
from tests.simulator.sip.wire import Packet, tag
from tuiphone.simulator.sip import Sip

PIDF = '<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="sip:bob@phones.example"/>'


async def watch(phone: Phone, event: str, user: str, *, expires: int = 600) -> Talk:
    """Subscribe and take the first notification, which is left in `answer`."""
    request = phone.request("SUBSCRIBE", user, ("event", event), ("expires", str(expires)))
    request, answer = await phone.ask(request)
    assert answer.status == 200, answer.text()
    talk = Talk.calling(phone, request, answer)
    talk.answer = await told(phone, talk)
    return talk


async def told(phone: Phone, talk: Talk) -> Packet:
    """The next notification of a subscription."""
    notify = await phone.get("NOTIFY", call_id=talk.call_id)
    await phone.respond(notify, 200)
    return notify


def states(notify: Packet) -> list[str]:
    return re.findall(r"<state[^>]*>(\w+)</state>", notify.body)


async def test_presence_follows_registration(server: Sip, alice: Phone, join: Join) -> None:
    watching = await watch(alice, "presence", "bob")
    assert watching.answer
    assert "<basic>closed</basic>" in watching.answer.body
    assert watching.answer["content-type"] == "application/pidf+xml"
    bob = await join(server, "bob")
    assert "<basic>open</basic>" in (await told(alice, watching)).body
    await bob.cut()
    assert "<basic>closed</basic>" in (await told(alice, watching)).body
    robot = await watch(alice, "presence", "echo")
    assert robot.answer
    assert "<basic>open</basic>" in robot.answer.body


async def test_presence_ends_with_the_registration(server: Sip, alice: Phone, join: Join) -> None:
    watching = await watch(alice, "presence", "bob")
    bob = await join(server, "bob", registers=False)
    await bob.register(expires=1)
    assert "<basic>open</basic>" in (await told(alice, watching)).body
    assert "<basic>closed</basic>" in (await told(alice, watching)).body


async def test_what_somebody_publishes_is_what_is_shown(alice: Phone, bob: Phone) -> None:
    watching = await watch(alice, "presence", "bob")
    kind = ("content-type", "application/pidf+xml")
    event = ("event", "presence")
    _, answer = await bob.ask(bob.request("PUBLISH", "bob", event, kind, ("expires", "60"), body=PIDF))
    assert answer.status == 200
    assert (await told(alice, watching)).body == PIDF
    match = ("sip-if-match", answer["sip-etag"])
    _, answer = await bob.ask(bob.request("PUBLISH", "bob", event, match))
    assert answer.status == 200
    _, refused = await bob.ask(bob.request("PUBLISH", "bob", event, match))
    assert refused.status == 412
    match = ("sip-if-match", answer["sip-etag"])
    _, answer = await bob.ask(bob.request("PUBLISH", "bob", event, match, ("expires", "0")))
    assert answer.status == 200
    assert "<basic>open</basic>" in (await told(alice, watching)).body
    for wrong, status in (
        (bob.request("PUBLISH", "alice", event, kind, body=PIDF), 403),
        (bob.request("PUBLISH", "bob", ("event", "weather"), kind, body=PIDF), 489),
        (bob.request("PUBLISH", "bob", event, ("content-type", "text/plain"), body="here"), 415),
        (bob.request("PUBLISH", "bob", event, kind, body='<!DOCTYPE a [<!ENTITY b "c">]>' + PIDF), 415),
        (bob.request("PUBLISH", "bob", event), 400),
    ):
        _, answer = await bob.ask(wrong)
        assert answer.status == status


async def test_a_line_rings_is_busy_and_free_again(server: Sip, alice: Phone, bob: Phone, join: Join) -> None:
    carol = await join(server, "carol")
    watching = await watch(carol, "dialog", "bob")
    assert watching.answer
    assert states(watching.answer) == []
    calling = await alice.invite("bob")
    invite = await bob.rung()
    early = await told(carol, watching)
    assert states(early) == ["early"]
    assert 'direction="recipient"' in early.body
    assert f'call-id="{calling["call-id"]}"' in early.body
    assert "<identity>sip:alice@phones.example</identity>" in early.body
    answer = await bob.respond(invite, 200, body="v=0\r\n")
    assert states(await told(carol, watching)) == ["confirmed"]
    await alice.final(calling)
    talk = Talk.called(bob, invite, answer)
    request = await bob.send(talk.request("BYE"))
    await alice.respond(await alice.get("BYE"), 200)
    await bob.final(request)
    assert states(await told(carol, watching)) == ["terminated"]
    again = await watch(carol, "dialog", "bob")
    assert again.answer
    assert states(again.answer) == []


async def test_a_line_that_refuses_was_never_busy_and_robots_have_lines_too(alice: Phone, bob: Phone) -> None:
    watching = await watch(bob, "dialog", "busy")
    request = await alice.invite("busy")
    assert (await alice.final(request)).status == 486
    assert states(await told(bob, watching)) == ["early"]
    assert states(await told(bob, watching)) == ["terminated"]
    own = await watch(bob, "dialog", "alice")
    await alice.invite("status-404")
    assert states(await told(bob, own)) == ["trying"]
    assert 'direction="initiator"' in (await told(bob, own)).body


async def test_messages_wait_until_they_are_listened_to(server: Sip, alice: Phone) -> None:
    server.watchers.set_mailbox("alice", 2, 3)
    watching = await watch(alice, "message-summary", "alice")
    assert watching.answer
    assert watching.answer.body.splitlines()[:3] == [
        "Messages-Waiting: yes",
        "Message-Account: sip:voicemail@phones.example",
        "Voice-Message: 2/3 (0/0)",
    ]
    talk = await alice.call("voicemail")
    assert "Messages-Waiting: no\r\n" in (await told(alice, watching)).body
    await talk.hang_up()
    _, answer = await alice.ask(alice.request("SUBSCRIBE", "bob", ("event", "message-summary")))
    assert answer.status == 403


async def test_a_subscription_is_refreshed_and_ends(alice: Phone) -> None:
    watching = await watch(alice, "presence", "bob")
    assert watching.target.startswith("sip:127.0.0.1:")
    answer = await watching.ask("SUBSCRIBE", ("event", "presence"), ("expires", "600"))
    assert answer.status == 200
    assert (await told(alice, watching))["subscription-state"].startswith("active;expires=6")
    assert (await watching.ask("SUBSCRIBE", ("event", "presence"), ("expires", "0"))).status == 200
    assert (await told(alice, watching))["subscription-state"] == "terminated;reason=timeout"
    assert (await watching.ask("SUBSCRIBE", ("event", "presence"))).status == 481


async def test_a_subscription_nobody_refreshes_is_over(alice: Phone) -> None:
    watching = await watch(alice, "presence", "bob", expires=1)
    assert (await told(alice, watching))["subscription-state"] == "terminated;reason=timeout"


async def test_a_watcher_that_knows_nothing_of_it_is_told_no_more(server: Sip, alice: Phone, join: Join) -> None:
    request = alice.request("SUBSCRIBE", "bob", ("event", "presence"))
    request, _ = await alice.ask(request)
    await alice.respond(await alice.get("NOTIFY"), 481)
    _, answer = await alice.ask(alice.request("OPTIONS", "echo"))
    assert answer.status == 200
    assert server.watchers.subscriptions == []


async def test_what_cannot_be_watched_is_refused(serve: Serve, join: Join) -> None:
    alice = await join(await serve(min_expires=100), "alice")
    for event, user, expires, status in (
        ("weather", "bob", 600, 489),
        ("presence", "nobody", 600, 404),
        ("presence", "bob", 5, 423),
    ):
        request = alice.request("SUBSCRIBE", user, ("event", event), ("expires", str(expires)))
        _, answer = await alice.ask(request)
        assert answer.status == status
        assert answer["allow-events"] == ("presence, dialog, message-summary" if status != 423 else "")


async def test_the_code_for_pickup_takes_what_rings_there_from_its_caller(serve: Serve, join: Join) -> None:
    server = await serve(line_details=0)
    alice, bob, carol = [await join(server, name) for name in PASSWORDS]
    refused = await carol.invite("*8bob")
    assert (await carol.final(refused)).status == 404
    watching = await watch(carol, "dialog", "bob")
    calling = await alice.invite("bob")
    invite = await bob.get("INVITE")
    rings = await bob.respond(invite, 180)
    early = await told(carol, watching)
    assert states(early) == ["early"]
    assert "tag=" not in early.body
    assert "alice" not in early.body
    taking = await carol.invite("*8bob")
    replacing = await alice.get("INVITE")
    call_id, ours, theirs, when = replacing["replaces"].split(";")
    assert (call_id, when) == (calling["call-id"], "early-only")
    assert ours == f"to-tag={tag(calling['from'])}", "the tag of who calls is that of who is to replace the call"
    assert theirs == f"from-tag={tag(rings['to'])}"
    await alice.respond(replacing, 200, body="v=0\r\n")
    assert (await carol.final(taking)).status == 200
    await alice.cancel(calling)
    assert (await bob.get("CANCEL"))["call-id"] == invite["call-id"]
