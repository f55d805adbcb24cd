"""Frames and what cannot be read in them (4, 10)."""

import asyncio
import base64
import random
import ssl
from pathlib import Path

import aiohttp
import pytest

from tests.providers.sip.account.certificates import Authority
from tests.simulator.prostiezvonki.client import PATIENCE_S, Client, query
from tests.simulator.prostiezvonki.conftest import LogIn, Serve
from tuiphone.simulator.prostiezvonki import MAX_FRAME, Prostiezvonki, envelope
from tuiphone.simulator.prostiezvonki.envelope import Refusal

BOMB = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
WHOLE = "<Request><ProtocolVersion>1</ProtocolVersion><Method>GetVersion</Method><RequestID>7</RequestID></Request>"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


@pytest.mark.parametrize(
    ("frame", "plain"),
    [
        (b64(WHOLE.encode()), False),
        (b64(b"  " + WHOLE.encode() + b" \n\0\xff\xff"), False),
        (f" {b64(WHOLE.encode())}\n", False),
        (WHOLE, True),
        (f"{WHOLE}\0rest", True),
    ],
)
def test_what_is_around_a_request_does_no_harm(frame: str, plain: bool) -> None:
    read = envelope.request(frame, plain=plain)
    assert (read.id, read.method, read.data) == ("7", "GetVersion", {})


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251"])
def test_a_text_may_be_in_the_old_character_set(encoding: str) -> None:
    xml = "<Request><Data><To>Привет &amp; &lt;b&gt;</To></Data></Request>"
    assert envelope.request(b64(xml.encode(encoding)), plain=False).data == {"To": "Привет & <b>"}


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "no base64!",
        WHOLE,
        b64(b""),
        b64(b"hello"),
        b64(b"<Event/>"),
        b64(WHOLE.encode()[:-1]),
        b64(BOMB.encode() + WHOLE.encode()),
        b64(BOMB.encode() + b"<Request><Method>&b;</Method></Request>"),
        b64(b"<!DOCTYPE Request>" + WHOLE.encode()),
        b64(b"\x98\xff"),
    ],
)
def test_what_is_no_request_is_refused(frame: str) -> None:
    with pytest.raises(Refusal) as refused:
        envelope.request(frame, plain=False)
    assert refused.value.code == 1


def test_values_are_escaped_and_what_xml_cannot_hold_is_left_out() -> None:
    told = envelope.event({"type": "4", "record": 'http://h/?a=1&b="<\x00\x1b\ud800'})
    assert told.startswith('<Event type="4" record=')
    assert "&amp;b=" in told
    assert envelope.response(envelope.Code.OK, "1", "a<b", {}).endswith("<Details>a&lt;b</Details><Data/></Response>")
    assert not {"\x00", "\x1b", "\ud800"} & set(told)


async def test_a_bad_frame_is_answered_with_code_1_and_the_link_stays(server: Prostiezvonki, log_in: LogIn) -> None:
    client = await log_in(server)
    assert (await client.ask_frame("no base64!"))["Code"] == "1"
    assert (await client.ask_xml(f"<!DOCTYPE Request>{WHOLE}"))["Code"] == "1"
    await client.socket.send(b"a binary frame means nothing")
    assert (await client.ask_xml(WHOLE, "7"))["Code"] == "0"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (WHOLE.replace("<RequestID>7</RequestID>", ""), "2"),
        (WHOLE.replace("7", "seven"), "2"),
        (WHOLE.replace("7", "-1"), "2"),
        (WHOLE.replace("GetVersion", ""), "3"),
        (WHOLE.replace("GetVersion", "Hangup"), "3"),
        (WHOLE.replace("GetVersion", "Call"), "4"),
    ],
)
async def test_what_is_wrong_with_a_request_has_a_code(
    server: Prostiezvonki, log_in: LogIn, xml: str, code: str
) -> None:
    answer = await (await log_in(server)).ask_xml(xml, "0" if code == "2" else "7")
    assert answer["Code"] == code
    assert answer["Details"]


async def test_random_frames_leave_the_link_up(server: Prostiezvonki, log_in: LogIn) -> None:
    client = await log_in(server)
    dice = random.Random(4)
    for _ in range(100):
        assert (await client.ask_xml(dice.randbytes(dice.randrange(60))))["Code"] == "1"


async def test_a_frame_may_have_64_kib_and_no_more(server: Prostiezvonki, log_in: LogIn) -> None:
    client = await log_in(server)
    assert (await client.ask_frame("A" * MAX_FRAME))["Code"] == "1"
    await client.socket.send("A" * (MAX_FRAME + 1))
    assert await client.closed() == 1009


async def test_with_tls_frames_are_plain_xml(serve: Serve, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pair = authority.sign("127.0.0.1")
    server = await serve(tls_certificate=str(pair.certificate), tls_key=str(pair.key))
    client = Client(plain=True)
    await client.open(server, query("101"), trust=ssl.create_default_context(cafile=str(authority.file)))
    assert server.url.startswith("wss://")
    assert (await client.ask("Call", From="101", To="73430112233"))["Code"] == "0"
    assert (await client.event(4))["record"].startswith("https://")
    await client.close()


async def test_pings_have_a_fixed_text_and_who_leaves_them_unanswered_is_dropped(serve: Serve) -> None:
    server = await serve(ping_s=0.05)
    async with (
        asyncio.timeout(PATIENCE_S),
        aiohttp.ClientSession() as http,
        http.ws_connect(f"{server.http_url}?{query('101')}", autoping=False) as socket,
    ):
        first, second = await socket.receive(), await socket.receive()
        assert first.type is second.type is aiohttp.WSMsgType.PING
        assert first.data == second.data != b""
        assert (await socket.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
