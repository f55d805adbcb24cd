"""Single pictures kept as files: a name that says when and of whom, never in the place of another."""

import os
import re
import time
from pathlib import Path

MAX_NAME = 60
_TRIES = 1000
_UNFIT = re.compile(r"[^\w+@-]+")


def keep(folder: Path, name: str, png: bytes, *, at: float | None = None) -> Path:
    """Write the picture into a new file of the folder; returns which. Raises: OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = time.strftime("%Y-%m-%d_%H-%M-%S", time.localtime(at))
    # What is left has no dot to hide behind and no slash to leave the folder with.
    who = _UNFIT.sub("_", name[:MAX_NAME]).strip("_")
    stem = f"{moment}_{who}" if who else moment
    for number in range(1, _TRIES):
        path = folder / (f"{stem}.png" if number == 1 else f"{stem}_{number}.png")
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        try:
            with os.fdopen(file, "wb") as out:
                out.write(png)
        except OSError:
            path.unlink(missing_ok=True)
            raise
        return path
    raise FileExistsError(17, "there are too many pictures of this second")
