"""What the three interfaces say, read: calls, times, numbers, links; tables over pure functions."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.providers.voip24h.server import HANOI, row
from tuiphone.core.call import EndReason
from tuiphone.core.errors import BadAddress, NotPossible
from tuiphone.core.model import Address, AddressKind, RecordResult
from tuiphone.core.trace import Way
from tuiphone.providers.voip24h import dial_wire, labels, v3_wire, wire
from tuiphone.providers.voip24h.entry import Entry, Outcome, ending, outcome_of, record_of, web_link
from tuiphone.providers.voip24h.moments import (
    day_end,
    epoch,
    months_before,
    seconds,
    start_of,
    talk_and_ringing,
    wire_days,
)
from tuiphone.providers.voip24h.numbers import number_from_wire, reduced
from tuiphone.providers.voip24h.weblinks import mended

DOCUMENTED = {
    "callId": "1532857052.131132",
    "user": "137",
    "phoneNumber": "0900000001",
    "callType": "EXTERNAL",
    "callStatus": "NO ANSWER",
    "callDate": "2018-07-29 16:37:32",
}
AT = 1532857052.0


def entry(**more: Any) -> Entry:
    found = wire.entry(DOCUMENTED | more, HANOI)
    assert found is not None
    return found


def test_the_documents_call_is_a_record() -> None:
    record = record_of(entry())
    assert (record.ref, record.incoming, record.peer) == (
        "1532857052.131132",
        False,
        Address(AddressKind.PHONE, "0900000001"),
    )
    assert (record.started_at, record.answered_at, record.ended_at) == (AT, None, AT)
    assert (record.result, record.detail, record.recording_url) == (RecordResult.NOT_ANSWERED, "External call.", None)


def test_the_time_comes_from_the_date_in_the_pbxs_zone_and_from_the_id_where_there_is_none() -> None:
    assert entry().started_at == AT
    assert wire.entry(DOCUMENTED, ZoneInfo("UTC")).started_at == AT + 7 * 3600  # type: ignore[union-attr]
    for useless in (None, "", "0000-00-00 00:00:00", "yesterday", 5, "2018-07-29", "2018-13-01 00:00:00"):
        assert entry(callDate=useless).started_at == AT
    assert wire.entry({"callId": "x1", "callDate": "?"}, HANOI) is None


@pytest.mark.parametrize(
    ("more", "result", "talk", "detail"),
    [
        ({"callStatus": "ANSWERED", "duration": 65}, RecordResult.ANSWERED, 65.0, None),
        ({"callStatus": "ANSWERED"}, RecordResult.ANSWERED, 0.0, None),
        ({"callStatus": "answered", "duration": "65"}, RecordResult.ANSWERED, 65.0, None),
        ({"callStatus": "no_answer"}, RecordResult.NOT_ANSWERED, 0.0, None),
        ({"callStatus": "NO ANSWER", "callType": "INBOUND"}, RecordResult.MISSED, 0.0, None),
        ({"callStatus": "MISSED", "callType": "inbound"}, RecordResult.MISSED, 0.0, None),
        ({"callStatus": "BUSY"}, RecordResult.BUSY, 0.0, None),
        ({"callStatus": "BUSY", "callType": "INBOUND"}, RecordResult.MISSED, 0.0, "The extension was busy."),
        ({"callStatus": "FAILED"}, RecordResult.FAILED, 0.0, None),
        ({"callStatus": "CONGESTION"}, RecordResult.FAILED, 0.0, "The PBX says: CONGESTION."),
        ({"callStatus": None}, RecordResult.FAILED, 0.0, "The PBX does not say how it ended."),
        ({"callStatus": None, "duration": 9}, RecordResult.ANSWERED, 9.0, "The PBX does not say how it ended."),
    ],
)
def test_each_status_is_a_result(more: dict[str, Any], result: RecordResult, talk: float, detail: str | None) -> None:
    record = record_of(entry(**({"callType": "OUTBOUND"} | more)))
    assert (record.result, record.talk_s, record.detail) == (result, talk, detail)
    assert (record.answered_at is not None) is (result is RecordResult.ANSWERED)


def test_how_our_own_call_ended_is_a_reason_and_a_sentence() -> None:
    said = {status: ending(entry(callStatus=status, duration=3725)) for status in ("ANSWERED", "BUSY", "HM", "")}
    assert said["ANSWERED"] == (EndReason.ELSEWHERE, "You talked for 1:02:05 on the phone that took the call.")
    assert said["BUSY"][0] is EndReason.BUSY
    assert ending(entry())[0] is EndReason.NO_ANSWER
    assert ending(entry(callStatus="X", duration=None)) == (EndReason.FAILED, "The PBX says of its end: X.")
    assert ending(entry(callStatus="", duration=None))[0] is EndReason.ELSEWHERE
    assert outcome_of(" no__answer ") is Outcome.NO_ANSWER


def test_a_listing_has_each_call_once_newest_first_and_leaves_out_what_is_none() -> None:
    rows = [row(AT), row(AT + 60, 2), row(AT), {"user": "101"}, "x", None, 7, {"callId": [], "callDate": "2018"}]
    found = wire.listing(rows, HANOI)
    assert found is not None
    assert [one.call_id for one in found.entries] == [f"{int(AT) + 60}.2", f"{int(AT)}.1"]
    assert found.is_whole
    assert wire.listing({"a": 1}, HANOI) is None
    assert not wire.listing([row(AT)] * wire.FULL, HANOI).is_whole  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0900000001", "0900000001"),
        (900000001, "0900000001"),
        (2438123456, "02438123456"),
        (84900000001, "84900000001"),
        (1900561234, "1900561234"),
        (101, "101"),
        (19001234, "19001234"),
        (" +84 90 ", "+84 90"),
        ("\x1b[2J09", "[2J09"),
        (True, ""),
        (-5, ""),
        (None, ""),
        ([], ""),
        ("9" * 500, "9" * 128),
    ],
)
def test_a_number_is_text_and_gets_its_0_back(value: Any, text: str) -> None:
    assert number_from_wire(value) == text


def test_what_is_dialled_is_reduced_to_digits_and_a_plus() -> None:
    assert reduced(" +84 (90) 000-0001 ") == "+84900000001"
    assert reduced("0900.000.001") == "0900000001"
    for nothing in ("", "+", "abc", "٣"):
        with pytest.raises(BadAddress):
            reduced(nothing)


@pytest.mark.parametrize(
    ("value", "length"),
    [
        (42, 42), ("42", 42), ("1:05", 65), ("00:01:05", 65), ("01:00:00", 3600), ("12.5", 12), (" 7 ", 7),
        (None, None), ("", None), ("a", None), (-1, None), (True, None), ("1:2:3:4", None), (10**9, None), ([], None),
    ],
)  # fmt: skip
def test_a_length_has_three_shapes(value: Any, length: float | None) -> None:
    assert seconds(value) == length


@pytest.mark.parametrize(
    ("billed", "whole", "both"),
    [
        (12, 17, (12, 5)),
        ("00:12", 17, (12, 5)),
        (None, 17, (17, 0)),
        (12, None, (12, 0)),
        (17, 12, (17, 0)),
        (0, 9, (0, 9)),
    ],
)
def test_what_was_not_billed_is_ringing(billed: Any, whole: Any, both: tuple[float, float]) -> None:
    assert talk_and_ringing(billed, whole) == both


def test_days_are_those_of_the_pbx_whole_and_both_included() -> None:
    midnight = start_of(datetime(2018, 7, 30).date(), HANOI)
    assert midnight == datetime(2018, 7, 29, 17, tzinfo=ZoneInfo("UTC")).timestamp()
    assert wire_days(midnight, midnight + 86_400, HANOI) == ("30/07/2018", "30/07/2018")
    assert wire_days(midnight - 1, midnight + 1, HANOI) == ("29/07/2018", "30/07/2018")
    assert wire_days(midnight - 1, midnight + 1, ZoneInfo("UTC")) == ("29/07/2018", "29/07/2018")
    with pytest.raises(NotPossible, match="turn the two dates round"):
        wire_days(midnight, midnight - 1, HANOI)


def test_months_go_back_without_a_gap() -> None:
    end = day_end(datetime(2018, 3, 2, 12, tzinfo=HANOI).timestamp(), HANOI)
    march = months_before(end, 1, HANOI)
    february = months_before(march, 1, HANOI)
    assert wire_days(march, end, HANOI) == ("01/03/2018", "02/03/2018")
    assert wire_days(february, march, HANOI) == ("01/02/2018", "28/02/2018")
    assert wire_days(months_before(february, 14, HANOI), february, HANOI) == ("01/12/2016", "31/01/2018")
    assert months_before(february, 10_000, HANOI) == months_before(30 * 86_400.0, 2, HANOI) == 0


@pytest.mark.parametrize(
    ("code", "is_read"),
    [
        (0, 0),
        ("0", 0),
        ("-1", -1),
        (-1, -1),
        (" 0 ", 0),
        (None, None),
        ("", None),
        ("ok", None),
        (True, None),
        ("--1", None),
        ("9" * 4000, None),
        ("٠", None),
        ("1e400", None),
        ([], None),
    ],
)
def test_a_code_may_be_a_text(code: Any, is_read: int | None) -> None:
    assert wire.resp_code({"respCode": code}) == is_read


@pytest.mark.parametrize(
    "call_id", ["", "1", "1532857052", "1532857052.", "a.1", "1532857052.1x", "1" * 9 + "." + "1" * 300]
)
def test_what_is_no_id_of_a_call_is_not_asked_for(call_id: str) -> None:
    for ask in (wire.of_call, wire.recording):
        with pytest.raises(NotPossible):
            ask(call_id)


@pytest.mark.parametrize(
    ("link", "base", "becomes"),
    [
        ("http://localhost:8000/a?host=x=&f=1.gsm", "https://api.example", "https://api.example/a?host=x=&f=1.gsm"),
        ("http://127.0.0.1/a", "https://api.example:8443/x", "https://api.example:8443/a"),
        ("http://localhost:8000/a", "http://localhost:9000", "http://localhost:8000/a"),
        ("https://cdn.example/a?%2F=%3D", "https://api.example", "https://cdn.example/a?%2F=%3D"),
    ],
)
def test_a_link_to_the_servers_own_machine_leads_to_the_server(link: str, base: str, becomes: str) -> None:
    assert mended(link, base) == becomes


@pytest.mark.parametrize(
    "value",
    [
        "file:///etc/passwd",
        "javascript:1",
        "http://",
        "http://a b/",
        "http://u:p@h/",
        "//h/",
        None,
        5,
        "http://[",
        "http://h/\x1b",
    ],
)
def test_what_does_not_lead_to_the_web_is_no_link(value: Any) -> None:
    assert web_link(value) is None
    assert wire.link({"link": value}) is None


# -- v3 ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "ends", "lasts"),
    [
        ({"token": "t", "expired": "2018-07-29 16:37:32", "isLongLive": False}, AT, v3_wire.DAY_SECONDS),
        ({"token": "t", "expried": "2018-07-29 16:37:32", "isLonglive": "true"}, AT, v3_wire.WEEK_SECONDS),
        ({"Token": "t", "isLonglive": True}, None, v3_wire.WEEK_SECONDS),
        ({"token": "t", "expired": "soon"}, None, v3_wire.DAY_SECONDS),
    ],
)
def test_a_token_has_several_spellings(data: dict[str, Any], ends: float | None, lasts: float) -> None:
    assert v3_wire.token(data, HANOI) == v3_wire.Token("t", ends, lasts)


@pytest.mark.parametrize("data", [None, [], {}, {"token": ""}, {"token": 5}, {"token": "a\nb"}, {"token": "x" * 5000}])
def test_what_cannot_stand_in_a_header_is_no_token(data: Any) -> None:
    assert v3_wire.token(data, HANOI) is None


def test_calls_of_v3_say_who_rang_and_for_how_long() -> None:
    said = {
        "id": "65f9b4aa4336cbd1158b4567", "extension": "101", "caller": "0900000001", "callee": "101",
        "status": "ANSWERED", "type": "inbound", "callDate": "2018-07-29 16:37:32", "billsec": 12, "duration": 17,
    }  # fmt: skip
    out = said | {"id": "b", "type": "outbound", "caller": 101, "callee": 900000001, "extension": None}
    inside = said | {"id": "c", "type": "local", "caller": "102"}
    found = v3_wire.entries([said, out, inside, {"id": 5}, None], HANOI, "101")
    assert found is not None
    assert [(one.peer, one.incoming, one.extension) for one in found] == [
        ("0900000001", True, "101"),
        ("0900000001", False, "101"),
        ("102", True, "101"),
    ]
    record = record_of(found[0])
    assert (record.answered_at, record.ended_at, record.talk_s) == (AT + 5, AT + 17, 12)
    assert v3_wire.entries({}, HANOI, "101") is None


def test_a_recording_of_v3_is_the_first_link_there_is() -> None:
    assert v3_wire.recording({"media": {"wav": "https://h/a.wav"}}) == "https://h/a.wav"
    assert v3_wire.recording({"media": {"wav": None, "mp3": "https://h/a.mp3"}}) == "https://h/a.mp3"
    for nothing in (None, {}, {"media": []}, {"media": {"wav": "ftp://h/"}}):
        assert v3_wire.recording(nothing) is None


# -- dial ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("billsec", [65, "65", "1:05", "00:01:05"])
def test_calls_of_dial_are_read_whatever_the_case_of_their_keys(billsec: Any) -> None:
    said = {
        "CallID": "1532857052.7", "CallDate": "2018-07-29 16:37:32", "Src": "101", "DST": "0900000001",
        "Type": "outbound", "Disposition": "ANSWERED", "BillSec": billsec, "duration": "70", "Download": "https://h/a.wav",
    }  # fmt: skip
    found = dial_wire.entry(said, HANOI)
    assert found is not None
    assert (found.call_id, found.extension, found.peer, found.incoming) == ("1532857052.7", "101", "0900000001", False)
    assert (found.talk_s, found.rang_s, found.recording) == (65, 5, "https://h/a.wav")


def test_pages_of_dial_are_followed_as_long_as_they_say_where_the_next_one_begins() -> None:
    for reply, start in (({"result": {"next": 25}}, "25"), ({"Result": {"Next": "50"}}, "50")):
        assert dial_wire.next_start(reply) == start
    for reply in (
        {},
        {"result": {"next": None}},
        {"result": {"next": 0}},
        {"result": {"next": "javascript:"}},
        {"result": 5},
    ):
        assert dial_wire.next_start(reply) is None


def test_the_id_of_a_dialled_call_stands_in_its_events() -> None:
    assert dial_wire.dialled({"Events": ["x", {"CALLID": "1532857052.7"}]}) == "1532857052.7"
    assert dial_wire.dialled({"events": [{"callid": "SIP/101", "UniqueId": "1532857052.8"}]}) == "1532857052.8"
    assert dial_wire.dialled({"events": "x"}) is None


def test_a_page_of_v3_is_the_last_by_the_number_of_all_or_by_its_length() -> None:
    full = {"data": [{}] * 50}
    assert not v3_wire.is_last(full | {"totalData": "230"}, 50, 100)
    assert v3_wire.is_last(full | {"totalData": 50}, 50, 100)
    assert v3_wire.is_last(full, 50, 100)
    assert not v3_wire.is_last(full | {"limit": "50"}, 50, 100)
    assert v3_wire.is_last(full | {"limit": "50"} | {"data": [{}]}, 51, 100)


def test_a_single_call_is_found_in_whatever_it_comes() -> None:
    said = {"CallId": "1532857052.7", "Src": "101", "Dst": "0900000001"}
    for reply in ({"Data": said}, {"RESULT": {"DATA": [said]}}, {"result": said}, {"data": [said, 5]}):
        assert [one.call_id for one in dial_wire.found(reply, HANOI)] == ["1532857052.7"]


# -- the trace's names ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "line", "carried", "name"),
    [
        (Way.SENT, "POST /p", {"requestType": "getUser", "data": {"user": "137"}}, "getUser 137 (POST /p)"),
        (Way.SENT, "GET /dial", {"sip": "101", "phone": "09", "secret": "x"}, "101 09 (GET /dial)"),
        (Way.SENT, "GET /x", {}, "GET /x"),
        (Way.RECEIVED, "HTTP 200", {"respCode": 0, "data": [1, 2]}, "0 2 calls (HTTP 200)"),
        (Way.RECEIVED, "HTTP 200", {"status": 200, "result": {"data": [1]}}, "200 1 calls (HTTP 200)"),
        (Way.RECEIVED, "HTTP 500", "<html>", "HTTP 500"),
        (Way.RECEIVED, "HTTP 200", {"respCode": [], "data": {"data": 1}}, "HTTP 200"),
    ],
)
def test_the_trace_says_what_went_by(way: Way, line: str, carried: Any, name: str) -> None:
    assert labels.name(way, line, carried) == name


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "America/New_York", "Pacific/Kiritimati"])
@pytest.mark.parametrize(
    "said", ["9999-12-31 23:59:59", "2100-01-02 00:00:00", "0001-01-01 00:00:00", "99999-01-01 00:00:00"]
)
def test_a_call_of_another_age_has_the_time_of_its_id(said: str, zone: str) -> None:
    found = wire.entry(DOCUMENTED | {"callDate": said}, ZoneInfo(zone))
    assert found is not None
    assert found.started_at == AT
    assert wire.entry(DOCUMENTED | {"callDate": said, "callId": "99999999999.1"}, ZoneInfo(zone)) is None


def test_of_the_hour_that_comes_twice_the_id_says_which_one_it_is() -> None:
    zone = ZoneInfo("America/New_York")
    first = datetime(2026, 11, 1, 5, 30, tzinfo=ZoneInfo("UTC")).timestamp()
    for at in (first, first + 3600):
        said = DOCUMENTED | {"callId": f"{int(at) + 1}.7", "callDate": "2026-11-01 01:30:00"}
        assert wire.entry(said, zone).started_at == at  # type: ignore[union-attr]
    assert epoch("2026-11-01 01:30:00", zone) == first
    # Midnight that never was: clocks were put forward then.
    brazil = ZoneInfo("America/Sao_Paulo")
    day = start_of(datetime(2018, 11, 4).date(), brazil)
    assert wire_days(day - 1, day + 1, brazil) == ("03/11/2018", "04/11/2018")
    assert start_of(datetime(2018, 11, 5).date(), brazil) - day == 23 * 3600


def test_a_time_with_a_zone_of_its_own_keeps_it() -> None:
    assert epoch("2018-07-29T09:37:32+00:00", HANOI) == AT
