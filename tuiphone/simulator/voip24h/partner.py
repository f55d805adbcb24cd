"""The interface for partners: one URL, requests by name (sections 3 and 4)."""

import hmac
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from tuiphone.simulator.extensions import EXTENSIONS
from tuiphone.simulator.voip24h.calls import Calls, Refusal
from tuiphone.simulator.voip24h.recordings import DOWNLOAD, LISTEN, Recordings
from tuiphone.simulator.voip24h.rows import Row, Rows

PATH = "/api/v1/partner/voip24h"
_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")


class Partner:
    """Carries requests out."""

    def __init__(self, rows: Rows, calls: Calls, recordings: Recordings, settings: Mapping[str, Any]) -> None:
        self._rows = rows
        self._calls = calls
        self._recordings = recordings
        self._settings = settings

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """The envelope of the reply."""
        try:
            return self._envelope(0, "Success", self._data(request))
        except Refusal as refusal:
            return self.failure(str(refusal))

    def failure(self, message: str) -> dict[str, Any]:
        """The envelope of a failure."""
        return self._envelope(-1, message, None)

    def _envelope(self, code: int, message: str, data: object) -> dict[str, Any]:
        return {"respCode": str(code) if self._settings["sim_resp_text"] else code, "respMsg": message, "data": data}

    def _data(self, request: Mapping[str, Any]) -> object:
        # The secret is looked at first: strangers are not told which requests there are.
        secret = request.get("partnerSecret")
        mine = str(self._settings["secret"])
        if not isinstance(secret, str) or not hmac.compare_digest(secret.encode("utf-8", "replace"), mine.encode()):
            raise Refusal("Invalid partner secret")
        asked = request.get("data")
        data = asked if isinstance(asked, dict) else {}
        match request.get("requestType"):
            case "getUser":
                return self._listed(user=_user(data))
            case "getDate":
                first, last = _dates(data)
                return self._listed(user=_text(data, "user") if "user" in data else None, first=first, last=last)
            case "getUserDate":
                user = _user(data)
                first, last = _dates(data)
                return self._listed(user=user, first=first, last=last)
            case "getCallData" if self._is_newer:
                if row := self._rows.find(_text(data, "uniqueId")):
                    return self._written(row)
                raise Refusal("Call not found")
            case "recordingDownload":
                return self._link(data, DOWNLOAD)
            case "recordingListen":
                return self._link(data, LISTEN)
            case "makeDial":
                extension, phone = _text(data, "extension"), _text(data, "phone")
                self._calls.dial(extension, phone)
                return {"extension": extension, "phone": phone}
            case _:
                raise Refusal("Unknown requestType")

    @property
    def _is_newer(self) -> bool:
        return self._settings["api_version"] == "1.1"

    def _listed(self, *, user: str | None, first: date = date.min, last: date = date.max) -> list[dict[str, Any]]:
        def is_wanted(row: Row) -> bool:
            return user in (None, row.extension) and first <= self._rows.time_of(row).date() <= last

        return [self._written(row) for row in self._rows.newest(is_wanted)]

    def _written(self, row: Row) -> dict[str, Any]:
        number = int(row.number) if self._settings["sim_numbers"] else row.number
        written = {
            "callId": row.id,
            "user": row.extension,
            "phoneNumber": number,
            "callType": row.kind,
            "callStatus": row.status,
            "callDate": f"{self._rows.time_of(row):%Y-%m-%d %H:%M:%S}",
        }
        return {**written, "duration": row.talk_s} if self._is_newer else written

    def _link(self, data: Mapping[str, Any], path: str) -> dict[str, str]:
        row = self._rows.find(_text(data, "callId"))
        link = self._recordings.link_to(row, path) if row else None
        if link is None:
            raise Refusal("Recording not found")
        return {"link": link}


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.strip():
        raise Refusal(f"Missing field: {name}")
    return value.strip()


def _user(data: Mapping[str, Any]) -> str:
    user = _text(data, "user")
    if user not in EXTENSIONS:
        raise Refusal("Unknown extension")
    return user


def _dates(data: Mapping[str, Any]) -> tuple[date, date]:
    return _date(data, "fromDate"), _date(data, "toDate")


def _date(data: Mapping[str, Any], name: str) -> date:
    match = _DATE.fullmatch(_text(data, name))
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
    except ValueError:
        pass
    raise Refusal(f"Invalid date: {name}")
