"""The account's ears: people, lines and the mailbox from the wire to the phone's events, and over a lost connection."""

import asyncio
import re
from typing import Any

import pytest

from tests.core.conftest import settle
from tests.providers.sip.events.conftest import Server, settings
from tests.providers.sip.events.test_documents import OPEN, PIDF, dialog, info
from tuiphone.core.events import LineChanged, PresenceChanged, ProviderEvent, ProviderFaulted, VoicemailChanged
from tuiphone.core.model import Address, AddressKind, Availability, LineState, Presence
from tuiphone.providers.sip.events import AT_ONCE, Events
from tuiphone.providers.sip.message import Request

BOB, CAROL = Address(AddressKind.USER, "bob"), Address(AddressKind.USER, "carol@other.example")
LINE = Address(AddressKind.USER, "102")
CALLER = Address(AddressKind.USER, "bob", "Bob")
IDLE, RINGING, BUSY, UNKNOWN = LineState


class Desk:
    """The events of alice's account, and a server that grants what is asked."""

    def __init__(self, server: Server, **more: Any) -> None:
        self.server = server
        self.told: list[ProviderEvent] = []
        self.events = Events(settings(**more), self.told.append, server.agent)
        server.answers["SUBSCRIBE"] = (200, {"Expires": "3600"})

    async def online(self) -> None:
        """Registered."""
        self.server.open()
        self.events.online()
        await settle()

    def asked(self, event: str) -> list[Request]:
        """The subscriptions to these events, oldest first."""
        return [one for one in self.server.requests("SUBSCRIBE") if one.headers.get("Event") == event]

    def of(self, kind: type) -> list[Any]:
        """What was told of this kind."""
        return [one for one in self.told if isinstance(one, kind)]


async def test_people_are_watched_at_their_own_hosts_and_telephones_are_not(server: Server) -> None:
    desk = Desk(server)
    await desk.online()
    await desk.events.presence([BOB, CAROL, BOB, Address(AddressKind.PHONE, "+84901234567")])
    await settle()
    assert [str(one.uri) for one in desk.asked("presence")] == ["sip:bob@pbx.example", "sip:carol@other.example"]
    server.notify(desk.asked("presence")[0], PIDF.format(OPEN.format("<note>hi</note>")))
    assert desk.of(PresenceChanged) == [PresenceChanged(BOB, Presence(Availability.ONLINE, "hi"))]
    server.notify(desk.asked("presence")[0], state="terminated;reason=rejected")
    assert desk.of(PresenceChanged)[-1] == PresenceChanged(BOB, Presence())


async def test_who_is_no_longer_wanted_is_let_go_and_who_is_new_is_added(server: Server) -> None:
    desk = Desk(server)
    await desk.online()
    await desk.events.presence([BOB])
    await settle()
    await desk.events.presence([CAROL])
    await settle()
    asked = [(str(one.to.uri), one.headers.get("Expires")) for one in desk.asked("presence")]
    assert sorted(asked) == [
        ("sip:bob@pbx.example", "0"),
        ("sip:bob@pbx.example", "3600"),
        ("sip:carol@other.example", "3600"),
    ]


async def test_people_named_before_the_connection_are_watched_with_it_and_again_with_the_next(server: Server) -> None:
    desk = Desk(server)
    await desk.events.presence([BOB])
    await desk.online()
    assert len(desk.asked("presence")) == 1
    desk.events.offline()
    server.lose()
    await desk.online()
    assert [one.to.tag for one in desk.asked("presence")] == [None, "srv"]


async def test_the_settings_may_want_nobody_watched(server: Server) -> None:
    desk = Desk(server, presence=False)
    await desk.online()
    await desk.events.presence([BOB])
    await settle()
    assert desk.asked("presence") == []


async def test_a_server_without_presence_is_not_asked_about_everybody(server: Server) -> None:
    desk = Desk(server)
    server.answers["SUBSCRIBE"] = (489, {})
    await desk.online()
    people = [Address(AddressKind.USER, f"user{number}") for number in range(200)]
    await desk.events.presence(people)
    await asyncio.sleep(100)
    assert len(desk.asked("presence")) <= 2 * AT_ONCE
    assert desk.of(ProviderFaulted) == [], "nobody asked for it by name"
    desk.events.offline()
    server.lose()
    server.answers["SUBSCRIBE"] = (200, {})
    await desk.online()
    await asyncio.sleep(100)
    assert len({str(one.to.uri) for one in desk.asked("presence")}) == 200, "this one may have it"


async def test_everybody_who_is_watched_leaves_room_for_calls(server: Server) -> None:
    desk = Desk(server)
    await desk.online()
    await desk.events.presence([Address(AddressKind.USER, f"user{number}") for number in range(400)])
    await asyncio.sleep(1)
    assert len(server.agent.dialogs) > 400
    server.ask("NOTIFY", Event="presence")
    assert server.last.status == 489, "not 503: come back later"


async def test_lines_of_the_settings_are_known_at_once_and_told_as_they_change(server: Server) -> None:
    desk = Desk(server, lines=("102", "sip:103@other.example"))
    await desk.online()
    assert [event.line.text for event in desk.of(LineChanged)] == ["102", "103@other.example"]
    assert {event.state for event in desk.of(LineChanged)} == {UNKNOWN}
    asked = desk.asked("dialog")[0]
    server.notify(asked, info().decode())
    server.notify(asked, info(dialog("early"), version=2).decode())
    server.notify(asked, info(dialog("confirmed"), version=3).decode())
    assert desk.of(LineChanged)[2:] == [
        LineChanged(LINE, IDLE),
        LineChanged(LINE, RINGING, CALLER, incoming=True),
        LineChanged(LINE, BUSY, CALLER, incoming=True),
    ]


