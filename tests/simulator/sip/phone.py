"""A phone of the tests: one WebSocket, requests and responses as RFC 3261 writes them, digest, and dialogs."""

import asyncio
import hashlib
import re
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.simulator.sip.wire import Packet, answer_to, branch, fresh, inside, tag

PATIENCE_S = 20.0
PASSWORDS = {"alice": "pw1", "bob": "pw2", "carol": "pw3"}
SDP = ("content-type", "application/sdp")
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


def paper_offer(*, video: bool = False) -> str:
    """An offer that nobody is behind."""
    keys = "a=ice-ufrag:abcd\r\na=ice-pwd:" + "x" * 22 + "\r\na=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
    media = "c=IN IP4 127.0.0.1\r\na=rtcp-mux\r\na=setup:actpass\r\na=sendrecv\r\n" + keys
    sdp = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
        f"a=group:BUNDLE 0{' 1' if video else ''}\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 101\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\n"
        f"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n{media}"
    )
    if video:
        sdp += f"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\n{media}"
    return sdp


def _is_about(answer: Packet, request: Packet) -> bool:
    return branch(answer) == branch(request) and answer.asked == request.method


class Phone:
    """One device of one user. It does nothing by itself but keep what comes."""

    def __init__(
        self, url: str, user: str, *, domain: str = "phones.example", instance: str = "", password: str = ""
    ) -> None:
        self.url = url
        self.user = user
        self.domain = domain
        self.instance = instance or f"<urn:uuid:00000000-0000-4000-8000-{fresh()}>"
        self.password = password or PASSWORDS.get(user, "")
        self.contact = f"sip:{user}-{fresh()}@{fresh()}.invalid;transport=ws"
        self.came: list[Packet] = []
        self.lost = asyncio.Event()
        self.pongs = 0
        self._news = asyncio.Event()
        self._number = 0
        self._count = 0
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        self.lost.clear()
        self._socket = await connect(self.url, proxy=None, subprotocols=["sip"])  # type: ignore[list-item]
        self._reader = asyncio.create_task(self._read(self._socket))

    async def close(self) -> None:
        if self._socket and self._reader:
            await self._socket.close()
            await self._reader

    async def cut(self) -> None:
        """Break the socket without a word."""
        assert self._socket
        assert self._reader
        self._socket.transport.abort()
        await self._reader

    async def send_text(self, text: str | bytes) -> None:
        assert self._socket
        await self._socket.send(text)

    async def send(self, packet: Packet) -> Packet:
        await self.send_text(packet.text())
        return packet

    # -- what comes -------------------------------------------------------------------------------------------------

    async def get(self, method: str = "", **fields: object) -> Packet:
        """Wait for a request, or for a response when there is no method; `fields` are headers and properties."""

        def fits(packet: Packet) -> bool:
            if packet.method != method:
                return False
            for name, value in fields.items():
                key = name.replace("_", "-")
                found = getattr(packet, name) if name in ("status", "asked", "uri") else packet[key]
                if found != value:
                    return False
            return True

        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self._news.clear()
                    for at, packet in enumerate(self.came):
                        if fits(packet):
                            return self.came.pop(at)
                    await self._news.wait()
        except TimeoutError:
            came = [one.start for one in self.came]
            raise AssertionError(f"{self.user}: no {method} {fields}; there was {came}") from None

    async def final(self, request: Packet) -> Packet:
        """The final response to a request of ours; the provisional ones before it are left."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    self._news.clear()
                    for at, packet in enumerate(self.came):
                        if packet.status >= 200 and _is_about(packet, request):
                            return self.came.pop(at)
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"{self.user}: no answer to {request.start}") from None

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                text = text if isinstance(text, str) else text.decode()
                if text == "\r\n":
                    self.pongs += 1
                else:
                    self.came.append(Packet.parse(text))
                self._news.set()
        except ConnectionClosed:
            pass
        finally:
            self.lost.set()

    # -- outside dialogs --------------------------------------------------------------------------------------------

    @property
    def aor(self) -> str:
        return f"sip:{self.user}@{self.domain}"

    def request(self, method: str, to: str, *headers: tuple[str, str], body: str = "", uri: str = "") -> Packet:
        """A request outside dialogs; `to` is a user or a URI."""
        to = to if ":" in to else f"sip:{to}@{self.domain}"
        self._number += 1
        return Packet(
            f"{method} {uri or to} SIP/2.0",
            [
                ("via", f"SIP/2.0/WS {self.user}.invalid;branch=z9hG4bK{fresh()}"),
                ("max-forwards", "70"),
                ("from", f"<{self.aor}>;tag={fresh()}"),
                ("to", f"<{to}>"),
                ("call-id", f"{fresh()}@{self.user}"),
                ("cseq", f"{self._number} {method}"),
                ("contact", f"<{self.contact}>"),
                *headers,
            ],
            body,
        )

    def signed(self, request: Packet, challenge: str, header: str) -> Packet:
        """The same again, with credentials for a challenge."""
        self._count += 1
        given = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge.partition(" ")[2]))
        hashed = _HASHES[given["algorithm"]]
        count, client = f"{self._count:08x}", fresh()

        def h(text: str) -> str:
            return hashed(text.encode()).hexdigest()

        first = h(f"{self.user}:{given['realm']}:{self.password}")
        second = f"{request.method}:{request.uri}"
        kind, qop = given.get("qop"), ""
        if kind == "auth-int":
            second += f":{h(request.body)}"
        proof = h(f"{first}:{given['nonce']}:{h(second)}")
        if kind:
            qop = f', cnonce="{client}", qop={kind}, nc={count}'
            proof = h(f"{first}:{given['nonce']}:{count}:{client}:{kind}:{h(second)}")
        value = (
            f'Digest username="{self.user}", realm="{given["realm"]}", nonce="{given["nonce"]}", uri="{request.uri}", '
            f'response="{proof}", algorithm={given["algorithm"]}, opaque="{given["opaque"]}"{qop}'
        )
        return self.again(request, (header, value))

    def again(self, request: Packet, *more: tuple[str, str]) -> Packet:
        """The same request with the next number."""
        self._number += 1
        changed = {
            "via": f"SIP/2.0/WS {self.user}.invalid;branch=z9hG4bK{fresh()}",
            "cseq": f"{self._number} {request.method}",
        }
        dropped = {name for name, _ in more}
        headers = [(name, changed.get(name, value)) for name, value in request.headers if name not in dropped]
        return Packet(request.start, [*headers, *more], request.body)

    async def ask(self, request: Packet) -> tuple[Packet, Packet]:
        """Send, answer one challenge, and wait: the request that counted and its final response."""
        answer = await self.final(await self.send(request))
        if answer.status in (401, 407):
            if request.method == "INVITE":
                await self.acknowledge_refusal(request, answer)
            names = ("www-authenticate", "authorization") if answer.status == 401 else (
                "proxy-authenticate", "proxy-authorization")  # fmt: skip
            request = self.signed(request, answer[names[0]], names[1])
            answer = await self.final(await self.send(request))
        return request, answer

    async def register(self, *headers: tuple[str, str], expires: int = 600) -> Packet:
        contact = f'<{self.contact}>;+sip.instance="{self.instance}";reg-id=1;expires={expires}'
        request = self.request("REGISTER", self.aor, ("supported", "path, outbound, gruu"), uri=f"sip:{self.domain}")
        request.headers = [one for one in request.headers if one[0] != "contact"]
        request.headers += [("contact", contact), *headers]
        _, answer = await self.ask(request)
        return answer

    # -- calls ------------------------------------------------------------------------------------------------------

    async def invite(self, to: str, *headers: tuple[str, str], body: str | None = None) -> Packet:
        """Call; the request that was let through, which is answered by and by."""
        sdp = paper_offer() if body is None else body
        request = self.request("INVITE", to, *headers, *((SDP,) if sdp else ()), body=sdp)
        await self.send(request)
        answer = await self.get("", asked="INVITE", call_id=request["call-id"])
        if answer.status == 407:
            await self.acknowledge_refusal(request, answer)
            request = self.signed(request, answer["proxy-authenticate"], "proxy-authorization")
            await self.send(request)
        return request

    async def call(self, to: str, *headers: tuple[str, str], body: str | None = None) -> "Talk":
        """Call and wait until it is answered."""
        request = await self.invite(to, *headers, body=body)
        answer = await self.final(request)
        assert answer.status == 200, answer.text()
        talk = Talk.calling(self, request, answer)
        await talk.acknowledge(request.number)
        return talk

    async def acknowledge_refusal(self, request: Packet, answer: Packet) -> None:
        kept = [(name, value) for name, value in request.headers if name in ("via", "from", "call-id", "max-forwards")]
        headers = [*kept, ("to", answer["to"]), ("cseq", f"{request.number} ACK")]
        await self.send(Packet(f"ACK {request.uri} SIP/2.0", headers))

    async def cancel(self, request: Packet, *more: tuple[str, str]) -> None:
        kept = [
            (name, value) for name, value in request.headers if name in ("via", "from", "to", "call-id", "max-forwards")
        ]
        headers = [*kept, ("cseq", f"{request.number} CANCEL"), *more]
        await self.send(Packet(f"CANCEL {request.uri} SIP/2.0", headers))

    async def respond(self, request: Packet, status: int, *headers: tuple[str, str], body: str = "") -> Packet:
        """Respond to a request; with the tag that this phone has in the dialog."""
        contact = [("contact", f"<{self.contact}>")] if request.method in ("INVITE", "UPDATE", "SUBSCRIBE") else []
        content = [SDP] if body else []
        return await self.send(
            answer_to(request, status, *contact, *content, *headers, to_tag=f"tag-of-{self.contact[4:20]}", body=body)
        )

    async def rung(self) -> Packet:
        """Wait for a call, and ring."""
        invite = await self.get("INVITE")
        await self.respond(invite, 180)
        return invite

    async def take_up(self, invite: Packet, *, body: str | None = None) -> "Talk":
        """Answer a call and wait for the ACK."""
        answer = await self.respond(invite, 200, body=paper_offer() if body is None else body)
        await self.get("ACK", call_id=invite["call-id"])
        return Talk.called(self, invite, answer)


class Talk:
    """A dialog of a phone."""

    def __init__(
        self, phone: Phone, call_id: str, mine: str, theirs: str, target: str, routes: list[str], number: int
    ) -> None:
        self.phone = phone
        self.call_id = call_id
        self.mine = mine
        self.theirs = theirs
        self.target = target
        self.routes = routes
        self.number = number
        self.answer: Packet | None = None

    @classmethod
    def calling(cls, phone: Phone, request: Packet, answer: Packet) -> "Talk":
        routes = list(reversed(answer.all("record-route")))
        talk = cls(
            phone, request["call-id"], request["from"], answer["to"], inside(answer["contact"]), routes, request.number
        )
        talk.answer = answer
        return talk

    @classmethod
    def called(cls, phone: Phone, request: Packet, answer: Packet) -> "Talk":
        routes = request.all("record-route")
        return cls(phone, request["call-id"], answer["to"], request["from"], inside(request["contact"]), routes, 100)

    @property
    def my_tag(self) -> str:
        return tag(self.mine)

    @property
    def their_tag(self) -> str:
        return tag(self.theirs)

    def request(self, method: str, *headers: tuple[str, str], body: str = "", number: int | None = None) -> Packet:
        if number is None:
            self.number += 1
            number = self.number
        content = [SDP] if body.startswith("v=0") else []
        return Packet(
            f"{method} {self.target} SIP/2.0",
            [
                ("via", f"SIP/2.0/WS {self.phone.user}.invalid;branch=z9hG4bK{fresh()}"),
                *(("route", route) for route in self.routes),
                ("max-forwards", "70"),
                ("from", self.mine),
                ("to", self.theirs),
                ("call-id", self.call_id),
                ("cseq", f"{number} {method}"),
                ("contact", f"<{self.phone.contact}>"),
                *content,
                *headers,
            ],
            body,
        )

    async def acknowledge(self, number: int, *, body: str = "") -> None:
        await self.phone.send(self.request("ACK", body=body, number=number))

    async def ask(self, method: str, *headers: tuple[str, str], body: str = "") -> Packet:
        """Send a request and wait for its final response; an INVITE is acknowledged."""
        request = self.request(method, *headers, body=body)
        answer = await self.phone.final(await self.phone.send(request))
        if method == "INVITE" and answer.status < 300:
            await self.acknowledge(request.number)
        return answer

    async def hang_up(self) -> None:
        assert (await self.ask("BYE")).status == 200
