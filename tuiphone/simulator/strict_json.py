"""JSON as browsers take it: what only Python would accept is none."""

import json
import math
from typing import NoReturn


def parsed(text: str) -> object:
    """What the text says; None when it is no JSON, or nested beyond sense."""
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _refuse(constant: str) -> NoReturn:
    # Python takes NaN and Infinity for JSON; a browser at the other end would choke on them.
    raise ValueError(constant)


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        _refuse(number)
    return value
