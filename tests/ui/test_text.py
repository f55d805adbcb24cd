"""What comes from the network cannot act on the terminal, and lines up."""

import pytest
from rich.cells import cell_len
from textual.content import Content

from tests.ui.samples import HOSTILE
from tuiphone.core.model import Address, AddressKind
from tuiphone.ui.text import cut, fit, labelled, safe, safe_lines
from tuiphone.ui.words import who


def test_an_escape_sequence_becomes_a_picture_and_markup_stays_text() -> None:
    assert safe(HOSTILE) == "[red]␛[2J"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a\u202eb", "ab"),
        ("a\u200b\u200db\ufeff", "ab"),
        ("bell\x07 del\x7f c1\x9b", "bell␇ del␡ c1�"),
        ("two\nlines\tand tabs", "two lines and tabs"),
        ("\u3164\u2800 x", "x"),
        ("half a pair \ud83d", "half a pair �"),
        ("flag 🇻🇳", "flag VN"),
        ("heart ❤\ufe0f", "heart ❤"),
        ("line\u2028separator", "line separator"),
    ],
)
def test_what_is_invisible_or_moves_the_cursor_is_taken_out(sent: str, shown: str) -> None:
    assert safe(sent) == shown


def test_letters_with_marks_in_either_form_are_the_same() -> None:
    assert safe("Nguye\u0302\u0303n") == safe("Nguyễn") == "Nguyễn"


def test_marks_do_not_climb_over_the_neighbouring_lines() -> None:
    assert len(safe("Z" + "\u0336" * 500 + "a")) <= 5


def test_a_long_name_costs_no_more_than_its_beginning() -> None:
    assert len(safe("x" * 1_000_000)) == 300
    assert len(safe("й" * 1_000_000)) == 300


def test_lines_are_kept_where_lines_are_wanted() -> None:
    assert safe_lines("first\nsec\x1bond") == "first\nsec␛ond"


@pytest.mark.parametrize("name", ["佐藤 愛子", "Ольга Петрова", "Nguyễn Văn An", "👩 and 👨", "กำลัง", "plain"])
@pytest.mark.parametrize("width", [1, 2, 3, 7, 30])
def test_every_script_is_fitted_into_exactly_the_cells_there_are(name: str, width: int) -> None:
    assert cell_len(fit(safe(name), width)) == width


def test_what_was_cut_ends_in_an_ellipsis() -> None:
    assert cut("佐藤 愛子", 6) == "佐藤…"
    assert cut("short", 5) == "short"


def test_a_value_too_long_for_its_column_stands_below_its_label() -> None:
    text = labelled([("id", Content("7")), ("call", Content("x" * 30))], 20).plain
    assert text.splitlines() == ["id    7", "call", "  " + "x" * 18, "  " + "x" * 12]


def test_a_caller_whose_name_and_number_cannot_be_seen_is_anonymous() -> None:
    assert who(Address(AddressKind.USER, "\u200b", "\u2060\u200d"), 40) == "anonymous"
    assert who(Address(AddressKind.PHONE, "100", "\u2060"), 40) == "100"
