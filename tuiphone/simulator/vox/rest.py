"""Accounts over HTTP (section 3): create with POST, delete with DELETE, always with the project's keys."""

import hmac
import logging
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from tuiphone.simulator.vox.people import People

logger = logging.getLogger(__name__)

SHAPES = ("data", "flat")
"""The two replies of the vendor's document: by its example, and by its table 4."""


class Accounts:
    """Answers `/api/user`."""

    def __init__(
        self,
        people: People,
        settings: dict[str, Any],
        created: Callable[[str], None],
        deleted: Callable[[str], None],
    ) -> None:
        self._people = people
        self._keys = {"projectid": str(settings["project_id"]), "authtoken": str(settings["auth_token"])}
        self._shape = str(settings["rest_shape"])
        self._fails = bool(int(settings["rest_fails"]))
        self._created = created
        self._deleted = deleted
        if self._shape not in SHAPES:
            raise ValueError(f"rest_shape is {' or '.join(SHAPES)}")

    def add_routes(self, app: web.Application) -> None:
        """Serve the accounts."""
        app.router.add_post("/api/user", self._create)
        app.router.add_delete("/api/user", self._delete)

    async def _create(self, request: web.Request) -> web.Response:
        try:
            form = await request.post()
        except (ValueError, web.HTTPException):
            return self._say(401, "User creation failed")
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        if refusal := self._refusal(fields):
            return refusal
        name = fields.get("username", "")
        if not self._people.create(name, fields.get("password", "")):
            return self._say(401, "User creation failed")
        self._created(name)
        return self._say(200, "User created")

    async def _delete(self, request: web.Request) -> web.Response:
        # The vendor's sample has blanks around its values.
        fields = {name: value.strip() for name, value in request.query.items()}
        if refusal := self._refusal(fields):
            return refusal
        name = fields.get("username", "")
        if not self._people.delete(name):
            return self._say(401, "User deletion failed")
        self._deleted(name)
        return self._say(200, "User deleted")

    def _refusal(self, fields: Mapping[str, str]) -> web.Response | None:
        if self._fails:
            return self._say(500, "Server error")
        for name, key in self._keys.items():
            if not hmac.compare_digest(fields.get(name, "").encode("utf-8", "replace"), key.encode()):
                return self._say(404, "Project or token not found")
        return None

    def _say(self, code: int, message: str) -> web.Response:
        if self._shape == "flat":
            return web.json_response({"code": code, "status": message, "resp": message}, status=code)
        return web.json_response({"data": {"code": code, "message": message}}, status=code)
