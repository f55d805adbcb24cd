"""Users and presence, application state and push, records and recordings."""

import io
import wave

import httpx
import numpy as np
import pytest

from tests.simulator.azstack.conftest import LogIn
from tests.simulator.azstack.phone import Phone
from tuiphone.simulator.azstack import AZStack


async def test_users_are_found_by_id_and_by_name_with_their_presence(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    await alice.send(164, purpose=7, userIdList=[bob.id, 5, alice.id, "x"])
    reply = await alice.expect(164)
    assert (reply["r"], reply["done"], reply["purpose"]) == (1, 1, 7)
    assert [user["username"] for user in reply["userInfoList"]] == ["bob", "alice"]
    assert reply["userInfoList"][0] == {
        "userId": bob.id,
        "username": "bob",
        "fullname": "Bob Ở Nhà",
        "status": 1,
        "lastVisitDate": 0,
    }
    await bob.close()
    await alice.settled()
    await alice.send(165, purpose=8, usernameList=["bob", "nobody", "echo"])
    gone, echo = (await alice.expect(165, purpose=8))["userInfoList"]
    assert gone["status"] == 0
    assert gone["lastVisitDate"] > 1_700_000_000_000
    assert (echo["username"], echo["status"], echo["lastVisitDate"]) == ("echo", 1, 0)
    await alice.send(165, purpose=9, usernameList="bob")
    assert await alice.expect(165, purpose=9) == {"r": 0, "done": 1, "purpose": 9, "userInfoList": []}


async def test_the_demos_users_are_there_before_they_log_in(simulator: AZStack, log_in: LogIn):
    carol = await log_in(simulator, "carol")
    await carol.send(165, purpose=1, usernameList=["alice", "bob"])
    users = (await carol.expect(165))["userInfoList"]
    assert [(user["userId"], user["fullname"], user["status"]) for user in users] == [
        (387212, "Alice", 0),
        (387213, "Bob", 0),
    ]


async def test_application_state_and_push_are_confirmed(simulator: AZStack, log_in: LogIn):
    alice = await log_in(simulator, "alice")
    await alice.send(105, state=1)
    await alice.expect(105, r=1)
    await alice.send(38, id="device token", type=1, appBundleId="x.y")
    assert await alice.expect(39) == {"r": 1}
    await alice.send(40, id="device token")
    assert await alice.expect(41) == {"r": 1}


async def recorded(alice: Phone) -> str:
    """The link to a recording of the tone of 84900000200."""
    media = alice.media()
    call = await alice.dial("84900000200", sdp=await media.offer())
    await media.accept((await alice.expect(503, callId=call, code=200))["sdp_candidate"])
    await media.ear.tone(600)
    await alice.send(502, callId=call, to="84900000200")
    return (await alice.expect(601))["data"]["urlRecord"]


async def test_the_newest_record_is_listed_first_and_belongs_to_its_user_only(simulator: AZStack, log_in: LogIn):
    alice, bob = await log_in(simulator, "alice"), await log_in(simulator, "bob")
    calls = []
    for code in (486, 403):
        calls.append(await alice.dial(f"84900000{code}"))
        await alice.expect(601)
    await alice.send(509)
    listed = await alice.expect(509)
    assert listed["r"] == 1
    assert [entry["callId"] for entry in listed["data"]] == calls[::-1]
    await bob.send(509)
    assert (await bob.expect(509))["data"] == []
    assert bob.got(601) == []


async def test_a_recording_is_fetched_decoded_and_read_in_parts(simulator: AZStack, log_in: LogIn):
    link = await recorded(await log_in(simulator, "alice"))
    async with httpx.AsyncClient(trust_env=False) as client:
        whole = await client.get(link)
        part = await client.get(link, headers={"Range": "bytes=10-19"})
        rest = await client.get(link, headers={"Range": f"bytes={len(whole.content) - 5}-"})
        last = await client.get(link, headers={"Range": "bytes=-7"})
        beyond = [await client.get(link, headers={"Range": text}) for text in ("bytes=999999999-", "bytes=x-y")]
        missing = await client.get(f"{simulator.url}recordings/none.wav")
    assert (whole.status_code, whole.headers["Accept-Ranges"]) == (200, "bytes")
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    assert (rest.content, last.content) == (whole.content[-5:], whole.content[-7:])
    assert [reply.status_code for reply in (*beyond, missing)] == [416, 416, 404]
    with wave.open(io.BytesIO(whole.content)) as sound:
        rate = sound.getframerate()
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)
    assert samples.size > rate // 4
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(spectrum.argmax() * rate / samples.size - 600) < 10


@pytest.mark.parametrize("path", ["recordings/%2e%2e%2fazstack-simulator.json", "recordings/", "recordings/none", "x"])
async def test_there_is_nothing_beside_the_recordings(simulator: AZStack, path: str):
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{simulator.url}{path}")).status_code == 404
