"""A simulated Voip24h in this process, on a free port, and a client that asks it as the protocol file says."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from tuiphone.simulator.voip24h import Voip24h

SECRET = "sim-secret"
QUICK = {"ringback_seconds": 0.01, "no_answer_seconds": 0.01, "desk_answer_seconds": 0.0, "desk_talk_seconds": 0.01}


class Partner:
    """A partner's program."""

    def __init__(self, server: Voip24h) -> None:
        self.server = server
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=20)

    async def post(self, body: object, *, path: str = "/api/v1/partner/voip24h") -> httpx.Response:
        return await self.http.post(path, json=body)

    async def ask(self, what: str, **data: Any) -> dict[str, Any]:
        """The envelope of an answer."""
        answer = await self.post({"requestType": what, "partnerSecret": SECRET, "data": data})
        assert answer.status_code == 200
        return answer.json()

    async def data(self, what: str, **data: Any) -> Any:
        """The data of an answer that has to be a good one."""
        answer = await self.ask(what, **data)
        assert (answer["respCode"], answer["respMsg"]) == (0, "Success")
        return answer["data"]

    async def all(self) -> list[dict[str, Any]]:
        """Every call, the newest first."""
        return await self.data("getDate", fromDate="01/01/2020", toDate="31/12/2099")


Serve = Callable[..., Awaitable[Partner]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts a server with other settings than the usual ones; what is returned asks it."""
    running: list[Partner] = []

    async def start(**settings: Any) -> Partner:
        server = Voip24h("127.0.0.1", {"port": 0, **QUICK, **settings})
        await server.start()
        running.append(Partner(server))
        return running[-1]

    yield start
    for partner in running:
        await partner.http.aclose()
        await partner.server.close()


@pytest.fixture
async def partner(serve: Serve) -> Partner:
    return await serve()
