"""The three back ends against a scripted PBX: what they ask, what they make of replies, what they never do twice."""

import asyncio
import time
from collections.abc import Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from aiohttp import web

from tests.providers.voip24h.server import (
    HANOI,
    KEY,
    KEY_SECRET,
    SECRET,
    Asked,
    bad,
    dial_settings,
    good,
    local,
    pbx,
    row,
    settings,
    v3_settings,
)
from tuiphone.core.errors import AccessDenied, BadFrame, ConnectionLost, NotPossible, ProviderError, RequestFailed
from tuiphone.core.secret import Secret
from tuiphone.core.trace import Trace
from tuiphone.providers.voip24h import api, history
from tuiphone.providers.voip24h import dial as dial_module
from tuiphone.providers.voip24h.backend import Backend, backend

NOON = datetime(2018, 7, 30, 12, tzinfo=HANOI).timestamp()
DAY = 86_400.0
ID = "1532857052.131132"
MAKE = {"partner": settings, "v3": v3_settings, "dial": dial_settings}


@asynccontextmanager
async def asked(answer: Callable[[Asked], Any], kind: str = "partner", **more: Any) -> Any:
    """A PBX, the back end that asks it, and the warnings of that."""
    warnings: list[str] = []
    async with pbx(answer) as server:
        yield server, backend(MAKE[kind](server.url, **more), Trace(), warnings.append), warnings


def steady(reply: Any) -> Callable[[Asked], Any]:
    return lambda asked: reply


# -- partner -------------------------------------------------------------------------------------------------------


async def test_a_long_list_in_the_words_of_the_last_time_is_not_read_again() -> None:
    rows = [row(NOON, serial) for serial in range(300)]
    async with asked(lambda said: good(list(rows))) as (_, partner, warnings):
        first = await partner.group_calls(NOON - DAY, NOON)
        assert await partner.group_calls(NOON - DAY, NOON) is None
        assert len((await partner.calls(NOON - DAY, NOON)).entries) == 300, "who asks for a page gets one"
        rows.append(row(NOON, 300))
        assert len((await partner.group_calls(NOON - DAY, NOON)).entries) == len(first.entries) + 1
        assert warnings == []


async def test_all_seven_requests_are_posted_with_the_secret() -> None:
    def answer(said: Asked) -> Any:
        link = {"link": "https://h/a.gsm"}
        return good({"recordingDownload": link, "makeDial": {}, "getCallData": row(NOON)}.get(said.kind, [row(NOON)]))

    async with asked(answer) as (server, partner, warnings):
        for entries in (
            (await partner.all_calls()).entries,
            (await partner.group_calls(NOON - DAY, NOON)).entries,
            (await partner.calls(NOON - DAY, NOON)).entries,
            (await partner.call(ID),),
        ):
            assert [entry.call_id for entry in entries] == [f"{int(NOON)}.1"]
        assert await partner.recording(ID) == "https://h/a.gsm"
        assert await partner.dial("0900000002") is None
    assert {one.path for one in server.asked} == {"/api/v1/partner/voip24h"}
    assert {one.method for one in server.asked} == {"POST"}
    assert {one.body["partnerSecret"] for one in server.asked} == {SECRET}
    assert {one.headers["Content-Type"] for one in server.asked} == {"application/json; charset=utf-8"}
    assert [(one.kind, one.data) for one in server.asked] == [
        ("getUser", {"user": "101"}),
        ("getDate", {"fromDate": "29/07/2018", "toDate": "30/07/2018"}),
        ("getUserDate", {"user": "101", "fromDate": "29/07/2018", "toDate": "30/07/2018"}),
        ("getCallData", {"uniqueId": ID}),
        ("recordingDownload", {"callId": ID}),
        ("makeDial", {"extension": "101", "phone": "0900000002"}),
    ]
    assert warnings == []


