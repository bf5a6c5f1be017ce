"""Firing: a trigger out of turn is counted and logged, and breaks nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine import Settings
from engine.firing import Firing
from machines import (
    CooldownStarted,
    Effect,
    Evidence,
    LogLine,
    NoticeWithdrawn,
    Trigger,
    VoiceSession,
)
from tests.engine.evening import GENERAL, GUILD, PINO, at, only

if TYPE_CHECKING:
    from collections.abc import Iterator


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


class Unread(list[Effect]):
    """Effects that nobody goes through from the start: there may be very many."""

    def __contains__(self, _effect: object) -> bool:
        raise AssertionError

    def __iter__(self) -> Iterator[Effect]:
        raise AssertionError


def test_what_others_have_asked_for_is_not_gone_through_when_a_session_ends() -> None:
    firing, effects = Firing(Settings()), Unread()
    session = pending(firing, effects)
    here = Evidence("present", at(3), "event")
    firing.fire("announce", session, at(3), effects, evidence=here)
    assert session.announced
    firing.fire("cancel", session, at(4), effects)
    assert [type(each) for each in effects[-2:]] == [NoticeWithdrawn, CooldownStarted]
