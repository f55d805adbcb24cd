"""The states that people publish of themselves (RFC 3903)."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuiphone.simulator.sip.documents import PIDF
from tuiphone.simulator.sip.fields import new_tag, parse_uri
from tuiphone.simulator.sip.flow import Hop
from tuiphone.simulator.sip.message import Message, response

_DEFAULT_S = 3_600
_MOST_OF_ONE = 10


@dataclass(eq=False, slots=True)
class Publication:
    """One state of one device."""

    tag: str
    body: str
    timer: asyncio.TimerHandle | None = None


class Published:
    """Keeps each state until it ends; the newest of a user is the one that is shown."""

    def __init__(self, settings: dict[str, Any], changed: Callable[[str], None]) -> None:
        self._settings = settings
        self._changed = changed
        self._of: dict[str, list[Publication]] = {}

    def of(self, user: str) -> str:
        """The document of a user, empty when there is none."""
        found = self._of.get(user)
        return found[-1].body if found else ""

    def take(self, request: Message, hop: Hop, sender: str) -> None:
        """Carry out a PUBLISH whose sender is known."""
        answer = self._taken(request, sender)
        hop.current().send(answer)

    def clear(self) -> None:
        """Forget everything."""
        for found in self._of.values():
            for one in found:
                _stop(one)
        self._of.clear()

    def _taken(self, request: Message, sender: str) -> Message:
        user, match = parse_uri(request.uri).user, request.get("sip-if-match")
        found = self._of.setdefault(sender, [])
        older = next((one for one in found if one.tag == match), None)
        asked = request.get("expires")
        seconds = min(int(asked), int(self._settings["max_expires"])) if asked.isdecimal() else _DEFAULT_S
        least = int(self._settings["min_expires"])
        if user != sender:
            return response(request, 403, tag=new_tag())
        if request.get("event").partition(";")[0].strip().lower() != "presence":
            return _with(response(request, 489, tag=new_tag()), "Allow-Events", "presence")
        if match and older is None:
            return response(request, 412, tag=new_tag())
        if 0 < seconds < least:
            return _with(response(request, 423, tag=new_tag()), "Min-Expires", str(least))
        kind = request.get("content-type").partition(";")[0].strip().lower()
        if request.body and (kind != PIDF or "<!" in request.body.replace("<!--", "")):
            return _with(response(request, 415, tag=new_tag()), "Accept", PIDF)
        if not request.body and older is None:
            return response(request, 400, "Nothing To Publish", tag=new_tag())
        body = request.body or (older.body if older else "")
        if older:
            self._remove(sender, older)
        made = Publication(new_tag(), body)
        if seconds:
            made.timer = asyncio.get_running_loop().call_later(seconds, self._expired, sender, made)
            found.append(made)
            for gone in found[:-_MOST_OF_ONE]:
                self._remove(sender, gone)
        if request.body or not seconds:
            asyncio.get_running_loop().call_soon(self._changed, sender)
        answer = _with(response(request, 200, tag=new_tag()), "SIP-ETag", made.tag)
        return _with(answer, "Expires", str(seconds))

    def _expired(self, user: str, one: Publication) -> None:
        self._remove(user, one)
        self._changed(user)

    def _remove(self, user: str, one: Publication) -> None:
        _stop(one)
        if one in self._of.get(user, []):
            self._of[user].remove(one)


def _stop(one: Publication) -> None:
    if one.timer:
        one.timer.cancel()


def _with(answer: Message, name: str, value: str) -> Message:
    answer.set(name, value)
    return answer
