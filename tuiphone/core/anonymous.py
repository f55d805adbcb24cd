"""Anonymiser: the same stand-in for the same name or number throughout a text, so that it can still be followed."""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable
from typing import Any, cast

from tuiphone.core import headed

MAX_KNOWN = 2000
_PERSONAL = re.compile(
    r"(?i)name|alias|number|user|phone|caller|callee|^from|^to$|display|identity|contact|account|^lines$"
)
_SAID = re.compile(r"(?i)^(?:message|text|info|payload|custom|subject|note)$")
_OURS = frozenset(
    [
        "tuiphone",
        "anonymous",
        "unknown",
        "internal",
        "external",
        "work",
        "home",
        "office",
        "private",
        "phone",
        "main",
        "test",
        "sip",
        "pbx",
        "account",
        "user",
    ]
)
"""Words that stand where names stand and name nobody; accounts are often called so."""
_KEPT = re.compile(r"(?i)^(?:sdp|candidate|callid|type|username_?fragment)$")
_NUMBER = re.compile(r"(?<![\w•-])(?<!\d[.:])(?:\+\d[\d ().\u2011-]{5,20}\d|\d{7,15})(?![\w•-]|[.:]\d)")
_REPLY = frozenset({"r", "code", "status", "error"})
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = 6
MAX_IN_FILE_NAME = 40
"""Characters of a name in the name of a recording, where a `_` is in the place of spaces and dots."""


class Anonymiser:
    """Stand-ins cannot be traced back, and are others in the next report."""

    def __init__(self, salt: bytes | None = None) -> None:
        self._salt = salt or secrets.token_bytes(16)
        self._names: dict[str, str] = {}
        self._in_file_names: dict[tuple[str, ...], str] = {}
        """The same by the words of the name."""
        self._pattern: re.Pattern[str] | None = None

    def know(self, people: Iterable[str]) -> None:
        """Names, user ids and numbers that have to be replaced wherever they stand."""
        for person in people:
            text = person.strip()
            # One or two digits are an extension, which says little, and would be found in every figure.
            if len(text) < 2 or (text.isdecimal() and len(text) < 4) or text.casefold() in _OURS:
                continue
            if len(self._names) >= MAX_KNOWN:
                return
            if text.casefold() not in self._names:
                self._names[text.casefold()] = stand_in = self._stand_in(text)
                for form in (text, text[:MAX_IN_FILE_NAME]):
                    if len(words := _words(form)) > 1:
                        self._in_file_names[words] = stand_in
                self._pattern = None

    def know_of(self, value: Any) -> None:
        """The same for what stands in a frame under names like `fromAlias`."""
        if isinstance(value, dict):
            for key, inner in cast("dict[str, Any]", value).items():
                if isinstance(inner, str) and _PERSONAL.search(key) and not _KEPT.match(key):
                    self.know([inner])
                elif isinstance(inner, list) and _PERSONAL.search(key):
                    items = cast("list[Any]", inner)
                    self.know(item for item in items if isinstance(item, str))
                    self.know_of(items)
                else:
                    self.know_of(inner)
        elif isinstance(value, list):
            for inner in cast("list[Any]", value):
                self.know_of(inner)

    def know_of_frame(self, body: str) -> None:
        """The same for a frame as it went over the wire, JSON or header lines."""
        try:
            self.know_of(json.loads(body))
        except (ValueError, RecursionError):
            self.know(headed.people(body))

    def text(self, text: str) -> str:
        """The text with stand-ins; quick for one line, so give it lines."""
        if self._pattern is None:
            longest_first = sorted(self._names, key=len, reverse=True)
            names, anywhere = "|".join(map(re.escape, longest_first)) or r"(?!)", _together(longest_first)
            longest_first = sorted(map("[_+-]+".join, self._in_file_names), key=len, reverse=True)
            files = "|".join(longest_first) or r"(?!)"
            self._pattern = re.compile(rf"(?<![^\W_])(?:{names}|{files})(?![^\W_])|(?:{anywhere})", re.IGNORECASE)
        text = self._pattern.sub(self._in_place_of, text)
        return _NUMBER.sub(lambda found: self._stand_in(found[0]), text)

    def lines(self, text: str) -> str:
        """A long text, line by line."""
        return "\n".join(self.text(line) for line in text.split("\n"))

    def body(self, body: str) -> str:
        """A frame's body, JSON or text."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return self.lines(headed.unsaid(body))
        return json.dumps(self._value(value, ""), ensure_ascii=False, separators=(",", ":"))

    def _value(self, value: Any, key: str) -> Any:
        match value:
            case dict():
                pairs = cast("dict[str, Any]", value)
                # A reply's message is the server's, anything else's is what somebody said.
                is_reply = not pairs.keys().isdisjoint(_REPLY)
                return {
                    name: self._value(inner, "" if is_reply and name == "message" else name)
                    for name, inner in pairs.items()
                }
            case list():
                return [self._value(inner, key) for inner in cast("list[Any]", value)]
            case str() if _KEPT.match(key):
                return value
            case str() if _SAID.match(key):
                return f"({len(value)} characters)"
            case str():
                return self.text(value)
            case int() if not isinstance(value, bool) and _PERSONAL.search(key):
                return self._stand_in(str(value))
            case _:
                return value

    def _in_place_of(self, found: re.Match[str]) -> str:
        name = found[0]
        return self._names.get(name.casefold()) or self._in_file_names.get(_words(name)) or "name-?"

    def _stand_in(self, text: str) -> str:
        digits = re.sub(r"\D", "", text)
        is_number = len(digits) >= 4 and not re.search(r"[^\W\d_]", text)
        # The last nine digits are the same whether a number was written with its country or without.
        what = digits[-9:] if is_number else text.casefold()
        mark = hmac.new(self._salt, what.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:_LETTERS]
        return f"{'number' if is_number else 'name'}-{mark}"


def _words(name: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(name.casefold()))


def _together(names: list[str]) -> str:
    """Names in scripts that put no spaces between words are found inside of them."""
    return "|".join(re.escape(name) for name in names if _UNSPACED.search(name)) or r"(?!)"
