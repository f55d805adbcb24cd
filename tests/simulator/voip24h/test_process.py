"""The PBX beside the SIP simulator in one process, as the demo has them."""

import json
import sys
import tomllib
from asyncio import create_subprocess_exec, timeout
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx

from tests.simulator.sip.phone import Phone
from tests.simulator.voip24h.conftest import SECRET

START_S = 20.0


async def test_a_dial_rings_the_sip_account_that_the_account_file_names(tmp_path: Path) -> None:
    arguments = ("--only", "sip,voip24h", "--set", "sip.port=0", "--set", "voip24h.port=0", "--accounts", str(tmp_path))
    process = await create_subprocess_exec(
        sys.executable, "-P", "-m", "tuiphone.simulator", *arguments, "--until-stdin-closes", stdin=PIPE, stdout=PIPE
    )
    try:
        assert process.stdout
        async with timeout(START_S):
            url = json.loads(await process.stdout.readline())["voip24h"]["url"]
        account = tomllib.loads((tmp_path / "alice-voip24h.toml").read_text())
        assert account == {
            "provider": "voip24h",
            "base_url": url,
            "partner_secret": SECRET,
            "extension": "101",
            "timezone": "Asia/Ho_Chi_Minh",
            "sip_account": "alice",
        }
        assert tomllib.loads((tmp_path / "bob-voip24h.toml").read_text())["extension"] == "102"
        linked = tomllib.loads((tmp_path / f"{account['sip_account']}.toml").read_text())
        dial = {"extension": "101", "phone": "0900000002"}
        async with Phone(linked["server"], linked["user"]) as alice, httpx.AsyncClient(trust_env=False) as http:
            await alice.register()
            body = {"requestType": "makeDial", "partnerSecret": SECRET, "data": dial}
            answer = await http.post(f"{url}/api/v1/partner/voip24h", json=body, timeout=START_S)
            assert answer.json()["data"] == dial
            assert "0900000002" in (await alice.rung())["from"]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
