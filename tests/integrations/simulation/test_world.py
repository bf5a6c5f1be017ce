"""The world: people with habits, who know nothing of being counted."""

from __future__ import annotations

from itertools import pairwise

import pytest

from integrations.simulation.history import History, PresenceFact, VoiceFact
from integrations.simulation.units import HOUR, START
from integrations.simulation.world import BEFORE, make_history


@pytest.fixture(scope="module")
def history() -> History:
    return make_history(hours=72, people=40, guilds=3, seed=7)


def test_the_same_seed_makes_the_same_world(history: History) -> None:
    assert make_history(hours=72, people=40, guilds=3, seed=7).facts == history.facts
    assert make_history(hours=72, people=40, guilds=3, seed=8).facts != history.facts


def test_everything_happens_within_its_time(history: History) -> None:
    assert all(START - BEFORE <= fact.at <= START + 72 * HOUR for fact in history.facts)


def test_people_are_in_voice_in_one_guild_at_a_time_and_leave_in_the_end(history: History) -> None:
    for person in history.people.values():
        where: int | None = None
        for fact in history.facts:
            if not isinstance(fact, VoiceFact) or fact.person_id != person.id:
                continue
            assert where in {None, fact.guild_id}
            where = None if fact.place_id is None else fact.guild_id
        assert where is None


def test_every_voice_event_changes_something(history: History) -> None:
    for guild_id in history.guilds:
        for person in history.members(guild_id):
            facts = history.voice_facts(guild_id, person.id)
            for before, after in pairwise(facts):
                assert (before.place_id, before.muted, before.connection) != (
                    after.place_id,
                    after.muted,
                    after.connection,
                )


def test_there_are_moves_mutes_absences_overlaps_flickers_and_streams(history: History) -> None:
    voice = [fact for fact in history.facts if isinstance(fact, VoiceFact)]
    presences = [fact for fact in history.facts if isinstance(fact, PresenceFact)]
    afk = {guild.afk.id for guild in history.guilds.values()}
    assert any(fact.muted for fact in voice)
    assert any(fact.place_id in afk for fact in voice)
    assert len({fact.guild_id for fact in voice}) == len(history.guilds)
    assert any(len(fact.played) > 1 for fact in presences)
    assert any(item.kind == "streaming" for fact in presences for item in fact.played)
    assert any(item.start and item.start < item.created_at for f in presences for item in f.played)
    assert any(item.app_id is None for fact in presences for item in fact.played)


def test_somebody_is_already_about_when_the_bot_first_starts(history: History) -> None:
    guilds = history.guilds
    assert any(
        history.voice_at(guild_id, person.id, START) or history.played_at(person.id, START)
        for guild_id in guilds
        for person in history.members(guild_id)
    )
