"""Users made and deleted over REST, and what the server's replies come to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from tests.providers.vox.server import vox
from tuiphone.core.errors import BadAddress, BadFrame, ConfigError, ConnectionLost, PhoneError, RequestFailed
from tuiphone.core.secret import Secret
from tuiphone.providers.links import HttpAnswer
from tuiphone.providers.vox.rest import MAX_REPLY_BYTES, outcome

TOKEN = "the token of the project"
PASSWORD = "a password & more=of it"


class RestServer:
    """Answers as it was told to; keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.body: Any = {"data": {"code": 200, "message": "User created"}}
        self.asked: list[tuple[str, dict[str, str], dict[str, str], str]] = []

    async def serve(self, request: web.Request) -> web.Response:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.asked.append((request.method, dict(request.query), form, request.headers.get("Accept", "")))
        headers = {"Location": "http://127.0.0.1:9/"} if 300 <= self.status < 400 else {}
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=self.status, headers=headers)
        return web.json_response(self.body, status=self.status)


@asynccontextmanager
async def project(**more: Any) -> AsyncIterator[tuple[RestServer, Any]]:
    """A server, and a provider with the project's token."""
    rest = RestServer()
    app = web.Application()
    app.router.add_route("*", "/api/user", rest.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/user"
        given = {"rest_url": url, "auth_token": Secret(TOKEN)} | more
        async with vox("ws://127.0.0.1:9/", **given) as alice:
            yield rest, alice.provider
    finally:
        await runner.cleanup()


async def test_a_user_is_made_by_a_form_and_the_account_of_theirs_differs_by_name_and_password():
    async with project() as (rest, provider):
        changes = await provider.create_user("dave", PASSWORD)
        form = {"projectid": "pid_test", "authtoken": TOKEN, "username": "dave", "password": PASSWORD}
        assert [(method, query, said) for method, query, said, _ in rest.asked] == [("POST", {}, form)]
        assert changes["username"] == "dave"
        assert changes["password"] == PASSWORD
        assert changes["device_id"] is None


async def test_the_accounts_own_user_is_made_with_its_own_password():
    async with project(password=Secret("of the settings")) as (rest, provider):
        assert await provider.create_user("alice") == {}
        assert rest.asked[0][2]["password"] == "of the settings"


async def test_a_user_is_deleted_by_the_query():
    async with project() as (rest, provider):
        rest.body = {"data": {"code": 200, "message": "User deleted"}}
        await provider.delete_user("dave")
        query = {"projectid": "pid_test", "authtoken": TOKEN, "username": "dave"}
        assert rest.asked == [("DELETE", query, {}, "application/json")]


@pytest.mark.parametrize("shape", ["example", "table"])
@pytest.mark.parametrize(
    ("code", "words"),
    [
        (401, "Vox did not make the user dave (401). It says: Nope. Is the name taken? Choose another one."),
        (403, "(403). It says: Nope. Is the name taken?"),
        (404, "it does not accept the project (404). It says: Nope. Check project_id and auth_token."),
        (499, "it does not accept the project (499)."),
        (500, "its servers have a problem of their own (500). It says: Nope. Try again later."),
        (503, "its servers have a problem of their own (503)."),
    ],
)
async def test_a_refusal_says_what_to_do_in_either_shape_of_reply(shape: str, code: int, words: str):
    async with project() as (rest, provider):
        rest.status = code
        rest.body = {"data": {"code": code, "message": "Nope."}} if shape == "example" else _flat(code)
        with pytest.raises(RequestFailed) as caught:
            await provider.create_user("dave", PASSWORD)
        assert words in str(caught.value)
        assert caught.value.code == code


def _flat(code: int) -> dict[str, Any]:
    return {"code": code, "status": "Nope.", "resp": "something else"}


async def test_who_is_not_there_cannot_be_deleted():
    async with project() as (rest, provider):
        rest.status, rest.body = 401, {"data": {"code": 401, "message": "no such user"}}
        with pytest.raises(RequestFailed, match="Is there such a user"):
            await provider.delete_user("dave")


@pytest.mark.parametrize(
    ("status", "body", "code", "words"),
    [
        (200, b'{"data":{"code":200,"message":"User created"}}', 200, "User created"),
        (200, b'{"code":"200","resp":"done"}', 200, "done"),
        (200, b'{"code":401,"status":"failed","resp":"x"}', 401, "failed"),
        (500, b'{"data":{"code":404,"message":"no project"}}', 404, "no project"),
        (200, b'{"data":{"message":"User created"},"code":200}', 200, "User created"),
        (200, b'{"status":"ok"}', 200, "ok"),
        (403, b"{}", 403, ""),
        (502, b"<html>Bad gateway</html>", 502, ""),
        (200, b"<html>Please log in to the hotel's network</html>", 0, ""),
        (200, b"[]", 0, ""),
        (200, b'{"data":{"code":true,"message":["x"]}}', 200, ""),
        (200, b'{"data":{"code":200,"message":"esc\\u001b[31m"}}', 200, "esc[31m"),
    ],
)
def test_code_and_words_are_found_wherever_they_are(status: int, body: bytes, code: int, words: str):
    assert outcome(HttpAnswer(status, body)) == (code, words)


@pytest.mark.parametrize(("status", "body"), [(302, "elsewhere"), (200, "<html>not Vox</html>")])
async def test_whoever_is_not_vox_has_made_nobody_and_is_sent_nothing_more(status: int, body: str):
    async with project() as (rest, provider):
        rest.status, rest.body = status, body
        with pytest.raises(ConnectionLost, match="Check `rest_url`"):
            await provider.create_user("dave", PASSWORD)
        assert len(rest.asked) == 1


async def test_a_reply_without_end_is_not_read_to_its_end():
    async with project() as (rest, provider):
        rest.body = "x" * (MAX_REPLY_BYTES + 1)
        with pytest.raises(BadFrame, match="more than 64 KB"):
            await provider.create_user("dave", PASSWORD)


@pytest.mark.parametrize("name", ["", "two words", "x" * 65, "ü", "a/b", "a\nb", "a&b=c"])
async def test_a_name_that_cannot_be_one_is_refused_here(name: str):
    async with project() as (rest, provider):
        with pytest.raises(BadAddress):
            await provider.create_user(name, PASSWORD)
        with pytest.raises(BadAddress):
            await provider.delete_user(name)
        assert not rest.asked


@pytest.mark.parametrize("name", ["a", "x" * 64, "+84.9-0_1@vox"])
async def test_all_names_that_can_be_are_taken(name: str):
    async with project() as (rest, provider):
        await provider.create_user(name, PASSWORD)
        assert rest.asked[0][2]["username"] == name


async def test_without_a_password_nobody_is_made():
    async with project() as (rest, provider):
        with pytest.raises(BadAddress, match="1 to 200 characters"):
            await provider.create_user("dave", "")
        assert not rest.asked


async def test_without_the_token_of_the_project_it_is_said_which_key_is_missing():
    async with project(auth_token=None) as (_, provider):
        with pytest.raises(ConfigError, match="auth_token is missing"):
            await provider.create_user("dave", PASSWORD)


async def test_nothing_secret_is_in_errors_or_in_what_is_kept_of_the_wire(caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    said: list[str] = []
    async with project() as (rest, provider):
        rest.status, rest.body = 401, {"data": {"code": 401, "message": f"refused {TOKEN} and {PASSWORD}"}}
        for work in (provider.create_user("dave", PASSWORD), provider.delete_user("dave")):
            with pytest.raises(PhoneError) as caught:
                await work
            said.append(str(caught.value))
        said += [f"{frame.label} {frame.body}" for frame in provider.trace.frames()]
    assert any("POST /api/user" in words for words in said)
    assert any("DELETE /api/user" in words for words in said)
    everything = "\n".join([*said, *caplog.messages])
    for secret in (TOKEN, TOKEN.replace(" ", "+"), TOKEN.replace(" ", "%20"), PASSWORD, "a+password", "a%20password"):
        assert secret not in everything


async def test_a_server_that_is_not_there_is_a_lost_link():
    async with vox("ws://127.0.0.1:9/", rest_url="http://127.0.0.1:9/api/user", auth_token=Secret(TOKEN)) as alice:
        with pytest.raises(ConnectionLost, match="Cannot reach"):
            await asyncio.wait_for(alice.provider.create_user("dave", PASSWORD), 15)
