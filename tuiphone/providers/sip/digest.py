"""Digest authentication: what a server challenges us with and what we answer (RFC 3261 section 22, RFC 8760, RFC 7616).

The password never leaves this module but as a digest, and only for a realm that asked for one.
"""

# pyright: strict

import hashlib
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tuiphone.core.errors import AccessDenied
from tuiphone.providers.sip.message import Headers, Request, Response

MAX_CHALLENGES = 16
MAX_REALMS = 8
MAX_NONCES = 32
MAX_KNOWN = 32
MAX_LENGTH = 4096
"""Characters of a challenge; nonces of real servers have some hundreds at most."""
MAX_ROUNDS = 4
"""How often one request is answered for: each proxy on the way may ask, and each once more for a stale nonce."""

_T = TypeVar("_T")
_STRENGTH = {"SHA-512-256": 3, "SHA-256": 2, "MD5": 1}
_HASHES = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
_PARAM = re.compile(r'\s*([\w.!%*+`\'~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))\s*(?:,|$)')
_SCHEME = re.compile(r"\s*([A-Za-z][\w-]*)\s+")
_FIELDS = (("WWW-Authenticate", "Authorization"), ("Proxy-Authenticate", "Proxy-Authorization"))
_INFO = (("Authentication-Info", "Authorization"), ("Proxy-Authentication-Info", "Proxy-Authorization"))


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


@dataclass(slots=True)
class _Nonce:
    """How often a nonce was used, and with which number of ours."""

    cnonce: str
    count: int = 0


@dataclass(slots=True)
class _Session:
    """What the next request is sent with."""

    challenge: Challenge
    nonce: _Nonce
    host: str
    """Who was asked for something when the challenge came."""

    @property
    def answer_field(self) -> str:
        """Where the answer goes."""
        return self.challenge.answer_field

    @property
    def is_for_proxy(self) -> bool:
        """The answer goes no further than a proxy."""
        return self.answer_field == "Proxy-Authorization"


@dataclass(slots=True)
class Attempts:
    """What was tried for one request, so that no server keeps us answering for ever."""

    rounds: int = 0
    answered: dict[tuple[str, str], Challenge] = field(default_factory=lambda: dict[tuple[str, str], Challenge]())
    stale: set[tuple[str, str]] = field(default_factory=lambda: set[tuple[str, str]]())


