"""Finding providers by entry point."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from tuiphone.core.errors import ConfigError
from tuiphone.core.provider import Provider
from tuiphone.providers import registry
from tuiphone.providers.azstack.client import AZStack
from tuiphone.providers.oncaller.client import OnCaller


def install(monkeypatch: pytest.MonkeyPatch, *entries: tuple[str, str]) -> None:
    found = [EntryPoint(name, value, registry.GROUP) for name, value in entries]
    monkeypatch.setattr(registry, "entry_points", lambda group: found)


@pytest.mark.parametrize("kind", [AZStack, OnCaller])
def test_our_own_are_installed_and_found(kind: type[Provider]) -> None:
    assert kind.name in registry.names()
    assert registry.find(kind.name) is kind


@pytest.mark.parametrize(("typed", "guess"), [("oncaler", "oncaller"), ("OnCaller", "oncaller"), ("zzz", None)])
def test_a_mistyped_name_gets_a_suggestion(monkeypatch: pytest.MonkeyPatch, typed: str, guess: str | None) -> None:
    install(monkeypatch, ("oncaller", "a:B"), ("vox", "c:D"))
    with pytest.raises(ConfigError) as refusal:
        registry.find(typed)
    assert (f"Did you mean {guess}?" in str(refusal.value)) is (guess is not None)
    assert str(refusal.value).endswith("There are: oncaller, vox.")


def test_without_any_provider_the_sentence_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch)
    with pytest.raises(ConfigError, match="none is installed"):
        registry.find("oncaller")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("tuiphone.no_such_module:X", "does not load"),
        ("tuiphone.core.model:NoSuchClass", "does not load"),
        ("tuiphone.core.model:Address", "not a Provider class"),
        ("tuiphone.core.model:MAX_ADDRESS", "not a Provider class"),
    ],
)
def test_a_broken_installation_is_a_config_error(monkeypatch: pytest.MonkeyPatch, value: str, says: str) -> None:
    install(monkeypatch, ("broken", value))
    with pytest.raises(ConfigError, match=says):
        registry.find("broken")


def test_a_name_listed_twice_is_one_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "tuiphone.providers.oncaller.client:OnCaller"
    install(monkeypatch, ("oncaller", value), ("oncaller", value))
    assert registry.names() == ("oncaller",)
    assert registry.find("oncaller") is OnCaller


def test_names_are_listed_without_importing_a_vendor() -> None:
    code = (
        "import sys; from tuiphone.providers import registry; registry.names();"
        "print([name for name in sys.modules if name.startswith('tuiphone.providers.')])"
    )
    said: Any = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert said.stdout.strip() == "['tuiphone.providers.registry']"
