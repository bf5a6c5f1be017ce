"""docs/settings.md: every setting with its default, what it may be, what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.settings import Setting, Settings, all_settings
from integrations.configuration import NOT_SETTINGS, load_settings
from integrations.settings_page import render

if TYPE_CHECKING:
    from pathlib import Path


def row_of(name: str) -> list[str]:
    found = [line for line in render().splitlines() if line.startswith(f"| `{name}` |")]
    assert len(found) == 1
    return [cell.strip() for cell in found[0].strip("|").split("|")]


@pytest.mark.parametrize("setting", all_settings(), ids=lambda setting: setting.name)
def test_every_setting_has_one_row(setting: Setting) -> None:
    name, _, allowed, meaning, variable = row_of(setting.name)
    assert name == f"`{setting.name}`"
    assert (allowed, meaning) == (setting.allowed, setting.meaning)
    assert variable == f"`LATIDO_{setting.name.upper()}`"


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("announce_after", "3 (3 s)"),
        ("health_check_every", "600 (10 min)"),
        ("audit_every", "3600 (1 h)"),
        ("party_min_players", "`2`"),
        ("recover_missing", "`true`"),
        ("streaming", '`"separate"`'),
        ("keep_days", "nothing"),
        ("ignored_games", "empty"),
    ],
)
def test_a_default_is_shown_as_it_is_written(name: str, default: str) -> None:
    assert row_of(name)[1] == default


def test_the_example_file_on_the_page_is_accepted(tmp_path: Path) -> None:
    example = render().partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "latido.toml").write_text(example, encoding="utf-8")
    assert load_settings({}, tmp_path) == Settings(
        confirm_after=5,
        voice_gap="end",
        ignored_games=frozenset({"Wallpaper Engine"}),
        notify_channel_id=987654321098765432,
        game_aliases={"Counter-Strike: Global Offensive": "Counter-Strike 2"},
    )


def test_the_example_environment_on_the_page_is_accepted(tmp_path: Path) -> None:
    example = render().partition("```sh\n")[2].partition("```")[0]
    lines = [line.removeprefix("export ").partition("#")[0] for line in example.splitlines()]
    pairs = [line.strip().partition("=") for line in lines]
    environment = {name: value.strip("'") for name, _, value in pairs}
    settings = load_settings(environment, tmp_path)
    assert settings.confirm_after == 0.5
    assert settings.notify_channel_id == {1122334455: 987654321098765432}


def test_the_variables_that_are_no_settings_are_named() -> None:
    assert all(f"`{name}`" in render() for name in NOT_SETTINGS)
