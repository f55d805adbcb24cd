"""What a look at an account finds: one line a finding, with a verdict and what to do about it."""

from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """How good a thing is."""

    GOOD = "ok"
    WARN = "warn"
    """Calls work, and something about it deserves attention."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    verdict: Verdict
    what: str
    """`DNS`, `certificate`, `registration` ..."""
    said: str
    """A sentence: what was found, and what to do where it is not good."""
