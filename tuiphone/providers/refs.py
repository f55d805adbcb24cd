"""What calls are called here: as the vendor calls them, where that is plain and new."""

import itertools
import re
import uuid
from collections import deque

MAX_REMEMBERED = 500
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")


class Refs:
    """Gives no ref twice, as long as it remembers."""

    def __init__(self, plain: re.Pattern[str] = _PLAIN) -> None:
        """`plain`: which ids of the vendor's are refs as they are."""
        self._plain = plain
        self._given: deque[str] = deque(maxlen=MAX_REMEMBERED)

    def of(self, call_id: str) -> str:
        """The ref of a new call of this id: as in the server's history where it can be."""
        plain = call_id if self._plain.fullmatch(call_id) else f"id-{uuid.uuid4().hex}"
        ref = next(ref for n in itertools.count(1) if (ref := plain if n == 1 else f"{plain}-{n}") not in self._given)
        self._given.append(ref)
        return ref
