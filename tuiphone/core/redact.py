"""Blacks out secrets before anything is kept or shown: what looks like one, and every one that was ever read.

The log, wire traces and bug reports all go through here. E-mail addresses, names and numbers are no secrets.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast
from urllib.parse import quote

BLACK = "•••"
OVERLAP = 4096
"""How much more than is kept has to be looked at, so that a secret at the cut is known for one."""
SHORTEST = 6
"""Characters of a secret that is looked for by itself; shorter ones would black out half of every number."""
MAX_KNOWN = 64
MAX_NODES = 2000
"""Values copied of one object; more is no frame but an attack."""
MAX_DEPTH = 24

_TRIGGERS = (
    "token", "passw", "passphrase", "pwd", "secret", "credential", "authorization", "cookie",
    "apikey", "api_key", "api-key", "privatekey", "private_key", "private-key",
)  # fmt: skip
"""In the name of a secret."""
# The closing quote may be missing: long entries are cut. JSON inside JSON has backslashes before its quotes.
_VALUE = (
    r"""(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?"""
    r"""|(?P<q>\\{1,7}["'])(?:(?!(?<!\\)(?P=q))[^\r\n])*"""
    r"""|\[[^\]\r\n]*\]?|(?:(?:Bearer|Basic|Digest)\s+)?[^\s,;&}\])"'\\]+)"""
)
_GIVEN = re.compile(
    # The rest of the name, then as JSON or Python show it; or as in a query, a setting, a dataclass, also for a URL.
    rf"""(?i)([\w-]{{0,40}}(?:\\{{0,7}}["']\s{{0,3}}:\s{{0,3}}|\s{{0,3}}=\s{{0,3}}|%3D)){_VALUE}"""
    # A header, to its end.
    r"|(?<=authorization)(\s{0,3}:\s{0,3})(?:[^\r\n\\]|\\(?![rn]))+"
    r"|(?<=cookie)(2?\s{0,3}:\s{0,3})(?:[^\r\n\\]|\\(?![rn]))+"
    # Another header, or a line of a listing: what is no word, because sentences have colons too.
    r"|([\w-]{0,40}:[ \t]{0,3})(?=[\w+/=.~-]{0,200}[0-9])[\w+/=.~-]{12,}"
)
_RULES: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    # A JSON Web Token, wherever it stands.
    (("eyj",), re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?")),
    (("bearer ", "basic "), re.compile(r"(?i)\b((?:Bearer|Basic)\s+)[\w+/=.~-]{12,}")),
    # What a digest was made of can be guessed at leisure.
    (
        ("response", "rspauth"),
        re.compile(r"""(?i)\b((?:response|rspauth)\\{0,7}["']?\s{0,3}[=:]\s{0,3}\\{0,7}["']?)[0-9a-f]{16,}"""),
    ),
    # scheme://user:password@host, and the same without slashes.
    (("://",), re.compile(r"(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{0,100}:)[^\s/?#\"']{1,200}(?=@)")),
    (("sip", "turn", "stun"), re.compile(r"(?i)\b((?:sips?|turns?|stuns?):[^\s/:@\"']{1,100}:)[^\s\"'/]{1,200}(?=@)")),
    (("sig", "sid=", "auth="), re.compile(r"(?i)([?&](?:sid|auth|sig|signature|x-amz-signature)=)[^&\s\"'#]+")),
    # A password as a PBX takes it in its address.
    (("cid=",), re.compile(r"(?i)([?&]cid=)[^&\s\"'#]+")),
    # Session descriptions: RFC 8839 section 5.4, RFC 4568.
    (("ice-pwd",), re.compile(r"(?i)(ice-pwd:)[^\s\\\"']+")),
    (("inline:",), re.compile(r"(?i)(inline:)[\w+/=|:.-]+")),
    (("private key-",), re.compile(r"(?is)(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----).*?(?=-----END|$)")),
)
_SECRET_KEY = re.compile(rf"(?i){'|'.join(_TRIGGERS)}|^auth$|^signature$")

_known: dict[str, tuple[str, ...]] = {}
"""Secrets of the settings -> the forms they may turn up in."""
_passing: dict[str, tuple[str, ...]] = {}
"""The same of secrets that servers give for a while; so many come that they must not push out the others."""
_forms: tuple[str, ...] = ()


def learn(secret: str, *, passing: bool = False) -> None:
    """Black this out from now on wherever it turns up, also as base64, in a URL or inside JSON."""
    global _forms
    kept = _passing if passing else _known
    if len(secret) < SHORTEST or kept.get(secret):
        return
    kept[secret] = _forms_of(secret)
    while len(kept) > MAX_KNOWN:
        del kept[next(iter(kept))]
    forms = {form for known in (_known, _passing) for each in known.values() for form in each}
    # Longest first: one secret may be the beginning of another. Replaced whole, because threads read it as well.
    _forms = tuple(sorted(forms, key=len, reverse=True))


def known() -> tuple[str, ...]:
    """Everything that was learnt, for another process that is to black it out as well; never to be kept or shown."""
    return (*_known, *_passing)


def _forms_of(secret: str) -> tuple[str, ...]:
    raw = secret.encode("utf-8", "replace")
    forms = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    for before in range(3):
        # Base64 looks different by what stands before, as in `user:password`; only whole letters are compared.
        coded = b64encode(b"\0" * before + raw).decode().rstrip("=")
        core = coded[(0, 2, 3)[before] : (len(raw) + before) * 8 // 6]
        forms |= {core, core.replace("+", "-").replace("/", "_")} if len(core) >= SHORTEST else set()
    return tuple(forms)


def redact(text: str) -> str:
    """The text with everything that looks like a secret, or is a known one, blacked out."""
    for form in _forms:
        if form in text:
            text = text.replace(form, BLACK)
    # Looking for the words first is what makes this cheap: most texts have none of them.
    lowered = text.lower()
    if len(lowered) != len(text):
        # Some letter becomes two, and places would no longer be the same.
        lowered = "".join(character.lower() if character.isascii() else character for character in text)
    if spans := _given(text, lowered):
        pieces: list[str] = []
        done = 0
        for start, end in sorted(spans):
            if end > done:
                pieces += (text[done : max(start, done)], BLACK if start >= done else "")
                done = end
        text = "".join((*pieces, text[done:]))
    for triggers, pattern in _RULES:
        for trigger in triggers:
            if trigger in lowered:
                text = pattern.sub(_blacked, text)
                break
    return text


def _given(text: str, lowered: str) -> list[tuple[int, int]]:
    """Where the values of secret names stand."""
    spans: list[tuple[int, int]] = []
    for trigger in _TRIGGERS:
        at = lowered.find(trigger)
        while at >= 0:
            at += len(trigger)
            if found := _GIVEN.match(text, at):
                start = next(found.end(group) for group in (1, 3, 4, 5) if found[group] is not None)
                at = end = found.end()
                # The quotes stay, so that JSON is still JSON.
                if found["q"] is not None:
                    start += len(found["q"])
                elif text[start] in "\"'":
                    end -= text[end - 1] == text[start] and end - 1 > start
                    start += 1
                spans.append((start, end))
            at = lowered.find(trigger, at)
    return spans


def _blacked(found: re.Match[str]) -> str:
    kept = (found[1] or "") if found.re.groups else ""
    return kept + BLACK


def redact_start(text: str, limit: int) -> str:
    """The first `limit` characters, redacted; a secret that reaches beyond them is not kept in part."""
    if len(text) <= limit:
        return redact(text)
    return redact(text[: limit + OVERLAP])[:limit]


@lru_cache(maxsize=1024)
def is_secret_key(key: str) -> bool:
    """Whether a value under this name is one to black out."""
    return _SECRET_KEY.search(key[:200]) is not None


def redacted(value: Any, secrets: frozenset[str] = frozenset(), *, limit: int = 64 * 1024) -> Any:
    """A copy with the values of secret keys blacked out at any depth, those of `secrets` too, and not much longer
    than `limit` characters; texts in it are still to be redacted."""
    return _Copy(secrets, limit).of(value, 0)


class _Copy:
    """A copy under way."""

    def __init__(self, secrets: frozenset[str], limit: int) -> None:
        self._secrets = secrets
        self._room = limit
        self._nodes = MAX_NODES

    def of(self, value: Any, depth: int) -> Any:
        self._nodes -= 1
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, Mapping):
            if depth > MAX_DEPTH:
                return "…"
            return self._pairs(cast("Mapping[Any, Any]", value), depth)
        if isinstance(value, list | tuple):
            items = cast("list[Any] | tuple[Any, ...]", value)
            if depth > MAX_DEPTH:
                return "…"
            copied: list[Any] = []
            for item in items:
                if self._nodes <= 0 or self._room <= 0:
                    copied.append("…")
                    break
                copied.append(self.of(item, depth + 1))
            return copied
        self._room -= 8
        return value

    def _pairs(self, pairs: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        copied: dict[str, Any] = {}
        for key, inner in pairs.items():
            if self._nodes <= 0 or self._room <= 0:
                copied["…"] = "…"
                break
            name = str(key)[:200]
            self._room -= len(name)
            is_secret = key in self._secrets or is_secret_key(name)
            if is_secret and not (inner is None or isinstance(inner, bool)):
                copied[name] = BLACK
            else:
                copied[name] = self.of(inner, depth + 1)
        return copied

    def _text(self, text: str) -> str:
        room, self._room = self._room, self._room - len(text)
        if len(text) <= room:
            return text
        return f"{redact_start(text, max(0, room))}… ({len(text):,} characters)"
