"""The page of a customer database in section [hooks]: what may stand there, and which mistakes are named."""

from pathlib import Path

import pytest

from tuiphone.store.config import load_preferences
from tuiphone.store.hooks import Crm

URL = "https://crm.example/?phone={number}"


def crm(folder: Path, *lines: str) -> tuple[Crm | None, list[str]]:
    file = folder / "config.toml"
    file.write_text("\n".join(("[hooks]", 'ringing = "lamp"', *lines)))
    preferences, problems = load_preferences(file)
    assert preferences.hooks["ringing"]
    return preferences.crm, [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), None),
        ((f'crm_url = "{URL}"',), Crm(URL)),
        ((f'crm_url = " {URL}"', 'crm_when = "answered"'), Crm(URL, "answered")),
        (
            ('crm_url = "HTTP://c:8/#/{account}/{direction}/{number}"',),
            Crm("HTTP://c:8/#/{account}/{direction}/{number}"),
        ),
    ],
)
def test_a_page_is_read_as_it_was_meant(tmp_path: Path, lines: tuple[str, ...], expected: Crm | None) -> None:
    assert crm(tmp_path, *lines) == (expected, [])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("crm_url = 5", "must be an address in quotes"),
        ('crm_url = "firefox {number}"', "must begin with https://"),
        ('crm_url = "file:///secret/{number}"', "must begin with https://"),
        ('crm_url = "javascript:secret({number})"', "must begin with https://"),
        ('crm_url = "https:///{number}?secret"', "is no address"),
        ('crm_url = "https://{number}.example/secret"', "in the name of its host"),
        ('crm_url = "https://a{@crm.example/{number}"', "in the name of its host"),
        ('crm_url = "https://crm.example/secret"', "has no {number}"),
        ('crm_url = "https://crm.example/{number}/{name}"', "has {name} in it; what can be put in is {number}"),
        ('crm_url = "https://crm.example/{{number}}"', "without its other half"),
        ('crm_url = "https://crm.example/{number}/}"', "without its other half"),
        ('crm_url = "https://crm.example/{number}\\nx"', "is no address"),
        ('crm_when = "ringing"', "needs hooks.crm_url"),
        ('crm_urls = "x"', "did you mean crm_url?"),
    ],
)
def test_a_mistake_is_named_and_costs_the_page_only(tmp_path: Path, line: str, said: str) -> None:
    found, problems = crm(tmp_path, line)
    assert found is None
    assert len(problems) == 1
    assert said in problems[0]
    assert problems[0].startswith("config.toml: hooks.crm")
    assert "secret" not in problems[0]


def test_a_wrong_moment_leaves_the_page_with_the_usual_one(tmp_path: Path) -> None:
    found, problems = crm(tmp_path, f'crm_url = "{URL}"', 'crm_when = "later"')
    assert found == Crm(URL)
    assert problems == ['config.toml: hooks.crm_when must be "ringing", "answered" or "key".']
