"""The control calls of section 11, by HTTP."""

import httpx

from tuiphone.simulator.azstack import AZStack
from tuiphone.simulator.oncaller import OnCaller


async def control(server: OnCaller | AZStack, what: str, **body: object) -> httpx.Response:
    """POST /sim/<what>."""
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(f"http://127.0.0.1:{server.port}/sim/{what}", json=body)


async def state_of(server: OnCaller, ref: str) -> dict[str, object]:
    """What GET /sim/state says of one call."""
    async with httpx.AsyncClient(trust_env=False) as client:
        reply = await client.get(f"http://127.0.0.1:{server.port}/sim/state")
    return next(call for call in reply.json()["calls"] if call["id"] == ref)
