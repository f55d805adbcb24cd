"""AZStack's packets, literally, in and out."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tuiphone.core.errors import BadFrame
from tuiphone.core.ports import Description
from tuiphone.providers.azstack import requests, wire
from tuiphone.providers.azstack.messages import CallinStarted, ChatServer, LoggedIn
from tuiphone.providers.azstack.requests import Service

PACKETS = json.loads(Path(__file__).with_name("azstack.json").read_text("utf-8"))
DEEP: Any = None
for _ in range(5000):
    DEEP = [DEEP]
SDP = {"type": "offer", "sdp": "v=0\r\n"}
CALLIN = {"callId": 1, "from": "1", "to": "2", "sdp_candidate": "v=0\r\n"}
FREE = {"callId": 1, "mediaType": 1, "from": 2, "to": 3, "sdp": SDP}
LOG = {"callId": 1, "recordTime": 5000}


def plain(message: Any) -> list[Any]:
    return [type(message).__name__, json.loads(json.dumps(dataclasses.asdict(message)))]


@pytest.mark.parametrize("case", PACKETS, ids=[case["name"] for case in PACKETS])
def test_each_packet_says_what_it_says(case: dict[str, Any]) -> None:
    assert [plain(message) for message in wire.decode(case["service"], case["body"])] == case["says"]


def test_every_service_that_the_server_speaks_is_among_them() -> None:
    asked_only = {Service.LOGIN, Service.CALLOUT_START, Service.CALLOUT_OFFER, Service.CALLOUT_STOP}
    assert {case["service"] for case in PACKETS if case["says"]} == set(wire.KNOWN) - asked_only


BAD: list[tuple[int, Any]] = [
    (29, {}),
    (29, {"ip": "", "port": 1}),
    (29, {"ip": 10, "port": 1}),
    (29, {"ip": "10.0.0.7"}),
    (29, {"ip": "10.0.0.7", "port": ""}),
    (29, {"ip": "10.0.0.7", "port": [9000]}),
    (29, {"ip": "10.0.0.7", "port": 65_536}),
    (29, {"ip": "10.0.0.7", "port": True}),
    (29, {"ip": "x" * 201, "port": 1}),
    (610, {"status": 100}),
    (610, {"callId": 1}),
    (610, {"callId": 1, "status": "100"}),
    (504, {}),
    (504, {"callId": None}),
    (504, {"callId": True}),
    (504, {"callId": 1.5}),
    (504, {"callId": ""}),
    (504, {"callId": "x" * 201}),
    (504, {"callId": 2**63}),
    (504, {"callId": [1]}),
    (503, {"callId": 1}),
    (503, {"callId": 1, "code": "486"}),
    (503, {"callId": 1, "code": None}),
    (505, {}),
    (505, {**CALLIN, "callId": None}),
    (505, {**CALLIN, "sdp_candidate": None}),
    (505, {**CALLIN, "callType": "x" * 1000}),
    (505, {**CALLIN, "callType": DEEP}),
    (506, {"callId": 1}),
    (506, {"callId": 1, "code": [702]}),
    (506, {"code": 702}),
    (508, {"callId": 1, "code": {}}),
    (508, {"code": 200}),
    (186, {**FREE, "callId": None}),
    (186, {**FREE, "mediaType": "2"}),
    (186, {**FREE, "from": "387212"}),
    (186, {**FREE, "from": None}),
    (186, {**FREE, "from": 0}),
    (186, {**FREE, "from": 10**100}),
    (186, {**FREE, "sdp": "v=0\r\n"}),
    (186, {**FREE, "sdp": {"type": "answer", "sdp": "v=0\r\n"}}),
    (186, {**FREE, "sdp": {"type": "offer", "sdp": 7}}),
    (187, {"callId": 1}),
    (187, {"callId": 1, "type": "1", "data": SDP}),
    (187, {"callId": 1, "type": 1, "data": SDP}),
    (187, {"callId": 1, "type": 1}),
    (187, {"callId": 1, "type": 2, "data": "candidate:1"}),
    (187, {"type": 2, "data": {}}),
    (188, {"callId": 1}),
    (188, {"callId": 1, "status": "700"}),
    (188, {"status": 700}),
    (199, {"callId": 1, "status": None}),
    (199, {"status": 200}),
    (601, {}),
    (601, {"data": []}),
    (601, {"data": {"callId": 1}}),
    (601, {"data": {**LOG, "callId": []}}),
    (601, {"data": {**LOG, "recordTime": "5000"}}),
    (601, {"data": {**LOG, "recordTime": 1e300}}),
    (601, {"data": {**LOG, "recordTime": True}}),
    (164, {"r": 1, "done": 1, "userInfoList": []}),
    (164, {"r": 1, "purpose": "1", "userInfoList": []}),
    (165, {"r": 1, "purpose": 1}),
    (165, {"r": 1, "purpose": 1, "userInfoList": {}}),
    *((service, None) for service in sorted(wire.KNOWN - {Service.CALLOUT_BEGUN, Service.CALLOUT_READY})),
]


@pytest.mark.parametrize(("service", "body"), BAD, ids=[f"{number}-{case[0]}" for number, case in enumerate(BAD)])
def test_a_packet_that_lacks_what_it_needs_is_a_sentence(service: int, body: Any) -> None:
    with pytest.raises(BadFrame) as refusal:
        list(wire.decode(service, body))
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize("sdp", [None, "", 7, {"sdp": "v=0"}, "x" * 65_537])
def test_a_pick_up_without_a_usable_answer_is_still_a_pick_up(sdp: Any) -> None:
    (said,) = wire.decode(503, {"callId": 1, "code": 200, "sdp_candidate": sdp})
    assert plain(said) == ["CalloutProgressed", {"call_id": 1, "code": 200, "sdp": None}]


def test_what_is_kept_of_a_log_has_limits() -> None:
    said = {
        **LOG,
        "from": "9" * 1000,
        "to": [],
        "tags": "x" * 1000,
        "urlRecord": "https://x/" + "y" * 5000,
        "duration": 1e9,
    }
    (pushed,) = wire.decode(601, {"data": said})
    kept = pushed.record  # type: ignore[union-attr]
    assert (len(kept.caller), kept.called, len(kept.tags), kept.url, kept.duration_s) == (128, "", 200, "", 0.0)


def test_what_is_kept_of_long_lists_has_limits() -> None:
    users = [{"userId": n + 1, "username": "n" * 500} for n in range(wire.MAX_USERS + 1)]
    (found,) = wire.decode(165, {"r": 1, "purpose": 1, "userInfoList": users})
    assert (len(found.users), len(found.users[0].username)) == (wire.MAX_USERS, 128)  # type: ignore[union-attr]
    (said,) = wire.decode(162, {"userId": 1, "ice_server": [{"url": "stun:x"}] * 100})
    assert isinstance(said, LoggedIn)
    assert len(said.ice_servers) == 16


@pytest.mark.parametrize("step", [1, -1])
def test_of_a_list_that_is_too_long_the_newest_are_taken_whatever_its_order(step: int) -> None:
    times = range(1, wire.MAX_ENTRIES + 3)[::step]
    (listed,) = wire.decode(509, {"r": 1, "data": ["x", *(LOG | {"recordTime": 1000 * time} for time in times)]})
    taken = {entry.recorded_at for entry in listed.entries}  # type: ignore[union-attr]
    assert (len(taken), min(taken), max(taken)) == (wire.MAX_ENTRIES, 3.0, wire.MAX_ENTRIES + 2.0)


def test_nothing_secret_shows_itself() -> None:
    body = {"userId": 1, "ice_server": [{"url": "turn:turn.example", "username": "u", "password": "relay password"}]}
    assert "relay password" not in repr(list(wire.decode(162, body)))
    request = requests.authenticate(ChatServer("h", 1), token="dG9rZW4", fullname="F", namespace="", app_id="a")
    assert "dG9rZW4" not in repr(request)


STARTED = CallinStarted("7", {"any": 1}, "84912345678", "84000387212", "v=0\r\n")


@pytest.mark.parametrize(
    ("request_", "service", "body"),
    [
        (requests.chat_server("test_user_1"), 29, {"azStackUserId": "test_user_1"}),
        (
            requests.authenticate(
                ChatServer("10.0.0.7", 9000), token="t", fullname="Test User 1", namespace="n", app_id="a"
            ),
            179,
            {
                "slaveIp": "10.0.0.7",
                "slavePort": 9000,
                "token": "t",
                "fullname": "Test User 1",
                "namespace": "n",
                "appId": "a",
                "sdkVersion": "2.2.4",
                "screenSize": "1280x720",
            },
        ),
        (requests.ping(), 1, {}),
        (requests.callout_start(1, to="84900000200"), 500, {"callId": 1, "to": "84900000200"}),
        (
            requests.callout_start(1, to="84900000200", caller="84000387212", tags="support"),
            500,
            {"callId": 1, "to": "84900000200", "from": "84000387212", "tags": "support"},
        ),
        (requests.callout_offer(1, to="8", sdp="v=0"), 501, {"callId": 1, "to": "8", "sdp_candidate": "v=0"}),
        (requests.callout_stop(1, to="8"), 502, {"callId": 1, "to": "8"}),
        (
            requests.callin_status(STARTED, 183),
            506,
            {
                "callId": "7",
                "callType": {"any": 1},
                "destination": "84912345678",
                "phonenumber": "84000387212",
                "code": 183,
            },
        ),
        (
            requests.callin_status(CallinStarted(7, None, "1", "2", "v=0"), 200, sdp="v=0\r\n", tags="t"),
            506,
            {"callId": 7, "destination": "1", "phonenumber": "2", "code": 200, "sdp_candidate": "v=0\r\n", "tags": "t"},
        ),
        (
            requests.free_start(1, to=387213, video=True, offer=Description("offer", "v=0")),
            186,
            {"callId": 1, "mediaType": 2, "to": 387213, "sdp": {"type": "offer", "sdp": "v=0"}},
        ),
        (
            requests.free_start(1, to=387213, video=False, offer=Description("offer", "v=0")),
            186,
            {"callId": 1, "mediaType": 1, "to": 387213, "sdp": {"type": "offer", "sdp": "v=0"}},
        ),
        (
            requests.free_answer(1, to=387212, answer=Description("answer", "v=0")),
            187,
            {"callId": 1, "to": 387212, "type": 1, "data": {"type": "answer", "sdp": "v=0"}},
        ),
        (requests.free_status(1, to=387212, status=603), 188, {"callId": 1, "to": 387212, "status": 603}),
        (requests.users_by_id(5, (1, 2)), 164, {"purpose": 5, "userIdList": [1, 2]}),
        (requests.users_by_name(5, ("a",)), 165, {"purpose": 5, "usernameList": ["a"]}),
        (requests.call_logs(), 509, {}),
    ],
)
def test_each_request_is_what_the_vendors_client_sends(
    request_: requests.Request, service: int, body: dict[str, Any]
) -> None:
    assert (int(request_.service), request_.body) == (service, body)
