"""Names of every script take as many cells as a terminal gives them."""

import ctypes
import locale
import sys

import pytest
from rich.cells import cell_len

from tuiphone.ui import cells
from tuiphone.ui.text import fit

NAMES = {
    "Nguyễn Văn An": 13,
    "Ольга Петрова": 13,
    "राहुल वर्मा": 9,
    "प्रिया नायर": 10,
    "தமிழ்": 4,
    "佐藤 健": 7,
    "e\u0301": 1,
}


@pytest.fixture(autouse=True)
def _as_in_the_app() -> None:
    cells.count_as_terminals()


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_as_wide_as_in_a_terminal(name: str) -> None:
    assert cell_len(name) == NAMES[name]
    assert cell_len(fit(name, 20)) == 20


@pytest.mark.skipif(sys.platform != "linux", reason="asks the C library that terminals on Linux ask")
@pytest.mark.parametrize("name", NAMES)
def test_the_c_library_says_the_same(name: str) -> None:
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    try:
        library = ctypes.CDLL(None)
        assert sum(library.wcwidth(ctypes.c_wchar(character)) for character in name) == NAMES[name]
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