async def test_the_examples_are_asked_to_the_letter_and_understood() -> None:
    """Section 11."""
    july = datetime(2018, 7, 1, tzinfo=HANOI).timestamp(), datetime(2018, 7, 31, tzinfo=HANOI).timestamp()
    listed = (
        '{"respCode":0,"respMsg":"Success","data":[{"callId":"1532857052.131132","user":"137","phoneNumber":'
        '"0900000001","callType":"EXTERNAL","callStatus":"NO ANSWER","callDate":"2018-07-29 16:37:32"}]}'
    )
    dialled = '{"respCode":0,"respMsg":"Success","data":{"extension":"101","phone":"0900000002"}}'
    refused = '{"respCode":-1,"respMsg":"Invalid partner secret","data":null}'
    answers = {"getUserDate": listed, "makeDial": dialled}

    def answer(said: Asked) -> Any:
        return web.Response(text=answers.get(said.kind, refused))

    async with asked(answer, extension="137", partner_secret=Secret("sim-secret")) as (server, partner, _):
        (entry,) = (await partner.calls(*july)).entries
        assert (entry.call_id, entry.extension, entry.peer) == ("1532857052.131132", "137", "0900000001")
        assert (entry.incoming, entry.external, entry.started_at) == (False, True, 1532857052)
        assert (entry.status, entry.talk_s, entry.recording) == ("NO ANSWER", None, None)
        assert server.asked[-1].text == (
            '{"requestType":"getUserDate","partnerSecret":"sim-secret","data":{"user":"137","fromDate":"01/07/2018",'
            '"toDate":"30/07/2018"}}'
        )
    async with asked(answer, partner_secret=Secret("sim-secret")) as (server, partner, _):
        assert await partner.dial("0900000002") is None
        assert server.asked[-1].text == (
            '{"requestType":"makeDial","partnerSecret":"sim-secret","data":{"extension":"101","phone":"0900000002"}}'
        )
    async with asked(answer, partner_secret=Secret("bad")) as (server, partner, _):
        with pytest.raises(RequestFailed, match=r"\(-1\)\. It says: Invalid partner secret\.$"):
            await partner.recording("1531709393.4472")
        assert server.asked[0].text == (
            '{"requestType":"recordingDownload","partnerSecret":"bad","data":{"callId":"1531709393.4472"}}'
        )


async def test_listening_is_asked_for_only_where_there_is_nothing_to_download() -> None:
    def answer(said: Asked) -> Any:
        listen = good({"link": "http://localhost:8000/recording/listen?host=ab=&recordingFile=x.gsm"})
        return listen if said.kind == "recordingListen" else bad("Recording not found")

    async with asked(answer) as (server, partner, _):
        link = await partner.recording(ID)
        assert link == "http://localhost:8000/recording/listen?host=ab=&recordingFile=x.gsm"
        server.answer = steady(bad("Recording not found"))
        with pytest.raises(RequestFailed, match=r"recordingDownload \(-1\)\. It says: Recording not found\.$"):
            await partner.recording(ID)
        server.answer = steady(good({}))
        assert await partner.recording(ID) is None
        count = len(server.asked)
        with pytest.raises(NotPossible):
            await partner.recording("no id")
        assert len(server.asked) == count


async def test_a_code_may_be_a_text_and_a_refusal_come_with_any_http_status() -> None:
    async with asked(steady(good([row(NOON)], respCode="0"))) as (server, partner, _):
        assert (await partner.calls(NOON - DAY, NOON)).entries
        for status in (200, 400, 500):
            server.answer = steady(web.json_response(bad("Missing field: user", respCode="-1"), status=status))
            with pytest.raises(RequestFailed, match="Missing field: user") as failed:
                await partner.calls(NOON - DAY, NOON)
            assert failed.value.code == -1


async def test_an_id_that_looks_like_a_number_keeps_the_zeros_at_its_end() -> None:
    text = '{"respCode":0,"data":[{"callId":1532857052.4470,"phoneNumber":900000001,"callDate":"2018-07-29 16:37:32"}]}'
    async with asked(lambda said: web.Response(text=text)) as (_, partner, _):
        (entry,) = (await partner.calls(NOON - DAY, NOON)).entries
        assert (entry.call_id, entry.peer) == ("1532857052.4470", "0900000001")


