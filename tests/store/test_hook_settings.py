"""Section [hooks]: what is a command, what is an address, and which mistakes are named."""

from pathlib import Path

import pytest

from tuiphone.store.config import load_preferences
from tuiphone.store.hooks import Hook


def hooks(folder: Path, line: str) -> tuple[dict[str, tuple[Hook, ...]], list[str]]:
    file = folder / "config.toml"
    file.write_text(f"[hooks]\n{line}\n")
    preferences, problems = load_preferences(file)
    return dict(preferences.hooks), [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"lights on"', (Hook(("lights", "on")),)),
        ("\"say 'two words' $HOME; rm x\"", (Hook(("say", "two words", "$HOME;", "rm", "x")),)),
        ('["notify", "two words"]', (Hook(("notify", "two words")),)),
        ('["curl", "https://a.example/x"]', (Hook(("curl", "https://a.example/x")),)),
        ('"https://a.example/x?t=1"', (Hook(url="https://a.example/x?t=1"),)),
        (
            '["https://a.example", "HTTP://b.example:8080/"]',
            (Hook(url="https://a.example"), Hook(url="HTTP://b.example:8080/")),
        ),
        (
            '[["a", "b"], "c d", "https://e.example"]',
            (Hook(("a", "b")), Hook(("c", "d")), Hook(url="https://e.example")),
        ),
    ],
)
def test_a_hook_is_read_as_it_was_meant(tmp_path: Path, value: str, expected: tuple[Hook, ...]) -> None:
    assert hooks(tmp_path, f"ringing = {value}") == ({"ringing": expected}, [])


def test_a_command_in_the_home_folder_is_found(tmp_path: Path) -> None:
    found, _ = hooks(tmp_path, 'ended = "~/bin/note ~/calls"')
    assert found["ended"][0].command == (f"{Path.home()}/bin/note", f"{Path.home()}/calls")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('ringin = "x"', "did you mean ringing?"),
        ("ringing = 5", "not a whole number"),
        ('ringing = ""', "is empty"),
        ("ringing = []", "is empty"),
        ('ringing = ["a", 5]', "but has a whole number in it"),
        ('ringing = "say \'x"', "a quote that is not closed"),
        ('ringing = "https://"', "is no address"),
        ('ringing = "https://a.example:99999/secret"', "is no address"),
        ('ringing = "https://a b/secret"', "is no address"),
        (f"ringing = {[['x']] * 11}", "at most 10"),
        ('ringing = ["a\\u0000b"]', "a zero character"),
    ],
)
def test_a_mistake_is_named_and_costs_that_hook_only(tmp_path: Path, line: str, said: str) -> None:
    found, problems = hooks(tmp_path, f'{line}\nended = "x"')
    assert found == {"ended": (Hook(("x",)),)}
    assert len(problems) == 1
    assert said in problems[0]
    assert "config.toml: hooks.ring" in problems[0]
    assert "secret" not in problems[0]
