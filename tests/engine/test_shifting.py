"""Instants that move with the clock, and those that no clock has come to yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pytest

from engine import hold_to_present
from machines import GuildWatch, LiveState, Player, Stay, Stretch
from tests.integrations.sessions import AGU, PINO, at, game_session, party_of, voice_session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_Item = TypeVar("_Item")


def test_what_a_fast_clock_has_written_is_as_long_before_now_as_it_was() -> None:
    session, party = voice_session(last_seen=90), party_of([game_session(PINO), game_session(AGU)])
    session.confirmed_at = at(30)
    session.moved = (Stay(1, "x", at(10), at(10)), Stay(2, "y", at(80), at(70)))
    session.stretches = (Stretch(at(40), at(60), "away"),)
    party.players[1] = Player(
        session_id="x", user_id=AGU, username="x", started_at=at(20), ended_at=at(80)
    )
    watch = GuildWatch(guild_id=session.guild_id, observed_until=at(100))
    state = LiveState(sessions=[session, party], guilds=[watch], saved_at=at(95))
    assert hold_to_present(state, at(60))
    assert (session.started_at, session.confirmed_at, session.last_seen) == (
        at(-40),
        at(-10),
        at(50),
    )
    assert [each.since for each in session.moved] == [at(-30), at(40)]
    assert session.stretches == (Stretch(at(0), at(20), "away"),)
    assert [(each.started_at, each.ended_at) for each in party.players] == [
        (at(-40), None),
        (at(-20), at(40)),
    ]
    assert session.unbounded
    assert party.unbounded
    assert [each.unbounded for each in party.players] == [True, False], (
        "who is gone did not stay on"
    )
    assert (watch.observed_until, state.saved_at) == (at(60), at(55))


@pytest.mark.parametrize(("ahead", "unbounded"), [(0.005, False), (0.499, False), (0.5, True)])
def test_what_is_later_by_less_than_a_clock_that_is_set_unnoticed_is_as_certain_as_it_was(
    ahead: float, *, unbounded: bool
) -> None:
    session, party = voice_session(last_seen=90), party_of([game_session(PINO), game_session(AGU)])
    watch = GuildWatch(guild_id=session.guild_id, observed_until=at(100))
    state = LiveState(sessions=[session, party], guilds=[watch], saved_at=at(95))
    assert hold_to_present(state, at(100 - ahead))
    assert (session.started_at, session.last_seen) == (at(-ahead), at(90 - ahead))
    assert watch.observed_until == at(100 - ahead)
    assert (session.unbounded, party.unbounded) == (unbounded, unbounded)
    assert {each.unbounded for each in party.players} == {unbounded}


def test_a_session_alone_may_be_later_than_a_file_that_was_saved_since() -> None:
    session = voice_session(last_seen=90)
    watch = GuildWatch(guild_id=session.guild_id, observed_until=at(50))
    state = LiveState(sessions=[session], guilds=[watch], saved_at=at(95))
    assert hold_to_present(state, at(60))
    assert (session.last_seen, watch.observed_until, state.saved_at) == (at(60), at(50), at(60))


def test_what_is_not_later_stays_as_it_is() -> None:
    party = party_of([game_session(PINO), game_session(AGU)])
    players = party.players
    assert not hold_to_present(LiveState(sessions=[party]), at(0))
    assert party.players is players


def test_all_sessions_and_all_players_are_gone_through_as_whoever_asks_for_it_likes() -> None:
    passed: list[object] = []

    def noted(items: Iterable[_Item], /) -> Iterator[_Item]:
        for item in items:
            passed.append(item)
            yield item

    session, party = voice_session(last_seen=90), party_of([game_session(PINO), game_session(AGU)])
    players = party.players
    assert hold_to_present(LiveState(sessions=[session, party]), at(60), noted)
    assert passed == [session, party, session, party, *players]


def test_a_guild_that_was_left_while_the_clock_was_fast_moves_no_other_guild() -> None:
    """Its watch stays on the disk as it was until everything is written anew."""
    session = voice_session(last_seen=90)
    right = GuildWatch(guild_id=session.guild_id, observed_until=at(100))
    left = GuildWatch(guild_id=session.guild_id + 1, observed_until=at(3700))
    state = LiveState(sessions=[session], guilds=[right, left], saved_at=at(105))
    assert hold_to_present(state, at(110))
    assert (session.started_at, session.last_seen) == (at(0), at(90))
    assert not session.unbounded
    assert (right.observed_until, left.observed_until, state.saved_at) == (
        at(100),
        at(110),
        at(105),
    )


def test_after_a_kill_while_a_clock_step_was_written_only_those_move_whom_it_had_not_come_to() -> (
    None
):
    moved, unmoved = voice_session(last_seen=90), voice_session(last_seen=3690)
    unmoved.started_at = at(3600)
    watch = GuildWatch(guild_id=moved.guild_id, observed_until=at(80))
    assert hold_to_present(LiveState(sessions=[moved, unmoved], guilds=[watch]), at(90))
    assert (moved.started_at, moved.last_seen) == (at(0), at(90))
    assert (unmoved.started_at, unmoved.last_seen) == (at(0), at(90))
    assert (moved.unbounded, unmoved.unbounded) == (False, True)
    assert watch.observed_until == at(80)


def test_a_guild_whose_watch_is_not_known_moves_as_a_whole() -> None:
    first, last = voice_session(last_seen=3600), voice_session(last_seen=3690)
    assert hold_to_present(LiveState(sessions=[first, last]), at(90))
    assert (first.last_seen, last.last_seen) == (at(0), at(90))
