"""Requests that no client of good will sends: each is answered, and the server goes on."""

import httpx
import pytest

from tests.simulator.voip24h.conftest import SECRET, Partner
from tests.simulator.voip24h.test_others import OLD_KEYS, with_token

URL = "/api/v1/partner/voip24h"


def of_partner(content: str) -> httpx.Request:
    return httpx.Request("POST", f"http://sim{URL}", content=content.encode())


def with_data(what: str, data: str) -> httpx.Request:
    return of_partner(f'{{"requestType": {what}, "partnerSecret": "{SECRET}", "data": {data}}}')


def keys(kind: str) -> httpx.Request:
    return httpx.Request("POST", "http://sim/v3/authentication", content=b"[", headers={"Content-Type": kind})


@pytest.mark.parametrize(
    "request_",
    [
        of_partner("[" * 60_000),
        of_partner("NaN"),
        of_partner('{"partnerSecret": "\\ud800"}'),
        of_partner(f'{{"partnerSecret": "{SECRET}", "requestType": ' + "9" * 5_000 + "}"),
        with_data('"getUser"', '{"user": "\\ud800"}'),
        with_data('"getUser"', "[]"),
        with_data('["getUser"]', "{}"),
        with_data('"getDate"', '{"fromDate": "00/00/0000", "toDate": {}}'),
        with_data('"makeDial"', '{"extension": "101", "phone": true}'),
        with_data('"makeDial"', '{"extension": "101", "phone": "٠٩٠٠٠٠٠"}'),
        with_data('"recordingDownload"', '{"callId": "../../etc/passwd"}'),
        keys("multipart/form-data"),
        keys("application/json"),
        httpx.Request("GET", "http://sim/v3/call/history?dateEnd=9999-12-31&dateStart=0001-01-01"),
        httpx.Request("GET", "http://sim/v3/call/history?limit=-1"),
        httpx.Request("GET", "http://sim/v3/call/history?offset=99999999999999999999"),
        httpx.Request("GET", "http://sim/dial/search", params={**OLD_KEYS, "date_start": "²"}),
        httpx.Request("GET", "http://sim/dial/search", params={**OLD_KEYS, "start": "9" * 11}),
        httpx.Request("GET", "http://sim/dial", params={**OLD_KEYS, "sip": "\x00", "phone": "<b>"}),
        httpx.Request("GET", "http://sim/recording/listen?recordingFile=%00"),
    ],
    ids=lambda request: None,
)  # fmt: skip
async def test_it_is_refused_or_answered_and_nothing_breaks(partner: Partner, request_: httpx.Request) -> None:
    headers = {**request_.headers, **await with_token(partner)}
    url = request_.url.copy_with(port=partner.server.port, host="127.0.0.1")
    answer = await partner.http.request(
        request_.method, url, content=request_.content, headers={**headers, "host": "sim"}
    )
    assert answer.status_code < 500
    assert (await partner.ask("getUser", user="101"))["respCode"] == 0
