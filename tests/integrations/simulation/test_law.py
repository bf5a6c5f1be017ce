"""The law finds what is planted: each test makes one record say what was not so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from integrations.simulation.explanation import explain
from integrations.simulation.faults import Break, Faults
from integrations.simulation.law import Law
from integrations.simulation.sources import Look
from integrations.simulation.units import SECOND
from machines import Record, Stretch
from tests.integrations.simulation.worlds import (
    A_PARTY,
    AGU,
    GENERAL,
    GUILD,
    OSU,
    PINO,
    PINO_IN_VOICE,
    PINO_WITH_OSU,
    at,
    plays,
    run,
    voice,
)

if TYPE_CHECKING:
    from integrations.simulation.simulation import Run

HOUR = 3600 * SECOND


@pytest.fixture(scope="module")
def evening() -> Run:
    """Pino is in voice with a pause, plays alone and then with agu; nothing goes wrong."""
    return run(
        voice(100, PINO, GENERAL),
        voice(1000, PINO, None),
        voice(1030, PINO, GENERAL),
        voice(2000, PINO, None),
        plays(100, PINO, OSU),
        plays(500, AGU, OSU),
        plays(1500, PINO),
        plays(1800, AGU),
    )


def the(run_: Run, kind: str, user_id: int | None = PINO) -> Record:
    [record] = [
        record
        for record in run_.latido.durable.ledger
        if record.kind == kind and record.user_id in {user_id, None}
    ]
    return record


def breaches(run_: Run, planted: Record) -> set[tuple[str, str]]:
    """Judge the ledger with one record in place of the original."""
    records = [planted if r.id == planted.id else r for r in run_.latido.durable.ledger]
    return {(found.breach, found.subject.kind) for found in Law(run_, records).violations}


def test_what_nothing_disturbed_breaks_no_law(evening: Run) -> None:
    assert evening.law.violations == []
    kinds = [record.kind for record in evening.latido.durable.ledger]
    assert sorted(kinds) == ["game", "game", "party", "voice"]
    assert {record.uncertain_seconds for record in evening.latido.durable.ledger} == {0.0}


def test_presence_asserted_after_the_leave_is_found(evening: Run) -> None:
    record = the(evening, "voice")
    planted = msgspec.structs.replace(record, ended_at=record.ended_at + 60 * SECOND)
    assert ("present_but_was_not", "voice") in breaches(evening, planted)


def test_presence_asserted_before_the_join_is_found(evening: Run) -> None:
    record = the(evening, "game")
    planted = msgspec.structs.replace(record, started_at=record.started_at - 60 * SECOND)
    assert ("present_but_was_not", "game") in breaches(evening, planted)


def test_a_pause_that_is_asserted_away_but_was_none_is_found(evening: Run) -> None:
    record = the(evening, "voice")
    pause = Stretch(at(300), at(330), "away")
    planted = msgspec.structs.replace(record, stretches=[*record.stretches, pause])
    assert ("away_but_was_there", "voice") in breaches(evening, planted)


def test_a_pause_that_was_one_but_is_not_asserted_is_found(evening: Run) -> None:
    planted = msgspec.structs.replace(the(evening, "voice"), stretches=[])
    assert ("present_but_was_not", "voice") in breaches(evening, planted)


def test_a_stay_without_a_record_is_found(evening: Run) -> None:
    gone = the(evening, "voice").id
    records = [record for record in evening.latido.durable.ledger if record.id != gone]
    found = Law(evening, records).violations
    assert {(one.breach, one.subject, one.record) for one in found} == {
        ("absent_but_was_there", PINO_IN_VOICE, None)
    }


def test_two_records_of_the_same_time_overlap(evening: Run) -> None:
    record = the(evening, "game")
    again = msgspec.structs.replace(record, id="again")
    records = [*evening.latido.durable.ledger, again]
    found = {(one.breach, one.subject) for one in Law(evening, records).violations}
    assert ("overlap", PINO_WITH_OSU) in found


def test_unknown_where_nothing_was_missing_is_found(evening: Run) -> None:
    record = the(evening, "game")
    doubt = Stretch(at(600), at(700), "unknown")
    planted = msgspec.structs.replace(record, stretches=[doubt], uncertain_seconds=100.0)
    assert breaches(evening, planted) == {("needless", "game")}


def test_a_start_that_is_not_known_where_nothing_was_missing_is_found(evening: Run) -> None:
    planted = msgspec.structs.replace(
        the(evening, "game"), stretches=[], unbounded=True, uncertain_seconds=None
    )
    assert breaches(evening, planted) == {("needless", "game")}


def test_that_of_somebody_who_was_there_before_anybody_listened_is_needed() -> None:
    evening = run(voice(-600, PINO, GENERAL), voice(1000, PINO, None))
    record = the(evening, "voice")
    assert record.unbounded
    assert breaches(evening, msgspec.structs.replace(record, stretches=[])) == set()


@pytest.mark.parametrize(("heard_before", "is_found"), [(1, False), (0, True)])
def test_an_answer_that_overtakes_the_news_may_leave_something_unknown(
    heard_before: int, *, is_found: bool
) -> None:
    evening = run(
        plays(100, PINO, OSU), plays(1000, PINO), plays(1030, PINO, OSU), plays(2000, PINO)
    )
    back = evening.gateway.frames["presence", GUILD, PINO][2]
    assert back.arrived is not None
    answered = back.arrived - heard_before
    look = Look(GUILD, PINO, voice=False, games=True, at=back.fact.at, heard=answered)
    evening.sources.looks.append(look)
    doubt = Stretch(at(1000), answered, "unknown")
    planted = msgspec.structs.replace(the(evening, "game"), stretches=[doubt])
    assert (("needless", "game") in breaches(evening, planted)) is is_found


def test_a_bound_that_does_not_hold_is_found(evening: Run) -> None:
    planted = msgspec.structs.replace(the(evening, "game"), seconds=2000.0)
    assert breaches(evening, planted) == {("bound_broken", "game")}


def test_a_party_of_one_is_found(evening: Run) -> None:
    record = the(evening, "party", None)
    planted = msgspec.structs.replace(record, ended_at=at(1700))
    assert ("present_but_was_not", "party") in breaches(evening, planted)


def test_a_party_that_the_games_show_and_no_record_does_is_found(evening: Run) -> None:
    gone = the(evening, "party", None).id
    records = [record for record in evening.latido.durable.ledger if record.id != gone]
    assert A_PARTY in {found.subject for found in Law(evening, records).violations}


def test_latency_is_no_violation(evening: Run) -> None:
    record = the(evening, "game")
    assert record.ended_at > at(1500)
    assert breaches(evening, record) == set()


def test_a_gap_must_be_unknown() -> None:
    """They left and came back while the bot was down: to assert presence would be a guess."""
    faults = Faults(breaks=(Break("kill", at(600), at(700), at(600)),))
    evening = run(
        voice(50, AGU, GENERAL),
        voice(100, PINO, GENERAL),
        voice(620, PINO, None),
        voice(680, PINO, GENERAL),
        voice(2000, PINO, None),
        voice(3000, AGU, None),
        faults=faults,
    )
    assert evening.law.violations == []
    record = the(evening, "voice")
    planted = msgspec.structs.replace(record, stretches=[])
    assert ("present_but_was_not", "voice") in breaches(evening, planted)


def test_what_was_never_sent_and_looks_ordinary_is_excused() -> None:
    """A lost join, then a microphone: nobody can know since when they had been there."""
    evening = run(
        voice(100, PINO, GENERAL),
        voice(400, PINO, GENERAL),
        voice(2000, PINO, None),
        faults=Faults(knows_calls=False, never_sent=frozenset({(at(100), PINO)})),
    )
    assert evening.law.violations == []
    assert 290 * SECOND < evening.law.excused < 310 * SECOND


def test_the_start_of_a_call_makes_a_lost_join_seeable() -> None:
    """With op 43 nothing needs to be excused: the channel filled, and nobody was heard to come."""
    evening = run(
        voice(100, PINO, GENERAL),
        voice(400, PINO, GENERAL),
        voice(2000, PINO, None),
        faults=Faults(never_sent=frozenset({(at(100), PINO)})),
    )
    assert (evening.law.violations, evening.law.excused) == ([], 0)
    assert the(evening, "voice").started_at == at(100)


def test_what_a_look_would_show_is_not_excused() -> None:
    """A lost leave that the next check finds: everything since the last proof is unknown."""
    evening = run(
        voice(100, PINO, GENERAL),
        voice(900, PINO, None),
        faults=Faults(never_sent=frozenset({(at(900), PINO)})),
    )
    record = the(evening, "voice")
    assert (record.state, record.reason) == ("orphaned", "leave_missed")
    assert evening.law.violations == []
    planted = msgspec.structs.replace(record, stretches=[], ended_at=at(1200))
    assert ("present_but_was_not", "voice") in breaches(evening, planted)


def test_a_violation_is_explained_step_by_step(evening: Run) -> None:
    record = the(evening, "voice")
    planted = msgspec.structs.replace(record, ended_at=record.ended_at + HOUR)
    [found] = [one for one in Law(evening, [planted]).violations if one.record is planted][:1]
    story = "\n".join(explain(evening, found))
    assert story.startswith(f"Seed 2: person 1, voice in guild {GUILD}.")
    assert "says present, but they were not there" in story
    assert "01 00:01:40.00 to 01 00:16:40.00" in story
    assert "person 1 is out of voice; its event came" in story
