"""Candidates as the wire has them: a list of JSON texts, and beside it a list that nobody reads (section 7)."""

import json
from typing import Any

MOST = 50
"""Candidates in one message."""


def parsed(text: str) -> dict[str, Any]:
    """The candidate in one JSON text; empty for the mark that no more follow, and for what is none."""
    try:
        ice = json.loads(text)["ice"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return ice if isinstance(ice, dict) and isinstance(ice.get("candidate"), str) else {}


def wire_form(candidate: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The two lists of a candidate: as they came from another device, or made of what a robot has."""
    if "wire" in candidate:
        return candidate["wire"]
    return [candidate["candidate"]], [json.dumps({"ice": candidate})]
