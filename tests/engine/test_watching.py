"""What is remembered of people who are gone, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.watching import Watching
from machines import SECOND, Stretch, VoiceSession

if TYPE_CHECKING:
    from machines import Reason

GUILD, OTHER = 900, 901
HOUR = 3_600 * SECOND


def left(watching: Watching, user_id: int, at: int, guild_id: int = GUILD) -> None:
    watching.ended(
        VoiceSession(
            id=f"s{user_id}",
            guild_id=guild_id,
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


def just_come(at: int, since: int, *, unbounded: bool = False) -> VoiceSession:
    """Return the session of somebody who came at some instant since then, as far as is known."""
    return VoiceSession(
        id="s1",
        guild_id=GUILD,
        started_at=at,
        last_seen=at,
        ended_at=at + SECOND,
        reason="cancelled",
        stretches=(Stretch(since, at, "unknown"),),
        unbounded=unbounded,
        user_id=1,
        username="x",
        channel_id=1,
        channel_name="General",
    )


def forgets(watching: Watching) -> None:
    for _few in watching.forget_ends(GUILD):
        pass


def test_who_left_before_everybody_in_voice_was_looked_at_is_forgotten() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    left(watching, 2, at=30 * HOUR)
    watching.looked(GUILD, 20 * HOUR, voice=False, games=True)
    forgets(watching)
    assert watching.last_end(GUILD, 1, None) == 10 * HOUR, "nobody has looked who is in voice"
    watching.looked(GUILD, 20 * HOUR, voice=True, games=False)
    forgets(watching)
    assert watching.last_end(GUILD, 1, None) is None
    assert watching.last_end(GUILD, 2, None) == 30 * HOUR


def test_a_clock_that_is_set_moves_what_is_remembered() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    watching.shift_ends(30 * HOUR)
    watching.looked(GUILD, 39 * HOUR, voice=True, games=False)
    forgets(watching)
    assert watching.last_end(GUILD, 1, None) == 40 * HOUR
    watching.looked(GUILD, 40 * HOUR, voice=True, games=False)
    forgets(watching)
    assert watching.last_end(GUILD, 1, None) is None


def test_whom_looks_found_elsewhere_is_remembered_until_nothing_can_come_late() -> None:
    watching = Watching()
    for over in (
        watching.forget_moves,
        lambda of: watching.forget(of, HOUR),
        lambda of: watching.lose(of, HOUR, HOUR),
    ):
        watching.moves_unheard(GUILD, 1)
        watching.moves_unheard(GUILD, 2)
        assert watching.moved_unheard(GUILD) == (1, 2)
        over(GUILD)
        assert watching.moved_unheard(GUILD) == ()


def test_who_was_in_a_guild_that_the_bot_has_left_is_forgotten_after_a_day() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    watching.forget(GUILD, 10 * HOUR)
    left(watching, 2, at=33 * HOUR)
    assert watching.last_end(GUILD, 1, None) == 10 * HOUR
    left(watching, 3, at=34 * HOUR, guild_id=OTHER)
    assert watching.last_end(GUILD, 1, None) is None
    assert watching.last_end(GUILD, 2, None) is None
    assert watching.last_end(OTHER, 3, None) == 34 * HOUR


def test_so_it_is_as_the_bot_leaves_the_next_guild() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    watching.forget(GUILD, 10 * HOUR)
    watching.forget(OTHER, 40 * HOUR)
    assert watching.last_end(GUILD, 1, None) is None


def test_who_was_in_a_guild_that_the_bot_has_joined_again_is_remembered_as_in_any_other() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    watching.forget(GUILD, 10 * HOUR)
    watching.looked(GUILD, 9 * HOUR, voice=True, games=True)
    left(watching, 2, at=50 * HOUR)
    assert watching.last_end(GUILD, 1, None) == 10 * HOUR


def test_a_guild_that_is_left_twice_is_forgotten_a_day_after_the_second_time() -> None:
    watching = Watching()
    left(watching, 1, at=10 * HOUR)
    left(watching, 2, at=12 * HOUR, guild_id=OTHER)
    for guild_id, hour in ((GUILD, 10), (OTHER, 12), (GUILD, 20)):
        watching.forget(guild_id, hour * HOUR)
    left(watching, 3, at=37 * HOUR, guild_id=902)
    assert watching.last_end(OTHER, 2, None) is None
    assert watching.last_end(GUILD, 1, None) == 10 * HOUR
    left(watching, 3, at=44 * HOUR, guild_id=902)
    assert watching.last_end(GUILD, 1, None) is None


def test_who_had_just_come_as_the_bot_left_may_be_there_since_they_may_have_come() -> None:
    watching = Watching()
    watching.never_began(just_come(10 * HOUR, 9 * HOUR))
    assert watching.floor(GUILD, 1, None) == watching.last_end(GUILD, 1, None) == 9 * HOUR


def test_so_it_is_by_the_clock_as_it_is_where_they_had_not_been_told_that_it_was_set() -> None:
    watching = Watching()
    watching.shift_ends(3 * HOUR)
    watching.never_began(just_come(10 * HOUR, 9 * HOUR), 3 * HOUR)
    assert watching.floor(GUILD, 1, None) == 12 * HOUR


def test_who_may_have_come_at_any_time_before_may_have_been_there_ever_since() -> None:
    watching = Watching()
    watching.never_began(just_come(10 * HOUR, 9 * HOUR, unbounded=True))
    assert watching.floor(GUILD, 1, None) is None


@pytest.mark.parametrize("reason", ["gap", "leave_missed", "channel_deleted"])
def test_who_was_found_gone_was_so_up_to_the_last_instant_that_is_unknown(reason: Reason) -> None:
    watching = Watching()
    gone = just_come(10 * HOUR, 10 * HOUR)
    gone.reason, gone.stretches = reason, (Stretch(10 * HOUR, 12 * HOUR, "unknown"),)
    watching.ended(gone)
    assert watching.floor(GUILD, 1, None) == 12 * HOUR
    assert watching.is_stale(GUILD, 1, None, 11 * HOUR)
    assert not watching.is_stale(GUILD, 1, None, 12 * HOUR)
