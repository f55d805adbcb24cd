"""A name server on loopback that knows what a test tells it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset


class NameServer(asyncio.DatagramProtocol):
    """`records` is (name, type) -> lines of a zone file, or the name of a response code; None is no answer at all."""

    def __init__(self, records: Mapping[tuple[str, str], tuple[str, ...] | str | None], ttl: int) -> None:
        self.records = dict(records)
        self.asked: list[tuple[str, str]] = []
        self.port = 0
        self._ttl = ttl

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        question = query.question[0]
        key = (question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype))
        self.asked.append(key)
        found = self.records.get(key, ())
        if found is None:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if isinstance(found, str):
            answer.set_rcode(dns.rcode.from_text(found))
        elif found:
            answer.answer.append(dns.rrset.from_text_list(question.name, self._ttl, "IN", key[1], found))
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server(
    records: Mapping[tuple[str, str], tuple[str, ...] | str | None], *, ttl: int = 300
) -> AsyncIterator[NameServer]:
    """One that is gone with the block."""
    server = NameServer(records, ttl)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: server, local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
