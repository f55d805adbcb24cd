"""A few words written into a picture where there is no library for that: small letters and digits, five dots wide."""

import numpy as np
import numpy.typing as npt

_COLUMNS = {
    "a": "2054545478", "b": "7f48444438", "c": "3844444420", "d": "384444487f", "e": "3854545418", "f": "087e090102",
    "g": "085454543c", "h": "7f08040478", "i": "00447d4000", "j": "2040443d00", "k": "7f10284400", "l": "00417f4000",
    "m": "7c04180478", "n": "7c08040478", "o": "3844444438", "p": "7c14141408", "q": "081414187c", "r": "7c08040408",
    "s": "4854545420", "t": "043f444020", "u": "3c4040207c", "v": "1c2040201c", "w": "3c4030403c", "x": "4428102844",
    "y": "0c5050503c", "z": "4464544c44", "0": "3e5149453e", "1": "00427f4000", "2": "4261514946", "3": "2141454b31",
    "4": "1814127f10", "5": "2745454539", "6": "3c4a494930", "7": "0171090503", "8": "3649494936", "9": "064949291e",
}  # fmt: skip
"""Of each, its columns from left to right, the lowest bit at the top."""
HIGH = 8
WIDE = 6


def lettered(words: str) -> npt.NDArray[np.bool_]:
    """Rows of dots; a character that has no letter here is a space."""
    columns = bytes.fromhex("".join(f"{_COLUMNS.get(one, '0000000000')}00" for one in words.lower()))
    return np.unpackbits(np.frombuffer(columns, np.uint8)[None], axis=0, bitorder="little").astype(bool)
