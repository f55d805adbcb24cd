"""Logging in, staying logged in and being thrown out, against a server that does as the test says."""

import asyncio
import base64
import logging
import traceback
from pathlib import Path

import pytest

from tests.fakes import soon, until
from tests.providers.prostiezvonki.server import (
    PARTY,
    PASSWORD,
    ScriptedServer,
    connected,
    event,
    settings,
)
from tests.providers.rig import Account, account
from tests.providers.sip.account.certificates import Authority
from tests.providers.test_links import unused_port
from tuiphone.core.call import EndReason
from tuiphone.core.checkup import Finding, Verdict
from tuiphone.core.errors import AccessDenied, ConnectionLost, PhoneError, TryLater
from tuiphone.core.events import (
    CallAnswered,
    CallEnded,
    CallInterrupted,
    CallStarted,
    ConnectionChanged,
    DeskCallChanged,
    Link,
)
from tuiphone.core.model import Address, AddressKind
from tuiphone.core.redact import redact
from tuiphone.core.secret import Secret
from tuiphone.providers import links
from tuiphone.providers.prostiezvonki import codes, session
from tuiphone.providers.prostiezvonki.client import Prostiezvonki

TO = Address(AddressKind.PHONE, PARTY)
CID = base64.b64encode(PASSWORD.encode()).decode()
RESPONSE = "<Response><Code>0</Code><RequestID>1</RequestID></Response>"


async def ended(desk: Account) -> PhoneError:
    """What `run` raises."""
    assert desk.running is not None
    with pytest.raises(PhoneError) as error:
        await soon(desk.running)
    return error.value


async def examined(desk: Account) -> list[Finding]:
    return [finding async for finding in desk.provider.examine()]


async def test_the_query_string_is_the_whole_log_in() -> None:
    more = {"broadcast_mask": 63, "broadcast_group": "sales", "password": Secret("~~~???>>>")}
    async with connected(**more) as (_, client, _):
        assert client.path == (
            "/?CID=fn5+Pz8/Pj4+&CT=jsapi&GID=101&PhoneNumber=101&BroadcastEventsMask=63&BroadcastGroup=sales"
            "&PzProtocolVersion=2"
        )
        assert client.socket.subprotocol is None
        assert client.requests == []


async def test_a_silent_server_counts_as_connected_after_a_moment() -> None:
    async with ScriptedServer() as server, account(settings(server.host), kind=Prostiezvonki) as desk:
        desk.start()
        await server.client()
        assert (await desk.told(ConnectionChanged)).link is Link.ONLINE
        assert (desk.provider.identity, desk.provider.hosts) == ("101", frozenset({"127.0.0.1"}))


async def test_the_first_frame_makes_it_connected_and_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SETTLED_SECONDS", 3600.0)
    async with ScriptedServer() as server, account(settings(server.host), kind=Prostiezvonki) as desk:
        desk.start()
        await (await server.client()).say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        assert [type(one) for one in desk.events[:2]] == [ConnectionChanged, CallStarted]


@pytest.mark.parametrize("code", sorted({**codes.STOPS, **codes.PASSES}))
async def test_each_refusal_is_a_sentence_and_has_its_reaction(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SETTLED_SECONDS", 3600.0)
    async with ScriptedServer() as server, account(settings(server.host), kind=Prostiezvonki) as desk:
        desk.start()
        await (await server.client()).socket.close(code, "reason in English")
        error = await ended(desk)
        assert desk.events == [], "it never was connected"
        assert str(error).endswith(f". ({code})")
        assert "English" not in str(error)
        if code in (4001, 4007):
            assert isinstance(error, TryLater)
            assert error.seconds == 60.0
        else:
            assert isinstance(error, AccessDenied)
        hint = {4006: "client_type", 4008: "password", 4009: "extension"}.get(code, "")
        assert hint in str(error)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000, 4010])
async def test_any_other_close_is_followed_by_another_try(code: int) -> None:
    async with connected() as (_, client, desk):
        await client.socket.close(code, "reason in English")
        error = await ended(desk)
        assert type(error) is ConnectionLost
        assert str(error).endswith(f" closed the connection (code {code}).")


async def test_a_link_that_breaks_is_lost_and_comes_back_with_its_calls() -> None:
    async with connected() as (server, client, desk):
        await client.say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        client.socket.transport.abort()
        assert isinstance(await ended(desk), ConnectionLost)
        assert desk.all(CallInterrupted)[-1].on
        desk.start()
        again = await server.client()
        await until(lambda: desk.count(CallInterrupted) == 2)
        await again.say(event(4, frm=PARTY, to="101", duration=0, direction=0, missed=1))
        assert (await desk.told(CallEnded)).reason is EndReason.MISSED


