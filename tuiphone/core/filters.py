"""The filter language of the history, read in one place for the app, the command line and the engine; pure.

Free text is looked for in names, numbers and notes, each word anywhere; a "quoted phrase" as it stands. Beside it:

missed  answered  in  out  video  recorded  noted        of one kind several mean any of them; -missed means all others
account:work                                             several mean any of them
from:2026-01-31  to:yesterday                            a day, a month (2026-01), a year, today, yesterday, -7d, -2w
min:60s  max:5m                                          how long one talked

A mistake is told in a sentence, and the rest still filters.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tuiphone.core.model import RecordResult

MAX_FILTER = 200
"""Characters of a filter that count; nobody types more."""
MAX_FOLDED = 1000
"""Characters of a name or a number that are looked at."""
FLAGS = ("missed", "answered", "in", "out", "video", "recorded", "noted")
KEYS = ("account", "from", "to", "min", "max")
_DAYS = ("today", "yesterday", "-7d", "-30d")
_RESULTS = {"missed": RecordResult.MISSED, "answered": RecordResult.ANSWERED}
_TOKEN = re.compile(r'(?P<minus>-?)(?P<key>[a-z]+:)?"(?P<quoted>[^"]*)(?:"|$)|(?P<plain>\S+)', re.IGNORECASE)
_NUMBER = re.compile(r"\+?[0-9]+")
_SEPARATORS = re.compile(r"[\s().\-/\u2010-\u2015]+")
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_AGO = re.compile(r"-(\d{1,4})([hdw])")
_LENGTH = re.compile(r"(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s?)?")


@dataclass(frozen=True, slots=True)
class Term:
    """Something names, numbers or notes have to have in them: all parts of one of the alternatives; folded."""

    alternatives: tuple[tuple[str, ...], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """Which calls are meant; the empty one means all. Times are seconds since the epoch."""

    terms: tuple[Term, ...] = ()
    results: frozenset[RecordResult] | None = None
    """Any of these."""
    incoming: bool | None = None
    video: bool | None = None
    recorded: bool | None = None
    noted: bool | None = None
    accounts: frozenset[str] | None = None
    """Any of these."""
    since: float | None = None
    until: float | None = None
    """Calls that began before this."""
    min_s: float | None = None
    max_s: float | None = None
    """Bounds of how long one talked, both included."""
    problems: tuple[str, ...] = field(default=(), compare=False)
    """What was not understood, a sentence each."""


def folded(text: str, limit: int = MAX_FOLDED) -> str:
    """Text without case and accents, so that `nguyen` finds Nguyễn."""
    # A lone surrogate, which JSON can carry, is refused by SQLite.
    sound = text[:limit].encode("utf-8", "replace").decode().replace("\0", "")
    parts = unicodedata.normalize("NFD", sound.casefold())
    return "".join(character for character in parts if not unicodedata.combining(character)).replace("đ", "d")


def digits_in(text: str) -> str:
    """A number without its separators; anything else as it is."""
    bare = _SEPARATORS.sub("", text)
    return bare if _NUMBER.fullmatch(bare) else text


def parse(typed: str, *, now: float, accounts: Sequence[str] = ()) -> Filter:
    """What a filter line means. `accounts` are those there are calls of; `now` says what is today, local time."""
    return _Reading(now, accounts).read(typed[:MAX_FILTER])


def complete(typed: str, accounts: Iterable[str]) -> str | None:
    """The filter line with its last word completed to the first that fits; None when nothing does."""
    head, last = _last_word(typed)
    minus = "-" if last.startswith("-") else ""
    word = last.removeprefix("-").casefold()
    if len(word) < 2:
        return None  # a letter alone begins a name as often
    for candidate in _candidates(accounts):
        if candidate.casefold().startswith(word) and len(candidate) > len(word):
            return f"{head}{minus}{last.removeprefix('-')}{candidate[len(word) :]}"
    return None


def _last_word(typed: str) -> tuple[str, str]:
    last = next((found for found in reversed(list(_TOKEN.finditer(typed)))), None)
    if last is None or last.end() < len(typed):
        return typed, ""
    return typed[: last.start()], last.group()


def _candidates(accounts: Iterable[str]) -> Iterator[str]:
    yield from FLAGS
    yield from (f"{key}:" for key in KEYS)
    yield from (f'account:"{name}"' if " " in name else f"account:{name}" for name in accounts)
    yield from (f"{key}:{day}" for key in ("from", "to") for day in _DAYS)


class _Reading:
    """One filter line being read."""

    def __init__(self, now: float, accounts: Sequence[str]) -> None:
        self._today = datetime.fromtimestamp(now)
        self._known = tuple(accounts)
        self._terms: list[Term] = []
        self._digits: list[str] = []
        self._wanted: set[RecordResult] = set()
        self._unwanted: set[RecordResult] = set()
        self._directions: set[bool] = set()
        self._has: dict[str, bool] = {}
        self._accounts: set[str] = set()
        self._other_accounts: set[str] = set()
        self._bounds: dict[str, float] = {}
        self._problems: list[str] = []

    def read(self, typed: str) -> Filter:
        for token in _TOKEN.finditer(typed):
            if (plain := token["plain"]) is not None:
                self._plain(plain)
            else:
                self._quoted(token["key"], token["quoted"], negated=bool(token["minus"]))
        self._end_number()
        since, until = self._bounds.get("from"), self._bounds.get("to")
        if since is not None and until is not None and since >= until:
            self._problems.append("from: is later than to:, so no call can match.")
        least, most = self._bounds.get("min"), self._bounds.get("max")
        if least is not None and most is not None and least > most:
            self._problems.append("min: is longer than max:, so no call can match.")
        return Filter(
            terms=tuple(self._terms),
            results=self._results(),
            incoming=next(iter(self._directions)) if len(self._directions) == 1 else None,
            video=self._has.get("video"),
            recorded=self._has.get("recorded"),
            noted=self._has.get("noted"),
            accounts=self._chosen_accounts(),
            since=since,
            until=until,
            min_s=least,
            max_s=most,
            problems=tuple(self._problems),
        )

    def _results(self) -> frozenset[RecordResult] | None:
        if not self._wanted and not self._unwanted:
            return None
        return frozenset((self._wanted or set(RecordResult)) - self._unwanted)

    def _chosen_accounts(self) -> frozenset[str] | None:
        if not self._accounts and not self._other_accounts:
            return None
        return frozenset((self._accounts or set(self._known)) - self._other_accounts)

    def _plain(self, word: str) -> None:
        number = _SEPARATORS.sub("", word)
        # -100 could be the number 100 left out, but so is nothing that is dialled written.
        if _NUMBER.fullmatch(number) and not word.startswith("-"):
            self._digits.append(number)
            return
        self._end_number()
        negated = len(word) > 1 and word.startswith("-")
        bare = word[1:] if negated else word
        key, colon, value = bare.partition(":")
        if bare.casefold() in FLAGS:
            self._flag(bare.casefold(), wanted=not negated)
        elif colon and key.casefold() in KEYS:
            self._value(key.casefold(), value, negated=negated)
        elif colon and (close := difflib.get_close_matches(key.casefold(), KEYS, 1, 0.7)):
            self._problems.append(f"There is no {key}:; did you mean {close[0]}:?")
        else:
            self._term(bare, negated=negated)

    def _quoted(self, key: str | None, text: str, *, negated: bool) -> None:
        self._end_number()
        name = (key or "").removesuffix(":").casefold()
        if name in KEYS:
            self._value(name, text, negated=negated)
        else:
            self._term(f"{key or ''}{text}", negated=negated)

    def _term(self, text: str, *, negated: bool) -> None:
        if wanted := " ".join(folded(text).split()):
            number = digits_in(wanted)
            alternatives = ((wanted,), *(_forms(number) if _NUMBER.fullmatch(number) else ()))
            self._terms.append(Term(tuple(dict.fromkeys(alternatives)), negated))

    def _end_number(self) -> None:
        """Numbers are typed in groups; they may as well be two numbers."""
        groups, self._digits = tuple(self._digits), []
        if groups:
            alternatives = ((groups,) if len(groups) > 1 else ()) + _forms("".join(groups))
            self._terms.append(Term(tuple(dict.fromkeys(alternatives))))

    def _flag(self, word: str, *, wanted: bool) -> None:
        match word:
            case "missed" | "answered":
                (self._wanted if wanted else self._unwanted).add(_RESULTS[word])
            case "in" | "out":
                self._directions.add((word == "in") is wanted)
            case _:
                self._has[word] = wanted

    def _value(self, key: str, value: str, *, negated: bool) -> None:
        if not value:
            return  # it is still being typed
        match key:
            case "account":
                self._account(value, self._other_accounts if negated else self._accounts)
            case _ if negated:
                self._problems.append(f"-{key}: means nothing; there is from: and to:, min: and max:.")
            case "from" | "to":
                if (span := _span(value.casefold(), self._today)) is None:
                    self._problems.append(f"{key}:{value} is no day; write 2026-01-31, today, yesterday or -7d.")
                else:
                    self._bounds[key] = span[key == "to"]
            case _:
                if (seconds := _seconds(value.casefold())) is None:
                    self._problems.append(f"{key}:{value} is no length; write 60s, 5m or 1h30m.")
                else:
                    self._bounds[key] = seconds

    def _account(self, value: str, into: set[str]) -> None:
        wanted = value.casefold()
        exact = [name for name in self._known if name.casefold() == wanted]
        if found := exact or [name for name in self._known if name.casefold().startswith(wanted)]:
            into.update(found)
        else:
            known = ", ".join(self._known[:8]) or "none yet"
            self._problems.append(f"There is no account {value}; there are: {known}.")


def _forms(number: str) -> tuple[tuple[str, ...], ...]:
    """How a number may have been written down: +84 90..., 0084 90..., 090..."""
    digits = number.removeprefix("+")
    forms = [number]
    if number.startswith("+"):
        forms.append(f"00{digits}")
        if len(digits) >= 9:
            # A country code has one to three digits.
            forms += [digits, *(f"0{digits[code:]}" for code in (1, 2, 3))]
    elif number.startswith("00") and len(digits) >= 8:
        forms.append(f"+{digits[2:]}")
    elif number.startswith("0") and len(digits) >= 5:
        forms.append(digits[1:])
    return tuple((form,) for form in dict.fromkeys(forms))


def _span(value: str, now: datetime) -> tuple[float, float] | None:
    """First and past-the-last second of a day, a month or a year."""
    try:
        if (ago := _AGO.fullmatch(value)) is not None:
            number = int(ago[1])
            if ago[2] == "h":
                at = (now - timedelta(hours=number)).timestamp()
                return at, at
            day = now.date() - timedelta(days=number * (7 if ago[2] == "w" else 1))
            return _start(day), _start(day + timedelta(days=1))
        if value in ("today", "yesterday"):
            day = now.date() - timedelta(days=value == "yesterday")
            return _start(day), _start(day + timedelta(days=1))
        if (written := _DAY.fullmatch(value)) is None:
            return None
        year, month, number = int(written[1]), written[2], written[3]
        first = date(year, int(month or 1), int(number or 1))
        if number:
            return _start(first), _start(first + timedelta(days=1))
        after = date(year + (not month or int(month) == 12), int(month) % 12 + 1 if month else 1, 1)
        return _start(first), _start(after)
    except (ValueError, OverflowError, OSError):
        return None


def _start(day: date) -> float:
    return datetime(day.year, day.month, day.day).timestamp()


def _seconds(value: str) -> float | None:
    minutes, colon, rest = value.partition(":")
    if colon:
        is_sound = len(minutes) <= 4 and minutes.isdecimal() and len(rest) == 2 and rest.isdecimal()
        return int(minutes) * 60.0 + int(rest) if is_sound else None
    if not value or (parts := _LENGTH.fullmatch(value)) is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in parts.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds
