"""Questions that calls answer: who is left out of a report, and how the rest of it reads."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from engine import (
    ActivitySeen,
    Channel,
    GuildReport,
    PresenceObserved,
    SessionEngine,
    Settings,
    VoiceObserved,
    WatchLost,
)
from integrations.evidence.call_questions import CallQuestions
from machines import from_datetime

NOW = datetime(2025, 12, 29, 23, 0, tzinfo=UTC)
GUILD, PEOPLE = 900, (1, 2, 3, 4)
GENERAL, SALA = Channel(500, "General"), Channel(501, "Sala")
OSU = ActivitySeen("osu!")
people = st.frozensets(st.sampled_from(PEOPLE))


def voice(user_id: int, channel: Channel | None = GENERAL) -> VoiceObserved:
    return VoiceObserved(guild_id=GUILD, user_id=user_id, username="Pino", channel=channel)


def playing(user_id: int) -> PresenceObserved:
    return PresenceObserved(guild_id=GUILD, user_id=user_id, username="Pino", activities=(OSU,))


def report_of(in_voice: frozenset[int], with_game: frozenset[int] = frozenset()) -> GuildReport:
    return GuildReport(
        guild_id=GUILD,
        source="audit",
        at=from_datetime(NOW),
        voice={user: voice(user, SALA) for user in in_voice},
        games={user: playing(user) for user in with_game},
        complete_voice=True,
        complete_games=True,
    )


def engine_with(in_voice: frozenset[int]) -> SessionEngine:
    engine = SessionEngine(Settings(channel_info=True))
    for user in PEOPLE:
        engine.observe(playing(user), NOW)
        if user in in_voice:
            engine.observe(voice(user), NOW)
    return engine


def held(engine: SessionEngine) -> dict[tuple[str, int], tuple[str, int | None]]:
    return {
        (each.kind, getattr(each, "user_id", 0)): (each.state, getattr(each, "channel_id", None))
        for each in engine.sessions(GUILD)
    }


@given(people, people, people, people)
def test_whoever_is_left_out_of_a_report_stays_as_they_are_and_nobody_else_does(
    had: frozenset[int], in_voice: frozenset[int], with_game: frozenset[int], out: frozenset[int]
) -> None:
    told, left_out = engine_with(had), engine_with(had)
    before = held(left_out)
    report = report_of(in_voice, with_game)
    told.validate(report, NOW)
    left_out.validate(CallQuestions.without(report, out), NOW)
    for kind in ("voice", "game"):
        for user in PEOPLE:
            expected = before if kind == "voice" and user in out else held(told)
            assert held(left_out).get((kind, user)) == expected.get((kind, user))
    assert (left_out.watch_of(GUILD).looked_at is None) == bool(out)
    assert left_out.watch_of(GUILD).looked_at_games is not None


def test_over_a_gap_everybody_who_was_there_is_in_question_and_whoever_is_found_alone() -> None:
    engine = engine_with(frozenset({1, 2}))
    engine.advance(NOW.replace(minute=1))
    engine.observe(WatchLost(guild_ids=(GUILD,), since=from_datetime(NOW)), NOW.replace(minute=2))
    seen = {1: voice(1), 2: voice(2, SALA), 3: voice(3, SALA), 4: voice(4, Channel(502, "Sola"))}
    report = GuildReport(
        guild_id=GUILD, source="guild_create", at=1, voice=seen, complete_voice=True
    )
    counted = Counter({500: 1, 501: 2, 502: 1})
    questions = CallQuestions(engine)
    assert questions.people_in_question(report, counted) == {1, 4}
    assert list(questions.one_by_one(report, counted)) == [1, None, None, 4]
