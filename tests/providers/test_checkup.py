"""Looking at the way to a server: every finding has a verdict, and says what to do where it is not good."""

import time
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.providers.sip.account.certificates import Authority
from tests.providers.test_links import served, unused_port
from tuiphone.core.checkup import Finding, Verdict
from tuiphone.providers.checkup import SOON_DAYS, clock, date_of, lifetime, name, urls_of, way_to
from tuiphone.providers.sip.opening import opening
from tuiphone.providers.sip.settings import Settings

GOOD, WARN, BAD = Verdict.GOOD, Verdict.WARN, Verdict.BAD


async def all_of(url: str, *, ca: Path | None = None, tls_name: str | None = None) -> list[Finding]:
    how = await opening(Settings(user="a", domain="b.example", ca_file=None if ca is None else str(ca)))
    return [finding async for finding in way_to(url, tls=how.tls, tls_name=tls_name)]


def brief(findings: list[Finding]) -> list[tuple[str, Verdict]]:
    return [(finding.what, finding.verdict) for finding in findings]


async def hang_up(connection: object) -> None:
    pass


async def test_a_server_in_clear_text_on_this_machine_is_good() -> None:
    async with served(hang_up) as url:
        assert brief(await all_of(url.replace("127.0.0.1", "localhost"))) == [("DNS", GOOD), ("TCP", GOOD)]
        assert brief(await all_of(url)) == [("TCP", GOOD)]


async def test_a_name_that_is_none_ends_the_look() -> None:
    (finding,) = await all_of("wss://no-such-host.example/")
    assert (finding.what, finding.verdict) == ("DNS", BAD)
    assert finding.said == "Cannot find no-such-host.example: no such host. Check the address and the network."


async def test_a_port_that_is_closed_ends_the_look() -> None:
    (finding,) = await all_of(f"wss://127.0.0.1:{await unused_port()}/")
    assert (finding.what, finding.verdict) == ("TCP", BAD)
    assert "connection refused" in finding.said


async def test_a_certificate_is_shown_with_its_end_and_who_signed_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with served(hang_up, tls=authority.serving(days=20)) as url:
        findings = await all_of(url, ca=authority.file)
    assert brief(findings) == [("TCP", GOOD), ("TLS", GOOD), ("certificate", GOOD)]
    assert "verified for 127.0.0.1" in findings[1].said
    assert "20 days more, signed by an authority" in findings[2].said


async def test_a_certificate_nobody_here_knows_says_how_to_name_its_authority(tmp_path: Path) -> None:
    async with served(hang_up, tls=Authority(tmp_path).serving()) as url:
        findings = await all_of(url)
    assert brief(findings) == [("TCP", GOOD), ("TLS", BAD)]
    assert "name its file in the settings" in findings[-1].said


async def test_a_certificate_out_of_date_points_at_the_clock(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with served(hang_up, tls=authority.serving(days=-1, since=-3)) as url:
        findings = await all_of(url, ca=authority.file)
    assert brief(findings) == [("TCP", GOOD), ("TLS", BAD)]
    assert "the clock of this machine is not" in findings[-1].said


async def test_a_certificate_for_somebody_else_is_bad(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with served(hang_up, tls=authority.serving("pbx.example")) as url:
        assert brief(await all_of(url, ca=authority.file))[-1] == ("TLS", BAD)
        assert brief(await all_of(url, ca=authority.file, tls_name="pbx.example"))[-1] == ("certificate", GOOD)


@pytest.mark.parametrize(("days", "verdict"), [(-2.0, BAD), (3.0, WARN), (SOON_DAYS + 1.0, GOOD)])
def test_the_end_of_a_certificate_is_told_in_time(days: float, verdict: Verdict) -> None:
    now = 1_700_000_000.0
    found = lifetime("certificate", now + days * 86_400, now, remedy="Do this.", issuer="Somebody")
    assert found.verdict is verdict
    assert "signed by Somebody" in found.said
    assert ("Do this." in found.said) is (verdict is not GOOD)


@pytest.mark.parametrize(
    ("skew", "verdict", "words"),
    [
        (5, GOOD, "5 s apart"),
        (-90, WARN, "90 seconds behind"),
        (600, WARN, "10 minutes ahead of"),
        (-9000, WARN, "2 hours behind"),
    ],
)
def test_a_clock_that_goes_wrong_is_named(skew: int, verdict: Verdict, words: str) -> None:
    now = 1_700_000_000
    found = clock(formatdate(now, usegmt=True), now + skew)
    assert found is not None
    assert found.verdict is verdict
    assert words in found.said


@pytest.mark.parametrize("date", [None, "", "yesterday", "Fri, 99 Foo 20xx", "\0"])
def test_a_date_that_cannot_be_read_proves_nothing(date: str | None) -> None:
    assert clock(date, 0.0) is None


async def test_a_web_server_is_asked_for_the_time() -> None:
    async with served(hang_up) as url:
        date = await date_of(url)
        assert date is not None
        found = clock(date, time.time())
        assert found is not None
        assert found.verdict is GOOD
    assert await date_of(url) is None, "it is gone"


async def test_this_machine_has_a_number() -> None:
    assert (await name("localhost", 80)).verdict is GOOD
    assert (await name("a" * 300, 80)).verdict is BAD


def test_the_addresses_of_servers_are_found_among_settings() -> None:
    @dataclass
    class Some:
        url: str = "https://a.example/"
        more: tuple[str, ...] = ("wss://b.example/ws", "https://a.example/", "text")
        number: int = 1
        none: None = None

    assert urls_of(Some()) == ("https://a.example/", "wss://b.example/ws")
    assert urls_of("text") == ()
