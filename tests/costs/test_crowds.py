"""Crowds: what one person does costs the same, however many others there are.

Counted are lines of ours that run, and bytes that are packed or written.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from engine import (
    ActivitySeen,
    Channel,
    ChannelDeleted,
    MemberRemoved,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
)
from machines import RecordEnded, SessionChanged, from_datetime
from persistence import SqliteLedger
from tests.costs.containers import lengths
from tests.costs.steps import counted_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from machines import Effect

START = datetime(2025, 12, 29, 20, 0, tzinfo=UTC)
GUILD, NEWCOMER = 900, 999_999
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")
OSU = ActivitySeen("osu!")
FEW, MANY = 100, 1_000


def later(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def in_voice(user_id: int, channel: Channel | None, *, joined: bool = False) -> VoiceObserved:
    return VoiceObserved(
        guild_id=GUILD, user_id=user_id, username="Pino", channel=channel, joined=joined
    )


def playing(user_id: int, *games: ActivitySeen, name: str = "Pino") -> PresenceObserved:
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username=name, activities=games)


def a_party_of(people: int) -> SessionEngine:
    engine = SessionEngine(Settings())
    for user_id in range(1, people + 1):
        engine.observe(playing(user_id, OSU), START)
    engine.advance(later(1))
    assert engine.counts()["party"] == 1
    return engine


def a_voice_crowd_of(people: int) -> SessionEngine:
    engine = SessionEngine(Settings())
    for user_id in range(1, people + 1):
        engine.observe(in_voice(user_id, GENERAL, joined=True), START)
    engine.advance(later(1))
    return engine


def one_comes(engine: SessionEngine) -> list[Effect]:
    effects = engine.observe(playing(NEWCOMER, OSU), later(2))
    return effects + engine.advance(later(3))


def one_goes(engine: SessionEngine) -> list[Effect]:
    return engine.observe(playing(50), later(4))


def one_comes_back(engine: SessionEngine) -> list[Effect]:
    one_goes(engine)
    return engine.observe(playing(50, OSU), later(4.5))


def one_is_gone_for_good(engine: SessionEngine) -> list[Effect]:
    one_goes(engine)
    return engine.advance(later(20))


def one_is_renamed(engine: SessionEngine) -> list[Effect]:
    return engine.observe(playing(50, OSU, name="Pino II"), later(5))


def one_joins_voice(engine: SessionEngine) -> list[Effect]:
    effects = engine.observe(in_voice(NEWCOMER, GENERAL, joined=True), later(2))
    return effects + engine.advance(later(3))


def one_moves(engine: SessionEngine) -> list[Effect]:
    return engine.observe(in_voice(50, LOUNGE), later(4))


def one_leaves_voice(engine: SessionEngine) -> list[Effect]:
    return engine.observe(in_voice(50, None), later(4)) + engine.advance(later(6))


def one_is_no_member_any_more(engine: SessionEngine) -> list[Effect]:
    return engine.observe(MemberRemoved(guild_id=GUILD, user_id=50), later(4))


def lines_of(deed: Callable[[SessionEngine], object], engine: SessionEngine) -> int:
    with counted_lines() as lines:
        deed(engine)
    return lines.count


@pytest.mark.parametrize(
    "deed",
    [
        one_comes,
        one_goes,
        one_comes_back,
        one_is_gone_for_good,
        one_is_renamed,
        one_is_no_member_any_more,
    ],
)
def test_what_a_player_does_runs_as_many_lines_however_many_play(
    deed: Callable[[SessionEngine], object],
) -> None:
    few, many = (lines_of(deed, a_party_of(people)) for people in (FEW, MANY))
    assert few == many > 0


@pytest.mark.parametrize(
    "deed", [one_joins_voice, one_moves, one_leaves_voice, one_is_no_member_any_more]
)
def test_what_somebody_in_voice_does_runs_as_many_lines_however_many_are_there(
    deed: Callable[[SessionEngine], object],
) -> None:
    few, many = (lines_of(deed, a_voice_crowd_of(people)) for people in (FEW, MANY))
    assert few == many > 0


def a_call_is_over(engine: SessionEngine) -> list[Effect]:
    """Somebody goes to a channel that is made for them, leaves it, and it is deleted."""
    engine.observe(in_voice(50, LOUNGE), later(4))
    engine.observe(in_voice(50, None), later(5))
    engine.advance(later(7))
    return engine.observe(ChannelDeleted(guild_id=GUILD, channel_id=LOUNGE.id), later(7))


def a_call_is_cut_short(engine: SessionEngine) -> list[Effect]:
    """Somebody is still in a channel as it is deleted."""
    engine.observe(in_voice(50, LOUNGE), later(4))
    return engine.observe(ChannelDeleted(guild_id=GUILD, channel_id=LOUNGE.id), later(7))


@pytest.mark.parametrize("deed", [a_call_is_over, a_call_is_cut_short])
def test_a_channel_that_is_deleted_runs_as_many_lines_however_many_are_in_others(
    deed: Callable[[SessionEngine], object],
) -> None:
    def lines_of_the_second(people: int) -> int:
        engine = a_voice_crowd_of(people)
        engine.observe(ChannelDeleted(guild_id=GUILD, channel_id=LOUNGE.id), later(2))
        return lines_of(deed, engine)

    assert lines_of_the_second(FEW) == lines_of_the_second(MANY) > 0


def test_whoever_is_seen_first_after_a_gap_costs_the_same_however_many_are_not_seen_yet() -> None:
    def lines_after_a_gap(people: int) -> int:
        engine = a_party_of(people)
        since = from_datetime(later(6))
        engine.observe(WatchLost(guild_ids=(GUILD,), since=since), later(6))
        return lines_of(lambda engine: engine.observe(playing(50, OSU), later(7)), engine)

    lines_after_a_gap(FEW)  # whoever marks the same gap next has it ready
    assert lines_after_a_gap(FEW) == lines_after_a_gap(MANY) > 0


@pytest.mark.parametrize("party", [True, False])
def test_everybody_leaving_at_once_runs_as_many_lines_a_person_however_many_leave(
    party: bool,
) -> None:
    def lines_a_person(people: int) -> float:
        engine = a_party_of(people) if party else a_voice_crowd_of(people)
        with counted_lines() as lines:
            for user_id in range(1, people + 1):
                engine.observe(playing(user_id) if party else in_voice(user_id, None), later(4))
            engine.advance(later(60))
        assert not engine.registry.count
        return lines.count / people

    assert lines_a_person(MANY) == pytest.approx(lines_a_person(FEW), rel=0.1)


def test_one_player_more_is_one_entry_more_in_three_dicts_of_the_groups() -> None:
    """Each takes a millisecond to grow where there are 30,000, and all of them grow at once."""
    engine = a_party_of(FEW)
    groups = engine._parties._groups  # noqa: SLF001 - its registry is another matter
    before = lengths(groups)
    one_comes(engine)
    grown = lengths(groups) - before
    assert sum(path.endswith("players") for path in grown) == 1
    assert len(grown) == 1 + 3


def test_a_player_who_comes_or_goes_is_all_that_is_told_to_be_saved_of_a_large_party() -> None:
    engine = a_party_of(MANY)
    for deed in (one_comes, one_is_gone_for_good):
        saved = [each for each in deed(engine) if isinstance(each, SessionChanged)]
        [players] = [each.players for each in saved if each.session.kind == "party"]
        assert [each.user_id for each in players or ()] == [NEWCOMER if deed is one_comes else 50]


def test_a_party_is_written_down_in_as_many_lines_a_player_however_many_played(
    tmp_path: Path,
) -> None:
    def lines_a_player(people: int) -> float:
        engine = a_party_of(people)
        for user_id in range(1, people + 1):
            engine.observe(playing(user_id), later(4))
        effects = engine.advance(later(60))
        ended = [each.record for each in effects if isinstance(each, RecordEnded)]
        [party] = [record for record in ended if record.kind == "party"]
        folder = tmp_path / str(people)
        folder.mkdir()
        ledger, _warnings = SqliteLedger.open(folder)
        with counted_lines() as lines:
            ledger.append_now([party])
        ledger.close()
        return lines.count / people

    assert lines_a_player(MANY) == pytest.approx(lines_a_player(FEW), rel=0.1)