@pytest.mark.parametrize("data", [None, {}, "calls", 5, True])
async def test_calls_that_are_no_list_are_none_with_a_warning(data: Any) -> None:
    async with asked(steady(good(data))) as (_, partner, warnings):
        assert (await partner.calls(NOON - DAY, NOON)).entries == ()
    assert len(warnings) == 1


# -- what is no such interface, of any -----------------------------------------------------------------------------

STRANGERS = [
    (web.Response, {"text": "<html>Hello</html>", "content_type": "text/html"}, "not a Voip24h API at this address"),
    (web.Response, {"text": ""}, "not a Voip24h API at this address"),
    (web.Response, {"text": "[1]", "content_type": "application/json"}, "not a Voip24h API at this address"),
    (web.Response, {"text": "{}", "content_type": "application/json"}, "not a Voip24h API at this address"),
    (web.Response, {"text": '{"hello": "world"}'}, "not a Voip24h API at this address"),
    (web.Response, {"text": "[" * 100_000}, "not a Voip24h API at this address"),
    (web.Response, {"text": "Not found", "status": 404}, "not a Voip24h API at this address"),
    (web.Response, {"text": "<html>", "status": 502}, "problem of its own"),
    (web.Response, {"text": "", "status": 302, "headers": {"Location": "http://127.0.0.1:1/"}}, "sends us elsewhere"),
    (
        web.Response,
        {"text": '{"respCode": 0, "data": []}', "status": 307, "headers": {"Location": "/elsewhere"}},
        "sends us elsewhere",
    ),
]


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize(("make", "how", "says"), STRANGERS)
async def test_what_is_no_such_interface_is_said(kind: str, make: Any, how: dict[str, Any], says: str) -> None:
    async with asked(lambda said: make(**how), kind) as (server, interface, _):
        with pytest.raises(ConnectionLost, match=says):
            await interface.calls(NOON - DAY, NOON)
    # No redirect is followed.
    assert {one.path for one in server.asked} <= {"/api/v1/partner/voip24h", "/authentication", "/dial/search"}


async def endless(request: web.Request) -> web.StreamResponse:
    """Never comes to an end."""
    reply = web.StreamResponse(headers={"Content-Type": "application/json"})
    await reply.prepare(request)
    try:
        await reply.write(b'{"respCode":0,"data":["')
        while True:
            await reply.write(b"x" * 65536)
    except ConnectionError:
        return reply


@pytest.mark.parametrize("kind", MAKE)
async def test_a_reply_without_an_end_is_refused_while_it_comes(kind: str) -> None:
    async with asked(steady(endless), kind) as (server, interface, _):
        with pytest.raises(BadFrame, match="more than 4096 KB"):
            await interface.calls(NOON - DAY, NOON)
        assert len(server.asked) == 1


async def test_a_slow_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "READ_SECONDS", 0.2)
    never = asyncio.Event()

    async def silence() -> Any:
        await never.wait()

    async with asked(lambda said: silence()) as (server, partner, _):
        with pytest.raises(ConnectionLost, match="no answer within"):
            await partner.calls(NOON - DAY, NOON)
        with pytest.raises(ConnectionLost, match="no answer within"):
            await partner.dial("0900000002")
        assert len(server.of("makeDial")) <= 1
        never.set()


# -- asked once more -----------------------------------------------------------------------------------------------


def breaking(server_says: Callable[[Asked], Any], *, times: int) -> Callable[[Asked], Any]:
    """Hangs up that often before it answers; letting in is not counted."""
    left = times

    def answer(said: Asked) -> Any:
        nonlocal left
        if said.path == "/authentication":
            return server_says(said)
        left -= 1
        return None if left >= 0 else server_says(said)

    return answer


def friendly(said: Asked) -> Any:
    """Says yes to everybody, whichever interface is meant."""
    if said.path == "/authentication":
        return {"status": 200, "message": "Success", "data": {"token": "token-for-tests-1"}}
    if said.path == "/dial":
        return {"events": [{"callid": ID}]}
    if said.path.startswith("/dial/"):
        return {"status": 200, "result": {"data": []}}
    return good([]) if said.body and "requestType" in said.body else {"status": 200, "message": "Success", "data": []}


