"""A channel is deleted: whoever is in it is found without going through everybody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    Channel,
    ChannelDeleted,
    ChannelUncounted,
    MemberRemoved,
    SessionEngine,
    Settings,
    VoiceObserved,
)
from machines import RecordEnded

if TYPE_CHECKING:
    from machines import Effect

START = datetime(2025, 12, 29, 20, 0, tzinfo=UTC)
GUILD = 900
CHANNELS = [Channel(500 + number, f"Sala {number}") for number in range(6)]
MANY = 80
"""More than are looked at one by one."""

moves = st.tuples(st.integers(1, MANY), st.sampled_from([*CHANNELS, None]))
deletions = st.sampled_from(CHANNELS)


class Hall:
    """A guild in which many are in voice, minute by minute."""

    def __init__(self) -> None:
        self.engine = SessionEngine(Settings())
        self.now = START
        for user_id in range(1, MANY + 1):
            self.goes(user_id, CHANNELS[user_id % len(CHANNELS)])
        self.passes()

    def passes(self) -> list[Effect]:
        self.now += timedelta(minutes=1)
        return self.engine.advance(self.now)

    def goes(self, user_id: int, channel: Channel | None) -> None:
        seen = VoiceObserved(
            guild_id=GUILD, user_id=user_id, username="Pino", channel=channel, joined=False
        )
        self.engine.observe(seen, self.now)

    def deletes(self, channel: Channel) -> set[int | None]:
        """Delete a channel; return of whom that has ended a session."""
        deleted = ChannelDeleted(guild_id=GUILD, channel_id=channel.id)
        effects = self.engine.observe(deleted, self.now)
        return {each.record.user_id for each in effects if isinstance(each, RecordEnded)}

    def finishes_in_turns(self) -> None:
        """Do all that is left of what befell channels, as little in a turn as may be."""
        assert self.engine.is_sweeping
        while self.engine.is_sweeping:
            self.engine.sweep(self.now, lambda: True)

    def people_in(self, channel: Channel) -> set[int]:
        """Return who is in a channel, by their sessions, all of which are gone through."""
        found: set[int] = set()
        for user_id in range(1, MANY + 1):
            session = self.engine.voice_of(GUILD, user_id)
            if session is not None and session.channel_id == channel.id:
                found.add(user_id)
        return found


@given(st.lists(st.one_of(moves, deletions), max_size=40))
def test_it_ends_the_sessions_of_those_in_it_and_of_nobody_else(
    deeds: list[tuple[int, Channel | None] | Channel],
) -> None:
    hall = Hall()
    assert hall.deletes(CHANNELS[0]) == set(range(6, MANY + 1, 6))
    for deed in deeds:
        if isinstance(deed, Channel):
            there = hall.people_in(deed)
            assert hall.deletes(deed) == there
            assert not hall.people_in(deed)
        else:
            hall.goes(*deed)
        hall.passes()


def test_whoever_was_taken_up_after_somebody_has_asked_is_found() -> None:
    hall = Hall()
    hall.deletes(CHANNELS[0])
    other = Hall()
    other.goes(6, CHANNELS[1])
    state = other.engine.live_state(other.now)
    state.sessions = [each for each in state.sessions if each == other.engine.voice_of(GUILD, 6)]
    hall.engine.restore(state, hall.now)
    assert 6 in hall.deletes(CHANNELS[1])


def test_whoever_is_gone_for_good_is_not_looked_for() -> None:
    hall = Hall()
    hall.deletes(CHANNELS[0])
    hall.engine.observe(MemberRemoved(guild_id=GUILD, user_id=7), hall.now)
    hall.passes()
    hall.passes()
    assert 7 not in hall.deletes(CHANNELS[1])
    hall.goes(7, CHANNELS[1])
    hall.passes()
    assert hall.deletes(CHANNELS[1]) == {7}


@pytest.mark.parametrize("to", [None, CHANNELS[2]])
def test_once_all_have_left_a_channel_nobody_is_looked_for(to: Channel | None) -> None:
    hall = Hall()
    hall.deletes(CHANNELS[0])
    for user_id in hall.people_in(CHANNELS[1]):
        hall.goes(user_id, to)
    hall.passes()
    hall.passes()
    assert hall.engine.registry.has_none_in(GUILD, CHANNELS[1].id)
    assert not hall.engine.registry.has_none_in(GUILD, CHANNELS[2].id)


def test_while_all_are_being_looked_at_nobody_says_that_nobody_is_in_another_channel() -> None:
    hall = Hall()
    deleted = [ChannelDeleted(guild_id=GUILD, channel_id=each.id) for each in CHANNELS[::-1]]
    for each in deleted:
        hall.engine.observe(each, hall.now, lambda: True)
    hall.finishes_in_turns()
    assert not hall.engine.registry.count


@pytest.mark.parametrize("mover", [1, 6, MANY])
def test_whoever_moves_while_all_are_being_looked_at_is_where_they_are_by_then(mover: int) -> None:
    hall = Hall()
    deleted = ChannelDeleted(guild_id=GUILD, channel_id=CHANNELS[0].id)
    hall.engine.observe(deleted, hall.now, lambda: True)  # one look, and the time is up
    hall.goes(mover, CHANNELS[3])
    hall.finishes_in_turns()
    assert not hall.people_in(CHANNELS[0])
    assert mover in hall.deletes(CHANNELS[3])


def test_a_channel_that_counts_no_longer_is_left_by_those_in_it() -> None:
    hall = Hall()
    there = hall.people_in(CHANNELS[2])
    hall.engine.observe(ChannelUncounted(guild_id=GUILD, channel_id=CHANNELS[2].id), hall.now)
    away = {
        user_id
        for user_id in range(1, MANY + 1)
        if (session := hall.engine.voice_of(GUILD, user_id)) and session.absent_since is not None
    }
    assert away == there
