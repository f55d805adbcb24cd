"""What is pasted is text, whatever is in it."""

import os

import pytest
from textual import events
from textual.app import App
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from tuiphone.ui.paste import END, START, GuardedParser, PasteFilter, guard


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1000])
def test_controls_go_from_pastes_and_nothing_else_in_pieces_of_any_size(size: int) -> None:
    typed = f"ab\x1b[A{START}yy\x1b[Axxx\x07\x1b\n\ttext{END}\x1bx{START}\x1b{END}\x1b[15~"
    wanted = f"ab\x1b[A{START}yy[Axxx\n\ttext{END}\x1bx{START}{END}\x1b[15~"
    guarded = PasteFilter()
    pieces = [typed[at : at + size] for at in range(0, len(typed), size)]
    assert "".join(guarded.clean(piece) for piece in pieces) == wanted


def test_a_paste_with_escapes_is_one_paste_and_no_key() -> None:
    parser = GuardedParser()
    told = list(parser.feed(f"{START}yy\x1b[Axxx\x1b{END}"))
    told += parser.feed("q")
    assert [type(event) for event in told] == [events.Paste, events.Key]
    assert isinstance(told[0], events.Paste)
    assert told[0].text == "yy[Axxx"


def test_the_escape_key_is_not_held_back() -> None:
    assert PasteFilter().clean("\x1b") == "\x1b"


def test_the_driver_reads_through_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", linux_driver.getincrementaldecoder)
    guard()
    assert linux_driver.XTermParser is GuardedParser


async def test_bytes_that_are_no_utf_8_are_left_out_and_end_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = LinuxDriver(App[None]())
    read_end, write_end = os.pipe()
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", linux_driver.getincrementaldecoder)
    monkeypatch.setattr(driver, "fileno", read_end)
    keys: list[Message] = []

    def take(message: Message) -> None:
        keys.append(message)
        if isinstance(message, events.Key) and message.key == "q":
            driver.exit_event.set()

    monkeypatch.setattr(driver, "process_message", take)
    guard()
    os.write(write_end, b"a\x9b\xff\xc3(\xc3\xa9q")
    driver.run_input_thread()
    os.close(write_end)
    os.close(read_end)
    assert [one.character for one in keys if isinstance(one, events.Key)] == ["a", "(", "é", "q"]


async def test_a_terminal_that_is_gone_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = LinuxDriver(App[None]())
    read_end, write_end = os.pipe()
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    monkeypatch.setattr(linux_driver, "getincrementaldecoder", linux_driver.getincrementaldecoder)
    monkeypatch.setattr(driver, "fileno", read_end)
    guard()
    os.close(write_end)
    with pytest.raises(EOFError):
        driver.run_input_thread()
    os.close(read_end)


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("\r", "enter"),
        ("\x1b\r", "alt+enter"),
        ("\x1b[27;3;13~", "alt+enter"),
        ("\x1b[13;3u", "alt+enter"),
        ("\x1b[13;2u", "shift+enter"),
    ],
)
def test_enter_with_alt_is_another_key_than_enter(sent: str, key: str) -> None:
    (told,) = GuardedParser().feed(sent)
    assert isinstance(told, events.Key)
    assert told.key == key
