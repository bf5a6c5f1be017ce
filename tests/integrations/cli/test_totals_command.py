"""A person's time per day: long sessions are cut into days once, and every day says what it did."""

from __future__ import annotations

import io
import json
import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs
from rich.console import Console

from integrations.cli.totals_command import Day, table_of_days
from integrations.statistics.period import Window
from integrations.statistics.sums import by_person
from machines import SECOND, Player, Record, Stretch, cut_for
from persistence import DataDir
from persistence.daily_totals import DailyTotal
from persistence.totals import time_of
from tests.costs.steps import counted_lines
from tests.integrations.cli.examples import (
    HALF_PAST_TEN,
    MINUTE,
    PINO,
    ZETA,
    party_record,
    voice_record,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.integrations.cli.conftest import Outcome

    Latido = Callable[..., Outcome]

DAY = 24 * 60 * MINUTE
A_DAY = 20
"""How often somebody is away, or leaves and comes back, each day."""
FEW, MANY = 4, 40


def away_at_times(days: int) -> Record:
    """Return a call of so many days, with as many absences on each of them."""
    often = range(HALF_PAST_TEN, HALF_PAST_TEN + days * DAY, DAY // A_DAY)
    return structs.replace(
        voice_record(),
        ended_at=HALF_PAST_TEN + days * DAY,
        stretches=tuple(Stretch(at + MINUTE, at + 2 * MINUTE, "away") for at in often),
    )


def player(user_id: int, start: int, end: int) -> Player:
    return Player(
        session_id=f"{user_id}-{start}",
        user_id=user_id,
        username="Pino",
        started_at=start,
        ended_at=end,
    )


def comes_and_goes(days: int) -> Record:
    """Return a party of so many days, in which somebody was as many times on each of them."""
    end = HALF_PAST_TEN + days * DAY
    often = range(HALF_PAST_TEN, end, DAY // A_DAY)
    mine = [player(PINO, at, at + MINUTE) for at in often]
    other = player(ZETA, HALF_PAST_TEN, end)
    return structs.replace(
        party_record(), started_at=HALF_PAST_TEN, ended_at=end, players=(other, *mine), stretches=()
    )


@pytest.mark.parametrize("lasting", [away_at_times, comes_and_goes])
def test_ten_times_as_many_days_of_one_session_take_ten_times_as_long(
    latido: Latido, tmp_path: Path, lasting: Callable[[int], Record]
) -> None:
    lines: list[int] = []
    for days in (FEW, MANY):
        folder = tmp_path / str(days)
        with DataDir(folder) as opened:
            opened.ledger.append_now([lasting(days)])
        with counted_lines("integrations") as counted:
            told = latido("totals", str(PINO), "--json", "--data-dir", str(folder))
        assert len(told.out.splitlines()) == days + 1
        lines.append(counted.count)
    few, many = lines
    assert 0 < many < 11 * few


instants = st.integers(0, 24)
stretches = st.lists(
    st.builds(Stretch, instants, instants, st.sampled_from(["away", "unknown"])), max_size=4
).map(tuple)


@st.composite
def players(draw: st.DrawFn) -> Player:
    return structs.replace(
        player(draw(st.sampled_from([PINO, ZETA])), draw(instants), draw(instants)),
        ended_at=draw(st.none() | instants),
        stretches=draw(stretches),
        unbounded=draw(st.booleans()),
    )


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Return a call of Pino's or a party, which may have Pino in it, of a few instants."""
    whole = draw(st.sampled_from([voice_record(), party_record()]))
    start, end = sorted((draw(instants), draw(instants)))
    return structs.replace(
        whole,
        started_at=start,
        ended_at=end,
        stretches=draw(stretches),
        players=draw(st.lists(players(), max_size=4).map(tuple)) if whole.kind == "party" else (),
        unbounded=draw(st.booleans()),
    )


TWICE_IN_IT = structs.replace(
    party_record(),
    started_at=0,
    ended_at=24,
    stretches=(),
    players=(structs.replace(player(PINO, 0, 12), unbounded=True), player(PINO, 15, 24)),
    unbounded=True,
)
"""A party in which nobody knows since when Pino was, and in which he came back on another day."""


FOUND_AND_GONE_AT_ONCE = structs.replace(
    voice_record(), started_at=5, ended_at=5, stretches=(), unbounded=True
)
"""Somebody who was found, nobody knows since when, and was gone at that very instant."""
GONE_BEFORE_AND_AFTER = structs.replace(
    FOUND_AND_GONE_AT_ONCE, stretches=(Stretch(3, 5, "unknown"), Stretch(5, 7, "unknown"))
)
IN_IT_LATER = structs.replace(
    TWICE_IN_IT, players=(structs.replace(player(PINO, 15, 24), unbounded=True),)
)
"""A party that nobody knows the beginning of, in which Pino was found on another day."""
IN_IT_AT_ONCE = structs.replace(
    TWICE_IN_IT, players=(structs.replace(player(PINO, 0, 0), unbounded=True),)
)
MAY_GO_ON = structs.replace(
    TWICE_IN_IT,
    ended_at=0,
    stretches=(Stretch(0, 2, "unknown"),),
    players=(structs.replace(player(PINO, 0, 0), ended_at=None),),
)
"""A party of which nobody knows when the others left Pino, who plays on."""


def _said_of_pino(parts: list[Record], window: Window) -> tuple[float, float, int]:
    """Return what the totals of a day take from the records that say something of it."""
    for total in by_person(parts, window, PINO).values():
        return total.seconds, total.uncertain_seconds, total.unbounded
    return 0.0, 0.0, 0


@example(TWICE_IN_IT, [0, 14, 24])
@example(FOUND_AND_GONE_AT_ONCE, [5, 6])
@example(FOUND_AND_GONE_AT_ONCE, [0, 5, 6, 7])
@example(GONE_BEFORE_AND_AFTER, [0, 5, 10])
@example(GONE_BEFORE_AND_AFTER, [0, 5, 6, 10])
@example(IN_IT_LATER, [0, 14, 24])
@example(IN_IT_AT_ONCE, [0, 14, 24])
@example(MAY_GO_ON, [0, 1, 2])
@given(records(), st.lists(instants, max_size=6, unique=True).map(sorted))
def test_each_part_of_a_session_that_is_cut_says_of_a_person_what_the_whole_says(
    whole: Record, edges: list[int]
) -> None:
    parts = cut_for(PINO, whole, edges)
    for since, until in pairwise(edges):
        window = Window(since, until)
        part = [parts[since]] if since in parts else []
        assert _said_of_pino(part, window) == _said_of_pino([whole], window)


def unknown_of_pino(whole: Record) -> float:
    """Return how many seconds of a record nobody knows whether he was there."""
    parts = time_of(PINO, whole)
    return sum(part.end - part.start for part in parts if part.value == "unknown") / SECOND


DOUBTED_EITHER_WAY = structs.replace(
    voice_record(), started_at=0, ended_at=1, stretches=(Stretch(0, 2, "unknown"),)
)
"""Whether he was there is unknown of one instant that counts, and of one after it that does not.

So the session is too long by one at most, or too short by one: its doubt is one, not two.
"""


@example(DOUBTED_EITHER_WAY, [1])
@given(records(), st.lists(instants, max_size=6, unique=True).map(sorted))
def test_the_days_of_a_session_are_together_as_doubtful_as_it_is_or_more_where_they_err_both_ways(
    whole: Record, edges: list[int]
) -> None:
    """One day may be too long, and another too short: for the session that makes up a part.

    Where nothing that is unknown counts, or all of it does, the two are the same.
    """

    def uncertain(window: Window) -> float:
        total = by_person([whole], window, PINO).get((PINO, whole.kind))
        return 0.0 if total is None else total.uncertain_seconds

    windows = [Window(*both) for both in pairwise([-100, *edges, 1_000_000])]
    together, of_session = sum(map(uncertain, windows)), uncertain(Window(None, 1_000_000))
    a_rounding = 0.1 / SECOND
    assert of_session - a_rounding < together < unknown_of_pino(whole) + a_rounding


@pytest.mark.parametrize("late", [0, 30 * MINUTE])
def test_a_day_on_which_somebody_was_found_and_gone_at_once_says_that_it_began_nobody_knows_when(
    latido: Latido, tmp_path: Path, late: int
) -> None:
    begins = HALF_PAST_TEN + 90 * MINUTE + late
    found = structs.replace(
        voice_record(),
        started_at=begins,
        ended_at=begins,
        stretches=(Stretch(begins - DAY, begins, "unknown"),),
        unbounded=True,
        seconds=0.0,
        uncertain_seconds=None,
    )
    with DataDir(tmp_path / "data") as opened:
        opened.ledger.append_now([found])
    told = [json.loads(line) for line in latido("totals", str(PINO), "--json").out.splitlines()]
    assert told[-1]["starts_unknown"] == 1
    days = [day["day"] for day in told]
    [only] = latido("totals", str(PINO), "--since", days[-1], "--json").out.splitlines()
    assert json.loads(only) == told[-1]


def test_a_part_has_nothing_of_other_people_nor_of_other_times() -> None:
    midnights = [HALF_PAST_TEN + number * DAY for number in range(5)]
    for whole in (away_at_times(4), comes_and_goes(4)):
        parts = cut_for(PINO, whole, midnights)
        assert list(parts) == midnights[:-1]
        for part in parts.values():
            assert len(part.stretches) + len(part.players) == A_DAY


def test_a_day_of_which_nobody_knows_says_so_and_so_does_a_report_that_begins_with_it(
    latido: Latido, tmp_path: Path
) -> None:
    evening = structs.replace(voice_record(), stretches=())
    begins = HALF_PAST_TEN + DAY
    unsure = structs.replace(
        evening,
        id="unsure",
        started_at=begins,
        ended_at=begins + 30 * MINUTE,
        stretches=(Stretch(begins + 30 * MINUTE, begins + 150 * MINUTE, "unknown"),),
        uncertain_seconds=7200.0,
    )
    with DataDir(tmp_path / "data") as opened:
        opened.ledger.append_now([unsure])
    told = [json.loads(line) for line in latido("totals", str(PINO), "--json").out.splitlines()]
    assert [(day["day"], day["seconds"], day["uncertain_seconds"]) for day in told] == [
        ("2025-12-30", 1800.0, 3600.0),
        ("2025-12-31", 0.0, 3600.0),
    ]
    [only] = latido("totals", str(PINO), "--since", "2025-12-31", "--json").out.splitlines()
    assert json.loads(only) == told[1]
    report = json.loads(latido("report", "--since", "2025-12-31", "--json").out)
    assert (report["uncertain_seconds"], report["sessions"]) == (3600.0, 0)
    assert "0 s" in latido("totals", str(PINO)).out


@pytest.mark.parametrize(
    ("width", "left_out", "shown"),
    [
        (60, [], ("2025-12-29", "voice", "11 h 51 min", "± 2 min")),
        (40, [], ("12-29", "voice", "11 h 51 min", "± 2 min")),
        (30, ["uncertain"], ("12-29", "voice", "11 h 51 min")),
        (26, ["uncertain"], ("12-29", "voice", "11 h 51 min")),
        (20, ["uncertain", "kind"], ("12-29", "11 h 51 min")),
        (14, ["uncertain", "kind"], None),
    ],
)
def test_figures_are_shown_whole_where_a_terminal_is_narrow(
    width: int, left_out: list[str], shown: tuple[str, ...] | None
) -> None:
    """They were all cut: "2026-12…", "1 min …"."""
    day = Day(DailyTotal(date(2025, 12, 29), "voice", 42_660.0), 120.0, 0)
    stream = io.StringIO()
    table, gave_way = table_of_days([day], width, "en")
    Console(file=stream, width=width).print(table)
    _heading, line = stream.getvalue().splitlines()
    assert gave_way == left_out
    assert len(line.rstrip()) <= width
    if shown is None:
        assert "…" in line
    else:
        assert tuple(re.split(r"  +", line.strip())) == shown
