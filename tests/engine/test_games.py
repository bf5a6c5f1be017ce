"""Games: one session for each, matched by name and application id, as the settings say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest

from engine import ActivitySeen, PresenceObserved, Settings
from engine.games import MOST_AT_ONCE
from machines import LogLine, SessionChanged
from tests.engine.evening import AGU, GUILD, NAMES, PINO, Evening, ago, away_in, only

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

OSU, CHESS = "osu!", "Chess"


def test_a_game_is_confirmed_and_written_down_like_a_stay(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(10)
    evening.until(1000)
    evening.plays(PINO)
    evening.until(1899.9)
    assert evening.records == []
    effects = evening.until(1900)
    record = evening.record
    assert (record.game_name, record.activity_type, record.seconds) == (OSU, "playing", 1000)
    assert only(effects, LogLine)[0].values == {
        "username": "Pino",
        "game": OSU,
        "activity": "playing",
        "seconds": 1000.0,
    }


def test_a_game_too_short_leaves_no_record(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(9)
    evening.plays(PINO)
    evening.until(10_000)
    assert evening.records == []


def test_a_person_with_two_games_has_two_sessions(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(PINO, OSU, CHESS)
    evening.until(200)
    evening.plays(PINO, CHESS)
    evening.until(300)
    evening.plays(PINO)
    evening.until(10_000)
    assert {(r.game_name, ago(r.started_at), ago(r.ended_at)) for r in evening.records} == {
        (OSU, 0, 200),
        (CHESS, 100, 300),
    }


def test_the_name_of_a_game_is_held_once_for_all_who_play_it(evening: Evening) -> None:
    for person in (PINO, AGU):
        evening.plays(person, OSU.encode().decode())  # a str of its own, as each event has
    [one], [other] = evening.games_of(PINO), evening.games_of(AGU)
    assert one.game_name is other.game_name


def test_the_same_presence_again_changes_nothing(evening: Evening) -> None:
    evening.plays(PINO, OSU, CHESS)
    evening.until(20)
    assert evening.plays(PINO, CHESS, OSU) == []
    assert len(evening.games_of(PINO)) == 2


def test_a_game_that_flickers_is_one_session_with_time_away(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(100)
    evening.plays(PINO)
    evening.until(400)
    evening.plays(PINO, OSU)
    evening.until(500)
    evening.plays(PINO)
    evening.until(5000)
    assert evening.record.seconds == 200
    assert away_in(evening.record) == [(100, 400)]


def test_a_game_listed_twice_is_one_session(evening: Evening) -> None:
    evening.plays(PINO, OSU, OSU, "OSU! ")
    assert len(evening.games_of(PINO)) == 1


# Application ids


def test_of_more_games_than_anybody_plays_the_first_ones_count(evening: Evening) -> None:
    games = [f"Juego {number}" for number in range(MOST_AT_ONCE + 10)]
    evening.plays(PINO, *games, *games)
    evening.until(20)
    assert [each.game_name for each in evening.games_of(PINO)] == games[:MOST_AT_ONCE]
    assert evening.plays(PINO, *games[:MOST_AT_ONCE]) == []


def test_application_ids_tell_two_games_of_one_name_apart(evening: Evening) -> None:
    evening.plays(PINO, ActivitySeen(CHESS, 1), ActivitySeen(CHESS, 2))
    evening.until(100)
    evening.plays(PINO, ActivitySeen(CHESS, 2))
    assert sorted((s.app_id or 0, ago(s.absent_since)) for s in evening.games_of(PINO)) == [
        (1, 100),
        (2, None),
    ]


@pytest.mark.parametrize(("first", "then"), [(None, 7), (7, None)])
def test_a_missing_application_id_matches_any(
    evening: Evening, first: int | None, then: int | None
) -> None:
    evening.plays(PINO, ActivitySeen(CHESS, first))
    evening.until(20)
    evening.plays(PINO, ActivitySeen(CHESS, then))
    assert evening.game_of(PINO).app_id == 7
    assert evening.game_of(PINO).absent_since is None


def test_an_application_id_that_was_missing_is_kept(evening: Evening) -> None:
    evening.plays(PINO, CHESS)
    evening.until(20)
    assert only(evening.plays(PINO, ActivitySeen(CHESS, 7)), SessionChanged)
    evening.plays(PINO, ActivitySeen(CHESS, 8))
    assert sorted(s.app_id or 0 for s in evening.games_of(PINO)) == [7, 8]


# Settings about games


def test_aliases_make_names_one_game(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(game_aliases={"VALORANT (beta)": "VALORANT"}))
    evening.plays(PINO, "valorant (BETA) ")
    assert evening.game_of(PINO).game_name == "VALORANT"
    evening.until(20)
    assert evening.plays(PINO, "VALORANT") == []
    assert len(evening.games_of(PINO)) == 1


@pytest.mark.parametrize("name", ["Wallpaper Engine", " wallpaper ENGINE", "WE"])
def test_ignored_games_are_not_tracked(clock: FrozenDateTimeFactory, name: str) -> None:
    settings = Settings(
        ignored_games=frozenset({"wallpaper engine"}), game_aliases={"WE": "Wallpaper Engine"}
    )
    evening = Evening(clock, settings)
    evening.plays(PINO, name)
    assert not evening.engine.registry.count


@pytest.mark.parametrize(
    ("streaming", "tracked"),
    [("game", ["playing"]), ("separate", ["streaming"]), ("ignore", [])],
)
def test_streams_count_as_the_settings_say(
    clock: FrozenDateTimeFactory,
    streaming: Literal["game", "separate", "ignore"],
    tracked: list[str],
) -> None:
    evening = Evening(clock, Settings(streaming=streaming))
    evening.plays(PINO, ActivitySeen(OSU, None, "streaming"))
    assert [session.activity_type for session in evening.games_of(PINO)] == tracked


def test_a_stream_that_counts_as_its_game_is_the_game(clock: FrozenDateTimeFactory) -> None:
    evening = Evening(clock, Settings(streaming="game"))
    evening.plays(PINO, OSU)
    evening.until(20)
    evening.plays(PINO, OSU, ActivitySeen(OSU, None, "streaming"))
    assert len(evening.games_of(PINO)) == 1


def test_a_stream_of_its_own_does_not_end_with_the_game(evening: Evening) -> None:
    evening.plays(PINO, OSU, ActivitySeen(OSU, None, "streaming"))
    evening.until(20)
    evening.plays(PINO, ActivitySeen(OSU, None, "streaming"))
    assert {(s.activity_type, ago(s.absent_since)) for s in evening.games_of(PINO)} == {
        ("playing", 20),
        ("streaming", None),
    }


@pytest.mark.parametrize(("track", "sessions"), [(True, 1), (False, 0)])
def test_listening_is_tracked_if_the_settings_say_so(
    clock: FrozenDateTimeFactory, track: bool, sessions: int
) -> None:
    evening = Evening(clock, Settings(track_listening=track))
    evening.plays(PINO, ActivitySeen("Spotify", None, "listening"))
    assert len(evening.games_of(PINO)) == sessions


def test_whose_name_is_not_known_keeps_the_one_they_had(evening: Evening) -> None:
    evening.plays(PINO, OSU)
    evening.until(20)
    nameless = PresenceObserved(
        guild_id=GUILD, user_id=PINO, username=None, activities=(ActivitySeen(OSU),)
    )
    assert evening.tell(nameless) == []
    assert evening.game_of(PINO).username == NAMES[PINO]


def test_whose_name_was_never_known_is_named_by_id(evening: Evening) -> None:
    nameless = PresenceObserved(
        guild_id=GUILD, user_id=AGU, username=None, activities=(ActivitySeen(OSU),)
    )
    evening.tell(nameless)
    assert evening.game_of(AGU).username == str(AGU)
