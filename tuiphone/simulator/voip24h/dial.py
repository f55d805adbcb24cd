"""The older interface: GET, with the keys in the query (section 8.2)."""

import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from tuiphone.simulator.voip24h.calls import Call, Calls, Refusal
from tuiphone.simulator.voip24h.recordings import LISTEN, Recordings
from tuiphone.simulator.voip24h.rows import Row, Rows
from tuiphone.simulator.voip24h.spelling import asked, duration, is_asked, whole, with_case

PATHS = ("/dial", "/dial/history", "/dial/search", "/dial/searching")
PER_PAGE = 25
MOST_IN_HISTORY = 100
_LAST_SECOND = 10**11


class Dial:
    """Answers with a status of HTTP and what goes into the body."""

    def __init__(self, rows: Rows, calls: Calls, recordings: Recordings, settings: Mapping[str, Any]) -> None:
        self._rows = rows
        self._calls = calls
        self._recordings = recordings
        self._settings = settings

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Carry out a request of this interface."""
        status, said = self._answer(path, query)
        return status, with_case(said, str(self._settings["dial_keys"]))

    def _answer(self, path: str, query: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        for name, key in (("voip", "dial_voip"), ("secret", "dial_secret")):
            given = query.get(name, "").encode("utf-8", "replace")
            if not hmac.compare_digest(given, str(self._settings[key]).encode()):
                return 401, {"status": 401, "message": "Unauthorized"}
        try:
            match path:
                case "/dial":
                    call = self._calls.dial(query.get("sip", ""), query.get("phone", ""))
                    return 200, {"events": [_event(call)]}
                case "/dial/history":
                    return 200, self._result(self._rows.newest()[:MOST_IN_HISTORY])
                case "/dial/searching":
                    row = self._rows.find(query.get("callid", ""))
                    return 200, self._result([row] if row else [])
                case _:
                    return 200, self._searched(query)
        except Refusal as refusal:
            return 200, {"status": 400, "message": str(refusal), "events": []}
        except ValueError as wrong:
            return 200, {"status": 400, "message": f"Invalid {wrong}"}

    def _searched(self, query: Mapping[str, str]) -> dict[str, Any]:
        first = whole(query, "date_start", otherwise=0, most=_LAST_SECOND)
        last = whole(query, "date_end", otherwise=_LAST_SECOND, most=_LAST_SECOND)
        start = whole(query, "start", otherwise=0, most=_LAST_SECOND)
        wanted, text = asked(query, "status"), query.get("search", "").strip()

        def is_wanted(row: Row) -> bool:
            fits = text in row.caller or text in row.callee or text == row.id
            return first <= row.started_at <= last and fits and is_asked(wanted, [row.status])

        found = self._rows.newest(is_wanted)
        page = found[start : start + PER_PAGE]
        return self._result(
            page,
            recordsTotalAll=len(found),
            recordsDisplay=len(page),
            next=start + PER_PAGE if start + PER_PAGE < len(found) else None,
            prev=max(0, start - PER_PAGE) if start else None,
        )

    def _result(self, rows: list[Row], **more: Any) -> dict[str, Any]:
        return {"status": 200, "result": {"data": [self._written(row) for row in rows], **more}}

    def _written(self, row: Row) -> dict[str, Any]:
        style = str(self._settings["billsec"])
        listen = self._recordings.link_to(row, LISTEN) or ""
        return {
            "id": row.id.partition(".")[2],
            "calldate": f"{self._rows.time_of(row):%Y-%m-%d %H:%M:%S}",
            "callid": row.id,
            "recording": self._recordings.name_of(row) or "",
            "play": listen,
            "eplay": listen,
            "download": self._recordings.link_to(row) or "",
            "did": "",
            "src": row.caller,
            "dst": row.callee,
            "status": row.status,
            "note": "",
            "disposition": row.status,
            "lastapp": "Dial",
            "billsec": duration(row.talk_s, style),
            "duration": duration(row.ring_s + row.talk_s, style),
            "type": "inbound" if row.is_incoming else "outbound",
        }


def _event(call: Call) -> dict[str, str]:
    return {
        "actionid": secrets.token_hex(8),
        "type": "outbound",
        "extend": call.extension,
        "phone": call.number,
        "state": "Ring",
        "callid": call.id,
        "channel": f"SIP/{call.extension}-{secrets.token_hex(4)}",
        "channelstatedesc": "Ring",
        "calleridnum": call.extension,
        "calleridname": call.extension,
        "connectedlinenum": call.number,
        "connectedlinename": call.number,
        "exten": call.number,
        "uniqueid": call.id,
        "linkedid": call.id,
    }
