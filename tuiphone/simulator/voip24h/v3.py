"""The interface of 2022: a token for two keys, history by query, recordings, dialling (section 8.1)."""

import hmac
import json
import secrets
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from tuiphone.simulator.strict_json import parsed
from tuiphone.simulator.voip24h.calls import Calls, Refusal
from tuiphone.simulator.voip24h.recordings import Recordings
from tuiphone.simulator.voip24h.rows import Row, Rows
from tuiphone.simulator.voip24h.spelling import asked, duration, is_asked, whole

PREFIX = "/v3"
MOST_PER_PAGE, USUAL_PER_PAGE = 500, 50
_MOST_TOKENS = 200
_DAY_S = 86_400.0
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%d/%m/%Y")


class V3:
    """Answers with a status of HTTP and what goes into the body."""

    def __init__(self, rows: Rows, calls: Calls, recordings: Recordings, settings: Mapping[str, Any]) -> None:
        self._rows = rows
        self._calls = calls
        self._recordings = recordings
        self._settings = settings
        self._tokens: dict[str, float] = {}

    def expire(self) -> None:
        """From now on no token is good."""
        self._tokens.clear()

    async def answer(self, request: web.Request) -> tuple[int, dict[str, Any]]:
        """Carry out a request of this interface."""
        what = request.method, request.path.removeprefix(PREFIX)
        if what == ("POST", "/authentication"):
            return self._authenticated(await _fields(request))
        if not self._is_known(request.headers.get("Authorization", "")):
            return _refused(401, "Unauthorized", "The token is missing, wrong or expired")
        match what:
            case "GET", "/call/history":
                return self._history(request.query)
            case "GET", "/call/recording":
                return self._recording(request.query.get("callId", ""))
            case "POST", "/call/dial":
                fields = await _fields(request)
                try:
                    self._calls.dial(fields.get("extension", ""), fields.get("phone", ""))
                except Refusal as refusal:
                    return _refused(400, "Bad Request", str(refusal))
                return 200, {"message": "Success", "status": self._good}
            case _:
                return _refused(404, "Not Found", "There is no such interface")

    @property
    def _is_texts(self) -> bool:
        return self._settings["token_style"] == "text"

    @property
    def _good(self) -> int:
        return 1_000 if self._is_texts else 200

    def _authenticated(self, fields: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        given = [fields.get(name, "").encode("utf-8", "replace") for name in ("apiKey", "apiSecret")]
        right = [str(self._settings[name]).encode() for name in ("api_key", "api_secret")]
        if not all(hmac.compare_digest(*pair) for pair in zip(given, right, strict=True)):
            return _refused(401, "Unauthorized", "Unknown key")
        is_long = fields.get("isLonglive", "").lower() in ("true", "1")
        seconds = float(self._settings["token_seconds"]) or (7 if is_long else 1) * _DAY_S
        token = secrets.token_urlsafe(32)
        self._tokens[token] = time.monotonic() + seconds
        while len(self._tokens) > _MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        now = datetime.now(self._rows.zone)
        ends, long = ("expried", "isLonglive") if self._is_texts else ("expired", "isLongLive")
        data = {
            "token": token,
            "createAt": f"{now:%Y-%m-%d %H:%M:%S}",
            ends: f"{now + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}",
            long: is_long,
        }
        return 200, {"message": "Success", "status": self._good, "data": data}

    def _is_known(self, header: str) -> bool:
        token = header.removeprefix("Bearer ").strip()
        return self._tokens.get(token, 0.0) > time.monotonic()

    def _history(self, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        try:
            offset = whole(query, "offset", otherwise=0, most=10**9)
            limit = whole(query, "limit", otherwise=USUAL_PER_PAGE, most=MOST_PER_PAGE)
            first, last = self._moment(query, "dateStart"), self._moment(query, "dateEnd", is_end=True)
        except ValueError as wrong:
            return _refused(400, "Bad Request", f"Invalid {wrong}")
        filters = {name: asked(query, name) for name in ("status", "type", "extension", "caller", "callee")}
        ids = asked(query, "id") | asked(query, "callid")

        def is_wanted(row: Row) -> bool:
            return (
                first <= row.started_at <= last
                and is_asked(ids, [row.id])
                and is_asked(filters["status"], [row.status])
                and is_asked(filters["type"], [row.kind])
                and is_asked(filters["extension"], [row.extension])
                and is_asked(filters["caller"], [row.caller])
                and is_asked(filters["callee"], [row.callee])
            )

        found = self._rows.newest(is_wanted)
        items = [self._item(row) for row in found[offset : offset + limit]]
        about = {"offset": offset, "limit": limit, "totalData": len(found)}
        return 200, {"status": self._good, "message": "Success", "data": items, **about}

    def _item(self, row: Row) -> dict[str, Any]:
        style = str(self._settings["billsec"])
        return {
            "id": row.id,
            "extension": row.extension,
            "caller": row.caller,
            "callee": row.callee,
            "status": row.status,
            "type": row.kind.lower(),
            "callDate": f"{self._rows.time_of(row):%Y-%m-%d %H:%M:%S}",
            "billsec": duration(row.talk_s, style),
            "duration": duration(row.ring_s + row.talk_s, style),
            "recordingFile": self._recordings.name_of(row, "wav") or "",
        }

    def _recording(self, id: str) -> tuple[int, dict[str, Any]]:
        row = self._rows.find(id)
        link = self._recordings.link_to(row, form="wav") if row else None
        if link is None:
            return _refused(404, "Not Found", "Recording not found")
        return 200, {"status": self._good, "message": "Success", "data": {"media": {"wav": link}}}

    def _moment(self, query: Mapping[str, str], name: str, *, is_end: bool = False) -> float:
        """Seconds since 1970 of a date without zone; a whole day as an end ends with it."""
        text = query.get(name, "").strip()
        if not text:
            return float("inf") if is_end else 0.0
        for form in _FORMS:
            days = 1 if is_end and "%H" not in form else 0
            try:
                at = datetime.strptime(text, form).replace(tzinfo=self._rows.zone) + timedelta(days=days)
                return at.timestamp() - days
            except (ValueError, OverflowError):
                continue
        raise ValueError(name)


def _refused(status: int, message: str, detail: str) -> tuple[int, dict[str, Any]]:
    return status, {"status": status, "message": message, "error": {"code": status, "message": detail}}


async def _fields(request: web.Request) -> dict[str, str]:
    """What a body says, whether JSON or a form."""
    if request.content_type == "application/json":
        body = parsed((await request.read()).decode("utf-8", "replace"))
        pairs = body.items() if isinstance(body, dict) else ()
        return {name: one if isinstance(one, str) else json.dumps(one) for name, one in pairs}
    try:
        form = await request.post()
    except ValueError:
        return {}
    return {name: one for name, one in form.items() if isinstance(one, str)}
