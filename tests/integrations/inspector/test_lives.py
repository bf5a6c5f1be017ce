"""Lives: what a session has been through, bounded, with repetitions told once."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from engine import GuildReport
from integrations.inspector.head_count import HeadCount
from integrations.inspector.life import life_of_session
from integrations.inspector.lives import ENDED_LIVES, FIRST_ENTRIES, LAST_ENTRIES, Lives
from integrations.inspector.rows import session_row
from machines import Gap, Policy, Step, Stretch, seconds
from tests.integrations.inspector.stage import AGU, GENERAL, PINO, PLAZA, SALA, START, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from integrations.inspector.lives import Life

POLICY = Policy(
    announce_after=0,
    confirm_after=0,
    grace=0,
    gap="bridge",
    orphan_credit="watched",
    event_delay=0,
)


def watched(folder: Path) -> tuple[Stage, Lives]:
    stage, lives = Stage(folder), Lives()

    def take(*told: object) -> None:
        lives.take(*told)  # type: ignore[arg-type]

    stage.engine.observers.append(take)
    return stage, lives


def triggers(life: Life | None) -> list[str]:
    assert life is not None
    return [entry.row.trigger for entry in life.entries]


async def test_a_life_is_told_from_its_start_to_its_end(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.moves(PINO, SALA)
    stage.leaves(PINO)
    stage.until(200)
    life = lives.of("s1")
    assert triggers(life) == ["start", "announce", "confirm", "update", "lose", "end"]
    assert life is not None
    assert [e.after for e in life.entries][-3:] == ["confirmed", "confirmed", "ended"]
    assert life.entries[-1].reason == "left"
    told = await life_of_session(life.session, life, stage.at)
    assert told.is_whole
    assert told.seconds == 60
    assert told.entries[0].key == "voice:start:new:"


async def test_each_gap_says_what_is_unknown_because_of_it_where_that_of_two_touches(
    tmp_path: Path,
) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    for second in (1000, 2000):
        stage.until(second)
        stage.unwatched(second)
        stage.until(second + 100)
        stage.look({PINO: GENERAL})
    told = await life_of_session(stage.session_of(PINO), lives.of("s1"), stage.at)
    unknown = [entry.unknown for entry in told.entries if entry.gap is not None]
    began = told.session.started
    assert unknown == [(began, began + 1_100_000), (began + 1_100_000, began + 2_100_000)]


def test_of_a_gap_that_left_nothing_unknown_nothing_is_said(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    stage.until(1000)
    stage.unwatched(1000)
    stage.until(1100)
    stage.look({PINO: GENERAL})
    session, life = stage.session_of(PINO), lives.of("s1")
    assert life is not None
    at = stage.at + 100
    step = Step(now=at, moment=at, policy=POLICY, effects=[], gap=Gap(at - 50, at))
    assert lives.take(session, life.entries[-1].row, "recovered", step).unknown is None
    session.stretches += (Stretch(at - 60, at, "away"),)
    assert lives.take(session, life.entries[-1].row, "recovered", step).unknown is None


async def test_of_a_party_its_players_say_what_is_unknown_because_of_a_gap(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    for user in (PINO, AGU):
        stage.plays(user, "VALORANT")
    stage.until(1000)
    stage.unwatched(1000)
    stage.until(1100)
    stage.look(games={PINO: ("VALORANT",), AGU: ("VALORANT",)})
    [party] = [one for one in stage.engine.sessions() if one.kind == "party"]
    told = await life_of_session(party, lives.of(party.id), stage.at)
    assert [entry.unknown for entry in told.entries if entry.gap is not None] == [None]


def test_what_an_event_proves_is_its_evidence(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.leaves(PINO)
    life = lives.of("s1")
    assert life is not None
    first, last = life.entries[0].evidence, life.entries[-1].evidence
    assert first is not None
    assert last is not None
    assert (first.presence, first.source) == ("present", "event")
    assert (last.presence, last.source) == ("absent", "event")
    assert life.evidence is last


def answered(stage: Stage, asked: float, second: float) -> None:
    """Let a check that asked at one second be told at another that nobody is there."""
    stage.until(second)
    asked_at = START + seconds(asked)
    gone = frozenset({PINO})
    stage.show(
        GuildReport(
            guild_id=PLAZA, source="rest", at=stage.at, asked_at=asked_at, looked_voice=gone
        )
    )


def proof(life: Life | None) -> tuple[str, str] | None:
    assert life is not None
    return None if life.evidence is None else (life.evidence.presence, life.evidence.source)


def test_an_answer_that_is_older_than_what_was_heard_since_leaves_the_evidence_as_it_is(
    tmp_path: Path,
) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.leaves(PINO)
    answered(stage, 59, 61)
    assert proof(lives.of("s1")) == ("absent", "event")
    stage.until(63)
    stage.joins(PINO)
    answered(stage, 62, 64)
    assert proof(lives.of("s1")) == ("present", "event")
    life = lives.of("s1")
    assert life is not None
    assert life.entries[-1].evidence is not None
    assert life.entries[-1].evidence.presence == "unknown"


def no_answer(stage: Stage) -> None:
    """Let a check be told of nobody."""
    stage.show(GuildReport(guild_id=PLAZA, source="rest", at=stage.at))


def told_of(stage: Stage, lives: Lives) -> tuple[str | None, str | None]:
    """Return what is proven of Pino, and what nobody could say of him since."""
    session = stage.session_of(PINO)
    row = session_row(session, lives.of(session.id))
    proven, unanswered = row.evidence, row.unanswered
    return (proven.presence if proven else None, unanswered.presence if unanswered else None)


def test_an_answer_that_says_nothing_is_beside_what_is_proven_until_the_person_is_heard_of(
    tmp_path: Path,
) -> None:
    """It took away what was proven before it."""
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    stage.until(100)
    no_answer(stage)
    assert told_of(stage, lives) == ("present", "unknown")
    stage.until(110)
    stage.moves(PINO, GENERAL)
    assert told_of(stage, lives) == (None, None)  # as of whoever was seen without any transition
    answered(stage, 109, 111)
    assert told_of(stage, lives) == (None, None)


def test_an_older_answer_that_says_nothing_takes_nothing_off_the_page(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    stage.moves(PINO, SALA)
    stage.until(100)
    no_answer(stage)
    answered(stage, 59, 101)
    assert told_of(stage, lives) == ("present", "unknown")
    stage.until(200)
    stage.look({PINO: SALA})
    assert told_of(stage, lives) == ("present", None)
    answered(stage, 199, 201)
    assert told_of(stage, lives) == ("present", None)


def test_a_check_that_finds_somebody_there_still_is_one_entry_however_often(
    tmp_path: Path,
) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    for second in range(100, 2000, 100):
        stage.until(second)
        stage.look({PINO: GENERAL})
    life = lives.of("s1")
    assert triggers(life) == ["start", "announce", "confirm", "validate"]
    assert life is not None
    last = life.entries[-1]
    assert (last.count, (last.until - last.at) // 1_000_000) == (19, 1800)


def test_a_long_life_keeps_how_it_began_and_what_came_last(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    stage.joins(PINO)
    for second in range(100):
        stage.until(100 + second)
        stage.moves(PINO, SALA if second % 2 else GENERAL)
    stage.leaves(PINO)
    life = lives.of("s1")
    assert life is not None
    assert len(life.entries) == FIRST_ENTRIES + LAST_ENTRIES
    assert life.left_out > 0
    assert triggers(life)[:3] == ["start", "announce", "confirm"]
    assert triggers(life)[-1] == "lose"


def test_only_so_many_lives_that_are_over_are_remembered(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    for number in range(ENDED_LIVES + 20):
        stage.joins(100 + number)
        stage.leaves(100 + number)
    stage.joins(AGU)
    remembered = list(lives)
    assert len(remembered) == ENDED_LIVES
    assert remembered[0].session.id == f"s{ENDED_LIVES + 20}"
    assert lives.of("s1") is None
    assert lives.of(stage.session_of(AGU).id) is not None


def gone_through_by_the_collector(folder: Path, people: int) -> int:
    """Return how many things of the lives of so many Python's collector goes through.

    What is new counts as well, before it is gone through for the first time.
    """
    stage, lives = watched(folder)
    for number in range(people):
        stage.joins(100 + number)
        stage.plays(100 + number, "VALORANT")
    stage.until(60)
    stage.look({100 + number: GENERAL for number in range(people)})
    assert triggers(lives.of("s1")) == ["start", "announce", "confirm", "validate"]
    with_lives = len(gc.get_objects())
    stage.engine.observers.clear()
    del lives
    return with_lives - len(gc.get_objects())


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_the_collector_goes_through_as_little_of_the_lives_of_many_as_of_few(
    tmp_path: Path,
) -> None:
    gone_through_by_the_collector(tmp_path, 1)  # what is made the first time
    few = gone_through_by_the_collector(tmp_path, 10)
    assert gone_through_by_the_collector(tmp_path, 1_000) == few


def test_the_collector_goes_through_nothing_of_those_who_are_counted(tmp_path: Path) -> None:
    stage, heads = Stage(tmp_path), HeadCount()
    for number in range(200):
        stage.joins(100 + number)
    for session in stage.engine.sessions():
        heads.note(session)
    gc.collect()
    shelves = [one for one in gc.get_objects() if type(one) is dict and "s1" in one]
    assert not [one for one in shelves if one["s1"] is not stage.session_of(100)]


def test_of_what_a_party_was_told_its_life_keeps_no_players(tmp_path: Path) -> None:
    stage, lives = watched(tmp_path)
    for number in range(10):
        stage.plays(100 + number, "VALORANT")
        stage.until(60 * (number + 1))
    [party] = [one for one in stage.engine.sessions() if one.kind == "party"]
    life = lives.of(party.id)
    assert life is not None
    told = [entry.change for entry in life.entries if entry.change is not None]
    assert told
    assert not any(change.players for change in told)


async def test_a_life_that_began_before_it_was_watched_is_not_whole(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.joins(PINO)
    stage.until(60)
    told = await life_of_session(stage.session_of(PINO), None, stage.at)
    assert (told.is_whole, told.entries, told.seconds) == (False, [], 60)
