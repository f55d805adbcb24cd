"""Links to recordings, and the sound behind them (section 5)."""

import hmac
import io
import re
import secrets
import wave
from collections.abc import Callable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

import numpy as np
from aiohttp import web

from tuiphone.simulator.speech import GREETING, REPLIES, phrase
from tuiphone.simulator.tape import RATE_HZ
from tuiphone.simulator.tracks import RATE_HZ as SPOKEN_HZ
from tuiphone.simulator.voip24h.gsm import beeps
from tuiphone.simulator.voip24h.rows import ANSWERED, Row, Rows

DOWNLOAD, LISTEN = "/api/recording/download", "/recording/listen"
LONGEST_S = 600
_NAME = re.compile(r"(?:in|out)-[0-9+]+-[0-9+]+-[0-9]{8}-[0-9]{6}-([0-9]+\.[0-9]+)\.(gsm|wav)")
_TYPES = {"gsm": "audio/gsm", "wav": "audio/wav"}


class Recordings:
    """Answered calls have one; which form it is in depends on the id, and may be asked for by the name."""

    def __init__(self, rows: Rows, settings: Mapping[str, Any], address: Callable[[], str]) -> None:
        self._rows = rows
        self._settings = settings
        self._address = address
        # The vendor's is opaque, and may hold characters that have to be written otherwise in an URL.
        self._host = f"{secrets.token_urlsafe(24)}=="

    def add_routes(self, app: web.Application) -> None:
        """Serve the links."""
        app.router.add_get(DOWNLOAD, self._download)
        app.router.add_get(LISTEN, self._listen)

    def name_of(self, row: Row, form: str | None = None) -> str | None:
        """The file's name; None when nothing was said that could be recorded."""
        if row.status != ANSWERED:
            return None
        form = form or ("wav" if int(row.id[-1]) % 2 == 0 else "gsm")
        way = "in" if row.is_incoming else "out"
        return f"{way}-{row.callee}-{row.caller}-{self._rows.time_of(row):%Y%m%d-%H%M%S}-{row.id}.{form}"

    def link_to(self, row: Row, path: str = DOWNLOAD, form: str | None = None) -> str | None:
        """The link; None when there is no recording."""
        name = self.name_of(row, form)
        host = self._settings["link_host"] or self._address()
        token = quote(self._host, safe="=")
        return name and f"http://{host}{path}?host={token}&recordingFile={quote(name)}"

    async def _download(self, request: web.Request) -> web.Response:
        row, form = self._asked(request)
        body = row.sound if form == "wav" and row.sound else _sound(row, form)
        headers = {"Content-Disposition": f'attachment; filename="{request.query["recordingFile"]}"'}
        return web.Response(body=body, content_type=_TYPES[form], headers=headers)

    async def _listen(self, request: web.Request) -> web.Response:
        if not self._settings["listen_html"]:
            return await self._download(request)
        row, form = self._asked(request)
        link = escape(self.link_to(row, form=form) or "")
        page = f'<!doctype html><title>Recording</title><audio controls src="{link}"></audio>'
        return web.Response(text=page, content_type="text/html")

    def _asked(self, request: web.Request) -> tuple[Row, str]:
        query = request.query
        if not hmac.compare_digest(query.get("host", "").encode(), self._host.encode()):
            raise web.HTTPForbidden(text="The link is none of this server's.\n")
        match = _NAME.fullmatch(query.get("recordingFile", ""))
        row = self._rows.find(match[1]) if match else None
        if match is None or row is None or self.name_of(row, match[2]) != match[0]:
            raise web.HTTPNotFound(text="There is no such recording.\n")
        return row, match[2]


def _sound(row: Row, form: str) -> bytes:
    seconds = min(row.talk_s, LONGEST_S)
    return beeps(seconds) if form == "gsm" else _spoken(seconds)


def _spoken(seconds: int) -> bytes:
    pause = np.zeros(SPOKEN_HZ, np.int16)
    words = np.concatenate([part for name in (GREETING, *REPLIES) for part in (phrase(name), pause)])
    shrink = SPOKEN_HZ // RATE_HZ
    narrow = words[: words.size - words.size % shrink].reshape(-1, shrink).mean(axis=1).astype("<i2")
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(np.resize(narrow, seconds * RATE_HZ).tobytes())
    return file.getvalue()
