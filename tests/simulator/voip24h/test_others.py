"""The vendor's other interfaces, v3 and dial, on the same port (section 8)."""

from typing import Any

import pytest

from tests.fakes import until
from tests.simulator.voip24h.conftest import Partner, Serve

KEYS = {"apiKey": "sim-key", "apiSecret": "sim-api-secret"}
OLD_KEYS = {"voip": "5e1f" * 10, "secret": "c0de" * 8}


async def with_token(partner: Partner) -> dict[str, str]:
    """The header for the interface v3."""
    answer = await partner.http.post("/v3/authentication", json=KEYS)
    return {"Authorization": f"Bearer {answer.json()['data']['token']}"}


@pytest.mark.parametrize(
    ("style", "status", "names"),
    [
        ("live", 200, {"token", "createAt", "expired", "isLongLive"}),
        ("text", 1_000, {"token", "createAt", "expried", "isLonglive"}),
    ],
)
async def test_two_keys_buy_a_token_in_either_spelling(serve: Serve, style: str, status: int, names: set[str]) -> None:
    partner = await serve(token_style=style)
    for given in (
        await partner.http.post("/v3/authentication", json={**KEYS, "isLonglive": True}),
        await partner.http.post("/v3/authentication", data={**KEYS, "isLonglive": "true"}),
    ):
        answer = given.json()
        assert answer["status"] == status
        assert set(answer["data"]) == names
        assert answer["data"].get("isLongLive", answer["data"].get("isLonglive")) is True


async def test_without_a_good_token_nothing_is_told(partner: Partner) -> None:
    for body in ({**KEYS, "apiSecret": "bad"}, {}, []):
        refusal = await partner.http.post("/v3/authentication", json=body)
        assert (refusal.status_code, refusal.json()["status"]) == (401, 401)
    header = await with_token(partner)
    bare = {"Authorization": header["Authorization"].removeprefix("Bearer ")}
    assert (await partner.http.get("/v3/call/history", headers=bare)).status_code == 200
    await partner.http.post("/sim/expire", json={})
    for headers in (header, {}):
        assert (await partner.http.get("/v3/call/history", headers=headers)).status_code == 401


async def v3(partner: Partner, **query: Any) -> dict[str, Any]:
    answer = await partner.http.get("/v3/call/history", params=query, headers=await with_token(partner))
    assert answer.status_code == 200
    return answer.json()


async def test_history_is_filtered_and_told_page_by_page(partner: Partner) -> None:
    calls = await partner.all()
    page = await v3(partner, offset=10, limit=5)
    assert [one["id"] for one in page["data"]] == [one["callId"] for one in calls[10:15]]
    assert (page["offset"], page["limit"], page["totalData"]) == (10, 5, 50)
    found = await v3(partner, extension="101,137", status="no_answer,MISSED", type="inbound")
    assert {one["id"] for one in found["data"]} == {
        one["callId"]
        for one in calls
        if one["user"] in ("101", "137") and one["callStatus"] in ("NO ANSWER", "MISSED")
        and one["callType"] == "INBOUND"
    }  # fmt: skip
    day = calls[20]["callDate"][:10]
    on_day = [one["callId"] for one in calls if one["callDate"].startswith(day)]
    assert [one["id"] for one in (await v3(partner, dateStart=day, dateEnd=day))["data"]] == on_day
    moment = calls[20]["callDate"]
    assert calls[20]["callId"] in [one["id"] for one in (await v3(partner, dateStart=moment, dateEnd=moment))["data"]]
    wrong = await partner.http.get("/v3/call/history", params={"dateStart": "soon"}, headers=await with_token(partner))
    assert (wrong.status_code, wrong.json()["error"]["message"]) == (400, "Invalid dateStart")


@pytest.mark.parametrize(("style", "written"), [("int", 64), ("hms", "00:01:04"), ("ms", "01:04")])
async def test_durations_have_three_shapes(serve: Serve, style: str, written: object) -> None:
    partner = await serve(billsec=style)
    assert written in [one["billsec"] for one in (await v3(partner, limit=50))["data"]]
    answer = (await partner.http.get("/dial/history", params=OLD_KEYS)).json()
    assert written in [one["billsec"] for one in answer["result"]["data"]]


async def test_v3_has_recordings_as_wav_and_dials(partner: Partner) -> None:
    headers = await with_token(partner)
    item = next(one for one in (await v3(partner))["data"] if one["recordingFile"] and int(one["id"][-1]) % 2)
    answer = await partner.http.get("/v3/call/recording", params={"callId": item["id"]}, headers=headers)
    link = answer.json()["data"]["media"]["wav"]
    assert (await partner.http.get(link)).content.startswith(b"RIFF")
    none = await partner.http.get("/v3/call/recording", params={"callId": "1.1"}, headers=headers)
    assert (none.status_code, none.json()["error"]["message"]) == (404, "Recording not found")
    dial = {"extension": "137", "phone": "0900000002"}
    refusal = await partner.http.post("/v3/call/dial", data=dial, headers=headers)
    assert refusal.json()["error"]["message"] == "Extension is not registered"
    partner.server.change("desk_phones", "137")
    answer = await partner.http.post("/v3/call/dial", data=dial, headers=headers)
    assert answer.json() == {"message": "Success", "status": 200}
    await until(lambda: len(list(partner.server.rows)) == 51)


async def test_the_older_interface_wants_its_keys_and_searches_by_seconds(partner: Partner) -> None:
    refused = await partner.http.get("/dial/history", params={**OLD_KEYS, "secret": "bad"})
    assert (refused.status_code, refused.json()["status"]) == (401, 401)
    calls = await partner.all()

    async def ask(path: str, **query: Any) -> dict[str, Any]:
        answer = (await partner.http.get(path, params={**OLD_KEYS, **query})).json()
        assert answer["status"] == 200
        return answer["result"]

    ids = [one["callId"] for one in calls]
    assert [one["callid"] for one in (await ask("/dial/history"))["data"]] == ids
    page = await ask("/dial/search", start=25)
    assert [one["callid"] for one in page["data"]] == ids[25:]
    assert [page[name] for name in ("recordsTotalAll", "recordsDisplay", "next", "prev")] == [50, 25, None, 0]
    second = ids[7].partition(".")[0]
    assert ids[7] in [one["callid"] for one in (await ask("/dial/search", date_start=second, date_end=second))["data"]]
    found = (await ask("/dial/searching", callid=ids[7]))["data"]
    assert [one["callid"] for one in found] == [ids[7]]
    assert (await ask("/dial/searching", callid="1.1"))["data"] == []


async def test_the_older_interface_dials_and_writes_keys_as_the_switch_has_it(serve: Serve) -> None:
    partner = await serve(desk_phones="137", dial_keys="upper")
    query = {**OLD_KEYS, "sip": "137", "phone": "0900000002"}
    event = (await partner.http.get("/dial", params=query)).json()["EVENTS"][0]
    assert (event["EXTEND"], event["PHONE"], event["STATE"]) == ("137", "0900000002", "Ring")
    await until(lambda: partner.server.rows.find(event["CALLID"]))
    refused = (await partner.http.get("/dial", params={**query, "sip": "101"})).json()
    assert (refused["EVENTS"], refused["MESSAGE"]) == ([], "Extension is not registered")
