"""What AZStack's numbers mean: all of them, in words."""

from typing import Any

import pytest

from tuiphone.core import errors as ours
from tuiphone.core.call import EndReason
from tuiphone.core.model import RecordResult
from tuiphone.providers.azstack import codes, errors
from tuiphone.providers.azstack.codes import Meaning

END = EndReason


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        *((code, None) for code in (0, 100, 180, 183, 199, 200, 399, -1)),
        (403, END.REJECTED),
        (408, END.UNREACHABLE),
        (480, END.NO_ANSWER),
        (486, END.BUSY),
        (487, END.CANCELLED),
        (503, END.UNREACHABLE),
        (700, END.REMOTE_HUNG_UP),
        (702, END.NO_CREDIT),
        *((code, END.BUSY) for code in (400, 404, 599, 701, 10_000)),
    ],
)
def test_a_callout_ends_by_its_final_codes_only(code: int, reason: EndReason | None) -> None:
    found = codes.callout_end(code)
    assert (found and found.reason) is reason


@pytest.mark.parametrize(
    ("status", "error", "reason", "name"),
    [
        (402, -3, END.BUSY, "CALL_STATUS_CALLOUT_BUSY"),
        (402, -4, END.NO_CREDIT, "CALL_STATUS_CALLOUT_ERROR_NOT_ENOUGH_BALANCE"),
        (402, -5, END.BAD_NUMBER, "CALL_STATUS_CALLOUT_ERROR_INVALID_NUMBER"),
        (402, -6, END.FAILED, "CALL_STATUS_CALLOUT_ERROR"),
        (402, None, END.FAILED, "CALL_STATUS_CALLOUT_ERROR"),
        (404, None, END.FAILED, "CALLOUT_INITIAL_INVALID_FROM_NUMBER"),
        (404, -4, END.FAILED, "CALLOUT_INITIAL_INVALID_FROM_NUMBER"),
        (500, None, END.FAILED, "CALL_STATUS_CALLOUT_ERROR"),
        (0, -3, END.FAILED, "CALL_STATUS_CALLOUT_ERROR"),
    ],
)
def test_a_callout_is_refused_for_a_reason(status: int, error: int | None, reason: EndReason, name: str) -> None:
    found = codes.callout_refusal(status, error)
    assert found is not None
    assert (found.reason, found.name) == (reason, name)


def test_a_callout_that_is_taken_is_not_refused() -> None:
    assert codes.callout_refusal(100, None) is None
    assert codes.callout_refusal(100, -4) is None


@pytest.mark.parametrize(
    ("ended", "final"),
    [
        (codes.callin_end, {700: END.REMOTE_HUNG_UP, 702: END.MISSED}),
        (
            codes.callin_by_me,
            {200: END.ELSEWHERE, 403: END.MISSED, 486: END.BUSY, 700: END.ELSEWHERE, 702: END.REJECTED},
        ),
        (codes.free_end, {400: END.NO_ANSWER, 600: END.BUSY, 603: END.REJECTED, 700: END.REMOTE_HUNG_UP}),
        (
            codes.free_by_me,
            {200: END.ELSEWHERE, 400: END.MISSED, 600: END.BUSY, 603: END.REJECTED, 700: END.ELSEWHERE},
        ),
    ],
)
def test_the_other_calls_end_by_their_final_codes_only(ended: Any, final: dict[int, EndReason]) -> None:
    for code in (0, 100, 180, 183, 200, 400, 403, 486, 599, 600, 603, 700, 702, -1, 10**9):
        found = ended(code)
        assert (found and found.reason) is final.get(code), code


def test_the_same_number_means_what_its_call_makes_of_it() -> None:
    out, back, mine = codes.callout_end(702), codes.callin_end(702), codes.callin_by_me(702)
    assert out is not None
    assert back is not None
    assert mine is not None
    assert [out.reason, back.reason, mine.reason] == [END.NO_CREDIT, END.MISSED, END.REJECTED]


