"""The partner's interface: requests, refusals, dates, recordings and switches, as sections 3 to 11 have them."""

import asyncio
import io
import time
import wave
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

import av
import httpx
import pytest

from tests.simulator.voip24h.conftest import SECRET, Partner, Serve
from tuiphone.simulator.voip24h.rows import EXTERNAL, NO_ANSWER, Row, Rows
from tuiphone.simulator.voip24h.seed import sow

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
URL = "/api/v1/partner/voip24h"
EXAMPLES = (
    '{"requestType":"getUserDate","partnerSecret":"sim-secret",'
    '"data":{"user":"137","fromDate":"01/07/2018","toDate":"30/07/2018"}}',
    '{"respCode":0,"respMsg":"Success","data":[{"callId":"1532857052.131132","user":"137","phoneNumber":"0900000001",'
    '"callType":"EXTERNAL","callStatus":"NO ANSWER","callDate":"2018-07-29 16:37:32"}]}',
    '{"requestType":"makeDial","partnerSecret":"sim-secret","data":{"extension":"101","phone":"0900000002"}}',
    '{"respCode":0,"respMsg":"Success","data":{"extension":"101","phone":"0900000002"}}',
    '{"requestType":"recordingDownload","partnerSecret":"bad","data":{"callId":"1531709393.4472"}}',
    '{"respCode":-1,"respMsg":"Invalid partner secret","data":null}',
)
"""Section 11: what is asked, and what is answered."""


