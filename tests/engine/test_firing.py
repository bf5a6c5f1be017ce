"""Firing: a trigger out of turn is counted and logged, and breaks nothing else."""

from __future__ import annotations

from engine import Settings
from engine.firing import Firing
from machines import Effect, LogLine, Trigger, VoiceSession
from tests.engine.evening import GENERAL, GUILD, PINO, at, only


def pending(firing: Firing, effects: list[Effect]) -> VoiceSession:
    session = VoiceSession(
        id="s1",
        guild_id=GUILD,
        started_at=at(0),
        last_seen=at(0),
        user_id=PINO,
        username="Pino",
        channel_id=GENERAL.id,
        channel_name=GENERAL.name,
    )
    firing.fire("start", session, at(0), effects)
    return session


def test_it_is_counted_and_logged_with_session_state_and_trigger() -> None:
    firing, effects = Firing(Settings()), list[Effect]()
    session = pending(firing, effects)
    assert not firing.fire("return", session, at(1), effects)
    assert firing.counters["forbidden"] == 1
    [line] = only(effects, LogLine)
    assert (line.level, line.key) == ("error", "forbidden")
    assert line.values == {
        "session_id": "s1",
        "kind": "voice",
        "state": "pending",
        "trigger": "return",
    }


def test_the_session_stays_as_it_was_and_goes_on() -> None:
    firing, effects = Firing(Settings()), list[Effect]()
    session = pending(firing, effects)
    firing.fire("end", session, at(1), effects)
    assert (session.state, [*firing.registry.of_guild(session.guild_id)]) == ("pending", [session])
    assert firing.deadlines.next_at() == at(3)


def test_what_is_over_can_be_told_nothing_more() -> None:
    firing, effects = Firing(Settings()), list[Effect]()
    session = pending(firing, effects)
    firing.fire("cancel", session, at(1), effects)
    triggers: tuple[Trigger, ...] = ("validate", "lose", "close", "end", "cancel")
    for trigger in triggers:
        firing.fire(trigger, session, at(2), effects)
    assert firing.counters["forbidden"] == 5
    assert firing.registry.count == 0


def test_what_changes_no_deadline_adds_none_to_the_heap() -> None:
    firing, effects = Firing(Settings()), list[Effect]()
    session = pending(firing, effects)
    for second in range(100):
        firing.fire("update", session, at(second), effects)
    assert len(firing.deadlines) == 1
