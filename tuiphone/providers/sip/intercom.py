"""A caller that wants its call picked up by itself: intercom, paging, the click-to-call of a PBX.

RFC 5373 has a header for it; telephones and PBXs have had their own ways for longer, which no RFC names: a parameter of
Call-Info and Alert-Info (RFC 3261 sections 20.9 and 20.4). Anybody can write them; the account's settings decide.
"""

# pyright: strict

from collections.abc import Iterator

from tuiphone.core.call import AnswerWish
from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import Word, find, params_of, split_commas
from tuiphone.providers.sip.message import Request
from tuiphone.providers.sip.uri import Params

MAX_SECONDS = 30
"""Whoever is to wait longer is no intercom."""
_MODES = ("Answer-Mode", "Priv-Answer-Mode")
_WORDS = frozenset({"alert-autoanswer", "auto-answer", "autoanswer", "intercom"})
_DELAYS = ("answer-after", "delay")


def wish_of(request: Request, way: str) -> AnswerWish | None:
    """What the caller wants, where the account lets it have that: `way` is one of INTERCOM in the settings."""
    after = seconds(request) if way != "off" else None
    return None if after is None else AnswerWish(float(after), muted=way == "muted")


def seconds(request: Request) -> int | None:
    """After how long the caller wants its call to be picked up; None where it wants nothing of the kind."""
    for mode in _MODES:
        for value in request.headers.all(mode):
            if _is_auto(value):
                return 0
    for name in ("Call-Info", "Alert-Info"):
        for params in _params(request, name):
            said = find(params, "answer-after")
            if said is None and (find(params, "info") or "").lower() not in _WORDS:
                continue
            return _delay(params)
    return None


def _is_auto(value: str) -> bool:
    try:
        return Word.parse(value).value.lower() == "auto"
    except BadMessage:
        return False


def _params(request: Request, name: str) -> Iterator[Params]:
    """The parameters of each member of a list, with an address before them or, as some PBXes write it, without."""
    for value in request.headers.all(name):
        try:
            for member in split_commas(value):
                _, bracket, rest = member.rpartition(">")
                yield params_of(rest if bracket or member.startswith(";") else f";{member}")
        except BadMessage:
            continue


def _delay(params: Params) -> int | None:
    said = next((value for name in _DELAYS if (value := find(params, name))), "0").strip()
    if not (said.isascii() and said.isdecimal()) or len(said) > 4:
        return None
    return number if (number := int(said)) <= MAX_SECONDS else None