async def test_being_thrown_out_ends_calls_nobody_will_tell_of_any_more() -> None:
    async with connected() as (_, client, desk):
        await client.say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        await client.socket.close(4009)
        assert isinstance(await ended(desk), AccessDenied)
        over = desk.all(CallEnded)[0]
        assert over.reason is EndReason.LOST
        assert "(4009)" in (over.detail or "")


async def test_an_account_that_was_switched_off_ends_no_call_later() -> None:
    async with connected() as (server, client, desk):
        await client.say(event(2, frm=PARTY, to="101"))
        ref = (await desk.told(CallStarted)).ref
        await desk.stop()
        assert desk.provider._calls.find(ref) is None
        desk.start()
        await (await server.client()).say(event(32, frm=PARTY, to="101"))
        started, answered = await desk.told(CallStarted, 2), await desk.told(CallAnswered)
        assert started.ref == answered.ref != ref
        assert desk.all(CallEnded) == [], "that was told already by who switched it off"


async def test_a_password_that_cannot_be_sent_any_more_ends_them_too() -> None:
    passwords = iter(["short", "x" * 33])

    async def command() -> str:
        return next(passwords)

    async with connected(password=Secret(command)) as (_, client, desk):
        await client.say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        client.socket.transport.abort()
        assert isinstance(await ended(desk), ConnectionLost)
        desk.start()
        assert isinstance(await ended(desk), AccessDenied)
        assert desk.all(CallEnded)[0].reason is EndReason.LOST


async def test_a_password_that_is_too_long_is_never_sent() -> None:
    async def command() -> str:
        return "x" * 33

    async with ScriptedServer() as server:
        given = settings(server.host, password=Secret(command))
        async with account(given, kind=Prostiezvonki) as desk:
            desk.start()
            error = await ended(desk)
        assert isinstance(error, AccessDenied)
        assert str(error) == "The password was not sent: it has 33 characters; Prostiezvonki takes 32 at most."
        assert server.arrivals.empty()


async def test_a_secured_wire_carries_documents_as_they_are(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with ScriptedServer(tls=authority.serving()) as server:
        trusting = settings(server.host, verify_tls=False)
        async with account(trusting, kind=Prostiezvonki) as desk:
            desk.start()
            client = await server.client()
            await desk.told(ConnectionChanged)
            await desk.provider.dial(TO)
            assert (await client.hear("Call"))["To"] == PARTY
            await client.say(event(8, frm="101", to=PARTY))
            looking = asyncio.create_task(examined(desk))
            await (await server.client()).socket.close(4008)
            verdicts = {finding.what: finding for finding in await soon(looking)}
            assert "not verified" in verdicts["TLS"].said
            assert verdicts["certificate"].verdict is Verdict.WARN
        async with account(settings(server.host), kind=Prostiezvonki) as careful:
            careful.start()
            assert "certificate that cannot be trusted" in str(await ended(careful))


# -- nonsense and silence ---------------------------------------------------------------------------------------------


async def test_twenty_bad_frames_in_a_row_end_the_link_with_1002(caplog: pytest.LogCaptureFixture) -> None:
    async with connected() as (_, client, desk):
        for bad in ("!?", "<Event/>"):
            for _ in range(19):
                await client.socket.send(bad)
            await client.say("<fine/>")
        await client.say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
        for _ in range(20):
            await client.socket.send("<Event/>")
        error = await ended(desk)
        assert isinstance(error, ConnectionLost)
        assert "20 frames in a row" in str(error)
        await soon(client.socket.wait_closed())
        assert client.socket.close_code == 1002
    assert sum("dropped a frame" in line for line in caplog.messages) == 20, "and fill no log"


@pytest.mark.parametrize("every_fifth", ["", RESPONSE], ids=["events", "with responses"])
async def test_a_frame_of_many_events_lets_others_have_their_turn(every_fifth: str) -> None:
    async with connected() as (_, client, desk):
        turns: set[int] = set()

        async def other() -> None:
            while True:
                turns.add(desk.count(DeskCallChanged))
                await asyncio.sleep(0)

        looking = asyncio.create_task(other())
        told = [event(1, str(number), frm=PARTY) for number in range(200)]
        if every_fifth:
            told[4::5] = [every_fifth] * 40
        await client.say(f"<a>{''.join(told)}</a>")
        await desk.told(DeskCallChanged, 200 - told.count(every_fifth))
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
        assert len(turns) > 20


async def test_events_of_strange_types_are_dropped_and_fill_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger=session.__name__)
    async with connected() as (_, client, desk):
        await client.say(*[event(1000 + number % 50, frm=PARTY, to="101") for number in range(300)])
        await client.say(event(64, frm=PARTY, to="101"), event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)
    assert sum("means nothing here" in line for line in caplog.messages) == 20