@pytest.mark.parametrize("kind", MAKE)
async def test_a_question_is_asked_once_more_and_a_dial_is_not(kind: str) -> None:
    async with asked(breaking(friendly, times=1), kind) as (server, interface, _):
        assert (await interface.calls(NOON - DAY, NOON)).entries == ()
        server.answer = breaking(friendly, times=2)
        with pytest.raises(ConnectionLost):
            await interface.calls(NOON - DAY, NOON)
        count = len(server.asked)
        server.answer = breaking(friendly, times=1)
        with pytest.raises(ConnectionLost):
            await interface.dial("0900000002")
        assert len(server.asked) == count + 1
        assert await interface.dial("0900000002") == (ID if kind == "dial" else None)


# -- v3 ------------------------------------------------------------------------------------------------------------


class V3Pbx:
    """Lets in by a token, which it may stop to know."""

    def __init__(self, **token: Any) -> None:
        self.token = token
        self.made = 0
        self.known: str | None = None
        self.reply: Callable[[Asked], Any] = steady({"status": 200, "message": "Success", "data": []})

    def __call__(self, said: Asked) -> Any:
        if said.path == "/authentication":
            self.made += 1
            self.known = f"token-number-{self.made}"
            return {"message": "Success", "status": 1000, "data": {"token": self.known, **self.token}}
        if said.headers.get("Authorization") != f"Bearer {self.known}":
            return web.json_response({"status": 401, "message": "Unauthorized"}, status=401)
        return self.reply(said)


async def test_a_token_is_kept_and_renewed_once_when_it_is_refused() -> None:
    there = V3Pbx()
    async with asked(there, "v3") as (server, v3, _):
        await v3.calls(NOON - DAY, NOON)
        await v3.calls(NOON - DAY, NOON)
        assert there.made == 1
        there.known = "another one"
        assert await v3.dial("0900000002") is None
        assert there.made == 2
        assert server.kinds()[-3:] == ["/call/dial", "/authentication", "/call/dial"]
        assert server.asked[0].body == {"apiKey": KEY, "apiSecret": KEY_SECRET, "isLonglive": "false"}
        assert server.asked[-1].body == {"extension": "101", "phone": "0900000002"}
        there.reply = steady({"status": 401, "message": "Unauthorized"})
        with pytest.raises(AccessDenied, match="api_key"):
            await v3.calls(NOON - DAY, NOON)
        assert there.made == 3


async def test_a_token_at_its_end_is_used_no_more() -> None:
    there = V3Pbx(expired=local(time.time() + 30))
    async with asked(there, "v3") as (_, v3, _):
        await v3.calls(NOON - DAY, NOON)
        await v3.calls(NOON - DAY, NOON)
        assert there.made == 2
        there.token = {"expried": local(time.time() + 3600)}
        await v3.calls(NOON - DAY, NOON)
        await v3.calls(NOON - DAY, NOON)
        assert there.made == 3


async def test_several_questions_at_once_ask_for_one_token() -> None:
    there = V3Pbx()
    async with asked(there, "v3") as (_, v3, _):
        await asyncio.gather(*(v3.calls(NOON - DAY, NOON) for _ in range(4)))
        assert there.made == 1


@pytest.mark.parametrize(
    "reply",
    [
        web.json_response,
        lambda said, status: said,
    ],
    ids=["by HTTP", "by its body"],
)
async def test_unknown_keys_are_refused_in_a_sentence(reply: Any) -> None:
    said = {"status": 401, "message": "Account does not exist", "data": None}
    async with asked(lambda asked: reply(said, status=401), "v3") as (_, v3, _):
        with pytest.raises(AccessDenied, match=r"It says: Account does not exist\. Check api_key and api_secret\."):
            await v3.calls(NOON - DAY, NOON)


