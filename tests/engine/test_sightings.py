"""What only says that somebody is still there does what observing it would, and no more."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import (
    ActivitySeen,
    Channel,
    ChannelDeleted,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
    WatchPaused,
    WatchResumed,
)
from machines import SECOND, GameSession, from_datetime

if TYPE_CHECKING:
    from engine import Observation
    from machines import Effect, Instant

START = from_datetime(datetime(2025, 12, 29, 23, 0, tzinfo=UTC))
GUILD = 900
PINO, AGU = 1, 2
GENERAL, LOUNGE = Channel(500, "General"), Channel(501, "Sala")
OSU = ActivitySeen("osu!", 7)
OSU_UNKNOWN = ActivitySeen("osu!")
CHESS = ActivitySeen("Chess", 8)
MUSIC = ActivitySeen("osu!", 7, "listening")


def voice(user_id: int, channel: Channel | None, name: str = "Pino") -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=user_id, username=name, channel=channel)


def playing(user_id: int, *games: ActivitySeen, name: str | None = "Pino") -> PresenceObserved:
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username=name, activities=games)


def nobody_at(at: Instant) -> GuildReport:
    return GuildReport(
        guild_id=GUILD, source="guild_create", at=at, complete_voice=True, complete_games=True
    )


def sees(engine: SessionEngine, seen: Observation, now: Instant) -> bool:
    """Ask first whether it only says that somebody is still there."""
    match seen:
        case VoiceObserved():
            return _sees_in_voice(engine, seen, now)
        case PresenceObserved():
            return _sees_playing(engine, seen, now)
    return False


def _sees_in_voice(engine: SessionEngine, seen: VoiceObserved, now: Instant) -> bool:
    voiced = engine.voice_of(seen.guild_id, seen.user_id)
    if voiced is None:
        return seen.channel is None and engine.sightings.has_none(
            seen.guild_id, seen.user_id, now, voice=True
        )
    if seen.channel is None or voiced.channel_id != seen.channel.id:
        return False
    return seen.username == voiced.username and engine.sightings.is_in_voice(voiced, now)


def _sees_playing(engine: SessionEngine, seen: PresenceObserved, now: Instant) -> bool:
    held = engine.registry.games_of(seen.guild_id, seen.user_id)
    here = [game for game in held if game.absent_since is None]
    if any(_may_return(game, seen) for game in held if game.absent_since is not None):
        return False
    just = (any(_is_just(game, each) for each in seen.activities) for game in here)
    if len(here) != len(seen.activities) or not all(just):
        return False
    if any(seen.username not in {None, game.username} for game in here):
        return False
    return engine.sightings.plays_on(seen.guild_id, seen.user_id, held, now)


def _may_return(session: GameSession, seen: PresenceObserved) -> bool:
    games = {(each.name, each.activity_type) for each in seen.activities}
    is_shown = (session.game_name, session.activity_type) in games
    return is_shown or session.unwatched_since is not None


def _is_just(session: GameSession, activity: ActivitySeen) -> bool:
    held = session.game_name, session.app_id, session.activity_type
    return held == (activity.name, activity.app_id, activity.activity_type)


def engine_of(*, listening: bool = True) -> SessionEngine:
    ids = count(1)
    return SessionEngine(Settings(track_listening=listening), new_id=lambda: f"{next(ids):032x}")


people = st.sampled_from([PINO, AGU])
names = st.sampled_from(["Pino", "Pinocho"])
news = st.one_of(
    st.builds(voice, people, st.sampled_from([GENERAL, LOUNGE, None]), names),
    st.builds(playing, people, name=st.one_of(st.none(), names)),
    st.builds(
        playing,
        people,
        st.sampled_from([OSU, OSU_UNKNOWN, CHESS, MUSIC]),
        name=st.one_of(st.none(), names),
    ),
    st.builds(
        playing,
        people,
        st.sampled_from([OSU, CHESS]),
        st.sampled_from([CHESS, MUSIC]),
        name=st.one_of(st.none(), names),
    ),
    st.builds(playing, people, st.just(OSU), st.sampled_from([CHESS, MUSIC])),
    st.builds(WatchPaused, guild_ids=st.just((GUILD,))),
    st.builds(WatchResumed, guild_ids=st.just((GUILD,))),
    st.just("lost"),
    st.just("look"),
)
evenings = st.lists(st.tuples(st.sampled_from([1, 4, 11, 70]), news), min_size=1, max_size=25)


def told(engine: SessionEngine, what: Observation | str, now: Instant) -> list[Effect]:
    match what:
        case "lost":
            return engine.observe(WatchLost(guild_ids=(GUILD,), since=now - SECOND), now)
        case "look":
            return engine.validate(nobody_at(now), now)
        case str():
            raise AssertionError(what)
        case _:
            return engine.observe(what, now)


@given(evenings)
def test_a_sighting_leaves_the_engine_as_an_observation_does(
    evening: list[tuple[int, Observation | str]],
) -> None:
    plain, asking = engine_of(), engine_of()
    now = START
    for engine in (plain, asking):
        engine.validate(nobody_at(now), now)
    for passed, what in evening:
        now += passed * SECOND
        expected = copy.deepcopy(told(plain, what, now))
        if not isinstance(what, str) and sees(asking, what, now):
            effects: list[Effect] = []
        else:
            effects = told(asking, what, now)
        assert msgspec.to_builtins(effects) == msgspec.to_builtins(expected)
        assert msgspec.to_builtins(asking.live_state(now)) == msgspec.to_builtins(
            plain.live_state(now)
        )
        assert msgspec.to_builtins(list(asking.sessions())) == msgspec.to_builtins(
            list(plain.sessions())
        )
        assert asking.due_at == plain.due_at
    # What was heard decides what a look from before it may say.
    stale = nobody_at(now - 2 * SECOND)
    assert msgspec.to_builtins(asking.validate(stale, now)) == msgspec.to_builtins(
        plain.validate(stale, now)
    )


@pytest.fixture
def engine() -> SessionEngine:
    """Pino is in General with osu!, for a minute now."""
    made = engine_of()
    made.validate(nobody_at(START), START)
    made.observe(voice(PINO, GENERAL), START)
    made.observe(playing(PINO, OSU), START)
    made.advance(START + 60 * SECOND)
    return made


NOW = START + 60 * SECOND


def test_most_news_is_a_sighting(engine: SessionEngine) -> None:
    assert sees(engine, voice(PINO, GENERAL), NOW)
    assert sees(engine, playing(PINO, OSU), NOW)
    assert sees(engine, playing(PINO, OSU, name=None), NOW)
    assert sees(engine, playing(AGU), NOW)
    assert {session.last_seen for session in engine.sessions()} == {NOW}


@pytest.mark.parametrize(
    "seen",
    [
        voice(PINO, LOUNGE),
        voice(PINO, GENERAL, "Pinocho"),
        voice(AGU, GENERAL),
        playing(PINO),
        playing(PINO, CHESS),
        playing(PINO, OSU_UNKNOWN),
        playing(PINO, MUSIC),
        playing(PINO, OSU, name="Pinocho"),
        playing(AGU, OSU),
    ],
    ids=str,
)
def test_news_that_changes_something_is_none(engine: SessionEngine, seen: Observation) -> None:
    assert not sees(engine, seen, NOW)


def test_while_somebody_is_away_or_unwatched_nothing_is_a_mere_sighting(
    engine: SessionEngine,
) -> None:
    engine.observe(voice(PINO, None), NOW)
    assert not sees(engine, voice(PINO, GENERAL), NOW)
    engine.observe(WatchLost(guild_ids=(GUILD,), since=NOW), NOW)
    assert not sees(engine, playing(PINO, OSU), NOW)


def test_what_is_due_comes_before_a_sighting(engine: SessionEngine) -> None:
    engine.observe(voice(AGU, GENERAL), NOW)
    assert sees(engine, voice(PINO, GENERAL), NOW + SECOND)
    assert not sees(engine, voice(PINO, GENERAL), NOW + 3 * SECOND)
    assert not sees(engine, playing(5), NOW + 3 * SECOND)


def asked_before(at: Instant, *seen: VoiceObserved | PresenceObserved) -> GuildReport:
    return msgspec.structs.replace(
        nobody_at(at),
        asked_at=at - SECOND,
        voice={each.user_id: each for each in seen if isinstance(each, VoiceObserved)},
        games={each.user_id: each for each in seen if isinstance(each, PresenceObserved)},
    )


def test_a_look_that_was_asked_for_before_a_sighting_says_nothing_of_the_person(
    engine: SessionEngine,
) -> None:
    assert sees(engine, voice(PINO, GENERAL), NOW)
    assert sees(engine, playing(PINO, OSU), NOW)
    assert sees(engine, playing(AGU), NOW)
    before = {session.id for session in engine.sessions()}
    engine.validate(asked_before(NOW + SECOND // 2, playing(AGU, OSU)), NOW + SECOND)
    assert {session.id for session in engine.sessions()} == before


def test_whoever_was_sighted_in_a_channel_now_gone_is_not_found_by_a_look_from_before(
    engine: SessionEngine,
) -> None:
    assert sees(engine, voice(PINO, GENERAL), NOW)
    engine.observe(ChannelDeleted(guild_id=GUILD, channel_id=GENERAL.id), NOW)
    engine.validate(asked_before(NOW + SECOND // 2, voice(PINO, LOUNGE)), NOW + SECOND)
    assert engine.voice_of(GUILD, PINO) is None
