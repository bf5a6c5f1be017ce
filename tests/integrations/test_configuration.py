"""Configuration: the sources, their order, how each is written, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.settings import Settings, SettingsError, UnknownSettingError
from integrations.configuration import NOT_SETTINGS, ConfigurationError, load_settings

if TYPE_CHECKING:
    from pathlib import Path


def from_environment(folder: Path, **variables: str) -> Settings:
    return load_settings(variables, folder)


def from_file(folder: Path, text: str) -> Settings:
    (folder / "latido.toml").write_text(text, encoding="utf-8")
    return load_settings({}, folder)


def test_without_any_source_the_defaults_hold(tmp_path: Path) -> None:
    assert load_settings({"PATH": "/bin"}, tmp_path) == Settings()


def test_the_environment_wins_over_the_file_and_code_over_both(tmp_path: Path) -> None:
    (tmp_path / "latido.toml").write_text(
        "announce_after = 1\nconfirm_after = 1\nvoice_grace = 1\n", encoding="utf-8"
    )
    environment = {"LATIDO_CONFIRM_AFTER": "2", "LATIDO_VOICE_GRACE": "2"}
    settings = load_settings(environment, tmp_path, {"voice_grace": 3})
    assert settings == Settings(announce_after=1, confirm_after=2, voice_grace=3)


@pytest.mark.parametrize("nothing", ["", "none"])
def test_a_file_may_say_that_there_is_no_value_where_that_is_allowed(
    tmp_path: Path, nothing: str
) -> None:
    assert from_file(tmp_path, f'party_chapter = "{nothing}"').party_chapter is None
    with pytest.raises(SettingsError, match="game_grace"):
        from_file(tmp_path, f'game_grace = "{nothing}"')


def test_a_file_may_hold_every_type(tmp_path: Path) -> None:
    settings = from_file(
        tmp_path,
        """
        confirm_after = 0.5
        voice_gap = "end"
        game_gap = 90
        recover_missing = false
        ignored_games = ["VALORANT", "Fall Guys"]
        ignored_channels = [987654321, "987654322"]
        keep_days = 30
        timezone = "America/Bogota"
        notify_channel_id = { 1 = 11, "2" = "22" }
        [game_aliases]
        "Counter-Strike 2" = "CS2"
        """,
    )
    assert settings == Settings(
        confirm_after=0.5,
        voice_gap="end",
        game_gap=90,
        recover_missing=False,
        ignored_games=frozenset({"VALORANT", "Fall Guys"}),
        ignored_channels=frozenset({987654321, 987654322}),
        keep_days=30,
        timezone="America/Bogota",
        notify_channel_id={1: 11, 2: 22},
        game_aliases={"Counter-Strike 2": "CS2"},
    )


@pytest.mark.parametrize(
    ("variable", "text", "name", "value"),
    [
        ("LATIDO_CONFIRM_AFTER", "10", "confirm_after", 10.0),
        ("LATIDO_CONFIRM_AFTER", " 0.5 ", "confirm_after", 0.5),
        ("LATIDO_PARTY_MIN_PLAYERS", "3", "party_min_players", 3),
        ("LATIDO_VOICE_GAP", "end", "voice_gap", "end"),
        ("LATIDO_VOICE_GAP", "90.5", "voice_gap", 90.5),
        ("LATIDO_PRESENCES", "no", "presences", False),
        ("LATIDO_PRESENCES", "0", "presences", False),
        ("LATIDO_PRESENCES", "False", "presences", False),
        ("LATIDO_TRACK_LISTENING", "true", "track_listening", True),
        ("LATIDO_TRACK_LISTENING", "1", "track_listening", True),
        ("LATIDO_TRACK_LISTENING", "yes", "track_listening", True),
        ("LATIDO_TRACK_LISTENING", "si", "track_listening", True),
        ("LATIDO_TRACK_LISTENING", "Sí", "track_listening", True),
        (
            "LATIDO_IGNORED_GAMES",
            "VALORANT, Fall Guys,",
            "ignored_games",
            {"VALORANT", "Fall Guys"},
        ),
        ("LATIDO_IGNORED_GAMES", '["Papers, Please"]', "ignored_games", {"Papers, Please"}),
        ("LATIDO_IGNORED_GAMES", "", "ignored_games", set()),
        ("LATIDO_IGNORED_CHANNELS", "1,2", "ignored_channels", {1, 2}),
        ("LATIDO_GAME_ALIASES", '{"CS": "CS2"}', "game_aliases", {"CS": "CS2"}),
        ("LATIDO_GAME_ALIASES", "", "game_aliases", {}),
        ("LATIDO_KEEP_DAYS", "", "keep_days", None),
        ("LATIDO_KEEP_DAYS", "none", "keep_days", None),
        ("LATIDO_KEEP_DAYS", "30", "keep_days", 30),
        ("LATIDO_PARTY_CHAPTER", "", "party_chapter", None),
        ("LATIDO_PARTY_CHAPTER", "None", "party_chapter", None),
        ("LATIDO_PARTY_CHAPTER", "3600", "party_chapter", 3600.0),
        ("LATIDO_NOTIFY_CHANNEL_ID", "987654321", "notify_channel_id", 987654321),
        ("LATIDO_NOTIFY_CHANNEL_ID", '{"1": "11", "2": 22}', "notify_channel_id", {1: 11, 2: 22}),
        ("LATIDO_LOG_LANGUAGE", "en", "log_language", "en"),
    ],
)
def test_the_environment_is_read_by_the_type_of_the_setting(
    tmp_path: Path, variable: str, text: str, name: str, value: object
) -> None:
    assert getattr(from_environment(tmp_path, **{variable: text}), name) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("LATIDO_CONFIRM_AFTER", "10 min"),
        ("LATIDO_CONFIRM_AFTER", ""),
        ("LATIDO_CONFIRM_AFTER", "-1"),
        ("LATIDO_CONFIRM_AFTER", "nan"),
        ("LATIDO_CONFIRM_AFTER", "true"),
        ("LATIDO_HEALTH_CHECK_EVERY", "0"),
        ("LATIDO_PARTY_MIN_PLAYERS", "2.5"),
        ("LATIDO_PRESENCES", "maybe"),
        ("LATIDO_IGNORED_CHANNELS", "General"),
        ("LATIDO_IGNORED_GAMES", "[1"),
        ("LATIDO_GAME_ALIASES", "CS=CS2"),
        ("LATIDO_GAME_ALIASES", "[" * 100_000),
        ("LATIDO_NOTIFY_CHANNEL_ID", "general"),
        ("LATIDO_TIMEZONE", "Europe/Atlantis"),
    ],
)
def test_an_impossible_value_in_the_environment_is_refused_by_name(
    tmp_path: Path, variable: str, text: str
) -> None:
    with pytest.raises(SettingsError) as refused:
        from_environment(tmp_path, **{variable: text})
    name = variable.removeprefix("LATIDO_").lower()
    assert f"The setting {name} is " in str(refused.value)
    assert f"(from {variable}): set it to " in str(refused.value)


@pytest.mark.parametrize("text", ['"ten"', "-1", "true", "[1]", "nan", "1e30"])
def test_an_impossible_value_in_the_file_is_refused_by_name_and_file(
    tmp_path: Path, text: str
) -> None:
    with pytest.raises(SettingsError, match=r"The setting confirm_after is .*latido\.toml\)"):
        from_file(tmp_path, f"confirm_after = {text}")


def test_an_unknown_setting_in_the_file_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError) as refused:
        from_file(tmp_path, "confirm_afer = 10")
    sentence = str(refused.value)
    assert sentence.startswith("There is no setting confirm_afer (it is 10 in ")
    assert "did you mean confirm_after?" in sentence


def test_an_unknown_variable_gets_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError) as refused:
        from_environment(tmp_path, LATIDO_CONFIRM_AFTR="10")
    sentence = str(refused.value)
    assert 'no setting LATIDO_CONFIRM_AFTR (it is "10" in the environment)' in sentence
    assert "did you mean LATIDO_CONFIRM_AFTER?" in sentence


def test_a_variable_that_is_like_none_is_told_where_all_are_listed(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError) as refused:
        from_environment(tmp_path, LATIDO_FOO="10")
    assert str(refused.value) == (
        'There is no setting LATIDO_FOO (it is "10" in the environment): take it out; '
        "docs/settings.md lists them all."
    )


def test_a_variable_in_the_wrong_case_gets_the_right_one(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError, match=r"did you mean LATIDO_CONFIRM_AFTER\?"):
        from_environment(tmp_path, LATIDO_confirm_after="10")


def test_a_variable_that_is_cut_short_gets_the_one_that_goes_on_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError, match=r"did you mean LATIDO_CONFIRM_AFTER\?"):
        from_environment(tmp_path, LATIDO_CONFIRM="10")


def test_an_unknown_variable_that_may_hold_a_secret_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError) as refused:
        from_environment(tmp_path, LATIDO_DISCORD_TOKEN="MTIz.abc.def")
    assert "MTIz" not in str(refused.value)


def test_an_unknown_setting_in_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownSettingError, match="did you mean voice_grace"):
        load_settings({}, tmp_path, {"voice_grance": 1})


def test_the_variables_that_are_no_settings_are_let_through(tmp_path: Path) -> None:
    (tmp_path / "other.toml").touch()
    others = dict.fromkeys(NOT_SETTINGS, "x") | {"LATIDO_CONFIG": "other.toml"}
    assert load_settings(others, tmp_path) == Settings()


def test_another_file_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "latido.toml").write_text("confirm_after = 1", encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text("confirm_after = 2", encoding="utf-8")
    assert from_environment(tmp_path, LATIDO_CONFIG=str(other)).confirm_after == 2
    assert from_environment(tmp_path, LATIDO_CONFIG="other.toml").confirm_after == 2


def test_a_named_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"missing\.toml, which does not exist"):
        from_environment(tmp_path, LATIDO_CONFIG="missing.toml")


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "latido.toml").mkdir()
    with pytest.raises(ConfigurationError, match=r"latido\.toml cannot be read"):
        load_settings({}, tmp_path)


def test_a_broken_file_is_refused_with_the_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"latido\.toml is not valid TOML: .*line 2"):
        from_file(tmp_path, "confirm_after = 1\nvoice_grace = = 2\n")


def test_a_file_in_another_encoding_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "latido.toml").write_bytes(b'confirm_after = 1\n# "\xf1"\n')
    with pytest.raises(ConfigurationError, match="not UTF-8 text at line 2"):
        load_settings({}, tmp_path)
