"""The paths that docs/architecture.md follows are those that the code takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from integrations.truth_pages.stories import Bot, instant
from machines import MACHINES, AnySession, Gap, Row, State, Step, Stretch

if TYPE_CHECKING:
    from machines import Record

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")


def in_one_line(text: str) -> str:
    return " ".join(text.split())


RESTART = in_one_line(PAGE.partition("## The path of one restart\n")[2])


def restarted(*, there: bool) -> tuple[list[tuple[int, Gap | None]], Record]:
    """The rows that are taken after the restart, each with its gap; and the record."""
    taken: list[tuple[int, Gap | None]] = []

    def note(_session: AnySession, row: Row, _before: State, step: Step) -> None:
        taken.append((MACHINES["voice"].number_of(row), step.gap))

    bot = Bot()
    bot.joins(5)
    bot.looks(15, there=True, source="rest")
    bot.dies(20, back=30)
    bot.is_observed_by(note)
    bot.looks(30, there=there)
    if there:
        bot.leaves(50)
    bot.waits_until(51)
    [record] = bot.records
    return taken, record


def test_whoever_is_there_after_a_restart_goes_on_as_the_page_tells() -> None:
    taken, record = restarted(there=True)
    assert taken == [(19, Gap(instant(20), instant(30))), (8, None), (10, None)]
    assert record.stretches == (Stretch(instant(15), instant(30), "unknown"),)
    assert (record.seconds, record.uncertain_seconds) == (45 * 60, 15 * 60)
    assert "19 is taken, *confirmed → recovered*" in RESTART
    assert "so the step has a `gap`: from 20:20 to 20:30" in RESTART
    assert "unknown from 20:15 to 20:30" in RESTART
    assert "45 min ± 15 min" in RESTART


def test_whoever_is_gone_after_a_restart_is_closed_as_the_page_tells() -> None:
    taken, record = restarted(there=False)
    assert taken == [(17, Gap(instant(20), instant(30)))]
    assert (record.state, record.ended_at) == ("orphaned", instant(20))
    assert record.stretches == (Stretch(instant(15), instant(30), "unknown"),)
    assert "17 would have been taken, *confirmed → orphaned*" in RESTART
    assert "ends the session at 20:20" in RESTART


@pytest.mark.parametrize(
    ("number", "first_guard"),
    [(11, "unknown"), (15, "absent"), (16, "absent"), (17, "absent"), (19, "present")],
)
def test_the_page_says_what_each_row_is_for(number: int, first_guard: str) -> None:
    row = MACHINES["voice"].table[number - 1]
    assert row.trigger == "validate"
    assert row.when[0].__name__ == first_guard


def test_the_row_before_the_one_that_bridges_a_gap_is_the_one_that_does_not() -> None:
    before = MACHINES["voice"].table[17]
    assert [guard.__name__ for guard in before.when] == [
        "present",
        "over_a_gap",
        "must_not_be_bridged",
    ]
    assert "18 has `over_a_gap`" in RESTART
