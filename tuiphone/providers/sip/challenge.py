"""Challenges of servers, and the proof that answers one (RFC 3261 section 22.4, RFC 7616, RFC 8760)."""

# pyright: strict

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tuiphone.providers.sip.message import Response

MAX_CHALLENGES = 16
MAX_LENGTH = 4096
"""Characters of a challenge; nonces of real servers have some hundreds at most."""

_STRENGTH = {"SHA-512-256": 3, "SHA-256": 2, "MD5": 1}
_HASHES = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
_PARAM = re.compile(r'\s*([\w.!%*+`\'~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')
_SCHEME = re.compile(r"\s*([A-Za-z][\w-]*)\s+")
_FIELDS = (("WWW-Authenticate", "Authorization"), ("Proxy-Authenticate", "Proxy-Authorization"))


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way a server would be content with."""

    scheme: str
    answer_field: str
    realm: str
    """As between its quotes, like the nonce."""
    nonce: str = ""
    opaque: str | None = None
    algorithm: str = "MD5"
    """In capitals, without `-SESS`."""
    is_session: bool = False
    algorithm_text: str | None = None
    """As the server wrote it."""
    qops: frozenset[str] = frozenset()
    is_stale: bool = False

    @property
    def problem(self) -> str | None:
        """Why we cannot answer it, as the end of a sentence."""
        if self.scheme != "digest":
            return f"it asks for the password by {self.scheme.capitalize()}, which would give it away"
        if self.algorithm not in _STRENGTH:
            return f"its digest is made by {self.algorithm[:20]}, which is not known here"
        if self.qops and "auth" not in self.qops:
            return "it wants the bodies of messages signed (auth-int), which proxies break; set it to qop=auth"
        if not self.nonce:
            return "its challenge has no nonce"
        return None

    @property
    def strength(self) -> tuple[int, bool]:
        """The higher, the harder to guess the password from an answer."""
        return _STRENGTH.get(self.algorithm, 0), "auth" in self.qops


def challenges(response: Response) -> Iterator[Challenge]:
    """All that a 401 or 407 offers; those that cannot be read are left out."""
    count = 0
    for asking, answering in _FIELDS:
        for value in response.headers.all(asking):
            for challenge in _read(value[:MAX_LENGTH], answering):
                count += 1
                if count <= MAX_CHALLENGES:
                    yield challenge


def proof(challenge: Challenge, *, method: str, uri: str, username: str, password: str, cnonce: str, count: int) -> str:
    """The value of Authorization that answers a challenge (RFC 7616 section 3.4; RFC 2069 where there is no qop)."""

    def digest(*parts: str) -> str:
        return hashlib.new(_HASHES[challenge.algorithm], ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    name = username.replace("\\", "\\\\").replace('"', '\\"')
    first = digest(username, challenge.realm, password)
    if challenge.is_session:
        first = digest(first, challenge.nonce, cnonce)
    second = digest(method, uri)
    said = [
        f'Digest username="{name}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{uri}"',
    ]
    if challenge.qops:
        number = f"{count:08x}"
        said.append(f'response="{digest(first, challenge.nonce, number, cnonce, "auth", second)}"')
        said += [f'cnonce="{cnonce}"', f"nc={number}", "qop=auth"]
    else:
        said.append(f'response="{digest(first, challenge.nonce, second)}"')
        if challenge.is_session:
            said.append(f'cnonce="{cnonce}"')
    if challenge.algorithm_text is not None:
        said.append(f"algorithm={challenge.algorithm_text}")
    if challenge.opaque is not None:
        said.append(f'opaque="{challenge.opaque}"')
    return ", ".join(said)


def _read(value: str, answering: str) -> Iterator[Challenge]:
    """The challenges of one field: one, as RFC 3261 section 20.44 wants it, or several as in HTTP."""
    at = 0
    while found := _SCHEME.match(value, at):
        params, at = params_in(value, found.end())
        text = params.get("algorithm")
        algorithm = (text or "MD5").upper()
        yield Challenge(
            scheme=found[1].lower(),
            answer_field=answering,
            realm=params.get("realm", ""),
            nonce=params.get("nonce", ""),
            opaque=params.get("opaque"),
            algorithm=algorithm.removesuffix("-SESS"),
            is_session=algorithm.endswith("-SESS"),
            algorithm_text=text,
            qops=frozenset(each.strip().lower() for each in params.get("qop", "").split(",") if each.strip()),
            is_stale=params.get("stale", "").lower() == "true",
        )


def params_in(text: str, at: int = 0) -> tuple[dict[str, str], int]:
    """Parameters up to what is none, and where that stands."""
    found: dict[str, str] = {}
    while match := _PARAM.match(text, at):
        at = match.end()
        name, quoted, plain = match.groups()
        found.setdefault(name.lower(), plain if quoted is None else quoted)
    return found, at


def realm_of(value: str) -> str | None:
    found = _SCHEME.match(value)
    return None if found is None else params_in(value, found.end())[0].get("realm")
