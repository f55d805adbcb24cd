"""makeDial, calls that come in, and what becomes of them: at desk phones, at a stand-in, and over SIP."""

import asyncio
import contextlib
import io
import wave
from typing import Any

import pytest

from tests.fakes import until
from tests.simulator.sip.media import Media
from tests.simulator.sip.phone import Phone
from tests.simulator.voip24h.conftest import Partner, Serve
from tuiphone.simulator.leg import Kind, LegCall, Refused
from tuiphone.simulator.loopback import keep_to_loopback
from tuiphone.simulator.sip import Sip


class FakeCall:
    """A call that lasts until somebody says so."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.echoes = False
        self.rang = 0

    async def ringback(self, seconds: float) -> None:
        self.rang += 1
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ended()

    def echo(self) -> None:
        self.echoes = True

    def recording(self) -> bytes:
        return b"RIFF of this call"

    async def ended(self) -> None:
        await self.over.wait()

    async def hang_up(self) -> None:
        self.over.set()


class FakeLeg:
    """Extension 101 is there; it answers, or refuses."""

    def __init__(self) -> None:
        self.refuses: Kind | None = None
        self.rings: list[tuple[str, str]] = []
        self.call = FakeCall()
        self.answers = asyncio.Event()
        self.answers.set()

    def is_registered(self, extension: str) -> bool:
        return extension == "101"

    async def ring(self, extension: str, caller: str, *, seconds: float = 0) -> LegCall:
        self.rings.append((extension, caller))
        await self.answers.wait()
        if self.refuses:
            raise Refused(self.refuses)
        return self.call


async def newest(partner: Partner, *, of: str = "101") -> dict[str, Any]:
    """The row of the one call that was made, once it is there."""
    made = list(partner.server.calls.calls)
    assert len(made) == 1
    await until(lambda: partner.server.rows.find(made[0]))
    row = await partner.data("getCallData", uniqueId=made[0])
    assert (await partner.data("getUser", user=of))[0] == row
    return row


@pytest.fixture
async def leg(partner: Partner) -> FakeLeg:
    made = FakeLeg()
    partner.server.use_leg(made)
    return made


@pytest.mark.parametrize(
    ("phone", "refuses", "status", "rang"),
    [
        ("0900000010", None, "BUSY", 1),
        ("0900000009", None, "NO ANSWER", 2),
        ("0900000002", "busy", "BUSY", 0),
        ("0900000002", "declined", "BUSY", 0),
        ("0900000002", "silent", "NO ANSWER", 0),
        ("0900000002", "unregistered", "NO ANSWER", 0),
    ],
)
async def test_a_dial_that_comes_to_nothing_is_a_row(
    partner: Partner, leg: FakeLeg, phone: str, refuses: Kind | None, status: str, rang: int
) -> None:
    leg.refuses = refuses
    given = {"extension": "101", "phone": phone}
    assert await partner.data("makeDial", **given) == given
    row = await newest(partner)
    assert (row["phoneNumber"], row["callType"], row["callStatus"]) == (phone, "EXTERNAL", status)
    assert row["duration"] == 0
    assert leg.call.rang == rang
    assert leg.call.over.is_set() == (refuses is None)


async def test_a_dial_is_answered_at_once_and_its_row_comes_when_it_is_over(partner: Partner, leg: FakeLeg) -> None:
    leg.answers.clear()
    await partner.data("makeDial", extension="101", phone="+84900000002")
    await until(lambda: leg.rings)
    assert leg.rings == [("101", "+84900000002")]
    leg.answers.set()
    await until(lambda: leg.call.echoes)
    id = next(iter(partner.server.calls.calls))
    assert (await partner.ask("getCallData", uniqueId=id))["respMsg"] == "Call not found"
    leg.call.over.set()
    row = await newest(partner)
    assert row["callStatus"] == "ANSWERED"
    assert row["duration"] >= 1
    link = (await partner.data("recordingDownload", callId=row["callId"]))["link"]
    assert (await partner.http.get(link)).content == b"RIFF of this call"


async def test_an_extension_that_hangs_up_while_it_hears_ringing_was_not_connected(
    partner: Partner, leg: FakeLeg
) -> None:
    leg.call.over.set()
    await partner.data("makeDial", extension="101", phone="0900000002")
    assert (await newest(partner))["callStatus"] == "NO ANSWER"
    assert not leg.call.echoes


@pytest.mark.parametrize(("switch", "caller"), [("phone", "0900000002"), ("extension", "101"), ("none", "")])
async def test_the_callers_number_of_the_pbx_is_a_switch(
    partner: Partner, leg: FakeLeg, switch: str, caller: str
) -> None:
    partner.server.change("caller_id", switch)
    await partner.data("makeDial", extension="101", phone="0900000002")
    await until(lambda: leg.rings)
    assert leg.rings == [("101", caller)]


async def test_a_desk_phone_counts_as_registered_and_takes_part_by_timers(serve: Serve) -> None:
    partner = await serve(desk_phones="102, 137")
    await partner.data("makeDial", extension="137", phone="0900000002")
    row = await newest(partner, of="137")
    assert (row["user"], row["callStatus"]) == ("137", "ANSWERED")


async def test_somebody_calls_an_extension_that_is_there_and_one_that_is_not(partner: Partner, leg: FakeLeg) -> None:
    answer = (await partner.http.post("/sim/inbound", json={"from": "0900000005", "to": "101"})).json()
    await until(lambda: leg.call.echoes)
    state = (await partner.http.get("/sim/state")).json()
    assert state["online"] == ["101"]
    assert state["calls"][0] == {
        "id": answer["callId"], "from": "0900000005", "to": "101", "answered": True, "ended": False,
        "status": "ANSWERED",
    }  # fmt: skip
    assert (await partner.http.post("/sim/hangup", json={"callId": answer["callId"]})).json() == {"r": 0}
    row = await newest(partner)
    assert (row["callType"], row["callStatus"]) == ("INBOUND", "ANSWERED")
    await partner.http.post("/sim/inbound", json={"from": "0900000006", "to": "102"})
    missed = (await partner.data("getUser", user="102"))[0]
    assert (missed["phoneNumber"], missed["callType"], missed["callStatus"]) == ("0900000006", "INBOUND", "MISSED")


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("inbound", {"from": "0900000005", "to": "999"}),
        ("inbound", {"from": "nobody", "to": "101"}),
        ("inbound", {"to": "101"}),
        ("set", {"key": "port", "value": 1}),
        ("set", {"key": "caller_id", "value": "mine"}),
        ("dance", {}),
    ],
)
async def test_control_calls_that_make_no_sense_are_refused(partner: Partner, what: str, body: dict[str, Any]) -> None:
    assert (await partner.http.post(f"/sim/{what}", json=body)).status_code == 400


async def test_requests_that_came_are_told_without_the_secret(partner: Partner) -> None:
    await partner.ask("getUser", user="101")
    await partner.http.get("/dial/history", params={"voip": "a", "secret": "b", "start": "1"})
    heard = (await partner.http.get("/sim/heard")).json()["heard"]
    assert heard == [
        {"path": "/api/v1/partner/voip24h", "requestType": "getUser", "data": {"user": "101"}},
        {"path": "/dial/history", "start": "1"},
    ]


async def test_a_dial_over_sip_is_heard_and_recorded(partner: Partner) -> None:
    keep_to_loopback()
    sip = Sip("127.0.0.1", {"port": 0})
    await sip.start()
    try:
        partner.server.use_leg(sip.leg)
        assert (await partner.ask("makeDial", extension="101", phone="0900000002"))["respCode"] == -1
        async with Phone(sip.url, "alice") as alice, Media(300) as media:
            await alice.register()
            await partner.data("makeDial", extension="101", phone="0900000002")
            invite = await alice.rung()
            talk = await alice.take_up(invite, body=await media.answer(invite.body))
            await media.ear.tone(300)
            await talk.hang_up()
            row = await newest(partner)
        assert row["callStatus"] == "ANSWERED"
        link = (await partner.data("recordingDownload", callId=row["callId"]))["link"]
        with wave.open(io.BytesIO((await partner.http.get(link)).content)) as file:
            assert file.getnframes() > 8_000 / 2
    finally:
        await sip.close()
