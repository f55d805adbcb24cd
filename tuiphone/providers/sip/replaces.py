"""Which dialog a call takes the place of (RFC 3891): in a header of its own, or of the URI in a Refer-To."""

# pyright: strict

import re
from dataclasses import dataclass

from tuiphone.providers.sip.faults import BadMessage
from tuiphone.providers.sip.fields import Word

MAX_LENGTH = 1000
_PART = re.compile(r"[^\s;,<>\"]+")


@dataclass(frozen=True, slots=True)
class Replaces:
    """Names a dialog as the receiver of the header sees it: `to_tag` is its own tag there."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False
    """Only while it has not been answered."""

    @classmethod
    def parse(cls, text: str) -> "Replaces":
        """Raises: BadMessage, for what names no dialog"""
        said = Word.parse(text[:MAX_LENGTH])
        names = [name for name, _ in said.params]
        found = (said.value, said.param("to-tag") or "", said.param("from-tag") or "")
        twice = any(names.count(name) > 1 for name in ("to-tag", "from-tag", "early-only"))
        if twice or not all(_PART.fullmatch(part) for part in found):
            raise BadMessage("Replaces does not name a dialog by its Call-ID and both tags.")
        return cls(*found, early_only="early-only" in names)

    def __str__(self) -> str:
        early = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{early}"