def v3_row(number: int) -> dict[str, Any]:
    return {
        "id": f"id{number}", "extension": "101", "caller": "101", "callee": "0900000001", "status": "ANSWERED",
        "type": "outbound", "callDate": local(NOON - number), "billsec": "00:00:05", "duration": 9,
    }  # fmt: skip


async def test_history_of_v3_comes_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    there = V3Pbx()
    everything = [v3_row(number) for number in range(230)]

    def page(said: Asked) -> Any:
        offset, limit = int(said.query["offset"]), int(said.query["limit"])
        return {"status": 200, "data": everything[offset : offset + limit], "totalData": 230}

    there.reply = page
    async with asked(there, "v3") as (server, v3, _):
        listing = await v3.calls(NOON - DAY, NOON)
        assert len(listing.entries) == 230
        assert len(server.connections) == 2, "one for the token, one for the pages"
        assert listing.is_whole
        assert (listing.entries[0].talk_s, listing.entries[0].rang_s) == (5, 4)
        query = server.of("/call/history")[0].query
        assert (query["dateStart"], query["dateEnd"]) == ("2018-07-29 12:00:00", "2018-07-30 11:59:59")
        assert query["extension"] == "101"
        await v3.group_calls(NOON - DAY, NOON)
        assert "extension" not in server.asked[-1].query
        # One that gives more than was asked for is not asked for all that it has.
        monkeypatch.setattr("tuiphone.providers.voip24h.v3.MAX_ENTRIES", 150)
        count = len(server.asked)
        listing = await v3.calls(NOON - DAY, NOON)
        assert (len(listing.entries), listing.is_whole, len(server.asked)) == (200, False, count + 2)
        # One that says the same again and again is not asked for ever.
        there.reply = steady({"status": 200, "data": everything[:100]})
        count = len(server.asked)
        assert len((await v3.all_calls()).entries) == 100
        assert len(server.asked) == count + 2


async def test_v3_gives_one_call_and_its_recording() -> None:
    there = V3Pbx()
    there.reply = lambda said: (
        {"status": 200, "data": {"media": {"wav": "http://localhost/a.wav"}}}
        if said.path == "/call/recording"
        else {"status": 200, "data": [v3_row(1)]}
    )
    async with asked(there, "v3") as (server, v3, _):
        assert (await v3.call("id1")).peer == "0900000001"
        assert await v3.recording("id1") == "http://localhost/a.wav"
        assert server.asked[-1].query == {"callId": "id1"}
        with pytest.raises(NotPossible):
            await v3.recording("../x?")
        there.reply = steady({"error": {"code": 7, "message": "No such call"}})
        with pytest.raises(RequestFailed, match="No such call"):
            await v3.recording("id1")


# -- dial ----------------------------------------------------------------------------------------------------------


def dial_row(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number, "calldate": local(NOON - number), "callid": f"{int(NOON) - number}.{number}", "src": "101",
        "dst": "0900000001", "disposition": "ANSWERED", "billsec": 5, "duration": 9, "type": "outbound",
    } | more  # fmt: skip


async def test_search_of_dial_has_unix_seconds_and_pages() -> None:
    everything = [dial_row(number, src="101" if number % 2 else "102") for number in range(60)]

    def page(said: Asked) -> Any:
        start = int(said.query.get("start", 0))
        more = start + 25 if start + 25 < len(everything) else None
        return {"status": 200, "result": {"data": everything[start : start + 25], "next": more, "recordsTotalAll": 60}}

    async with asked(page, "dial") as (server, dial, _):
        assert len((await dial.group_calls(NOON - DAY, NOON)).entries) == 60
        assert len((await dial.calls(NOON - DAY, NOON)).entries) == 30
        first = server.asked[0].query
        assert first == {
            "voip": KEY,
            "secret": KEY_SECRET,
            "date_start": str(int(NOON - DAY)),
            "date_end": str(int(NOON)),
        }
        assert [one.query.get("start") for one in server.asked[:3]] == [None, "25", "50"]
        assert {one.method for one in server.asked} == {"GET"}