async def test_a_call_that_rings_at_a_line_is_there_to_be_taken(server: Server) -> None:
    desk = Desk(server, lines=("102",))
    await desk.online()
    assert desk.events.dialog_of(LINE) is None
    server.notify(desk.asked("dialog")[0], info(dialog("early")).decode())
    found = desk.events.dialog_of(LINE)
    assert found is not None
    assert str(found.replaces) == "c1;to-tag=rt;from-tag=lt;early-only"
    assert desk.events.dialog_of(BOB) is None


async def test_of_several_devices_of_a_line_the_one_that_rings_is_shown(server: Server) -> None:
    desk = Desk(server, lines=("102",))
    await desk.online()
    asked = desk.asked("dialog")[0]
    server.notify(asked, info(dialog("confirmed")).decode(), tag="srv", cseq=1)
    server.notify(asked, info(dialog("early")).decode(), tag="desk", cseq=1)
    assert desk.of(LineChanged)[-1].state is RINGING
    server.notify(asked, info(version=2).decode(), tag="desk", cseq=2)
    assert desk.of(LineChanged)[-1].state is BUSY
    server.notify(asked, tag="srv", cseq=2, state="terminated;reason=noresource")
    assert desk.of(LineChanged)[-1].state is IDLE


async def test_when_something_was_missed_all_of_it_is_asked_for(server: Server) -> None:
    desk = Desk(server, lines=("102",))
    await desk.online()
    server.notify(desk.asked("dialog")[0], info().decode())
    server.notify(desk.asked("dialog")[0], info(dialog("early"), version=5, state="partial").decode())
    assert desk.of(LineChanged)[-1].state is RINGING
    await asyncio.sleep(2)
    assert len(desk.asked("dialog")) == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, "There is no line 10[23] to watch"), (489, "does not tell what other lines do"), (403, "cannot be watched")],
)
async def test_a_line_that_cannot_be_watched_is_told_of_once(server: Server, status: int, said: str) -> None:
    desk = Desk(server, lines=("102", "103"))
    server.answers["SUBSCRIBE"] = (status, {})
    for _ in range(3):
        await desk.online()
        desk.events.offline()
        server.lose()
    told = [event.detail for event in desk.of(ProviderFaulted)]
    assert len(told) == len(set(told)) == (1 if status == 489 else 2)
    assert all(re.search(said, sentence) for sentence in told)


async def test_lines_that_nobody_could_call_do_not_break_the_account(server: Server) -> None:
    desk = Desk(server, lines=("", "a b", "102", "102", "x@"))
    await desk.online()
    assert [event.line.text for event in desk.of(LineChanged)] == ["102"]


async def test_what_waits_in_the_mailbox_is_told_with_the_number_to_call(server: Server) -> None:
    desk = Desk(server)
    await desk.online()
    asked = desk.asked("message-summary")[0]
    assert str(asked.uri) == "sip:alice@pbx.example"
    server.notify(asked, "Messages-Waiting: yes\r\nMessage-Account: sip:*97@pbx.example\r\nVoice-Message: 2/1\r\n")
    assert desk.of(VoicemailChanged) == [VoicemailChanged(2, 1, Address(AddressKind.USER, "*97"))]


async def test_the_mailbox_of_the_settings_comes_first_and_can_be_called_before_anything_is_told(
    server: Server,
) -> None:
    desk = Desk(server, mailbox="*98")
    await desk.online()
    own = Address(AddressKind.USER, "*98")
    server.notify(
        desk.asked("message-summary")[0], "Messages-Waiting: yes\r\nMessage-Account: sip:*97@x\r\nVoice-Message: 2/1"
    )
    assert desk.of(VoicemailChanged) == [VoicemailChanged(0, 0, own), VoicemailChanged(2, 1, own)]


async def test_the_mailbox_is_heard_of_unasked_too_and_nothing_else_is(server: Server) -> None:
    desk = Desk(server)
    await desk.online()
    summary = {"Content_Type": "application/simple-message-summary", "Subscription_State": "active"}
    server.ask("NOTIFY", "Messages-Waiting: yes\r\nVoice-Message: 3/0\r\n", Event="message-summary", **summary)
    assert (server.last.status, desk.of(VoicemailChanged)) == (200, [VoicemailChanged(3, 0)])
    server.ask("NOTIFY", "nonsense", Event="message-summary", **summary)
    assert server.last.status == 200
    for event in ("check-sync", "presence", "dialog"):
        server.ask("NOTIFY", "x", Event=event)
        assert server.last.status == 489
    server.ask("NOTIFY")
    assert server.last.status == 489
    assert len(desk.of(VoicemailChanged)) == 1


async def test_the_next_connection_does_not_say_that_nothing_waits(server: Server) -> None:
    desk = Desk(server, mailbox="*98")
    await desk.online()
    server.notify(desk.asked("message-summary")[0], "Messages-Waiting: yes\r\nVoice-Message: 2/1\r\n")
    desk.events.offline()
    server.lose()
    await desk.online()
    assert desk.of(VoicemailChanged)[-1].new == 2


async def test_who_asks_what_we_can_do_is_told(server: Server) -> None:
    desk = Desk(server)
    server.agent.on("MESSAGE", lambda incoming: None)
    await desk.online()
    server.ask("OPTIONS")
    assert server.last.status == 200
    assert "application/sdp" in (server.last.headers.get("Accept") or "")
    assert "MESSAGE" in (server.last.headers.get("Allow") or "")
