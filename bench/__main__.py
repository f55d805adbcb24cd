"""`make bench`, or `python -m bench [NAME ...]`: runs the measurements one after the other and prints a table."""

import importlib
import sys
import time
from collections.abc import Sequence

BENCHES = (
    *("startup", "calls", "contacts", "ears", "tracks", "scrolling"),
    *("history", "trace", "sip_messages", "sip", "playout", "sound", "video"),
)
"""Modules of this package; each has `rows() -> list[tuple[what, value, note]]`."""


def main(names: Sequence[str]) -> int:
    """Measure these, or everything."""
    if unknown := set(names) - set(BENCHES):
        print(f"There is no bench {', '.join(sorted(unknown))}; there are: {', '.join(BENCHES)}.")
        return 2
    for name in names or BENCHES:
        began = time.monotonic()
        rows = importlib.import_module(f"bench.{name}").rows()
        print(f"\n{name}  ({time.monotonic() - began:.0f} s)")
        width = max(len(what) for what, _, _ in rows)
        for what, value, note in rows:
            print(f"  {what:<{width}}  {value:>16}  {note}".rstrip(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
