"""The filter language: what each word means, how words are completed, and what is said of mistakes."""

import time
from datetime import datetime
from typing import Any

import pytest

from tuiphone.core.filters import Filter, Term, complete, parse
from tuiphone.core.model import RecordResult

NOW = datetime(2026, 11, 21, 14, 2).timestamp()
ACCOUNTS = ("home", "my work", "pbx", "work")
MISSED, ANSWERED = RecordResult.MISSED, RecordResult.ANSWERED


def read(typed: str) -> Filter:
    return parse(typed, now=NOW, accounts=ACCOUNTS)


def day(*numbers: int) -> float:
    return datetime(*numbers).timestamp()  # type: ignore[arg-type]


def words(*all: str) -> tuple[Term, ...]:
    return tuple(Term(((word,),)) for word in all)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("", {}),
        ("   ", {}),
        ("An NGUYỄN Đào", {"terms": words("an", "nguyen", "dao")}),
        ('"Văn An" bob', {"terms": words("van an", "bob")}),
        ('"open quotation', {"terms": words("open quotation")}),
        ("-bob", {"terms": (Term((("bob",),), negated=True),)}),
        ('-"văn an"', {"terms": (Term((("van an",),), negated=True),)}),
        ("missed", {"results": {MISSED}}),
        ("MISSED Answered", {"results": {MISSED, ANSWERED}}),
        ("-missed", {"results": set(RecordResult) - {MISSED}}),
        ('"missed"', {"terms": words("missed")}),
        ("in", {"incoming": True}),
        ("out", {"incoming": False}),
        ("-in", {"incoming": False}),
        ("in out", {"incoming": None}),
        ("video -recorded noted", {"video": True, "recorded": False, "noted": True}),
        ("account:work", {"accounts": {"work"}}),
        ("account:WORK account:home", {"accounts": {"work", "home"}}),
        ("account:p", {"accounts": {"pbx"}}),
        ('account:"my work"', {"accounts": {"my work"}}),
        ("-account:home", {"accounts": {"my work", "pbx", "work"}}),
        ("from:2026-01-31", {"since": day(2026, 1, 31)}),
        ("to:2026-01-31", {"until": day(2026, 2, 1)}),
        ("from:2026-12 to:2026-12", {"since": day(2026, 12, 1), "until": day(2027, 1, 1)}),
        ("from:2025 to:2025", {"since": day(2025, 1, 1), "until": day(2026, 1, 1)}),
        ("from:today", {"since": day(2026, 11, 21)}),
        ("to:yesterday", {"until": day(2026, 11, 21)}),
        ("from:-7d", {"since": day(2026, 11, 14)}),
        ("from:-2w to:-1w", {"since": day(2026, 11, 7), "until": day(2026, 11, 15)}),
        ("from:-3h", {"since": NOW - 3 * 3600}),
        ("min:60s max:5m", {"min_s": 60.0, "max_s": 300.0}),
        ("min:90 max:1h30m", {"min_s": 90.0, "max_s": 5400.0}),
        ("min:1:30", {"min_s": 90.0}),
        ("account: from: min:", {}),
        ("sip:bob@example.org a:b", {"terms": words("sip:bob@example.org", "a:b")}),
        ("-", {"terms": words("-")}),
    ],
)
def test_the_filter_line_is_read(typed: str, wanted: dict[str, Any]) -> None:
    wanted = {key: frozenset(value) if isinstance(value, set) else value for key, value in wanted.items()}
    assert read(typed) == Filter(**wanted)
    assert read(typed).problems == ()


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0901234567", "+84901234567"),
        ("090 123 4567", "+84901234567"),
        ("(090) 123-4567", "0901234567"),
        ("+84 90 123 45 67", "0901234567"),
        ("+84901234567", "0084901234567"),
        ("0084901234567", "+84901234567"),
        ("+1 201 555 0123", "2015550123"),
        ("4567", "+84901234567"),
        ("901 4567", "+84901234567"),
        ('"123 45"', "+84901234567"),
    ],
)
def test_a_number_is_found_however_it_is_written(typed: str, stored: str) -> None:
    (term,) = read(typed).terms
    assert any(all(part in stored for part in parts) for parts in term.alternatives)


@pytest.mark.parametrize(("typed", "stored"), [("0901234567", "+84901234568"), ("100", "+84"), ("1234 999", "1234")])
def test_another_number_is_not(typed: str, stored: str) -> None:
    (term,) = read(typed).terms
    assert not any(all(part in stored for part in parts) for parts in term.alternatives)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("from:2026-02-30", "from:2026-02-30 is no day; write 2026-01-31, today, yesterday or -7d."),
        ("to:someday", "to:someday is no day; write 2026-01-31, today, yesterday or -7d."),
        ("from:-99999d", "from:-99999d is no day; write 2026-01-31, today, yesterday or -7d."),
        ("from:0000", "from:0000 is no day; write 2026-01-31, today, yesterday or -7d."),
        ("min:long", "min:long is no length; write 60s, 5m or 1h30m."),
        ("max:1:5", "max:1:5 is no length; write 60s, 5m or 1h30m."),
        ("form:today", "There is no form:; did you mean from:?"),
        ("acount:work", "There is no acount:; did you mean account:?"),
        ("account:wrk", "There is no account wrk; there are: home, my work, pbx, work."),
        ("from:today to:yesterday", "from: is later than to:, so no call can match."),
        ("min:2m max:1m", "min: is longer than max:, so no call can match."),
        ("-from:today", "-from: means nothing; there is from: and to:, min: and max:."),
    ],
)
def test_a_mistake_is_a_sentence_and_the_rest_filters(typed: str, problem: str) -> None:
    found = read(f"{typed} missed")
    assert found.problems == (problem,)
    assert found.results == {MISSED}


@pytest.mark.parametrize("typed", ["x" * 100_000, "\ud800", "\0", '"' * 500, "-" * 500, "from:" * 100, "9" * 10_000])
def test_whatever_is_pasted_is_read_quickly(typed: str) -> None:
    began = time.process_time()
    read(typed)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("mi", "missed"),
        ("an mis", "an missed"),
        ("-mi", "-missed"),
        ("MIS", "MISsed"),
        ("acc", "account:"),
        ("account:", "account:home"),
        ("bob account:w", "bob account:work"),
        ('account:"my', 'account:"my work"'),
        ("account:m", None),
        ("from:y", "from:yesterday"),
        ("from:-", "from:-7d"),
        ("missed", None),
        ("missed ", None),
        ("", None),
        ("m", None),
        ("zzz", None),
    ],
)
def test_the_last_word_is_completed(typed: str, whole: str | None) -> None:
    assert complete(typed, ACCOUNTS) == whole
