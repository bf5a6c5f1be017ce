"""Whoever opted out while no bot ran: what is known of them ends where they were last seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine import OptedOut, Settings
from machines import GameSession
from tests.engine.evening import AGU, GUILD, PINO, Evening, ago

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

    from machines import Record
    from machines.step import OrphanCredit

OSU = "osu!"


def told_of_by_the_next_bot(evening: Evening, user: int = PINO) -> None:
    """The bot was watching until ten minutes, and the next one starts after half an hour."""
    evening.until(600)
    evening.heartbeat()
    evening.restart(1800)
    evening.tell(OptedOut(guild_id=GUILD, user_id=user, while_stopped=True))


def unknown_in(record: Record) -> list[tuple[float | None, float | None]]:
    return [(ago(part.start), ago(part.end)) for part in record.stretches]


@pytest.mark.parametrize(
    ("credit", "ended_at"), [("watched", 120), ("midpoint", 360), ("detected", 600)]
)
def test_it_is_unknown_up_to_when_the_guild_was_last_watched(
    clock: FrozenDateTimeFactory, credit: OrphanCredit, ended_at: float
) -> None:
    evening = Evening(clock, Settings(orphan_credit=credit))
    evening.joins(PINO)
    evening.until(120)
    evening.shows(PINO)
    told_of_by_the_next_bot(evening)
    [record] = evening.records
    assert (record.state, record.reason) == ("orphaned", "opted_out")
    assert (ago(record.started_at), ago(record.ended_at)) == (0, ended_at)
    assert unknown_in(record) == [(120, 600)]
    assert list(evening.engine.sessions()) == []


def test_it_is_so_also_of_whoever_was_not_seen_since_an_earlier_gap(evening: Evening) -> None:
    """Their guild is watched again, and nobody can say whether they still play."""
    evening.plays(PINO, OSU)
    evening.until(120)
    evening.heartbeat()
    evening.restart(180)
    evening.look(complete_games=False)
    told_of_by_the_next_bot(evening)
    [record] = evening.records
    assert (ago(record.ended_at), record.reason) == (0, "opted_out")
    assert unknown_in(record) == [(0, 600)]


def test_whoever_was_away_had_left_by_then(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(595)
    evening.leaves(PINO)
    told_of_by_the_next_bot(evening)
    [record] = evening.records
    assert (ago(record.ended_at), record.reason) == (595, "opted_out")
    assert unknown_in(record) == [(595, 600)]


def test_whoever_was_heard_of_last_ended_then(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(600)
    evening.shows(PINO)
    told_of_by_the_next_bot(evening)
    [record] = evening.records
    assert (ago(record.ended_at), unknown_in(record)) == (600, [])


def test_of_whoever_goes_on_nothing_changes(evening: Evening) -> None:
    for user in (PINO, AGU):
        evening.plays(user, OSU)
    evening.until(300)
    told_of_by_the_next_bot(evening)
    [game] = [each for each in evening.engine.sessions(GUILD) if type(each) is GameSession]
    assert (game.user_id, ago(game.started_at)) == (AGU, 0)
    evening.look(games={AGU: (OSU,)})
    [party] = [each for each in evening.records if each.kind == "party"]
    assert set(party.player_ids) == {PINO, AGU}
    assert (ago(party.started_at), party.reason) == (0, "too_few_players")
    assert (ago(party.ended_at) or 0) <= 600


def test_whoever_is_forgotten_while_they_are_away_is_seen_to_come_back(evening: Evening) -> None:
    evening.look()
    evening.joins(PINO)
    evening.until(120)
    evening.leaves(PINO)
    evening.until(130)
    evening.tell(OptedOut(guild_id=GUILD, user_id=PINO))
    evening.until(600)
    evening.joins(PINO)
    session = evening.voice_of(PINO)
    assert session is not None
    assert (session.state, session.stretches) == ("pending", ())