async def test_binary_frames_are_nothing() -> None:
    async with connected() as (_, client, desk):
        for _ in range(25):
            await client.socket.send(b"\0<Event/>")
        await client.say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)


@pytest.mark.parametrize("frame", ["A" * 10_000_000, "<a>" * 3_000_000], ids=["base64", "xml"])
async def test_a_frame_of_ten_megabytes_ends_the_link_and_fills_nothing(frame: str) -> None:
    async with connected() as (_, client, desk):
        sending = asyncio.create_task(client.socket.send(frame))
        assert "more than 256 KB at once" in str(await ended(desk))
        await asyncio.gather(sending, return_exceptions=True)
        assert sum(len(kept.body) for kept in desk.provider.trace) < 100_000


async def test_a_server_that_is_silent_is_asked_and_lost_when_it_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.01)
    async with connected() as (_, client, desk):
        monkeypatch.setattr(links, "PONG_SECONDS", 0.05)
        # A peer that is there no more: what comes is read by nobody.
        client.socket.transport.pause_reading()
        assert "gives no sign of life" in str(await ended(desk))
        client.socket.transport.abort()


async def test_a_server_that_is_silent_but_there_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "SILENCE_SECONDS", 0.005)
    async with connected() as (_, client, desk):
        pings: list[int] = []
        ping = links.FrameSocket.ping

        async def counted(socket: links.FrameSocket) -> None:
            await ping(socket)
            pings.append(1)

        monkeypatch.setattr(links.FrameSocket, "ping", counted)
        await until(lambda: len(pings) > 3)
        assert desk.running is not None
        assert not desk.running.done()
        await client.say(event(2, frm=PARTY, to="101"))
        await desk.told(CallStarted)


async def test_after_sleep_the_link_is_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()

    async def ping(_: links.FrameSocket) -> None:
        asked.set()

    monkeypatch.setattr(links.FrameSocket, "ping", ping)
    async with connected() as (_, _, desk):
        desk.provider.stirred()
        await soon(asked.wait())


async def test_without_a_link_commands_are_refused_in_a_sentence() -> None:
    async with account(settings(), kind=Prostiezvonki) as desk:
        for command in (
            desk.provider.dial(TO),
            desk.provider.send_text(TO, "x"),
            desk.provider.redirect("7", TO),
            desk.provider.pickup(Address(AddressKind.PHONE, "102")),
            desk.provider.transfer("7", TO),
        ):
            with pytest.raises(ConnectionLost, match="no connection to the PBX"):
                await command
        assert desk.events == []


# -- secrets ----------------------------------------------------------------------------------------------------------


async def test_the_password_is_in_no_log_trace_or_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    async with ScriptedServer() as server:
        for code in (4008, 1011, 1000):
            async with account(settings(server.host), kind=Prostiezvonki) as desk:
                desk.start()
                client = await server.client()
                assert CID in client.path
                await client.say("<Hello/>", f"<a>{event(2, frm=PASSWORD, to='101')}</a>")
                await desk.told(CallStarted)
                await client.socket.close(code, f"no: {CID}")
                said += traceback.format_exception(await ended(desk))
                said += [f"{frame.label} {frame.body}" for frame in desk.provider.trace]
    nobody = f"ws://127.0.0.1:{await unused_port()}"
    for host in (nobody, "ws://[::1%25x]:1", "ws://no such host:1"):
        async with account(settings(host), kind=Prostiezvonki) as desk:
            desk.start()
            said += traceback.format_exception(await ended(desk))
            said += [frame.label for frame in desk.provider.trace]
    assert any("4008" in line for line in said)
    records = [record for record in caplog.records if not record.name.startswith("websockets.server")]
    said += [redact(caplog.handler.format(record)) for record in records]
    # The store's log and every screen redact once more; a traceback alone has only what libraries put into it.
    for line in map(redact, said):
        assert CID not in line
        assert PASSWORD not in line
    assert not [line for line in said if "CID=" in line or "PhoneNumber=" in line]


def test_a_log_in_in_any_text_is_blacked_out() -> None:
    assert redact("GET /?CID=c2hvcnQ=&CT=jsapi HTTP/1.1") == "GET /?CID=•••&CT=jsapi HTTP/1.1"


# -- doctor -----------------------------------------------------------------------------------------------------------


async def test_the_examination_logs_nobody_in() -> None:
    async with ScriptedServer() as server, account(settings(server.host), kind=Prostiezvonki) as desk:
        looking = asyncio.create_task(examined(desk))
        client = await server.client()
        assert client.path == "/?PzProtocolVersion=2"
        await client.socket.close(4008)
        found = [(finding.what, finding.verdict) for finding in await soon(looking)]
        assert found == [("TCP", Verdict.GOOD), ("WebSocket", Verdict.GOOD), ("log-in", Verdict.GOOD)]
