"""Ports of loopback for servers that have to be told theirs beforehand, never the same for two test runs at once."""

import itertools
import os
import socket

FIRST, BLOCK, BLOCKS = 10240, 200, 100
"""Below the ports that the system gives to connections, so that none of them is taken before its owner comes."""

_claims: list[socket.socket] = []
"""Each keeps the first port of a block for as long as this process is there."""
_left: "range" = range(0)


def free_port(room: int = 1) -> int:
    """The first of so many ports in a row that are this process's from now on, by TCP and by UDP."""
    global _left
    while True:
        if len(_left) < room:
            _left = _another_block()
        taken, _left = _left[:room], _left[room:]
        if all(map(_is_free, taken)):
            return taken[0]


def _another_block() -> "range":
    begin = os.getpid() + len(_claims)
    for number in itertools.islice(itertools.cycle(range(BLOCKS)), begin % BLOCKS, begin % BLOCKS + BLOCKS):
        first = FIRST + number * BLOCK
        claim = socket.socket()
        try:
            # Servers of UDP share ports silently; nobody shares this one.
            claim.bind(("127.0.0.1", first))
        except OSError:
            claim.close()
            continue
        _claims.append(claim)
        return range(first + 1, first + BLOCK)
    raise RuntimeError("all ports are taken")


def _is_free(port: int) -> bool:
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as tried:
                tried.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
