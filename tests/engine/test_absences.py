"""What is remembered of people who are gone, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.absences import Absences
from engine.untracked import Counting
from engine.watching import Watching
from machines import SECOND, Stretch, VoiceSession

if TYPE_CHECKING:
    from machines import Reason

GUILD, OTHER = 900, 901
HOUR = 3_600 * SECOND


def left(absences: Absences, user_id: int, at: int, guild_id: int = GUILD) -> None:
    absences.ended(
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


def the_bot_leaves(absences: Absences, guild_id: int, at: int) -> None:
    absences.forget(guild_id, at)
    absences.watching.forget(guild_id)


def forgets(absences: Absences) -> None:
    for _few in absences.forget_ends(GUILD):
        pass


def is_remembered(absences: Absences, user_id: int) -> bool:
    """Return whether somebody's end is held; the look for which it is let go of bounds as much."""
    return absences._ends.find(GUILD, user_id, None) is not None  # noqa: SLF001 - memory alone


def test_who_left_before_everybody_in_voice_was_looked_at_is_forgotten() -> None:
    absences = Absences(Watching())
    left(absences, 1, at=10 * HOUR)
    left(absences, 2, at=30 * HOUR)
    absences.watching.looked(GUILD, 20 * HOUR, voice=False, games=True)
    forgets(absences)
    assert is_remembered(absences, 1), "nobody has looked who is in voice"
    absences.watching.looked(GUILD, 20 * HOUR, voice=True, games=False)
    forgets(absences)
    assert not is_remembered(absences, 1)
    assert is_remembered(absences, 2)
    assert absences.begins_no_earlier(GUILD, 1, None) == 20 * HOUR
    assert absences.begins_no_earlier(GUILD, 2, None) == 30 * HOUR


def test_a_clock_that_is_set_moves_what_is_remembered() -> None:
    absences = Absences(Watching())
    left(absences, 1, at=10 * HOUR)
    absences.watching.shift(30 * HOUR)
    absences.watching.looked(GUILD, 39 * HOUR, voice=True, games=False)
    forgets(absences)
    assert absences.begins_no_earlier(GUILD, 1, None) == 40 * HOUR
    absences.watching.looked(GUILD, 40 * HOUR, voice=True, games=False)
    forgets(absences)
    assert not is_remembered(absences, 1)


def test_who_was_in_a_guild_that_the_bot_has_left_is_forgotten_after_a_day() -> None:
    absences = Absences(Watching())
    left(absences, 1, at=10 * HOUR)
    the_bot_leaves(absences, GUILD, 10 * HOUR)
    left(absences, 2, at=33 * HOUR)
    assert absences.begins_no_earlier(GUILD, 1, None) == 10 * HOUR
    left(absences, 3, at=34 * HOUR, guild_id=OTHER)
    assert absences.begins_no_earlier(GUILD, 1, None) is None
    assert absences.begins_no_earlier(GUILD, 2, None) is None
    assert absences.begins_no_earlier(OTHER, 3, None) == 34 * HOUR


def test_so_it_is_as_the_bot_leaves_the_next_guild() -> None:
    absences = Absences(Watching())
    left(absences, 1, at=10 * HOUR)
    the_bot_leaves(absences, GUILD, 10 * HOUR)
    the_bot_leaves(absences, OTHER, 40 * HOUR)
    assert absences.begins_no_earlier(GUILD, 1, None) is None


def test_who_did_not_count_in_a_guild_that_the_bot_has_left_is_forgotten_at_once() -> None:
    absences = Absences(Watching())
    for voice in (True, False):
        absences.was_untracked(GUILD, 1, Counting(10 * HOUR, 10 * HOUR), voice=voice)
    the_bot_leaves(absences, GUILD, 11 * HOUR)
    assert not absences.untracked


def test_where_the_clock_was_set_since_a_look_is_from_before_they_counted_as_it_was() -> None:
    absences = Absences(Watching())
    absences.was_untracked(GUILD, 1, Counting(10 * HOUR, 10 * HOUR), voice=True)
    absences.watching.shift(2 * HOUR)
    absences.is_seen(GUILD, 1, 11 * HOUR, voice=True)
    assert absences.untracked_until(GUILD, 1, voice=True) == 12 * HOUR
    absences.is_seen(GUILD, 1, 12 * HOUR, voice=True)
    assert not absences.untracked


def test_who_was_in_a_guild_that_the_bot_has_joined_again_is_remembered_as_in_any_other() -> None:
    absences = Absences(Watching())
    left(absences, 1, at=10 * HOUR)
    the_bot_leaves(absences, GUILD, 10 * HOUR)
    absences.watching.looked(GUILD, 9 * HOUR, voice=True, games=True)
    left(absences, 2, at=50 * HOUR)
    assert absences.begins_no_earlier(GUILD, 1, None) == 10 * HOUR


def test_a_guild_that_is_left_twice_is_forgotten_a_day_after_the_second_time() -> None:
    absences = Absences(Watching())
    left(absences, 1, at=10 * HOUR)
    left(absences, 2, at=12 * HOUR, guild_id=OTHER)
    for guild_id, hour in ((GUILD, 10), (OTHER, 12), (GUILD, 20)):
        the_bot_leaves(absences, guild_id, hour * HOUR)
    left(absences, 3, at=37 * HOUR, guild_id=902)
    assert absences.begins_no_earlier(OTHER, 2, None) is None
    assert absences.begins_no_earlier(GUILD, 1, None) == 10 * HOUR
    left(absences, 3, at=44 * HOUR, guild_id=902)
    assert absences.begins_no_earlier(GUILD, 1, None) is None


def test_who_had_just_come_as_the_bot_left_may_be_there_since_they_may_have_come() -> None:
    absences = Absences(Watching())
    absences.never_began(just_come(10 * HOUR, 9 * HOUR))
    assert absences.floor(GUILD, 1, None) == absences.begins_no_earlier(GUILD, 1, None) == 9 * HOUR


def test_so_it_is_by_the_clock_as_it_is_where_they_had_not_been_told_that_it_was_set() -> None:
    absences = Absences(Watching())
    absences.watching.shift(3 * HOUR)
    absences.never_began(just_come(10 * HOUR, 9 * HOUR), 3 * HOUR)
    assert absences.floor(GUILD, 1, None) == 12 * HOUR


def test_who_may_have_come_at_any_time_before_may_have_been_there_ever_since() -> None:
    absences = Absences(Watching())
    absences.never_began(just_come(10 * HOUR, 9 * HOUR, unbounded=True))
    assert absences.floor(GUILD, 1, None) is None


@pytest.mark.parametrize("reason", ["gap", "leave_missed", "channel_deleted"])
def test_who_was_found_gone_was_so_up_to_the_last_instant_that_is_unknown(reason: Reason) -> None:
    absences = Absences(Watching())
    gone = just_come(10 * HOUR, 10 * HOUR)
    gone.reason, gone.stretches = reason, (Stretch(10 * HOUR, 12 * HOUR, "unknown"),)
    absences.ended(gone)
    assert absences.floor(GUILD, 1, None) == 12 * HOUR
    assert absences.is_stale(GUILD, 1, None, 11 * HOUR)
    assert not absences.is_stale(GUILD, 1, None, 12 * HOUR)
