"""Reliable provisional responses (RFC 3262): their order as the caller takes them and as the callee numbers them."""

# pyright: strict

import random
import re
from dataclasses import dataclass

MAX_RSEQ = 2**31 - 1
MAX_TAKEN = 64
"""Provisional responses that one dialog may have acknowledged; more are a flood."""
_RACK = re.compile(r"\s*([0-9]{1,10})\s+([0-9]{1,10})\s+(\S+)\s*")


class InOrder:
    """Of one early dialog, on the caller's side: which response is the next one (section 4)."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._taken = 0

    def takes(self, rseq: str | None) -> int | None:
        """The number to acknowledge; None for one sent again, out of order, without a number, or one too many."""
        text = (rseq or "").strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 10):
            return None
        number = int(text)
        if not 1 <= number < 2**32 or self._taken >= MAX_TAKEN:
            return None
        if self._last is not None and number != self._last + 1:
            return None
        self._last = number
        self._taken += 1
        return number


@dataclass(frozen=True, slots=True)
class RAck:
    """What a PRACK acknowledges (section 7.2)."""

    rseq: int
    cseq: int
    method: str

    @classmethod
    def parse(cls, text: str | None) -> "RAck | None":
        """None for what is no such header."""
        match = _RACK.fullmatch(text or "")
        return None if match is None else cls(int(match[1]), int(match[2]), match[3])

    def __str__(self) -> str:
        return f"{self.rseq} {self.cseq} {self.method}"


def first_rseq() -> int:
    """Where a callee begins to count (section 3): at random, with room to go on."""
    return random.randint(1, MAX_RSEQ)
