"""In flight: a look that does not fit what is held waits for the event that may explain it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
)
from integrations.evidence.in_flight import contradicts, settle
from machines import from_datetime

NOW = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
GUILD, PINO, AGU = 900, 1, 2
GENERAL = Channel(700, "General")


def voice(user_id: int, channel: Channel | None = GENERAL) -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=user_id, username="Pino", channel=channel)


def playing(user_id: int, *games: str) -> PresenceObserved:
    seen = tuple(ActivitySeen(game) for game in games)
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username="Pino", activities=seen)


def look(
    *seen: VoiceObserved | PresenceObserved,
    looked_voice: frozenset[int] = frozenset(),
    looked_games: frozenset[int] = frozenset(),
) -> GuildReport:
    return GuildReport(
        guild_id=GUILD,
        source="rest",
        at=from_datetime(NOW),
        voice={one.user_id: one for one in seen if isinstance(one, VoiceObserved)},
        games={one.user_id: one for one in seen if isinstance(one, PresenceObserved)},
        looked_voice=looked_voice,
        looked_games=looked_games,
    )


@pytest.fixture
def engine() -> SessionEngine:
    engine = SessionEngine(Settings(ignored_games=frozenset({"Launcher"})))
    engine.observe(voice(PINO), NOW)
    engine.observe(playing(PINO, "VALORANT"), NOW)
    return engine


def test_a_look_that_fits_does_not_wait(engine: SessionEngine) -> None:
    assert not contradicts(look(voice(PINO), playing(PINO, "VALORANT")), engine)


def test_whoever_is_gone_from_voice_may_have_just_left(engine: SessionEngine) -> None:
    assert contradicts(look(looked_voice=frozenset({PINO})), engine)


def test_whoever_is_gone_from_a_game_may_have_just_closed_it(engine: SessionEngine) -> None:
    assert contradicts(look(looked_games=frozenset({PINO})), engine)


def test_whoever_is_found_may_have_just_come(engine: SessionEngine) -> None:
    assert contradicts(look(voice(AGU)), engine)
    assert contradicts(look(playing(PINO, "VALORANT", "osu!")), engine)


def test_a_game_that_is_not_tracked_is_nothing_new(engine: SessionEngine) -> None:
    assert not contradicts(look(playing(PINO, "VALORANT", "Launcher")), engine)


def test_whoever_was_heard_to_leave_is_gone_as_known(engine: SessionEngine) -> None:
    engine.advance(datetime(2025, 12, 29, 23, 1, tzinfo=UTC))
    engine.observe(voice(PINO, None), datetime(2025, 12, 29, 23, 2, tzinfo=UTC))
    assert not contradicts(look(looked_voice=frozenset({PINO})), engine)


def test_whoever_was_heard_to_leave_and_is_there_may_have_just_come_back(
    engine: SessionEngine,
) -> None:
    engine.advance(datetime(2025, 12, 29, 23, 1, tzinfo=UTC))
    engine.observe(voice(PINO, None), datetime(2025, 12, 29, 23, 2, tzinfo=UTC))
    assert contradicts(look(voice(PINO)), engine)


async def test_the_wait_is_as_long_as_an_event_may_take(
    engine: SessionEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    await settle(look(voice(PINO)), engine)
    await settle(look(voice(AGU)), engine)
    assert waited == [2.0]
