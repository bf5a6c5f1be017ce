"""Settings: what they are by default, and what each refuses, in words."""

from __future__ import annotations

from typing import Any

import pytest

from engine.settings import Settings, SettingsError, UnknownSettingError, all_settings

DEFAULTS = {
    "announce_after": 3.0,
    "confirm_after": 10.0,
    "health_check_every": 600.0,
    "voice_grace": 60.0,
    "game_grace": 900.0,
    "party_grace": 1800.0,
    "party_min_players": 2,
    "party_chapter": 86_400.0,
    "recover_missing": True,
    "track_listening": False,
    "streaming": "separate",
    "orphan_credit": "watched",
    "voice_gap": "bridge",
    "game_gap": "bridge",
    "party_gap": "bridge",
    "event_delay": 2.0,
    "heartbeat_every": 30.0,
    "deep_check_budget": 50,
    "audit_every": 3600.0,
    "audit_identifies_per_day": 200,
    "channel_info": True,
    "voice_cooldown": 1200.0,
    "game_cooldown": 1800.0,
    "party_cooldown": 3600.0,
    "ignored_games": frozenset(),
    "game_aliases": {},
    "ignored_channels": frozenset(),
    "ignored_roles": frozenset(),
    "ignore_bots": True,
    "ignore_afk_channel": True,
    "presences": True,
    "members": True,
    "timezone": "UTC",
    "keep_days": None,
    "log_language": "es",
    "log_names": True,
    "command_language": "es",
    "chart_theme": "dark",
    "notify_channel_id": None,
}


def test_the_defaults_are_the_documented_ones() -> None:
    assert {setting.name: setting.default for setting in all_settings()} == DEFAULTS
    assert {name: getattr(Settings(), name) for name in DEFAULTS} == DEFAULTS


def test_every_setting_says_what_it_means_and_what_it_may_be() -> None:
    for setting in all_settings():
        assert setting.meaning.endswith("."), setting.name
        assert setting.allowed, setting.name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("announce_after", -0.1),
        ("confirm_after", "10 min"),
        ("confirm_after", True),
        ("confirm_after", float("nan")),
        ("confirm_after", float("inf")),
        ("confirm_after", 10**400),
        ("health_check_every", 0),
        ("heartbeat_every", 0),
        ("party_min_players", 1),
        ("party_min_players", 2.5),
        ("recover_missing", "yes"),
        ("streaming", "seperate"),
        ("orphan_credit", ""),
        ("voice_gap", "forever"),
        ("voice_gap", -1),
        ("game_gap", 1e30),
        ("deep_check_budget", -1),
        ("ignored_games", "VALORANT"),
        ("ignored_games", [1]),
        ("game_aliases", ["VALORANT"]),
        ("ignored_channels", [0]),
        ("ignored_roles", [2**70]),
        ("timezone", ""),
        ("timezone", "Europe"),
        ("timezone", "Europe/Atlantis"),
        ("timezone", "../UTC"),
        ("keep_days", 0),
        ("log_language", "fr"),
        ("command_language", "fr"),
        ("chart_theme", "sepia"),
        ("notify_channel_id", 0),
        ("notify_channel_id", {1: -1}),
    ],
)
def test_an_impossible_value_is_refused_with_name_value_and_what_is_allowed(
    name: str, value: object
) -> None:
    values: dict[str, Any] = {name: value}
    with pytest.raises(SettingsError) as refused:
        Settings(**values)
    allowed = next(setting.allowed for setting in all_settings() if setting.name == name)
    assert refused.value.setting == name
    assert refused.value.value is value
    sentence = str(refused.value)
    assert sentence.startswith(f"The setting {name} is ")
    assert sentence.endswith(f": set it to {allowed}.")
    assert "\n" not in sentence


def test_a_refused_text_is_shown_on_one_line_and_cut() -> None:
    with pytest.raises(SettingsError) as refused:
        Settings(timezone="UTC\n" + "x" * 1000)
    assert '"UTC\\nxxx' in str(refused.value)
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("confirm_after", 0),
        ("confirm_after", 0.25),
        ("voice_gap", "end"),
        ("voice_gap", 0),
        ("game_gap", 90.5),
        ("timezone", "America/Bogota"),
        ("keep_days", 1),
        ("notify_channel_id", 987654321),
        ("notify_channel_id", {1: 987654321}),
        ("ignored_games", frozenset({"VALORANT"})),
    ],
)
def test_a_possible_value_is_kept(name: str, value: object) -> None:
    values: dict[str, Any] = {name: value}
    settings = Settings(**values)
    assert getattr(settings, name) == value


def test_values_take_their_declared_type() -> None:
    values: dict[str, Any] = {"confirm_after": 1, "ignored_channels": [1, 1, 2]}
    settings = Settings(**values)
    assert isinstance(settings.confirm_after, float)
    assert settings.ignored_channels == frozenset({1, 2})


def test_an_announcement_after_the_confirmation_is_allowed() -> None:
    settings = Settings(announce_after=5, confirm_after=0.5)
    assert settings.announce_after > settings.confirm_after


def test_an_error_says_where_the_value_came_from() -> None:
    error = SettingsError("keep_days", "soon", "a whole number", "LATIDO_KEEP_DAYS")
    assert str(error) == (
        'The setting keep_days is "soon" (from LATIDO_KEEP_DAYS): set it to a whole number.'
    )


def test_a_name_that_is_no_setting_is_refused_with_the_one_that_was_meant() -> None:
    misspelled: dict[str, Any] = {"confirmafter": 5}
    with pytest.raises(UnknownSettingError) as refused:
        Settings(**misspelled)
    error = refused.value
    assert isinstance(error, SettingsError)
    assert str(error) == (
        "There is no setting confirmafter (it is 5 in code): did you mean confirm_after?"
    )
    assert (error.setting, error.value, error.origin) == ("confirmafter", 5, "code")


def test_nothing_is_suggested_for_a_name_that_is_like_none() -> None:
    far_off: dict[str, Any] = {"zzz": 5}
    with pytest.raises(
        UnknownSettingError,
        match=r"\(it is 5 in code\): take it out; docs/settings\.md lists them all\.$",
    ):
        Settings(**far_off)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_language", "e\udcfa"),
        ("ignored_games", frozenset({"\udcfa"})),
        ("game_aliases", {"Chess": "\udcfa"}),
        ("game_aliases", {"\udcfa": "Chess"}),
        ("timezone", "\udcfa"),
    ],
)
def test_text_that_could_be_written_nowhere_is_refused(name: str, value: object) -> None:
    in_code: dict[str, Any] = {name: value}
    [declared] = [setting for setting in all_settings() if setting.name == name]
    with pytest.raises(SettingsError, match=name) as in_code_refused:
        Settings(**in_code)
    with pytest.raises(SettingsError, match=name) as in_text_refused:
        declared.check(value, lenient=True)
    for refused in (in_code_refused, in_text_refused):
        assert str(refused.value).encode()
