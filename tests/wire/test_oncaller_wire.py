"""OnCaller's frames, literally, in and out."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core.call import EndReason
from tuiphone.core.errors import BadFrame
from tuiphone.core.ports import Candidate, Description, IceServer
from tuiphone.providers.oncaller import codes, requests, wire
from tuiphone.providers.oncaller.messages import DescriptionCame, Invited, Reply

FRAMES = json.loads(Path(__file__).with_name("oncaller.json").read_text("utf-8"))
DEEP: Any = None
for _ in range(5000):
    DEEP = [DEEP]


def plain(message: Any) -> list[Any]:
    fields = {key: value for key, value in dataclasses.asdict(message).items() if key != "body"}
    return [type(message).__name__, json.loads(json.dumps(fields))]


@pytest.mark.parametrize("case", FRAMES, ids=[case["name"] for case in FRAMES])
def test_each_documented_frame_says_what_it_says(case: dict[str, Any]) -> None:
    assert [plain(message) for message in wire.decode(case["frame"])] == case["says"]


BAD = [
    {},
    {"service": 0, "body": {}},
    {"service": True, "body": {}},
    {"service": "1", "body": {}},
    {"service": None, "body": {}},
    {"service": 33},
    {"service": 33, "body": "{}"},
    {"service": 33, "body": None},
    {"service": 33, "body": []},
    {"service": 33, "body": {}},
    {"service": 33, "body": {"callId": ""}},
    {"service": 33, "body": {"callId": 7}},
    {"service": 33, "body": {"callId": "x" * 201}},
    {"service": 2, "body": {"requestId": 1}},
    {"service": 2, "body": {"r": "0", "requestId": 1}},
    {"service": 2, "body": {"r": 0}},
    {"service": 26, "body": {"r": 0, "requestId": "2"}},
    {"service": 26, "body": {"r": 1.5, "requestId": 2}},
    {"service": 27, "body": {"r": [], "requestId": 2}},
    {"service": 29, "body": {"callId": "c"}},
    {"service": 29, "body": {"callId": "c", "type": "sdp", "data": "v=0"}},
    {"service": 29, "body": {"callId": "c", "type": "sdp", "data": {}}},
    {"service": 29, "body": {"callId": "c", "type": "sdp", "data": {"type": "rollback", "sdp": "v=0"}}},
    {"service": 29, "body": {"callId": "c", "type": "sdp", "data": {"type": "offer", "sdp": ""}}},
    {"service": 29, "body": {"callId": "c", "type": "sdp", "data": {"type": "offer", "sdp": "x" * 65_537}}},
    {"service": 29, "body": {"callId": "c", "type": "candidate", "data": "candidate:1 1 udp"}},
    {"service": 30, "body": {}},
    {"service": 32, "body": {"callId": "c"}},
    {"service": 32, "body": {"callId": "c", "code": "180"}},
    {"service": 32, "body": {"code": 180}},
    {"service": 37, "body": {"info": {}}},
    {"service": 37, "body": {"callId": "c", "info": DEEP}},
    {"service": 38, "body": {"type": "CALL_STATE"}},
    {"service": 38, "body": {"type": "CALL_STATE", "data": {"callId": "c"}}},
    {"service": 38, "body": {"type": "CALL_END", "data": []}},
    {"service": 55, "body": {"message": DEEP}},
]


@pytest.mark.parametrize("frame", BAD, ids=range(len(BAD)))
def test_a_frame_that_breaks_the_protocol_is_refused_as_one(frame: dict[str, Any]) -> None:
    with pytest.raises(BadFrame, match=r"^A .*\.$"):
        list(wire.decode(frame))


HARMLESS = [
    {"service": 29, "body": {"callId": "c", "type": "wish", "data": {}}},
    {"service": 29, "body": {"callId": "c", "type": [], "data": {}}},
    {"service": 29, "body": {"callId": "c", "type": "candidate", "data": {"candidate": 5}}},
    {"service": 29, "body": {"callId": "c", "type": "candidate", "data": {"candidate": "candidate:\r\na=x"}}},
    {"service": 38, "body": {"type": "SOMETHING"}},
    {"service": 104, "body": {"clientId": ""}},
    {"service": 104, "body": {"clientId": {}}},
    {"service": -5, "body": {}},
    {"service": 10**18, "body": {}},
]


@pytest.mark.parametrize("frame", HARMLESS, ids=range(len(HARMLESS)))
def test_what_does_not_concern_us_is_passed_over(frame: dict[str, Any]) -> None:
    assert list(wire.decode(frame)) == []


def test_any_value_in_any_place_of_any_frame_is_survived() -> None:
    values = [None, True, 0, -1, 2**63, 1.5, "", "x" * 100_000, "\x1b[2J", [], {}, [[]], {"a": {}}, DEEP]
    for case in FRAMES:
        body = case["frame"]["body"]
        places = [(body, key) for key in body]
        places += [(body["data"], key) for key in body.get("data", {})] if isinstance(body.get("data"), dict) else []
        for holder, key in places:
            kept = holder[key]
            for value in values:
                holder[key] = value
                try:
                    for message in wire.decode(case["frame"]):
                        assert len(repr(message)) < 300_000
                except BadFrame:
                    pass
            holder[key] = kept


def test_long_names_are_cut() -> None:
    frame = {"service": 33, "body": {"callId": "c", "fromNumber": "n" * 9999, "fromAlias": "a" * 9999}}
    (invited,) = wire.decode(frame)
    assert isinstance(invited, Invited)
    assert (len(invited.from_number), len(invited.from_alias)) == (128, 128)


def test_a_push_with_a_request_id_is_not_taken_for_a_reply() -> None:
    frame = {
        "service": 29,
        "body": {"callId": "c", "type": "sdp", "data": {"type": "offer", "sdp": "v=0"}, "requestId": 3},
    }
    (push,) = wire.decode(frame)
    assert isinstance(push, DescriptionCame)


# -- requests -------------------------------------------------------------------------------------------------------

SENT = [
    (requests.pong(), 14, {"service": 1, "body": {"requestId": 14}}),
    (
        requests.login(token="t", device_id="web-1", browser_id="browser-1", session_id="session-1", device_name="me"),
        1,
        {
            "service": 2,
            "body": {
                "accesstoken": "t",
                "deviceId": "web-1",
                "browserId": "browser-1",
                "sessionId": "session-1",
                "platform": 3,
                "platformVersion": "",
                "deviceName": "me",
                "screenSize": "",
                "sdkVersion": "2.6.0",
                "requestId": 1,
            },
        },
    ),
    (
        requests.call(from_number="alice", to_number="bob", video=False),
        2,
        {
            "service": 26,
            "body": {"fromNumber": "alice", "toNumber": "bob", "video": False, "custom": "", "requestId": 2},
        },
    ),
    (requests.ringing("c"), 8, {"service": 31, "body": {"callId": "c", "code": 180, "requestId": 8}}),
    (requests.answer("c"), 8, {"service": 31, "body": {"callId": "c", "code": 200, "requestId": 8}}),
    (
        requests.reject("c"),
        8,
        {"service": 31, "body": {"callId": "c", "code": 486, "reasonEndcall": "", "requestId": 8}},
    ),
    (requests.stop("c"), 12, {"service": 28, "body": {"callId": "c", "reasonEndcall": "", "requestId": 12}}),
    (requests.dtmf("c", "1"), 20, {"service": 34, "body": {"callId": "c", "digits": "1", "requestId": 20}}),
    (requests.info("c", {"a": 1}), 8, {"service": 36, "body": {"callId": "c", "info": {"a": 1}, "requestId": 8}}),
    (
        requests.transfer("c", "carol"),
        30,
        {
            "service": 101,
            "body": {"callId": "c", "to": {"number": "carol", "type": "internal", "alias": "carol"}, "requestId": 30},
        },
    ),
    (requests.message("bob", "hi"), 9, {"service": 54, "body": {"toUser": "bob", "message": "hi", "requestId": 9}}),
    (requests.attribute("a", "b"), 9, {"service": 103, "body": {"attribute": "a", "value": "b", "requestId": 9}}),
    (requests.check("c"), 9, {"service": 205, "body": {"callId": "c", "requestId": 9}}),
]


@pytest.mark.parametrize(("request_", "number", "frame"), SENT, ids=[repr(each[0])[:60] for each in SENT])
def test_each_request_is_the_documented_frame(request_: requests.Request, number: int, frame: dict[str, Any]) -> None:
    assert request_.frame(number) == frame


def test_a_description_goes_bare_and_each_candidate_after_it_alone() -> None:
    candidates = (Candidate("candidate:1 1 udp 1 127.0.0.1 9 typ host", "0", 0),)
    sdp, candidate = (each.frame(1) for each in requests.describe("c", Description("offer", "v=0\r\n", candidates)))
    assert sdp["body"]["type"] == "sdp"
    assert sdp["body"]["data"] == {"type": "offer", "sdp": "v=0\r\n"}
    assert candidate["body"] == {
        "callId": "c",
        "type": "candidate",
        "data": {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0},
        "requestId": 1,
    }


# -- replies --------------------------------------------------------------------------------------------------------


def reply(**body: Any) -> Reply:
    return Reply(26, 1, 0, "", body)


def test_a_log_in_tells_who_we_are_and_which_devices_there_are() -> None:
    clients = [{"clientId": "web-1", "deviceName": "Mozilla/5.0"}, {"clientId": 5}, "junk", {}]
    said = wire.logged_in(reply(userId="alice", ping_after_ms=45000, clients=clients))
    assert (said.user_id, said.ping_after_ms) == ("alice", 45000)
    assert [(device.id, device.name) for device in said.devices] == [("web-1", "Mozilla/5.0"), ("5", "unnamed device")]


@pytest.mark.parametrize("ping", [None, "45000", -1, 0, 10**9, [], {}])
def test_a_senseless_ping_interval_is_replaced(ping: Any) -> None:
    assert wire.logged_in(reply(ping_after_ms=ping, clients="no list")).ping_after_ms == wire.DEFAULT_PING_MS


def test_a_made_call_tells_its_id_and_where_it_goes() -> None:
    servers = [
        {"urls": "stun:stun.example.net:3478"},
        {"urls": ["turn:turn.example.net:3478?transport=udp"], "username": "u", "credential": "p"},
        {"urls": "http://example.net"},
        {"urls": 5},
        {},
        "junk",
    ]
    made = wire.call_made(reply(callId="call-1", toType="external", customDataFromYourServer="x", iceServers=servers))
    assert (made.call_id, made.to_phone, made.custom) == ("call-1", True, "x")
    assert made.ice_servers == (
        IceServer(("stun:stun.example.net:3478",)),
        IceServer(("turn:turn.example.net:3478?transport=udp",), "u", "p"),
    )
    with pytest.raises(BadFrame):
        wire.call_made(reply(toType="internal"))


@pytest.mark.parametrize(("exist", "gone"), [(False, True), (True, False), (None, False), (0, False), ("false", False)])
def test_only_a_plain_no_makes_a_call_vanish(exist: Any, gone: bool) -> None:
    assert wire.is_gone(reply(exist=exist)) is gone


LOOK_UPS = [
    (
        {
            "r": 0,
            "data": {
                "stringeeServerAddrs": {"web": [{"ip": "v1.example.net", "port": 6899}, {"ip": "::1", "port": 1}]}
            },
        },
        ("wss://v1.example.net:6899", "wss://[::1]:1"),
    ),
    ({"r": 3, "msg": "no"}, 3),
    ({"msg": "no"}, None),
    ({"r": "0"}, None),
    (None, None),
    ([], None),
    ({"r": 0, "data": []}, ()),
    ({"r": 0, "data": {"stringeeServerAddrs": {"web": [5, {"ip": "a/b", "port": 1}, {"ip": "a", "port": 0}]}}}, ()),
]


@pytest.mark.parametrize(("said", "meant"), LOOK_UPS, ids=range(len(LOOK_UPS)))
def test_the_look_up_gives_addresses_a_code_or_nothing(said: Any, meant: Any) -> None:
    assert wire.addresses_from_wire(said) == meant


# -- codes ----------------------------------------------------------------------------------------------------------

MAKE_CALL_CODES = [*range(1, 20), 1000, 1001]


@pytest.mark.parametrize("code", MAKE_CALL_CODES)
def test_every_result_of_making_a_call_has_its_own_words(code: int) -> None:
    meant = codes.meaning(codes.MAKE_CALL, code, "ITS_NAME")
    assert meant.sentence.endswith(f"({code} ITS_NAME).")
    assert "OnCaller refused this" not in meant.sentence


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (404, EndReason.BAD_NUMBER),
        (408, EndReason.NO_ANSWER),
        (480, EndReason.UNREACHABLE),
        (486, EndReason.BUSY),
        (503, EndReason.FAILED),
        (603, EndReason.REJECTED),
        (499, EndReason.FAILED),
        (699, EndReason.FAILED),
    ],
)
def test_final_codes_end_a_call_for_the_right_reason(code: int, reason: EndReason) -> None:
    assert codes.progress(code, "x").reason is reason


@pytest.mark.parametrize(
    ("code", "reason"),
    [(8, EndReason.NO_CREDIT), (10, EndReason.BAD_NUMBER), (14, EndReason.BAD_NUMBER), (4, EndReason.FAILED)],
)
def test_refused_calls_end_for_the_right_reason(code: int, reason: EndReason) -> None:
    assert codes.meaning(codes.MAKE_CALL, code, "").reason is reason


@pytest.mark.parametrize(
    ("table", "known"),
    [
        (codes.LOGIN, {1, 2, 3, 4, 5, 6, 7, 8, -11, -12}),
        (codes.ANSWER, {1, 2, 3}),
        (codes.REJECT, {1, 2, 3}),
        (codes.HANGUP, {1, 2}),
        (codes.TRANSFER, {1, 2, 3}),
    ],
)
def test_every_documented_code_is_known(table: dict[int, object], known: set[int]) -> None:
    assert set(table) == known


def test_unknown_codes_and_their_messages_are_shown_safely() -> None:
    assert codes.sentence(codes.TRANSFER, 77, "\x1b[2J" + "x" * 200) == f"OnCaller refused this (77 [2J{'x' * 77})."
