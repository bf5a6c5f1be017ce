"""Replays: what a RESUME tells again, and what looks and the cache say around it.

Found by the simulation: each of these once asserted what was not so.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import (
    ChannelDeleted,
    ChannelUncounted,
    ClockStepped,
    GuildReport,
    VoiceObserved,
    WatchPaused,
    WatchResumed,
)
from machines import SECOND, NoticeDue, SessionChanged, from_datetime
from tests.engine.evening import (
    AGU,
    GENERAL,
    GUILD,
    LOUNGE,
    PINO,
    ZETA,
    Evening,
    ago,
    at,
    only,
    unknown_in,
)

if TYPE_CHECKING:
    from engine import Channel, Observation


def _paused() -> Observation:
    return WatchPaused(guild_ids=(GUILD,))


def _resumed() -> Observation:
    return WatchResumed(guild_ids=(GUILD,))


def _cut_at_60(evening: Evening, *, stood_still: bool = False) -> None:
    """Pino is in General since 10, and the connection is heard until 60."""
    evening.look()
    evening.until(10)
    evening.joins(PINO)
    evening.until(70)
    evening.tell(WatchPaused(guild_ids=(GUILD,), since=at(60), stood_still=stood_still))


def _pino_in(channel: Channel, since: float | None = None) -> VoiceObserved:
    return VoiceObserved(
        guild_id=GUILD,
        user_id=PINO,
        username="Pino",
        channel=channel,
        joined=False,
        since=None if since is None else at(since),
    )


def _seen_in(evening: Evening, channel: Channel) -> GuildReport:
    """Return what Discord says of Pino alone by another way than the connection."""
    there = _pino_in(channel)
    now, alone = from_datetime(evening.now()), frozenset({PINO})
    return GuildReport(
        guild_id=GUILD, source="rest", at=now, voice={PINO: there}, looked_voice=alone
    )


def _found_in_lounge(evening: Evening, second: float) -> None:
    evening.until(second)
    evening.show(_seen_in(evening, LOUNGE))


def _unknown_of_pino(evening: Evening) -> list[tuple[float | None, float | None]]:
    session = evening.voice_of(PINO)
    assert session is not None
    return unknown_in(session)


BEFALLS = [ChannelDeleted, ChannelUncounted]


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


def test_whoever_may_count_as_their_coming_is_replayed_does_so_once_all_is(
    evening: Evening,
) -> None:
    """Until then they may be told to have left again: nobody hears of a coming that is over."""
    _cut_at_60(evening)
    evening.until(100)
    evening.joins(AGU, since=60)
    evening.joins(ZETA, since=60)
    evening.leaves(ZETA, since=60)
    assert [notice.user_id for notice in only(evening.effects, NoticeDue)] == [PINO]
    evening.tell(_resumed())
    notices = only(evening.effects, NoticeDue)
    assert [notice.user_id for notice in notices] == [PINO, AGU]
    agu = evening.voice_of(AGU)
    assert agu is not None
    assert agu.state == "confirmed"


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


@pytest.mark.parametrize("befalls", BEFALLS)
@pytest.mark.parametrize("stood_still", [False, True])
def test_whoever_a_look_found_elsewhere_may_have_left_with_the_channel_of_which_is_told_late(
    evening: Evening, befalls: type[ChannelDeleted | ChannelUncounted], *, stood_still: bool
) -> None:
    """Discord sends no leaving with it: they may have been gone until shortly before the look."""
    _cut_at_60(evening, stood_still=stood_still)
    _found_in_lounge(evening, 200)
    evening.until(210)
    effects = evening.tell(befalls(guild_id=GUILD, channel_id=GENERAL.id, since=at(60)))
    [saved] = only(effects, SessionChanged)
    assert unknown_in(saved.session) == [(60, 200)]
    evening.shows(PINO, LOUNGE)
    evening.tell(_resumed())
    evening.until(400)
    evening.leaves(PINO)
    evening.until(500)
    record = evening.record
    assert (ago(record.started_at), ago(record.ended_at)) == (10, 400)
    assert unknown_in(record) == [(60, 200)]


@pytest.mark.parametrize("befalls", BEFALLS)
def test_so_it_is_where_that_look_is_still_under_way(
    evening: Evening, befalls: type[ChannelDeleted | ChannelUncounted]
) -> None:
    _cut_at_60(evening)
    evening.until(200)
    looked = evening.engine.begin(_seen_in(evening, LOUNGE))
    evening.until(210)
    evening.tell(befalls(guild_id=GUILD, channel_id=GENERAL.id, since=at(60)))
    evening.engine.go_on(looked, evening.now())
    assert _unknown_of_pino(evening) == [(60, 200)]


def test_what_befalls_a_channel_that_a_look_has_emptied_means_something_while_news_may_be_late(
    evening: Evening,
) -> None:
    _cut_at_60(evening)
    assert evening.engine.may_befall(GUILD, GENERAL.id)
    _found_in_lounge(evening, 200)
    assert evening.engine.may_befall(GUILD, GENERAL.id)
    evening.tell(_resumed())
    assert not evening.engine.may_befall(GUILD, GENERAL.id)


def test_whom_a_look_finds_elsewhere_while_all_is_heard_is_not_remembered(evening: Evening) -> None:
    evening.look()
    evening.until(10)
    evening.joins(PINO)
    _found_in_lounge(evening, 200)
    assert not evening.engine.may_befall(GUILD, GENERAL.id)


@pytest.mark.parametrize("befalls", BEFALLS)
def test_whoever_is_heard_to_have_moved_before_that_was_there_all_the_while(
    evening: Evening, befalls: type[ChannelDeleted | ChannelUncounted]
) -> None:
    _cut_at_60(evening)
    _found_in_lounge(evening, 200)
    evening.until(210)
    evening.shows(PINO, LOUNGE)
    evening.tell(befalls(guild_id=GUILD, channel_id=GENERAL.id, since=at(60)))
    assert _unknown_of_pino(evening) == []


@pytest.mark.parametrize("befalls", BEFALLS)
def test_whoever_is_found_to_have_moved_had_so_before_what_befalls_their_channel_now(
    evening: Evening, befalls: type[ChannelDeleted | ChannelUncounted]
) -> None:
    _cut_at_60(evening)
    _found_in_lounge(evening, 200)
    evening.until(210)
    evening.tell(_resumed())
    evening.tell(befalls(guild_id=GUILD, channel_id=GENERAL.id))
    assert _unknown_of_pino(evening) == []
    held = evening.engine._watching.moved_unheard(GUILD)  # noqa: SLF001 - that it is let go of
    assert held == ()


@pytest.mark.parametrize(("befalls", "since"), [(ChannelDeleted, 100), (ChannelUncounted, 60)])
def test_a_channel_that_was_seen_in_the_cut_was_there_then_but_may_have_counted_no_longer(
    evening: Evening, befalls: type[ChannelDeleted | ChannelUncounted], since: float
) -> None:
    _cut_at_60(evening)
    evening.until(100)
    evening.show(_seen_in(evening, GENERAL))
    _found_in_lounge(evening, 200)
    evening.until(210)
    evening.tell(befalls(guild_id=GUILD, channel_id=GENERAL.id, since=at(60)))
    assert _unknown_of_pino(evening) == [(since, 200)]


def test_whoever_is_heard_to_move_away_just_before_that_was_there_all_the_while(
    evening: Evening,
) -> None:
    _cut_at_60(evening)
    _found_in_lounge(evening, 200)
    evening.until(210)
    evening.tell(_pino_in(LOUNGE, 60))
    evening.tell(_pino_in(GENERAL, 60))
    evening.tell(ChannelDeleted(guild_id=GUILD, channel_id=LOUNGE.id, since=at(60)))
    assert _unknown_of_pino(evening) == []


def test_a_clock_that_is_set_moves_when_they_were_found(evening: Evening) -> None:
    """What befell their channel before is still taken in when that is noticed."""
    _cut_at_60(evening)
    evening.joins(AGU)
    evening.joins(ZETA)
    _found_in_lounge(evening, 200)
    evening.until(210)
    deleted = ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id, since=at(60))
    evening.engine.observe(deleted, evening.now(), lambda: True)
    evening.clock.move_to(evening.now() + timedelta(hours=1))
    evening.engine.observe(ClockStepped(by=3600 * SECOND), evening.now(), lambda: True)
    evening.engine.sweep(evening.now())
    assert _unknown_of_pino(evening) == [(3660, 3800)]
