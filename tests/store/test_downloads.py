"""Downloads from a server that means no good: what is kept, what is refused, and in which words."""

import asyncio
import datetime
import ipaddress
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from tests.rigs.file_server import Exchange, FileServer, elsewhere, endless, file, status
from tuiphone.store import downloads, reach
from tuiphone.store.downloads import fetch
from tuiphone.store.reach import DownloadFailed, Limits

CONTENT = bytes(range(256)) * 800
HERE = frozenset({"127.0.0.1"})


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as running:
        yield running


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PAUSES", (0.0, 0.0))


async def get(url: str, part: Path, *, most: int = 10_000_000, hosts: frozenset[str] = HERE) -> list[tuple[int, Any]]:
    seen: list[tuple[int, Any]] = []
    await fetch(url, part, Limits(most, hosts), lambda done, total: seen.append((done, total)))
    return seen


def _stop_at(size: int) -> Callable[[int, int | None], None]:
    def progress(done: int, total: int | None) -> None:
        if done >= size:
            raise asyncio.CancelledError

    return progress


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "7.part"


async def test_a_file_comes_whole_and_one_hears_how_far_it_is(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT)
    seen = await get(server.url("/a?token=secret"), part)
    assert part.read_bytes() == CONTENT
    assert seen[0] == (0, len(CONTENT))
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert server.asked[0].headers["host"] == f"127.0.0.1:{server.port}"
    assert part.stat().st_mode & 0o077 == 0


async def test_what_breaks_off_goes_on_from_there(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT, most=50_000)
    await get(server.url("/a"), part)
    assert part.read_bytes() == CONTENT
    assert server.ranges("/a") == [None, "bytes=50000-", "bytes=100000-", "bytes=150000-", "bytes=200000-"]
    assert server.asked[1].headers["if-range"] == '"v1"'


async def test_a_part_of_another_run_is_gone_on_with(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT, most=70_000)
    with pytest.raises(asyncio.CancelledError):
        await fetch(server.url("/a"), part, Limits(10_000_000, HERE), _stop_at(60_000))
    there = part.stat().st_size
    assert 60_000 <= there < len(CONTENT)
    server.asked.clear()
    server.answers["/a"] = file(CONTENT)
    await get(server.url("/a"), part)
    assert server.ranges("/a") == [f"bytes={there}-"]
    assert part.read_bytes() == CONTENT


async def test_another_version_of_the_file_is_never_put_behind_the_first(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT, most=1000, times=1)
    old = asyncio.create_task(get(server.url("/a"), part))
    await old
    part.write_bytes(part.read_bytes()[:1000])
    other = CONTENT[::-1]
    server.answers["/a"] = file(other, etag='"v2"')
    await get(server.url("/a"), part)
    assert part.read_bytes() == other


async def test_without_a_version_it_begins_again(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT, etag=None, most=1000, times=1)
    await get(server.url("/a"), part)
    assert server.ranges("/a") == [None, None]
    assert part.read_bytes() == CONTENT


async def test_a_whole_file_is_not_fetched_again(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT)
    await get(server.url("/a"), part)
    await get(server.url("/a"), part)
    assert server.ranges("/a") == [None, f"bytes={len(CONTENT)}-"]
    assert part.read_bytes() == CONTENT


@pytest.mark.parametrize("span", ["bytes 0-9/204800", "bytes 50000-60000/99", "bytes x", "", "bytes 50000-/*"])
async def test_a_range_that_was_not_asked_for_begins_it_anew(server: FileServer, part: Path, span: str) -> None:
    good = file(CONTENT, most=50_000, times=1)

    async def lies(exchange: Exchange) -> None:
        if exchange.first:
            exchange.head("206 Partial Content", Content_Range=span, Content_Length=5)
            await exchange.send(b"wrong")
        else:
            await good(exchange)

    server.answers["/a"] = lies
    await get(server.url("/a"), part)
    assert part.read_bytes() == CONTENT


async def test_too_large_by_its_own_words_is_refused_before_anything_is_kept(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT)
    with pytest.raises(DownloadFailed, match=r"larger than 0 MB.*max_download_mb"):
        await get(server.url("/a"), part, most=1000)
    assert not part.exists()


async def test_data_without_an_end_stops_at_the_limit(server: FileServer, part: Path) -> None:
    server.answers["/a"] = endless
    with pytest.raises(DownloadFailed, match="larger than 3 MB"):
        await get(server.url("/a"), part, most=3_000_000)
    assert part.stat().st_size < 3_200_000


