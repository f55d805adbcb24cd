"""Single values of config.toml: kept when they fit, and never at the cost of another."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.engine.desk import EngineDesk, desk
from tuiphone.core.errors import ConfigError
from tuiphone.engine.settings import SettingService, set_preference


@pytest.fixture
async def its(tmp_path: Path) -> AsyncIterator[EngineDesk]:
    async with desk(tmp_path, SettingService) as running:
        yield running


async def test_two_values_that_are_set_at_once_are_both_kept(its: EngineDesk) -> None:
    values = {"theme": "paper", "welcome": "Hello", "bell": False, "notify": False, "title": False}
    await asyncio.gather(*(set_preference(its.parts, "app", key, value) for key, value in values.items()))
    app = its.parts.preferences.app
    assert {key: getattr(app, key) for key in values} == values


@pytest.mark.parametrize(
    ("section", "key", "value"),
    [("calls", "dnd", "loud"), ("app", "bell", 3.5), ("app", "thme", "x"), ("ap", "x", "y")],
)
async def test_a_value_that_does_not_fit_leaves_the_file_as_it_was(
    its: EngineDesk, section: str, key: str, value: object
) -> None:
    await set_preference(its.parts, "app", "theme", "paper")
    before = its.parts.paths.config_file.read_bytes()
    with pytest.raises(ConfigError, match=section):
        await set_preference(its.parts, section, key, value)
    assert its.parts.paths.config_file.read_bytes() == before
    assert its.parts.preferences.app.theme == "paper"
