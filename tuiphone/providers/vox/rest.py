"""Users of a project, made and deleted over REST (PROTOCOL.md section 3)."""

from collections.abc import Mapping
from typing import Any, cast

from tuiphone.core.errors import BadAddress, ConfigError, ConnectionLost, RequestFailed
from tuiphone.core.redact import learn, redact
from tuiphone.core.trace import Trace
from tuiphone.providers.fields import is_int, is_object, text
from tuiphone.providers.links import HttpAnswer, HttpLink, place
from tuiphone.providers.vox.settings import MAX_ID, Settings

_MARKS = "+-_.@"
MAX_PASSWORD = 200
MAX_WORDS = 200
MAX_REPLY_BYTES = 64 * 1024


class Users:
    """The users of one project, as whoever has the project's token may change them."""

    def __init__(self, settings: Settings, trace: Trace) -> None:
        self._settings = settings
        self._link = HttpLink(max_bytes=MAX_REPLY_BYTES, trace=trace)

    async def create(self, name: str, password: str) -> None:
        """Make a user.

        Raises: BadAddress, ConfigError, RequestFailed, ConnectionLost, BadFrame
        """
        if problem := name_problem(name):
            raise BadAddress(problem)
        if not 0 < len(password) <= MAX_PASSWORD:
            raise BadAddress(f"A password at Vox has 1 to {MAX_PASSWORD} characters, and this one has {len(password)}.")
        learn(password)
        form = {**await self._keys(), "username": name, "password": password}
        answer = await self._link.post_form(self._settings.rest_url, form=form)
        self._check(answer, f"Vox did not make the user {name}", "Is the name taken? Choose another one.")

    async def delete(self, name: str) -> None:
        """Delete a user; the contacts of others keep the name.

        Raises: BadAddress, ConfigError, RequestFailed, ConnectionLost, BadFrame
        """
        if problem := name_problem(name):
            raise BadAddress(problem)
        params = {**await self._keys(), "username": name}
        answer = await self._link.delete(self._settings.rest_url, params=params)
        self._check(answer, f"Vox did not delete the user {name}", "Is there such a user? Check the name.")

    async def _keys(self) -> dict[str, str]:
        if self._settings.auth_token is None:
            raise ConfigError("auth_token is missing: users are made and deleted with the project's token from Vox.")
        return {"projectid": self._settings.project_id, "authtoken": await self._settings.auth_token.read()}

    def _check(self, answer: HttpAnswer, what: str, advice: str) -> None:
        code, said = outcome(answer)
        if code == 200:
            return
        # Its words may repeat what was sent.
        words = f" It says: {redact(said).rstrip('.')}." if said else ""
        if code >= 500:
            raise RequestFailed(
                code, f"{what}: its servers have a problem of their own ({code}).{words} Try again later."
            )
        if 404 <= code < 500:
            raise RequestFailed(
                code, f"{what}: it does not accept the project ({code}).{words} Check project_id and auth_token."
            )
        if 401 <= code < 404:
            raise RequestFailed(code, f"{what} ({code}).{words} {advice}")
        where = place(self._settings.rest_url)
        raise ConnectionLost(f"{where} answered as Vox does not (HTTP {answer.status}). Check `rest_url`.")


def outcome(answer: HttpAnswer) -> tuple[int, str]:
    """Code and words of a reply, in either of the shapes that the vendor's document gives; else HTTP's own code.

    The code is 0 for what is no reply of Vox's.
    """
    body = answer.json()
    if not is_object(body):
        # Whoever stands in the way with a page of its own has done nothing, whatever HTTP says.
        return (answer.status if answer.status >= 400 else 0), ""
    data = body.get("data")
    inner = cast("Mapping[str, Any]", data) if is_object(data) else body
    said = next((words for key in ("message", "status", "resp") if (words := text(inner, key, MAX_WORDS))), "")
    return _code(inner) or _code(body) or answer.status, _printable(said)


def name_problem(name: str) -> str | None:
    """Why no user can have this name, as a sentence."""
    if not 0 < len(name) <= MAX_ID:
        return f"A name at Vox has 1 to {MAX_ID} characters, and this one has {len(name)}."
    if not all((each.isascii() and each.isalnum()) or each in _MARKS for each in name):
        return f"{name!r} cannot be a name at Vox: letters, digits and {' '.join(_MARKS)} can be in one."
    return None


def _code(body: Mapping[str, Any]) -> int:
    value = body.get("code")
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 6:
        return int(value)
    return value if is_int(value) and 0 < value < 100_000 else 0


def _printable(words: str) -> str:
    return "".join(each for each in words if each.isprintable())
