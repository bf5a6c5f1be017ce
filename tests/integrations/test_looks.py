"""Looks at a guild come one after the other, in turns, and what is observed meanwhile wins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from engine import Channel, GuildReport, VoiceObserved, WatchLost
from tests.integrations.driven import voice_of
from tests.integrations.sessions import GENERAL, GUILD, PINO

if TYPE_CHECKING:
    from tests.integrations.driven import Driven, Machine


async def test_a_look_is_taken_in_turns_and_news_in_between_wins(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    sessions = driven.restores_a_hundred()
    nobody = GuildReport(
        guild_id=GUILD, source="rest", at=driven.tracker.now(), complete_voice=True
    )
    looking = driven.tracker.looks.begin(nobody)
    assert 0 < driven.engine.counts()["voice"] < 100
    there = VoiceObserved(
        guild_id=GUILD, user_id=1_099, username="Pino", channel=Channel(GENERAL, "General")
    )
    driven.tracker.observe(there)
    assert await looking == {"voice": 99}
    assert driven.engine.voice_of(GUILD, 1_099) is sessions[99]


async def test_looks_at_a_guild_come_one_after_the_other(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the earlier one would find whom the later one has found gone."""
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    people = range(1_000, 1_100)
    driven.restores_a_hundred()
    at = driven.tracker.now()
    there = GuildReport(
        guild_id=GUILD,
        source="guild_create",
        at=at,
        voice={each: voice_of(each, Channel(GENERAL, "General")) for each in people},
        complete_voice=True,
    )
    gone = GuildReport(guild_id=GUILD, source="guild_create", at=at + 1, complete_voice=True)
    looks = [driven.tracker.looks.begin(each) for each in (there, gone)]
    assert [look.done() for look in looks] == [False, False]
    assert [await look for look in looks] == [{}, {"voice": 100}]
    assert not driven.engine.registry.count


@pytest.mark.parametrize("stops", [False, True])
async def test_many_looks_that_wait_and_are_short_come_one_after_the_other(
    driven: Driven, monkeypatch: pytest.MonkeyPatch, *, stops: bool
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    driven.restores_a_hundred()
    at = driven.tracker.now()
    gone = GuildReport(guild_id=GUILD, source="guild_create", at=at, complete_voice=True)
    looks = [driven.tracker.looks.begin(gone) for _look in range(5)]
    if stops:
        driven.tracker.stop()
    else:
        assert [await look for look in looks] == [{"voice": 100}, {}, {}, {}, {}]
    assert all(look.done() for look in looks)
    assert not driven.engine.registry.count


async def test_a_look_that_waits_is_passed_over_once_a_gap_has_opened(
    driven: Driven, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("integrations.turns._TURN", 0.0)
    driven.restores_a_hundred()
    nobody = GuildReport(guild_id=GUILD, source="rest", at=driven.tracker.now())
    gone = msgspec.structs.replace(nobody, source="guild_create", complete_voice=True)
    looks = [driven.tracker.looks.begin(each) for each in (nobody, gone)]
    driven.tracker.observe(WatchLost(guild_ids=(GUILD,), since=driven.tracker.now() + 1))
    assert [await look for look in looks] == [{}, {}]
    assert driven.engine.counts()["voice"] == 100


@pytest.mark.parametrize("by", [0, -5])
async def test_a_look_that_was_asked_for_before_the_clock_was_set_back_is_passed_over(
    machine: Machine, by: int
) -> None:
    """By the clock as it is, somebody who came since was there before it was asked for."""
    tracker = machine.tracker
    asked_at, set_by = tracker.heard_at(), tracker.clock_watch.set_by
    machine.runs(2)
    tracker.observe(voice_of(PINO, Channel(GENERAL, "General")))
    machine.runs(4)
    nobody = GuildReport(
        guild_id=GUILD,
        source="rest",
        at=tracker.heard_at(),
        asked_at=asked_at,
        looked_voice=frozenset({PINO}),
    )
    machine.is_set(by)
    tracker.heard_at()
    machine.runs(5)
    await tracker.looks.begin(nobody, set_by)
    assert tracker.engine.voice_of(GUILD, PINO) is not None
