"""Pictures as terminals of the kitty kind show them: the terminal reads them itself, from the file they are in."""

import base64
import fcntl
import struct
import sys
import termios
from collections.abc import Iterable, Mapping

_NAMES = ("KITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR")
_TERMS = ("xterm-kitty", "xterm-ghostty")
_BETWEEN = ("TMUX", "STY", "SSH_CONNECTION")
"""What stands between us and the terminal: it has other files, or does not hand pictures on."""


def is_there(environment: Mapping[str, str]) -> bool:
    """Whether the terminal shows pictures that are in a file of this machine."""
    if any(environment.get(name) for name in _BETWEEN):
        return False
    return environment.get("TERM") in _TERMS or any(environment.get(name) for name in _NAMES)


def cell_pixels() -> tuple[int, int] | None:
    """Width and height of a cell of the terminal; None where it does not tell."""
    try:
        assert sys.__stderr__ is not None
        told = fcntl.ioctl(sys.__stderr__.fileno(), termios.TIOCGWINSZ, bytes(8))
    except (OSError, ValueError, AssertionError):
        return None
    rows, columns, width, height = struct.unpack("HHHH", told)
    return (width // columns, height // rows) if rows and columns and width and height else None


def put(
    number: int,
    file: str,
    offset: int,
    size: tuple[int, int],
    place: tuple[int, int, int, int],
    *,
    layer: int,
) -> str:
    """Show these pixels of the file there (left, top, width and height in cells), in place of what had this number."""
    left, top, columns, rows = place
    # With C=1, and 7 and 8 around it, the cursor stays where Textual left it.
    keys = f"a=T,q=2,f=24,t=f,i={number},p=1,z={layer},s={size[0]},v={size[1]},S={3 * size[0] * size[1]},O={offset}"
    name = base64.standard_b64encode(file.encode()).decode()
    return f"\x1b7\x1b[{top + 1};{left + 1}H\x1b_G{keys},c={columns},r={rows},C=1;{name}\x1b\\\x1b8"


def remove(numbers: Iterable[int]) -> str:
    """Show these no longer."""
    return "".join(f"\x1b_Ga=d,d=I,q=2,i={number}\x1b\\" for number in numbers)


def place(
    size: tuple[int, int], cell: tuple[int, int], room: tuple[int, int, int, int], *, corner: bool = False
) -> tuple[int, int, int, int]:
    """Where a picture of this size goes in a room of cells: as large as it can be in its own proportions."""
    left, top, width, height = room
    scale = min(width * cell[0] / size[0], height * cell[1] / size[1])
    columns = max(1, min(width, round(size[0] * scale / cell[0])))
    rows = max(1, min(height, round(size[1] * scale / cell[1])))
    if corner:
        return left + width - columns, top + height - rows, columns, rows
    return left + (width - columns) // 2, top + (height - rows) // 2, columns, rows
