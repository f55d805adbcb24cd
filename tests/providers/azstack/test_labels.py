"""AZStack's packets in a few words, whatever is in them."""

from typing import Any

import pytest

from tuiphone.core.trace import Label
from tuiphone.providers.azstack.labels import label
from tuiphone.providers.azstack.requests import Service


@pytest.mark.parametrize(
    ("service", "body", "sent", "text", "call"),
    [
        (500, {"callId": 1, "to": "849", "from": "840"}, True, "call 849 from 840", "1"),
        (500, {"callId": 1, "to": "849"}, True, "call 849", "1"),
        (610, {"callId": 1, "status": 100}, False, "call: 100 taken", "1"),
        (610, {"callId": 1, "status": 402, "chargingError": -4}, False, "call: 402 not enough balance", "1"),
        (504, {"callId": "x"}, False, "ready for media", "x"),
        (501, {"callId": 1, "sdp_candidate": "v=0"}, True, "media offer", "1"),
        (503, {"callId": 1, "code": 183}, False, "state 183 ringing", "1"),
        (503, {"callId": 1, "code": 599}, False, "state 599 unknown status 599", "1"),
        (502, {"callId": 1, "to": "849"}, True, "hang up", "1"),
        (505, {"callId": 1, "from": "849", "to": "840"}, False, "call from 849 to 840", "1"),
        (506, {"callId": 1, "code": 702}, True, "state 702 rejected", "1"),
        (506, {"callId": 1, "code": 702}, False, "state 702 ringing stopped", "1"),
        (508, {"callId": 1, "code": 200}, False, "on another device 200 answered", "1"),
        (186, {"callId": 1, "mediaType": 2, "to": 5}, True, "call user 5, video", "1"),
        (186, {"callId": 1, "mediaType": 1, "from": 6, "to": 5}, False, "call from user 6", "1"),
        (187, {"callId": 1, "type": 1}, True, "media answer", "1"),
        (187, {"callId": 1, "type": 2}, False, "media candidate", "1"),
        (188, {"callId": 1, "status": 603}, True, "state 603 rejected", "1"),
        (199, {"callId": 1, "status": 200}, False, "on another device 200 answered", "1"),
        (509, {}, True, "call logs", None),
        (509, {"r": 1, "data": [1, 2]}, False, "call logs (2)", None),
        (509, {"r": 0}, False, "call logs refused, 0", None),
        (601, {"data": {"callId": 9}}, False, "call log", "9"),
        (162, {"resultCode": 3}, False, "log in: refused, 3", None),
        (105, {"state": 2}, False, "service 105", None),
    ],
)
def test_each_packet_has_its_words(service: int, body: Any, sent: bool, text: str, call: str | None) -> None:
    assert label({"service": service, "body": body}, sent=sent) == Label(text, call)


def test_a_question_for_users_and_its_answer_belong_together() -> None:
    asked = label({"service": 165, "body": {"purpose": 7, "usernameList": ["a", "b"]}}, sent=True)
    answer = label({"service": 165, "body": {"r": 1, "purpose": 7, "userInfoList": []}}, sent=False)
    assert (asked.text, answer.text) == ("users by name (2)", "users by name (0)")
    assert asked.pair == answer.pair == "165/7"


def test_pings_are_routine() -> None:
    assert label({"service": 1, "body": {}}, sent=True).is_routine


@pytest.mark.parametrize("service", [*Service, 99_999, -1, None, "505"])
@pytest.mark.parametrize("value", [None, True, "x", 7, 1.5, [], [1], {}, {"a": {}}])
def test_whatever_comes_has_a_label(service: Any, value: Any) -> None:
    keys = ("callId", "code", "status", "chargingError", "type", "data", "from", "to", "r", "userId", "purpose", "ip")
    for body in (value, dict.fromkeys(keys, value)):
        for sent in (True, False):
            assert label({"service": service, "body": body}, sent=sent).text