def searched(everything: list[dict[str, Any]]) -> Callable[[Asked], Any]:
    """What `/dial/search` says of these, and `/dial/history` of the newest."""

    def answer(said: Asked) -> Any:
        first, last, start = (int(said.query.get(key, 0)) for key in ("date_start", "date_end", "start"))
        found = [one for one in everything if first <= int(one["callid"].partition(".")[0]) <= (last or NOON)]
        more = start + 25 if start + 25 < len(found) else None
        return {"status": 200, "result": {"data": found[start : start + 25], "next": more}}

    return answer


async def test_one_look_of_dial_is_one_listing_over_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial_module, "LISTED_SECONDS", 60.0)
    everything = [dial_row(number, src="101" if number % 2 else "102") for number in range(60)]
    async with asked(searched(everything), "dial") as (server, dial, _):
        assert len((await dial.group_calls(NOON - DAY, NOON)).entries) == 60
        assert len((await dial.calls(NOON - DAY / 2, NOON)).entries) == 30
        assert len(server.asked) == 3
        assert len(server.connections) == 1
        await dial.calls(NOON - 2 * DAY, NOON)
        assert len(server.asked) == 6, "that was not listed"
        monkeypatch.setattr(dial_module, "LISTED_SECONDS", 0.0)
        await dial.calls(NOON - DAY / 2, NOON)
        assert len(server.asked) == 9, "that is not new enough"


@pytest.mark.parametrize("patience_s", [0.0, 60.0])
async def test_our_calls_are_found_behind_more_calls_of_others_than_come_at_once(
    monkeypatch: pytest.MonkeyPatch, patience_s: float
) -> None:
    monkeypatch.setattr(dial_module, "MAX_PAGES", 3)
    monkeypatch.setattr(dial_module, "PATIENCE_SECONDS", patience_s)
    monkeypatch.setattr(history, "BUDGET_SECONDS", 60.0)
    others = [dial_row(number * 1000, src="102") for number in range(1, 170)]
    ours = [dial_row(number, src="101") for number in (int(5 * DAY), int(50 * DAY))]
    async with asked(searched([*others, *ours]), "dial") as (_, dial, _):
        page = await history.History(HANOI).page(dial, before=NOON, limit=100)
    assert [record.ref for record in page] == [one["callid"] for one in ours]


async def test_dial_tells_the_call_it_makes_and_finds_it_again() -> None:
    def answer(said: Asked) -> Any:
        if said.path == "/dial":
            return {"EVENTS": [{"CallId": dial_row(3)["callid"]}]}
        if said.path == "/dial/searching":
            return {"status": "200", "result": {"data": [dial_row(3, download="http://localhost/3.wav")]}}
        return {"status": 200, "result": {"data": [dial_row(3), dial_row(4, src="102")]}}

    async with asked(answer, "dial") as (server, dial, _):
        call_id = await dial.dial("0900000001")
        assert server.asked[-1].query == {"voip": KEY, "secret": KEY_SECRET, "sip": "101", "phone": "0900000001"}
        assert call_id is not None
        found = await dial.call(call_id)
        assert found is not None
        assert found.call_id == call_id
        assert server.asked[-1].query["callid"] == call_id
        assert await dial.recording(call_id) == "http://localhost/3.wav"
        assert len((await dial.all_calls()).entries) == 1
        assert server.asked[-1].path == "/dial/history"
        with pytest.raises(NotPossible):
            await dial.call("x&secret=1")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        ({"status": 401, "message": "no"}, AccessDenied),
        ({"STATUS": "403", "MESSAGE": "no"}, AccessDenied),
        ({"status": 500, "message": "no"}, RequestFailed),
    ],
)
async def test_refusals_of_dial_are_told_apart(reply: Any, kind: type[ProviderError]) -> None:
    async with asked(steady(reply), "dial") as (_, dial, _):
        with pytest.raises(kind, match="It says: no"):
            await dial.calls(NOON - DAY, NOON)


def test_each_back_end_is_found_by_its_name() -> None:
    for kind, make in MAKE.items():
        made: Backend = backend(make("http://127.0.0.1:1"), Trace(), print)
        assert type(made).__module__.rsplit(".", 1)[1] == kind
