"""Messages, presence, lines and mailboxes by Kamailio and its presence server, with JsSIP at the other end."""

from tests.fakes import soon
from tests.media.peers import Side
from tests.providers.sip.real.conftest import Names, Other, Phones
from tests.providers.sip.real.ours import OUR_HZ, Ours, person
from tests.rigs.kamailio import Kamailio
from tuiphone.core.events import (
    LineChanged,
    PresenceChanged,
    TextReceived,
    TextStatusChanged,
    VoicemailChanged,
)
from tuiphone.core.model import Availability, LineState, Presence, TextStatus


async def test_messages_go_both_ways(ours: Ours, phones: Phones, user: Names) -> None:
    bob = await phones("bob")
    await soon(ours.provider.send_text(person(user("bob")), "Chào bạn <b>"))
    assert (await bob.hear("message"))["text"] == "Chào bạn <b>"
    assert (await ours.told(TextStatusChanged)).status is TextStatus.DELIVERED
    await bob.do("message", ours.user, "và bạn")
    text = await ours.told(TextReceived)
    assert (text.sender, text.text) == (person(user("bob")), "và bạn")


async def test_each_sees_how_the_other_is(ours: Ours, phones: Phones, other: Other, user: Names) -> None:
    bob, carol = await phones("bob"), await other("carol")
    await bob.do("subscribe", ours.user, "presence", "application/pidf+xml")
    await bob.hear("watching")
    await ours.provider.publish(Presence(Availability.ONLINE, "ở nhà"))
    assert "ở nhà" in (await bob.hear("notify"))["body"]
    await carol.provider.presence([person(ours.user)])
    await carol.until(lambda: any(event.presence.note == "ở nhà" for event in carol.all(PresenceChanged)))
    await ours.provider.publish(Presence(Availability.OFFLINE))
    await carol.until(lambda: carol.all(PresenceChanged)[-1].presence.availability is Availability.OFFLINE)


async def test_a_line_is_seen_to_ring_and_to_talk(other: Other, phones: Phones, user: Names) -> None:
    bob, carol = await phones("bob"), await phones("carol")
    ours = await other("erin", lines=(user("bob"),))
    line = person(user("bob"))
    await ours.until(lambda: ours.count(LineChanged) and ours.all(LineChanged)[-1].state is LineState.IDLE)
    await carol.do("dial", user("bob"))
    await bob.hear("incoming")
    await ours.until(lambda: ours.all(LineChanged)[-1].state is LineState.RINGING)
    rings = ours.all(LineChanged)[-1]
    assert (rings.line, rings.peer, rings.incoming) == (line, person(user("carol")), True)
    await bob.do("answer")
    await ours.until(lambda: ours.all(LineChanged)[-1].state is LineState.BUSY)
    await carol.do("hangUp")
    await ours.until(lambda: ours.all(LineChanged)[-1].state is LineState.IDLE)


async def test_a_call_that_rings_at_a_line_is_picked_up(other: Other, phones: Phones, user: Names) -> None:
    bob, carol = await phones("bob"), await other("carol")
    ours = await other("erin", lines=(user("bob"),))
    ringing = await carol.begin(user("bob"))
    await bob.hear("incoming")
    await ours.until(lambda: ours.count(LineChanged) and ours.all(LineChanged)[-1].state is LineState.RINGING)
    side = Side(OUR_HZ)
    ref = await ours.provider.pickup(person(user("bob")), media=side.peer)
    ours.sides[ref] = side
    await ours.answered()
    carol.sides[ringing].peer.start()
    assert (await bob.hear("failed"))["cause"] == "Canceled"
    await ours.hears(ref)
    await carol.hears(ringing)


async def test_the_mailbox_says_what_waits(ours: Ours, kamailio: Kamailio) -> None:
    kind = "application/simple-message-summary"
    waits = "Messages-Waiting: yes\r\nMessage-Account: sip:*97@pbx.example\r\nVoice-Message: 2/1\r\n"
    kamailio.publish(ours.user, "message-summary", kind, waits)
    await ours.until(lambda: ours.count(VoicemailChanged) and ours.all(VoicemailChanged)[-1].new == 2)
    told = ours.all(VoicemailChanged)[-1]
    assert told.old == 1
    assert told.mailbox is not None
    assert told.mailbox.text == "*97"
