"""What people do, as discord.py's several classes say it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import discord
import pytest

from engine import ActivitySeen
from integrations.gateway.activities import ActivityPart, activities_seen, began_at, listed
from machines import from_datetime
from tests.integrations.sessions import START

MILLISECONDS = int(START.timestamp() * 1000)


def test_games_streams_and_music_are_seen_and_nothing_else() -> None:
    activities: list[discord.activity.ActivityTypes] = [
        discord.Game("Tetris"),
        discord.Activity(type=discord.ActivityType.playing, name="Skate", application_id=7),
        discord.Activity(type=discord.ActivityType.playing, name="Odd", application_id=2**63),
        discord.Streaming(name="Twitch", url="https://twitch.tv/x", state="Snake"),
        discord.Streaming(name="Twitch", details="Just talking", url="https://twitch.tv/x"),
        discord.Activity(type=discord.ActivityType.listening, name="Spotify"),
        discord.Activity(type=discord.ActivityType.watching, name="a film"),
        discord.Activity(type=discord.ActivityType.competing, name="a cup"),
        discord.CustomActivity(name="busy"),
    ]
    assert activities_seen(activities) == (
        ActivitySeen("Tetris"),
        ActivitySeen("Skate", 7),
        ActivitySeen("Odd"),
        ActivitySeen("Snake", activity_type="streaming"),
        ActivitySeen("Just talking", activity_type="streaming"),
        ActivitySeen("Spotify", activity_type="listening"),
    )


def test_the_id_of_an_application_is_one_number_for_all_who_play_it() -> None:
    one, other = (
        ActivityPart(name="Tetris", application_id=f"{700136079562375258}") for _person in range(2)
    )
    assert listed([one])[0].app_id is listed([other])[0].app_id


def test_a_game_began_when_discord_first_listed_it_else_when_the_game_says() -> None:
    both = discord.Activity(
        type=discord.ActivityType.playing,
        name="Tetris",
        created_at=MILLISECONDS,
        timestamps={"start": MILLISECONDS - 60_000},
    )
    only_start = discord.Activity(
        type=discord.ActivityType.playing, name="Tetris", timestamps={"start": MILLISECONDS}
    )
    for activity in (both, only_start):
        (seen,) = activities_seen([activity])
        assert seen.began_at == from_datetime(START)


@pytest.mark.parametrize(
    ("created_at", "started", "expected"),
    [
        (None, None, None),
        (datetime(1970, 1, 1, tzinfo=UTC), None, None),
        (datetime(1970, 1, 1, tzinfo=UTC), START, START),
        (START, START - timedelta(hours=3), START),
    ],
)
def test_what_lies_before_discord_is_no_instant(
    created_at: datetime | None, started: datetime | None, expected: datetime | None
) -> None:
    wanted = None if expected is None else from_datetime(expected)
    assert began_at(created_at, started) == wanted