@pytest.mark.parametrize("claimed", [5_000_000, 10])
async def test_a_lie_about_the_length_gives_no_file_of_another_length(
    server: FileServer, part: Path, claimed: int
) -> None:
    async def lies(exchange: Exchange) -> None:
        exchange.head("200 OK", Content_Length=claimed)
        await exchange.send(CONTENT)

    server.answers["/a"] = lies
    if claimed > len(CONTENT):
        with pytest.raises(DownloadFailed, match="broke off"):
            await get(server.url("/a"), part)
    else:
        await get(server.url("/a"), part)
        assert part.read_bytes() == CONTENT[:claimed]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("file:///etc/passwd", "neither http nor https"),
        ("ftp://127.0.0.1/a", "neither http nor https"),
        ("gopher://127.0.0.1/a", "neither http nor https"),
        ("http://127.0.0.1:99999999/", "no web address"),
        ("http://[::1/", "no web address"),
    ],
)
async def test_a_redirect_to_something_else_than_the_web_is_not_followed(
    server: FileServer, part: Path, target: str, words: str
) -> None:
    server.answers["/a"] = elsewhere(target)
    with pytest.raises(DownloadFailed, match=words):
        await get(server.url("/a"), part)
    assert not part.exists()


async def test_a_redirect_within_the_web_is_followed_and_a_circle_is_not(server: FileServer, part: Path) -> None:
    server.answers |= {"/a": elsewhere("/b"), "/b": file(CONTENT), "/round": elsewhere("/round")}
    await get(server.url("/a"), part)
    assert part.read_bytes() == CONTENT
    with pytest.raises(DownloadFailed, match="from one address to another"):
        await get(server.url("/round"), part.with_name("8.part"))
    assert len(server.ranges("/round")) == 6


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.5.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[::1]",
        "[fe80::1]",
        "[fc00::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "224.0.0.1",
    ],
)
async def test_a_link_into_the_persons_own_network_is_not_followed(part: Path, host: str) -> None:
    for scheme in ("http", "https"):
        with pytest.raises(DownloadFailed, match=r"private network.*trusted_hosts"):
            await get(f"{scheme}://{host}/latest/meta-data", part, hosts=frozenset())


async def test_nor_is_a_redirect_there(server: FileServer, part: Path) -> None:
    server.answers["/a"] = elsewhere("http://10.0.0.1/router")
    with pytest.raises(DownloadFailed, match=r"leads to 10\.0\.0\.1 in a private network"):
        await get(server.url("/a"), part)