class Credentials:
    """The name and password of an account, and the nonces its servers gave.

    (asked) --answer--> answered --2xx..--> known: sent along unasked, each time counted on
                           |  ^                |
         401, not stale    |  +-- 401, stale --+
                           v        (once)
                        refused: AccessDenied
    """

    def __init__(self, username: str, password: str) -> None:
        self._username = username
        self._password = password
        self._known: dict[tuple[str, str], _Session] = {}
        """By method and realm: what the next such request is sent with."""
        self._nonces: dict[tuple[str, str], _Nonce] = {}
        """By realm and nonce, so that a nonce that comes again is counted on and not begun anew."""
        self._strongest: dict[tuple[str, str], Challenge] = {}
        self._realms: dict[str, None] = {}
        """Of our servers, as far as they have shown themselves."""

    def forget(self) -> None:
        """Another connection, perhaps to another server."""
        self._known.clear()
        self._strongest.clear()

    def sign(self, request: Request) -> Request:
        """The request with credentials for every realm that wanted them of the last one of its method.

        Those for a proxy end there. Those for a server would reach whoever is called, so they go to that server only.
        Within dialogs proxies seldom ask and so leave in what they did not ask for: there nothing is sent unasked.
        """
        if request.to.tag is not None:
            return request
        for (method, _), session in self._known.items():
            if method == request.method and (session.is_for_proxy or session.host == request.uri.host.lower()):
                request = self._signed(request, session)
        return request

    def answer(self, request: Request, response: Response, attempts: Attempts) -> Request:
        """The request with credentials for what the response asks; without its old ones for the same realms.

        Raises: AccessDenied
        """
        attempts.rounds += 1
        if attempts.rounds > MAX_ROUNDS:
            raise AccessDenied("The server asks for the password again and again; it was not answered any more.")
        by_realm: dict[tuple[str, str], list[Challenge]] = {}
        for challenge in challenges(response):
            by_realm.setdefault((challenge.answer_field, challenge.realm), []).append(challenge)
        if not by_realm:
            raise AccessDenied("The server asks for a password without saying how to prove it.")
        for key, offered in list(by_realm.items())[:MAX_REALMS]:
            self._check_realm(request, response, key[1])
            challenge = self._chosen(key, offered)
            self._check_again(request.method, key, challenge, attempts)
            attempts.answered[key] = challenge
            session = self._session(challenge, request.uri.host.lower())
            if request.to.tag is None:
                _trim(self._known, MAX_KNOWN)
                self._known[request.method, key[1]] = session
            request = self._signed(request, session)
        return request

    def heard(self, response: Response) -> None:
        """A server that accepted us may name the nonce for the next request (RFC 7616 section 3.5)."""
        for name, answering in _INFO:
            value = response.headers.get(name)
            if value is None or len(value) > MAX_LENGTH:
                continue
            nonce = _params(value)[0].get("nextnonce")
            method = response.cseq.method
            keys = [key for key, each in self._known.items() if key[0] == method and each.answer_field == answering]
            # It does not say of which realm it is.
            if nonce and len(keys) == 1:
                session = self._known[keys[0]]
                self._known[keys[0]] = self._session(replace(session.challenge, nonce=nonce), session.host)

    def _check_realm(self, request: Request, response: Response, realm: str) -> None:
        """Not the far side of a call but our servers may ask: the answer lets whoever gets it guess at the password."""
        is_ours = (
            realm in self._realms
            or request.method == "REGISTER"
            or (response.status == 407 and request.to.tag is None)
            or not self._realms
        )
        if not is_ours:
            raise AccessDenied(f"Somebody {_shown(realm)} asks for the password, who is none of our servers.")
        self._realms[realm] = None
        while len(self._realms) > MAX_REALMS:
            del self._realms[next(iter(self._realms))]

    def _chosen(self, key: tuple[str, str], offered: list[Challenge]) -> Challenge:
        """The strongest we know (RFC 7616 section 3.7); who asked for more before is not answered with less."""
        possible = [challenge for challenge in offered if challenge.problem is None]
        if not possible:
            raise AccessDenied(f"The server {_shown(key[1])} cannot be answered: {offered[0].problem}.")
        best = max(possible, key=lambda challenge: challenge.strength)
        before = self._strongest.get(key)
        if before is not None and best.strength < before.strength:
            raise AccessDenied(
                f"The server {_shown(key[1])} asks for a weaker proof of the password than before "
                f"({best.algorithm} after {before.algorithm}); somebody may be listening, so it was not answered."
            )
        _trim(self._strongest, MAX_REALMS)
        self._strongest[key] = best
        return best

    def _check_again(self, method: str, key: tuple[str, str], challenge: Challenge, attempts: Attempts) -> None:
        before = attempts.answered.get(key)
        if before is None:
            return
        if not challenge.is_stale:
            self._known.pop((method, key[1]), None)
            raise AccessDenied(f"The server {_shown(key[1])} refused the user name or password; check both.")
        if key in attempts.stale or before.nonce == challenge.nonce:
            self._known.pop((method, key[1]), None)
            raise AccessDenied(f"The server {_shown(key[1])} takes no answer as fresh; its clock or nonces are broken.")
        attempts.stale.add(key)

    def _session(self, challenge: Challenge, host: str) -> _Session:
        place = (challenge.realm, challenge.nonce)
        nonce = self._nonces.get(place)
        if nonce is None:
            _trim(self._nonces, MAX_NONCES)
            nonce = self._nonces[place] = _Nonce(secrets.token_hex(16))
        return _Session(challenge, nonce, host)

    def _signed(self, request: Request, session: _Session) -> Request:
        challenge = session.challenge
        session.nonce.count += 1
        value = proof(
            challenge,
            method=request.method,
            uri=str(request.uri),
            username=self._username,
            password=self._password,
            cnonce=session.nonce.cnonce,
            count=session.nonce.count,
        )
        kept = [
            pair
            for pair in request.headers
            if pair[0].lower() != challenge.answer_field.lower() or _realm_of(pair[1]) != challenge.realm
        ]
        headers = Headers([*kept, (challenge.answer_field, value)])
        return Request(request.method, request.uri, headers=headers, body=request.body)


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
        params, at = _params(value, found.end())
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


def _params(text: str, at: int = 0) -> tuple[dict[str, str], int]:
    """Parameters up to what is none, and where that stands."""
    found: dict[str, str] = {}
    while match := _PARAM.match(text, at):
        at = match.end()
        name, quoted, plain = match.groups()
        found.setdefault(name.lower(), plain if quoted is None else quoted)
    return found, at


def _realm_of(value: str) -> str | None:
    found = _SCHEME.match(value)
    return None if found is None else _params(value, found.end())[0].get("realm")


def _trim(table: dict[tuple[str, str], _T], limit: int) -> None:
    """Makes room for one more."""
    while len(table) >= limit:
        del table[next(iter(table))]


def _shown(realm: str) -> str:
    plain = "".join(letter for letter in realm if letter.isprintable())[:60]
    return f"of “{plain}”" if plain else "without a name"
