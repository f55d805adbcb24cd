"""Gives a file that was written under another name its own: there whole or not at all, and nothing lost for it."""

import os
from pathlib import Path


def land(written: Path, target: Path, *, replace: bool) -> bool:
    """Whether it has its name now: False when something else has it and may not be replaced. Raises: OSError."""
    if replace:
        os.replace(written, target)
        return True
    try:
        # A name that was free a moment ago may be taken by now; a link never overwrites.
        os.link(written, target)
    except FileExistsError:
        return False
    except OSError:
        if os.path.lexists(target):
            return False
        # A file system without links.
        os.rename(written, target)
    return True
