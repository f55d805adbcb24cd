"""What a registration asks for, what it was granted, and what a refusal comes to."""

import pytest

from tuiphone.core.errors import AccessDenied, ConnectionLost, PhoneError, RequestFailed, TryLater
from tuiphone.providers.sip.binding import MAX_EXPIRES, at_least, contact, granted, refusal
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Headers, Response
from tuiphone.providers.sip.uri import Uri

INSTANCE = "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
OURS = contact(Uri.parse("sip:abc@def.invalid;transport=ws"), instance=INSTANCE, expires=600, with_flow=True)


def ok(*headers: tuple[str, str]) -> Response:
    return Response(200, "OK", headers=Headers(headers))


def test_a_contact_says_which_device_and_flow_it_is() -> None:
    assert str(OURS) == f'<sip:abc@def.invalid;transport=ws>;+sip.instance="<{INSTANCE}>";reg-id=1;expires=600'
    without = contact(OURS.uri, instance=INSTANCE, expires=0, with_flow=False)
    assert "reg-id" not in str(without)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([("Contact", "<sip:abc@def.invalid;transport=ws>;expires=300"), ("Expires", "900")], 300),
        ([("Contact", "<sip:abc@def.invalid;transport=ws>"), ("Expires", "120")], 120),
        ([("Contact", "<sip:abc@def.invalid;transport=ws>")], 600),
        ([("Contact", f'<sip:x@10.0.0.1:5060>;+sip.instance="<{INSTANCE.upper()}>";expires=60')], 60),
        ([("Contact", "<sip:other@host>;expires=5, <sip:abc@def.invalid;transport=ws>;expires=77")], 77),
        ([("Contact", "<sip:other@host>;expires=5")], 600),
        ([("Contact", "<sip:abc@def.invalid>;expires=nonsense"), ("Expires", "99")], 99),
        ([("Contact", "<sip:abc@def.invalid>;expires=99999999999999")], MAX_EXPIRES),
        ([], 600),
    ],
)
def test_the_time_that_counts_is_the_one_of_our_own_contact(headers: list[tuple[str, str]], seconds: int) -> None:
    assert granted(ok(*headers), OURS, asked=600).seconds == seconds


def test_outbound_gruu_and_service_route_are_read() -> None:
    found = granted(
        ok(
            ("Contact", '<sip:abc@def.invalid>;expires=60;pub-gruu="sip:100@pbx.example;gr=urn:uuid:1"'),
            ("Require", "outbound"),
            ("Flow-Timer", "25"),
            ("Service-Route", "<sip:orig@a.example;lr>, <sip:b.example;lr>"),
        ),
        OURS,
        asked=600,
    )
    assert str(found.gruu) == "sip:100@pbx.example;gr=urn:uuid:1"
    assert (found.is_outbound, found.flow_timer) == (True, 25)
    assert [str(route) for route in found.routes] == ["<sip:orig@a.example;lr>", "<sip:b.example;lr>"]


@pytest.mark.parametrize("timer", ["0", "-5", "soon", "9999999999"])
def test_a_flow_timer_that_makes_no_sense_is_none(timer: str) -> None:
    assert granted(ok(("Flow-Timer", timer)), OURS, asked=600).flow_timer is None


@pytest.mark.parametrize("header", [("Contact", "<sip:abc@def.invalid>;expires=0"), ("Expires", "0")])
def test_a_registration_that_is_dropped_at_once_is_none(header: tuple[str, str]) -> None:
    with pytest.raises(RequestFailed, match="dropped it at once"):
        granted(ok(header), OURS, asked=600)


@pytest.mark.parametrize("header", [("Contact", "<sip:a"), ("Service-Route", "<>"), ("Expires", "x")])
def test_an_answer_that_cannot_be_read_is_a_refusal_in_words(header: tuple[str, str]) -> None:
    with pytest.raises(RequestFailed, match="cannot be read"):
        granted(ok(header), OURS, asked=600)


@pytest.mark.parametrize(("text", "seconds"), [("1800", 1800), ("0", None), ("x", None), ("99999999999", None)])
def test_the_least_a_server_takes_is_taken_unless_it_is_absurd(text: str, seconds: int | None) -> None:
    response = Response(423, "Interval Too Brief", headers=Headers([("Min-Expires", text)]))
    assert at_least(response) == seconds


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, AccessDenied, r"refuses the user name or password of 100@pbx\.example"),
        (403, AccessDenied, r"does not let 100@pbx\.example register \(403 Said So\)"),
        (404, AccessDenied, r"knows no 100@pbx\.example"),
        (302, RequestFailed, "sends us elsewhere"),
        (405, RequestFailed, "registers nobody"),
        (420, RequestFailed, r"refuses to register 100@pbx\.example"),
        (500, ConnectionLost, "cannot register"),
        (503, ConnectionLost, "too busy"),
        (606, RequestFailed, "refuses to register"),
    ],
)
def test_a_refusal_says_who_refuses_whom_and_what_to_do(status: int, kind: type[PhoneError], words: str) -> None:
    error = refusal(Response(status, "Said So"), aor="100@pbx.example", where="edge:443")
    assert type(error) is kind
    with pytest.raises(kind, match=rf"^edge:443 .*{words}.*\.$"):
        raise error


def test_a_busy_server_says_how_long_it_wants_to_be_left_alone() -> None:
    headers = Headers([("Retry-After", "120 (in maintenance);duration=3600")])
    error = refusal(Response(503, "Busy", headers=headers), aor="a@b", where="edge:443")
    assert isinstance(error, TryLater)
    assert error.seconds == 120


def test_a_reason_from_the_network_stays_short_and_without_escapes() -> None:
    error = refusal(Response(403, "\x1b[31m" + "x" * 500), aor="a@b", where="edge:443")
    assert "\x1b" not in str(error)
    assert len(str(error)) < 300


def test_our_contact_survives_being_read() -> None:
    assert NameAddr.parse(str(OURS)) == OURS
