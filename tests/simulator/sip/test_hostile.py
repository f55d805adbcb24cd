"""What nobody should send."""

import pytest

from tests.simulator.sip.phone import Phone

GOOD = (
    "OPTIONS sip:phones.example SIP/2.0\r\nVia: SIP/2.0/WS a.invalid;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
    "To: <sip:phones.example>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"),
        GOOD.replace("CSeq: 1 OPTIONS", "CSeq: x OPTIONS"),
        GOOD.replace("Call-ID: 1\r\n", ""),
        GOOD.replace("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n"),
        GOOD.replace("sip:phones.example SIP", "mailto:phones.example SIP"),
        GOOD.replace("sip:phones.example SIP", "sip: SIP"),
        GOOD.replace("sip:phones.example SIP", "sip:%1b%00@phones.example SIP"),
        GOOD.replace("\r\n\r\n", "\r\nno header\r\n\r\n"),
        GOOD.replace("\r\n\r\n", "\r\n" + "X: y\r\n" * 300 + "\r\n"),
        GOOD.replace("\r\n\r\n", "\r\nX: " + "y" * 70_000 + "\r\n\r\n"),
    ],
)
async def test_broken_requests_are_refused(alice: Phone, text: str) -> None:
    await alice.send_text(text)
    answer = await alice.get("", status=400)
    assert answer["via"].startswith("SIP/2.0/WS a.invalid")


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        b"\xff\xfe\xfd",
        "\r\n",
        "SIP/2.0 200 OK\r\n\r\n",
        "SIP/2.0 999999 OK\r\nVia: x\r\n\r\n",
        "ACK sip:echo@phones.example SIP/2.0\r\n\r\n",
        "BYE sip:echo@phones.example SIP/2.0\r\n\r\n",
        GOOD.replace("OPTIONS", "ACK"),
        "\x00" * 1_000,
    ],
)
async def test_what_is_no_request_changes_nothing(alice: Phone, text: str | bytes) -> None:
    await alice.send_text(text)
    _, answer = await alice.ask(alice.request("OPTIONS", "echo"))
    assert answer.status == 200


@pytest.mark.parametrize("body", ["", "junk", "v=0\r\nm=audio\r\n", "v=0\r\n" * 1_000])
async def test_a_robot_refuses_what_is_no_description_or_offers_one(alice: Phone, body: str) -> None:
    answer = await alice.final(await alice.invite("echo", body=body))
    assert answer.status == (200 if not body else 488)


async def test_headers_with_odd_values_are_refused_and_not_believed(alice: Phone) -> None:
    for name, value in (
        ("contact", "<"),
        ("from", '"x'),
        ("route", "<<>>"),
        ("refer-to", "nonsense"),
        ("authorization", "Digest"),
        ("expires", "soon"),
        ("replaces", ";;;"),
    ):
        for method in ("REGISTER", "INVITE", "REFER", "SUBSCRIBE"):
            request = alice.request(method, "nobody")
            request.headers = [one for one in request.headers if one[0] != name] + [(name, value)]
            answer = await alice.final(await alice.send(request))
            assert 400 <= answer.status < 500
