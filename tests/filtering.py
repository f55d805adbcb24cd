"""A second, slow reading of what a filter means, record by record; the store's is compared with it."""

from collections.abc import Iterable

from tuiphone.core.filters import Filter, Term, digits_in, folded, parse
from tuiphone.core.model import CallRecord


def matches(record: CallRecord, wanted: Filter) -> bool:
    """Whether the filter means this record."""
    number = digits_in(record.peer.text)
    texts = (folded(f"{record.peer.name or ''}\n{record.peer.text}\n{number}"), folded(record.note or ""))
    has_recording = bool(record.recording or record.recording_url)
    return (
        all(_has(texts, term) is not term.negated for term in wanted.terms)
        and (wanted.results is None or record.result in wanted.results)
        and wanted.incoming in (None, record.incoming)
        and wanted.video in (None, record.video)
        and wanted.recorded in (None, has_recording)
        and wanted.noted in (None, bool(record.note))
        and (wanted.accounts is None or not wanted.accounts.isdisjoint({record.account, record.control_account}))
        and (wanted.since is None or record.started_at >= wanted.since)
        and (wanted.until is None or record.started_at < wanted.until)
        and (wanted.min_s is None or record.talk_s >= wanted.min_s)
        and (wanted.max_s is None or record.talk_s <= wanted.max_s)
    )


def _has(texts: tuple[str, ...], term: Term) -> bool:
    return any(all(part in text for part in parts) for parts in term.alternatives for text in texts)


def filtered(records: Iterable[CallRecord], line: str, now: float) -> tuple[list[CallRecord], tuple[str, ...]]:
    """The records a filter line means, in their order, and what of it is a mistake."""
    known = list(records)
    wanted = parse(line, now=now, accounts=tuple(sorted({record.account for record in known})))
    return [record for record in known if matches(record, wanted)], wanted.problems
