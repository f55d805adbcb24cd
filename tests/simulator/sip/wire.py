"""SIP messages as the tests read and write them: lines and nothing else."""

import re
import secrets
from dataclasses import dataclass

_LISTS = {"via", "record-route", "route", "contact"}


@dataclass(eq=False)
class Packet:
    """One message; names of headers in lower case, each value as it was on its line."""

    start: str
    headers: list[tuple[str, str]]
    body: str = ""

    @classmethod
    def parse(cls, text: str) -> "Packet":
        head, _, body = text.partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        packet = cls(start, headers, body)
        assert int(packet["content-length"]) == len(body.encode()), text
        return packet

    def text(self) -> str:
        lines = [self.start, *(f"{name}: {value}" for name, value in self.headers)]
        return "\r\n".join([*lines, f"content-length: {len(self.body.encode())}", "", self.body])

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        rows = [value for key, value in self.headers if key == name]
        return [one.strip() for row in rows for one in row.split(",")] if name in _LISTS else rows

    @property
    def status(self) -> int:
        return int(self.start.split(" ")[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        return "" if self.status else self.start.split(" ")[0]

    @property
    def uri(self) -> str:
        return self.start.split(" ")[1]

    @property
    def number(self) -> int:
        return int(self["cseq"].split(" ")[0])

    @property
    def asked(self) -> str:
        """The method in CSeq."""
        return self["cseq"].split(" ")[1]


def tag(header: str) -> str:
    """The tag of a From or To."""
    match = re.search(r";tag=([^;]+)", header)
    return match[1] if match else ""


def inside(header: str) -> str:
    """What stands between angle brackets."""
    return header.partition("<")[2].partition(">")[0]


def branch(packet: Packet) -> str:
    """The branch of the topmost Via."""
    match = re.search(r";branch=([^;]+)", packet.all("via")[0])
    assert match
    return match[1]


def fresh() -> str:
    """A word that nobody else has."""
    return secrets.token_hex(6)


def answer_to(request: Packet, status: int, *headers: tuple[str, str], to_tag: str = "", body: str = "") -> Packet:
    """A response with what it has to copy."""
    kept = [(name, value) for name, value in request.headers if name in ("via", "from", "call-id", "cseq")]
    to = request["to"] if not to_tag or tag(request["to"]) else f"{request['to']};tag={to_tag}"
    routes = [("record-route", value) for value in request.all("record-route")] if status < 300 else []
    return Packet(f"SIP/2.0 {status} Said", [*kept, ("to", to), *routes, *headers], body)
