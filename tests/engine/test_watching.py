"""What is remembered of people who are gone, and for how long."""

from __future__ import annotations

from engine.watching import Watching
from machines import SECOND, VoiceSession

GUILD = 900
HOUR = 3_600 * SECOND


def left(watching: Watching, user_id: int, at: int) -> None:
    watching.ended(
        VoiceSession(
            id=f"s{user_id}",
            guild_id=GUILD,
            state="ended",
            started_at=at - HOUR,
            last_seen=at,
            ended_at=at,
            user_id=user_id,
            username="x",
            channel_id=1,
            channel_name="General",
        )
    )


def looks(watching: Watching, at: int, *, saw_all: bool = False) -> int:
    """Take in a look; return how many ends were gone through."""
    return sum(1 for _end in watching.forget_ends(GUILD, at, saw_all=saw_all))


def test_who_left_more_than_a_day_ago_is_forgotten_though_nobody_looks_at_everybody() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    left(watching, 2, at=30 * HOUR)
    assert looks(watching, 40 * HOUR) == 2
    assert watching.last_end(GUILD, 1, None) is None
    assert watching.last_end(GUILD, 2, None) == 30 * HOUR


def test_looks_that_see_not_everybody_go_through_them_but_now_and_then() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    gone_through = [looks(watching, hour * HOUR) for hour in range(10, 25)]
    assert gone_through == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0]
    assert looks(watching, 24 * HOUR, saw_all=True) == 1


def test_a_clock_that_is_set_moves_what_is_remembered() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    watching.shift_ends(30 * HOUR)
    looks(watching, 41 * HOUR)
    assert watching.last_end(GUILD, 1, None) == 40 * HOUR
    looks(watching, 65 * HOUR)
    assert watching.last_end(GUILD, 1, None) is None
