"""SIP messages: how many a second are read and written, with all that is checked of each before anybody sees it."""

import time
from collections.abc import Callable

from tuiphone.providers.sip.message import BadMessage, encode, parse

RUNS = 2000
_SDP = (
    "v=0\r\no=- 3905350750 3905350750 IN IP4 192.0.2.5\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 49170 UDP/TLS/RTP/SAVPF 111 9 0 8 126\r\nc=IN IP4 192.0.2.5\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\n"
) + "".join(f"a=candidate:{n} 1 udp 2122260223 192.0.2.{n} 5000{n} typ host\r\n" for n in range(8))
_INVITE = (
    "INVITE sip:alice@p4k2vq8d.invalid;transport=ws SIP/2.0\r\n"
    "Record-Route: <sip:192.0.2.1:443;transport=ws;r2=on;lr>\r\n"
    "Record-Route: <sip:192.0.2.1;r2=on;lr>\r\n"
    "Via: SIP/2.0/WSS 192.0.2.1:443;branch=z9hG4bK8c1a.5f8d1c7;i=3\r\n"
    "Via: SIP/2.0/WSS df7jal23ls0d.invalid;rport=51234;received=192.0.2.77;branch=z9hG4bK1496331\r\n"
    "Max-Forwards: 69\r\n"
    "To: <sip:alice@example.com>\r\n"
    'From: "Bob B." <sip:bob@example.com>;tag=7r2g3hq1p9\r\n'
    "Call-ID: 6q9a0dmk4vj1o2p8\r\n"
    "CSeq: 5913 INVITE\r\n"
    "Contact: <sip:bob@example.com;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6;ob>\r\n"
    "Allow: INVITE,ACK,CANCEL,BYE,UPDATE,MESSAGE,OPTIONS,REFER,INFO,NOTIFY\r\n"
    "Supported: timer,gruu,ice,replaces,outbound\r\n"
    "Session-Expires: 90\r\n"
    "User-Agent: phone/1.0\r\n"
    "Content-Type: application/sdp\r\n"
    f"Content-Length: {len(_SDP)}\r\n\r\n{_SDP}"
)
_OK = (
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/WSS p4k2vq8d.invalid;branch=z9hG4bK1496331;rport=51234;received=192.0.2.77\r\n"
    "To: <sip:alice@example.com>;tag=a6c85cf\r\n"
    "From: <sip:alice@example.com>;tag=1928301774\r\n"
    "Call-ID: 843817637684230\r\n"
    "CSeq: 1826 REGISTER\r\n"
    "Contact: <sip:alice@p4k2vq8d.invalid;transport=ws>;expires=600\r\n"
    "Content-Length: 0\r\n\r\n"
)
_ENDLESS = _INVITE.replace("User-Agent", "X: y\r\n" * 2_000_000 + "User-Agent")


def rows() -> list[tuple[str, str, str]]:
    """A typical INVITE of a browser behind a proxy, the answer to a REGISTER, and something hostile."""
    invite = parse(_INVITE)
    return [
        ("messages parsed per second", f"{1 / _seconds(lambda: parse(_INVITE)):,.0f}", "an INVITE with SDP, 1.7 KB"),
        ("an INVITE", f"{_seconds(lambda: parse(_INVITE)) * 1e6:.0f} µs", "to read and check; goal: below 200"),
        ("an answer to a REGISTER", f"{_seconds(lambda: parse(_OK)) * 1e6:.0f} µs", "to read and check"),
        ("an INVITE to write", f"{_seconds(lambda: encode(invite)) * 1e6:.0f} µs", ""),
        ("two million header fields", f"{_seconds(lambda: _refused(_ENDLESS), 20) * 1e6:.0f} µs", "until refused"),
    ]


def _refused(frame: str) -> None:
    try:
        parse(frame)
    except BadMessage:
        return
    raise AssertionError("This had to be refused.")


def _seconds(work: Callable[[], object], runs: int = RUNS) -> float:
    """Of the processor's time, in the best of five parts."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(runs // 5):
            work()
        best = min(best, (time.process_time() - began) / (runs // 5))
    return best