async def test_a_name_that_means_this_machine_is_not_followed_either(
    part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rebound(host: str, port: int) -> list[reach.Number]:
        return [ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")]

    monkeypatch.setattr(reach, "_look_up", rebound)
    with pytest.raises(DownloadFailed, match=r"leads to files\.example\.com in a private network"):
        await get("https://files.example.com/a", part, hosts=frozenset())


async def test_a_server_of_the_account_in_the_private_network_may_be_asked_by_name_or_number(
    server: FileServer, part: Path
) -> None:
    server.answers["/a"] = file(CONTENT)
    await get(server.url("/a", "localhost"), part, hosts=frozenset({"127.0.0.1", "no such host"}))
    assert part.read_bytes() == CONTENT
    assert server.asked[0].headers["host"] == f"localhost:{server.port}"


@pytest.mark.parametrize(
    ("number", "public"), [("8.8.8.8", True), ("2606:4700::1111", True), ("64:ff9b::808:808", True)]
)
def test_the_web_itself_is_public(number: str, public: bool) -> None:
    assert reach.is_public(ipaddress.ip_address(number)) is public


@pytest.mark.parametrize(
    ("line", "words", "times"),
    [
        ("403 Forbidden", "refuses.*expired", 1),
        ("404 Not Found", "no longer", 1),
        ("418 Teapot", "HTTP 418", 1),
        ("503 Busy", "cannot give the recording now", 3),
    ],
)
async def test_a_refusal_is_a_sentence_and_only_what_may_pass_is_tried_again(
    server: FileServer, part: Path, line: str, words: str, times: int
) -> None:
    server.answers["/a"] = status(line)
    with pytest.raises(DownloadFailed, match=words):
        await get(server.url("/a"), part)
    assert len(server.asked) == times


async def test_nobody_there_is_a_sentence(part: Path, unused_tcp_port: int) -> None:
    with pytest.raises(DownloadFailed, match=r"Cannot reach 127\.0\.0\.1"):
        await get(f"http://127.0.0.1:{unused_tcp_port}/a", part)


async def test_packed_content_is_refused(server: FileServer, part: Path) -> None:
    async def packed(exchange: Exchange) -> None:
        exchange.head("200 OK", Content_Encoding="gzip", Content_Length=3)
        await exchange.send(b"zip")

    server.answers["/a"] = packed
    with pytest.raises(DownloadFailed, match="packed"):
        await get(server.url("/a"), part)
    assert server.asked[0].headers["accept-encoding"] == "identity"


async def test_a_server_that_says_nothing_is_given_up(
    server: FileServer, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(exchange: Exchange) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(downloads, "SILENCE_SECONDS", 0.05)
    server.answers["/a"] = silent
    with pytest.raises(DownloadFailed, match="does not answer"):
        await get(server.url("/a"), part)


async def test_a_server_that_drips_is_given_up(server: FileServer, part: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def drips(exchange: Exchange) -> None:
        exchange.head("200 OK")
        while True:
            await exchange.send(b".")
            await asyncio.sleep(0.01)

    monkeypatch.setattr(downloads, "DRIP_SECONDS", 0.1)
    server.answers["/a"] = drips
    with pytest.raises(DownloadFailed, match="hardly sends"):
        await get(server.url("/a"), part)


async def test_a_link_in_the_place_of_the_part_is_not_written_through(server: FileServer, part: Path) -> None:
    server.answers["/a"] = file(CONTENT)
    victim = part.with_name("victim")
    victim.write_bytes(b"mine")
    part.symlink_to(victim)
    with pytest.raises(DownloadFailed, match="cannot be kept"):
        await get(server.url("/a"), part)
    assert victim.read_bytes() == b"mine"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture
def secure(certificate: Path) -> Iterator[FileServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FileServer(tls=context) as running:
        yield running


async def test_a_certificate_nobody_knows_is_refused(secure: FileServer, part: Path) -> None:
    secure.answers["/a"] = file(CONTENT)
    with pytest.raises(DownloadFailed, match="certificate that cannot be trusted"):
        await get(secure.url("/a", "localhost"), part)
    assert not secure.asked


async def test_the_certificate_is_checked_against_the_name_of_the_link_and_http_is_never_gone_back_to(
    secure: FileServer, server: FileServer, part: Path, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(downloads, "_trusted", lambda: trusting)
    secure.answers |= {"/a": file(CONTENT), "/plain": elsewhere(server.url("/a"))}
    server.answers["/a"] = file(CONTENT)
    await get(secure.url("/a", "localhost"), part)
    assert part.read_bytes() == CONTENT
    with pytest.raises(DownloadFailed, match="certificate"):
        await get(secure.url("/a"), part.with_name("8.part"))
    with pytest.raises(DownloadFailed, match="from https to plain http"):
        await get(secure.url("/plain", "localhost"), part.with_name("9.part"))
    assert not server.asked


async def test_no_address_with_its_token_reaches_the_log(
    server: FileServer, part: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    server.answers["/a"] = file(CONTENT, most=100_000, times=1)
    await get(server.url("/a?token=s3cret"), part)
    assert "s3cret" not in caplog.text


async def test_who_stops_while_the_disk_writes_has_nothing_twice_in_the_part() -> None:
    class SlowFile:
        def __init__(self) -> None:
            self.content = b""
            self.writing, self.may_go_on, self.is_done = threading.Event(), threading.Event(), threading.Event()

        def write(self, raw: bytes) -> None:
            self.writing.set()
            assert self.may_go_on.wait(10)
            self.content += raw
            self.is_done.set()

        def flush(self) -> None:
            pass

    class Reply:
        async def aiter_raw(self) -> AsyncIterator[bytes]:
            yield b"x" * downloads._BATCH
            await asyncio.Event().wait()

    file, reply = SlowFile(), Reply()
    pouring = asyncio.create_task(
        downloads._pour(cast(Any, reply), file, 0, None, Limits(10_000_000), lambda done, total: None)
    )
    await asyncio.to_thread(file.writing.wait, 10)
    pouring.cancel()
    file.may_go_on.set()
    await asyncio.gather(pouring, return_exceptions=True)
    await asyncio.to_thread(file.is_done.wait, 10)
    assert len(file.content) == downloads._BATCH
