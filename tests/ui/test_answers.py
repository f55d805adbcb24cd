"""What the terminal answers never becomes a key, in however many pieces it comes; and keys stay keys."""

import pytest
from textual import events
from textual.message import Message

from tuiphone.ui.answers import AnswerFilter, TerminalAnswered
from tuiphone.ui.paste import GuardedParser

# As xterm, foot and Windows Terminal answer.
LONG = "\x1b[?65;1;2;3;4;6;8;9;15;18;21;22;28;29;314c"


def read(*pieces: str) -> tuple[list[str], list[TerminalAnswered]]:
    """The keys and the answers in what a terminal sends, piece by piece, each at once after the other."""
    parser = GuardedParser()
    told: list[Message] = [message for piece in pieces for message in parser.feed(piece)]
    return (
        [message.key for message in told if isinstance(message, events.Key)],
        [message for message in told if isinstance(message, TerminalAnswered)],
    )


@pytest.mark.parametrize("answer", ["\x1b[?62;4c", LONG, "\x1b[?4c", "\x1b[?61;4;6;7;14;21;22;23;24;28;32;42c"])
def test_a_terminal_says_that_it_has_sixels(answer: str) -> None:
    keys, answers = read(f"a{answer}b")
    assert keys == ["a", "b"]
    assert [4 in (answer.what or ()) for answer in answers] == [True]


@pytest.mark.parametrize("cut", range(1, len(LONG)))
def test_an_answer_in_two_pieces_is_no_keys(cut: int) -> None:
    keys, answers = read(LONG[:cut], LONG[cut:], "x")
    assert keys == ["x"]
    assert len(answers) == 1


def test_an_answer_letter_by_letter_is_no_keys() -> None:
    keys, answers = read(*LONG, *"\x1b[?1;2c", "x")
    assert keys == ["x"]
    assert [4 in (answer.what or ()) for answer in answers] == [True, False]


def test_cells_and_colours_are_understood() -> None:
    keys, answers = read("\x1b[?1;0;256S\x1b[6;20;10t\x1b[?62;4c")
    assert not keys
    assert [(answer.colours, answer.cell) for answer in answers] == [(256, None), (None, (10, 20)), (None, None)]


@pytest.mark.parametrize("refusal", ["\x1b[?1;1S", "\x1b[?1;3;0S", "\x1b[?1;0;65536;1S", "\x1b[?1;0;S"])
def test_a_terminal_that_does_not_say_how_many_colours_types_no_digits(refusal: str) -> None:
    for pieces in ([refusal], list(refusal)):
        keys, answers = read("a", *pieces, "b")
        assert keys == ["a", "b"]
        assert [answer.colours for answer in answers] == [None]


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        ("\x1b[6~", ["pagedown"]),
        ("\x1b[A", ["up"]),
        ("\x1b[15~", ["f5"]),
        ("\x1b[6;5~", ["ctrl+pagedown"]),
        ("\x1b[?2026;2$y", []),
    ],
)
def test_keys_stay_keys_in_pieces_too(sent: str, keys: list[str]) -> None:
    assert read(sent)[0] == keys
    assert read(*sent)[0] == keys


def test_what_is_pasted_is_no_answer() -> None:
    _, answers = read("\x1b[200~\x1b[?62;4c\x1b[201~")
    assert not answers


def test_numbers_without_end_are_not_kept() -> None:
    answers = AnswerFilter()
    given = "".join(answers.clean(piece)[0] for piece in ["\x1b[?", *(["1;" * 50] * 10)])
    assert len(given) > 500
