"""What happened and what went over a wire, for the tests of the log page."""

from tests.ui.samples import NOW
from tuiphone.core.entry import Entry, Level
from tuiphone.core.trace import Frame, Way

TRACEBACK = "(tuiphone.core.keeper)\nTraceback (most recent call last):\n  ...\nValueError: it broke"
SDP = "v=0\\r\\no=- 1 1 IN IP4 127.0.0.1\\r\\na=ice-pwd:•••\\r\\n"


def entry(id: int, text: str, level: Level = Level.INFO, ago: float = 0.0, **more: object) -> Entry:
    return Entry(id, NOW - ago, level, text, **({"account": "work"} | more))  # type: ignore[arg-type]


ENTRIES = (
    entry(
        9,
        "The call with Nguyễn Văn An (+84900000001) ended after 1:23: the other side hung up.",
        ago=10,
        call="c1",
        detail="rx_packets: 4150\nlost: 3\nmos: 4.31",
    ),
    entry(8, "Sound goes to and fro with 佐藤 愛子 (sato).", ago=40, account="home"),
    entry(
        7, "Cannot reach pbx.example.net:5060: no answer within 10 seconds.", Level.WARNING, 75, account="pbx", count=12
    ),
    entry(6, "The provider failed", Level.ERROR, 200, account="pbx", detail=TRACEBACK),
    entry(5, "A video call from Ольга Петрова (100).", ago=4000),
    entry(4, "Dial: That is no number: [red]\x1b[2J", Level.INFO, 4100, account=None),
    entry(3, "Registered.", ago=90_000),
    entry(2, "Refused: The access token is not valid.", Level.ERROR, 90_060),
    entry(1, "The phone's engine started: tuiphone 0.1.0.", ago=90_061, account=None),
)


def frame(
    id: int, after: float, way: Way, label: str, call: str | None = None, body: str = "", count: int = 1
) -> Frame:
    at = NOW - 60 + after
    return Frame(id, at, way, "v1.example.net:6899", label, body, len(body), call, count, id)


FRAMES = (
    frame(1, 0.0, Way.NOTE, "connected by wss"),
    frame(2, 0.002, Way.SENT, "log in as tuiphone", body='{"service":2,"body":{"accesstoken":"•••"}}'),
    frame(3, 0.055, Way.RECEIVED, "log in: ok, work-user"),
    frame(4, 12.4, Way.RECEIVED, "ping", count=24),
    frame(5, 13.0, Way.SENT, "call +84900000001 from +842473000001, video", "call-1"),
    frame(6, 13.06, Way.RECEIVED, "call: ok", "call-1"),
    frame(7, 13.1, Way.RECEIVED, "state 180 Ringing", "call-1"),
    frame(
        8,
        13.11,
        Way.SENT,
        "media offer",
        "call-1",
        body='{"service":27,"body":{"callId":"call-1","data":{"type":"offer","sdp":"' + SDP + '"}}}',
    ),
    frame(9, 15.0, Way.RECEIVED, "call from Nguyễn Văn An 佐藤 [red]\x1b[2J", "call-2"),
    frame(10, 16.2, Way.SENT, "state 486 busy", "call-2"),
    frame(11, 44.0, Way.RECEIVED, "state 200 OK", "call-1"),
    frame(12, 58.0, Way.NOTE, "closed by the server, code 1012"),
)
