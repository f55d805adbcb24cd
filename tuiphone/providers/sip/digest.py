"""The credentials of an account: what a server that challenges us is told, and what is sent along unasked.

RFC 3261 section 22. The password leaves here but as a digest, and only for a realm that may ask for one.
"""

# pyright: strict

import secrets
from dataclasses import dataclass, field, replace
from typing import TypeVar

from tuiphone.core.errors import AccessDenied
from tuiphone.providers.sip.challenge import MAX_LENGTH, Challenge, challenges, params_in, proof, realm_of
from tuiphone.providers.sip.message import Headers, Request, Response

MAX_REALMS = 8
MAX_NONCES = 32
MAX_KNOWN = 32
MAX_ROUNDS = 4
"""How often one request is answered for: each proxy on the way may ask, and each once more for a stale nonce."""

_INFO = (("Authentication-Info", "Authorization"), ("Proxy-Authentication-Info", "Proxy-Authorization"))
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


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
                _put(self._known, (request.method, key[1]), session, MAX_KNOWN)
            request = self._signed(request, session)
        return request

    def heard(self, response: Response) -> None:
        """A server that accepted us may name the nonce for the next request (RFC 7616 section 3.5)."""
        for name, answering in _INFO:
            value = response.headers.get(name)
            if value is None or len(value) > MAX_LENGTH:
                continue
            nonce = params_in(value)[0].get("nextnonce")
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
        _put(self._realms, realm, None, MAX_REALMS)

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
        _put(self._strongest, key, best, MAX_REALMS)
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
        nonce = self._nonces.get(place) or _Nonce(secrets.token_hex(16))
        _put(self._nonces, place, nonce, MAX_NONCES)
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
            if pair[0].lower() != challenge.answer_field.lower() or realm_of(pair[1]) != challenge.realm
        ]
        headers = Headers([*kept, (challenge.answer_field, value)])
        return Request(request.method, request.uri, headers=headers, body=request.body)


def _put(table: dict[_Key, _Value], key: _Key, value: _Value, limit: int) -> None:
    """Into a table of the newest; the oldest makes room."""
    table.pop(key, None)
    table[key] = value
    if len(table) > limit:
        del table[next(iter(table))]


def _shown(realm: str) -> str:
    plain = "".join(letter for letter in realm if letter.isprintable())[:60]
    return f"of “{plain}”" if plain else "without a name"
