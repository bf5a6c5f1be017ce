"""A process that is killed about when its clock is set: no hour is wrong and said to be exact."""

from __future__ import annotations

import copy
import itertools
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from engine import ClockStepped
from machines import seconds
from tests.engine.disk import Disk
from tests.engine.evening import AGU, GENERAL, PINO, START, ZETA, Evening

if TYPE_CHECKING:
    from freezegun.api import FrozenDateTimeFactory

    from machines import Record

IN_VOICE = dict.fromkeys((PINO, AGU, ZETA), GENERAL)


def may_be(record: Record, least: float, most: float) -> bool:
    """Return whether the truth may be all between these, for all that a record says."""
    doubt = record.uncertain_seconds
    return doubt is None or (record.seconds - doubt <= most and record.seconds + doubt >= least)


@pytest.mark.parametrize("by", [3600, -1200, -3600])
@pytest.mark.parametrize("turns", [1, 2, 3, 4])
@pytest.mark.parametrize("looked", [False, True])
@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("down", [120, 1_000, 30_000])
def test_a_kill_before_all_have_heard_that_the_clock_was_set(
    clock: FrozenDateTimeFactory, by: float, turns: int, down: float, *, looked: bool, there: bool
) -> None:
    evening = Evening(clock)
    disk = Disk(evening)
    evening.look()
    for user in IN_VOICE:
        evening.joins(user)
    evening.until(300)
    if looked:
        evening.look(voice=IN_VOICE)
    evening.until(600)
    evening.heartbeat()
    disk.write_anew()
    evening.until(620)
    clock.move_to(START + timedelta(seconds=620 + by))
    turn = itertools.count(1)
    told = evening.engine.observe(
        ClockStepped(by=seconds(by)), evening.now(), lambda: next(turn) >= turns
    )
    assert evening.engine.is_sweeping
    disk.take(copy.deepcopy(told))
    back_at = 620 + by + down
    evening.take_up(disk.state(), back_at)
    evening.look(voice=IN_VOICE if there else {})
    evening.until(back_at + 100)
    for user in IN_VOICE if there else ():
        evening.leaves(user)
    evening.until(back_at + 5_000)
    least, most = (620 + down + 100,) * 2 if there else (620, 620 + down)
    assert len(evening.records) == 3
    assert all(may_be(record, least, most) for record in evening.records)


@pytest.mark.parametrize("there", [False, True])
def test_how_long_nobody_ran_is_not_known_where_the_clock_was_fast(
    evening: Evening, *, there: bool
) -> None:
    """It was an hour fast, and is put right while nobody runs, for 50 minutes."""
    evening.look()
    evening.joins(PINO)
    evening.until(4_200)
    evening.look(voice={PINO: GENERAL})
    evening.heartbeat()
    evening.restart(4_200 + 3_000 - 3_600)
    evening.look(voice={PINO: GENERAL} if there else {})
    evening.until(4_000)
    if there:
        evening.leaves(PINO)
    evening.until(9_000)
    assert evening.record.seconds == (4_600 if there else 4_200)
    assert evening.record.uncertain_seconds is None