@pytest.mark.parametrize(
    ("what", "data", "message"),
    [
        ("getUser", {}, "Missing field: user"),
        ("getUser", {"user": " "}, "Missing field: user"),
        ("getUser", {"user": "999"}, "Unknown extension"),
        ("getDate", {"toDate": "30/07/2018"}, "Missing field: fromDate"),
        ("getUserDate", {"user": "101", "fromDate": "01/07/2018"}, "Missing field: toDate"),
        ("getDate", {"fromDate": "2018-07-01", "toDate": "30/07/2018"}, "Invalid date: fromDate"),
        ("getDate", {"fromDate": "01/07/2018", "toDate": "31/06/2018"}, "Invalid date: toDate"),
        ("getCallData", {"uniqueId": "1532857052.1"}, "Call not found"),
        ("recordingDownload", {"callId": "1532857052.1"}, "Recording not found"),
        ("recordingListen", {}, "Missing field: callId"),
        ("makeDial", {"extension": "101"}, "Missing field: phone"),
        ("makeDial", {"extension": "999", "phone": "0900000002"}, "Unknown extension"),
        ("makeDial", {"extension": "102", "phone": "0900000002"}, "Extension is not registered"),
        ("makeDial", {"extension": "101", "phone": "12"}, "Invalid phone"),
        ("makeDial", {"extension": "101", "phone": "09-00"}, "Invalid phone"),
        ("makeDial", {"extension": "101", "phone": "++8490"}, "Invalid phone"),
        ("anything", {}, "Unknown requestType"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_name(
    serve: Serve, what: str, data: dict[str, Any], message: str
) -> None:
    partner = await serve(desk_phones="101")
    assert await partner.ask(what, **data) == {"respCode": -1, "respMsg": message, "data": None}


async def test_the_examples_are_answered_to_the_letter(serve: Serve) -> None:
    partner = await serve(desk_phones="101", api_version="1.0")
    partner.server.rows.add(Row("1532857052.131132", "137", "0900000001", EXTERNAL, NO_ANSWER))
    for asked, answered in zip(EXAMPLES[::2], EXAMPLES[1::2], strict=True):
        answer = await partner.http.post(URL, content=asked)
        assert answer.text == answered


async def test_the_secret_is_looked_at_before_the_request(partner: Partner) -> None:
    for body in ({"requestType": "anything", "partnerSecret": "bad"}, {"requestType": "getUser"}, {}):
        assert (await partner.post(body)).json()["respMsg"] == "Invalid partner secret"
    assert (await partner.post({"partnerSecret": SECRET})).json()["respMsg"] == "Unknown requestType"


async def test_what_never_reaches_the_requests_has_a_status_and_the_same_envelope(partner: Partner) -> None:
    http = partner.http
    answers = [
        (400, await http.post(URL, content=b"{")),
        (400, await http.post(URL, content=b"[]")),
        (400, await http.post(URL, content=b"\xff")),
        (404, await partner.post({}, path="/api/v1/partner")),
        (405, await http.get(URL)),
        (413, await http.post(URL, content=b" " * 65_537)),
    ]
    for status, answer in answers:
        assert answer.status_code == status
        assert answer.json()["respCode"] == -1
        assert answer.json()["data"] is None


async def test_there_are_fifty_calls_of_sixty_days_newest_first(partner: Partner) -> None:
    calls = await partner.all()
    assert len(calls) == 50
    assert {call["callType"] for call in calls} == {"INBOUND", "OUTBOUND", "EXTERNAL"}
    assert {call["callStatus"] for call in calls} == {"ANSWERED", "NO ANSWER", "BUSY", "FAILED", "MISSED"}
    assert {call["user"] for call in calls} == {"101", "102", "137"}
    starts = [int(call["callId"].partition(".")[0]) for call in calls]
    assert starts == sorted(starts, reverse=True)
    assert timedelta(days=50) < timedelta(seconds=starts[0] - starts[-1]) < timedelta(days=62)
    for call, start in zip(calls, starts, strict=True):
        assert call["callDate"] == f"{datetime.fromtimestamp(start, ZONE):%Y-%m-%d %H:%M:%S}"
        assert (call["duration"] > 0) == (call["callStatus"] == "ANSWERED")
        assert call["phoneNumber"].startswith("0")


@pytest.mark.parametrize("clock", ["14:30:00", "00:00:09"])
def test_somebody_was_missed_today_and_not_called_back(clock: str) -> None:
    now = datetime.fromisoformat(f"2026-03-01 {clock}").replace(tzinfo=ZONE)
    rows = Rows(ZONE)
    sow(rows, now.timestamp())
    today = [row for row in rows.newest() if rows.time_of(row).date() == now.date()]
    assert len(today) == 5
    assert all(rows.time_of(row) <= now for row in rows)
    reached = {row.number for row in today if row.status == "ANSWERED"}
    assert {row.number for row in today if row.is_incoming} & reached
    assert len({row.number for row in today if row.is_incoming} - reached) == 3
    assert not any(row.extension == "101" for row in today)


async def test_calls_are_found_by_user_by_whole_days_and_by_both(partner: Partner) -> None:
    calls = await partner.all()
    of_user = [call for call in calls if call["user"] == "102"]
    assert await partner.data("getUser", user="102") == of_user
    assert await partner.data("getUser", user=102) == of_user
    day = datetime.fromisoformat(of_user[-1]["callDate"])
    dates = {"fromDate": f"{day:%d/%m/%Y}", "toDate": f"{day:%d/%m/%Y}"}
    on_day = [call for call in calls if call["callDate"].startswith(f"{day:%Y-%m-%d}")]
    assert await partner.data("getDate", **dates) == on_day
    assert await partner.data("getDate", user="102", **dates) == [one for one in on_day if one["user"] == "102"]
    assert await partner.data("getUserDate", user="102", **dates) == [one for one in on_day if one["user"] == "102"]
    before = f"{day - timedelta(days=1):%d/%m/%Y}"
    assert of_user[-1] not in await partner.data("getDate", fromDate="01/01/2020", toDate=before)


async def test_the_older_version_knows_neither_durations_nor_single_calls(serve: Serve) -> None:
    newer, older = await serve(), await serve(api_version="1.0")
    call = (await newer.all())[0]
    assert await newer.data("getCallData", uniqueId=call["callId"]) == call
    assert all("duration" not in one for one in await older.all())
    assert (await older.ask("getCallData", uniqueId="1.1"))["respMsg"] == "Unknown requestType"


async def recorded(partner: Partner, *, even: bool, what: str = "recordingDownload") -> tuple[dict[str, Any], str]:
    """An answered call whose id ends so, and the link to its recording."""
    call = next(
        call
        for call in await partner.all()
        if call["callStatus"] == "ANSWERED" and (int(call["callId"][-1]) % 2 == 0) == even
    )
    return call, (await partner.data(what, callId=call["callId"]))["link"]


async def test_recordings_of_odd_calls_are_gsm_as_long_as_the_call(partner: Partner) -> None:
    call, link = await recorded(partner, even=False)
    answer = await partner.http.get(link)
    assert answer.content[0] >> 4 == 0xD
    assert len(answer.content) == 33 * 50 * call["duration"]
    with av.open(io.BytesIO(answer.content), "r", format="gsm") as file:
        samples = sum(frame.samples for frame in file.decode(audio=0))
    assert samples == 8_000 * call["duration"]


async def test_recordings_of_even_calls_are_wav_as_long_as_the_call(partner: Partner) -> None:
    call, link = await recorded(partner, even=True, what="recordingListen")
    number, start = call["phoneNumber"], datetime.fromisoformat(call["callDate"])
    way = ("in", call["user"], number) if call["callType"] == "INBOUND" else ("out", number, call["user"])
    name = f"{'-'.join(way)}-{start:%Y%m%d-%H%M%S}-{call['callId']}.wav"
    assert httpx.URL(link).params["recordingFile"] == name
    assert httpx.URL(link).path == "/recording/listen"
    with wave.open(io.BytesIO((await partner.http.get(link)).content)) as file:
        assert file.getnframes() == 8_000 * call["duration"]


async def test_calls_that_nobody_answered_have_no_recording(partner: Partner) -> None:
    call = next(call for call in await partner.all() if call["callStatus"] == "MISSED")
    for what in ("recordingDownload", "recordingListen"):
        assert (await partner.ask(what, callId=call["callId"]))["respMsg"] == "Recording not found"


async def test_links_that_somebody_made_up_lead_nowhere(partner: Partner) -> None:
    _, link = await recorded(partner, even=False)
    url = httpx.URL(link)
    for name, value, status in [("host", "x", 403), ("recordingFile", "../../etc/passwd", 404)]:
        assert (await partner.http.get(url.copy_set_param(name, value))).status_code == status
    assert (await partner.http.get(str(url).replace(".gsm", "x.gsm"))).status_code == 404


async def test_links_may_name_another_host_and_lead_to_a_page(serve: Serve) -> None:
    partner = await serve(link_host="localhost:8000", listen_html=1)
    _, link = await recorded(partner, even=False, what="recordingListen")
    assert link.startswith("http://localhost:8000/recording/listen?host=")
    page = await partner.http.get(link.replace("localhost:8000", f"127.0.0.1:{partner.server.port}"))
    assert page.headers["content-type"].startswith("text/html")


async def test_answers_are_packed_and_dated_by_the_pbxs_clock(serve: Serve) -> None:
    partner = await serve(clock_behind=600)
    answer = await partner.post({"requestType": "getUser", "partnerSecret": SECRET, "data": {"user": "137"}})
    assert answer.headers["Content-Encoding"] in ("gzip", "deflate")
    began = int(partner.server.rows.new_id().partition(".")[0])
    for at in (parsedate_to_datetime(answer.headers["Date"]).timestamp(), began):
        assert time.time() - at >= 600
    partner.server.change("gzip", 0)
    assert "Content-Encoding" not in (await partner.post({})).headers


async def test_switches_for_odd_answers(serve: Serve) -> None:
    partner = await serve(sim_resp_text=1, sim_numbers=1, sim_http_status=503, sim_pad_bytes=70_000)
    body = {"requestType": "getUser", "partnerSecret": SECRET, "data": {"user": "137"}}
    answer = await partner.post(body)
    assert answer.status_code == 503
    assert len(answer.content) > 70_000
    assert answer.json()["respCode"] == "0"
    assert isinstance(answer.json()["data"][0]["phoneNumber"], int)
    change = partner.server.change
    change("sim_garbage", 1)
    assert "<html>" in (await partner.post(body)).text
    change("sim_garbage", 2)
    assert (await partner.post(body)).content == b""
    change("sim_garbage", 3)
    assert (await partner.post(body)).json()["data"] == "none"
    change("sim_garbage", 0)
    change("sim_delay_ms", 60_000)
    late = asyncio.create_task(partner.post(body))
    done, _ = await asyncio.wait([late], timeout=0.1)
    assert not done
    late.cancel()
    await asyncio.gather(late, return_exceptions=True)