DOCUMENTED = {
    f"CALL_STATUS_{name}"
    for name in (
        "CALLOUT_ERROR",
        "CALLOUT_ERROR_NOT_ENOUGH_BALANCE",
        "CALLOUT_ERROR_INVALID_NUMBER",
        "CALLOUT_CONNECTING",
        "CALLOUT_RINGING",
        "CALLOUT_ANSWERED",
        "CALLOUT_BUSY",
        "CALLOUT_NOT_ANSWERED",
        "CALLOUT_STOP",
        "CALLIN_RINGING_STOP",
        "CALLIN_STOP",
        "CALLIN_BY_ME_RINGING",
        "CALLIN_BY_ME_ANSWERED",
        "CALLIN_BY_ME_BUSY",
        "CALLIN_BY_ME_REJECTED",
        "CALLIN_BY_ME_STOP",
        "CALLIN_BY_ME_NOT_ANSWERED",
    )
}
"""Of sections 3.3.1 and 3.3.2 of the vendor's document, without those that mean "unknown", and two never produced."""
TABLES = (codes.CALLOUT, codes.REFUSALS, codes.CALLIN, codes.CALLIN_BY_ME, codes.FREE, codes.FREE_BY_ME)


def test_every_status_of_the_vendors_document_has_words() -> None:
    steps = [step for table in TABLES for step in table.values()]
    refused = codes.callout_refusal(500, None)
    assert refused is not None
    assert {step.name for step in (*steps, refused)} >= DOCUMENTED
    for step in steps:
        assert step.word
        assert step.name
        assert not isinstance(step, Meaning) or step.sentence.endswith(".")


def test_unknown_ones_have_words_as_well() -> None:
    assert codes.word(codes.CALLOUT, 199) == "unknown status 199"
    assert codes.word(codes.CALLIN, 486) == "busy"


def test_the_vendors_name_is_told_where_one_may_have_to_ask_the_vendor() -> None:
    asked, not_asked = codes.callout_refusal(402, -4), codes.callout_end(486)
    assert asked is not None
    assert not_asked is not None
    assert asked.detail.endswith("Top it up. (CALL_STATUS_CALLOUT_ERROR_NOT_ENOUGH_BALANCE)")
    assert not_asked.detail == "The other side is busy."


def test_the_logs_have_words_for_their_numbers() -> None:
    assert {code: incoming for code, (_, incoming) in codes.LOG_TYPES.items()} == {1: False, 2: True}
    results = {code: result for code, (_, result) in codes.LOG_STATUSES.items()}
    assert results == {0: RecordResult.ANSWERED, 1: RecordResult.REJECTED, 2: RecordResult.NOT_ANSWERED}


KINDS: dict[str, type[ours.PhoneError]] = {
    "ERR_SOCKET_CONNECT": ours.ConnectionLost,
    "ERR_SOCKET_PARSE_BODY": ours.BadFrame,
    "ERR_SOCKET_UNKNOWN_SERVICE": ours.BadFrame,
    "ERR_SOCKET_NOT_CONNECTED": ours.ConnectionLost,
    "ERR_REQUEST_TIMEOUT": ours.RequestTimeout,
    "ERR_UNEXPECTED_DATA": ours.NotPossible,
    "ERR_UNEXPECTED_SEND_DATA": ours.NotPossible,
    "ERR_UNEXPECTED_RECEIVED_DATA": ours.RequestFailed,
    "ERR_WEBRTC": ours.MediaError,
}


@pytest.mark.parametrize("code", errors.CODES)
def test_every_error_code_is_one_of_our_errors(code: errors.Code, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    usual, better = errors.error(code), errors.error(code, "A better sentence.")
    assert type(usual) is KINDS[code]
    assert str(usual).endswith(".")
    assert code not in str(usual)
    assert (str(better), errors.code_of(better)) == ("A better sentence.", code)
    assert f"{code}: A better sentence." in caplog.text


def test_errors_of_others_have_no_code() -> None:
    assert set(KINDS) == set(errors.CODES)
    assert errors.code_of(ours.ConnectionLost("gone")) is None
