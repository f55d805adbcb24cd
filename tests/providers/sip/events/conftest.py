"""An agent whose wire is a list, in a loop whose clock jumps: an hour of refreshing takes no time."""

from typing import Any

import pytest

from tests.core.conftest import pytest_asyncio_loop_factories as pytest_asyncio_loop_factories
from tests.core.conftest import settle
from tuiphone.providers.sip.agent import Agent, Identity
from tuiphone.providers.sip.fields import NameAddr
from tuiphone.providers.sip.message import Headers, Request, Response, encode, parse, reply
from tuiphone.providers.sip.settings import Settings
from tuiphone.providers.sip.uri import Uri


class Server:
    """The other end of the agent's wire, played by the test."""

    def __init__(self) -> None:
        self.agent = Agent(
            Identity(
                Uri.parse("sip:alice@pbx.example"),
                None,
                "alice",
                "secret",
                NameAddr.parse("<sip:a1@h.invalid;transport=ws>"),
                "h.invalid",
                "tuiphone",
            )
        )
        self.sent: list[Request | Response] = []
        self.answers: dict[str, Any] = {}
        """Method -> (status, headers) for all requests of it; None leaves them unanswered."""
        self._cseq = 0

    def open(self) -> None:
        """There is a connection."""
        self.agent.opened(self._take, where="ws://pbx.example")

    def lose(self) -> None:
        """It broke."""
        self.agent.lost()

    def _take(self, text: str) -> None:
        message = parse(text)
        self.sent.append(message)
        if isinstance(message, Request) and (answer := self.answers.get(message.method)) is not None:
            if callable(answer):
                answer = answer(message)
            if answer is not None:
                status, headers = answer
                self.respond(message, status, **headers)

    def requests(self, method: str) -> list[Request]:
        """What was asked by this method, oldest first."""
        return [one for one in self.sent if isinstance(one, Request) and one.method == method]

    def responses(self, method: str) -> list[int]:
        """How requests of this method were answered."""
        return [one.status for one in self.sent if isinstance(one, Response) and one.cseq.method == method]

    def respond(self, request: Request, status: int, *, tag: str = "srv", **headers: str) -> None:
        """Answer; underscores in names of fields stand for hyphens."""
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        if 200 <= status < 300 and "Contact" not in headers:
            pairs.append(("Contact", f"<sip:{tag}@192.0.2.1;transport=ws>"))
        self.agent.received(encode(reply(request, status, to_tag=tag, headers=pairs)))

    def notify(
        self,
        subscribe: Request,
        body: str = "",
        *,
        tag: str = "srv",
        state: str = "active;expires=3600",
        kind: str | None = None,
        event: str | None = None,
        cseq: int | None = None,
    ) -> None:
        """Tell something in the dialog of this SUBSCRIBE."""
        self._cseq = self._cseq + 1 if cseq is None else cseq
        headers = [
            ("Via", f"SIP/2.0/WS 192.0.2.1;branch=z9hG4bK{tag}{self._cseq}"),
            ("From", f"{subscribe.headers.get('To')};tag={tag}" if subscribe.to.tag is None else str(subscribe.to)),
            ("To", str(subscribe.from_)),
            ("Call-ID", subscribe.call_id),
            ("CSeq", f"{self._cseq} NOTIFY"),
            ("Contact", f"<sip:{tag}@192.0.2.1;transport=ws>"),
            ("Event", event or subscribe.headers.get("Event") or ""),
            ("Subscription-State", state),
        ]
        if body:
            headers.append(("Content-Type", kind or subscribe.headers.get("Accept") or ""))
        uri = self.agent.identity.contact.uri
        self.agent.received(encode(Request("NOTIFY", uri, headers=Headers(headers), body=body.encode())))

    def ask(self, method: str, body: str = "", **headers: str) -> None:
        """Ask for something outside dialogs."""
        self._cseq += 1
        pairs = [
            ("Via", f"SIP/2.0/WS 192.0.2.1;branch=z9hG4bKx{self._cseq}"),
            ("From", headers.pop("From", "<sip:bob@pbx.example>;tag=b")),
            ("To", "<sip:alice@pbx.example>"),
            ("Call-ID", headers.pop("Call_ID", f"c{self._cseq}@x")),
            ("CSeq", f"{self._cseq} {method}"),
            *((name.replace("_", "-"), value) for name, value in headers.items()),
        ]
        uri = self.agent.identity.contact.uri
        self.agent.received(encode(Request(method, uri, headers=Headers(pairs), body=body.encode())))

    @property
    def last(self) -> Response:
        """The last response of ours."""
        return next(one for one in reversed(self.sent) if isinstance(one, Response))


@pytest.fixture
def server() -> Server:
    return Server()


def settings(**more: Any) -> Settings:
    """Those of alice."""
    return Settings(user="alice", domain="pbx.example", server="wss://pbx.example/ws", **more)


__all__ = ["Server", "settings", "settle"]
