"""Joining the truth with what two bots wrote down, and what counts as wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from integrations.demo.comparison import Comparison, Subject, compare, truth_by_subject
from integrations.loopback import LoopbackDiscord
from tests.integrations.demo.examples import (
    AGU,
    GAME_OF_PINO,
    PARTY,
    VOICE_OF_AGU,
    VOICE_OF_PINO,
    counted,
    record,
)
from tests.integrations.demo.examples import comparison as comparison_of
from tests.integrations.demo.examples import row as a_row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from integrations.baselines.events_only import Counted
    from machines import Record


def compared(
    truth: Mapping[Subject, Sequence[float]],
    records: Sequence[Record] = (),
    heard: Sequence[Counted] = (),
) -> Comparison:
    return compare(truth, records, heard, confirm_after=10.0, event_delay=0.5)


def test_stays_records_and_counts_of_one_subject_are_added_up_in_one_row() -> None:
    shown = compared(
        {VOICE_OF_PINO: [100.0, 50.0]},
        [record("voice", 90.0, 20.0), record("voice", 50.0, 1.0)],
        [counted("voice", 30.0), counted("voice", 40.0)],
    )
    (row,) = shown.rows
    assert (row.truth, row.latido, row.rival) == (150.0, 140.0, 70.0)
    assert (row.error, row.uncertain, row.rival_error) == (-10.0, 21.0, -80.0)


def test_people_games_and_parties_are_kept_apart_and_in_order() -> None:
    shown = compared(
        {PARTY: [40.0], GAME_OF_PINO: [50.0], VOICE_OF_AGU: [20.0], VOICE_OF_PINO: [60.0]},
        [record("party", 40.0, user_id=None, game="VALORANT", players=3)],
        [counted("voice", 20.0, user_id=AGU)],
    )
    assert [row.subject for row in shown.rows] == [
        VOICE_OF_PINO,
        VOICE_OF_AGU,
        GAME_OF_PINO,
        PARTY,
    ]
    assert shown.rows[-1].players == 3


def test_what_only_a_bot_knows_of_has_a_row_too() -> None:
    shown = compared({}, [record("voice", 30.0)], [counted("game", 20.0, game="Tetris")])
    assert [(row.truth, row.latido, row.rival) for row in shown.rows] == [
        (0.0, 30.0, 0.0),
        (0.0, 0.0, 20.0),
    ]


def test_a_visit_too_short_to_count_is_left_out_for_all_and_told_apart() -> None:
    shown = compared({VOICE_OF_PINO: [9.9, 60.0]}, [], [counted("voice", 9.8)])
    assert (shown.rows[0].truth, shown.rows[0].rival) == (60.0, 0.0)
    assert (shown.short, shown.short_counted) == (1, 1)


@pytest.mark.parametrize(
    ("credited", "uncertain", "is_within"),
    [
        (60.0, 0.0, True),
        (60.4, 0.0, True),
        (60.6, 0.0, False),
        (50.0, 10.0, True),
        (70.0, 10.0, True),
        (49.0, 10.0, False),
        (5.0, None, True),
    ],
)
def test_the_truth_must_lie_within_what_latido_states_but_for_events_on_their_way(
    credited: float, uncertain: float | None, *, is_within: bool
) -> None:
    shown = compared({VOICE_OF_PINO: [60.0]}, [record("voice", credited, uncertain)])
    assert shown.rows[0].is_within is is_within
    assert shown.broken == ([] if is_within else [shown.rows[0]])


def test_a_stay_without_any_record_is_outside_every_bound() -> None:
    shown = compared({VOICE_OF_PINO: [60.0]})
    assert shown.broken


def test_errors_are_added_up_without_their_signs() -> None:
    shown = comparison_of(
        a_row(truth=60, latido=50, rival=90), a_row(VOICE_OF_AGU, truth=60, latido=65, rival=0)
    )
    assert (shown.truth, shown.latido, shown.rival) == (120, 115, 90)
    assert (shown.error, shown.rival_error) == (15, 90)


def test_the_truth_is_what_the_stand_in_played() -> None:
    now = datetime.now(UTC) - timedelta(minutes=10)
    discord = LoopbackDiscord(clock=lambda: now)
    guild = discord.add_guild("Plaza")
    general = guild.add_voice_channel("General")
    pino, agu = discord.add_user("Pino", guild), discord.add_user("agu", guild)
    pino.joins(general)
    now += timedelta(minutes=1)
    pino.plays("VALORANT")
    agu.plays("VALORANT")
    now += timedelta(minutes=2)
    pino.leaves(lost=True)
    agu.stops("VALORANT")
    now += timedelta(minutes=1)
    pino.stops("VALORANT")
    assert truth_by_subject(discord.truth, guild.id) == {
        Subject("voice", pino.id, None): [180.0],
        Subject("game", pino.id, "VALORANT"): [180.0],
        Subject("game", agu.id, "VALORANT"): [120.0],
        Subject("party", None, "VALORANT"): [120.0],
    }
