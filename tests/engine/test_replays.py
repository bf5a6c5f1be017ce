"""Replays: what a RESUME tells again, and what looks and the cache say around it.

Found by the simulation: each of these once asserted what was not so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import WatchPaused, WatchResumed
from tests.engine.evening import GENERAL, GUILD, PINO, Evening, ago, unknown_in

if TYPE_CHECKING:
    from engine import Observation


def _paused() -> Observation:
    return WatchPaused(guild_ids=(GUILD,))


def _resumed() -> Observation:
    return WatchResumed(guild_ids=(GUILD,))


def test_a_replayed_microphone_proves_presence_since_the_cut_only(evening: Evening) -> None:
    """They left within the cut, and that was never sent: the next look must leave it unknown."""
    evening.joins(PINO)
    evening.until(100)
    evening.tell(_paused())
    evening.until(160)
    evening.joins(PINO, since=100)
    evening.tell(_resumed())
    evening.until(600)
    evening.look(source="rest", complete_voice=False, looked_voice=frozenset({PINO}))
    assert unknown_in(evening.record) == [(100, 600)]
    assert ago(evening.record.ended_at) == 100


def test_a_look_from_before_a_replay_is_passed_over(evening: Evening) -> None:
    evening.joins(PINO)
    evening.until(100)
    evening.tell(_paused())
    evening.until(160)
    evening.joins(PINO, since=100)
    evening.tell(_resumed())
    evening.look(taken_at=150, source="rest")
    assert evening.voice_of(PINO) is not None


def test_whoever_comes_back_after_the_grace_in_a_replay_comes_anew(evening: Evening) -> None:
    """The end of the old session was held while the connection was cut."""
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.tell(_paused())
    evening.until(170)
    evening.joins(PINO, since=150)
    evening.tell(_resumed())
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(evening.record.ended_at), evening.record.reason) == (100, "left")
    assert (ago(session.started_at), unknown_in(session)) == (170, [(150, 170)])


def test_whoever_is_found_after_the_grace_while_the_connection_is_cut_is_there_anew(
    evening: Evening,
) -> None:
    """Their coming back was never sent; REST answers although the gateway does not."""
    evening.joins(PINO)
    evening.until(100)
    evening.leaves(PINO)
    evening.until(150)
    evening.tell(_paused())
    evening.until(170)
    evening.look(
        voice={PINO: GENERAL},
        source="rest",
        complete_voice=False,
        complete_games=False,
        looked_voice=frozenset({PINO}),
    )
    session = evening.voice_of(PINO)
    assert session is not None
    assert (ago(evening.record.ended_at), evening.record.reason) == (100, "left")
    assert (ago(session.started_at), unknown_in(session)) == (170, [(100, 170)])


def test_a_replayed_game_after_the_grace_is_another_session(evening: Evening) -> None:
    evening.plays(PINO, "VALORANT")
    evening.until(100)
    evening.plays(PINO)
    evening.until(990)
    evening.tell(_paused())
    evening.until(1010)
    evening.plays(PINO, "VALORANT", since=990)
    evening.tell(_resumed())
    assert ago(evening.record.ended_at) == 100
    assert ago(evening.game_of(PINO).started_at) == 1010


def test_the_cache_does_not_know_whom_a_look_found(evening: Evening) -> None:
    """Their coming was never sent, so the cache says absent for as long as they stay."""
    evening.look()
    evening.until(600)
    evening.look(voice={PINO: GENERAL})
    evening.until(1200)
    evening.look(source="cache")
    assert evening.voice_of(PINO) is not None
